"""Recurring duties: the case of each begins when its day opens; what fails is kept in marks and tried again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from salesreg.decide.obligations import duty_days
from salesreg.engine.attempts import MAX_TRIES, line, pause
from salesreg.engine.codec import Pages
from salesreg.engine.command import Asked, CommandRunner
from salesreg.engine.people import People
from salesreg.engine.report import TickReport
from salesreg.errors import StepRefused, StoreUnavailable, VersionConflict
from salesreg.ports import Batch, DueTimer, MessageState, Store, Work
from salesreg.rules.people import SYSTEM_ACTOR
from salesreg.rules.regulation import Regulation

_log: Final = logging.getLogger("salesreg")
_FAILED: Final = "failed:"
_DAY: Final = dt.timedelta(days=1)


class _Failure(msgspec.Struct, frozen=True):
    """A duty that could not be begun: all of it, on a day, or for one person.

    Attributes:
        process, duty: which.
        day: for which day; None where the days themselves cannot be told.
        person: for whom; None where it is not known who has it.
        opens: when the day opened.
        tries: how often it failed.
        at: when it is tried again; None for never.
        reason: what was wrong.
    """

    process: str
    duty: str
    day: dt.date | None
    person: str | None
    opens: dt.datetime
    tries: int
    at: dt.datetime | None
    reason: str

    @property
    def case(self) -> str:
        """The case that it would be, or how the ids of those begin."""
        return ":".join(str(one) for one in (self.process, self.duty, self.person, self.day) if one is not None)

    @property
    def mark(self) -> str:
        """Under which name it is kept."""
        return f"{_FAILED}{self.case}"

    def again(self, wrong: object, now: dt.datetime) -> _Failure:
        """Having failed once more; what the rules refuse is given up at once, a duty as a whole never."""
        tries = self.tries + 1
        gone = self.day is not None and (isinstance(wrong, StepRefused) or tries >= MAX_TRIES)
        at = None if gone else now + pause(self.case, self.tries)
        return replace(self, tries=tries, at=at, reason=line(wrong))


class Duties:
    """Begins the recurring duties of every page."""

    def __init__(
        self, store: Store, pages: Pages, runner: CommandRunner, people: People, regulation: Regulation
    ) -> None:
        self._store = store
        self._runner = runner
        self._people = people
        self._regulation = regulation
        self._duties = {(page.id, duty.id): (page, duty) for page in pages for duty in page.duties.values()}

    def begin(self, now: dt.datetime, report: TickReport, stopping: Callable[[], bool]) -> None:
        """Begin what has opened since the last tick, and try again what failed."""
        failures = _failures(self._store)
        for process, name in self._duties:
            if stopping():
                return
            whole = _Failure(process, name, None, None, now, 0, now, "")
            whole = next((one for one in failures if one.mark == whole.mark), whole)
            if whole.at is not None and whole.at <= now:
                self._guarded(whole, now, report, self._open_days)
        for failure in failures:
            if failure.day is not None and failure.at is not None and failure.at <= now and not stopping():
                self._guarded(failure, now, report, self._come_back)

    def _guarded(
        self,
        failure: _Failure,
        now: dt.datetime,
        report: TickReport,
        begin: Callable[[_Failure, dt.datetime, TickReport], None],
    ) -> None:
        """Begin something; whatever is wrong with it holds up nothing else."""
        try:
            begin(failure, now, report)
        except StoreUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - one page's fault, or the directory's, must not hold up all behind it
            _keep(self._store, now, [_noted(failure.again(fault, now), report)])
        else:
            if failure.tries:
                self._store.commit(Batch((), (), now, marks={failure.mark: None}))

    def _open_days(self, whole: _Failure, now: dt.datetime, report: TickReport) -> None:
        """Begin a duty for every day that has opened since the last tick, and remember how far that is."""
        page, duty = self._duties[whole.process, whole.duty]
        name, today = f"duty:{page.id}:{duty.id}", self._people.day(now)
        mark = self._store.mark(name)
        known = None if mark is None else dt.date.fromisoformat(mark)
        if known is not None and known > today + _DAY:
            report.put_back.append(f"{page.id}:{duty.id}")
            known = None
        if known is None:
            # Remembered even where nothing falls on the first day, so that what falls later is not missed.
            known = today - _DAY
            self._store.commit(Batch((), (), now, marks={name: known.isoformat()}))
        term = self._regulation.term(duty.norm)
        for day, opens in duty_days(self._regulation.calendar, term, known + _DAY, today):
            if opens > now:
                break
            of_day = _Failure(page.id, duty.id, day, None, opens, 0, now, "")
            try:
                failures = self._begin_day(of_day, now, report)
            except StoreUnavailable:
                raise
            except Exception as fault:  # noqa: BLE001 - the directory is a stranger's
                failures = [_noted(of_day.again(fault, now), report)]
            _keep(self._store, now, failures, {name: day.isoformat()})

    def _begin_day(self, of_day: _Failure, now: dt.datetime, report: TickReport) -> list[_Failure]:
        """Begin a duty for everybody who has it on a day; for whom it could not be."""
        _, duty = self._duties[of_day.process, of_day.duty]
        assert of_day.day is not None  # noqa: S101 - of a day
        failures = []
        for person in self._people.on_duty(duty.per.id, of_day.day, even_away=duty.even_away):
            one = replace(of_day, person=person.id, tries=0)
            try:
                self._begin_one(one, report)
            except StoreUnavailable:
                raise
            except Exception as fault:  # noqa: BLE001 - one page's fault must not hold up all behind it
                failures.append(_noted(one.again(fault, now), report))
        return failures

    def _begin_one(self, one: _Failure, report: TickReport) -> None:
        """Begin one person's case of a day, unless another tick has."""
        page, duty = self._duties[one.process, one.duty]
        assert one.person is not None and one.day is not None  # noqa: S101, PT018 - of one person and day
        payload = duty.payload(one.person, one.day, one.opens)
        try:
            self._runner.run(Asked(page, duty.step, payload, SYSTEM_ACTOR, new_id=one.case))
        except VersionConflict as conflict:
            if conflict.case_id != one.case:
                raise
        else:
            report.begun.append(one.case)

    def _come_back(self, failure: _Failure, now: dt.datetime, report: TickReport) -> None:
        """Try again what failed."""
        if (failure.process, failure.duty) not in self._duties:
            raise LookupError(f"process {failure.process!r} has no duty {failure.duty!r} any more")
        if failure.person is None:
            _keep(self._store, now, self._begin_day(failure, now, report))
        else:
            self._begin_one(failure, report)


