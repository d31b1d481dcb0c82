"""How the demo speaks: what people call a case, what an event has brought about, days, people and rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from salesreg.cli.demo.firm import Lang
from salesreg.cli.demo.play import FIRST_TICK, MOSCOW, Play
from salesreg.domain.money import Money
from salesreg.processes import Case, Event, Obligation, ObligationStatus

__all__ = ["WEEKDAYS", "day", "fact", "money", "names", "outcome", "owed", "owner", "quoted", "step", "until", "who"]

WEEKDAYS: Final = {
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
    "ru": ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"),
}


NO_BREAK: Final = "\u00a0"


def day(instant: dt.datetime, lang: Lang) -> str:
    """An instant as people say it: day, month and time in Moscow."""
    local = instant.astimezone(MOSCOW)
    return f"{WEEKDAYS[lang][local.weekday()]}{NO_BREAK}{local:%d.%m}{NO_BREAK}{local:%H:%M}"


def until(due: dt.datetime, lang: Lang) -> str:
    """A due instant: the day alone where it is the close of business, with the year where it is another one."""
    local = due.astimezone(MOSCOW)
    said = day(due, lang).removesuffix(f"{NO_BREAK}18:00")
    return said if local.year == FIRST_TICK.year else f"{said[:3]}{local:%d.%m.%Y}"


def who(play: Play, person: str) -> str:
    """A person by first name; a client by address."""
    if person in play.people:
        return play.people[person].full_name.split()[0]
    return play.say("system", "система") if person == "system" else person


def owner(play: Play, one: Obligation) -> str:
    """Who owes it: a person, or everybody who holds the role."""
    if one.person is not None:
        return who(play, one.person)
    return ", ".join(who(play, person.id) for person in play.people.values() if one.role in person.roles)


def owed(play: Play, process: str, one: Obligation) -> str:
    """What is owed, in the words of the step that ends it or of the stage that it belongs to."""
    kind = play.engine.processes.latest(process)
    stops = [sla.stop[0].text(play.lang) for sla in kind.slas.values() if sla.norm.id == one.norm]
    titles = [stage.text(play.lang) for stage in kind.stages.values() if stage.term and stage.term.id == one.norm]
    stages = [play.say("stage ", "этап ") + quoted(play, title) for title in titles]
    return (*stops, *stages)[0]


def step(play: Play, process: str, step_id: str) -> str:
    """A step in words."""
    return play.engine.processes.latest(process).steps[step_id].text(play.lang)


# -- cases ------------------------------------------------------------------------------------------------------------


def names(play: Play) -> dict[str, str]:
    """What people call every case, by its id; a client's second deal is numbered."""
    known: dict[str, str] = {}
    for process, cases in play.begun.items():
        seen: dict[str, int] = {}
        for number, case_id in enumerate(cases, 1):
            name = _NAMES[process](play, play.case(case_id), number)
            seen[name] = seen.get(name, 0) + 1
            known[case_id] = f"{name} {seen[name]}" if process == "sale" and seen[name] > 1 else name
    return known


def _invoice(play: Play, case: Case[Any], number: int) -> str:
    return play.say(f"invoice {case.data.number or number}", f"счёт {case.data.number or number}")


def _meeting(play: Play, case: Case[Any], _: int) -> str:
    en, ru = {"team": ("team", "общее"), "daily": ("daily", "планёрка"), "one_to_one": ("1:1", "1:1")}[case.data.kind]
    (person,) = case.data.invited if case.data.kind == "one_to_one" else ("",)
    return f"{play.say(en, ru)} {who(play, person)}".strip()


def _pay(play: Play, case: Case[Any], _: int) -> str:
    en, ru = {"bonus": ("bonus", "премия"), "salary": ("salary", "оклад")}[case.data.kind]
    return play.say(en, ru)


_NAMES: Final[dict[str, Callable[[Play, Case[Any], int], str]]] = {
    "sale": lambda _, case, __: case.data.client.legal_name,
    "work_order": lambda play, _, number: play.say(f"order {number}", f"заявка {number}"),
    "invoice": _invoice,
    "document_package": lambda play, case, _: play.say("papers", "пакет") + f" {case.data.date:%d.%m}",
    "price_change": lambda play, case, _: play.say("list", "прайс") + f" {case.data.version}",
    "call_campaign": lambda _, case, __: case.data.name,
    "call_contact": lambda _, case, __: case.data.contact.client.legal_name,
    "inquiry": lambda _, case, __: case.data.subject,
    "meeting": _meeting,
    "assignment": lambda play, case, _: play.say("for ", "для: ") + who(play, case.data.responsible),
    "regulation_version": lambda play, case, _: play.say("version", "редакция") + f" {case.data.number}",
    "bonus": _pay,
}


# -- what an event has brought about ----------------------------------------------------------------------------------


