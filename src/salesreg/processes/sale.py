"""The sale: from a prospect to a contract in force, and to the closed deal (R5–R23)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from salesreg.calendars import Term
from salesreg.domain.deals import Deal
from salesreg.domain.people import Role
from salesreg.domain.price_changes import IN_FORCE_KEY
from salesreg.errors import Refusal
from salesreg.processes import (
    STAGE_OWNER,
    Attempt,
    Process,
    Sla,
    Stage,
    Step,
    Timer,
    anywhere,
    assigned,
    contact,
    each,
    start,
    stay,
)
from salesreg.processes._sale_effects import QUESTIONNAIRE_KEYS, REMIND_AGAIN, SaleEffects
from salesreg.processes._sale_guards import (
    ceo_signed,
    client_ready,
    contract_drafted,
    contract_unsigned,
    deal_on_hold,
    deal_runs,
    invoices_settled,
    no_issued_invoice_unpaid,
    original_awaited,
    original_returned,
    questionnaire_complete,
    quote_approved,
    quote_not_approved,
    quote_submittable,
    specialist_assigned,
    work_orders_ended,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["QUESTIONNAIRE_KEYS", "REMIND_AGAIN", "Sale"]

# -- what the source leaves open --------------------------------------------------------------------------------------

DEAL_OPENER: Final = Parameter(
    "sale.deal_opener",
    Role,
    clause="R11",
    doc="Who enters an approved deal in the system.",
    ru="Кто заводит утверждённую сделку в системе.",
)
CONTRACT_PREPARER: Final = Parameter(
    "sale.contract_preparer",
    Role,
    clause="R16",
    doc="Who drafts the contract.",
    ru="Кто готовит проект договора.",
)


def _open_term(name: str, clause: str, doc: str, ru: str) -> Parameter[Term]:
    return Parameter(f"sale.{name}", Term, clause=clause, doc=doc, ru=ru)


# -- by when ----------------------------------------------------------------------------------------------------------

PRICE_APPROVAL: Final = Norm(
    "sale.price_approval",
    "The head of the commercial department approves or rejects a submitted quote in time.",
    ru="Руководитель коммерческого отдела в срок утверждает поданный прайс или возвращает его с причиной.",
    clause="R10",
    binds=[Role.HEAD_OF_COMMERCIAL],
    term=_open_term("price_approval", "R10", "How long the approval of a quote may take.", "Срок утверждения прайса."),
    control="the approval decision on the deal",
    metric="K8",
)
OPEN_DEAL: Final = Norm(
    "sale.open_deal",
    "An approved deal is entered in the system within two business days.",
    ru="Утверждённая сделка заводится в системе за два рабочих дня.",
    clause="R13",
    term=Term.parse("2 business days"),
    pausable=True,
    control="the deal's number",
    metric="K9",
    binds=[Role.IT_STAFF, Role.HEAD_OF_COMMERCIAL],
)
PREPARE_CONTRACT: Final = Norm(
    "sale.prepare_contract",
    "Finance prepares the contract, has the general director sign it, and hands it over in time.",
    ru="Финансовый департамент в срок готовит договор, подписывает его у генерального директора и передаёт дальше.",
    clause="R18",
    binds=[Role.FINANCE],
    term=_open_term("prepare_contract", "R18", "How long preparing a contract may take.", "Срок подготовки договора."),
    pausable=True,
    control="the hand-over of the signed contract",
    metric="K10",
)
DISPATCH: Final = Norm(
    "sale.dispatch",
    "The specialist sends the contract signed by the general director to the client in time.",
    ru="Специалист в срок отправляет клиенту договор, подписанный генеральным директором.",
    clause="R19",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=_open_term("dispatch", "R19", "How long sending a contract may take.", "Срок отправки договора клиенту."),
    pausable=True,
    control="the record of dispatch",
    metric="share of contracts sent in time",
)
RETURN_SCAN: Final = Norm(
    "sale.return_scan",
    "Finance sees to it that a scan signed by the client comes back.",
    ru="Финансовый департамент следит, чтобы вернулся скан, подписанный клиентом.",
    clause="R20",
    binds=[Role.FINANCE],
    term=_open_term("return_scan", "R20", "How long the signed scan may take.", "Срок возврата подписанного скана."),
    pausable=True,
    control="the scan on file",
    metric="K11",
)
RETURN_ORIGINAL: Final = Norm(
    "sale.return_original",
    "Finance sees to it that the original signed by the client comes back and is archived.",
    ru="Финансовый департамент следит, чтобы подписанный оригинал вернулся и попал в архив.",
    clause="R20",
    binds=[Role.FINANCE],
    term=_open_term(
        "return_original", "R20", "How long the original may take.", "Срок возврата подписанного оригинала."
    ),
    pausable=True,
    control="the archive reference",
    metric="K11",
)

# -- what must be so --------------------------------------------------------------------------------------------------

ONE_QUOTE_APPROVED: Final = Norm(
    "sale.one_quote_approved",
    "A contract is made only on the quote that was approved; whoever changes the quote asks for approval again.",
    ru="Договор готовится только по утверждённому прайсу; изменённый прайс утверждают заново.",
    clause="R10",
    control="the content hash in the approval and in the contract",
    metric="K8",
)
ONE_COUNTERPARTY: Final = Norm(
    "sale.one_counterparty",
    "A client that the system knows already gets a new deal, never a second record.",
    ru="Клиент, уже заведённый в системе, получает новую сделку, а не вторую карточку.",
    clause="R12",
    control="the unique tax id",
    metric="number of double client records",
)
SIGNATURE_REPORTED: Final = Norm(
    "sale.signature_reported",
    "Finance tells the commercial department that the client has signed.",
    ru="Финансовый департамент сообщает коммерческому отделу, что клиент подписал договор.",
    clause="R21",
    binds=[Role.FINANCE],
    control="the notice to the specialist",
    metric="K11",
)

# -- who --------------------------------------------------------------------------------------------------------------

MANAGER: Final = assigned(lambda deal: deal.owner, "the deal's sales manager", "менеджер сделки")
SUBMITTER: Final = assigned(lambda deal: deal.submitted_by, "the one who submitted the quote", "подавший прайс")
SPECIALIST: Final = assigned(lambda deal: deal.specialist, "the deal's specialist", "специалист сделки")
SUBMITTERS: Final = each(
    lambda deal: (deal.submitted_by, deal.submitted_through),
    "the one who submitted the quote or the deputy who did so for them",
    "подавший прайс и его заместитель",
)
FORMER_SPECIALIST: Final = assigned(lambda deal: deal.former_specialist, "the former specialist", "прежний специалист")
CLIENT: Final = contact(lambda deal: deal.contact_email)


def return_overdue(_: Deal, attempt: Attempt) -> Iterator[Refusal]:
    """The client is reminded of a copy that has not come back by its due instant (R20)."""
    norms = {RETURN_SCAN.id, RETURN_ORIGINAL.id}
    dues = [one.due for one in attempt.obligations if one.norm in norms and one.due is not None]
    if not any(due < attempt.at for due in dues):
        yield Refusal(
            "nothing_overdue",
            "no copy of the contract is overdue",
            ru="ни один экземпляр договора не просрочен",
            clause="R20",
            need="a copy whose due instant has passed",
            got=tuple(due.isoformat() for due in dues) or "nothing",
        )


class Sale(SaleEffects, Process[Deal]):
    """From a prospect to a contract in force."""

    id, version = "sale", 1
    title, ru = "Sale", "Продажа"

    prospecting = Stage(
        "Attracting the client",
        ru="Привлечение клиента",
        owner=Role.SALES_MANAGER,
        no_term="how long a client takes to win is not the company's to set",
        no_term_ru="сколько времени уйдёт на привлечение клиента, зависит не от компании",
    )
    negotiating_price = Stage(
        "Negotiating the preliminary price",
        ru="Согласование предварительного прайса",
        owner=Role.SALES_MANAGER,
        no_term="the client sets the pace of the talks",
        no_term_ru="темп переговоров задаёт клиент",
    )
    awaiting_price_approval = Stage(
        "Awaiting price approval", ru="На утверждении прайса", owner=Role.HEAD_OF_COMMERCIAL, term=PRICE_APPROVAL
    )
    opening = Stage("Opening the deal", ru="Открытие сделки", owner=DEAL_OPENER, term=OPEN_DEAL)
    awaiting_assignment = Stage(
        "Assigning the specialist",
        ru="Назначение ответственного",
        owner=Role.HEAD_OF_COMMERCIAL,
        no_term="the source sets no time for the assignment",
        no_term_ru="исходный регламент не ограничивает время на назначение",
    )
    preparing_contract = Stage(
        "Preparing the contract", ru="Подготовка договора", owner=Role.FINANCE, term=PREPARE_CONTRACT
    )
    contract_ready = Stage(
        "Contract signed and handed over", ru="Договор подписан ГД, передан в КО", owner=SPECIALIST, term=DISPATCH
    )
    awaiting_client_signature = Stage(
        "Awaiting the client's signature",
        ru="Контроль возврата договора",
        owner=Role.FINANCE,
        no_term="the scan and the original have clocks of their own",
        no_term_ru="у скана и у оригинала свои сроки",
    )
    in_force = Stage(
        "Contract in force, taking orders",
        ru="Договор действует, приём заявок",
        owner=SPECIALIST,
        no_term="orders come when the client needs them",
        no_term_ru="клиент подаёт заявки, когда они ему нужны",
    )
    closed = Stage("Closed", ru="Закрыта", ended=True)
    lost = Stage("Refused by the client", ru="Отказ клиента", final=True)
    cancelled = Stage("Cancelled", ru="Отменена", final=True)

    # -- the price ------------------------------------------------------------------------------------------------

    register_prospect = Step(
        start(prospecting),
        "Register a prospect",
        ru="Зарегистрировать потенциального клиента",
        by=[Role.SALES_MANAGER, Role.COLD_CALLER, Role.SYSTEM],
        clause="R5",
    )
    start_price_negotiation = Step(
        prospecting.to(negotiating_price),
        "Start the price negotiation",
        ru="Начать согласование прайса",
        by=Role.SALES_MANAGER,
        holders=[IN_FORCE_KEY],
        clause="R6",
    )
    revise_quote = Step(
        stay(negotiating_price),
        "Revise the quote",
        ru="Изменить предварительный прайс",
        by=Role.SALES_MANAGER,
        requires=[quote_not_approved],
        holders=[IN_FORCE_KEY],
        clause="R10",
    )
    complete_questionnaire = Step(
        stay(negotiating_price),
        "Fill in the client questionnaire",
        ru="Заполнить анкету клиента",
        by=Role.SALES_MANAGER,
        clause="R7",
    )
    confirm_client_readiness = Step(
        stay(negotiating_price),
        "Record that the client is ready",
        ru="Зафиксировать готовность клиента",
        by=Role.SALES_MANAGER,
        clause="R8",
    )
    submit_for_approval = Step(
        negotiating_price.to(awaiting_price_approval),
        "Submit for approval",
        ru="Передать на согласование",
        by=Role.SALES_MANAGER,
        requires=[questionnaire_complete, quote_submittable, client_ready],
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R9",
    )
    # A deal that was opened before its price was reopened has its number, and perhaps its specialist, already.
    approve_quote = Step(
        awaiting_price_approval.to(preparing_contract, when=lambda deal: deal.specialist is not None)
        | awaiting_price_approval.to(awaiting_assignment, when=lambda deal: deal.number is not None)
        | awaiting_price_approval.to(opening),
        "Approve the price",
        ru="Утвердить прайс",
        by=Role.HEAD_OF_COMMERCIAL,
        never=SUBMITTERS,
        notify=[MANAGER, STAGE_OWNER],
        clause="R10",
        norms=[ONE_QUOTE_APPROVED],
    )
    reject_quote = Step(
        awaiting_price_approval.to(negotiating_price),
        "Reject the price",
        ru="Не утвердить прайс",
        by=Role.HEAD_OF_COMMERCIAL,
        notify=MANAGER,
        clause="R10",
    )
    recall_submission = Step(
        awaiting_price_approval.to(negotiating_price),
        "Recall the submission",
        ru="Отозвать",
        by=Role.SALES_MANAGER,
        only=SUBMITTER,
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R9",
    )

    # What a new base price list may do to a quote whose contract is not signed.
    reprice_quote = Step(
        stay(negotiating_price)
        | awaiting_price_approval.to(negotiating_price)
        | opening.to(negotiating_price)
        | awaiting_assignment.to(negotiating_price)
        | preparing_contract.to(negotiating_price),
        "Reprice the quote",
        ru="Пересчитать прайс по новому базовому",
        by=Role.SYSTEM,
        requires=[contract_unsigned],
        notify=[MANAGER, Role.HEAD_OF_COMMERCIAL],
        clause="R38",
        norms=[ONE_QUOTE_APPROVED],
    )
    require_reapproval = Step(
        opening.to(negotiating_price)
        | awaiting_assignment.to(negotiating_price)
        | preparing_contract.to(negotiating_price),
        "Require a new approval",
        ru="Потребовать нового утверждения",
        by=Role.SYSTEM,
        requires=[contract_unsigned],
        notify=[MANAGER, Role.HEAD_OF_COMMERCIAL],
        clause="R38",
        norms=[ONE_QUOTE_APPROVED],
    )

    # -- the deal -------------------------------------------------------------------------------------------------

    open_deal = Step(
        opening.to(awaiting_assignment),
        "Open the deal",
        ru="Завести сделку",
        by=DEAL_OPENER,
        requires=[quote_approved],
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R12",
        norms=[ONE_COUNTERPARTY, OPEN_DEAL],
    )
    assign_specialist = Step(
        awaiting_assignment.to(preparing_contract),
        "Assign the specialist in charge",
        ru="Назначить ответственного специалиста",
        by=Role.HEAD_OF_COMMERCIAL,
        notify=[SPECIALIST, Role.FINANCE],
        clause="R14",
    )
    reassign_specialist = Step(
        anywhere(),
        "Reassign the specialist",
        ru="Переназначить специалиста",
        by=Role.HEAD_OF_COMMERCIAL,
        requires=[specialist_assigned],
        notify=[SPECIALIST, FORMER_SPECIALIST],
        clause="R14",
    )

    # -- the contract ---------------------------------------------------------------------------------------------

    draft_contract = Step(
        stay(preparing_contract),
        "Draft the contract",
        ru="Подготовить договор",
        by=CONTRACT_PREPARER,
        requires=[quote_approved],
        clause="R16",
        norms=[ONE_QUOTE_APPROVED],
    )
    obtain_ceo_signature = Step(
        stay(preparing_contract),
        "Have the general director sign",
        ru="Подписать договор у генерального директора",
        by=Role.FINANCE,
        requires=[contract_drafted],
        clause="R17",
    )
    refuse_contract = Step(
        preparing_contract.to(cancelled, when=lambda deal: deal.cancel_reason is not None)
        | preparing_contract.to(preparing_contract),
        "Refuse to sign the contract",
        ru="Отказать в подписи договора",
        by=Role.CEO,
        requires=[contract_drafted],
        notify=[Role.HEAD_OF_COMMERCIAL, SPECIALIST],
        clause="R17",
    )
    hand_over_contract = Step(
        preparing_contract.to(contract_ready),
        "Hand the contract over to the commercial department",
        ru="Передать договор в коммерческий отдел",
        by=Role.FINANCE,
        requires=[ceo_signed],
        notify=SPECIALIST,
        clause="R17",
    )
    dispatch_contract = Step(
        contract_ready.to(awaiting_client_signature),
        "Send the contract to the client",
        ru="Отправить договор клиенту",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        requires=[ceo_signed],
        notify=[CLIENT, Role.FINANCE],
        clause="R19",
    )
    record_scan_return = Step(
        awaiting_client_signature.to(in_force),
        "Record the signed scan",
        ru="Зафиксировать скан",
        by=Role.FINANCE,
        notify=SPECIALIST,
        clause="R20",
        norms=[SIGNATURE_REPORTED],
    )
    record_original_return = Step(
        stay(awaiting_client_signature, in_force),
        "Record the signed original",
        ru="Зафиксировать оригинал",
        by=Role.FINANCE,
        requires=[original_awaited],
        notify=SPECIALIST,
        clause="R20",
    )
    remind_contract_return = Step(
        stay(awaiting_client_signature, in_force),
        "Remind the client of the contract",
        ru="Напомнить о возврате",
        by=[Role.FINANCE, Role.SYSTEM],
        requires=[return_overdue],
        notify=CLIENT,
        clause="R20",
    )
    record_client_changes = Step(
        awaiting_client_signature.to(negotiating_price, when=lambda deal: deal.approval is None)
        | awaiting_client_signature.to(preparing_contract),
        "Record the client's disagreements",
        ru="Протокол разногласий",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        notify=[Role.FINANCE, Role.HEAD_OF_COMMERCIAL, MANAGER],
        clause="R20",
        norms=[ONE_QUOTE_APPROVED],
    )

    # -- the end, and rests on the way ----------------------------------------------------------------------------

    record_client_refusal = Step(
        anywhere(lost, but=[in_force]),
        "Record the client's refusal",
        ru="Отказ клиента",
        by=[Role.SALES_MANAGER, Role.COMMERCIAL_SPECIALIST],
        notify=Role.HEAD_OF_COMMERCIAL,
        clause="R8",
    )
    cancel_deal = Step(
        anywhere(cancelled),
        "Cancel the deal",
        ru="Отменить сделку",
        by=Role.HEAD_OF_COMMERCIAL,
        requires=[no_issued_invoice_unpaid],
        children=["invoice"],
        notify=[MANAGER, SPECIALIST, Role.FINANCE, CLIENT],
        clause="R34",
    )
    hold_deal = Step(
        anywhere(),
        "Put the deal on hold",
        ru="Приостановить",
        by=[SPECIALIST, Role.HEAD_OF_COMMERCIAL],
        requires=[deal_runs],
        clause="R91",
    )
    resume_deal = Step(
        anywhere(),
        "Resume the deal",
        ru="Возобновить",
        by=[SPECIALIST, Role.HEAD_OF_COMMERCIAL, Role.SYSTEM],
        requires=[deal_on_hold],
        clause="R91",
    )
    close_deal = Step(
        in_force.to(closed),
        "Close the deal",
        ru="Закрыть сделку",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        requires=[work_orders_ended, invoices_settled, original_returned],
        children=["work_order", "invoice"],
        notify=[MANAGER, Role.FINANCE],
        clause="R34",
    )
    reopen_deal = Step(
        closed.to(in_force),
        "Reopen the deal",
        ru="Возобновить закрытую сделку",
        by=Role.HEAD_OF_COMMERCIAL,
        clause="R34",
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    scan_returns = Sla(
        RETURN_SCAN,
        start=dispatch_contract,
        stop=record_scan_return,
        void=record_client_changes,
        owner=Role.FINANCE,
        occurred="received_at",
    )
    original_returns = Sla(
        RETURN_ORIGINAL,
        start=dispatch_contract,
        stop=record_original_return,
        void=record_client_changes,
        owner=Role.FINANCE,
        occurred="received_at",
    )
    hold_ends = Timer(resume_deal, at=lambda deal: deal.hold_until)
    client_is_reminded = Timer(
        remind_contract_return,
        overdue=[RETURN_SCAN, RETURN_ORIGINAL],
        at=lambda deal: None if deal.contract is None else deal.contract.remind_after,
    )

    @classmethod
    def keys(cls, data: Deal) -> Iterable[str]:
        """The deal's number, and the tax id of a counterparty that this deal created (R12, R15)."""
        if data.number is not None:
            yield f"deal.number:{data.number}"
        if data.counterparty is not None and data.counterparty_from is None and data.counterparty.tax_id is not None:
            yield f"counterparty:{data.counterparty.tax_id}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A client whom the system knows gets a new deal on the same counterparty (R12); numbers are unique (R15)."""
        kind, _, value = key.partition(":")
        if kind == "counterparty":
            return Refusal(
                "counterparty_exists",
                f"the client with tax id {value} is in the system already, with deal {holder}",
                ru=f"клиент с ИНН {value} уже заведён в системе, со сделкой {holder}",
                clause="R12",
                need=f"existing={holder}",
                got=value,
            )
        return Refusal(
            "number_taken",
            f"deal number {value} belongs to {holder}",
            ru=f"номер сделки {value} уже у {holder}",
            clause="R15",
            need="a number that no other deal has",
            got=value,
        )

    @classmethod
    def on_hold(cls, data: Deal) -> bool:
        """Whether the deal rests."""
        return data.hold is not None
