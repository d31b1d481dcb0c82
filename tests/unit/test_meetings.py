"""Meeting entities refuse what cannot be: a summary without a decision, an extension to an earlier instant."""

import datetime as dt

import attrs
import pytest

from salesreg.domain.meetings import (
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
from salesreg.domain.people import Role
from salesreg.errors import DomainError

AT = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(minutes=10)
MEETING = Meeting(MeetingKind.TEAM, AT, AT, 60, Role.HEAD_OF_SALES, items=(AgendaItem("Plan"),))


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Basis(BasisKind.TEAM_PLAN, " "), "is a reference"),
        (lambda: Decision(" ", AT, ("anna",)), "what is to be done"),
        (lambda: Decision("Call", AT, ()), "at least one person"),
        (lambda: AgendaItem(""), "put it into words"),
        (lambda: AgendaItem("Plan", timebox=0), "at least one minute"),
        (lambda: AgendaItem("Plan", ItemState.SUMMARISED), "ends with a decision"),
        (lambda: attrs.evolve(MEETING, minutes=0), "at least one minute"),
        (lambda: attrs.evolve(MEETING, start_by=AT - dt.timedelta(1)), "cannot be late before"),
        (lambda: MEETING.discussed_with(summary="x"), "open one first"),
        (lambda: Extension(LATER, AT, "why", AT), "to a later instant"),
        (lambda: Assignment(" ", AT, "anna", "head"), "what is to be done"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_teaches(build, says):
    with pytest.raises(DomainError, match=says):
        build()


def test_lateness_counts_from_the_scheduled_instant_and_is_never_negative():
    assert MEETING.lateness == dt.timedelta(0)
    assert attrs.evolve(MEETING, started_at=AT - dt.timedelta(minutes=1)).lateness == dt.timedelta(0)
    late = attrs.evolve(MEETING, started_at=LATER)
    assert (late.lateness, late.was_late, late.ends_by) == (LATER - AT, True, LATER + dt.timedelta(minutes=60))


def test_a_question_without_a_timebox_does_not_overrun():
    assert AgendaItem("Plan", began_at=AT, ended_at=LATER).overrun == dt.timedelta(0)
    assert AgendaItem("Plan", timebox=4, began_at=AT, ended_at=LATER).overrun == dt.timedelta(minutes=6)


def test_nobody_is_responsible_twice_for_one_decision():
    assert Decision("Call", AT, ("anna", "boris", "anna")).responsible == ("anna", "boris")
