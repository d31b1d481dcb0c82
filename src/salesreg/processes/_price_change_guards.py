"""What must hold before the steps of a price change: the guards that look at the proposal and at the list in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from salesreg.domain.price_changes import ChangeLine, PriceChangeProposal, line_problems
from salesreg.domain.prices import BasePriceList
from salesreg.errors import DomainError, Refusal
from salesreg.processes._case import Attempt, Case
from salesreg.processes._guards import Must
from salesreg.regulation import Parameter

__all__ = [
    "COMPOSITION",
    "base_stands",
    "composition_allowed",
    "date_reached",
    "has_lines",
    "lines_fit",
    "list_in_force",
    "list_of",
    "other_content",
    "rationale_given",
    "rebased_problems",
]

COMPOSITION: Final = Parameter(
    "price_change.composition",
    str,
    clause="R38",
    doc="What a proposal may do to the price list: kinds of change, separated by commas.",
    ru="Состав изменений прайса: допустимые виды изменений, через запятую.",
)

rationale_given = Must[PriceChangeProposal](
    lambda proposal: bool(proposal.rationale.strip()),
    "no_rationale",
    "a proposal says what in the market calls for it",
    ru="предложение обосновывают ситуацией на рынке",
    clause="R35",
    need="a rationale",
)
has_lines = Must[PriceChangeProposal](
    lambda proposal: bool(proposal.lines),
    "no_lines",
    "a proposal changes at least one item",
    ru="предложение меняет хотя бы одну позицию",
    clause="R35",
    need="a change line",
)


def list_of(attempt: Attempt, case_id: str | None) -> BasePriceList | None:
    """The base price list of a related case, while it is the one in force."""
    if case_id is None:
        return None
    found: Case[PriceChangeProposal] = attempt.related[case_id]
    return found.data.price_list if found.stage == "in_force" else None


def list_in_force(attempt: Attempt, case_id: str) -> Iterator[Refusal]:
    """A change is made to the list in force, not to one that never was or no longer is."""
    if list_of(attempt, case_id) is None:
        stage = attempt.related[case_id].stage
        yield Refusal(
            "base_not_in_force",
            f"the price list of case {case_id!r} is not the one in force",
            ru=f"прайс дела {case_id!r} не действует",
            clause="R35",
            need="the case whose base price list is in force",
            got=stage,
        )


def base_stands(proposal: PriceChangeProposal, attempt: Attempt) -> Iterator[Refusal]:
    """What was proposed against one list is not done to another: it is rebased and looked at again."""
    if proposal.base is not None and list_of(attempt, proposal.base) is None:
        yield Refusal(
            "base_not_in_force",
            f"base price list {proposal.base_version!r} is no longer in force: rebase the proposal",
            ru=f"базовый прайс {proposal.base_version!r} больше не действует: перенесите предложение на действующий",
            clause="R36",
            need="a proposal made to the list in force",
            got=proposal.base_version,
        )


def _unfit(lines: tuple[ChangeLine, ...], base: BasePriceList) -> Iterator[Refusal]:
    for item, problem in line_problems(lines, base):
        yield Refusal(
            "line_does_not_fit",
            problem,
            ru=f"строка по позиции {item!r} не подходит к прайсу {base.version!r}",
            clause="R38",
            need=f"lines that fit base price list {base.version!r}",
            got=item,
        )


def lines_fit(proposal: PriceChangeProposal, attempt: Attempt) -> Iterator[Refusal]:
    """Every line is valid against the base list; each that is not is named."""
    base = list_of(attempt, proposal.base)
    if base is not None:
        yield from _unfit(proposal.lines, base)


def composition_allowed(proposal: PriceChangeProposal, attempt: Attempt) -> Iterator[Refusal]:
    """The company says what a proposal may do to the list (R38)."""
    allowed = {kind.strip() for kind in attempt.regulation.value(COMPOSITION).split(",")}
    strange = sorted({str(line.kind) for line in proposal.lines} - allowed)
    if strange:
        yield Refusal(
            "kind_not_allowed",
            f"a proposal may not {', '.join(strange)}",
            ru=f"в состав изменений не входит: {', '.join(strange)}",
            clause="R38",
            need=tuple(sorted(allowed)),
            got=tuple(strange),
        )


def rebased_problems(proposal: PriceChangeProposal, attempt: Attempt, base: str) -> Iterator[Refusal]:
    """Why the same changes cannot be made to another list; every line is tried."""
    other = list_of(attempt, base)
    if other is None:
        return
    if base == proposal.base:
        yield Refusal(
            "nothing_to_rebase",
            f"the proposal is made to base price list {other.version!r} already",
            ru=f"предложение уже сделано к прайсу {other.version!r}",
            clause="R36",
            need="another list in force",
            got=other.version,
        )
        return
    fitting = []
    for line in proposal.lines:
        try:
            fitting.append(line.rebased(other))
        except DomainError as wrong:
            yield Refusal(
                "line_does_not_fit",
                str(wrong),
                ru=f"строка по позиции {line.item!r} не подходит к прайсу {other.version!r}",
                clause="R38",
                need=f"a line that fits base price list {other.version!r}",
                got=line.item,
            )
    yield from _unfit(tuple(fitting), other)


def other_content(proposal: PriceChangeProposal, content_hash: str | None, clause: str) -> Iterator[Refusal]:
    """Refuses a hash that is not of the list that the proposal makes."""
    if content_hash is not None and content_hash != proposal.content_hash:
        yield Refusal(
            "other_content",
            "these are not the prices of the proposal",
            ru="это не те цены, что в предложении",
            clause=clause,
            need=proposal.content_hash,
            got=content_hash,
        )


def date_reached(proposal: PriceChangeProposal, attempt: Attempt) -> Iterator[Refusal]:
    """A list does not come into force before its date."""
    if proposal.effective_from is None or attempt.at < proposal.effective_from:
        yield Refusal(
            "too_early",
            "its date has not come",
            ru="дата ввода не наступила",
            clause="R37",
            need=proposal.effective_from and proposal.effective_from.isoformat(),
            got=attempt.at.isoformat(),
        )
