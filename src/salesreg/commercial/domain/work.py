"""Work: what a client orders, and the drafts and main documents that are made for it (R2, R22–R28)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

import attrs

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.deals import DealId, Hold
from salesreg.commercial.domain.numbers import spelled
from salesreg.commercial.domain.payment_terms import InvoiceBasis, TermsChoice
from salesreg.commercial.domain.records import Email, Record, exact, once, said
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant
from salesreg.rules.texts import says_nothing


class DocumentKind(StrEnum):
    """What a work ends in: the main documents of certifying, insuring and other firms (R2)."""

    CERTIFICATE = "certificate"
    DECLARATION = "declaration"
    POLICY = "policy"
    PROTOCOL = "protocol"
    REPORT = "report"
    ACT = "act"


class SignedCopy(StrEnum):
    """Which copy of the contract signed by the client is enough to begin work on (R22)."""

    SCAN = "scan"
    ORIGINAL = "original"


class DueWith(StrEnum):
    """What payment by fact falls due with (R27)."""

    WORK = "work"
    ACT = "act"


@attrs.frozen
class Work(Record):
    """One piece of work that a client wants.

    Attributes:
        id: unique in its order, such as ``"1"``; without a slash, after which it stands in an invoice.
        item: the code of the item in the deal's quote.
        document: what the work ends in.
    """

    id: str
    item: str
    quantity: Decimal = attrs.field(default=Decimal(1))
    document: DocumentKind = attrs.field(default=DocumentKind.CERTIFICATE, kw_only=True)
    subject: str = attrs.field(default="", kw_only=True)

    def _check(self) -> None:
        if not (self.id.strip() and self.item.strip()):
            raise DomainError("work_unnamed", "a work needs an id in its order and the code of an item in the quote")
        if "/" in self.id:
            raise DomainError("work_slash", "the id of a work has no slash, as {got} has: call it 1 or 2a", got=self.id)
        given = self.quantity
        whole = exact(given, "work_float", "{work} has the float {got}: give a Decimal or a whole number", work=self.id)
        self._set("quantity", whole)
        if not (self.quantity.is_finite() and self.quantity > 0):
            raise DomainError(
                "work_quantity", "work {work} has the quantity {got}: give more than 0", work=self.id, got=str(given)
            )


def _works(given: Iterable[Work]) -> tuple[Work, ...]:
    works = tuple(given)
    if not works:
        raise DomainError("no_works_ordered", "an order is for work: give at least one")
    once((work.id for work in works), "work_twice", "an order names the work {got} twice: give each its own id")
    return works


@attrs.frozen
class WorkRequest(Record):
    """What a client has asked for in so many words, such as the order that came with the signed contract (R22, R23).

    Attributes:
        reference: where it is written, such as ``"letter 17"``.
    """

    reference: str
    works: tuple[Work, ...]

    def _check(self) -> None:
        said(self.reference, "work_request_nowhere", "a client's request is written somewhere, such as 'letter 17'")
        self._set("works", _works(self.works))


@attrs.frozen
class InfoRequest(Record):
    """What the client was asked for because it was missing (R25).

    Attributes:
        items: what is missing, at least one thing.
        waived: the items that turned out to be unnecessary.
        answered_at: when nothing was missing any more, UTC.
    """

    items: tuple[str, ...]
    asked_at: Instant
    received: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    waived_by: str | None = None
    waive_reason: str = ""
    answered_at: Instant | None = None

    def _check(self) -> None:
        if not self.items or not all(item.strip() for item in self.items):
            raise DomainError("info_nothing", "a request for information lists what is missing, no item blank")
        once(self.items, "info_asked_twice", "a request for information names {got} twice")
        settled = (*self.received, *self.waived)
        once(settled, "info_settled_twice", "{got} has been received or waived already")
        if strange := tuple(item for item in settled if item not in self.items):
            raise DomainError("info_not_asked", "nobody asked for {got}, but for {need}", need=self.items, got=strange)
        if self.waived and (not self.waived_by or says_nothing(self.waive_reason)):
            raise DomainError("info_waived_for_nothing", "say who waives {got} and why", got=self.waived)

    @property
    def open_items(self) -> tuple[str, ...]:
        """What is still missing."""
        return tuple(item for item in self.items if item not in self.received and item not in self.waived)

    def answered(
        self, received: Iterable[str], waived: Iterable[str], *, by: str, reason: str, at: Instant
    ) -> InfoRequest:
        """The request with some items received or waived."""
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
class DraftedDocument(Record):
    """The draft of one work's main document, by the hash of its text."""

    work: str
    content_hash: str

    def _check(self) -> None:
        if not (self.work.strip() and self.content_hash.strip()):
            raise DomainError("draft_unnamed", "a drafted document names its work and carries the hash of its text")


