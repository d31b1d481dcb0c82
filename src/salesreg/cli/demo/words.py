"""How the demo speaks: what people call a case, what an event has brought about, days, people and rules."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from salesreg.cli.demo.play import FIRST_TICK, MOSCOW, Play
from salesreg.commercial.domain.money import Money, readable
from salesreg.errors import StepRefused
from salesreg.process import Case, Event, Obligation, ObligationStatus
from salesreg.rules import SYSTEM

NO_BREAK: Final = "\u00a0"


def weekday(date: dt.date, play: Play) -> str:
    """The weekday of a date in two letters."""
    return play.say("weekdays").split()[date.weekday()]


def day(instant: dt.datetime, play: Play) -> str:
    """An instant as people say it: day, month and time in Moscow."""
    local = instant.astimezone(MOSCOW)
    return f"{weekday(local, play)}{NO_BREAK}{local:%d.%m}{NO_BREAK}{local:%H:%M}"


def until(due: dt.datetime, play: Play) -> str:
    """A due instant: the day alone where it is the close of business, with the year where it is another one."""
    local, said = due.astimezone(MOSCOW), day(due, play).removesuffix(f"{NO_BREAK}18:00")
    return said if local.year == FIRST_TICK.year else f"{said[:3]}{local:%d.%m.%Y}"


def quoted(play: Play, text: str) -> str:
    """A text in quotation marks."""
    return play.say("quoted", text=text)


def who(play: Play, person: str) -> str:
    """A person by first name; a client by address."""
    if person in play.people:
        return play.people[person].full_name.split()[0]
    return play.say("system") if person == SYSTEM.id else person


def owner(play: Play, one: Obligation) -> str:
    """Who owes it: a person, or everybody who holds the role."""
    if one.person is not None:
        return who(play, one.person)
    return ", ".join(who(play, person.id) for person in play.people.values() if one.role in person.roles)


def owed(play: Play, process: str, one: Obligation) -> str:
    """What is owed, in the words of the step that ends it or of the stage that it belongs to."""
    page = play.engine.rulebook.process(process)
    for sla in page.slas.values():
        if sla.norm.id == one.norm:
            return step(play, process, sla.stop[0])
    stage = next(stage.id for stage in page.stages.values() if stage.term is not None and stage.term.id == one.norm)
    return play.say("stage", title=quoted(play, play.locale.title(f"{process}.stage.{stage}")))


def step(play: Play, process: str, step_id: str) -> str:
    """A step in words."""
    return play.locale.title(f"{process}.step.{step_id}")


# -- cases ------------------------------------------------------------------------------------------------------------


def names(play: Play) -> dict[str, str]:
    """What people call every case, by its id; a client's second deal is numbered."""
    known: dict[str, str] = {}
    for process, cases in play.begun.items():
        seen: Counter[str] = Counter()
        for number, case_id in enumerate(cases, 1):
            name = _NAMES[process](play, play.case(case_id), number)
            seen[name] += 1
            known[case_id] = f"{name} {seen[name]}" if process == "sale" and seen[name] > 1 else name
    return known


def _meeting(play: Play, case: Case[Any], _: int) -> str:
    (person,) = case.data.invited if case.data.kind == "one_to_one" else ("",)
    return f"{play.say(f'meeting.{case.data.kind}')} {who(play, person)}".strip()


def _whose(play: Play, owner: str) -> str:
    """The person, or the department, by its title."""
    return who(play, owner) if owner in play.people else play.locale.title(f"department.{owner}")


_NAMES: Final[Mapping[str, Callable[[Play, Case[Any], int], str]]] = {
    "sale": lambda _, case, __: case.data.client.legal_name,
    "amendment": lambda play, case, _: play.say("name.amendment", number=case.data.number),
    "work_order": lambda play, _, number: play.say("name.order", number=number),
    "invoice": lambda play, case, number: play.say("name.invoice", number=case.data.number or number),
    "client_account": lambda play, _, number: play.say("name.account", number=number),
    "document_package": lambda play, case, _: play.say("name.papers", day=f"{case.data.date:%d.%m}"),
    "price_change": lambda play, case, _: play.say("name.list", number=case.data.version),
    "call_campaign": lambda _, case, __: case.data.name,
    "call_contact": lambda _, case, __: case.data.contact.client.legal_name,
    "do_not_call": lambda _, case, __: case.data.number,
    "inquiry": lambda _, case, __: case.data.subject,
    "meeting": _meeting,
    "assignment": lambda play, case, _: play.say("name.task", who=who(play, case.data.former or case.data.responsible)),
    "regulation_version": lambda play, case, _: play.say("name.version", number=case.data.number),
    "audit": lambda play, case, number: case.data.scope or play.say("name.audit", number=number),
    "plan": lambda play, case, _: play.say("name.plan", who=_whose(play, case.data.owner)),
    "bonus": lambda play, case, _: play.say(f"pay.{case.data.kind}"),
}


