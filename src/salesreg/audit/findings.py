"""Findings: what a log shows to have been against a rule, one by one, with whom it can be laid to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pyarrow as pa

from salesreg.audit.bound import Bound
from salesreg.audit.log import NEVER, NOBODY, Ints, Log
from salesreg.audit.order import Order
from salesreg.audit.verdicts import KINDS, NO_RESULT, NONE, Judged, Verdict, midnight
from salesreg.calendars.clock import EPOCH
from salesreg.rules.norms import NormText

WHY_NOT: Final = (
    "recommendation", "not_in_force", "not_acknowledged", "robot", "person_unknown", "provisional_calendar",
)  # fmt: skip
"""Why a finding is laid to nobody's charge, each a bit."""


@attrs.frozen
class Finding:
    """One breach.

    Attributes:
        id: the same in every run over the same log, whatever the order of its rows.
        kind: such as ``"late"``, a name of `KINDS`.
        norm, clause, strength: the rule.
        case, step: where it happened; of a duty that came back and was not done, no case, and the step that lacks.
        source, row: where that stands, the row counted from 1; ``""`` and 0 of what does not stand anywhere.
        at: when it happened, UTC; of what did not, when it was due.
        person: who, as the mapping calls them; None where the log does not say or it is nobody in person.
        due: by when, UTC, if a term ran.
        delay: how late, in working time.
        other: the source and row of the event that belongs to it, such as the start of a term.
        why_not: everything that keeps it from being laid to somebody's charge; nothing if it can be.
        facts: what else is to be said, such as the steps that lack.
    """

    id: str
    kind: str
    norm: str
    clause: str
    strength: str
    case: str
    step: str
    source: str
    row: int
    at: dt.datetime
    person: str | None
    due: dt.datetime | None
    delay: dt.timedelta
    other: tuple[str, int] | None
    why_not: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def chargeable(self) -> bool:
        """Whether it can be laid to a person's charge (R84, R88)."""
        return not self.why_not


