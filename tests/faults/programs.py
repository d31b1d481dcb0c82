"""What the tests of several programs run, each in a process of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from ask import ANNA, HELEN, OLGA, PEOPLE, RULES, Ask, Errand, moscow, requests_engine

from salesreg import ProcessEngine
from salesreg.adapters.memory import MemoryDirectory, SystemClock
from salesreg.engine import open_store
from salesreg.engine.worker import Worker
from salesreg.errors import SalesregError, StoreUnavailable
from salesreg.ports import Delivered, Message
from salesreg.process import Case, reaction


class Fast:
    """A clock that goes sixty times as fast since an instant, so that a lease of two minutes is over in two seconds."""

    def __init__(self, start: float, shown: dt.datetime | None = None) -> None:
        self._start = start
        self._shown = dt.datetime.fromtimestamp(start, dt.UTC) if shown is None else shown

    def now(self) -> dt.datetime:
        return self._shown + 60 * dt.timedelta(seconds=time.time() - self._start)


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


def seed(url: str, messages: int) -> None:
    """A case to work on, and so many messages to Helen."""
    with requests_engine(open_store(url), SystemClock()) as engine:
        for number in range(messages):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")


def worker(report: Any, url: str, sent: str, seconds: float, start: float = 0) -> None:
    """A worker that stops on SIGTERM, and says so."""
    import signal

    clock: Any = Fast(start) if start else SystemClock()
    notifier = Appending(sent, seconds)
    with (
        requests_engine(open_store(url), clock, notifier=notifier) as engine,
        Worker(engine, every=dt.timedelta(seconds=0.2)) as it,
    ):
        signal.signal(signal.SIGTERM, lambda *_: it.stop())
        it.run()
    report("stopped")


def woken(report: Any, url: str, sent: str, wakeups: str) -> None:
    """A worker that looks by itself once an hour and is woken through a database; it reports each tick."""
    import signal

    from salesreg.adapters.wakeups import Wakeups

    with (
        requests_engine(open_store(url), SystemClock(), notifier=Appending(sent, 0)) as engine,
        contextlib.closing(Wakeups(wakeups)) as alarm,
        Worker(engine, every=dt.timedelta(hours=1), alarm=alarm.at, watch=lambda *_: report("tick")) as it,
        alarm.listening(it.wake),
    ):
        signal.signal(signal.SIGTERM, lambda *_: it.stop())
        it.run()
    report("stopped")


def stepping(report: Any, url: str, number: int) -> None:
    """So many steps on one case, with a slow directory; each is reported, and what else came of it."""
    with requests_engine(open_store(url), SystemClock(), directory=Slow(PEOPLE)) as engine:
        for _ in range(number):
            try:
                report(engine.perform("r0", Ask.amend(), by=ANNA).version)
            except SalesregError as wrong:
                report(f"{type(wrong).__name__}: {wrong}")


# -- what is killed ---------------------------------------------------------------------------------------------------


@reaction(after=Ask.answer)
def send_errand(case: Any, event: Any, look: Any) -> Any:
    yield Errand.send_for(request=case.id)


REACTING = RULES.extended("reacting", reactions=[send_errand])
BEGUN = moscow("2026-03-02 10:00")
NUDGE_AT = moscow("2026-03-02 10:01")
OF_A_REQUEST = 5


def reacting_engine(url: str, clock: Any, **given: Any) -> ProcessEngine:
    """An engine in which every answer sends an errand."""
    return requests_engine(open_store(url), clock, rulebook=REACTING, **given)


def command(engine: ProcessEngine, name: str, number: int) -> tuple[str, Case[Any]]:
    """A command of an endless row of them, by its number, with its key: what it is never changes.

    There is a start, a step with a reaction, the end of the child that it began, a step on a case that all share, and
    an end.
    """
    request, which = divmod(number, OF_A_REQUEST)
    case_id, key = f"{name}-{request}", f"{name}/{number}"
    if which == 0:
        asked = Ask.ask(text="x", number=case_id, nudge_at=NUDGE_AT)
        return key, engine.start(asked, by=ANNA, case_id=case_id, command_key=key)
    if which == 1:
        return key, engine.perform(case_id, Ask.answer(text="yes"), by=HELEN, command_key=key)
    if which == 2:
        [child] = engine.cases(Errand, parent=case_id)
        return key, engine.perform(child.id, Errand.finish(), by=OLGA, command_key=key)
    if which == 3:
        return key, engine.perform("shared", Ask.amend(), by=ANNA, command_key=key)
    return key, engine.perform(case_id, Ask.deny(), by=HELEN, command_key=key)


def writing(report: Any, url: str, name: str, first: int, start: float) -> None:
    """Commands without end; each is reported with where it led as soon as the engine has returned."""
    with reacting_engine(url, Fast(start, BEGUN)) as engine:
        for number in itertools.count(first):
            key, case = command(engine, name, number)
            report(f"{key} {case.id} {case.version}")


def ticking(report: Any, url: str, sent: str, start: float) -> None:
    """Ticks without end; each piece of work is reported before it is begun."""

    def at_work() -> bool:
        report("at work")
        return False

    with reacting_engine(url, Fast(start, BEGUN), notifier=Appending(sent, 0)) as engine:
        while True:
            engine.tick(stopping=at_work)
            time.sleep(0.01)


def opening(report: Any, url: str, case_id: str) -> None:
    """An engine on what may be empty, and a case that it begins; which."""
    with reacting_engine(url, Fast(time.time(), BEGUN)) as engine:
        report(engine.start(Ask.ask(text="x"), by=ANNA, case_id=case_id).id)


def upgrading(report: Any, url: str, killed_before: int) -> None:
    """An upgrade of tables in PostgreSQL; the program dies before a statement, if it is to."""
    import os
    import signal

    import psycopg

    from salesreg.adapters.postgres import upgrade

    execute, asked = psycopg.Cursor.execute, itertools.count(1)

    def dying(*args: Any, **given: Any) -> Any:
        if next(asked) == killed_before:
            os.kill(os.getpid(), signal.SIGKILL)
        report("statement")
        return execute(*args, **given)

    psycopg.Cursor.execute = dying  # type: ignore[method-assign]
    report("begun")
    upgrade(url)
    report("done")


def filling(report: Any, url: str, sent: str, room: str, size: int) -> None:
    """Commands until the disk is full; then everything else that a program does, until there is room again.

    What gives room is a file that is in the way; without one, the size that no file may exceed is lifted.
    """
    import resource

    def limited(to: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (to, resource.RLIM_INFINITY))

    def full(what: str, do: Any) -> None:
        try:
            do()
        except SalesregError as wrong:
            report(f"{what} {type(wrong).__name__}: {wrong}")
        else:
            report(f"{what} went well")

    clock = Fast(time.time(), BEGUN)
    with reacting_engine(url, clock, notifier=Appending(sent, 0)) as engine:
        engine.start(Ask.ask(text="x"), by=ANNA, case_id="shared", command_key="shared")
        if not room:
            limited(size)
        number = 0
        try:
            for number in itertools.count():
                report(command(engine, "a", number)[0])
        except StoreUnavailable as wrong:
            report("full")
            report(f"command StoreUnavailable: {wrong}")
        full("tick", engine.tick)
        full("question", lambda: engine.cases(limit=100_000))
        full("opening", lambda: reacting_engine(url, clock).close())
        report(f"verified {engine.verify()}")
        if room:
            Path(room).unlink()
        else:
            limited(resource.RLIM_INFINITY)
        report("room")
        for more in range(number, number + 2 * OF_A_REQUEST):
            report(command(engine, "a", more)[0])
        full("tick", engine.tick)


# -- what outlives its store ------------------------------------------------------------------------------------------


def enduring(report: Any, url: str, name: str, start: float) -> None:
    """Commands without end, each repeated under its key until the engine has returned."""
    with reacting_engine(url, Fast(start, BEGUN)) as engine:
        for number in itertools.count():
            key, case = _until_it_is_there(lambda number=number: command(engine, name, number))
            report(f"{key} {case.id} {case.version}")


def enduring_ticks(report: Any, url: str, sent: str, start: float) -> None:
    """Ticks without end, whatever becomes of each."""
    with reacting_engine(url, Fast(start, BEGUN), notifier=Appending(sent, 0)) as engine:
        while True:
            _until_it_is_there(engine.tick)
            report("tick")
            time.sleep(0.01)


def crowding(report: Any, url: str, start: float, steps: int) -> None:
    """So many steps on one case; the version that each led to."""
    with reacting_engine(url, Fast(start, BEGUN)) as engine:
        for _ in range(steps):
            report(engine.perform("shared", Ask.amend(), by=ANNA).version)


def _until_it_is_there(act: Any) -> Any:
    while True:
        try:
            return act()
        except StoreUnavailable:
            time.sleep(0.02)


def copying(report: Any, path: str, to: str, size: int) -> None:
    """A backup, with no file beyond a size if one is given; what came of it."""
    import resource

    from salesreg.adapters.sqlite import SqliteStore

    with SqliteStore(path) as store:
        if size:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        try:
            store.backup(to)
        except StoreUnavailable as wrong:
            report(wrong)
        report(store.faults())
