"""Whose rulebook the command works with: the option's, the project's, the installed one's, or the shipped one."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from salesreg.cli import main, rulebooks

RULES = """
from salesreg.commercial import COMMERCIAL
from salesreg.process import Process, Rulebook, Stage, start, step
from salesreg.rules import Regulation, Role, Setting, open_norm
from attrs import frozen
from pathlib import Path

BAKER = Role("baker", "baker")
RISE = open_norm("bread.rise", "Dough rises in time.", "B1", BAKER)

@frozen
class Loaf:
    flour: str

class Bread(Process[Loaf]):
    id, title = "bread", "Bread"
    rising = Stage("Rising", BAKER, RISE)
    baked = Stage("Baked", final=True)

    @step(start(rising), "Knead", by=BAKER, clause="B1")
    def knead(self, *, flour: str) -> Loaf:
        return Loaf(flour)

    @step(rising.to(baked), "Bake", by=BAKER, clause="B2")
    def bake(self, loaf: Loaf) -> Loaf:
        return loaf

RULES = Rulebook("bakery", roles=[BAKER], processes=[Bread], locale=[Path(__file__).parent / "locale"])
SUNDAY = RULES.extended("sunday", regulations={
    "sunday": lambda: Regulation("sunday", settings={"bread.rise": Setting("3 hours")}),
    "monday": lambda: Regulation("monday", settings={"bread.rise": Setting("2 hours")}),
})
BOTH = COMMERCIAL.extended("both", roles=[BAKER], processes=[Bread])
THING = {}
"""


@pytest.fixture(autouse=True)
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with rules of its own, and nothing of it left behind."""
    (tmp_path / "bakery").mkdir()
    (tmp_path / "bakery" / "rules.py").write_text(RULES)
    (tmp_path / "bakery" / "locale" / "de").mkdir(parents=True)
    german = '[bread]\ntitle = "Brot"\n[cli.process]\nid = "Prozess"\n[cli.db]\ncurrent = "{db} ist aktuell"\n'
    (tmp_path / "bakery" / "locale" / "de" / "bread.toml").write_text(german)
    for name, body in {
        "broken": "import bakery.rules\nnonsense(",
        "lacking": "import nothing_of_that_name",
        "wrong": "1 / 0",
        "twice": "from salesreg.process import Rulebook\nfrom salesreg.rules import Role\n"
        "RULES = Rulebook('twice', roles=[Role('a', 'one'), Role('a', 'other')])",
    }.items():
        (tmp_path / "bakery" / f"{name}.py").write_text(body)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in [one for one in sys.modules if one.partition(".")[0] == "bakery"]:
        del sys.modules[name]


