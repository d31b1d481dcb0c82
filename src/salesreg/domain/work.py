"""Work: what a client orders, and the drafts and main documents that are made for it (R2, R22–R28)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

import attrs

from salesreg.domain.contracts import Channel
from salesreg.domain.deals import Deal, Hold
from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.payment_terms import InvoiceBasis, PaymentTerms, TermsChoice
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import DomainError

__all__ = [
    "DocumentDraft",
    "DocumentKind",
    "DraftedDocument",
    "InfoRequest",
    "InvoiceBasis",
    "MainDocument",
    "PaymentTerms",
    "SignedCopy",
    "TermsChoice",
    "Work",
    "WorkOrder",
    "WorkRequest",
]


class DocumentKind(StrEnum):
    """What a work ends in: the main documents of certifying, insuring and other firms (R2)."""

    CERTIFICATE = "certificate"
    DECLARATION = "declaration"
    POLICY = "policy"
    PROTOCOL = "protocol"
    REPORT = "report"
    ACT = "act"

    def text(self, lang: str = "en") -> str:
        """The kind's name for people.

        >>> DocumentKind.POLICY.text("ru")
        'страховой полис'
        """
        return _KINDS[self][lang == "ru"]


_KINDS: Final[dict[DocumentKind, tuple[str, str]]] = {
    DocumentKind.CERTIFICATE: ("certificate", "сертификат"),
    DocumentKind.DECLARATION: ("declaration", "декларация"),
    DocumentKind.POLICY: ("insurance policy", "страховой полис"),
    DocumentKind.PROTOCOL: ("protocol", "протокол"),
    DocumentKind.REPORT: ("report", "отчёт"),
    DocumentKind.ACT: ("act of completion", "акт"),
}


class SignedCopy(StrEnum):
    """Which copy of the contract signed by the client is enough to begin work on (R22)."""

    SCAN = "scan"
    ORIGINAL = "original"


@attrs.frozen
class Work:
    """One piece of work that a client wants.

    Attributes:
        id: unique in its order, such as ``"1"``.
        item: the code of the item in the deal's quote.
        quantity: how many units, more than 0.
        document: what the work ends in.
        subject: what is to be certified, insured or examined.
    """

    id: str
    item: str
    quantity: Decimal = attrs.field(default=Decimal(1))
    document: DocumentKind = attrs.field(default=DocumentKind.CERTIFICATE, kw_only=True)
    subject: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not (self.id.strip() and self.item.strip()):
            raise DomainError("a work needs an id in its order and the code of an item in the quote")
        given: object = self.quantity
        if isinstance(given, float):
            raise DomainError(f"work {self.id!r} has the float quantity {given!r}: give a Decimal or a whole number")
        object.__setattr__(self, "quantity", Decimal(self.quantity))
        if not (self.quantity.is_finite() and self.quantity > 0):
            raise DomainError(f"work {self.id!r} has the quantity {self.quantity}: give more than 0")


def _works(given: Iterable[Work], whose: str) -> tuple[Work, ...]:
    works = tuple(given)
    if not works:
        raise DomainError(f"{whose} orders no work: give at least one")
    _once((work.id for work in works), whose)
    return works


def _once(names: Iterable[str], whose: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DomainError(f"{whose} names {name!r} twice: give each its own")
        seen.add(name)


@attrs.frozen
class WorkRequest:
    """What a client has asked for in so many words, such as the order that came with the signed contract (R22, R23).

    Attributes:
        reference: where it is written, such as ``"letter 17"``.
        works: what is asked for.
    """

    reference: str
    works: tuple[Work, ...]

    def __attrs_post_init__(self) -> None:
        if not self.reference.strip():
            raise DomainError("a client's request refers to where it is written, such as 'letter 17'")
        object.__setattr__(self, "works", _works(self.works, f"request {self.reference!r}"))


@attrs.frozen
class InfoRequest:
    """What the client was asked for because it was missing (R25).

    Attributes:
        items: what is missing, at least one thing.
        asked_at: when the client was asked, UTC.
        received: the items that have come.
        waived: the items that turned out to be unnecessary.
        waived_by: the id of the employee who waived them.
        waive_reason: why they are not needed.
        answered_at: when nothing was missing any more, UTC.
    """

    items: tuple[str, ...]
    asked_at: Instant
    received: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    waived_by: str | None = None
    waive_reason: str = ""
    answered_at: Instant | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("items", "received", "waived"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        keep_utc(self, "asked_at", "answered_at")
        if not self.items or not all(item.strip() for item in self.items):
            raise DomainError("a request for information lists what is missing: give at least one item, none blank")
        _once(self.items, "a request for information")
        settled = (*self.received, *self.waived)
        _once(settled, "an answer")
        if strange := [item for item in settled if item not in self.items]:
            raise DomainError(f"nobody asked for {', '.join(strange)}: the open items are {', '.join(self.items)}")
        if self.waived and not (self.waived_by and self.waive_reason.strip()):
            raise DomainError(f"{', '.join(self.waived)} cannot be waived by nobody or for no reason: say who and why")

    @property
    def open_items(self) -> tuple[str, ...]:
        """What is still missing."""
        return tuple(item for item in self.items if item not in self.received and item not in self.waived)

    def answered(
        self, received: Iterable[str], waived: Iterable[str], *, by: str, reason: str, at: Instant
    ) -> InfoRequest:
        """The request with some items received or waived.

        Raises:
            DomainError: an item was not asked for or is settled already, or one is waived without a reason.
        """
        gone = tuple(waived)
        after = attrs.evolve(
            self,
            received=(*self.received, *received),
            waived=(*self.waived, *gone),
            waived_by=by if gone else self.waived_by,
            waive_reason=reason if gone else self.waive_reason,
        )
        return after if after.open_items else attrs.evolve(after, answered_at=at)


@attrs.frozen
class DraftedDocument:
    """The draft of one work's main document, by the hash of its text."""

    work: str
    content_hash: str

    def __attrs_post_init__(self) -> None:
        if not (self.work.strip() and self.content_hash.strip()):
            raise DomainError("a drafted document names its work and carries the hash of its text")


