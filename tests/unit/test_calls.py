"""Call entities refuse what cannot be: a call without a record, a second call before the first has its result."""

import datetime as dt

import attrs
import pytest

from salesreg.domain.calls import (
    BaseSource,
    CallAttempt,
    CallCampaign,
    CallResult,
    CallScript,
    CallWindow,
    CampaignContact,
    ContactBase,
    ContactTask,
    Custody,
    Disposition,
    Need,
    Proposal,
    ScriptStep,
)
from salesreg.domain.clients import ClientDraft, Contact
from salesreg.domain.contracts import Channel
from salesreg.domain.people import Role
from salesreg.errors import DomainError, NaiveDatetimeError

AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=3)))
LATER = AT + dt.timedelta(minutes=5)
IVAN = CampaignContact("ivan", ClientDraft("OOO Romashka"), Contact("Ivan", phone="1"))
CALL = CallAttempt("oleg", AT, "rec-1")
TASK = ContactTask("c-1", IVAN, custody=(Custody(AT, Role.COLD_CALLER),))


def ended(disposition: Disposition) -> CallAttempt:
    return attrs.evolve(CALL, result=CallResult(disposition, "oleg", LATER))


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: ScriptStep(" ", "Hello"), "a key and a text"),
        (lambda: CallScript("", "1", (ScriptStep("a", "b"),)), "an id and a version"),
        (lambda: CallScript("a", "1", ()), "at least one step"),
        (lambda: CallScript("a", "1", (ScriptStep("a", "b"), ScriptStep("a", "c"))), "each key once"),
        (lambda: CampaignContact("", IVAN.client, IVAN.person), "needs a key"),
        (lambda: CampaignContact("a", IVAN.client, Contact("Ivan")), "give a phone number"),
        (lambda: ContactBase(BaseSource.MANUAL, (IVAN, IVAN)), "more than once"),
        (lambda: CallWindow(dt.time(12), dt.time(12)), "cannot close"),
        (lambda: Need(" ", "hello", AT), "put into words"),
        (lambda: Proposal("", Channel.EMAIL, AT), "has a reference"),
        (lambda: CallAttempt("oleg", AT, " "), "never took place"),
        (lambda: attrs.evolve(CALL, proposal=Proposal("p", Channel.FAX, AT)), "answers a need"),
        (lambda: ended(Disposition.NEED_IDENTIFIED), "has sent a proposal"),
        (lambda: attrs.evolve(TASK, attempts=(CALL, CALL)), "has its result"),
        (lambda: attrs.evolve(TASK, custody=()), "somebody is always responsible"),
        (lambda: CallCampaign("", ContactBase(BaseSource.MANUAL), _script(), "s"), "needs a name"),
        (lambda: CallCampaign("a", ContactBase(BaseSource.MANUAL), _script(), " "), "one system"),
        (lambda: TASK.call_with(ended_at=AT), "place one first"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_teaches(build, says):
    with pytest.raises(DomainError, match=says):
        build()


def _script() -> CallScript:
    return CallScript("a", "1", (ScriptStep("a", "b"),))


def test_instants_have_a_zone_and_are_kept_in_utc():
    assert CALL.at == dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)
    with pytest.raises(NaiveDatetimeError):
        Custody(dt.datetime(2026, 3, 2), Role.COLD_CALLER)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("time", ["09:59", "17:00"])
def test_a_calling_window_is_half_open(time):
    window = CallWindow(dt.time(10), dt.time(17))
    assert dt.time(10) in window
    assert dt.time.fromisoformat(time) not in window


def test_who_was_responsible_is_known_for_every_instant_since_the_contact_was_entered():
    task = TASK.handed(LATER, Role.COLD_CALLER, "oleg")
    assert task.owner_at(AT - dt.timedelta(seconds=1)) is None
    assert task.owner_at(AT).person is None
    assert task.owner_at(LATER).person == "oleg"


@pytest.mark.parametrize(
    ("dispositions", "allowed", "left"),
    [
        ([], 2, 0),
        ([Disposition.NO_ANSWER], 0, 0),
        ([Disposition.NO_ANSWER], 2, 2),
        ([Disposition.NO_ANSWER, Disposition.BUSY], 2, 1),
        ([Disposition.NO_ANSWER, Disposition.BUSY, Disposition.CALLBACK], 2, 0),
        ([Disposition.NO_ANSWER, Disposition.NO_NEED], 2, 0),
    ],
)
def test_retries_are_counted_from_the_first_call_of_the_round(dispositions, allowed, left):
    task = attrs.evolve(TASK, attempts=tuple(ended(one) for one in dispositions))
    assert task.retries_left(allowed) == left


def test_a_wish_not_to_be_called_is_never_cleared():
    task = attrs.evolve(TASK, attempts=(ended(Disposition.DO_NOT_CALL), ended(Disposition.NO_ANSWER)))
    assert task.do_not_call
    assert task.retries_left(5) == 0