# -- what failed ------------------------------------------------------------------------------------------------------


def waiting_duties(store: Store, state: MessageState) -> list[Work]:
    """What could not be begun: what is tried again, or what has been given up."""
    return [_listed(one) for one in _failures(store) if state == ("dead" if one.at is None else "waiting")]


def requeue_duties(store: Store, ids: Iterable[str], now: dt.datetime) -> list[str]:
    """Put back what has been given up; the ids of what was."""
    wanted = set(ids)
    dead = [one for one in _failures(store) if one.at is None and _listed(one).id in wanted]
    if dead:
        _keep(store, now, [replace(one, at=now, tries=1) for one in dead])  # as if it had failed once
    return [_listed(one).id for one in dead]


def _keep(
    store: Store, now: dt.datetime, failures: Iterable[_Failure], marks: Mapping[str, str | None] | None = None
) -> None:
    kept = {one.mark: msgspec.json.encode(one).decode() for one in failures}
    store.commit(Batch((), (), now, marks={**(marks or {}), **kept}))


def _failures(store: Store) -> list[_Failure]:
    found = []
    for name, kept in store.marks(_FAILED).items():
        try:
            found.append(msgspec.json.decode(kept, type=_Failure))
        except msgspec.MsgspecError as wrong:
            _log.warning("the mark %r cannot be read and is left alone: %s", name, wrong)
    return found


def _noted(failure: _Failure, report: TickReport) -> _Failure:
    report.failed.append((failure.case, failure.duty, failure.reason))
    return failure


def _listed(one: _Failure) -> Work:
    """A duty as the timer that it is."""
    timer = DueTimer(one.case, one.duty, one.opens)
    state: MessageState = "dead" if one.at is None else "waiting"
    return Work("timer", timer.id, one.case, state, one.reason, one.tries, one.at, timer)
