"""A commercial department at work: every step taken by whoever usually takes it, with the usual payload."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable
from typing import Any

from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial.open import open_engine
from salesreg.commercial.rulebook import COMMERCIAL, example
from salesreg.engine.command import Asked
from salesreg.engine.engine import ProcessEngine
from salesreg.errors import StepRefused
from salesreg.ports import Store
from salesreg.process import Case, Event, Obligation, ObligationStatus, Rulebook
from salesreg.rules import Absence, Actor, Delegation, Employee, Regulation
from salesreg.testing.commercial.people import STAFF, moscow
from salesreg.testing.commercial.usual import DOCUMENTED, USUAL
from salesreg.testing.doubles import ManualClock, RecordingNotifier

By = Employee | Actor | str


class Desk:
    """The department on one store; every step is taken by whoever usually does, unless told otherwise.

    Args:
        url: the store, or its address.
        start: what the clock shows at first.
        staff: who works here.
        delegations: who stands in for whom.
        absences: who is away.
        regulation: by default the example.
        rulebook: by default the commercial service's.
        lang: the language of the messages.
        settings: values over the regulation's, with two underscores for the dot: ``sale__dispatch="1 business day"``.
    """

    def __init__(
        self,
        url: str | Store = "memory:",
        *,
        start: dt.datetime | None = None,
        staff: Iterable[Employee] = STAFF,
        delegations: Iterable[Delegation] = (),
        absences: Iterable[Absence] = (),
        regulation: Regulation | None = None,
        rulebook: Rulebook = COMMERCIAL,
        lang: str = "en",
        **settings: object,
    ) -> None:
        given = {name.replace("__", "."): value for name, value in settings.items()}
        self.clock: ManualClock = ManualClock(moscow(2) if start is None else start)
        self._documents = itertools.count(1)
        self.notifier: RecordingNotifier = RecordingNotifier()
        self.directory: MemoryDirectory = MemoryDirectory(tuple(staff), tuple(delegations), tuple(absences))
        self.engine: ProcessEngine = open_engine(
            url,
            rulebook=rulebook,
            regulation=(example() if regulation is None else regulation).with_settings(given),
            directory=self.directory,
            clock=self.clock,
            notifier=self.notifier,
            lang=lang,
        )

    # -- time -----------------------------------------------------------------------------------------------------

    def at(self, day: int, clock: str = "10:00", month: int = 2) -> Desk:
        """Turn the clock to an instant of 2026 in Moscow."""
        return self.later(moscow(day, clock, month) - self.clock.now())

    def later(self, by: dt.timedelta) -> Desk:
        """Turn the clock on, and have it believed."""
        self.clock.advance(by)
        self.engine._believed.look(trust=True)
        return self

    def know(self, *people: Employee) -> None:
        """From now on the directory knows people so: they have come, or hold other roles."""
        self.directory._employees.update({one.id: one for one in people})

    # -- steps ----------------------------------------------------------------------------------------------------

    def begin(
        self, process: str, step: str, *, case: str | None = None, by: By | None = None, **payload: Any
    ) -> Case[Any]:
        """Begin a case."""
        actor, given = self._usual(process, step, by, payload)
        if isinstance(actor, Actor):
            page = self.engine.rulebook.process(process)
            return self._run(Asked(page, step, given, actor, new_id=case))
        return self.engine.start(process, step, given, by=actor, case_id=case)

    def take(self, case: str | Case[Any], *steps: str, by: By | None = None, **payload: Any) -> Case[Any]:
        """Take steps on a case, one after the other; the payload goes over what is usual, for each."""
        name = case if isinstance(case, str) else case.id
        done = self.case(name)
        process = done.process
        for step in steps:
            actor, given = self._usual(process, step, by, payload)
            if isinstance(actor, Actor):
                done = self._run(Asked(None, step, given, actor, case=name))
            else:
                done = self.engine.perform(name, step, given, by=actor)
        return done

    def refused(
        self, case: str | Case[Any], step: str, *codes: str, by: By | None = None, **payload: Any
    ) -> StepRefused:
        """The step is refused for exactly these reasons, each complete, and nothing has changed."""
        before = self.case(case if isinstance(case, str) else case.id)
        return self._complains(lambda: self.take(before.id, step, by=by, **payload), codes, before)

    def refused_to_begin(
        self, process: str, step: str, *codes: str, by: By | None = None, **payload: Any
    ) -> StepRefused:
        """A case is refused for exactly these reasons, each complete, and nothing has begun."""
        return self._complains(lambda: self.begin(process, step, by=by, **payload), codes, None)

    def _usual(self, process: str, step: str, by: By | None, payload: dict[str, Any]) -> tuple[By, dict[str, Any]]:
        actor, usually = USUAL[f"{process}.{step}"]
        if named := DOCUMENTED.get(f"{process}.{step}"):  # each has one of its own
            usually = {**usually, named[0]: f"{named[1]} {next(self._documents)}"}
        return by or actor, {**usually, **payload}

    def _run(self, asked: Asked) -> Case[Any]:
        """As the system, which only the engine can."""
        return self.engine._runner.run(asked)

    def _complains(
        self, command: Callable[[], object], codes: tuple[str, ...], before: Case[Any] | None
    ) -> StepRefused:
        cases = self.engine.count()
        try:
            command()
        except StepRefused as refused:
            complaint = refused
        else:
            raise AssertionError(f"it was not refused, though {codes} was expected")
        assert self.engine.count() == cases, "a refused step left a case behind"
        assert before is None or self.case(before.id) == before, "a refused step changed its case"
        assert tuple(one.code for one in complaint.refusals) == codes
        pairs = zip(complaint.refusals, complaint.reasons(), complaint.reasons("ru"), strict=True)
        for refusal, english, russian in pairs:
            assert refusal.clause, f"{refusal.code} names no clause"
            assert "{" not in english + russian, f"{refusal.code} lacks a fact: {english} / {russian}"
            assert english != russian, f"{refusal.code} is not said in Russian: {russian}"
        return complaint

    # -- what is so -----------------------------------------------------------------------------------------------

    def case(self, name: str) -> Case[Any]:
        """A case as it stands."""
        return self.engine.case(name)

    def stage(self, name: str) -> str:
        """The stage of a case."""
        return self.engine.case(name).stage

    def owed(self, name: str) -> dict[str, Obligation]:
        """What is open or paused in a case, by norm."""
        return {one.norm: one for one in self.case(name).obligations}

    def last(self, name: str) -> Event:
        """The last event of a case that is a step of its own."""
        return [event for event in self.engine.history(name) if not event.step.startswith("child_")][-1]

    def closed(self, name: str) -> dict[str, ObligationStatus]:
        """What the last step of a case closed, by norm, and how."""
        return {one.norm: one.status for one in self.last(name).closed}

    def told(self, name: str) -> set[str]:
        """Whom the last step of a case is told to, by id or address."""
        self.engine.tick(trust_clock=True)
        return {one.to for one in self.notifier.delivered if one.id.startswith(f"{self.last(name).id}:")}
