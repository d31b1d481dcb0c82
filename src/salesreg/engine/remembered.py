"""A directory that is asked each thing once a command: it may be slow, and a command may have to be decided anew."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from salesreg.errors import UnknownEmployee
from salesreg.ports import Directory
from salesreg.rules.people import Absence, Delegation, Employee

T = TypeVar("T")


class Remembered(Directory):
    """A `Directory` in front of another: within a command of a thread, it knows what it has been told.

    So nothing is looked up between loading and writing when a command is tried again, and one command sees one answer.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._told = threading.local()

    @contextmanager
    def for_a_command(self) -> Iterator[None]:
        """Remember what is asked from here on; within another command nothing is forgotten before that one ends."""
        if getattr(self._told, "answers", None) is not None:
            yield
            return
        self._told.answers = {}
        try:
            yield
        finally:
            self._told.answers = None

    def employee(self, employee_id: str) -> Employee:
        """As the directory behind it says."""
        found = self._asked(("employee", employee_id), lambda: self._employee(employee_id))
        if isinstance(found, UnknownEmployee):
            raise found
        return found

    def _employee(self, employee_id: str) -> Employee | UnknownEmployee:
        try:
            return self._directory.employee(employee_id)
        except UnknownEmployee as unknown:
            return unknown

    def holders(self, role: str, on: dt.date) -> tuple[Employee, ...]:
        """As the directory behind it says."""
        return self._asked(("holders", role, on), lambda: self._directory.holders(role, on))

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        """As the directory behind it says."""
        return self._asked(("delegations", deputy, on), lambda: self._directory.delegations(deputy, on))

    def absences(self, on: dt.date) -> tuple[Absence, ...]:
        """As the directory behind it says."""
        return self._asked(("absences", on), lambda: self._directory.absences(on))

    def _asked(self, what: tuple[Any, ...], ask: Callable[[], T]) -> T:
        answers: dict[tuple[Any, ...], T] | None = getattr(self._told, "answers", None)
        if answers is None:
            return ask()
        if what not in answers:
            answers[what] = ask()
        return answers[what]
