"""What a page declares and inherits, collected by name along the inheritance, and compiled to its table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, get_args, get_origin

import attrs

from salesreg.errors import DeclarationError
from salesreg.process.stages import Named, several
from salesreg.process.steps import FirstStep, Step
from salesreg.process.table import Table, hints_of, undeclared
from salesreg.rules.parameters import Page, Parameter

__all__ = ["compile_page", "entity_of"]

_ASKED: Final = frozenset({"keys", "key_refusal", "on_hold", "began"})
_ADDED: Final = frozenset(
    {"id", "version", "title", "open_to_newcomers", "retention", "searchable", "facts", "charges", "filled", *_ASKED}
)
"""What a process may say of itself; everything else of `Process` is read by the engine."""
_MARKS: Final = frozenset(
    {"child_started", "child_ended", "migrated", "record_corrected", "personal_data_erased", "unborn"}
)
"""What the engine and the machine call what is no step."""


def compile_page(
    page: type[Page[Any]],
    process: str,
    version: int,
    title: str,
    data: type,
    *,
    without: Named | Parameter[Any] | Iterable[Named | Parameter[Any]],
    searchable: Mapping[str, Callable[[Any], Any]],
    reserved: Collection[str],
) -> Table:
    """The table of a class that has just been made; what it inherits comes first, each thing in its place, by name.

    Every step that it inherits becomes its own, so that its commands name it.

    Raises:
        DeclarationError: the page contradicts itself.
    """
    own = _written(page)
    declared: dict[str, Any] = {}
    for klass in reversed(page.__mro__[1:]):
        _collect(declared, klass, _written(klass), vars(klass).get("_without", frozenset()))
    gone = frozenset(_dropped(page, several(without), declared, own))
    _collect(declared, page, own, gone)
    _check_names(page, own, reserved)
    _check_exceptions(page, process, declared)
    for name, value in declared.items():
        if isinstance(value, Step | FirstStep):
            if name in own and not hasattr(value, "page"):
                value.page = page
            else:  # what is inherited, or declared elsewhere, stays what it is there
                declared[name] = value.owned_by(page)
                setattr(page, name, declared[name])
    page._declared = {name: declared[name] for name in own}  # type: ignore[attr-defined]
    page._without = gone  # type: ignore[attr-defined]
    return Table(page.__name__, process, version, title, data, declared, searchable, _functions(page, declared))


def _written(klass: type) -> Mapping[str, Any]:
    """What a class declares itself; what a page inherits stands there too once it is compiled, but is not its own."""
    found: Mapping[str, Any] = vars(klass).get("_declared", vars(klass))
    return {name: value for name, value in found.items() if isinstance(value, Named | Parameter)}


def _collect(declared: dict[str, Any], klass: type, own: Mapping[str, Any], gone: Collection[str]) -> None:
    """Put what a class declares in the place of what stood there by that name, and take away what it goes without."""
    for name in gone:
        declared.pop(name, None)
    for name, value in own.items():
        if isinstance(value, Named) and value.id != name:
            raise DeclarationError(f"{klass.__name__}.{name} is {value.id!r} already: declare it anew")
        if name in declared and type(declared[name]) is not type(value):
            was, now = type(declared[name]).__name__, type(value).__name__
            raise DeclarationError(f"{klass.__name__}.{name} is a {now} and takes the place of a {was}: rename it")
        declared[name] = value
    for name, value in vars(klass).items():
        if isinstance(value, Named | Parameter):
            continue
        if name in declared:
            raise DeclarationError(
                f"{klass.__name__}.{name} hides the declaration of that name: declare a step or stage anew"
            )
        if any(isinstance(getattr(value, inner, None), Named) for inner in ("fget", "func", "__func__")):
            raise DeclarationError(f"{klass.__name__}.{name} is wrapped in a {type(value).__name__}: declare it bare")


def _dropped(
    page: type, without: Iterable[object], declared: Mapping[str, Any], own: Mapping[str, Any]
) -> Iterator[str]:
    """The names of what a page goes without."""
    for one in without:
        names = [
            name
            for name, value in declared.items()
            if type(value) is type(one) and (value == one or getattr(one, "id", None) == name)
        ]
        if not names:
            raise DeclarationError(f"{page.__name__} goes without {one!r}, which nothing that it inherits declares")
        if names[0] in own:
            raise DeclarationError(f"{page.__name__} goes without {names[0]!r} and declares it: leave one out")
        yield names[0]


def _check_names(page: type, own: Mapping[str, Any], reserved: Collection[str]) -> None:
    """Nothing on a page takes the place of what every process has, but what a process may add."""
    for name, value in vars(page).items():
        if name in own and name in _MARKS:
            raise DeclarationError(f"{page.__name__}.{name} is what the engine calls an event: choose another name")
        if name in reserved and (name in own or name not in _ADDED):
            raise DeclarationError(
                f"{page.__name__}.{name} would take the place of Process.{name}: choose another name"
            )
        if name in _ASKED and not isinstance(value, classmethod):
            raise DeclarationError(f"{page.__name__}.{name} is asked of the page, not under a regulation: @classmethod")


def _check_exceptions(page: type, process: str, declared: Mapping[str, Any]) -> None:
    """What ``anywhere(but=...)`` leaves out is a stage of the page, or one that it or a parent goes without."""
    known = {*declared, *(name for klass in page.__mro__ for name in _written(klass))}
    for step in declared.values():
        for way in getattr(getattr(step, "route", None), "ways", ()):
            for stage in way.but:
                if getattr(stage, "id", "") not in known:
                    raise undeclared(f"{process}.{step.id}", stage, page.__name__)


def entity_of(page: type, base: type, given: type | None = None) -> type[Any]:
    """The attrs class that a process works on: given, from its own type argument, or inherited.

    Raises:
        DeclarationError: it says none.
    """
    own = [get_args(one)[0] for one in vars(page).get("__orig_bases__", ()) if get_origin(one) is base]
    kind = given or next(iter(own), None) or getattr(page, "data", None)
    if not isinstance(kind, type) or not attrs.has(kind):
        raise DeclarationError(
            f"process {page.__name__} must say which attrs class it works on: class {page.__name__}(Process[Deal])"
        )
    hints_of(kind.__name__, kind)
    attrs.resolve_types(kind, include_extras=True)
    return kind


def _functions(page: type, declared: Mapping[str, Any]) -> Iterator[Any]:
    """Those of the steps as they are, of what they may reach by ``super()``, of their guards, and the page's others."""
    for step in (one for one in declared.values() if isinstance(one, Step | FirstStep)):
        yield from (one for one in step.requires if inspect.isfunction(one))
        for klass in page.__mro__:
            written = _written(klass).get(step.id)
            if isinstance(written, Step | FirstStep) and written.run is not None:
                yield written.run
    for klass in page.__mro__:
        if "_declared" in vars(klass) or not issubclass(klass, Page):
            for value in vars(klass).values():
                found = getattr(value, "__func__", value)
                if inspect.isfunction(found):
                    yield found
