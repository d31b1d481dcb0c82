"""One pass over the events: what is kept of each, so that indicators can be asked for at any instant.

The cases may come in any order, and each with its events in their own; what has been seen already is passed over, so
that a fold that goes on where it stood gives the same as one that begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Self

import attrs
from msgspec.structs import replace

from salesreg.commercial.domain.calls import Disposition
from salesreg.commercial.domain.indicators import Basis
from salesreg.commercial.domain.inquiries import ResponseKind
from salesreg.commercial.domain.invoices import Invoice
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.prices import PriceQuote
from salesreg.commercial.domain.sales_plans import SalesPlan
from salesreg.commercial.indicators.records import Acts, Asked, Call, Contact, Deal, Planned, Sale, Verdict, principal
from salesreg.commercial.roles import COLD_CALLER
from salesreg.errors import CaseMismatch
from salesreg.process import Event, ObligationStatus
from salesreg.rules import SYSTEM

_NO_ACTS: Final = frozenset({"child_started", "child_ended", "migrated", "personal_data_erased"})
"""Events that nobody took a step by."""
_BILLED: Final = frozenset({"issued_at", "lines", "credits", "void_reason", "refund"})
"""What an invoice comes to follows from these."""
_CLOSED_TO_CALLS: Final = frozenset({"excluded", "do_not_call"})


class Record:
    """What is on record, folded from events.

    Args:
        timezone: the company's, in which days are counted.

    Attributes:
        verdicts: how each obligation stands, by norm and id.
        deals, contacts, inquiries, plans: by the id of their case.
        sales: contracts, invoices and payments, in the order of the events.
        acts: what each person put on record, by their id and the number of the hour; which day that is depends on where
            they work.
        roles: the role in which each person last acted, with when and by which event.
        orders: the deal of each work order.
    """

    def __init__(self, timezone: str) -> None:
        self.timezone: str = timezone
        self.verdicts: dict[str, dict[str, Verdict]] = {}
        self.deals: dict[str, Deal] = {}
        self.contacts: dict[str, Contact] = {}
        self.plans: dict[str, Planned] = {}
        self.inquiries: dict[str, Asked] = {}
        self.sales: list[Sale] = []
        self.acts: dict[str, dict[int, Acts]] = {}
        self.roles: dict[str, tuple[Any, str, str]] = {}
        self.orders: dict[str, str] = {}
        self._seen: dict[str, int] = {}
        self._invoices: dict[str, Invoice] = {}
        self._by_process: dict[str, Callable[[Event], None]] = {
            "sale": self._of_deal,
            "call_contact": self._of_contact,
            "work_order": self._of_order,
            "invoice": self._of_invoice,
            "plan": self._of_plan,
            "inquiry": self._of_inquiry,
        }

    def fold(self, events: Iterable[Event]) -> Self:
        """Take in more events.

        Raises:
            CaseMismatch: an event of a case is missing.
        """
        for event in events:
            seen = self._seen.get(event.case, 0)
            if event.version <= seen:
                continue
            if event.version != seen + 1:
                raise CaseMismatch(
                    f"the events of case {event.case!r} are not whole: expected version {seen + 1}, got {event.version}"
                )
            self._seen[event.case] = event.version
            self._of_any(event)
            own = self._by_process.get(event.process)
            if own is not None:
                own(event)
        return self

    # -- of every event -----------------------------------------------------------------------------------------------

    def _of_any(self, event: Event) -> None:
        breached = {one.norm for one in event.closed if one.status is ObligationStatus.BREACHED}
        for one in (*event.opened, *event.closed):
            known = self.verdicts.setdefault(one.norm, {})
            old = known.get(one.id)
            anew = one.norm in breached and one.closed_at is None if old is None else old.continues
            verdict = Verdict.of(one, event, continues=anew)
            if one.corrects is not None and (corrected := known.pop(one.corrects, None)) is not None:
                verdict = replace(verdict, acted=corrected.acted, continues=corrected.continues)
            known[one.id] = verdict
        if event.role == SYSTEM.id or event.step in _NO_ACTS:
            return
        latest = (event.at, event.id, event.role)
        self.roles[event.by] = max(self.roles.get(event.by, latest), latest)
        hour, name = event.at.toordinal() * 24 + event.at.hour, f"{event.process}.{event.step}"
        acts = self.acts.setdefault(event.by, {}).setdefault(hour, Acts(event.at, event.at))
        acts.first, acts.last = min(acts.first, event.at), max(acts.last, event.at)
        acts.steps[name] = acts.steps.get(name, 0) + 1

    # -- deals ----------------------------------------------------------------------------------------------------

    def _of_deal(self, event: Event) -> None:
        changes = event.changes
        deal = self.deals.get(event.case)
        if deal is None:
            deal = self.deals[event.case] = Deal(event.at, event.id, lead=changes.get("lead") or "")
        if owner := changes.get("owner"):
            deal.owners.append((event.at, owner))
        if changes.get("counterparty_from"):
            deal.known_client = True
        if quote := changes.get("quote"):
            before, deal.agreed, deal.listed = deal.agreed, quote.total, _listed(quote)
            if deal.won is not None and before is not None:  # an amendment
                self._sold(Basis.CONTRACTED, event, {(event.case, ""): deal.agreed - before}, event.at)
        deal.submitted_by = changes.get("submitted_by") or deal.submitted_by
        if event.source == event.target:
            return
        deal.stages.append((event.at, event.target, event.id))
        approved = event.target == "opening"
        if deal.decided is None and (approved or event.step in {"reject_quote", "decline_quote"}):
            deal.decided = approved, deal.submitted_by, event.at, event.id
        if event.target == "in_force" and deal.won is None:
            deal.won = event.at, event.id, deal.agreed, deal.listed
            self._sold(Basis.CONTRACTED, event, {(event.case, ""): deal.agreed}, event.at)
        elif event.target in {"cancelled", "lost"} and deal.won is not None and deal.agreed is not None:
            self._sold(Basis.CONTRACTED, event, {(event.case, ""): -deal.agreed}, event.at)

    def _of_plan(self, event: Event) -> None:
        before = self.plans.get(event.case)
        changes = _own(SalesPlan, event.changes)
        plan = SalesPlan(**changes) if before is None else attrs.evolve(before.plan, **changes)
        self.plans[event.case] = Planned(plan, event.id, event.target in {"in_force", "ended"})

    # -- calls ----------------------------------------------------------------------------------------------------

    def _of_contact(self, event: Event) -> None:
        changes, step = event.changes, event.step
        contact = self.contacts.get(event.case)
        if contact is None:
            contact = self.contacts[event.case] = Contact(event.at, event.id, changes.get("campaign", ""))
        if custody := changes.get("custody"):
            holder = custody[-1]
            if holder.role == COLD_CALLER.id:
                contact.caller = holder.person
        if step == "place_call":
            contact.calls.append(Call(principal(event), event.at, event.id))
        elif step == "accept_lead":
            contact.accepted = event.id
        elif contact.calls:
            call = contact.calls[-1]
            if step == "identify_need":
                call.need = True
            elif step == "send_proposal":
                call.proposal = True
            elif step == "record_result":
                result = changes["attempts"][-1].result
                call.disposition, call.decision_maker = str(result.disposition), result.decision_maker
                call.result_event = event.id
                call.need = call.need or result.disposition is Disposition.NEED_IDENTIFIED
        if lead := changes.get("lead"):
            contact.lead = lead.id
        contact.excluded = event.target in _CLOSED_TO_CALLS

    def _of_inquiry(self, event: Event) -> None:
        changes = event.changes
        asked = self.inquiries.get(event.case) or Asked(changes["received_at"])
        theirs = [one for one in changes.get("responses", ()) if one.kind is not ResponseKind.AUTOMATIC]
        if theirs and (first := min(theirs, key=lambda one: one.at)).at != asked.responded_at:
            asked = Asked(asked.received_at, first.at, first.by, event.id)
        self.inquiries[event.case] = asked

    # -- money ----------------------------------------------------------------------------------------------------

    def _of_order(self, event: Event) -> None:
        if deal := event.changes.get("deal"):
            self.orders[event.case] = deal

    def _of_invoice(self, event: Event) -> None:
        before = self._invoices.get(event.case)
        if before is None:
            after = Invoice(**_own(Invoice, event.changes))
        else:
            after = attrs.evolve(before, **_own(Invoice, event.changes)) if event.changes else before
        self._invoices[event.case] = after
        if _BILLED & event.changes.keys():
            self._sold(Basis.INVOICED, event, _less(_invoiced(after), _invoiced(before)), event.at)
        if before is None or (before.payments, before.refund) != (after.payments, after.refund):
            for reference, shares in _received(after, before).items():
                when = next((one.paid_at for one in after.payments if one.reference == reference), event.at)
                back = any(share.amount < 0 for share in shares.values())
                self._sold(Basis.PAID, event, shares, event.at if back else when)

    def _sold(self, basis: Basis, event: Event, shares: Any, at: Any) -> None:
        for (deal, order), amount in shares.items():
            if amount:
                self.sales.append(Sale(basis, deal, order, amount, at, event.at, event.id))


def _own(record: type[Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What changes of a record, without what an entity of one's own has beside it."""
    return {name: value for name, value in changes.items() if name in record.__annotations__}


