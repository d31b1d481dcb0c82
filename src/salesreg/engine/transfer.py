"""All of a store as lines of JSON, and a store from such lines; what was broken off is taken up again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from salesreg.errors import RecordError, StoreUnavailable
from salesreg.ports import Broken, CaseQuery, Kept, KeptMark, Store

IMPORT: Final = "import"
"""The mark of a store whose import has not ended: how many lines it has taken in, and their hash."""

_FORMAT: Final = {"kind": "salesreg", "format": 1}
_AT_ONCE: Final = 500
_INSIDE: Final = ("case", "event")
"""The kinds whose JSON stands in a record inside them, of the same name."""


def exported(store: Store) -> Iterator[bytes]:
    """A line of JSON for each record, as everything stands at one moment; the last line says how many there were.

    Raises:
        RecordError: a record cannot be read, so that the export would not be complete.
    """
    yield _line(_FORMAT)
    count = 0
    with store.snapshot() as seen:
        for kept in seen.archive():
            if isinstance(kept, Broken):
                raise RecordError(f"{kept.record} cannot be read, so the export would not be complete: {kept.reason}")
            count += 1
            yield _line(_plain(kept))
    yield _line({"kind": "end", "records": count})


def imported(store: Store, lines: Iterable[bytes]) -> int:
    """Take in what was exported, into an empty store; if that was broken off before, go on from there.

    Returns:
        How many records there are.

    Raises:
        StoreUnavailable: the store is not empty, or an import of other lines was begun in it.
        RecordError: the lines are no export, or end too early; what was taken in stays, for another try.
    """
    taken, hashed = _begun(store)
    so_far, number, count = hashlib.sha256(), 0, 0
    several: list[Kept] = []
    rest = iter(lines)
    for number, line in enumerate(rest, 1):
        so_far.update(line.strip() + b"\n")
        if number == taken and so_far.hexdigest() != hashed:
            raise StoreUnavailable("an import of another file was begun in this store: go on with that one")
        record = _record(number, line)
        if record.get("kind") == "end":
            if record.get("records") != count:
                raise RecordError(f"line {number}: there are to be {record.get('records')} records, and {count} came")
            if any(more.strip() for more in rest):
                raise RecordError(f"line {number} is the end of an export, and more comes after it: give one export")
            store.restore([*several, KeptMark(IMPORT, None)])
            return count
        if number == 1:
            if record != _FORMAT:
                raise RecordError(f"line 1 is not how an export begins: {_line(_FORMAT).decode().strip()}")
            if not taken:
                store.restore([KeptMark(IMPORT, "0:")])  # nothing else begins in it from here on
            continue
        count += 1
        if number > taken:
            several.append(_kept(number, record))
        if len(several) == _AT_ONCE:
            store.restore([*several, KeptMark(IMPORT, f"{number}:{so_far.hexdigest()}")])
            several = []
    if several:
        store.restore([*several, KeptMark(IMPORT, f"{number}:{so_far.hexdigest()}")])
    raise RecordError(f"the export ends after line {number}, before its end: make it anew, or get the whole file")


def check_imported(store: Store) -> None:
    """Refuse a store that an import has not finished: StoreUnavailable."""
    if store.mark(IMPORT) is not None:
        raise StoreUnavailable("an import into this store was broken off: run `salesreg db import` with its file again")


def _begun(store: Store) -> tuple[int, str]:
    mark = store.mark(IMPORT)
    if mark is None:
        if store.find(CaseQuery(limit=1)):
            raise StoreUnavailable("an import goes into an empty store, and this one has cases")
        return 0, ""
    number, _, hashed = mark.partition(":")
    return int(number), hashed


def _line(record: object) -> bytes:
    return msgspec.json.encode(record) + b"\n"


def _plain(kept: Kept) -> Any:
    """A record as JSON-like values: JSON inside it, which is kept byte for byte, is text."""
    record: Any = msgspec.to_builtins(kept, builtin_types=(bytes,))
    return _texts(record, lambda value: value.decode() if isinstance(value, bytes) else value)


def _texts(record: Any, turn: Callable[[Any], Any]) -> Any:
    place = record[record["kind"]] if record["kind"] in _INSIDE else record
    for name in ("data", "body", "personal"):
        if name in place:
            place[name] = turn(place[name])
    place.pop("position", None)
    return record


def _record(number: int, line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise RecordError(f"line {number} is no record: {wrong}") from wrong


def _kept(number: int, record: dict[str, Any]) -> Kept:
    try:
        turned = _texts(record, lambda value: value.encode() if isinstance(value, str) else value)
        kept: Kept = msgspec.convert(turned, Kept, builtin_types=(bytes,))
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as wrong:
        raise RecordError(f"line {number} is no record: {wrong}") from wrong
    return kept
