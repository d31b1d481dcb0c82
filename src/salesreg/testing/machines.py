"""A Hypothesis state machine for any process: random people, payloads and instants, on memory and on SQLite.

What must hold of every process stands in `salesreg.testing.promises`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import SearchStrategy

from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.engine import ProcessEngine
from salesreg.engine.command import Asked
from salesreg.errors import SalesregError
from salesreg.ports import Store
from salesreg.process import Case, Process, Rulebook
from salesreg.process.steps import AnyStep
from salesreg.rules import SYSTEM_ACTOR, Actor, Employee, Regulation
from salesreg.testing.doubles import ManualClock, RecordingNotifier, plain_regulation
from salesreg.testing.promises import Promises
from salesreg.testing.strategies import Scene, Usually, leads_off, payloads, person, possible, roles_of, staff, weight

START: Final = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
MOST_CASES: Final = 3
TRIES: Final = 5
PayloadMaker: TypeAlias = Callable[[Mapping[str, tuple[str, ...]]], SearchStrategy[dict[str, Any]]]
"""From the ids of the cases that there are, by process, what to draw a step's payload from."""


class ProcessMachine(RuleBasedStateMachine):
    """Drives the processes that a subclass names; made by `process_machine`."""

    driven: ClassVar[tuple[type[Process[Any]], ...]]
    rulebook: ClassVar[Rulebook]
    regulation: ClassVar[Regulation]
    actors: ClassVar[tuple[Employee, ...]]
    payload_for: ClassVar[Mapping[str, PayloadMaker]]
    usually: ClassVar[tuple[Usually, ...]]
    before: ClassVar[Sequence[Callable[[ProcessEngine], object]]]

    def __init__(self) -> None:
        super().__init__()
        self.folder: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="salesreg-")
        self.clock: ManualClock = ManualClock(START)
        stores: list[Store] = [MemoryStore(), SqliteStore(Path(self.folder.name) / "machine.db")]
        self.engines: list[ProcessEngine] = [
            ProcessEngine(
                store,
                rulebook=self.rulebook,
                regulation=self.regulation,
                directory=MemoryDirectory(self.actors),
                clock=self.clock,
                notifier=RecordingNotifier(),
            )
            for store in stores
        ]
        self.ids: list[str] = []
        self.keys: set[str | None] = set()
        self.promises: Promises = Promises(self.engines[0], stores[0])

    # -- what is there --------------------------------------------------------------------------------------------

    @property
    def engine(self) -> ProcessEngine:
        """The engine on memory, for questions; the other one must answer alike."""
        return self.engines[0]

    def page_of(self, case: Case[Any]) -> type[Process[Any]]:
        """The process of a case."""
        return self.rulebook.process(case.process)

    def known(self) -> dict[str, tuple[str, ...]]:
        """The ids of all cases, by process."""
        found: dict[str, list[str]] = {}
        for case in self.engine.cases():
            found.setdefault(case.process, []).append(case.id)
        return {name: tuple(ids) for name, ids in found.items()}

    def running(self) -> list[str]:
        """The ids of the running cases of the processes that are driven."""
        mine = {page.id for page in self.driven}
        return [case.id for case in self.engine.cases(ended=False) if case.process in mine]

    def payload(self, data: st.DataObject, step: AnyStep, case: Case[Any] | None) -> dict[str, Any]:
        """Draw a payload for a step: as usual two times of three, if it is known what is usual."""
        make, known, at = self.payload_for.get(step.id), self.known(), self.clock.now()
        drawn = payloads(step, known, self.actors, at=at) if make is None else make(known)
        usual = [usually(Scene(step, case, known, at)) for usually in self.usually]
        return data.draw(st.one_of(*usual, *usual, drawn), label=f"payload of {step.id}")

    def options(self, case: Case[Any]) -> dict[AnyStep, list[Employee | Actor]]:
        """The steps that look possible, each with those who may take it, the system included."""
        page = self.page_of(case)
        related = self.engine._workspace().related_to_leaving(page, case)
        return possible(page, case, self.clock.now(), self.regulation, related, self.everybody())

    def everybody(self) -> list[Employee | Actor]:
        """Everybody who may act, the system included."""
        return [*self.actors, SYSTEM_ACTOR]

    # -- what is done ---------------------------------------------------------------------------------------------

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

    def prepare(self) -> None:
        """What has to be there before anything begins, such as the deal of an order: what ``before`` does."""
        for engine in self.engines:
            for do in self.before:
                do(engine)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Begin with a case that is somewhere on its way."""
        self.prepare()
        for _ in range(TRIES):
            self.start(data)
            if self.ids:
                break
        for case_id in self.ids:
            self.walk(data, case_id, data.draw(st.sampled_from([30, 15, 0]), label="way"), stray=False)
        if others := [one for one in self.running() if one not in self.ids]:
            self.walk(data, data.draw(st.sampled_from(others), label="what it set off"), 15, stray=False)

    @precondition(lambda self: len(self.ids) < MOST_CASES)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        """Begin a case."""
        page = data.draw(st.sampled_from(self.driven), label="process")
        options = possible(page, None, self.clock.now(), self.regulation, (), self.everybody())
        step = data.draw(st.sampled_from(list(options)), label="first step")
        by = data.draw(st.sampled_from(options[step]), label="by")
        payload, case_id = self.payload(data, step, None), f"{page.id}-{len(self.ids) + 1}"
        begun = self.both(lambda engine: _done(engine, Asked(page, step.id, payload, by, new_id=case_id)))
        if isinstance(begun, Case):
            self.ids.append(case_id)

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), steps=st.integers(1, 10))
    def work(self, data: st.DataObject, steps: int) -> None:
        """Take several steps that look possible; what they are given may still be refused."""
        case_id = data.draw(st.sampled_from(self.running() or self.ids), label="case")
        self.walk(data, case_id, steps, stray=True)

    def walk(self, data: st.DataObject, case_id: str, steps: int, *, stray: bool) -> None:
        """Take steps on one case, onwards where possible."""
        for _ in range(steps):
            case = self.engine.case(case_id)
            options = {step: who for step, who in self.options(case).items() if stray or not leads_off(step)}
            if not options:
                return
            taken = {event.step for event in self.engine.history(case)}
            page = self.page_of(case)
            weighted = [step for step in options for _ in range(weight(page, case.stage, step, taken))]
            step = data.draw(st.sampled_from(weighted), label="step")
            keys = [None, None, None, f"{case.id}:{case.version}", "k1"]  # a fresh one, or one that may be used up
            key = data.draw(st.sampled_from(keys), label="command key")
            self.perform(data, case, step, data.draw(st.sampled_from(options[step]), label="by"), key)
            self.clock.advance(dt.timedelta(minutes=data.draw(st.sampled_from([1, 60, 1440]), label="minutes")))

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def overreach(self, data: st.DataObject) -> None:
        """Take any step as anybody, allowed or not."""
        case = self.engine.case(data.draw(st.sampled_from(self.ids), label="case"))
        steps = [one for one in self.page_of(case).steps.values() if not one.begins]
        step = data.draw(st.sampled_from(steps), label="step")
        by = data.draw(st.sampled_from(self.actors), label="by")
        self.perform(data, case, step, by, None)
        self.both(lambda engine: [(one.step.id, one.refusals) for one in engine.available(case.id, by=by)])
        self.both(lambda engine: engine.tasks(by))

    def perform(
        self, data: st.DataObject, case: Case[Any], step: AnyStep, by: Employee | Actor, key: str | None
    ) -> None:
        """Take a step on both engines, twice if it has a command key."""
        payload = self.payload(data, step, case)

        def command(engine: ProcessEngine) -> Any:
            return _done(engine, Asked(None, step.id, payload, by, case=case.id, key=key))

        seen = self.promises.before(case, step, by)
        done = self.both(command)
        self.promises.after(seen, done, repeated=key in self.keys)
        if isinstance(done, Case):
            self.keys.add(key)
            who = person(by)
            mine = [one for one in self.engine.history(case) if (one.step, one.by) == (step.id, who.id)]
            assert any(one.role in who.roles for one in mine), "somebody acted outside their roles"
            if key is not None:
                assert self.both(command) == done, "a repeated command must return the first result"

    @rule(minutes=st.sampled_from([1, 30, 480, 1440, 10_080]))
    def let_time_pass(self, minutes: int) -> None:
        """Turn the clock and tick."""
        self.clock.advance(dt.timedelta(minutes=minutes))
        self.both(lambda engine: engine.tick(trust_clock=True))

    # -- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def stores_agree_and_states_are_legal(self) -> None:
        """Both stores hold the same cases, and each keeps what every process promises."""
        memory, sqlite = (engine.cases() for engine in self.engines)
        assert memory == sqlite, "memory and SQLite hold other cases"
        self.promises.hold(memory)

    def teardown(self) -> None:
        """Replay everything."""
        try:
            for case_id in self.running():
                self.promises.somebody_can_go_on(self.engine.case(case_id), self.actors)
            for engine in self.engines:
                assert engine.verify() == (), "replaying the events does not give what is stored"
        finally:
            for engine in self.engines:
                engine.close()
            self.folder.cleanup()


def _done(engine: ProcessEngine, asked: Asked) -> Case[Any]:
    """As a caller would ask, or, for the system's own steps, as the engine does."""
    by = asked.by
    if isinstance(by, Actor):
        return engine._runner.run(asked)
    if asked.process is not None:
        return engine.start(asked.process, asked.step, asked.payload, by=by, case_id=asked.new_id)
    return engine.perform(asked.case or "", asked.step, asked.payload, by=by, command_key=asked.key)


