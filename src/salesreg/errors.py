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
    │   └── RegulationFileError (ValueError)  a regulation file that cannot be read
    ├── CommandError                        a command that was not carried out; nothing has changed
    │   ├── UnknownProcess (LookupError)
    │   ├── UnknownStep (LookupError)
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
    │   ├── StoreUnavailable                busy, full or read-only
    │   └── RecordError (ValueError)        a stored record this program cannot read
    │       ├── UnknownStage                a stage that the process does not have
    │       └── OrphanedCases               running cases whose process version or regulation is missing
    └── MissingExtraError (ImportError)     an optional dependency that is not installed

Each error is one sentence that says what was wrong, with which value, and what would be right, and carries the
same facts as attributes.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

__all__ = [
    "BusinessTimeError",
    "CalendarHorizonError",
    "CaseMismatch",
    "CaseNotFound",
    "CommandError",
    "CommandKeyReused",
    "DeclarationError",
    "DomainError",
    "KeyTaken",
    "MissingExtraError",
    "NaiveDatetimeError",
    "NotADatabase",
    "OrphanedCases",
    "OutOfOrder",
    "ParameterNotSet",
    "ParameterTypeError",
    "PayloadError",
    "RecordError",
    "Refusal",
    "RegulationError",
    "RegulationFileError",
    "SalesregError",
    "ScheduleError",
    "SchemaOutdated",
    "SchemaTooNew",
    "StepRefused",
    "StoreError",
    "StoreUnavailable",
    "StoreUrlError",
    "TermSyntaxError",
    "UnknownCountryError",
    "UnknownEmployee",
    "UnknownProcess",
    "UnknownStage",
    "UnknownStep",
    "VersionConflict",
]


class SalesregError(Exception):
    """The root: catch it to catch everything that salesreg raises on purpose."""


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


class DomainError(SalesregError, ValueError):
    """An entity that cannot be: a negative price, a tax id that is none."""


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

    def __str__(self) -> str:
        return str(self.args[0])


class ParameterTypeError(RegulationError, TypeError):
    """A value of another type than its parameter's."""


class RegulationFileError(RegulationError, ValueError):
    """A regulation file that cannot be read."""


class CommandError(SalesregError):
    """A command that was not carried out; nothing has changed."""


class UnknownProcess(CommandError, LookupError):
    """No process of that id."""


class UnknownStep(CommandError, LookupError):
    """No step of that id in the process."""


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

    def __str__(self) -> str:
        return str(self.args[0])


class OutOfOrder(CommandError, ValueError):
    """An instant earlier than the case's last event."""


@attrs.frozen
class Refusal:
    """One reason why the regulation says no.

    Attributes:
        code: what a program compares, such as ``"wrong_role"``.
        message: the reason in English, in one clause of a sentence.
        clause: the requirement or law article behind it, such as ``"R10"``.
        need: what would be right.
        got: what was found instead.
        ru: the reason in Russian.
    """

    code: str
    message: str
    clause: str | None = attrs.field(default=None, kw_only=True)
    need: object = attrs.field(default=None, kw_only=True)
    got: object = attrs.field(default=None, kw_only=True)
    ru: str = attrs.field(default="", kw_only=True)

    def text(self, lang: str = "en") -> str:
        """The reason with its clause, in English or Russian.

        >>> Refusal("no_reason", "a reason is required", ru="нужна причина", clause="R10").text("ru")
        'нужна причина (R10)'
        """
        words = self.ru if lang == "ru" and self.ru else self.message
        return f"{words} ({self.clause})" if self.clause else words


class StepRefused(CommandError):
    """The regulation says no.

    Attributes:
        refusals: every reason, each with its code, clause, need and got.
        allowed: ids of the steps that this actor may take on the case now.
    """

    def __init__(self, message: str, refusals: Sequence[Refusal] = (), allowed: Sequence[str] = ()) -> None:
        super().__init__(message, tuple(refusals), tuple(allowed))
        self.refusals: tuple[Refusal, ...] = tuple(refusals)
        self.allowed: tuple[str, ...] = tuple(allowed)

    def __str__(self) -> str:
        return str(self.args[0])


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

    def __str__(self) -> str:
        return str(self.args[0])


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

    def __str__(self) -> str:
        return str(self.args[0])


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
    """The store is busy, full or read-only."""


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

    def __str__(self) -> str:
        return str(self.args[0])


class MissingExtraError(SalesregError, ImportError):
    """An optional dependency that is not installed; the message names the extra that brings it."""

    def __init__(self, message: str, extra: str = "") -> None:
        super().__init__(message)
        self.extra = extra
