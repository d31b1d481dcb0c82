"""Complaints: a process of the team's own, on the kernel alone."""

from __future__ import annotations

from attrs import evolve, frozen

from salesreg import Norm, Process, Role, Rulebook, Term
from salesreg.process import STAGE_OWNER, Must, Stage, Text, start, stay, step

HEAD = Role("head", "head of service")
CLERK = Role("clerk", "clerk", HEAD)

ANSWER = Norm("complaint.answer", "A complaint is answered within two business days.", "C1", CLERK,
              term=Term.parse("2 business days"), control="the letter", metric="share answered in time")  # fmt: skip


@frozen
class Complaint:
    """What somebody complains of, what was found out, and what they were told."""

    text: str
    found: str | None = None
    answer: str | None = None


looked_into = Must[Complaint](lambda it: it.found is not None, "not_looked_into", "nobody has looked into it yet")


class ComplaintProcess(Process[Complaint]):
    """From a complaint to an answer that the head has seen, if it was a refusal."""

    id, version, title = "complaint", 1, "Complaint"

    received = Stage("Received", CLERK, ANSWER)
    with_head = Stage("With the head", HEAD, no_term="the clerk's term goes on until the head has decided")
    answered = Stage("Answered", final=True)

    @step(start(received), "Receive a complaint", by=CLERK, notify=[STAGE_OWNER], clause="C1")
    def receive(self, *, text: Text) -> Complaint:
        return Complaint(text)

    @step(stay(received), "Look into it", by=CLERK, clause="C1")
    def look_into(self, complaint: Complaint, *, found: Text) -> Complaint:
        return evolve(complaint, found=found)

    @step(received.to(answered), "Make it good", by=CLERK, requires=[looked_into], clause="C2")
    def make_good(self, complaint: Complaint, *, answer: Text) -> Complaint:
        return evolve(complaint, answer=answer)

    @step(received.to(with_head), "Propose to refuse", by=CLERK, requires=[looked_into], notify=HEAD, clause="C3")
    def propose_refusal(self, complaint: Complaint, *, answer: Text) -> Complaint:
        return evolve(complaint, answer=answer)

    @step(with_head.to(answered), "Refuse", by=HEAD, clause="C3")
    def refuse(self, complaint: Complaint) -> Complaint:
        return complaint

    @step(with_head.to(received), "Send back", by=HEAD, notify=CLERK, clause="C3")
    def send_back(self, complaint: Complaint) -> Complaint:
        return evolve(complaint, answer=None)


RULES = Rulebook("own", roles=[HEAD, CLERK], processes=[ComplaintProcess])
