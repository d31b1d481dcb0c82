"""`salesreg report`: a month from what is on record, for people, spreadsheets and programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from salesreg.cli import main
from salesreg.commercial import COMMERCIAL, InquiryProcess
from salesreg.testing.commercial import Desk, moscow

FEBRUARY = ("--month", "2026-02", "--as-of", "2026-02-28")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deal that is opened late, an inquiry that is answered in time, and a plan for Anna."""
    path = tmp_path_factory.mktemp("report") / "sales.db"
    desk = Desk(f"sqlite:///{path}")
    month = {"period_start": dt.date(2026, 2, 1), "period_end": dt.date(2026, 2, 28)}
    desk.begin("plan", "propose_plan", case="P", targets={"K1": Decimal(100_000), "K6": Decimal(1)}, **month)
    desk.take("P", "agree_plan")
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    desk.take("D", "submit_for_approval", "approve_quote")
    desk.begin("inquiry", "receive_inquiry", case="Q", activity="topic.invoice")
    desk.later(dt.timedelta(minutes=20)).take("Q", "take_inquiry", by="finn")
    desk.take("Q", "send_holding_reply")
    desk.at(9, "12:00").engine.tick(trust_clock=True)
    desk.take("D", "open_deal", number="D-1", existing=None)
    desk.engine.close()
    return path


def run(capsys: pytest.CaptureFixture[str], db: Path, *argv: str) -> str:
    assert main(["report", "--db", str(db), *argv]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_it_prints_every_indicator_with_its_interval(capsys, db):
    lines = run(capsys, db, *FEBRUARY).splitlines()
    assert lines[0] == "2026-02"
    assert next(line.split() for line in lines if line.startswith("K6")) == [
        "K6", "First", "response", "in", "time", "100", "%", "20.7", "%–100", "%", "1", "/", "1",
    ]  # fmt: skip
    assert any(line.startswith("K9 ") and " 0 % " in line.replace("\u00a0", " ") for line in lines)
    russian = run(capsys, db, *FEBRUARY, "--lang", "ru")
    assert "Первый ответ в срок" in russian
    assert "20,7" in russian


def test_a_rulebook_that_does_not_extend_the_commercial_service_has_no_such_report(capsys, db):
    for command in (["report"], ["compensation", "explain", "P"]):
        assert main([*command, "--db", str(db), "--rulebook", "ask:RULES"]) == 2
        assert "the rulebook 'requests' does not extend that" in capsys.readouterr().err


def test_a_person_is_held_against_their_plan(capsys, db):
    rows = json.loads(run(capsys, db, *FEBRUARY, "--person", "anna", "--json"))
    (plan,) = [one for one in rows if one["indicator"] == "K1"]
    assert (plan["value"], plan["plan"], plan["attainment"]) == ("0.0000", "100000", "0.0000")
    (missing,) = [one for one in rows if one["indicator"] == "K6"]
    assert (missing["value"], missing["plan"], missing["attainment"], missing["events"]) == (None, "1", None, [])


def test_each_value_names_the_events_behind_it(capsys, db):
    rows = json.loads(run(capsys, db, *FEBRUARY, "--by", "person", "--json"))
    (late,) = [one for one in rows if one["indicator"] == "K9"]
    assert (late["who"], late["value"], late["numerator"], late["denominator"]) == ("igor", "0.0000", "0", "1")
    assert late["events"] == ["D:7"]


def test_a_department_answers_for_what_its_role_owed(capsys, db):
    rows = json.loads(run(capsys, db, "--month", "2026-02", "--as-of", "2026-02-06", "--team", "it", "--json"))
    (late,) = [one for one in rows if one["indicator"] == "K9"]
    assert (late["value"], late["denominator"]) == ("0.0000", "1")  # it is overdue, and nobody has done it yet


def test_a_table_of_comma_separated_values_reads_back(capsys, db):
    rows = list(csv.DictReader(io.StringIO(run(capsys, db, *FEBRUARY, "--csv"))))
    asked = json.loads(run(capsys, db, *FEBRUARY, "--json"))
    assert [{name: one[name] or "" for name in rows[0]} for one in asked] == rows


@pytest.mark.parametrize("what", ["sales", "calls", "activity", "receivables"])
def test_the_other_reports(capsys, db, what):
    assert run(capsys, db, what, *FEBRUARY, "--lang", "ru")
    rows = json.loads(run(capsys, db, what, *FEBRUARY, "--json"))
    if what == "sales":
        assert [one["reached"] for one in rows[:6]] == [1] * 6
        assert rows[4] | {"events": []} == {
            "period": "2026-02", "step": "opening", "reached": 1, "of_before": "1.0000", "of_all": "1.0000",
            "working_hours": "42.00", "events": [],
        }  # fmt: skip
    if what == "activity":
        assert next(one for one in rows if one["person"] == "anna")["each"]["sale.submit_for_approval"] == 1


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--month", "2026-13"), "'2026-13' is no month"),
        (("--month", "March"), "is no month"),
        (("--as-of", "yesterday"), "is not an instant"),
        (("--person", "anna", "--team", "it"), "one of --person and --team"),
        (("sales", "--team", "it"), "only indicators are counted by department"),
        (("--csv", "--json"), "one of --csv and --json"),
        (("profit",), "'profit'"),
        (("--lang", "xx"), "no texts in 'xx'"),
        (("--directory", "nowhere:PEOPLE"), "nowhere"),
    ],
)
def test_bad_input_ends_with_two_and_one_line(capsys, db, argv, said):
    assert main(["report", "--db", str(db), *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_page_of_another_rulebook_is_named(capsys, tmp_path):
    class OurInquiry(InquiryProcess):
        version = 2

    path = tmp_path / "acme.db"
    desk = Desk(f"sqlite:///{path}", rulebook=COMMERCIAL.extended("acme", processes=[OurInquiry]))
    desk.begin("inquiry", "receive_inquiry", case="Q")
    desk.engine.close()
    assert main(["report", "--db", str(path), *FEBRUARY]) == 2
    assert "Q runs on inquiry version 2 of the rulebook 'acme': name the rulebook" in capsys.readouterr().err


def test_there_must_be_a_database(capsys, tmp_path):
    assert main(["report", "--db", str(tmp_path / "no.db")]) == 2
    assert "there is no database" in capsys.readouterr().err


def test_it_reads_a_file_that_nobody_may_write(capsys, db, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes(db.read_bytes())
    copy.chmod(0o400)
    assert run(capsys, copy, *FEBRUARY) == run(capsys, db, *FEBRUARY)
    assert moscow(28).date() == dt.date(2026, 2, 28)
