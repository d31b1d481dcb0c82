"""What every process promises, whoever wrote it: looked at before and after each step that a machine takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from salesreg.engine import ProcessEngine
from salesreg.ports import Store
from salesreg.ports.archive import KeptMark
from salesreg.process import Case, Obligation, ObligationStatus
from salesreg.process.steps import AnyStep
from salesreg.rules import Actor, Employee

_LATE: Final = frozenset({ObligationStatus.BREACHED, ObligationStatus.MET_LATE})
_MANY: Final = 100_000


@attrs.frozen
class Seen:
    """How things stood before a step: all that is kept, and why it cannot be taken, as far as can be told before."""

    step: AnyStep
    kept: list[Any]
    refusals: str | None


class Promises:
    """Compares what an engine and its store say from one moment to the next.

    Each failure is an `AssertionError` that says which promise was broken, and by which case.
    """

    def __init__(self, engine: ProcessEngine, store: Store) -> None:
        self._engine, self._store = engine, store
        self._final: dict[str, str] = {}
        self._closed: dict[str, Obligation] = {}
        self._breached: set[str] = set()

    def before(self, case: Case[Any], step: AnyStep, by: Employee | Actor) -> Seen:
        """Look before a step is taken."""
        refusals = None
        if isinstance(by, Employee):  # what is possible for the system, nobody asks
            options = {one.step.id: one for one in self._engine.available(case.id, by=by)}
            if step.id not in options:
                refusals = f"it does not leave the stage {case.stage}"
            elif not options[step.id].allowed:
                refusals = "; ".join(str(one) for one in options[step.id].refusals)
        return Seen(step, _records(self._store), refusals)

    def after(self, seen: Seen, done: object, *, repeated: bool) -> None:
        """A refused step leaves no trace, and one that was taken was said to be possible."""
        if not isinstance(done, Case):
            assert _records(self._store) == seen.kept, f"{seen.step.id} was refused and left a trace: {done}"
        elif not repeated:
            assert seen.refusals is None, f"{seen.step.id} was taken, though it was said not to be: {seen.refusals}"

    def hold(self, cases: Iterable[Case[Any]]) -> None:
        """Cases stand where their pages let them, ends are ends, and what is owed is owed by the rules."""
        for case in cases:
            page = self._engine.rulebook.process(case.process)
            stage = page.table.stage(case.stage)
            assert self._final.get(case.id, case.stage) == case.stage, f"{case!r} has left a final stage"
            if stage.final:
                self._final[case.id] = case.stage
            assert not (stage.ended and case.obligations), f"{case!r} has ended and still owes {case.obligations}"
            term = None if stage.term is None else self._engine.regulation.term(stage.term)
            if term is not None and stage.term is not None and not stage.ended:
                norms = [one.norm for one in case.obligations]
                assert stage.term.id in norms, f"{case!r} stands in a stage with a term, and no clock runs"
            for one in case.obligations:
                assert one.case == case.id, f"{case!r} owes {one.id} of another case"
                assert one.closed_at is None, f"{case!r} owes {one.id}, which is closed"
        for one in self._engine.obligations(limit=_MANY):
            self._verdict(one)

    def _verdict(self, one: Obligation) -> None:
        """Once closed it stays as it is; once late it is never in time, and says by its instants which it was."""
        kept = self._closed.get(one.id)
        assert kept is None or kept.status is one.status, f"the verdict of {one.id} was {kept} and is {one}"
        if one.closed_at is None:
            if one.status is ObligationStatus.BREACHED:
                self._breached.add(one.id)
            return
        self._closed[one.id] = one
        assert one.closed_at >= one.started_at, f"{one.id} was closed before it began"
        in_time = one.due is None or one.closed_at <= one.due
        if one.status is ObligationStatus.MET:
            assert in_time, f"{one.id} was met at {one.closed_at}, after it was due, and is not late"
        elif one.id in self._breached:
            assert one.status in _LATE, f"{one.id} was breached and is {one.status}"

    def somebody_can_go_on(self, case: Case[Any], people: Iterable[Employee]) -> None:
        """A case that has not ended waits for somebody who may do something, for an instant, or for another case."""
        assert (
            any(option.allowed for one in people for option in self._engine.available(case.id, by=one))
            or any(work.case == case.id for work in self._engine.timers())
            or self._engine.count(parent=case.id, ended=False)
        ), f"{case!r} is stuck: nobody may take any step, no timer rings, and it waits for no other case"


def _records(store: Store) -> list[Any]:
    """Everything that a store keeps but what the clock showed last, which a refused command may note as well."""
    return [one for one in store.archive() if not (isinstance(one, KeptMark) and one.name == "clock")]
