"""A department led at random by steps that its regulation allows, through the engine."""

from __future__ import annotations

import datetime as dt
import random

from salesreg.commercial import COMMERCIAL
from salesreg.errors import SalesregError
from salesreg.testing.commercial import USUAL, Desk

WAITS = (dt.timedelta(), dt.timedelta(minutes=20), dt.timedelta(hours=5), dt.timedelta(days=2), dt.timedelta(days=20))


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
