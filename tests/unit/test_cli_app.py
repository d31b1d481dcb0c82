"""The command itself: help, version, bad usage, missing extras."""

import io
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import salesreg
from salesreg import cli
from salesreg.cli import main


def test_without_a_command_it_shows_help(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("demo", "deadline", "calendar", "process", "db"))


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        *([*command, "--help"] for command in (["deadline"], ["demo"], ["process", "show"], ["db", "migrate"])),
    ],
)
def test_every_command_has_help(capsys, argv):
    assert main(argv) == 0
    assert capsys.readouterr().out.startswith("Usage: salesreg ")


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"salesreg {salesreg.__version__}\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["frobnicate"], "salesreg: No such command 'frobnicate'. (try: salesreg --help)\n"),
        (["process"], "salesreg: Missing command. (try: salesreg process --help)\n"),
        (["calendar"], "salesreg: Missing argument 'YEAR'. (try: salesreg calendar --help)\n"),
        (
            ["calendar", "2025", "--frobnicate"],
            "salesreg: No such option: --frobnicate (try: salesreg calendar --help)\n",
        ),
        (["demo", "--lang", "de"], "salesreg: no texts in 'de': there are en, ru\n"),
        (["process", "list", "--lang", "../en"], "salesreg: no texts in '../en': there are en, ru\n"),
        (
            ["calendar", "2025", "--lang", "de"],
            "salesreg: Invalid value for '--lang': 'de' is not one of 'en', 'ru'. (try: salesreg calendar --help)\n",
        ),
    ],
)
def test_bad_usage_ends_with_two_and_one_line(capsys, argv, said):
    assert main(argv) == 2
    assert capsys.readouterr() == ("", said)


def test_a_missing_extra_is_named(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "salesreg.cli.app", raising=False)
    monkeypatch.setitem(sys.modules, "typer", None)
    assert main(["calendar", "2025"]) == 2
    assert (
        capsys.readouterr().err == "salesreg: the salesreg command needs typer and rich: pip install 'salesreg[cli]'\n"
    )


def test_rich_is_named_too(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.table", None)
    assert main(["process", "list"]) == 2
    assert "pip install 'salesreg[cli]'" in capsys.readouterr().err


def test_a_broken_import_is_not_taken_for_a_missing_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "salesreg.cli.app", None)
    with pytest.raises(ImportError, match=r"salesreg\.cli\.app"):
        main(["calendar", "2025"])


def test_an_interrupted_question_ends_with_130(monkeypatch):
    import typer

    from salesreg.cli import app

    def abort(*args, **kwargs):
        raise typer.Abort

    monkeypatch.setattr(app, "app", abort)
    assert main([]) == 130


def test_a_reader_that_went_away_ends_it_quietly(capsys, monkeypatch):
    from salesreg.cli import app

    def write_on(*args, **kwargs):
        raise BrokenPipeError

    monkeypatch.setattr(app, "app", write_on)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert main([]) == 1
    assert capsys.readouterr().out == ""


def test_a_full_disk_ends_it_with_one_line(capsys, monkeypatch):
    from salesreg.cli import app

    def write_on(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(app, "app", write_on)
    assert main([]) == 2
    assert capsys.readouterr().err == "salesreg: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_file_gets_every_letter_whatever_the_locale_can_say(encoding):
    done = subprocess.run(
        [sys.executable, "-m", "salesreg", "process", "list", "--lang", "ru"],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    assert "Продажа" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("argv", "without"),
    [
        (["--help"], {"salesreg.calendars", "salesreg.rules", "salesreg.process", "pendulum", "holidays", "sqlite3"}),
        (["process", "--help"], {"salesreg.rules", "salesreg.process", "salesreg.commercial"}),
        (["deadline", "1 business day", "--from", "2024-04-26"], {"salesreg.process", "salesreg.commercial"}),
        (["calendar", "2025"], {"salesreg.process", "salesreg.commercial"}),
    ],
)
def test_a_command_loads_no_more_than_it_needs(argv, without):
    program = f"import sys\nfrom salesreg.cli import main\nmain({argv!r})\nprint('loaded', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert without.isdisjoint(done.stdout.rpartition("loaded ")[2].split())


def test_what_an_error_tells_of_does_not_steer_the_terminal(capsys):
    assert main(["db", "check", "--db", "a\x1b[2J.db"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def leaves(table, path):
    for key, value in table.items():
        yield from leaves(value, f"{path}.{key}") if isinstance(value, dict) else [(f"{path}.{key}", value)]


def test_the_catalogue_says_exactly_what_the_command_says():
    code = "".join(file.read_text("utf-8") for file in Path(cli.__file__).parent.glob("*.py"))
    catalogue = Path(salesreg.__file__).parent / "locale" / "ru" / "cli.toml"
    said = dict(leaves(tomllib.loads(catalogue.read_text("utf-8"))["cli"], "cli"))
    asked = set(re.findall(r'say\(\s*f?"(cli\.[a-z_.]+(?:{[a-z_.]+})?)"', code))
    fixed = {key for key in asked if not key.endswith("}")}
    assert fixed <= said.keys()
    open_ended = tuple(key.partition("{")[0] for key in asked - fixed)
    assert [key for key in said.keys() - fixed if not key.startswith(open_ended)] == []
    assert [key for key in open_ended if not any(one.startswith(key) for one in said)] == []
    for text in said.values():
        for fact in re.findall(r"\{(\w+)", text):
            assert re.search(rf"\b{fact}\b", code)
