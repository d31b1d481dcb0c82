"""A case of every stage of the shipped processes is drawn by legal steps, at the first try that Hypothesis allows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings

from salesreg.commercial import COMMERCIAL
from salesreg.commercial.domain.prices import PriceItem
from salesreg.errors import UnknownStage
from salesreg.process import Case
from salesreg.testing.commercial import strategies

STAGES = [(page.id, stage) for page in COMMERCIAL.processes for stage in page.stages]


@pytest.mark.parametrize(("process", "stage"), STAGES, ids=[" ".join(each) for each in STAGES])
def test_a_case_is_drawn_in_the_stage_that_is_asked_for(process: str, stage: str) -> None:
    @settings(max_examples=1, deadline=None, phases=[Phase.generate])  # a way that fails needs no shortening
    @given(strategies.cases(COMMERCIAL.process(process), stage=stage))
    def draw(case: Case[Any]) -> None:
        assert case.stage == stage

    draw()


def test_a_stage_that_there_is_not_is_an_error_at_once() -> None:
    with pytest.raises(UnknownStage, match="has no stage 'opne'"):
        strategies.cases(COMMERCIAL.process("sale"), stage="opne")


@settings(max_examples=20, deadline=None)
@given(strategies.price_lists())
def test_a_price_list_names_each_item_once(items: tuple[PriceItem, ...]) -> None:
    assert len({item.code for item in items}) == len(items)
    assert all(item.price.amount > 0 for item in items)
