"""Every error that salesreg raises on purpose, in one tree.

::

    SalesregError
    ├── BusinessTimeError (ValueError)      a calendar was asked something it cannot answer
    │   ├── NaiveDatetimeError              a datetime without a time zone where an instant is expected
    │   ├── TermSyntaxError                 a term that is not of the grammar
    │   ├── ScheduleError                   weekly hours, closures or short days that contradict themselves
    │   ├── UnknownCountryError             a country or subdivision without a holiday calendar
    │   └── CalendarHorizonError            a date beyond what the calendar knows
    ├── DomainError (ValueError)            an entity that cannot be: a negative price, a tax id that is none
    ├── DeclarationError (TypeError)        a process class that cannot be compiled
    ├── RegulationError
    │   ├── ParameterNotSet (LookupError)   values that the source leaves open and nobody has given
    │   ├── ParameterTypeError (TypeError)  a value of another type than its parameter's
    │   ├── RegulationMismatch (ValueError)   a regulation that says what nothing reads, all of it
    │   └── RegulationFileError (ValueError)  a regulation file that cannot be read
    ├── CommandError                        a command that was not carried out; nothing has changed
    │   ├── UnknownProcess (LookupError)
    │   ├── UnknownStep (LookupError)
    │   ├── UnknownAttribute (LookupError)  nothing that cases are found by has that name
    │   ├── UnknownEmployee (LookupError)
    │   ├── CaseNotFound (LookupError)
    │   ├── CaseMismatch (ValueError)       a case of another process, or a first step on an existing case
    │   ├── PayloadError (ValueError)       missing, unknown or mistyped payload fields, all of them
    │   ├── OutOfOrder (ValueError)         an instant earlier than the case's last event
    │   └── StepRefused                     the regulation says no: every reason, and what may be done instead
    ├── StoreError
    │   ├── VersionConflict                 somebody else wrote the case first
    │   ├── KeyTaken                        a unique key is held by another case
    │   ├── CommandKeyReused (ValueError)   one command key for two different commands
    │   ├── StoreUrlError (ValueError)      a store address that names no adapter
    │   ├── NotADatabase                    the file is not a database of salesreg, or is damaged
    │   ├── SchemaTooNew                    written by a later salesreg
    │   ├── SchemaOutdated                  needs `salesreg db upgrade`
    │   ├── StoreUnavailable                busy, full, read-only or out of reach
    │   │   └── OutcomeUnknown              the connection was lost while a command was being committed
    │   └── RecordError (ValueError)        a stored record this program cannot read
    │       ├── UnknownStage                a stage that the process does not have
    │       └── OrphanedCases               running cases whose process version or regulation is missing
    ├── DirectoryError                      a directory that failed, or whose answer is none: nothing was done
    ├── ImplausibleClock                    a clock too far from the last tick: nothing was done
    ├── MappingError (ValueError)           a foreign log, or what is said of it, that cannot be read
    ├── NotifierUrlError (ValueError)       an address that names no notifier
    ├── StudyError (ValueError)             a simulation of something that a log does not show, or cannot be
    ├── MigrationRefused (ValueError)       running cases that cannot be moved to another page; none was
    └── MissingExtraError (ImportError)     an optional dependency that is not installed

Each error is one sentence that says what was wrong, with which value, and what would be right, and carries the
same facts as attributes.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import msgspec

__all__ = [
    "BusinessTimeError",
    "CalendarHorizonError",
    "CaseMismatch",
    "CaseNotFound",
    "CommandError",
    "CommandKeyReused",
    "DeclarationError",
    "DirectoryError",
    "DomainError",
    "ImplausibleClock",
    "KeyTaken",
    "MappingError",
    "MigrationRefused",
    "MissingExtraError",
    "NaiveDatetimeError",
    "NotADatabase",
    "NotifierUrlError",
    "OrphanedCases",
    "OutOfOrder",
    "OutcomeUnknown",
    "ParameterNotSet",
    "ParameterTypeError",
    "PayloadError",
    "RecordError",
    "Refusal",
    "RegulationError",
    "RegulationFileError",
    "RegulationMismatch",
    "SalesregError",
    "ScheduleError",
    "SchemaOutdated",
    "SchemaTooNew",
    "Sentence",
    "StepRefused",
    "StoreError",
    "StoreUnavailable",
    "StoreUrlError",
    "StudyError",
    "TermSyntaxError",
    "UnknownAttribute",
    "UnknownCountryError",
    "UnknownEmployee",
    "UnknownProcess",
    "UnknownStage",
    "UnknownStep",
    "VersionConflict",
]


class SalesregError(Exception):
    """The root: catch it to catch everything that salesreg raises on purpose."""

    def __str__(self) -> str:
        # The message alone: what else an error is made of are its facts.
        return str(self.args[0]) if self.args else ""


class BusinessTimeError(SalesregError, ValueError):
    """A calendar was asked something it cannot answer."""


class NaiveDatetimeError(BusinessTimeError):
    """A datetime without a time zone where an instant is expected."""


class TermSyntaxError(BusinessTimeError):
    """A term that is not of the grammar."""


class ScheduleError(BusinessTimeError):
    """Weekly hours, closures or short days that contradict themselves."""


class UnknownCountryError(BusinessTimeError):
    """A country or subdivision without a holiday calendar."""


class CalendarHorizonError(BusinessTimeError):
    """A date beyond what the calendar knows."""


def safe(text: str) -> str:
    r"""A text on one line, its control characters spelled out: data steer neither a terminal nor a letter's headers.

    >>> safe("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return "".join(sign if sign.isprintable() or sign == "\u00a0" else repr(sign)[1:-1] for sign in text)


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    return tuple(string.Formatter().parse(text))


@lru_cache(maxsize=4096)
def placeholders(text: str) -> frozenset[str]:
    """What a sentence names.

    >>> sorted(placeholders("{n} {n:plural|day|days} for {who:role}"))
    ['n', 'who']
    """
    return frozenset(name for _, name, *_ in _parts(text) if name)


class Sentence(string.Formatter):
    """An English sentence with its facts: ids stand for themselves, several things are listed, numbers are counted.

    ``{items:lines}`` lists several things one below the other.

    >>> Sentence().vformat("{n} {n:plural|day|days} for {who:role}", (), {"n": 2, "who": ("ceo", "it")})
    '2 days for ceo, it'
    """

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """The sentence with its facts; each is read once and said many times."""
        out = []
        for literal, name, spec, _ in _parts(format_string):
            out.append(literal)
            if name is not None:
                value = self.get_value(name, args, kwargs) if name in kwargs else self.get_field(name, args, kwargs)[0]
                out.append(value if type(value) is str and not spec else self.format_field(value, spec or ""))
        return "".join(out)

    def format_field(self, value: Any, format_spec: str) -> str:
        """A fact as the placeholder wants it."""
        kind, _, rest = format_spec.partition("|")
        if kind == "plural":
            return rest.split("|")[self.plural(int(value))]
        if isinstance(value, tuple | list | set | frozenset):
            listed = sorted(value, key=str) if isinstance(value, set | frozenset) else value
            if kind == "lines":
                return "\n".join(f"— {self.named(one, rest)}" for one in listed)
            return ", ".join(self.format_field(one, format_spec) for one in listed) or "—"
        return self.named(value, kind)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The fact of a name; the placeholder itself where there is none, for a refusal is never lost over its text."""
        return kwargs.get(key, f"{{{key}}}") if isinstance(key, str) else super().get_value(key, args, kwargs)

    def plural(self, number: int) -> int:
        """Which of the forms a whole number takes."""
        return int(number != 1)

    def named(self, value: Any, kind: str) -> str:
        """One fact; ``kind`` says what it is the id of, such as ``role``."""
        if value is None:
            return "—"
        if kind == "title":
            return str(value).partition(".")[2]
        return str(value).replace("_", " ") if kind == "field" else str(value)


class DomainError(SalesregError, ValueError):
    """An entity that cannot be: a negative price, a tax id that is none.

    Attributes:
        code: what a program compares, such as ``"bad_tax_id"``.
        text: the sentence in English with ``{placeholders}``.
        facts: what the placeholders name.

    >>> str(DomainError("no_price", "{got} is no price", got=-1))
    '-1 is no price'
    """

    def __init__(self, code: str, text: str, /, **facts: Any) -> None:
        super().__init__(code, text)
        self.code: str = code
        self.text: str = text
        self.facts: Mapping[str, Any] = facts

    def __str__(self) -> str:
        return Sentence().vformat(self.text, (), self.facts)


class DeclarationError(SalesregError, TypeError):
    """A process class that cannot be compiled."""


class RegulationError(SalesregError):
    """A regulation that cannot be used as it is."""


class ParameterNotSet(RegulationError, LookupError):
    """Values that the source leaves open and nobody has given.

    Attributes:
        names: the parameters that are missing, all of them.
    """

    def __init__(self, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message, tuple(names))
        self.names: tuple[str, ...] = tuple(names)


class ParameterTypeError(RegulationError, TypeError):
    """A value of another type than its parameter's."""


class RegulationMismatch(RegulationError, ValueError):
    """A regulation that says what nothing reads, or in another form than it is read in.

    Attributes:
        problems: one sentence each.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message, tuple(problems))
        self.problems: tuple[str, ...] = tuple(problems)


class RegulationFileError(RegulationError, ValueError):
    """A regulation file that cannot be read."""


class CommandError(SalesregError):
    """A command that was not carried out; nothing has changed."""


class UnknownProcess(CommandError, LookupError):
    """No process of that id."""


class UnknownStep(CommandError, LookupError):
    """No step of that id in the process."""


class UnknownAttribute(CommandError, LookupError):
    """Nothing that cases are found by has that name."""


class UnknownEmployee(CommandError, LookupError):
    """No employee of that id in the directory."""


class CaseNotFound(CommandError, LookupError):
    """No case of that id in the store."""


class CaseMismatch(CommandError, ValueError):
    """A case of another process, or a first step on an existing case."""


class PayloadError(CommandError, ValueError):
    """Missing, unknown or mistyped payload fields.

    Attributes:
        problems: one sentence a field.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message, tuple(problems))
        self.problems: tuple[str, ...] = tuple(problems)


