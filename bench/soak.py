"""Hours of a department in minutes: two programs that give commands and two workers on one store, and then the audit.

Run: ``python bench/soak.py sqlite:///soak.db [commands]`` with 200,000 commands unless told otherwise, or with the
address of an empty PostgreSQL database. At every tenth it prints commands a second, the memory of each program and the
size of the store; at the end it looks for what was lost, doubled, sent twice or torn, and exits with 1 if anything was.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from salesreg import ProcessEngine, open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import AssignmentProcess, example
from salesreg.engine import open_store
from salesreg.engine.worker import Worker
from salesreg.ports import Delivered, Message
from salesreg.testing.commercial import ANNA, ROMAN, STAFF

WRITERS, WORKERS, TENTHS = 2, 2, 10
OF_A_CASE = 4
DUE = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)


class Sent:
    """A notifier that writes down what it was given."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def send(self, message: Message) -> Delivered:
        """Write it down."""
        self._file.write(f"{message.id}\n")
        return Delivered()


def opened(url: str, notifier: Sent | None = None) -> ProcessEngine:
    return open_engine(url, regulation=example(), directory=MemoryDirectory(STAFF), notifier=notifier)


def command(engine: ProcessEngine, key: str, case: str, which: int, due: dt.datetime) -> None:
    """An assignment is given, extended, reported done, and accepted."""
    if which == 0:
        first = AssignmentProcess.give_assignment(what="call Romashka", due=due, responsible="anna")
        engine.start(first, by=ROMAN, case_id=case, command_key=key)
    elif which == 1:
        more = AssignmentProcess.extend_assignment(due=due + dt.timedelta(days=1), reason="client away")
        engine.perform(case, more, by=ROMAN, command_key=key)
    elif which == 2:
        engine.perform(case, AssignmentProcess.report_done(result="an audit"), by=ANNA, command_key=key)
    else:
        engine.perform(case, AssignmentProcess.verify_assignment(), by=ROMAN, command_key=key)


def write(url: str, name: str, count: int, due: dt.datetime, told: Any) -> None:
    """So many commands."""
    with opened(url) as engine:
        for number in range(count):
            command(engine, f"{name}/{number}", f"{name}-{number // OF_A_CASE}", number % OF_A_CASE, due)
            if (number + 1) % (count // TENTHS) == 0:
                told.put((name, memory()))
        told.put((name, None))


def work(url: str, name: str, sent: Path, told: Any) -> None:
    """A worker that ticks once a second at least, until it is told to stop."""
    ticks = 0

    def watched(*_: object) -> None:
        nonlocal ticks
        ticks += 1
        told.put((name, memory()))

    with (
        opened(url, Sent(sent)) as engine,
        Worker(engine, every=dt.timedelta(seconds=1), watch=watched) as worker,
    ):
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        worker.run()


def memory() -> float:
    """How many megabytes this program holds."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def size(url: str) -> float:
    """How many megabytes the store takes."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        return sum(Path(path + tail).stat().st_size for tail in ("", "-wal") if Path(path + tail).exists()) / 2**20
    import psycopg

    from salesreg.adapters.postgres.address import Address

    with psycopg.connect(Address.of(url).conninfo) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return float(row[0]) / 2**20 if row else 0.0


def soak(url: str, commands: int, folder: Path) -> float:
    """Everything that is written; how many seconds it took."""
    context = multiprocessing.get_context("spawn")
    told, each = context.Queue(), commands // WRITERS
    due = DUE.replace(microsecond=0)
    opened(url).close()
    writers = [context.Process(target=write, args=(url, f"w{n}", each, due, told)) for n in range(WRITERS)]
    workers = [context.Process(target=work, args=(url, f"worker {n}", folder / f"{n}", told)) for n in range(WORKERS)]
    begun = last = time.perf_counter()
    for one in (*writers, *workers):
        one.start()
    held: dict[str, float] = {}
    tenths, ended = Counter[str](), 0
    while ended < WRITERS:
        name, megabytes = told.get(timeout=600)
        if megabytes is None:
            ended += 1
            continue
        held[name] = megabytes
        if name.startswith("w") and not name.startswith("worker"):
            tenths[name] += 1
            if sum(tenths.values()) % WRITERS == 0:
                now, done = time.perf_counter(), sum(tenths.values()) * each // TENTHS
                rate = WRITERS * each / TENTHS / (now - last)
                kept = "  ".join(f"{who} {held[who]:.0f}" for who in sorted(held))
                print(f"{done:>8,} commands  {rate:6.0f}/s  {size(url):7.1f} MB  memory (MB): {kept}", flush=True)
                last = now
    took = time.perf_counter() - begun
    with open_store(url) as store:
        while sum(store.backlog(dt.datetime.now(dt.UTC)).due.values()):
            time.sleep(0.5)
    print(f"everything was told {time.perf_counter() - begun - took:.0f} s after the last command", flush=True)
    for one in workers:
        one.terminate()
    for one in (*writers, *workers):
        one.join()
        if one.exitcode:
            sys.exit(f"{one.name} ended with {one.exitcode}")
    return took


def audit(url: str, commands: int, folder: Path) -> Iterator[str]:
    """What is not as it was promised."""
    each = commands // WRITERS
    with opened(url) as engine, open_store(url) as store:
        yield from engine.verify()
        keys = Counter(event.case.split("-")[0] for event in store.events(limit=2 * commands) if event.case[0] == "w")
        yield from (f"{keys[f'w{n}']} events of {each} commands" for n in range(WRITERS) if keys[f"w{n}"] != each)
        for n in range(WRITERS):
            for number in range(each):
                kept = store.load([], command_key=f"w{n}/{number}").command
                wanted = (f"w{n}-{number // OF_A_CASE}", number % OF_A_CASE + 1)
                if kept is None or (kept.case, kept.version) != wanted:
                    yield f"command w{n}/{number} led to {kept}"
        sent = Counter(line for n in range(WORKERS) for line in (folder / f"{n}").read_text("utf-8").splitlines())
        yield from (f"{one} was sent {times} times" for one, times in sent.items() if times > 1)
        delivered = {message.id for message, _ in store.messages("delivered", 10 * commands)}
        yield from (f"{one} was sent and is not delivered, or the other way" for one in delivered ^ set(sent))
        yield from (f"{len(dead)} messages are dead" for dead in [store.messages("dead", commands)] if dead)
        print(f"{sum(sent.values()):,} messages sent", flush=True)


def main() -> None:
    """Soak, audit, tell."""
    url = sys.argv[1]
    commands = int(sys.argv[2].replace(",", "")) if len(sys.argv) > 2 else 200_000
    commands -= commands % (WRITERS * OF_A_CASE * TENTHS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        took = soak(url, commands, folder)
        print(f"{commands:,} commands in {took:.0f} s: {commands / took:.0f} a second; {size(url):.1f} MB", flush=True)
        begun, problems = time.perf_counter(), list(audit(url, commands, folder))
        print(*problems, f"audit: {len(problems)} wrong, in {time.perf_counter() - begun:.0f} s", sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
