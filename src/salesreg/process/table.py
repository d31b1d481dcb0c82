"""The compiled table: a page as `decide`, the checks, the machine and the documents look it up."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from salesreg.errors import DeclarationError, RecordError, UnknownStage, UnknownStep
from salesreg.process.case import Attempt
from salesreg.process.clocks import Recurring, Sla, Timer
from salesreg.process.payload import PayloadSpec, decode_hook
from salesreg.process.personal import Swap, personal_among
from salesreg.process.references import Ref, ref_of
from salesreg.process.stages import After, Stage, Start
from salesreg.process.steps import AnyStep, FirstStep, Step
from salesreg.process.who import Charge
from salesreg.rules.conduct import OWN_ONLY
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Page, Parameter
from salesreg.rules.roles import SYSTEM, Role

T = TypeVar("T")


@attrs.frozen
class Transition:
    """One way through the table: where it leads, under which condition, and whether the stage's clock runs on."""

    source: Stage | None
    target: Stage
    when: Callable[[Any], bool] | None = None
    stays: bool = False
    general: bool = False


class StepSpec:
    """How a step's function is called, and what its payload holds."""

    __slots__ = ("payload", "step", "wants_attempt")

    def __init__(self, process: str, data: type, step: AnyStep) -> None:
        run = step.run
        where = f"{process}.{step.id}"
        self.step: AnyStep = step
        self.wants_attempt: bool = False
        self.payload: PayloadSpec = PayloadSpec(step.id, (), {})
        if run is None:
            if step.begins:
                raise DeclarationError(f"{where} begins a case: its function says with which data")
            return
        hints = hints_of(where, run)
        parameters = list(inspect.signature(run).parameters.values())[1:]
        odd = [p.name for p in parameters if p.kind in {p.VAR_KEYWORD, p.VAR_POSITIONAL}]
        kinds = [hints.get(p.name) for p in parameters if p.kind is not p.KEYWORD_ONLY]
        if not step.begins:
            if not kinds or not (kinds[0] is Any or (isinstance(kinds[0], type) and issubclass(data, kinds[0]))):
                raise DeclarationError(f"{where} takes the data, a {data.__name__}, as its first argument")
            kinds = kinds[1:]
        if odd or kinds not in ([], [Attempt]):
            raise DeclarationError(
                f"{where}: after {'self' if step.begins else 'the data'} comes at most attempt: Attempt, "
                "then * and the payload"
            )
        self.wants_attempt = bool(kinds)
        self.payload = PayloadSpec(step.id, [p for p in parameters if p.kind is p.KEYWORD_ONLY], hints)

    def on(self, page: Page[Any]) -> Callable[[Any, Attempt, dict[str, Any]], Any] | None:
        """The function bound to a page, as ``call(data, attempt, payload)``; None where there is none."""
        run, wants = self.step.run, self.wants_attempt
        if run is None:
            return None
        if self.step.begins:
            return (lambda _, a, p: run(page, a, **p)) if wants else (lambda _, __, p: run(page, **p))
        return (lambda d, a, p: run(page, d, a, **p)) if wants else (lambda d, _, p: run(page, d, **p))


