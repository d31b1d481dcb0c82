"""Inquiries: whatever reaches the company, about sales or not, and how it was answered (R43–R46, R49, R50)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import attrs

from salesreg.commercial.domain.channels import COURIER, EDI, FAX, POST, Channel
from salesreg.commercial.domain.clients import Contact
from salesreg.commercial.domain.records import Own, Record, said
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant
from salesreg.rules.responsibilities import Responsibility
from salesreg.rules.roles import Role

BRING_DOCUMENTS: Final = frozenset({POST, COURIER, FAX, EDI})
"""The channels by which documents come, which are registered before they move on (R50)."""


class ResponseKind(StrEnum):
    """What a response is: only a person's counts (R44)."""

    HOLDING = "holding"
    SUBSTANTIVE = "substantive"
    AUTOMATIC = "automatic"


@attrs.frozen
class Response(Record):
    """Something that went out to the one who asked.

    Attributes:
        by: the id of the employee who gave it; ``"system"`` for a machine's.
        record_ref: the record of the call or message; without one there was none (R46).
    """

    kind: ResponseKind
    at: Instant
    by: str
    channel: Channel
    record_ref: str

    def _check(self) -> None:
        said(self.record_ref, "response_without_record", "a response without a record was never given")


@attrs.frozen
class IncomingDocument(Record):
    """A document that came in, as the register knows it (R50).

    Attributes:
        number: its number in the register, unique.
        content_hash: SHA-256 of its scan, if there is one.
    """

    number: str
    title: str
    content_hash: str = ""

    def _check(self) -> None:
        if not self.number.strip() or not self.title.strip():
            raise DomainError(
                "document_not_numbered", 'a document in the register has a number and a title, such as "17-in", "Claim"'
            )


@attrs.frozen
class Inquiry(Record):
    """Something that somebody wants of the company.

    Attributes:
        received_at: when it reached the company, UTC; both clocks start here.
        queue: the id of the role in whose queue it waits or whose holder works on it.
        about_sales: whether it is about sales; it is answered in time either way (R43).
        activity: which activity of the responsibility matrix it concerns; blank while nobody has said.
        company: what the sender's company is called, where that is known.
        number_period: within which period the document's number is taken.
        assignee: the id of the employee in charge; None while it waits in the queue.
        responses: what went out, in the order in which it went out, not in which it was recorded.
        learned: the row of the responsibility matrix that resolving it has added, if one.
        reopened: why it was taken up again, each time.
    """

    received_at: Instant
    channel: Channel
    subject: str
    queue: str
    about_sales: bool = attrs.field(default=False, kw_only=True)
    activity: str = attrs.field(default="", kw_only=True)
    sender: Contact | None = attrs.field(default=None, kw_only=True)
    company: Own = attrs.field(default="", kw_only=True)
    document: IncomingDocument | None = attrs.field(default=None, kw_only=True)
    number_period: str = attrs.field(default="", kw_only=True)
    assignee: str | None = attrs.field(default=None, kw_only=True)
    responses: tuple[Response, ...] = attrs.field(default=(), kw_only=True)
    learned: Responsibility | None = attrs.field(default=None, kw_only=True)
    result: str | None = attrs.field(default=None, kw_only=True)
    reopened: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def _check(self) -> None:
        said(self.subject, "inquiry_without_subject", 'an inquiry has a subject, such as "Where is my invoice?"')
        if any(response.at < self.received_at for response in self.responses):
            raise DomainError(
                "answered_before_receipt",
                "nothing answers an inquiry before it is received at {need}",
                need=self.received_at.isoformat(),
            )
        self._set("responses", tuple(sorted(self.responses, key=lambda response: response.at)))

    @property
    def owner(self) -> str | Role:
        """Whose it is now: one person's, by id, or the queue's of one role."""
        return self.assignee or Role(self.queue)

    @property
    def first_response_at(self) -> Instant | None:
        """When a person first called back or wrote, UTC; an automatic acknowledgement is no response (R44)."""
        return next((one.at for one in self.responses if one.kind is not ResponseKind.AUTOMATIC), None)

    @property
    def answered_at(self) -> Instant | None:
        """When the matter itself was first answered, UTC."""
        return next((one.at for one in self.responses if one.kind is ResponseKind.SUBSTANTIVE), None)

    @property
    def responded(self) -> bool:
        """Whether a person has responded, also before it was settled whose the inquiry is."""
        return self.first_response_at is not None

    def with_response(self, kind: ResponseKind, at: Instant, by: str, channel: Channel, record_ref: str) -> Inquiry:
        """The inquiry with one more response, wherever it belongs in time."""
        return attrs.evolve(self, responses=(*self.responses, Response(kind, at, by, channel, record_ref)))


InquiryId: TypeAlias = Annotated[CaseId, Ref(Inquiry, process="inquiry")]
"""The id of an inquiry's case."""
