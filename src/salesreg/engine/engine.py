"""The engine: load, decide, commit; and `tick`, which makes time pass for timers, obligations and messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Self, TypeVar, Unpack, get_args, overload

import msgspec
from msgspec.structs import replace

from salesreg.decide import Availability, available
from salesreg.engine import door
from salesreg.engine.check import Seal, check, sealed
from salesreg.engine.clock import BelievedClock
from salesreg.engine.codec import Pages, listed_case
from salesreg.engine.command import Asked, CommandRunner
from salesreg.engine.corrections import Corrections
from salesreg.engine.dead import requeue, timers
from salesreg.engine.delivery import obligation_of
from salesreg.engine.erase import Eraser, Erasure
from salesreg.engine.evidence import Evidence, evidence
from salesreg.engine.gate import Gatekeeper
from salesreg.engine.hand_over import HandOver, Held, held_by
from salesreg.engine.letters import Letters
from salesreg.engine.log import LogPage, check_running, history, kept_regulation, log_page
from salesreg.engine.migration import Migration, run_migration
from salesreg.engine.people import People
from salesreg.engine.person_record import PersonRecord, person_record
from salesreg.engine.questions import Criteria, Task, case_query
from salesreg.engine.reactions import Reactions
from salesreg.engine.report import TickReport
from salesreg.engine.shape import shape_of
from salesreg.engine.tick import Tick
from salesreg.engine.transfer import check_imported
from salesreg.engine.workspace import Workspace
from salesreg.errors import (
    CaseNotFound,
    OutOfOrder,
    ParameterTypeError,
    StepRefused,
    UnknownAttribute,
    UnknownStep,
    VersionConflict,
)
from salesreg.ports import (
    Backlog,
    CaseOrder,
    CaseQuery,
    Clock,
    Directory,
    Message,
    MessageState,
    Notifier,
    ObligationQuery,
    Store,
    Work,
)
from salesreg.process.bounds import shown
from salesreg.process.case import Case, Event, Obligation, ObligationStatus
from salesreg.process.charges import TAKE_OVER
from salesreg.process.page import Process
from salesreg.process.rulebook import Rulebook
from salesreg.process.steps import Command, Opening
from salesreg.rules.instants import to_utc
from salesreg.rules.people import Employee
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM, Role
from salesreg.rules.texts import Texts

D = TypeVar("D")
E = TypeVar("E")
_OWED: Final = (ObligationStatus.OPEN, ObligationStatus.PAUSED)


class ProcessEngine:
    """Runs the processes of a rulebook on a store: one command is one transaction.

    Args:
        store: where everything is kept.
        rulebook: the roles, processes, reactions and texts.
        regulation: what new cases run under, and the ladder that follows a breach; running cases keep the rules and
            terms that they began with.
        directory: who works here.
        clock: what time it is.
        notifier: how people are told; None leaves messages in the outbox.
        lang: language of the messages, one that the rulebook has.

    Raises:
        ParameterNotSet: the regulation leaves open what the processes need; names everything at once.
        RegulationMismatch: the regulation says what nothing reads, or is written for another rulebook.
        OrphanedCases: running cases need a page or a regulation that is missing, or were written with another entity.
        UnknownStage: running cases stand in a stage that their process does not have.
    """

    def __init__(
        self,
        store: Store,
        *,
        rulebook: Rulebook,
        regulation: Regulation,
        directory: Directory,
        clock: Clock,
        notifier: Notifier | None = None,
        lang: str = "en",
    ) -> None:
        self._lang = lang
        rulebook.bind(regulation)
        _check_duties(rulebook, regulation)
        self.rulebook: Rulebook = rulebook
        self.regulation: Regulation = regulation
        self._pages = Pages(rulebook)
        self._store = store
        self._clock = clock
        self._regulations = {regulation.content_hash: regulation}
        check_imported(store)
        check_running(store, self._pages, self._regulation_of)
        if not store.read_only:
            store.keep_regulation(regulation.content_hash, msgspec.json.encode(regulation.to_dict()))
        kept = store.fingerprints()
        for page in () if store.read_only else self._pages.every():
            key, shape = (page.id, page.version, self._pages.home(page)), shape_of(page)
            if kept.get(key) != shape:
                store.keep_fingerprint(*key, shape)
        gate = Gatekeeper(store, self._pages, regulation, self._regulation_of)
        self._people = People(directory, rulebook, regulation.calendar.timezone, gate)
        self._letters = letters = Letters(self._people, rulebook, regulation, lang, self.case, self._now)
        reactions = Reactions(rulebook.reactions)
        self._believed = believed = BelievedClock(store, regulation, self._now)
        self._runner = CommandRunner(
            store, self._pages, self._people, letters, reactions, regulation, self._regulation_of, believed
        )
        self._tick = Tick(store, self._pages, self._runner, self._people, letters, notifier, regulation, believed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ProcessEngine({type(self._store).__name__}, {self.rulebook!r}, {self.regulation!r})"

    def close(self) -> None:
        """Let go of the store's files and connections."""
        self._store.close()

    @property
    def texts(self) -> Texts:
        """What people read, in every language of the rulebook."""
        return self.rulebook.texts

    # -- commands -------------------------------------------------------------------------------------------------

    @overload
    def start(
        self, command: Opening[D], /, *, by: Employee | str, case_id: str | None = ..., command_key: str | None = ...
    ) -> Case[D]: ...
    @overload
    def start(
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
    def start(
        self,
        command: Opening[Any] | str | type[Process[Any]],
        step: str | None = None,
        payload: Mapping[str, Any] | None = None,
        /,
        *,
        by: Employee | str,
        case_id: str | None = None,
        command_key: str | None = None,
    ) -> Case[Any]:
        """Begin a case.

        ``start(Sale.register_prospect(...), by="anna")``, or ``start("sale", "register_prospect", {...}, by="anna")``.

        Args:
            command: the first step with its payload; or the process or its id, and then the step's id, which may be
                left out where there is only one, and the payload. The newest version is used.
            step: see `command`.
            payload: see `command`.
            by: who acts, or their id; roles and delegations come from the directory.
            case_id: the new case's id, without a colon; by default drawn, or derived from the command key.
            command_key: the caller's key; a repeat returns the first result and does nothing.

        Raises:
            StepRefused: the regulation says no.
            PayloadError, UnknownStep, UnknownEmployee, UnknownProcess: the command itself is wrong.
            VersionConflict: a case of that id exists.
            CommandKeyReused: the key stood for another command before.
        """
        if isinstance(command, Opening | Command):
            page, step_id, given = self._pages.latest(door.named_by(command)), command.step, command.payload
        else:
            page = self._pages.latest(door.line("a process", door.process_id(command)))
            step_id = _only_start(page) if step is None else door.line("a step", step)
            given = door.fields(payload)
        if not page.table.step(step_id).begins:
            raise _begins_nothing(page, step_id)
        door.own_id(page.id, case_id)
        door.own_key(command_key)
        return self._runner.run(Asked(page, step_id, given, door.person(by), new_id=case_id, key=command_key))

    @overload
    def perform(
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
    def perform(
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
    def perform(
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
    def perform(
        self,
        case: str | Case[Any],
        command: Command[Any] | str,
        payload: Mapping[str, Any] | None = None,
        /,
        *,
        by: Employee | str,
        command_key: str | None = None,
        expected_version: int | None = None,
    ) -> Case[Any]:
        """Take a step on a case and return the new case.

        ``perform(deal, Sale.cancel_deal(...), by="anna")``, or ``perform("sale-1", "cancel_deal", {...}, by="anna")``.

        Args:
            case: the case or its id; the stored version counts, not the one in your hand.
            command: the step with its payload; or the step's id, and then the payload.
            payload: see `command`.
            by: who acts, or their id; roles and delegations come from the directory.
            command_key: the caller's key; a repeat returns the first result and does nothing.
            expected_version: refuse to act on any other version than this.

        Raises:
            StepRefused: the regulation says no; `refusals` has every reason, `allowed` what may be done instead.
            VersionConflict: the case is not at `expected_version`.
            CaseNotFound, PayloadError, UnknownStep, UnknownEmployee: the command itself is wrong.
            CaseMismatch: the command is for another process, or begins a case.
            OutOfOrder: the clock stands before the case's last event, by more than a few seconds.
            ImplausibleClock: the clock stands further from the last tick than ``clocks.longest_silence``.
            CommandKeyReused: the key stood for another command before.
        """
        if isinstance(command, Opening | Command):
            of, step, given = door.named_by(command), command.step, command.payload
        else:
            of, step, given = None, door.line("a step that is not given as a command", command), door.fields(payload)
        door.own_key(command_key)
        return self._runner.run(
            Asked(
                None,
                step,
                given,
                door.person(by),
                case=door.case_id(case),
                of=of,
                key=command_key,
                expected_version=None if expected_version is None else door.counted(expected_version, "a version"),
            )
        )

    # -- questions ------------------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case[Any]:
        """The case as it stands.

        Raises:
            CaseNotFound: the store has none of that id.
        """
        return self._workspace().get(door.case_id(case_id))

    @overload
    def cases(
        self,
        process: type[Process[D]],
        *,
        order: CaseOrder = ...,
        after: str | Case[Any] | None = ...,
        limit: int = ...,
        **criteria: Unpack[Criteria],
    ) -> tuple[Case[D], ...]: ...
    @overload
    def cases(
        self,
        process: str | None = ...,
        *,
        order: CaseOrder = ...,
        after: str | Case[Any] | None = ...,
        limit: int = ...,
        **criteria: Unpack[Criteria],
    ) -> tuple[Case[Any], ...]: ...
    def cases(
        self,
        process: str | type[Process[Any]] | None = None,
        *,
        order: CaseOrder = "id",
        after: str | Case[Any] | None = None,
        limit: int = 1000,
        **criteria: Unpack[Criteria],
    ) -> tuple[Case[Any], ...]:
        """The cases that match; page on with ``after`` the last one.

        Args:
            process: of that process, or its id.
            order: ``"id"`` or ``"last_at"``; with a minus downwards.
            after: the last case of the page before, or its id; the case itself also knows where it stood then.
            limit: at most so many.
            criteria: see `Criteria`.

        Raises:
            UnknownProcess, UnknownStage, UnknownAttribute: nothing has that name.
            PayloadError: what is asked for is of the wrong kind.
        """
        if order not in get_args(CaseOrder):
            raise UnknownAttribute(f"no order {shown(order)}; there are {', '.join(get_args(CaseOrder))}")
        query = msgspec.structs.replace(
            case_query(self._pages, door.process_id(process), criteria, self._owners),
            order=order,
            after=None if after is None else door.case_id(after),
            after_at=after.last_at if isinstance(after, Case) else None,
            limit=door.counted(limit),
        )
        return tuple(listed_case(self._pages, one) for one in self._store.find(query))

    def count(self, process: str | type[Process[Any]] | None = None, **criteria: Unpack[Criteria]) -> int:
        """How many cases match; see `cases`."""
        return self._store.count(case_query(self._pages, door.process_id(process), criteria, self._owners))

    def tasks(
        self,
        who: Employee | str,
        *,
        process: str | type[Process[Any]] | None = None,
        after: Task | str | None = None,
        limit: int = 50,
    ) -> tuple[Task, ...]:
        """What a person owes and what waits for them, also through their roles and for those they stand in for today.

        What has a clock comes first, the earliest due first; then the cases that wait without one.

        Args:
            who: the person, or their id.
            process: only of that process.
            after: the last task of the page before, or its id.
            limit: at most so many.
        """
        process_id, limit = door.process_id(process), door.counted(limit)
        self._pages.check_names(process_id, None, ())
        owners = self._people.owners(door.person(who), self._now())
        last = door.maybe_line("what a page of tasks goes on after", after.id if isinstance(after, Task) else after)
        in_cases = after.obligation is None if isinstance(after, Task) else last is not None and self._is_case(last)
        owed: list[Obligation] = []
        if not in_cases:
            owed = self._store.obligations(
                ObligationQuery(owners=owners, process=process_id, statuses=_OWED, after=last, limit=limit)
            )
        loaded = self._store.load(list(dict.fromkeys(one.case for one in owed))).cases
        cases = {case_id: listed_case(self._pages, one) for case_id, one in loaded.items()}
        found = [Task(cases[one.case], one.due, one) for one in owed]
        if len(found) < limit:
            waiting = CaseQuery(
                process=process_id,
                ended=False,
                waits_for=owners,
                idle_for=owners,
                after=last if in_cases else None,
                limit=limit - len(found),
            )
            found += [Task(listed_case(self._pages, one)) for one in self._store.find(waiting)]
        return tuple(found)

    def available(self, case: str | Case[Any], *, by: Employee | str) -> tuple[Availability, ...]:
        """Every step of the case's stage: allowed for this person now, or all the reasons why not.

        Steps are judged without their payload, so one that is allowed may still be refused for what it is given.
        """
        now, work = self._now(), self._workspace()
        found = work.get(door.case_id(case))
        page = self._pages.of_case(found)
        regulation = self._regulation_of(found.regulation)
        return available(
            page,
            found,
            by=self._people.above(self._people.actor(door.person(by), now), page, found.data, regulation, now),
            at=now,
            regulation=regulation,
            related=work.related_to_leaving(page, found),
            people=self._people.seen_from(page, found.stage, now),
        )

    def able(self, case: str | Case[Any]) -> dict[str, tuple[str, ...]]:
        """Who of those at work today may take each step of the case's stage, deputies included; often several.

        A step for nobody means that whoever may take it is away, has left, or may not judge what is their own.
        What the engine alone does is not listed.
        """
        found: dict[str, tuple[str, ...]] = {}
        with self._people.remembered():
            for person in self._people.at_work(self._now()):
                for option in self.available(case, by=person):
                    if option.step.by != (SYSTEM,):
                        able = (person,) if option.allowed else ()
                        found[option.step.id] = (*found.get(option.step.id, ()), *able)
        return found

    def charges(self, who: Employee | str) -> tuple[Held, ...]:
        """Every case that somebody is in charge of, over all processes, those that have ended apart."""
        person = door.person(who)
        return tuple(held_by(self._store, self._pages, person if isinstance(person, str) else person.id))

    def hand_over(
        self, leaver: Employee | str, *, to: Employee | str, by: Employee | str, dry_run: bool = False
    ) -> HandOver:
        """Put somebody else in charge of everything that a person is in charge of, each a command of its own.

        Args:
            leaver: who is in charge now; they may have left, or be unknown to the directory.
            to: who takes over.
            by: who asks for it: the superior of whoever is in charge.
            dry_run: only say what would be done.

        Returns:
            What has moved, and what was refused and why; what is refused holds up nothing else.

        Raises:
            UnknownEmployee: the directory does not know whoever asks or takes over.
        """
        rehearsed = door.of_kind("dry_run", dry_run, bool)
        person, asks = self._people.employee(door.person(to)).id, self._people.employee(door.person(by))
        report = HandOver()
        for held in self.charges(leaver):
            payload = {"charge": held.charge, "to": person}
            try:
                self._runner.run(Asked(None, TAKE_OVER, payload, asks, case=held.case, rehearsed=rehearsed))
            except StepRefused as refused:
                report.refused.append((held, refused.reasons(self._lang)))
            except (VersionConflict, OutOfOrder) as later:
                report.refused.append((held, (str(later),)))
            else:
                report.moved.append(held)
        return report

    def history(self, case: str | Case[Any]) -> tuple[Event, ...]:
        """Everything that happened to a case, in order.

        Raises:
            CaseNotFound: the store has no events of such a case.
        """
        case_id = door.case_id(case)
        events = tuple(history(self._store, self._pages, case_id))
        if not events:
            raise CaseNotFound(f"no case {case_id!r} in the store")
        return events

    def evidence(self, case: str | Case[Any]) -> Evidence:
        """Everything that the store says of a case: what happened, what was owed, who answers for what was late (R80).

        Raises:
            CaseNotFound: the store has no such case.
            OrphanedCases: a text that the case ran under is missing, or was altered.
        """
        return evidence(self._store, self.rulebook, door.case_id(case), self._now())

    def person_record(
        self,
        who: Employee | str,
        *,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        processes: tuple[str, ...] = (),
    ) -> PersonRecord:
        """Everything that the store says of a person: what they owed, what is and was in their hands (R104).

        Args:
            who: the person, or their id; they may have left, or be unknown to the directory.
            since, until: only what fell due, or passed on, in that time; aware, half-open.
            processes: the ids of processes whose cases are read beside.

        Raises:
            PayloadError: the time ends before it begins.
            OrphanedCases: a text that a case ran under is missing, or was altered.
        """
        person = door.person(who)
        first, end = door.maybe_moment("since", since), door.maybe_moment("until", until)
        for one in door.of_kind("processes", processes, tuple):
            self._pages.check_names(door.process_id(one), None, ())
        return person_record(
            self._store,
            self.rulebook,
            person if isinstance(person, str) else person.id,
            self._now(),
            since=first,
            until=end,
            processes=processes,
        )

    def events(self, *, position: int = 0, limit: int = 1000) -> LogPage:
        """Events of all cases after a place in the log, in its order; page on from the page's own ``position``.

        Raises:
            RecordError: an event cannot be read.
        """
        return log_page(self._store, self._pages, door.place(position), door.counted(limit))

    def obligations(
        self,
        *,
        case: str | Case[Any] | None = None,
        owner: Employee | Role | str | None = None,
        process: str | type[Process[Any]] | None = None,
        norm: str | None = None,
        status: ObligationStatus | str | None = None,
        after: Obligation | str | None = None,
        limit: int = 1000,
    ) -> tuple[Obligation, ...]:
        """Obligations, the one due first first, each with its status at this instant.

        Args:
            case: only of this case.
            owner: only those owed by a role, or by a person themselves or through one of their roles.
            process: only of the cases of that process.
            norm: only of that norm, by id.
            status: only those that stand so now; ``"breached"`` means open and past their due instant, or closed so.
            after: the last one of the page before, or its id.
            limit: at most so many.

        Raises:
            UnknownProcess, UnknownAttribute: nothing has that name.
        """
        now = self._now()
        process_id = door.process_id(process)
        self._pages.check_names(process_id, None, (), door.maybe_line("a norm", norm))
        if status is not None and status not in list(ObligationStatus):
            raise UnknownAttribute(f"no status {shown(status)}; there are {', '.join(ObligationStatus)}")
        query = ObligationQuery(
            case=None if case is None else door.case_id(case),
            owners=self._owners(owner),
            process=process_id,
            norm=norm,
            statuses=() if status is None else (ObligationStatus(status),),
            at=now,
            after=door.maybe_line("an obligation's id", after.id if isinstance(after, Obligation) else after),
            limit=door.counted(limit),
        )
        return tuple(replace(one, status=one.status_at(now)) for one in self._store.obligations(query))

    def correct_record(
        self, obligation: Obligation, *, happened_at: dt.datetime, reason: str, by: Employee | str
    ) -> Obligation:
        """Enter that a late obligation was met in time, beside the entry that says otherwise, which stays.

        Args:
            obligation: the entry that is wrong: met late, or breached.
            happened_at: when it was met in truth.
            reason: why it was recorded late.
            by: a superior of whoever owed it.

        Returns:
            The new entry; its `corrects` names the other.

        Raises:
            CaseNotFound: there is no such obligation.
            StepRefused: holds every reason why not.
        """
        self._believed.glance()
        corrections = Corrections(self._store, self._pages, self._people, self.rulebook, self._regulation_of)
        who, entry = self._people.employee(door.person(by)), door.entry(obligation)
        when, why = door.moment("happened_at", happened_at), door.words("a reason", reason)
        return corrections.enter(entry.case, entry.id, when, why, who, self._now())

    def seal(self) -> Seal:
        """How far every case has come at this moment: to be kept where nobody can write who can write to the store."""
        return sealed(self._store)

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        """Forget messages delivered or not needed, and command keys, of before an instant; how many of each."""
        return self._store.purge(door.moment("before", before))

    def verify(self, seal: Seal | None = None) -> tuple[str, ...]:
        """Check the chain of every case, replay it, and compare with what is stored, as it all stands at one moment.

        Args:
            seal: what the store must hold at least.

        Returns:
            One sentence for each difference; `salesreg db check` looks for what is wrong inside the file too.
        """
        kept = None if seal is None else door.of_kind("a seal", seal, Seal)
        report = check(self._store, self._pages, seal=kept, faults=False)
        unknown = [
            f"cases of {process!r} were not replayed: this engine knows no such process"
            for process in sorted(report.unknown)
        ]
        return (*report.problems, *unknown)

    # -- time, and change -----------------------------------------------------------------------------------------

    def tick(
        self, *, limit: int = 1000, trust_clock: bool = False, stopping: Callable[[], bool] = lambda: False
    ) -> TickReport:
        """Let time pass: begin recurring duties, fire due timers, remind, note breaches, escalate, deliver messages.

        Safe to call from several processes at once and at any interval; nothing is done twice, and nothing that became
        due since the last call is missed. What fails is tried again ever later, for a week.

        Args:
            limit: how many pieces of work to lease at a time.
            trust_clock: the clock is right, however far it stands from the last tick.
            stopping: asked before each piece of work; True leaves the rest to the next tick.

        Raises:
            ImplausibleClock: the clock stands further from the last tick than ``clocks.longest_silence``.
            StoreUnavailable: the store cannot be read or written.
        """
        return self._tick.run(
            door.counted(limit), trust_clock=door.of_kind("trust_clock", trust_clock, bool), stopping=stopping
        )

    def outbox(self, *, state: MessageState = "waiting", limit: int = 1000) -> tuple[Work, ...]:
        """Messages that wait, were delivered or dropped as no longer needed, or are dead, the oldest first.

        Args:
            state: ``"waiting"``, ``"delivered"``, ``"dropped"`` or ``"dead"``.
            limit: at most so many.

        Returns:
            Each with the message (`body`), the last `reason`, the `attempts`, and when it is tried next (`wake_at`).
            A reminder is put into words when it is sent; until then it says here what it would say now.
        """
        return tuple(self._in_words(one) for one in self._store.work("message", _state(state), door.counted(limit)))

    def timers(self, *, state: MessageState = "waiting", limit: int = 1000) -> tuple[Work, ...]:
        """Timers that wait for their instant, and timers and duties that failed: to be tried again, or ``"dead"``."""
        return tuple(timers(self._store, _state(state, "waiting", "dead"), door.counted(limit)))

    def reminders(self, *, state: MessageState = "waiting", limit: int = 1000) -> tuple[Work, ...]:
        """Obligations whose next reminder or escalation waits, or has been given up (``"dead"``)."""
        return tuple(self._store.work("obligation", _state(state, "waiting", "dead"), door.counted(limit)))

    def backlog(self) -> Backlog:
        """What is due now and has been given up, how many obligations are overdue, and when the next work is due."""
        return self._store.backlog(self._now())

    def requeue(self, *work: Work | str) -> tuple[str, ...]:
        """Put back what is dead, as if it had never been tried; the next tick takes it.

        Args:
            work: what `outbox`, `timers` and `reminders` list, or their ids.

        Returns:
            The ids of what was dead.
        """
        return requeue(self._store, [door.line("work", getattr(one, "id", one)) for one in work], self._now())

    def migrate(
        self,
        process: str | type[Process[Any]],
        *,
        to: int | None = None,
        stages: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
        regulation: Regulation | None = None,
        dry_run: bool = True,
    ) -> Migration:
        """Move the running cases of a process to another version of its page, or to another regulation.

        Args:
            process: the process, or its id.
            to: the version to move to; by default the one that new cases begin with.
            stages: the new stage of each old one that is gone, by id.
            data: values of attributes that the stored data lack, or a function that gives them from the stored data as
                JSON-like values.
            regulation: what the cases run under from then on; None leaves each its own.
            dry_run: only say what would be done.

        Returns:
            Every case, with what becomes of it or why it cannot be moved.

        Raises:
            MigrationRefused: not a dry run, and some cases cannot be moved: a stage is gone, an attribute has no value,
                a parameter is unset. Nothing was changed.
            UnknownProcess: there is no such process or version.
        """
        page = self._pages.latest(door.line("a process", door.process_id(process)))
        stages = {door.line("a stage", old): door.line("a stage", new) for old, new in door.mapping("stages", stages)}
        if regulation is not None:
            self.rulebook.bind(door.of_kind("a regulation", regulation, Regulation))
            self._regulations[regulation.content_hash] = regulation
            if not dry_run:
                self._store.keep_regulation(regulation.content_hash, msgspec.json.encode(regulation.to_dict()))
        return run_migration(
            self._store,
            self._pages,
            page.id,
            to=None if to is None else door.counted(to, "a version"),
            stages=stages,
            data=data if callable(data) else door.fields(data),
            regulation=regulation,
            regulation_of=self._regulation_of,
            ladder_of=self.regulation,
            now=self._now,
            dry_run=door.of_kind("dry_run", dry_run, bool),
        )

    def erase(
        self,
        *cases: str | Case[Any],
        texts: Collection[str] = (),
        by: Employee | str,
        reason: str,
        dry_run: bool = True,
    ) -> tuple[Erasure, ...]:
        """Erase what ended cases hold of people: from events, data, what cases are found by, and messages about them.

        The chain of each case stays whole, for it holds digests, and an event records that it was done. A case that
        runs, or that the law has kept, is left as it is, and named.

        Args:
            cases: whose personal data; with none, those of every case that holds one of the texts.
            texts: names, numbers and addresses as they were entered; with none, everything personal goes.
            by: who has it done.
            reason: on whose request, or by which rule.
            dry_run: only say what would be done.
        """
        self._believed.glance()
        eraser = Eraser(self._store, self._pages, self._regulation_of, self._now)
        who, why = self._people.employee(door.person(by)).id, door.reason(reason)
        ids, said = [door.case_id(case) for case in cases], door.several("texts", texts)
        return eraser.erase(ids, said, by=who, reason=why, dry_run=door.of_kind("dry_run", dry_run, bool))

    # -- inside ---------------------------------------------------------------------------------------------------

    def now(self) -> dt.datetime:
        """What the clock shows, UTC."""
        return self._now()

    def _now(self) -> dt.datetime:
        return to_utc(self._clock.now())

    def _workspace(self) -> Workspace:
        return Workspace(self._store, self._pages, self._regulation_of)

    def _regulation_of(self, content_hash: str) -> Regulation:
        known = self._regulations.get(content_hash)
        if known is None:
            known = self._regulations[content_hash] = kept_regulation(self._store, content_hash)
        return known

    def _owners(self, owner: Employee | Role | str | None) -> tuple[str, ...]:
        if owner is None:
            return ()
        if isinstance(owner, Role):
            return (owner.id,)
        person = self._people.employee(door.person(owner))
        return (person.id, *sorted(person.roles))

    def _in_words(self, work: Work) -> Work:
        message = work.body
        if not isinstance(message, Message) or message.subject or "obligation" not in message.payload:
            return work
        owed = obligation_of(self._store, message)
        return work if owed is None else replace(work, body=self._letters.worded(message, owed))

    def _is_case(self, task_id: str) -> bool:
        return bool(self._store.load([task_id]).cases)


def _state(state: MessageState, *known: MessageState) -> MessageState:
    """The state of work that is asked for, if there is such a one."""
    known = known or get_args(MessageState)
    if state not in known:
        raise UnknownAttribute(f"no state {shown(state)}; there are {', '.join(known)}")
    return state


def _only_start(page: type[Process[Any]]) -> str:
    first = page.table.first_steps()
    if len(first) != 1:
        names = ", ".join(one.id for one in first)
        raise UnknownStep(f"a {page.id!r} case can begin in several ways: say which of {names}")
    return first[0].id


def _begins_nothing(page: type[Process[Any]], step: str) -> UnknownStep:
    names = " or ".join(one.id for one in page.table.first_steps())
    return UnknownStep(f"{step!r} begins no {page.id!r} case; one begins with {names}")


def _check_duties(rulebook: Rulebook, regulation: Regulation) -> None:
    for page in rulebook.processes:
        for duty in page.duties.values():
            term = regulation.term(duty.norm)
            if term is None or not term.is_recurring or term.hangs_on_start:
                raise ParameterTypeError(
                    f"{page.id}.{duty.id} comes back, so {duty.norm.id!r} needs a term that recurs on days of its own, "
                    f'such as "each working day", not {str(term)!r}'
                )
