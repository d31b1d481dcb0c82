"""The commands on PostgreSQL: an address stands where a file may."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from ask import ANNA, PEOPLE, REGULATION, RULES, Ask, requests_engine

from postgres_server import at
from salesreg.adapters.memory import MemoryDirectory, SystemClock
from salesreg.adapters.postgres import PostgresStore, create_schema
from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli import main
from salesreg.engine.open import open_engine
from salesreg.errors import NotADatabase, SchemaTooNew, StoreUnavailable, StoreUrlError
from salesreg.ports import Permanent

Run = Callable[..., tuple[int, str, str]]


class Refusing:
    def send(self, message: Any) -> Any:
        return Permanent("no such address")


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """The address of a tenant that has no tables yet."""
    yield at(postgres_url, tenant="commands")
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS salesreg_commands CASCADE")


@pytest.fixture
def db(empty: str) -> str:
    """Two requests, of which Helen could not be told."""
    with requests_engine(PostgresStore(empty), SystemClock(), notifier=Refusing()) as engine:
        for number in range(2):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")
        engine.tick()
    return empty


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *arguments: (main(["db", *map(str, arguments)]), *capsys.readouterr())


def test_an_engine_opens_on_an_address_and_makes_what_is_missing(empty: str):
    given: dict[str, Any] = {"rulebook": RULES, "regulation": REGULATION, "directory": MemoryDirectory(PEOPLE)}
    with open_engine(empty, **given) as engine:
        case = engine.start(Ask.ask(text="x"), by=ANNA)
    with open_engine(empty, **given) as engine:
        assert engine.case(case.id) == case


@pytest.mark.parametrize(
    ("more", "said"),
    [
        *(({"schema": name}, "no name of a schema") for name in ("", "Sales", 'a"b', "pg_sales", "x" * 64)),
        *(({"tenant": name}, "no name of a schema") for name in ("", "Acme-1", "a;drop", "x" * 60)),
        ({"tenant": "a", "schema": "b"}, "not both"),
        ({"mode": "rw"}, "mode=ro"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_address_that_is_none_is_refused(postgres_url: str, more: dict[str, str], said: str):
    with pytest.raises(StoreUrlError, match=said):
        PostgresStore(at(postgres_url, **more))


@pytest.mark.parametrize("password", ["se/cret", "se%cret", "se?cret", "se@cret"])
def test_nothing_of_a_password_that_is_not_encoded_is_said(run: Run, password: str):
    code, out, err = run("check", "--db", f"postgresql://anna:{password}@localhost:1/sales")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "percent-encoded" in err
    assert "cret" not in err
    assert "se" not in err.replace("salesreg", "").replace("user", "").replace("database", "")


def test_a_command_makes_no_tables(run: Run, empty: str):
    for command in ("upgrade", "check", "seal", "dead"):
        code, out, err = run(command, "--db", empty)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "has no tables of salesreg" in err
    with pytest.raises(NotADatabase):
        PostgresStore(empty, create=False)


def test_tables_are_looked_at_and_looked_after(run: Run, db: str):
    assert run("upgrade", "--db", db)[0] == 0
    code, out, _ = run("check", "--db", db, "--rulebook", "ask:RULES", "--json")
    assert (code, json.loads(out)["problems"]) == (0, [])
    assert json.loads(out)["cases"] >= 2
    assert json.loads(run("seal", "--db", db)[1])
    [one, other] = json.loads(run("dead", "--db", db, "--json")[1])["dead"]
    assert json.loads(run("requeue", one["id"], "--db", db, "--json")[1])["requeued"] == [one["id"]]
    assert [each["id"] for each in json.loads(run("dead", "--db", db, "--json")[1])["dead"]] == [other["id"]]
    assert run("purge", "--db", db, "--older-than", 1)[0] == 0
    code, out, _ = run(
        "erase", "--db", db, "--text", "x", "--by", "anna", "--reason", "asked", "--rulebook", "ask:RULES"
    )
    assert (code, out) == (0, "no case holds that\n")


def test_all_of_it_moves_to_a_file_and_back(run: Run, db: str, postgres_url: str, tmp_path: Path):
    out, file = tmp_path / "out.jsonl", tmp_path / "sales.db"
    assert run("export", "--db", db, "--to", out)[0] == 0
    assert run("import", out, "--db", file)[0] == 0
    with SqliteStore(file) as copy, PostgresStore(db) as store:
        assert list(copy.archive()) == [*store.archive()]
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP SCHEMA salesreg_commands CASCADE")
    assert run("import", out, "--db", db)[0] == 0
    assert run("check", "--db", db, "--rulebook", "ask:RULES")[0] == 0


def test_a_backup_is_another_programs(run: Run, db: str, tmp_path: Path):
    code, out, err = run("backup", "--db", db.replace("salesreg@", "salesreg:secret@"), "--to", tmp_path / "copy")
    assert (code, out) == (2, "")
    assert "pg_dump" in err
    assert "secret" not in err


def test_tables_of_a_later_program_are_left_alone(run: Run, db: str, postgres_url: str):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE salesreg_commands.salesreg_schema SET version = 99")
    with pytest.raises(SchemaTooNew):
        PostgresStore(db)
    assert run("upgrade", "--db", db)[0] == 2


def test_tables_of_an_earlier_program_are_upgraded(run: Run, empty: str, postgres_url: str):
    with psycopg.connect(postgres_url) as connection:
        create_schema(connection, "salesreg_commands", upto=1)
    assert "needs 2" in run("check", "--db", empty)[2]
    assert json.loads(run("upgrade", "--db", empty, "--json")[1])["from"] == 1
    assert run("check", "--db", empty)[0] == 0


def test_a_server_that_is_not_there_is_said_in_one_line(run: Run):
    code, out, err = run("check", "--db", "postgresql://anna:secret@localhost:1/sales")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "cannot be reached" in err
    assert "secret" not in err


def test_what_an_address_sets_reaches_the_server_as_it_was_written(empty: str):
    """To libpq a plus is a plus; whatever a database or a role has as its habit, the store works the same."""
    habits = {
        "DateStyle": "German", "TimeZone": "Asia/Tokyo", "bytea_output": "escape", "search_path": "nowhere",
        "standard_conforming_strings": "off", "synchronous_commit": "off",
        "default_transaction_isolation": "serializable", "extra_float_digits": "-15",
    }  # fmt: skip
    set_so = quote(" ".join(f"-c {name}={value}" for name, value in habits.items()))
    with requests_engine(PostgresStore(f"{empty}&application_name=a+b%20c&options={set_so}"), SystemClock()) as engine:
        before = engine.start(Ask.ask(text="1.5 ± \\x41"), by=ANNA, case_id="r1")
        assert engine.case("r1") == before
        assert engine.verify() == ()
        with psycopg.connect(empty.partition("&tenant")[0]) as connection:
            names = connection.execute("SELECT application_name FROM pg_stat_activity").fetchall()
        assert ("a+b c",) in names


def test_what_a_role_may_not_do_is_said_with_what_it_lacks(run: Run, db: str, postgres_url: str):
    poor, schema = db.replace("salesreg@", "poor@"), "salesreg_commands"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE poor LOGIN")
        try:
            with pytest.raises(StoreUnavailable, match="permission denied for database"):
                PostgresStore(poor.replace("tenant=commands", "tenant=another"))
            assert "permission denied for schema" in run("check", "--db", poor)[2]
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO poor")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO poor")
            assert run("check", "--db", poor, "--rulebook", "ask:RULES")[0] == 0, "whoever may read may check"
            assert "permission denied for sequence" in run("requeue", "--all", "--db", poor)[2]
        finally:
            connection.execute("DROP OWNED BY poor")
            connection.execute("DROP ROLE poor")


def test_a_statement_that_is_not_given_the_time_and_a_connection_that_is_not_to_be_had_are_said(empty: str):
    with (
        PostgresStore(empty, max_connections=1, busy_timeout=0.1) as store,
        store.snapshot(),
        pytest.raises(StoreUnavailable, match="had no connection to spare in time"),
    ):
        store.mark("x")
    hasty = PostgresStore(f"{empty}&options=-c%20statement_timeout%3D50")
    with (
        hasty,
        PostgresStore(empty) as slow,
        slow._connections.alone(),
        pytest.raises(StoreUnavailable, match=r"was interrupted, so nothing was written: .* statement timeout"),
    ):
        hasty.purge(SystemClock().now())


def test_a_store_that_is_only_looked_at_is_not_written(db: str):
    with PostgresStore(at(db, mode="ro")) as store:
        assert store.read_only
        with pytest.raises(Exception, match="for reading only"):
            store.purge(SystemClock().now())
