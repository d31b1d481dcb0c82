"""Compensation plans from a TOML file; whatever is wrong is said with the file, the line and what would be right."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from salesreg.calendars import Term
from salesreg.commercial.domain.indicators import Basis
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.schemes import (
    Band,
    CompensationScheme,
    Compliance,
    Curve,
    Kind,
    Measure,
    Part,
    Prorated,
    Span,
    TeamFund,
    Tiers,
    number,
)
from salesreg.errors import BusinessTimeError, DomainError, RegulationFileError
from salesreg.rules.tables import line_of, table

E = TypeVar("E", bound=StrEnum)
_WORDS: Final = (
    "version", "schedule", "leave_rules", "time_off_rules", "settlement_order", "plan_rule", "bonus_rules",
    "conditions",
)  # fmt: skip
_DATES: Final = ("salary_date", "bonus_date", "leave_pay_rule")
_COMPLIANCE: Final = ("late", "least", "reward", "partial", "weights", "otherwise", "applies_to")


def load_plans(path: str | Path) -> tuple[CompensationPlan, ...]:
    """The compensation plans of a file, one a position.

    Raises:
        RegulationFileError: the file cannot be opened, is not TOML, or holds no plans. Names the line where it can.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        raw = tomllib.loads(text, parse_float=Decimal)
    except OSError as wrong:
        raise RegulationFileError(f"cannot read the plans {str(path)!r}: {wrong.strerror}") from wrong
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise RegulationFileError(f"{str(path)!r} is not TOML: {wrong}") from wrong
    found = []
    position = ""
    try:
        plans = table("[plans]", table("the file", raw, may=("plans",)).get("plans", {}))
        for position, given in plans.items():
            found.append(plan_of(position, given))
    except (RegulationFileError, DomainError, BusinessTimeError) as wrong:
        problem = str(wrong) if isinstance(wrong, RegulationFileError) else f"{position!r} cannot be read: {wrong}"
        raise RegulationFileError(f"{path}{_line(text, position, problem)}: {problem}") from wrong
    if not found:
        raise RegulationFileError(f'{path}: there is no plan in it: begin one, such as [plans."sales manager"]')
    return tuple(found)


def _line(text: str, position: str, problem: str) -> str:
    """Where the file says it, looked for from the plan of the position on."""
    lines = text.splitlines(keepends=True)
    begins = next((number for number, one in enumerate(lines) if position and position in one and "[" in one), 0)
    return line_of("\n" * begins + "".join(lines[begins:]), problem) or (f":{begins + 1}" if position else "")


def plan_of(position: str, given: object) -> CompensationPlan:
    """One plan from its table."""
    what = f"the plan of {position!r}"
    raw = table(what, given, needs=("version",), may=(*_WORDS, *_DATES, "salary", "scheme"), texts=(*_WORDS, *_DATES))
    more: dict[str, Any] = {name: raw[name] for name in _WORDS[1:] if name in raw}
    for name in (one for one in _DATES if one in raw):
        more[name] = _read(name, what, lambda text: Term.parse(str(text)), raw[name])
    if "salary" in raw:
        more["salary"] = _money("salary", what, raw["salary"])
    if "scheme" in raw:
        more["scheme"] = scheme_of(position, raw["scheme"])
    return CompensationPlan(position, raw["version"], **more)


def scheme_of(position: str, given: object) -> CompensationScheme:
    """One scheme from its table."""
    what = f"the scheme of {position!r}"
    raw = table(what, given, may=tuple(_SCHEME))
    given_by_name = {name: _SCHEME[name](name, what, value) for name, value in raw.items()}
    return CompensationScheme(**given_by_name)


def _compliance(name: str, of: str, given: object) -> Compliance:
    what = f"the {name} of {of}"
    raw = table(what, given, needs=("late", "least", "reward", "partial"), may=_COMPLIANCE)
    raw["partial"] = _curve("partial", what, raw["partial"])
    weights = table(f"the weights of {what}", raw.get("weights", {}))
    raw["weights"] = _numbers(f"the weights of {what}", weights, *weights)
    raw |= _numbers(what, raw, "late", "least", "reward", "otherwise")
    if "applies_to" in raw:
        raw["applies_to"] = _several("applies_to", what, Part, raw["applies_to"])
    return Compliance(**raw)


