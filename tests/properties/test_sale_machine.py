"""The sale, driven at random through the engine on memory and SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from salesreg.commercial import COMMERCIAL, Sale, example
from salesreg.testing import process_machine
from salesreg.testing.commercial import STAFF
from salesreg.testing.commercial.strategies import usually

Known = Mapping[str, tuple[str, ...]]


def opening(known: Known) -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.sampled_from(["2026-1", "2026-2", "2026-3"])
    return st.fixed_dictionaries({"number": numbers, "existing": st.sampled_from([None, *known.get("sale", ())])})


def assignment(known: Known) -> st.SearchStrategy[dict[str, Any]]:
    specialists = st.sampled_from(["petr", "dina", "finn"])
    return st.fixed_dictionaries({"specialist": specialists, "contact_email": st.sampled_from(["a@b.example", "?"])})


def signature(known: Known) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"signed_by": st.sampled_from(["boss", "boss", "finn"])})


def test_sale_never_reaches_an_illegal_state() -> None:
    machine = process_machine(
        Sale,
        rulebook=COMMERCIAL,
        regulation=example(),
        payload_for={"open_deal": opening, "assign_specialist": assignment, "obtain_ceo_signature": signature},
        usually=usually,
        people=STAFF,
    )
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=20, deadline=None))
