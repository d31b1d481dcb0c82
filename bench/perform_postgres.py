"""`engine.perform` on PostgreSQL beside the same by hand with psycopg: read, JSON both ways, write, commit.

Run: ``python bench/perform_postgres.py [URL]``; without an address, on a server of the tests' own that syncs commits.
By hand nothing is pipelined: begin, read, two writes, commit, each waits for its answer. Prints the ratio from one run
in which the two take turns.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import msgspec
import psycopg
from perform_sqlite import compared, engine_on, stepped

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from postgres_server import Server, at
from salesreg.commercial.domain.deals import Deal
from salesreg.process import Case

BUDGET = 1.1


def by_hand_on(url: str, schema: str, case: Case[Deal]) -> Callable[[], object]:
    """What a program without the library would do: change one row, add one event, in one transaction."""
    connection = psycopg.connect(url)
    connection.execute(f"SET search_path TO {schema}")
    deals = "id text PRIMARY KEY, version integer, stage text, last_at text, regulation text, data text"
    connection.execute(f"CREATE TABLE deals ({deals})")
    connection.execute(
        "CREATE TABLE events (deal text, version integer, at text, body text, PRIMARY KEY (deal, version))"
    )
    data = msgspec.json.encode(case.data).decode()
    connection.execute("INSERT INTO deals VALUES (%s, 1, %s, '', %s, %s)", (case.id, case.stage, case.regulation, data))
    connection.commit()

    def perform() -> None:
        now = dt.datetime.now(dt.UTC).isoformat()
        found = connection.execute("SELECT version, stage, regulation, data FROM deals WHERE id = %s", (case.id,))
        version, stage, regulation, text = found.fetchall()[0]
        deal, event = stepped(case.id, version, stage, regulation, text, now)
        connection.execute(
            "UPDATE deals SET version = %s, last_at = %s, data = %s WHERE id = %s AND version = %s",
            (version + 1, now, deal, case.id, version),
        )
        connection.execute("INSERT INTO events VALUES (%s, %s, %s, %s)", (case.id, version + 1, now, event))
        connection.commit()

    return perform


def measured(url: str) -> None:
    """Let the two take turns, command by command, and print the medians."""
    schema = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as app:
        try:
            by_engine = engine_on(at(url, schema=schema))
            by_hand = by_hand_on(url, schema, by_engine())
            compared("psycopg", by_engine, by_hand, BUDGET)
        finally:
            app.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def main() -> None:
    """On a server that is given, or on one of our own."""
    if len(sys.argv) > 1:
        measured(sys.argv[1])
        return
    with Server.made() as server:
        measured(server.url)


if __name__ == "__main__":
    main()
