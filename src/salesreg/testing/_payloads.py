"""Strategies for what is given: payloads of steps from their types, and regulations, right or wrong in one thing."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import attrs
import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.calendars import Term, WorkSchedule
from salesreg.errors import SalesregError
from salesreg.process import Held, Process
from salesreg.process.payload import BLANK, FUTURE, PAST, POSITIVE
from salesreg.process.references import Ref
from salesreg.process.steps import AnyStep
from salesreg.rules import UNSET, Dated, Employee, Parameter, Regulation, Role
from salesreg.rules.conduct import KERNEL_PARAMETERS
from salesreg.testing._people import ROLES, employees, roles_of, staff
from salesreg.testing._times import instants, terms

_SAID: Final = ("ok", "call of 2 March", "письмо клиента", "A-14")


@attrs.frozen
class _Known:
    """What a value may rest on: the ids of cases by process, people, and what time it is."""

    cases: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    people: tuple[Employee, ...] = ()
    at: dt.datetime | None = None


_NOTHING: Final = _Known()

# -- regulations ------------------------------------------------------------------------------------------------------


def regulations(process: type[Process[Any]], roles: Sequence[Role] = ROLES) -> SearchStrategy[Regulation]:
    """Regulations that give every parameter of a process some right value; roles are drawn from those given."""
    wanted = {parameter.name: parameter for parameter in (*process.parameters(), *KERNEL_PARAMETERS)}
    values = st.fixed_dictionaries({name: _parameter(parameter, roles) for name, parameter in wanted.items()})
    return values.map(lambda given: Regulation("any", schedule=WorkSchedule.standard()).with_settings(given))


def _parameter(parameter: Parameter[Any], roles: Sequence[Role]) -> SearchStrategy[Any]:
    kind = get_origin(parameter.type) or parameter.type
    if parameter.type is Term:
        return terms()
    if parameter.type is Role:
        return st.sampled_from([role.id for role in roles])
    if parameter.default:
        return st.just(parameter.default)
    if kind is frozenset:
        (of,) = get_args(parameter.type) or (str,)
        # Several stand in one text, parted by commas, so a text among them has none and is not blank.
        return st.frozensets(st.sampled_from(_SAID) if of is str else _value(of, _NOTHING), min_size=1, max_size=3)
    if kind is Dated:
        return _value(get_args(parameter.type)[0], _NOTHING)
    return _value(parameter.type, _NOTHING)


@attrs.frozen
class Flawed:
    """A regulation that is right but for one thing.

    Attributes:
        regulation: it, which no rulebook that has the process accepts.
        flaw: ``"missing"``: a parameter without a default has no value; ``"unread"``: nothing reads one of them.
        name: the parameter's name.
    """

    regulation: Regulation
    flaw: str
    name: str


@st.composite
def flawed_regulations(draw: st.DrawFn, process: type[Process[Any]], roles: Sequence[Role] = ROLES) -> Flawed:
    """Regulations of a process that are wrong in one thing, which is named."""
    right = draw(regulations(process, roles))
    open_ones = sorted({one.name for one in process.parameters() if one.default is UNSET})
    flaw = draw(st.sampled_from(["unread", *(["missing"] if open_ones else [])]))
    if flaw == "unread":
        return Flawed(right.with_settings({"nobody.reads_this": 1}), flaw, "nobody.reads_this")
    name = draw(st.sampled_from(open_ones))
    left = {key: value for key, value in right.settings.items() if key != name}
    return Flawed(attrs.evolve(right, settings=left), flaw, name)


# -- payloads ---------------------------------------------------------------------------------------------------------


def payloads(
    step: AnyStep,
    known: Mapping[str, tuple[str, ...]] | None = None,
    people: Iterable[Employee] = (),
    *,
    at: dt.datetime | None = None,
) -> SearchStrategy[dict[str, Any]]:
    """Payloads of a step that are right in type and mostly right in content.

    Args:
        step: the step.
        known: for each process, the ids of cases that references may name.
        people: those whom it may name; by default two of each role that the page names.
        at: when it is to be taken, so that what has happened mostly lies before and what is planned after it.
    """
    page: Any = step.page
    given = _Known(known or {}, tuple(people) or staff(roles_of(page)), at)
    fields = page.table.specs[step.id].payload.fields
    required = {field.name: _value(field.type, given) for field in fields if field.required}
    optional = {field.name: _value(field.type, given) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def teach(kind: type, strategy: Callable[[], SearchStrategy[Any]]) -> None:
    """How to draw an entity that cannot be drawn attribute by attribute, also when ``@given`` reads its annotation."""
    _TAUGHT[kind] = strategy
    st.register_type_strategy(kind, st.deferred(strategy))


def _value(kind: Any, known: _Known) -> SearchStrategy[Any]:
    """A strategy for one annotation of a payload or an entity."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _marked(args[0], args[1:], known)
    if origin in {Union, types.UnionType}:
        return st.one_of([_value(part, known) for part in args])
    if origin is tuple and args[-1] is not Ellipsis:
        return st.tuples(*(_value(part, known) for part in args))
    if origin is tuple:
        return st.lists(_value(args[0], known), min_size=1, max_size=2, unique_by=repr).map(tuple)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(*(_value(part, known) for part in args), max_size=2)
    if kind in _TAUGHT:
        return _TAUGHT[kind]()
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and attrs.has(kind):
        return _entity(kind, known)
    return st.from_type(kind)


