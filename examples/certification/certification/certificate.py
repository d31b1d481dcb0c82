"""The certificate: its term, the yearly look, suspension and withdrawal."""

from attrs import evolve

from certification.entities import Application, ApplicationId, Certificate, Surveillance, SurveillanceId
from certification.roles import DECIDER, HEAD, OFFICE, deadline
from salesreg import SYSTEM, Parameter, Process, Term
from salesreg.process import Attempt, Each, Stage, Step, Text, Timer, start, stay, step

RESOLVE = deadline("certificate.resolve", "A suspended certificate is restored or withdrawn in time.", "7.11", DECIDER)

tested = Each[Certificate](lambda one: one.experts, "whoever tested the product")


class CertificateProcess(Process[Certificate]):
    """From the decision to grant it to the end of its term."""

    id, version, title = "certificate", 1, "Certificate"
    searchable = {"client": lambda one: one.client, "number": lambda one: one.number}

    validity = Parameter("certificate.validity", Term, "How long a certificate is valid.", clause="7.7")
    look_every = Parameter("certificate.look_every", Term, "How often a product is looked at again.", clause="7.9")

    valid = Stage("Valid", HEAD, no_term="surveillance has deadlines of its own")
    suspended = Stage("Suspended", DECIDER, RESOLVE)
    withdrawn = Stage("Withdrawn", ended=True)  # until an appeal reinstates it
    expired = Stage("Expired", final=True)

    @step(start(valid), "Issue the certificate", by=SYSTEM, notify=OFFICE, clause="7.7")
    def issue(self, attempt: Attempt, *, application: ApplicationId) -> Certificate:
        of: Application = attempt.related[application].data
        dates = attempt.due(self.validity), attempt.due(self.look_every)
        return Certificate(application, of.number, of.client, of.experts, of.took_part, *dates)

    @step(stay(valid), "Look at the product again", by=SYSTEM, notify=HEAD, clause="7.9")
    def look_again(self, one: Certificate, attempt: Attempt) -> Certificate:
        return evolve(one, look_at=attempt.due(self.look_every))

    @step(valid.to(suspended), "Suspend", by=DECIDER, never=tested, notify=OFFICE, clause="7.11")
    def suspend(self, one: Certificate, attempt: Attempt, *, reason: Text) -> Certificate:
        return evolve(one, took_part=(*one.took_part, attempt.principal.id))

    @step(valid.to(suspended), "Suspend after surveillance", by=SYSTEM, notify=OFFICE, clause="7.11")
    def suspend_after(self, one: Certificate, attempt: Attempt, *, surveillance: SurveillanceId) -> Certificate:
        after: Surveillance = attempt.related[surveillance].data
        return evolve(one, experts=(*one.experts, *after.experts), took_part=(*one.took_part, *after.took_part))

    @step(suspended.to(valid), "Restore", by=DECIDER, never=tested, notify=OFFICE, clause="7.11")
    def restore(self, one: Certificate, attempt: Attempt, *, evidence: Text) -> Certificate:
        return evolve(one, took_part=(*one.took_part, attempt.principal.id))

    @step((valid | suspended).to(withdrawn), "Withdraw", by=DECIDER, never=tested, notify=OFFICE, clause="7.11")
    def withdraw(self, one: Certificate, attempt: Attempt, *, reason: Text) -> Certificate:
        return evolve(one, took_part=(*one.took_part, attempt.principal.id))

    reinstate = Step((suspended | withdrawn).to(valid), "Reinstate on appeal", by=SYSTEM, notify=OFFICE, clause="7.13")
    expire = Step((valid | suspended).to(expired), "Let it expire", by=SYSTEM, notify=OFFICE, clause="7.7")

    a_year_has_passed = Timer(look_again, at=lambda one: one.look_at, during=valid)
    its_term_has_passed = Timer(expire, at=lambda one: one.valid_until)
