"""The engine for asyncio: the same methods, each in a thread of its own, so that no event loop waits for a disk."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, overload

from salesreg.engine.engine import ProcessEngine
from salesreg.engine.questions import Criteria
from salesreg.ports import CaseOrder
from salesreg.process.case import Case
from salesreg.process.page import Process
from salesreg.process.steps import Command, Opening
from salesreg.rules.people import Employee

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")


async def _in_a_thread(call: Callable[P, T], /, *args: P.args, **given: P.kwargs) -> T:
    import asyncio  # whoever awaits has it already, and nobody else waits for it

    return await asyncio.to_thread(call, *args, **given)


def _awaited(
    method: Callable[Concatenate[ProcessEngine, P], T],
) -> Callable[Concatenate[AsyncProcessEngine, P], Coroutine[Any, Any, T]]:
    @functools.wraps(method)
    async def call(self: AsyncProcessEngine, /, *args: P.args, **given: P.kwargs) -> T:
        return await _in_a_thread(method, self.engine, *args, **given)

    return call


class AsyncProcessEngine:
    """A `ProcessEngine` whose methods are awaited; whatever one of them does, answers and raises, the other does too.

    A task that is cancelled while a command is under way stops waiting, and the command ends by itself: it is carried
    out or refused as a whole. Repeated under its `command_key`, it tells which, and does nothing twice.

    Args:
        engine: what does the work; it may be used beside.
    """

    def __init__(self, engine: ProcessEngine) -> None:
        self.engine: ProcessEngine = engine

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Async{self.engine!r}"

    # A wrapper keeps one signature, and these have several; they take their docstrings from the engine.

    @overload
    async def start(
        self, command: Opening[D], /, *, by: Employee | str, case_id: str | None = ..., command_key: str | None = ...
    ) -> Case[D]: ...
    @overload
    async def start(
        self,
        process: str | type[Process[D]],
        step: str | None = ...,
        payload: Mapping[str, Any] | None = ...,
        /,
        *,
        by: Employee | str,
        case_id: str | None = ...,
        command_key: str | None = ...,
    ) -> Case[D]: ...
    @functools.wraps(ProcessEngine.start)
    async def start(self, *args: Any, **given: Any) -> Case[Any]:  # noqa: D102
        return await _in_a_thread(self.engine.start, *args, **given)

    @overload
    async def perform(
        self,
        case: Case[D] | str,
        command: Command[D],
        /,
        *,
        by: Employee | str,
        command_key: str | None = ...,
        expected_version: int | None = ...,
    ) -> Case[D]: ...
    @overload
    async def perform(
        self,
        case: Case[D],
        step: str,
        payload: Mapping[str, Any] | None = ...,
        /,
        *,
        by: Employee | str,
        command_key: str | None = ...,
        expected_version: int | None = ...,
    ) -> Case[D]: ...
    @overload
    async def perform(
        self,
        case: str,
        step: str,
        payload: Mapping[str, Any] | None = ...,
        /,
        *,
        by: Employee | str,
        command_key: str | None = ...,
        expected_version: int | None = ...,
    ) -> Case[Any]: ...
    @functools.wraps(ProcessEngine.perform)
    async def perform(self, *args: Any, **given: Any) -> Case[Any]:  # noqa: D102
        return await _in_a_thread(self.engine.perform, *args, **given)

    @overload
    async def cases(
        self,
        process: type[Process[D]],
        *,
        order: CaseOrder = ...,
        after: str | Case[Any] | None = ...,
        limit: int = ...,
        **criteria: Unpack[Criteria],
    ) -> tuple[Case[D], ...]: ...
    @overload
    async def cases(
        self,
        process: str | None = ...,
        *,
        order: CaseOrder = ...,
        after: str | Case[Any] | None = ...,
        limit: int = ...,
        **criteria: Unpack[Criteria],
    ) -> tuple[Case[Any], ...]: ...
    @functools.wraps(ProcessEngine.cases)
    async def cases(self, *args: Any, **given: Any) -> tuple[Case[Any], ...]:  # noqa: D102
        return await _in_a_thread(self.engine.cases, *args, **given)

    case = _awaited(ProcessEngine.case)
    count = _awaited(ProcessEngine.count)
    tasks = _awaited(ProcessEngine.tasks)
    available = _awaited(ProcessEngine.available)
    able = _awaited(ProcessEngine.able)
    charges = _awaited(ProcessEngine.charges)
    hand_over = _awaited(ProcessEngine.hand_over)
    history = _awaited(ProcessEngine.history)
    evidence = _awaited(ProcessEngine.evidence)
    person_record = _awaited(ProcessEngine.person_record)
    events = _awaited(ProcessEngine.events)
    obligations = _awaited(ProcessEngine.obligations)
    correct_record = _awaited(ProcessEngine.correct_record)
    seal = _awaited(ProcessEngine.seal)
    purge = _awaited(ProcessEngine.purge)
    verify = _awaited(ProcessEngine.verify)
    tick = _awaited(ProcessEngine.tick)
    outbox = _awaited(ProcessEngine.outbox)
    timers = _awaited(ProcessEngine.timers)
    reminders = _awaited(ProcessEngine.reminders)
    backlog = _awaited(ProcessEngine.backlog)
    requeue = _awaited(ProcessEngine.requeue)
    migrate = _awaited(ProcessEngine.migrate)
    erase = _awaited(ProcessEngine.erase)
    now = _awaited(ProcessEngine.now)
    close = _awaited(ProcessEngine.close)
