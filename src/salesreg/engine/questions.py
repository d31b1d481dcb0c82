"""What an app asks: which cases, at most how many, and what comes back as somebody's task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import attrs

from salesreg.engine import door
from salesreg.engine.codec import Pages
from salesreg.errors import UnknownAttribute
from salesreg.ports import CaseQuery
from salesreg.process.case import Case, Obligation
from salesreg.rules.people import Employee
from salesreg.rules.roles import Role


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
    stage, where = door.maybe_line("a stage", criteria.get("stage")), door.sought(criteria.get("where"))
    ended, parent = criteria.get("ended"), criteria.get("parent")
    pages.check_names(process, stage, where)
    return CaseQuery(
        process=process,
        stage=stage,
        ended=None if ended is None else door.of_kind("ended", ended, bool),
        waits_for=owners(criteria.get("owner")),
        where=where,
        since=door.maybe_moment("since", criteria.get("since")),
        until=door.maybe_moment("until", criteria.get("until")),
        key=door.maybe_line("a unique key", criteria.get("key")),
        parent=None if parent is None else door.case_id(parent),
    )
