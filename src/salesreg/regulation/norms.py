"""What a rule is: norms, the parameters they leave open, and where a value came from (R84, R85, R87, R88, R91)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any, Final, Generic, TypeVar, cast, final

import attrs

from salesreg.calendars import Term
from salesreg.domain.people import Role
from salesreg.errors import BusinessTimeError, DeclarationError, ParameterTypeError

__all__ = ["UNSET", "Norm", "Parameter", "Strength", "Unset"]

T = TypeVar("T")


@final
class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""The value of a parameter that the source leaves open and nobody has given."""


class Strength(StrEnum):
    """How much a norm binds: only the breach of a rule can have consequences (R87, R88)."""

    RULE = "rule"
    RECOMMENDATION = "recommendation"
    DEFINITION = "definition"


@attrs.frozen
class Parameter(Generic[T]):
    """A value that the source leaves open, cut or ambiguous; a regulation gives it.

    Attributes:
        name: dotted, unique, such as ``"sale.price_approval"``.
        type: `Term`, `Role`, `bool`, `int`, `Decimal`, `str`, `datetime.time` or an enum.
        clause: the requirement that leaves it open.
        doc: what it means, in English.
        ru: the same in Russian.
        default: used when a regulation gives nothing; `UNSET` for what the source left open.
    """

    name: str
    type: type[T]
    clause: str | None = attrs.field(default=None, kw_only=True)
    doc: str = attrs.field(default="", kw_only=True)
    ru: str = attrs.field(default="", kw_only=True)
    default: T | Unset = attrs.field(default=UNSET, kw_only=True)

    def convert(self, value: object) -> T:
        """The value as this parameter's type, from itself or from its text.

        Raises:
            ParameterTypeError: the value is of another type; the message says what would be right.

        >>> Parameter("invoice.issue", Term).convert("30 working minutes")
        Term('30 working minutes')
        """
        if isinstance(value, self.type) and not (self.type is int and isinstance(value, bool)):
            return value
        reader = _READERS.get(self.type)
        try:
            if isinstance(value, str) and reader is not None:
                return cast("T", reader(value))
            if isinstance(value, str) and issubclass(self.type, Enum):
                return self.type(value)
        except (ValueError, InvalidOperation) as wrong:
            detail = f": {wrong}" if isinstance(wrong, BusinessTimeError) else ""
            raise ParameterTypeError(f"{self.name} must be {self.wanted}, not {value!r}{detail}") from wrong
        raise ParameterTypeError(f"{self.name} must be {self.wanted}, not {value!r}")

    @property
    def wanted(self) -> str:
        """What a right value looks like, for error messages."""
        if issubclass(self.type, Enum):
            return "one of " + ", ".join(str(member.value) for member in self.type)
        return _WANTED.get(self.type, self.type.__name__)


_READERS: Final[dict[type, Any]] = {Term: Term.parse, Decimal: Decimal, dt.time: dt.time.fromisoformat}
_WANTED: Final[dict[type, str]] = {
    Term: 'a term such as "2 business days"',
    Decimal: 'a decimal number such as "0.20"',
    dt.time: 'a time of day such as "09:00"',
    bool: "true or false",
    int: "a whole number",
    str: "text",
}


def scalar(value: object) -> str | int | bool:
    """A parameter's value as the plain text, number or truth value that a regulation keeps."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, dt.time):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    return str(value)


def _roles(given: Iterable[Role | str]) -> frozenset[Role]:
    return frozenset(Role(role) for role in given)


@attrs.frozen
class Norm:
    """One sentence of the regulation and everything that follows from it.

    Attributes:
        id: dotted, unique, such as ``"sale.open_deal"``.
        text: the rule in English, in our own words.
        ru: the rule in Russian.
        clause: the requirement or law article behind it.
        strength: rule, recommendation or definition.
        binds: the roles it binds; empty means everybody.
        term: how long, as a `Term`, its text, or the parameter that gives it.
        pausable: whether its clock may stand still while the case is on hold.
        control: how keeping it is checked (R85).
        metric: the indicator it feeds (R85).
    """

    id: str
    text: str
    ru: str = attrs.field(kw_only=True)
    clause: str = attrs.field(kw_only=True)
    strength: Strength = attrs.field(default=Strength.RULE, kw_only=True)
    binds: frozenset[Role] = attrs.field(default=frozenset(), converter=_roles, kw_only=True)
    term: Term | Parameter[Term] | None = attrs.field(default=None, kw_only=True)
    pausable: bool = attrs.field(default=False, kw_only=True)
    control: str = attrs.field(default="", kw_only=True)
    metric: str = attrs.field(default="", kw_only=True)

    @term.validator
    def _check_term(self, _: object, value: object) -> None:
        if value is not None and not isinstance(value, Term | Parameter):
            raise DeclarationError(f"norm {self.id!r}: term must be a Term or a Parameter of one, not {value!r}")

    def words(self, lang: str = "en") -> str:
        """The rule's text in English or Russian."""
        return self.ru if lang == "ru" else self.text

    def __hash__(self) -> int:
        return hash(self.id)
