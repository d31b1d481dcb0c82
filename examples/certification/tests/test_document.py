"""The regulation as people read it, and that it is this body's alone."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from certification.rules import RULES, example, published

from salesreg.cli import main as salesreg
from salesreg.errors import ParameterNotSet
from salesreg.testing.catalogues import check_catalogue

FOLDER = Path(__file__).parents[1]


def test_everything_is_said_in_russian():
    assert [str(one) for one in check_catalogue(RULES, "ru", ["certification"])] == []


def test_what_a_body_sets_for_itself_is_left_open():
    with pytest.raises(ParameterNotSet) as missing:
        RULES.bind(published())
    assert {"application.test", "certificate.validity", "appeal.answer", "schedule"} <= set(missing.value.names)
    RULES.bind(example())


SAID = {
    "en": ("<h1>Regulation of a product certification body</h1>", "decision maker; not whoever took part"),
    "ru": ("<h1>Регламент органа по сертификации продукции</h1>", "Инспекционный контроль", "20 рабочих дней"),
}


@pytest.mark.parametrize("lang", SAID)
def test_it_is_printed_in_both_languages(lang, monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    assert salesreg(["regulation", "show", "--format", "html", "--lang", lang, "--on", "2026-03-02"]) == 0
    page = capsys.readouterr().out
    assert page.count("<svg") == 1 + len(RULES.processes), "a working day, and a picture a process"
    assert [one for one in SAID[lang] if one not in page] == []
    assert re.findall(r"\bR\d+\b", page) == [], "no clause of another regulation"
    if lang == "ru":
        assert [norm.text for norm in example().norms if norm.text in page] == []


def test_an_expert_acknowledges_what_binds_experts(monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    assert salesreg(["regulation", "show", "--role", "expert", "--name", "Elsa Moor"]) == 0
    page = capsys.readouterr().out
    assert "Nobody judges a client whom they work for" in page
    assert "The panel answers an appeal in time." not in page


@pytest.mark.parametrize("arguments", [
    ["main.py", "body.db"],
    ["-m", "salesreg", "process", "list"],
    ["-m", "salesreg", "process", "guarantees", "application"],
    ["-m", "salesreg", "regulation", "check", str(FOLDER / "certification" / "example.toml")],
    ["-m", "salesreg", "audit", "run", "log/mapping.toml", "--fail-on", "never"],
])  # fmt: skip
def test_nothing_of_the_commercial_regulation_is_loaded(arguments, tmp_path):
    program = "import runpy, sys, atexit\n"
    program += "atexit.register(lambda: print('LOADED', *(m for m in sys.modules if 'salesreg.commercial' in m)))\n"
    how = f"sys.argv = {[*arguments[1:]]!r}; runpy.run_module('salesreg', run_name='__main__')"
    if arguments[0] == "main.py":
        how = f"sys.argv = ['main.py', {str(tmp_path / 'body.db')!r}]; runpy.run_path('main.py', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program + how], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.stdout.rstrip().endswith("LOADED"), done.stdout + done.stderr
