"""The log of our own store, by the same door as any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from salesreg.audit.mapping import LogMapping, LogOf, Person, Source
from salesreg.process.case import Event
from salesreg.rules.roles import SYSTEM

COLUMNS = pa.schema(
    [
        ("process", pa.string()), ("case", pa.string()), ("step", pa.string()), ("at", pa.timestamp("us", "UTC")),
        ("person", pa.string()), ("role", pa.string()), ("on_behalf_of", pa.string()), ("event", pa.string()),
    ]
)  # fmt: skip


def events_table(events: Iterable[Event]) -> pa.Table:
    """Events of our own log as Arrow columns: what `engine.events` gives, or `engine.history`."""
    rows = [
        {
            "process": one.process, "case": one.case, "step": one.step, "at": one.at, "person": one.by,
            "role": one.role, "on_behalf_of": one.on_behalf_of, "event": one.id,
        }
        for one in events
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=COLUMNS)


def own_mapping(table: pa.Table, process: str, steps: Iterable[str], *, as_of: object = None) -> LogMapping:
    """What the columns of `events_table` mean for one process; what is not a step of its page is passed over.

    Args:
        table: the events.
        process: the id of the process.
        steps: the ids of its steps.
        as_of: the instant of the log; by default that of its last event.
    """
    held: Mapping[str, set[str]] = {}
    for person, role in zip(table["person"].to_pylist(), table["role"].to_pylist(), strict=True):
        held.setdefault(person, set()).add(role)  # type: ignore[attr-defined]
    known = set(steps)
    names = {one for one in table["step"].to_pylist() if one not in known}
    return LogMapping(
        [Source("own", "case", step="step", at="at", person="person", only={"process": process})],
        LogOf(process=process, as_of=as_of, complete=True),  # type: ignore[arg-type]
        steps={"ignore": sorted(names)} if names else {},
        people={one: Person(roles=[*sorted(roles)], robot=one == SYSTEM.id) for one, roles in held.items()},
    )
