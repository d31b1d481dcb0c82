"""The engine: load, decide, commit; and `tick`, which makes time pass for timers, obligations and messages."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
import zoneinfo
from collections.abc import Sequence
from typing import Any, Final, Literal, TypeVar

import attrs
import msgspec

from salesreg.codec import Processes, decode_case
from salesreg.authority import SEPARATE_DUTIES
from salesreg.decide import Availability, available, decide
from salesreg.domain.instants import to_utc
from salesreg.domain.people import SYSTEM, Actor, Employee, Role
from salesreg.errors import (
    CaseNotFound,
    CommandKeyReused,
    KeyTaken,
    OrphanedCases,
    Refusal,
    SalesregError,
    StepRefused,
    UnknownStage,
    VersionConflict,
)
from salesreg.obligations import LADDER_PARAMETERS, duty_days, ladder
from salesreg.ports import Batch, CaseQuery, Clock, Command, Directory, Notifier, ObligationQuery, Scheduled, Store
from salesreg.processes import Case, Event, Obligation, ObligationStatus, Process, Recurring, Step
from salesreg.processes._payload import encode_hook
from salesreg.reactions import MAX_DEPTH, REACTIONS, Reaction
from salesreg.regulation import Parameter, Regulation
from salesreg.relay import Relay, TickReport
from salesreg.trail import differences, history, replayed
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
        processes: the process classes, older versions included while their cases run.
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
        regulation.bind([*needed, *LADDER_PARAMETERS, SEPARATE_DUTIES])
        self.regulation = regulation
        self.processes = Processes(tuple(processes))
        self._store = store
        self._directory = directory
        self._clock = clock
        self._reactions: dict[Step, list[Reaction]] = {}
        for reaction in reactions:
            self._reactions.setdefault(reaction.after, []).append(reaction)
        self._regulations = {regulation.content_hash: regulation}
        self._check_running()
        store.keep_regulation(regulation.content_hash, msgspec.json.encode(regulation.to_dict()))
        self._relay = Relay(store, directory, notifier, lang, self._norm_titles(), regulation)

    def __enter__(self) -> ProcessEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ProcessEngine({type(self._store).__name__}, {', '.join(p.id for p in self.processes)}, {self.regulation!r})"

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
            raise StepRefused(f"a {kind.id!r} case can begin in several ways: say step= one of {names}")
        chosen = kind.step(first[0] if step is None else step)
        return self._command(kind, chosen, None, case_id, by, payload, command_key, None)

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
        return self._command(None, step, wanted, None, by, payload, command_key, expected_version)

    def _command(
        self,
        kind: type[Process[Any]] | None,
        step: Step | str,
        target: str | None,
        new_id: str | None,
        by: Employee | str,
        payload: dict[str, Any],
        command_key: str | None,
        expected_version: int | None,
    ) -> Case[Any]:
        for attempt in range(_TRIES):
            try:
                return self._try(kind, step, target, new_id, by, payload, command_key, expected_version)
            except VersionConflict:
                pinned = expected_version is not None or new_id is not None
                if pinned or attempt == _TRIES - 1:
                    raise
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _try(
        self,
        kind: type[Process[Any]] | None,
        step: Step | str,
        target: str | None,
        new_id: str | None,
        by: Employee | str,
        payload: dict[str, Any],
        command_key: str | None,
        expected_version: int | None,
    ) -> Case[Any]:
        now = self._now()
        work = Workspace(self._store, self.processes)
        loaded = self._store.load([] if target is None else [target], command_key=command_key)
        if loaded.command is None:
            work.admit(loaded.cases)
        case = None
        if target is not None:
            case = work.get(target) if loaded.command is None else decode_case_of(self.processes, loaded.cases, target)
            kind = self.processes.of(case.process, case.process_version)
            if expected_version is not None and case.version != expected_version and loaded.command is None:
                raise VersionConflict(
                    f"case {case.id!r} is at version {case.version}, not {expected_version}: load it again and decide anew",
                    case.id,
                )
        assert kind is not None
        chosen = kind.step(step)
        given = self._with_people(chosen, payload)
        actor = self._actor(by, now)
        fingerprint = "" if command_key is None else _fingerprint(kind, chosen, target or new_id, actor.employee, given)
        if loaded.command is not None:
            return self._first_result(loaded.command, fingerprint)
        if case is None:
            new_id = new_id or _draw_id(kind, command_key)
        done = self._decide(work, kind, case, chosen, actor, now, given, command_key, None, new_id)
        self._react(work, kind, chosen, done, now, depth=0)
        command = None if command_key is None else Command(command_key, fingerprint, done.id, done.version)
        return self._commit(work, kind, chosen, done, now, command, fingerprint)

    def _decide(
        self,
        work: Workspace,
        kind: type[Process[Any]],
        case: Case[Any] | None,
        step: Step,
        actor: Actor,
        now: dt.datetime,
        payload: dict[str, Any],
        command_key: str | None,
        cause: str | None,
        new_id: str | None,
    ) -> Case[Any]:
        decision = decide(
            kind,
            case,
            step,
            by=actor,
            at=now,
            regulation=self.regulation if case is None else self._regulation(case.regulation),
            related=work.related(kind, step, case, payload),
            case_id=new_id,
            command_key=command_key,
            cause=cause,
            **payload,
        )
        work.apply(decision)
        return decision.case

    def _react(
        self, work: Workspace, kind: type[Process[Any]], step: Step, case: Case[Any], now: dt.datetime, depth: int
    ) -> None:
        """Let the declared reactions follow, each seeing what this command has changed already."""
        if depth > MAX_DEPTH:
            raise SalesregError(
                f"reactions to {kind.id}.{step.id} follow from one another more than {MAX_DEPTH} times: break the loop"
            )
        event = work.events_of(case)[-1]
        look = _Look(work, self._regulation(case.regulation))
        for reaction in self._reactions.get(step, ()):
            for number, follow in enumerate(reaction.do(work.get(case.id), event, look), start=1):
                other = self.processes.latest(follow.process)
                subject = None if follow.case is None else work.get(follow.case)
                if subject is not None:
                    other = self.processes.of(subject.process, subject.process_version)
                chosen = other.step(follow.step)
                child_id = f"{case.id}.{case.version}.{number}" if subject is None else None
                payload = self._with_people(chosen, dict(follow.payload))
                try:
                    done = self._decide(
                        work, other, subject, chosen, Actor(SYSTEM), now, payload, None, event.id, child_id
                    )
                except StepRefused:
                    if reaction.if_refused == "refuse":
                        raise
                    continue
                self._react(work, other, chosen, done, now, depth + 1)

    def _commit(
        self,
        work: Workspace,
        kind: type[Process[Any]],
        step: Step,
        done: Case[Any],
        now: dt.datetime,
        command: Command | None,
        fingerprint: str,
    ) -> Case[Any]:
        messages = [message for notice, event in work.notices for message in self._relay.messages(notice, event)]
        batch = work.batch(now, command=command, schedule=self._schedule, messages=messages, marks={})
        try:
            committed = self._store.commit(batch)
        except KeyTaken as taken:
            refusal = kind.key_refusal(taken.key, taken.holder)
            raise StepRefused(f"{step.id} refused: {refusal.text()}", [refusal]) from taken
        if committed.earlier is not None:
            return self._first_result(committed.earlier, fingerprint)
        return done

    def _first_result(self, command: Command, fingerprint: str) -> Case[Any]:
        if command.fingerprint != fingerprint:
            raise CommandKeyReused(
                f"the command key {command.key!r} stood for another command before (case {command.case!r}, version "
                f"{command.version}): use a new key for a new command"
            )
        return replayed(self._store, self.processes, command.case, command.version)

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
        related = {one.id: one for step in kind.leaving(case.stage) for one in work.related(kind, step, case, {})}
        return available(
            kind,
            case,
            by=self._actor(by, now),
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
            person = self._employee(owner)
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
        self._begin_duties(now, report)
        self._relay.fire(now, limit, report, self._fire)
        self._relay.climb(now, limit, report)
        self._relay.deliver(now, limit, report)
        return report

    def _fire(self, case_id: str, timer_id: str, at: dt.datetime) -> None:
        case = self.case(case_id)
        timer = self.processes.of(case.process, case.process_version).timers[timer_id]
        key = f"timer:{case_id}:{timer_id}:{at.isoformat()}"
        self.perform(case_id, timer.step, by=SYSTEM, command_key=key)

    def _begin_duties(self, now: dt.datetime, report: TickReport) -> None:
        """Begin the case of every recurring duty for every day that has opened since the last tick."""
        calendar = self.regulation.calendar
        zone = zoneinfo.ZoneInfo(calendar.timezone)
        today = now.astimezone(zone).date()
        for process in self.processes:
            for duty in process.duties.values():
                name = f"duty:{process.id}:{duty.id}"
                mark = self._store.mark(name)
                first = today if mark is None else dt.date.fromisoformat(mark) + dt.timedelta(days=1)
                for day, opens in duty_days(calendar, self.regulation.term(duty.norm), first, today):
                    if opens > now:
                        break
                    for person in self._directory.holders(duty.per, day):
                        case_id = f"{process.id}:{duty.id}:{person.id}:{day}"
                        self._begin_duty(process, duty, case_id, duty.payload(person.id, day, opens), report)
                    self._store.commit(Batch((), (), now, marks={name: day.isoformat()}))

    def _begin_duty(
        self,
        process: type[Process[Any]],
        duty: Recurring[Any],
        case_id: str,
        payload: dict[str, Any],
        report: TickReport,
    ) -> None:
        try:
            self.start(process, step=duty.step, by=SYSTEM, case_id=case_id, **payload)
        except VersionConflict:
            return  # another tick has begun it
        except StepRefused as refused:
            report.failed.append((case_id, duty.id, str(refused)))
            return
        report.begun.append(case_id)

    # -- people, regulations, records -----------------------------------------------------------------------------

    def _now(self) -> dt.datetime:
        return to_utc(self._clock.now())

    def _employee(self, who: Employee | str) -> Employee:
        employee_id = who if isinstance(who, str) else who.id
        return SYSTEM if employee_id == SYSTEM.id else self._directory.employee(employee_id)

    def _actor(self, who: Employee | str, now: dt.datetime) -> Actor:
        employee = self._employee(who)
        if employee is SYSTEM:
            return Actor(SYSTEM)
        today = now.astimezone(zoneinfo.ZoneInfo(self.regulation.calendar.timezone)).date()
        absent = []
        for delegation in self._directory.delegations(employee.id, today):
            person = self._directory.employee(delegation.absent)
            roles = person.roles if delegation.roles is None else person.roles & delegation.roles
            if roles:
                absent.append(attrs.evolve(person, roles=roles))
        return Actor(employee, tuple(absent))

    def _with_people(self, step: Step, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload with the ids of employees replaced by the employees themselves."""
        if not step.payload.employees:
            return payload
        out = dict(payload)
        for name in step.payload.employees:
            given = out.get(name)
            if isinstance(given, str | Employee):
                out[name] = self._employee(given)
            elif isinstance(given, list | tuple):
                out[name] = tuple(self._employee(one) for one in given)
        return out

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

    def _schedule(self, obligation: Obligation) -> Scheduled:
        if obligation.status is not ObligationStatus.OPEN:
            return Scheduled(obligation, None)
        rung = next(iter(ladder(obligation, self.regulation)), None)
        return Scheduled(obligation, None if rung is None else rung.at)

    def _norm_titles(self) -> dict[str, tuple[str, str]]:
        return {norm.id: (norm.text, norm.ru) for process in self.processes for norm in process.norms()} | {
            step.id: (step.title, step.ru) for process in self.processes for step in process.steps.values()
        }

    def _check_running(self) -> None:
        missing, strange = [], []
        for group in self._store.running():
            where = f"{group.cases} running case{'s' * (group.cases != 1)} of {group.process!r} version {group.process_version}"
            if (group.process, group.process_version) not in self.processes:
                missing.append(f"{where} need that version of the process")
            elif group.stage not in self.processes.of(group.process, group.process_version).stages:
                strange.append(f"{where} stand in the stage {group.stage!r}, which it does not have")
            if group.regulation not in self._regulations and self._store.regulation(group.regulation) is None:
                missing.append(f"{where} need the regulation {group.regulation[:12]}…")
        if strange:
            raise UnknownStage("; ".join(strange) + ": migrate the cases or run the program that wrote them")
        if missing:
            raise OrphanedCases("; ".join(missing) + ": pass them to the engine or migrate the cases", missing)


