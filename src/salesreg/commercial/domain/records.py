"""What every record of the domain keeps to: instants in UTC, several things as tuples, names that stand there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeAlias, get_args, get_origin, get_type_hints

from salesreg.errors import DomainError
from salesreg.process.payload import Text
from salesreg.process.personal import Personal, PersonalMark
from salesreg.rules.instants import Instant, to_utc
from salesreg.rules.texts import says_nothing

Own: TypeAlias = Annotated[str, Personal]
"""What tells of a person, or of a client who may be one."""

OwnText: TypeAlias = Annotated[Text, Personal]
"""The same, which a step asks for and which says something."""

Phone: TypeAlias = Annotated[str, PersonalMark("erased 0")]
"""A person's telephone number."""

Email: TypeAlias = Annotated[str, PersonalMark("erased@erased.invalid")]
"""A person's e-mail address."""


class Record:
    """A frozen record: its instants are kept in UTC and its several things as tuples, however they are given.

    Raises:
        DomainError: it would be something that cannot be; its ``_check`` says what.
    """

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        record: Any = type(self)
        for name, kept, keep in _kept(record):
            given = getattr(self, name)
            if given is not None and type(given) is not kept and (made := keep(given)) is not given:
                self._set(name, made)
        self._check()

    def _check(self) -> None:
        """Refuse what cannot be."""

    def _set(self, name: str, value: object) -> None:
        """Give an attribute, while the record is made, the value that follows from what was given."""
        object.__setattr__(self, name, value)


@cache
def _kept(record: Any) -> tuple[tuple[str, type | None, Callable[[Any], Any]], ...]:
    """The attributes that are rewritten as they are kept: each with the type that needs nothing done, and with how."""
    found: list[tuple[str, type | None, Callable[[Any], Any]]] = []
    for name, hint in get_type_hints(record, include_extras=True).items():
        if get_origin(hint) is tuple:
            of_instants = Instant in get_args(hint)
            found.append((name, None, _instants) if of_instants else (name, tuple, tuple))
        elif hint == Instant or Instant in get_args(hint):
            found.append((name, None, to_utc))
    return tuple(found)


def _instants(moments: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(map(to_utc, moments))


def said(words: str, code: str, text: str, /, **facts: Any) -> None:
    """Refuse words that say nothing, with a `DomainError` of that code, text and facts."""
    if says_nothing(words):
        raise DomainError(code, text, **facts)


def repeated(names: Iterable[str]) -> tuple[str, ...]:
    """The names that stand there more than once, in order.

    >>> repeated(["b", "a", "b"])
    ('b',)
    """
    return tuple(sorted(name for name, times in Counter(names).items() if times > 1))


def once(names: Iterable[str], code: str, text: str, /, **facts: Any) -> None:
    """Refuse names of which one stands there twice, as ``{got}`` of a `DomainError` of that code, text and facts."""
    given = tuple(names)
    if len(set(given)) < len(given):
        raise DomainError(code, text, got=repeated(given)[0], **facts)


def exact(number: object, code: str, text: str, /, **facts: Any) -> Decimal:
    """A decimal number, never from a float, which has lost its last digits already: that is ``{got}`` of the error."""
    if isinstance(number, float):
        raise DomainError(code, text, got=number, **facts)
    return Decimal(number)  # type: ignore[arg-type]  # the annotation of the attribute lets nothing else through
