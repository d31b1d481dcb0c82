"""`salesreg demo`: three weeks of sales that end with a record that adds up."""

import pytest

from salesreg.cli import main


@pytest.mark.parametrize(
    ("lang", "verdict", "late"),
    [
        ("en", "replaying the events gives the stored state", "OVERDUE"),
        ("ru", "воспроизведение событий даёт сохранённое состояние", "ПРОСРОЧЕНО"),
    ],
)
def test_it_plays_to_the_end_in_both_languages(capsys, lang, verdict, late):
    assert main(["demo", "--lang", lang]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert verdict in out
    assert late in out
    assert "R10" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_database_may_be_kept_and_is_sound(capsys, tmp_path):
    db = tmp_path / "sales.db"
    assert main(["demo", "--db", str(db)]) == 0
    capsys.readouterr()
    assert main(["db", "check", "--db", str(db)]) == 0
    assert ", 0 problems" in capsys.readouterr().out


def test_an_existing_file_is_not_overwritten(capsys, tmp_path):
    db = tmp_path / "sales.db"
    db.write_text("mine")
    assert main(["demo", "--db", str(db)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert db.read_text() == "mine"
