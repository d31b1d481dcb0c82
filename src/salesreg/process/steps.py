"""Steps, and the commands that ask for them.

A step stands in one place: route, title, who, conditions, clause, and one function that yields refusals and returns the
new data. The function's keyword-only arguments are the payload.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import (
    Any,
    Concatenate,
    Final,
    Generic,
    ParamSpec,
    Protocol,
    Required,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    final,
    overload,
)

import msgspec

from salesreg.errors import DeclarationError, DomainError, PayloadError, Refusal
from salesreg.process.case import Attempt, Case
from salesreg.process.references import CaseId
from salesreg.process.stages import Named, Route, Start, several
from salesreg.process.who import Assigned, Contact, Each, StageOwner, Superior, Told, Who, meant
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Page, Parameter
from salesreg.rules.roles import Role

T = TypeVar("T")
E = TypeVar("E")
D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)
D_contra = TypeVar("D_contra", contravariant=True)
P = ParamSpec("P")

Checks: TypeAlias = Generator[Refusal, None, None]
"""Yields refusals and returns nothing."""

Outcome: TypeAlias = Generator[Refusal, None, D]
"""Yields refusals and returns the new data."""

Guard: TypeAlias = Callable[[Any, Attempt], Iterable[Refusal]]
"""Looks at the data and the attempt, never at a payload; a guard over children names their processes in `children`."""

PageGuard: TypeAlias = Callable[[Any, Any, Attempt], Iterable[Refusal]]
"""A guard that is a method of the page, so that it reads the page's parameters and a subclass may override it."""


def guard_on(page: Page[Any], guard: Guard | PageGuard) -> Guard:
    """A guard as it stands on a page under a regulation."""
    if inspect.isfunction(guard) and guard.__code__.co_argcount == 3:  # self, data, attempt
        return getattr(page, guard.__name__)  # type: ignore[no-any-return]
    return guard  # type: ignore[return-value]


class Stop(Exception):
    """Ends a step that has refused already; only `need` and `built` raise it."""


def need(value: T | None, refusal: Refusal) -> Outcome[T]:
    """The value, or a refusal that ends the step here.

    Written as ``contract = yield from need(deal.contract, Refusal("no_contract", "there is no draft"))``.
    """
    if value is None:
        yield refusal
        raise Stop
    return value


def built(build: Callable[[], T], code: str = "", *, clause: str | None = None) -> Outcome[T]:
    """What an entity builds, or its own sentence as a refusal beside the others; ``code`` replaces the error's."""
    try:
        return build()
    except DomainError as wrong:
        need, got = wrong.facts.get("need"), wrong.facts.get("got")
        yield Refusal(code or wrong.code, wrong.text, need, got, wrong.facts, clause)
        raise Stop from wrong


# -- commands ---------------------------------------------------------------------------------------------------------


class Command(msgspec.Struct, Generic[D_contra], frozen=True):
    """A step to be taken on a case, with its payload. Contravariant: what works on a Deal works on an AcmeDeal."""

    step: str
    payload: Mapping[str, Any]
    page: type[Page[Any]]

    def on(self: Command[E], case: Case[E] | CaseId) -> Follow:
        """What a reaction yields: this command on a case."""
        return Follow(self, case if isinstance(case, str) else case.id)

    def __repr__(self) -> str:
        return _call(self.page, self.step, self.payload)


class Opening(msgspec.Struct, Generic[D_co], frozen=True):
    """A first step, with its payload."""

    step: str
    payload: Mapping[str, Any]
    page: type[Page[Any]]

    def __repr__(self) -> str:
        return _call(self.page, self.step, self.payload)


class Follow(msgspec.Struct, frozen=True):
    """A command on a case, as a reaction yields it."""

    command: Command[Any]
    case: CaseId


def _call(page: type[Page[Any]], step: str, payload: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in payload.items())
    return f"{page.__name__}.{step}({given})"


# -- steps ------------------------------------------------------------------------------------------------------------


