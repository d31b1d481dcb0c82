"""What the tests of several programs run, each in a process of its own: ``python programs.py NAME DB ARGUMENTS``."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from ask import ANNA, HELEN, PEOPLE, Ask, Errand, requests_engine

from salesreg.adapters.memory import MemoryDirectory, SystemClock
from salesreg.adapters.sqlite import SqliteStore
from salesreg.engine.worker import Worker
from salesreg.errors import SalesregError
from salesreg.ports import Delivered, Message


class Fast:
    """A clock that goes sixty times as fast, so that a lease of two minutes is over in two seconds."""

    def __init__(self, start: float) -> None:
        self._start = start

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._start + 60 * (time.time() - self._start), dt.UTC)


class Appending:
    """A notifier that writes each message's id to a file, and takes its time."""

    def __init__(self, path: str, seconds: float) -> None:
        self._path = Path(path)
        self._seconds = seconds

    def send(self, message: Message) -> Delivered:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{message.id}\n")
        time.sleep(self._seconds)
        return Delivered()


class Slow(MemoryDirectory):
    """A directory that takes 20 ms to answer."""

    def employee(self, employee_id: str) -> Any:
        time.sleep(0.02)
        return super().employee(employee_id)

    def holders(self, role: str, on: dt.date) -> Any:
        time.sleep(0.02)
        return super().holders(role, on)

    def absences(self, on: dt.date) -> Any:
        time.sleep(0.02)
        return super().absences(on)


def seed(db: str, messages: str) -> None:
    """A case to work on, and so many messages to Helen."""
    with requests_engine(SqliteStore(db), SystemClock()) as engine:
        for number in range(int(messages)):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")


def owing(db: str, errands: str) -> None:
    """So many obligations that will be overdue."""
    with requests_engine(SqliteStore(db), SystemClock()) as engine:
        for number in range(int(errands)):
            engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id=f"e{number}")


def worker(db: str, sent: str, seconds: str, start: str = "0") -> None:
    """A worker that stops on SIGTERM."""
    import signal

    clock: Any = Fast(float(start)) if float(start) else SystemClock()
    notifier = Appending(sent, float(seconds))
    with (
        requests_engine(SqliteStore(db), clock, notifier=notifier) as engine,
        Worker(engine, every=dt.timedelta(seconds=0.2)) as it,
    ):
        signal.signal(signal.SIGTERM, lambda *_: it.stop())
        it.run()


def woken(db: str, sent: str, url: str) -> None:
    """A worker that looks by itself once an hour and is woken through a database; how often it ticked."""
    import signal

    from salesreg.adapters.wakeups import Wakeups

    ticks: list[object] = []
    with (
        requests_engine(SqliteStore(db), SystemClock(), notifier=Appending(sent, 0)) as engine,
        contextlib.closing(Wakeups(url)) as alarm,
        Worker(engine, every=dt.timedelta(hours=1), alarm=alarm.at, watch=lambda *tick: ticks.append(tick)) as it,
        alarm.listening(it.wake),
    ):
        signal.signal(signal.SIGTERM, lambda *_: it.stop())
        it.run()
    print(len(ticks))


def steps(db: str, number: str) -> None:
    """So many steps on one case, with a slow directory; how many were taken and how many failed."""
    with requests_engine(SqliteStore(db), SystemClock(), directory=Slow(PEOPLE)) as engine:
        done = failed = 0
        for _ in range(int(number)):
            try:
                engine.perform("r0", Ask.amend(), by=ANNA)
                done += 1
            except SalesregError:
                failed += 1
        print(done, failed)


if __name__ == "__main__":
    {"seed": seed, "owing": owing, "worker": worker, "woken": woken, "steps": steps}[sys.argv[1]](*sys.argv[2:])
