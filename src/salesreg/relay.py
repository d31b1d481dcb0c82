"""What `tick` does: fire timers, climb the ladder of each obligation, deliver the outbox (claim, act, settle)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import attrs

from salesreg.domain.people import Employee, Role
from salesreg.errors import OutOfOrder, SalesregError, StepRefused, StoreUnavailable, UnknownEmployee, VersionConflict
from salesreg.obligations import Rung, duty_days, ladder
from salesreg.ports import (
    Batch,
    Claim,
    Dead,
    Delivered,
    Delivery,
    Directory,
    Done,
    DueTimer,
    Message,
    Notifier,
    Outcome,
    Permanent,
    Retry,
    Store,
    Temporary,
    Unknown,
)
from salesreg.processes import Event, Notice, Obligation, Process, Recurring
from salesreg.regulation import Regulation

__all__ = ["Relay", "TickReport"]

LEASE: Final = dt.timedelta(minutes=2)
MAX_TRIES: Final = 8
BACK_OFF: Final = dt.timedelta(minutes=1)


@attrs.define
class TickReport:
    """What one tick did.

    Attributes:
        begun: cases of recurring duties.
        reminded: obligations whose owners were reminded.
        breached: obligations found past their due instant.
        escalated: obligation and rung, for each superior told.
        fired: case and timer, for each timer.
        failed: case, timer or duty, and reason, for each whose step was refused.
        delivered: how many messages were handed over.
        postponed: how many messages will be tried again.
        dead: id and reason, for each message given up.
    """

    begun: list[str] = attrs.field(factory=list)
    reminded: list[str] = attrs.field(factory=list)
    breached: list[str] = attrs.field(factory=list)
    escalated: list[tuple[str, str]] = attrs.field(factory=list)
    fired: list[tuple[str, str]] = attrs.field(factory=list)
    failed: list[tuple[str, str, str]] = attrs.field(factory=list)
    delivered: int = 0
    postponed: int = 0
    dead: list[tuple[str, str]] = attrs.field(factory=list)


class Relay:
    """Turns notices and rungs into messages, and moves timers, obligations and messages on."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        notifier: Notifier | None,
        lang: Literal["en", "ru"],
        titles: Mapping[str, tuple[str, str]],
        regulation: Regulation,
    ) -> None:
        self._store = store
        self._directory = directory
        self._notifier = notifier
        self._lang = lang
        self._titles = titles
        self._regulation = regulation
        self._zone = zoneinfo.ZoneInfo(regulation.calendar.timezone)

    # -- messages -------------------------------------------------------------------------------------------------

    def messages(self, notice: Notice, event: Event) -> Iterator[Message]:
        """One message for each person that a notice is for; nobody is told of what they did themselves."""
        for to, address in self._recipients(notice.to, notice.at):
            if to != event.by:
                title = self._title(notice.subject)
                yield Message(
                    f"{notice.case}:{event.version}:{to}",
                    to,
                    address,
                    self._lang,
                    notice.subject,
                    f"{title} — {notice.case}",
                    self._step_text(title, event),
                    notice.case,
                    notice.at,
                    {"step": event.step, "by": event.by, "stage": event.target},
                )

    def _rung_messages(self, obligation: Obligation, rung: Rung) -> Iterator[Message]:
        for to, address in self._recipients(rung.to, rung.at):
            title = self._title(obligation.norm)
            due = obligation.due.isoformat() if obligation.due else ""
            yield Message(
                f"{obligation.id}:{due}:{rung.name}:{to}",
                to,
                address,
                self._lang,
                rung.name,
                f"{_RUNGS[rung.name][self._lang == 'ru']}: {title} — {obligation.case}",
                _OWES[self._lang].format(title=title, clause=obligation.clause, case=obligation.case, due=due),
                obligation.case,
                rung.at,
                {"obligation": obligation.id, "rung": rung.name, "due": due},
            )

    def _recipients(self, to: str, at: dt.datetime) -> list[tuple[str, str | None]]:
        """Ids and addresses; a role that nobody holds stays as it is and becomes a dead letter with that reason."""
        if to.startswith("address:"):
            address = to.removeprefix("address:")
            return [(address, address)]
        if to.startswith("employee:"):
            try:
                person = self._directory.employee(to.removeprefix("employee:"))
            except UnknownEmployee:
                return [(to.removeprefix("employee:"), None)]
            return [(person.id, person.email)]
        people: tuple[Employee, ...] = self._directory.holders(Role(to), at.astimezone(self._zone).date())
        return [(person.id, person.email) for person in people] or [(to, None)]

    def _title(self, subject: str) -> str:
        known = self._titles.get(subject)
        return subject if known is None else known[self._lang == "ru"]

    def _step_text(self, title: str, event: Event) -> str:
        clauses = f" ({', '.join(event.clauses)})" if event.clauses else ""
        return _HAPPENED[self._lang].format(title=title, case=event.case, by=event.by, clauses=clauses)

    # -- the parts of a tick --------------------------------------------------------------------------------

    def begin(
        self,
        now: dt.datetime,
        report: TickReport,
        processes: Iterable[type[Process[Any]]],
        start: Callable[[type[Process[Any]], Recurring[Any], str, dict[str, Any]], None],
    ) -> None:
        """Begin the case of every recurring duty for every day that has opened since the last tick."""
        calendar = self._regulation.calendar
        today = now.astimezone(self._zone).date()
        for process in processes:
            for duty in process.duties.values():
                name = f"duty:{process.id}:{duty.id}"
                mark = self._store.mark(name)
                if mark is None:
                    # Remembered even where nothing falls on the first day, so that what falls later is not missed.
                    mark = (today - dt.timedelta(days=1)).isoformat()
                    self._store.commit(Batch((), (), now, marks={name: mark}))
                first = dt.date.fromisoformat(mark) + dt.timedelta(days=1)
                for day, opens in duty_days(calendar, self._regulation.term(duty.norm), first, today):
                    if opens > now:
                        break
                    for person in self._directory.holders(duty.per, day):
                        case_id = f"{process.id}:{duty.id}:{person.id}:{day}"
                        try:
                            start(process, duty, case_id, duty.payload(person.id, day, opens))
                        except VersionConflict:
                            continue  # another tick has begun it
                        except StepRefused as refused:
                            report.failed.append((case_id, duty.id, str(refused)))
                        else:
                            report.begun.append(case_id)
                    self._store.commit(Batch((), (), now, marks={name: day.isoformat()}))

    def fire(
        self, now: dt.datetime, limit: int, report: TickReport, perform: Callable[[str, str, dt.datetime], bool]
    ) -> None:
        """Let due timers take their steps; ``perform`` says whether one was taken or had been before."""
        for claims in self._claims("timer", now, limit):
            for claim in claims:
                timer = claim.body
                assert isinstance(timer, DueTimer)  # noqa: S101 - the store keeps the kinds apart
                try:
                    taken = perform(timer.case, timer.timer, timer.at)
                except (VersionConflict, StoreUnavailable, OutOfOrder) as early:
                    self._store.settle(claim, Retry(now + BACK_OFF, str(early)))
                except SalesregError as refused:
                    report.failed.append((timer.case, timer.timer, str(refused)))
                    self._store.settle(claim, Dead(str(refused)))
                else:
                    if taken:
                        report.fired.append((timer.case, timer.timer))
                    self._store.settle(claim, Done())

    def climb(self, now: dt.datetime, limit: int, report: TickReport) -> None:
        """Remind, note breaches and escalate, each rung of each obligation once."""
        for claims in self._claims("obligation", now, limit):
            outcomes: list[tuple[Claim, Outcome]] = []
            passed: list[list[Rung]] = []
            for claim in claims:
                rungs, outcome = self._rungs(claim, now)
                outcomes.append((claim, outcome))
                passed.append(rungs)
            for (claim, _), rungs, kept in zip(outcomes, passed, self._store.settle_many(outcomes), strict=True):
                if kept:
                    _note(report, claim.id, rungs)

    def _rungs(self, claim: Claim, now: dt.datetime) -> tuple[list[Rung], Outcome]:
        """The rungs that have come since the last look, and when to look again."""
        obligation = claim.body
        assert isinstance(obligation, Obligation)  # noqa: S101 - the store keeps the kinds apart
        steps = [rung for rung in ladder(obligation, self._regulation) if rung.at >= claim.wake_at]
        passed = [rung for rung in steps if rung.at <= now]
        if any(rung.name == "overdue" for rung in passed):
            passed = [rung for rung in passed if rung.name != "remind"]
        ahead = [rung.at for rung in steps if rung.at > now]
        messages = tuple(message for rung in passed for message in self._rung_messages(obligation, rung))
        return passed, Retry(min(ahead), messages=messages) if ahead else Done(messages)

    def deliver(self, now: dt.datetime, limit: int, report: TickReport) -> None:
        """Hand over what waits in the outbox, with no transaction open while the notifier works."""
        if self._notifier is None:
            return
        # Few at a time: what a slow channel has not come to when its lease ends would be sent twice.
        for claims in self._claims("message", now, min(limit, 50)):
            for claim in claims:
                self._store.settle(claim, self._send(claim, self._notifier, now, report))

    def _send(self, claim: Claim, notifier: Notifier, now: dt.datetime, report: TickReport) -> Outcome:
        message = claim.body
        assert isinstance(message, Message)  # noqa: S101 - the store keeps the kinds apart
        sent = _sent(notifier, message)
        if isinstance(sent, Delivered):
            report.delivered += 1
            return Done()
        if isinstance(sent, Permanent) or claim.attempts + 1 >= MAX_TRIES:
            reason = (
                sent.reason
                if isinstance(sent, Permanent)
                else f"given up after {claim.attempts + 1} tries: {sent.reason}"
            )
            report.dead.append((message.id, reason))
            return Dead(reason)
        pause = BACK_OFF * 2**claim.attempts
        if isinstance(sent, Temporary) and sent.retry_after is not None:
            pause = max(pause, sent.retry_after)
        report.postponed += 1
        return Retry(now + pause, sent.reason)

    def _claims(
        self, kind: Literal["obligation", "timer", "message"], now: dt.datetime, limit: int
    ) -> Iterator[list[Claim]]:
        while claims := self._store.claim(kind, now, limit, LEASE):
            yield claims
            if len(claims) < limit:
                return


