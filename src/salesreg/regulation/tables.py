"""The tables of a regulation file: every fault is one sentence that names the table and what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from salesreg.calendars import Term
from salesreg.domain.people import Role
from salesreg.errors import RegulationFileError
from salesreg.regulation.norms import Norm, Parameter, Strength

__all__ = ["norm_of", "norm_table", "rows_of", "setting_of", "table"]

_NORM_TEXTS: Final = ("text", "ru", "clause", "strength", "control", "metric")


def table(
    what: str,
    given: object,
    *,
    needs: tuple[str, ...] = (),
    may: tuple[str, ...] | None = None,
    texts: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A table of a regulation file, after seeing that it has what it needs, nothing else, and texts in quotes."""
    if not isinstance(given, Mapping):
        raise RegulationFileError(f"{what} must be a table, not {given!r}")
    for name in needs:
        if name not in given:
            raise RegulationFileError(f"{what} lacks {name!r}")
    for name, value in given.items():
        if may is not None and name not in may:
            raise RegulationFileError(f"unknown key {name!r} in {what}; it may have {', '.join(may)}")
        if name in texts and not isinstance(value, str):
            raise RegulationFileError(f'{name!r} in {what} must be a text, such as {name} = "{value}", not {value!r}')
    return dict(given)


def _one_of(what: str, given: str, kinds: tuple[str, ...]) -> str:
    if given not in kinds:
        raise RegulationFileError(f"{what} must be one of {', '.join(kinds)}, not {given!r}")
    return given


def rows_of(what: str, given: object, such_as: str) -> list[str]:
    """A list of texts."""
    if not isinstance(given, list) or not all(isinstance(row, str) for row in given):
        raise RegulationFileError(f'{what} must be a list of texts such as ["{such_as}"], not {given!r}')
    return given


def setting_of(name: str, given: object, origins: tuple[str, ...]) -> dict[str, Any]:
    """A setting; a bare value is the company's own."""
    what = f"setting {name!r}"
    if not isinstance(given, Mapping):
        given = {"value": given}
    raw = table(what, given, needs=("value",), may=("value", "origin", "clause"), texts=("origin", "clause"))
    if not isinstance(raw["value"], str | int | bool):
        raise RegulationFileError(
            f"{what} must be a text, a whole number, true, false or a table, not {raw['value']!r}"
        )
    if "origin" in raw:
        _one_of(f"the origin of {what}", raw["origin"], origins)
    return raw


def norm_table(norm: Norm) -> dict[str, Any]:
    """A norm as plain values."""
    out: dict[str, Any] = {"text": norm.text, "ru": norm.ru, "clause": norm.clause, "strength": str(norm.strength)}
    if norm.binds:
        out["binds"] = sorted(map(str, norm.binds))
    if norm.term is not None:
        out["term"] = {"parameter": norm.term.name} if isinstance(norm.term, Parameter) else str(norm.term)
    if norm.pausable:
        out["pausable"] = True
    return out | {name: getattr(norm, name) for name in ("control", "metric") if getattr(norm, name)}


def norm_of(norm_id: str, raw: object) -> Norm:
    """The norm that `norm_table` wrote."""
    what = f"norm {norm_id!r}"
    may = (*_NORM_TEXTS, "binds", "term", "pausable")
    given = table(what, raw, needs=("text", "ru", "clause"), may=may, texts=_NORM_TEXTS)
    term = given.pop("term", None)
    if isinstance(term, Mapping):
        named = table(f"the term of {what}", term, needs=("parameter",), may=("parameter",), texts=("parameter",))
        term = Parameter(named["parameter"], Term, clause=given["clause"])
    elif term is not None:
        term = Term.parse(str(term))
    binds = [
        _one_of(f"what {what} binds", role, tuple(Role))
        for role in rows_of(f"what {what} binds", given.pop("binds", []), "finance")
    ]
    strength = Strength(_one_of(f"the strength of {what}", given.pop("strength", Strength.RULE), tuple(Strength)))
    if not isinstance(given.get("pausable", False), bool):
        raise RegulationFileError(f"'pausable' in {what} must be true or false, not {given['pausable']!r}")
    return Norm(norm_id, given.pop("text"), term=term, binds=binds, strength=strength, **given)
