"""The command itself: help, version, bad usage, missing extras."""

import io
import os
import subprocess
import sys

import pytest

import salesreg
from salesreg.cli import main


def test_without_a_command_it_shows_help(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("demo", "deadline", "calendar", "process", "db"))


@pytest.mark.parametrize(
    "argv", [["--help"], ["deadline", "--help"], ["process", "show", "--help"], ["db", "check", "--help"]]
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
        (
            ["demo", "--lang", "de"],
            "salesreg: Invalid value for '--lang': 'de' is not one of 'en', 'ru'. (try: salesreg demo --help)\n",
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
