"""What is somebody's own: marked in the types of payloads and data, so that it can be erased from a whole record."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

INSTEAD: Final = "erased"
"""What stands in the place of what has been erased, or how that begins."""

Put: TypeAlias = Callable[[str, "PersonalMark"], str]
"""What is put in the place of a personal text."""

Swap: TypeAlias = Callable[[Any, Put], Any]
"""Puts something else in the place of every personal text in a JSON-like value."""


@attrs.frozen
class PersonalMark:
    """Marks text that tells of a person, such as a name or a number: ``Annotated[str, Personal]``.

    Args:
        instead: what stands in its place once it has been erased: it begins with "erased", and the entity takes it.
    """

    instead: str = attrs.field(default=INSTEAD, validator=attrs.validators.matches_re(f"{INSTEAD}.*"))


@attrs.frozen
class Retention:
    """That a law has personal data kept, whoever asks that they be erased.

    Attributes:
        reason: which document, by which law.
        years: for how many years after the end of that in which the case ended.
        when: for which data; by default for all.
    """

    reason: str
    years: int
    when: Callable[[Any], bool] | None = None

    def binds(self, data: object) -> bool:
        """Whether it is so for these data."""
        return self.when is None or self.when(data)


Personal: Final = PersonalMark()
"""The mark of text of which nothing is demanded."""


def personal_among(kinds: Mapping[str, Any], within: tuple[Any, ...] = ()) -> Mapping[str, Swap]:
    """Of some names with their types those that hold personal texts, each with how these are replaced."""
    return {name: swap for name, kind in kinds.items() if (swap := _swap(kind, within)) is not None}


def _swap(kind: Any, within: tuple[Any, ...]) -> Swap | None:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        mark = next((extra for extra in parts[1:] if isinstance(extra, PersonalMark)), None)
        if mark is None:
            return _swap(parts[0], within)
        found: PersonalMark = mark
        return lambda value, put: put(value, found) if value and isinstance(value, str) else value
    if origin in {Union, types.UnionType}:
        return next((swap for part in parts if (swap := _swap(part, within)) is not None), None)
    if origin in {tuple, list, frozenset, set}:
        each = _swap(parts[0], within)
        return None if each is None else lambda value, put: value and [each(one, put) for one in value]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        inner = _swap(parts[1], within)
        return (
            None if inner is None else lambda value, put: value and {key: inner(one, put) for key, one in value.items()}
        )
    if isinstance(kind, type) and attrs.has(kind) and kind not in within:
        return _of_class(kind, (*within, kind))
    return None


@lru_cache(maxsize=1024)
def _of_class(kind: Any, within: tuple[Any, ...]) -> Swap | None:
    hints = get_type_hints(kind, include_extras=True)
    swaps = personal_among({one.name: hints[one.name] for one in attrs.fields(kind)}, within)

    def swap(value: Any, put: Put) -> Any:
        if not isinstance(value, dict):
            return value
        return value | {name: one(value[name], put) for name, one in swaps.items() if value.get(name) is not None}

    return swap if swaps else None
