"""The amendment: what changes in a contract is approved, and holds once both sides have signed it (R10, R17)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve

from salesreg.commercial.domain.amendments import Amendment
from salesreg.commercial.domain.contracts import Contract, PowerOfAttorney
from salesreg.commercial.domain.deals import Deal, DealId
from salesreg.commercial.domain.deals import Outcome as Decided
from salesreg.commercial.domain.numbers import next_number, number_key
from salesreg.commercial.domain.prices import PriceQuote, QuoteLine
from salesreg.commercial.domain.records import OwnText
from salesreg.commercial.parameters import DISCOUNT_LIMIT
from salesreg.commercial.quoting import PRICE_LISTS, in_force, list_stands, listed, markdown
from salesreg.commercial.roles import CEO, FINANCE, HEAD, MANAGER, SPECIALIST
from salesreg.commercial.signing import power_holds, signs_for_us
from salesreg.process import (
    STAGE_OWNER,
    Attempt,
    Case,
    Charge,
    Checks,
    Each,
    Future,
    Outcome,
    Past,
    Person,
    Process,
    Refusal,
    Retention,
    Stage,
    Text,
    anywhere,
    built,
    need,
    not_before,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, open_norm
from salesreg.rules.conduct import OWN_ONLY

APPROVAL = open_norm(
    "amendment.approval",
    "The head of the commercial department approves or rejects an amendment in time.",
    "R10",
    HEAD,
    control="the decision on the amendment",
    metric="K8",
)
DIRECTOR_DECIDES = open_norm(
    "amendment.director_decides",
    "The general director approves or rejects in time an amendment that is beyond the head's authority.",
    "R10",
    CEO,
    control="the general director's decision on the amendment",
    metric="K8",
)
SIGNING = open_norm(
    "amendment.signing",
    "Finance has an approved amendment signed by both sides in time.",
    "R17",
    FINANCE,
    control="the signed amendment",
    metric="share of amendments signed in time",
)
AS_APPROVED = Norm(
    "amendment.as_approved",
    "An amendment changes a contract as it was approved, and from the signatures of both sides on.",
    "R10",
    control="the content hash in the approval",
    metric="K8",
)

author = Charge[Amendment](
    "author",
    lambda one: MANAGER if one.author_role == MANAGER.id else SPECIALIST,
    "the author of the amendment",
    put=lambda one, to, _: evolve(one, author=to, worked_on=tuple(dict.fromkeys((*one.worked_on, one.author)))),
)
authors = Each[Amendment](
    lambda one: (*one.worked_on, one.author), "whoever worked on the amendment, or stood in for whoever did"
)
hands = Each[Amendment](
    lambda one: (*one.worked_on, one.author, *one.endorsed_by),
    "whoever worked on the amendment or passed it on, or a deputy",
)


def contract_stands(amendment: Amendment, attempt: Attempt) -> Checks:
    """What was drafted on one state of the contract does not change another."""
    _, quote = yield from _in_force(attempt.related[amendment.deal])
    if quote.content_hash != amendment.base:
        got, facts = quote.content_hash, {"number": amendment.contract}
        text = "the prices of contract {number} have changed since: revise the amendment"
        yield Refusal("contract_changed", text, need=amendment.base, got=got, facts=facts, clause="R10")


def _in_force(case: Case[Deal]) -> Outcome[tuple[Contract, PriceQuote]]:
    """The contract in force, with the quote that it stands on."""
    contract, quote = case.data.contract, case.data.quote
    found = None if case.stage != "in_force" or contract is None or quote is None else (contract, quote)
    text = "what is amended is a contract in force"
    other = Refusal("contract_not_in_force", text, need="in_force", got=case.stage, clause="R20")
    return (yield from need(found, other))


def _within_the_term(contract: Contract, until: dt.datetime | None, at: dt.datetime) -> Checks:
    """A contract that has ended is changed only by what lets it go on."""
    if until is None and contract.ends_at is not None and contract.has_ended(at):
        text, facts = "contract {number} ended on {need}: amend it with a later end", {"number": contract.number}
        yield Refusal("contract_ended", text, contract.ends_at.isoformat(), at.isoformat(), facts, clause="R20")


class AmendmentProcess(Process[Amendment]):
    """From a draft to an amendment that both sides have signed; what it then does to the deal stands in `reactions`."""

    id, version, title = "amendment", 1, "Amendment of a contract"
    charges = (author,)
    searchable = {
        "number": lambda amendment: amendment.number,
        "contract": lambda amendment: amendment.contract,
        "author": lambda amendment: amendment.author,
    }
    facts = {"what": lambda amendment: amendment.number, "contract": lambda amendment: amendment.contract}
    retention = Retention("an amendment is kept with its contract (402-FZ art. 29)", 5)

    discount_limit = DISCOUNT_LIMIT

    proposed = Stage("With the head", HEAD, APPROVAL)
    with_director = Stage("With the general director", CEO, DIRECTOR_DECIDES)
    approved = Stage("Approved, to be signed", FINANCE, SIGNING)
    rejected = Stage("Rejected", author, no_term="the author revises or withdraws it")
    signed = Stage("Signed", final=True)
    withdrawn = Stage("Withdrawn", final=True)

    def written(
        self, deal: DealId, attempt: Attempt, lines: tuple[QuoteLine, ...], until: dt.datetime | None
    ) -> Outcome[dict[str, Any]]:
        """What it changes, judged by the contract and the base price list as they are now."""
        contract, quote = yield from _in_force(attempt.related[deal])
        end = contract.ends_at
        if until is not None and end is not None and until <= end:
            text = "a renewed contract ends later than {need}, not at {got}"
            yield Refusal("ends_no_later", text, end.isoformat(), until.isoformat())
        yield from _within_the_term(contract, until, attempt.at)
        current = in_force(attempt)
        version = quote.base_version if current is None else current.version
        beside = yield from listed(version, lines, attempt)
        yield from built(lambda: quote.amended(beside, version))
        base = {"base": quote.content_hash, "base_version": version, "contract": contract.number}
        return {**base, "lines": beside, "until": until}

    @step(
        start(proposed),
        "Draft an amendment",
        by=[MANAGER, SPECIALIST],
        notify=HEAD,
        holders=PRICE_LISTS,
        clause="R10",
        norms=[AS_APPROVED],
    )
    def draft_amendment(
        self,
        attempt: Attempt,
        *,
        deal: DealId,
        number: Text | None = None,
        lines: tuple[QuoteLine, ...] = (),
        until: Future | None = None,
        terms: str = "",
    ) -> Outcome[Amendment]:
        """It is with the head at once."""
        number = yield from need(number, Refusal("no_number", "no number was given, and only an engine knows the next"))
        parent: Deal = attempt.related[deal].data
        me, charged = attempt.principal.id, (parent.owner, parent.specialist)
        if attempt.regulation.value(OWN_ONLY) and me not in charged:
            yield Refusal("not_in_charge", "the deal is in others' charge", need=charged, got=me, clause="R14")
        changes = yield from self.written(deal, attempt, lines, until)
        drafted = yield from built(lambda: Amendment(deal, number, me, str(attempt.role), **changes, terms=terms))
        return drafted.by(me, attempt.by.id)

    @step(
        (rejected | approved).to(proposed) | stay(proposed),
        "Revise the amendment",
        by=[MANAGER, SPECIALIST],
        only=author,
        notify=HEAD,
        holders=PRICE_LISTS,
        clause="R10",
    )
    def revise_amendment(
        self,
        amendment: Amendment,
        attempt: Attempt,
        *,
        lines: tuple[QuoteLine, ...] = (),
        until: Future | None = None,
        terms: str = "",
    ) -> Outcome[Amendment]:
        """What had been approved is approved anew."""
        changes = yield from self.written(amendment.deal, attempt, lines, until)
        revised = yield from built(lambda: amendment.revised(**changes, terms=terms))
        return revised.by(attempt.principal.id, attempt.by.id)

    @step(
        proposed.to(with_director, when=lambda amendment: amendment.approval is None) | proposed.to(approved),
        "Approve the amendment",
        by=HEAD,
        never=authors,
        requires=[contract_stands],
        notify=[author, STAGE_OWNER],
        holders=PRICE_LISTS,
        clause="R10",
        norms=[AS_APPROVED],
    )
    def approve_amendment(
        self, amendment: Amendment, attempt: Attempt, *, content_hash: str | None = None, to_director: bool = False
    ) -> Outcome[Amendment]:
        """Prices beyond the head's authority, or what the head would rather not decide, go on to the director."""
        yield from _as_read(amendment, attempt, content_hash)
        if to_director or markdown(amendment.lines, attempt) > self.discount_limit:
            hands = (attempt.by.id, attempt.principal.id)
            return amendment.decided(Decided.ENDORSED, attempt.by.id, attempt.at, endorsed_by=hands)
        return amendment.decided(Decided.APPROVED, attempt.by.id, attempt.at)

    @step(
        with_director.to(approved),
        "Approve the amendment as general director",
        by=CEO,
        never=hands,
        requires=[contract_stands],
        notify=[author, HEAD, FINANCE],
        holders=PRICE_LISTS,
        clause="R10",
        norms=[AS_APPROVED],
    )
    def confirm_amendment(
        self, amendment: Amendment, attempt: Attempt, *, content_hash: str | None = None
    ) -> Outcome[Amendment]:
        yield from _as_read(amendment, attempt, content_hash)
        return amendment.decided(Decided.APPROVED, attempt.by.id, attempt.at)

    @step((proposed | with_director).to(rejected), "Reject the amendment", by=STAGE_OWNER, notify=author, clause="R10")
    def reject_amendment(self, amendment: Amendment, attempt: Attempt, *, reason: Text) -> Amendment:
        return amendment.decided(Decided.REJECTED, attempt.by.id, attempt.at, reason)

    @step(
        approved.to(signed),
        "Record the signed amendment",
        by=FINANCE,
        requires=[contract_stands],
        notify=[author, HEAD],
        clause="R17",
        norms=[AS_APPROVED],
    )
    def sign_amendment(
        self,
        amendment: Amendment,
        attempt: Attempt,
        *,
        reference: Text,
        signed_by: Person,
        signatory: OwnText,
        power: PowerOfAttorney | None = None,
        client_power: PowerOfAttorney | None = None,
        signed_at: Past | None = None,
    ) -> Outcome[Amendment]:
        """Signed by both sides, each by a director or by a power of attorney that is valid on the day."""
        when = signed_at or attempt.at
        yield from not_before(signed_at, amendment.approved_at, "signed_at")
        contract, _ = yield from _in_force(attempt.related[amendment.deal])
        yield from _within_the_term(contract, amendment.until, when)
        yield from signs_for_us(signed_by, power, when, attempt)
        yield from power_holds(client_power, when, attempt)
        signed = evolve(amendment, signed_at=when, signed_by=signed_by, power=power, reference=reference)
        return evolve(signed, signatory=signatory, client_power=client_power)

    @step(
        anywhere(withdrawn),
        "Withdraw the amendment",
        by=[author, HEAD, SYSTEM],
        notify=[author, HEAD, STAGE_OWNER],
        clause="R10",
    )
    def withdraw_amendment(self, amendment: Amendment, *, reason: Text) -> Amendment:
        return evolve(amendment, withdrawn=reason)

    def filled(
        self, step: str, payload: Mapping[str, Any], _today: dt.date, taken: Callable[[str], bool], /
    ) -> Mapping[str, Any]:
        """An amendment that is given no number gets the next one of its contract."""
        if step != "draft_amendment" or payload.get("number") is not None:
            return payload
        return {**payload, "number": next_number("amendment", str(payload.get("deal")), taken)}

    @classmethod
    def keys(cls, data: Amendment) -> Iterable[str]:
        """Its number, which is one of the contract's; one that came to nothing leaves it free."""
        if data.withdrawn is None:
            yield number_key("amendment", data.deal, data.number)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Two amendments of a contract never share a number."""
        number, facts = key.rpartition(":")[2], {"holder": holder}
        text = "amendment {got} of the contract is {holder}"
        return Refusal("number_taken", text, got=number, facts=facts, clause="R16")


def _as_read(amendment: Amendment, attempt: Attempt, read: str | None) -> Checks:
    """Whoever says what they have read does not approve something else; prices are judged by the list of the day."""
    if read is not None and read != amendment.content_hash:
        text = "the amendment is another one than was read"
        yield Refusal("other_content", text, need=amendment.content_hash, got=read)
    yield from list_stands(amendment.lines, attempt)