class _Look:
    """A reaction's view: the workspace and the values of the case's regulation."""

    __slots__ = ("_regulation", "_work", "cases")

    def __init__(self, work: Workspace, regulation: Regulation) -> None:
        self._work = work
        self._regulation = regulation
        self.cases = work.cases

    def case(self, case_id: str) -> Case[Any]:
        return self._work.get(case_id)

    def children(self, parent: str, process: str) -> tuple[Case[Any], ...]:
        return self._work.children(parent, process)

    def value(self, parameter: Parameter[T]) -> T:
        return self._regulation.value(parameter)


_LIVE: Final = frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED, ObligationStatus.BREACHED})


def decode_case_of(processes: Processes, found: Any, case_id: str) -> Case[Any]:
    """One of the loaded cases."""
    if case_id not in found:
        raise CaseNotFound(f"no case {case_id!r} in the store")
    stored = found[case_id]
    return decode_case(processes.of(stored.process, stored.process_version), stored)


def _draw_id(process: type[Process[Any]], command_key: str | None) -> str:
    tail = uuid.uuid4().hex if command_key is None else hashlib.sha256(command_key.encode()).hexdigest()
    return f"{process.id}-{tail[:16]}"


def _fingerprint(
    process: type[Process[Any]], step: Step, case_id: str | None, by: Employee, given: dict[str, Any]
) -> str:
    """What was asked, in a form in which equal commands are equal."""
    payload = step.payload.structure(given)
    for name in step.payload.employees:
        value = payload[name]
        payload[name] = [one.id for one in value] if isinstance(value, tuple) else getattr(value, "id", None)
    asked = [process.id, step.id, case_id, by.id, payload]
    return hashlib.sha256(msgspec.json.encode(asked, enc_hook=encode_hook, order="deterministic")).hexdigest()
