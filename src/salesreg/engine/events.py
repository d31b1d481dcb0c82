"""Events as the log keeps them: links of their case's chain, of what is long only the change, what is personal apart.

The body of an event holds the hash of the event before it, so that the hash of the last one stands for all of them. In
the place of a personal text the body has a salted digest; text and salt are kept beside it, and can be dropped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import astuple, replace

from salesreg.engine.codec import ENCODER, Pages
from salesreg.errors import PayloadError, RecordError
from salesreg.ports import Store, StoredEvent
from salesreg.process.bounds import encode_hook
from salesreg.process.case import Case, Event, Obligation
from salesreg.process.page import Process
from salesreg.process.personal import INSTEAD, PersonalMark, Swap

ERASED: Final = "personal_data_erased"
"""The step of the event that records an erasure."""

LARGEST: Final = 16 * 2**20
"""The most bytes of one event; a longer text belongs into a file that the event names."""

LONG: Final = 8
"""From how many items on that have stayed only the change of a list is written."""


class Record(Event, frozen=True, omit_defaults=True):
    """What is written of an event.

    Attributes:
        recorded_at: when, UTC.
        spliced: of lists in `changes` that hold only what is new: how many items stand before it and behind it.
        stood: of obligations that hold only their last pauses: how many came before.
    """

    recorded_at: dt.datetime | None = None
    spliced: Mapping[str, tuple[int, int]] = {}
    stood: Mapping[str, int] = {}


_RECORD: Final = msgspec.json.Decoder(Record)
_PERSONAL: Final = msgspec.json.Decoder(dict[str, tuple[str, str]])
_FIELDS: Final = len(Event.__struct_fields__)
_INPUTS, _OUTCOME = (Event.__struct_fields__.index(name) for name in ("payload", "command_key"))


def hash_of(body: bytes) -> str:
    """The link that an event's body makes in the chain of its case."""
    return hashlib.sha256(body).hexdigest()


def digest_of(salt: str, text: str) -> str:
    """What stands in a body for a personal text."""
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()[:32]


def personal_of(stored: StoredEvent) -> dict[str, tuple[str, str]]:
    """The personal texts of an event by their digests, each with its salt.

    Raises:
        RecordError: they cannot be read.
    """
    try:
        return {} if stored.personal is None else _PERSONAL.decode(stored.personal)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise RecordError(
            f"personal data of event {stored.version} of {stored.case!r} cannot be read: {wrong}"
        ) from wrong


def record_of(stored: StoredEvent) -> Record:
    """What was written of an event, as it stands.

    Raises:
        RecordError: it cannot be read.
    """
    try:
        return _RECORD.decode(stored.body)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise RecordError(f"event {stored.version} of case {stored.case!r} cannot be read: {wrong}") from wrong


def links_of(store: Store, case_id: str) -> Iterator[StoredEvent]:
    """The events of a case as they are kept, in order."""
    after = 0
    while page := list(store.events(case_id, after)):
        yield from page
        after = page[-1].position


def own_keys(page: type[Process[Any]], data: Any, *, erased: bool) -> set[str]:
    """The unique keys that data hold; those that would name what was erased are nobody's."""
    found = set(page.keys(data))
    return {key for key in found if INSTEAD not in key} if erased else found


def encode_event(
    page: type[Process[Any]],
    event: Event,
    recorded_at: dt.datetime,
    previous: str = "",
    before: Case[Any] | None = None,
) -> StoredEvent:
    """An event as a store keeps it.

    Args:
        page: what its case runs on.
        event: the event.
        recorded_at: when it is written.
        previous: the hash of the event before it.
        before: the case before it, on the same page; of long lists only what has changed since is written.
    """
    table = page.table
    payload, changes, opened, closed = event.payload, event.changes, event.opened, event.closed
    spliced: dict[str, tuple[int, int]] = {}
    stood: dict[str, int] = {}
    if before is not None:
        for name in changes.keys() & table.lists:
            old, new = getattr(before.data, name), changes[name]
            front, back = _same(old, new) if old and new else (0, 0)
            if front + back >= LONG:
                spliced[name] = front, back
                changes = {**changes, name: new[front : len(new) - back]}
        for one in before.obligations:
            if len(one.pauses) >= LONG:
                stood[one.id] = len(one.pauses) - 1
        if stood:
            opened, closed = (
                tuple(replace(one, pauses=one.pauses[stood.get(one.id, 0) :]) for one in each)
                for each in (opened, closed)
            )
            stood = {one.id: stood[one.id] for one in (*opened, *closed) if one.id in stood}
    personal: dict[str, tuple[str, str]] = {}
    asked = table.specs[event.step].payload.personal if event.step in table.specs else {}
    if asked or table.personal:
        known: dict[str, str] = {}

        def put(text: str, _: PersonalMark) -> str:
            digest = known.get(text)
            if digest is None:
                salt = secrets.token_hex(16)
                digest = known[text] = digest_of(salt, text)
                personal[digest] = salt, text
            return digest

        payload, changes = _swapped(payload, asked, put), _swapped(changes, table.personal, put)
    same = astuple(event)
    changed = payload, changes, opened, closed
    body = ENCODER.encode(
        Record(*[*same[:_INPUTS], *changed, *same[_OUTCOME:-1], previous, recorded_at, spliced, stood])
    )
    if len(body) > LARGEST:
        raise PayloadError(
            f"{event.step!r} of case {event.case!r} takes {len(body):,} bytes to record, and {LARGEST:,} is the most"
        )
    kept = ENCODER.encode(personal) if personal else None
    return StoredEvent(
        event.case, event.version, event.process, event.step, event.at, body, recorded_at, hash_of(body), kept
    )


