"""The same definition as a python-statemachine class: to draw, to drive by hand."""

from __future__ import annotations

import pytest
from ask import ANNA, CHIEF, HELEN, REGULATION, Ask, Errand, Request, case_after
from statemachine.exceptions import TransitionNotAllowed
from tiny import page, stage

from salesreg.errors import DeclarationError, StepRefused
from salesreg.process import Attempt, Related, Step, anywhere

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})


def test_the_machine_starts_unborn_moves_and_refuses():
    machine = Ask.machine()()
    assert machine._repr_html_() == "<code>AskMachine</code>: ∅"
    assert machine._repr_svg_() is None
    machine.send("ask")
    machine.send("answer")
    assert "Asked" in machine._repr_html_()
    with pytest.raises(TransitionNotAllowed):
        machine.send("confirm")
    machine.send("deny")
    assert machine.is_terminated


def test_the_machine_holds_guards_and_conditions():
    attempt = Attempt("r1", "decide", HELEN, None, None, case_after(ASKED).last_at, REGULATION, Related([]))
    machine = Ask.machine()(start_value="asked")
    with pytest.raises(StepRefused, match="decide refused: nobody has answered") as no:
        machine.send("decide", data=Request("anna", "x"), after=Request("anna", "x"), attempt=attempt)
    assert [refusal.code for refusal in no.value.refusals] == ["no_answer"]
    two = Request("anna", "x", answers=("a", "b"))
    machine.send("decide", data=two, after=two, attempt=attempt)
    assert [state.id for state in machine.configuration] == ["granted"]


def test_an_unfinished_page_is_drawn_as_it_is():
    machine = page(island=stage("Island"), without=("finish",)).machine()
    assert {state.name for state in machine.states} == {"∅", "To do", "Done", "Island"}


@pytest.mark.parametrize("name", ["name", "states", "configuration", "prepare"])
def test_a_name_that_every_machine_has_cannot_be_drawn(name: str):
    odd = page(**{name: Step(anywhere(), "Odd", by=CHIEF)})
    assert odd.steps[name].title == "Odd"
    with pytest.raises(DeclarationError, match=f"Tiny.{name} cannot be drawn: python-statemachine keeps that name"):
        odd.machine()


def test_a_step_called_send_is_one_of_them():
    with pytest.raises(DeclarationError, match=r"Errand\.send cannot be drawn"):
        Errand.machine()
