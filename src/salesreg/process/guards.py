"""Guards and checks that every process needs in the same shape: a fact holds, no child is left, one instant follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from typing import Any, Generic, TypeVar

import attrs

from salesreg.errors import Refusal
from salesreg.process.case import Attempt
from salesreg.process.steps import Checks
from salesreg.rules.people import Employee

D_contra = TypeVar("D_contra", contravariant=True)


def _found_nothing(_: Any) -> object:
    return None


@attrs.frozen
class Must(Generic[D_contra]):
    """A guard: it refuses while a fact about the data does not hold.

    Attributes:
        fact: what must hold.
        code: what a program compares.
        text: what is wrong otherwise, in English, with placeholders for ``{need}`` and ``{got}``.
        need: what would be right.
        got: reads what is found instead.
        clause: the requirement behind it, where it is not the step's.
    """

    fact: Callable[[D_contra], bool]
    code: str
    text: str
    need: Any = attrs.field(default=None, kw_only=True)
    got: Callable[[D_contra], Any] = attrs.field(default=_found_nothing, kw_only=True)
    clause: str | None = attrs.field(default=None, kw_only=True)

    def __call__(self, data: D_contra, _: Attempt) -> Iterator[Refusal]:
        """The refusal, if the fact does not hold."""
        if not self.fact(data):
            yield Refusal(self.code, self.text, need=self.need, got=self.got(data), clause=self.clause)


@attrs.frozen
class NoneLeft:
    """A guard: no child of a process stands in another stage than those named.

    Attributes:
        process: the id of the children's process.
        done: the ids of the stages in which they are no hindrance.
        code: what a program compares.
        text: what is wrong otherwise, in English; ``{got}`` are the children left.
        clause: the requirement behind it, where it is not the step's.
    """

    process: str
    done: Collection[str]
    code: str
    text: str
    clause: str | None = attrs.field(default=None, kw_only=True)

    @property
    def children(self) -> tuple[str, ...]:
        """The process whose cases it looks at."""
        return (self.process,)

    def __call__(self, _: Any, attempt: Attempt) -> Iterator[Refusal]:
        """The refusal, naming every child that is left."""
        if left := tuple(child.id for child in attempt.related.children(self.process) if child.stage not in self.done):
            yield Refusal(self.code, self.text, need=tuple(sorted(self.done)), got=left, clause=self.clause)


def not_before(when: dt.datetime | None, earliest: dt.datetime | None, field: str) -> Checks:
    """A fact does not precede the one that it follows from; ``field`` is the payload's name for it."""
    if when is not None and earliest is not None and when < earliest:
        yield Refusal(
            "too_early",
            "{field:field} cannot precede what it follows from",
            need=earliest.isoformat(),
            got=when.isoformat(),
            facts={"field": field},
        )


def not_available(person: Employee) -> Refusal:
    """What to say of somebody who does not work here on the day."""
    return Refusal(
        "not_available",
        "{name} does not work here on that day",
        need=(str(person.hired_on or "…"), str(person.left_on or "…")),
        got=person.id,
        facts={"name": person.full_name},
    )


def away(person: Employee, field: str) -> Checks:
    """Nothing new is for somebody who is away; it is said when they are back."""
    if person.away_until is not None:
        back = (person.away_until + dt.timedelta(days=1)).isoformat()
        facts = {"name": person.full_name, "field": field}
        yield Refusal("away", "{name} is away and back on {need}", need=back, got=person.id, facts=facts)
