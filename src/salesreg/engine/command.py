"""One command: load, decide, let reactions follow, commit; retried when somebody else was first."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import msgspec

from salesreg.decide import available
from salesreg.decide.decide import take
from salesreg.decide.ladder import ladder
from salesreg.decide.plan import bind
from salesreg.engine.clock import SKEW, BelievedClock
from salesreg.engine.codec import Pages
from salesreg.engine.events import fingerprint
from salesreg.engine.letters import Letters
from salesreg.engine.log import replayed
from salesreg.engine.people import People
from salesreg.engine.reactions import Reactions
from salesreg.engine.workspace import Workspace
from salesreg.errors import CaseMismatch, CommandKeyReused, KeyTaken, Refusal, StepRefused, VersionConflict
from salesreg.ports import Batch, CaseQuery, Command, Scheduled, Store
from salesreg.process.case import Case, Event, Obligation
from salesreg.process.page import Process
from salesreg.process.steps import AnyStep
from salesreg.process.who import SUPERIOR
from salesreg.rules.people import SYSTEM_ACTOR, Actor, Employee
from salesreg.rules.regulation import Regulation

_TRIES: Final = 6
_PAUSE: Final = 0.002


@attrs.frozen
class Asked:
    """What a caller asks for.

    Attributes:
        process: the process, if a case is to begin; None for a step on a case.
        step: the id of the step.
        payload: the step's inputs.
        by: who acts, or their id; an `Actor` only from the engine itself.
        case: the case to act on; None if one is to begin.
        of: the id of the process that the case must be of, if the command says.
        new_id: the id of a case to begin, if the caller chose one.
        key: the caller's key for the command, if any.
        expected_version: the version that the caller has seen, if it matters.
        rehearsed: whether it is only decided, and nothing written.
    """

    process: type[Process[Any]] | None
    step: str
    payload: Mapping[str, Any]
    by: Employee | str | Actor
    case: str | None = None
    of: str | None = None
    new_id: str | None = None
    key: str | None = None
    expected_version: int | None = None
    rehearsed: bool = False


class CommandRunner:
    """Carries out commands on a store."""

    def __init__(
        self,
        store: Store,
        pages: Pages,
        people: People,
        letters: Letters,
        reactions: Reactions,
        regulation: Regulation,
        regulation_of: Callable[[str], Regulation],
        clock: BelievedClock,
    ) -> None:
        self._store = store
        self._pages = pages
        self._people = people
        self._letters = letters
        self._reactions = reactions
        self._regulation = regulation
        self._regulation_of = regulation_of
        self._clock, self._now = clock, clock.now

    def run(self, asked: Asked) -> Case[Any]:
        """Carry out a command; where somebody else was first, look again and decide anew."""
        pinned = asked.new_id if asked.expected_version is None else asked.case
        self._clock.glance()
        try:
            with self._people.remembered():
                return self._tried(asked, pinned)
        except StepRefused as refused:
            refused.speak = self._pages.rulebook.texts.refusal
            raise

    def _tried(self, asked: Asked, pinned: str | None) -> Case[Any]:
        """Try until nobody else is first: after pauses that grow by chance, and at last while nobody else may write."""
        self._people.look_up(asked.by, self._now())
        for failures in range(_TRIES - 1):
            try:
                return self._attempt(asked)
            except VersionConflict as conflict:
                if conflict.case_id == pinned:
                    raise
            time.sleep(_PAUSE * 2**failures * random.random())  # noqa: S311 - for its spread alone
        with self._store.alone():
            return self._attempt(asked)

    def _attempt(self, asked: Asked) -> Case[Any]:
        """Load, decide, commit."""
        named_cases = [] if asked.case is None else [asked.case]
        loaded = self._store.load(named_cases, keys=self._people.gate.keys, command_key=asked.key)
        now = self._now()
        work = Workspace(self._store, self._pages, self._regulation_of)
        work.admit(loaded.cases)
        case = None if asked.case is None else work.get(asked.case)
        if case is not None and asked.of not in {None, case.process}:
            raise CaseMismatch(f"case {case.id!r} is of process {case.process!r}, and {asked.step!r} of {asked.of!r}")
        page = asked.process if case is None else self._pages.of_case(case)
        assert page is not None  # noqa: S101 - a command names a process or a case
        step = page.table.step(asked.step)
        actor = self._people.actor(asked.by, now, loaded.holders)
        named = asked.case or asked.new_id
        asks = "" if asked.key is None else fingerprint(page, step.id, named, actor.employee.id, asked.payload)
        if loaded.command is not None:
            return self._first_result(loaded.command, asks)
        if case is not None and asked.expected_version not in {None, case.version}:
            raise VersionConflict(
                f"case {case.id!r} is at version {case.version}, not {asked.expected_version}: "
                "load it again and decide anew",
                case.id,
            )
        new_id = asked.new_id or (_draw_id(page, asked.key) if case is None else None)
        try:
            done = self._decide(work, page, step, case, actor, now, asked.payload, new_id, key=asked.key)
        except StepRefused as refused:
            if case is not None:
                refused.allowed = self._allowed(work, page, case, actor, now)
            raise

        def follow(
            process: str,
            step_id: str,
            subject: Case[Any] | None,
            payload: Any,
            fresh: str | None,
            cause: Event,
            skip: bool,
        ) -> Case[Any] | None:
            other = self._pages.latest(process) if subject is None else self._pages.of_case(subject)
            followed: Case[Any] | None = self._decide(
                work,
                other,
                other.table.step(step_id),
                subject,
                SYSTEM_ACTOR,
                now,
                payload,
                fresh,
                cause=cause.id,
                skip=skip,
            )
            return followed

        self._reactions.follow(work, done, work.last_event(done.id), follow)
        if asked.rehearsed:
            return work.get(done.id)
        command = None if asked.key is None else Command(asked.key, asks, done.id, work.get(done.id).version)
        return self._commit(work, page, step, done, now, command)

    def _decide(
        self,
        work: Workspace,
        page: type[Process[Any]],
        step: AnyStep,
        case: Case[Any] | None,
        actor: Actor,
        now: dt.datetime,
        payload: Mapping[str, Any],
        new_id: str | None,
        *,
        key: str | None = None,
        cause: str | None = None,
        skip: bool = False,
    ) -> Any:
        """Decide one step and take it in; with ``skip`` None where it is refused or another case holds its key."""
        if case is not None and now < case.last_at <= now + SKEW:
            now = case.last_at
        regulation = self._regulation if case is None else self._regulation_of(case.regulation)
        if case is not None and SUPERIOR in step.by:
            actor = self._people.above(actor, page, case.data, regulation, now, only=payload.get("charge"))
        bound = bind(page, regulation)
        if bound.filled is not None:
            payload = bound.filled(step.id, payload, now.astimezone(bound.zone).date(), work.taken)
        try:
            decision = take(
                page,
                step.id,
                payload,
                case,
                actor,
                now,
                regulation,
                work.related(page, step, case, payload),
                self._people.looked_at(page, step, payload, now),
                new_id,
                command_key=key,
                cause=cause,
                rulebook=self._pages.home(page) if case is None else "",
            )
        except StepRefused:
            if skip:
                return None
            raise
        if skip:
            if work.holder_elsewhere(decision) is not None:
                return None
            work.skippable.update(decision.keys_taken)
        work.apply(decision)
        return decision.case

    def _allowed(
        self, work: Workspace, page: type[Process[Any]], case: Case[Any], actor: Actor, now: dt.datetime
    ) -> tuple[str, ...]:
        """What may be done instead, with the children that other steps look at."""
        regulation = self._regulation_of(case.regulation)
        options = available(
            page,
            case,
            by=self._people.above(actor, page, case.data, regulation, now),
            at=now,
            regulation=regulation,
            related=work.related_to_leaving(page, case),
            people=self._people.seen_from(page, case.stage, now),
        )
        return tuple(option.step.id for option in options if option.allowed)

    def _commit(
        self,
        work: Workspace,
        page: type[Process[Any]],
        step: AnyStep,
        done: Case[Any],
        now: dt.datetime,
        command: Command | None,
    ) -> Case[Any]:
        write = self._letters.of_notice
        messages = [one for notice, event in work.notices for one in write(notice, event, work.get(notice.case))]
        batch = work.batch(now, command=command, schedule=self._schedule, messages=messages)
        try:
            committed = self._store.commit(batch)
        except KeyTaken as taken:
            if taken.key in work.skippable:
                # Somebody took it since it was looked at: decided anew, the step that wants it is left out.
                raise VersionConflict(str(taken), taken.holder) from taken
            refusals = self._keys_taken(batch) or [_held(page, taken.key, taken.holder)]
            raise StepRefused(step.id, refusals) from taken
        if committed.earlier is not None and command is not None:
            return self._first_result(committed.earlier, command.fingerprint)
        return work.get(done.id)

    def _keys_taken(self, batch: Batch) -> list[Refusal]:
        """A refusal for every key of a batch that another case holds and does not let go of, in its process's words."""
        released = {(write.case.id, key) for write in batch.writes for key in write.keys_released}
        found: list[Refusal] = []
        for write in batch.writes:
            page = self._pages.of_case(write.case)
            for key in write.keys_taken:
                held = (one.id for one in self._store.find(CaseQuery(key=key)) if one.id != write.case.id)
                found += [_held(page, key, one) for one in held if (one, key) not in released]
        return [one for number, one in enumerate(found) if one not in found[:number]]

    def _schedule(self, obligation: Obligation) -> Scheduled:
        if obligation.closed_at is not None:
            return Scheduled(obligation, None)
        rung = next(iter(ladder(obligation, self._regulation)), None)
        return Scheduled(obligation, None if rung is None else rung.at)

    def _first_result(self, command: Command, fingerprint: str) -> Case[Any]:
        if command.fingerprint != fingerprint:
            raise CommandKeyReused(
                f"the command key {command.key!r} stood for another command before (case {command.case!r}, version "
                f"{command.version}): use a new key for a new command"
            )
        return replayed(self._store, self._pages, command.case, command.version)


def _held(page: type[Process[Any]], key: str, holder: str) -> Refusal:
    """That another case holds a key, in the words of the process that wants it."""
    return msgspec.structs.replace(page.key_refusal(key, holder), process=page.id)


def _draw_id(page: type[Process[Any]], command_key: str | None) -> str:
    tail = uuid.uuid4().hex if command_key is None else hashlib.sha256(command_key.encode()).hexdigest()
    return f"{page.id}-{tail[:16]}"