def _swapped(values: Mapping[str, Any], swaps: Mapping[str, Swap], put: Any) -> Mapping[str, Any]:
    """The values with something else in the place of every personal text."""
    named = values.keys() & swaps.keys()
    plain = {name: msgspec.to_builtins(values[name], enc_hook=encode_hook) for name in named}
    return {**values, **{name: swaps[name](value, put) for name, value in plain.items()}} if named else values


def _same(old: Any, new: Any) -> tuple[int, int]:
    """How many items two lists share in front, and behind."""
    most, front, back = min(len(old), len(new)), 0, 0
    while front < most and (old[front] is new[front] or old[front] == new[front]):
        front += 1
    while back < most - front and (old[-1 - back] is new[-1 - back] or old[-1 - back] == new[-1 - back]):
        back += 1
    return front, back


class Reader:
    """Reads the events of one case, in order from the first."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._lists: dict[str, Any] = {}
        self._pauses: dict[str, Any] = {}
        self.missing: int = 0
        """How many personal texts of the event read last are gone."""

    def read(self, stored: StoredEvent) -> Event:
        """The event from what a store kept, its changes typed again and whole.

        The changes of a page that this program no longer has stay as they are in JSON.

        Raises:
            RecordError: it cannot be read, or does not follow those that were read before.
        """
        record, self.missing = record_of(stored), 0
        payload, changes = record.payload, record.changes
        if (record.process, record.process_version, record.rulebook) in self._pages:
            table = self._pages.of_case(record).table
            asked = table.specs[record.step].payload.personal if record.step in table.specs else {}
            if asked or table.personal:
                kept = personal_of(stored)

                def put(digest: str, mark: PersonalMark) -> str:
                    self.missing += digest not in kept
                    return kept[digest][1] if digest in kept else mark.instead

                payload, changes = _swapped(payload, asked, put), _swapped(changes, table.personal, put)
            changes = table.decode_changes(changes) if changes else changes
        try:
            changes = {name: self._whole(name, value, record.spliced.get(name)) for name, value in changes.items()}
            opened, closed = self._owed(record.opened, record.stood), self._owed(record.closed, record.stood)
        except (KeyError, TypeError) as wrong:
            raise RecordError(f"event {stored.version} of case {stored.case!r} builds on what is not there") from wrong
        same = astuple(record)
        return Event(*[*same[:_INPUTS], payload, changes, opened, closed, *same[_OUTCOME:_FIELDS]])

    def _whole(self, name: str, value: Any, spliced: tuple[int, int] | None) -> Any:
        if spliced is not None:
            old, (front, back) = self._lists[name], spliced
            if front + back > len(old):
                raise KeyError(name)
            value = old[:front] + value + old[len(old) - back :]
        if isinstance(value, tuple | list):
            self._lists[name] = value
        else:
            self._lists.pop(name, None)
        return value

    def _owed(self, several: tuple[Obligation, ...], stood: Mapping[str, int]) -> tuple[Obligation, ...]:
        if stood:
            whole = (
                self._pauses[one.id][: stood[one.id]] + one.pauses if one.id in stood else one.pauses for one in several
            )
            several = tuple(replace(one, pauses=pauses) for one, pauses in zip(several, whole, strict=True))
        for one in several:
            if one.pauses:
                self._pauses[one.id] = one.pauses
        return several


def fingerprint(page: type[Process[Any]], step: str, case: str | None, by: str, payload: Mapping[str, Any]) -> str:
    """What was asked, in a form in which equal commands are equal; `case` is what the caller named, if anything."""
    given = page.table.specs[step].payload.structure(payload)
    body = [page.id, step, case, by, given]
    return hashlib.sha256(msgspec.json.encode(body, enc_hook=encode_hook, order="deterministic")).hexdigest()
