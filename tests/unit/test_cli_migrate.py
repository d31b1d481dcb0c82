"""`salesreg db migrate` and what `db check` says of a firm that has changed its pages."""

import datetime as dt
import json
import re

import attrs
import pytest

from salesreg.adapters.memory import MemoryDirectory
from salesreg.adapters.sqlite import SqliteStore
from salesreg.calendars import WorkSchedule
from salesreg.cli import main
from salesreg.engine import open_engine
from salesreg.ports import CaseQuery
from salesreg.process import Process, Rulebook, Stage, start, step
from salesreg.rules import Employee, Regulation, Role, Setting, open_norm
from salesreg.testing import ManualClock

BAKER = Role("baker", "baker")
RISE = open_norm("bread.rise", "Dough rises in time.", "B1", BAKER)
MORNING = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TERMS = {"escalation.remind_before": "1 hour", "escalation.superior_after": "1 hour"} | {
    "escalation.second_superior_after": "2 hours",
    "bread.rise": "3 hours",
}
RULES = Regulation(
    "bread", settings={name: Setting(term) for name, term in TERMS.items()}, schedule=WorkSchedule.standard()
)


@attrs.frozen
class Dough:
    flour: str


@attrs.frozen
class Loaf:
    flour: str
    grams: int
    ordered: dt.date | None = None


class Bread(Process[Dough]):
    id, title = "bread", "Bread"
    rising = Stage("Rising", BAKER, RISE)
    baked = Stage("Baked", final=True)

    @step(start(rising), "Knead", by=BAKER, clause="B1")
    def knead(self, *, flour: str) -> Dough:
        return Dough(flour)

    @step(rising.to(baked), "Bake", by=BAKER, clause="B2")
    def bake(self, dough: Dough) -> Dough:
        return dough


class WeighedBread(Process[Loaf]):
    id, version, title = "bread", 2, "Bread"
    proving = Stage("Proving", BAKER, RISE)
    baked = Stage("Baked", final=True)

    @step(start(proving), "Knead", by=BAKER, clause="B1")
    def knead(self, *, flour: str, grams: int) -> Loaf:
        return Loaf(flour, grams)

    @step(proving.to(baked), "Bake", by=BAKER, clause="B2")
    def bake(self, loaf: Loaf) -> Loaf:
        return loaf


class ForgetfulBread(WeighedBread):
    version = 1


FIRST = Rulebook("bakery", roles=[BAKER], processes=[Bread])
SECOND = FIRST.extended("second", processes=[WeighedBread])
WITHOUT_THE_OLD = Rulebook("second", roles=[BAKER], processes=[WeighedBread])
"""The old page is gone, so that an engine would not open on its cases."""
FORGETFUL = Rulebook("bakery", roles=[BAKER], processes=[ForgetfulBread])
"""The entity has changed, and nobody has raised the version."""


@pytest.fixture
def db(tmp_path):
    """Two loaves that rise and one that is baked."""
    path = tmp_path / "bakery.db"
    directory = MemoryDirectory([Employee("bo", "Bo", [BAKER])])
    clock = ManualClock(MORNING)
    with open_engine(f"sqlite:///{path}", rulebook=FIRST, regulation=RULES, directory=directory, clock=clock) as engine:
        for name in ("loaf-1", "loaf-2", "loaf-3"):
            engine.start(Bread.knead(flour="rye"), by="bo", case_id=name)
        engine.perform("loaf-3", Bread.bake(), by="bo")
    return path


@pytest.fixture
def run(capsys, tmp_path, db):
    """Run a migration that is written as its lines."""

    def migrate(text, *argv, rulebook="SECOND"):
        file = tmp_path / "move.toml"
        file.write_text(text, "utf-8")
        named = ["--rulebook", f"{__name__}:{rulebook}"] if rulebook else []
        code = main(["db", "migrate", str(file), "--db", str(db), *named, *map(str, argv)])
        return (code, *capsys.readouterr())

    return migrate


def check(capsys, db, rulebook, *argv):
    code = main(["db", "check", "--db", str(db), "--rulebook", f"{__name__}:{rulebook}", *argv])
    return code, capsys.readouterr().out


def standing(db):
    with SqliteStore(db, create=False) as store:
        return {one.id: (one.stage, one.process_version, one.rulebook) for one in store.find(CaseQuery())}


BEFORE = {
    "loaf-1": ("rising", 1, "bakery"),
    "loaf-2": ("rising", 1, "bakery"),
    "loaf-3": ("baked", 1, "bakery"),
}
GOOD = 'process = "bread"\n[stages]\nrising = "proving"\n[data]\ngrams = 900\nordered = 2026-03-01\n'


def test_without_apply_it_only_says_what_would_be_done(run, db):
    code, out, err = run(GOOD)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "loaf-1: rising → proving",
        "loaf-2: rising → proving",
        "bread: 2 cases can be moved to version 2 of second: add --apply",
    ]
    assert standing(db) == BEFORE


@pytest.mark.parametrize("rulebook", ["SECOND", "WITHOUT_THE_OLD"])
def test_apply_moves_them_also_where_an_engine_would_not_open(run, db, capsys, rulebook):
    code, out, _ = run(GOOD, "--apply", rulebook=rulebook)
    assert code == 0
    assert out.endswith("bread: 2 cases moved to version 2 of second\n")
    moved = dict.fromkeys(("loaf-1", "loaf-2"), ("proving", 2, "second"))
    assert standing(db) == BEFORE | moved
    assert check(capsys, db, "SECOND") == (0, f"{db}: 3 cases, 0 problems\n")
    assert run(GOOD)[:2] == (0, "bread: every running case is on version 2 of second already\n")


