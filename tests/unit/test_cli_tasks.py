"""`salesreg tasks`: what a person owes and what waits for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salesreg.cli import main
from salesreg.testing.commercial import Desk


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quote that waits for the head, and a prospect of the manager's."""
    path = tmp_path_factory.mktemp("tasks") / "sales.db"
    desk = Desk(f"sqlite:///{path}")
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    desk.take("D", "submit_for_approval")
    desk.engine.close()
    return path


def run(capsys: pytest.CaptureFixture[str], db: Path, *argv: str) -> str:
    assert main(["tasks", "--db", str(db), *argv]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_what_waits_for_a_role_waits_for_whoever_holds_it(capsys, db):
    said = run(capsys, db, "--by", "hanna", "--role", "head_of_commercial")
    assert "late: Sale, " in said
    assert "(Awaiting price approval)" in said
    assert "\n    " in said, "what is owed stands below"
    assert run(capsys, db, "--by", "ivan", "--role", "finance") == "nothing waits for ivan\n"
    assert run(capsys, db, "--by", "ivan", "--role", "finance", "--lang", "ru") == "ivan: ничего не ждёт\n"
    assert "просрочено: Продажа" in run(capsys, db, "--by", "hanna", "--role", "head_of_commercial", "--lang", "ru")


def test_a_program_reads_it_as_data(capsys, db):
    (one, *_) = json.loads(run(capsys, db, "--by", "hanna", "--role", "head_of_commercial", "--json"))
    assert (one["case"], one["process"], one["stage"]) == ("D", "sale", "awaiting_price_approval")
    assert one["due"].endswith("+00:00")
    assert one["text"]
    assert (
        json.loads(run(capsys, db, "--by", "hanna", "--role", "head_of_commercial", "--process", "inquiry", "--json"))
        == []
    )


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--by", "a", "--role", "king"], "has no role 'king'"),
        (["--by", "", "--role", "finance"], "the id of an employee"),
        (["--by", "a"], "with --directory, or roles with --role"),
        (["--by", "a", "--role", "finance", "--process", "salad"], "salad"),
        (["--by", "a", "--role", "finance", "--limit", "0"], "limit"),
    ],
)
def test_wrong_usage_is_one_sentence(capsys, db, argv, said):
    assert main(["tasks", "--db", str(db), *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
