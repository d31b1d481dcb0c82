"""Changes of the base price list: what a proposal changes, who approved it, and the list it becomes (R35–R38)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeAlias

import attrs

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.numbers import spelled
from salesreg.commercial.domain.prices import BasePriceList, PriceItem, content_hash
from salesreg.commercial.domain.records import Record, said
from salesreg.errors import DomainError
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant
from salesreg.rules.texts import says_nothing

IN_FORCE_KEY: Final = "base_price_list.in_force"
"""The unique key that the base price list in force holds."""

NEXT_KEY: Final = "base_price_list.next"
"""The unique key that the list holds which is entered and waits for its date, or for the system to see that it came."""


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
class ChangeLine(Record):
    """One change to one item.

    Attributes:
        old: the item as the base list has it; None if it is added.
        new: the item as it shall be; None if it is removed. It differs from the old one in what the kind says only.

    >>> audit = PriceItem("audit", "Audit", "day", Money(1000))
    >>> ChangeLine.change(audit, price=Money(1200)).kind
    <ChangeKind.CHANGE_PRICE: 'change_price'>
    """

    kind: ChangeKind
    old: PriceItem | None = None
    new: PriceItem | None = None

    def _check(self) -> None:
        if self.kind in ASPECTS:
            if self.old is None or self.new is None:
                raise DomainError(
                    "change_line_one_sided", "{kind} needs the item as it is and as it shall be", kind=str(self.kind)
                )
            self._check_aspect(self.old, self.new)
        elif (self.old is None) is not (self.kind is ChangeKind.ADD_ITEM) or (self.old is None) is (self.new is None):
            raise DomainError(
                "change_line_two_sided", "add_item takes the new item only, and remove_item the old one only"
            )

    def _check_aspect(self, old: PriceItem, new: PriceItem) -> None:
        aspects = ("code", *ASPECTS.values())
        differ = {name for name in aspects if getattr(old, name) != getattr(new, name)}
        if differ != {ASPECTS[self.kind]}:
            raise DomainError(
                "change_line_other_aspect",
                "{kind} of {item} changes {need} and nothing else, and this one changes {got}",
                kind=str(self.kind),
                item=old.code,
                need=ASPECTS[self.kind],
                got=tuple(sorted(differ)),
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
        """A change of exactly one aspect of an item; a `DomainError` if another number is given, or nothing changes."""
        given = {"price": price, "unit": unit, "conditions": conditions, "name": name}
        wanted = {aspect: value for aspect, value in given.items() if value is not None}
        if len(wanted) != 1:
            raise DomainError(
                "change_line_several_aspects",
                "a line changes one thing about {item}: give one of {need}",
                item=item.code,
                need=tuple(given),
                got=tuple(wanted),
            )
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

    def canonical(self) -> list[Any]:
        """The line as plain values in which equal prices are written alike."""
        return [self.item, str(self.kind), *(one and one.canonical() for one in (self.old, self.new))]

    def inverse(self) -> ChangeLine:
        """The line that takes this one back."""
        kinds = {ChangeKind.ADD_ITEM: ChangeKind.REMOVE_ITEM, ChangeKind.REMOVE_ITEM: ChangeKind.ADD_ITEM}
        return ChangeLine(kinds.get(self.kind, self.kind), self.new, self.old)

    def check(self, base: BasePriceList) -> None:
        """Raise a `DomainError` if it adds what is there, or the item is not there, or not as the line has it."""
        if self.old is not None:
            aspect, now = ASPECTS.get(self.kind), self._found(base)
            if aspect is not None and getattr(now, aspect) != getattr(self.old, aspect):
                raise DomainError(
                    "line_does_not_fit.moved",
                    "the {aspect} of {got} is {now} in base price list {version}, not {then}",
                    version=base.version,
                    got=self.item,
                    aspect=aspect,
                    now=str(getattr(now, aspect)),
                    then=str(getattr(self.old, aspect)),
                )
        elif base.find(self.item) is not None:
            facts = {"version": base.version, "got": self.item}
            raise DomainError("line_does_not_fit.there", "base price list {version} has {got} already", **facts)

    def _found(self, base: BasePriceList) -> PriceItem:
        if (found := base.find(self.item)) is None:
            facts = {"version": base.version, "got": self.item}
            raise DomainError("line_does_not_fit.missing", "base price list {version} has no item {got}", **facts)
        return found

    def rebased(self, base: BasePriceList) -> ChangeLine:
        """The same change, read against another list; a `DomainError` if the item has gone or is so already."""
        if self.old is None:
            return self
        old = self._found(base)
        if self.new is None:
            return ChangeLine(self.kind, old, None)
        aspect = ASPECTS[self.kind]
        return ChangeLine(self.kind, old, attrs.evolve(old, **{aspect: getattr(self.new, aspect)}))


def line_problems(lines: Iterable[ChangeLine], base: BasePriceList) -> Iterator[DomainError]:
    """Everything that keeps lines from being applied to a base list, each with the item's code as ``got``."""
    kinds: dict[str, set[ChangeKind]] = {}
    for line in lines:
        try:
            line.check(base)
        except DomainError as problem:
            yield problem
        mine = kinds.setdefault(spelled(line.item), set())
        if line.kind in mine or (mine and (line.kind not in ASPECTS or mine - set(ASPECTS))):
            yield DomainError(
                "line_does_not_fit.twice",
                "two lines change {got} in ways that do not go together: keep one",
                got=line.item,
            )
        mine.add(line.kind)