def listed(capsys, *argv):
    assert main(["process", "list", *argv]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [line.split()[0] for line in out.splitlines()[1:]]


def complaint(capsys, *argv):
    assert main(["process", "list", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"salesreg: .+\n", err)
    return err


def project(folder: Path, rulebook: str) -> None:
    (folder / "pyproject.toml").write_text(f'[tool.salesreg]\nrulebook = "{rulebook}"\n')


def installed(monkeypatch, **values):
    points = EntryPoints(EntryPoint(name, value, rulebooks.GROUP) for name, value in values.items())
    monkeypatch.setattr(rulebooks, "entry_points", lambda group: points.select(group=group))


def test_an_option_names_one_in_the_working_directory(capsys):
    assert listed(capsys, "--rulebook", "bakery.rules:RULES") == ["bread"]


def test_the_nearest_project_file_names_one(capsys, bakery, monkeypatch):
    project(bakery, "bakery.rules:RULES")
    (bakery / "docs" / "old").mkdir(parents=True)
    monkeypatch.chdir(bakery / "docs" / "old")
    assert listed(capsys) == ["bread"]
    (bakery / "docs" / "pyproject.toml").write_text("[project]\nname = 'docs'\n")
    assert "bread" not in listed(capsys)


def test_the_option_comes_before_the_project(capsys, bakery):
    project(bakery, "bakery.wrong:RULES")
    assert listed(capsys, "--rulebook", "bakery.rules:RULES") == ["bread"]


def test_the_project_comes_before_what_is_installed(capsys, bakery, monkeypatch):
    project(bakery, "bakery.rules:RULES")
    installed(monkeypatch, one="bakery.wrong:RULES")
    assert listed(capsys) == ["bread"]


def test_the_only_one_installed_is_taken(capsys, monkeypatch):
    installed(monkeypatch, bakery="bakery.rules:RULES")
    assert listed(capsys) == ["bread"]


def test_of_several_installed_none_is_guessed(capsys, monkeypatch):
    installed(monkeypatch, bakery="bakery.rules:RULES", sunday="bakery.rules:SUNDAY")
    said = complaint(capsys)
    assert "--rulebook" in said
    assert "bakery.rules:RULES" in said
    assert "bakery.rules:SUNDAY" in said


def test_without_any_it_is_the_shipped_one(capsys, monkeypatch):
    installed(monkeypatch)
    assert listed(capsys)[0] == "sale"


@pytest.mark.parametrize(
    ("rulebook", "said"),
    [
        ("bakery.rules", "MODULE:NAME"),
        ("bakery.rules:", "MODULE:NAME"),
        (":RULES", "MODULE:NAME"),
        ("bakery/rules.py:RULES", "MODULE:NAME"),
        ("nowhere.rules:RULES", "there is no module 'nowhere'"),
        ("bakery.nowhere:RULES", "there is no module 'bakery.nowhere'"),
        ("bakery.rules:RULE", "has no 'RULE': it has COMMERCIAL, RULES, SUNDAY, BOTH"),
        ("bakery.lacking:RULES", "No module named 'nothing_of_that_name'"),
        ("bakery.rules:THING", "of type dict, not a Rulebook"),
        ("bakery.broken:RULES", "SyntaxError: '(' was never closed (broken.py, line 2)\n"),
        ("bakery.wrong:RULES", "wrong.py, line 1)"),
        ("bakery.wrong:RULES", "ZeroDivisionError: division by zero"),
        ("bakery.twice:RULES", "two roles are called 'a'"),
        ("json:RULES", "has no 'RULES' and no rulebook at all"),
    ],
)
def test_one_that_cannot_be_had_is_a_line(capsys, bakery, rulebook, said):
    named = complaint(capsys, "--rulebook", rulebook)
    assert said in named
    assert named.startswith("salesreg: --rulebook: ")
    project(bakery, rulebook)
    assert f"salesreg: {bakery / 'pyproject.toml'}: " in complaint(capsys)


def test_a_project_file_that_is_no_toml_is_named(capsys, bakery):
    (bakery / "pyproject.toml").write_text("[tool")
    assert "pyproject.toml' cannot be read" in complaint(capsys)


@pytest.mark.parametrize("text", ["", "tool = 1", "[tool]\nsalesreg = 1", "[tool.salesreg]\nother = 1"])
def test_a_project_file_that_names_none_is_passed_over(capsys, bakery, text):
    (bakery / "pyproject.toml").write_text(text)
    assert listed(capsys)[0] == "sale"


def test_it_speaks_the_languages_of_the_rulebook(capsys):
    assert main(["process", "list", "--rulebook", "bakery.rules:RULES", "--lang", "de"]) == 0
    assert re.match(r"Prozess +title[\s\S]+bread +Brot", capsys.readouterr().out)
    said = complaint(capsys, "--rulebook", "bakery.rules:RULES", "--lang", "fr")
    assert said == "salesreg: no texts in 'fr': there are en, de, ru\n"


def test_an_upgrade_looks_for_a_rulebook_only_if_it_must_speak_its_language(capsys, bakery):
    from salesreg.adapters.sqlite import SqliteStore

    project(bakery, "bakery.rules:RULES")
    SqliteStore(bakery / "a.db").close()
    assert main(["db", "upgrade", "--db", "a.db", "--lang", "ru"]) == 0
    assert "bakery.rules" not in sys.modules
    assert main(["db", "upgrade", "--db", "a.db", "--lang", "de"]) == 0
    assert capsys.readouterr().out.endswith("a.db ist aktuell\n")


def test_it_is_the_example_that_gives_the_terms_else_the_first_regulation_else_none(capsys):
    def shown(rulebook):
        assert main(["process", "show", "bread", "--format", "md", "--rulebook", f"bakery.rules:{rulebook}"]) == 0
        return capsys.readouterr().out

    assert "| Rising | baker | ‹bread.rise› | B1 |" in shown("RULES")
    assert "| Rising | baker | 3 hours | B1 |" in shown("SUNDAY")
    assert "| Rising | baker | left open (bread.rise) | B1 |" in shown("BOTH")
