"""Changes of the base price list: what a proposal changes, who approved it, and the list it becomes (R35–R38)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Final, Self

import attrs

from salesreg.domain.instants import Instant, keep_utc
from salesreg.domain.money import Money
from salesreg.domain.prices import BasePriceList, PriceItem, items_hash
from salesreg.domain.references import CaseId, Ref
from salesreg.errors import DomainError

__all__ = [
    "IN_FORCE_KEY",
    "ChangeKind",
    "ChangeLine",
    "OpenQuotes",
    "PriceChangeProposal",
    "PriceDecision",
    "PriceOutcome",
    "changed_items",
    "line_problems",
]


IN_FORCE_KEY: Final = "base_price_list.in_force"
"""The unique key that the base price list in force holds."""


class ChangeKind(StrEnum):
    """What a line does to the list (R38)."""

    ADD_ITEM = "add_item"
    REMOVE_ITEM = "remove_item"
    CHANGE_PRICE = "change_price"
    CHANGE_UNIT = "change_unit"
    CHANGE_CONDITION = "change_condition"
    CHANGE_NAME = "change_name"


ASPECTS: Final = {
    ChangeKind.CHANGE_PRICE: "price",
    ChangeKind.CHANGE_UNIT: "unit",
    ChangeKind.CHANGE_CONDITION: "conditions",
    ChangeKind.CHANGE_NAME: "name",
}
_KINDS: Final = {aspect: kind for kind, aspect in ASPECTS.items()}


class OpenQuotes(StrEnum):
    """What a new base price list does to quotes that name a changed item and have no signed contract."""

    KEEP = "keep"
    REPRICE = "reprice"
    REQUIRE_REAPPROVAL = "require_reapproval"


@attrs.frozen
class ChangeLine:
    """One change to one item.

    Attributes:
        kind: what is done.
        old: the item as the base list has it; None if it is added.
        new: the item as it shall be; None if it is removed. It differs from the old one in what the kind says only.

    >>> audit = PriceItem("audit", "Audit", "day", Money(1000))
    >>> ChangeLine.change(audit, price=Money(1200)).kind
    <ChangeKind.CHANGE_PRICE: 'change_price'>
    """

    kind: ChangeKind
    old: PriceItem | None = None
    new: PriceItem | None = None

    def __attrs_post_init__(self) -> None:
        if self.kind in ASPECTS:
            if self.old is None or self.new is None:
                raise DomainError(f"{self.kind} needs the item as it is and as it shall be")
            self._check_aspect(self.old, self.new)
        elif (self.old is None) is not (self.kind is ChangeKind.ADD_ITEM) or (self.old is None) is (self.new is None):
            raise DomainError("add_item takes the new item only, and remove_item the old one only")

    def _check_aspect(self, old: PriceItem, new: PriceItem) -> None:
        differ = {
            name for name in ("code", "name", "unit", "price", "conditions") if getattr(old, name) != getattr(new, name)
        }
        if differ != {ASPECTS[self.kind]}:
            what = ", ".join(sorted(differ)) or "nothing"
            raise DomainError(
                f"{self.kind} of {old.code!r} changes its {ASPECTS[self.kind]}, and this one changes {what}"
            )

    @classmethod
    def change(
        cls,
        item: PriceItem,
        *,
        price: Money | None = None,
        unit: str | None = None,
        conditions: str | None = None,
        name: str | None = None,
    ) -> Self:
        """A change of exactly one aspect of an item.

        Raises:
            DomainError: no aspect or several are given, or the value is what the item has already.
        """
        given = {"price": price, "unit": unit, "conditions": conditions, "name": name}
        wanted = {aspect: value for aspect, value in given.items() if value is not None}
        if len(wanted) != 1:
            raise DomainError(f"a line changes one thing about {item.code!r}: give one of {', '.join(given)}")
        return cls(_KINDS[next(iter(wanted))], item, attrs.evolve(item, **wanted))  # type: ignore[arg-type]

    @classmethod
    def add(cls, item: PriceItem) -> Self:
        """A new item."""
        return cls(ChangeKind.ADD_ITEM, None, item)

    @classmethod
    def remove(cls, item: PriceItem) -> Self:
        """An item that goes."""
        return cls(ChangeKind.REMOVE_ITEM, item, None)

    @property
    def item(self) -> str:
        """The code of the item."""
        known = self.old or self.new
        assert known is not None  # noqa: S101 - the line has been checked when it was built
        return known.code

    @property
    def is_felt(self) -> bool:
        """Whether a quote that names the item is no longer what the list offers."""
        return self.kind not in {ChangeKind.ADD_ITEM, ChangeKind.CHANGE_NAME}

    def inverse(self) -> ChangeLine:
        """The line that takes this one back."""
        kinds = {ChangeKind.ADD_ITEM: ChangeKind.REMOVE_ITEM, ChangeKind.REMOVE_ITEM: ChangeKind.ADD_ITEM}
        return ChangeLine(kinds.get(self.kind, self.kind), self.new, self.old)

    def problem(self, base: BasePriceList) -> str | None:
        """Why the line does not fit a base list; None if it does."""
        found = next((item for item in base.items if item.code == self.item), None)
        if self.kind is ChangeKind.ADD_ITEM:
            return None if found is None else f"base price list {base.version!r} has the item {self.item!r} already"
        if found is None:
            return f"base price list {base.version!r} has no item {self.item!r}"
        aspect = ASPECTS.get(self.kind)
        if aspect is not None and getattr(found, aspect) != getattr(self.old, aspect):
            return (
                f"the {aspect} of {self.item!r} is {getattr(found, aspect)} in base price list {base.version!r}, "
                f"not {getattr(self.old, aspect)}"
            )
        return None

    def rebased(self, base: BasePriceList) -> ChangeLine:
        """The same change, read against another base list.

        Raises:
            DomainError: the item is not there any more, or the list says already what the line wants.
        """
        if self.old is None:
            return self
        old = base.item(self.item)
        if self.new is None:
            return ChangeLine(self.kind, old, None)
        aspect = ASPECTS[self.kind]
        return ChangeLine(self.kind, old, attrs.evolve(old, **{aspect: getattr(self.new, aspect)}))


def line_problems(lines: Iterable[ChangeLine], base: BasePriceList) -> Iterator[tuple[str, str]]:
    """Everything that keeps lines from being applied to a base list: the item's code and why."""
    kinds: dict[str, set[ChangeKind]] = {}
    for line in lines:
        if (problem := line.problem(base)) is not None:
            yield line.item, problem
        mine = kinds.setdefault(line.item, set())
        if line.kind in mine or (mine and (line.kind not in ASPECTS or mine - set(ASPECTS))):
            yield line.item, f"two lines change {line.item!r} in ways that do not go together: keep one"
        mine.add(line.kind)