def rebase_problems(lines: Iterable[ChangeLine], base: BasePriceList) -> Iterator[DomainError]:
    """Everything that keeps the same changes from being made to another list."""
    fitting: list[ChangeLine] = []
    for line in lines:
        try:
            fitting.append(line.rebased(base))
        except DomainError as problem:
            yield problem
    yield from line_problems(fitting, base)


def changed_items(base: BasePriceList, lines: Iterable[ChangeLine]) -> tuple[PriceItem, ...]:
    """The items of a base list after the lines, ordered by code; a `DomainError` if a line does not fit."""
    given = tuple(lines)
    for problem in line_problems(given, base):
        raise problem
    items = {spelled(item.code): item for item in base.items}
    for line in given:
        code = spelled(line.item)
        if line.new is None:
            del items[code]
        elif line.old is None:
            items[code] = line.new
        else:
            aspect = ASPECTS[line.kind]
            items[code] = attrs.evolve(items[code], **{aspect: getattr(line.new, aspect)})
    return tuple(sorted(items.values(), key=lambda item: item.code))


class PriceOutcome(StrEnum):
    """How a proposal was decided on."""

    ENDORSED = "endorsed"
    RETURNED = "returned"
    REJECTED = "rejected"
    APPROVED = "approved"
    REVOKED = "revoked"


@attrs.frozen
class PriceDecision(Record):
    """Somebody with the authority decided on exactly this list: these lines on that base (R36).

    Attributes:
        content_hash: that of the proposal: SHA-256 of its base list's content and its lines.
        reason: why; only an endorsement or an approval may leave it out.
        on_behalf_of: the absent person who is counted as the one who decided, if any.
    """

    outcome: PriceOutcome
    by: str
    at: Instant
    content_hash: str
    reason: str = ""
    on_behalf_of: str | None = None

    def _check(self) -> None:
        if self.outcome not in {PriceOutcome.ENDORSED, PriceOutcome.APPROVED} and says_nothing(self.reason):
            outcome = str(self.outcome)
            raise DomainError(
                "price_decision_without_reason", "{by} {got} the proposal: say why", by=self.by, got=outcome
            )


@attrs.frozen
class Entry(Record):
    """Lines that were entered for a date, from which the list follows that they make.

    Attributes:
        base: the id of the case whose list they change.
        base_hash: content hash of that list.
        recorded_at: when IT entered them, UTC.
        withdrawn_at: when they were revoked before their date, UTC; None if they were not.
    """

    version: str
    base: str
    base_hash: str
    lines: tuple[ChangeLine, ...]
    effective_from: Instant
    recorded_at: Instant | None
    withdrawn_at: Instant | None = None

    def on(self, base: BasePriceList) -> BasePriceList:
        """The list that the lines make of their base; a `DomainError` if that is another list."""
        if base.content_hash != self.base_hash:
            text, facts = "the lines were approved on another list than {got}", {"got": base.version}
            raise DomainError("proposal_other_base", text, **facts)
        return BasePriceList(
            self.version,
            changed_items(base, self.lines),
            effective_from=self.effective_from,
            recorded_at=self.recorded_at,
            withdrawn_at=self.withdrawn_at,
        )


