"""No verdict improves: what is breached stays so when the case is passed on, put off, paused or told late."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from salesreg.calendars import Term
from salesreg.errors import StepRefused
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import Desk, moscow


def entries(desk: Desk, case: str, norm: str) -> list[tuple[str, str | None, dt.datetime | None]]:
    """Status, person and due instant of everything owed under a norm, in the order it began."""
    found = [one for one in desk.engine.obligations(case=case) if one.norm == norm]
    found.sort(key=lambda one: (one.started_at, one.closed_at is None))
    return [(str(one.status), one.person, one.due) for one in found]


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    here = Desk(request.param if request.param == "memory:" else f"sqlite:///{tmp_path / 'clocks.db'}")
    here.begin("assignment", "give_assignment", case="T", due=moscow(4, "12:30"))
    return here


ON_TIME = "assignment.on_time"


def test_a_breach_stays_with_whoever_owed_it_and_the_newcomer_gets_an_entry_of_their_own(desk: Desk) -> None:
    desk.at(5).refused("T", "reassign_assignment", "overdue", responsible="igor")
    desk.take("T", "reassign_assignment", responsible="igor", due=moscow(6))
    assert entries(desk, "T", ON_TIME) == [("breached", "anna", moscow(4, "12:30")), ("open", "igor", moscow(6))]
    desk.take("T", "report_done", by=desk.directory.employee("igor"))
    assert [status for status, *_ in entries(desk, "T", ON_TIME)] == ["breached", "met"]


def test_what_is_passed_on_in_time_keeps_its_clock(desk: Desk) -> None:
    desk.at(3).take("T", "reassign_assignment", responsible="igor")
    assert entries(desk, "T", ON_TIME) == [("open", "igor", moscow(4, "12:30"))]


def test_an_extension_after_the_due_instant_leaves_the_breach_and_opens_another_entry(desk: Desk) -> None:
    desk.at(5).take("T", "extend_assignment", due=moscow(6))
    assert entries(desk, "T", ON_TIME) == [
        ("breached", "anna", moscow(4, "12:30")),
        ("open", "anna", moscow(6)),
    ]
    desk.take("T", "report_done")
    assert [status for status, *_ in entries(desk, "T", ON_TIME)] == ["breached", "met"]
    assert desk.engine.verify() == ()


def test_an_extension_before_the_due_instant_moves_it_and_counts(desk: Desk) -> None:
    desk.at(3).take("T", "extend_assignment", due=moscow(6))
    desk.take("T", "extend_assignment", due=moscow(7))
    [one] = [one for one in desk.engine.obligations(case="T") if one.norm == ON_TIME]
    assert (one.status, one.due, one.moved) == (ObligationStatus.OPEN, moscow(7), 2)


def test_a_rung_that_comes_due_under_shorter_settings_is_told_at_once_and_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ladder.db'}"
    first = Desk(url)
    first.begin("assignment", "give_assignment", case="T", due=moscow(4, "12:30"))
    first.at(5)
    told = first.engine.tick()
    assert "second_superior" not in {rung for _, rung in told.escalated}
    first.engine.close()
    short = Desk(
        url,
        start=moscow(5, "10:05"),
        escalation__superior_after=Term.parse("1 working hour"),
        escalation__second_superior_after=Term.parse("2 working hours"),
    )
    after = short.engine.tick()
    mine = [rung for one, rung in after.escalated if one.startswith("T:")]
    assert mine == [rung for rung in ("superior", "second_superior") if (f"T:{ON_TIME}:1", rung) not in told.escalated]
    assert mine
    assert not after.breached
    again = short.engine.tick()
    assert (again.escalated, again.breached, again.reminded) == ([], [], [])


def test_a_fact_is_no_older_than_its_case() -> None:
    desk = Desk()
    desk.begin("inquiry", "receive_inquiry", case="Q", received_at=moscow(2, "09:50"))
    desk.begin("assignment", "give_assignment", case="T", due=moscow(4))
    desk.at(3).refused("T", "report_done", "too_early", done_at=moscow(1))


def test_a_correction_by_the_superior_keeps_both_verdicts(desk: Desk) -> None:
    desk.at(6).take("T", "report_done", done_at=moscow(4))
    [late] = [one for one in desk.engine.obligations(case="T") if one.norm == ON_TIME]
    assert (late.status, late.backdated) == (ObligationStatus.MET_LATE, moscow(4))
    with pytest.raises(StepRefused) as refused:
        desk.engine.correct_record(late, happened_at=moscow(4), reason=" ", by="anna")
    assert [one.code for one in refused.value.refusals] == ["blank", "not_superior"]
    assert all(
        english != russian
        for english, russian in zip(refused.value.reasons(), refused.value.reasons("ru"), strict=True)
    )
    for wrong, code in ((moscow(5), "late_all_the_same"), (moscow(1), "too_early")):
        with pytest.raises(StepRefused) as refused:
            desk.engine.correct_record(late, happened_at=wrong, reason="the line was down", by="roman")
        assert [one.code for one in refused.value.refusals] == [code]
    entry = desk.engine.correct_record(late, happened_at=moscow(4), reason="the line was down", by="roman")
    kept = {one.id: one for one in desk.engine.obligations(case="T") if one.norm == ON_TIME}
    assert kept[late.id] == late
    assert (kept[entry.id].status, kept[entry.id].corrects) == (ObligationStatus.MET, late.id)
    with pytest.raises(StepRefused) as refused:
        desk.engine.correct_record(late, happened_at=moscow(4), reason="again", by="roman")
    assert [one.code for one in refused.value.refusals] == ["corrected_before"]
    event = desk.engine.history("T")[-1]
    assert (event.step, event.by, event.payload["reason"]) == ("record_corrected", "roman", "the line was down")
    assert desk.engine.verify() == ()
    desk.take("T", "verify_assignment")
