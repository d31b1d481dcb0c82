"""Zones of responsibility: who does what, who answers for it, and who is told (R79, R81)."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from enum import StrEnum

import attrs

from salesreg.errors import DomainError
from salesreg.rules.roles import Role


class Letter(StrEnum):
    """What a role is to an activity, in the letters of a RACI table."""

    RESPONSIBLE = "R"
    ACCOUNTABLE = "A"
    CONSULTED = "C"
    INFORMED = "I"


def _role_id(given: Role | str | None) -> str | None:
    return given.id if isinstance(given, Role) else given


@attrs.frozen
class Responsibility:
    """One row of the matrix: what one role is to one activity, or to all that match a pattern.

    Attributes:
        activity: a step such as ``"invoice.issue_invoice"``, a topic such as ``"topic.invoice"``, or a pattern such as
            ``"invoice.*"``.
        role: the id of the role whose zone it is (a role may be given); None where a parameter gives it.
        letter: responsible, accountable, consulted or informed.
        clause: the requirement behind it.
        parameter: the name of the parameter that gives the role.
    """

    activity: str
    role: str | None = attrs.field(converter=_role_id)
    letter: Letter = Letter.RESPONSIBLE
    clause: str = "R79"
    parameter: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.activity.strip() or any(sign.isspace() for sign in self.activity):
            raise DomainError(
                "no_activity", '{got} names no activity: give one such as "topic.invoice"', got=repr(self.activity)
            )
        if (self.role is None) == (self.parameter is None):
            raise DomainError(
                "one_role",
                "responsibility for {activity} lies with one role, or with one parameter's role",
                activity=self.activity,
            )
        if any(sign.isspace() or sign == "." for sign in self.role or "") or "." not in (self.parameter or "."):
            raise DomainError(
                "no_role",
                'responsibility for {activity} lies with {got}: give a role such as "finance", or a parameter such as '
                '"sale.deal_opener"',
                activity=self.activity,
                got=repr(self.role or self.parameter),
            )
        if not self.clause or any(sign.isspace() for sign in self.clause):
            raise DomainError(
                "no_clause", 'responsibility for {activity} rests on a clause such as "R79"', activity=self.activity
            )

    def __str__(self) -> str:
        return f"{self.letter} {self.role or self.parameter} {self.clause}"

    @classmethod
    def parse(cls, activity: str, text: str) -> Responsibility:
        """The row that its text describes.

        Raises:
            DomainError: the text is not a letter, a role or parameter, and a clause.

        >>> str(Responsibility.parse("topic.invoice", "R finance R31"))
        'R finance R31'
        """
        words = text.split()
        if len(words) != 3 or words[0] not in tuple(Letter):
            raise DomainError(
                "no_responsibility",
                '{got} is no responsibility: give a letter, a role and a clause, as in "R finance R31"',
                got=repr(text),
            )
        letter, who, clause = words
        if "." in who:
            return cls(activity, None, Letter(letter), clause, parameter=who)
        return cls(activity, who, Letter(letter), clause)


@attrs.frozen
class ResponsibilityMatrix:
    """Who is what to every activity.

    >>> matrix = ResponsibilityMatrix([Responsibility("invoice.*", "finance", clause="R31")])
    >>> matrix.who_is_responsible("invoice.issue_invoice")
    ('finance',)
    """

    rows: tuple[Responsibility, ...] = attrs.field(converter=tuple[Responsibility, ...])

    def rows_for(self, activity: str) -> tuple[Responsibility, ...]:
        """The rows that speak of an activity: by its name, or else by the longest pattern that it matches."""
        exact = tuple(row for row in self.rows if row.activity == activity)
        if exact:
            return exact
        matching = [row for row in self.rows if fnmatch.fnmatchcase(activity, row.activity)]
        longest = max((len(row.activity) for row in matching), default=0)
        return tuple(row for row in matching if len(row.activity) == longest)

    def who_is_responsible(self, activity: str) -> tuple[str, ...]:
        """The ids of the roles that do an activity, each once: nobody, one, or several who must be told apart."""
        found = (row.role for row in self.rows_for(activity) if row.letter is Letter.RESPONSIBLE)
        return tuple(dict.fromkeys(role for role in found if role is not None))

    def with_rows(self, rows: Iterable[Responsibility]) -> ResponsibilityMatrix:
        """The matrix in which some activities are settled anew, such as by resolved inquiries (R45)."""
        new = tuple(rows)
        settled = {row.activity for row in new}
        return ResponsibilityMatrix((*(row for row in self.rows if row.activity not in settled), *new))
