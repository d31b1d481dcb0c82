"""A Hypothesis state machine for any process: random people, payloads and instants, on memory and on SQLite."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import SearchStrategy

from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.domain.people import SYSTEM, Employee, Role
from salesreg.engine import ProcessEngine
from salesreg.errors import SalesregError
from salesreg.ports import Store
from salesreg.processes import Case, Process, Step
from salesreg.reactions import REACTIONS, Reaction
from salesreg.regulation import Regulation
from salesreg.testing.doubles import ManualClock, RecordingNotifier
from salesreg.testing.strategies import payloads, staff

__all__ = ["PayloadMaker", "ProcessMachine", "process_machine"]

START = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
MOST_CASES = 3
PayloadMaker = Callable[[Mapping[str, tuple[str, ...]]], SearchStrategy[dict[str, Any]]]


def _leads_off(step: Step) -> bool:
    return any(way.sources is None for way in step.route.ways)


def _weight(process: type[Process[Any]], stage: str, step: Step, taken: Collection[str]) -> int:
    """How often to choose a step, so that cases get far: onwards before anything new before anything else."""
    if _leads_off(step):
        return 1
    order = list(process.stages)
    ways = process.table[step.id][stage]
    if any(not way.target.ended and order.index(way.target.id) > order.index(stage) for way in ways):
        return 40
    return 2 if step.id in taken else 20


class ProcessMachine(RuleBasedStateMachine):
    """Drives the processes that a subclass names; made by `process_machine`."""

    driven: ClassVar[tuple[type[Process[Any]], ...]]
    regulation: ClassVar[Regulation]
    actors: ClassVar[tuple[Employee, ...]]
    reactions: ClassVar[tuple[Reaction, ...]]
    payload_for: ClassVar[Mapping[str, PayloadMaker]]

    def __init__(self) -> None:
        super().__init__()
        self.folder: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="salesreg-")
        self.clock: ManualClock = ManualClock(START)
        stores: list[Store] = [MemoryStore(), SqliteStore(Path(self.folder.name) / "machine.db")]
        self.engines: list[ProcessEngine] = [
            ProcessEngine(
                store,
                regulation=self.regulation,
                directory=MemoryDirectory(self.actors),
                clock=self.clock,
                processes=self.driven,
                notifier=RecordingNotifier(),
                reactions=self.reactions,
            )
            for store in stores
        ]
        self.count: int = 0
        self.ids: tuple[str, ...] = ()

    def kind_of(self, case: Case[Any]) -> type[Process[Any]]:
        """The process of a case."""
        return next(one for one in self.driven if one.id == case.process)

    def known(self) -> dict[str, tuple[str, ...]]:
        """The ids of all cases, by process."""
        found: dict[str, list[str]] = {}
        for case in self.engines[0].cases():
            found.setdefault(case.process, []).append(case.id)
        self.ids = tuple(one for ids in found.values() for one in ids)
        return {name: tuple(ids) for name, ids in found.items()}

    def payload(self, data: st.DataObject, step: Step) -> dict[str, Any]:
        """Draw a payload for a step."""
        known = self.known()
        mine = self.payload_for[step.id](known) if step.id in self.payload_for else payloads(step, known)
        return data.draw(mine, label=f"payload of {step.id}")

    def both(self, command: Callable[[ProcessEngine], Any]) -> Any:
        """Let both engines do the same; they must come to the same."""
        outcomes = []
        for engine in self.engines:
            try:
                outcomes.append(command(engine))
            except SalesregError as refused:
                outcomes.append((type(refused), str(refused)))
        assert outcomes[0] == outcomes[1], "memory and SQLite disagree"
        return outcomes[0]

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Begin with a case that is somewhere on its way."""
        self.start(data)
        for case_id in self.ids[:1]:
            self.walk(data, case_id, data.draw(st.integers(0, 30), label="way"), stray=False)

    @precondition(lambda self: len(self.ids) < MOST_CASES)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        """Begin a case."""
        kind = data.draw(st.sampled_from(self.driven), label="process")
        step = data.draw(st.sampled_from(kind.first_steps()), label="first step")
        by = data.draw(st.sampled_from(self.fitting(step) or self.actors), label="by")
        self.count += 1
        payload, case_id = self.payload(data, step), f"{kind.id}-{self.count}"
        self.both(lambda engine: engine.start(kind, by=by, step=step, case_id=case_id, **payload))
        self.known()

    def fitting(self, step: Step) -> tuple[Employee, ...]:
        """Those whose roles a step names."""
        return tuple(
            one for one in (*self.actors, SYSTEM) if one.roles & {who for who in step.by if isinstance(who, Role)}
        )

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), steps=st.integers(1, 10))
    def work(self, data: st.DataObject, steps: int) -> None:
        """Take several steps that look possible; what they are given may still be refused."""
        self.walk(data, data.draw(st.sampled_from(self.ids), label="case"), steps, stray=True)

    def walk(self, data: st.DataObject, case_id: str, steps: int, *, stray: bool) -> None:
        """Take steps on one case, onwards where possible."""
        for _ in range(steps):
            case = self.engines[0].case(case_id)
            options: dict[Step, list[Employee]] = {}
            for by in (*self.actors, SYSTEM):
                for option in self.engines[0].available(case, by=by):
                    if option.allowed and (stray or not _leads_off(option.step)):
                        options.setdefault(option.step, []).append(by)
            if not options:
                return
            taken = {event.step for event in self.engines[0].history(case)}
            weighted = [step for step in options for _ in range(_weight(self.kind_of(case), case.stage, step, taken))]
            step = data.draw(st.sampled_from(weighted), label="step")
            key = data.draw(st.sampled_from([None, None, None, "k1", "k2"]), label="command key")
            self.perform(data, case, step, data.draw(st.sampled_from(options[step]), label="by"), key)
            self.clock.advance(dt.timedelta(minutes=data.draw(st.sampled_from([1, 60, 1440]), label="minutes")))
            self.known()

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def overreach(self, data: st.DataObject) -> None:
        """Take any step as anybody, allowed or not."""
        case = self.engines[0].case(data.draw(st.sampled_from(self.ids), label="case"))
        kind = self.kind_of(case)
        step = data.draw(st.sampled_from([one for one in kind.steps.values() if not one.begins]), label="step")
        self.perform(data, case, step, data.draw(st.sampled_from(self.actors), label="by"), None)

    def perform(self, data: st.DataObject, case: Case[Any], step: Step, by: Employee, key: str | None) -> None:
        """Take a step on both engines, twice if it has a command key."""
        payload = self.payload(data, step)

        def command(engine: ProcessEngine) -> Any:
            return engine.perform(case.id, step, by=by, command_key=key, **payload)

        done = self.both(command)
        if isinstance(done, Case):
            mine = [one for one in self.engines[0].history(case) if (one.step, one.by) == (step.id, by.id)]
            assert any(one.role in by.roles for one in mine), "somebody acted outside their roles"
            if key is not None:
                assert self.both(command) == done, "a repeated command must return the first result"

    @rule(minutes=st.sampled_from([1, 30, 480, 1440, 10_080]))
    def let_time_pass(self, minutes: int) -> None:
        """Turn the clock and tick."""
        self.clock.advance(dt.timedelta(minutes=minutes))
        self.both(lambda engine: engine.tick())

    @invariant()
    def stores_agree_and_states_are_legal(self) -> None:
        """Both stores hold the same cases, each in a stage of its process, with obligations only while it runs."""
        memory, sqlite = (engine.cases() for engine in self.engines)
        assert memory == sqlite
        for case in memory:
            stage = self.kind_of(case).stage(case.stage)
            assert not (stage.ended and case.obligations), "an ended case owes nothing"
            assert (
                stage.term is None
                or stage.ended
                or self.regulation.term(stage.term) is None
                or any(one.norm == stage.term.id for one in case.obligations)
            ), "an open stage with a term has its clock"
            assert all(one.case == case.id for one in case.obligations)

    def teardown(self) -> None:
        """Replay everything."""
        for engine in self.engines:
            assert engine.verify() == ()
            engine.close()
        self.folder.cleanup()


