"""A tick over 1,000,000 open obligations of which one in a hundred is due, beside the same query and updates by hand.

Run: ``python bench/tick.py [obligations] [folder]``. By hand: the due rows by their index, the lease, the next look and
what was told written back with the messages, which hold the facts of what is to be said, in as many commits.
"""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from _timing import verdict

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial import Sale, example
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.roles import HEAD, MANAGER
from salesreg.rules import Employee

BUDGET, ROUNDS, SHARE, LIMIT, A_CASE = 1.5, 3, 100, 1000, 4
ANNA, BORIS = Employee("anna", "Anna", [MANAGER], manager="boris"), Employee("boris", "Boris", [HEAD])
DIRECTORY = MemoryDirectory([ANNA, BORIS])


def filled(path: Path, obligations: int) -> None:
    """A file of so many obligations, four a case; copies of what one sale owes."""
    with open_engine(f"sqlite:///{path}", regulation=example(), directory=DIRECTORY) as engine:
        engine.tick()
        engine.start(Sale.register_prospect(source="fair", client=ClientDraft("Vega")), by="anna", case_id="sale")
    now = int(time.time() * 1e6)
    hour = 3_600_000_000
    with closing(sqlite3.connect(path)) as app, app:
        cases, owed = (columns(app, table) for table in ("salesreg_case", "salesreg_obligation"))
        like = dict(zip(cases, app.execute("SELECT * FROM salesreg_case WHERE id = 'sale'").fetchone(), strict=True))
        app.executemany(
            f"INSERT INTO salesreg_case ({', '.join(cases)}) VALUES ({', '.join('?' * len(cases))})",
            (tuple((like | {"id": f"sale-{number}"}).values()) for number in range(obligations // A_CASE)),
        )
        known = {"process": "sale", "norm": "sale.open_deal", "clause": "R1", "role": MANAGER.id, "person": "anna",
                 "term": "1 business day", "provisional": 0, "pauses": None, "status": "open", "closed_at": None,
                 "backdated": None, "moved": 0, "corrects": None, "told": "remind ", "attempts": 0, "lease_until": None,
                 "token": None, "reason": "", "started_at": now - 100 * hour}  # fmt: skip

        def row(number: int) -> tuple[object, ...]:
            due = now - hour if number % SHARE == 0 else now + 1000 * hour + number
            case = f"sale-{number // A_CASE}"
            mine = {"case_id": case, "id": f"{case}:sale.open_deal:{number}", "ordinal": number % A_CASE, "due": due}
            every = known | mine | {"wake_at": due + 1}
            return tuple(every[name] for name in owed)

        app.execute("DELETE FROM salesreg_outbox")
        app.executemany(
            f"INSERT INTO salesreg_obligation ({', '.join(owed)}) VALUES ({', '.join('?' * len(owed))})",
            map(row, range(obligations)),
        )


def columns(app: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in app.execute(f"PRAGMA table_info({table})")]


def by_hand(path: Path) -> int:
    """What a tick asks of the database, and nothing else."""
    done = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as app:
        app.execute("PRAGMA synchronous = FULL")
        message = columns(app, "salesreg_outbox")[1:]
        put = f"INSERT INTO salesreg_outbox ({', '.join(message)}) VALUES ({', '.join('?' * len(message))})"
        while True:
            now = int(time.time() * 1e6)
            app.execute("BEGIN IMMEDIATE")
            due = app.execute(
                "UPDATE salesreg_obligation SET lease_until = ?, token = 't', attempts = attempts + 1 "
                "WHERE (case_id, id) IN (SELECT case_id, id FROM salesreg_obligation WHERE wake_at <= ? AND "
                "(lease_until IS NULL OR lease_until <= ?) ORDER BY wake_at, case_id, id LIMIT ?) RETURNING *",
                (now + 120_000_000, now, now, LIMIT),
            ).fetchall()
            app.execute("COMMIT")
            if not due:
                return done
            app.execute("BEGIN IMMEDIATE")
            for case, id_, *_ in due:
                app.execute(
                    "UPDATE salesreg_obligation SET told = told || 'overdue ', wake_at = ?, reason = '', attempts = 0, "
                    "lease_until = NULL, token = NULL WHERE case_id = ? AND id = ? AND token = 't'",
                    (now + 10**12, case, id_),
                )
                payload = json.dumps({"obligation": id_, "rung": "overdue", "due": str(now)})
                values = {"id": f"{id_}:overdue:anna", "recipient": "anna", "locale": "en", "template": "overdue",
                          "subject": "", "text": "", "case_id": case, "at": now, "payload": payload, "name": "Anna",
                          "digest": 0, "state": "waiting", "wake_at": now, "attempts": 0, "reason": ""}  # fmt: skip
                app.execute(put, tuple(values.get(name) for name in message))
            app.execute("COMMIT")
            done += len(due)


def by_engine(path: Path) -> tuple[int, float, float, float]:
    """How many were found due, the seconds that took, those of a tick that finds nothing, and the memory it grew by."""
    with open_engine(f"sqlite:///{path}", regulation=example(), directory=DIRECTORY) as engine:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        report = engine.tick(limit=LIMIT)
        took = time.perf_counter() - begun
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        begun = time.perf_counter()
        engine.tick()
        return len(report.breached), took, time.perf_counter() - begun, grown


def main() -> None:
    """Time both in turn, each time on a fresh copy of one file, and print the least times."""
    obligations = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    hand, ticks = [], []
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as name:
        path, copy = Path(name) / "tick.db", Path(name) / "copy.db"
        filled(path, obligations)
        with closing(sqlite3.connect(path)) as app:
            app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for _ in range(ROUNDS):
            shutil.copyfile(path, copy)
            begun = time.perf_counter()
            done = by_hand(copy)
            hand.append(time.perf_counter() - begun)
            shutil.copyfile(path, copy)
            ticks.append(by_engine(copy))
    assert {done} == {one[0] for one in ticks} == {obligations // SHARE}, (done, ticks)
    by, took, idle = min(hand), min(one[1] for one in ticks), min(one[2] for one in ticks)
    held = f"budget {BUDGET}x: {verdict(took / by <= BUDGET)}"
    print(f"{obligations:,} obligations, {done:,} due")
    print(f"by hand    {by:7.2f} s  {by / done * 1e6:6.0f} µs each")
    print(f"tick       {took:7.2f} s  {took / done * 1e6:6.0f} µs each  {took / by:5.2f}x ({held})")
    print(f"memory     {max(one[3] for one in ticks):7.1f} MB more")
    print(f"idle tick  {idle * 1e3:7.1f} ms")


if __name__ == "__main__":
    main()
