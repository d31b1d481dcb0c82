"""`salesreg report`: a month from what is on record, for people, spreadsheets and programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal
from pathlib import Path

import pytest

from salesreg.adapters.memory import MemoryDirectory
from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli import main
from salesreg.commercial import COMMERCIAL, InquiryProcess, example, indicators_of, open_engine
from salesreg.commercial.domain.meetings import Basis, BasisKind
from salesreg.commercial.indicators import Period
from salesreg.commercial.indicators.reports import report_of_indicators
from salesreg.commercial.owed_by_clients import report_of_receivables
from salesreg.testing.commercial import STAFF, Desk, moscow

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
    soon = moscow(10, "11:00")
    desk.begin("meeting", "schedule_meeting", case="O", scheduled_at=soon, kind="one_to_one")
    desk.begin("meeting", "schedule_meeting", case="S", scheduled_at=soon, kind="one_to_one", invited=("sveta",))
    desk.begin("meeting", "schedule_meeting", case="M", scheduled_at=soon)
    desk.at(10, "11:00").take("O", "start_meeting", basis=None, plan="P")
    desk.take("S", "start_meeting", basis=Basis(BasisKind.INDIVIDUAL_INDICATORS, "K1-K18"))
    desk.take("M", "start_meeting")
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


def test_a_one_to_one_shows_the_indicators_of_whoever_it_is_with_as_they_were_when_it_began(capsys, db):
    rows = json.loads(run(capsys, db, "--meeting", "O", "--json"))
    assert {one["indicator"]: (one["who"], one["period"], one["plan"]) for one in rows} == {
        "K1": ("anna", "2026-02", "100000"),
        "K5": ("anna", "2026-02", None),
        "K6": ("anna", "2026-02", "1"),
        "K8": ("anna", "2026-02", None),
    }
    assert run(capsys, db, "--meeting", "O", "--lang", "ru").splitlines()[0] == "2026-02"
    assert json.loads(run(capsys, db, "--meeting", "S", "--json")) == []  # nothing is planned or on record
    assert main(["report", "--db", str(db), "--meeting", "M"]) == 2
    assert "works on no plan, so there is nothing to show" in capsys.readouterr().err


def test_whether_days_begin_in_time_is_read_from_a_time_keeping_system(capsys, db, tmp_path):
    feed = tmp_path / "turnstile.csv"
    feed.write_text(
        "person,at,record\nanna,2026-02-02T08:55,t-1\nanna,2026-02-03T06:10+00:00,t-2\npetr,2026-02-03 09:00:00,t-3\n"
        "petr,2026-02-04T08:00,\n"
    )
    given = ("arrivals", *FEBRUARY, "--feed", str(feed))
    rows = json.loads(run(capsys, db, *given, "--json"))
    assert [(one["person"], one["numerator"], one["denominator"], one["events"]) for one in rows] == [
        ("anna", "1", "2", ["t-1", "t-2"]),
        ("petr", "1", "1", ["t-3"]),
    ]
    assert "50 %" in run(capsys, db, *given, "--person", "anna").replace("\u00a0", " ")
    for wrong, said in (
        ("person,at,record\nanna,morning,t-1\n", "line 2 of"),
        ("person,at,record\nanna,9999-12-31T23:59-03:00,t-1\n", "line 2 of"),
        ("who;when\n1;2\n", "line 2 of"),
    ):
        feed.write_text(wrong)
        assert main(["report", "--db", str(db), *given]) == 2
        assert said in capsys.readouterr().err
    assert main(["report", "--db", str(db), "arrivals", "--feed", str(tmp_path / "none.csv")]) == 2
    assert "cannot read the arrivals" in capsys.readouterr().err


def test_a_report_is_a_frame_whose_numbers_are_numbers(db):
    with SqliteStore(db) as store:
        engine = open_engine(store, regulation=example(), directory=MemoryDirectory(STAFF))
        counted, at = indicators_of(engine, at=moscow(28), staff=STAFF), moscow(28)
        report = report_of_indicators(counted, Period.month("2026-02"), at=at, locale=COMMERCIAL.texts.locale("en"))
    frame = report.to_frame().set_index("indicator")
    assert (frame.value["K6"], frame.low["K6"], frame.denominator["K6"]) == (1.0, 0.2065, 1.0)
    assert math.isnan(frame.value["K2"])
    assert frame.events["K6"] == ["Q:4"]
    assert list(report_of_receivables((), days=(30,), locale=COMMERCIAL.texts.locale("en")).to_frame().columns) == []


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
        (("--as-of", "9999-12-31T23:59+00:00"), "not of 9999"),
        (("--as-of", "0001-01-01"), "not of 1"),
        (("--month", "9999-12"), "give years of 1900–2200"),
        (("--person", "anna", "--team", "it"), "one of --person and --team"),
        (("sales", "--team", "it"), "only indicators are counted by department"),
        (("--csv", "--json"), "one of --csv and --json"),
        (("profit",), "'profit'"),
        (("arrivals",), "arrivals are read from a feed"),
        (("sales", "--feed", "x.csv"), "arrivals are read from a feed"),
        (("--meeting", "O", "--person", "anna"), "a meeting says itself"),
        (("--meeting", "D"), "'D' is no meeting"),
        (("--meeting", "none"), "none"),
        (("--person", "nobody"), "nobody with the id 'nobody'"),
        (("--team", "sales"), "no department 'sales': there is commercial"),
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
