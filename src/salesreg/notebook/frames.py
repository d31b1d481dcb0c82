"""Several things of a kind as an Arrow table, for pandas, polars, DuckDB and whatever else speaks Arrow."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import attrs
import msgspec

from salesreg.engine import Task
from salesreg.errors import need
from salesreg.process import Case

_PLAIN = (str, int, float, bool, dt.datetime, dt.date, dt.timedelta, type(None))


def frame(things: Iterable[Any]) -> Any:
    """An Arrow table with a row for each and a column for each attribute; what is made of parts stands as JSON.

    Args:
        things: cases, events, obligations, tasks, findings, rates, changes: whatever has attributes.

    Returns:
        A ``pyarrow.Table``: ``.to_pandas()``, ``polars.from_arrow``, ``duckdb.sql("FROM table")``. Instants are in UTC.

    Raises:
        MissingExtra: PyArrow is not installed.
        TypeError: something has no attributes.
    """
    need("pyarrow", extra="audit", why="a frame needs PyArrow")
    import pyarrow as pa

    rows = [_row(one) for one in things]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def _row(thing: Any) -> dict[str, Any]:
    if isinstance(thing, Task):
        owed = {} if thing.obligation is None else {"norm": thing.obligation.norm, "person": thing.obligation.person}
        case = thing.case
        return {"case": case.id, "process": case.process, "stage": case.stage, "due": thing.due, **owed}
    if isinstance(thing, msgspec.Struct):
        found = {name: getattr(thing, name) for name in thing.__struct_fields__}
    elif attrs.has(type(thing)):
        found = {one.name: getattr(thing, one.name) for one in attrs.fields(type(thing)) if one.name[0] != "_"}
    else:
        raise TypeError(f"a {type(thing).__name__} has no attributes to make columns of")
    if isinstance(thing, Case) and attrs.has(type(thing.data)):
        del found["data"]
        found |= {f"data.{one.name}": getattr(thing.data, one.name) for one in attrs.fields(type(thing.data))}
    return {name: _cell(value) for name, value in found.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC)
    if isinstance(value, _PLAIN):
        return value
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, bool | int | float | str | type(None)):
        return value
    if isinstance(value, Decimal):
        return str(value)
    return str(value) if not isinstance(value, msgspec.Struct) else msgspec.to_builtins(value, enc_hook=str)