class OutOfOrder(CommandError, ValueError):
    """An instant earlier than the case's last event."""


class Refusal(msgspec.Struct, frozen=True):
    """One reason why the regulation says no, as data: it reads in any language that a rulebook has.

    Attributes:
        code: what a program compares, unique in its process, such as ``"wrong_role"``.
        text: the reason in English, in one clause of a sentence, with ``{placeholders}`` for `need`, `got` and `facts`.
        need: what would be right, as plain ids and values.
        got: what was found instead.
        facts: what else the sentence names.
        clause: the requirement or law article behind it, such as ``"R10"``; the step's own unless given.
        process: the id of the process that refuses; filled in by the decision.
    """

    code: str
    text: str
    need: Any = None
    got: Any = None
    facts: Mapping[str, Any] = {}
    clause: str | None = None
    process: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """Everything that the sentence may name."""
        return {"need": self.need, "got": self.got, **self.facts}

    def __str__(self) -> str:
        """The reason in English with its clause; ids stand for themselves.

        >>> str(Refusal("too_many", "{got} of {need} are enough", need=2, got=3, clause="R10"))
        '3 of 2 are enough (R10)'
        """
        words = Sentence().vformat(self.text, (), self.values)
        return f"{words} ({self.clause})" if self.clause else words


class StepRefused(CommandError):
    """The regulation says no.

    Attributes:
        step: the id of the step.
        refusals: every reason, each with its code, clause, need and got.
        allowed: ids of the steps that this actor may take on the case now.
        after: the step that this one follows from, where a reaction asked for it.
        stopped_by: what the step ran into after it had refused, if anything.
        speak: how a refusal reads in a language; set by the engine, which knows the rulebook's texts.
    """

    def __init__(
        self,
        step: str,
        refusals: Sequence[Refusal] = (),
        allowed: Sequence[str] = (),
        *,
        actor: str = "",
        stopped_by: Exception | None = None,
    ) -> None:
        super().__init__(step, tuple(refusals), tuple(allowed))
        self.step: str = step
        self.refusals: tuple[Refusal, ...] = tuple(refusals)
        self.allowed: tuple[str, ...] = tuple(allowed)
        self.actor: str = actor
        self.stopped_by: Exception | None = stopped_by
        self.after: str = ""
        self.speak: Callable[[Refusal, str], str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The texts stay where they are: in another process the reasons read in English.
        return type(self), self.args, {**vars(self), "speak": None}

    def reasons(self, lang: str = "en") -> tuple[str, ...]:
        """Every reason with its clause, for people."""
        if self.speak is None:
            return tuple(map(str, self.refusals))
        return tuple(self.speak(one, lang) for one in self.refusals)

    def __str__(self) -> str:
        instead = f". {self.actor} may: {', '.join(self.allowed)}" if self.allowed else ""
        follows = f", which follows from {self.after}," if self.after else ""
        return f"{self.step}{follows} refused: {'; '.join(self.reasons())}{instead}"


class StoreError(SalesregError):
    """The store did not do what it was asked; nothing was written."""


class VersionConflict(StoreError):
    """Somebody else wrote the case first.

    Attributes:
        case_id: the case whose version moved on.
    """

    def __init__(self, message: str, case_id: str = "") -> None:
        super().__init__(message, case_id)
        self.case_id = case_id


class KeyTaken(StoreError):
    """A unique key is held by another case.

    Attributes:
        key: the key.
        holder: the id of the case that holds it.
    """

    def __init__(self, message: str, key: str = "", holder: str = "") -> None:
        super().__init__(message, key, holder)
        self.key = key
        self.holder = holder


class CommandKeyReused(StoreError, ValueError):
    """One command key for two different commands."""


class StoreUrlError(StoreError, ValueError):
    """A store address that names no adapter."""


class NotADatabase(StoreError):
    """The file is not a database of salesreg, or is damaged."""


class SchemaTooNew(StoreError):
    """The database was written by a later salesreg."""


class SchemaOutdated(StoreError):
    """The database needs `salesreg db upgrade`."""


class StoreUnavailable(StoreError):
    """The store is busy, full, read-only or out of reach."""


class OutcomeUnknown(StoreUnavailable):
    """The connection was lost during a commit, which may have been kept: the repeated `command_key` settles it."""


class RecordError(StoreError, ValueError):
    """A stored record that this program cannot read."""


class UnknownStage(RecordError):
    """A stored case stands in a stage that its process does not have."""


class OrphanedCases(RecordError):
    """Running cases whose process version or regulation is missing.

    Attributes:
        missing: what is missing, one line each.
    """

    def __init__(self, message: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message, tuple(missing))
        self.missing: tuple[str, ...] = tuple(missing)


class DirectoryError(SalesregError):
    """The directory failed, or answered with what is no answer; nothing was changed."""


class ImplausibleClock(SalesregError):
    """The clock stands further from the last tick than it is believed; nothing was done."""


class MigrationRefused(SalesregError, ValueError):
    """Running cases that cannot be moved to another page, and why; none was.

    Attributes:
        cases: the id of each case, with its reasons.
    """

    def __init__(self, message: str, cases: Sequence[tuple[str, Sequence[str]]] = ()) -> None:
        super().__init__(message, tuple(cases))
        self.cases: tuple[tuple[str, tuple[str, ...]], ...] = tuple((case, tuple(reasons)) for case, reasons in cases)


class MappingError(SalesregError, ValueError):
    """A foreign log that cannot be read, or a mapping that does not say what it means."""


class NotifierUrlError(SalesregError, ValueError):
    """An address that names no notifier, or not as it should be."""


class StudyError(SalesregError, ValueError):
    """A simulation that is asked for what a log does not show, or for what cannot be."""


class MissingExtraError(SalesregError, ImportError):
    """An optional dependency that is not installed; the message names the extra that brings it."""

    def __init__(self, message: str, extra: str = "") -> None:
        super().__init__(message)
        self.extra = extra


def need(package: str, extra: str, why: str) -> None:
    """Do nothing if an optional package is installed; MissingExtraError names the extra that brings it if it is not."""
    try:
        import_module(package)
    except ImportError:
        raise MissingExtraError(f"{why}: pip install 'salesreg[{extra}]'", extra=extra) from None
