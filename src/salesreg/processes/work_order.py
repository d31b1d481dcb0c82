"""The work order: from a client's order to the main documents in the client's hands (R22–R28, R33, R34)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from salesreg.calendars import Term
from salesreg.domain import work
from salesreg.domain.payment_terms import InvoiceBasis, PaymentTerms
from salesreg.domain.people import Role
from salesreg.errors import Refusal
from salesreg.processes import Process, Sla, Stage, Step, anywhere, assigned, contact, start, stay
from salesreg.processes._work_order_effects import WorkOrderEffects
from salesreg.processes._work_order_guards import (
    SIGNED_COPY,
    contract_signed,
    info_complete,
    invoice_is_due,
    invoices_withdrawn,
    money_has_come,
    prepaid,
    works_left_to_invoice,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["SIGNED_COPY", "InvoiceBasis", "PaymentTerms", "WorkOrder"]

# -- what the source leaves open --------------------------------------------------------------------------------------

LAUNCHER: Final = Parameter(
    "work_order.launcher", Role, clause="R34", doc="Who launches an agreed order.", ru="Кто запускает заказ."
)
PERFORMER: Final = Parameter(
    "work_order.performer",
    Role,
    clause="R34",
    doc="Who does the work and reports it done.",
    ru="Кто выполняет работу и сообщает о выполнении.",
)
ISSUER: Final = Parameter(
    "work_order.issuer",
    Role,
    clause="R34",
    doc="Who issues the main documents.",
    ru="Кто выпускает основные документы.",
)


def _open_term(name: str, clause: str, doc: str, ru: str) -> Parameter[Term]:
    return Parameter(f"work_order.{name}", Term, clause=clause, doc=doc, ru=ru)


# -- by when ----------------------------------------------------------------------------------------------------------

START_DRAFT: Final = Norm(
    "work_order.start_draft",
    "The specialist takes up an order in time.",
    ru="Специалист в срок берёт заявку в работу.",
    clause="R23",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=_open_term("start_draft", "R23", "How long a new order may wait.", "Сколько может ждать новая заявка."),
    pausable=True,
    control="the start of the draft",
    metric="share of drafts begun in time",
)
DRAFT: Final = Norm(
    "work_order.draft",
    "The specialist prepares the drafts of the main documents in time, not counting the wait for the client's answers.",
    ru="Специалист в срок готовит макеты основных документов; ожидание сведений от клиента в срок не входит.",
    clause="R22",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=_open_term("draft", "R22", "How long preparing a draft may take.", "Срок подготовки макета."),
    pausable=True,
    control="the draft sent to the client",
    metric="share of drafts made in time",
)
CLIENT_INFO: Final = Norm(
    "work_order.client_info",
    "The specialist sees to it that the client sends what is missing.",
    ru="Специалист добивается, чтобы клиент прислал недостающее.",
    clause="R25",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=_open_term("client_info", "R25", "How long missing information may take.", "Срок ответа на запрос сведений."),
    pausable=True,
    control="the items received or waived",
    metric="share of orders that wait for information",
)
CLIENT_REVIEW: Final = Norm(
    "work_order.client_review",
    "The specialist sees to it that the client agrees to the draft or says what to change.",
    ru="Специалист добивается, чтобы клиент согласовал макет или прислал замечания.",
    clause="R24",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=_open_term("client_review", "R24", "How long the client's review may take.", "Срок согласования макета."),
    pausable=True,
    control="the client's agreement or corrections",
    metric="share of drafts answered in time",
)
LAUNCH_TERM: Final = _open_term("launch", "R34", "How long launching an order may take.", "Срок запуска заказа.")
LAUNCH: Final = Norm(
    "work_order.launch",
    "An agreed order is launched, or its prepayment asked for, in time.",
    ru="Согласованный заказ в срок запускается, или на него запрашивается предоплата.",
    clause="R34",
    term=LAUNCH_TERM,
    pausable=True,
    control="the launch, or the request for the invoice",
    binds=[Role.COMMERCIAL_SPECIALIST],
    metric="share of orders launched in time",
)
LAUNCH_PREPAID: Final = Norm(
    "work_order.launch_prepaid",
    "An order whose prepayment has come is launched in time.",
    ru="Заказ, предоплата за который поступила, запускается в срок.",
    clause="R34",
    term=LAUNCH_TERM,
    pausable=True,
    control="the launch",
    binds=[Role.COMMERCIAL_SPECIALIST],
    metric="share of orders launched in time",
)
ISSUE_DOCUMENTS: Final = Norm(
    "work_order.issue_documents",
    "The main documents of finished work are issued in time.",
    ru="Основные документы по выполненной работе выпускаются в срок.",
    clause="R34",
    term=_open_term("issue_documents", "R34", "How long issuing documents may take.", "Срок выпуска документов."),
    pausable=True,
    control="the documents' numbers",
    binds=[Role.FINANCE, Role.COMMERCIAL_SPECIALIST],
    metric="share of documents issued in time",
)
SEND_DOCUMENTS: Final = Norm(
    "work_order.send_documents",
    "The specialist sends the signed documents to the client in time.",
    ru="Специалист в срок отправляет клиенту подписанные документы.",
    clause="R34",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=_open_term("send_documents", "R34", "How long sending documents may take.", "Срок отправки документов."),
    pausable=True,
    control="the record of dispatch",
    metric="share of documents sent in time",
)

# -- what must be so --------------------------------------------------------------------------------------------------

PAYMENT_BY_FACT: Final = Norm(
    "work_order.payment_by_fact",
    "Work is paid for when it is done, unless the client has asked for it in so many words.",
    ru="Работа оплачивается по факту, если клиент не подал на неё отдельную заявку.",
    clause="R27",
    control="the order's payment terms and the clause beside them",
    metric="share of invoices paid in time",
)
PREPAYMENT_ON_REQUEST: Final = Norm(
    "work_order.prepayment_on_request",
    "Work that the client asks for in so many words is paid for in advance.",
    ru="Работа, на которую клиент подал заявку, оплачивается вперёд.",
    clause="R28",
    control="the order's payment terms and the clause beside them",
    metric="share of invoices paid in time",
)
AGREED_IS_ISSUED: Final = Norm(
    "work_order.agreed_is_issued",
    "What is issued is the version that the client has agreed to.",
    ru="Выпускается та версия документа, которую согласовал клиент.",
    clause="R24",
    control="the hash of the agreed draft and of the document",
    metric="share of documents made anew",
)
DATA_FOR_INVOICE: Final = Norm(
    "work_order.data_for_invoice",
    "The specialist gives finance what it needs for the invoice.",
    ru="Специалист передаёт финансовому департаменту данные для счёта.",
    clause="R26",
    binds=[Role.COMMERCIAL_SPECIALIST],
    control="the request for the invoice",
    metric="K12",
)

# -- who --------------------------------------------------------------------------------------------------------------

SPECIALIST: Final = assigned(lambda order: order.specialist, "the order's specialist", "специалист по заявке")
CLIENT: Final = contact(lambda order: order.contact_email)


class WorkOrder(WorkOrderEffects, Process[work.WorkOrder]):
    """From a client's order to the main documents in the client's hands."""

    id, version = "work_order", 1
    title, ru = "Work order", "Заявка на работу"

    received = Stage("Order received", ru="Заявка принята", owner=SPECIALIST, term=START_DRAFT)
    drafting = Stage(
        "Drafting the documents",
        ru="Подготовка макета",
        owner=SPECIALIST,
        no_term="the draft has a clock of its own, which stands still while the client owes information",
        no_term_ru="у макета свой срок; пока ждут сведений от клиента, он не идёт",
    )
    awaiting_info = Stage(
        "Awaiting the client's information", ru="Ожидание сведений от клиента", owner=SPECIALIST, term=CLIENT_INFO
    )
    client_review = Stage(
        "With the client for review", ru="Макет на согласовании у клиента", owner=SPECIALIST, term=CLIENT_REVIEW
    )
    agreed = Stage(
        "Draft agreed",
        ru="Макет согласован",
        owner=SPECIALIST,
        no_term="the launch, or the request for the prepayment, has a clock of its own",
        no_term_ru="у запуска заказа или запроса предоплаты свой срок",
    )
    awaiting_prepayment = Stage(
        "Awaiting the prepayment",
        ru="Ожидание предоплаты",
        owner=SPECIALIST,
        no_term="the invoice has the clock of the payment, and the launch one of its own from then on",
        no_term_ru="срок оплаты идёт по счёту, а после неё начинается срок запуска",
    )
    in_progress = Stage(
        "Work in progress",
        ru="Работа выполняется",
        owner=PERFORMER,
        no_term="how long the work takes lies in the work",
        no_term_ru="сколько займёт работа, зависит от неё самой",
    )
    work_done = Stage("Work done", ru="Работа выполнена", owner=ISSUER, term=ISSUE_DOCUMENTS)
    documents_issued = Stage("Documents issued", ru="Документы выпущены", owner=SPECIALIST, term=SEND_DOCUMENTS)
    delivered = Stage(
        "Documents sent to the client",
        ru="Документы отправлены клиенту",
        owner=SPECIALIST,
        no_term="what is left is the payment, whose clock the invoice has",
        no_term_ru="осталась оплата, её срок идёт по счёту",
    )
    closed = Stage("Closed", ru="Закрыта", final=True)
    cancelled = Stage("Cancelled", ru="Отменена", final=True)

    # -- the order and its draft ----------------------------------------------------------------------------------

    receive_work_order = Step(
        start(received),
        "Receive the order",
        ru="Принять заявку",
        by=[Role.COMMERCIAL_SPECIALIST, Role.SYSTEM],
        notify=SPECIALIST,
        clause="R23",
        norms=[PAYMENT_BY_FACT, PREPAYMENT_ON_REQUEST],
    )
    start_draft = Step(
        received.to(drafting),
        "Start the draft",
        ru="Начать макет",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        requires=[contract_signed],
        clause="R22",
    )
    request_missing_info = Step(
        drafting.to(awaiting_info),
        "Ask for missing information",
        ru="Запросить недостающее",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        notify=CLIENT,
        clause="R25",
    )
    receive_info = Step(
        awaiting_info.to(drafting, when=lambda order: not order.open_items) | stay(awaiting_info),
        "Receive the information",
        ru="Получить сведения",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        clause="R25",
    )
    submit_draft_to_client = Step(
        drafting.to(client_review),
        "Send the draft to the client",
        ru="Передать макет на согласование",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        requires=[info_complete],
        notify=CLIENT,
        clause="R24",
    )
    record_client_approval = Step(
        client_review.to(agreed),
        "Record the client's agreement",
        ru="Зафиксировать согласие клиента",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        notify=LAUNCHER,
        clause="R24",
    )
    record_client_corrections = Step(
        client_review.to(drafting),
        "Record the client's corrections",
        ru="Зафиксировать замечания клиента",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        clause="R24",
    )

    # -- the money and the work -----------------------------------------------------------------------------------

    request_invoice = Step(
        agreed.to(awaiting_prepayment) | stay(awaiting_prepayment, work_done, documents_issued, delivered),
        "Hand over the data for the invoice",
        ru="Передать данные для счёта",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        requires=[invoice_is_due, works_left_to_invoice],
        children=["invoice"],
        notify=Role.FINANCE,
        clause="R26",
        norms=[DATA_FOR_INVOICE, PAYMENT_BY_FACT, PREPAYMENT_ON_REQUEST],
    )
    note_prepayment = Step(
        stay(agreed, awaiting_prepayment),
        "Note the prepayment",
        ru="Отметить предоплату",
        by=Role.SYSTEM,
        notify=[LAUNCHER, SPECIALIST],
        clause="R28",
    )
    withdraw_prepayment = Step(
        stay(agreed, awaiting_prepayment),
        "Note that the prepayment was given back",
        ru="Отметить возврат предоплаты",
        by=Role.SYSTEM,
        notify=[LAUNCHER, SPECIALIST],
        clause="R28",
    )
    launch_order = Step(
        agreed.to(in_progress) | awaiting_prepayment.to(in_progress),
        "Launch the order",
        ru="Запустить заказ",
        by=LAUNCHER,
        requires=[prepaid],
        notify=PERFORMER,
        clause="R34",
        norms=[PREPAYMENT_ON_REQUEST],
    )
    report_work_done = Step(
        in_progress.to(work_done),
        "Report the work done",
        ru="Работа выполнена",
        by=PERFORMER,
        notify=[Role.FINANCE, ISSUER],
        clause="R27",
    )

    # -- the documents --------------------------------------------------------------------------------------------

    issue_main_documents = Step(
        work_done.to(documents_issued),
        "Issue the main documents",
        ru="Выпустить основные документы",
        by=ISSUER,
        notify=SPECIALIST,
        clause="R34",
        norms=[AGREED_IS_ISSUED],
    )
    dispatch_main_documents = Step(
        documents_issued.to(delivered),
        "Send the main documents to the client",
        ru="Отправить основные документы клиенту",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        notify=CLIENT,
        clause="R34",
    )

    # -- the end, and what the deal brings with it ----------------------------------------------------------------

    close_work_order = Step(
        delivered.to(closed),
        "Close the order",
        ru="Закрыть заявку",
        by=[Role.COMMERCIAL_SPECIALIST, Role.SYSTEM],
        only=SPECIALIST,
        requires=[money_has_come],
        children=["invoice"],
        clause="R34",
    )
    cancel_work_order = Step(
        anywhere(cancelled),
        "Cancel the order",
        ru="Отменить заявку",
        by=[Role.HEAD_OF_COMMERCIAL, SPECIALIST, Role.SYSTEM],
        requires=[invoices_withdrawn],
        children=["invoice"],
        notify=[SPECIALIST, Role.FINANCE],
        clause="R34",
    )
    reassign_work_order = Step(
        anywhere(),
        "Hand the order to the deal's new specialist",
        ru="Передать заявку новому специалисту сделки",
        by=Role.SYSTEM,
        notify=SPECIALIST,
        clause="R14",
    )
    hold_work_order = Step(
        anywhere(), "Rest with the deal", ru="Приостановить вместе со сделкой", by=Role.SYSTEM, clause="R91"
    )
    resume_work_order = Step(
        anywhere(), "Go on with the deal", ru="Возобновить вместе со сделкой", by=Role.SYSTEM, clause="R91"
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    draft_is_ready = Sla(
        DRAFT,
        start=[start_draft, record_client_corrections],
        stop=submit_draft_to_client,
        owner=SPECIALIST,
        pause_in=[awaiting_info],
    )
    order_moves_on = Sla(LAUNCH, start=record_client_approval, stop=[launch_order, request_invoice], owner=SPECIALIST)
    prepaid_order_is_launched = Sla(
        LAUNCH_PREPAID, start=note_prepayment, stop=launch_order, void=withdraw_prepayment, owner=LAUNCHER
    )

    @classmethod
    def keys(cls, data: work.WorkOrder) -> Iterable[str]:
        """The numbers of the main documents."""
        return (f"document.number:{document.number}" for document in data.documents)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Two documents never share a number."""
        number = key.removeprefix("document.number:")
        return Refusal(
            "number_taken",
            f"document {number!r} was issued under order {holder} already",
            ru=f"документ {number!r} уже выпущен по заявке {holder}",
            clause="R34",
            need="a number of its own",
            got=number,
        )

    @classmethod
    def on_hold(cls, data: work.WorkOrder) -> bool:
        """Whether the order rests because its deal does."""
        return data.hold is not None
