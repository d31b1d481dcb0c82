"""The inquiry: whatever reaches the company is answered, by one person, in time (R43–R46, R49–R51)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from attrs import evolve

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.clients import Contact
from salesreg.commercial.domain.inquiries import BRING_DOCUMENTS, IncomingDocument, Inquiry, InquiryId, ResponseKind
from salesreg.commercial.domain.numbers import number_key
from salesreg.commercial.domain.records import Own
from salesreg.commercial.parameters import NUMBER_PERIOD, RECORD_LAG
from salesreg.commercial.roles import HEAD_OF_SALES, STAFF
from salesreg.errors import Refusal
from salesreg.process import (
    STAGE_OWNER,
    Attempt,
    Charge,
    Checks,
    Must,
    Outcome,
    Past,
    Person,
    Process,
    Sla,
    Stage,
    Text,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Employee, Instant, Letter, Norm, Parameter, Responsibility, Role, Strength, open_norm

FIRST_RESPONSE: Final = open_norm(
    "inquiry.first_response",
    "Whatever reaches the company, about sales or not, gets a first response in time from its receipt on.",
    "R43",
    STAFF,
    title='The thirty minutes of the first response: "30 working minutes", or "30 minutes" by the clock on the wall.',
    default="30 working minutes",
    control="the record of the call or message that went out",
    metric="K6",
)
FULL_ANSWER: Final = open_norm(
    "inquiry.full_answer",
    "Whoever is in charge of an inquiry answers the matter itself in time.",
    "R44",
    STAFF,
    control="the record of the answer",
    metric="K7",
)
OWNERSHIP: Final = open_norm(
    "inquiry.ownership",
    "The head decides in time whose an unclear matter is; the client's clock runs on meanwhile.",
    "R45",
    HEAD_OF_SALES,
    control="the assignment of the inquiry",
    metric="K7",
)
ALWAYS_REPLY: Final = Norm(
    "inquiry.always_reply",
    "Who cannot answer the matter yet calls back or writes that it is in hand; an automatic reply is none.",
    "R44",
    control="the record of the holding reply",
    metric="K6",
)
ONE_OWNER: Final = Norm(
    "inquiry.one_owner",
    "An inquiry goes to the one role in whose zone it lies; where the matrix names none or several, the head decides.",
    "R79",
    control="the row of the responsibility matrix",
    metric="K6",
)
SORTED: Final = Norm(
    "inquiry.sorting",
    "What comes in is sorted by its subject, so that everybody gets what is theirs.",
    "R49",
    control="the activity of the inquiry",
    metric="K7",
)
REGISTER: Final = Norm(
    "inquiry.register",
    "A document that comes in is entered in the register once, and moves on from there.",
    "R50",
    control="the register's number",
    metric="K6",
)
ON_RECORD: Final = Norm(
    "inquiry.on_record",
    "A matter is finished when its result is on record.",
    "R46",
    control="the result of the inquiry",
    metric="K6",
)
COURTESY: Final = Norm(
    "inquiry.courtesy",
    "Whoever picks up the telephone gives the company's name and their own, listens, and repeats what was agreed.",
    "R51",
    strength=Strength.RECOMMENDATION,
)

WHEN: Final = ("received_at", "sent_at")
ANYONE: Final = (*STAFF, SYSTEM)
owner = Charge[Inquiry]("assignee", None, "whoever is in charge of the inquiry", find=lambda inquiry: inquiry.owner)


def in_zone_of(activity: str, precedent: InquiryId | None, attempt: Attempt) -> tuple[str, ...]:
    """The roles in whose zone an activity lies, by the regulation and by the inquiry that once settled it."""
    settled = None if precedent is None else attempt.related[precedent].data.learned
    matrix = attempt.regulation.matrix
    return (matrix if settled is None else matrix.with_rows([settled])).who_is_responsible(activity)


def holds(person: Employee, role: str) -> Checks:
    """Whoever gets an inquiry holds the role in whose zone it lies."""
    if role not in person.roles:
        held = tuple(sorted(person.roles))
        facts = {"name": person.full_name}
        yield Refusal("wrong_assignee", "{name} is no {need:role}", need=role, got=held, facts=facts)


class InquiryProcess(Process[Inquiry]):
    """From receipt to result: a first response in time, one person in charge, an answer.

    A guard stands above the step that it holds up; that what comes in is routed at once stands in `reactions`.
    """

    id, version, title = "inquiry", 1, "Inquiry"
    charges = (owner,)
    searchable = {
        "subject": lambda inquiry: inquiry.subject,
        "sender": lambda inquiry: inquiry.sender and inquiry.sender.name,
        "document": lambda inquiry: inquiry.document and inquiry.document.number,
    }
    facts = {"what": lambda inquiry: inquiry.subject}

    router = Parameter("inquiry.router", Role, "Who looks through what comes in and passes it on.", clause="R49")
    routing_rules = Parameter(
        "inquiry.routing_rules",
        str,
        'Words in a subject that give its activity, first match first: "invoice = topic.invoice; pass = topic.pass".',
        clause="R49",
        default="",
    )
    number_period = NUMBER_PERIOD
    automatic_counts = Parameter(
        "inquiry.automatic_counts", bool, "Whether an automatic reply is a response.", clause="R44", default=False
    )

    received = Stage("Received", owner, no_term="the first response has its own clock, from receipt")
    ownership_unclear = Stage("Ownership unclear", HEAD_OF_SALES, OWNERSHIP)
    assigned = Stage("Assigned", owner, no_term="the first response and the answer have clocks")
    first_responded = Stage("First response given", owner, no_term="the answer has its clock")
    answered = Stage("Answered", owner, no_term="the client has the answer; the record follows")
    closed = Stage("Closed", ended=True)

    @step(
        start(received), "Receive an inquiry", by=ANYONE, notify=owner, clause="R43", norms=[SORTED, REGISTER, COURTESY]
    )
    def receive_inquiry(
        self,
        attempt: Attempt,
        *,
        received_at: Past,
        channel: Channel,
        subject: Text,
        about_sales: bool = False,
        activity: str = "",
        sender: Contact | None = None,
        company: Own = "",
        document: IncomingDocument | None = None,
    ) -> Outcome[Inquiry]:
        if channel in BRING_DOCUMENTS and document is None:
            yield Refusal("not_registered", "a document that comes in is registered before it moves on", clause="R50")
        if sender is not None and sender.do_not_call and sender.phone is None:
            yield Refusal(
                "which_number", "say at which number {got} is not to be called", got=sender.name, clause="R67"
            )
        inquiry = Inquiry(received_at, channel, subject, self.router.id, sender=sender, company=company.strip())
        return evolve(
            inquiry,
            document=document,
            number_period=self.number_period.of(attempt.day_of(received_at)),
            about_sales=about_sales,
            activity=activity.strip() or self.activity_of(subject),
        )

    def activity_of(self, subject: str) -> str:
        """The activity that the routing rules give to a subject; blank if no word in it begins as one of theirs."""
        for rule in self.routing_rules.split(";"):
            word, _, activity = rule.partition("=")
            if word.strip() and re.search(rf"\b{re.escape(word.strip())}", subject, re.IGNORECASE):
                return activity.strip()
        return ""

    # -- whose it is ----------------------------------------------------------------------------------------------

    @step(
        received.to(first_responded, when=lambda inquiry: inquiry.responded) | received.to(assigned),
        "Assign the inquiry",
        by=[router, HEAD_OF_SALES, SYSTEM],
        notify=owner,
        clause="R79",
        norms=[ONE_OWNER],
    )
    def assign_inquiry(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        activity: str | None = None,
        assignee: Person | None = None,
        precedent: InquiryId | None = None,
    ) -> Outcome[Inquiry]:
        wanted = activity or inquiry.activity
        if not wanted.strip():
            yield Refusal("no_activity", "the activity is required", clause="R49")
        roles = in_zone_of(wanted, precedent, attempt)
        if len(roles) != 1:
            yield Refusal(
                "no_single_owner",
                "the responsibility matrix names {n} {n:plural|role|roles} for {activity}: ask the head whose it is",
                got=roles,
                facts={"activity": wanted, "n": len(roles)},
                clause="R45",
            )
            return inquiry
        if assignee is not None:
            yield from holds(attempt.person(assignee), roles[0])
        return evolve(inquiry, activity=wanted, queue=roles[0], assignee=assignee)

    @step(received.to(ownership_unclear), "Ask the head whose it is", by=ANYONE, notify=HEAD_OF_SALES, clause="R45")
    def escalate_unclear_ownership(
        self, inquiry: Inquiry, attempt: Attempt, *, activity: str | None = None, precedent: InquiryId | None = None
    ) -> Outcome[Inquiry]:
        wanted = activity or inquiry.activity
        roles = in_zone_of(wanted, precedent, attempt) if wanted else ()
        if len(roles) == 1:
            facts = {"activity": wanted}
            yield Refusal("owner_is_clear", "{activity} lies with the {got:role}: assign it", got=roles[0], facts=facts)
        return evolve(inquiry, activity=wanted, queue=HEAD_OF_SALES.id)

    @step(
        ownership_unclear.to(first_responded, when=lambda inquiry: inquiry.responded) | ownership_unclear.to(assigned),
        "Decide whose it is",
        by=HEAD_OF_SALES,
        notify=owner,
        clause="R45",
    )
    def resolve_ownership(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        assignee: Person,
        activity: str | None = None,
        new_row: Responsibility | None = None,
    ) -> Outcome[Inquiry]:
        """A new row of the matrix settles the activity for every later inquiry."""
        wanted = activity or inquiry.activity
        person = attempt.person(assignee)
        role = min(person.roles)
        if new_row is not None:
            role = new_row.role or role
            yield from holds(person, role)
            if (new_row.activity, new_row.letter) != (wanted, Letter.RESPONSIBLE) or new_row.role is None:
                row, facts = f"{new_row.activity}: {new_row}", {"activity": wanted}
                yield Refusal(
                    "other_row",
                    "a new row says who is responsible for {activity}",
                    got=row,
                    facts=facts,
                    clause="R79",
                )
        return evolve(inquiry, activity=wanted, queue=role, assignee=assignee, learned=new_row)

    unclaimed = Must[Inquiry](
        lambda inquiry: inquiry.assignee is None, "taken", "{got} is in charge", got=lambda inquiry: inquiry.assignee
    )

    @step(stay(assigned, first_responded), "Take the inquiry", by=owner, requires=[unclaimed], clause="R79")
    def take_inquiry(self, inquiry: Inquiry, attempt: Attempt) -> Inquiry:
        return evolve(inquiry, assignee=attempt.principal.id)

    @step(stay(assigned, first_responded), "Reassign the inquiry", by=HEAD_OF_SALES, notify=owner, clause="R79")
    def reassign_inquiry(
        self, inquiry: Inquiry, attempt: Attempt, *, assignee: Person, reason: Text
    ) -> Outcome[Inquiry]:
        person = attempt.person(assignee)
        yield from holds(person, inquiry.queue)
        if assignee == inquiry.assignee:
            yield Refusal("same_person", "{name} is in charge already", got=assignee, facts={"name": person.full_name})
        return evolve(inquiry, assignee=assignee)

    # -- what went out --------------------------------------------------------------------------------------------

    @step(
        stay(received, ownership_unclear, assigned, first_responded),
        "Record an automatic acknowledgement",
        by=SYSTEM,
        clause="R44",
    )
    def record_auto_acknowledgement(
        self, inquiry: Inquiry, attempt: Attempt, *, channel: Channel, record_ref: Text
    ) -> Inquiry:
        return inquiry.with_response(ResponseKind.AUTOMATIC, attempt.at, attempt.principal.id, channel, record_ref)

    @step(
        assigned.to(first_responded) | stay(received, ownership_unclear, first_responded, answered),
        "Reply that it is in hand",
        by=[STAGE_OWNER, SYSTEM],
        clause="R44",
        norms=[ALWAYS_REPLY],
    )
    def send_holding_reply(
        self, inquiry: Inquiry, attempt: Attempt, *, channel: Channel, record_ref: Text, sent_at: Past | None = None
    ) -> Outcome[Inquiry]:
        if attempt.role == SYSTEM.id and not self.automatic_counts:
            yield Refusal("automatic", "an automatic acknowledgement is no response: a person calls back or writes")
        yield from not_before(sent_at, inquiry.received_at, "sent_at")
        when = sent_at or attempt.at
        return inquiry.with_response(ResponseKind.HOLDING, when, attempt.principal.id, channel, record_ref)

    @step((assigned | first_responded).to(answered) | stay(answered), "Answer the matter", by=owner, clause="R44")
    def send_answer(
        self, inquiry: Inquiry, attempt: Attempt, *, channel: Channel, record_ref: Text, sent_at: Past | None = None
    ) -> Outcome[Inquiry]:
        yield from not_before(sent_at, inquiry.received_at, "sent_at")
        when = sent_at or attempt.at
        return inquiry.with_response(ResponseKind.SUBSTANTIVE, when, attempt.principal.id, channel, record_ref)

    @step(answered.to(closed), "Close the inquiry", by=owner, clause="R46", norms=[ON_RECORD])
    def close_inquiry(self, inquiry: Inquiry, *, result: Text) -> Inquiry:
        return evolve(inquiry, result=result)

    @step(
        (answered | closed).to(first_responded),
        "Reopen the inquiry",
        by=[owner, HEAD_OF_SALES, router],
        notify=owner,
        clause="R46",
    )
    def reopen_inquiry(self, inquiry: Inquiry, *, reason: Text) -> Inquiry:
        return evolve(inquiry, result=None, reopened=(*inquiry.reopened, reason))

    responds = Sla(
        FIRST_RESPONSE,
        start=receive_inquiry,
        stop=[send_holding_reply, send_answer],
        owner=owner,
        occurred=WHEN,
        lag=RECORD_LAG,
    )
    answers = Sla(
        FULL_ANSWER,
        start=[receive_inquiry, reopen_inquiry],
        stop=send_answer,
        owner=owner,
        occurred=WHEN,
        lag=RECORD_LAG,
    )

    @classmethod
    def began(cls, data: Inquiry) -> Instant:
        """An inquiry is recorded after it has come: what followed may be older than the record of it."""
        return data.received_at

    @classmethod
    def keys(cls, data: Inquiry) -> Iterable[str]:
        """The document's number in the register (R50), and the activity whose owner this inquiry has settled (R45)."""
        if data.document is not None:
            yield number_key("document", data.number_period, data.document.number)
        if data.learned is not None:
            yield f"responsibility:{data.learned.activity}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """What to say of a document that is registered already, or of an activity that is settled already."""
        kind, _, name = key.partition(":")
        said: dict[str, Any] = {"got": name, "facts": {"holder": holder}, "process": cls.id}
        if kind == "document.number":
            said["got"] = name.partition(":")[2]
            return Refusal("registered", "document {got} is registered already, with {holder}", clause="R50", **said)
        return Refusal("settled", "inquiry {holder} has settled {got} already", clause="R79", **said)