def _listed(quote: PriceQuote) -> Decimal:
    """What a quote would come to at the prices of the list, or before the discount where there was no list."""
    return sum((line.quantity * (line.list_price or line.price).amount for line in quote.lines), start=Decimal(0))


Shares = dict[tuple[str, str], Money]
"""Amounts by deal and order; the deal is blank where the order must tell."""


def _spread(invoice: Invoice, amount: Money) -> Shares:
    """An amount of an invoice by its orders, in proportion to what their works cost."""
    only = invoice.deals[0] if len(invoice.deals) == 1 else ""
    if len(invoice.orders) == 1:
        return {(only, invoice.orders[0]): amount}
    weights = [
        sum((one.amount.amount for one in invoice.lines if one.order == order), Decimal(0)) for order in invoice.orders
    ]
    parts = amount.split(weights if any(weights) else [1] * len(weights))
    return {(only, order): part for order, part in zip(invoice.orders, parts, strict=True)}


def _invoiced(invoice: Invoice | None) -> Shares:
    stands = invoice is not None and invoice.issued_at is not None and invoice.stands
    return _spread(invoice, invoice.totals.gross) if stands and invoice is not None else {}


def _received(after: Invoice, before: Invoice | None) -> dict[str, Shares]:
    """What more has come by each document of the bank, or been taken back."""
    references = {one.reference: None for side in (before, after) if side is not None for one in side.payments}
    found: dict[str, Shares] = {}
    for reference in references:
        had, has = (_of_reference(side, reference) for side in (before, after))
        found[reference] = _less(has, had)
    return found


def _of_reference(invoice: Invoice | None, reference: str) -> Shares:
    if invoice is None or invoice.refund is not None:
        return {}
    mine = [one.amount for one in invoice.payments if one.reference == reference]
    return _spread(invoice, sum(mine[1:], start=mine[0])) if mine else {}


def _less(new: Shares, old: Shares) -> Shares:
    gone: Shares = {key: -amount for key, amount in old.items()}
    return gone | {key: amount + gone[key] if key in gone else amount for key, amount in new.items()}