def _sent(notifier: Notifier, message: Message) -> Delivery:
    """What became of a message; a role that nobody holds has nobody to be told."""
    if message.address is None and message.to in _ROLES:
        return Permanent(f"nobody holds the role {message.to!r}")
    try:
        return notifier.send(message)
    except Exception as fault:  # noqa: BLE001 - one fault of a stranger's channel must not hold up all behind it
        return Unknown(f"the notifier failed: {type(fault).__name__} {fault}")


def _note(report: TickReport, obligation_id: str, rungs: list[Rung]) -> None:
    for rung in rungs:
        if rung.name == "remind":
            report.reminded.append(obligation_id)
        elif rung.name == "overdue":
            report.breached.append(obligation_id)
        else:
            report.escalated.append((obligation_id, rung.name))


_ROLES: Final = frozenset(map(str, Role))
_RUNGS: Final = {
    "remind": ("Due soon", "Скоро срок"),
    "overdue": ("Overdue", "Срок нарушен"),
    "head": ("Overdue, for the head", "Срок нарушен, руководителю"),
    "ceo": ("Overdue, for the general director", "Срок нарушен, генеральному директору"),
}
_OWES: Final = {
    "en": "{title} ({clause}). Case {case}, due {due}.",
    "ru": "{title} ({clause}). Дело {case}, срок {due}.",
}
_HAPPENED: Final = {
    "en": "{title}: case {case}, by {by}{clauses}.",
    "ru": "{title}: дело {case}, выполнил {by}{clauses}.",
}
