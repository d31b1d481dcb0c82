"""Cold calls, as the regulation reads: every contact is called, every call has a result, every need becomes a lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.calls import (
    BaseSource,
    CallScript,
    CampaignContact,
    ContactBase,
    Disposition,
    ScriptStep,
)
from salesreg.domain.clients import ClientDraft, Contact
from salesreg.domain.contracts import Channel
from salesreg.domain.money import Money
from salesreg.domain.people import Delegation, Employee, Role
from salesreg.domain.prices import QuoteLine
from salesreg.engine import ProcessEngine
from salesreg.errors import PayloadError, StepRefused
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.call_contact import CallContact
from salesreg.regulations import example
from salesreg.testing import ManualClock, RecordingNotifier

MOSCOW = dt.timezone(dt.timedelta(hours=3))
OLEG = Employee("oleg", "Oleg", [Role.COLD_CALLER], email="oleg@example.com")
NINA = Employee("nina", "Nina", [Role.COLD_CALLER])
ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], email="anna@example.com")
SVETA = Employee("sveta", "Sveta", [Role.SALES_MANAGER])
HEAD = Employee("head", "Gleb", [Role.HEAD_OF_SALES])
PETR = Employee("petr", "Petr", [Role.COMMERCIAL_SPECIALIST])
BOSS = Employee("boss", "Irina", [Role.HEAD_OF_COMMERCIAL])
IGOR = Employee("igor", "Igor", [Role.IT_STAFF])
FINN = Employee("finn", "Finn", [Role.FINANCE])
CEO = Employee("ceo", "Ceo", [Role.CEO])
PEOPLE = (OLEG, NINA, ANNA, SVETA, HEAD, PETR, BOSS, IGOR, FINN, CEO)

SCRIPT = CallScript(
    "audit", "3", (ScriptStep("hello", "Good day"), ScriptStep("need", "Who audits you?")), published=True
)
IVAN = CampaignContact("ivan", ClientDraft("OOO Romashka"), Contact("Ivan", phone="+7 495 111-11-11"))
KNOWN = ClientDraft("PAO Sberbank", inn="7707083893", kpp="773601001")
OLGA = CampaignContact("olga", ClientDraft("OOO Vasilyok"), Contact("Olga", phone="+7 495 222-22-22"))


def moscow(day: int, clock: str = "10:00", month: int = 3) -> dt.datetime:
    """An instant of 2026; 2 March is a Monday, and 9 March is off."""
    return dt.datetime.combine(dt.date(2026, month, day), dt.time.fromisoformat(clock), MOSCOW)


class Calls:
    """A running campaign with two contacts, and the steps of a call."""

    def __init__(self, url: str, *contacts: CampaignContact, **settings: object) -> None:
        self.clock = ManualClock(moscow(2))
        self.notifier = RecordingNotifier()
        self.engine: ProcessEngine = open_engine(
            url,
            regulation=example().with_settings(settings),
            directory=MemoryDirectory(PEOPLE, [Delegation("oleg", "nina", dt.date(2026, 3, 12), dt.date(2026, 3, 13))]),
            clock=self.clock,
            notifier=self.notifier,
        )
        self.campaign = self.begin(*(contacts or (IVAN, OLGA)))
        self.contact = self.contacts[0].id

    def begin(self, *contacts: CampaignContact) -> str:
        campaign = self.engine.start(
            "call_campaign",
            by="head",
            name="Spring",
            base=ContactBase(BaseSource.PURCHASED, tuple(contacts)),
            script=SCRIPT,
            system_of_record="skorozvon",
            proposal_template="cp-1",
        )
        for step in ("issue_campaign", "start_campaign"):
            self.engine.perform(campaign.id, step, by="head")
        return campaign.id

    @property
    def contacts(self) -> tuple[Case[Any], ...]:
        return self.engine.cases(process="call_contact", parent=self.campaign)

    @property
    def case(self) -> Case[Any]:
        return self.engine.case(self.contact)

    def at(self, day: int, clock: str = "10:00", month: int = 3) -> Calls:
        self.clock.move_to(moscow(day, clock, month))
        return self

    def do(self, *steps: str, by: str = "oleg", **payload: object) -> Calls:
        usual: dict[str, dict[str, object]] = {
            "place_call": {"system": "skorozvon", "record_ref": "rec-1"},
            "record_script_step": {"script_step": "hello"},
            "identify_need": {"need": "an audit"},
            "send_proposal": {"proposal_ref": "cp-1/7", "channel": Channel.EMAIL},
            "record_result": {"disposition": Disposition.NO_NEED},
        }
        for step in steps:
            self.engine.perform(self.contact, step, by=by, **{**usual.get(step, {}), **payload})
        return self

    def need(self) -> Calls:
        self.do("claim_contact", "place_call", "record_script_step", "identify_need", "send_proposal", "end_call")
        return self.do("record_result", disposition=Disposition.NEED_IDENTIFIED)

    def refused(self, step: str, by: str = "oleg", **payload: object) -> dict[str, str | None]:
        before = self.case
        with pytest.raises(StepRefused) as no:
            self.do(step, by=by, **payload)
        assert self.case == before
        assert all(refusal.ru and refusal.message for refusal in no.value.refusals)
        return {refusal.code: refusal.clause for refusal in no.value.refusals}

    def obligation(self, norm: str) -> Any:
        return next(one for one in self.engine.obligations(case=self.contact) if one.norm == norm)


@pytest.fixture(params=["memory:", "sqlite"])
def calls(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Calls]:
    url = request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/calls.db"
    here = Calls(url)
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


CALL = ("claim_contact", "place_call", "end_call")


def test_the_page_has_no_findings():
    assert CallContact.check() == ()


def test_every_contact_of_an_issued_base_waits_for_a_caller(calls):
    assert [case.stage for case in calls.contacts] == ["queued", "queued"]
    assert [case.data.contact for case in calls.contacts] == [IVAN, OLGA]
    assert {case.data.holder.role for case in calls.contacts} == {Role.COLD_CALLER}


def test_two_people_cannot_claim_one_contact(calls):
    calls.do("claim_contact")
    assert calls.refused("claim_contact", by="nina") == {"wrong_stage": "R57"}
    assert calls.case.data.caller == "oleg"


def test_a_claim_that_is_not_used_lapses(calls):
    calls.do("claim_contact").at(2, "10:30")
    assert calls.engine.tick().fired == [(calls.contact, "claim_lapses")]
    assert (calls.case.stage, calls.case.data.caller) == ("queued", None)
    calls.do("claim_contact", by="nina")


def test_a_claim_that_is_used_does_not_lapse(calls):
    calls.do("claim_contact", "place_call").at(2, "15:00")
    assert calls.engine.tick().fired == []
    assert calls.case.stage == "in_call"


def test_a_caller_puts_a_contact_back(calls):
    calls.do("claim_contact", "release_contact")
    assert calls.case.stage == "queued"


def test_only_whoever_claimed_a_contact_calls_it(calls):
    calls.do("claim_contact")
    assert calls.refused("place_call", by="nina") == {"not_assigned": "R57"}
    assert calls.refused("place_call", by="anna") == {"wrong_role": "R57"}


def test_a_deputy_calls_for_the_absent_caller(calls):
    calls.do("claim_contact").at(12).do("place_call", by="nina")
    assert calls.case.data.call.by == "oleg"


@pytest.mark.parametrize(("day", "clock"), [(3, "09:59"), (3, "17:00"), (9, "12:00"), (7, "12:00")])
def test_clients_are_called_on_working_days_within_the_calling_window(calls, day, clock):
    calls.at(day, clock).do("claim_contact")
    assert calls.refused("place_call") == {"outside_window": "R62"}


def test_calls_are_made_in_the_campaign_s_system_only(calls):
    calls.do("claim_contact")
    assert calls.refused("place_call", system="excel", record_ref=" ") == {"no_record": "R46", "other_system": "R55"}


def test_no_call_while_the_campaign_rests(calls):
    calls.do("claim_contact")
    calls.engine.perform(calls.campaign, "pause_campaign", by="head", reason="new script")
    assert calls.refused("place_call") == {"campaign_not_running": "R57"}
    calls.do("release_contact")
    assert calls.refused("claim_contact") == {"campaign_not_running": "R57"}
    calls.engine.perform(calls.campaign, "resume_campaign", by="head")
    calls.do("claim_contact", "place_call")


def test_a_script_step_is_one_of_the_script(calls):
    calls.do("claim_contact", "place_call")
    assert calls.refused("record_script_step", script_step="bye") == {"no_such_step": "R58"}


def test_a_need_comes_to_light_with_the_script(calls):
    calls.do("claim_contact", "place_call")
    assert calls.refused("identify_need", need=" ") == {"no_need": "R58", "script_not_used": "R58"}
    calls.do("record_script_step", "identify_need")
    assert calls.case.data.call.need.script_step == "hello"


def test_a_proposal_answers_a_need(calls):
    calls.do("claim_contact", "place_call")
    assert calls.refused("send_proposal") == {"no_need": "R59"}
    calls.do("record_script_step", "identify_need")
    assert calls.refused("send_proposal", proposal_ref="") == {"no_proposal": "R59"}


def test_a_need_without_a_proposal_is_no_result(calls):
    calls.do("claim_contact", "place_call", "end_call")
    assert calls.refused("record_result", disposition=Disposition.NEED_IDENTIFIED) == {
        "no_need": "R58",
        "no_proposal": "R59",
    }


def test_a_call_with_a_need_on_record_does_not_end_without_one(calls):
    calls.do("claim_contact", "place_call", "record_script_step", "identify_need", "end_call")
    assert calls.refused("record_result", disposition=Disposition.NO_NEED) == {"need_on_record": "R58"}
    calls.do("record_result", disposition=Disposition.NOT_NOW)


def test_the_proposal_may_follow_the_call(calls):
    calls.do("claim_contact", "place_call", "record_script_step", "identify_need", "end_call", "send_proposal")
    assert calls.obligation("call_contact.proposal").status is ObligationStatus.MET
    calls.do("record_result", disposition=Disposition.NEED_IDENTIFIED)
    assert calls.case.stage == "lead_offered"


def test_a_result_names_a_known_disposition(calls):
    calls.do(*CALL)
    with pytest.raises(PayloadError, match="disposition"):
        calls.do("record_result", disposition="maybe")


def test_a_result_is_due_by_the_close_of_the_day_of_the_call(calls):
    calls.do("claim_contact", "place_call")
    one = calls.obligation("call_contact.result")
    assert (one.due, one.person) == (moscow(2, "18:00"), "oleg")
    calls.at(3).do("end_call", "record_result")
    assert calls.obligation("call_contact.result").status is ObligationStatus.MET_LATE


def test_every_call_has_exactly_one_result_before_the_next_begins(calls):
    calls.do(*CALL)
    assert calls.refused("place_call") == {"wrong_stage": "R57"}
    calls.do("record_result")
    assert calls.refused("record_result") == {"wrong_stage": "R60"}
    assert len(calls.case.data.results) == 1


def test_a_call_without_a_result_counts_nowhere(calls):
    calls.do(*CALL)
    assert calls.case.data.results == ()
    assert len(calls.case.data.attempts) == 1


def test_a_result_releases_the_caller_at_that_instant(calls):
    calls.do(*CALL).at(2, "11:00").do("record_result")
    custody = calls.case.data.custody
    assert (custody[-1].since, custody[-1].role, custody[-1].person) == (moscow(2, "11:00"), Role.HEAD_OF_SALES, None)
    assert calls.engine.obligations(case=calls.contact, owner="oleg", status="open") == ()


def test_a_need_hands_a_lead_to_the_sales_managers(calls):
    calls.at(2, "11:00").need()
    task = calls.case.data
    assert calls.case.stage == "lead_offered"
    assert (task.holder.role, task.holder.person, task.caller) == (Role.SALES_MANAGER, None, None)
    one = calls.obligation("call_contact.first_touch")
    assert (one.role, one.person, one.due) == (Role.SALES_MANAGER, None, moscow(3, "18:00"))
    calls.engine.tick()
    assert ("anna", "record_result") in {(m.to, m.template) for m in calls.notifier.delivered}


def test_an_accepted_lead_starts_a_sale_with_its_origin(calls):
    calls.need().do("accept_lead", by="anna")
    (sale,) = calls.engine.cases(process="sale")
    assert (sale.stage, sale.data.owner, sale.data.source) == ("prospecting", "anna", "Spring")
    assert sale.data.lead == calls.case.data.lead.id
    assert sale.data.client.contacts == (IVAN.person,)
    one = calls.obligation("call_contact.first_touch")
    assert (one.role, one.person) == (None, "anna")


def test_a_client_who_is_known_with_the_person_called_keeps_them_once():
    known = CampaignContact("ivan", ClientDraft("OOO Romashka", contacts=(IVAN.person,)), IVAN.person)
    calls = Calls("memory:", known).need().do("accept_lead", by="anna")
    (sale,) = calls.engine.cases(process="sale")
    assert sale.data.client.contacts == (IVAN.person,)


def test_a_sale_without_a_lead_touches_nobody(calls):
    sale = calls.engine.start("sale", by="anna", source="exhibition", client=ClientDraft("OOO Iris"))
    lines = (QuoteLine("audit", Money(1000)),)
    calls.engine.perform(
        sale.id, "start_price_negotiation", by="anna", contact_ref="c", base_version="2026-1", lines=lines
    )
    assert {case.stage for case in calls.contacts} == {"queued"}


def test_an_accepted_lead_is_not_accepted_again(calls):
    calls.need().do("accept_lead", by="anna")
    assert calls.refused("accept_lead", by="sveta") == {"wrong_stage": "R53"}
    assert len(calls.engine.cases(process="sale")) == 1


def test_a_caller_cannot_accept_a_lead(calls):
    calls.need()
    assert calls.refused("accept_lead") == {"wrong_role": "R53"}


def test_talking_prices_is_the_first_touch_of_a_lead(calls):
    calls.need().do("accept_lead", by="anna").at(3)
    (sale,) = calls.engine.cases(process="sale")
    calls.engine.perform(
        sale.id,
        "start_price_negotiation",
        by="anna",
        contact_ref="call-9",
        base_version="2026-1",
        lines=(QuoteLine("audit", Money(1000)),),
    )
    assert calls.case.stage == "lead_touched"
    assert calls.obligation("call_contact.first_touch").status is ObligationStatus.MET


def test_a_manager_records_a_first_touch_of_their_own_lead_only(calls):
    calls.need().do("accept_lead", by="anna")
    assert calls.refused("touch_lead", by="sveta", contact_ref="x") == {"wrong_role": "R61"}
    assert calls.refused("touch_lead", by="anna", contact_ref=" ") == {"no_contact": "R61"}
    calls.do("touch_lead", by="anna", contact_ref="letter 5")
    assert calls.case.data.lead.touched_at == moscow(2)


def test_a_lead_nobody_touches_is_breached(calls):
    calls.need().at(4)
    assert calls.obligation("call_contact.first_touch").status is ObligationStatus.BREACHED


def test_a_lead_is_returned_with_a_reason(calls):
    calls.need()
    assert calls.refused("return_lead", by="anna", reason=" ") == {"no_reason": "R67"}
    calls.do("return_lead", by="anna", reason="a competitor")
    assert (calls.case.stage, calls.case.data.lead.returned) == ("result_recorded", "a competitor")
    assert calls.obligation("call_contact.first_touch").status is ObligationStatus.CANCELLED


def test_a_lead_whose_client_refuses_comes_back(calls):
    calls.need().do("accept_lead", by="anna")
    (sale,) = calls.engine.cases(process="sale")
    calls.engine.perform(sale.id, "record_client_refusal", by="anna", reason="too dear")
    assert (calls.case.stage, calls.case.data.lead.returned) == ("result_recorded", "too dear")


def test_a_lead_whose_contract_is_refused_for_good_comes_back():
    calls = Calls("memory:", CampaignContact("ivan", KNOWN, IVAN.person), **{"sale.questionnaire_keys": ""})
    calls.need().do("accept_lead", by="anna")
    [sale] = calls.engine.cases(process="sale")
    lines = [QuoteLine("CERT", Money("120000"))]
    usual = [
        ("start_price_negotiation", "anna", {"contact_ref": "c", "base_version": "1", "lines": lines}),
        ("complete_questionnaire", "anna", {"meeting": "m", "answers": {}}),
        ("confirm_client_readiness", "anna", {"evidence": "e"}),
        ("submit_for_approval", "anna", {}),
        ("approve_quote", "boss", {}),
        ("open_deal", "igor", {"number": "D-1", "existing": None}),
        ("assign_specialist", "boss", {"specialist": "petr", "contact_email": "a@example.com"}),
        ("draft_contract", "finn", {"number": "C-1", "template_version": "t"}),
        ("refuse_contract", "ceo", {"reason": "the terms", "outcome": "rework"}),
    ]
    for step, by, payload in usual:
        calls.engine.perform(sale.id, step, by=by, **payload)
    assert calls.case.stage == "lead_touched"
    calls.engine.perform(sale.id, "draft_contract", by="finn", number="C-2", template_version="t")
    calls.engine.perform(sale.id, "refuse_contract", by="ceo", reason="the client", outcome="cancel")
    assert (calls.case.stage, calls.case.data.lead.returned) == ("result_recorded", "the client")


def test_read_literally_a_result_ends_the_matter(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.NO_ANSWER)
    assert calls.refused("schedule_retry", next_at=moscow(3)) == {"no_retry_left": "R57"}


def test_where_the_regulation_allows_it_who_was_not_reached_is_called_again():
    calls = Calls("memory:", **{"call_contact.retries": 1})
    calls.do(*CALL).do("record_result", disposition=Disposition.BUSY)
    assert calls.refused("schedule_retry", next_at=moscow(2, "09:00")) == {"in_the_past": "R57"}
    calls.do("schedule_retry", next_at=moscow(3, "11:00"))
    assert calls.case.data.holder.person is None
    calls.at(3, "11:00")
    assert calls.engine.tick().fired == [(calls.contact, "retry_comes")]
    calls.do(*CALL).do("record_result", disposition=Disposition.BUSY)
    assert calls.refused("schedule_retry", next_at=moscow(4)) == {"no_retry_left": "R57"}


def test_who_was_reached_is_not_called_again():
    calls = Calls("memory:", **{"call_contact.retries": 3})
    calls.do(*CALL).do("record_result", disposition=Disposition.NO_NEED)
    assert calls.refused("schedule_retry", next_at=moscow(3)) == {"no_retry_left": "R57"}


def test_who_asked_not_to_be_called_is_never_called_again(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    assert calls.case.stage == "do_not_call"
    calls.at(2, "10:00", month=9)
    for step, payload in (
        ("recycle_contact", {}),
        ("claim_contact", {}),
        ("schedule_retry", {"next_at": moscow(1, month=10)}),
    ):
        with pytest.raises(StepRefused):
            calls.do(step, by="head", **payload)


def test_who_asked_not_to_be_called_is_left_in_peace_by_the_next_campaign(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    same = CampaignContact("i", ClientDraft("OOO Romashka"), Contact("Ivan P.", phone="74951111111"))
    calls.campaign = calls.begin(same, OLGA)
    assert [case.stage for case in calls.contacts] == ["excluded", "queued"]


def test_who_asked_not_to_be_called_is_not_called_from_another_campaign_that_runs(calls):
    second = calls.begin(IVAN)
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    [calls.contact] = [one.id for one in calls.engine.cases(process="call_contact", parent=second)]
    calls.do("claim_contact")
    assert (calls.case.stage, calls.case.data.exclusion) == ("excluded", "asked not to be called")


def test_a_contact_that_came_to_nothing_is_brought_back_after_a_rest(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.NOT_NOW)
    assert calls.refused("recycle_contact", by="head") == {"too_early": "R67"}
    calls.at(2, month=6).do("recycle_contact", by="head")
    assert calls.case.stage == "queued"
    calls.at(2, "12:00", month=6).do(*CALL).do("record_result")
    assert len(calls.case.data.results) == 2


@pytest.mark.parametrize("disposition", [Disposition.WRONG_NUMBER, Disposition.DUPLICATE])
def test_a_contact_that_is_none_is_not_brought_back(calls, disposition):
    calls.do(*CALL).do("record_result", disposition=disposition).at(1, month=8)
    assert calls.refused("recycle_contact", by="head") == {"never_again": "R67"}


def test_the_head_excludes_a_contact_with_a_reason(calls):
    assert calls.refused("exclude_contact", by="head", reason="") == {"no_reason": "R57"}
    assert calls.refused("exclude_contact", reason="dull") == {"wrong_role": "R57"}
    calls.do("exclude_contact", by="head", reason="our own staff")
    assert calls.case.stage == "excluded"


def test_a_call_without_a_result_is_not_excluded_away(calls):
    calls.do("claim_contact", "place_call")
    assert calls.refused("exclude_contact", by="head", reason="tidy up") == {"wrong_stage": "R57"}


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "claim_contact",
                "release_contact",
                "place_call",
                "record_script_step",
                "identify_need",
                "send_proposal",
                "end_call",
                "record_result",
                "accept_lead",
                "return_lead",
                "touch_lead",
                "exclude_contact",
                "recycle_contact",
                "schedule_retry",
            ]
        ),
        st.sampled_from(["oleg", "nina", "anna", "head"]),
        st.sampled_from(Disposition),
        st.sampled_from([0, 1, 90, 3000]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MOVES)
def test_at_every_instant_exactly_one_person_or_queue_is_responsible(moves):
    calls = Calls("memory:", **{"call_contact.retries": 2, "call_contact.claim_ttl": "30 business days"})
    began = calls.clock.now()
    for step, who, disposition, minutes in moves:
        calls.clock.advance(dt.timedelta(minutes=minutes))
        payload: dict[str, Any] = {
            "record_result": {"disposition": disposition},
            "return_lead": {"reason": "none"},
            "touch_lead": {"contact_ref": "x"},
            "exclude_contact": {"reason": "none"},
            "schedule_retry": {"next_at": calls.clock.now() + dt.timedelta(hours=1)},
        }.get(step, {})
        try:
            calls.do(step, by=who, **payload)
        except StepRefused:
            continue
        task = calls.case.data
        assert task.owner_at(began) is not None
        assert [one.since for one in task.custody] == sorted(one.since for one in task.custody)
        assert all(attempt.result for attempt in task.attempts[:-1])
        waits = {"in_call", "result_pending"}
        assert len(task.results) == len(task.attempts) - (calls.case.stage in waits)
        if task.do_not_call:
            assert calls.case.stage == "do_not_call"
    assert calls.engine.verify() == ()
