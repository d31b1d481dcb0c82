"""The invoice: issued and signed within 30 minutes, sent by e-mail or fax, paid (R26–R32, R34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from salesreg.calendars import Term
from salesreg.domain import invoices
from salesreg.domain.contracts import Channel
from salesreg.domain.people import Role
from salesreg.errors import Refusal
from salesreg.processes import (
    Case,
    ObligationStatus,
    Process,
    Sla,
    Stage,
    Step,
    anywhere,
    assigned,
    contact,
    start,
    stay,
)
from salesreg.processes._invoice_effects import InvoiceEffects
from salesreg.processes._invoice_guards import (
    EXTRA_CHANNELS,
    PRICES_INCLUDE_VAT,
    VAT_RATE,
    nothing_paid,
    price_still_agreed,
    something_paid,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["EXTRA_CHANNELS", "PRICES_INCLUDE_VAT", "VAT_RATE", "Invoice"]

# -- by when ----------------------------------------------------------------------------------------------------------

ISSUE: Final = Norm(
    "invoice.issue",
    "Finance issues and signs an invoice within thirty minutes.",
    ru="Финансовый департамент оформляет и подписывает счёт не позднее чем за тридцать минут.",
    clause="R31",
    binds=[Role.FINANCE],
    term=Parameter(
        "invoice.issue",
        Term,
        clause="R31",
        doc="The thirty minutes are stated; whether they are working or wall-clock minutes is not.",
        ru="Тридцать минут заданы; рабочие это минуты или астрономические — нет.",
        default=Term.parse("30 working minutes"),
    ),
    control="the signed invoice",
    metric="K12",
)
SEND: Final = Norm(
    "invoice.send",
    "The specialist sends a signed invoice to the client in time.",
    ru="Специалист в срок отправляет клиенту подписанный счёт.",
    clause="R32",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=Parameter(
        "invoice.send",
        Term,
        clause="R32",
        doc="How long sending an invoice may take.",
        ru="Срок отправки счёта клиенту.",
    ),
    control="the record of dispatch",
    metric="share of invoices sent in time",
)
PAYMENT: Final = Norm(
    "invoice.payment",
    "Finance sees to it that the client pays in time.",
    ru="Финансовый департамент следит, чтобы клиент оплатил счёт в срок.",
    clause="R34",
    binds=[Role.FINANCE],
    term=Parameter(
        "invoice.payment", Term, clause="R34", doc="How long the client has to pay.", ru="Срок оплаты счёта."
    ),
    control="the payment",
    metric="share of invoices paid in time",
)

# -- what must be so --------------------------------------------------------------------------------------------------

INVOICED_ONCE: Final = Norm(
    "invoice.once",
    "A work is invoiced once; only a void or refunded invoice sets it free.",
    ru="Работа включается в счёт один раз; освобождает её только аннулирование счёта или возврат денег.",
    clause="R30",
    control="the unique key of the work",
    metric="number of works invoiced twice",
)
WITHOUT_REQUEST: Final = Norm(
    "invoice.without_request",
    "Finance invoices finished work without being asked, from the contract and the agreed price.",
    ru="Финансовый департамент выставляет счёт за выполненную работу без запроса, по договору и согласованной цене.",
    clause="R30",
    binds=[Role.FINANCE],
    control="the price of the approved quote on every line",
    metric="K12",
)
BY_MAIL_OR_FAX: Final = Norm(
    "invoice.channel",
    "An invoice goes to the client by e-mail or fax.",
    ru="Счёт отправляется клиенту по электронной почте или факсу.",
    clause="R32",
    binds=[Role.COMMERCIAL_SPECIALIST],
    control="the channel in the record of dispatch",
    metric="share of invoices sent in time",
)

# -- who --------------------------------------------------------------------------------------------------------------

SPECIALIST: Final = assigned(lambda invoice: invoice.specialist, "the invoice's specialist", "специалист по счёту")
CLIENT: Final = contact(lambda invoice: invoice.contact_email if invoice.channel is Channel.EMAIL else None)


class Invoice(InvoiceEffects, Process[invoices.Invoice]):
    """From the data for an invoice to the money."""

    id, version = "invoice", 1
    title, ru = "Invoice", "Счёт"

    requested = Stage("Requested", ru="Запрошен", owner=Role.FINANCE, term=ISSUE)
    returned = Stage(
        "Sent back to be completed",
        ru="Возвращён на дополнение",
        owner=SPECIALIST,
        no_term="the source sets no time for completing a request",
        no_term_ru="исходный регламент не ограничивает время на дополнение запроса",
    )
    issued = Stage("Issued and signed", ru="Оформлен и подписан", owner=SPECIALIST, term=SEND)
    sent = Stage(
        "Sent to the client",
        ru="Отправлен клиенту",
        owner=Role.FINANCE,
        no_term="the payment has a clock of its own",
        no_term_ru="у оплаты свой срок",
    )
    paid = Stage("Paid", ru="Оплачен", ended=True)
    void = Stage("Void", ru="Аннулирован", final=True)
    refunded = Stage("Money given back", ru="Деньги возвращены", final=True)

    # -- how it comes about ---------------------------------------------------------------------------------------

    request_invoice = Step(
        start(requested),
        "Ask for an invoice",
        ru="Запросить счёт",
        by=[Role.COMMERCIAL_SPECIALIST, Role.SYSTEM],
        notify=Role.FINANCE,
        clause="R29",
        norms=[INVOICED_ONCE],
    )
    auto_create_invoice = Step(
        start(requested),
        "Begin an invoice without a request",
        ru="Начать счёт без запроса",
        by=[Role.FINANCE, Role.SYSTEM],
        notify=Role.FINANCE,
        clause="R30",
        norms=[WITHOUT_REQUEST, INVOICED_ONCE],
    )
    return_invoice_request = Step(
        requested.to(returned),
        "Send the request back",
        ru="Вернуть запрос на дополнение",
        by=Role.FINANCE,
        notify=SPECIALIST,
        clause="R29",
    )
    resubmit_invoice_request = Step(
        returned.to(requested),
        "Complete the request",
        ru="Дополнить запрос",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        notify=Role.FINANCE,
        clause="R29",
    )
    issue_invoice = Step(
        requested.to(issued),
        "Issue and sign the invoice",
        ru="Оформить и подписать счёт",
        by=Role.FINANCE,
        requires=[price_still_agreed],
        notify=SPECIALIST,
        clause="R31",
    )
    send_invoice = Step(
        issued.to(sent),
        "Send the invoice to the client",
        ru="Отправить счёт клиенту",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        notify=[CLIENT, Role.FINANCE],
        clause="R32",
        norms=[BY_MAIL_OR_FAX],
    )

    # -- the money ------------------------------------------------------------------------------------------------

    record_payment = Step(
        issued.to(paid) | sent.to(paid),
        "Record the payment",
        ru="Зафиксировать оплату",
        by=Role.FINANCE,
        notify=SPECIALIST,
        clause="R34",
    )
    record_part_payment = Step(
        stay(issued, sent),
        "Record a payment in part",
        ru="Зафиксировать частичную оплату",
        by=Role.FINANCE,
        notify=SPECIALIST,
        clause="R34",
    )
    void_invoice = Step(
        anywhere(void),
        "Void the invoice",
        ru="Аннулировать счёт",
        by=[Role.FINANCE, Role.SYSTEM],
        requires=[nothing_paid],
        notify=SPECIALIST,
        clause="R34",
        norms=[INVOICED_ONCE],
    )
    refund_payment = Step(
        issued.to(refunded) | sent.to(refunded) | paid.to(refunded),
        "Give the money back",
        ru="Вернуть деньги",
        by=Role.FINANCE,
        requires=[something_paid],
        notify=SPECIALIST,
        clause="R34",
    )
    reassign_invoice = Step(
        anywhere(),
        "Hand the invoice to the deal's new specialist",
        ru="Передать счёт новому специалисту сделки",
        by=Role.SYSTEM,
        notify=SPECIALIST,
        clause="R14",
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    client_pays = Sla(PAYMENT, start=send_invoice, stop=record_payment, owner=Role.FINANCE, occurred="paid_at")

    @classmethod
    def keys(cls, data: invoices.Invoice) -> Iterable[str]:
        """The invoice's number, and every work that it covers while it stands (R30)."""
        if data.number is not None:
            yield f"invoice.number:{data.number}"
        if data.stands:
            yield from (f"invoice.work:{line.ref}" for line in data.lines)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A work is invoiced once, and two invoices never share a number."""
        kind, _, name = key.partition(":")
        if kind == "invoice.work":
            return Refusal(
                "already_invoiced",
                f"work {name} is invoiced already, by {holder}",
                ru=f"работа {name} уже включена в счёт {holder}",
                clause="R30",
                need="a work without an invoice",
                got=name,
            )
        return Refusal(
            "number_taken",
            f"invoice number {name!r} belongs to {holder}",
            ru=f"номер счёта {name!r} уже у {holder}",
            clause="R31",
            need="a number of its own",
            got=name,
        )

    @classmethod
    def is_overdue(cls, case: Case[Any], at: dt.datetime) -> bool:
        """Whether the client is late at an instant: overdue follows from the clock and is no stage (R34)."""
        return any(
            one.norm == PAYMENT.id and one.status_at(at) is ObligationStatus.BREACHED for one in case.obligations
        )
