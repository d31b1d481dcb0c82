"""Chapters: parts of the document that no program enforces: checklists, advice, a plan of how the rules come in."""

from __future__ import annotations

import attrs


def _items(given: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen
class Chapter:
    """A list under a title, in English; other languages have it in their catalogues.

    Attributes:
        id: unique in a rulebook, such as ``"onboarding"``.
        title: what stands above it.
        items: its points, in order.
        text: what comes before them.
        clause: the requirement behind it.
        boxes: whether each point is ticked off when it is done.
    """

    id: str
    title: str
    items: tuple[str, ...] = attrs.field(converter=_items)
    text: str = attrs.field(default="", kw_only=True)
    clause: str = attrs.field(default="", kw_only=True)
    boxes: bool = attrs.field(default=False, kw_only=True)