class Table:
    """A process as `decide`, the checks, the machine and the documents read it.

    Attributes:
        id, version, title: as in `Process`.
        name: the class's name.
        data: the entity that it works on.
        stages, steps, slas, timers, duties: what the page declares and inherits, by id, in its order.
        parameters: the values that it reads, by attribute.
        routes: for each step, the candidate transitions by the id of the stage they leave (None: a first step).
        specs: for each step, its function and payload.
        refs: the attributes of the data that name other cases.
        lists: the attributes of the data that hold any number of items of one kind.
        personal: the attributes of the data that hold what is somebody's own, each with how that is replaced.
        searchable: what its cases can be found by, each with how it is read from the data.
        running: the timers that run in each stage, by its id.
        functions: every function of the page and of its guards, for the checks.
    """

    def __init__(
        self, name: str, process: str, version: int, title: str, data: type, declared: Mapping[str, Any],
        searchable: Mapping[str, Callable[[Any], Any]], functions: Iterable[Any],
    ) -> None:  # fmt: skip
        self.id: str = process
        self.version: int = version
        self.title: str = title
        self.name: str = name
        self.data: type[Any] = data
        self.stages: Mapping[str, Stage] = _of(declared, Stage)
        self.steps: Mapping[str, AnyStep] = _of(declared, (Step, FirstStep))
        self.slas: Mapping[str, Sla] = _of(declared, Sla)
        self.timers: Mapping[str, Timer] = _of(declared, Timer)
        self.duties: Mapping[str, Recurring] = _of(declared, Recurring)
        self.parameters: Mapping[str, Parameter[Any]] = _of(declared, Parameter)
        self.searchable: Mapping[str, Callable[[Any], Any]] = MappingProxyType(dict(searchable))
        self.specs: Mapping[str, StepSpec] = MappingProxyType(
            {step.id: StepSpec(process, data, step) for step in self.steps.values()}
        )
        self.routes: Mapping[str, Mapping[str | None, tuple[Transition, ...]]] = MappingProxyType(
            {step.id: _routes(self, step) for step in self.steps.values()}
        )
        hints = hints_of(data.__name__, data)
        fields = {field.name for field in attrs.fields(data)}
        self.refs: Mapping[str, Ref] = MappingProxyType(
            {name: ref for name, hint in hints.items() if name in fields and (ref := ref_of(hint)) is not None}
        )
        self.running: Mapping[str, tuple[Timer, ...]] = MappingProxyType(
            {
                stage.id: tuple(one for one in self.timers.values() if not one.during or stage.id in one.during)
                if not stage.ended
                else ()
                for stage in self.stages.values()
            }
        )
        self.functions: tuple[Any, ...] = tuple(functions)
        self._fields = {name: kind for name, kind in hints.items() if name in fields}
        self.lists: frozenset[str] = frozenset(name for name, kind in self._fields.items() if _is_list(kind))
        self.personal: Mapping[str, Swap] = MappingProxyType(dict(personal_among(self._fields)))
        self._decoder: Any = msgspec.json.Decoder(data, dec_hook=decode_hook)
        _check_rules(self)
        _check_clocks(self)

    def __repr__(self) -> str:
        return f"<Table of {self.name}: {len(self.stages)} stages, {len(self.steps)} steps>"

    # -- looking up -----------------------------------------------------------------------------------------------

    def stage(self, stage_id: str) -> Stage:
        """The stage of that id.

        Raises:
            UnknownStage: the process has none.
        """
        try:
            return self.stages[stage_id]
        except KeyError:
            raise UnknownStage(
                f"process {self.id!r} version {self.version} has no stage {stage_id!r}; it has {', '.join(self.stages)}"
            ) from None

    def step(self, step_id: str) -> AnyStep:
        """The step of that id.

        Raises:
            UnknownStep: the process has none.
        """
        try:
            return self.steps[step_id]
        except (KeyError, TypeError):
            raise UnknownStep(f"process {self.id!r} has no step {step_id!r}; it has {', '.join(self.steps)}") from None

    def first_steps(self) -> tuple[AnyStep, ...]:
        """The steps that may begin a case."""
        return tuple(step for step in self.steps.values() if step.begins)

    def leaving(self, stage_id: str) -> tuple[AnyStep, ...]:
        """The steps possible in a stage, in the order they are declared."""
        return tuple(step for step in self.steps.values() if stage_id in self.routes[step.id])

    def norms(self) -> tuple[Norm, ...]:
        """The norms that the process enforces, in the order of its stages, deadlines, duties and steps."""
        return tuple({norm.id: norm for norm in self.every_norm()}.values())

    def whos(self) -> tuple[Any, ...]:
        """Everybody whom the page names: owners, those who take steps, those who are told."""
        found: list[Any] = [stage.owner for stage in self.stages.values()]
        found += [sla.owner for sla in self.slas.values()]
        for step in self.steps.values():
            found += [*step.by, *step.notify, step.only, step.never]
        return tuple(who for who in found if who is not None)

    def read(self) -> tuple[Parameter[Any], ...]:
        """Every parameter whose value the process needs: its own, its norms' terms, and the roles that it names."""
        return tuple({one.name: one for one in self.every_parameter()}.values())

    def every_norm(self) -> Iterator[Norm]:
        """The norm of each place that names one, as often as it is named."""
        yield from (stage.term for stage in self.stages.values() if stage.term is not None)
        yield from (sla.norm for sla in self.slas.values())
        yield from (duty.norm for duty in self.duties.values())
        yield from (norm for step in self.steps.values() for norm in step.norms)

    def every_parameter(self) -> Iterator[Parameter[Any]]:
        """The parameter of each place that reads one, as often as it is read."""
        lags = [sla.lag for sla in self.slas.values()]
        found = [*self.parameters.values(), *(norm.term for norm in self.every_norm()), *lags, *self.whos()]
        found += [OWN_ONLY for step in self.steps.values() if isinstance(step.only, Charge)]
        yield from (one for one in found if isinstance(one, Parameter))

    # -- records --------------------------------------------------------------------------------------------------

    def decode(self, raw: bytes | str) -> Any:
        """The data from JSON.

        Raises:
            RecordError: the text is not JSON or not of the process's entity.
        """
        try:
            return self._decoder.decode(raw)
        except (msgspec.MsgspecError, ValueError) as wrong:
            raise RecordError(f"the stored data of a {self.id!r} case cannot be read: {wrong}") from wrong

    def decode_changes(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Changed attributes from JSON-like values.

        Raises:
            RecordError: an attribute is unknown or mistyped.
        """
        out = {}
        for name, value in raw.items():
            if name not in self._fields:
                raise RecordError(f"a stored event changes {name!r}, which {self.data.__name__} does not have")
            try:
                out[name] = msgspec.convert(value, self._fields[name], str_keys=True, dec_hook=decode_hook)
            except (msgspec.MsgspecError, ValueError) as wrong:
                raise RecordError(f"a stored event's {name!r} cannot be read: {wrong}") from wrong
        return out


def _is_list(kind: Any) -> bool:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def hints_of(where: str, annotated: Any) -> dict[str, Any]:
    """The annotations of a function or an entity, as types."""
    try:
        return get_type_hints(annotated, include_extras=True)
    except (NameError, TypeError, SyntaxError, AttributeError) as wrong:
        raise DeclarationError(
            f"the annotations of {where} cannot be read: {wrong}; what they name stands at the top of the module, "
            "imported for real and not for type checkers only"
        ) from wrong


def undeclared(where: str, what: object, page: str) -> DeclarationError:
    """The error of naming what a page does not declare."""
    return DeclarationError(f"{where} names {what!r}, which {page} does not declare")


def _of(declared: Mapping[str, Any], kind: Any) -> Mapping[str, Any]:
    return MappingProxyType({name: value for name, value in declared.items() if isinstance(value, kind)})


def _routes(table: Table, step: AnyStep) -> Mapping[str | None, tuple[Transition, ...]]:
    def mine(stage: Stage) -> Stage:
        """By id: a stage replaced in a subclass is the one that inherited routes mean."""
        found = table.stages.get(getattr(stage, "id", ""))
        if found is None:
            raise undeclared(f"{table.id}.{step.id}", stage, table.name)
        return found

    if isinstance(step.route, Start):
        return MappingProxyType({None: (Transition(None, mine(step.route.stage)),)})
    found: dict[str | None, list[Transition]] = {}
    for way in step.route.ways:
        but = {stage.id for stage in way.but}
        general = way.sources is None
        sources = [s for s in table.stages.values() if not s.ended] if way.sources is None else map(mine, way.sources)
        for source in sources:
            if source.id in but:
                continue
            if source.final:
                raise DeclarationError(
                    f"{table.id}.{step.id} leaves {source.id!r}, which is final: make the stage ended=True"
                )
            target = source if way.target is None else mine(way.target)
            found.setdefault(source.id, []).append(Transition(source, target, way.when, way.target is None, general))
    return MappingProxyType({source: tuple(ways) for source, ways in found.items()})


def _check_rules(table: Table) -> None:
    """One name is one thing: no two norms of one id, no two parameters of one name."""
    norms: dict[str, Norm] = {}
    for norm in table.every_norm():
        if norms.setdefault(norm.id, norm) != norm:
            raise DeclarationError(f"{table.name} has two norms called {norm.id!r}")
    parameters: dict[str, Parameter[Any]] = {}
    for one in table.every_parameter():
        if parameters.setdefault(one.name, one) != one:
            raise DeclarationError(f"{table.name} has two parameters called {one.name!r}")


def _check_clocks(table: Table) -> None:
    """Deadlines, timers, duties and conditions rest on the process's own steps, stages and norms."""
    named: list[tuple[str, str, Mapping[str, Any]]] = []
    for sla in table.slas.values():
        named += [(sla.id, one, table.steps) for one in (*sla.start, *sla.stop, *sla.void)]
        named += [(sla.id, one, table.stages) for one in sla.pause_in]
    for timer in table.timers.values():
        named += [(timer.id, timer.step, table.steps), *((timer.id, one, table.stages) for one in timer.during)]
        strange = timer.overdue - {norm.id for norm in table.norms()}
        if strange:
            raise DeclarationError(
                f"{table.id}.{timer.id} waits for {min(strange)!r}, a norm that nothing here enforces"
            )
    named += [(duty.id, duty.step, table.steps) for duty in table.duties.values()]
    ways = [(step, way.when) for step, routes in table.routes.items() for some in routes.values() for way in some]
    named += [(step, when.step, table.steps) for step, when in ways if isinstance(when, After)]
    for subject, one, known in named:
        if one not in known:
            raise undeclared(f"{table.id}.{subject}", one, table.name)
    clocks: tuple[Timer | Recurring, ...] = (*table.timers.values(), *table.duties.values())
    for clock in clocks:
        step, where = table.steps[clock.step], f"{table.id}.{clock.id}"
        if isinstance(clock, Timer) and step.begins:
            raise DeclarationError(f"{where} takes a step of a case, and {step.id!r} begins one")
        if isinstance(clock, Recurring) and not step.begins:
            raise DeclarationError(f"{where} begins cases, and its step {step.id!r} does not")
        if all(isinstance(who, Role) and who != SYSTEM for who in step.by):
            raise DeclarationError(f"{where} has the system take {step.id!r}, which is not by SYSTEM")
        if isinstance(clock, Timer) and (asked := [f.name for f in table.specs[step.id].payload.fields if f.required]):
            raise DeclarationError(f"{where} takes {step.id!r} without a payload, and it needs {', '.join(asked)}")
