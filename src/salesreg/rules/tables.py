"""The tables of a regulation file: every fault is one sentence that names the table and what would be right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final

from salesreg.calendars import Term
from salesreg.errors import BusinessTimeError, DeclarationError, ParameterTypeError, RegulationFileError
from salesreg.rules.norms import Norm, Strength
from salesreg.rules.parameters import UNSET, Parameter, Unset, scalar

_SETTING: Final = ("value", "origin", "clause")
_NORM_TEXTS: Final = ("text", "clause", "strength", "control", "metric")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """What a base says with what an overlay says differently; a norm's term takes the place of the setting for it."""
    out = dict(base)
    for name, value in over.items():
        if name == "norms" and isinstance(value, Mapping):
            settings, old = dict(out.get("settings", {})), out.get("norms", {})
            for norm, given in value.items():
                if isinstance(given, Mapping) and "term" in given:
                    term = old.get(norm, {}).get("term")
                    settings.pop(term["parameter"] if isinstance(term, Mapping) else norm, None)
            out["settings"] = settings
            out["norms"] = {**old, **{n: _over(old.get(n), given) for n, given in value.items()}}
        elif name in {"settings", "responsibilities", "translations"} and isinstance(value, Mapping):
            out[name] = {**out.get(name, {}), **value}
        else:
            out[name] = value
    return out


def _over(old: object, given: object) -> object:
    return {**old, **given} if isinstance(old, Mapping) and isinstance(given, Mapping) else given


def line_of(text: str, problem: str) -> str:
    """Where a file says what a problem quotes, as ``:line``; empty where it cannot be told."""
    said = problem.partition(": did you mean ")[0].partition(" lacks ")[0]  # these may stand elsewhere
    lines = text.splitlines()
    names = [name for found in re.findall(r"^([^\s']+\.[^\s']+)|'([^']+)'", said) for name in found if name]
    for how in (r'^\s*(\[?\S*\.)?\[?["\']?{}["\']?\s*[\]=]', "^[^#]*{}"):  # as a key, or else as a value
        for name in names:
            written = re.compile(how.format(re.escape(name)))
            for number, line in enumerate(lines, start=1):
                if written.match(line):
                    return f":{number}"
    return ""


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
    for name, value in given.items():
        if may is not None and name not in may:
            near = difflib.get_close_matches(name, may, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            if "." in name and "settings" in may:
                hint = ": values stand under [settings]"
            raise RegulationFileError(f"unknown key {name!r} in {what}; it may have {', '.join(may)}{hint}")
        if name in texts and not isinstance(value, str):
            raise RegulationFileError(f'{name!r} in {what} must be a text, such as {name} = "{value}", not {value!r}')
    for name in needs:
        if name not in given:
            raise RegulationFileError(f"{what} lacks {name!r}")
    return dict(given)


def misspelt(norms: Mapping[str, object]) -> None:
    """Refuse what changes a norm that nothing has, if one of nearly that id is there."""
    whole = [name for name, one in norms.items() if isinstance(one, Mapping) and "text" in one]
    for name, one in norms.items():
        if name not in whole and isinstance(one, Mapping) and (near := difflib.get_close_matches(name, whole, n=1)):
            raise RegulationFileError(f"no norm is called {name!r}: did you mean {near[0]!r}?")


def texts_of(what: str, given: object) -> dict[str, str]:
    """A table of texts, such as one by language."""
    return table(what, given, texts=tuple(given) if isinstance(given, Mapping) else ())


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
    elif "value" not in given and (key := next((key for key in given if key not in _SETTING), "")):
        raise RegulationFileError(
            f'unknown key {key!r} in {what}: a name with a dot stands in quotes: "{name}.{key}" = …'
        )
    raw = table(what, given, needs=("value",), may=_SETTING, texts=("origin", "clause"))
    if isinstance(raw["value"], list) and all(isinstance(one, str | int) for one in raw["value"]):
        try:
            raw["value"] = scalar(raw["value"])
        except ParameterTypeError as wrong:
            raise RegulationFileError(f"{what} cannot be read: {wrong}") from wrong
    if not isinstance(raw["value"], str | int):
        raise RegulationFileError(
            f"{what} must be a text, a whole number, true, false, a list of these or a table, not {str(raw['value'])!r}"
        )
    if "origin" in raw:
        _one_of(f"the origin of {what}", raw["origin"], origins)
    return raw


def norm_table(norm: Norm) -> dict[str, Any]:
    """A norm as plain values."""
    out: dict[str, Any] = {"text": norm.text, "clause": norm.clause, "strength": str(norm.strength)}
    if norm.translations:
        out["translations"] = dict(sorted(norm.translations.items()))
    if norm.binds:
        out["binds"] = sorted(norm.binds)
    if norm.term is not None:
        out["term"] = _term_table(norm.term) if isinstance(norm.term, Parameter) else str(norm.term)
    if norm.pausable:
        out["pausable"] = True
    return out | {name: getattr(norm, name) for name in ("control", "metric") if getattr(norm, name)}


def _term_table(term: Parameter[Term]) -> dict[str, Any]:
    """A parameter that gives a term, with what it gives where nothing else is said."""
    default = {} if isinstance(term.default, Unset) else {"default": str(term.default)}
    return {"parameter": term.name, **default}


def _term_of(what: str, raw: object, clause: str) -> Term | Parameter[Term]:
    try:
        if not isinstance(raw, Mapping):
            return Term.parse(str(raw))
        needs, may = ("parameter",), ("parameter", "default")
        given = table(f"the term of {what}", raw, needs=needs, may=may, texts=may)
        default = Term.parse(given["default"]) if "default" in given else UNSET
        return Parameter(given["parameter"], Term, clause=clause, default=default)
    except (BusinessTimeError, DeclarationError) as wrong:
        raise RegulationFileError(f"the term of {what} cannot be read: {wrong}") from wrong


def norm_of(norm_id: str, raw: object) -> Norm:
    """The norm that `norm_table` wrote."""
    what = f"norm {norm_id!r}"
    may = (*_NORM_TEXTS, "translations", "binds", "term", "pausable")
    given = table(what, raw, needs=("text", "clause"), may=may, texts=_NORM_TEXTS)
    given["translations"] = texts_of(f"the translations of {what}", given.get("translations", {}))
    term = _term_of(what, given["term"], given["clause"]) if "term" in given else None
    given.pop("term", None)
    binds = rows_of(f"what {what} binds", given.pop("binds", []), "finance")
    strength = Strength(_one_of(f"the strength of {what}", given.pop("strength", Strength.RULE), tuple(Strength)))
    if not isinstance(given.get("pausable", False), bool):
        raise RegulationFileError(f"'pausable' in {what} must be true or false, not {given['pausable']!r}")
    return Norm(norm_id, given.pop("text"), given.pop("clause"), binds, term=term, strength=strength, **given)
