"""What the engine allowed is found to be against no rule; what it recorded as late is what the audit calls late."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from department_walk import WAITS, begun, led

from salesreg.audit import Audit, audit
from salesreg.audit.own import events_table, own_mapping
from salesreg.commercial import COMMERCIAL
from salesreg.process import ObligationStatus
from salesreg.testing.commercial import Desk

STEPS = 150
OUR_VERDICTS = {
    "kept": (ObligationStatus.MET,),
    "late": (ObligationStatus.MET_LATE,),
}


@cache
def walked(seed: int) -> tuple[Desk, pa.Table]:
    """A department after so many random steps, and its log."""
    desk, draw = Desk(), random.Random(seed)
    begun(desk)
    for _ in range(STEPS):
        desk.later(draw.choice(WAITS))
        led(desk, draw)
        desk.engine.tick()
    return desk, events_table(desk.engine.events(limit=100_000).events)


def audited(desk: Desk, table: pa.Table, process: str) -> Audit:
    page = COMMERCIAL.process(process)
    mapping = own_mapping(table, process, page.steps, as_of=desk.clock.now())
    return audit(mapping, page, desk.engine.regulation, tables=[table])


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_the_engine_allowed_is_out_of_order_or_in_a_wrong_role(seed: int) -> None:
    desk, table = walked(seed)
    for page in COMMERCIAL.processes:
        found = audited(desk, table, page.id).findings
        wrong = [one for one in found if one.norm in ("order", "roles")]
        assert wrong == [], f"{page.id}: {wrong[:3]}"


@pytest.mark.parametrize("seed", range(4))
def test_what_the_audit_calls_late_the_engine_recorded_as_late(seed: int) -> None:
    desk, table = walked(seed)
    late = Counter(
        (one.case, one.norm)
        for one in desk.engine.obligations(limit=100_000)
        if one.status in (ObligationStatus.MET_LATE, ObligationStatus.BREACHED)
    )
    seen = 0
    for page in COMMERCIAL.processes:
        for one in audited(desk, table, page.id).findings:
            if one.kind in ("late", "no_result"):
                seen += 1
                assert late[one.case, one.norm], f"{one} is on nobody's record"
    assert seen, "nothing was late: the walk shows nothing"


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_rows_and_the_parts_that_they_come_in_change_nothing(seed: int) -> None:
    desk, table = walked(seed)
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    for page in COMMERCIAL.processes:
        whole = audited(desk, table, page.id)
        names = {one.id for one in whole.findings}
        assert {one.id for one in audited(desk, table.take(order), page.id).findings} == names
        parts, cases = set(), sorted(set(table["case"].to_pylist()))
        for number in range(3):
            some = table.filter(pc.is_in(table["case"], pa.array(cases[number::3])))
            parts |= {one.id for one in audited(desk, some, page.id).findings} if some.num_rows else set()
        assert parts == names


@pytest.mark.parametrize("seed", range(2))
def test_a_step_that_nobody_recorded_is_found_or_its_like_and_nothing_of_other_cases(seed: int) -> None:
    desk, table = walked(seed)
    draw, found = random.Random(seed), 0
    for page in COMMERCIAL.processes:
        mine = [n for n, one in enumerate(table["process"].to_pylist()) if one == page.id]
        for row in draw.sample(mine, min(6, len(mine))):
            case = table["case"][row].as_py()
            without = table.take([n for n in range(table.num_rows) if n != row])
            before = {one.id for one in audited(desk, table, page.id).findings}
            new = [one for one in audited(desk, without, page.id).findings if one.id not in before]
            assert {one.case for one in new} <= {case}
            found += bool(new)
    assert found
