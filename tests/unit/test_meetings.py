"""Meeting entities refuse what cannot be: a summary without a decision, an extension to an earlier instant."""

import datetime as dt

import attrs
import pytest

from salesreg.commercial.domain.meetings import (
    AgendaItem,
    Assignment,
    Basis,
    BasisKind,
    Decision,
    Extension,
    ItemState,
    Meeting,
    MeetingKind,
)
from salesreg.errors import DomainError

AT = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(minutes=10)
MEETING = Meeting(MeetingKind.TEAM, AT, AT, 60, "head_of_sales", items=(AgendaItem("Plan"), AgendaItem("Leads")))
TASK = Assignment("Call", AT, "anna", "roman")


@pytest.mark.parametrize(
    ("build", "code", "says"),
    [
        (lambda: Basis(BasisKind.TEAM_PLAN, " "), "basis_without_ref", "is a reference"),
        (lambda: Decision(" ", AT, ("anna",)), "decision_without_task", "what is to be done"),
        (lambda: Decision("Call", AT, ()), "decision_without_people", "for 'Call': name at least one person"),
        (lambda: AgendaItem(""), "agenda_item_untitled", "put it into words"),
        (lambda: AgendaItem("Plan", timebox=0), "agenda_item_no_time", "a timebox of 0 minutes"),
        (lambda: AgendaItem("Plan", ItemState.SUMMARISED), "agenda_item_undecided", "'Plan' ends with a decision"),
        (lambda: attrs.evolve(MEETING, minutes=0), "meeting_no_time", "give at least one"),
        (lambda: attrs.evolve(MEETING, start_by=AT - dt.timedelta(1)), "meeting_late_early", "cannot be late before"),
        (lambda: MEETING.topic, "meeting_no_topic", "open one first"),
        (lambda: attrs.evolve(MEETING, items=()).deferring("time", AT), "meeting_nothing_open", "put off already"),
        (lambda: Extension(LATER, AT, "why", AT), "extension_not_later", "ends later than the time it"),
        (lambda: TASK.extended(AT, "why", AT), "extension_not_later", "ends later than the time it replaces"),
        (lambda: Assignment(" ", AT, "anna", "head"), "assignment_without_task", "what is to be done"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_teaches(build, code, says):
    with pytest.raises(DomainError, match=says) as wrong:
        build()
    assert wrong.value.code == code


def test_lateness_counts_from_the_scheduled_instant_and_is_never_negative():
    assert MEETING.lateness == dt.timedelta(0)
    assert attrs.evolve(MEETING, started_at=AT - dt.timedelta(minutes=1)).lateness == dt.timedelta(0)
    late = attrs.evolve(MEETING, started_at=LATER)
    assert (late.lateness, late.was_late, late.ends_by) == (LATER - AT, True, LATER + dt.timedelta(minutes=60))


def test_a_question_without_a_timebox_does_not_overrun():
    assert AgendaItem("Plan", began_at=AT, ended_at=LATER).overrun == dt.timedelta(0)
    assert AgendaItem("Plan", timebox=4, began_at=AT, ended_at=LATER).overrun == dt.timedelta(minutes=6)


def test_the_question_under_discussion_is_put_off_before_one_that_waits():
    talking = MEETING.discussing(1, AT)
    assert talking.topic.title == "Leads"
    assert [item.state for item in talking.deferring("no figures", LATER).items] == ["open", "deferred"]
    assert [item.state for item in MEETING.deferring("time", LATER).items] == ["deferred", "open"]


def test_a_question_that_is_taken_up_again_is_no_longer_put_off():
    again = MEETING.deferring("no figures", AT).discussing(0, LATER)
    assert (again.topic.deferred, again.topic.began_at) == ("", LATER)


def test_nobody_is_responsible_twice_for_one_decision():
    assert Decision("Call", AT, ("anna", "boris", "anna")).responsible == ("anna", "boris")


def test_an_assignment_remembers_every_extension():
    longer = TASK.extended(LATER, "client away", AT)
    assert (longer.due, longer.extensions) == (LATER, (Extension(AT, LATER, "client away", AT),))