def changed_items(base: BasePriceList, lines: Iterable[ChangeLine]) -> tuple[PriceItem, ...]:
    """The items of a base list after the lines, ordered by code.

    Raises:
        DomainError: a line does not fit.
    """
    given = tuple(lines)
    for _, problem in line_problems(given, base):
        raise DomainError(problem)
    items = {item.code: item for item in base.items}
    for line in given:
        if line.new is None:
            del items[line.item]
        elif line.old is None:
            items[line.item] = line.new
        else:
            aspect = ASPECTS[line.kind]
            items[line.item] = attrs.evolve(items[line.item], **{aspect: getattr(line.new, aspect)})
    return tuple(sorted(items.values(), key=lambda item: item.code))


class PriceOutcome(StrEnum):
    """How a proposal was decided on."""

    ENDORSED = "endorsed"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    REVOKED = "revoked"


@attrs.frozen
class PriceDecision:
    """Somebody with the authority decided on exactly this list (R36).

    Attributes:
        outcome: endorsed, returned, rejected, approved or revoked.
        by: the id of the employee who decided.
        at: when, UTC.
        content_hash: SHA-256 of the list that the proposal would make.
        reason: why; only an endorsement or an approval may leave it out.
    """

    outcome: PriceOutcome
    by: str
    at: Instant
    content_hash: str
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        keep_utc(self, "at")
        if self.outcome not in {PriceOutcome.ENDORSED, PriceOutcome.APPROVED} and not self.reason.strip():
            raise DomainError(f"{self.by!r} {self.outcome} the proposal without a reason: say what has to change")


