"""What the steps of a price change demand of their payload, and what they do to the proposal.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import attrs

from salesreg.domain.instants import Instant
from salesreg.domain.price_changes import ChangeLine, PriceChangeProposal, PriceOutcome, changed_items
from salesreg.domain.prices import BasePriceList, PriceItem
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt, CaseId, Ref
from salesreg.processes._guards import built, filled, reason_given, took_place
from salesreg.processes._price_change_guards import list_in_force, list_of, other_content, rebased_problems
from salesreg.regulation import Parameter

__all__ = ["RETROACTIVE", "PriceChangeEffects"]

RETROACTIVE: Final = Parameter(
    "price_change.retroactive",
    bool,
    clause="R37",
    doc="Whether a base price list may come into force as of an instant that has passed.",
    ru="Можно ли вводить базовый прайс задним числом.",
    default=False,
)

BaseList = Annotated[CaseId, Ref(PriceChangeProposal, process="price_change")]


class PriceChangeEffects:
    """The handlers of `PriceChange`, in the order of its steps."""

    # -- what the steps demand and do: the proposal ---------------------------------------------------------------

    def check_draft_proposal(
        self, attempt: Attempt, *, base: BaseList, version: str, rationale: str = "", lines: tuple[ChangeLine, ...] = ()
    ) -> Iterator[Refusal]:
        yield from filled(version, "no_version", "a name for the new list", ru="версия нового прайса", clause="R35")
        yield from list_in_force(attempt, base)

    def on_draft_proposal(
        self, attempt: Attempt, *, base: BaseList, version: str, rationale: str = "", lines: tuple[ChangeLine, ...] = ()
    ) -> PriceChangeProposal:
        author = (attempt.on_behalf_of or attempt.by).id
        drafted = PriceChangeProposal(author, version, base, _version(attempt, base), rationale, lines)
        return drafted.worked_on(attempt.by.id)

    def on_edit_proposal(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, rationale: str, lines: tuple[ChangeLine, ...]
    ) -> PriceChangeProposal:
        return attrs.evolve(proposal, rationale=rationale, lines=lines).worked_on(attempt.by.id)

    def on_submit_proposal(self, proposal: PriceChangeProposal, attempt: Attempt) -> PriceChangeProposal:
        base = list_of(attempt, proposal.base)
        assert base is not None  # noqa: S101 - base_stands has looked
        return attrs.evolve(proposal, items=changed_items(base, proposal.lines)).worked_on(attempt.by.id)

    def on_endorse_proposal(self, proposal: PriceChangeProposal, attempt: Attempt) -> PriceChangeProposal:
        return proposal.decided(PriceOutcome.ENDORSED, attempt.by.id, attempt.at)

    def check_return_proposal(self, proposal: PriceChangeProposal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R36")

    def on_return_proposal(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, reason: str
    ) -> PriceChangeProposal:
        return proposal.decided(PriceOutcome.RETURNED, attempt.by.id, attempt.at, reason)

    def check_reject_proposal(self, proposal: PriceChangeProposal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R36")

    def on_reject_proposal(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, reason: str
    ) -> PriceChangeProposal:
        return proposal.decided(PriceOutcome.REJECTED, attempt.by.id, attempt.at, reason)

    def check_approve_proposal(
        self, proposal: PriceChangeProposal, *, content_hash: str | None = None
    ) -> Iterator[Refusal]:
        """Whoever says which prices they have read does not approve others by mistake."""
        return other_content(proposal, content_hash, "R36")

    def on_approve_proposal(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, content_hash: str | None = None
    ) -> PriceChangeProposal:
        return proposal.decided(PriceOutcome.APPROVED, attempt.by.id, attempt.at)

    def on_withdraw_proposal(self, proposal: PriceChangeProposal, *, reason: str = "") -> PriceChangeProposal:
        return proposal

    def check_rebase_proposal(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, base: BaseList
    ) -> Iterator[Refusal]:
        yield from list_in_force(attempt, base)
        yield from rebased_problems(proposal, attempt, base)

    def on_rebase_proposal(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, base: BaseList
    ) -> PriceChangeProposal:
        base_list = list_of(attempt, base)
        assert base_list is not None  # noqa: S101 - the check has looked
        return proposal.rebased(base, base_list)

    def check_revoke_approval(self, proposal: PriceChangeProposal, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R36")

    def on_revoke_approval(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, reason: str
    ) -> PriceChangeProposal:
        return proposal.decided(PriceOutcome.REVOKED, attempt.by.id, attempt.at, reason)

    # -- what the steps demand and do: the list -------------------------------------------------------------------

    def check_adopt_base_list(
        self, attempt: Attempt, *, version: str, items: tuple[PriceItem, ...], effective_from: Instant | None = None
    ) -> Iterator[Refusal]:
        yield from took_place(effective_from, attempt, "its coming into force", ru="ввод в действие", clause="R37")
        if not items:
            yield Refusal(
                "no_items",
                "a base price list has at least one item",
                ru="в базовом прайсе есть хотя бы одна позиция",
                clause="R37",
                need="an item",
                got="none",
            )
        yield from built(
            lambda: BasePriceList(version, items, effective_from=attempt.at),
            "bad_list",
            ru="ошибка в прайсе",
            clause="R37",
        )

    def on_adopt_base_list(
        self, attempt: Attempt, *, version: str, items: tuple[PriceItem, ...], effective_from: Instant | None = None
    ) -> PriceChangeProposal:
        since = effective_from or attempt.at
        first = BasePriceList(version, items, effective_from=since, recorded_at=attempt.at)
        return PriceChangeProposal(attempt.by.id, version, items=items, effective_from=since, price_list=first)

    def check_schedule_application(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, effective_from: Instant
    ) -> Iterator[Refusal]:
        if effective_from < attempt.at and not attempt.regulation.value(RETROACTIVE):
            yield Refusal(
                "in_the_past",
                "prices do not change as of an instant that has passed",
                ru="цены не меняют задним числом",
                clause="R37",
                need=f"at or after {attempt.at.isoformat()}",
                got=effective_from.isoformat(),
            )
        base = list_of(attempt, proposal.base)
        if base is not None and effective_from <= base.effective_from:
            yield Refusal(
                "before_its_base",
                f"the list cannot come into force before {base.version!r}, which it changes",
                ru=f"прайс не вводят раньше прайса {base.version!r}, который он меняет",
                clause="R37",
                need=f"after {base.effective_from.isoformat()}",
                got=effective_from.isoformat(),
            )

    def on_schedule_application(self, proposal: PriceChangeProposal, *, effective_from: Instant) -> PriceChangeProposal:
        return attrs.evolve(proposal, effective_from=effective_from)

    def check_apply_price_list(self, proposal: PriceChangeProposal, *, content_hash: str) -> Iterator[Refusal]:
        """IT cannot alter the content: what it entered is what was approved."""
        return other_content(proposal, content_hash, "R37")

    def on_apply_price_list(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, content_hash: str
    ) -> PriceChangeProposal:
        if proposal.applied_hash is not None:
            return proposal
        return attrs.evolve(proposal, applied_hash=content_hash, applied_by=attempt.by.id, applied_at=attempt.at)

    def on_put_in_force(self, proposal: PriceChangeProposal, attempt: Attempt) -> PriceChangeProposal:
        """The list counts from its date, or from the instant it was entered where that came later."""
        since, entered = proposal.effective_from, proposal.applied_at
        assert since is not None and entered is not None  # noqa: PT018, S101 - date_reached and the stage have looked
        if not attempt.regulation.value(RETROACTIVE):
            since = max(since, entered)
        fresh = BasePriceList(proposal.version, proposal.items, effective_from=since, recorded_at=entered)
        return attrs.evolve(proposal, price_list=fresh)

    def check_supersede_price_list(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, successor: BaseList
    ) -> Iterator[Refusal]:
        yield from list_in_force(attempt, successor)

    def on_supersede_price_list(
        self, proposal: PriceChangeProposal, attempt: Attempt, *, successor: BaseList
    ) -> PriceChangeProposal:
        following = list_of(attempt, successor)
        assert following is not None  # noqa: S101 - the check has looked
        assert proposal.price_list is not None  # noqa: S101 - a list in force has one
        ended = attrs.evolve(proposal.price_list, effective_to=following.effective_from)
        return attrs.evolve(proposal, price_list=ended)

    def check_revert_price_list(
        self, attempt: Attempt, *, base: BaseList, version: str, reason: str
    ) -> Iterator[Refusal]:
        yield from filled(version, "no_version", "a name for the new list", ru="версия нового прайса", clause="R36")
        yield from reason_given(reason, "R36")
        yield from list_in_force(attempt, base)
        if not attempt.related[base].data.lines:
            yield Refusal(
                "nothing_to_revert",
                "the list in force is the first one: there is no change to take back",
                ru="действует первый прайс: возвращать нечего",
                clause="R36",
                need="a list that changed another",
                got=_version(attempt, base),
            )

    def on_revert_price_list(
        self, attempt: Attempt, *, base: BaseList, version: str, reason: str
    ) -> PriceChangeProposal:
        base_list = list_of(attempt, base)
        assert base_list is not None  # noqa: S101 - the check has looked
        # In reverse order, so that an item that was added and then changed is not sought after it has gone.
        lines = tuple(line.inverse() for line in reversed(attempt.related[base].data.lines))
        author = (attempt.on_behalf_of or attempt.by).id
        reverting = PriceChangeProposal(
            author, version, base, base_list.version, reason, lines, items=changed_items(base_list, lines)
        )
        return reverting.worked_on(attempt.by.id)


def _version(attempt: Attempt, base: str) -> str:
    base_list = list_of(attempt, base)
    return "" if base_list is None else base_list.version
