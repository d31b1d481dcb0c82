"""Roles and departments: open values, which a rulebook declares and records keep by id (R3, R4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from salesreg.errors import DeclarationError


def known_by(what: str, id: object) -> str:
    """The id, after seeing that records, catalogues and files can name things by it.

    Raises:
        DeclarationError: it is no such id.
    """
    # No dot: where a role or a parameter may stand, such as in a responsibility, the dot tells a parameter.
    if not isinstance(id, str) or not id or not all(sign.isalnum() or sign in "_-" for sign in id):
        raise DeclarationError(
            f'a {what} is known by an id of letters, digits, "_" and "-", such as "head_of_sales", not {id!r}'
        )
    return id


class Department:
    """A part of the company; how long its rules may be is counted by department (R93)."""

    __slots__ = ("id", "title")

    def __init__(self, id: str, title: str = "") -> None:
        self.id: str = known_by("department", id)
        self.title: str = title or id

    def __repr__(self) -> str:
        return f"Department({self.id!r})"


class Role:
    """What a person is in the regulation; one person may hold several (R3, R95).

    Two roles of one id are one role, however they are spelled. Records and regulations hold the id.

    Args:
        id: unique in a rulebook, such as ``"lawyer"``.
        title: for people, in English.
        superior: who is told when a holder without a manager of their own is late.
        department: where its holders work.

    >>> Role("lawyer", "lawyer", superior=Role("ceo")).superior
    Role('ceo')
    """

    __slots__ = ("department", "id", "superior", "title")

    def __init__(
        self, id: str, title: str = "", superior: Role | None = None, *, department: Department | None = None
    ) -> None:
        self.id: str = known_by("role", id)
        self.title: str = title or id
        self.superior: Role | None = superior
        self.department: Department | None = department

    def superiors(self) -> Iterator[Role]:
        """Whoever stands above it, the nearest first."""
        above, seen = self.superior, {self.id}
        while above is not None and above.id not in seen:
            seen.add(above.id)
            yield above
            above = above.superior

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Role) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"Role({self.id!r})"


SYSTEM: Final = Role("system", "the system")
"""The only role that the kernel knows; nobody but the engine acts in it."""


def role_ids(given: Role | str | Iterable[Role | str]) -> frozenset[str]:
    """One role or several, as the ids that records keep.

    >>> sorted(role_ids([Role("ceo"), "finance"]))
    ['ceo', 'finance']
    """
    several = (given,) if isinstance(given, Role | str) else given
    return frozenset(one.id if isinstance(one, Role) else str(one) for one in several)
