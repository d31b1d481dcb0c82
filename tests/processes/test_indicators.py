"""Indicators over small histories: each counts what is on record, and whose it is does not move (R46, R103)."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from trade import AUDIT, TO_APPROVED, TO_DONE, Trade

from salesreg.calendars import WorkSchedule
from salesreg.commercial import indicators_of
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import QuoteLine
from salesreg.commercial.indicators import Basis, By, Indicators, Period, Value, attained
from salesreg.commercial.indicators.funnels import Arrival, activity, call_funnel, punctuality, sales_funnel
from salesreg.commercial.processes.sale import Sale
from salesreg.errors import CaseMismatch, DomainError, UnknownAttribute
from salesreg.process import ObligationStatus
from salesreg.rules import Absence
from salesreg.testing.commercial import FINN, IRINA, KIRA, STAFF, Desk, moscow
from salesreg.testing.commercial.usual import ROMASHKA

FEBRUARY, MARCH = Period.month("2026-02"), Period.month("2026-03")


def value(desk: Desk, name: str, period: Period = FEBRUARY, **whose: str) -> Value:
    now = desk.clock.now()
    return indicators_of(desk.engine, staff=STAFF).value(name, period, at=now, **whose)


def ratio(desk: Desk, name: str, period: Period = FEBRUARY, **whose: str) -> tuple[int, int]:
    found = value(desk, name, period, **whose)
    return int(found.numerator), int(found.denominator)


def people(desk: Desk, name: str, period: Period = FEBRUARY) -> dict[str, tuple[int, int]]:
    found = indicators_of(desk.engine).values(name, period, at=desk.clock.now(), by=By.PERSON)
    return {who: (int(one.numerator), int(one.denominator)) for who, one in found.items()}


@pytest.fixture
def trade() -> Trade:
    return Trade()


# -- verdicts ---------------------------------------------------------------------------------------------------------


def test_a_deal_opened_in_time_counts_for_whoever_opened_it_and_a_late_one_too(trade: Trade):
    for name in ("D", "E"):
        trade.begin("sale", "register_prospect", case=name)
        trade.take(name, *TO_APPROVED)
    trade.take("D", "open_deal", number="D", existing=None)
    trade.at(9, "12:00")
    trade.take("E", "open_deal", number="E", existing="D")
    assert ratio(trade, "K9") == (1, 2)
    assert people(trade, "K9") == {"igor": (1, 2)}


def test_what_a_role_owes_and_nobody_has_done_is_nobody_s_but_the_department_s(trade: Trade):
    trade.begin("sale", "register_prospect", case="D")
    trade.take("D", *TO_APPROVED)
    assert ratio(trade, "K9") == (0, 0)  # its time has not come
    trade.at(9, "12:00")
    assert people(trade, "K9") == {}
    assert ratio(trade, "K9", team="it") == (0, 1)
    assert ratio(trade, "K9", team="commercial") == (0, 0)


def test_a_breach_stays_with_whoever_owed_it_when_the_task_is_passed_on(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A")
    trade.at(5)
    assert people(trade, "K14") == {"anna": (0, 1)}
    trade.take("A", "reassign_assignment", due=moscow(6))
    trade.take("A", "report_done", by="sveta")
    assert people(trade, "K14") == {"anna": (0, 1)}  # one decision, counted once
    counted = indicators_of(trade.engine)
    told = {(one.person, one.status, one.continues) for one in counted.verdicts(FEBRUARY, at=trade.clock.now())}
    assert {("anna", ObligationStatus.BREACHED, False), ("sveta", ObligationStatus.MET, True)} <= told


def test_what_is_passed_on_in_time_is_the_successor_s(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A")
    trade.take("A", "reassign_assignment")
    trade.at(5)
    assert people(trade, "K14") == {"sveta": (0, 1)}


def test_a_verdict_belongs_to_the_month_in_which_it_was_settled(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A", due=moscow(27, "12:00"))
    trade.begin("assignment", "give_assignment", case="B", due=moscow(3, "12:00", 3))
    trade.at(28)
    assert (ratio(trade, "K14"), ratio(trade, "K14", MARCH)) == ((0, 1), (0, 0))
    trade.at(2, month=3).take("A", "report_done")  # late, and February's all the same
    trade.take("B", "report_done")
    assert (ratio(trade, "K14"), ratio(trade, "K14", MARCH)) == ((0, 1), (1, 1))


def test_a_corrected_verdict_takes_the_place_of_the_first(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A")
    trade.at(5).take("A", "report_done")
    [late] = trade.engine.obligations(case="A", norm="assignment.on_time")
    assert ratio(trade, "K14") == (0, 1)
    trade.engine.correct_record(late, happened_at=moscow(4, "11:00"), reason="the letter was lost", by="roman")
    assert people(trade, "K14") == {"anna": (1, 1)}


def test_what_is_cancelled_counts_for_nobody(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A")
    trade.take("A", "cancel_assignment")
    trade.at(20)
    assert ratio(trade, "K14") == (0, 0)


def test_a_deputy_s_act_counts_for_whoever_they_stood_in_for():
    from salesreg.rules import Delegation

    desk = Desk(delegations=[Delegation("anna", "sveta", dt.date(2026, 2, 1), dt.date(2026, 2, 28))])
    desk.begin("assignment", "give_assignment", case="A")
    desk.take("A", "report_done", by="sveta")
    assert people(desk, "K14") == {"anna": (1, 1)}


def test_invoices_packages_contracts_and_copies_are_counted_by_their_obligations(trade: Trade):
    trade.deal()
    trade.order("W", *TO_DONE)
    invoice = trade.invoice_of("W").id
    trade.later(dt.timedelta(hours=2))
    trade.pay(invoice)
    assert (ratio(trade, "K10"), ratio(trade, "K11.scan"), ratio(trade, "K12")) == ((1, 1), (1, 1), (0, 1))
    assert people(trade, "K12") == {"finn": (0, 1)}
    trade.package("N-1")
    assert people(trade, "K13") == {"petr": (1, 1)}
    trade.at(3, "20:00").engine.tick(trust_clock=True)
    assert people(trade, "K13") == {"petr": (1, 2), "dina": (0, 2)}


def test_the_age_of_missing_copies_is_measured_at_the_end_of_the_month(trade: Trade):
    trade.dispatched("D")
    trade.dispatched("E", existing="D")
    trade.take("E", "record_scan_return")
    trade.at(5)
    assert value(trade, "K11.age").value == 3  # one scan and two originals
    trade.take("D", "record_scan_return")
    trade.at(5, month=3).take("D", "record_original_return")
    trade.take("E", "record_original_return")
    ages = value(trade, "K11.age"), value(trade, "K11.age", MARCH)
    assert round(float(ages[0].value or 0)) == 27
    assert (ages[0].denominator, ages[1].value) == (2, None)


def test_a_meeting_that_begins_late_is_late_for_its_chair(trade: Trade):
    for case, day in (("M", 3), ("N", 4)):
        trade.begin("meeting", "schedule_meeting", case=case, scheduled_at=moscow(day))
    trade.at(3).take("M", "start_meeting")
    trade.at(4, "10:01").take("N", "start_meeting")
    assert people(trade, "K15") == {"roman": (1, 2)}


def test_who_acknowledges_late_has_acknowledged(trade: Trade):
    trade.begin("regulation_version", "draft_version", case="V")
    trade.take("V", "open_discussion")
    trade.at(10).take("V", "approve_version")
    trade.take("V", "publish_version", effective_from=moscow(1, "00:00", 3))
    text = trade.case("V").data.content_hash
    trade.take("V", "acknowledge", by="anna", content_hash=text)
    trade.at(19).take("V", "acknowledge", by="sveta", content_hash=text)
    assert people(trade, "K16") == {"anna": (1, 1), "sveta": (1, 1), "finn": (0, 1)}


# -- inquiries --------------------------------------------------------------------------------------------------------


def test_an_inquiry_is_answered_once_and_its_time_runs_from_receipt(trade: Trade):
    trade.begin("inquiry", "receive_inquiry", case="Q", activity="topic.invoice")
    trade.later(dt.timedelta(minutes=20)).take("Q", "send_holding_reply")
    trade.begin("inquiry", "receive_inquiry", case="R", received_at=trade.clock.now(), activity="topic.invoice")
    trade.take("R", "record_auto_acknowledgement")
    trade.later(dt.timedelta(minutes=60))
    trade.take("R", "send_answer")
    assert ratio(trade, "K6") == (1, 2)
    assert value(trade, "K7").value == 40
    assert value(trade, "K7", person="finn").denominator == 2


# -- calls ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def calls() -> Desk:
    desk = Desk()
    desk.begin("call_campaign", "draft_campaign", case="C")
    desk.take("C", "issue_campaign", "start_campaign")
    return desk


def contacts(desk: Desk) -> list[str]:
    return [one.id for one in desk.engine.cases("call_contact", parent="C")]


def called(desk: Desk, contact: str, by: Any = None, **result: Any) -> None:
    desk.take(contact, "claim_contact", "place_call", "end_call", by=by)
    desk.take(contact, "record_result", by=by, **{"disposition": "no_answer", **result})


def test_calls_count_once_they_have_a_result(calls: Desk):
    first, second = contacts(calls)
    called(calls, first)
    calls.take(second, "claim_contact", "place_call", by=KIRA)
    assert (ratio(calls, "K2"), ratio(calls, "K3"), ratio(calls, "K4")[0]) == ((1, 2), (1, 2), 1)
    assert people(calls, "K3") == {"oleg": (1, 1), "kira": (0, 1)}
    calls.take(second, "end_call", by=KIRA)
    calls.take(second, "record_result", by=KIRA, disposition="no_answer")
    assert (ratio(calls, "K2"), ratio(calls, "K3")) == ((2, 2), (2, 2))


def test_a_contact_that_is_not_to_be_called_is_out_of_the_base(calls: Desk):
    first, second = contacts(calls)
    called(calls, first)
    calls.take(second, "exclude_contact")
    assert ratio(calls, "K2") == (1, 1)


def test_the_quota_is_that_of_the_days_that_are_over(calls: Desk):
    called(calls, contacts(calls)[0])
    quota = 40
    assert ratio(calls, "K4", person="oleg") == (1, 0)  # the day is not over
    calls.at(3, "18:00")
    assert ratio(calls, "K4", person="oleg") == (1, 2 * quota)
    assert ratio(calls, "K4", person="kira") == (0, 2 * quota)
    assert ratio(calls, "K4", team="commercial") == (1, 4 * quota)


def test_the_call_funnel_ends_with_the_contract(calls: Desk):
    first, second = contacts(calls)
    called(calls, first)
    calls.take(second, "claim_contact", "place_call", "record_script_step", "identify_need", "send_proposal")
    calls.take(second, "end_call")
    calls.take(second, "record_result", disposition="need_identified", decision_maker=True)
    calls.take(second, "accept_lead")

    def reached() -> list[int]:
        return [one.reached for one in call_funnel(indicators_of(calls.engine), FEBRUARY, at=calls.clock.now())]

    assert reached() == [2, 2, 1, 1, 1, 1, 1, 0]
    [sale] = calls.engine.cases("sale")
    calls.take(sale.id, "start_price_negotiation")
    calls.take(sale.id, "complete_questionnaire", client=ROMASHKA)
    calls.take(sale.id, *TO_APPROVED[2:])
    calls.take(sale.id, "open_deal", number="D-1", existing=None)
    calls.take(sale.id, "assign_specialist", "draft_contract", "obtain_ceo_signature", "hand_over_contract")
    calls.take(sale.id, "dispatch_contract", "record_scan_return")
    assert reached() == [2, 2, 1, 1, 1, 1, 1, 1]


# -- deals and money --------------------------------------------------------------------------------------------------


def test_deals_are_converted_approved_and_repeated(trade: Trade):
    trade.deal("D")
    trade.deal("E", existing="D")
    trade.begin("sale", "register_prospect", case="F")
    trade.take("F", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    trade.take("F", "submit_for_approval")
    trade.take("F", "reject_quote", reason="too cheap")
    assert (ratio(trade, "K5"), ratio(trade, "K8"), ratio(trade, "K18")) == ((2, 3), (2, 3), (1, 2))
    assert people(trade, "K5") == {"anna": (2, 3)}
    # 9,000 a day for ten, and ten samples at 333.33, where the list has 10,000 a day
    assert value(trade, "K17").value == Fraction(933333, 1033333)


def test_an_amendment_sells_the_difference_and_leaves_the_month_of_the_contract_as_it_was(trade: Trade):
    trade.deal("D")
    kept, first = value(trade, "K17"), trade.case("D").data.quote.total
    trade.begin("amendment", "draft_amendment", case="A", lines=(QuoteLine("audit", Money(12000)),))
    trade.take("A", "approve_amendment")
    trade.at(3, month=3).take("A", "sign_amendment")
    second = trade.case("D").data.quote.total
    assert second != first
    assert value(trade, "K17") == kept
    counted, now = indicators_of(trade.engine), trade.clock.now()
    assert [one.amount for one in counted.sales(FEBRUARY, at=now, basis=Basis.CONTRACTED)] == [first]
    assert [one.amount for one in counted.sales(MARCH, at=now, basis=Basis.CONTRACTED)] == [second - first]


def test_a_price_that_is_approved_in_the_second_round_was_not_approved_at_once(trade: Trade):
    trade.begin("sale", "register_prospect", case="F")
    trade.take("F", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    trade.take("F", "submit_for_approval")
    trade.take("F", "reject_quote", reason="too cheap")
    trade.take("F", "revise_quote", "confirm_client_readiness", "submit_for_approval", "approve_quote")
    assert ratio(trade, "K8") == (0, 1)


def test_the_sales_funnel_has_conversion_and_working_time(trade: Trade):
    trade.deal("D")
    trade.begin("sale", "register_prospect", case="F")
    trade.later(dt.timedelta(days=1)).take("F", "start_price_negotiation")
    stages = [one.id for one in Sale.stages.values() if not one.final and not one.ended]
    counted = indicators_of(trade.engine)
    steps = {one.id: one for one in sales_funnel(counted, FEBRUARY, at=trade.clock.now(), stages=stages)}
    assert [one.reached for one in steps.values()] == [2, 2, *[1] * (len(steps) - 2)]
    assert steps["awaiting_price_approval"].of_before == Fraction(1, 2)
    assert steps["prospecting"].took == dt.timedelta(hours=4)  # none, and a whole day of eight
    assert steps["in_force"].took is None
    assert sales_funnel(counted, MARCH, at=trade.clock.now(), stages=stages)[0].reached == 0


def paid(trade: Trade) -> Money:
    """One order of ten days of audit, done, invoiced and paid."""
    trade.deal()
    trade.order("W", *TO_DONE, works=(AUDIT,))
    trade.pay(trade.invoice_of("W").id)
    [invoice] = trade.engine.cases("invoice")
    return invoice.data.totals.gross


def test_the_plan_is_attained_by_what_has_come(trade: Trade):
    gross = paid(trade)
    assert value(trade, "K1", person="anna").value is None  # nobody has planned anything
    trade.begin("plan", "propose_plan", case="P", targets={"K1": gross.amount * 2, "K14": Decimal(1)})
    assert value(trade, "K1", person="anna").value is None  # nor agreed to it
    trade.take("P", "agree_plan")
    trade.engine.tick()
    assert value(trade, "K1", person="anna").value == Fraction(1, 2)
    assert value(trade, "K1", person="sveta").value is None
    assert value(trade, "K1", team="commercial").value is None
    team = {"employee": None, "department": "commercial", "targets": {"K1": gross.amount * 4}}
    trade.begin("plan", "propose_plan", case="T", **team)
    trade.take("T", "agree_plan", by="boss")
    trade.engine.tick()
    assert value(trade, "K1", team="commercial").value == value(trade, "K1").value == Fraction(1, 4)
    trade.take("P", "withdraw_plan")
    assert value(trade, "K1", person="anna").value is None


def test_other_figures_are_attained_upwards_or_downwards(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A")
    trade.take("A", "report_done")
    assert attained(value(trade, "K14"), Fraction(4, 5)) == Fraction(5, 4)
    assert attained(value(trade, "K14"), None) is None
    assert attained(value(trade, "K6"), Fraction(1)) is None
    trade.begin("inquiry", "receive_inquiry", case="Q", activity="topic.invoice")
    trade.later(dt.timedelta(minutes=20)).take("Q", "send_holding_reply")
    assert attained(value(trade, "K7"), Fraction(10)) == Fraction(1, 2)


@pytest.mark.parametrize("basis", list(Basis))
def test_each_basis_counts_its_own_fact(trade: Trade, basis: Basis):
    gross = paid(trade)
    counted = indicators_of(trade.engine)
    now = trade.clock.now()
    [sale] = counted.sales(FEBRUARY, at=now, basis=basis, person="anna")
    quote = trade.case("D").data.quote.total
    assert (sale.deal, sale.amount) == ("D", quote if basis is Basis.CONTRACTED else gross)
    assert counted.sales(FEBRUARY, at=now, basis=basis, person="sveta") == ()
    assert counted.sales(MARCH, at=now, basis=basis) == ()


def test_money_that_is_given_back_is_taken_off_when_it_is(trade: Trade):
    gross = paid(trade)
    trade.at(3, month=3)
    trade.take(trade.invoice_of("W").id, "refund_payment")
    counted, now = indicators_of(trade.engine), trade.clock.now()
    for basis in (Basis.PAID, Basis.INVOICED):
        assert [one.amount for one in counted.sales(FEBRUARY, at=now, basis=basis)] == [gross]
        assert [one.amount for one in counted.sales(MARCH, at=now, basis=basis)] == [-gross]


def test_a_payment_is_of_the_day_on_which_it_came_and_known_when_it_is_recorded(trade: Trade):
    trade.deal()
    trade.order("W", *TO_DONE)
    invoice = trade.invoice_of("W").id
    trade.take(invoice, "issue_invoice", number="I-1")
    trade.take(invoice, "send_invoice")
    trade.at(2, month=3)
    due = trade.case(invoice).data.remaining
    trade.take(invoice, "record_payment", by=FINN, amount=due, paid_at=moscow(27))
    [sale] = indicators_of(trade.engine).sales(FEBRUARY, at=trade.clock.now(), basis=Basis.PAID)
    assert (sale.at, sale.known_at) == (moscow(27), moscow(2, month=3))
    early = indicators_of(trade.engine).sales(
        FEBRUARY, at=trade.clock.now(), basis=Basis.PAID, known_before=moscow(1, "00:00", 3)
    )
    assert early == ()


def test_a_sale_stays_with_whoever_was_in_charge_when_the_money_came(trade: Trade):
    paid(trade)
    trade.later(dt.timedelta(days=1)).take("D", "take_over")
    [sale] = indicators_of(trade.engine).sales(FEBRUARY, at=trade.clock.now(), basis=Basis.PAID)
    assert sale.person == "anna"


# -- what people do ---------------------------------------------------------------------------------------------------


def test_remote_people_are_held_against_their_own_hours(trade: Trade):
    vladivostok = WorkSchedule.standard(start="09:00", end="18:00", timezone="Asia/Vladivostok")
    anna = attrs.evolve(next(one for one in STAFF if one.id == "anna"), schedule=vladivostok)
    trade.at(3, "04:30").begin("sale", "register_prospect", case="D")
    trade.at(4, "12:00")
    counted = indicators_of(trade.engine, staff=[anna, IRINA])
    hers, his = activity(counted, FEBRUARY, at=trade.clock.now())
    assert (hers.person, hers.steps, hers.working_days) == ("anna", {"sale.register_prospect": 1}, 3)
    assert hers.silent == (dt.date(2026, 2, 2), dt.date(2026, 2, 4))
    assert hers.earliest == hers.latest == dt.time(11, 30)
    assert (his.person, his.steps, his.working_days) == ("irina", {}, 2)  # the fourth is not over in Moscow


def test_a_record_is_of_the_day_that_it_was_where_the_person_works(trade: Trade):
    hours = WorkSchedule.standard(start="08:00", end="17:00", timezone="Asia/Kamchatka")
    anna = attrs.evolve(next(one for one in STAFF if one.id == "anna"), schedule=hours)
    trade.at(3, "23:30").begin("sale", "register_prospect", case="D")  # it is half past eight on the fourth there
    [hers] = activity(indicators_of(trade.engine, staff=[anna]), FEBRUARY, at=moscow(4, "12:00"), person="anna")
    assert (hers.days, hers.silent) == ((dt.date(2026, 2, 4),), (dt.date(2026, 2, 2), dt.date(2026, 2, 3)))
    assert hers.earliest == dt.time(8, 30)


def test_nobody_owes_a_record_or_a_quota_on_a_day_on_which_they_are_away():
    desk = Desk(absences=[Absence("oleg", dt.date(2026, 2, 3), dt.date(2026, 2, 4))])
    desk.at(5, "20:00")
    counted, at = indicators_of(desk.engine, staff=STAFF), desk.clock.now()
    [his] = activity(counted, FEBRUARY, at=at, person="oleg")
    assert his.silent == (dt.date(2026, 2, 2), dt.date(2026, 2, 5))
    quota = {who: int(one.denominator) for who, one in counted.values("K4", FEBRUARY, at=at).items()}
    assert quota == {"oleg": 80, "kira": 160}


def test_a_day_is_begun_in_time_by_the_person_s_own_hours(trade: Trade):
    vladivostok = WorkSchedule.standard(start="09:00", end="18:00", timezone="Asia/Vladivostok")
    anna = attrs.evolve(next(one for one in STAFF if one.id == "anna"), schedule=vladivostok)
    counted, now = Indicators(trade.engine.regulation, staff=[anna]), moscow(5)
    told = [
        ("anna", 3, "02:00"),
        ("anna", 4, "02:01"),
        ("anna", 4, "02:30"),
        ("anna", 7, "02:00"),
        ("petr", 3, "09:00"),
    ]
    arrivals = [Arrival(who, moscow(day, clock), f"turnstile {n}") for n, (who, day, clock) in enumerate(told)]
    arrivals += [Arrival("petr", moscow(4, "08:59"), " "), Arrival("petr", moscow(6), "still to come")]
    found = punctuality(counted, arrivals, FEBRUARY, at=now)
    assert {who: (one.value, one.events) for who, one in found.items()} == {
        "anna": (Fraction(1, 2), ("turnstile 0", "turnstile 1")),
        "petr": (1, ("turnstile 4",)),
    }
    assert found["anna"].interval is not None
    assert punctuality(counted, arrivals, MARCH, at=now) == {}


# -- the fold ---------------------------------------------------------------------------------------------------------


def test_a_fold_that_goes_on_gives_what_one_from_the_beginning_gives(trade: Trade):
    paid(trade)
    events = trade.engine.events().events
    whole = Indicators(trade.engine.regulation).fold(events)
    half = Indicators(trade.engine.regulation).fold(events[: len(events) // 2])
    kept = pickle.loads(pickle.dumps(half.record))
    again = Indicators(trade.engine.regulation, record=kept).fold(events)
    now = trade.clock.now()
    assert again.values("K12", FEBRUARY, at=now) == whole.values("K12", FEBRUARY, at=now)
    assert again.sales(FEBRUARY, at=now, basis=Basis.PAID) == whole.sales(FEBRUARY, at=now, basis=Basis.PAID)
    with pytest.raises(CaseMismatch, match="not whole: expected version 1, got 2"):
        Indicators(trade.engine.regulation).fold([one for one in events if one.version > 1])


def test_what_was_on_record_at_an_instant_is_asked_for_by_it(trade: Trade):
    trade.begin("assignment", "give_assignment", case="A")
    trade.at(5).take("A", "report_done")
    before = indicators_of(trade.engine, at=moscow(4, "12:00"))
    assert before.value("K14", FEBRUARY, at=moscow(4, "12:00")).value is None
    after = indicators_of(trade.engine, at=moscow(4, "13:00"))
    assert after.value("K14", FEBRUARY, at=moscow(4, "13:00")).value == 0


def test_a_record_is_continued_in_its_own_time_zone_only(trade: Trade):
    other = Indicators(trade.engine.regulation.with_schedule(WorkSchedule.standard(timezone="Asia/Omsk")))
    with pytest.raises(DomainError, match="days of the record are those of Asia/Omsk, not of Europe/Moscow"):
        Indicators(trade.engine.regulation, record=other.record)


def test_there_is_no_other_indicator(trade: Trade):
    with pytest.raises(UnknownAttribute, match="no indicator 'K19'"):
        value(trade, "K19")
