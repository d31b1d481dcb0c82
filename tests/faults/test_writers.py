"""Several programs that write without pause: everybody's turn comes, on one case and on many."""

from __future__ import annotations

import time

import pytest
from ask import ANNA, Ask
from forking import Programs
from programs import BEGUN, reacting_engine, stepping, writing

from salesreg.testing import ManualClock


@pytest.fixture(autouse=True)
def shared(url: str) -> None:
    """The cases that all of them act on."""
    with reacting_engine(url, ManualClock(BEGUN)) as engine:
        for case_id in ("r0", "shared"):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=case_id)


@pytest.mark.parametrize(("programs", "each"), [(2, 12), (8, 6)])
def test_programs_on_one_case_with_a_slow_directory_all_get_their_steps_taken(
    others: Programs, url: str, programs: int, each: int
):
    running = [others.start(stepping, url, each) for _ in range(programs)]
    taken = [one.wait() for one in running]
    assert [len(versions) for versions in taken] == [each] * programs
    assert sorted(int(version) for versions in taken for version in versions) == [*range(2, 2 + programs * each)]


def test_of_writers_without_pause_nobody_is_left_behind(others: Programs, url: str):
    start = time.time()
    writers = [others.start(writing, url, name, 0, start) for name in ("a", "b", "c", "d")]
    for one in writers:
        one.wait_for_reports(5)
    before = [len(one.reported()) for one in writers]
    shares = [0]
    while sum(shares) < 400:
        time.sleep(0.01)
        shares = [len(one.reported()) - was for one, was in zip(writers, before, strict=True)]
    for one in writers:
        one.kill()
    assert min(shares) > max(shares) / 3, shares
