"""What an app asks: which cases, at most how many, and what comes back as somebody's task."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

import attrs

from salesreg.engine.codec import Pages
from salesreg.errors import PayloadError, UnknownAttribute
from salesreg.ports import CaseQuery
from salesreg.process.case import Case, Obligation
from salesreg.rules.instants import to_utc
from salesreg.rules.people import Employee
from salesreg.rules.roles import Role

LONGEST: Final = 200
"""How long the id of a case or a command key may be."""
TIMER_KEY: Final = "timer:"
"""How the command keys of timers begin."""


@attrs.frozen
class Task:
    """What somebody has to do: an obligation of theirs, or a case that waits for them without one.

    Attributes:
        case: the case it is about.
        due: by when, UTC; None where no clock runs.
        obligation: what is owed, if a clock runs.
    """

    case: Case[Any]
    due: dt.datetime | None = None
    obligation: Obligation | None = None

    @property
    def id(self) -> str:
        """What a page of tasks goes on after: the obligation's id, or the case's."""
        return self.case.id if self.obligation is None else self.obligation.id


class Criteria(TypedDict, total=False):
    """Which cases are meant; what is not said does not matter.

    Attributes:
        stage: those that stand in that stage, by id.
        ended: those that have ended, or have not.
        owner: those whose stage waits for a role, or for a person themselves or through one of their roles.
        where: by what the process declares as `searchable`, such as ``{"client": "Vega*"}``; a ``*`` ends a prefix.
        since, until: whose last event came at that instant or later, and before that instant; aware.
        key: those that hold a unique key.
        parent: those that refer to a case.
    """

    stage: str | None
    ended: bool | None
    owner: Employee | Role | str | None
    where: Mapping[str, str] | None
    since: dt.datetime | None
    until: dt.datetime | None
    key: str | None
    parent: str | Case[Any] | None


def case_query(
    pages: Pages,
    process: str | None,
    criteria: Criteria,
    owners: Callable[[Employee | Role | str | None], tuple[str, ...]],
) -> CaseQuery:
    """What is asked, as a store takes it.

    Raises:
        UnknownProcess, UnknownStage, UnknownAttribute: nothing has that name.
        PayloadError: what is asked for is of the wrong kind.
    """
    if strange := criteria.keys() - Criteria.__annotations__.keys():
        known = ", ".join(Criteria.__annotations__)
        raise UnknownAttribute(f"cases are not asked for by {min(strange)!r}, but by {known}")
    owner, parent, where = criteria.get("owner"), criteria.get("parent"), criteria.get("where") or {}
    since, until = criteria.get("since"), criteria.get("until")
    pages.check_names(process, criteria.get("stage"), where)
    return CaseQuery(
        process=process,
        stage=criteria.get("stage"),
        ended=criteria.get("ended"),
        waits_for=owners(owner),
        where={name: _sought(name, value) for name, value in where.items()},
        since=_instant("since", since),
        until=_instant("until", until),
        key=criteria.get("key"),
        parent=None if parent is None else parent if isinstance(parent, str) else parent.id,
    )


def check_line(what: str, given: object) -> None:
    """What a caller names a case or a command by is text that people can read, and no more than a line of it."""
    fits = isinstance(given, str) and given.isprintable() and given.strip() == given and 0 < len(given) <= LONGEST
    if given is not None and not fits:
        raise PayloadError(f"{what} is 1 to {LONGEST} printable characters without spaces around, not {given!r}")


def check_own_id(process: str, case_id: str | None) -> None:
    """A caller's id for a case is none that the engine would give: to a duty of a day, to a child, or by drawing."""
    check_line("a case's id", case_id)
    if case_id is not None and (":" in case_id or re.fullmatch(rf"{re.escape(process)}-[0-9a-f]{{16}}", case_id)):
        raise PayloadError(f"a case's id of your own has no colon and no drawn number, and {case_id!r} is the engine's")


def check_own_key(command_key: str | None) -> None:
    """A caller's key for a command is none that the engine would give to a timer."""
    check_line("a command key", command_key)
    if command_key is not None and command_key.startswith(TIMER_KEY):
        raise PayloadError(f"a command key of your own does not begin with {TIMER_KEY!r}, and {command_key!r} does")


def counted(limit: object) -> int:
    """How many at most, after seeing that it is a whole number from 1 on."""
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise PayloadError(f"limit is a whole number from 1 on, not {limit!r}")
    return limit


def _sought(name: str, value: object) -> str:
    """What cases are found by, spelled as it is kept."""
    if not isinstance(value, str):
        raise PayloadError(f"cases are found by text, and where={{{name!r}: ...}} gives {value!r}")
    return unicodedata.normalize("NFC", value)


def _instant(name: str, given: object) -> dt.datetime | None:
    if given is not None and not isinstance(given, dt.datetime):
        raise PayloadError(f"{name} is an aware datetime, not {given!r}")
    return None if given is None else to_utc(given)
