"""Reading foreign logs: tables, of files or of whatever hands over Arrow columns, as the columns of one log."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from salesreg.audit.files import table_of
from salesreg.audit.log import NEVER, NOBODY, Flags, Ints, Log
from salesreg.audit.mapping import IGNORE, At, LogMapping, Source, Wide
from salesreg.errors import MappingError

_OFFSET: Final = r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$"
_SPREAD: Final = {"minute": 60_000_000 - 1, "hour": 3_600_000_000 - 1}


def read(mapping: LogMapping, folder: Path, zone: str, steps: Sequence[str] | None) -> Log:
    """The log that a mapping describes.

    Args:
        mapping: what it means.
        folder: where the paths begin.
        zone: the time zone of the business time, in which a day of a coarse instant lies.
        steps: the ids of the process's steps; None where there is no process.

    Raises:
        MappingError: a file cannot be read, or is not as the mapping says; says where.
    """
    return log_of(mapping, [table_of(one, folder) for one in mapping.sources], zone, steps)


class _Reader:
    """Turns the tables of the sources into columns of one log."""

    def __init__(self, mapping: LogMapping, zone: str) -> None:
        self.mapping = mapping
        self.zone = zone
        self.naive = False

    def rows(self, source: Source, table: pa.Table) -> Iterator[dict[str, Any]]:
        """The events of one source as columns; one with a column for each step gives several."""
        table = table.append_column("\0row", pa.array(np.arange(1, table.num_rows + 1)))
        for name, value in source.only.items():
            table = table.filter(pc.equal(_text(self._column(source, table, name)), value))
        if source.step:
            at = source.at if isinstance(source.at, At) else At(source.at)
            yield self._events(source, table, _plain(self._column(source, table, source.step)), at)
            return
        for step, column in source.wide.items():
            wide = column if isinstance(column, Wide) else Wide(column)
            some = table
            for name, value in wide.when.items():
                some = some.filter(pc.equal(_text(self._column(source, some, name)), value))
            given = self._column(source, some, wide.column)
            some = some.filter(pc.and_(pc.is_valid(given), pc.not_equal(pc.fill_null(_text(given), ""), "")))
            named = pa.chunked_array([pa.array([step] * some.num_rows, pa.string())])
            yield self._events(source, some, named, At(wide.column, wide.format, wide.precision))

    def _events(self, source: Source, table: pa.Table, step: pa.ChunkedArray, at: At) -> dict[str, Any]:
        case = _plain(self._column(source, table, source.case))
        happened, spread = self._instants(source, self._column(source, table, at.column), at)
        if gone := int((happened == NEVER).sum()):
            raise MappingError(f"{source.path!r}: {gone} rows have no {at.column!r}: filter them with only")
        recorded = np.full(len(happened), NEVER)
        if source.recorded_at:
            when = source.recorded_at if isinstance(source.recorded_at, At) else At(source.recorded_at)
            recorded, _ = self._instants(source, self._column(source, table, when.column), when)
        person = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
        if source.person:
            person = _plain(self._column(source, table, source.person))
        return {
            "case": case, "step": step, "person": person, "at": happened, "spread": spread, "recorded": recorded,
            "row": table["\0row"].to_numpy(),
            "evidence": {one: self._there(source, table, one) for some in source.evidence.values() for one in some},
        }  # fmt: skip

    def _there(self, source: Source, table: pa.Table, name: str) -> Flags:
        text = pc.fill_null(_text(self._column(source, table, name)), "")
        found: Flags = pc.not_equal(pc.utf8_trim_whitespace(text), "").to_numpy()
        return found

    def _column(self, source: Source, table: pa.Table, name: str) -> pa.ChunkedArray:
        if name not in table.column_names:
            there = ", ".join(repr(one) for one in table.column_names if one != "\0row")
            raise MappingError(f"{source.path!r} has no column {name!r}; it has {there}")
        return table[name]

    def _instants(self, source: Source, column: pa.ChunkedArray, at: At) -> tuple[Ints, Ints]:
        """A column as the earliest instants, microseconds in UTC, and how much later they may have been."""
        where = f"{source.path!r}: column {at.column!r}"
        if pa.types.is_date(column.type):
            column, at = column.cast(pa.timestamp("us")), At(at.column, precision="day")
        if not pa.types.is_timestamp(column.type):
            column = _parsed(_text(column), at, where)
        known = pc.is_valid(column).to_numpy()
        column = column.cast(pa.timestamp("us", column.type.tz))
        if column.type.tz is None:
            self.naive = True
            zone = self.mapping.log.timezone
            if not zone:
                raise MappingError(f'{where} has instants without a zone: say [log] timezone = "Europe/Moscow"')
        elif at.precision == "instant":
            return _micros(column, known), np.zeros(len(column), np.int64)
        else:
            zone = self.mapping.log.timezone or self.zone
            column = pc.local_timestamp(column.cast(pa.timestamp("us", zone)))
        end = column
        if at.precision != "instant":
            column = pc.floor_temporal(column, unit=at.precision)
            end = pc.add(column, pa.scalar(dt.timedelta(days=1))) if at.precision == "day" else column
        earliest = _micros(pc.assume_timezone(column, zone, ambiguous="earliest", nonexistent="latest"), known)
        latest = _micros(pc.assume_timezone(end, zone, ambiguous="latest", nonexistent="latest"), known)
        latest += _SPREAD.get(at.precision, -1 if at.precision == "day" else 0)
        return earliest, np.where(known, latest - earliest, 0)


def log_of(mapping: LogMapping, tables: Sequence[pa.Table], zone: str, steps: Sequence[str] | None) -> Log:
    """The log that tables hold, one a source of the mapping; see `read`."""
    reader = _Reader(mapping, zone)
    parts, sources = [], []
    for number, (source, table) in enumerate(zip(mapping.sources, tables, strict=True)):
        for part in reader.rows(source, table):
            parts.append(part)
            sources.append(np.full(len(part["at"]), number, np.int32))
    if mapping.log.timezone and not reader.naive:
        raise MappingError(f"every instant of the log has its zone: take [log] timezone = {mapping.log.timezone!r} out")
    case, cases = _coded([part["case"] for part in parts])
    raw, names = _coded([part["step"] for part in parts])
    person, people = _coded([part["person"] for part in parts])
    for what, codes in (("case", case), ("step", raw)):
        if missing := int((codes == NOBODY).sum()):
            where = sorted({mapping.sources[int(n)].path for n in np.concatenate(sources)[codes == NOBODY]})
            raise MappingError(f"{', '.join(map(repr, where))}: {missing} rows have no {what}: filter them with only")
    meant = mapping.resolved(names, steps)
    ids = sorted({one for one in meant.values() if one != IGNORE}) if steps is None else list(steps)
    number_of = {one: number for number, one in enumerate(ids)} | {IGNORE: -1}
    step = np.array([number_of[meant[name]] for name in names] or [0], np.int32)[raw] if len(raw) else raw
    at = _joined(parts, "at", np.int64)
    known = mapping.log
    log = Log(
        cases, ids, people, case, step, person, at, _joined(parts, "spread", np.int64),
        _joined(parts, "recorded", np.int64), np.concatenate(sources) if sources else np.zeros(0, np.int32),
        _joined(parts, "row", np.int64), _evidenced(mapping, parts, sources, step, number_of),
        int(at.max(initial=0)) if known.as_of is None else _us(known.as_of), _since(known.covers_from, zone),
        [source.path for source in mapping.sources],
    )  # fmt: skip
    return log.taken((log.step >= 0) & (log.at <= log.as_of)).sorted()


def _evidenced(
    mapping: LogMapping, parts: Sequence[dict[str, Any]], sources: Sequence[Any], step: Any, number_of: dict[str, int]
) -> Flags:
    """Whether each event has the evidence that is asked of its step."""
    found, begin = np.ones(len(step), np.bool_), 0
    for part, source in zip(parts, sources, strict=True):
        mine = slice(begin, begin + len(source))
        begin += len(source)
        if not len(source):
            continue
        for name, columns in mapping.sources[int(source[0])].evidence.items():
            if name not in number_of:
                raise MappingError(f"evidence is asked of {name!r}, which is no step of the log")
            asked = step[mine] == number_of[name]
            there = np.logical_or.reduce([part["evidence"][column] for column in columns])
            found[mine] &= ~asked | there
    return found


def _joined(parts: Sequence[dict[str, Any]], name: str, kind: Any) -> Any:
    return np.concatenate([part[name] for part in parts]).astype(kind) if parts else np.zeros(0, kind)


def _coded(columns: Sequence[pa.ChunkedArray]) -> tuple[Any, list[str]]:
    """Columns of text as one of codes, and what each stands for, in the order of the alphabet; blanks are none."""
    chunks = [chunk for column in columns for chunk in column.chunks]
    joined = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    trimmed = pc.utf8_trim_whitespace(joined.dictionary)
    names = [one for one in pc.unique(trimmed.take(pc.sort_indices(trimmed))).to_pylist() if one]
    rank = pc.fill_null(pc.index_in(trimmed, pa.array(names, pa.string())), NOBODY).to_numpy(zero_copy_only=False)
    codes = pc.fill_null(joined.indices, len(rank)).to_numpy()
    return np.append(rank, NOBODY).astype(np.int32)[codes], names


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as text, as it stands."""
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as text, without blanks around it, and none where nothing is left."""
    trimmed = pc.utf8_trim_whitespace(_plain(column))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _parsed(text: pa.ChunkedArray, at: At, where: str) -> pa.ChunkedArray:
    """Text as timestamps, with a zone if each is written with its offset."""
    if at.format:
        found = pc.strptime(text, format=at.format, unit="us", error_is_null=True)
        if pc.sum(pc.and_(pc.is_valid(text), pc.is_null(found))).as_py():
            bad = text.filter(pc.and_(pc.is_valid(text), pc.is_null(found)))
            raise MappingError(
                f"{where}: {len(bad)} values are not written as {at.format!r}, such as {bad[0].as_py()!r}"
            )
        return found
    zoned = pc.sum(pc.fill_null(pc.match_substring_regex(text, _OFFSET), False)).as_py() or 0
    some = len(text) - text.null_count
    if 0 < zoned < some:
        raise MappingError(f"{where}: {zoned} of {some} instants have an offset and the others none: give two sources")
    try:
        return text.cast(pa.timestamp("us", "UTC" if zoned else None))
    except pa.ArrowInvalid as wrong:
        hint = 'as in at = { column = "Date", format = "%d.%m.%Y %H:%M" }'
        raise MappingError(f"{where} is no ISO 8601: {str(wrong)[:200]}; say how it is written, {hint}") from None


def _micros(column: Any, known: Any) -> Ints:
    whole = pc.fill_null(column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()), 0).to_numpy()
    return np.where(known, whole, NEVER)


def _us(instant: dt.datetime) -> int:
    return (instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _since(day: dt.date | None, zone: str) -> int:
    if day is None:
        return NEVER
    return _us(dt.datetime(day.year, day.month, day.day, tzinfo=zoneinfo.ZoneInfo(zone)))
