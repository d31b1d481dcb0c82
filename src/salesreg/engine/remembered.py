"""A directory that is asked each thing once a command, for it may be slow, and whose answers are checked."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

from salesreg.engine.attempts import line
from salesreg.errors import DirectoryError, UnknownEmployee
from salesreg.ports import Directory
from salesreg.process.bounds import shown
from salesreg.rules.people import Absence, Delegation, Employee

T = TypeVar("T")

_A_WHILE: Final = 60.0
_QUESTIONS: Final = {
    "employee": "for the employee {}",
    "holders": "who holds the role {} on {}",
    "delegations": "what is delegated to {} on {}",
    "absences": "who is away on {}",
}
_NEVER: Final = (float("-inf"), None, None)


class Remembered(Directory):
    """A `Directory` in front of another: within a command of a thread, it knows what it has been told.

    So nothing is looked up between loading and writing when a command is tried again, and one command sees one answer.
    A tick is such a command too, and asks again after a minute: somebody for whom the directory does not answer costs
    it one wait, not one for each thing they owe.

    Whatever it raises but `UnknownEmployee`, and whatever it answers that is no answer, is a `DirectoryError`.
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

        def ask() -> Employee:
            found: object = self._directory.employee(employee_id)
            if not isinstance(found, Employee):
                raise _Wrong(f"answered with {shown(found)}, which is no Employee")
            if found.id != employee_id:
                raise _Wrong(f"answered with {found.id!r}")
            return found

        return self._asked(("employee", employee_id), ask)

    def holders(self, role: str, on: dt.date) -> tuple[Employee, ...]:
        """As the directory behind it says."""

        def ask() -> tuple[Employee, ...]:
            found = _several(self._directory.holders(role, on), Employee)
            if others := [one.id for one in found if role not in one.roles]:
                raise _Wrong(f"answered with {shown(others[0])}, who does not hold it")
            return found

        return self._asked(("holders", role, on), ask)

    def delegations(self, deputy: str, on: dt.date) -> tuple[Delegation, ...]:
        """As the directory behind it says."""

        def ask() -> tuple[Delegation, ...]:
            found = _several(self._directory.delegations(deputy, on), Delegation)
            if others := [one.deputy for one in found if one.deputy != deputy]:
                raise _Wrong(f"answered with what was delegated to {shown(others[0])}")
            return found

        return self._asked(("delegations", deputy, on), ask)

    def absences(self, on: dt.date) -> tuple[Absence, ...]:
        """As the directory behind it says."""
        return self._asked(("absences", on), lambda: _several(self._directory.absences(on), Absence))

    def _asked(self, what: tuple[Any, ...], ask: Callable[[], T]) -> T:
        answers: dict[tuple[Any, ...], tuple[float, T | None, Exception | None]] | None
        answers = getattr(self._told, "answers", None)
        if answers is None:
            return self._checked(what, ask)
        since, answer, wrong = answers.get(what, _NEVER)
        if time.monotonic() - since <= _A_WHILE:
            if wrong is not None:
                raise wrong.with_traceback(None)
            return cast("T", answer)
        try:
            answer = self._checked(what, ask)
        except Exception as fault:
            answers[what] = time.monotonic(), None, fault  # what fails once would only be waited for again
            raise
        answers[what] = time.monotonic(), answer, None
        return answer

    def _checked(self, what: tuple[Any, ...], ask: Callable[[], T]) -> T:
        try:
            return ask()
        except UnknownEmployee:
            raise
        except _Wrong as wrong:
            raise DirectoryError(f"{self._question(*what)} {wrong}") from None
        except KeyboardInterrupt:
            raise
        except BaseException as fault:
            raise DirectoryError(f"{self._question(*what)} failed: {line(fault)}") from fault

    def _question(self, kind: str, *about: object) -> str:
        asked = _QUESTIONS[kind].format(*(shown(one) if isinstance(one, str) else one for one in about))
        return f"the directory {type(self._directory).__name__} was asked {asked} and"


class _Wrong(Exception):
    """An answer that is none."""


def _several(answer: Any, kind: type[T]) -> tuple[T, ...]:
    """What was answered, if it is several of a kind; kept, for it may be asked for again."""
    if not isinstance(answer, Iterable) or isinstance(answer, str | bytes):
        raise _Wrong(f"answered with {shown(answer)}, which are no {kind.__name__} records")
    found = tuple(answer)
    for one in found:
        if not isinstance(one, kind):
            raise _Wrong(f"answered with {shown(one)} among them, which is no {kind.__name__}")
    return found
