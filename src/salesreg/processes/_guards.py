"""Guards that every process needs in the same shape: a fact holds, a text is given, a fact lies in the past."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import attrs

from salesreg.domain.people import Employee, Role
from salesreg.errors import DomainError, Refusal
from salesreg.processes._case import Attempt

__all__ = ["Must", "built", "employed", "filled", "future", "holds_role", "reason_given", "took_place"]

D = TypeVar("D")


@attrs.frozen
class Must(Generic[D]):
    """A guard: it refuses while a fact about the data does not hold.

    Attributes:
        fact: what must hold.
        code: what a program compares.
        message: what is wrong otherwise, in English.
        ru: the same in Russian.
        clause: the requirement behind it.
        need: what would be right.
        got: reads what is found instead.
    """

    fact: Callable[[D], bool]
    code: str
    message: str
    ru: str = attrs.field(kw_only=True)
    clause: str = attrs.field(kw_only=True)
    need: object = attrs.field(kw_only=True)
    got: Callable[[D], object] = attrs.field(default=lambda _: "nothing", kw_only=True)

    def __call__(self, data: D, _: Attempt) -> Iterator[Refusal]:
        """The refusal, if the fact does not hold."""
        if not self.fact(data):
            yield Refusal(self.code, self.message, ru=self.ru, clause=self.clause, need=self.need, got=self.got(data))


def filled(text: str, code: str, what: str, *, ru: str, clause: str) -> Iterator[Refusal]:
    """Refuses a blank text; ``what`` and ``ru`` name what it should say, as in "a reason", «причина»."""
    if not text.strip():
        yield Refusal(code, f"{what} is required", ru=f"не указано: {ru}", clause=clause, need=what, got=text)


def reason_given(reason: str, clause: str) -> Iterator[Refusal]:
    """Refuses a blank reason."""
    return filled(reason, "no_reason", "a reason", ru="причина", clause=clause)


def took_place(
    when: dt.datetime | None,
    attempt: Attempt,
    what: str,
    *,
    ru: str,
    clause: str,
    not_before: dt.datetime | None = None,
) -> Iterator[Refusal]:
    """Refuses a fact that lies in the future, or before the fact that it presupposes."""
    if when is None:
        return
    if when > attempt.at:
        message = f"{what} cannot be recorded before it happens"
        late = f"at or before {attempt.at.isoformat()}"
        yield Refusal("not_yet", message, ru=f"{ru}: ещё не наступило", clause=clause, need=late, got=when.isoformat())
    elif not_before is not None and when < not_before:
        message = f"{what} cannot have happened before what it follows from"
        early = f"at or after {not_before.isoformat()}"
        yield Refusal(
            "too_early", message, ru=f"{ru}: раньше, чем возможно", clause=clause, need=early, got=when.isoformat()
        )


def future(when: dt.datetime, attempt: Attempt, what: str, *, ru: str, clause: str) -> Iterator[Refusal]:
    """Refuses an instant that has passed where something is planned; ``what`` and ``ru`` name it."""
    if when <= attempt.at:
        later = f"after {attempt.at.isoformat()}"
        message = f"{what} lies in the future"
        yield Refusal("in_the_past", message, ru=f"{ru}: в будущем", clause=clause, need=later, got=when.isoformat())


def holds_role(person: Employee, role: Role, attempt: Attempt, *, clause: str) -> Iterator[Refusal]:
    """Refuses a person who does not hold a role, or does not work here on the day of the attempt."""
    if role not in person.roles:
        yield Refusal(
            "wrong_assignee",
            f"{person.full_name} is no {role.text()}",
            ru=f"{person.full_name} — не {role.text('ru')}",
            clause=clause,
            need=str(role),
            got=tuple(sorted(map(str, person.roles))),
        )
    yield from employed(person, attempt, clause=clause)


def employed(person: Employee, attempt: Attempt, *, clause: str) -> Iterator[Refusal]:
    """Refuses a person who does not work here on the day of the attempt."""
    today = attempt.at.astimezone(zoneinfo.ZoneInfo(attempt.regulation.calendar.timezone)).date()
    if not person.works_on(today):
        yield Refusal(
            "not_available",
            f"{person.full_name} does not work here on {today}",
            ru=f"{person.full_name} не работает {today:%d.%m.%Y}",
            clause=clause,
            need=f"somebody employed on {today}",
            got=f"{person.hired_on or '…'} – {person.left_on or '…'}",
        )


def built(build: Callable[[], object], code: str, *, ru: str, clause: str) -> Iterator[Refusal]:
    """Refuses what the domain cannot build, with the domain's own sentence."""
    try:
        build()
    except DomainError as wrong:
        yield Refusal(
            code, str(wrong), ru=f"{ru}: {wrong}", clause=clause, need="values that fit together", got=str(wrong)
        )
