"""When a work is paid for, and what its invoice is made on (R27–R30)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from salesreg.errors import DomainError

__all__ = ["InvoiceBasis", "PaymentTerms", "TermsChoice"]


class PaymentTerms(StrEnum):
    """When a work is paid for (R27, R28)."""

    PREPAY = "prepay"
    POSTPAY = "postpay"

    def text(self, lang: str = "en") -> str:
        """The terms for people.

        >>> PaymentTerms.POSTPAY.text()
        'payment for work done'
        """
        return _TERMS[self][lang == "ru"]


_TERMS: Final[dict[PaymentTerms, tuple[str, str]]] = {
    PaymentTerms.PREPAY: ("prepayment", "предоплата"),
    PaymentTerms.POSTPAY: ("payment for work done", "оплата по факту"),
}


class InvoiceBasis(StrEnum):
    """What an invoice is made on: a request for it, or the contract and the agreed price alone (R29, R30)."""

    REQUEST = "request"
    AUTO = "auto"


@attrs.frozen
class TermsChoice:
    """Which payment terms an order has, and the clause that decided.

    Attributes:
        terms: prepayment, or payment for work done.
        clause: the requirement that decided.
        because: what it rests on, in English.
        ru: the same in Russian.
    """

    terms: PaymentTerms
    clause: str
    because: str
    ru: str

    @classmethod
    def of(cls, request: str | None, agreed: PaymentTerms | None = None, reason: str = "") -> TermsChoice:
        """The terms that follow from the client's explicit request, or were agreed otherwise for a reason.

        >>> TermsChoice.of("letter 17").explain()
        'prepayment (R28): the client asked for the work in letter 17'
        >>> TermsChoice.of(None).explain("ru")
        'оплата по факту (R27): отдельной заявки клиента на работу нет'
        """
        default = PaymentTerms.POSTPAY if request is None else PaymentTerms.PREPAY
        terms = agreed or default
        clause = "R27" if terms is PaymentTerms.POSTPAY else "R28"
        if terms is not default:
            if not reason.strip():
                raise DomainError(f"{terms} departs from the rule, which is {default} here: say why it was agreed")
            return cls(terms, clause, f"agreed with the client: {reason}", f"согласовано с клиентом: {reason}")
        if request is None:
            return cls(
                terms, clause, "the client has not asked for the work itself", "отдельной заявки клиента на работу нет"
            )
        return cls(terms, clause, f"the client asked for the work in {request}", f"клиент подал заявку: {request}")

    def explain(self, lang: str = "en") -> str:
        """The terms, the clause that decided, and what it rests on, in one line."""
        return f"{self.terms.text(lang)} ({self.clause}): {self.ru if lang == 'ru' else self.because}"