@attrs.frozen
class PriceChangeProposal:
    """A proposal to change the base price list, and the list that it becomes.

    Attributes:
        author: the id of the employee who proposes.
        deputies: the ids of those who have worked on it in the author's place.
        version: the name that the new list will have, unique among the lists.
        base: the id of the case whose list it changes; None for the very first list.
        base_version: the version of that list.
        rationale: what in the market calls for it (R35).
        lines: what it changes.
        items: every position of the resulting list, settled on submission.
        decisions: every decision on it, in order, also those that no longer stand.
        approval: the general director's approval that stands; always of exactly the items above.
        effective_from: when the new list is to come into force.
        applied_hash: content hash of what IT entered; always the approved one (R37).
        applied_by: the id of the employee who entered it.
        applied_at: when it was entered, UTC.
        price_list: the list, once it is or was in force.

    Raises:
        DomainError: there is no version, an approval is of other items, or what was entered is not what was approved.
    """

    author: str
    version: str
    base: Annotated[CaseId, Ref(PriceChangeProposal, process="price_change")] | None = None
    base_version: str = ""
    rationale: str = ""
    lines: tuple[ChangeLine, ...] = ()
    items: tuple[PriceItem, ...] = ()
    decisions: tuple[PriceDecision, ...] = ()
    approval: PriceDecision | None = None
    effective_from: Instant | None = None
    applied_hash: str | None = None
    applied_by: str | None = None
    applied_at: Instant | None = None
    price_list: BasePriceList | None = None
    deputies: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        for name in ("lines", "items", "decisions", "deputies"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        keep_utc(self, "effective_from", "applied_at")
        if not self.version.strip():
            raise DomainError("a new base price list needs a version, such as '2026-2'")
        if self.approval is not None and self.approval.content_hash != self.content_hash:
            raise DomainError("the approval is of another list than the proposal's: submit it for a new approval")
        if self.applied_hash is not None and (self.approval is None or self.applied_hash != self.approval.content_hash):
            raise DomainError("what is entered is exactly what was approved, and nothing else")
        if self.price_list is not None and self.base is not None and self.price_list.content_hash != self.applied_hash:
            raise DomainError("a list that nobody approved and entered cannot come into force")

    @property
    def content_hash(self) -> str:
        """SHA-256 of the resulting items; an approval is bound to it."""
        return items_hash(self.items)

    @property
    def touched(self) -> frozenset[str]:
        """The codes of the items that it changes."""
        return frozenset(line.item for line in self.lines)

    def worked_on(self, by: str) -> Self:
        """The proposal after somebody has worked on it, in the author's place if they are not the author."""
        if by in {self.author, *self.deputies}:
            return self
        return attrs.evolve(self, deputies=(*self.deputies, by))

    def decided(self, outcome: PriceOutcome, by: str, at: Instant, reason: str = "") -> PriceChangeProposal:
        """The proposal after a decision; only an approval lets an approval stand."""
        decision = PriceDecision(outcome, by, at, self.content_hash, reason)
        return attrs.evolve(
            self.unapproved(),
            approval=decision if outcome is PriceOutcome.APPROVED else None,
            decisions=(*self.decisions, decision),
        )

    def unapproved(self) -> PriceChangeProposal:
        """The proposal without its approval and everything that rested on it."""
        return attrs.evolve(
            self, approval=None, effective_from=None, applied_hash=None, applied_by=None, applied_at=None
        )

    def rebased(self, base: CaseId, base_list: BasePriceList) -> PriceChangeProposal:
        """The same changes, made to another base list and not yet approved.

        Raises:
            DomainError: a line does not fit the list.
        """
        lines = tuple(line.rebased(base_list) for line in self.lines)
        items = changed_items(base_list, lines) if self.items else ()
        return attrs.evolve(self.unapproved(), base=base, base_version=base_list.version, lines=lines, items=items)
