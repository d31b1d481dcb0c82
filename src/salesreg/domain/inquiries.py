"""Inquiries: whatever reaches the company, about sales or not, and how it was answered (R43–R46, R49, R50)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from salesreg.domain.clients import Contact
from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.people import Role
from salesreg.domain.responsibilities import Responsibility
from salesreg.errors import DomainError

__all__ = ["IncomingDocument", "Inquiry", "InquiryChannel", "Response", "ResponseKind"]


class InquiryChannel(StrEnum):
    """How an inquiry came, or an answer went."""

    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"
    WEBSITE = "website"
    IN_PERSON = "in_person"
    POST = "post"
    COURIER = "courier"
    FAX = "fax"
    EDI = "edi"

    @property
    def brings_documents(self) -> bool:
        """Whether what comes this way is a document, which is registered before it moves on (R50)."""
        return self in _DOCUMENTS


_DOCUMENTS: Final = frozenset({InquiryChannel.POST, InquiryChannel.COURIER, InquiryChannel.FAX, InquiryChannel.EDI})


class ResponseKind(StrEnum):
    """What a response is: only a person's counts (R44)."""

    HOLDING = "holding"
    SUBSTANTIVE = "substantive"
    AUTOMATIC = "automatic"


@attrs.frozen
class Response:
    """Something that went out to the one who asked.

    Attributes:
        kind: that the matter is in hand, the answer itself, or a machine's acknowledgement.
        at: when it went out, UTC.
        by: the id of the employee who gave it; ``"system"`` for a machine's.
        channel: how it went.
        record_ref: the record of the call or message; without one there was none (R46).
    """

    kind: ResponseKind
    at: Instant
    by: str
    channel: InquiryChannel
    record_ref: str

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.record_ref.strip():
            raise DomainError("a response without a record of the call or message was never given")


@attrs.frozen
class IncomingDocument:
    """A document that came in, as the register knows it (R50).

    Attributes:
        number: its number in the register, unique.
        title: what it is.
        content_hash: SHA-256 of its scan, if there is one.
    """

    number: str
    title: str
    content_hash: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.number.strip() or not self.title.strip():
            raise DomainError('a document in the register has a number and a title, such as "17-in", "Claim"')


@attrs.frozen
class Inquiry:
    """Something that somebody wants of the company.

    Attributes:
        received_at: when it reached the company, UTC; both clocks start here.
        channel: how it came.
        subject: what it is about.
        queue: the role in whose queue it waits or whose holder works on it.
        about_sales: whether it is about sales; it is answered in time either way (R43).
        activity: which activity of the responsibility matrix it concerns; blank while nobody has said.
        sender: who asks, if known.
        document: the document it came with, as the register knows it.
        assignee: the id of the employee in charge; None while it waits in the queue.
        responses: what went out, in the order in which it went out, not in which it was recorded.
        learned: the row of the responsibility matrix that resolving it has added, if one.
        result: what came of it.
        reopened: why it was taken up again, each time.
    """

    received_at: Instant
    channel: InquiryChannel
    subject: str
    queue: Role
    about_sales: bool = attrs.field(default=False, kw_only=True)
    activity: str = attrs.field(default="", kw_only=True)
    sender: Contact | None = attrs.field(default=None, kw_only=True)
    document: IncomingDocument | None = attrs.field(default=None, kw_only=True)
    assignee: str | None = attrs.field(default=None, kw_only=True)
    responses: tuple[Response, ...] = attrs.field(default=(), kw_only=True)
    learned: Responsibility | None = attrs.field(default=None, kw_only=True)
    result: str | None = attrs.field(default=None, kw_only=True)
    reopened: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "received_at")
        if not self.subject.strip():
            raise DomainError('an inquiry has a subject, such as "Where is my invoice?"')
        if any(response.at < self.received_at for response in self.responses):
            raise DomainError(f"nothing answers an inquiry before it is received at {self.received_at.isoformat()}")
        in_order = tuple(sorted(self.responses, key=lambda response: response.at))
        object.__setattr__(self, "responses", in_order)

    @property
    def owner(self) -> str | Role:
        """Whose it is now: one person's, or the queue's of one role."""
        return self.assignee or self.queue

    @property
    def first_response_at(self) -> Instant | None:
        """When a person first called back or wrote, UTC; an automatic acknowledgement is no response (R44)."""
        return next((one.at for one in self.responses if one.kind is not ResponseKind.AUTOMATIC), None)

    @property
    def answered_at(self) -> Instant | None:
        """When the matter itself was first answered, UTC."""
        return next((one.at for one in self.responses if one.kind is ResponseKind.SUBSTANTIVE), None)

    def with_response(self, response: Response) -> Inquiry:
        """The inquiry with one more response, wherever it belongs in time."""
        return attrs.evolve(self, responses=(*self.responses, response))
