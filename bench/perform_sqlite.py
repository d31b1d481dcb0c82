"""`engine.perform` on SQLite beside the same by hand: read, JSON both ways, write, FULL sync, on disk.

Run: ``python bench/perform_sqlite.py [folder]``; the folder must be on the disk to be measured. Prints the ratio from
one run in which the two take turns, so that the disk's moods fall on both.
"""

from __future__ import annotations

import datetime as dt
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
from salesreg.commercial.domain.deals import Deal
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.roles import MANAGER
from salesreg.process import Case
from salesreg.rules import Employee

ROUNDS, BUDGET = 600, 1.3
ANNA = Employee("anna", "Anna", [MANAGER])


def engine_on(url: str) -> Callable[[], Case[Deal]]:
    """One sale in price negotiation; each call records that the client is ready."""
    engine = open_engine(url, regulation=example(), directory=MemoryDirectory([ANNA]))
    lines = (QuoteLine("CERT", Money("120000")), QuoteLine("TEST", Money("45000")))
    client = ClientDraft("Vega Lift", inn="7707083893", kpp="770701001")
    case = engine.start(Sale.register_prospect(source="fair", client=client), by=ANNA)
    engine.perform(case, Sale.start_price_negotiation(contact_ref="call", base_version="1", lines=lines), by=ANNA)
    return lambda: engine.perform(case.id, Sale.confirm_client_readiness(evidence="letter"), by=ANNA)


def stepped(case_id: str, version: int, stage: str, regulation: str, text: str, at: str) -> tuple[str, str]:
    """The deal after the step, and its event, as JSON.

    The event says what the engine's says, but for the chain: who did what in which role, when and by which rule, what
    was given and what it changed.
    """
    deal = json.loads(text)
    assert (stage, deal["owner"]) == ("negotiating_price", "anna")
    payload = {"evidence": "letter"}
    deal["readiness"] = {"at": at, **payload}
    event = {
        "id": f"{case_id}:{version + 1}", "case": case_id, "version": version + 1, "process": "sale",
        "process_version": 1, "step": "confirm_client_readiness", "source": stage, "target": stage, "at": at,
        "by": "anna", "role": "sales_manager", "regulation": regulation, "clauses": ["R8"], "payload": payload,
        "changes": {"readiness": deal["readiness"]}, "recorded_at": at,
    }  # fmt: skip
    return json.dumps(deal), json.dumps(event)


def by_hand_on(folder: Path, case: Case[Deal]) -> Callable[[], object]:
    """What a program without the library would do: change one row, add one event, in one durable transaction."""
    connection = sqlite3.connect(folder / "hand.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    deals = "id TEXT PRIMARY KEY, version INTEGER, stage TEXT, last_at TEXT, regulation TEXT, data TEXT"
    connection.execute(f"CREATE TABLE deals ({deals})")
    events = "deal TEXT, version INTEGER, at TEXT, body TEXT, PRIMARY KEY (deal, version)"
    connection.execute(f"CREATE TABLE events ({events})")
    connection.execute(
        "INSERT INTO deals VALUES (?, 1, ?, '', ?, ?)",
        (case.id, case.stage, case.regulation, msgspec.json.encode(case.data).decode()),
    )

    def perform() -> None:
        at = dt.datetime.now(dt.UTC).isoformat()
        connection.execute("BEGIN IMMEDIATE")
        version, stage, regulation, text = connection.execute(
            "SELECT version, stage, regulation, data FROM deals WHERE id = ?", (case.id,)
        ).fetchone()
        deal, event = stepped(case.id, version, stage, regulation, text, at)
        connection.execute(
            "UPDATE deals SET version = ?, last_at = ?, data = ? WHERE id = ? AND version = ?",
            (version + 1, at, deal, case.id, version),
        )
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (case.id, version + 1, at, event))
        connection.execute("COMMIT")

    return perform


def compared(driver: str, by_engine: Callable[[], object], by_hand: Callable[[], object], budget: float) -> None:
    """Let the two take turns, command by command, and print the medians."""
    took: dict[str, list[float]] = {"engine": [], "hand": []}
    cpu: dict[str, list[float]] = {"engine": [], "hand": []}
    for _ in range(ROUNDS):
        for who, action in (("engine", by_engine), ("hand", by_hand)):
            begun, used = time.perf_counter(), time.thread_time()
            action()
            took[who].append(time.perf_counter() - begun)
            cpu[who].append(time.thread_time() - used)
    engine, hand = (statistics.median(took[who]) for who in ("engine", "hand"))
    ratio = engine / hand
    held = f"budget {budget}x: {verdict(ratio <= budget)}"
    used = {who: f"({statistics.median(each) * 1e6:6.1f} µs of it on the processor)" for who, each in cpu.items()}
    print(f"by hand with {driver:8}  {hand * 1e6:9.1f} µs {used['hand']}")
    print(f"engine.perform         {engine * 1e6:9.1f} µs {used['engine']}  {ratio:5.2f}x its time ({held})")


def main() -> None:
    """On a file in a folder."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        by_engine = engine_on(f"sqlite:///{name}/engine.db")
        compared("sqlite3", by_engine, by_hand_on(Path(name), by_engine()), BUDGET)


if __name__ == "__main__":
    main()
