"""Cases and events as a store keeps them, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import attrs
import msgspec

from salesreg.errors import RecordError, UnknownProcess
from salesreg.ports import StoredCase, StoredEvent
from salesreg.processes import Case, Event, Process
from salesreg.processes._payload import encode_hook

__all__ = ["Processes", "decode_case", "decode_event", "encode_case", "encode_event", "encode_hook"]

D = TypeVar("D")
_EVENT: Final = msgspec.json.Decoder(Event)
_ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_hook)


class Processes:
    """The process classes that a program knows, by id and version."""

    def __init__(self, classes: tuple[type[Process[Any]], ...]) -> None:
        self._known = {(cls.id, cls.version): cls for cls in classes}
        self._latest: dict[str, type[Process[Any]]] = {}
        for cls in classes:
            latest = self._latest.get(cls.id)
            if latest is None or latest.version < cls.version:
                self._latest[cls.id] = cls

    def latest(self, process: str | type[Process[Any]]) -> type[Process[Any]]:
        """The newest version of a process, by its id or any of its classes.

        Raises:
            UnknownProcess: there is none of that id.
        """
        process_id = process if isinstance(process, str) else process.id
        if process_id not in self._latest:
            raise UnknownProcess(
                f"no process {process_id!r}; this engine knows {', '.join(sorted(self._latest)) or 'none'}"
            )
        return self._latest[process_id]

    def of(self, process_id: str, version: int) -> type[Process[Any]]:
        """The class that a running case began with.

        Raises:
            UnknownProcess: this program does not have that version.
        """
        found = self._known.get((process_id, version))
        if found is None:
            raise UnknownProcess(
                f"no version {version} of process {process_id!r}; this engine knows "
                + ", ".join(f"{name} {number}" for name, number in sorted(self._known))
            )
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def __iter__(self) -> Any:
        return iter(self._latest.values())


def encode_case(process: type[Process[D]], case: Case[D]) -> StoredCase:
    """A case as a store keeps it."""
    return StoredCase(
        case.id,
        case.process,
        case.process_version,
        case.stage,
        case.version,
        _ENCODER.encode(case.data),
        case.regulation,
        case.last_at,
        process.stages[case.stage].ended,
    )


def decode_case(process: type[Process[D]], stored: StoredCase) -> Case[D]:
    """The case from what a store kept.

    Raises:
        UnknownStage: the process has no such stage.
        RecordError: the data are not those of the process's entity.
    """
    process.stage(stored.stage)
    return Case(
        stored.id,
        stored.process,
        stored.process_version,
        stored.stage,
        stored.version,
        process.decode(stored.data),
        stored.regulation,
        stored.last_at,
        stored.obligations,
    )


def encode_event(event: Event, recorded_at: dt.datetime) -> StoredEvent:
    """An event as a store keeps it."""
    body = _ENCODER.encode(event)
    return StoredEvent(event.case, event.version, event.process, event.step, event.at, body, recorded_at)


def decode_event(processes: Processes, stored: StoredEvent) -> Event:
    """The event from what a store kept, its changes typed again.

    Raises:
        RecordError: the body cannot be read.
        UnknownProcess: this program does not have the event's process version.
    """
    try:
        event = _EVENT.decode(stored.body)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise RecordError(f"event {stored.version} of case {stored.case!r} cannot be read: {wrong}") from wrong
    if not event.changes:
        return event
    changes: Mapping[str, Any] = processes.of(event.process, event.process_version).decode_changes(event.changes)
    return attrs.evolve(event, changes=changes)