def process_machine(
    process: type[Process[Any]],
    *,
    rulebook: Rulebook,
    regulation: Regulation,
    others: Sequence[type[Process[Any]]] = (),
    payload_for: Mapping[str, PayloadMaker] | None = None,
    usually: Usually | None = None,
    people: Sequence[Employee] | None = None,
    before: Callable[[ProcessEngine], object] | None = None,
) -> type[ProcessMachine]:
    """A state machine that drives a process through one engine on memory and one on SQLite, side by side.

    It takes legal and illegal steps with right and wrong payloads, repeats commands, turns the clock and ticks; after
    each it holds that both stores agree and that no illegal state was reached, and at the end that replaying the events
    gives the stored state.

    Args:
        process: the process to drive.
        rulebook: the rulebook that it belongs to, with what follows from what.
        regulation: gives the values of its parameters.
        others: further processes that are driven as well, such as parents and children.
        payload_for: for a step's id, a strategy for its payload, from the known case ids of each process.
        usually: what steps are usually given, drawn more often than anything.
        people: who may act; by default two for each role that the driven pages name, and one who holds all.
        before: brings each engine to where a run begins, such as to a refusal that can be appealed against; the cases
            that it begins have ids of its own giving, so that both stores have the same.

    Returns:
        A class to run with ``hypothesis.stateful.run_state_machine_as_test`` or through its ``TestCase``.
    """
    driven = (process, *others)
    named = {role.id: role for page in driven for role in roles_of(page, regulation)}
    body = {
        "driven": driven,
        "rulebook": rulebook,
        "regulation": regulation,
        "actors": tuple(staff(named.values()) if people is None else people),
        "payload_for": payload_for or {},
        "usually": () if usually is None else (usually,),
        "before": () if before is None else (before,),
    }
    return type(f"{process.__name__}Machine", (ProcessMachine,), body)