@attrs.frozen
class DocumentDraft(Record):
    """One version of the drafts that the client sees: one document for each work of the order (R22, R24).

    Attributes:
        version: 1 for the first, one more for each round.
        corrections: what the client wanted changed; empty if nothing.
        evidence: where the client's agreement is written.
    """

    version: int
    documents: tuple[DraftedDocument, ...]
    submitted_at: Instant
    corrections: str = ""
    agreed_at: Instant | None = None
    evidence: str = ""

    def _check(self) -> None:
        once(
            (document.work for document in self.documents),
            "draft_work_twice",
            "draft version {version} has two documents for the work {got}",
            version=self.version,
        )
        if self.agreed_at is not None and not self.evidence.strip():
            raise DomainError(
                "draft_without_evidence", "refer to where draft version {version} was agreed", version=self.version
            )

    def hash_of(self, work: str) -> str | None:
        """The hash of the document drafted for a work; None if there is none."""
        return next((one.content_hash for one in self.documents if one.work == work), None)


@attrs.frozen
class MainDocument(Record):
    """A main document as it was issued.

    Attributes:
        content_hash: hash of its text; that of the draft which the client agreed to.
    """

    work: str
    number: str
    content_hash: str

    def _check(self) -> None:
        if not (self.work.strip() and self.number.strip() and self.content_hash.strip()):
            raise DomainError("main_document_unnamed", "a main document has its work, its number and its text's hash")


@attrs.frozen
class WorkDone(Record):
    """A work that has been done.

    Attributes:
        at: when; its day decides the VAT rate.
        result: where its result is written.
        act: the act by which the client has accepted it; None until there is one.
    """

    work: str
    at: Instant
    result: str
    act: str | None = None


