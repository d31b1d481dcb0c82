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

from salesreg.commercial import COMMERCIAL
from salesreg.errors import SalesregError
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import USUAL, Desk

LATE = frozenset({ObligationStatus.BREACHED, ObligationStatus.MET_LATE})
LAG = dt.timedelta(days=7)
"""More than two business days, a weekend and a holiday among them."""
WAITS = (dt.timedelta(), dt.timedelta(minutes=20), dt.timedelta(hours=5), dt.timedelta(days=2), dt.timedelta(days=20))
STEPS = 80


def begun(desk: Desk) -> list[str]:
    """A case of every process that can be begun by itself, and what follows from them."""
    for key in USUAL:
        process, name = key.split(".")
        if name in COMMERCIAL.process(process).steps and COMMERCIAL.process(process).steps[name].begins:
            try:
                desk.begin(process, name)
            except SalesregError:
                continue
    desk.begin("sale", "register_prospect", case="D")
    return [case.id for case in desk.engine.cases(limit=1000)]


def led(desk: Desk, draw: random.Random) -> None:
    """One step that the rules allow, taken now or said to have happened before; nothing if there is none."""
    # A process first, lest the duties that come back each day take all the steps.
    kind = draw.choice(sorted({one.process for one in desk.engine.cases(limit=1000)}))
    case = desk.case(draw.choice([one.id for one in desk.engine.cases(kind, limit=1000)]))
    page = COMMERCIAL.process(case.process)
    possible = [step for step in page.table.leaving(case.stage) if f"{page.id}.{step.id}" in USUAL]
    draw.shuffle(possible)
    for step in possible:
        facts = [one.name for one in page.table.specs[step.id].payload.fields if one.mark == "past"]
        now, since = desk.clock.now(), case.begun_at or desk.clock.now()
        said = {name: now - (now - since) * draw.choice((0, 0.1, 0.6, 1)) for name in facts if draw.random() < 0.8}
        if any(one.name == "due" for one in page.table.specs[step.id].payload.fields):
            said["due"] = desk.clock.now() + draw.choice(WAITS[1:])
        try:
            desk.take(case.id, step.id, **said)
        except SalesregError:
            continue
        return


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
