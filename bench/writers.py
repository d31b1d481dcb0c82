"""Eight writers on distinct cases of one SQLite file beside one writer: commands a second, all of them durable.

Run: ``python bench/writers.py [folder]``; the folder must be on the disk to be measured. The two take turns.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _timing import verdict

from salesreg import ProcessEngine, open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import Sale, example
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.roles import MANAGER
from salesreg.rules import Employee

WRITERS, SECONDS, ROUNDS, BUDGET = 8, 2.0, 5, 0.8
ANNA = Employee("anna", "Anna", [MANAGER])


def opened(path: Path) -> ProcessEngine:
    """The department on a file."""
    return open_engine(f"sqlite:///{path}", regulation=example(), directory=MemoryDirectory([ANNA]))


def prepare(path: Path) -> None:
    """A sale in price negotiation for each writer."""
    with opened(path) as engine:
        for number in range(WRITERS):
            first = Sale.register_prospect(source="fair", client=ClientDraft("Vega Lift"))
            case = engine.start(first, by=ANNA, case_id=f"sale-{number}")
            lines = (QuoteLine("CERT", Money("120000")),)
            engine.perform(case, Sale.start_price_negotiation(contact_ref="c", base_version="1", lines=lines), by=ANNA)


def write(path: Path, number: int, ready: object, begun: object, counts: object) -> None:
    """One writer: as many commands on its own case as the time allows."""
    command = Sale.confirm_client_readiness(evidence="letter")
    with opened(path) as engine:
        engine.perform(f"sale-{number}", command, by=ANNA)
        ready.release()  # type: ignore[attr-defined]
        begun.wait()  # type: ignore[attr-defined]
        done, until = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            engine.perform(f"sale-{number}", command, by=ANNA)
            done += 1
        counts[number] = done  # type: ignore[index]


def rate(path: Path, writers: int) -> float:
    """Commands a second of so many writers together."""
    context = multiprocessing.get_context("spawn")
    ready, begun, counts = context.Semaphore(0), context.Event(), context.Array("i", WRITERS)
    running = [context.Process(target=write, args=(path, n, ready, begun, counts)) for n in range(writers)]
    for one in running:
        one.start()
    for _ in running:
        ready.acquire()
    begun.set()
    for one in running:
        one.join()
    return sum(counts[n] for n in range(writers)) / SECONDS


def main() -> None:
    """Let one and eight take turns and print the medians."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        path = Path(name) / "writers.db"
        prepare(path)
        found: dict[int, list[float]] = {1: [], WRITERS: []}
        for _ in range(ROUNDS):
            for writers, rates in found.items():
                rates.append(rate(path, writers))
    one, many = (statistics.median(found[writers]) for writers in (1, WRITERS))
    print(f"one writer      {one:8.0f} commands a second")
    held = f"budget {BUDGET}x: {verdict(many >= BUDGET * one)}"
    print(f"{WRITERS} writers       {many:8.0f} commands a second  {many / one:5.2f}x ({held})")


if __name__ == "__main__":
    main()