def check_process(
    process: type[Process[Any]],
    *,
    rulebook: Rulebook | None = None,
    regulation: Regulation | None = None,
    max_examples: int = 25,
    steps: int = 15,
    **given: Any,
) -> None:
    """Hold a process to what every process promises: as it is written, and as a machine drives it.

    In one call what `Process.check`, `Rulebook.bind` and `process_machine` find, for a test of one line::

        def test_a_refund_keeps_what_every_process_promises():
            check_process(RefundProcess, rulebook=RULES, regulation=REGULATION)

    Args:
        process: the process.
        rulebook: the rulebook that it belongs to; by default one of its own.
        regulation: gives the values of its parameters; by default `plain_regulation`, and each parameter's default.
        max_examples: how many runs.
        steps: how many rules of the machine each run takes; one may take several steps.
        given: as to `process_machine`: others, payload_for, usually, people, before.

    Raises:
        AssertionError: names the promise that was broken, and the case; the steps that led there are printed.
    """
    found = process.check()
    assert not found, "as it is written: " + "; ".join(map(str, found))
    book = rulebook or Rulebook(process.id, roles=roles_of(process), processes=[process])
    held = regulation or plain_regulation()
    book.bind(held)
    machine = process_machine(process, rulebook=book, regulation=held, **given)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=max_examples, stateful_step_count=steps, deadline=None)
    )
