"""`salesreg db`: upgrading and checking the embedded database."""

import json
import sqlite3
from contextlib import closing

import pytest
from ask import ANNA, Ask, requests_engine

from salesreg.adapters.memory import SystemClock
from salesreg.adapters.sqlite import SqliteStore, create_schema
from salesreg.cli import main
from salesreg.testing._records import batch, case


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "sales.db"
    SqliteStore(path).close()
    return path


def run(capsys, *argv):
    code = main(["db", *map(str, argv)])
    return (code, *capsys.readouterr())


def test_a_current_database_needs_no_upgrade(capsys, db):
    code, out, err = run(capsys, "upgrade", "--db", db)
    assert (code, err) == (0, "")
    assert "is current" in out
    assert "актуальна" in run(capsys, "upgrade", "--db", db, "--lang", "ru")[1]


def test_upgrade_says_from_where_to_where(capsys, db):
    code, out, _ = run(capsys, "upgrade", "--db", db, "--json")
    data = json.loads(out)
    assert code == 0
    assert data["from"] == data["to"]


def test_a_sound_database_passes_the_check(capsys, db):
    code, out, err = run(capsys, "check", "--db", db)
    assert (code, out, err) == (0, f"{db}: 0 cases, 0 problems\n", "")
    assert run(capsys, "check", "--db", db, "--lang", "ru")[1] == f"{db}: 0 дел, 0 нарушений\n"


def test_the_check_as_json(capsys, db):
    code, out, _ = run(capsys, "check", "--db", db, "--json")
    assert code == 0
    assert json.loads(out) == {"db": str(db), "rulebook": "commercial", "cases": 0, "problems": [], "not_replayed": {}}


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_missing_file_is_not_created(capsys, tmp_path, command):
    path = tmp_path / "none.db"
    code, out, err = run(capsys, command, "--db", path)
    assert (code, out) == (2, "")
    assert err.startswith("salesreg: there is no database ")
    assert err.count("\n") == 1
    assert not path.exists()


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_file_that_is_no_database_is_left_alone(capsys, tmp_path, command):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at as one " * 40)
    before = path.read_bytes()
    code, out, err = run(capsys, command, "--db", path)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_foreign_database_is_left_alone(capsys, tmp_path, command):
    path = tmp_path / "foreign.db"
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE songs (title)")
    foreign.close()
    before = path.read_bytes()
    code, out, err = run(capsys, command, "--db", path)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.fixture
def old(tmp_path):
    """A database as the first schema left it."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        create_schema(connection, upto=1)
    return path


def test_an_old_database_is_upgraded_when_asked_and_not_before(capsys, old):
    code, _, err = run(capsys, "check", "--db", old)
    assert code == 2
    assert "salesreg db upgrade" in err
    code, out, _ = run(capsys, "upgrade", "--db", old)
    assert code == 0
    assert out.startswith(f"{old}: schema 1 became ")
    assert run(capsys, "check", "--db", old)[0] == 0


def test_an_upgrade_speaks_russian_too(capsys, old):
    assert run(capsys, "upgrade", "--db", old, "--lang", "ru")[1].startswith(f"{old}: схема 1 обновлена до ")


def test_a_record_that_was_tampered_with_is_found(capsys, tmp_path):
    db = tmp_path / "sales.db"
    assert main(["demo", "--db", str(db)]) == 0
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE salesreg_case SET stage = 'closed' WHERE process = 'sale' AND stage = 'in_force'")
    capsys.readouterr()
    code, out, err = run(capsys, "check", "--db", db)
    assert (code, err) == (1, "")
    assert "the stored stage is not what its events lead to" in out


def test_cases_of_processes_that_the_rulebook_does_not_know_are_no_problem_and_are_named(capsys, db):
    with requests_engine(SqliteStore(db), SystemClock()) as engine:
        engine.start(Ask.ask(text="?"), by=ANNA)
    code, out, err = run(capsys, "check", "--db", db)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "request: 1 case not replayed, the rulebook commercial has no such process: name yours with --rulebook",
        f"{db}: 1 case, 0 problems",
    ]
    assert "request: 1 дело не воспроизведено" in run(capsys, "check", "--db", db, "--lang", "ru")[1]
    assert json.loads(run(capsys, "check", "--db", db, "--json")[1])["not_replayed"] == {"request": 1}


def test_damage_is_found_rather_than_reported_as_bad_input(capsys, db):
    with SqliteStore(db) as store:
        for number in range(100):
            store.commit(batch(case(f"c-{number}", data=b'"' + b"x" * 1000 + b'"')))
    pages = bytearray(db.read_bytes())
    for at in range(100_000, len(pages), 7):
        pages[at] ^= 0x5A
    db.write_bytes(pages)
    code, out, err = run(capsys, "check", "--db", db)
    assert (code, err) == (1, "")
    assert "is damaged" in out
    assert "restore it from a backup" in out


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_folder_is_called_a_folder(capsys, tmp_path, command):
    assert run(capsys, command, "--db", tmp_path) == (
        2, "", f"salesreg: {str(tmp_path)!r} is a folder: give the path of a database file with --db\n",
    )  # fmt: skip


def test_an_address_of_a_file_may_say_that_it_is_only_read(capsys, db):
    only = f"sqlite:///{db}?mode=ro"
    for command in ("check", "dead", "seal", "export"):
        assert run(capsys, command, "--db", only)[0] == 0
    assert run(capsys, "backup", "--db", only, "--to", db.with_name("copy.db"))[0] == 0
    code, out, err = run(capsys, "purge", "--db", only, "--older-than", 1)
    assert (code, out) == (2, "")
    assert "opened for reading only" in err
    assert run(capsys, "import", db.with_name("none"), "--db", f"sqlite:///{db.with_name('new.db')}")[0] == 2
