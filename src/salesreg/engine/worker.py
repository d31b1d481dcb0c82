"""A worker: ticks, sleeps until the next instant at which something is due, and stops when it is told to.

Any number of them may run on one store, on one machine or several: what one has claimed, no other takes.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import attrs

from salesreg.engine.attempts import line
from salesreg.engine.engine import ProcessEngine
from salesreg.engine.report import TickReport
from salesreg.errors import SalesregError
from salesreg.ports import Backlog

_log: Final = logging.getLogger("salesreg.worker")
_SOONEST: Final = dt.timedelta(seconds=1)
"""How long to leave alone what is due and cannot be taken."""


class JsonLines(logging.Formatter):
    """One JSON object a line: ``at``, ``level``, ``event``, and the facts that were logged with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        said: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


@attrs.define
class Health:
    """How a worker is doing.

    Attributes:
        last: when its last good tick ended, UTC; None before the first.
        wrong: what was wrong with the tick after it; empty if nothing was.
        backlog: what waited then.
    """

    last: dt.datetime | None = None
    wrong: str = ""
    backlog: Backlog | None = None


class Worker:
    """Ticks until it is stopped; leave its context when it has.

    Args:
        engine: whose time passes; with a notifier, or messages wait.
        every: the longest sleep between ticks: what another program brings forward is seen after it at the latest.
        trust_clock: the clock is right at the first tick, however far it stands from the last.
        alarm: has some worker woken at an instant, such as `Wakeups.at`; then it sleeps until it is, or `every`.
        watch: told of each tick: what it did, what waits, and how many seconds it took.
    """

    def __init__(
        self,
        engine: ProcessEngine,
        *,
        every: dt.timedelta = dt.timedelta(seconds=30),
        trust_clock: bool = False,
        alarm: Callable[[dt.datetime], None] | None = None,
        watch: Callable[[TickReport, Backlog, float], None] | None = None,
    ) -> None:
        self._engine = engine
        self._every = every
        self._trust_clock = trust_clock
        self._alarm = alarm
        self._watch = watch
        self._stopped = threading.Event()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self.health: Health = Health()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bell.close()
        self._ear.close()

    def stop(self) -> None:
        """Finish the piece of work at hand and leave the rest to others; safe in a signal handler and in any thread."""
        self._stopped.set()
        self.wake()

    def wake(self) -> None:
        """Tick now; safe in a signal handler and in any thread."""
        try:
            self._bell.send(b"!")
        except OSError:  # it has been rung already, or the worker is gone
            return

    def run(self) -> None:
        """Tick until stopped; what is wrong with a tick is logged, and the next one tries again."""
        _tell(logging.INFO, "started", every=self._every.total_seconds())
        wrong = 0
        while not self._stopped.is_set():
            try:
                self.once()
            except SalesregError as fault:
                wrong += 1
                self._failed(fault)
            except Exception as fault:  # noqa: BLE001 - a worker outlives what is wrong with one tick
                wrong += 1
                self._failed(fault, trace=True)
            else:
                wrong = 0
            self._sleep(self._pause(wrong))
        _tell(logging.INFO, "stopped")

    def once(self) -> TickReport:
        """One tick.

        Raises:
            ImplausibleClock: the clock is not believed.
            StoreError: the store cannot be used.
        """
        begun = time.perf_counter()
        report = self._engine.tick(trust_clock=self._trust_clock, stopping=self._stopped.is_set)
        self._trust_clock = False
        backlog = self._engine.backlog()
        self.health = Health(dt.datetime.now(dt.UTC), backlog=backlog)
        took = time.perf_counter() - begun
        _tell_tick(report, backlog, took)
        if self._watch is not None:
            self._watch(report, backlog, took)
        return report

    def well(self) -> bool:
        """Whether the last tick was good and not long ago."""
        last = self.health.last
        if last is None or self.health.wrong:
            return False
        return dt.datetime.now(dt.UTC) - last < 3 * self._every + dt.timedelta(minutes=1)

    def _failed(self, fault: Exception, *, trace: bool = False) -> None:
        self.health = attrs.evolve(self.health, wrong=line(fault))
        _log.error("tick failed", exc_info=fault if trace else None, extra={"facts": {"wrong": line(fault)}})

    def _pause(self, wrong: int) -> dt.timedelta:
        """Until the next work is due, but no longer than `every`; after failures ever longer up to it."""
        if wrong:
            return min(_SOONEST * (1 << min(wrong, 16)), self._every)
        backlog = self.health.backlog
        if backlog is None or backlog.next_at is None:
            return self._every
        now = self._engine.now()
        ahead = backlog.next_at - now if backlog.next_at > now else _SOONEST
        if self._alarm is None:
            return min(ahead, self._every)
        self._alarm(now + ahead)
        return self._every

    def _sleep(self, pause: dt.timedelta) -> None:
        """Sleep so long, or until somebody rings."""
        if self._stopped.is_set():
            return
        ready, _, _ = select.select([self._ear], [], [], pause.total_seconds())
        if ready:
            self._ear.recv(4096)


def _tell(level: int, event: str, **facts: object) -> None:
    _log.log(level, event, extra={"facts": facts})


def _tell_tick(report: TickReport, backlog: Backlog, took: float) -> None:
    """What a tick did, in a line; and one for each thing that somebody should look at."""
    for case, what, reason in report.failed:
        _tell(logging.WARNING, "failed", case=case, what=what, reason=reason)
    for message, reason in report.dead:
        _tell(logging.ERROR, "dead", message=message, reason=reason)
    for message, reason in report.dropped:
        _tell(logging.INFO, "dropped", message=message, reason=reason)
    for duty in report.put_back:
        _tell(logging.WARNING, "put back", duty=duty)
    done = counts(report)
    level = logging.INFO if any(done.values()) else logging.DEBUG
    waits = {"due": sum(backlog.due.values()), "dead": sum(backlog.dead.values()), "overdue": backlog.overdue}
    _tell(level, "tick", **{name: number for name, number in done.items() if number}, **waits, seconds=round(took, 3))


def counts(report: TickReport) -> Mapping[str, int]:
    """How much a tick did of each kind."""
    each = attrs.asdict(report, recurse=False)
    return {name: did if isinstance(did, int) else len(did) for name, did in each.items()}
