"""What is on record of a person: their control sheet, what they hand over, and what alone may be held against them."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from company import ANSWER, Company
from test_bonus_from_record import Firm

from salesreg.adapters.memory import MemoryDirectory
from salesreg.cli import main
from salesreg.commercial import COMMERCIAL
from salesreg.commercial.personnel import person_page, processes_beside
from salesreg.documents import ControlSheet, PersonPage, person_html
from salesreg.engine.person_record import PersonRecord
from salesreg.errors import PayloadError, UnknownAttribute, UnknownProcess
from salesreg.process import ObligationStatus, Rulebook
from salesreg.rules import Employee
from salesreg.testing.commercial import ANNA, BOSS, FINN, STAFF, Desk, moscow

STAFF_DIRECTORY = MemoryDirectory(STAFF)


@pytest.fixture
def company() -> Company:
    return Company(start=moscow(9), staff=STAFF)


def record(desk: Desk, person: str, **period: Any) -> PersonRecord:
    return desk.engine.person_record(person, processes=processes_beside(COMMERCIAL), **period)


def page(desk: Desk, kind: str, person: Employee | str, lang: str = "en", **period: Any) -> PersonPage:
    who, known = (person, None) if isinstance(person, str) else (person.id, person)
    found = record(desk, who, **period)
    return person_page(kind, COMMERCIAL, desk.engine.regulation, found, COMMERCIAL.texts.locale(lang), known)


def section(shown: PersonPage, name: str) -> str:
    """One section of a page, as Markdown."""
    text = shown.markdown()
    return "".join(re.findall(rf"(?ms)^## {re.escape(name)}.*?(?=^## |\Z)", text))


# -- the control sheet ------------------------------------------------------------------------------------------------


def test_a_control_sheet_says_what_is_owed_how_it_is_controlled_and_how_it_was_kept(company):
    case = company.ruled().late()
    shown = page(company, "control", FINN)
    assert "Controlled by: general director" in section(shown, "Who")
    duties = section(shown, "Rules that bind Finn (finn)")
    assert "| R31 |" in duties
    assert "| R43 |" in section(shown, "What fell due")
    late = section(shown, "What was late or broken")
    assert "| 2026-03-17 10:30:00 | " in late
    assert f"| {case} | breached | — |" in late
    assert case in section(shown, "What is open")
    assert "| 1.0 |" in section(shown, "What they have acknowledged (R84)")


def test_every_obligation_is_counted_once_by_how_it_ended(company):
    company.ruled().late()
    found = record(company, "finn")
    shown = section(page(company, "control", FINN), "What fell due")
    rows = [[int(cell) for cell in row.split("|")[3:-1]] for row in shown.splitlines() if re.search(r"\| R\d+", row)]
    assert sum(map(sum, rows)) == len(found.obligations) > 0
    assert {one.person for one in found.obligations} == {"finn"}


def test_only_what_fell_due_in_the_time_counts_and_what_is_open_stays_open(company):
    company.ruled().late()
    before = record(company, "finn", until=moscow(17, "10:30", month=3))
    after = record(company, "finn", since=moscow(17, "10:30", month=3), until=moscow(17, "10:31", month=3))
    assert ANSWER.id not in {one.norm for one in before.obligations}
    assert [one.norm for one in after.obligations] == [ANSWER.id]
    assert before.open == after.open != ()
    assert "from 2026-03-17 10:30:00 to" in page(company, "control", FINN, since=moscow(17, "10:30", month=3)).edition
    with pytest.raises(PayloadError, match="before it begins"):
        record(company, "finn", since=moscow(17), until=moscow(17))


def test_whoever_has_a_manager_is_controlled_by_them(company):
    shown = page(company, "control", attrs.evolve(FINN, manager="boss"))
    assert "Controlled by: boss" in shown.markdown()


# -- the hand-over ----------------------------------------------------------------------------------------------------


def test_a_hand_over_lists_what_is_in_their_hands_and_then_to_whom_it_passed(company):
    company.begin("sale", "register_prospect", case="D")
    company.begin("assignment", "give_assignment", case="T", due=moscow(20))
    shown = page(company, "handover", ANNA)
    charges = section(shown, "What they are in charge of")
    assert "| D | Sale |" in charges
    assert "| T | Assignment | Assigned | the one responsible |" in charges
    assert "| T | open | — |  |" in section(shown, "What is open")
    assert section(shown, "What has passed on") == ""
    assert "- [ ] Signed originals" in section(shown, "When somebody leaves")
    company.engine.hand_over("anna", to="sveta", by="roman")
    moved = page(company, "handover", ANNA)
    assert "in charge of nothing" in section(moved, "What they are in charge of")
    handed = section(moved, "What has passed on")
    assert handed.count("| sveta | roman |") == 2
    assert [(one.case, one.charge) for one in record(company, "anna").handed_on] == [
        ("D", "owner"),
        ("T", "responsible"),
    ]
    assert record(company, "sveta").handed_on == ()
    assert record(company, "anna", since=company.clock.now() + dt.timedelta(days=1)).handed_on == ()


def test_a_breach_stays_with_whoever_has_left_after_everything_passed_on(company):
    company.begin("assignment", "give_assignment", case="T", due=moscow(10))
    company.at(11).engine.tick()
    company.engine.hand_over("anna", to="sveta", by="roman")
    [late] = record(company, "anna").obligations
    assert (late.norm, late.status) == ("assignment.on_time", ObligationStatus.BREACHED)
    assert record(company, "anna").open == ()


def test_somebody_the_directory_does_not_know_has_a_page_from_the_record_alone(company):
    company.begin("assignment", "give_assignment", case="T", due=moscow(20))
    shown = page(company, "handover", "anna", "ru")
    assert "Справочник не знает anna" in shown.markdown()
    assert "| T |" in shown.markdown()
    assert record(company, "nobody").is_empty
    company.begin("inquiry", "receive_inquiry", received_at=company.clock.now())
    assert record(company, "secretary").is_empty, "a role is nobody in person"
    left = page(company, "handover", attrs.evolve(ANNA, left_on=dt.date(2026, 2, 27)))
    assert "First day no longer here: Friday 27 February 2026" in left.markdown()


def test_what_waits_for_somebody_beside_their_charges_is_listed(company):
    company.begin("plan", "propose_plan", case="P", period_start=dt.date(2026, 3, 1), period_end=dt.date(2026, 3, 31))
    assert "| P | Sales plan | Proposed |" in section(page(company, "handover", ANNA), "What waits for them beside")


# -- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_holds_against_somebody_what_they_had_acknowledged_with_the_hash_that_proves_it(company):
    case = company.ruled().late()
    charged = section(page(company, "file", FINN), "What they answer for")
    assert f"| {case} | breached |" in charged
    assert f"hash of the last event {company.engine.evidence(case).head}" in charged
    assert "- R24, version 1.0: Answer within half an hour." in page(company, "file", FINN).markdown()
    assert "- R24, редакция 1.0: Отвечай за полчаса." in page(company, "file", FINN, "ru").markdown()


def test_the_file_says_nothing_of_which_breaches_are_not_held_against_them():
    company = Company(start=moscow(9), staff=STAFF, duties__acknowledge_first=False).ruled(sign=False)
    case = company.late()
    shown = page(company, "file", FINN)
    assert "Nothing." in section(shown, "What they answer for")
    assert "they had not acknowledged it before (R84)" in section(shown, "What is not held against them")
    assert case not in shown.markdown()
    assert "R43" not in section(shown, "What fell due")


def test_a_corrected_record_is_not_held_against_them(company):
    case = company.ruled().late()
    company.take(case, "send_answer", by=FINN)
    (late,) = [one for one in company.engine.obligations(case=case) if one.norm == ANSWER.id]
    company.engine.correct_record(late, happened_at=moscow(17, "10:20", month=3), reason="by phone", by=BOSS)
    assert [
        [why.code for why in whys] for owed, whys in record(company, "finn").excuses.items() if ANSWER.id in owed
    ] == [["corrected_since"]]


def test_what_is_disputed_is_held_against_nobody_until_the_answer_and_what_is_waived_never():
    firm = Firm()
    firm.at(2).deal()
    firm.at(10).begin("inquiry", "receive_inquiry", case="Q", received_at=moscow(10))
    firm.take("Q", "escalate_unclear_ownership")
    firm.take("Q", "resolve_ownership", assignee="anna")
    firm.at(11, "15:00").take("Q", "send_holding_reply", "send_answer", by=ANNA)
    statement = firm.at(2, month=3).opened()
    firm.reckoned(statement)
    [late] = [one for one in record(firm, "anna").obligations if one.norm == "inquiry.first_response"]

    def excuses() -> list[str]:
        return [one.code for one in record(firm, "anna").excuses[late.id]]

    assert excuses() == []
    firm.take(statement, "dispute_statement", duties=(late.id,), reason="the line was dead")
    assert excuses() == ["disputed"]
    assert [one.code for one in firm.engine.evidence("Q").excuses[late.id]] == ["disputed"]
    firm.take(statement, "answer_dispute", answer="it was not")
    assert excuses() == []
    firm.take(statement, "dispute_statement", duties=(late.id,))
    firm.take(statement, "answer_dispute", waived=(late.id,))
    assert excuses() == ["waived"]
    said = section(page(firm, "file", ANNA), "Disputes")
    assert "| the line was dead | it was not | roman |" in said
    assert "это снято при возражении" in page(firm, "file", ANNA, "ru").markdown()


def test_a_finding_of_an_audit_stands_in_the_file_once_it_is_reported_with_the_objection(company):
    company.begin("audit", "plan_audit", case="A", begin_by=moscow(12))
    company.take("A", "begin_audit")
    company.take("A", "record_finding", due=moscow(24))
    company.take("A", "object_to_finding")
    assert section(page(company, "file", ANNA), "Findings of audits") == ""
    company.take("A", "report_audit")
    for kind in ("file", "control"):
        found = section(page(company, kind, ANNA), "Findings of audits")
        assert "| A | Record the result of every call | R60 | 2026-02-24 10:00:00 | — | I was ill that week |" in found
    (task,) = (one.id for one in company.engine.cases("assignment"))
    company.take(task, "report_done")
    company.take(task, "verify_assignment", by="finn")
    company.take("A", "record_verdict")
    assert "| устранено |" in page(company, "file", ANNA, "ru").markdown()


# -- as a page --------------------------------------------------------------------------------------------------------


def test_a_name_that_would_be_a_tag_or_a_table_is_text(company):
    company.begin("assignment", "give_assignment", case="<i>T</i>", due=moscow(20), what="x")
    hostile = attrs.evolve(ANNA, full_name="<script>alert(1)</script> | a", position="[x](http://evil.example)")
    for kind in ("control", "handover", "file"):
        shown = page(company, kind, hostile)
        html = person_html(shown)
        assert "<script>alert" not in html
        assert "<i>T</i>" not in html
        assert "<script>alert" not in shown.markdown()
        assert not re.search(r"https?://(?!www\.w3\.org|evil\.example)", html)


def test_a_rulebook_without_these_processes_has_pages_too():
    bare = Rulebook("bare", roles=COMMERCIAL.roles)
    assert processes_beside(bare) == ()
    desk = Desk()
    with pytest.raises(UnknownAttribute, match="there are control, handover, file"):
        page(desk, "all", ANNA)
    with pytest.raises(UnknownProcess):
        desk.engine.person_record("anna", processes=("nothing",))
    found = desk.engine.person_record("anna")
    assert isinstance(
        person_page("control", bare, desk.engine.regulation, found, bare.texts.locale("en")), ControlSheet
    )


def test_the_command_prints_each_page_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    db = tmp_path / "firm.db"
    company = Company(f"sqlite:///{db}", start=moscow(9), staff=STAFF)
    case = company.ruled().late()
    company.engine.close()

    def printed(*words: str, code: int = 0) -> str:
        assert main(["person", "show", "--db", str(db), *words]) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    assert "# File: finn" in printed("finn", "--page", "file")
    assert f"| {case} | breached |" in printed("finn", "--since", "2026-03-17", "--until", "2026-03-17")
    assert case not in section_of(printed("finn", "--until", "2026-03-16"), "What was late or broken")
    html = printed("finn", "--page", "handover", "--format", "html", "--lang", "ru")
    assert "<h2>Подписи</h2>" in html
    plain = json.loads(printed("finn", "--json"))
    assert [one["chargeable"] for owed, one in plain["answers"].items() if ANSWER.id in owed] == [True]
    named = printed("finn", "--directory", f"{__name__}:STAFF_DIRECTORY")
    assert "# Control sheet: Finn (finn)" in named
    for words, said in (
        (["nobody"], "nothing is on record of 'nobody'"),
        (["finn", "--since", "2026-03-18", "--until", "2026-03-16"], "before it begins"),
        (["finn", "--since", "yesterday"], "--since"),
        (["finn", "--until", "9999-12-31"], "a day of the years 1900 to 2200, not of 9999"),
        (["finn", "--since", "0001-01-01"], "a day of the years 1900 to 2200, not of 1"),
        (["finance"], "nothing is on record of 'finance'"),
        (["finn", "--page", "all"], "--page"),
    ):
        error = printed(*words, code=2)
        assert said in error
        assert len(error.splitlines()) == 1


def section_of(text: str, name: str) -> str:
    return "".join(re.findall(rf"(?ms)^## {re.escape(name)}.*?(?=^## |\Z)", text))
