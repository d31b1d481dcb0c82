"""Hypothesis strategies for what salesreg works with: valid by construction, and small when they shrink.

`@given` resolves our types by itself once this module is imported, which the ``hypothesis`` entry point does.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

import attrs
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesreg.calendars import BusinessCalendar, Term, Unit, WorkSchedule
from salesreg.decide import available, decide
from salesreg.domain.clients import ClientDraft, ClientKind, Contact, Counterparty
from salesreg.domain.money import Money
from salesreg.domain.people import SYSTEM, Department, Employee, Role
from salesreg.domain.prices import QuoteLine
from salesreg.errors import SalesregError
from salesreg.obligations import LADDER_PARAMETERS
from salesreg.processes import Case, Process, Step
from salesreg.processes._payload import Field
from salesreg.regulation import Parameter, Regulation

__all__ = [
    "calendars",
    "cases",
    "employees",
    "instants",
    "money",
    "payloads",
    "quote_lines",
    "regulations",
    "schedules",
    "staff",
    "tax_ids",
    "terms",
]

_WEIGHTS: Final = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_WORDS: Final = st.sampled_from(["ok", "call of 2 March", "письмо клиента", "A-14"])


def instants(
    first: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    last: dt.datetime = dt.datetime(2026, 12, 31, tzinfo=dt.UTC),
) -> SearchStrategy[dt.datetime]:
    """Aware instants in UTC, whole minutes, within years whose Russian calendar is decreed."""
    minutes = int((last - first).total_seconds()) // 60
    return st.integers(0, minutes).map(lambda minute: first + dt.timedelta(minutes=minute))


def terms() -> SearchStrategy[Term]:
    """Forward terms of every unit that counts, up to two weeks or so."""
    days = st.builds(Term, st.integers(1, 10), st.sampled_from([Unit.BUSINESS_DAY, Unit.CALENDAR_DAY]))
    work = st.builds(Term, st.integers(1, 600), st.sampled_from([Unit.WORKING_MINUTE, Unit.MINUTE]))
    return days | work


def schedules() -> SearchStrategy[WorkSchedule]:
    """Office hours in several zones, with and without lunch."""
    return st.builds(
        WorkSchedule.standard,
        start=st.sampled_from(["08:00", "09:00", "10:30"]),
        end=st.sampled_from(["17:00", "18:00", "19:15"]),
        lunch=st.sampled_from([None, "13:00-14:00", "12:30-13:15"]),
        timezone=st.sampled_from(["Europe/Moscow", "Asia/Yekaterinburg", "Europe/Berlin"]),
    )


def calendars() -> SearchStrategy[BusinessCalendar]:
    """Business calendars of Russia with several schedules."""
    return schedules().map(BusinessCalendar.russia)


def money(*, most: int = 1_000_000) -> SearchStrategy[Money]:
    """Positive amounts in roubles, to the kopeck."""
    return st.decimals(Decimal("0.01"), Decimal(most), places=2, allow_nan=False, allow_infinity=False).map(Money)


@st.composite
def tax_ids(draw: st.DrawFn) -> str:
    """Tax ids of legal entities with a right check digit."""
    body = draw(st.integers(10_000_000_0, 99_999_999_9))
    digits = [int(digit) for digit in f"{body:09}"]
    return f"{body:09}{sum(w * d for w, d in zip(_WEIGHTS, digits, strict=True)) % 11 % 10}"


def employees(roles: SearchStrategy[frozenset[Role]] | None = None) -> SearchStrategy[Employee]:
    """People with one to three roles."""
    some = st.frozensets(st.sampled_from(list(Role)), min_size=1, max_size=3) if roles is None else roles
    return st.builds(
        Employee,
        st.sampled_from(["anna", "boris", "olga", "faina", "igor"]),
        st.just("Somebody"),
        some,
        st.sampled_from(list(Department)),
    )


def staff() -> tuple[Employee, ...]:
    """Two people for every role that acts, and one who holds all of them, each with an address."""
    roles = [role for role in Role if role not in {Role.CLIENT, Role.SYSTEM}]
    people = [
        Employee(f"{role}.{n}", f"{role.text().capitalize()} {n}", [role], email=f"{role}.{n}@firm.example")
        for role in roles
        for n in (1, 2)
    ]
    return (*people, Employee("everything", "Everything at once", roles, email="all@firm.example"))


def regulations(process: type[Process[Any]]) -> SearchStrategy[Regulation]:
    """Regulations that give every parameter of a process some right value."""
    wanted = {parameter.name: parameter for parameter in (*process.parameters(), *LADDER_PARAMETERS)}
    values = st.fixed_dictionaries({name: _parameter(parameter) for name, parameter in wanted.items()})
    return values.map(lambda given: Regulation("any", schedule=WorkSchedule.standard()).with_settings(given))


def _parameter(parameter: Parameter[Any]) -> SearchStrategy[Any]:
    if parameter.type is Term:
        return terms()
    if parameter.type is Role:
        return st.sampled_from([Role.FINANCE, Role.IT_STAFF, Role.HEAD_OF_COMMERCIAL])
    if isinstance(parameter.default, parameter.type):
        return st.just(parameter.default)
    return _value(parameter.type)


def quote_lines() -> SearchStrategy[QuoteLine]:
    """Lines of a quote with and without a discount."""
    return st.builds(
        QuoteLine,
        st.sampled_from(["CERT", "TEST", "POLICY"]),
        money(),
        st.integers(0, 30).map(Decimal),
        st.just(Decimal(1)),
    )


def payloads(step: Step, known: Mapping[str, tuple[str, ...]] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Payloads of a step that are right in type and mostly right in content.

    Args:
        step: the step.
        known: for each process, the ids of cases that references may name.
    """
    required = {f.name: _field(f, known or {}) for f in step.payload.fields if f.required}
    optional = {f.name: _field(f, known or {}) for f in step.payload.fields if not f.required}
    return st.fixed_dictionaries(required, optional=optional)


