"""The files of foreign logs as tables: CSV, Parquet, XES, and OCEL 2.0 in JSON."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from salesreg.audit.mapping import Kind, Source
from salesreg.errors import MappingError

_KINDS: Final[dict[str, Kind]] = {
    "csv": "csv", "txt": "csv", "tsv": "csv", "parquet": "parquet", "xes": "xes", "json": "ocel", "jsonocel": "ocel",
}  # fmt: skip
OBJECT: Final = "object:"
"""With this the columns of an object-centric log begin that hold the objects of a type."""


def table_of(source: Source, folder: Path) -> pa.Table:
    """The rows of one source, as its file has them."""
    path = folder / source.path
    ending = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    kind = source.format or _KINDS.get(ending)
    if kind is None:
        raise MappingError(f'{source.path!r} ends as no kind of log that is known: say format = "csv"')
    try:
        if kind == "parquet":
            return pq.read_table(path)
        if kind == "csv":
            return _csv(path, source)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            return _xes(stream) if kind == "xes" else _ocel(stream.read(), source.case)
    except (OSError, EOFError, gzip.BadGzipFile) as wrong:
        raise MappingError(f"{str(path)!r} cannot be read: {getattr(wrong, 'strerror', None) or wrong}") from wrong
    except (pa.ArrowException, expat.ExpatError, msgspec.DecodeError, UnicodeError, LookupError) as wrong:
        first = (str(wrong).splitlines() or [type(wrong).__name__])[0][:300]
        raise MappingError(f"{str(path)!r} is not the {kind} it should be: {first}") from wrong


def _csv(path: Path, source: Source) -> pa.Table:
    """A table of text: what a column is, the mapping says and not its first rows."""
    read_as = pa_csv.ReadOptions(encoding=source.encoding)
    cut_by = pa_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True)
    with (
        pa.input_stream(str(path), compression="detect") as stream,
        pa_csv.open_csv(stream, read_options=read_as, parse_options=cut_by) as head,
    ):
        names = head.schema.names
    kinds = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    with pa.input_stream(str(path), compression="detect") as stream:
        return pa_csv.read_csv(stream, read_options=read_as, parse_options=cut_by, convert_options=kinds)


class _Xes:
    """Collects the events of an XES file, a row each; what a trace says stands in columns that begin with ``case:``."""

    def __init__(self) -> None:
        self.columns: dict[str, list[str | None]] = {}
        self.rows = 0
        self._open: list[str] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._first = 0

    def start(self, name: str, said: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        parent = self._open[-1] if self._open else ""
        self._open.append(tag)
        if parent in ("trace", "event") and "key" in said and "value" in said:
            (self._trace if parent == "trace" else self._event)[said["key"]] = said["value"]

    def end(self, _: str) -> None:
        tag = self._open.pop()
        if tag == "event":
            self._row(self.rows, self._event)
            self.rows, self._event = self.rows + 1, {}
        elif tag == "trace":
            of_case = {f"case:{key}": value for key, value in self._trace.items()}
            for row in range(self._first, self.rows):
                self._row(row, of_case)
            self._first, self._trace = self.rows, {}

    def _row(self, row: int, said: dict[str, str]) -> None:
        for key, value in said.items():
            column = self.columns.setdefault(key, [])
            column.extend([None] * (row + 1 - len(column)))
            column[row] = value

    def table(self) -> pa.Table:
        for column in self.columns.values():
            column.extend([None] * (self.rows - len(column)))
        return pa.table({key: pa.array(column, pa.string()) for key, column in self.columns.items()})


def _xes(stream: Any) -> pa.Table:
    parser, found = expat.ParserCreate(), _Xes()
    parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.ParseFile(stream)
    return found.table()


def _no_doctype(*_: object) -> None:
    """Declared entities can make a small file a huge one, and no XES needs any."""
    raise UnicodeError("it declares a DOCTYPE, which no XES needs")


class _Said(msgspec.Struct):
    """What an event of OCEL 2.0 says of itself."""

    name: str
    value: Any


class _Related(msgspec.Struct, rename="camel"):
    object_id: str


class _Event(msgspec.Struct):
    id: str
    type: str
    time: str
    attributes: list[_Said] = []
    relationships: list[_Related] = []


class _Object(msgspec.Struct):
    id: str
    type: str


class _Ocel(msgspec.Struct):
    events: list[_Event]
    objects: list[_Object]


def _ocel(content: bytes, case: str) -> pa.Table:
    """An event a row, or one for each object of the type that is the case; the objects of each type in a column."""
    log = msgspec.json.decode(content, type=_Ocel)
    type_of = {one.id: f"{OBJECT}{one.type}" for one in log.objects}
    types = set(type_of.values())
    rows: list[dict[str, str | None]] = []
    for event in log.events:
        row: dict[str, str | None] = {"ocel:id": event.id, "ocel:type": event.type, "ocel:time": event.time}
        row |= {one.name: None if one.value is None else str(one.value) for one in event.attributes}
        related: dict[str, list[str]] = {}
        for one in event.relationships:
            related.setdefault(type_of.get(one.object_id, OBJECT), []).append(one.object_id)
        row |= {name: ", ".join(dict.fromkeys(some)) for name, some in related.items()}
        rows += [row | {case: one} for one in dict.fromkeys(related.get(case, ()))] if case in types else [row]
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
