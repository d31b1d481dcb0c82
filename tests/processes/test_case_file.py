"""A case as evidence: on one page, who was late with what, how that was counted, and whether they answer for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from company import ANSWER, ANSWER_ELSEWHERE, Company

from salesreg.cli.app import run
from salesreg.commercial import version_in_force
from salesreg.commercial.rulebook import COMMERCIAL
from salesreg.documents import CaseFile
from salesreg.engine.evidence import Evidence
from salesreg.errors import CaseNotFound
from salesreg.rules import NormText
from salesreg.testing.commercial import BOSS, FINN, STAFF, moscow


@pytest.fixture
def company() -> Company:
    return Company(start=moscow(9), staff=STAFF)


def page(company: Company, case: str, lang: str = "en") -> str:
    return CaseFile(COMMERCIAL, company.engine.evidence(case), COMMERCIAL.texts.locale(lang)).markdown()


def test_whoever_had_acknowledged_the_rule_in_force_answers_for_being_late(company: Company) -> None:
    case = company.ruled().late()
    assert company.reasons(case) == [[]]
    said = page(company, case)
    assert "finn answers for it: a rule, in force then, which they had acknowledged before." in said
    assert "30 working minutes from Tuesday 17 March 2026, 10:00 (MSK)" in said
    assert "| 2026-03-17 10:30:00 | — | breached |" in said


def test_nobody_answers_for_what_they_had_not_acknowledged_or_what_was_in_force_nowhere(company: Company) -> None:
    assert company.reasons(company.late()) == [["no_version_then"]]
    other = Company(start=moscow(9), staff=STAFF, duties__acknowledge_first=False).ruled(sign=False)
    case = other.late()
    assert other.reasons(case) == [["not_acknowledged.then"]]
    assert "сотрудник до этого не был ознакомлен с редакцией (R84)" in page(other, case, "ru")


def test_nobody_answers_for_a_recommendation(company: Company) -> None:
    advice = NormText("inquiry.first_response", "Answer soon.", {"ru": "Отвечай."}, strength="recommendation")
    case = company.ruled(advice, ANSWER_ELSEWHERE).late()
    assert company.reasons(case) == [["not_a_rule"]]


def test_a_corrected_record_is_held_against_nobody_and_both_entries_are_shown(company: Company) -> None:
    case = company.ruled().late()
    company.take(case, "send_answer", by=FINN)
    (late,) = [one for one in company.engine.obligations(case=case) if one.norm == ANSWER.id]
    company.engine.correct_record(late, happened_at=moscow(17, "10:20", month=3), reason="by phone", by=BOSS)
    assert company.reasons(case) == [["corrected_since"]]
    said = page(company, case)
    assert "| met late |" in said
    assert "a record was corrected" in said


def test_the_page_holds_every_event_with_who_and_when_and_no_more_than_the_store_says(company: Company) -> None:
    case = company.ruled().late()
    found = company.engine.evidence(case)
    assert isinstance(found, Evidence)
    assert found.events == company.engine.history(case)
    said = page(company, case)
    assert said.count("\n| 2026-03-") == len(found.events)
    assert found.head in said
    with pytest.raises(CaseNotFound, match="no case 'c0'"):
        company.engine.evidence("c0")


def test_it_can_be_asked_which_text_was_in_force_on_a_day(company: Company) -> None:
    company.ruled()
    assert version_in_force(company.engine, moscow(5, month=3)) is None
    for at in (moscow(17, month=3), None):
        found = version_in_force(company.engine, at)
        assert found is not None
        assert (found.number, found.norms) == ("1.0", (ANSWER,))


def test_the_command_prints_it_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "firm.db"
    company = Company(f"sqlite:///{db}", start=moscow(9), staff=STAFF)
    case = company.ruled().late()
    company.engine.close()

    def printed(*words: str) -> Any:
        assert run(["case", "show", case, "--db", str(db), *words]) == 0
        return capsys.readouterr().out

    assert "finn answers for it" in printed()
    answers = json.loads(printed("--json"))["answers"]
    assert [one["chargeable"] for owed, one in answers.items() if ANSWER.id in owed] == [True]
    html = printed("--format", "html", "--lang", "ru")
    assert not re.search(r"https?://(?!www\.w3\.org)", html)
    assert "Отвечает finn" in html