@attrs.frozen
class DocumentDraft:
    """One version of the drafts that the client sees: one document for each work of the order (R22, R24).

    Attributes:
        version: 1 for the first, one more for each round.
        documents: one for each work.
        submitted_at: when the client got it, UTC.
        corrections: what the client wanted changed; empty if nothing.
        agreed_at: when the client agreed to it, UTC.
        evidence: where the client's agreement is written.
    """

    version: int
    documents: tuple[DraftedDocument, ...]
    submitted_at: Instant
    corrections: str = ""
    agreed_at: Instant | None = None
    evidence: str = ""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "documents", tuple(self.documents))
        keep_utc(self, "submitted_at", "agreed_at")
        _once((document.work for document in self.documents), f"draft version {self.version}")
        if self.agreed_at is not None and not self.evidence.strip():
            raise DomainError(f"draft version {self.version} cannot be agreed without evidence: refer to a letter")

    def hash_of(self, work: str) -> str | None:
        """The hash of the document drafted for a work; None if there is none."""
        return next((one.content_hash for one in self.documents if one.work == work), None)


@attrs.frozen
class MainDocument:
    """A main document as it was issued.

    Attributes:
        work: the id of the work in the order.
        number: the document's own number, unique.
        content_hash: hash of its text; that of the draft which the client agreed to.
    """

    work: str
    number: str
    content_hash: str

    def __attrs_post_init__(self) -> None:
        if not (self.work.strip() and self.number.strip() and self.content_hash.strip()):
            raise DomainError("a main document names its work, its number and the hash of its text")


@attrs.frozen
class WorkOrder:
    """A client's order for work under a contract, from its receipt to the delivery of the main documents.

    Attributes:
        deal: the id of the deal whose contract it is under.
        works: what is to be done; at least one.
        terms: when it is paid for, and which clause decided.
        request: where the client's explicit request is written; None if there is none.
        specialist: the id of the commercial specialist in charge.
        contact_email: the client's address.
        basis: whether finished work is invoiced without a request, or the specialist asks for the invoice.
        info_requests: what the client was asked for, in order.
        drafts: the versions that the client has seen, in order.
        prepaid_by: the ids of the invoices by which every work has been paid for in advance; empty until it has.
        documents: the main documents issued.
        packages: the ids of the packages of signed documents that they came in.
        sent_by: how they were sent to the client.
        hold: why and until when the order rests, if it does.
        cancel_reason: why it was given up.

    Raises:
        DomainError: there is no work, or two works share an id.
    """

    deal: Annotated[CaseId, Ref(Deal, process="sale")]
    works: tuple[Work, ...]
    terms: TermsChoice
    request: str | None = None
    specialist: str | None = None
    contact_email: str | None = None
    basis: InvoiceBasis = InvoiceBasis.AUTO
    info_requests: tuple[InfoRequest, ...] = ()
    drafts: tuple[DocumentDraft, ...] = ()
    prepaid_by: tuple[CaseId, ...] = ()
    documents: tuple[MainDocument, ...] = ()
    packages: tuple[CaseId, ...] = ()
    sent_by: Channel | None = None
    hold: Hold | None = None
    cancel_reason: str | None = None

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "works", _works(self.works, "the order"))
        for name in ("info_requests", "drafts", "prepaid_by", "documents", "packages"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.request is not None and not self.request.strip():
            raise DomainError("a client's request is referred to by where it is written: give that, or None")

    def explain(self, lang: str = "en") -> str:
        """When the order is paid for, and which clause decided."""
        return self.terms.explain(lang)

    @property
    def open_items(self) -> tuple[str, ...]:
        """What the client still owes an answer to."""
        return self.info_requests[-1].open_items if self.info_requests else ()

    @property
    def agreed(self) -> DocumentDraft | None:
        """The draft that the client has agreed to, if it is the last one."""
        return self.drafts[-1] if self.drafts and self.drafts[-1].agreed_at is not None else None

    @property
    def is_prepaid(self) -> bool:
        """Whether every work has been paid for in advance."""
        return bool(self.prepaid_by)

    def work(self, work_id: str) -> Work:
        """The work of that id.

        Raises:
            DomainError: the order has none.
        """
        for work in self.works:
            if work.id == work_id:
                return work
        raise DomainError(f"the order has no work {work_id!r}; it has {', '.join(work.id for work in self.works)}")
