"""Surveillance: once a year an expert without an interest looks again, and somebody else decides."""

from collections.abc import Mapping

from attrs import evolve

from certification.entities import Certificate, CertificateId, Declarations, Protocol, Surveillance
from certification.evaluation import IMPARTIAL, conforms, impartial, lead, took_part
from certification.roles import DECIDER, EXPERT, HEAD, deadline
from salesreg import SYSTEM, Process
from salesreg.process import Attempt, Outcome, Stage, Step, Text, anywhere, built, start, stay, step

APPOINT = deadline("surveillance.appoint", "Experts for a surveillance are appointed in time.", "7.9", HEAD)
TEST = deadline("surveillance.test", "The protocol of a surveillance is filed in time.", "7.9", EXPERT)
DECIDE = deadline("surveillance.decide", "What follows from a surveillance is decided in time.", "7.9", DECIDER)


class SurveillanceProcess(Process[Surveillance]):
    """From the day on which it is due to the decision."""

    id, version, title = "surveillance", 1, "Surveillance"
    searchable = {"client": lambda one: one.client}

    due = Stage("Due", HEAD, APPOINT)
    in_test = Stage("Under test", lead, TEST)
    tested = Stage("Tested", DECIDER, DECIDE)
    passed = Stage("Passed", final=True)
    failed = Stage("Failed", final=True)
    dropped = Stage("Dropped", final=True)

    @step(start(due), "Begin a surveillance", by=SYSTEM, notify=HEAD, clause="7.9")
    def begin(self, attempt: Attempt, *, certificate: CertificateId) -> Surveillance:
        of: Certificate = attempt.related[certificate].data
        return Surveillance(certificate, of.client)

    @step(due.to(in_test) | stay(in_test), "Appoint experts", by=HEAD, notify=lead, clause="7.9", norms=[IMPARTIAL])
    def appoint(self, one: Surveillance, attempt: Attempt, *, declarations: Declarations) -> Outcome[Surveillance]:
        experts = yield from impartial(declarations, one.client, attempt)
        return evolve(one, experts=experts, took_part=(*one.took_part, *experts))

    @step(in_test.to(tested), "File the protocol", by=EXPERT, only=lead, notify=DECIDER, clause="7.9")
    def file_protocol(self, one: Surveillance, *, number: Text, met: Mapping[str, bool]) -> Outcome[Surveillance]:
        return evolve(one, protocol=(yield from built(lambda: Protocol(number, met))))

    keep = Step(
        tested.to(passed), "Keep the certificate", by=DECIDER, never=took_part, requires=[conforms], clause="7.9"
    )

    @step(tested.to(failed), "Find it wanting", by=DECIDER, never=took_part, notify=HEAD, clause="7.11")
    def fail(self, one: Surveillance, attempt: Attempt, *, reason: Text) -> Surveillance:
        return evolve(one, took_part=(*one.took_part, attempt.principal.id))

    drop = Step(anywhere(dropped), "Drop: the certificate has ended", by=SYSTEM, notify=HEAD, clause="7.9")
