"""No sequence of legal steps makes a verdict better: what is late stays on record as late.

Every process is led at random by steps that the regulation allows, through the engine, with waits of hours and days and
facts that are said to have happened earlier. Before and after each step every obligation is looked at. What was
breached is met in time only by a record that lags no more than is tolerated, and is never given up, put off or passed
on as if it were not; none that ended late ends otherwise.
"""

from __future__ import annotations

import datetime as dt
import random

import pytest
from department_walk import WAITS, begun, led

from salesreg.process import ObligationStatus
from salesreg.testing.commercial import Desk

LATE = frozenset({ObligationStatus.BREACHED, ObligationStatus.MET_LATE})
LAG = dt.timedelta(days=7)
"""More than two business days, a weekend and a holiday among them."""
STEPS = 80


@pytest.mark.parametrize("seed", range(12))
def test_no_sequence_of_legal_steps_makes_a_verdict_better(seed: int) -> None:
    draw = random.Random(seed)
    desk = Desk()
    begun(desk)
    breached: set[str] = set()
    ended: dict[str, ObligationStatus] = {}
    for _ in range(STEPS):
        desk.later(draw.choice(WAITS))
        now = desk.clock.now()
        for one in desk.engine.obligations(limit=100_000):
            if one.status is ObligationStatus.BREACHED:
                breached.add(one.id)
            if one.closed_at is not None and one.status in LATE:
                ended.setdefault(one.id, one.status)
        led(desk, draw)
        after = {one.id: one for one in desk.engine.obligations(limit=100_000)}
        for name, status in ended.items():
            assert after[name].status is status, f"{name} ended {status} and is {after[name].status}"
        for name in tuple(breached):
            kept = after[name]
            if kept.status is ObligationStatus.MET and kept.closed_at is not None:
                assert now - kept.closed_at <= LAG, f"{name} was breached, and met at {kept.closed_at} by {now}"
                breached.discard(name)
                ended[name] = kept.status
            else:
                assert kept.status in LATE, f"{name} was breached and is {kept.status}"
    assert breached, "nothing was ever late: the walk shows nothing"
    assert desk.engine.verify() == ()
