"""What `tick` does: begin duties, fire timers, climb the ladder, deliver the outbox (claim, act, settle)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final, Literal

import attrs

from salesreg.decide.ladder import Rung, ladder
from salesreg.decide.obligations import duty_days
from salesreg.engine.codec import Pages
from salesreg.engine.command import Asked, CommandRunner
from salesreg.engine.letters import Letters
from salesreg.engine.people import People
from salesreg.engine.questions import TIMER_KEY
from salesreg.errors import (
    OutOfOrder,
    SalesregError,
    StepRefused,
    StoreError,
    StoreUnavailable,
    UnknownStep,
    VersionConflict,
)
from salesreg.ports import (
    Batch,
    Claim,
    Dead,
    Delivered,
    Delivery,
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
from salesreg.process.case import Obligation
from salesreg.process.clocks import Recurring
from salesreg.process.page import Process
from salesreg.rules.conduct import LADDER
from salesreg.rules.people import SYSTEM_ACTOR
from salesreg.rules.regulation import Regulation

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


class Tick:
    """Moves duties, timers, obligations and messages on; it asks for steps through the runner like everybody else."""

    def __init__(
        self,
        store: Store,
        pages: Pages,
        runner: CommandRunner,
        people: People,
        letters: Letters,
        notifier: Notifier | None,
        regulation: Regulation,
    ) -> None:
        self._store = store
        self._pages = pages
        self._runner = runner
        self._people = people
        self._letters = letters
        self._notifier = notifier
        self._regulation = regulation

    def run(self, now: dt.datetime, limit: int) -> TickReport:
        """One tick, at an instant; ``limit`` pieces of work are leased at a time."""
        report = TickReport()
        self._begin(now, report)
        self._fire(now, limit, report)
        self._climb(now, limit, report)
        self._deliver(now, limit, report)
        return report

    def _begin(self, now: dt.datetime, report: TickReport) -> None:
        """Begin the case of every recurring duty for every day that has opened since the last tick."""
        today = self._people.day(now)
        for page in self._pages:
            for duty in page.duties.values():
                name = f"duty:{page.id}:{duty.id}"
                mark = self._store.mark(name)
                if mark is None:
                    # Remembered even where nothing falls on the first day, so that what falls later is not missed.
                    mark = (today - dt.timedelta(days=1)).isoformat()
                    self._store.commit(Batch((), (), now, marks={name: mark}))
                first = dt.date.fromisoformat(mark) + dt.timedelta(days=1)
                for day, opens in duty_days(self._regulation.calendar, self._regulation.term(duty.norm), first, today):
                    if opens > now:
                        break
                    if not self._begin_day(page, duty, day, opens, report):
                        break
                    self._store.commit(Batch((), (), now, marks={name: day.isoformat()}))

    def _begin_day(
        self, page: type[Process[Any]], duty: Recurring, day: dt.date, opens: dt.datetime, report: TickReport
    ) -> bool:
        """Begin a duty for everybody who has it; whether the day is done, and need not be come back to."""
        done = True
        for person in self._people.on_duty(duty.per.id, day, even_away=duty.even_away):
            case_id = f"{page.id}:{duty.id}:{person.id}:{day}"
            try:
                payload = duty.payload(person.id, day, opens)
                self._runner.run(Asked(page, duty.step, payload, SYSTEM_ACTOR, new_id=case_id))
            except VersionConflict:
                continue  # another tick has begun it
            except StepRefused as refused:
                report.failed.append((case_id, duty.id, str(refused)))
            except StoreError:
                raise
            except Exception as fault:  # noqa: BLE001 - one page's fault must not hold up all behind it
                report.failed.append((case_id, duty.id, _told(fault)))
                done = False
            else:
                report.begun.append(case_id)
        return done

    def _fire(self, now: dt.datetime, limit: int, report: TickReport) -> None:
        """Let due timers take their steps."""
        for claims in self._claims("timer", now, limit):
            for claim in claims:
                timer = claim.body
                assert isinstance(timer, DueTimer)  # noqa: S101 - the store keeps the kinds apart
                try:
                    taken = self._ring(timer)
                except (VersionConflict, StoreUnavailable, OutOfOrder) as early:
                    self._store.settle(claim, Retry(now + BACK_OFF, str(early)))
                except SalesregError as refused:
                    report.failed.append((timer.case, timer.timer, str(refused)))
                    self._store.settle(claim, Dead(str(refused)))
                except Exception as fault:  # noqa: BLE001 - one page's fault must not hold up all behind it
                    report.failed.append((timer.case, timer.timer, _told(fault)))
                    self._store.settle(claim, Retry(now + BACK_OFF, _told(fault)))
                else:
                    if taken:
                        report.fired.append((timer.case, timer.timer))
                    self._store.settle(claim, Done())

    def _ring(self, timer: DueTimer) -> bool:
        """Take a timer's step; whether one was taken, or had been before."""
        case = self._store.load([timer.case]).cases[timer.case]
        page = self._pages.of_case(case)
        known = page.timers.get(timer.timer)
        if known is None:
            raise UnknownStep(f"process {page.id!r} version {page.version} has no timer {timer.timer!r} any more")
        key = f"{TIMER_KEY}{timer.case}:{timer.timer}:{timer.at.isoformat()}"
        asked = Asked(None, known.step, {}, SYSTEM_ACTOR, case=timer.case, key=key)
        return self._runner.run(asked).version > case.version

    def _climb(self, now: dt.datetime, limit: int, report: TickReport) -> None:
        """Remind, note breaches and escalate, each rung of each obligation once.

        Where other settings of the ladder hold than at the last look, what has come due under them is told at once.
        """
        settings = " / ".join(str(self._regulation.value(one)) for one in LADDER)
        if (known := self._store.mark("ladder")) != settings:
            if known is not None:
                self._store.look_again(now)
            self._store.commit(Batch((), (), now, marks={"ladder": settings}))
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
        steps = [rung for rung in ladder(obligation, self._regulation) if rung.name not in claim.told]
        passed = [rung for rung in steps if rung.at <= now]
        names = tuple(rung.name for rung in passed)
        if "overdue" in (*names, *claim.told):
            passed = [rung for rung in passed if rung.name != "remind"]
        told = [(rung, tuple(self._letters.of_rung(obligation, rung))) for rung in passed]
        reached = [rung for rung, messages in told if messages or rung.above == 0]
        ahead = [rung.at for rung in steps if rung.at > now]
        messages = tuple(message for _, several in told for message in several)
        return reached, Done(messages, names, min(ahead, default=None))

    def _deliver(self, now: dt.datetime, limit: int, report: TickReport) -> None:
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
            given_up = isinstance(sent, Permanent)
            reason = sent.reason if given_up else f"given up after {claim.attempts + 1} tries: {sent.reason}"
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
    if message.address is None and "unheld" in message.payload:
        return Permanent(f"nobody holds the role {message.to!r}")
    try:
        return notifier.send(message)
    except Exception as fault:  # noqa: BLE001 - one fault of a stranger's channel must not hold up all behind it
        return Unknown(f"the notifier failed: {type(fault).__name__} {fault}")


def _told(fault: Exception) -> str:
    """A fault in a line: our own say what is wrong, others are named."""
    return str(fault) if isinstance(fault, SalesregError) else f"{type(fault).__name__}: {fault}"


def _note(report: TickReport, obligation_id: str, rungs: list[Rung]) -> None:
    for rung in rungs:
        if rung.name == "remind":
            report.reminded.append(obligation_id)
        elif rung.name == "overdue":
            report.breached.append(obligation_id)
        else:
            report.escalated.append((obligation_id, rung.name))