class Changes(TypedDict, total=False):
    """What a step declares beside its route and title; `Step.changed` and `FirstStep.changed` take any of it.

    Attributes:
        by: who may take it; any one suffices.
        only: narrows it to a person, such as the assigned specialist, or whoever acts for them; the system is not
            narrowed, and a `Charge` narrows nothing where the firm shares its work (`duties.own_only`).
        never: excludes a person, such as the author, or each of several; void where the firm merges roles (R95).
        requires: guards that see the data but no payload, so that `available` can ask them; functions, or methods of
            the page that read its parameters.
        children: ids of the processes whose cases refer to this one and that the function looks at; for a first step,
            to the cases that its payload names.
        holders: unique keys whose holders it looks at, such as the price list in force.
        staff: whether it looks at everybody who works here, and not only at the people that the payload names.
        notify: who is told.
        clause: the requirement behind it, and behind every refusal that names no other.
        norms: further norms that it keeps.
    """

    by: Who | Sequence[Who]
    only: Assigned[Any] | None
    never: Assigned[Any] | Each[Any] | None
    requires: Sequence[Guard | PageGuard]
    children: Sequence[str]
    holders: Sequence[str]
    staff: bool
    notify: Told | Sequence[Told]
    clause: str | None
    norms: Sequence[Norm]


class Declared(Changes):
    """What a new step declares: `Changes`, of which ``by`` must be given."""

    by: Required[Who | Sequence[Who]]  # type: ignore[misc]  # the same key, now required


_NOTHING = dict.fromkeys(("requires", "children", "holders", "notify", "norms"), ())
_UNSAID: Final[dict[str, Any]] = {"only": None, "never": None, "staff": False, "clause": None, **_NOTHING}
_DECLARED = (
    "run", "route", "title", "by", "only", "never", "requires", "children", "holders", "staff", "notify", "clause",
    "norms",
)  # fmt: skip


def _by_name(step: _Declared[Any, Any], given: tuple[Any, ...]) -> None:
    if given:
        problem = f"{given[0]!r} is given without its field's name"
        raise PayloadError(f"step {step.id!r} cannot take this payload: {problem}", [problem])


