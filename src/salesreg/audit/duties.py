"""What comes back for each holder of a role: a record in each stretch of time, or a duty that was missed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np

from salesreg.audit.bound import Bound, Recurring
from salesreg.audit.log import NEVER, Ints, Log
from salesreg.audit.verdicts import MISSED, NONE, PRECISION, Judged, Verdict, joined, judged, midnight, of_role
from salesreg.calendars.clock import EPOCH, MICROSECOND


def check_duty(log: Log, bound: Bound, duty: Recurring) -> Judged:
    """What comes back, for each holder of the role whom the log knows: a record in each stretch of time."""
    zone, steps = ZoneInfo(bound.calendar.timezone), [log.steps.index(one) for one in duty.steps if one in log.steps]
    mine = np.flatnonzero(np.isin(log.step, steps))
    parts = [_no_rows(duty.norm, log)]
    for code, name in enumerate(log.people):
        theirs = np.flatnonzero(log.person == code)
        held = [one for one in bound.people[name].roles if of_role(one)[0] == duty.role] if name in bound.people else []
        if not held or not len(theirs):
            continue
        records = mine[log.person[mine] == code]
        records = records[np.argsort(log.at[records], kind="stable")]
        for _, since, until in map(of_role, held):
            begin = int(log.at[theirs].min()) if since is None else midnight(since, zone)
            begin = max(begin, log.covers_from)
            end = log.as_of if until is None else min(log.as_of, midnight(until + dt.timedelta(days=1), zone) - 1)
            parts.append(_owed(log, bound, duty, code, records, begin, end))
    return joined(parts)


def _owed(log: Log, bound: Bound, duty: Recurring, person: int, records: Ints, begin: int, end: int) -> Judged:
    """What one holder owed between two instants; the time before the first due instant is not a whole one."""
    if begin >= end:
        return _no_rows(duty.norm, log)
    instants = bound.calendar.occurrences(duty.term, EPOCH + MICROSECOND * begin, EPOCH + MICROSECOND * end)
    due = np.array([bound.calendar.line.micros(one) for one in instants], np.int64)
    since, due = due[:-1], due[1:]
    earliest, latest = log.at[records], log.at[records] + log.spread[records]
    first = np.searchsorted(earliest, since, side="right")
    some = np.append(records, NONE)[first]
    kept = (some != NONE) & (np.append(latest, NEVER)[first] <= due)
    maybe = np.array([((earliest <= d) & (latest > s)).any() for s, d in zip(since, due, strict=True)], np.bool_)
    verdict = np.where(kept, Verdict.KEPT, np.where(maybe, Verdict.UNKNOWN, Verdict.VIOLATED)).astype(np.int8)
    return judged(
        duty.norm, log, np.where(kept, some, NONE), verdict, kind=MISSED, reason=PRECISION,
        person=np.full(len(due), person, np.int32), due=due,
    )  # fmt: skip


def _no_rows(rule: str, log: Log) -> Judged:
    none = np.zeros(0, np.int64)
    return judged(rule, log, none, none.astype(np.int8))
