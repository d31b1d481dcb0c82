"""What the steps of a work order demand of their payload, and what they do to the order.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import attrs

from salesreg.domain.contracts import Channel
from salesreg.domain.deals import Deal, Hold
from salesreg.domain.instants import Instant
from salesreg.domain.packages import DocumentPackage
from salesreg.domain.payment_terms import InvoiceBasis, PaymentTerms, TermsChoice
from salesreg.domain.people import Employee, Role
from salesreg.domain.references import CaseId, Ref
from salesreg.domain.work import (
    DocumentDraft,
    DraftedDocument,
    InfoRequest,
    MainDocument,
    Work,
    WorkOrder,
)
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import built, filled, holds_role, reason_given
from salesreg.processes._work_order_guards import order_fits_deal

__all__ = ["WorkOrderEffects"]

DealId = Annotated[CaseId, Ref(Deal, process="sale")]
PackageId = Annotated[CaseId, Ref(DocumentPackage, process="document_package")]


class WorkOrderEffects:
    """The handlers of the work order, in the order of its steps."""

    # -- the order ------------------------------------------------------------------------------------------------

    def check_receive_work_order(
        self,
        attempt: Attempt,
        *,
        deal: DealId,
        works: tuple[Work, ...],
        request: str | None = None,
        payment_terms: PaymentTerms | None = None,
        terms_reason: str = "",
    ) -> Iterator[Refusal]:
        """None as the request says that the client has not asked in so many words (R27, R28)."""
        parent = attempt.related[deal]
        yield from order_fits_deal(parent.data, parent.stage, works, attempt)
        if request is not None:
            yield from filled(request, "no_request", "the client's request", ru="заявка клиента", clause="R23")
        yield from built(
            lambda: WorkOrder(deal, works, TermsChoice.of(request or None, payment_terms, terms_reason)),
            "bad_order",
            ru="ошибка в заявке",
            clause="R23",
        )

    def on_receive_work_order(
        self,
        attempt: Attempt,
        *,
        deal: DealId,
        works: tuple[Work, ...],
        request: str | None = None,
        payment_terms: PaymentTerms | None = None,
        terms_reason: str = "",
        basis: InvoiceBasis = InvoiceBasis.AUTO,
    ) -> WorkOrder:
        parent: Deal = attempt.related[deal].data
        return WorkOrder(
            deal,
            works,
            TermsChoice.of(request, payment_terms, terms_reason),
            request,
            specialist=parent.specialist,
            contact_email=parent.contact_email,
            basis=basis,
        )

    # -- the draft ------------------------------------------------------------------------------------------------

    def check_request_missing_info(
        self, order: WorkOrder, attempt: Attempt, *, items: tuple[str, ...]
    ) -> Iterator[Refusal]:
        yield from built(lambda: InfoRequest(items, attempt.at), "no_items", ru="ошибка в запросе", clause="R25")

    def on_request_missing_info(self, order: WorkOrder, attempt: Attempt, *, items: tuple[str, ...]) -> WorkOrder:
        return attrs.evolve(order, info_requests=(*order.info_requests, InfoRequest(items, attempt.at)))

    def check_receive_info(
        self,
        order: WorkOrder,
        attempt: Attempt,
        *,
        received: tuple[str, ...] = (),
        waived: tuple[str, ...] = (),
        reason: str = "",
    ) -> Iterator[Refusal]:
        """An item that turns out to be unnecessary is waived for a reason."""
        if not received and not waived:
            yield Refusal(
                "no_items",
                "an answer says which items have come or are waived",
                ru="не указано, что получено или больше не требуется",
                clause="R25",
                need=order.open_items,
                got="nothing",
            )
        if waived:
            yield from reason_given(reason, "R25")
        if waived and not reason.strip():
            return
        yield from built(
            lambda: _answered(order, attempt, received, waived, reason), "bad_items", ru="ошибка в ответе", clause="R25"
        )

    def on_receive_info(
        self,
        order: WorkOrder,
        attempt: Attempt,
        *,
        received: tuple[str, ...] = (),
        waived: tuple[str, ...] = (),
        reason: str = "",
    ) -> WorkOrder:
        answered = _answered(order, attempt, received, waived, reason)
        return attrs.evolve(order, info_requests=(*order.info_requests[:-1], answered))

    def check_submit_draft_to_client(
        self, order: WorkOrder, attempt: Attempt, *, documents: tuple[DraftedDocument, ...]
    ) -> Iterator[Refusal]:
        yield from _one_for_each_work(order, tuple(document.work for document in documents), clause="R22")
        yield from built(
            lambda: DocumentDraft(len(order.drafts) + 1, documents, attempt.at),
            "bad_draft",
            ru="ошибка в макете",
            clause="R22",
        )

    def on_submit_draft_to_client(
        self, order: WorkOrder, attempt: Attempt, *, documents: tuple[DraftedDocument, ...]
    ) -> WorkOrder:
        draft = DocumentDraft(len(order.drafts) + 1, documents, attempt.at)
        return attrs.evolve(order, drafts=(*order.drafts, draft))

    def check_record_client_approval(
        self, order: WorkOrder, *, evidence: str, version: int | None = None
    ) -> Iterator[Refusal]:
        """Whoever says which version the client has agreed to does not record another one by mistake."""
        yield from filled(evidence, "no_evidence", "the client's agreement", ru="согласие клиента", clause="R24")
        last = len(order.drafts)
        if version is not None and version != last:
            yield Refusal(
                "other_draft",
                "the client agreed to another version than the last",
                ru="клиент согласовал не последнюю версию макета",
                clause="R24",
                need=last,
                got=version,
            )

    def on_record_client_approval(
        self, order: WorkOrder, attempt: Attempt, *, evidence: str, version: int | None = None
    ) -> WorkOrder:
        return _last_draft(order, agreed_at=attempt.at, evidence=evidence)

    def check_record_client_corrections(self, order: WorkOrder, *, corrections: str) -> Iterator[Refusal]:
        yield from filled(
            corrections, "no_corrections", "what the client wants changed", ru="замечания клиента", clause="R24"
        )

    def on_record_client_corrections(self, order: WorkOrder, *, corrections: str) -> WorkOrder:
        return _last_draft(order, corrections=corrections)

    # -- the work and its money -----------------------------------------------------------------------------------

    def on_note_prepayment(self, order: WorkOrder, *, invoices: tuple[CaseId, ...]) -> WorkOrder:
        return attrs.evolve(order, prepaid_by=invoices)

    def on_withdraw_prepayment(self, order: WorkOrder, *, invoice: CaseId) -> WorkOrder:
        return attrs.evolve(order, prepaid_by=())

    def check_report_work_done(self, order: WorkOrder, *, result: str) -> Iterator[Refusal]:
        yield from filled(result, "no_result", "where the result is recorded", ru="запись о результате", clause="R46")

    # -- the documents --------------------------------------------------------------------------------------------

    def check_issue_main_documents(self, order: WorkOrder, *, documents: tuple[MainDocument, ...]) -> Iterator[Refusal]:
        """What is issued is what the client has agreed to, word for word."""
        yield from _one_for_each_work(order, tuple(document.work for document in documents), clause="R34")
        numbers = tuple(document.number for document in documents)
        if len(set(numbers)) < len(numbers):
            yield Refusal(
                "number_twice",
                "two documents of the order have one number",
                ru="у двух документов заявки один номер",
                clause="R34",
                need="a number of its own for each document",
                got=numbers,
            )
        agreed = order.agreed
        for document in documents:
            wanted = None if agreed is None else agreed.hash_of(document.work)
            if wanted is not None and document.content_hash != wanted:
                yield Refusal(
                    "not_the_agreed_draft",
                    f"document {document.number!r} is not the draft that the client has agreed to",
                    ru=f"документ {document.number!r} не совпадает с макетом, который согласовал клиент",
                    clause="R24",
                    need=wanted,
                    got=document.content_hash,
                )

    def on_issue_main_documents(self, order: WorkOrder, *, documents: tuple[MainDocument, ...]) -> WorkOrder:
        return attrs.evolve(order, documents=documents)

    def check_dispatch_main_documents(
        self, order: WorkOrder, attempt: Attempt, *, packages: tuple[PackageId, ...], channel: Channel
    ) -> Iterator[Refusal]:
        """Only signed documents are sent: those in a package that finance has handed over (R33)."""
        signed: set[str] = set()
        for package in (attempt.related[one] for one in packages):
            if package.stage != "received":
                yield Refusal(
                    "package_not_received",
                    f"package {package.id!r} has not been received from finance",
                    ru=f"пакет {package.id!r} не получен из финансового департамента",
                    clause="R33",
                    need="received",
                    got=package.stage,
                )
            signed.update(package.data.documents)
        if lacking := tuple(one.number for one in order.documents if one.number not in signed):
            yield Refusal(
                "not_in_a_package",
                f"documents {', '.join(lacking)} are in no package of signed documents named here",
                ru=f"документов {', '.join(lacking)} нет в указанных пакетах подписанных документов",
                clause="R33",
                need=lacking,
                got=tuple(sorted(signed)),
            )

    def on_dispatch_main_documents(
        self, order: WorkOrder, *, packages: tuple[PackageId, ...], channel: Channel
    ) -> WorkOrder:
        return attrs.evolve(order, packages=packages, sent_by=channel)

    # -- the end, and what the deal brings with it ----------------------------------------------------------------

    def check_cancel_work_order(self, order: WorkOrder, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R34")

    def on_cancel_work_order(self, order: WorkOrder, *, reason: str) -> WorkOrder:
        return attrs.evolve(order, cancel_reason=reason)

    def check_reassign_work_order(
        self, order: WorkOrder, attempt: Attempt, *, specialist: Employee
    ) -> Iterator[Refusal]:
        return holds_role(specialist, Role.COMMERCIAL_SPECIALIST, attempt, clause="R14")

    def on_reassign_work_order(self, order: WorkOrder, *, specialist: Employee) -> WorkOrder:
        return attrs.evolve(order, specialist=specialist.id)

    def on_hold_work_order(self, order: WorkOrder, attempt: Attempt, *, reason: str, until: Instant) -> WorkOrder:
        return attrs.evolve(order, hold=Hold(reason, attempt.at, until))

    def on_resume_work_order(self, order: WorkOrder) -> WorkOrder:
        return attrs.evolve(order, hold=None)


def _answered(
    order: WorkOrder, attempt: Attempt, received: tuple[str, ...], waived: tuple[str, ...], reason: str
) -> InfoRequest:
    return order.info_requests[-1].answered(received, waived, by=attempt.by.id, reason=reason, at=attempt.at)


def _last_draft(order: WorkOrder, **changes: object) -> WorkOrder:
    *earlier, last = order.drafts
    return attrs.evolve(order, drafts=(*earlier, attrs.evolve(last, **changes)))  # type: ignore[arg-type]


def _one_for_each_work(order: WorkOrder, named: tuple[str, ...], *, clause: str) -> Iterator[Refusal]:
    """Every work of the order ends in one document."""
    wanted = tuple(work.id for work in order.works)
    if sorted(named) != sorted(wanted):
        yield Refusal(
            "not_every_work",
            "each work of the order has one document",
            ru="на каждую работу заявки нужен один документ",
            clause=clause,
            need=wanted,
            got=named,
        )
