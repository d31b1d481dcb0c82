"""A page as it is looked up: stages and steps by id, norms and parameters, routes, and the data as they are stored."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec
import pytest
from ask import ANNA, CHIEF, FINANCE, HELEN, IVAN, REGULATION, REOPENER, Ask, Errand, Request, case_after, moscow, taken
from tiny import Count, page, stage

from salesreg.calendars import Term
from salesreg.decide import decide
from salesreg.errors import DeclarationError, RecordError, StepRefused, UnknownStage, UnknownStep
from salesreg.process import Process, Stage, Step, anywhere, start, step
from salesreg.rules import Parameter, Role

NOW = moscow("2026-03-02 10:00")
ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})


# -- looking up -------------------------------------------------------------------------------------------------------


def test_an_unknown_step_or_stage_is_named_beside_those_that_are_known():
    with pytest.raises(UnknownStep, match=r"process 'errand' has no step 'sned'; it has send, send_for, go_round"):
        Errand.table.step("sned")
    with pytest.raises(UnknownStep, match="has no step"):
        Errand.table.step(["send"])  # type: ignore[arg-type]
    with pytest.raises(UnknownStep):
        Errand.command("ask")
    with pytest.raises(UnknownStep):
        Errand.payload_schema("ask")
    with pytest.raises(UnknownStage, match=r"'errand' version 1 has no stage 'lost'; it has todo, done"):
        Errand.table.stage("lost")


def test_first_steps_and_steps_that_leave_a_stage():
    assert [one.id for one in Ask.table.first_steps()] == ["ask", "ask_twice"]
    assert [one.id for one in Ask.table.leaving("granted")] == ["reopen"]
    assert Ask.table.leaving("denied") == ()
    assert [one.id for one in Ask.table.leaving("checking")] == [
        "answer", "send_back", "confirm", "deny", "pause", "resume", "expire", "nudge", "wrap_up",
    ]  # fmt: skip


def test_norms_and_parameters_come_from_stages_deadlines_steps_and_owners():
    assert [norm.id for norm in Ask.norms()] == ["request.decide", "request.answer"]
    assert [parameter.name for parameter in Ask.parameters()] == ["request.reopener", "request.decide"]
    assert REOPENER not in Errand.parameters(), "it is declared elsewhere"
    who = Parameter("tiny.owner", Role)
    assert who in page(todo=stage(owner=who)).parameters()


def test_titles_fall_back_on_names():
    assert (page().title, page(title="A tiny page").title) == ("Tiny", "A tiny page")
    assert (repr(Stage("No name yet")), repr(Ask.asked), repr(Ask.table)) == (
        "<Stage 'No name yet'>", "<Stage asked>", "<Table of Ask: 4 stages, 16 steps>",
    )  # fmt: skip


# -- routes -----------------------------------------------------------------------------------------------------------


def stage_after(step_id: str, by: Any, case: Any, **payload: Any) -> str:
    found: str = taken(case, step_id, by, "2026-03-02 12:00", **payload).case.stage
    return found


def test_a_step_that_stays_leaves_stage_and_clock_alone():
    asked = case_after(ASKED)
    after = taken(asked, "amend", ANNA, "2026-03-02 12:00").case
    assert after.stage == "asked"
    assert after.obligations == asked.obligations


def test_a_self_transition_restarts_the_clock():
    asked = case_after(ASKED)
    after = taken(asked, "repeat", ANNA, "2026-03-03 12:00")
    (fresh,) = [one for one in after.opened if one.norm == "request.decide"]
    assert (fresh.id, fresh.started_at) == ("r1:request.decide:2", after.case.last_at)
    assert [one.id for one in after.closed] == ["r1:request.decide:1"]


def test_the_first_way_whose_condition_holds_is_taken():
    answer = ("answer", HELEN, "2026-03-02 11:00", {"text": "yes"})
    once, twice = case_after(ASKED, answer), case_after(ASKED, answer, answer)
    assert stage_after("decide", HELEN, once) == "checking"
    assert stage_after("decide", HELEN, twice) == "granted"


def test_anywhere_is_every_open_stage():
    assert set(Ask.table.routes["deny"]) == {"asked", "checking"}
    assert set(Ask.table.routes["pause"]) == {"asked", "checking"}
    checking_only = page(rest=Step(anywhere(but=[]), "R", by=CHIEF)).table.routes["rest"]
    assert set(checking_only) == {"todo"}


def test_anywhere_but_in_a_stage_is_every_other_open_one_before_and_after_it():
    first, todo, last = stage("First"), stage(), stage("Last")
    table = page(first=first, todo=todo, last=last, rest=Step(anywhere(but=[todo]), "R", by=CHIEF)).table
    assert set(table.routes["rest"]) == {"first", "last"}


def test_several_stages_lead_to_one():
    todo, doing, done = stage(), stage("Doing"), Stage("Done", final=True)
    three = page(todo=todo, doing=doing, done=done, go=Step((todo | doing).to(done), "Go", by=CHIEF))
    assert {source: way.target.id for source, (way,) in three.table.routes["go"].items()} == {
        "todo": "done", "doing": "done",
    }  # fmt: skip
    more = stage("More")
    assert [one.title for one in (todo | doing | more).stages] == ["To do", "Doing", "More"]


def test_no_way_out_is_said_when_no_condition_holds():
    todo, done = stage(), Stage("Done", final=True)
    narrow = Step(todo.to(done, when=lambda count: count.n > 0), "Squeeze", by=CHIEF, clause="R7")
    tiny = page(todo=todo, done=done, squeeze=narrow)
    case = decide(tiny.begin(), by=IVAN, at=NOW, regulation=REGULATION, case_id="t1").case
    with pytest.raises(StepRefused) as no:
        decide(tiny.squeeze(), case, by=IVAN, at=NOW, regulation=REGULATION)
    assert [(one.code, one.clause) for one in no.value.refusals] == [("no_way", "R7")]
    assert no.value.allowed == ("squeeze", "finish")


# -- records ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Shelf:
    places: dict[int, str] = attrs.field(factory=dict)
    term: Term | None = None


class Shelve(Process[Shelf]):
    """Data with whole numbers for keys, and a term."""

    id = "shelve"
    todo = stage()

    @step(start(todo), "Put", by=CHIEF)
    def put(self) -> Shelf:
        return Shelf({1: "a", 20: "b"}, Term.parse("2 weeks"))


def test_data_survive_json_as_a_whole_and_attribute_by_attribute():
    shelf = Shelf({1: "a", 20: "b"}, Term.parse("2 weeks"))
    raw = Shelve.encode(shelf)
    assert Shelve.table.decode(raw) == shelf
    assert Shelve.table.decode_changes(msgspec.json.decode(raw)) == {"places": {1: "a", 20: "b"}, "term": shelf.term}


def test_records_that_cannot_be_read_are_said_to_be():
    for raw in (b'{"author": 5}', b"{", b"\xff"):
        with pytest.raises(RecordError, match="the stored data of a 'request' case cannot be read"):
            Ask.table.decode(raw)
    with pytest.raises(RecordError, match="a stored event changes 'mood', which Request does not have"):
        Ask.table.decode_changes({"mood": "good"})
    with pytest.raises(RecordError, match="a stored event's 'held' cannot be read"):
        Ask.table.decode_changes({"held": "perhaps"})
    for term in (5, {"amount": 2, "unit": "furlong"}):
        with pytest.raises(RecordError, match="'term' cannot be read"):
            Shelve.table.decode_changes({"term": term})


def test_what_json_cannot_hold_is_refused_with_what_can():
    with pytest.raises(TypeError, match="a complex cannot be recorded: use attrs classes"):
        Ask.encode(Request("anna", 1j))  # type: ignore[arg-type]


# -- responsibilities -------------------------------------------------------------------------------------------------


def test_zones_name_roles_and_parameters_but_nobody_whom_the_data_name():
    zones = {(row.activity, str(row)) for row in Ask.responsibilities()}
    assert ("request.confirm", "R finance -") in zones
    assert ("request.confirm", "A finance -") in zones
    assert ("request.reopen", "R request.reopener -") in zones
    assert ("request.decide", "I chief R10") in zones
    assert not [text for activity, text in zones if activity in {"request.repeat", "request.expire"} and text[0] == "R"]
    assert FINANCE in Ask.table.whos()


def test_a_step_that_returns_something_else_is_named():
    @step(anywhere(), "Act", by=CHIEF)
    def act(self: Any, count: Count) -> Any:
        return None

    tiny = page(act=act)
    case = decide(tiny.begin(), by=IVAN, at=NOW, regulation=REGULATION, case_id="t1").case
    with pytest.raises(DeclarationError, match=r"Tiny\.act must return the new Count, and returned NoneType"):
        decide(tiny.act(), case, by=IVAN, at=NOW, regulation=REGULATION)