class Findings:
    """The breaches among what the rules say of a log, in the order of the rules and then of the log.

    Args:
        log: the log.
        bound: what it is held to.
        judged: what each rule says.
        before: the state of each case before each event, where a process says the order.
    """

    def __init__(self, log: Log, bound: Bound, judged: Sequence[Judged], before: Any = None) -> None:
        self._log, self._bound, self._before = log, bound, before
        self._rows = [one.taken(one.verdict == Verdict.VIOLATED) for one in judged]
        self._why_not = [self._against(one) for one in self._rows]
        self._seen: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self._rows))

    def __repr__(self) -> str:
        kinds = ", ".join(f"{number} {kind}" for kind, number in self.kinds().items())
        return f"<Findings: {kinds or 'none'}>"

    def kinds(self) -> dict[str, int]:
        """How many there are of each kind."""
        found: Counter[str] = Counter()
        for rows in self._rows:
            for kind, number in zip(*np.unique(rows.kind, return_counts=True), strict=True):
                found[KINDS[kind]] += int(number)
        return dict(found)

    def __iter__(self) -> Iterator[Finding]:
        self._seen.clear()
        for rows, why_not in zip(self._rows, self._why_not, strict=True):
            for number in range(len(rows)):
                yield self._finding(rows, number, int(why_not[number]))

    def chargeable(self) -> int:
        """How many can be laid to somebody's charge."""
        return sum(int((one == 0).sum()) for one in self._why_not)

    def table(self) -> pa.Table:
        """All of them as Arrow columns, for Parquet, CSV and frames."""
        found = [attrs.asdict(one) | {"chargeable": one.chargeable} for one in self]
        for one in found:
            one["delay"] = one["delay"] // dt.timedelta(microseconds=1)
            other = one.pop("other")
            one["other_source"], one["other_row"] = other or (None, None)
            one["why_not"], one["facts"] = ", ".join(one["why_not"]), "; ".join(one["facts"])
        return pa.Table.from_pylist(found, schema=SCHEMA)

    # -- one of them ---------------------------------------------------------------------------------------------------

    def _finding(self, rows: Judged, number: int, why_not: int) -> Finding:
        log, event = self._log, int(rows.event[number])
        rule, kind = self._bound.rules[rows.rule], KINDS[rows.kind[number]]
        if event == NONE:
            return self._missed(rule, rows, number, why_not)
        case, step, person = log.cases[log.case[event]], log.steps[log.step[event]], int(rows.person[number])
        other, due = int(rows.other[number]), int(rows.due[number])
        known = f"{rule.id}\0{kind}\0{case}\0{step}\0{log.at[event]}"
        self._seen[known] += 1
        name = sha256(f"{known}\0{self._seen[known]}".encode()).hexdigest()[:16]
        return Finding(
            name, kind, rule.id, rule.clause, rule.strength, case, step, log.sources[log.source[event]],
            int(log.row[event]), _instant(int(log.at[event])), None if person == NOBODY else self._name(person),
            None if due == NEVER else _instant(due), dt.timedelta(microseconds=int(rows.delay[number])),
            None if other == NONE else (log.sources[log.source[other]], int(log.row[other])),
            self._reasons(why_not), self._facts(rows, number, event),
        )  # fmt: skip

    def _missed(self, rule: NormText, rows: Judged, number: int, why_not: int) -> Finding:
        """What has no event, for nobody recorded it: a duty that came back and was not done."""
        duty = next(one for one in self._bound.duties if one.norm == rule.id)
        due, kind = _instant(int(rows.due[number])), KINDS[rows.kind[number]]
        person = self._name(int(rows.person[number]))
        name = sha256(f"{rule.id}\0{kind}\0{person}\0{rows.due[number]}".encode()).hexdigest()[:16]
        return Finding(
            name, kind, rule.id, rule.clause, rule.strength, "", min(duty.steps), "", 0, due, person, due,
            dt.timedelta(), None, self._reasons(why_not), (),
        )  # fmt: skip

    @staticmethod
    def _reasons(bits: int) -> tuple[str, ...]:
        return tuple(why for bit, why in enumerate(WHY_NOT) if bits >> bit & 1)

    def _facts(self, rows: Judged, number: int, event: int) -> tuple[str, ...]:
        if self._bound.automaton is not None and self._before is not None and rows.kind[number] == Order.SKIPPED:
            return self._bound.automaton.missing(int(self._before[event]), int(self._log.step[event]))
        return ()

    def _name(self, person: int) -> str:
        name = self._log.people[person]
        known = self._bound.people.get(name)
        return known.employee or name if known is not None else name

    # -- to whose charge -----------------------------------------------------------------------------------------------

    def _against(self, rows: Judged) -> Ints:
        """Of each row, the bits of everything that speaks against laying it to somebody's charge."""
        found = np.zeros(len(rows), np.int64)
        if not len(rows):
            return found
        zone = ZoneInfo(self._bound.calendar.timezone)
        when = np.where(rows.due == NEVER, self._log.at[rows.event], rows.due)
        found |= np.where(not self._bound.rules[rows.rule].is_rule, 1, 0)
        if self._bound.in_force_from is not None:
            found |= np.where(when < midnight(self._bound.in_force_from, zone), 2, 0)
        for code in np.unique(rows.person):
            mine = rows.person == code
            person = None if code == NOBODY else self._bound.people.get(self._log.people[code])
            if person is not None and person.robot:
                found[mine] |= 8
            elif code == NOBODY:
                found[mine] |= 16
            if person is not None and person.acknowledged is not None:
                known = midnight(person.acknowledged + dt.timedelta(days=1), zone)
                found[mine] |= np.where(when[mine] < known, 4, 0)
        timed = rows.due != NEVER
        if timed.any():
            begins = np.where(rows.kind == NO_RESULT, rows.event, np.where(rows.other == NONE, rows.event, rows.other))
            starts = np.where(begins == NONE, rows.due, self._log.at[begins])[timed].view("M8[us]")
            ends = rows.due[timed].view("M8[us]")
            found[timed] |= np.where(self._bound.calendar.provisional_batch(np.minimum(starts, ends), ends), 32, 0)
        return found


SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()), ("kind", pa.string()), ("norm", pa.string()), ("clause", pa.string()),
        ("strength", pa.string()), ("case", pa.string()), ("step", pa.string()), ("source", pa.string()),
        ("row", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("person", pa.string()),
        ("due", pa.timestamp("us", "UTC")), ("delay", pa.duration("us")), ("other_source", pa.string()),
        ("other_row", pa.int64()), ("chargeable", pa.bool_()), ("why_not", pa.string()), ("facts", pa.string()),
    ]
)  # fmt: skip
"""The columns of `Findings.table`."""


def _instant(us: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=us)
