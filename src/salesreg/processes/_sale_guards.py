"""What must hold before the steps of a sale: the guards that look at the deal and at its work orders and invoices."""

from __future__ import annotations

from collections.abc import Iterator

from salesreg.domain.deals import Deal
from salesreg.domain.prices import QuoteStatus
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import Must

__all__ = [
    "ceo_signed",
    "client_ready",
    "contract_drafted",
    "contract_unsigned",
    "deal_on_hold",
    "deal_runs",
    "invoices_settled",
    "list_in_force",
    "no_issued_invoice_unpaid",
    "original_awaited",
    "original_returned",
    "questionnaire_complete",
    "quote_approved",
    "quote_not_approved",
    "quote_submittable",
    "specialist_assigned",
    "work_orders_ended",
]


def _missing(deal: Deal) -> tuple[str, ...]:
    return ("questionnaire",) if deal.questionnaire is None else deal.questionnaire.missing()


def _status(deal: Deal) -> str:
    return "nothing" if deal.quote is None else str(deal.quote.status)


quote_not_approved = Must[Deal](
    lambda deal: deal.quote is None or deal.quote.status is not QuoteStatus.APPROVED,
    "quote_approved",
    "an approved quote is not revised",
    ru="утверждённый прайс не меняют",
    clause="R10",
    need="a quote that is not approved",
    got=_status,
)
questionnaire_complete = Must[Deal](
    lambda deal: not _missing(deal),
    "questionnaire_incomplete",
    "the client questionnaire is not complete",
    ru="анкета клиента заполнена не полностью",
    clause="R9",
    need="an answer to every required question",
    got=_missing,
)
quote_submittable = Must[Deal](
    lambda deal: deal.quote is not None and deal.quote.status is not QuoteStatus.REVOKED,
    "no_quote",
    "there is no quote to approve: one whose approval was revoked is revised first",
    ru="нет прайса для утверждения: отозванный сначала меняют",
    clause="R9",
    need="a quote of the present round",
    got=_status,
)
client_ready = Must[Deal](
    lambda deal: deal.readiness is not None,
    "client_not_ready",
    "nothing shows that the client is ready for a contract at this price",
    ru="не подтверждено, что клиент готов к договору по этой цене",
    clause="R8",
    need="evidence of the client's readiness",
)
quote_approved = Must[Deal](
    lambda deal: deal.approval is not None,
    "no_approval",
    "no approval of the present quote stands",
    ru="нет действующего утверждения нынешнего прайса",
    clause="R10",
    need="an approval of this very quote",
    got=_status,
)
contract_drafted = Must[Deal](
    lambda deal: deal.contract is not None,
    "no_contract",
    "there is no draft of the contract",
    ru="проекта договора ещё нет",
    clause="R17",
    need="a draft",
)
ceo_signed = Must[Deal](
    lambda deal: deal.contract is not None and deal.contract.ceo_signed_at is not None,
    "not_signed",
    "the general director has not signed the contract",
    ru="генеральный директор не подписал договор",
    clause="R17",
    need="the general director's signature",
)
contract_unsigned = Must[Deal](
    lambda deal: deal.contract is None or deal.contract.ceo_signed_at is None,
    "contract_signed",
    "a signed contract keeps its prices",
    ru="подписанный договор сохраняет свои цены",
    clause="R38",
    need="a contract that the general director has not signed",
    got=lambda deal: deal.contract and deal.contract.number,
)
original_awaited = Must[Deal](
    lambda deal: deal.contract is not None and "original" in deal.contract.awaited,
    "already_returned",
    "the original is in the archive already",
    ru="оригинал уже в архиве",
    clause="R20",
    need="an original that has not come back",
    got=lambda deal: deal.contract and deal.contract.archive_ref,
)
original_returned = Must[Deal](
    lambda deal: deal.contract is not None and deal.contract.original_returned_at is not None,
    "no_original",
    "the signed original has not come back",
    ru="подписанный оригинал не вернулся",
    clause="R20",
    need="the original in the archive",
)
specialist_assigned = Must[Deal](
    lambda deal: deal.specialist is not None,
    "no_specialist",
    "no specialist is in charge yet",
    ru="ответственный специалист ещё не назначен",
    clause="R14",
    need="an assigned specialist",
)
deal_runs = Must[Deal](
    lambda deal: not deal.on_hold,
    "on_hold",
    "the deal is on hold already",
    ru="сделка уже приостановлена",
    clause="R91",
    need="a deal that is not on hold",
    got=lambda deal: deal.hold,
)
deal_on_hold = Must[Deal](
    lambda deal: deal.on_hold,
    "not_on_hold",
    "the deal is not on hold",
    ru="сделка не приостановлена",
    clause="R91",
    need="a deal on hold",
)


def _children(attempt: Attempt, process: str, done: set[str]) -> tuple[str, ...]:
    """The deal's cases of another process that stand in none of these stages."""
    return tuple(child.id for child in attempt.related.children(process) if child.stage not in done)


def work_orders_ended(_: Deal, attempt: Attempt) -> Iterator[Refusal]:
    """A closed order has had its documents delivered, so this covers them too."""
    if running := _children(attempt, "work_order", {"closed", "cancelled"}):
        yield Refusal(
            "work_orders_open",
            f"work orders {', '.join(running)} have not ended",
            ru=f"не завершены заявки {', '.join(running)}",
            clause="R34",
            need="every work order closed, its documents delivered, or cancelled",
            got=running,
        )


def invoices_settled(_: Deal, attempt: Attempt) -> Iterator[Refusal]:
    """Nothing is left to be paid."""
    if unpaid := _children(attempt, "invoice", {"paid", "void", "refunded"}):
        yield Refusal(
            "invoices_open",
            f"invoices {', '.join(unpaid)} are neither paid nor void",
            ru=f"не оплачены и не аннулированы счета {', '.join(unpaid)}",
            clause="R34",
            need="every invoice paid or void",
            got=unpaid,
        )


def no_issued_invoice_unpaid(_: Deal, attempt: Attempt) -> Iterator[Refusal]:
    """An invoice that the client may be about to pay is voided before the deal is given up."""
    if unpaid := _children(attempt, "invoice", {"requested", "returned", "paid", "void", "refunded"}):
        yield Refusal(
            "invoices_unpaid",
            f"invoices {', '.join(unpaid)} are issued and unpaid",
            ru=f"выставлены и не оплачены счета {', '.join(unpaid)}",
            clause="R34",
            need="issued invoices paid or void",
            got=unpaid,
        )


def list_in_force(base_version: str, attempt: Attempt, clause: str) -> Iterator[Refusal]:
    """A quote is made from the base price list in force, where the company keeps its lists here (R6)."""
    for one in attempt.related.children("price_change"):
        if one.stage == "in_force" and base_version != one.data.version:
            yield Refusal(
                "base_not_in_force",
                f"base price list {base_version!r} is not the one in force",
                ru=f"базовый прайс {base_version!r} не действует",
                clause=clause,
                need=one.data.version,
                got=base_version,
            )
