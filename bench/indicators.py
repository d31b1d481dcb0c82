"""Indicators of a million events, beside only reading and decoding them; then all of a year's months, by person.

The seconds are the processor's, so that what else the machine does counts for little.

Run: ``python bench/indicators.py [events]``. The events are those of a department: a deal with its order, invoice and
payment, an assignment and an inquiry, copied under other names and spread over a year.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time
from collections.abc import Iterator

import msgspec
from _timing import verdict

from salesreg.adapters.memory import MemoryStore
from salesreg.commercial import COMMERCIAL, example
from salesreg.commercial.indicators import INDICATORS, By, Indicators, Period
from salesreg.engine.codec import Pages
from salesreg.engine.events import Reader
from salesreg.ports import StoredEvent
from salesreg.testing.commercial import STAFF, Desk

TO_APPROVED = (
    "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness", "submit_for_approval",
    "approve_quote",
)  # fmt: skip
TO_FORCE = (
    "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract", "dispatch_contract",
    "record_scan_return",
)  # fmt: skip
TO_DONE = ("start_draft", "submit_draft_to_client", "record_client_approval", "launch_order", "report_work_done")
MONTHS = [Period.month(f"2026-{number:02}") for number in range(1, 13)]
RATIO, MEGABYTES, ASKED = 1.5, 1000, 0.5


def original() -> list[StoredEvent]:
    """One deal from the prospect to the payment, and a day's work beside it."""
    store = MemoryStore()
    desk = Desk(store, numbers__period="forever")
    desk.begin("sale", "register_prospect", case="D#")
    desk.take("D#", *TO_APPROVED)
    desk.take("D#", "open_deal", number="N#", existing=None)
    desk.take("D#", *TO_FORCE)
    desk.begin("work_order", "receive_work_order", case="W#", deal="D#")
    desk.take("W#", *TO_DONE)
    (invoice,) = desk.engine.cases("invoice")
    desk.take(invoice.id, "issue_invoice", number="I#")
    desk.take(invoice.id, "send_invoice")
    desk.take(invoice.id, "record_payment", by="finn", amount=desk.case(invoice.id).data.remaining)
    for number in range(3):
        desk.begin("assignment", "give_assignment", case=f"A#{number}")
        desk.take(f"A#{number}", "report_done")
        desk.begin("inquiry", "receive_inquiry", case=f"Q#{number}", activity="topic.invoice")
        desk.take(f"Q#{number}", "send_answer")
    return list(store.events(limit=100_000))


def copied(events: int) -> Iterator[list[StoredEvent]]:
    """So many events, each copy of the whole with names of its own."""
    first = original()
    for copy in range(-(-events // len(first))):
        name, mark = b"%d" % copy, b"2026-%02d-" % (copy % 12 + 1)
        yield [
            msgspec.structs.replace(
                one,
                case=one.case.replace("#", name.decode()),
                body=one.body.replace(b"#", name).replace(b"2026-02-", mark),
            )
            for one in first
        ]


def main(count: str = "1000000") -> None:
    pages, events = Pages(COMMERCIAL), int(count)
    begun, total = time.process_time(), 0
    for copy in copied(events):
        for stored in copy:
            Reader(pages).read(stored)
        total += len(copy)
    floor = time.process_time() - begun
    counted = Indicators(example(), staff=STAFF)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    for copy in copied(events):
        counted.fold(Reader(pages).read(stored) for stored in copy)
    whole = time.process_time() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    at = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    begun = time.process_time()
    for period in MONTHS:
        for name in INDICATORS:
            counted.values(name, period, at=at, by=By.PERSON)
    asked = time.process_time() - begun
    print(f"read and decode          {total:,} events  {floor:6.1f} s  {floor * 1e6 / total:5.1f} µs an event")
    told = f"{whole / floor:.2f}x (at most {RATIO}x)  {verdict(whole <= RATIO * floor)}"
    print(f"read, decode and fold    {total:,} events  {whole:6.1f} s  {whole * 1e6 / total:5.1f} µs an event  {told}")
    print(f"what the fold keeps      {grown:,.0f} MB (at most {MEGABYTES})  {verdict(grown <= MEGABYTES)}")
    told = f"{asked / whole:.2f}x (at most {ASKED}x)  {verdict(asked <= ASKED * whole)}"
    print(f"every indicator by person, twelve months  {asked:6.1f} s  {told}")


if __name__ == "__main__":
    main(*sys.argv[1:])
