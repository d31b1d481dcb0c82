"""What a database brings: connections, and on each of them statements that are carried out alone or together.

The SQL is SQLite's: values as ``?`` or ``:name``, hints to its planner. A comment that begins with ``+`` holds what
PostgreSQL needs in that place, such as a row lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, TypeVar

from salesreg.adapters.sql.rows import Row

T = TypeVar("T")
Values = Sequence[object] | Mapping[str, object]


class Statement(NamedTuple):
    """SQL with its values.

    Attributes:
        check: looks at how many rows were written and at those that were answered, and raises if it was not to be so.
    """

    sql: str
    values: Values
    check: Callable[[int, list[Row]], None] | None = None


class Session(Protocol):
    """A transaction."""

    one_by_one: bool
    """Whether each statement is carried out before the next is asked for, so that one may rest on what came before."""

    def ask(self, sql: str, values: Values = ()) -> list[Row]:
        """The rows that answer a question."""

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """The rows that answer each of several questions, in one round trip."""

    def write(self, statements: Iterable[Statement]) -> None:
        """Carry out statements in as few round trips as can be, and check each."""


class Connections(Protocol):
    """Where transactions are made."""

    @property
    def read_only(self) -> bool:
        """Whether nothing is written through them."""

    def read(self, work: Callable[[Any], T]) -> T:
        """Run questions that see one moment."""

    def ask_all(self, questions: Sequence[tuple[str, Values]]) -> list[list[Row]]:
        """The rows that answer each of several questions, at one moment."""

    def write(self, work: Callable[[Any], T]) -> T:
        """Run changes: all of them are kept when this returns, and none if it raises."""

    def alone(self) -> AbstractContextManager[None]:
        """One transaction of this thread, while nobody else writes: what it reads and writes is part of it."""

    def held(self) -> AbstractContextManager[Connections]:
        """One moment, kept until it is let go of."""

    def close(self) -> None:
        """Let go of the connections; closing twice is closing once."""
