"""Who decides, who may not, by when, and what follows from what."""

import datetime as dt

import pytest
from body import BAD, GOOD, VEGA
from certification.appeal import AppealProcess
from certification.application import ApplicationProcess
from certification.certificate import CertificateProcess
from certification.declaration import DeclarationProcess
from certification.surveillance import SurveillanceProcess

from salesreg import StepRefused
from salesreg.process import ObligationStatus

# -- experts without an interest --------------------------------------------------------------------------------------


def test_an_expert_with_an_interest_is_not_appointed(body):
    body.declare("elsa", VEGA)
    body.accepted()
    both = ApplicationProcess.appoint(declarations=("egor", "elsa"))
    assert body.refused("A-1", both, "hugo") == [("interest", "4.2")]
    body.do("elsa", DeclarationProcess.declare_anew(clients=()), "elsa")
    assert body.do("A-1", both, "hugo").data.experts == ("egor", "elsa")


def test_nobody_is_appointed_by_a_declaration_that_was_not_renewed(body, clock):
    body.accepted()
    clock.advance(dt.timedelta(days=366))
    appoint = ApplicationProcess.appoint(declarations=("egor",))
    assert body.refused("A-1", appoint, "hugo") == [("lapsed", "6.1.3")]
    body.do("egor", DeclarationProcess.declare_anew(clients=()), "egor")
    assert body.engine.history("egor")[-1].closed[0].status is ObligationStatus.MET_LATE
    assert body.do("A-1", appoint, "hugo").stage == "in_test"


def test_an_appointment_names_experts_who_are_still_here(body):
    body.accepted()
    assert body.refused("A-1", ApplicationProcess.appoint(declarations=()), "hugo") == [("no_expert", "7.4")]
    body.do("egor", DeclarationProcess.close(), "hugo")
    assert body.refused("A-1", ApplicationProcess.appoint(declarations=("egor",)), "hugo") == [("lapsed", "6.1.3")]


def test_an_expert_declares_for_themselves_and_once(body):
    assert body.refused("egor", DeclarationProcess.declare_anew(clients=()), "elsa") == [("not_assigned", "6.1.3")]
    with pytest.raises(StepRefused, match="declaration:egor"):
        body.engine.start(DeclarationProcess.declare(clients=()), by="egor")


# -- the application --------------------------------------------------------------------------------------------------


def test_whoever_tested_does_not_decide(body):
    body.tested()
    for decision in (ApplicationProcess.grant(), ApplicationProcess.refuse(reason="no")):
        assert body.refused("A-1", decision, "egor") == [("same_person", "7.6")]  # though a decision maker
    assert body.do("A-1", ApplicationProcess.grant(), "dina").data.took_part == ("hugo", "egor", "dina")


def test_a_product_that_does_not_conform_gets_no_certificate(body):
    body.tested(BAD)
    assert body.refused("A-1", ApplicationProcess.grant(), "dina") == [("does_not_conform", "7.6")]
    assert body.engine.count(CertificateProcess) == 0


def test_the_leading_expert_files_the_protocol_and_it_says_something(body):
    body.declare("elsa")
    body.accepted()
    body.do("A-1", ApplicationProcess.appoint(declarations=("elsa", "egor")), "hugo")
    assert body.refused("A-1", ApplicationProcess.file_protocol(number="P", met=GOOD), "egor") == [
        ("not_assigned", "7.4")
    ]
    assert body.refused("A-1", ApplicationProcess.file_protocol(number="P", met={}), "elsa") == [
        ("empty_protocol", "7.4")
    ]


def test_no_way_to_a_decision_leads_past_review_test_or_a_second_person():
    guaranteed = ApplicationProcess.guarantees()
    assert guaranteed.behind["granted"] == ("register", "accept", "appoint", "file_protocol", "grant")
    assert (guaranteed.alone["granted"], guaranteed.alone["refused"]) == ((), ())


def test_deadlines_pass_from_hand_to_hand_and_a_late_one_goes_to_the_superior(body, clock, outbox):
    body.tested()
    met = {one.norm: one.status for event in body.engine.history("A-1") for one in event.closed}
    assert met == dict.fromkeys(["application.review", "application.appoint", "application.test"], ObligationStatus.MET)
    (owed,) = body.engine.case("A-1").obligations
    assert (owed.norm, owed.role, owed.clause, owed.term) == (
        "application.decide",
        "decision_maker",
        "7.6",
        "5 business days",
    )
    clock.move_to(owed.due + dt.timedelta(days=4))
    body.engine.tick()
    body.engine.tick()
    assert "vera" in {one.to for one in outbox.delivered if one.template == "superior"}
    body.do("A-1", ApplicationProcess.grant(), "dina")
    assert body.engine.history("A-1")[-1].closed or body.engine.history("A-1")[-2].closed
    assert {one.status for event in body.engine.history("A-1") for one in event.closed if one.norm == owed.norm} == {
        ObligationStatus.MET_LATE
    }


# -- the certificate --------------------------------------------------------------------------------------------------


def test_a_certificate_lasts_three_years_and_is_looked_at_every_year(body, clock):
    certificate = body.certificate()
    for year in (1, 2, 3):
        clock.move_to(dt.datetime(2026 + year, 3, 2 + 7 * year, 9, tzinfo=dt.UTC))
        body.engine.tick(trust_clock=True)
        begun = body.engine.cases(SurveillanceProcess, parent=certificate)
        assert len(begun) == min(year, 2)
    assert body.stage(certificate) == "expired"
    assert {one.stage for one in begun} == {"dropped"}


