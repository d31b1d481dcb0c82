"""The door: what a caller says is checked here, before anything is looked up or written."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from salesreg.errors import NaiveDatetimeError, PayloadError, UnknownEmployee
from salesreg.process.bounds import dated, shown, text
from salesreg.process.case import Case, Obligation
from salesreg.process.payload import LONGEST
from salesreg.process.steps import Command, Opening
from salesreg.rules.instants import to_utc
from salesreg.rules.people import Employee
from salesreg.rules.texts import says_nothing

T = TypeVar("T")

OWN: Final = 200
"""How long a caller's own id for a case, or a command key, may be."""
LOOKED_UP: Final = 1_000
"""How long any id may be by which something is looked up: the engine's own say what they follow from."""
MOST: Final = 1_000_000
"""The most rows of one answer."""
TIMER_KEY: Final = "timer:"
"""How the command keys of timers begin."""


def line(what: str, given: object, longest: int = LOOKED_UP) -> str:
    """What somebody or something is named by: text that people can read, and no more than a line of it."""
    if isinstance(given, str) and 0 < len(given) <= longest and given.isprintable() and given.strip() == given:
        return given
    raise PayloadError(f"{what} is 1 to {longest:,} printable characters without spaces around, not {shown(given)}")


def maybe_line(what: str, given: object) -> str | None:
    """The same, where nothing may be said."""
    return None if given is None else line(what, given)


def case_id(given: object) -> str:
    """The id of a case, from the case or its id."""
    return line("a case's id", given.id if isinstance(given, Case) else given)


def own_id(process: str, given: str | None) -> None:
    """A caller's id for a case is none that the engine would give: to a duty of a day, to a child, or by drawing."""
    if given is None:
        return
    line("a case's id", given, OWN)
    if ":" in given or re.fullmatch(rf"{re.escape(process)}-[0-9a-f]{{16}}", given):
        raise PayloadError(f"a case's id of your own has no colon and no drawn number, and {given!r} is the engine's")


def own_key(given: str | None) -> None:
    """A caller's key for a command is none that the engine would give to a timer."""
    if given is not None and line("a command key", given, OWN).startswith(TIMER_KEY):
        raise PayloadError(f"a command key of your own does not begin with {TIMER_KEY!r}, and {given!r} does")


def person(given: object) -> Employee | str:
    """Whoever a caller names; a ready-made actor, such as the system's, is the engine's own."""
    if isinstance(given, Employee):
        return given
    if not isinstance(given, str):
        raise UnknownEmployee(f"say who it is as an employee or by their id, not as {shown(given)}")
    return line("an employee's id", given)


def process_id(given: object) -> str | None:
    """The id of a process, from its class or its id, where any process may be meant."""
    return maybe_line("a process", getattr(given, "id", given) if isinstance(given, type) else given)


def named_by(command: Command[Any] | Opening[Any]) -> str:
    """The id of the process that a command is for, whatever the class or version."""
    page: Any = command.page
    return line("a process", getattr(page, "id", page))


def fields(payload: object) -> Mapping[str, Any]:
    """A payload as a caller gives it: one mapping, so that it never shares names with what the engine is asked."""
    if payload is not None and not isinstance(payload, Mapping):
        raise PayloadError(f"a payload is one mapping of fields to values, not a {type(payload).__name__}")
    return payload or {}


def of_kind(what: str, given: object, kind: type[T]) -> T:
    """Something of a kind that is said in a word."""
    if isinstance(given, kind):
        return given
    raise PayloadError(f"{what} is of type {kind.__name__}, not {shown(given)}")


def entry(given: object) -> Obligation:
    """An obligation as the engine has given it out."""
    found = of_kind("an obligation", given, Obligation)
    line("an obligation's id", found.id)
    case_id(found.case)
    return found


def mapping(what: str, given: object) -> Iterable[tuple[Any, Any]]:
    """Names and values, if any are given."""
    if given is not None and not isinstance(given, Mapping):
        raise PayloadError(f"{what} is a mapping, not {shown(given)}")
    return (given or {}).items()


def sought(where: object) -> dict[str, str]:
    """What cases are found by, spelled as it is kept."""
    found = {}
    for name, value in mapping("where", where):
        said = words(f"what cases are found by in where={{{shown(name)}: ...}}", value, LOOKED_UP)
        found[of_kind("a name in where", name, str)] = unicodedata.normalize("NFC", said)
    return found


def reason(given: object) -> str:
    """Why something is done, which cannot be left out."""
    why = words("a reason", given)
    if says_nothing(why):
        raise PayloadError(f"a reason says why it is done, and {shown(given)} says nothing")
    return why


def several(what: str, given: object) -> tuple[str, ...]:
    """Several texts: one text is not several."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise PayloadError(f"{what} are several texts, not {shown(given)}")
    return tuple(words(f"one of {what}", one) for one in given)


def moment(what: str, given: object) -> dt.datetime:
    """An instant as it is kept."""
    if not isinstance(given, dt.datetime):
        raise PayloadError(f"{what} is an aware datetime, not {shown(given)}")
    try:
        return dated(to_utc(dated(given)))
    except NaiveDatetimeError:
        raise
    except (ValueError, OverflowError) as wrong:
        raise PayloadError(f"{what}: {wrong}") from None


def maybe_moment(what: str, given: object) -> dt.datetime | None:
    """The same, where nothing may be said."""
    return None if given is None else moment(what, given)


def words(what: str, given: object, longest: int = LONGEST) -> str:
    """Text of any number of lines, or of none."""
    said = of_kind(what, given, str)
    try:
        return text(said, longest)
    except ValueError as wrong:
        raise PayloadError(f"{what}: {wrong}") from None


def place(given: object) -> int:
    """A place in the log, after seeing that it is one."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**63:
        return given
    raise PayloadError(f"a place in the log is a whole number from 0 on, not {shown(given)}")


def counted(given: object, what: str = "limit") -> int:
    """How many at most, or which version, after seeing that it is a whole number from 1 on."""
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST:
        return given
    raise PayloadError(f"{what} is a whole number from 1 to {MOST:,}, not {shown(given)}")