@attrs.frozen
class PriceChangeProposal(Record):
    """A proposal to change the base price list, and the list that it becomes.

    It holds its lines only: the whole list is made, and kept, once, when it comes into force.

    Attributes:
        deputies: the ids of those who have worked on it in the author's place.
        version: the name that the new list will have, unique among the lists.
        base: the id of the case whose list it changes; None for the very first list.
        base_hash: content hash of that list.
        rationale: what in the market calls for it (R35).
        decisions: every decision on it, in order, also those that no longer stand.
        approval: the general director's approval that stands; always of exactly the base and the lines above.
        applied_hash: content hash of what IT entered; always the approved one (R37).
        price_list: the list, once it is or was in force.
        revoked: what had been entered for a date and was revoked before it came.
    """

    author: str
    version: str
    base: ListId | None = None
    base_version: str = ""
    rationale: str = ""
    lines: tuple[ChangeLine, ...] = ()
    base_hash: str = ""
    decisions: tuple[PriceDecision, ...] = ()
    approval: PriceDecision | None = None
    effective_from: Instant | None = None
    applied_hash: str | None = None
    applied_by: str | None = None
    applied_at: Instant | None = None
    price_list: BasePriceList | None = None
    deputies: tuple[str, ...] = ()
    revoked: tuple[Entry, ...] = ()

    def _check(self) -> None:
        said(self.version, "proposal_without_version", "a new base price list needs a version, such as 2026-2")
        if self.approval is not None and self.approval.content_hash != self.content_hash:
            raise DomainError("proposal_other_approval", "the approval is of another list: submit this one anew")
        if self.applied_hash is not None and (self.approval is None or self.applied_hash != self.approval.content_hash):
            raise DomainError("proposal_other_entry", "what is entered is exactly what was approved, and nothing else")
        if self.price_list is not None and self.base is not None and self.applied_hash is None:
            raise DomainError("proposal_list_unapproved", "a list comes into force approved and entered, or not at all")

    @property
    def content_hash(self) -> str:
        """SHA-256 of the base list's content hash and the lines, whatever their order; an approval is bound to it.

        One base and the same lines make one list, so nothing else can come of what was approved. That of a first list
        is its own.
        """
        if self.base is None and self.price_list is not None:
            return self.price_list.content_hash
        return content_hash(
            [self.base_hash, sorted((line.canonical() for line in self.lines), key=lambda one: one[:2])]
        )

    @property
    def touched(self) -> frozenset[str]:
        """The codes of the items that it changes."""
        return frozenset(line.item for line in self.lines)

    def has_begun(self, at: Instant) -> bool:
        """Whether it has been entered and its date has come: it binds then, whatever the system has noticed."""
        return self.applied_hash is not None and self.effective_from is not None and self.effective_from <= at

    @property
    def entry(self) -> Entry | None:
        """What is entered and waits for its date or for the system to see that it came; None before and after."""
        if self.price_list or self.base is None or self.applied_hash is None or self.effective_from is None:
            return None
        return Entry(self.version, self.base, self.base_hash, self.lines, self.effective_from, self.applied_at)

    def worked_on(self, by: str) -> Self:
        """The proposal after somebody has worked on it, in the author's place if they are not the author."""
        if by in {self.author, *self.deputies}:
            return self
        return attrs.evolve(self, deputies=(*self.deputies, by))

    @property
    def hands(self) -> tuple[str, ...]:
        """Everybody who has worked on it or passed it on, those who were stood in for included."""
        passed = [one for one in self.decisions if one.outcome is PriceOutcome.ENDORSED]
        named = (self.author, *self.deputies, *(who for one in passed for who in (one.by, one.on_behalf_of)))
        return tuple(dict.fromkeys(who for who in named if who is not None))

    def decided(
        self, outcome: PriceOutcome, by: str, at: Instant, reason: str = "", on_behalf_of: str | None = None
    ) -> PriceChangeProposal:
        """The proposal after a decision; only an approval lets an approval stand."""
        decision = PriceDecision(outcome, by, at, self.content_hash, reason, on_behalf_of)
        gone = () if self.entry is None else (attrs.evolve(self.entry, withdrawn_at=at),)
        return attrs.evolve(
            self.unapproved(),
            revoked=(*self.revoked, *gone),
            approval=decision if outcome is PriceOutcome.APPROVED else None,
            decisions=(*self.decisions, decision),
        )

    def unapproved(self) -> PriceChangeProposal:
        """The proposal without its approval and everything that rested on it."""
        return attrs.evolve(
            self, approval=None, effective_from=None, applied_hash=None, applied_by=None, applied_at=None
        )

    def rebased(self, base: CaseId, base_list: BasePriceList) -> PriceChangeProposal:
        """The same changes, made to another base list and not yet approved; a `DomainError` if one does not fit."""
        lines = tuple(line.rebased(base_list) for line in self.lines)
        for problem in line_problems(lines, base_list):
            raise problem
        version, content = base_list.version, base_list.content_hash
        return attrs.evolve(self.unapproved(), base=base, base_version=version, base_hash=content, lines=lines)

    def put_in_force(self, base: BasePriceList) -> PriceChangeProposal:
        """The list counts from its date, however late the system notices that it came."""
        if (entry := self.entry) is None:
            raise DomainError("proposal_not_entered", "a list comes into force on its date, once it has been entered")
        return attrs.evolve(self, price_list=entry.on(base))

    def superseded(self, successor: BasePriceList) -> PriceChangeProposal:
        """The list ends where its successor begins."""
        ended = self.price_list and attrs.evolve(self.price_list, effective_to=successor.effective_from)
        return attrs.evolve(self, price_list=ended)


ListId: TypeAlias = Annotated[CaseId, Ref(PriceChangeProposal, process="price_change")]
"""The id of the case whose base price list is meant."""
