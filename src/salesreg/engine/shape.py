"""The shape of a page's stored data, and whether what was written in one shape can be read in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from salesreg.errors import DeclarationError
from salesreg.process.page import Process

Schema = Mapping[str, Any]
Seen = frozenset[tuple[str, str]]

_AT_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACTLY: Final = ("pattern", "multipleOf")


def shape_of(page: type[Process[Any]]) -> str:
    """The fingerprint of a page's entity: its JSON Schema in one canonical text.

    Raises:
        DeclarationError: the entity holds what cannot be recorded.
    """
    key: Any = page  # mypy holds that a class is not hashable
    return _shape(key)


@lru_cache(maxsize=256)
def _shape(page: Any) -> str:
    try:
        schema = msgspec.json.schema(page.data)
    except TypeError as wrong:
        raise DeclarationError(f"the data of {page.__name__} cannot be recorded: {wrong}") from wrong
    return msgspec.json.encode(_bare(schema), order="deterministic").decode()


def unreadable(written: str, now: str) -> tuple[str, ...]:
    """Why data of one shape can no longer be read in another, a reason each; nothing if they can."""
    if written == now:
        return ()
    try:
        old, new = msgspec.json.decode(written), msgspec.json.decode(now)
        return tuple(dict.fromkeys(_Comparison(old, new).problems(old, new, "", frozenset())))
    except (ValueError, TypeError, LookupError, AttributeError):  # damaged: no shape that a page ever had
        return ("what is kept of its shape is damaged",)


class _Comparison:
    """Two shapes side by side: what was written in the old one is to be read in the new one."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old.get("$defs", {}), new.get("$defs", {})

    def problems(self, old: Schema, new: Schema, where: str, seen: Seen) -> Iterator[str]:
        """Why not, part by part; ``where`` is the part, ``seen`` the named ones that it is a part of."""
        names = old.get("$ref", ""), new.get("$ref", "")
        if names in seen:
            return
        seen |= {names} if all(names) else set()
        old, new = _named(old, self._old), _named(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            wanted = new.get("anyOf", [new])
            for one in old.get("anyOf", [old]):
                if all(any(self.problems(one, other, where, seen)) for other in wanted):
                    yield f"{where or 'it'} may be what it may no longer be"
        elif "enum" in old:
            yield from _choices(old, new, where)
        elif old.get("type") == new.get("type") == "object":
            yield from self._objects(old, new, where, seen)
        elif old.get("type") == new.get("type") == "array":
            yield from self._arrays(old, new, where, seen)
        elif _kind(old) != _kind(new) and new and (_kind(old), _kind(new)) != ("integer", "number"):
            yield f"{where or 'it'} was {_kind(old)} and is {_kind(new)}"
        else:
            yield from _limits(old, new, where)

    def _objects(self, old: Schema, new: Schema, where: str, seen: Seen) -> Iterator[str]:
        had, has = old.get("properties"), new.get("properties")
        if had is not None and has is not None:
            for name in new.get("required", ()):
                if name not in old.get("required", ()):
                    yield f"{_at(where, name)} is new and has no default"
            for name, kind in had.items():
                if name in has:
                    yield from self.problems(kind, has[name], _at(where, name), seen)
                else:
                    yield f"{_at(where, name)} is gone"
        elif had is has is None:
            values = old.get("additionalProperties"), new.get("additionalProperties")
            if isinstance(values[1], dict):
                yield from self.problems(
                    values[0] if isinstance(values[0], dict) else {}, values[1], f"{where}.*", seen
                )
            yield from _limits(old, new, where)
        else:
            yield f"{where or 'it'} has another form"

    def _arrays(self, old: Schema, new: Schema, where: str, seen: Seen) -> Iterator[str]:
        several = isinstance(old.get("items"), dict), isinstance(new.get("items"), dict)
        one_by_one = old.get("prefixItems", ()), new.get("prefixItems", ())
        if several[0] != several[1] or len(one_by_one[0]) != len(one_by_one[1]):
            yield f"{where or 'it'} has another form"
            return
        if all(several):
            yield from self.problems(old["items"], new["items"], f"{where}[]", seen)
        for number, pair in enumerate(zip(*one_by_one, strict=True)):
            yield from self.problems(*pair, f"{where}[{number}]", seen)
        yield from _limits(old, new, where)


def _choices(old: Schema, new: Schema, where: str) -> Iterator[str]:
    """Several values that were possible; each is to be possible still, by name or as any text or number."""
    if "enum" in new:
        gone = [value for value in old["enum"] if value not in new["enum"]]
    else:
        plain: Any = {"string": str, "integer": int, "number": int}.get(_kind(new), ())
        gone = [value for value in old["enum"] if new and not isinstance(value, plain)]
    if gone:
        yield f"{where or 'it'} may be {gone[0]!r}, which is no longer known"
    else:
        yield from _limits(old, new, where)


def _limits(old: Schema, new: Schema, where: str) -> Iterator[str]:
    """Limits that are tighter than they were."""
    tighter = [name for name in _AT_LEAST if name in new and (name not in old or new[name] > old[name])]
    tighter += [name for name in _AT_MOST if name in new and (name not in old or new[name] < old[name])]
    tighter += [name for name in _EXACTLY if name in new and new[name] != old.get(name)]
    yield from (f"{where or 'it'} is held to {name} {new[name]!r}" for name in tighter)


def _named(schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    name = schema.get("$ref", "")
    return defs[name.rpartition("/")[2]] if name else schema


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _kind(schema: Schema) -> str:
    return str(schema.get("format") or schema.get("type") or ("one of several" if "enum" in schema else "anything"))


def _bare(schema: Any, *, names: bool = False) -> Any:
    """A schema without its words and defaults, which may change freely; what it names stays."""
    if isinstance(schema, dict):
        words = () if names else ("title", "description", "default")
        return {
            key: _bare(value, names=key in {"properties", "$defs"} and not names)
            for key, value in schema.items()
            if key not in words
        }
    return [_bare(one) for one in schema] if isinstance(schema, list) else schema