def test_whoever_tested_the_product_neither_suspends_nor_restores(body):
    certificate = body.certificate()
    assert body.refused(certificate, CertificateProcess.suspend(reason="x"), "egor") == [("same_person", "7.6")]
    body.do(certificate, CertificateProcess.suspend(reason="misuse of the mark"), "dina")
    assert [one.norm for one in body.engine.case(certificate).obligations] == ["certificate.resolve"]
    assert body.refused(certificate, CertificateProcess.restore(evidence="x"), "egor") == [("same_person", "7.6")]
    assert body.do(certificate, CertificateProcess.restore(evidence="letter 4"), "dmitri").stage == "valid"


def test_a_surveillance_that_passes_keeps_the_certificate(body, clock):
    look = body.surveillance(clock)
    body.do(look, SurveillanceProcess.appoint(declarations=("egor",)), "hugo")
    body.do(look, SurveillanceProcess.file_protocol(number="P-2", met=GOOD), "egor")
    assert body.refused(look, SurveillanceProcess.keep(), "egor") == [("same_person", "7.6")]
    assert body.do(look, SurveillanceProcess.keep(), "dina").stage == "passed"
    assert body.stage(body.engine.case(look).data.certificate) == "valid"


def test_one_that_fails_suspends_it_and_its_people_took_part(body, clock):
    look = body.surveillance(clock)
    certificate = body.engine.case(look).data.certificate
    body.do(look, SurveillanceProcess.appoint(declarations=("egor",)), "hugo")
    body.do(look, SurveillanceProcess.file_protocol(number="P-2", met=BAD), "egor")
    assert body.refused(look, SurveillanceProcess.keep(), "dina") == [("does_not_conform", "7.9")]
    body.do(look, SurveillanceProcess.fail(reason="the doors"), "dmitri")
    after = body.engine.case(certificate)
    assert (after.stage, after.data.took_part[-2:]) == ("suspended", ("egor", "dmitri"))


def test_a_withdrawn_certificate_is_not_looked_at(body, clock):
    look = body.surveillance(clock)
    certificate = body.engine.case(look).data.certificate
    body.do(certificate, CertificateProcess.withdraw(reason="production ended"), "dina")
    assert (body.stage(certificate), body.stage(look)) == ("withdrawn", "dropped")


# -- the appeal -------------------------------------------------------------------------------------------------------


def test_an_appeal_is_answered_by_two_who_took_no_part(body):
    certificate = body.certificate()
    body.do(certificate, CertificateProcess.suspend(reason="misuse of the mark"), "dmitri")
    body.appeal(certificate=certificate)
    (owed,) = body.engine.case("appeal").obligations
    assert (owed.norm, owed.role, owed.due.date()) == ("appeal.answer", "appeals_panel", dt.date(2026, 4, 1))
    propose = AppealProcess.propose(uphold=True, reason="the mark was used rightly")
    assert body.refused("appeal", propose, "dmitri") == [("same_person", "7.6")]
    body.do("appeal", propose, "paula")
    for somebody in ("paula", "dmitri"):
        assert body.refused("appeal", AppealProcess.agree(), somebody) == [("same_person", "7.6")]
    body.do("appeal", AppealProcess.agree(), "pavel")
    assert (body.stage("appeal"), body.stage(certificate)) == ("upheld", "valid")


def test_a_refusal_that_is_overturned_is_decided_by_somebody_else(body):
    application = body.refused_application()
    body.appeal(application=application)
    body.do("appeal", AppealProcess.propose(uphold=True, reason="the doors were mended"), "paula")
    body.do("appeal", AppealProcess.agree(), "dmitri")
    assert body.stage(application) == "tested"
    again = ApplicationProcess.refuse(reason="the doors")
    assert body.refused(application, again, "dina") == [("same_person", "7.6")]
    assert body.do(application, again, "dmitri").stage == "refused"


def test_an_appeal_may_be_dismissed_and_the_panel_disagree(body):
    application = body.refused_application()
    body.appeal(application=application)
    body.do("appeal", AppealProcess.propose(uphold=True, reason="perhaps"), "paula")
    body.do("appeal", AppealProcess.disagree(reason="the doors"), "pavel")
    body.do("appeal", AppealProcess.propose(uphold=False, reason="the doors"), "pavel")
    body.do("appeal", AppealProcess.agree(), "paula")
    assert (body.stage("appeal"), body.stage(application)) == ("dismissed", "refused")


def test_an_appeal_is_against_one_decision_that_there_is_and_one_at_a_time(body):
    with pytest.raises(StepRefused, match="an appeal is against one refusal, suspension or withdrawal"):
        body.appeal()
    body.accepted()
    with pytest.raises(StepRefused, match="an appeal is against one refusal, suspension or withdrawal"):
        body.appeal(application="A-1")
    body.do("A-1", ApplicationProcess.withdraw(letter="7"), "olga")


def test_of_one_decision_there_is_one_appeal_at_a_time(body):
    certificate = body.suspended()
    body.appeal(certificate=certificate)
    with pytest.raises(StepRefused, match=f"appeal:{certificate}"):
        body.engine.start(AppealProcess.lodge(grounds="again", certificate=certificate), by="olga")


def test_what_was_restored_meanwhile_is_not_reinstated_again(body):
    certificate = body.suspended()
    body.appeal(certificate=certificate)
    body.do("appeal", AppealProcess.propose(uphold=True, reason="rightly"), "paula")
    body.do(certificate, CertificateProcess.restore(evidence="letter 4"), "dmitri")
    body.do("appeal", AppealProcess.agree(), "pavel")
    assert (body.stage("appeal"), body.stage(certificate)) == ("upheld", "valid")
