"""What `tick` does: begin duties, fire timers, climb the ladder, deliver the outbox (claim, act, settle).

Each piece of work stands for itself: whatever a page, the directory, a notifier or a row does, that piece is counted,
tried again ever later, listed and put back by hand, and everything else goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from salesreg.calendars import Term
from salesreg.decide.ladder import Rung, ladder
from salesreg.engine.attempts import failed, given_up, line
from salesreg.engine.clock import BelievedClock
from salesreg.engine.codec import Pages
from salesreg.engine.command import Asked, CommandRunner
from salesreg.engine.delivery import Courier
from salesreg.engine.door import TIMER_KEY
from salesreg.engine.duties import Duties
from salesreg.engine.letters import Letters
from salesreg.engine.people import People
from salesreg.engine.report import TickReport
from salesreg.engine.turns import Turns
from salesreg.errors import (
    CaseNotFound,
    OutOfOrder,
    StepRefused,
    StoreUnavailable,
    UnknownStep,
    VersionConflict,
)
from salesreg.ports import Batch, Claim, Dead, Done, DueTimer, Later, Notifier, Outcome, Store
from salesreg.process.case import Obligation
from salesreg.rules.conduct import LADDER
from salesreg.rules.people import SYSTEM_ACTOR
from salesreg.rules.regulation import Regulation


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
        clock: BelievedClock,
    ) -> None:
        self._store = store
        self._pages = pages
        self._runner = runner
        self._letters = letters
        self._people = people
        self._regulation = regulation
        self._clock, self._now = clock, clock.now
        self._duties = Duties(store, pages, runner, people, regulation)
        self._courier = None if notifier is None else Courier(store, people, letters, notifier)

    def run(self, limit: int, *, trust_clock: bool, stopping: Callable[[], bool]) -> TickReport:
        """One tick; ``limit`` pieces of work are leased at a time."""
        report, turns = TickReport(), Turns(self._store, self._now, stopping)
        self._clock.look(trust=trust_clock)
        with self._people.remembered():
            self._move(turns, limit, report)
        return report

    def _move(self, turns: Turns, limit: int, report: TickReport) -> None:
        self._duties.begin(self._now(), report, turns.stopping)
        self._fire(turns, limit, report)
        self._climb(turns, limit, report)
        if self._courier is not None:
            self._courier.deliver(turns, limit, report)

    # -- timers -------------------------------------------------------------------------------------------------------

    def _fire(self, turns: Turns, limit: int, report: TickReport) -> None:
        """Let due timers take their steps."""
        for claim in turns.each("timer", limit):
            outcome, taken = self._rung_bell(claim, report)
            turns.settle(claim, outcome)  # its step may have ended the timer, and then there is nothing to settle
            if taken:
                timer = claim.body
                assert isinstance(timer, DueTimer)  # noqa: S101 - it rang
                report.fired.append((timer.case, timer.timer))

    def _rung_bell(self, claim: Claim, report: TickReport) -> tuple[Outcome, bool]:
        """What becomes of a timer, and whether its step was taken."""
        timer = claim.body
        wrong: object
        try:
            if (spent := given_up(claim, self._now())) is not None:
                report.failed.append((timer.case, _name(claim), spent.reason))
                return spent, False
            if isinstance(timer, DueTimer):
                return Done(), self._ring(timer)
            wrong = getattr(timer, "reason", timer)
        except (VersionConflict, StoreUnavailable, OutOfOrder) as early:
            return failed(claim, early, self._now()), False
        except (StepRefused, UnknownStep, CaseNotFound) as refused:
            if isinstance(refused, StepRefused) and isinstance(timer, DueTimer) and (again := self._again(timer)):
                return Later(self._regulation.calendar.due_at(again, self._now())), False
            report.failed.append((claim.body.case, _name(claim), line(refused)))
            return Dead(line(refused)), False
        except Exception as fault:  # noqa: BLE001 - one page's fault must not hold up all behind it
            wrong = fault
        report.failed.append((claim.body.case, _name(claim), line(wrong)))
        return failed(claim, wrong, self._now()), False

    def _again(self, timer: DueTimer) -> Term | None:
        """After which time a timer rings again whose step had nothing to do yet."""
        case = self._store.load([timer.case]).cases[timer.case]
        return self._pages.of_case(case).timers[timer.timer].again

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

    # -- the ladder ---------------------------------------------------------------------------------------------------

    def _climb(self, turns: Turns, limit: int, report: TickReport) -> None:
        """Remind, note breaches and escalate, each rung of each obligation once.

        Where other settings of the ladder hold than at the last look, what has come due under them is told at once.
        """
        now = turns.now()
        settings = " / ".join(str(self._regulation.value(one)) for one in LADDER)
        if (known := self._store.mark("ladder")) != settings:
            if known is not None:
                self._store.look_again(now)
            self._store.commit(Batch((), (), now, marks={"ladder": settings}))
        for batch in turns.leased("obligation", limit):
            outcomes: list[tuple[Claim, Outcome]] = []
            passed: list[list[Rung]] = []
            for claim in batch.claims:
                rungs: list[Rung] = []
                outcome: Outcome = Later(claim.wake_at)
                if not turns.stopping() and batch.holds():
                    rungs, outcome = self._looked_at(claim, report)
                outcomes.append((claim, outcome))
                passed.append(rungs)
            for (claim, _), rungs, kept in zip(outcomes, passed, turns.settle_many(outcomes), strict=True):
                if kept:
                    _note(report, claim.id, rungs)

    def _looked_at(self, claim: Claim, report: TickReport) -> tuple[list[Rung], Outcome]:
        """The rungs of an obligation that have come, and what becomes of it."""
        now = self._now()
        try:
            if isinstance(claim.body, Obligation):
                return self._rungs(claim.body, claim.told, now)
            wrong: object = getattr(claim.body, "reason", claim.body)
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - the directory's fault must not hold up all behind it
            wrong = fault
        report.failed.append((claim.body.case, claim.id, line(wrong)))
        return [], failed(claim, wrong, now)

    def _rungs(self, obligation: Obligation, before: tuple[str, ...], now: dt.datetime) -> tuple[list[Rung], Outcome]:
        """The rungs that have come since the last look, and when to look again."""
        steps = [rung for rung in ladder(obligation, self._regulation) if rung.name not in before]
        passed = [rung for rung in steps if rung.at <= now]
        names = tuple(rung.name for rung in passed)
        if "overdue" in (*names, *before):
            passed = [rung for rung in passed if rung.name != "remind"]
        told = [(rung, tuple(self._letters.of_rung(obligation, rung))) for rung in passed]
        reached = [rung for rung, messages in told if messages or rung.above == 0]
        messages = tuple(message for _, several in told for message in several)
        return reached, Done(messages, names, min((rung.at for rung in steps if rung.at > now), default=None))


def _name(claim: Claim) -> str:
    return claim.id.removeprefix(f"{claim.body.case}:")


def _note(report: TickReport, obligation_id: str, rungs: list[Rung]) -> None:
    for rung in rungs:
        if rung.name == "remind":
            report.reminded.append(obligation_id)
        elif rung.name == "overdue":
            report.breached.append(obligation_id)
        else:
            report.escalated.append((obligation_id, rung.name))
