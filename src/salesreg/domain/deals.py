"""Deals: everything that a sale gathers between a prospect and a contract in force (R5–R23)."""

from __future__ import annotations

from enum import StrEnum

import attrs

from salesreg.domain.clients import ClientDraft, ClientQuestionnaire, Counterparty
from salesreg.domain.contracts import Contract
from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.prices import PriceQuote, QuoteLine, QuoteStatus
from salesreg.errors import DomainError

__all__ = ["ApprovalDecision", "CeoRefusal", "Deal", "Hold", "Outcome", "Readiness", "Subject"]


class Subject(StrEnum):
    """What was decided on."""

    PRICE = "price"
    CONTRACT = "contract"


class Outcome(StrEnum):
    """How it was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


class CeoRefusal(StrEnum):
    """What becomes of a deal whose contract the general director does not sign."""

    REWORK = "rework"
    CANCEL = "cancel"


@attrs.frozen
class ApprovalDecision:
    """Somebody with the authority said yes or no, to exactly this quote (R10).

    Attributes:
        subject: the price, or the contract made on it.
        outcome: approved or rejected.
        by: the id of the employee who decided.
        at: when, UTC.
        quote_hash: content hash of the quote that was decided on.
        submitted_by: the id of the employee who asked.
        reason: why; a rejection always says it.
    """

    subject: Subject
    outcome: Outcome
    by: str
    at: Instant
    quote_hash: str
    submitted_by: str | None = None
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if self.outcome is Outcome.REJECTED and not self.reason.strip():
            raise DomainError(f"{self.by!r} rejected the {self.subject} without a reason: say what has to change")


@attrs.frozen
class Readiness:
    """Evidence that the client wants the contract at the price quoted (R8)."""

    evidence: str
    at: Instant

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if not self.evidence.strip():
            raise DomainError("readiness without evidence proves nothing: refer to a letter, a call or a meeting")


@attrs.frozen
class Hold:
    """The deal rests for a while; the clocks that may pause stand still."""

    reason: str
    since: Instant
    until: Instant

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "since", "until")
        if self.until <= self.since:
            raise DomainError(f"a hold that begins at {self.since} cannot end at {self.until}: give a later instant")


@attrs.frozen
class Deal:
    """One sale to one client.

    Attributes:
        source: where the prospect came from, such as ``"exhibition"``.
        client: what is known of the client.
        owner: the id of the sales manager; None while it waits in the managers' queue.
        lead: reference of the lead it grew from, if any (R53).
        contact_ref: reference of the meeting or contact that opened the price talks (R6).
        questionnaire: the result of the meeting (R7).
        quote: the quote that is being negotiated or was approved.
        quote_history: the versions before it, in order.
        readiness: evidence that the client wants the contract at this quote (R8).
        submitted_by: the id of the employee who last asked for approval (R9).
        submitted_through: the id of the deputy who did it in their place, if one did.
        approval: the approval that stands; always of exactly the quote above (R10).
        decisions: every approval and rejection, in order, also those that no longer stand.
        number: the deal's number, unique (R15).
        counterparty: the client in the company's records (R12).
        counterparty_from: the id of the deal whose counterparty was reused; None if this deal created it.
        contact_email: the address handed over to the specialist (R15).
        specialist: the id of the commercial specialist in charge (R14).
        former_specialist: the id of the one before.
        contract: the contract that is being made or is in force.
        contract_history: contracts that came to nothing, in order.
        hold: why and until when the deal rests, if it does.
        loss_reason: why the client refused.
        cancel_reason: why the company gave the deal up.

    Raises:
        DomainError: there is no source, an approval is of another quote, or a contract has no standing approval.
    """

    source: str
    client: ClientDraft
    owner: str | None = None
    lead: str | None = None
    contact_ref: str | None = None
    questionnaire: ClientQuestionnaire | None = None
    quote: PriceQuote | None = None
    quote_history: tuple[PriceQuote, ...] = ()
    readiness: Readiness | None = None
    submitted_by: str | None = None
    approval: ApprovalDecision | None = None
    decisions: tuple[ApprovalDecision, ...] = ()
    number: str | None = None
    counterparty: Counterparty | None = None
    counterparty_from: str | None = None
    contact_email: str | None = None
    specialist: str | None = None
    former_specialist: str | None = None
    contract: Contract | None = None
    contract_history: tuple[Contract, ...] = ()
    hold: Hold | None = None
    loss_reason: str | None = None
    cancel_reason: str | None = None
    submitted_through: str | None = None

    def __attrs_post_init__(self) -> None:
        if not self.source.strip():
            raise DomainError('a deal records where the prospect came from: give a source such as "exhibition"')
        if self.approval is not None and (self.quote is None or self.approval.quote_hash != self.quote.content_hash):
            raise DomainError("the approval is of another quote than the deal's: submit the quote for a new approval")
        if self.contract is not None and (
            self.approval is None or self.contract.quote_hash != self.approval.quote_hash
        ):
            raise DomainError(f"contract {self.contract.number!r} rests on no standing approval of its quote")

    @property
    def on_hold(self) -> bool:
        """Whether the deal rests."""
        return self.hold is not None

    @property
    def hold_until(self) -> Instant | None:
        """When it is to go on, if it rests."""
        return None if self.hold is None else self.hold.until

    @property
    def rejections(self) -> tuple[ApprovalDecision, ...]:
        """The rounds in which the price was not approved, in order (R10)."""
        return tuple(d for d in self.decisions if d.subject is Subject.PRICE and d.outcome is Outcome.REJECTED)

    def requoted(self, lines: tuple[QuoteLine, ...], base_version: str | None = None) -> Deal:
        """The deal with its first quote or the next version of it; the client's readiness was for another price.

        Raises:
            DomainError: the lines do not make a quote, or the first one names no base price list.
        """
        if self.quote is None:
            return attrs.evolve(self, quote=PriceQuote(1, base_version or "", lines), readiness=None)
        return attrs.evolve(
            self,
            quote=self.quote.revised(lines, base_version),
            quote_history=(*self.quote_history, self.quote),
            readiness=None,
        )

    def decided(self, decision: ApprovalDecision) -> Deal:
        """The deal after a decision on its price: the approval stands, or the quote is rejected."""
        approved = decision.outcome is Outcome.APPROVED
        return attrs.evolve(
            self.quoted(QuoteStatus.APPROVED if approved else QuoteStatus.REJECTED),
            approval=decision if approved else None,
            decisions=(*self.decisions, decision),
        )

    def quoted(self, status: QuoteStatus) -> Deal:
        """The deal with its quote in another status.

        Raises:
            DomainError: there is no quote yet.
        """
        if self.quote is None:
            raise DomainError("the deal has no quote yet: start the price negotiation first")
        return attrs.evolve(self, quote=attrs.evolve(self.quote, status=status))

    def price_reopened(self) -> Deal:
        """The deal without its approval and the client's readiness: the price is open again."""
        return attrs.evolve(self, approval=None, readiness=None).quoted(QuoteStatus.REVOKED)

    def contract_dropped(self, *disagreements: str) -> Deal:
        """The deal whose contract has come to nothing and moved to the history, with what the client objected to."""
        if self.contract is None:
            return self
        dropped = attrs.evolve(self.contract, disagreements=(*self.contract.disagreements, *disagreements))
        return attrs.evolve(self, contract=None, contract_history=(*self.contract_history, dropped))

    def contract_with(self, **changes: object) -> Deal:
        """The deal with some facts about its contract recorded.

        Raises:
            DomainError: there is no contract yet.
        """
        if self.contract is None:
            raise DomainError("the deal has no contract yet: draft it first")
        return attrs.evolve(self, contract=attrs.evolve(self.contract, **changes))  # type: ignore[arg-type]