class _Declared(Named, Generic[D, P]):
    """What every step declares.

    Attributes:
        page: the process it belongs to.
        run: its function as written; None where it has neither payload nor effect.
        positional: how many arguments that takes after the page: the data, if there are any yet, and the attempt.
        route, title, by, only, never, requires, children, holders, staff, notify, clause, norms: as in `step`.
    """

    page: type[Page[Any]]
    begins: bool = False
    run: Callable[..., Any] | None
    positional: int
    route: Route | Start
    title: str
    by: tuple[Who, ...]
    only: Assigned[Any] | None
    never: Assigned[Any] | Each[Any] | None
    requires: tuple[Guard | PageGuard, ...]
    children: tuple[str, ...]
    holders: tuple[str, ...]
    staff: bool
    notify: tuple[Told, ...]
    clause: str | None
    norms: tuple[Norm, ...]

    def _declare(self, **declared: Any) -> Self:
        title = declared["title"]
        if strange := declared.keys() - set(_DECLARED):
            raise DeclarationError(f"{title!r} says {min(strange)!r}: a step says {', '.join(_DECLARED[3:])}")
        if "by" not in declared:
            raise DeclarationError(f"{title!r} is by nobody: say who may take it with by=")
        for name in ("by", "requires", "children", "holders", "notify", "norms"):
            declared[name] = several(declared[name])
        looked_at = [one for guard in declared["requires"] for one in getattr(guard, "children", ())]
        declared["children"] = tuple(dict.fromkeys((*declared["children"], *looked_at)))
        _check_people(title, declared)
        _check_parts(self, title, declared)
        parameters = () if declared["run"] is None else inspect.signature(declared["run"]).parameters.values()
        self.positional = sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters) - 1
        vars(self).update(declared)
        return self

    def _changed(self, **changes: Any) -> Self:
        kept = {name: getattr(self, name) for name in _DECLARED}
        made: Self = object.__new__(type(self))
        return made._declare(**{**kept, **changes})

    def owned_by(self, page: type[Page[Any]]) -> Self:
        """The same step as a process inherits it."""
        made = self._changed()
        made.id, made.page = self.id, page
        return made

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses behind it, its own first."""
        own = (self.clause,) if self.clause else ()
        return tuple(dict.fromkeys((*own, *(norm.clause for norm in self.norms))))

    def _bound(self, page: Page[Any]) -> Callable[..., Outcome[Any]]:
        """``super().step(data, attempt, ...)``: always a generator, always with attempt, whatever the parent wrote."""
        run, positional = self.run, self.positional

        def call(*given: Any, **payload: Any) -> Outcome[Any]:
            if run is None:
                return given[0]
            after = run(page, *given[:positional], **payload)
            return (yield from after) if isinstance(after, Generator) else after

        return call


@final
class Bare:
    """What a step without a function works on, statically: whatever its process does."""


class Step(_Declared[D, P]):
    """A step on a running case. Called on the class it is a `Command`; on a page, after ``super()``, its function.

    Written out as ``Step(route, "Title", by=...)`` it has neither payload nor effect; `step` decorates a function.
    A page that inherits it adds a way with ``Sale.reprice_quote.rerouted(Sale.reprice_quote.route | review.to(...))``.
    """

    route: Route

    def __init__(self: Step[Bare, []], route: Route, title: str, **said: Unpack[Declared]) -> None:
        self._declare(**{**_UNSAID, "run": None, "route": route, "title": title, **said})

    @overload
    def __get__(self: Step[Bare, P], page: None, owner: type[Page[E]]) -> Step[E, P]: ...
    @overload
    def __get__(self, page: None, owner: Any) -> Step[D, P]: ...
    @overload
    def __get__(self: Step[Bare, P], page: Page[E], owner: Any) -> Callable[Concatenate[E, Attempt, P], Outcome[E]]: ...
    @overload
    def __get__(self, page: Page[Any], owner: Any) -> Callable[Concatenate[D, Attempt, P], Outcome[D]]: ...
    @overload
    def __get__(self, page: object, owner: Any) -> Step[D, P]: ...
    def __get__(self, page: object, owner: Any) -> Any:
        """On a page its function, everywhere else the step itself."""
        return self._bound(page) if isinstance(page, Page) else self

    def __call__(self, *unnamed: P.args, **payload: P.kwargs) -> Command[D]:
        """The command to take this step."""
        _by_name(self, unnamed)
        return Command(self.id, payload, self.page)

    def rerouted(self, route: Route) -> Step[D, P]:
        """The same step by another way."""
        return self._changed(route=route)

    def changed(self, **said: Unpack[Changes]) -> Step[D, P]:
        """The same step with some of its declaration said otherwise; what is not given stays."""
        return self._changed(**said)

    @property
    def doing(self) -> _Next:
        """Decorator: the same declaration with another function, which may call ``super()``."""
        declare: Any = lambda run: self._changed(run=run)  # noqa: E731 - it is typed by its property
        return declare  # type: ignore[no-any-return]


class FirstStep(_Declared[D, P]):
    """A step that begins a case; called on the class it is an `Opening`."""

    route: Start
    begins = True

    @overload
    def __get__(self, page: None, owner: Any) -> FirstStep[D, P]: ...
    @overload
    def __get__(self, page: Page[Any], owner: Any) -> Callable[Concatenate[Attempt, P], Outcome[D]]: ...
    @overload
    def __get__(self, page: object, owner: Any) -> FirstStep[D, P]: ...
    def __get__(self, page: object, owner: Any) -> Any:
        """On a page its function, everywhere else the step itself."""
        return self._bound(page) if isinstance(page, Page) else self

    def __call__(self, *unnamed: P.args, **payload: P.kwargs) -> Opening[D]:
        """The command to begin a case with this step."""
        _by_name(self, unnamed)
        return Opening(self.id, payload, self.page)

    def rerouted(self, route: Start) -> FirstStep[D, P]:
        """The same step into another stage."""
        return self._changed(route=route)

    def changed(self, **said: Unpack[Changes]) -> FirstStep[D, P]:
        """The same step with some of its declaration said otherwise; what is not given stays."""
        return self._changed(**said)

    @property
    def doing(self) -> _First:
        """Decorator: the same declaration with another function, which may call ``super()``."""
        declare: Any = lambda run: self._changed(run=run)  # noqa: E731 - it is typed by its property
        return declare  # type: ignore[no-any-return]


AnyStep: TypeAlias = Step[Any, ...] | FirstStep[Any, ...]


def _check_people(title: str, declared: Mapping[str, Any]) -> None:
    """Somebody may take it, and whoever is named beside them is somebody too."""
    for who in declared["by"]:
        meant(f"{title!r} is by", who, Role, Parameter, Assigned, StageOwner, Superior)
    for who in declared["notify"]:
        meant(f"{title!r} tells", who, Role, Parameter, Assigned, StageOwner, Each, Contact)
    if declared["only"] is not None:
        meant(f"{title!r} is only for", declared["only"], Assigned)
    if declared["never"] is not None:
        meant(f"{title!r} is never for", declared["never"], Assigned, Each)


def _check_parts(step: _Declared[Any, Any], title: str, declared: Mapping[str, Any]) -> None:
    """The route fits the kind of step, the function is one, and so are guards and norms."""
    if not isinstance(declared["route"], Start if step.begins else Route):
        wanted = "start(stage), under @step" if step.begins else "stage.to(other), stay(...) or anywhere(...)"
        raise DeclarationError(f"{title!r} leads along {declared['route']!r}: give {wanted}")
    run = declared["run"]
    if run is not None and (
        not inspect.isfunction(run) or inspect.iscoroutinefunction(run) or inspect.isasyncgenfunction(run)
    ):
        raise DeclarationError(f"{title!r} is done by {run!r}: @step stands on top of a plain function")
    for guard in declared["requires"]:
        if not callable(guard):
            raise DeclarationError(f"{title!r} requires {guard!r}: give a guard, not what it returned")
    for norm in declared["norms"]:
        if not isinstance(norm, Norm):
            raise DeclarationError(f"{title!r} keeps {norm!r}, which is no norm")


class _Next(Protocol):
    """Four shapes: with or without ``attempt``, generator or plain. The first that fits is taken."""

    @overload
    def __call__(self, run: Callable[Concatenate[Any, D, Attempt, P], Outcome[D]], /) -> Step[D, P]: ...
    @overload
    def __call__(self, run: Callable[Concatenate[Any, D, Attempt, P], D], /) -> Step[D, P]: ...
    @overload
    def __call__(self, run: Callable[Concatenate[Any, D, P], Outcome[D]], /) -> Step[D, P]: ...
    @overload
    def __call__(self, run: Callable[Concatenate[Any, D, P], D], /) -> Step[D, P]: ...


class _First(Protocol):
    @overload
    def __call__(self, run: Callable[Concatenate[Any, Attempt, P], Outcome[D]], /) -> FirstStep[D, P]: ...
    @overload
    def __call__(self, run: Callable[Concatenate[Any, Attempt, P], D], /) -> FirstStep[D, P]: ...
    @overload
    def __call__(self, run: Callable[Concatenate[Any, P], Outcome[D]], /) -> FirstStep[D, P]: ...
    @overload
    def __call__(self, run: Callable[Concatenate[Any, P], D], /) -> FirstStep[D, P]: ...


@overload
def step(route: Start, title: str, **said: Unpack[Declared]) -> _First: ...
@overload
def step(route: Route, title: str, **said: Unpack[Declared]) -> _Next: ...
def step(route: Route | Start, title: str, **said: Unpack[Declared]) -> Any:
    """Decorator: a step, with the function that says what it demands of its payload and what it does.

    The function takes the data (a first step none), optionally ``attempt``, and after ``*`` the payload. It returns the
    new data; as a generator it also yields a `Refusal` for every reason why not.

    Args:
        route: where it leads: `start`, ``stage.to``, `stay` or `anywhere`.
        title: for people, in English.
        said: who may take it, under which conditions, and who is told: see `Changes`.
    """

    def declare(run: Callable[..., Any]) -> Any:
        made: Any = object.__new__(FirstStep if isinstance(route, Start) else Step)
        return made._declare(**{**_UNSAID, "run": run, "route": route, "title": title, **said})

    return declare
