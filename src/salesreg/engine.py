"""The engine: load, decide, commit; and `tick`, which makes time pass for timers, obligations and messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, Literal, Self, TypeVar

import attrs
import msgspec

from salesreg.authority import ACKNOWLEDGE_FIRST, SEPARATE_DUTIES
from salesreg.codec import Processes, decode_case
from salesreg.commands import Asked, CommandRunner
from salesreg.decide import Availability, available
from salesreg.domain.instants import to_utc
from salesreg.domain.people import SYSTEM, Employee, Role
from salesreg.domain.regulations import IN_FORCE_KEY, RegulationVersion
from salesreg.errors import (
    CaseNotFound,
    OrphanedCases,
    ParameterTypeError,
    UnknownStep,
)
from salesreg.obligations import LADDER_PARAMETERS
from salesreg.personnel import Personnel
from salesreg.ports import CaseQuery, Clock, Directory, Notifier, ObligationQuery, Store
from salesreg.processes import Case, Event, Obligation, ObligationStatus, Process, Recurring, Step
from salesreg.reactions import REACTIONS, Reaction
from salesreg.regulation import Regulation
from salesreg.relay import Relay, TickReport
from salesreg.trail import check_running, differences, history
from salesreg.workspace import Workspace

__all__ = ["ProcessEngine", "TickReport"]

D = TypeVar("D")
T = TypeVar("T")
_TRIES: Final = 6


class ProcessEngine:
    """Runs processes on a store: one command is one transaction.

    Args:
        store: where everything is kept.
        regulation: what new cases run under, and the ladder that follows a breach; running cases keep the rules and
            terms that they began with.
        directory: who works here.
        clock: what time it is.
        processes: the process classes, older versions included while their cases are looked at.
        notifier: how people are told; None leaves messages in the outbox.
        reactions: what one process does to another.
        lang: language of the messages, ``"en"`` or ``"ru"``.

    Raises:
        ParameterNotSet: the regulation leaves open what the processes need; names everything at once.
        OrphanedCases: running cases need a process version or a regulation that is missing.
        UnknownStage: running cases stand in a stage that their process does not have.
    """

    def __init__(
        self,
        store: Store,
        *,
        regulation: Regulation,
        directory: Directory,
        clock: Clock,
        processes: Sequence[type[Process[Any]]],
        notifier: Notifier | None = None,
        reactions: Sequence[Reaction] = REACTIONS,
        lang: Literal["en", "ru"] = "en",
    ) -> None:
        needed = [parameter for process in processes for parameter in process.parameters()]
        regulation.bind([*needed, *LADDER_PARAMETERS, SEPARATE_DUTIES, ACKNOWLEDGE_FIRST])
        _check_duties(processes, regulation)
        self.regulation: Regulation = regulation
        self.processes: Processes = Processes(tuple(processes))
        self._store = store
        gate = self._unacknowledged if regulation.value(ACKNOWLEDGE_FIRST) else None
        self._people = Personnel(directory, regulation.calendar.timezone, gate)
        self._clock = clock
        self._regulations = {regulation.content_hash: regulation}
        check_running(store, self.processes, self._regulations)
        store.keep_regulation(regulation.content_hash, msgspec.json.encode(regulation.to_dict()))
        self._relay = Relay(store, directory, notifier, lang, self._norm_titles(), regulation)
        self._runner = CommandRunner(
            store, self.processes, self._people, self._relay, reactions, regulation, self._regulation
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        known = ", ".join(process.id for process in self.processes)
        return f"ProcessEngine({type(self._store).__name__}, {known}, {self.regulation!r})"

    def close(self) -> None:
        """Let go of the store's files and connections."""
        self._store.close()

    # -- commands -------------------------------------------------------------------------------------------------

    def start(
        self,
        process: type[Process[D]] | str,
        *,
        by: Employee | str,
        step: Step | str | None = None,
        case_id: str | None = None,
        command_key: str | None = None,
        **payload: Any,
    ) -> Case[D]:
        """Begin a case.

        Args:
            process: the process or its id; the newest version is used.
            by: who acts, or their id; roles and delegations come from the directory.
            step: which first step, where the process has several.
            case_id: the new case's id; by default drawn, or derived from the command key.
            command_key: the caller's key; a repeat returns the first result and does nothing.
            payload: the step's inputs.

        Raises:
            StepRefused: the regulation says no.
            PayloadError, UnknownStep, UnknownEmployee, UnknownProcess: the command itself is wrong.
            VersionConflict: a case of that id exists.
            CommandKeyReused: the key stood for another command before.
        """
        kind = self.processes.latest(process)
        first = kind.first_steps()
        if step is None and len(first) != 1:
            names = ", ".join(one.id for one in first)
            raise UnknownStep(f"a {kind.id!r} case can begin in several ways: say step= one of {names}")
        chosen = kind.step(first[0] if step is None else step)
        return self._ask(Asked(kind, chosen, None, case_id, by, payload, command_key, None))

    def perform(
        self,
        case_id: str | Case[D],
        step: Step | str,
        *,
        by: Employee | str,
        command_key: str | None = None,
        expected_version: int | None = None,
        **payload: Any,
    ) -> Case[D]:
        """Take a step on a case and return the new case.

        Args:
            case_id: the case or its id; the stored version counts, not the one in your hand.
            step: the step or its id.
            by: who acts, or their id; roles and delegations come from the directory.
            command_key: the caller's key; a repeat returns the first result and does nothing.
            expected_version: refuse to act on any other version than this.
            payload: the step's inputs.

        Raises:
            StepRefused: the regulation says no; `refusals` has every reason, `allowed` what may be done instead.
            VersionConflict: the case is not at `expected_version`.
            CaseNotFound, PayloadError, UnknownStep, UnknownEmployee: the command itself is wrong.
            OutOfOrder: the clock stands before the case's last event.
            CommandKeyReused: the key stood for another command before.
        """
        wanted = case_id if isinstance(case_id, str) else case_id.id
        return self._ask(Asked(None, step, wanted, None, by, payload, command_key, expected_version))

    def _ask(self, asked: Asked) -> Case[Any]:
        return self._runner.run(asked, self._now)

    # -- questions ------------------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case[Any]:
        """The case as it stands.

        Raises:
            CaseNotFound: the store has none of that id.
        """
        return Workspace(self._store, self.processes).get(case_id)

    def cases(
        self,
        *,
        process: str | type[Process[Any]] | None = None,
        stage: str | None = None,
        ended: bool | None = None,
        key: str | None = None,
        parent: str | None = None,
        after: str | None = None,
        limit: int = 1000,
    ) -> tuple[Case[Any], ...]:
        """The cases that match, ordered by id; page on with ``after`` the last id."""
        process_id = process if process is None or isinstance(process, str) else process.id
        query = CaseQuery(process_id, stage, ended, key, parent, after, limit)
        found = self._store.find(query)
        return tuple(decode_case(self.processes.of(one.process, one.process_version), one) for one in found)

    def available(self, case_id: str | Case[Any], *, by: Employee | str) -> tuple[Availability, ...]:
        """Every step of the case's stage: allowed for this person now, or all the reasons why not.

        Steps are judged without their payload, so one that is allowed may still be refused for what it is given.
        """
        now = self._now()
        work = Workspace(self._store, self.processes)
        case = work.get(case_id if isinstance(case_id, str) else case_id.id)
        kind = self.processes.of(case.process, case.process_version)
        related = {one.id: one for step in kind.leaving(case.stage) for one in work.related(step, case, {})}
        return available(
            kind,
            case,
            by=self._people.actor(by, now),
            at=now,
            regulation=self._regulation(case.regulation),
            related=related.values(),
        )

    def history(self, case_id: str | Case[Any]) -> tuple[Event, ...]:
        """Everything that happened to a case, in order.

        Raises:
            CaseNotFound: the store has no events of such a case.
        """
        wanted = case_id if isinstance(case_id, str) else case_id.id
        events = tuple(history(self._store, self.processes, wanted))
        if not events:
            raise CaseNotFound(f"no case {wanted!r} in the store")
        return events

    def obligations(
        self,
        *,
        case: str | Case[Any] | None = None,
        owner: Employee | Role | str | None = None,
        status: ObligationStatus | str | None = None,
        limit: int = 1000,
    ) -> tuple[Obligation, ...]:
        """Obligations, the one due first first, each with its status at this instant.

        Args:
            case: only of this case.
            owner: only those owed by a role, or by a person themselves or through one of their roles.
            status: only those that stand so now; ``"breached"`` means open and past their due instant.
            limit: at most so many.
        """
        now = self._now()
        owners: tuple[str, ...] = ()
        if isinstance(owner, Role):
            owners = (str(owner),)
        elif owner is not None:
            person = self._people.employee(owner)
            owners = (person.id, *sorted(map(str, person.roles)))
        wanted = None if status is None else ObligationStatus(status)
        query = ObligationQuery(
            case=case if case is None or isinstance(case, str) else case.id,
            owners=owners,
            open=None if wanted is None else wanted in _LIVE,
            due_before=now if wanted is ObligationStatus.BREACHED else None,
            due_from=now if wanted is ObligationStatus.OPEN else None,
            limit=limit,
        )
        found = (attrs.evolve(one, status=one.status_at(now)) for one in self._store.obligations(query))
        return tuple(one for one in found if wanted is None or one.status is wanted)

    def verify(self) -> tuple[str, ...]:
        """Replay every case from its events and compare it with what is stored; one sentence for each difference."""
        return tuple(differences(self._store, self.processes))

    # -- time -----------------------------------------------------------------------------------------------------

    def tick(self, *, limit: int = 1000) -> TickReport:
        """Let time pass: begin recurring duties, fire due timers, remind, note breaches, escalate, deliver messages.

        Safe to call from several processes at once and at any interval; nothing is done twice, and nothing that became
        due since the last call is missed.

        Args:
            limit: how many pieces of work to lease at a time.
        """
        now = self._now()
        report = TickReport()
        self._relay.begin(now, report, self.processes, self._begin)
        self._relay.fire(now, limit, report, self._fire)
        self._relay.climb(now, limit, report)
        self._relay.deliver(now, limit, report)
        return report

    def _begin(self, process: type[Process[Any]], duty: Recurring[Any], case_id: str, payload: dict[str, Any]) -> None:
        self.start(process, step=duty.step, by=SYSTEM, case_id=case_id, **payload)

    def _fire(self, case_id: str, timer_id: str, at: dt.datetime) -> bool:
        case = self.case(case_id)
        process = self.processes.of(case.process, case.process_version)
        timer = process.timers.get(timer_id)
        if timer is None:
            raise UnknownStep(f"process {process.id!r} version {process.version} has no timer {timer_id!r} any more")
        key = f"timer:{case_id}:{timer_id}:{at.isoformat()}"
        return self.perform(case_id, timer.step, by=SYSTEM, command_key=key).version > case.version

    # -- people, regulations, records -----------------------------------------------------------------------------

    def _now(self) -> dt.datetime:
        return to_utc(self._clock.now())

    def _unacknowledged(self, employee: str, roles: frozenset[Role]) -> frozenset[Role]:
        """Of some roles, those whose rules in the version in force a person has yet to acknowledge (R98)."""
        found = [one.data for one in self.cases(key=IN_FORCE_KEY) if isinstance(one.data, RegulationVersion)]
        return frozenset(role for version in found for role in version.unacknowledged(employee, roles))

    def _regulation(self, content_hash: str) -> Regulation:
        known = self._regulations.get(content_hash)
        if known is None:
            body = self._store.regulation(content_hash)
            if body is None:
                raise OrphanedCases(
                    f"the store does not hold the regulation {content_hash[:12]}… that a case runs under"
                )
            known = Regulation.from_dict(msgspec.json.decode(body))
            self._regulations[content_hash] = known
        return known

    def _norm_titles(self) -> dict[str, tuple[str, str]]:
        return {norm.id: (norm.text, norm.ru) for process in self.processes for norm in process.norms()} | {
            step.id: (step.title, step.ru) for process in self.processes for step in process.steps.values()
        }


def _check_duties(processes: Sequence[type[Process[Any]]], regulation: Regulation) -> None:
    for process in processes:
        for duty in process.duties.values():
            term = regulation.term(duty.norm)
            if term is None or not term.is_recurring:
                raise ParameterTypeError(
                    f"{process.id}.{duty.id} comes back, so {duty.norm.id!r} needs a term that recurs, such as "
                    f'"each working day", not {str(term)!r}'
                )


_LIVE: Final = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED, ObligationStatus.BREACHED})