def _field(field: Field, known: Mapping[str, tuple[str, ...]]) -> SearchStrategy[Any]:
    return _value(field.type, known)


def _value(kind: Any, known: Mapping[str, tuple[str, ...]] | None = None) -> SearchStrategy[Any]:
    """A strategy for one annotation of a payload or an entity."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        ref = next((extra for extra in args[1:] if hasattr(extra, "process")), None)
        if ref is not None:
            return st.sampled_from([*(known or {}).get(ref.process, ()), "nobody-knows-1"])
        return _value(args[0], known)
    if origin in {Union, types.UnionType}:
        return st.one_of([_value(part, known) for part in args])
    if origin is tuple:
        return st.lists(_value(args[0], known), min_size=1, max_size=2, unique_by=repr).map(tuple)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(_WORDS, _WORDS, max_size=2)
    if kind in _KNOWN:
        known_one: SearchStrategy[Any] = _KNOWN[kind]()
        return known_one
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and attrs.has(kind):
        return _entity(kind, known)
    return st.from_type(kind)


def _entity(kind: type[Any], known: Mapping[str, tuple[str, ...]] | None) -> SearchStrategy[Any]:
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


def _contacts() -> SearchStrategy[Contact]:
    phones = st.sampled_from(["+7 495 000-00-01", "+7 495 000-00-02"])
    return st.builds(Contact, st.just("D. Ivanov"), phone=phones, email=st.just("ivanov@client.example"))


def _drafts() -> SearchStrategy[ClientDraft]:
    firms = st.sampled_from([("7707083893", "770701001"), ("7736050003", "773601001")])
    return firms.map(lambda ids: ClientDraft("Client", ClientKind.B2B, inn=ids[0], kpp=ids[1]))


def _counterparties() -> SearchStrategy[Counterparty]:
    return tax_ids().map(lambda inn: Counterparty(f"cp-{inn}", "Client", inn, "770701001"))


_KNOWN: Final[dict[Any, Any]] = {
    str: lambda: st.sampled_from(["ok", "call of 2 March", "письмо клиента", "A-14", "a@client.example", ""]),
    bool: st.booleans,
    int: lambda: st.integers(0, 5),
    Decimal: lambda: st.integers(1, 20).map(Decimal),
    dt.datetime: instants,
    dt.date: lambda: st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)),
    dt.timedelta: lambda: st.integers(1, 90).map(lambda minutes: dt.timedelta(minutes=minutes)),
    Term: terms,
    Money: money,
    Employee: lambda: st.sampled_from(staff()),
    QuoteLine: quote_lines,
    Contact: _contacts,
    ClientDraft: _drafts,
    Counterparty: _counterparties,
}


@st.composite
def cases(draw: st.DrawFn, process: type[Process[Any]], *, regulation: Regulation, steps: int = 12) -> Case[Any]:
    """Cases in any stage, reached by legal steps and therefore always valid.

    Args:
        draw: given by Hypothesis.
        process: the process.
        regulation: the regulation they run under.
        steps: at most so many attempts; refused ones are left out.
    """
    at = draw(instants(last=dt.datetime(2025, 12, 31, tzinfo=dt.UTC)))
    case: Case[Any] | None = None
    for _ in range(steps):
        options = _options(process, case, at, regulation)
        if not options:
            break
        step, people = draw(st.sampled_from(options))
        try:
            case = decide(
                process,
                case,
                step,
                by=draw(st.sampled_from(people)),
                at=at,
                regulation=regulation,
                case_id="case-1" if case is None else None,
                **draw(payloads(step)),
            ).case
        except SalesregError:
            continue
        at += dt.timedelta(minutes=draw(st.integers(0, 3000)))
    assume(case is not None)
    return cast("Case[Any]", case)


def _options(
    process: type[Process[Any]], case: Case[Any] | None, at: dt.datetime, regulation: Regulation
) -> list[tuple[Step, list[Employee]]]:
    """The steps that somebody may take next, each with those who may."""
    people = (*staff(), SYSTEM)
    able: dict[Step, list[Employee]] = {}
    if case is None:
        for step in process.first_steps():
            able[step] = [one for one in people if any(who in one.roles for who in step.by)] or list(people)
        return list(able.items())
    for one in people:
        for option in available(process, case, by=one, at=at, regulation=regulation):
            if option.allowed:
                able.setdefault(option.step, []).append(one)
    return list(able.items())


def register() -> None:
    """Let ``@given`` resolve our types by their annotations; called by the ``hypothesis`` entry point."""
    for kind in (Term, Money, QuoteLine, ClientDraft, Counterparty):
        st.register_type_strategy(kind, _KNOWN[kind]())
    st.register_type_strategy(Employee, employees())
    st.register_type_strategy(WorkSchedule, schedules())
    st.register_type_strategy(BusinessCalendar, calendars())
