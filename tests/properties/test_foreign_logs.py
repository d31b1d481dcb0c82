"""Logs as another system writes them: what is legal is found legal, and what is altered where it was altered."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ask import REGULATION, Ask
from hypothesis import given, settings

from salesreg.audit import audit
from salesreg.testing.strategies import ALTERATIONS, ForeignLog, foreign_logs


def breaches(log: ForeignLog) -> list[Any]:
    found = audit(log.mapping(), Ask, REGULATION, tables=[log.table()]).findings
    return [one for one in found if one.norm in ("order", "roles")]


@settings(max_examples=25)
@given(foreign_logs(Ask, regulation=REGULATION, planted=False))
def test_what_is_legal_is_found_legal(log: ForeignLog) -> None:
    assert (log.planted, log.case) == (None, None)
    assert breaches(log) == []


@settings(max_examples=30)
@given(foreign_logs(Ask, regulation=REGULATION, planted=True))
def test_what_is_altered_is_found_in_its_case_alone(log: ForeignLog) -> None:
    found = breaches(log)
    assert {one.case for one in found} <= {log.case}
    if log.planted == "by a stranger":
        assert found, "somebody without a role took a step"


@pytest.mark.parametrize("planted", [None, True, False])
def test_every_alteration_comes_and_most_are_found(planted: bool | None) -> None:
    seen, found = Counter[str | None](), Counter[str | None]()

    @settings(max_examples=60)
    @given(foreign_logs(Ask, regulation=REGULATION, planted=planted))
    def draw(log: ForeignLog) -> None:
        seen[log.planted] += 1
        found[log.planted] += bool(breaches(log))

    draw()
    expected = {True: {*ALTERATIONS}, False: {None}, None: {None, *ALTERATIONS}}[planted]
    assert seen.keys() == expected
    if planted:
        assert all(found[how] for how in ALTERATIONS), found
