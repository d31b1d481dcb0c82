"""An audit: a log, what it is held to, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from salesreg.audit.bound import ORDER, Bound, bind
from salesreg.audit.checks import check
from salesreg.audit.findings import Finding, Findings
from salesreg.audit.log import NEVER, Log
from salesreg.audit.mapping import LogMapping
from salesreg.audit.order import Walk, walk
from salesreg.audit.rates import Counts, Rate, counted, rates_table
from salesreg.audit.reading import log_of, read
from salesreg.audit.verdicts import KINDS, LATE, NO_RESULT, NONE, REASONS, Judged, Verdict
from salesreg.calendars import Term
from salesreg.calendars.clock import EPOCH, MICROSECOND
from salesreg.errors import MappingError
from salesreg.process.page import Process
from salesreg.rules.regulation import Regulation


class Audit:
    """A log held to its rules.

    Args:
        log: the log.
        bound: what it is held to.
    """

    def __init__(self, log: Log, bound: Bound) -> None:
        self.bound: Bound = bound
        self._walked: Walk | None = None if bound.automaton is None else walk(log, bound.automaton)
        self.log: Log = log if self._walked is None else self._walked.log
        self.judged: Sequence[Judged] = check(self.log, bound, self._walked)

    def __repr__(self) -> str:
        return f"<Audit of {len(self.log.cases)} cases: {len(self.findings)} findings>"

    @cached_property
    def findings(self) -> Findings:
        """Every breach."""
        return Findings(self.log, self.bound, self.judged, None if self._walked is None else self._walked.before)

    @cached_property
    def counts(self) -> list[Counts]:
        """The counts of each rule; see `rates`."""
        return counted(self.log, self.bound, self.judged)

    def rates(self, *, by_person: bool = False, by_month: bool = False) -> list[Rate]:
        """How often each rule was kept."""
        known = self.bound.people
        names = [known[one].employee or one if one in known else one for one in self.log.people]
        found = [rate for one in self.counts for rate in one.rates(names, by_person=by_person, by_month=by_month)]
        order = {name: number for number, name in enumerate(self.bound.rules)}
        return sorted(found, key=lambda one: (order[one.norm], one.month, one.person))

    def delays(self, norm: str) -> tuple[float, float] | None:
        """The median and the 90 % quantile of how late a rule was kept that was kept late, in working minutes."""
        late = [one.delay[one.kind == LATE] for one in self.judged if one.rule == norm]
        minutes = np.concatenate(late) / 60_000_000 if late else np.zeros(0)
        if not len(minutes):
            return None
        middle, most = np.quantile(minutes, [0.5, 0.9])
        return float(middle), float(most)

    def out_of_order(self) -> dict[str, int]:
        """How often each step was taken where the process has none of it."""
        found: Counter[str] = Counter()
        for rows in self.judged:
            if rows.rule == ORDER:
                codes, numbers = np.unique(self.log.step[rows.event[rows.kind > 0]], return_counts=True)
                found.update({self.log.steps[c]: int(n) for c, n in zip(codes, numbers, strict=True)})
        return dict(found)

    def unseen(self) -> frozenset[str]:
        """The steps of which the log has no record, where it could have one."""
        seen = set(np.unique(self.log.step).tolist())
        return frozenset(one for n, one in enumerate(self.log.steps) if n not in seen) - self.bound.hidden

    def other_orders(self) -> dict[tuple[str, str | None, str], int]:
        """What was done against the order: the kind, the step before in the case, the step, and in how many cases."""
        found: Counter[tuple[str, str | None, str]] = Counter()
        for rows in self.judged:
            if rows.rule != ORDER:
                continue
            wrong = rows.kind > 0
            event, kind = rows.event[wrong], rows.kind[wrong]
            before = np.where(self.log.first[event], -1, self.log.step[event - 1])
            some = np.unique(np.stack([kind, before, self.log.step[event], self.log.case[event]]), axis=1)[:3]
            ways, counts = np.unique(some, axis=1, return_counts=True)
            for (what, since, step), count in zip(ways.T.tolist(), counts.tolist(), strict=True):
                found[KINDS[what], None if since < 0 else self.log.steps[since], self.log.steps[step]] += count
        return dict(found.most_common())

    def unknown(self) -> dict[tuple[str, str], int]:
        """What cannot be judged: how often, by rule and reason."""
        found: Counter[tuple[str, str]] = Counter()
        for rows in self.judged:
            codes, numbers = np.unique(rows.reason[rows.verdict == Verdict.UNKNOWN], return_counts=True)
            for code, number in zip(codes, numbers, strict=True):
                found[rows.rule, REASONS[code]] += int(number)
        return dict(found)

    def explain(self, finding: Finding | str, lang: str = "en") -> str:
        """How the due instant of a finding came about, day by day; nothing where no term ran.

        Raises:
            KeyError: there is no finding of that id.
        """
        name = finding if isinstance(finding, str) else finding.id
        rows, number = self._place(name)
        if rows.due[number] == NEVER:
            return ""
        if rows.event[number] == NONE:
            every = next(one.term for one in self.bound.duties if one.norm == rows.rule)
            return self.bound.calendar.due(every, EPOCH + MICROSECOND * int(rows.due[number] - 1)).explain(lang)
        alone = rows.kind[number] == NO_RESULT or rows.other[number] == NONE
        begun = rows.event[number] if alone else rows.other[number]
        since = EPOCH + MICROSECOND * int(self.log.at[begun] + self.log.spread[begun])
        terms: dict[str, Term] = {one.norm: one.term for one in self.bound.clocks}
        terms |= {one.norm: one.term for one in self.bound.stages}
        term = terms.get(rows.rule, self.bound.recorded_within)
        return "" if term is None else self.bound.calendar.due(term, since).explain(lang)

    def _place(self, name: str) -> tuple[Judged, int]:
        places = (
            (rows, int(number)) for rows in self.judged for number in np.flatnonzero(rows.verdict == Verdict.VIOLATED)
        )
        for one, place in zip(self.findings, places, strict=True):
            if one.id == name:
                return place
        raise KeyError(name)


def audit(
    mapping: LogMapping, process: type[Process[Any]] | None = None, regulation: Regulation | None = None,
    *, folder: str | Path = ".", tables: Sequence[Any] | None = None,
) -> Audit:  # fmt: skip
    """Hold a foreign log to a process under a regulation, and to what its mapping asks.

    Args:
        mapping: what the log means.
        process: whose order, roles and terms it is held to, where the mapping names one.
        regulation: gives the terms, the roles and the business time.
        folder: where the paths of the mapping begin.
        tables: the sources themselves, instead of their files: anything that hands over Arrow columns, such as a frame
            of pandas, polars or DuckDB.

    Raises:
        MappingError: the log is not as the mapping says, or the mapping lacks something.
        ParameterNotSet: the regulation leaves open what the process needs.
    """
    bound = bind(mapping, process, regulation)
    zone = bound.calendar.timezone
    if tables is None:
        return Audit(read(mapping, Path(folder), zone, bound.steps), bound)
    return Audit(log_of(mapping, [pa.table(one) for one in tables], zone, bound.steps), bound)


def audit_table(rows: Any, mapping: LogMapping, bound: Bound) -> tuple[pa.Table, pa.Table]:
    """A part of a log with one source, as a machine among many holds it to the rules; pure.

    Most rules are each about one case (`Bound.by_case`): for them a part is whole cases. The others are each about one
    person (`Bound.by_person`): for them it is everything that some people recorded. The two together say what `audit`
    says of the whole.

    Args:
        rows: anything that hands over Arrow columns.
        mapping: what the columns mean.
        bound: what they are held to.

    Returns:
        The findings, and the counts, which add up over the parts.

    Raises:
        MappingError: the mapping does not say as of when, which a part does not know; or the rules need another cut.
    """
    if mapping.log.as_of is None:
        raise MappingError("a part of a log does not know when the whole ends: say [log] as_of")
    if set(bound.by_case.rules) not in ({*bound.rules}, set()):
        raise MappingError("some rules are about a case and some about a person: take bound.by_case or bound.by_person")
    part = Audit(log_of(mapping, [pa.table(rows)], bound.calendar.timezone, bound.steps), bound)
    return part.findings.table(), rates_table(part.rates(by_person=True, by_month=True))
