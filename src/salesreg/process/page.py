"""The base of every process: subclass it with the entity it works on, and write its stages and steps in the body."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar, TypeVar

import msgspec

from salesreg.errors import DeclarationError, Refusal
from salesreg.process.bounds import encode_hook
from salesreg.process.case import Case
from salesreg.process.charges import TAKE_OVER, in_charge, take_over
from salesreg.process.check import Finding, findings
from salesreg.process.clocks import Recurring, Sla, Timer
from salesreg.process.declared import compile_page, entity_of
from salesreg.process.guarantees import Guarantees, guarantees
from salesreg.process.personal import Retention
from salesreg.process.stages import Named, Stage
from salesreg.process.steps import AnyStep, Command, Opening
from salesreg.process.table import Table
from salesreg.process.who import STAGE_OWNER, Charge
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Page, Parameter
from salesreg.rules.regulation import Regulation
from salesreg.rules.responsibilities import Letter, Responsibility
from salesreg.rules.roles import SYSTEM, Role, known_by

D = TypeVar("D")


class Process(Page[D]):
    """A business process; an instance is its page under one regulation, whose parameters are values there.

    ``class OurSale(Sale, without=[Sale.recall_submission])`` inherits everything but a step: declarations are collected
    along the inheritance and resolve by name.

    Attributes:
        id: unique name, such as ``"sale"``.
        version: goes up when running cases would read differently.
        title: for people, in English.
        open_to_newcomers: whether its steps may be taken before acknowledging the rules of one's role (R98).
        retention: that a law has the personal data of its ended cases kept, if one does.
        searchable: what its cases can be found by, each read from the data as a text, several, or None.
        facts: what messages about its cases may name beside that, each read from the data; ``what`` is what people know
            a case by, if not by its ``client`` and ``number``.
        charges: whom the data put in charge; a page with some has the step ``take_over`` of their superiors, and its
            cases are found by ``in_charge``.
        table: the compiled page; ``stages``, ``steps``, ``slas``, ``timers``, ``duties`` and ``data`` are its own.
    """

    id: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[str] = ""
    open_to_newcomers: ClassVar[bool] = False
    searchable: ClassVar[Mapping[str, Callable[[Any], str | Iterable[str] | None]]] = {}
    facts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    charges: ClassVar[tuple[Charge[Any], ...]] = ()
    retention: ClassVar[Retention | None] = None
    table: ClassVar[Table]
    data: ClassVar[type[Any]]
    stages: ClassVar[Mapping[str, Stage]]
    steps: ClassVar[Mapping[str, AnyStep]]
    slas: ClassVar[Mapping[str, Sla]]
    timers: ClassVar[Mapping[str, Timer]]
    duties: ClassVar[Mapping[str, Recurring]]

    def __init_subclass__(
        cls,
        *,
        without: Sequence[Named | Parameter[Any]] = (),
        entity: type[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if not isinstance(getattr(cls, "id", None), str):
            raise DeclarationError(f'process {cls.__name__} needs an id, such as id = "sale"')
        known_by("process", cls.id)
        if type(cls.version) is not int or cls.version < 1:
            raise DeclarationError(f"the version of {cls.__name__} is a whole number from 1 on, not {cls.version!r}")
        found: dict[str, Any] = {}
        for klass in reversed(cls.__mro__):
            own = vars(klass).get("searchable", {})
            if not isinstance(own, Mapping) or not all(map(callable, own.values())):
                raise DeclarationError(
                    f"{klass.__name__}.searchable names how each is read, "
                    f'such as {{"client": lambda deal: deal.client.name}}, not {own!r}'
                )
            found |= own
        if cls.charges:
            found["in_charge"] = partial(in_charge, cls.charges)
        if vars(cls).get("charges") and TAKE_OVER not in vars(cls):
            setattr(cls, TAKE_OVER, take_over(cls.charges))
        cls.table = compile_page(
            cls,
            cls.id,
            cls.version,
            cls.title or cls.__name__,
            entity_of(cls, Process, entity),
            without=without,
            searchable=found,
            reserved=_RESERVED,
        )
        cls.title = cls.table.title
        cls.data, cls.stages, cls.steps = cls.table.data, cls.table.stages, cls.table.steps
        cls.slas, cls.timers, cls.duties = cls.table.slas, cls.table.timers, cls.table.duties

    # -- what a process may add -----------------------------------------------------------------------------------

    @classmethod
    def keys(cls, data: D) -> Iterable[str]:
        """The unique keys that a case holds, such as ``"deal.number:17"``; no two cases may hold one."""
        return ()

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """What to say when another case holds a key that this one needs."""
        return Refusal(
            "key_taken", "{got} belongs to case {holder} already", got=key, facts={"holder": holder}, process=cls.id
        )

    @classmethod
    def on_hold(cls, data: D) -> bool:
        """Whether the case is on hold, so that the clocks that may pause stand still."""
        return False

    def filled(
        self, _step: str, payload: Mapping[str, Any], _today: dt.date, _taken: Callable[[str], bool], /
    ) -> Mapping[str, Any]:
        """The payload of a step with what the caller leaves to the page, such as the next number in a series.

        The engine asks before it decides: it gives the step, the payload, the day, and whether a case holds a key.
        """
        return payload

    @classmethod
    def began(cls, data: D) -> dt.datetime | None:
        """Where facts may be older than the case: when what it is about began. No fact may be older than that."""
        return None

    @classmethod
    @cache
    def told(cls) -> Mapping[str, Callable[[Any], Any]]:
        """Everything that messages may name of its data: what it is searchable by, and its facts."""
        own = [vars(klass).get("facts", {}) for klass in reversed(cls.__mro__)]
        return {**cls.table.searchable, **{name: read for facts in own for name, read in facts.items()}}

    @classmethod
    def known_as(cls, case: Case[Any], read: Callable[[str], Any] | None = None) -> str:
        """What people know a case by: what its page tells as ``what``, else its client and its numbers, else its id.

        Args:
            case: a case of this process.
            read: gives a fact by its name; by default as the data have it.
        """
        told = cls.told()
        read = read or (lambda name: told[name](case.data))
        for names in (("what",), ("client", "number")):
            known = [read(name) for name in names if name in told]
            parts = [one for value in known if value for one in (value if isinstance(value, tuple) else (value,))]
            if parts:
                return ", ".join(map(str, parts))
        return case.id

    # -- asking for steps from outside ----------------------------------------------------------------------------

    @classmethod
    def command(cls, step: str, payload: Mapping[str, Any] | None = None) -> Command[Any] | Opening[Any]:
        """The command for a step by its id, as a form or a queue gives it.

        Raises:
            UnknownStep: the process has none.
        """
        kind: Any = Opening if cls.table.step(step).begins else Command
        made: Command[Any] | Opening[Any] = kind(step, payload or {}, cls)
        return made

    @classmethod
    def payload_schema(cls, step: str) -> dict[str, Any]:
        """A step's payload as JSON Schema, draft 2020-12.

        Raises:
            UnknownStep: the process has none.
        """
        cls.table.step(step)
        return cls.table.specs[step].payload.schema()

    # -- the page as written --------------------------------------------------------------------------------------

    @classmethod
    def norms(cls) -> tuple[Norm, ...]:
        """The norms that the process enforces, in the order of its stages, deadlines and steps."""
        return cls.table.norms()

    @classmethod
    def parameters(cls) -> tuple[Parameter[Any], ...]:
        """Every parameter whose value the process needs."""
        return cls.table.read()

    @classmethod
    def responsibilities(cls) -> tuple[Responsibility, ...]:
        """The process's zones of responsibility: who takes each step, who owns its stage, and who is told (R79)."""
        found: dict[Responsibility, None] = {}
        for step in cls.steps.values():
            ways = [way for routes in cls.table.routes[step.id].values() for way in routes]
            owners = [way.source.owner for way in ways if way.source is not None]
            for who in step.by:
                for one in owners if who is STAGE_OWNER else [who]:
                    found |= _zone(cls.id, step, one, Letter.RESPONSIBLE)
            for one in () if any(way.general for way in ways) else owners:
                found |= _zone(cls.id, step, one, Letter.ACCOUNTABLE)
            for told in step.notify:
                found |= _zone(cls.id, step, told, Letter.INFORMED)
        return tuple(found)

    @classmethod
    def check(cls) -> tuple[Finding, ...]:
        """What is wrong with the process as written; the shipped ones have no findings.

        Finds unreachable stages, dead ends, open stages without an owner or without a term or a reason for none,
        steps that nobody may take or that are possible nowhere, checks whose refusals are dropped, and norms and
        parameters that nothing uses.
        """
        return tuple(findings(cls.table, _beside(cls)))

    @classmethod
    def guarantees(cls, regulation: Regulation | None = None) -> Guarantees:
        """What every case has been through in each stage, and who could take one from start to end alone.

        Args:
            regulation: gives the roles that parameters leave open; without one they count as roles of their own.
        """
        return guarantees(cls.table, regulation)

    @classmethod
    def machine(cls) -> type[Any]:
        """The same definition as a python-statemachine class, with fresh states: to draw, to drive, to listen to.

        Its events are the steps. Send them with ``data`` (before), ``after`` (as the function leaves them) and
        ``attempt``; the guards are validators and raise `StepRefused`.
        """
        from salesreg.process.machine import build

        return build(cls.table, cls.__doc__)

    @classmethod
    def encode(cls, data: D) -> bytes:
        """The data as JSON."""
        return msgspec.json.encode(data, enc_hook=encode_hook)


_RESERVED = frozenset(
    name for name in {*dir(Process), *Process.__annotations__, *Page.__annotations__} if not name.startswith("__")
)


def _beside(cls: type[Process[Any]]) -> tuple[Norm, ...]:
    """The norms that a page's module declares for it."""
    module = sys.modules.get(cls.__module__)
    return (
        tuple(one for one in vars(module).values() if isinstance(one, Norm) and one.id.startswith(f"{cls.id}."))
        if module
        else ()
    )


def _zone(process: str, step: AnyStep, who: object, letter: Letter) -> dict[Responsibility, None]:
    """The row that says what a role is to a step; a person whom the data name is in no row."""
    role = who if isinstance(who, Role) and who != SYSTEM else None
    parameter = who.name if isinstance(who, Parameter) else None
    if role is None and parameter is None:
        return {}
    return {Responsibility(f"{process}.{step.id}", role, letter, step.clause or "-", parameter=parameter): None}