@attrs.frozen
class WorkOrder(Record):
    """A client's order for work under a contract, from its receipt to the delivery of the main documents.

    Attributes:
        request: where the client's explicit request is written; None if there is none.
        basis: whether finished work is invoiced without a request, or the specialist asks for the invoice.
        drafts: the versions that the client has seen, in order.
        prepaid_by: the ids of the invoices by which every work has been paid for in advance; empty until it has.
        clients: what tells the client from others: its record, and those that had been merged into it.
        done: the works that have been done, each with its day.
        quote_hash: content hash of the quote at whose prices it was taken, which an amendment does not change.
        launched_at: since when the work may be done, UTC.
        uninvoiced: whether an invoice for it was voided or its money given back, and no other has been asked for.
        number_period: the period in which the documents' numbers are unique.
        packages: the ids of the packages of signed documents that they came in.
    """

    deal: DealId
    works: tuple[Work, ...]
    terms: TermsChoice
    request: str | None = None
    specialist: str | None = None
    contact_email: Email | None = None
    basis: InvoiceBasis = InvoiceBasis.AUTO
    info_requests: tuple[InfoRequest, ...] = ()
    drafts: tuple[DocumentDraft, ...] = ()
    prepaid_by: tuple[CaseId, ...] = ()
    clients: tuple[str, ...] = ()
    done: tuple[WorkDone, ...] = ()
    uninvoiced: bool = False
    launched_at: Instant | None = None
    documents: tuple[MainDocument, ...] = ()
    number_period: str = ""
    packages: tuple[CaseId, ...] = ()
    sent_by: Channel | None = None
    hold: Hold | None = None
    cancel_reason: str | None = None
    quote_hash: str = ""

    def _check(self) -> None:
        self._set("works", _works(self.works))
        if self.request is not None and not self.request.strip():
            raise DomainError("order_request_nowhere", "say where the client's request is written, or None for none")
        numbers = (document.number for document in self.documents)
        once(numbers, "document_number_twice", "two documents of the order have the number {got}")

    @property
    def open_items(self) -> tuple[str, ...]:
        """What the client still owes an answer to."""
        return self.info_requests[-1].open_items if self.info_requests else ()

    @property
    def agreed(self) -> DocumentDraft | None:
        """The draft that the client has agreed to, if it is the last one."""
        return self.drafts[-1] if self.drafts and self.drafts[-1].agreed_at is not None else None

    def work(self, work_id: str) -> Work:
        """The work of that id; a `DomainError` if the order has none."""
        for work in self.works:
            if work.id == work_id:
                return work
        known = tuple(work.id for work in self.works)
        raise DomainError("order_without_work", "the order has no work {got}; it has {need}", need=known, got=work_id)

    def quantity_of(self, item: str) -> Decimal:
        """How many units of an item of the quote are ordered."""
        return sum((work.quantity for work in self.works if work.item == item), Decimal(0))

    def has_asked_for(self, item: str) -> bool:
        """Whether the client was asked for an item before, however it is spelt."""
        return any(spelled(item) == spelled(known) for one in self.info_requests for known in one.items)

    @property
    def undone(self) -> tuple[str, ...]:
        """The ids of the works that are still to be done."""
        done = {one.work for one in self.done}
        return tuple(work.id for work in self.works if work.id not in done)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The ids of the works that the client has accepted by an act."""
        return tuple(one.work for one in self.done if one.act is not None)

    def done_at(self, work_id: str) -> Instant | None:
        """When a work was done; None if it has not been."""
        return next((one.at for one in self.done if one.work == work_id), None)

    def asked_for(self, items: Iterable[str], at: Instant) -> WorkOrder:
        """The order with one more request for information."""
        return attrs.evolve(self, info_requests=(*self.info_requests, InfoRequest(tuple(items), at)))

    def answered(
        self, received: Iterable[str], waived: Iterable[str], *, by: str, reason: str, at: Instant
    ) -> WorkOrder:
        """The order with some items of its last request received or waived."""
        *earlier, last = self.info_requests
        return attrs.evolve(
            self, info_requests=(*earlier, last.answered(received, waived, by=by, reason=reason, at=at))
        )

    def drafted(self, documents: Iterable[DraftedDocument], at: Instant) -> WorkOrder:
        """The order with one more version of its drafts."""
        return attrs.evolve(self, drafts=(*self.drafts, DocumentDraft(len(self.drafts) + 1, tuple(documents), at)))

    def with_last_draft(self, **changes: Any) -> WorkOrder:
        """The order with something said of the last version of its drafts."""
        *earlier, last = self.drafts
        return attrs.evolve(self, drafts=(*earlier, attrs.evolve(last, **changes)))


OrderId: TypeAlias = Annotated[CaseId, Ref(WorkOrder, process="work_order")]
"""The id of a work order's case."""

ORDER_ENDED: Final = frozenset({"closed", "cancelled"})
"""The stages of an order on which nothing is left to do; a closed one has had its documents delivered."""
PREPAYABLE: Final = frozenset(
    {"agreed", "awaiting_prepayment", "in_progress", "work_done", "documents_issued", "delivered"}
)
"""The stages of an order that an invoice may stand for."""
