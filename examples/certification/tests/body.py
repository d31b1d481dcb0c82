"""The body at work, for the tests."""

import datetime as dt

import pytest
from certification.appeal import AppealProcess
from certification.application import ApplicationProcess
from certification.certificate import CertificateProcess
from certification.declaration import DeclarationProcess
from certification.surveillance import SurveillanceProcess

from salesreg import StepRefused

VEGA, GOOD, BAD = "7707083893", {"brakes": True, "doors": True}, {"brakes": True, "doors": False}


class Body:
    """Cases that come to some point in one word, each under a name of its own."""

    def __init__(self, engine):
        self.engine = engine
        self.declare("egor")

    def do(self, case, command, by):
        return self.engine.perform(case, command, by=by)

    def stage(self, case):
        return self.engine.case(case).stage

    def refused(self, case, command, by):
        """The codes and clauses of the reasons why not."""
        with pytest.raises(StepRefused) as reasons:
            self.do(case, command, by)
        return [(one.code, one.clause) for one in reasons.value.refusals]

    def declare(self, expert, *clients):
        self.engine.start(DeclarationProcess.declare(clients=clients), by=expert, case_id=expert)

    def accepted(self):
        application = ApplicationProcess.register(number="A-1", client=VEGA, product="a lift")
        self.engine.start(application, by="olga", case_id="A-1")
        self.do("A-1", ApplicationProcess.accept(), "hugo")

    def tested(self, met=GOOD):
        self.accepted()
        self.do("A-1", ApplicationProcess.appoint(declarations=("egor",)), "hugo")
        self.do("A-1", ApplicationProcess.file_protocol(number="P-1", met=met), "egor")

    def refused_application(self):
        self.tested(BAD)
        self.do("A-1", ApplicationProcess.refuse(reason="the doors"), "dina")
        return "A-1"

    def certificate(self):
        self.tested()
        self.do("A-1", ApplicationProcess.grant(), "dina")
        (one,) = self.engine.cases(CertificateProcess, parent="A-1")
        return one.id

    def suspended(self):
        certificate = self.certificate()
        self.do(certificate, CertificateProcess.suspend(reason="misuse of the mark"), "dina")
        return certificate

    def surveillance(self, clock):
        """A year later; the expert's declaration was renewed."""
        certificate = self.certificate()
        self.do("egor", DeclarationProcess.declare_anew(clients=()), "egor")
        clock.advance(dt.timedelta(days=370))
        self.engine.tick(trust_clock=True)
        self.do("egor", DeclarationProcess.declare_anew(clients=()), "egor")
        (one,) = self.engine.cases(SurveillanceProcess, parent=certificate)
        return one.id

    def appeal(self, **against):
        self.engine.start(AppealProcess.lodge(grounds="mended", **against), by="olga", case_id="appeal")
