"""The register of another system, with one breach planted in each application but the first."""

from pathlib import Path

import pytest
from certification.application import ApplicationProcess
from certification.rules import RULES, example

from salesreg.audit import LogMapping, audit
from salesreg.cli import main as salesreg

FOLDER = Path(__file__).parents[1]
MAPPING = FOLDER / "log" / "mapping.toml"


@pytest.fixture(scope="module")
def found():
    return audit(LogMapping.load(MAPPING), ApplicationProcess, example(), folder=MAPPING.parent)


def test_each_planted_breach_is_found_and_nothing_else(found):
    assert {(one.case, one.kind, one.norm, one.clause, one.person) for one in found.findings} == {
        ("B-2", "late", "application.test", "7.4", "egor"),
        ("B-3", "same_person", "duties.separated", "7.6", "egor"),
        ("B-4", "skipped", "order", "7.1", "dina"),
        ("B-5", "wrong_role", "roles", "6.1", "olga"),
        ("B-5", "no_record", "evidence", "7.12", "elsa"),
        ("B-6", "no_result", "application.review", "7.3", None),
    }


def test_a_late_protocol_is_explained_day_by_day(found):
    (late,) = [one for one in found.findings if one.kind == "late"]
    said = found.explain(late)
    assert said.startswith("20 business days from Thursday 5 February 2026, 15:00")
    assert "Monday 23 February 2026: skipped, public holiday" in said
    assert said.endswith("due Friday 6 March 2026, 18:00 (MSK): close of business (Civil Code art. 194)")


SAID = {
    "en": (
        "A decision is taken by somebody who took no part in what it decides on. (7.6)",
        "6 findings, 5 laid to somebody's charge",
    ),
    "ru": (
        "Решение принимает тот, кто не участвовал в том, о чём решает. (7.6)",
        "6 нарушений, из них с ответственным лицом: 5",
    ),
}


@pytest.mark.parametrize("lang", SAID)
def test_the_command_audits_it(lang, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    assert salesreg(["audit", "run", "log/mapping.toml", "--lang", lang, "--out", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert set(SAID[lang]) <= set(lines)
    assert "R39" not in (tmp_path / "report.html").read_text("utf-8"), "its clauses are this body's own"


def test_a_first_mapping_is_drafted_from_the_register(monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    assert salesreg(["audit", "map", "log/register.csv", "--process", "application"]) == 0
    draft = capsys.readouterr().out
    for guess in ('case = "application"', 'step = "entry"', 'person = "who"', 'file_protocol = ["Protocol"]'):
        assert guess in draft


def test_every_rule_of_the_log_is_one_of_the_regulation(found):
    assert set(found.bound.rules) <= {norm.id for norm in RULES.enforced()}