def process_machine(
    process: type[Process[Any]],
    *,
    regulation: Regulation,
    others: Sequence[type[Process[Any]]] = (),
    reactions: Sequence[Reaction] = REACTIONS,
    payload_for: Mapping[str, PayloadMaker] | None = None,
    people: Sequence[Employee] | None = None,
) -> type[RuleBasedStateMachine]:
    """A state machine that drives a process through one engine on memory and one on SQLite, side by side.

    It takes legal and illegal steps with right and wrong payloads, repeats commands, turns the clock and ticks; after
    each it holds that both stores agree and that no illegal state was reached, and at the end that replaying the events
    gives the stored state.

    Args:
        process: the process to drive.
        regulation: gives the values of its parameters.
        others: further processes that may take part, such as parents and children; driven as well.
        reactions: what follows from what.
        payload_for: for a step's id, a strategy for its payload, from the known case ids of each process.
        people: who may act; by default two for each role and one who holds all.

    Returns:
        A class to run with ``hypothesis.stateful.run_state_machine_as_test`` or through its ``TestCase``.
    """
    driven = (process, *others)
    body = {
        "driven": driven,
        "regulation": regulation,
        "actors": tuple(people or staff()),
        "reactions": tuple(one for one in reactions if any(one.after in kind.steps.values() for kind in driven)),
        "payload_for": payload_for or {},
    }
    return type(f"{process.__name__}Machine", (ProcessMachine,), body)
