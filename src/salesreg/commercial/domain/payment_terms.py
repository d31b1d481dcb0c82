"""When a work is paid for, and what its invoice is made on (R27–R30)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from salesreg.commercial.domain.records import said


class PaymentTerms(StrEnum):
    """When a work is paid for (R27, R28)."""

    PREPAY = "prepay"
    POSTPAY = "postpay"

    @property
    def clause(self) -> str:
        """The requirement that speaks of them."""
        return "R28" if self is PaymentTerms.PREPAY else "R27"


class InvoiceBasis(StrEnum):
    """What an invoice is made on: a request for it, or the contract and the agreed price alone (R29, R30)."""

    REQUEST = "request"
    AUTO = "auto"


@attrs.frozen
class TermsChoice:
    """Which payment terms an order has, and what decided.

    Attributes:
        request: where the client's explicit request for the work is written; None if there is none.
        reason: why other terms were agreed than follow from that; empty where they follow.
    """

    terms: PaymentTerms
    request: str | None = None
    reason: str = ""

    @classmethod
    def of(cls, request: str | None, agreed: PaymentTerms | None = None, reason: str = "") -> TermsChoice:
        """The terms that follow from the client's explicit request, or were agreed otherwise for a reason.

        >>> TermsChoice.of("letter 17").explain()
        'prepayment (R28): the client asked for the work in letter 17'
        """
        follows = PaymentTerms.POSTPAY if request is None else PaymentTerms.PREPAY
        if agreed is None or agreed is follows:
            return cls(follows, request)
        facts = {"need": follows.clause, "got": agreed.value}
        said(reason, "terms_without_reason", "say why other terms are agreed than follow from {need}", **facts)
        return cls(agreed, request, reason)

    @property
    def clause(self) -> str:
        """The requirement that decided."""
        return self.terms.clause

    @property
    def because(self) -> str:
        """What they rest on, as people wrote it: the reason or the client's request; empty if there is neither."""
        return self.reason or self.request or ""

    def explain(self) -> str:
        """The terms, the clause that decided, and what it rests on, in one line of English."""
        what = "prepayment" if self.terms is PaymentTerms.PREPAY else "payment for work done"
        if self.reason:
            why = f"agreed with the client: {self.reason}"
        elif self.request:
            why = f"the client asked for the work in {self.request}"
        else:
            why = "the client has not asked for the work itself"
        return f"{what} ({self.clause}): {why}"
