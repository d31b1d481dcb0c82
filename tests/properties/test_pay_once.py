"""No fact is paid for twice and no day either, whatever the lines are called and however the periods lie."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import BonusLine, spelled
from salesreg.errors import DomainError, StepRefused
from salesreg.testing.commercial import Desk, moscow

FIRST = dt.date(2026, 2, 1)
SOURCES = st.sampled_from(["deal-1", "deal-1 ", "DEAL-1", "deal-2", "deal-3"])
LINES = st.lists(
    st.tuples(st.sampled_from(["kpi", "commission", "extra"]), st.integers(-50, 100), st.lists(SOURCES, max_size=2)),
    min_size=1,
    max_size=3,
)
PERIODS = st.tuples(st.integers(0, 40), st.integers(-1, 30))
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from(["anna", "sveta"]), PERIODS),
        st.tuples(st.just("reckon"), st.integers(0, 5), LINES),
        st.tuples(st.just("approve"), st.integers(0, 5), st.none()),
        st.tuples(st.just("reverse"), st.integers(0, 5), st.none()),
    ),
    max_size=12,
)


def acted(desk: Desk, what: str, which: Any, given: Any) -> None:
    if what == "open":
        begins, length = given
        first = FIRST + dt.timedelta(days=begins)
        leave = {"leave_from": dt.datetime.combine(first, dt.time(9), dt.UTC) + dt.timedelta(days=60)}
        leave["leave_until"] = first + dt.timedelta(days=60 + length)
        desk.begin("bonus", "open_leave_pay", employee=which, **leave)
        return
    every = desk.engine.cases("bonus")
    if not every:
        return
    case = every[which % len(every)]
    if what == "reckon":
        lines = [BonusLine(code, Money(much), "by hand", sources=tuple(sources)) for code, much, sources in given]
        desk.take(case, "calculate_statement", lines=tuple(lines))
    else:
        desk.take(case, "approve_statement" if what == "approve" else "reverse_statement")


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_nothing_is_paid_for_twice(acts: list[tuple[str, Any, Any]]) -> None:
    desk = Desk(start=moscow(2))
    for act in acts:
        try:
            acted(desk, *act)
        except (StepRefused, DomainError):
            continue
        standing = [one.data for one in desk.engine.cases("bonus") if one.stage != "reversed"]
        paid = Counter(
            (one.employee, spelled(source))
            for one in standing
            for line in one.lines
            if line.amount >= Money(0)
            for source in line.sources
        )
        days = Counter((one.employee, day) for one in standing for day in one.days)
        assert not {what: times for what, times in (*paid.items(), *days.items()) if times > 1}
    assert desk.engine.verify() == ()
