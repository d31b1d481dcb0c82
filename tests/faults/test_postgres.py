"""A PostgreSQL that crashes, cuts connections and is fought over: what was acknowledged is there, once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psycopg
from ask import ANNA, Ask
from forking import Program, Programs
from programs import BEGUN, OF_A_REQUEST, crowding, enduring, enduring_ticks, opening, reacting_engine
from test_kills import told, whole

from postgres_server import Server, at
from salesreg.testing import ManualClock

WRITERS = ("a", "b", "c", "d")
CRASHES = 2


def begun(url: str) -> float:
    with reacting_engine(url, ManualClock(BEGUN)) as engine:
        engine.start(Ask.ask(text="x"), by=ANNA, case_id="shared")
    return time.time()


def acknowledged(program: Program) -> dict[str, tuple[str, int]]:
    lines = [line.split() for line in program.kill()]
    found = {key: (case, int(version)) for key, case, version in lines}
    assert len(found) == len(lines)
    return found


def further(writers: Sequence[Program], commands: int) -> None:
    """Wait until each has had so many more acknowledged."""
    for writer in writers:
        writer.wait_for_reports(len(writer.reported()) + commands)


def stopped(ticker: Program, writers: Sequence[Program]) -> list[dict[str, tuple[str, int]]]:
    """What was acknowledged to each writer; all work on after the ticker's last claim."""
    ticker.kill()
    further(writers, OF_A_REQUEST)
    return [acknowledged(writer) for writer in writers]


def test_a_server_that_crashes_under_four_writers_and_a_ticker_loses_and_doubles_nothing(
    others: Programs, tmp_path: Path
):
    with Server.made("fsync=off") as server:  # what the operating system has outlives the server
        start, sent = begun(server.url), tmp_path / "sent"
        writers = [others.start(enduring, server.url, name, start) for name in WRITERS]
        ticker = others.start(enduring_ticks, server.url, sent, start)
        for _ in range(CRASHES):
            further(writers, OF_A_REQUEST)
            server.stop("immediate")
            server.start()
        found = stopped(ticker, writers)
        whole(server.url, found)
        told(server.url, sent, CRASHES + 1)


def test_connections_that_are_cut_at_any_moment_lose_and_double_nothing(
    others: Programs, postgres_url: str, empty: str, tmp_path: Path
):
    empty = at(empty, application_name="cut")
    start, sent = begun(empty), tmp_path / "sent"
    writers = [others.start(enduring, empty, name, start) for name in WRITERS]
    ticker = others.start(enduring_ticks, empty, sent, start)
    further(writers, 1)
    cuts = 0
    with psycopg.connect(postgres_url, autocommit=True) as app:
        for _ in range(60):
            cuts += app.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'cut' AND state <> 'idle'"
            ).fetchall()[0][0]
            time.sleep(0.03)
    assert cuts > len(WRITERS)
    found = stopped(ticker, writers)
    whole(empty, found)
    told(empty, sent, cuts + 1)


def test_programs_that_open_an_empty_database_together_make_the_tables_once(others: Programs, empty: str):
    programs = [others.start(opening, empty, name) for name in "abcdefgh"]
    assert [one.wait() for one in programs] == [[name] for name in "abcdefgh"]
    with reacting_engine(empty, ManualClock(BEGUN)) as engine:
        assert engine.verify() == ()
        assert [case.id for case in engine.cases(Ask, order="id")] == [*"abcdefgh"]


def test_each_of_eight_programs_on_one_case_gets_its_steps_done(others: Programs, empty: str):
    start = begun(empty)
    crowd = [others.start(crowding, empty, start, 6) for _ in range(8)]
    versions = Counter(int(line) for program in crowd for line in program.wait())
    assert versions == Counter(range(2, 2 + 8 * 6))
