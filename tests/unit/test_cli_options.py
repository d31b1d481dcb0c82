"""What every command prints: data never steer the terminal that shows them."""

import json

import pytest
from rich.table import Table
from rich.text import Text

from salesreg.cli.options import console, print_json, print_line

ODD = "Ж\x1b[2J\x07\x9b31m\u202e\U000e0001\n\r b"


def table(text):
    shown = Table(title=text)
    shown.add_column(text)
    shown.add_row(Text(text))
    return shown


@pytest.mark.parametrize(
    "show",
    [print_line, print_json, lambda text: console().print(text), lambda text: console().print(table(text))],
    ids=["line", "JSON", "text", "table"],
)
def test_control_characters_in_data_are_spelled_out(capsys, monkeypatch, show):
    monkeypatch.setenv("COLUMNS", "150")
    show(ODD)
    shown = capsys.readouterr().out
    assert "Ж" in shown
    assert all(sign.isprintable() or sign == "\n" for sign in shown)


def test_json_stays_the_same_value(capsys):
    print_json({ODD: [ODD]})
    assert json.loads(capsys.readouterr().out) == {ODD: [ODD]}


def test_colours_stay(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console().print(Text("red\x1b[2J", style="red"))
    assert capsys.readouterr().out == "\x1b[31mred\\x1b[2J\x1b[0m\n"
