"""Commands: a step that is called is a request to take it, typed, and the same by its id from outside."""

from __future__ import annotations

import pytest
from ask import ANNA, HELEN, REGULATION, Ask, Errand, case_after, moscow

from salesreg.decide import decide
from salesreg.errors import DeclarationError, PayloadError, UnknownStep
from salesreg.process import Command, FirstStep, Follow, Opening, Step, reaction

NOW = moscow("2026-03-02 12:30")


def test_a_step_that_is_called_is_a_command():
    command = Ask.answer(text="yes", with_help_of=("anna",))
    assert command == Command("answer", {"text": "yes", "with_help_of": ("anna",)}, Ask)
    assert Ask.deny() == Command("deny", {}, Ask)
    assert isinstance(Ask.answer, Step)
    assert (Ask.answer.id, Ask.answer.title, Ask.answer.page) == ("answer", "Answer", Ask)


def test_a_first_step_that_is_called_opens_a_case():
    opening = Ask.ask(text="May I?")
    assert opening == Opening("ask", {"text": "May I?"}, Ask)
    assert isinstance(Ask.ask, FirstStep)
    assert (Ask.ask.begins, Ask.answer.begins) == (True, False)


def test_a_command_reads_like_the_call_that_made_it():
    assert repr(Ask.answer(text="yes")) == "Ask.answer(text='yes')"
    assert repr(Errand.send(title="go", doer=None)) == "Errand.send(title='go', doer=None)"
    assert repr(Ask.deny()) == "Ask.deny()"


def test_the_same_from_outside_by_its_id():
    assert Ask.command("answer", {"text": "yes"}) == Ask.answer(text="yes")
    assert Ask.command("ask", {"text": "x"}) == Ask.ask(text="x")
    assert Ask.command("deny") == Ask.deny()
    with pytest.raises(UnknownStep, match="process 'request' has no step 'grant'"):
        Ask.command("grant")


def test_a_payload_is_read_when_the_command_is_carried_out():
    wrong = Ask.command("answer", {"txet": "yes"})
    with pytest.raises(PayloadError) as no:
        decide(
            wrong, case_after(("ask", ANNA, "2026-03-02 10:00", {"text": "x"})), by=HELEN, at=NOW, regulation=REGULATION
        )
    assert no.value.problems == ("text: missing", "txet: unknown, did you mean 'text'?")


def test_a_payload_never_shares_a_namespace_with_the_engines_own_arguments():
    command = Ask.command("answer", {"text": "x", "by": "anna", "at": "now"})
    with pytest.raises(PayloadError) as no:
        decide(
            command,
            case_after(("ask", ANNA, "2026-03-02 10:00", {"text": "x"})),
            by=HELEN,
            at=NOW,
            regulation=REGULATION,
        )
    assert no.value.problems == ("by: unknown", "at: unknown")


def test_payload_goes_by_name():
    for call in (lambda: Ask.answer("yes"), lambda: Ask.ask("x")):  # type: ignore[call-arg,misc]
        with pytest.raises(PayloadError, match="is given without its field's name"):
            call()


def test_a_reaction_yields_commands_on_cases():
    case = case_after(("ask", ANNA, "2026-03-02 10:00", {"text": "x"}))
    assert Ask.answer(text="yes").on(case) == Ask.answer(text="yes").on("r1") == Follow(Ask.answer(text="yes"), "r1")


@pytest.mark.parametrize("nothing", ["cancel_deal", None, Ask, Ask.asked])
def test_a_reaction_follows_on_a_step(nothing: object):
    with pytest.raises(DeclarationError, match=r"a reaction names steps such as Sale\.open_deal, not"):
        reaction(after=nothing)  # type: ignore[call-overload,arg-type]
