"""One command: load, decide, let reactions follow, commit; retried when somebody else was first."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import msgspec

from salesreg.codec import Processes, encode_hook
from salesreg.decide import Decision, decide
from salesreg.domain.people import SYSTEM, Actor, Employee
from salesreg.errors import CommandKeyReused, KeyTaken, Refusal, SalesregError, StepRefused, VersionConflict
from salesreg.obligations import ladder
from salesreg.personnel import Personnel
from salesreg.ports import Batch, CaseQuery, Command, Scheduled, Store
from salesreg.processes import Case, Obligation, ObligationStatus, Process, Step
from salesreg.reactions import MAX_DEPTH, Reaction
from salesreg.regulation import Regulation
from salesreg.relay import Relay
from salesreg.trail import replayed
from salesreg.workspace import Workspace

__all__ = ["Asked", "CommandRunner"]

_TRIES: Final = 6


@attrs.frozen
class Asked:
    """What a caller asks for.

    Attributes:
        process: the process, if a case is to begin; None for a step on a case.
        step: the step or its id.
        case: the case to act on; None if one is to begin.
        new_id: the id of a case to begin, if the caller chose one.
        by: who acts, or their id.
        payload: the step's inputs.
        key: the caller's key for the command, if any.
        expected_version: the version that the caller has seen, if it matters.
    """

    process: type[Process[Any]] | None
    step: Step | str
    case: str | None
    new_id: str | None
    by: Employee | str
    payload: Mapping[str, Any]
    key: str | None
    expected_version: int | None


class CommandRunner:
    """Carries out commands on a store."""

    def __init__(
        self,
        store: Store,
        processes: Processes,
        personnel: Personnel,
        relay: Relay,
        reactions: Sequence[Reaction],
        regulation: Regulation,
        regulation_of: Callable[[str], Regulation],
    ) -> None:
        self._store = store
        self._processes = processes
        self._personnel = personnel
        self._relay = relay
        self._regulation = regulation
        self._regulation_of = regulation_of
        self._reactions: dict[Step, list[Reaction]] = {}
        for reaction in reactions:
            self._reactions.setdefault(reaction.after, []).append(reaction)

    def run(self, asked: Asked, now: Callable[[], dt.datetime]) -> Case[Any]:
        """Carry out a command; where somebody else was first, look again and decide anew."""
        pinned = asked.new_id if asked.expected_version is None else asked.case
        for _ in range(_TRIES - 1):
            try:
                return self._attempt(asked, now())
            except VersionConflict as conflict:
                if conflict.case_id == pinned:
                    raise
        return self._attempt(asked, now())

    def _attempt(self, asked: Asked, now: dt.datetime) -> Case[Any]:
        """Load, decide, commit."""
        loaded = self._store.load([] if asked.case is None else [asked.case], command_key=asked.key)
        work = Workspace(self._store, self._processes)
        work.admit(loaded.cases)
        case = None if asked.case is None else work.get(asked.case)
        process = asked.process if case is None else self._processes.of(case.process, case.process_version)
        assert process is not None  # noqa: S101 - a command names a process or a case
        step = process.step(asked.step)
        payload = self._personnel.in_payload(step, dict(asked.payload))
        actor = self._personnel.actor(asked.by, now)
        asks = "" if asked.key is None else _fingerprint(process, step, asked, actor.employee, payload)
        if loaded.command is not None:
            return self._first_result(loaded.command, asks)
        if case is not None and asked.expected_version not in {None, case.version}:
            raise VersionConflict(
                f"case {case.id!r} is at version {case.version}, not {asked.expected_version}: "
                "load it again and decide anew",
                case.id,
            )

        new_id = asked.new_id or (_draw_id(process, asked.key) if case is None else None)
        done = self._decide(work, process, case, step, actor, now, payload, new_id=new_id, key=asked.key)
        self._react(work, process, step, done, now, depth=0)

        command = None if asked.key is None else Command(asked.key, asks, done.id, work.get(done.id).version)
        return self._commit(work, process, step, done, now, command)

    def _decide(
        self,
        work: Workspace,
        process: type[Process[Any]],
        case: Case[Any] | None,
        step: Step,
        actor: Actor,
        now: dt.datetime,
        payload: dict[str, Any],
        *,
        new_id: str | None,
        key: str | None = None,
        cause: str | None = None,
    ) -> Case[Any]:
        def judged(related: Iterable[Case[Any]]) -> Decision[Any]:
            return decide(
                process,
                case,
                step,
                by=actor,
                at=now,
                regulation=self._regulation if case is None else self._regulation_of(case.regulation),
                related=related,
                case_id=new_id,
                command_key=key,
                cause=cause,
                **payload,
            )

        related = work.related(step, case, payload)
        try:
            decision = judged(related)
        except StepRefused:
            others = () if case is None else process.leaving(case.stage)
            if not any(other.children for other in others):
                raise
            # What may be done instead rests on children that this step does not look at.
            decision = judged([*related, *(one for other in others for one in work.related(other, case, {}))])
        work.apply(decision)
        return decision.case

    def _react(
        self, work: Workspace, process: type[Process[Any]], step: Step, case: Case[Any], now: dt.datetime, depth: int
    ) -> None:
        """Let the declared reactions follow, each seeing what this command has changed already."""
        if depth > MAX_DEPTH:
            raise SalesregError(
                f"reactions to {process.id}.{step.id} follow from one another more than {MAX_DEPTH} times: "
                "break the loop"
            )
        number = 0
        event = work.events_of(case)[-1]
        for reaction in self._reactions.get(step, ()):
            look = work.look(self._regulation_of(case.regulation))
            for follow in reaction.do(work.get(case.id), event, look):
                number += 1
                subject = None if follow.case is None else work.get(follow.case)
                if subject is None:
                    other = self._processes.latest(follow.process)
                else:
                    other = self._processes.of(subject.process, subject.process_version)
                chosen = other.step(follow.step)
                payload = self._personnel.in_payload(chosen, dict(follow.payload))
                new_id = f"{case.id}.{event.version}.{number}" if subject is None else None
                try:
                    done = self._decide(
                        work, other, subject, chosen, Actor(SYSTEM), now, payload, new_id=new_id, cause=event.id
                    )
                except StepRefused:
                    if reaction.if_refused == "refuse":
                        raise
                    continue
                self._react(work, other, chosen, done, now, depth + 1)

    def _commit(
        self,
        work: Workspace,
        process: type[Process[Any]],
        step: Step,
        done: Case[Any],
        now: dt.datetime,
        command: Command | None,
    ) -> Case[Any]:
        messages = [message for notice, event in work.notices for message in self._relay.messages(notice, event)]
        batch = work.batch(now, command=command, schedule=self._schedule, messages=messages)
        try:
            committed = self._store.commit(batch)
        except KeyTaken as taken:
            refusals = self._keys_taken(batch) or [process.key_refusal(taken.key, taken.holder)]
            reasons = "; ".join(refusal.text() for refusal in refusals)
            raise StepRefused(f"{step.id} refused: {reasons}", refusals) from taken
        if committed.earlier is not None and command is not None:
            return self._first_result(committed.earlier, command.fingerprint)
        return work.get(done.id)

    def _keys_taken(self, batch: Batch) -> list[Refusal]:
        """A refusal for every key of a batch that another case holds and does not let go of, in its process's words."""
        released = {(write.case.id, key) for write in batch.writes for key in write.keys_released}
        return [
            self._processes.of(write.case.process, write.case.process_version).key_refusal(key, holder.id)
            for write in batch.writes
            for key in write.keys_taken
            for holder in self._store.find(CaseQuery(key=key))
            if holder.id != write.case.id and (holder.id, key) not in released
        ]

    def _schedule(self, obligation: Obligation) -> Scheduled:
        if obligation.status is not ObligationStatus.OPEN:
            return Scheduled(obligation, None)
        rung = next(iter(ladder(obligation, self._regulation)), None)
        return Scheduled(obligation, None if rung is None else rung.at)

    def _first_result(self, command: Command, fingerprint: str) -> Case[Any]:
        if command.fingerprint != fingerprint:
            raise CommandKeyReused(
                f"the command key {command.key!r} stood for another command before (case {command.case!r}, version "
                f"{command.version}): use a new key for a new command"
            )
        return replayed(self._store, self._processes, command.case, command.version)


def _draw_id(process: type[Process[Any]], command_key: str | None) -> str:
    tail = uuid.uuid4().hex if command_key is None else hashlib.sha256(command_key.encode()).hexdigest()
    return f"{process.id}-{tail[:16]}"


def _fingerprint(
    process: type[Process[Any]], step: Step, asked: Asked, by: Employee, payload: Mapping[str, Any]
) -> str:
    """What was asked, in a form in which equal commands are equal."""
    given = step.payload.recorded(step.payload.structure(payload))
    body = [process.id, step.id, asked.case or asked.new_id, by.id, given]
    return hashlib.sha256(msgspec.json.encode(body, enc_hook=encode_hook, order="deterministic")).hexdigest()
