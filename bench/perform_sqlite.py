"""`engine.perform` on SQLite beside the same by hand: read, JSON both ways, write, FULL sync, on disk.

Run: ``python bench/perform_sqlite.py [folder]``; the folder must be on the disk to be measured. Prints the ratio from
one run in which the two take turns, so that the disk's moods fall on both.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from _timing import verdict

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import Sale, example
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.roles import MANAGER
from salesreg.rules import Employee

ROUNDS, PER_ROUND, BUDGET = 15, 20, 1.3
ANNA = Employee("anna", "Anna", [MANAGER])


def engine_on(folder: Path) -> Callable[[], object]:
    """One sale in price negotiation; each call records that the client is ready."""
    engine = open_engine(f"sqlite:///{folder / 'engine.db'}", regulation=example(), directory=MemoryDirectory([ANNA]))
    lines = (QuoteLine("CERT", Money("120000")), QuoteLine("TEST", Money("45000")))
    client = ClientDraft("Vega Lift", inn="7707083893", kpp="770701001")
    case = engine.start(Sale.register_prospect(source="fair", client=client), by=ANNA)
    engine.perform(case, Sale.start_price_negotiation(contact_ref="call", base_version="1", lines=lines), by=ANNA)
    return lambda: engine.perform(case.id, Sale.confirm_client_readiness(evidence="letter"), by=ANNA)


def by_hand_on(folder: Path, data: bytes) -> Callable[[], object]:
    """What a program without the library would do: change one row, add one event, in one durable transaction."""
    connection = sqlite3.connect(folder / "hand.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, version INTEGER, stage TEXT, data TEXT)")
    connection.execute("CREATE TABLE events (deal TEXT, version INTEGER, body TEXT, PRIMARY KEY (deal, version))")
    connection.execute("INSERT INTO deals VALUES ('d', 1, 'negotiating_price', ?)", (data.decode(),))

    def perform() -> None:
        connection.execute("BEGIN IMMEDIATE")
        version, stage, text = connection.execute("SELECT version, stage, data FROM deals WHERE id = 'd'").fetchone()
        deal = json.loads(text)
        deal["readiness"] = {"evidence": "letter", "at": "2026-03-02T07:00:00Z"}
        event = {"step": "confirm_client_readiness", "by": "anna", "stage": stage, "changes": deal["readiness"]}
        connection.execute(
            "UPDATE deals SET version = ?, data = ? WHERE id = 'd' AND version = ?",
            (version + 1, json.dumps(deal), version),
        )
        connection.execute("INSERT INTO events VALUES ('d', ?, ?)", (version + 1, json.dumps(event)))
        connection.execute("COMMIT")

    return perform


def main() -> None:
    """Let the two take turns and print the medians."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        by_engine = engine_on(folder)
        case = by_engine()
        by_hand = by_hand_on(folder, msgspec.json.encode(case.data))
        took: dict[str, list[float]] = {"engine": [], "hand": []}
        for _ in range(ROUNDS):
            for who, action in (("engine", by_engine), ("hand", by_hand)):
                begun = time.perf_counter()
                for _ in range(PER_ROUND):
                    action()
                took[who].append((time.perf_counter() - begun) / PER_ROUND)
        engine, hand = (statistics.median(took[who]) for who in ("engine", "hand"))
    ratio = engine / hand
    print(f"by hand with sqlite3   {hand * 1e6:9.1f} µs")
    held = f"budget {BUDGET}x: {verdict(ratio <= BUDGET)}"
    print(f"engine.perform         {engine * 1e6:9.1f} µs  {ratio:5.2f}x its time ({held})")


if __name__ == "__main__":
    main()
