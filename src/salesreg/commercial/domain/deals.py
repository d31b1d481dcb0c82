"""Deals: everything that a sale gathers between a prospect and a contract in force (R5–R23)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import attrs

from salesreg.commercial.domain.clients import RECORD, ClientDraft, ClientQuestionnaire, Counterparty, near_name
from salesreg.commercial.domain.contracts import Contract
from salesreg.commercial.domain.prices import PriceQuote, QuoteLine, QuoteStatus
from salesreg.commercial.domain.records import Email, Own, Record, said
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant
from salesreg.rules.texts import says_nothing


class Subject(StrEnum):
    """What was decided on."""

    PRICE = "price"
    CONTRACT = "contract"
    AMENDMENT = "amendment"


class Outcome(StrEnum):
    """How it was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    ENDORSED = "endorsed"


class CeoRefusal(StrEnum):
    """What becomes of a deal whose contract the general director does not sign."""

    REWORK = "rework"
    CANCEL = "cancel"


@attrs.frozen
class ApprovalDecision(Record):
    """Somebody with the authority said yes or no, to exactly this quote or amendment (R10).

    Attributes:
        quote_hash: content hash of the quote or the amendment that was decided on.
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

    def _check(self) -> None:
        if self.outcome is Outcome.REJECTED and says_nothing(self.reason):
            subject = str(self.subject)
            raise DomainError(
                "rejection_without_reason", "{by} rejected the {subject}: say why", by=self.by, subject=subject
            )


@attrs.frozen
class Readiness(Record):
    """Evidence that the client wants the contract at the price quoted (R8)."""

    evidence: str
    at: Instant

    def _check(self) -> None:
        said(self.evidence, "readiness_without_evidence", "readiness needs evidence: a letter, a call or a meeting")


@attrs.frozen
class Hold(Record):
    """The deal rests for a while; the clocks that may pause stand still."""

    reason: str
    since: Instant
    until: Instant

    def _check(self) -> None:
        if self.until <= self.since:
            raise DomainError(
                "hold_ends_first",
                "a hold that begins at {need} cannot end at {got}: give a later instant",
                need=self.since.isoformat(),
                got=self.until.isoformat(),
            )


@attrs.frozen
class Deal(Record):
    """One sale to one client.

    Attributes:
        source: where the prospect came from, such as ``"exhibition"``.
        owner: the id of the sales manager; None while it waits in the managers' queue.
        lead: reference of the lead it grew from, if any (R53).
        contact_ref: reference of the meeting or contact that opened the price talks (R6).
        submitted_through: the id of the deputy who did it in their place, if one did.
        worked_on: the ids of everybody who made or revised the quote, deputies included; none of them approves it.
        number_period: the period within which the number is unique, such as ``"2026"``; empty for good.
        approval: the approval that stands; always of exactly the quote above (R10).
        decisions: every approval and rejection, in order, also those that no longer stand.
        identities: what tells the client from all others and is on record with this deal.
        near_name: how the client's name sounds, if no other client's may sound so without a word; else empty.
        client_because: why the client is another one than one called alike, or the same as one known otherwise.
        merged: counterparties that turned out to be the one above.
        quote_until: the last instant at which the quote is valid, UTC; None for one that was written without a limit.
        endorsed_by: the ids of the head who passed the price on to the general director, and of who stood in for them.
        counterparty_from: the id of the deal whose counterparty was reused; None if this deal created it.
        contract_history: contracts that came to nothing, in order.
        loss_reason: why the client refused.
        cancel_reason: why the company gave the deal up.
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
    contact_email: Email | None = None
    specialist: str | None = None
    former_specialist: str | None = None
    contract: Contract | None = None
    contract_history: tuple[Contract, ...] = ()
    hold: Hold | None = None
    loss_reason: str | None = None
    cancel_reason: str | None = None
    submitted_through: str | None = None
    worked_on: tuple[str, ...] = ()
    number_period: str = ""
    identities: tuple[Own, ...] = ()
    near_name: Own = ""
    client_because: str | None = None
    merged: tuple[Counterparty, ...] = ()
    quote_until: Instant | None = None
    endorsed_by: tuple[str, ...] = ()

    def _check(self) -> None:
        said(self.source, "deal_without_source", 'say where the prospect came from, such as "exhibition"')
        if self.approval is not None and (self.quote is None or self.approval.quote_hash != self.quote.content_hash):
            raise DomainError("deal_approval_of_another_quote", "the approval is of another quote: submit this one")
        approved = None if self.approval is None else self.approval.quote_hash
        if self.contract is not None and self.contract.quote_hash != approved:
            raise DomainError(
                "deal_contract_without_approval", "contract {got} rests on no approval", got=self.contract.number
            )

    @property
    def on_hold(self) -> bool:
        """Whether the deal rests."""
        return self.hold is not None

    @property
    def quote_hash(self) -> str:
        """Content hash of the quote that is on the deal; empty while there is none."""
        return "" if self.quote is None else self.quote.content_hash

    def agreed(self, quote_hash: str = "") -> PriceQuote | None:
        """The quote of a hash, if it is the one agreed on or was until an amendment; no hash means the present one."""
        if self.approval is None or quote_hash in {"", self.quote_hash}:
            return None if self.approval is None else self.quote
        replaced = (one for one in self.quote_history if one.status is QuoteStatus.APPROVED)
        return next((one for one in replaced if one.content_hash == quote_hash), None)

    @property
    def signed(self) -> bool:
        """Whether the general director has signed the contract."""
        return self.contract is not None and self.contract.ceo_signed_at is not None

    @property
    def drafted_at(self) -> Instant | None:
        """When the contract was drafted, if it was."""
        return None if self.contract is None else self.contract.drafted_at

    @property
    def sent_at(self) -> Instant | None:
        """When the contract went to the client, if it did."""
        return None if self.contract is None else self.contract.dispatched_at

    @property
    def archived(self) -> bool:
        """Whether the original of the contract has come back."""
        return self.contract is not None and self.contract.original_returned_at is not None

    @property
    def remind_after(self) -> Instant | None:
        """The client is not reminded of the contract by itself again before this instant."""
        return None if self.contract is None else self.contract.remind_after

    @property
    def renewal_at(self) -> Instant | None:
        """When the renewal of the contract is to be asked for."""
        return None if self.contract is None else self.contract.renewal_at

    @property
    def renewal_due(self) -> Instant | None:
        """By when it is to be said whether the contract is renewed: its end; None while nobody asks."""
        return self.contract.ends_at if self.contract is not None and self.contract.renewal_asked else None

    @property
    def rejections(self) -> tuple[ApprovalDecision, ...]:
        """The rounds in which the price was not approved, in order (R10)."""
        return tuple(d for d in self.decisions if d.subject is Subject.PRICE and d.outcome is Outcome.REJECTED)

    def quote_status(self) -> str | None:
        """Where the quote stands; None while there is none."""
        return None if self.quote is None else str(self.quote.status)

    def missing(self) -> tuple[str, ...]:
        """What the questionnaire lacks before a quote may be submitted; where there is none yet, everything (R9)."""
        return ("everything",) if self.questionnaire is None else self.questionnaire.missing()

    def questioned(
        self,
        meeting: str,
        answers: Mapping[str, str],
        required: Collection[str],
        *,
        client: ClientDraft | None,
        by: str,
        at: Instant,
    ) -> Deal:
        """The deal after a meeting has added answers to the questionnaire, which is complete once none is missing (R7).

        What is newly known of the client stands in the questionnaire and in the deal.
        """
        known = {} if self.questionnaire is None else self.questionnaire.answers
        form = ClientQuestionnaire(
            meeting, client or self.client, {**known, **answers}, tuple(sorted(required)), filled_by=by
        )
        if form.is_complete:
            form = attrs.evolve(form, completed_at=at)
        return attrs.evolve(self, questionnaire=form, client=form.client)

    def on_counterparty(self, ours: Counterparty, because: str | None) -> Deal:
        """The deal whose client the system has not known; one called alike is another, for a reason."""
        near = "" if because else near_name(ours.legal_name)
        return attrs.evolve(self, counterparty=ours, identities=ours.identities, near_name=near, client_because=because)

    def on_known(self, known: Counterparty, deal: str, because: str | None, at: Instant) -> Deal:
        """The deal whose client is known from another deal; what is news of the client goes on record with this one."""
        ours = known.learned(self.client, at)
        news = tuple(one for one in ours.identities if one not in known.identities)
        return attrs.evolve(self, counterparty=ours, counterparty_from=deal, identities=news, client_because=because)

    def corrected(self, client: ClientDraft) -> Deal:
        """The deal whose client was recorded wrongly: what was wrong is no more on record."""
        if self.counterparty is None:
            raise DomainError("deal_without_counterparty", "the deal has no counterparty yet: open it first")
        old = self.counterparty
        new = Counterparty.of(client, id=old.id, created_at=old.created_at, aliases=old.aliases)
        new = attrs.evolve(new, former_kpps=old.former_kpps)
        near = near_name(new.legal_name) if self.near_name else ""
        held = self.following(new)
        news = tuple(one for one in new.identities if one not in old.identities)
        return attrs.evolve(held, client=client, identities=(*held.identities, *news), near_name=near)

    def merged_into(self, other: Counterparty, deal: str) -> Deal:
        """The deal whose client turned out to be another deal's; what identified it stays on record."""
        if self.counterparty is None:
            raise DomainError("deal_without_counterparty", "the deal has no counterparty yet: open it first")
        gone_as = f"{RECORD}{self.counterparty.id}"
        aliases = tuple(dict.fromkeys((*other.aliases, *self.counterparty.identities, gone_as)))
        gone = attrs.evolve(self.counterparty, merged_into=other.id)
        one = attrs.evolve(other, aliases=aliases)
        return attrs.evolve(self, counterparty=one, counterparty_from=deal, merged=(*self.merged, gone))

    def following(self, counterparty: Counterparty) -> Deal:
        """The deal with its counterparty as it was corrected or merged elsewhere."""
        still = tuple(one for one in self.identities if one in counterparty.identities)
        return attrs.evolve(self, counterparty=counterparty, identities=still)

    # A deal is rebuilt once a step: what else changes is given along with what the method is named after.

    def requoted(self, lines: tuple[QuoteLine, ...], base_version: str | None = None, **also: Any) -> Deal:
        """The deal with its first quote or the next version of it; the client was ready for another price."""
        if self.quote is None:
            return attrs.evolve(self, quote=PriceQuote(1, base_version or "", lines), readiness=None, **also)
        revised, history = self.quote.revised(lines, base_version), (*self.quote_history, self.quote)
        return attrs.evolve(self, quote=revised, quote_history=history, readiness=None, **also)

    def written_by(self, *people: str | None) -> Deal:
        """The deal whose quote these people have worked on too."""
        known = dict.fromkeys((*self.worked_on, *(one for one in people if one is not None)))
        return self if len(known) == len(self.worked_on) else attrs.evolve(self, worked_on=tuple(known))

    def quoted(self, status: QuoteStatus, **also: Any) -> Deal:
        """The deal with its quote in another status; a `DomainError` if there is no quote yet."""
        return attrs.evolve(self, quote=self._marked(status), **also)

    def approved(self, by: str, at: Instant) -> Deal:
        """The deal whose price somebody has approved: exactly the quote on it, as it was submitted (R10)."""
        yes = ApprovalDecision(Subject.PRICE, Outcome.APPROVED, by, at, self.quote_hash, self.submitted_by)
        return self.quoted(QuoteStatus.APPROVED, approval=yes, decisions=(*self.decisions, yes))

    def endorsed(self, by: tuple[str, str], at: Instant) -> Deal:
        """The deal whose price the head would grant, were it theirs to grant: the general director decides."""
        yes = ApprovalDecision(Subject.PRICE, Outcome.ENDORSED, by[0], at, self.quote_hash, self.submitted_by)
        return attrs.evolve(self, decisions=(*self.decisions, yes), endorsed_by=by)

    def rejected(self, by: str, at: Instant, reason: str) -> Deal:
        """The deal whose price somebody has not approved."""
        no = ApprovalDecision(Subject.PRICE, Outcome.REJECTED, by, at, self.quote_hash, self.submitted_by, reason)
        return self.quoted(QuoteStatus.REJECTED, approval=None, decisions=(*self.decisions, no))

    def contract_refused(self, by: str, at: Instant, reason: str, **also: Any) -> Deal:
        """The deal whose contract somebody has not signed, so that it has come to nothing."""
        no = ApprovalDecision(Subject.CONTRACT, Outcome.REJECTED, by, at, self.quote_hash, reason=reason)
        return self.contract_dropped(decisions=(*self.decisions, no), **also)

    def price_reopened(self, *disagreements: str) -> Deal:
        """The deal whose price is open again: its approval falls, the contract on it, and the client's readiness.

        A price that nobody has approved is open as it is.
        """
        if self.approval is None:
            return self
        revoked = self._marked(QuoteStatus.REVOKED)
        return self.contract_dropped(*disagreements, quote=revoked, approval=None, readiness=None)

    def contract_dropped(self, *disagreements: str, **also: Any) -> Deal:
        """The deal whose contract has come to nothing and moved to the history, with what the client objected to."""
        if self.contract is not None:
            dropped = attrs.evolve(self.contract, disagreements=(*self.contract.disagreements, *disagreements))
            also = {"contract": None, "contract_history": (*self.contract_history, dropped), **also}
        return attrs.evolve(self, **also) if also else self

    def drafted(self, number: str, template_version: str, by: str, **also: Any) -> Deal:
        """The deal with a contract on its approved quote, in the place of the one before it, signature and all."""
        contract = Contract(number, template_version, self.quote_hash, drafted_by=by, **also)
        return self.contract_dropped(contract=contract)

    def reminded(self, at: Instant, again: Instant) -> Deal:
        """The deal whose client was reminded of the contract, and may be again later."""
        earlier = () if self.contract is None else self.contract.reminders
        return self.contract_with(reminders=(*earlier, at), remind_after=again)

    def amended(self, number: str, lines: tuple[QuoteLine, ...], base: str, approval: ApprovalDecision) -> Deal:
        """The deal whose contract was amended: at other prices, if any, which were approved with the amendment."""
        if self.contract is None or self.quote is None:
            raise DomainError("deal_without_contract", "the deal has no contract yet: draft it first")
        contract = attrs.evolve(self.contract, amendments=(*self.contract.amendments, number))
        if not lines:
            return attrs.evolve(self, contract=contract)
        quote = self.quote.amended(lines, base).marked(QuoteStatus.APPROVED)
        yes = attrs.evolve(approval, subject=Subject.PRICE, quote_hash=quote.content_hash)
        contract, history = attrs.evolve(contract, quote_hash=quote.content_hash), (*self.quote_history, self.quote)
        said = (*self.decisions, yes)
        return attrs.evolve(self, contract=contract, quote=quote, quote_history=history, approval=yes, decisions=said)

    def renewed(self, agreement: str, **until: Instant) -> Deal:
        """The deal whose contract goes on, as is agreed on somewhere."""
        earlier = () if self.contract is None else self.contract.renewals
        return self.contract_with(renewals=(*earlier, agreement), renewal_asked=False, ends_because=None, **until)

    def contract_with(self, **changes: Any) -> Deal:
        """The deal with some facts about its contract recorded; a `DomainError` if there is none yet."""
        if self.contract is None:
            raise DomainError("deal_without_contract", "the deal has no contract yet: draft it first")
        return attrs.evolve(self, contract=attrs.evolve(self.contract, **changes))

    def _marked(self, status: QuoteStatus) -> PriceQuote:
        if self.quote is None:
            raise DomainError("deal_without_quote", "the deal has no quote yet: start the price negotiation first")
        return self.quote.marked(status)


DealId: TypeAlias = Annotated[CaseId, Ref(Deal, process="sale")]
"""The id of a deal's case."""