def test_what_cannot_be_moved_is_named_case_by_case_and_nothing_is(run, db):
    code, out, err = run('process = "bread"\n', "--apply")
    assert (code, err) == (1, "")
    first, second, last = out.splitlines()
    assert first.startswith("loaf-1 (rising) cannot be moved: the stage 'rising' is gone")
    assert "grams has no value" in second
    assert last == "bread: 2 of 2 cases cannot be moved to version 2 of second"
    assert standing(db) == BEFORE


def test_it_speaks_russian(run):
    assert "bread: на версию 2 (second) можно перенести 2 дела: добавьте --apply" in run(GOOD, "--lang", "ru")[1]
    assert "loaf-1 (rising): перенести нельзя: " in run('process = "bread"', "--lang", "ru")[1]


def test_the_plan_as_json(run):
    code, out, _ = run(GOOD, "--json")
    found = json.loads(out)
    assert (code, found["process"], found["to"], found["applied"]) == (0, "bread", "2 of second", False)
    assert found["cases"][0] == {
        "case": "loaf-1",
        "stage": "rising",
        "version": "1 of bakery",
        "to_stage": "proving",
        "problems": [],
    }
    assert json.loads(run(GOOD, "--json", "--apply")[1])["applied"] is True
    assert json.loads(run(GOOD, "--json")[1])["cases"] == []


def test_cases_may_be_moved_to_another_regulation_alone(run, db, tmp_path):
    longer = tmp_path / "longer.toml"
    RULES.with_settings({"bread.rise": "5 hours"}).dump(longer)
    stays = 'process = "bread"\nto = 1\n'
    assert "loaf-1: stays in rising\n" in run(stays, "--regulation", longer, rulebook="FIRST")[1]
    assert run(stays, "--regulation", longer, "--apply", rulebook="FIRST")[0] == 0
    with SqliteStore(db, create=False) as store:
        hashes = {one.id: one.regulation for one in store.find(CaseQuery())}
        assert store.regulation(hashes["loaf-1"]) is not None
    assert hashes["loaf-1"] == hashes["loaf-2"] != hashes["loaf-3"] == RULES.content_hash


def test_a_regulation_that_leaves_something_open_is_refused_in_a_line(run, tmp_path):
    empty = tmp_path / "empty.toml"
    Regulation("empty").dump(empty)
    code, out, err = run('process = "bread"', "--regulation", empty)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"salesreg: .*bread\.rise.*\n", err)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no migration: Object missing required field `process`"),
        ('process = "bread"\nstage = 1', "is no migration: Object contains unknown field `stage`"),
        ('process = "bread"\nto = "two"', "is no migration: Expected `int | null`, got `str` - at `$.to`"),
        ("process = bread", "is no migration: "),
        ('process = "bred"', "no process 'bred'"),
        ('process = "bread"\nto = 7', "no version 7 of process 'bread'"),
    ],
)
def test_a_file_that_says_nothing_sensible_is_refused_in_a_line(run, text, said):
    code, out, err = run(text)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"salesreg: .*\n", err)
    assert said in err


def test_a_missing_file_and_a_missing_database_are_named(capsys, db, tmp_path):
    file = tmp_path / "none.toml"
    assert main(["db", "migrate", str(file), "--db", str(db)]) == 2
    assert f"{str(file)!r} cannot be read: No such file" in capsys.readouterr().err
    file.write_text('process = "sale"')
    assert main(["db", "migrate", str(file), "--db", str(tmp_path / "none.db")]) == 2
    assert "there is no database" in capsys.readouterr().err


def test_a_regulation_that_the_database_has_lost_is_named(run, db):
    from contextlib import closing
    from sqlite3 import connect

    with closing(connect(db)) as connection, connection:
        connection.execute("DELETE FROM salesreg_regulation")
    code, out, err = run(GOOD)
    assert (code, out) == (2, "")
    assert f"does not hold the regulation {RULES.content_hash[:12]}" in err


# -- what a check says of them ----------------------------------------------------------------------------------------


def test_a_check_knows_the_old_page_by_the_rulebook(capsys, db):
    assert check(capsys, db, "FIRST") == (0, f"{db}: 3 cases, 0 problems\n")
    assert check(capsys, db, "SECOND") == (0, f"{db}: 3 cases, 0 problems\n")
    code, out = check(capsys, db, "WITHOUT_THE_OLD")
    assert code == 1
    assert "loaf-1: case 'loaf-1' runs on what this program does not have: no version 1 of process 'bread'" in out


def test_stored_data_that_the_entity_can_no_longer_hold_are_named(capsys, db):
    code, out = check(capsys, db, "FORGETFUL")
    assert code == 1
    assert "bread version 1 of bakery was stored with other data: grams is new and has no default\n" in out
    russian = check(capsys, db, "FORGETFUL", "--lang", "ru")[1]
    assert "bread, версия 1 (bakery): данные сохранены в другом виде: " in russian
    found = json.loads(check(capsys, db, "FORGETFUL", "--json")[1])
    assert (found["rulebook"], found["cases"], found["not_replayed"]) == ("bakery", 3, {})
    assert len(found["problems"]) == 1 + 3
