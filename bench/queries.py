"""What an app asks in a request, ten rows of it, at 100,000 cases beside the same at 1,000.

Run: ``python bench/queries.py [folder]`` for SQLite files, or with the address of an empty PostgreSQL database; behind
it may stand how many cases there are to be instead of 100,000. A sale that the engine has begun is copied with other
clients, stages and dates; half of the copies have ended. Beside each stands a number in the do-not-call register.
"""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from _timing import in_turn, verdict

from salesreg import ProcessEngine, open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.adapters.sqlite import SqliteStore
from salesreg.commercial import DoNotCallProcess, Sale, example
from salesreg.commercial.domain.channels import PHONE
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.roles import MANAGER, SPECIALIST
from salesreg.ports import Batch, CaseWrite, Scheduled, StoredCase
from salesreg.process import Obligation, ObligationStatus
from salesreg.rules import Employee

if TYPE_CHECKING:
    from salesreg.adapters.postgres import PostgresStore

FEW, MANY, BUDGET = 1_000, 100_000, 2.0
ANNA = Employee("anna", "Anna", [MANAGER])
STAGES = ("prospecting", "negotiating_price", "preparing_contract", "opening")
NUMBER = "+7900000000"
NOW = dt.datetime.now(dt.UTC)

ASKED: dict[str, Callable[[ProcessEngine], object]] = {
    "tasks": lambda engine: engine.tasks("anna", limit=10),
    "cases": lambda engine: engine.cases(Sale, limit=10),
    "cases of a stage, the latest": lambda engine: engine.cases(Sale, stage="opening", order="-last_at", limit=10),
    "cases of an owner, the latest": lambda engine: engine.cases(Sale, owner=MANAGER, order="-last_at", limit=10),
    "cases running, the oldest": lambda engine: engine.cases(ended=False, order="last_at", limit=10),
    "cases of a client": lambda engine: engine.cases(Sale, where={"client": "vega 7"}, limit=10),
    "children": lambda engine: engine.cases(Sale, parent="campaign-7", limit=10),
    "an entry not to be called": lambda engine: engine.cases(DoNotCallProcess, key=f"phone:{NUMBER}7", limit=10),
    "an entry by its number": lambda engine: engine.cases(where={"phone": f"{NUMBER}7"}, limit=10),
    "obligations of any case": lambda engine: engine.obligations(limit=10),
    "obligations of a process": lambda engine: engine.obligations(process=Sale, limit=10),
    "obligations breached": lambda engine: engine.obligations(status="breached", limit=10),
    "obligations of an owner": lambda engine: engine.obligations(owner="anna", status="open", limit=10),
    "obligations met of a norm": lambda engine: engine.obligations(norm="sale.price_approval", status="met", limit=10),
}


@contextmanager
def joined(url: str) -> Iterator[SqliteStore | PostgresStore]:
    """The store at an address, in one transaction."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as app:
            app.execute("BEGIN")
            yield SqliteStore(connection=app)
            app.execute("COMMIT")
        return
    import psycopg

    from salesreg.adapters.postgres import PostgresStore
    from salesreg.adapters.postgres.address import Address

    address = Address.of(url)
    with psycopg.connect(address.conninfo) as connection:
        yield PostgresStore(connection=connection, schema=address.schema)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def filled(url: str, cases: int) -> ProcessEngine:
    """The department on a store of so many sales."""
    engine = open_engine(url, regulation=example(), directory=MemoryDirectory([ANNA]))
    refused = engine.start(
        DoNotCallProcess.enter_refusal(phone=f"{NUMBER}0", channel=PHONE, evidence="a call"), by=ANNA
    )
    begun = engine.start(Sale.register_prospect(source="fair", client=ClientDraft("Vega")), by=ANNA, case_id="sale")
    with joined(url) as store:
        like, entry = (store.load([case]).cases[case] for case in (begun.id, refused.id))
        chance = random.Random(7)
        for number in range(cases):
            store.commit(copied(like, number, cases, chance))
            store.commit(entered(entry, number + 1, chance))
    return engine


def copied(like: StoredCase, number: int, cases: int, chance: random.Random) -> Batch:
    """One more sale, with an obligation that was met and, while it runs, often one that is owed."""
    ended = number % 2 == 0
    moment = NOW - dt.timedelta(minutes=chance.randrange(200_000))
    case = msgspec.structs.replace(
        like,
        id=f"sale-{chance.getrandbits(64):016x}",
        stage="lost" if ended else chance.choice(STAGES),
        ended=ended,
        waits_for=None if ended else chance.choice((MANAGER.id, SPECIALIST.id)),
        last_at=moment,
        obligations=(),
    )
    owed = [owed_in(case, 1, moment, ObligationStatus.MET)]
    if not ended and chance.random() < 0.7:
        owed.append(
            owed_in(case, 2, NOW + dt.timedelta(minutes=chance.randrange(-50_000, 50_000)), ObligationStatus.OPEN)
        )
    parents, search = (f"campaign-{number // 20}",), (("client", f"Vega {number % (cases // 5)}"), ("owner", "anna"))
    return Batch(
        (CaseWrite(case, 0, parents=parents, search=search),),
        (),
        NOW,
        obligations=tuple(Scheduled(one, one.due) for one in owed),
    )


def entered(like: StoredCase, number: int, chance: random.Random) -> Batch:
    """One more number in the do-not-call register."""
    phone = f"{NUMBER}{number}"
    data = like.data.replace(f"{NUMBER}0".encode(), phone.encode())
    case = msgspec.structs.replace(like, id=f"do_not_call-{chance.getrandbits(64):016x}", data=data)
    return Batch((CaseWrite(case, 0, keys_taken=(f"phone:{phone}",), search=(("phone", phone),)),), (), NOW)


def owed_in(case: StoredCase, number: int, due: dt.datetime, status: ObligationStatus) -> Obligation:
    """What somebody owes in it: whoever it waits for, or a specialist."""
    role, norm = case.waits_for or SPECIALIST.id, f"sale.{('price_approval', 'open_deal')[number - 1]}"
    return Obligation(f"{case.id}:{norm}:{number}", case.id, norm, "R1", role, None, "1 day", NOW, due, status=status)


def main() -> None:
    """Fill two stores and ask each the same."""
    where = sys.argv[1] if len(sys.argv) > 1 else None
    several = (FEW, int(sys.argv[2]) if len(sys.argv) > 2 else MANY)
    server = where is not None and where.startswith("postgres")
    with tempfile.TemporaryDirectory(dir=None if server else where) as name:
        at = f"{where}{'&' if '?' in str(where) else '?'}schema=cases_" if server else f"sqlite:///{name}/"
        engines = [filled(f"{at}{cases}", cases) for cases in several]
        for what, ask in ASKED.items():
            few, many = in_turn(*(partial(ask, engine) for engine in engines), number=5, rounds=60)
            held = f"budget {BUDGET}x: {verdict(many / few <= BUDGET)}"
            print(f"{what:32} {few * 1e6:8.0f} µs {many * 1e6:8.0f} µs {many / few:5.2f}x ({held})")
        for engine in engines:
            engine.close()


if __name__ == "__main__":
    main()