def _marked(kind: Any, marks: Iterable[Any], known: _Known) -> SearchStrategy[Any]:
    """What an annotation demands, mostly kept."""
    for mark in marks:
        if isinstance(mark, Ref):
            return st.sampled_from([*known.cases.get(mark.process, ()), "nobody-knows-1"])
        if isinstance(mark, Held):
            fitting = [one.id for one in known.people if mark.role is None or mark.role.id in one.roles]
            return st.sampled_from(fitting or ["nobody-knows"])
        if mark is BLANK:
            return st.sampled_from([*_SAID, " "])
        if mark is POSITIVE:
            return st.integers(1, 20).map(kind)
        if mark in {PAST, FUTURE} and known.at is not None:
            return _around(known.at, forwards=mark is FUTURE)
        if isinstance(mark, msgspec.Meta) and mark.pattern is not None:
            return _matching(mark.pattern, mark.max_length or 99)
    return _value(kind, known)


def _around(at: dt.datetime, *, forwards: bool) -> SearchStrategy[dt.datetime]:
    """Instants of the weeks before or after one; now and then on the wrong side."""
    minutes = st.integers(1, 40_000) if forwards else st.integers(-40_000, 0)
    right = minutes.map(lambda minute: at + dt.timedelta(minutes=minute))
    return st.one_of(right, right, right, instants(at - dt.timedelta(days=3), at + dt.timedelta(days=3)))


def _matching(pattern: str, longest: int) -> SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: len(text) <= longest)


def _entity(kind: type[Any], known: _Known) -> SearchStrategy[Any]:
    fields = {
        field.alias: field for field in attrs.fields(attrs.resolve_types(kind, include_extras=True)) if field.init
    }
    required = {name: _value(f.type, known) for name, f in fields.items() if f.default is attrs.NOTHING and name}
    optional = {name: _value(f.type, known) for name, f in fields.items() if f.default is not attrs.NOTHING and name}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: _built(kind, given)).filter(_is_built)


def _built(kind: type[Any], given: dict[str, Any]) -> Any:
    try:
        return kind(**given)
    except SalesregError:
        return None


def _is_built(value: Any) -> bool:
    return value is not None


_TAUGHT: Final[dict[Any, Callable[[], SearchStrategy[Any]]]] = {
    str: lambda: st.sampled_from([*_SAID, "a@client.example", ""]),
    bool: st.booleans,
    int: lambda: st.integers(0, 5),
    Decimal: lambda: st.integers(1, 20).map(Decimal),
    dt.datetime: instants,
    dt.date: lambda: st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)),
    dt.time: lambda: st.sampled_from([dt.time(9), dt.time(10, 30), dt.time(17)]),
    dt.timedelta: lambda: st.integers(1, 90).map(lambda minutes: dt.timedelta(minutes=minutes)),
    Term: terms,
    Employee: employees,
}