def fact(play: Play, event: Event) -> str:
    """What the step's title does not say: a reason, an amount, a result."""
    tell = _FACTS.get((event.process, event.step))
    if tell is not None:
        return tell(play, event)
    said = next((event.payload[name] for name in ("reason", "text", "answer") if event.payload.get(name)), "")
    return quoted(play, said) if said else ""


def quoted(play: Play, text: str) -> str:
    """A text in quotation marks."""
    return play.say(f"“{text}”", f"«{text}»")


def money(amount: Money) -> str:
    """An amount without its kopecks if it has none."""
    whole = f"{amount.amount:,.2f}".replace(",", NO_BREAK).removesuffix(".00")
    return f"{whole}{NO_BREAK}₽"


def _change(play: Play, event: Event) -> str:
    lines = play.case(event.case).data.lines
    return ", ".join(f"{line.item} {money(line.old.price)} → {money(line.new.price)}" for line in lines)


def _quoted(play: Play, event: Event) -> str:
    return money(play.case(event.case).data.quote.total)


def _invoiced(play: Play, event: Event) -> str:
    return money(play.case(event.case).data.totals.gross)


def _terms(play: Play, event: Event) -> str:
    text: str = play.case(event.case).data.terms.terms.text(play.lang)
    return text


def _result(play: Play, event: Event) -> str:
    en, ru = _RESULTS[event.payload["disposition"]]
    return play.say(en, ru)


def _from(play: Play, event: Event) -> str:
    return f"{play.say('from', 'с')} {day(play.case(event.case).data.effective_from, play.lang)}"


def _task(_: Play, event: Event) -> str:
    return str(event.payload["what"])


def _reckoned(play: Play, event: Event) -> str:
    return money(play.case(event.case).data.total)


_RESULTS: Final = {
    "need_identified": ("a need, so a lead", "есть потребность, значит лид"),
    "no_answer": ("no answer", "не ответили"),
    "do_not_call": ("asked not to be called", "просили не звонить"),
    "wrong_number": ("wrong number", "неверный номер"),
    "not_now": ("not now", "не сейчас"),
}
_FACTS: Final[dict[tuple[str, str], Callable[[Play, Event], str]]] = {
    ("sale", "start_price_negotiation"): _quoted,
    ("sale", "revise_quote"): _quoted,
    ("sale", "reprice_quote"): _quoted,
    ("work_order", "receive_work_order"): _terms,
    ("invoice", "issue_invoice"): _invoiced,
    ("invoice", "record_payment"): _invoiced,
    ("price_change", "draft_proposal"): _change,
    ("price_change", "schedule_application"): _from,
    ("call_contact", "record_result"): _result,
    ("regulation_version", "publish_version"): _from,
    ("document_package", "hand_over_package"): lambda _, event: ", ".join(event.payload["documents"]),
    ("assignment", "give_assignment"): _task,
    ("bonus", "calculate_statement"): _reckoned,
}


def outcome(play: Play, events: tuple[Event, ...]) -> tuple[tuple[str, bool], ...]:
    """What became of the duties that some events end, and by when what they begin is due; whether each is late."""
    if not events:
        return ()
    told = [
        (play.say("late", "с опозданием") if late else play.say("in time", "в срок").replace(" ", NO_BREAK), late)
        for late in dict.fromkeys(
            one.status is ObligationStatus.MET_LATE
            for event in events
            for one in event.closed
            if one.status in {ObligationStatus.MET, ObligationStatus.MET_LATE}
        )
    ]
    ended = {one.id for event in events for one in event.closed}
    begun = [(event, one) for event in events for one in event.opened if one.id not in ended]
    if any(one.due is None for _, one in begun):
        told.append((play.say("the clock stands still", "срок приостановлен"), False))
    at = events[0].at.astimezone(MOSCOW)
    dues = sorted({one.due for event, one in begun if one.due is not None and _is_new(one, event)})
    near = [due for due in dues if due.astimezone(MOSCOW).year == at.year]
    if near:
        told.append(
            (play.say("due", "срок") + NO_BREAK + ", ".join(_short(due, near, at, play.lang) for due in near), False)
        )
    return tuple(told)


def _short(due: dt.datetime, dues: list[dt.datetime], at: dt.datetime, lang: Lang) -> str:
    """A due instant without what goes without saying: today's date, or the close of business of another day."""
    local = due.astimezone(MOSCOW)
    if local.date() == at.date():
        return f"{local:%H:%M}"
    alone = sum(other.astimezone(MOSCOW).date() == local.date() for other in dues) == 1
    return until(due, lang) if alone else day(due, lang)


def _is_new(one: Obligation, event: Event) -> bool:
    """Whether an event has begun a duty, or let its clock go on; not that somebody else has it now."""
    begun = f"{event.case}:{one.norm}:{event.version}"
    return f"{one.id}:".startswith(f"{begun}:") or any(until == event.at for _, until in one.pauses)