def _team(name: str, of: str, given: object) -> TeamFund:
    what, both = f"the {name} of {of}", ("fund", "attainment")
    raw = table(what, given, needs=both, may=both)
    return TeamFund(_money("fund", what, raw["fund"]), _curve("attainment", what, raw["attainment"]))


def _tiers(name: str, of: str, given: object) -> Tiers:
    what = f"the {name} of {of}"
    needs = ("kind", "measure", "bands")
    raw = table(what, given, needs=needs, may=needs)
    bands = []
    if not isinstance(raw["bands"], list) or not raw["bands"]:
        raise RegulationFileError(f"'bands' of {what} is a list of tables such as {{ from = 0, rate = 0.02 }}")
    for place, one in enumerate(raw["bands"], 1):
        band = table(f"'bands', number {place}, of {what}", one, needs=("from", "rate"), may=("from", "to", "rate"))
        exact = _numbers(f"'bands', number {place}, of {what}", band, *band)
        bands.append(Band(exact["from"], exact.get("to"), exact["rate"]))
    kind = _one_of("kind", what, Kind, raw["kind"])
    return Tiers(kind, _one_of("measure", what, Measure, raw["measure"]), tuple(bands))


def _curve(name: str, what: str, given: object) -> Curve:
    if not isinstance(given, list) or not all(isinstance(one, list) and len(one) == 2 for one in given):
        such = "[[0.7, 0.5], [1, 1]]"
        raise RegulationFileError(f"{name!r} in {what} must be a list of points such as {such}, not {given!r}")
    found: Curve = _read(name, what, lambda points: Curve.through(*((one[0], one[1]) for one in points)), given)
    return found


def _numbers(what: str, raw: Mapping[str, Any], *names: str) -> dict[str, Decimal]:
    return {name: _number(name, what, raw[name]) for name in names if name in raw}


def _money(name: str, what: str, given: object) -> Money:
    def read(value: Any) -> Money:
        return Money(*str(value).split(maxsplit=1)) if isinstance(value, str) else Money(value)

    found: Money = _read(name, what, read, given)
    return found


def _read(name: str, what: str, how: Any, given: object) -> Any:
    try:
        return how(given)
    except (DomainError, BusinessTimeError) as wrong:
        raise RegulationFileError(f"{name!r} in {what} cannot be read: {wrong}") from wrong


def _one_of(name: str, what: str, kind: type[E], given: object) -> E:
    if given not in list(kind):
        raise RegulationFileError(f"{name!r} in {what} must be one of {', '.join(kind)}, not {given!r}")
    return kind(str(given))


def _several(name: str, what: str, kind: type[E], given: object) -> tuple[E, ...]:
    if not isinstance(given, list):
        raise RegulationFileError(f"{name!r} in {what} must be a list of {', '.join(kind)}, not {given!r}")
    return tuple(_one_of(name, what, kind, one) for one in given)


def _number(name: str, what: str, given: object) -> Decimal:
    found: Decimal = _read(name, what, number, given)
    return found


def _count(name: str, what: str, given: object) -> int:
    if type(given) is not int:
        raise RegulationFileError(f"{name!r} in {what} must be a whole number such as 3, not {given!r}")
    return given


_SCHEME: Final[dict[str, Callable[[str, str, Any], Any]]] = {
    "basis": lambda name, what, given: _one_of(name, what, Basis, given),
    "per": lambda name, what, given: _one_of(name, what, Span, given),
    "target": _money,
    "attainment": _curve,
    "no_plan": _number,
    "compliance": _compliance,
    "commission": _tiers,
    "team": _team,
    "cap": _money,
    "prorate": lambda name, what, given: _several(name, what, Prorated, given),
    "carry": _count,
    "newcomer_months": _count,
    "newcomer_attainment": _number,
}
"""How each key of a scheme is read."""
