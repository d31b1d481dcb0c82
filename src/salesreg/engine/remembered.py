"""A directory that is asked each thing once a command: it may be slow, and a command may have to be decided anew."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

from salesreg.ports import Directory
from salesreg.rules.people import Absence, Delegation, Employee

T = TypeVar("T")

_A_WHILE: Final = 60.0
_NEVER: Final = (float("-inf"), None, None)


class Remembered(Directory):
    """A `Directory` in front of another: within a command of a thread, it knows what it has been told.

    So nothing is looked up between loading and writing when a command is tried again, and one command sees one answer.
    A tick is such a command too, and asks again after a minute: somebody for whom the directory does not answer costs
    it one wait, not one for each thing they owe.
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
        return self._asked(("employee", employee_id), lambda: self._directory.employee(employee_id))

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
        answers: dict[tuple[Any, ...], tuple[float, T | None, Exception | None]] | None
        answers = getattr(self._told, "answers", None)
        if answers is None:
            return ask()
        since, answer, wrong = answers.get(what, _NEVER)
        if time.monotonic() - since <= _A_WHILE:
            if wrong is not None:
                raise wrong.with_traceback(None)
            return cast("T", answer)
        try:
            answer = ask()
        except Exception as fault:
            answers[what] = time.monotonic(), None, fault  # what fails once would only be waited for again
            raise
        answers[what] = time.monotonic(), answer, None
        return answer
