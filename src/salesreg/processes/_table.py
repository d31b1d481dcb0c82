"""The compiled table: from a process class to what `decide` looks up."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from salesreg.domain.people import Role
from salesreg.domain.responsibilities import Letter, Responsibility
from salesreg.errors import DeclarationError, RecordError, Refusal, UnknownStage, UnknownStep
from salesreg.processes._case import Attempt, Ref, ref_of
from salesreg.processes._check import Finding, check_deadlines, findings
from salesreg.processes._declare import Recurring, Sla, Stage, Step, Timer
from salesreg.processes._payload import PayloadSpec, decode_hook, encode_hook
from salesreg.processes._who import STAGE_OWNER
from salesreg.regulation import Norm, Parameter

__all__ = ["Process", "Transition"]

D = TypeVar("D")


@attrs.frozen
class Transition:
    """One way through the table: where it leads, under which condition, and whether the stage's clock runs on."""

    source: Stage | None
    step: Step
    target: Stage
    when: Callable[[Any], bool] | None = None
    stays: bool = False
    general: bool = False


class Process(Generic[D]):
    """A business process: subclass it with the entity it works on, and write its stages and steps in the body.

    Attributes:
        id: unique name, such as ``"sale"``.
        version: goes up when running cases would read differently.
        title: for people, in English.
        ru: for people, in Russian.
        open_to_newcomers: whether its steps may be taken before acknowledging the rules of one's role (R98).
        data: the entity, from the class's type argument.
        stages, steps, slas, timers, duties: what the body declares, by id, in its order.
        table: for each step, the candidate transitions by the id of the stage they leave (None: a first step).
    """

    id: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[str] = ""
    ru: ClassVar[str] = ""
    open_to_newcomers: ClassVar[bool] = False
    data: ClassVar[type[Any]]
    stages: ClassVar[Mapping[str, Stage]]
    steps: ClassVar[Mapping[str, Step]]
    slas: ClassVar[Mapping[str, Sla]]
    timers: ClassVar[Mapping[str, Timer]]
    duties: ClassVar[Mapping[str, Recurring[Any]]]
    table: ClassVar[Mapping[str, Mapping[str | None, tuple[Transition, ...]]]]
    refs: ClassVar[Mapping[str, Ref]]
    handlers: ClassVar[Mapping[str, Handler]]
    checks: ClassVar[Mapping[str, Handler]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _check_names(cls)
        cls.data = _data_type(cls)
        if not isinstance(cls.__dict__.get("id"), str):
            raise DeclarationError(f'process {cls.__name__} needs an id, such as id = "sale"')
        cls.title = cls.title or cls.__name__
        cls.ru = cls.ru or cls.title
        cls.stages = MappingProxyType(_declared(cls, Stage))
        cls.steps = MappingProxyType(_declared(cls, Step))
        cls.slas = MappingProxyType(_declared(cls, Sla))
        cls.timers = MappingProxyType(_declared(cls, Timer))
        cls.duties = MappingProxyType(_declared(cls, Recurring))
        cls.table = MappingProxyType({step.id: _routes(cls, step) for step in cls.steps.values()})
        check_deadlines(cls)
        cls.refs = MappingProxyType(_refs(cls.data))
        _compile_handlers(cls)
        cls._decoder = msgspec.json.Decoder(cls.data, dec_hook=decode_hook)
        cls._fields = {
            name: kind
            for name, kind in get_type_hints(cls.data, include_extras=True).items()
            if name in _field_names(cls.data)
        }

    _decoder: ClassVar[Any]
    _fields: ClassVar[Mapping[str, Any]]

    # -- what a process may add -----------------------------------------------------------------------------------

    @classmethod
    def keys(cls, data: D) -> Iterable[str]:
        """The unique keys that a case holds, such as ``"deal.number:17"``; no two cases may hold one."""
        return ()

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """What to say when another case holds a key that this one needs."""
        return Refusal(
            "key_taken",
            f"{key} belongs to case {holder} already",
            ru=f"{key} уже принадлежит делу {holder}",
            need="a value that no other case holds",
            got=key,
        )

    @classmethod
    def on_hold(cls, data: D) -> bool:
        """Whether the case is on hold, so that the clocks that may pause stand still."""
        return False

    # -- looking up -----------------------------------------------------------------------------------------------

    @classmethod
    def stage(cls, stage_id: str) -> Stage:
        """The stage of that id.

        Raises:
            UnknownStage: the process has none.
        """
        try:
            return cls.stages[stage_id]
        except KeyError:
            raise UnknownStage(
                f"process {cls.id!r} version {cls.version} has no stage {stage_id!r}; it has {', '.join(cls.stages)}"
            ) from None

    @classmethod
    def step(cls, step: Step | str) -> Step:
        """The step itself, or the step of that id.

        Raises:
            UnknownStep: the process has none.
        """
        step_id = step if isinstance(step, str) else step.id
        known = cls.steps.get(step_id)
        if known is None or not (isinstance(step, str) or step is known):
            raise UnknownStep(f"process {cls.id!r} has no step {step_id!r}; it has {', '.join(cls.steps)}")
        return known

    @classmethod
    def first_steps(cls) -> tuple[Step, ...]:
        """The steps that may begin a case."""
        return tuple(step for step in cls.steps.values() if step.begins)

    @classmethod
    def leaving(cls, stage_id: str) -> tuple[Step, ...]:
        """The steps possible in a stage, in the order they are declared."""
        return tuple(step for step in cls.steps.values() if stage_id in cls.table[step.id])

    @classmethod
    def norms(cls) -> tuple[Norm, ...]:
        """The norms that the process enforces, in the order of its stages, deadlines and steps."""
        found = [stage.term for stage in cls.stages.values() if stage.term is not None]
        found += [sla.norm for sla in cls.slas.values()]
        found += [duty.norm for duty in cls.duties.values()]
        found += [norm for step in cls.steps.values() for norm in step.norms]
        return tuple(dict.fromkeys(found))

    @classmethod
    def parameters(cls) -> tuple[Parameter[Any], ...]:
        """Every parameter whose value the process needs: terms, roles, and those named in its module."""
        found: list[Parameter[Any]] = [norm.term for norm in cls.norms() if isinstance(norm.term, Parameter)]
        whos: list[Any] = [stage.owner for stage in cls.stages.values()]
        whos += [sla.owner for sla in cls.slas.values()]
        whos += [who for step in cls.steps.values() for who in (*step.by, *step.notify)]
        found += [who for who in whos if isinstance(who, Parameter)]
        found += [value for value in _module(cls).values() if isinstance(value, Parameter)]
        return tuple({parameter.name: parameter for parameter in found}.values())

    @classmethod
    def responsibilities(cls) -> tuple[Responsibility, ...]:
        """The process's zones of responsibility: who takes each step, who owns its stage, and who is told (R79)."""
        found: dict[Responsibility, None] = {}
        for step in cls.steps.values():
            sources = [cls.stages[source] for source in cls.table[step.id] if source is not None]
            owners = [stage.owner for stage in sources]
            for who in step.by:
                for one in owners if who is STAGE_OWNER else [who]:
                    found |= _zone(cls, step, one, Letter.RESPONSIBLE)
            anywhere = any(way.general for ways in cls.table[step.id].values() for way in ways)
            for one in () if anywhere else owners:
                found |= _zone(cls, step, one, Letter.ACCOUNTABLE)
            for told in step.notify:
                found |= _zone(cls, step, told, Letter.INFORMED)
        return tuple(found)

    # -- records --------------------------------------------------------------------------------------------------

    @classmethod
    def encode(cls, data: D) -> bytes:
        """The data as JSON."""
        return msgspec.json.encode(data, enc_hook=encode_hook)

    @classmethod
    def decode(cls, raw: bytes | str) -> D:
        """The data from JSON.

        Raises:
            RecordError: the text is not JSON or not of the process's entity.
        """
        try:
            return cls._decoder.decode(raw)  # type: ignore[no-any-return]  # the decoder is typed by cls.data
        except (msgspec.MsgspecError, ValueError) as wrong:
            raise RecordError(f"the stored data of a {cls.id!r} case cannot be read: {wrong}") from wrong

    @classmethod
    def decode_changes(cls, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Changed attributes from JSON-like values.

        Raises:
            RecordError: an attribute is unknown or mistyped.
        """
        out = {}
        for name, value in raw.items():
            if name not in cls._fields:
                raise RecordError(f"a stored event changes {name!r}, which {cls.data.__name__} does not have")
            try:
                out[name] = msgspec.convert(value, cls._fields[name], str_keys=True, dec_hook=decode_hook)
            except (msgspec.MsgspecError, ValueError) as wrong:
                raise RecordError(f"a stored event's {name!r} cannot be read: {wrong}") from wrong
        return out

    # -- the page as written --------------------------------------------------------------------------------------

    @classmethod
    def check(cls) -> tuple[Finding, ...]:
        """What is wrong with the process as written; the shipped ones have no findings.

        Finds unreachable stages, dead ends, open stages without an owner or without a term or a reason for none,
        steps that nobody may take or that are possible nowhere, and norms of the module that nothing uses.
        """
        return tuple(findings(cls, _module(cls).values()))

    @classmethod
    def machine(cls) -> type[Any]:
        """The same definition as a python-statemachine class, with fresh states: to draw, to drive, to listen to.

        Its events are the steps. Send them with ``data`` (before), ``after`` (as the handler leaves them) and
        ``attempt``; the guards are validators and raise `StepRefused`.
        """
        from salesreg.processes._machine import build

        return build(cls)


class Handler:
    """A method of the process, compiled to one way of being called."""

    __slots__ = ("call", "fields", "name", "wants_attempt", "wants_data")

    def __init__(self, name: str, bound: Callable[..., Any], *, begins: bool) -> None:
        positional = [
            p.name
            for p in inspect.signature(bound).parameters.values()
            if p.kind in {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        ]
        self.name = name
        self.call = bound
        self.fields: frozenset[str] = frozenset(
            p.name for p in inspect.signature(bound).parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY
        )
        self.wants_attempt = "attempt" in positional
        self.wants_data = not begins and len(positional) > self.wants_attempt
        expected = [*(["data"] if self.wants_data else []), *(["attempt"] if self.wants_attempt else [])]
        if len(positional) != len(expected) or (self.wants_attempt and positional[-1] != "attempt"):
            raise DeclarationError(
                f"{name}({', '.join(positional)}): a handler takes {'' if begins else 'the data, '}optionally attempt, "
                "and then the payload as keyword-only arguments after *"
            )

    def __call__(self, data: Any, attempt: Attempt, payload: Mapping[str, Any]) -> Any:
        """Call the method with those of the payload's fields that it names."""
        if len(payload) > len(self.fields):
            payload = {name: value for name, value in payload.items() if name in self.fields}
        if self.wants_data:
            return self.call(data, attempt, **payload) if self.wants_attempt else self.call(data, **payload)
        return self.call(attempt, **payload) if self.wants_attempt else self.call(**payload)


def _module(cls: type[Process[Any]]) -> dict[str, Any]:
    return vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}


def _data_type(cls: type[Process[Any]]) -> type[Any]:
    for base in getattr(cls, "__orig_bases__", ()):
        if get_origin(base) is Process:
            kind = get_args(base)[0]
            if isinstance(kind, type) and attrs.has(kind):
                attrs.resolve_types(kind, include_extras=True)
                return kind
    raise DeclarationError(
        f"process {cls.__name__} must say which attrs class it works on: class {cls.__name__}(Process[Deal])"
    )


def _check_names(cls: type[Process[Any]]) -> None:
    """Nothing that the page declares takes the place of what every process has, such as `keys` or `on_hold`."""
    for name, value in vars(cls).items():
        if isinstance(value, Stage | Step | Sla | Timer | Recurring):
            taken = [name, f"on_{name}", f"check_{name}"] if isinstance(value, Step) else [name]
            for own in taken:
                if hasattr(Process, own) or own in Process.__annotations__:
                    raise DeclarationError(
                        f"{cls.__name__}.{name} would take the place of Process.{own}: choose another name"
                    )


def _declared(cls: type[Process[Any]], kind: type[Any]) -> dict[str, Any]:
    return {name: value for name, value in vars(cls).items() if isinstance(value, kind)}


def _field_names(kind: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in attrs.fields(kind))


def _refs(kind: type[Any]) -> dict[str, Ref]:
    found = {name: ref_of(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}
    return {name: ref for name, ref in found.items() if ref is not None}


def _routes(cls: type[Process[Any]], step: Step) -> Mapping[str | None, tuple[Transition, ...]]:
    found: dict[str | None, list[Transition]] = {}
    for way in step.route.ways:
        if way.begins:
            found.setdefault(None, []).append(Transition(None, step, _target(cls, step, way.target)))
            continue
        sources = [s for s in cls.stages.values() if not s.ended] if way.sources is None else way.sources
        for source in sources:
            if source in way.but:
                continue
            _target(cls, step, source)
            if source.final:
                raise DeclarationError(
                    f"{cls.id}.{step.id} leaves {source.id!r}, which is final: make the stage ended=True"
                )
            target = source if way.target is None else _target(cls, step, way.target)
            found.setdefault(source.id, []).append(
                Transition(source, step, target, way.when, stays=way.target is None, general=way.sources is None)
            )
    if None in found and len(found) > 1:
        raise DeclarationError(f"{cls.id}.{step.id} both begins a case and continues one: make it two steps")
    return MappingProxyType({source: tuple(ways) for source, ways in found.items()})


def _target(cls: type[Process[Any]], step: Step, stage: Stage | None) -> Stage:
    if stage is None or cls.stages.get(getattr(stage, "id", "")) is not stage:
        raise DeclarationError(f"{cls.id}.{step.id} names the stage {stage!r}, which {cls.__name__} does not declare")
    return stage


def _compile_handlers(cls: type[Process[Any]]) -> None:
    page = object.__new__(cls)
    handlers: dict[str, Handler] = {}
    checks: dict[str, Handler] = {}
    for step in cls.steps.values():
        found: dict[str, Callable[..., Any]] = {}
        for prefix, into in (("on_", handlers), ("check_", checks)):
            method = getattr(page, prefix + step.id, None)
            if method is not None:
                into[step.id] = Handler(prefix + step.id, method, begins=step.begins)
                found[prefix + step.id] = method
        if step.begins and step.id not in handlers:
            raise DeclarationError(f"{cls.id}.{step.id} begins a case, so on_{step.id} must say with which data")
        step.payload = PayloadSpec(step.id, found)
    for name, _ in inspect.getmembers(cls, callable):
        for prefix in ("on_", "check_"):
            if name.startswith(prefix) and name.removeprefix(prefix) not in cls.steps and not hasattr(Process, name):
                raise DeclarationError(
                    f"{cls.__name__}.{name} belongs to no step: {cls.id} has no {name.removeprefix(prefix)!r}"
                )
    cls.handlers = MappingProxyType(handlers)
    cls.checks = MappingProxyType(checks)


def _zone(cls: type[Process[Any]], step: Step, who: object, letter: Letter) -> dict[Responsibility, None]:
    """The row that says what a role is to a step; a person whom the data name is in no row."""
    role = who if isinstance(who, Role) and who is not Role.SYSTEM else None
    parameter = who.name if isinstance(who, Parameter) else None
    if role is None and parameter is None:
        return {}
    return {Responsibility(f"{cls.id}.{step.id}", role, letter, step.clause or "R79", parameter=parameter): None}
