"""The daily request for signed documents, as the regulation reads: once a working day, by every specialist."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesreg.calendars import BusinessCalendar
from salesreg.commercial import COMMERCIAL
from salesreg.commercial.processes.document_package import DocumentPackageProcess
from salesreg.errors import PayloadError
from salesreg.process import ObligationStatus
from salesreg.rules import Delegation
from salesreg.testing.commercial import ANNA, DINA, FINN, IRINA, PETR, Desk, moscow

MONDAY = "document_package:daily:petr:2026-02-02"


@pytest.fixture(params=["memory:", "sqlite"])
def url(request, tmp_path) -> str:
    return request.param if request.param == "memory:" else f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.engine.tick()
    return desk


def days(desk: Desk, specialist: str = "petr") -> list[dt.date]:
    found = [one.data for one in desk.engine.cases("document_package")]
    return [package.date for package in found if package.specialist == specialist]


def test_the_page_is_whole():
    russian = COMMERCIAL.texts.locale("ru")
    assert DocumentPackageProcess.check() == ()
    for kind, declared in (("stage", DocumentPackageProcess.stages), ("step", DocumentPackageProcess.steps)):
        assert all(russian.title(f"document_package.{kind}.{one.id}") != one.title for one in declared.values())
    assert {one.clause for one in DocumentPackageProcess.steps.values() if one.id != "take_over"} == {"R33"}


def test_every_specialist_owes_one_request_a_working_day(desk):
    assert days(desk) == days(desk, "dina") == [dt.date(2026, 2, 2)]
    assert desk.engine.count("document_package") == 2
    owed = desk.owed(MONDAY)["document_package.daily_request"]
    assert (owed.person, owed.clause, owed.started_at, owed.due) == (
        "petr",
        "R33",
        moscow(2, "09:00"),
        moscow(2, "18:00"),
    )


def test_nothing_is_owed_before_the_day_opens():
    desk = Desk().at(2, "08:59")
    desk.engine.tick()
    assert days(desk) == []
    desk.at(2, "09:00").engine.tick()
    assert days(desk) == [dt.date(2026, 2, 2)]


def test_ticking_again_begins_nothing_twice(url):
    desk = Desk(url)
    for _ in range(3):
        desk.engine.tick()
    assert days(desk) == [dt.date(2026, 2, 2)]
    desk.engine.close()


def test_a_week_without_a_tick_is_made_up_for_and_its_days_are_missed(url):
    desk = Desk(url)
    desk.engine.tick()
    report = desk.at(10).engine.tick()
    assert report.failed == []
    # Eight days later: three days of that week, no weekend, Monday and today.
    assert days(desk) == [dt.date(2026, 2, day) for day in (2, 3, 4, 5, 6, 9, 10)]
    assert [one.stage for one in desk.engine.cases("document_package")].count("missed") == 12
    assert desk.stage("document_package:daily:petr:2026-02-10") == "due"
    assert desk.engine.verify() == ()
    desk.engine.close()


def test_the_days_of_somebody_who_has_left_since_are_made_up_for_too():
    leaving = attrs.evolve(PETR, left_on=dt.date(2026, 2, 4))
    desk = Desk(staff=(leaving, IRINA))
    desk.engine.tick()
    assert desk.at(10).engine.tick().failed == []
    assert days(desk) == [dt.date(2026, 2, 2), dt.date(2026, 2, 3)]
    assert desk.stage("document_package:daily:petr:2026-02-03") == "missed"


def test_nothing_is_owed_on_days_off(desk):
    # Monday 23 February is a public holiday.
    desk.at(25).engine.tick()
    assert dt.date(2026, 2, 20) in days(desk)
    assert not {dt.date(2026, 2, day) for day in (21, 22, 23)} & set(days(desk))
    holiday = {"date": dt.date(2026, 2, 23), "opens_at": moscow(24, "09:00")}
    desk.refused_to_begin("document_package", "open_day", "day_off", **holiday)


@given(gaps=st.lists(st.integers(1, 72), min_size=1, max_size=12))
def test_however_the_ticks_fall_there_is_one_request_per_specialist_and_working_day(gaps):
    desk = Desk()
    desk.engine.tick()
    now = moscow(2)
    for hours in gaps:
        now += dt.timedelta(hours=hours)
        desk.clock.move_to(now)
        desk.engine.tick()
    calendar = BusinessCalendar.russia()
    every = (dt.date(2026, 2, 2) + dt.timedelta(days=n) for n in range((now - moscow(2)).days + 2))
    wanted = [day for day in every if calendar.is_working_day(day) and calendar.day(day).intervals[0][0] <= now]
    assert days(desk) == days(desk, "dina") == wanted


def test_a_request_is_a_request_and_meets_the_duty_whatever_finance_has(desk):
    desk.at(2, "17:59").take(MONDAY, "request_signed_package")
    [met] = desk.last(MONDAY).closed
    assert (met.norm, met.status) == ("document_package.daily_request", ObligationStatus.MET)
    assert desk.told(MONDAY) == {"finn"}
    case = desk.take(MONDAY, "report_none_pending")
    assert (case.stage, case.data.documents) == ("none_pending", ())
    assert desk.told(MONDAY) == {"petr"}


def test_finance_hands_over_documents_by_number(desk):
    desk.take(MONDAY, "request_signed_package")
    desk.refused(MONDAY, "hand_over_package", "no_documents", documents=())
    desk.refused(MONDAY, "hand_over_package", "package_numbers", documents=("N-1", "N-1"))
    desk.refused(MONDAY, "hand_over_package", "package_numbers", documents=("N-1", " "))
    case = desk.take(MONDAY, "hand_over_package", documents=("N-1", "N-2"))
    assert (case.stage, case.data.documents, case.data.received_at) == ("received", ("N-1", "N-2"), moscow(2))


def test_only_the_days_own_specialist_asks_and_only_finance_answers(desk):
    desk.refused(MONDAY, "request_signed_package", "not_assigned", by=DINA)
    desk.refused(MONDAY, "request_signed_package", "wrong_role", by=ANNA)
    desk.take(MONDAY, "request_signed_package")
    for step in ("hand_over_package", "report_none_pending"):
        desk.refused(MONDAY, step, "wrong_role", by=PETR)
    desk.refused(MONDAY, "request_signed_package", "wrong_stage")


def test_a_deputy_asks_for_an_absent_specialist():
    desk = Desk(delegations=(Delegation("petr", "anna", dt.date(2026, 2, 2), dt.date(2026, 2, 6)),))
    desk.engine.tick()
    desk.take(MONDAY, "request_signed_package", by=ANNA)
    assert desk.last(MONDAY).on_behalf_of == "petr"


def test_a_day_without_a_request_is_missed_at_its_close_and_the_head_is_told(desk):
    desk.at(2, "18:00").engine.tick()
    assert desk.stage(MONDAY) == "due"
    desk.at(2, "18:01").engine.tick()
    assert desk.stage(MONDAY) == "missed"
    [breached] = desk.last(MONDAY).closed
    assert (breached.status, breached.due) == (ObligationStatus.BREACHED, moscow(2, "18:00"))
    assert desk.told(MONDAY) == {"petr", "irina"}
    desk.refused(MONDAY, "request_signed_package", "wrong_stage")


def test_a_request_after_the_close_is_no_request_of_that_day(desk):
    desk.engine.tick()
    desk.at(3, "09:30")
    [refusal] = desk.refused("document_package:daily:petr:2026-02-02", "request_signed_package", "day_is_over").refusals
    assert refusal.clause == "R33"
    desk.engine.tick()
    assert desk.stage("document_package:daily:petr:2026-02-02") == "missed"
    assert desk.take("document_package:daily:petr:2026-02-03", "request_signed_package").stage == "requested"


def test_a_late_answer_of_finance_is_no_miss_of_the_specialist(desk):
    desk.take(MONDAY, "request_signed_package")
    desk.at(4).engine.tick()
    assert desk.stage(MONDAY) == "requested"
    assert desk.take(MONDAY, "report_none_pending").stage == "none_pending"


def test_on_a_short_day_the_request_is_due_an_hour_earlier():
    # 30 April 2026 comes before a holiday.
    desk = Desk().at(30, "10:00", month=4)
    desk.engine.tick()
    [package] = [one for one in desk.engine.cases("document_package") if one.data.specialist == "petr"]
    assert package.data.closes_at == moscow(30, "17:00", month=4)


def test_the_day_is_opened_by_the_system_for_specialists_once(desk):
    opening = ("document_package", "open_day")
    desk.refused_to_begin(*opening, "wrong_role", by=IRINA)
    desk.refused_to_begin(*opening, "day_is_open")
    wrong = desk.refused_to_begin(*opening, "wrong_assignee", specialist="finn")
    assert wrong.reasons() == ("Finn is no commercial specialist (R33)",)
    with pytest.raises(PayloadError, match="opens_at"):
        desk.begin(*opening, opens_at="soon")
    desk.refused_to_begin(*opening, "not_yet", date=dt.date(2026, 2, 3), opens_at=moscow(3, "09:00"))
    assert FINN.id not in {one.data.specialist for one in desk.engine.cases("document_package")}


@pytest.mark.parametrize("step", ["hand_over_package", "report_none_pending"])
def test_finance_owes_an_answer_to_the_request_in_time(desk, step):
    desk.take(MONDAY, "request_signed_package")
    owed = desk.owed(MONDAY)["document_package.hand_over"]
    assert (owed.role, owed.clause, owed.due) == ("finance", "R33", moscow(3, "18:00"))
    desk.at(4).take(MONDAY, step)
    assert desk.closed(MONDAY)["document_package.hand_over"] is ObligationStatus.MET_LATE
