"""Call entities refuse what cannot be: a call without a record, a second call before the first has its result."""

import datetime as dt

import attrs
import pytest

from salesreg.commercial.domain.calls import (
    CallAttempt,
    CallResult,
    ContactTask,
    Custody,
    Disposition,
    Lead,
    Need,
    Proposal,
)
from salesreg.commercial.domain.campaigns import (
    BaseSource,
    CallCampaign,
    CallScript,
    CallWindow,
    CampaignContact,
    ContactBase,
    ScriptStep,
)
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.roles import COLD_CALLER, MANAGER
from salesreg.errors import DomainError, NaiveDatetimeError

AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=3)))
LATER = AT + dt.timedelta(minutes=5)
IVAN = CampaignContact("ivan", ClientDraft("OOO Romashka"), Contact("Ivan", phone="1"))
CALL = CallAttempt("oleg", AT, "rec-1")
TASK = ContactTask.entered("c-1", IVAN, "n-1", "+74951111111", AT)


def ended(disposition: Disposition) -> CallAttempt:
    return attrs.evolve(CALL, result=CallResult(disposition, "oleg", LATER))


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: ScriptStep(" ", "Hello"), "script_step_incomplete"),
        (lambda: CallScript("", "1", (ScriptStep("a", "b"),)), "script_without_version"),
        (lambda: CallScript("a", "1", ()), "script_keys"),
        (lambda: CallScript("a", "1", (ScriptStep("a", "b"), ScriptStep("a", "c"))), "script_keys"),
        (lambda: CampaignContact("", IVAN.client, IVAN.person), "base_contact_without_key"),
        (lambda: CampaignContact("a", IVAN.client, Contact("Ivan")), "base_contact_without_phone"),
        (lambda: ContactBase(BaseSource.MANUAL, (IVAN, IVAN)), "base_contact_twice"),
        (lambda: CallWindow(dt.time(12), dt.time(12)), "call_window_reversed"),
        (lambda: CallScript("a", "1", (ScriptStep("a", "b"),), checklist=("a", "a")), "checklist_twice"),
        (lambda: attrs.evolve(CALL, ended_at=AT - dt.timedelta(seconds=1)), "call_ended_before"),
        (lambda: attrs.evolve(CALL, seconds=-1), "call_duration"),
        (lambda: attrs.evolve(CALL, seconds=86_401), "call_duration"),
        (lambda: Need(" ", "hello", AT), "need_without_words"),
        (lambda: Proposal("", "email", AT), "proposal_without_reference"),
        (lambda: CallAttempt("oleg", AT, " "), "call_without_record"),
        (lambda: attrs.evolve(CALL, proposal=Proposal("p", "fax", AT)), "proposal_without_need"),
        (lambda: ended(Disposition.NEED_IDENTIFIED), "need_without_proposal"),
        (lambda: attrs.evolve(TASK, attempts=(CALL, CALL)), "call_without_result"),
        (lambda: attrs.evolve(TASK, custody=()), "contact_without_holder"),
        (lambda: CallCampaign("", ContactBase(BaseSource.MANUAL), _script(), "s"), "campaign_without_name"),
        (lambda: CallCampaign("a", ContactBase(BaseSource.MANUAL), _script(), " "), "campaign_without_system"),
        (lambda: TASK.call_with(ended_at=AT), "contact_without_call"),
        (lambda: TASK.lead_with(touched_at=AT), "contact_without_lead"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_that_teaches(build, code):
    with pytest.raises(DomainError) as wrong:
        build()
    assert wrong.value.code == code
    assert "{" not in str(wrong.value)


def _script() -> CallScript:
    return CallScript("a", "1", (ScriptStep("a", "b"),))


def test_instants_have_a_zone_and_are_kept_in_utc():
    assert CALL.at == dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)
    with pytest.raises(NaiveDatetimeError):
        Custody(dt.datetime(2026, 3, 2), COLD_CALLER.id)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("time", ["09:59", "17:00"])
def test_a_calling_window_is_half_open(time):
    window = CallWindow(dt.time(10), dt.time(17))
    assert dt.time(10) in window
    assert dt.time.fromisoformat(time) not in window


def test_who_was_responsible_is_known_for_every_instant_since_the_contact_was_entered():
    task = TASK.handed(LATER, COLD_CALLER, "oleg")
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


def test_a_contact_in_a_caller_s_hands_is_theirs_and_a_lead_in_a_manager_s_is_not_the_caller_s():
    assert TASK.handed(LATER, COLD_CALLER, "oleg").caller == "oleg"
    assert TASK.handed(LATER, MANAGER, "anna").caller is None


def test_what_is_known_of_a_call_is_read_from_the_one_that_has_no_result_yet():
    need = Need("an audit", "hello", AT)
    task = attrs.evolve(TASK, attempts=(attrs.evolve(CALL, steps=("hello",), need=need),))
    assert (task.script_steps, task.need, task.ended_as) == (("hello",), need, None)
    over = task.call_with(result=CallResult(Disposition.NOT_NOW, "oleg", LATER))
    assert (over.script_steps, over.need, over.ended_as) == ((), None, Disposition.NOT_NOW)


def test_what_becomes_of_a_lead_is_recorded_in_it():
    task = attrs.evolve(TASK, lead=Lead("l-1", "Spring", AT))
    assert task.lead_with(returned="a competitor").lead.returned == "a competitor"
