"""`verify` beside reading, typed decoding and hashing every event.

Run: ``python bench/verify.py [folder]``. The events are those of sales taken to a contract in force, with orders and
assignments, written by the engine into a SQLite file.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from _timing import best, verdict

from salesreg.adapters.sqlite import SqliteStore
from salesreg.commercial import COMMERCIAL
from salesreg.engine.check import check
from salesreg.engine.codec import Pages
from salesreg.engine.events import Reader, hash_of
from salesreg.testing.commercial import Desk

SALES, BUDGET = 60, 4.0
STEPS = (
    "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval",
    "approve_quote",
)  # fmt: skip
ON = (
    "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract", "dispatch_contract",
    "record_scan_return",
)  # fmt: skip


def filled(path: Path) -> SqliteStore:
    """A file of so many sales."""
    store = SqliteStore(path)
    desk = Desk(store)
    for number in range(SALES):
        name = f"D{number}"
        desk.begin("sale", "register_prospect", case=name)
        desk.take(name, *STEPS)
        desk.take(name, "open_deal", number=name, existing=None if number == 0 else "D0")
        desk.take(name, *ON)
        desk.begin("assignment", "give_assignment", case=f"T{number}")
        desk.take(f"T{number}", "report_done")
    return store


def read(store: SqliteStore, pages: Pages) -> int:
    """Read, decode and hash every event."""
    after, count = 0, 0
    readers: defaultdict[str, Reader] = defaultdict(lambda: Reader(pages))
    while page := list(store.events(after=after)):
        for stored in page:
            assert hash_of(stored.body) == stored.hash
            readers[stored.case].read(stored)
        after, count = page[-1].position, count + len(page)
    return count


def main(folder: str | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as home, filled(Path(home) / "sales.db") as store:
        pages = Pages(COMMERCIAL)
        events = read(store, pages)
        assert check(store, pages).problems == []
        floor = best(lambda: read(store, pages), number=1)
        whole = best(lambda: check(store, pages, faults=False), number=1)
    each = floor * 1e6 / events, whole * 1e6 / events
    print(f"read, decode, hash  {events} events  {each[0]:7.1f} µs an event")
    told = f"{whole / floor:.2f}x (at most {BUDGET:.0f}x)  {verdict(whole <= BUDGET * floor)}"
    print(f"verify              {events} events  {each[1]:7.1f} µs an event  {told}")


if __name__ == "__main__":
    main(*sys.argv[1:])
