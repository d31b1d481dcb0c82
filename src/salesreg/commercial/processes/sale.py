"""The sale: from a prospect to a contract in force, and to the closed deal (R5–R23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.amendments import AMENDMENT_ENDED
from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.clients import ClientDraft, Counterparty, is_email
from salesreg.commercial.domain.contracts import PowerOfAttorney, Signature
from salesreg.commercial.domain.deals import ApprovalDecision, CeoRefusal, Deal, DealId, Hold, Readiness
from salesreg.commercial.domain.invoices import SETTLED, UNISSUED
from salesreg.commercial.domain.numbers import counted, next_number, number_key
from salesreg.commercial.domain.phones import reached_at
from salesreg.commercial.domain.prices import QuoteLine, QuoteStatus
from salesreg.commercial.domain.records import Email, OwnText
from salesreg.commercial.domain.work import ORDER_ENDED, WorkRequest
from salesreg.commercial.parameters import DISCOUNT_LIMIT, DOCUMENT_LAG, NUMBER_PERIOD
from salesreg.commercial.quoting import PRICE_LISTS, list_stands, listed, markdown
from salesreg.commercial.roles import (
    CEO,
    COLD_CALLER,
    FINANCE,
    HEAD,
    IT,
    MANAGER,
    SPECIALIST,
    Manager,
    Specialist,
)
from salesreg.commercial.signing import power_holds, signs_for_us
from salesreg.process import (
    STAGE_OWNER,
    After,
    Assigned,
    Attempt,
    Charge,
    Checks,
    Contact,
    Each,
    Future,
    Must,
    NoneLeft,
    Outcome,
    Past,
    Person,
    Process,
    Refusal,
    Retention,
    Sla,
    Stage,
    Step,
    Text,
    Timer,
    anywhere,
    built,
    need,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, Parameter, Role, open_norm
from salesreg.rules.conduct import OWN_ONLY
from salesreg.rules.texts import says_nothing

# -- the rules --------------------------------------------------------------------------------------------------------

PRICE_APPROVAL = open_norm(
    "sale.price_approval",
    "The head of the commercial department approves or rejects a submitted quote in time.",
    "R10",
    HEAD,
    control="the approval decision on the deal",
    metric="K8",
)
DIRECTOR_DECIDES = open_norm(
    "sale.director_decides",
    "The general director approves or rejects in time a price that is beyond the head's authority.",
    "R10",
    CEO,
    control="the general director's decision on the deal",
    metric="K8",
)
OPEN_DEAL = Norm(
    "sale.open_deal",
    "An approved deal is entered in the system in time.",
    "R13",
    [IT, HEAD],
    term=Term.parse("2 business days"),
    pausable=True,
    control="the deal's number",
    metric="K9",
)
ASSIGN = open_norm(
    "sale.assign",
    "The head of the commercial department puts a specialist in charge of an opened deal in time.",
    "R14",
    HEAD,
    pausable=True,
    control="the assignment on record",
    metric="share of deals assigned in time",
)
PREPARE_CONTRACT = open_norm(
    "sale.prepare_contract",
    "Finance prepares the contract, has the general director sign it, and hands it over in time.",
    "R18",
    FINANCE,
    pausable=True,
    control="the hand-over of the signed contract",
    metric="K10",
)
DISPATCH = open_norm(
    "sale.dispatch",
    "The specialist sends the contract signed by the general director to the client in time.",
    "R19",
    SPECIALIST,
    pausable=True,
    control="the record of dispatch",
    metric="share of contracts sent in time",
)
RETURN_SCAN = open_norm(
    "sale.return_scan",
    "Finance sees to it that a scan signed by the client comes back.",
    "R20",
    FINANCE,
    pausable=True,
    control="the scan on file",
    metric="K11.scan",
)
RETURN_ORIGINAL = open_norm(
    "sale.return_original",
    "Finance sees to it that the original signed by the client comes back and is archived.",
    "R20",
    FINANCE,
    pausable=True,
    control="the archive reference",
    metric="K11.original",
)
COPIES = (RETURN_SCAN, RETURN_ORIGINAL)
ONE_QUOTE = Norm(
    "sale.one_quote_approved",
    "A contract is made only on the quote that was approved; whoever changes the quote asks for approval again.",
    "R10",
    control="the content hash in the approval and in the contract",
    metric="K8",
)
ONE_CLIENT = Norm(
    "sale.one_counterparty",
    "A client that the system knows already gets a new deal, never a second record.",
    "R12",
    control="the unique tax id",
    metric="number of double client records",
)
REPORTED = Norm(
    "sale.signature_reported",
    "Finance tells the commercial department that the client has signed.",
    "R21",
    FINANCE,
    control="the notice to the specialist",
    metric="K11.scan",
)
RENEWAL = Norm(
    "sale.renewal",
    "Before a contract ends, the specialist in charge renews it with the client or says that it ends.",
    "R20",
    SPECIALIST,
    control="the renewal, or the reason for letting it end",
    metric="share of contracts decided on before their end",
)

# -- who, and which deal ----------------------------------------------------------------------------------------------

manager = Charge[Deal]("owner", MANAGER, "the deal's sales manager")
taker = Charge[Deal]("owner", MANAGER, "the deal's sales manager", find=lambda deal: deal.owner or MANAGER)
submitter = Assigned[Deal](lambda deal: deal.submitted_by, "the one who submitted the quote")
specialist = Charge[Deal](
    "specialist",
    SPECIALIST,
    "the deal's specialist",
    put=lambda deal, to, _: evolve(deal, specialist=to, former_specialist=deal.specialist),
)
former = Assigned[Deal](lambda deal: deal.former_specialist, "the former specialist")
authors = Each[Deal](
    lambda deal: (*deal.worked_on, deal.submitted_by, deal.submitted_through),
    "those who worked on the quote or the questionnaire, or stood in for whoever did",
)
hands = Each[Deal](
    lambda deal: (*deal.worked_on, deal.submitted_by, deal.submitted_through, *deal.endorsed_by),
    "those who worked on the quote or the questionnaire, or passed it on to the general director",
)
client = Contact[Deal](lambda deal: deal.contact_email)


def as_read(deal: Deal, attempt: Attempt, read: str | None) -> Checks:
    """Whoever says which quote they have read does not approve another one by mistake."""
    if read is not None and read != deal.quote_hash:
        yield Refusal("other_quote", "the deal has another quote than was read", need=deal.quote_hash, got=read)
    if deal.quote is not None:
        yield from list_stands(deal.quote.lines, attempt)


def after(last: dt.datetime | None) -> dt.datetime | None:
    """The first instant after the last one that still counts."""
    return None if last is None else last + dt.timedelta(microseconds=1)


class Sale(Process[Deal]):
    """From a prospect to a contract in force.

    A guard stands above the step that it holds up; what orders and calls do after a step stands in `reactions`.
    """

    id, version, title = "sale", 1, "Sale"
    retention = Retention(
        "a contract is kept with the accounts (402-FZ art. 29)", 5, when=lambda deal: deal.contract is not None
    )
    charges = (manager, specialist)
    searchable = {
        "client": lambda deal: deal.client.legal_name,
        "tax_id": lambda deal: deal.client.inn,
        "number": lambda deal: deal.number,
        "owner": lambda deal: deal.owner,
        "contact": lambda deal: tuple(one for person in deal.client.contacts for one in reached_at(person)),
    }
    facts = {"contract": lambda deal: deal.contract and deal.contract.number}

    opener = Parameter("sale.deal_opener", Role, "Who enters an approved deal in the system.", clause="R11")
    drafter = Parameter("sale.contract_preparer", Role, "Who drafts the contract.", clause="R16")
    questionnaire_keys = Parameter(
        "sale.questionnaire_keys",
        frozenset[str],
        "Keys of the questions that the client questionnaire must answer, separated by commas.",
        clause="R7",
    )
    number_period = NUMBER_PERIOD
    quote_validity = Parameter(
        "sale.quote_validity", Term, "How long a quote is valid from the day on which it was written.", clause="R6"
    )
    discount_limit = DISCOUNT_LIMIT
    remind_again = Parameter(
        "sale.remind_again", Term, "How long after a reminder of an overdue copy the next one comes.", clause="R20"
    )

    contract_term = Parameter(
        "sale.contract_term", Term, "How long a contract is in force, and as much longer by a renewal.", clause="R20"
    )
    renewal_reminder = Parameter(
        "sale.renewal_reminder", Term, "How long before a contract ends its renewal is asked for.", clause="R20"
    )

    prospecting = Stage("Attracting the client", MANAGER, no_term="the client decides how long that takes")
    negotiating_price = Stage("Negotiating the preliminary price", MANAGER, no_term="the client sets the pace")
    awaiting_price_approval = Stage("Awaiting price approval", HEAD, PRICE_APPROVAL)
    awaiting_director_approval = Stage("Awaiting the general director's approval of the price", CEO, DIRECTOR_DECIDES)
    opening = Stage("Opening the deal", opener, OPEN_DEAL)
    awaiting_assignment = Stage("Assigning the specialist", HEAD, ASSIGN)
    preparing_contract = Stage("Preparing the contract", FINANCE, PREPARE_CONTRACT)
    contract_ready = Stage("Contract signed and handed over", specialist, DISPATCH)
    awaiting_client_signature = Stage(
        "Awaiting the client's signature", FINANCE, no_term="the scan and the original have clocks of their own"
    )
    in_force = Stage("Contract in force, taking orders", specialist, no_term="orders come when the client needs them")
    closed = Stage("Closed", ended=True)
    lost = Stage("Refused by the client", final=True)
    cancelled = Stage("Cancelled", final=True)

    # -- the price ----------------------------------------------------------------------------------------------------

    @step(start(prospecting), "Register a prospect", by=[MANAGER, COLD_CALLER, SYSTEM], clause="R5")
    def register_prospect(
        self,
        attempt: Attempt,
        *,
        source: Text,
        client: ClientDraft,
        lead: str | None = None,
        manager: Manager | None = None,
    ) -> Outcome[Deal]:
        sells = attempt.role == MANAGER.id
        if not sells and not (lead or "").strip():
            yield Refusal("no_lead", "the lead handed over is required", got=lead, clause="R53")
        # A lead handed over to nobody by name waits in the managers' queue.
        return Deal(source, client, owner=manager or (attempt.principal.id if sells else None), lead=lead)

    @step(
        prospecting.to(negotiating_price),
        "Start the price negotiation",
        by=MANAGER,
        only=taker,
        holders=PRICE_LISTS,
        clause="R6",
    )
    def start_price_negotiation(
        self, deal: Deal, attempt: Attempt, *, contact_ref: Text, base_version: str, lines: tuple[QuoteLine, ...]
    ) -> Outcome[Deal]:
        lines = yield from listed(base_version, lines, attempt)
        until = attempt.due(self.quote_validity)
        also = {"owner": deal.owner or attempt.principal.id, "contact_ref": contact_ref, "quote_until": until}
        quoted = yield from built(lambda: deal.requoted(lines, base_version, **also))
        return quoted.written_by(attempt.principal.id, attempt.by.id)

    unapproved = Must[Deal](
        lambda deal: deal.quote_status() != QuoteStatus.APPROVED,
        "quote_approved",
        "an approved quote is not revised",
        got=Deal.quote_status,
    )

    @step(
        stay(negotiating_price),
        "Revise the quote",
        by=MANAGER,
        only=manager,
        requires=[unapproved],
        holders=PRICE_LISTS,
        clause="R10",
    )
    def revise_quote(
        self, deal: Deal, attempt: Attempt, *, lines: tuple[QuoteLine, ...], base_version: str | None = None
    ) -> Outcome[Deal]:
        """A quote whose base price list is no longer in force moves to the one that is."""
        lines = yield from listed(base_version or (deal.quote.base_version if deal.quote else None), lines, attempt)
        until = attempt.due(self.quote_validity)
        quoted = yield from built(lambda: deal.requoted(lines, base_version, quote_until=until))
        return quoted.written_by(attempt.principal.id, attempt.by.id)

    @step(stay(negotiating_price), "Fill in the client questionnaire", by=MANAGER, only=manager, clause="R7")
    def complete_questionnaire(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        meeting: Text,
        answers: Mapping[str, str],
        client: ClientDraft | None = None,
    ) -> Outcome[Deal]:
        """A deal that was opened for one client does not become another's."""
        known = deal.counterparty
        if client is not None and known is not None and not known.may_be(client):
            got, facts = client.inn or client.legal_name, {"client": known.legal_name}
            yield Refusal(
                "other_client.opened", "the deal is for {client}", need=known.name, got=got, facts=facts, clause="R12"
            )
        if empty := tuple(sorted(key for key, answer in answers.items() if says_nothing(answer))):
            yield Refusal("empty_answer", "the answer to {got:field} says nothing", got=empty)
        keys = self.questionnaire_keys
        done = deal.questioned(meeting, answers, keys, client=client, by=attempt.by.id, at=attempt.at)
        return done.written_by(attempt.principal.id, attempt.by.id)

    @step(stay(negotiating_price), "Record that the client is ready", by=MANAGER, only=manager, clause="R8")
    def confirm_client_readiness(self, deal: Deal, attempt: Attempt, *, evidence: Text) -> Deal:
        ready = evolve(deal, readiness=Readiness(evidence, attempt.at))
        return ready.written_by(attempt.principal.id, attempt.by.id)

    complete = Must[Deal](
        lambda deal: not deal.missing(),
        "questionnaire_incomplete",
        "the questionnaire lacks {got:field}",
        got=Deal.missing,
    )
    submittable = Must[Deal](
        lambda deal: deal.quote is not None and deal.quote.status is not QuoteStatus.REVOKED,
        "no_quote",
        "there is no quote to approve: one whose approval was revoked is revised first",
        got=Deal.quote_status,
    )
    client_ready = Must[Deal](
        lambda deal: deal.readiness is not None,
        "client_not_ready",
        "nothing shows that the client is ready",
        clause="R8",
    )

    def valid(self, deal: Deal, attempt: Attempt) -> Checks:
        """Nothing is approved or drafted on a price that the client can no longer have."""
        if deal.quote_until is not None and attempt.at > deal.quote_until:
            until, now = deal.quote_until.isoformat(), attempt.at.isoformat()
            yield Refusal("quote_expired", "the quote was valid until {need}: quote anew", until, now, clause="R6")

    @step(
        negotiating_price.to(awaiting_price_approval),
        "Submit for approval",
        by=MANAGER,
        only=manager,
        requires=[complete, submittable, client_ready, valid],
        notify=HEAD,
        clause="R9",
    )
    def submit_for_approval(self, deal: Deal, attempt: Attempt) -> Deal:
        deputy = None if attempt.on_behalf_of is None else attempt.by.id
        return deal.quoted(QuoteStatus.SUBMITTED, submitted_by=attempt.principal.id, submitted_through=deputy)

    beyond_authority = awaiting_price_approval.to(awaiting_director_approval, when=lambda deal: deal.approval is None)

    # A deal that was opened before its price was reopened has its number, and perhaps its specialist, already.
    was_assigned = After("assign_specialist", lambda deal: deal.specialist is not None)
    was_opened = After("open_deal", lambda deal: deal.number is not None)

    @step(
        beyond_authority
        | awaiting_price_approval.to(preparing_contract, when=was_assigned)
        | awaiting_price_approval.to(awaiting_assignment, when=was_opened)
        | awaiting_price_approval.to(opening),
        "Approve the price",
        by=HEAD,
        never=authors,
        requires=[valid],
        notify=[manager, STAGE_OWNER],
        holders=PRICE_LISTS,
        clause="R10",
        norms=[ONE_QUOTE],
    )
    def approve_quote(
        self, deal: Deal, attempt: Attempt, *, quote_hash: str | None = None, to_director: bool = False
    ) -> Outcome[Deal]:
        """What is beyond the head's authority, or what the head would rather not decide, goes on to the director."""
        yield from as_read(deal, attempt, quote_hash)
        lines = () if deal.quote is None else deal.quote.lines
        if to_director or markdown(lines, attempt) > self.discount_limit:
            return deal.endorsed((attempt.by.id, attempt.principal.id), attempt.at)
        return deal.approved(attempt.by.id, attempt.at)

    @step(
        awaiting_director_approval.to(preparing_contract, when=was_assigned)
        | awaiting_director_approval.to(awaiting_assignment, when=was_opened)
        | awaiting_director_approval.to(opening),
        "Approve the price as general director",
        by=CEO,
        never=hands,
        requires=[valid],
        notify=[manager, HEAD, STAGE_OWNER],
        holders=PRICE_LISTS,
        clause="R10",
        norms=[ONE_QUOTE],
    )
    def confirm_quote(self, deal: Deal, attempt: Attempt, *, quote_hash: str | None = None) -> Outcome[Deal]:
        yield from as_read(deal, attempt, quote_hash)
        return deal.approved(attempt.by.id, attempt.at)

    @step(
        awaiting_director_approval.to(negotiating_price),
        "Reject the price as general director",
        by=CEO,
        notify=[manager, HEAD],
        clause="R10",
    )
    def decline_quote(self, deal: Deal, attempt: Attempt, *, reason: Text) -> Deal:
        return deal.rejected(attempt.by.id, attempt.at, reason)

    @step(awaiting_price_approval.to(negotiating_price), "Reject the price", by=HEAD, notify=manager, clause="R10")
    def reject_quote(self, deal: Deal, attempt: Attempt, *, reason: Text) -> Deal:
        return deal.rejected(attempt.by.id, attempt.at, reason)

    @step(
        (awaiting_price_approval | awaiting_director_approval).to(negotiating_price),
        "Recall the submission",
        by=MANAGER,
        only=manager,
        notify=HEAD,
        clause="R9",
    )
    def recall_submission(self, deal: Deal) -> Deal:
        return deal.quoted(QuoteStatus.DRAFT)

    undecided = awaiting_price_approval | awaiting_director_approval
    unsigned = Must[Deal](
        lambda deal: not deal.signed,
        "contract_signed",
        "a signed contract keeps its prices",
        got=lambda deal: deal.contract and deal.contract.number,
    )

    # What a new base price list may do to a quote whose contract is not signed.
    @step(
        stay(negotiating_price)
        | (undecided | opening | awaiting_assignment | preparing_contract).to(negotiating_price),
        "Reprice the quote",
        by=SYSTEM,
        requires=[unsigned],
        notify=[manager, HEAD],
        clause="R38",
        norms=[ONE_QUOTE],
    )
    def reprice_quote(self, deal: Deal, attempt: Attempt, *, lines: tuple[QuoteLine, ...], base_version: str) -> Deal:
        until = attempt.due(self.quote_validity)
        return deal.price_reopened().requoted(lines, base_version, quote_until=until)

    @step(
        (undecided | opening | awaiting_assignment | preparing_contract).to(negotiating_price),
        "Require a new approval",
        by=SYSTEM,
        requires=[unsigned],
        notify=[manager, submitter, HEAD],
        clause="R38",
        norms=[ONE_QUOTE],
    )
    def require_reapproval(self, deal: Deal, *, base_version: str) -> Deal:
        return deal.quoted(QuoteStatus.DRAFT) if deal.approval is None else deal.price_reopened()

    def expired(self, deal: Deal, attempt: Attempt) -> Checks:
        """A price that the client can still have is not taken back."""
        if deal.quote_until is None or attempt.at <= deal.quote_until:
            got = deal.quote_until and deal.quote_until.isoformat()
            yield Refusal("quote_valid", "the quote is still valid", got=got)

    @step(
        (undecided | opening | awaiting_assignment | preparing_contract).to(negotiating_price),
        "Take an expired quote back",
        by=[manager, HEAD, SYSTEM],
        requires=[expired, unsigned],
        notify=[manager, HEAD],
        clause="R6",
        norms=[ONE_QUOTE],
    )
    def take_back_expired_quote(self, deal: Deal) -> Deal:
        return deal.quoted(QuoteStatus.DRAFT) if deal.approval is None else deal.price_reopened()

    # -- the deal -----------------------------------------------------------------------------------------------------

    approved = Must[Deal](
        lambda deal: deal.approval is not None,
        "no_approval",
        "no approval of the present quote stands",
        got=Deal.quote_status,
        clause="R10",
    )

    @step(
        opening.to(awaiting_assignment),
        "Open the deal",
        by=opener,
        requires=[approved],
        notify=HEAD,
        clause="R12",
        norms=[ONE_CLIENT, OPEN_DEAL],
    )
    def open_deal(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        existing: DealId | None,
        number: Text | None = None,
        confirmed_kpp: str | None = None,
        because: Text | None = None,
    ) -> Outcome[Deal]:
        """The search for the client is part of the step: None says that it found nobody.

        A client called like one that is known is another, or known by other papers the same, because of something.
        """
        number = yield from need(number, self.unnumbered)
        deal = evolve(deal, number=number, number_period=self.number_period.of(attempt.today))
        client = deal.client
        if existing is None:
            ours = Counterparty.of(client, id=f"{attempt.case}.counterparty", created_at=attempt.at)
            return deal.on_counterparty(ours, because)
        known: Counterparty | None = attempt.related[existing].data.counterparty
        facts = {"deal": existing, "client": known and known.legal_name}
        if known is None or not known.may_be(client):
            other = Refusal("other_client", "deal {deal} is another client's", client.inn, known and known.name, facts)
            known = yield from need(None, other)
        if not known.is_same(client) and because is None:
            yield Refusal(
                "same_by_name_only",
                "only the name says that {client} of deal {deal} is the same: say because of what",
                need=known.name,
                got=client.name,
                facts=facts,
            )
        if client.inn == known.inn and client.kpp not in {None, known.kpp, confirmed_kpp}:
            yield Refusal(
                "other_kpp",
                "{client} had the registration code {need}, and now {got}: confirm it",
                need=known.kpp,
                got=client.kpp,
                facts=facts,
            )
        return deal.on_known(known, existing, because, attempt.at)

    opened = Must[Deal](
        lambda deal: deal.counterparty is not None, "no_counterparty", "the deal has no counterparty yet"
    )

    @step(
        anywhere(),
        "Correct the client's record",
        by=HEAD,
        requires=[opened],
        notify=[manager, specialist, FINANCE],
        clause="R12",
        norms=[ONE_CLIENT],
    )
    def correct_counterparty(self, deal: Deal, *, client: ClientDraft, reason: Text) -> Deal:
        return deal.corrected(client)

    @step(
        anywhere(),
        "Merge the client's two records",
        by=HEAD,
        requires=[opened],
        notify=[manager, specialist, FINANCE],
        clause="R12",
        norms=[ONE_CLIENT],
    )
    def merge_counterparty(self, deal: Deal, attempt: Attempt, *, into: DealId, reason: Text) -> Outcome[Deal]:
        """The record of the other deal stays; what identified this one leads to it."""
        nobody = Refusal("no_counterparty.other", "deal {got} has no counterparty yet", got=into)
        other: Counterparty = yield from need(attempt.related[into].data.counterparty, nobody)
        if deal.counterparty is not None and other.id == deal.counterparty.id:
            yield Refusal("one_record", "both deals are on one record already", got=other.name)
        return deal.merged_into(other, into)

    @step(anywhere(), "Follow the client's record", by=SYSTEM, requires=[opened], clause="R12")
    def follow_counterparty(self, deal: Deal, *, counterparty: Counterparty) -> Deal:
        return deal.following(counterparty)

    @step(
        awaiting_assignment.to(preparing_contract),
        "Assign the specialist in charge",
        by=HEAD,
        notify=[specialist, FINANCE],
        clause="R14",
    )
    def assign_specialist(self, deal: Deal, *, specialist: Specialist, contact_email: Email) -> Outcome[Deal]:
        if not is_email(contact_email):
            yield Refusal("no_contact_email", "hand over the client's e-mail address", got=contact_email, clause="R15")
        return evolve(deal, specialist=specialist, contact_email=contact_email)

    in_charge = Must[Deal](lambda deal: deal.specialist is not None, "no_specialist", "no specialist is in charge yet")

    @step(
        anywhere(), "Reassign the specialist", by=HEAD, requires=[in_charge], notify=[specialist, former], clause="R14"
    )
    def reassign_specialist(
        self, deal: Deal, attempt: Attempt, *, specialist: Specialist, reason: Text, note: str = ""
    ) -> Outcome[Deal]:
        if specialist == deal.specialist:
            name = attempt.person(specialist).full_name
            yield Refusal("same_specialist", "{name} is in charge already", got=specialist, facts={"name": name})
        return evolve(deal, specialist=specialist, former_specialist=deal.specialist)

    # -- the contract -------------------------------------------------------------------------------------------------

    @step(
        stay(preparing_contract),
        "Draft the contract",
        by=drafter,
        requires=[approved, valid],
        clause="R16",
        norms=[ONE_QUOTE],
    )
    def draft_contract(
        self, deal: Deal, attempt: Attempt, *, template_version: Text, number: Text | None = None
    ) -> Outcome[Deal]:
        """A new draft takes the place of the old one, signature and all: what was signed was another text."""
        number = yield from need(number, self.unnumbered)
        period = self.number_period.of(attempt.today)
        return deal.drafted(number, template_version, attempt.by.id, number_period=period, drafted_at=attempt.at)

    drafted = Must[Deal](lambda deal: deal.contract is not None, "no_contract", "there is no draft of the contract")

    @step(stay(preparing_contract), "Have the general director sign", by=FINANCE, requires=[drafted], clause="R17")
    def obtain_ceo_signature(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        signed_by: Person,
        signed_at: Past | None = None,
        power: PowerOfAttorney | None = None,
    ) -> Outcome[Deal]:
        """In the director's place signs whoever holds a power of attorney that is valid on the day."""
        when = signed_at or attempt.at
        yield from not_before(signed_at, deal.drafted_at, "signed_at")
        yield from signs_for_us(signed_by, power, when, attempt)
        return deal.contract_with(ceo_signed_at=when, signed_by=signed_by, power=power)

    @step(
        preparing_contract.to(cancelled, when=lambda deal: deal.cancel_reason is not None)
        | preparing_contract.to(preparing_contract),
        "Refuse to sign the contract",
        by=CEO,
        requires=[drafted],
        notify=[HEAD, specialist],
        clause="R17",
    )
    def refuse_contract(self, deal: Deal, attempt: Attempt, *, reason: Text, outcome: CeoRefusal) -> Deal:
        given_up = reason if outcome is CeoRefusal.CANCEL else None
        return deal.contract_refused(attempt.by.id, attempt.at, reason, cancel_reason=given_up)

    signed = Must[Deal](
        lambda deal: deal.signed, "not_signed", "the general director has not signed the contract", clause="R17"
    )

    hand_over_contract = Step(
        preparing_contract.to(contract_ready),
        "Hand the contract over to the commercial department",
        by=FINANCE,
        requires=[signed],
        notify=specialist,
        clause="R17",
    )

    @step(
        contract_ready.to(awaiting_client_signature),
        "Send the contract to the client",
        by=SPECIALIST,
        only=specialist,
        requires=[signed],
        notify=[client, FINANCE],
        clause="R19",
    )
    def dispatch_contract(self, deal: Deal, attempt: Attempt, *, channel: Channel) -> Deal:
        return deal.contract_with(dispatched_at=attempt.at, channel=channel)

    def returns(
        self,
        deal: Deal,
        attempt: Attempt,
        received_at: dt.datetime | None,
        signed_at: dt.datetime | None,
        power: PowerOfAttorney | None,
        **facts: Any,
    ) -> Outcome[Deal]:
        """The deal whose contract has come back signed by somebody who may sign: its term begins."""
        when = received_at or attempt.at
        yield from not_before(signed_at, deal.sent_at, "signed_at")
        yield from not_before(received_at, signed_at or deal.sent_at, "received_at")
        yield from power_holds(power, signed_at or when, attempt)
        until = self.until(attempt.regulation.calendar.due_at(self.contract_term, when), attempt)
        return deal.contract_with(scan_returned_at=when, client_power=power, **until, **facts)

    def until(self, end: dt.datetime, attempt: Attempt) -> dict[str, dt.datetime]:
        """The end of a contract, and when its renewal is asked for."""
        before = evolve(self.renewal_reminder, amount=-abs(self.renewal_reminder.amount))
        return {"ends_at": end, "renewal_at": attempt.regulation.calendar.due_at(before, end)}

    @step(
        awaiting_client_signature.to(in_force),
        "Record the signed scan",
        by=FINANCE,
        notify=specialist,
        clause="R20",
        norms=[REPORTED],
    )
    def record_scan_return(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        scan_ref: Text,
        signatory: OwnText,
        received_at: Past | None = None,
        signed_at: Past | None = None,
        power: PowerOfAttorney | None = None,
        requests: tuple[WorkRequest, ...] = (),
    ) -> Outcome[Deal]:
        facts = {"scan_ref": scan_ref, "signatory": signatory}
        return (yield from self.returns(deal, attempt, received_at, signed_at, power, **facts))

    @step(
        awaiting_client_signature.to(in_force),
        "Record the electronic signature",
        by=FINANCE,
        notify=specialist,
        clause="R20",
        norms=[REPORTED],
    )
    def record_electronic_signature(
        self,
        deal: Deal,
        attempt: Attempt,
        *,
        reference: Text,
        signatory: OwnText,
        signature: Signature,
        agreement: Text | None = None,
        received_at: Past | None = None,
        signed_at: Past | None = None,
        power: PowerOfAttorney | None = None,
        requests: tuple[WorkRequest, ...] = (),
    ) -> Outcome[Deal]:
        """What is signed so is scan and original at once: qualified, or as the parties agreed (63-FZ, article 6)."""
        if signature is Signature.AGREED and agreement is None:
            yield Refusal("no_agreement", "a signature that is not qualified counts where the parties agreed on it")
        facts = {
            "scan_ref": reference, "archive_ref": reference, "original_returned_at": received_at or attempt.at,
            "signatory": signatory, "signature": signature, "signature_agreement": agreement,
        }  # fmt: skip
        return (yield from self.returns(deal, attempt, received_at, signed_at, power, **facts))

    awaited = Must[Deal](
        lambda deal: deal.contract is not None and "original" in deal.contract.awaited,
        "already_returned",
        "the original is in the archive already",
        got=lambda deal: deal.contract and deal.contract.archive_ref,
    )

    @step(
        stay(awaiting_client_signature, in_force),
        "Record the signed original",
        by=FINANCE,
        requires=[awaited],
        notify=specialist,
        clause="R20",
    )
    def record_original_return(
        self, deal: Deal, attempt: Attempt, *, archive_ref: Text, received_at: Past | None = None
    ) -> Outcome[Deal]:
        yield from not_before(received_at, deal.sent_at, "received_at")
        return deal.contract_with(original_returned_at=received_at or attempt.at, archive_ref=archive_ref)

    def overdue(self, _: Deal, attempt: Attempt) -> Checks:
        """The client is reminded of a copy that has not come back by its due instant (R20)."""
        norms = {norm.id for norm in COPIES}
        dues = [one.due for one in attempt.obligations if one.norm in norms and one.due is not None]
        if not any(due < attempt.at for due in dues):
            got = tuple(due.isoformat() for due in dues)
            yield Refusal("nothing_overdue", "no copy of the contract is overdue", got=got)

    @step(
        stay(awaiting_client_signature, in_force),
        "Remind the client of the contract",
        by=[FINANCE, SYSTEM],
        requires=[overdue],
        notify=client,
        clause="R20",
    )
    def remind_contract_return(self, deal: Deal, attempt: Attempt) -> Deal:
        return deal.reminded(attempt.at, attempt.due(self.remind_again))

    @step(
        awaiting_client_signature.to(negotiating_price, when=lambda deal: deal.approval is None)
        | awaiting_client_signature.to(preparing_contract),
        "Record the client's disagreements",
        by=SPECIALIST,
        only=specialist,
        notify=[FINANCE, HEAD, manager],
        clause="R20",
        norms=[ONE_QUOTE],
    )
    def record_client_changes(self, deal: Deal, *, protocol: Text, price_affected: bool) -> Deal:
        return deal.price_reopened(protocol) if price_affected else deal.contract_dropped(protocol)

    # -- its term ------------------------------------------------------------------------------------------------------

    own_only = OWN_ONLY

    def theirs(self, deal: Deal, attempt: Attempt) -> Checks:
        """Of the managers and the specialists those in charge of the deal, or any who may take it from the queue."""
        charged = tuple(one for one in (deal.owner, deal.specialist) if one is not None)
        if attempt.role == SYSTEM.id or not (self.own_only and charged):
            return
        if attempt.principal.id not in charged:
            yield Refusal("not_in_charge", "the deal is in others' charge", need=charged, got=attempt.principal.id)

    @step(stay(in_force), "Ask whether the contract is renewed", by=SYSTEM, notify=[manager, specialist], clause="R20")
    def ask_for_renewal(self, deal: Deal) -> Deal:
        return deal.contract_with(renewal_at=None, renewal_asked=True)

    @step(
        stay(in_force),
        "Renew the contract",
        by=[MANAGER, SPECIALIST, SYSTEM],
        requires=[theirs],
        notify=[manager, specialist, FINANCE],
        clause="R20",
        norms=[RENEWAL],
    )
    def renew_contract(
        self, deal: Deal, attempt: Attempt, *, agreement: Text, until: Future | None = None
    ) -> Outcome[Deal]:
        """By another term from its end on, unless another end is agreed; also when that end has passed.

        One letter of the client's renews it once.
        """
        known = () if deal.contract is None else deal.contract.renewals
        if attempt.role != SYSTEM.id and counted(agreement) in map(counted, known):
            yield Refusal("renewed_already", "{got} has renewed the contract already", got=agreement)
        before = (deal.contract and deal.contract.ends_at) or attempt.at
        end = until or attempt.regulation.calendar.due_at(self.contract_term, before)
        if end <= max(before, attempt.at):
            need, got = max(before, attempt.at).isoformat(), end.isoformat()
            yield Refusal("ends_no_later", "a renewed contract ends later than {need}, not at {got}", need, got)
        return deal.renewed(agreement, **self.until(end, attempt))

    @step(
        stay(in_force),
        "Let the contract end",
        by=[MANAGER, SPECIALIST],
        requires=[theirs],
        notify=[manager, specialist, HEAD, FINANCE],
        clause="R20",
        norms=[RENEWAL],
    )
    def let_contract_end(self, deal: Deal, *, reason: Text) -> Deal:
        return deal.contract_with(renewal_at=None, renewal_asked=False, ends_because=reason)

    @step(
        stay(in_force), "Amend the contract", by=SYSTEM, notify=[manager, specialist], clause="R10", norms=[ONE_QUOTE]
    )
    def amend_contract(
        self, deal: Deal, *, number: Text, lines: tuple[QuoteLine, ...], base_version: str, approval: ApprovalDecision
    ) -> Deal:
        """The prices of a signed amendment hold from now on; what was ordered before keeps its own."""
        return deal.amended(number, lines, base_version, approval)

    # -- the end, and rests on the way --------------------------------------------------------------------------------

    @step(
        anywhere(lost, but=[in_force]),
        "Record the refusal",
        by=[MANAGER, SPECIALIST],
        requires=[theirs],
        notify=HEAD,
        clause="R8",
    )
    def record_client_refusal(self, deal: Deal, *, reason: Text, do_not_call: bool = False) -> Outcome[Deal]:
        """A client who also does not want to be called is entered in the do-not-call register."""
        if do_not_call and not any(person.phone for person in deal.client.contacts):
            yield Refusal(
                "which_number",
                "the deal has no telephone number of {got}: enter the one not to be called in the register",
                got=deal.client.legal_name,
                clause="R67",
            )
        return evolve(deal, loss_reason=reason)

    # An invoice that the client may be about to pay is voided before the deal is given up.
    no_invoice_unpaid = NoneLeft(
        "invoice", SETTLED | UNISSUED, "invoices_unpaid", "invoices {got} are issued and unpaid"
    )

    @step(
        anywhere(cancelled),
        "Cancel the deal",
        by=HEAD,
        requires=[no_invoice_unpaid],
        notify=[manager, specialist, FINANCE, client],
        clause="R34",
    )
    def cancel_deal(self, deal: Deal, *, reason: Text) -> Deal:
        return evolve(deal, cancel_reason=reason)

    runs = Must[Deal](lambda deal: not deal.on_hold, "on_hold", "the deal is on hold already")
    rests = Must[Deal](lambda deal: deal.on_hold, "not_on_hold", "the deal is not on hold")

    @step(anywhere(), "Put the deal on hold", by=[specialist, HEAD], requires=[runs], clause="R91")
    def hold_deal(self, deal: Deal, attempt: Attempt, *, reason: Text, until: Future) -> Deal:
        return evolve(deal, hold=Hold(reason, attempt.at, until))

    @step(anywhere(), "Resume the deal", by=[specialist, HEAD, SYSTEM], requires=[rests], clause="R91")
    def resume_deal(self, deal: Deal) -> Deal:
        return evolve(deal, hold=None)

    orders_ended = NoneLeft("work_order", ORDER_ENDED, "work_orders_open", "work orders {got} have not ended")
    invoices_settled = NoneLeft("invoice", SETTLED, "invoices_open", "invoices {got} are neither paid nor void")
    amendments_ended = NoneLeft(
        "amendment", AMENDMENT_ENDED, "amendments_open", "amendments {got} are neither signed nor withdrawn"
    )
    returned = Must[Deal](
        lambda deal: deal.archived, "no_original", "the signed original has not come back", clause="R20"
    )

    @step(
        in_force.to(closed),
        "Close the deal",
        by=SPECIALIST,
        only=specialist,
        requires=[orders_ended, invoices_settled, amendments_ended, returned],
        notify=[manager, FINANCE],
        clause="R34",
    )
    def close_deal(self, deal: Deal, *, note: str = "") -> Deal:
        return evolve(deal, hold=None)

    @step(closed.to(in_force), "Reopen the deal", by=[HEAD, SYSTEM], clause="R34")
    def reopen_deal(self, deal: Deal, *, reason: Text) -> Deal:
        return deal

    # -- clocks -------------------------------------------------------------------------------------------------------

    scan_returns = Sla(
        RETURN_SCAN,
        start=dispatch_contract,
        stop=[record_scan_return, record_electronic_signature],
        void=record_client_changes,
        owner=FINANCE,
        occurred="received_at",
        lag=DOCUMENT_LAG,
    )
    original_returns = Sla(
        RETURN_ORIGINAL,
        start=dispatch_contract,
        stop=[record_original_return, record_electronic_signature],
        void=record_client_changes,
        owner=FINANCE,
        occurred="received_at",
        lag=DOCUMENT_LAG,
    )
    renewal_is_answered = Sla(
        RENEWAL,
        start=[ask_for_renewal, reopen_deal],
        stop=[renew_contract, let_contract_end],
        owner=specialist,
        due=lambda deal: deal.renewal_due,
    )
    renewal_nears = Timer(ask_for_renewal, at=lambda deal: deal.renewal_at, during=[in_force])
    quote_expires = Timer(
        take_back_expired_quote,
        at=lambda deal: None if deal.contract is not None else after(deal.quote_until),
        during=[awaiting_price_approval, awaiting_director_approval, opening, awaiting_assignment, preparing_contract],
    )
    hold_ends = Timer(resume_deal, at=lambda deal: deal.hold and deal.hold.until)
    client_is_reminded = Timer(remind_contract_return, overdue=COPIES, at=lambda deal: deal.remind_after)

    unnumbered = Refusal("no_number", "no number was given, and only an engine knows the next one", clause="R15")

    def filled(
        self, step: str, payload: Mapping[str, Any], today: dt.date, taken: Callable[[str], bool], /
    ) -> Mapping[str, Any]:
        """A deal or a contract that is given no number gets the next one of its series (R15)."""
        series = {"open_deal": "deal", "draft_contract": "contract"}.get(step)
        if series is None or payload.get("number") is not None:
            return payload
        return {**payload, "number": next_number(series, self.number_period.of(today), taken)}

    @classmethod
    def keys(cls, data: Deal) -> Iterable[str]:
        """The numbers of the deal and of its contracts, and what identifies its client (R12, R15)."""
        if data.number is not None:
            yield number_key("deal", data.number_period, data.number)
        contracts = data.contract_history if data.contract is None else (*data.contract_history, data.contract)
        yield from dict.fromkeys(number_key("contract", one.number_period, one.number) for one in contracts)
        yield from (f"counterparty:{one}" for one in data.identities)
        if data.near_name:
            yield f"counterparty.name:{data.near_name}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A client whom the system knows gets a new deal on the same counterparty (R12); numbers are unique (R15)."""
        kind, _, value = key.partition(":")
        if kind == "counterparty":
            got = value.partition(":")[2]
            return Refusal(
                "counterparty_exists", "deal {need} is of client {got} already", need=holder, got=got, clause="R12"
            )
        if kind == "counterparty.name":
            return Refusal(
                "called_alike",
                "the client of deal {need} is called alike: open the deal on that client, or say because of what not",
                need=holder,
                got=value,
                clause="R12",
            )
        number, by = value.partition(":")[2], {"holder": holder}
        if kind == "contract.number":
            return Refusal(
                "contract_number_taken", "contract {got} belongs to {holder}", got=number, facts=by, clause="R16"
            )
        return Refusal("number_taken", "deal number {got} belongs to {holder}", got=number, facts=by, clause="R15")

    @classmethod
    def on_hold(cls, data: Deal) -> bool:
        """Whether the deal rests."""
        return data.hold is not None
