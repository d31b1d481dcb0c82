"""Amendments: what changes in a contract in force, as it was approved and as both sides have signed it (R10, R17)."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import attrs

from salesreg.commercial.domain.contracts import PowerOfAttorney
from salesreg.commercial.domain.deals import ApprovalDecision, DealId, Outcome, Subject
from salesreg.commercial.domain.prices import QuoteLine, content_hash
from salesreg.commercial.domain.records import Own, Record, said
from salesreg.errors import DomainError
from salesreg.rules.instants import Instant


@attrs.frozen
class Amendment(Record):
    """What changes in a contract once both sides have signed it.

    Attributes:
        number: unique among the amendments of the deal's contract.
        author: the id of who drafted it; `author_role` is the role in which they did.
        contract: the number of the contract that it amends.
        base: content hash of the quote that the contract stands on.
        base_version: the version of the base price list that the lines are made from.
        lines: the prices from then on; an item that is in the quote already has its line replaced.
        until: when the contract ends from then on.
        terms: what else changes, in words.
        worked_on: the ids of everybody who drafted or revised it, deputies included.
        endorsed_by: the ids of the head who passed it on to the general director, and of who stood in for them.
        approval: the approval that stands, of exactly what stands above.
        decisions: every approval and rejection, in order.
        reference: where the signed amendment is kept.
        withdrawn: why it came to nothing.
    """

    deal: DealId
    number: str
    author: str
    author_role: str
    contract: str
    base: str
    base_version: str
    lines: tuple[QuoteLine, ...] = ()
    until: Instant | None = None
    terms: str = ""
    worked_on: tuple[str, ...] = ()
    endorsed_by: tuple[str, ...] = ()
    approval: ApprovalDecision | None = None
    decisions: tuple[ApprovalDecision, ...] = ()
    signed_at: Instant | None = None
    signed_by: str | None = None
    power: PowerOfAttorney | None = None
    signatory: Own | None = None
    client_power: PowerOfAttorney | None = None
    reference: str | None = None
    withdrawn: str | None = None

    def _check(self) -> None:
        said(self.number, "amendment_without_number", "an amendment has a number")
        if not self.lines and self.until is None:
            said(
                self.terms, "amendment_of_nothing", "an amendment changes prices, the end of the contract or its words"
            )
        if self.approval is not None and self.approval.quote_hash != self.content_hash:
            raise DomainError(
                "amendment_approval_of_another", "the approval is of another text: have this one approved"
            )

    @cached_property
    def _hash(self) -> str:
        lines = [line.canonical() for line in sorted(self.lines, key=lambda line: line.item)]
        until = None if self.until is None else self.until.isoformat()
        said = {"number": self.number, "contract": self.contract, "until": until, "terms": self.terms}
        return content_hash({**said, "base": self.base, "list": self.base_version, "lines": lines})

    @property
    def content_hash(self) -> str:
        """SHA-256 of what it changes, and in what, as 64 hexadecimal digits; an approval is bound to it."""
        return self._hash

    @property
    def approved_at(self) -> Instant | None:
        """When it was approved as it stands."""
        return None if self.approval is None else self.approval.at

    def by(self, *people: str) -> Amendment:
        """The amendment that these people have worked on too."""
        return attrs.evolve(self, worked_on=tuple(dict.fromkeys((*self.worked_on, *people))))

    def revised(self, **changes: Any) -> Amendment:
        """The amendment with another content, which nobody has approved."""
        return attrs.evolve(self, approval=None, endorsed_by=(), **changes)

    def decided(self, outcome: Outcome, by: str, at: Instant, reason: str = "", **also: Any) -> Amendment:
        """The amendment after somebody has approved, endorsed or rejected exactly this content."""
        said = ApprovalDecision(Subject.AMENDMENT, outcome, by, at, self.content_hash, self.author, reason)
        approval = said if outcome is Outcome.APPROVED else None
        return attrs.evolve(self, approval=approval, decisions=(*self.decisions, said), **also)


AMENDMENT_ENDED: Final = frozenset({"signed", "withdrawn"})
"""The stages of an amendment about which nothing is left to decide."""