def reasons(play: Play, refused: StepRefused, names: Mapping[str, str]) -> Iterator[str]:
    """Why a step was refused, with cases and people named as people name them."""

    def named(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(map(named, value))
        if not isinstance(value, str):
            return value
        return who(play, value) if value in play.people else quoted(play, names[value]) if value in names else value

    for one in refused.refusals:
        facts = {name: named(value) for name, value in one.facts.items()}
        yield play.locale.refusal(replace(one, need=named(one.need), got=named(one.got), facts=facts))


# -- what an event has brought about ----------------------------------------------------------------------------------


def fact(play: Play, event: Event) -> str:
    """What the step's title does not say: a reason, an amount, a result."""
    payload, changes = event.payload, event.changes
    match event.step:
        case "start_price_negotiation" | "revise_quote" | "reprice_quote":
            return readable(changes["quote"].total)
        case "receive_work_order":
            return play.say(f"terms.{play.case(event.case).data.terms.terms}")
        case "issue_invoice" | "record_payment":
            return readable(play.case(event.case).data.totals.gross)
        case "draft_proposal":
            lines = changes["lines"]
            return ", ".join(f"{line.item} {readable(line.old.price)} → {readable(line.new.price)}" for line in lines)
        case "schedule_application" | "publish_version":
            return play.say("from", day=day(changes["effective_from"], play))
        case "propose_plan" | "revise_plan":
            return readable(Money(payload["targets"]["K1"]))
        case "receive_inquiry":
            sender = play.case(event.case).data.sender
            return "" if sender is None else str(sender.phone)
        case "take_over":
            return who(play, payload["to"])
        case "record_result":
            return play.say(f"result.{payload['disposition']}")
        case "hand_over_package" | "give_assignment":
            return ", ".join(payload.get("documents") or [payload["what"]])
        case "calculate_statement":
            return readable(changes["total"])
    said = next((payload[name] for name in ("reason", "text", "answer", "terms") if payload.get(name)), "")
    return quoted(play, said) if said else ""


def outcome(play: Play, events: tuple[Event, ...]) -> Iterator[tuple[str, bool]]:
    """What became of the duties that some events end, and by when what they begin is due; whether each is late."""
    ends = [one for event in events for one in event.closed]
    for status in dict.fromkeys(one.status for one in ends):
        if status is ObligationStatus.MET:
            yield play.say("in_time"), False
        elif status is ObligationStatus.MET_LATE:
            yield play.say("late"), True
    for left in dict.fromkeys(owner(play, one) for one in ends if one.status is ObligationStatus.BREACHED):
        yield play.say("stays", who=left), True
    ended = {one.id for one in ends}
    begun = [(event, one) for event in events for one in event.opened if one.id not in ended]
    if any(one.status is ObligationStatus.PAUSED for _, one in begun):
        yield play.say("stands_still"), False
    running = [one for event, one in begun if one.status is ObligationStatus.OPEN and _is_new(one, event)]
    dues = sorted({one.due.astimezone(MOSCOW) for one in running if one.due is not None})
    near = [due for due in dues if due.year == FIRST_TICK.year]
    if near:
        today = events[0].at.astimezone(MOSCOW).date()
        yield play.say("due", days=", ".join(_short(due, near, today, play) for due in near)), False


def _short(due: dt.datetime, dues: list[dt.datetime], today: dt.date, play: Play) -> str:
    """A due instant without what goes without saying: today's date, or the close of business of another day."""
    if due.date() == today:
        return f"{due:%H:%M}"
    alone = [other.date() for other in dues].count(due.date()) == 1
    return until(due, play) if alone else day(due, play)


def _is_new(one: Obligation, event: Event) -> bool:
    """Whether an event has begun a duty, or let its clock go on; not that somebody else has it now."""
    begun = f"{event.case}:{one.norm}:{event.version}"
    return f"{one.id}:".startswith(f"{begun}:") or any(until == event.at for _, until in one.pauses)
