"""Cold calls, as the regulation reads: every contact is called, every call has a result, every need becomes a lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.calls import Disposition
from salesreg.commercial.domain.campaigns import BaseSource, CallScript, CampaignContact, ContactBase, ScriptStep
from salesreg.commercial.domain.clients import ClientDraft, ClientKind, Contact
from salesreg.commercial.processes.call_contact import CallContactProcess
from salesreg.commercial.roles import COLD_CALLER, HEAD_OF_SALES, MANAGER
from salesreg.errors import PayloadError, StepRefused
from salesreg.process import Case, ObligationStatus
from salesreg.rules import Delegation, Employee
from salesreg.testing.commercial import ANNA, KIRA, OLEG, ROMAN, STAFF, SVETA, USUAL, Desk
from salesreg.testing.commercial import moscow as moscow_in

KNOWN = ClientDraft("PAO Sberbank", inn="7707083893", kpp="773601001")
BASE: ContactBase = USUAL["call_campaign.draft_campaign"][1]["base"]
IVAN, OLGA = BASE.contacts
AWAY = Delegation("oleg", "kira", dt.date(2026, 3, 12), dt.date(2026, 3, 13))


def moscow(day: int, clock: str = "10:00", month: int = 3) -> dt.datetime:
    """An instant of 2026; 2 March is a Monday, and 9 March is off."""
    return moscow_in(day, clock, month)


class Calls(Desk):
    """A running campaign with two contacts; the steps are those of the first."""

    def __init__(
        self, url: str = "memory:", *contacts: CampaignContact, script: CallScript | None = None, **settings: object
    ) -> None:
        super().__init__(url, start=moscow(2), delegations=[AWAY], **settings)
        self.campaign = self.campaign_of(*(contacts or BASE.contacts), script=script)
        self.contact = self.contacts[0].id

    def campaign_of(self, *contacts: CampaignContact, script: CallScript | None = None) -> str:
        base = ContactBase(BaseSource.PURCHASED, contacts)
        given = {} if script is None else {"script": script}
        campaign = self.begin("call_campaign", "draft_campaign", base=base, **given).id
        self.take(campaign, "issue_campaign", "start_campaign")
        return campaign

    @property
    def contacts(self) -> tuple[Case[Any], ...]:
        return self.engine.cases(process="call_contact", parent=self.campaign)

    @property
    def now(self) -> Case[Any]:
        return self.case(self.contact)

    def at(self, day: int, clock: str = "10:00", month: int = 3) -> Calls:
        super().at(day, clock, month)
        return self

    def do(self, *steps: str, by: Employee | None = None, **payload: Any) -> Calls:
        self.take(self.contact, *steps, by=by, **payload)
        return self

    def need(self) -> Calls:
        self.do("claim_contact", "place_call", "record_script_step", "identify_need", "send_proposal", "end_call")
        return self.do("record_result", disposition=Disposition.NEED_IDENTIFIED)

    def refuses(self, step: str, reasons: dict[str, str], **given: Any) -> None:
        """The step is refused for exactly these reasons, each with its clause."""
        no = self.refused(self.contact, step, *reasons, **given)
        assert {one.code: one.clause for one in no.refusals} == reasons

    def obligation(self, norm: str) -> Any:
        return next(one for one in self.engine.obligations(case=self.contact) if one.norm == norm)

    def sale(self) -> Case[Any]:
        """The only sale there is."""
        (found,) = self.engine.cases(process="sale")
        return found


@pytest.fixture(params=["memory:", "sqlite"])
def calls(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Calls]:
    here = Calls(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/calls.db")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


CALL = ("claim_contact", "place_call", "end_call")


def test_the_page_has_no_findings():
    assert CallContactProcess.check() == ()


def test_every_contact_of_an_issued_base_waits_for_a_caller(calls):
    assert [case.stage for case in calls.contacts] == ["queued", "queued"]
    assert [case.data.contact for case in calls.contacts] == [IVAN, OLGA]
    assert {case.data.holder.role for case in calls.contacts} == {COLD_CALLER.id}


def test_two_people_cannot_claim_one_contact(calls):
    calls.do("claim_contact")
    calls.refuses("claim_contact", {"wrong_stage": "R57"}, by=KIRA)
    assert calls.now.data.caller == "oleg"


def test_a_claim_that_is_not_used_lapses(calls):
    calls.do("claim_contact").at(2, "10:30")
    assert calls.engine.tick().fired == [(calls.contact, "claim_lapses")]
    assert (calls.now.stage, calls.now.data.caller) == ("queued", None)
    calls.do("claim_contact", by=KIRA)


def test_a_claim_that_is_used_does_not_lapse(calls):
    calls.do("claim_contact", "place_call").at(2, "15:00")
    assert calls.engine.tick().fired == []
    assert calls.now.stage == "in_call"


def test_a_caller_puts_a_contact_back(calls):
    calls.do("claim_contact", "release_contact")
    assert calls.now.stage == "queued"


def test_only_whoever_claimed_a_contact_calls_it(calls):
    calls.do("claim_contact")
    calls.refuses("place_call", {"not_assigned": "R57"}, by=KIRA)
    calls.refuses("place_call", {"wrong_role": "R57"}, by=ANNA)


def test_a_deputy_calls_for_the_absent_caller(calls):
    calls.do("claim_contact").at(12).do("place_call", by=KIRA)
    assert calls.now.data.call.by == "oleg"


@pytest.mark.parametrize(("day", "clock"), [(3, "09:59"), (3, "17:00"), (9, "12:00"), (7, "12:00")])
def test_clients_are_called_on_working_days_within_the_calling_window(calls, day, clock):
    calls.at(day, clock).do("claim_contact")
    calls.refuses("place_call", {"outside_window": "R62"})


def test_calls_are_made_in_the_campaign_s_system_only(calls):
    calls.do("claim_contact")
    calls.refuses("place_call", {"blank": "R57", "other_system": "R55"}, system="excel", record_ref=" ")


def test_one_call_is_recorded_once_and_one_number_is_called_by_one_person_at_a_time(calls):
    calls.do("claim_contact", "place_call")
    record = calls.now.data.call.record_ref
    other = calls.begin("call_campaign", "draft_campaign", name="Again")
    calls.take(other, "issue_campaign", "start_campaign")
    ivan, olga = calls.engine.cases("call_contact", parent=other.id)
    calls.take(ivan, "claim_contact", by=KIRA)
    calls.refused(ivan, "place_call", "being_called", by=KIRA)
    calls.take(olga, "claim_contact", by=KIRA)
    calls.refused(olga, "place_call", "record_taken", by=KIRA, record_ref=record.upper())
    calls.do("end_call")
    calls.take(ivan, "place_call", by=KIRA)


def test_no_call_while_the_campaign_rests(calls):
    calls.do("claim_contact")
    calls.take(calls.campaign, "pause_campaign")
    calls.refuses("place_call", {"campaign_not_running": "R57"})
    calls.do("release_contact")
    calls.refuses("claim_contact", {"campaign_not_running": "R57"})
    calls.take(calls.campaign, "resume_campaign")
    calls.do("claim_contact", "place_call")


def test_a_script_step_is_one_of_the_script(calls):
    calls.do("claim_contact", "place_call")
    calls.refuses("record_script_step", {"no_such_step": "R58"}, script_step="bye")


def test_a_need_comes_to_light_with_the_script(calls):
    calls.do("claim_contact", "place_call")
    calls.refuses("identify_need", {"blank": "R58", "script_not_used": "R58"}, need=" ")
    calls.do("record_script_step", "identify_need")
    assert calls.now.data.call.need.script_step == "hello"


def test_a_proposal_answers_a_need(calls):
    calls.do("claim_contact", "place_call")
    calls.refuses("send_proposal", {"no_need": "R59"})
    calls.do("record_script_step", "identify_need")
    calls.refuses("send_proposal", {"blank": "R59"}, proposal_ref="")


def test_a_need_without_a_proposal_is_no_result(calls):
    calls.do("claim_contact", "place_call", "end_call")
    calls.refuses("record_result", {"no_need": "R58", "no_proposal": "R59"}, disposition=Disposition.NEED_IDENTIFIED)


def test_a_call_with_a_need_on_record_does_not_end_without_one(calls):
    calls.do("claim_contact", "place_call", "record_script_step", "identify_need", "end_call")
    for denial in (Disposition.NO_NEED, Disposition.GATEKEEPER, Disposition.WRONG_NUMBER, Disposition.DUPLICATE):
        calls.refuses("record_result", {"need_on_record": "R58"}, disposition=denial)
    for later in (Disposition.NOT_NOW, Disposition.CALLBACK):
        calls.refuses("record_result", {"no_proposal": "R59"}, disposition=later)
    calls.do("send_proposal").do("record_result", disposition=Disposition.NOT_NOW)


def test_whoever_asks_not_to_be_called_may_do_so_after_a_need_came_to_light_and_is_no_lead(calls):
    calls.do("claim_contact", "place_call", "record_script_step", "identify_need", "end_call")
    calls.do("record_result", disposition=Disposition.DO_NOT_CALL)
    assert (calls.now.stage, calls.now.data.lead) == ("do_not_call", None)


def test_nobody_passes_steps_of_the_script_with_nobody(calls):
    calls.do("claim_contact", "place_call", "record_script_step", "end_call")
    for unanswered in (Disposition.NO_ANSWER, Disposition.BUSY):
        calls.refuses("record_result", {"was_answered": "R60"}, disposition=unanswered)


def test_a_call_of_no_seconds_was_no_conversation(calls):
    calls.do("claim_contact", "place_call")
    calls.refuses("end_call", {"call_duration": "R60"}, seconds=-1)
    calls.do("end_call", seconds=0)
    for spoken in (Disposition.NO_NEED, Disposition.NOT_NOW):
        calls.refuses("record_result", {"no_conversation": "R46"}, disposition=spoken)
    calls.do("record_result", disposition=Disposition.NO_ANSWER)


def test_whoever_decides_was_reached_or_not(calls):
    calls.do(*CALL)
    calls.refuses("record_result", {"decision_maker": "R64"}, disposition=Disposition.GATEKEEPER, decision_maker=True)
    reached = Disposition.DM_REACHED_NO_DECISION
    calls.refuses("record_result", {"no_decision_maker": "R64"}, disposition=reached)
    calls.do("record_result", disposition=reached, decision_maker=True)
    assert calls.now.data.results[-1].decision_maker


def test_whether_there_is_a_need_is_said_with_the_required_steps_and_the_checklist():
    steps = (ScriptStep("hello", "Good day"), ScriptStep("who", "Who audits you?", required=True))
    script = CallScript("audit", "4", steps, published=True, checklist=("CRM open", "result told"))
    calls = Calls("memory:", script=script)
    calls.do(*CALL)
    calls.refuses("record_result", {"steps_left": "R65", "checklist_open": "R66"})
    calls.refuses("record_result", {"no_such_item": "R66"}, disposition="not_now", checked=(*script.checklist, "tea"))
    calls.do("record_result", disposition=Disposition.NOT_NOW, checked=script.checklist)
    result = calls.now.data.results[-1]
    assert (result.script, result.variant, result.checked) == ("4", ClientKind.B2B, script.checklist)
    calls.contact = calls.contacts[1].id
    calls.do("claim_contact", "place_call").do("record_script_step", script_step="who").do("end_call")
    calls.do("record_result", checked=script.checklist)
    assert calls.now.data.attempts[-1].steps == ("who",)


def test_the_proposal_may_follow_the_call(calls):
    calls.do("claim_contact", "place_call", "record_script_step", "identify_need", "end_call", "send_proposal")
    assert calls.obligation("call_contact.proposal").status is ObligationStatus.MET
    calls.do("record_result", disposition=Disposition.NEED_IDENTIFIED)
    assert calls.now.stage == "lead_offered"


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
    calls.refuses("place_call", {"wrong_stage": "R57"})
    calls.do("record_result")
    calls.refuses("record_result", {"wrong_stage": "R60"})
    assert len(calls.now.data.results) == 1


def test_a_call_without_a_result_counts_nowhere(calls):
    calls.do(*CALL)
    assert calls.now.data.results == ()
    assert len(calls.now.data.attempts) == 1


def test_a_result_releases_the_caller_at_that_instant(calls):
    calls.do(*CALL).at(2, "11:00").do("record_result")
    custody = calls.now.data.custody
    assert (custody[-1].since, custody[-1].role, custody[-1].person) == (moscow(2, "11:00"), HEAD_OF_SALES.id, None)
    assert calls.engine.obligations(case=calls.contact, owner="oleg", status="open") == ()


def test_a_need_hands_a_lead_to_the_sales_managers(calls):
    calls.at(2, "11:00").need()
    task = calls.now.data
    assert calls.now.stage == "lead_offered"
    assert (task.holder.role, task.holder.person, task.caller) == (MANAGER.id, None, None)
    one = calls.obligation("call_contact.first_touch")
    assert (one.role, one.person, one.due) == (MANAGER.id, None, moscow(3, "18:00"))
    calls.engine.tick()
    assert ("anna", "record_result") in {(m.to, m.template) for m in calls.notifier.delivered}


def test_an_accepted_lead_starts_a_sale_with_its_origin(calls):
    calls.need().do("accept_lead")
    sale = calls.sale()
    assert (sale.stage, sale.data.owner, sale.data.source) == ("prospecting", "anna", "Spring")
    assert sale.data.lead == calls.now.data.lead.id
    assert sale.data.client.contacts == (IVAN.person,)
    one = calls.obligation("call_contact.first_touch")
    assert (one.role, one.person) == (None, "anna")


def test_a_client_who_is_known_with_the_person_called_keeps_them_once():
    known = CampaignContact("ivan", ClientDraft("OOO Romashka", contacts=(IVAN.person,)), IVAN.person)
    calls = Calls("memory:", known).need().do("accept_lead")
    sale = calls.sale()
    assert sale.data.client.contacts == (IVAN.person,)


def test_a_sale_without_a_lead_touches_nobody(calls):
    sale = calls.begin("sale", "register_prospect", client=ClientDraft("OOO Iris"))
    calls.take(sale, "start_price_negotiation")
    assert {case.stage for case in calls.contacts} == {"queued"}


def test_an_accepted_lead_is_not_accepted_again(calls):
    calls.need().do("accept_lead")
    calls.refuses("accept_lead", {"wrong_stage": "R53"}, by=SVETA)
    assert len(calls.engine.cases(process="sale")) == 1


def test_a_caller_cannot_accept_a_lead(calls):
    calls.need()
    calls.refuses("accept_lead", {"wrong_role": "R53"}, by=OLEG)


def test_talking_prices_is_the_first_touch_of_a_lead(calls):
    calls.need().do("accept_lead").at(3).take(calls.sale(), "start_price_negotiation")
    assert calls.now.stage == "lead_touched"
    assert calls.obligation("call_contact.first_touch").status is ObligationStatus.MET


def test_a_manager_records_a_first_touch_of_their_own_lead_only(calls):
    calls.need().do("accept_lead")
    calls.refuses("touch_lead", {"wrong_role": "R61"}, by=SVETA)
    calls.refuses("touch_lead", {"blank": "R61"}, contact_ref=" ")
    calls.do("touch_lead")
    assert calls.now.data.lead.touched_at == moscow(2)


def test_a_lead_nobody_touches_is_breached(calls):
    calls.need().at(4)
    assert calls.obligation("call_contact.first_touch").status is ObligationStatus.BREACHED


def test_a_lead_is_returned_with_a_reason(calls):
    calls.need()
    calls.refuses("return_lead", {"blank": "R67"}, reason=" ")
    calls.do("return_lead")
    assert (calls.now.stage, calls.now.data.lead.returned) == ("result_recorded", "a competitor")
    assert calls.obligation("call_contact.first_touch").status is ObligationStatus.CANCELLED


def test_a_lead_whose_client_refuses_comes_back(calls):
    calls.need().do("accept_lead").take(calls.sale(), "record_client_refusal", reason="too dear")
    assert (calls.now.stage, calls.now.data.lead.returned) == ("result_recorded", "too dear")


def test_a_lead_whose_contract_is_refused_for_good_comes_back():
    calls = Calls("memory:", CampaignContact("ivan", KNOWN, IVAN.person), sale__questionnaire_keys="")
    sale = calls.need().do("accept_lead").sale()
    calls.take(sale, "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    calls.take(sale, "submit_for_approval", "approve_quote", "open_deal", "assign_specialist", "draft_contract")
    calls.take(sale, "refuse_contract", outcome="rework")
    assert calls.now.stage == "lead_touched"
    calls.take(sale, "draft_contract", number="C-2")
    calls.take(sale, "refuse_contract", reason="the client", outcome="cancel")
    assert (calls.now.stage, calls.now.data.lead.returned) == ("result_recorded", "the client")


def test_read_literally_a_result_ends_the_matter(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.NO_ANSWER)
    calls.refuses("schedule_retry", {"no_retry_left": "R57"}, next_at=moscow(3))


def test_where_the_regulation_allows_it_who_was_not_reached_is_called_again():
    calls = Calls("memory:", call_contact__retries=1)
    calls.do(*CALL).do("record_result", disposition=Disposition.BUSY)
    calls.refuses("schedule_retry", {"in_the_past": "R57"}, next_at=moscow(2, "09:00"))
    calls.do("schedule_retry", next_at=moscow(3, "11:00"))
    assert calls.now.data.holder.person is None
    calls.at(3, "11:00")
    assert calls.engine.tick().fired == [(calls.contact, "retry_comes")]
    calls.do(*CALL).do("record_result", disposition=Disposition.BUSY)
    calls.refuses("schedule_retry", {"no_retry_left": "R57"}, next_at=moscow(4))


def test_who_was_reached_is_not_called_again():
    calls = Calls("memory:", call_contact__retries=3)
    calls.do(*CALL).do("record_result", disposition=Disposition.NO_NEED)
    calls.refuses("schedule_retry", {"no_retry_left": "R57"}, next_at=moscow(3))


def test_who_asked_not_to_be_called_is_never_called_again(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    assert calls.now.stage == "do_not_call"
    calls.at(2, "10:00", month=9)
    for step, payload in (
        ("recycle_contact", {}),
        ("claim_contact", {}),
        ("schedule_retry", {"next_at": moscow(1, month=10)}),
    ):
        with pytest.raises(StepRefused):
            calls.do(step, by=ROMAN, **payload)


def test_who_asked_not_to_be_called_is_left_in_peace_by_the_next_campaign(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    same = CampaignContact("i", ClientDraft("OOO Romashka"), Contact("Ivan P.", phone="74951111111"))
    calls.campaign = calls.campaign_of(same, OLGA)
    assert [case.stage for case in calls.contacts] == ["excluded", "queued"]


def test_who_asked_not_to_be_called_is_not_called_from_another_campaign_that_runs(calls):
    second = calls.campaign_of(IVAN)
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    [calls.contact] = [one.id for one in calls.engine.cases(process="call_contact", parent=second)]
    assert calls.now.stage == "excluded"


def test_why_nobody_calls_is_kept_as_a_code_and_said_in_every_language(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.DO_NOT_CALL)
    campaigns = (calls.campaign_of(IVAN), calls.campaign_of(OLGA))
    silent, other = (calls.engine.cases("call_contact", parent=one) for one in campaigns)
    calls.engine.perform(other[0].data.campaign, "cancel_campaign", {"reason": "no budget"}, by=ROMAN)
    said = [calls.engine.rulebook.texts.locale(lang) for lang in ("en", "ru")]
    for contact, code, words in (
        (silent[0], "do_not_call", ["asked not to be called", "просил не звонить"]),
        (other[0], "campaign_cancelled", ["the campaign was cancelled", "кампания отменена"]),
    ):
        task = calls.engine.case(contact.id).data
        assert (task.exclusion, [task.why_excluded(locale) for locale in said]) == (code, words)


def test_a_contact_that_came_to_nothing_is_brought_back_after_a_rest(calls):
    calls.do(*CALL).do("record_result", disposition=Disposition.NOT_NOW)
    calls.refuses("recycle_contact", {"too_early": "R67"})
    calls.at(2, month=6).do("recycle_contact")
    assert calls.now.stage == "queued"
    calls.at(2, "12:00", month=6).do(*CALL).do("record_result")
    assert len(calls.now.data.results) == 2


@pytest.mark.parametrize("disposition", [Disposition.WRONG_NUMBER, Disposition.DUPLICATE])
def test_a_contact_that_is_none_is_not_brought_back(calls, disposition):
    calls.do(*CALL).do("record_result", disposition=disposition).at(1, month=8)
    calls.refuses("recycle_contact", {"never_again": "R67"})


def test_the_head_excludes_a_contact_with_a_reason(calls):
    calls.refuses("exclude_contact", {"blank": "R57"}, reason="")
    calls.refuses("exclude_contact", {"wrong_role": "R57"}, by=OLEG, reason="dull")
    calls.do("exclude_contact")
    assert calls.now.stage == "excluded"


def test_a_call_without_a_result_is_not_excluded_away(calls):
    calls.do("claim_contact", "place_call")
    calls.refuses("exclude_contact", {"wrong_stage": "R57"})


# -- a caller who leaves -----------------------------------------------------------------------------------------------


def leaving(leaver: Employee, **settings: object) -> Calls:
    """One who works until Friday the 6th."""
    changed = attrs.evolve(leaver, left_on=dt.date(2026, 3, 6))
    return Calls("memory:", staff=[changed if one.id == leaver.id else one for one in STAFF], **settings)


@pytest.mark.parametrize("steps", [("claim_contact",), ("claim_contact", "place_call"), CALL])
def test_a_contact_whose_caller_has_left_is_finished_by_another(steps):
    calls = leaving(OLEG).do(*steps).at(10)
    calls.do("take_over", by=ROMAN, charge="caller", to="kira")
    left = [step for step in CALL if step not in steps]
    calls.do(*left, "record_result", by=KIRA)
    assert (calls.now.stage, calls.now.data.results[-1].by) == ("result_recorded", "kira")


def test_all_contacts_of_a_caller_who_left_are_handed_over_at_once():
    calls = leaving(OLEG)
    for contact in calls.contacts:
        calls.take(contact, "claim_contact", "place_call")
    calls.at(10).engine.hand_over("oleg", to="kira", by="roman")
    for contact in calls.contacts:
        calls.take(contact, "end_call", "record_result", by=KIRA)
    assert {one.stage for one in calls.contacts} == {"result_recorded"}


def test_a_lead_whose_manager_has_left_is_touched_by_another():
    calls = leaving(ANNA).need().do("accept_lead").at(10)
    calls.do("take_over", by=ROMAN, charge="seller", to="sveta").do("touch_lead", by=SVETA)
    assert calls.now.stage == "lead_touched"


def test_a_firm_that_shares_its_work_lets_every_caller_finish_a_call():
    calls = Calls("memory:", duties__own_only=False).do("claim_contact", "place_call")
    calls.do("end_call", "record_result", by=KIRA)
    assert calls.now.data.results[-1].by == "kira"


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
        st.sampled_from([OLEG, KIRA, ANNA, ROMAN]),
        st.sampled_from(Disposition),
        st.sampled_from([0, 1, 90, 3000]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(MOVES)
def test_at_every_instant_exactly_one_person_or_queue_is_responsible(moves):
    calls = Calls("memory:", call_contact__retries=2, call_contact__claim_ttl="30 business days")
    began = calls.clock.now()
    for step, who, disposition, minutes in moves:
        calls.clock.advance(dt.timedelta(minutes=minutes))
        payload: dict[str, Any] = {
            "record_result": {"disposition": disposition},
            "schedule_retry": {"next_at": calls.clock.now() + dt.timedelta(hours=1)},
        }.get(step, {})
        try:
            calls.do(step, by=who, **payload)
        except StepRefused:
            continue
        task = calls.now.data
        assert task.owner_at(began) is not None
        assert [one.since for one in task.custody] == sorted(one.since for one in task.custody)
        assert all(attempt.result for attempt in task.attempts[:-1])
        waits = {"in_call", "result_pending"}
        assert len(task.results) == len(task.attempts) - (calls.now.stage in waits)
        if task.do_not_call:
            assert calls.now.stage == "do_not_call"
    assert calls.engine.verify() == ()


def test_a_contact_is_found_by_client_tax_id_phone_and_caller():
    calls = Calls("memory:", CampaignContact("ivan", KNOWN, IVAN.person), OLGA).do("claim_contact")
    for where in ({"client": "PAO*"}, {"tax_id": "7707083893"}, {"phone": "+74951111111"}, {"caller": "oleg"}):
        assert [case.id for case in calls.engine.cases("call_contact", where=where)] == [calls.contact]
