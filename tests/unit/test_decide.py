"""`decide`: commands that are wrong in themselves, what a decision holds, and what is available."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pendulum
import pytest
from ask import (
    ANNA,
    BORIS,
    CHIEF,
    HELEN,
    IVAN,
    OLGA,
    REGULATION,
    REOPENER,
    Ask,
    Errand,
    Task,
    case_after,
    moscow,
    taken,
)
from msgspec.structs import replace
from tiny import Count, page, stage

from salesreg.calendars import Term
from salesreg.decide import available, decide
from salesreg.errors import (
    CaseMismatch,
    NaiveDatetimeError,
    OutOfOrder,
    ParameterNotSet,
    Refusal,
    StepRefused,
    UnknownStage,
    UnknownStep,
)
from salesreg.process import STAGE_OWNER, Attempt, Each, Related, Step, anywhere, step
from salesreg.rules import Parameter, Regulation

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
SENT = ("send", HELEN, "2026-03-02 10:00", {"title": "go", "case_id": "e1"})
NOW = "2026-03-02 12:30"
GIVEN: dict[str, Any] = {"at": moscow(NOW), "regulation": REGULATION}


# -- commands that are wrong in themselves ----------------------------------------------------------------------------


def test_steps_and_cases_have_to_fit():
    asked = case_after(ASKED)
    with pytest.raises(UnknownStep, match="has no step 'grant'; it has ask,"):
        decide(Ask.command("grant"), asked, by=HELEN, **GIVEN)
    late: Any = Ask.answer(text="x")
    with pytest.raises(CaseMismatch, match="'answer' needs a case; a 'request' case begins with ask or ask_twice"):
        decide(late, by=HELEN, **GIVEN)
    with pytest.raises(CaseMismatch, match="say which id it gets with case_id="):
        decide(Ask.ask(text="x"), by=ANNA, **GIVEN)
    first: Any = Ask.ask(text="x")
    with pytest.raises(CaseMismatch, match="'ask' begins a case, and 'r1' has begun already"):
        decide(first, asked, by=ANNA, **GIVEN)
    lost = replace(asked, stage="limbo")
    with pytest.raises(UnknownStage, match="has no stage 'limbo'"):
        decide(Ask.answer(text="x"), lost, by=HELEN, **GIVEN)


def test_a_command_is_for_the_page_that_the_case_runs_on():
    asked = case_after(ASKED)
    foreign: Any = Errand.see()
    with pytest.raises(
        CaseMismatch,
        match="case 'r1' runs on version 1 of process 'request', and the command is for version 1 of 'errand'",
    ):
        decide(foreign, asked, by=OLGA, **GIVEN)
    newer = replace(asked, process_version=2)
    with pytest.raises(CaseMismatch, match="runs on version 2 of process 'request'"):
        decide(Ask.answer(text="x"), newer, by=HELEN, **GIVEN)


def test_a_step_of_another_page_does_not_pass_for_one_of_the_same_name():
    other = page(answer=Step(anywhere(), "Answer", by=CHIEF))
    with pytest.raises(CaseMismatch):
        decide(other.answer(), case_after(ASKED), by=IVAN, **GIVEN)


def test_events_are_recorded_in_the_order_they_happen():
    with pytest.raises(
        OutOfOrder, match=r"06:59:00\+00:00 is earlier than the last event of case 'r1' at 2026-03-02T07"
    ):
        taken(case_after(ASKED), "amend", ANNA, "2026-03-02 09:59")
    assert taken(case_after(ASKED), "amend", ANNA, "2026-03-02 10:00").case.version == 2, "the same instant will do"


def test_an_instant_needs_a_zone_and_may_be_pendulums():
    naive = moscow(NOW).replace(tzinfo=None)
    with pytest.raises(NaiveDatetimeError, match="has no time zone"):
        decide(Ask.amend(), case_after(ASKED), by=ANNA, at=naive, regulation=REGULATION)
    with pytest.raises(NaiveDatetimeError):
        available(Ask, case_after(ASKED), by=ANNA, at=naive, regulation=REGULATION)
    at = pendulum.datetime(2026, 3, 2, 12, 30, tz="Europe/Moscow")
    found = decide(Ask.amend(), case_after(ASKED), by=ANNA, at=at, regulation=REGULATION).event.at
    assert (found, type(found), found.tzinfo) == (moscow(NOW), dt.datetime, dt.UTC)


def test_everything_that_a_page_reads_and_nobody_gave_is_named_at_once():
    @step(anywhere(), "Act", by=CHIEF)
    def act(self: Any, count: Count) -> Count:
        return Count(self.first + self.second)

    who = Parameter("tiny.owner", REOPENER.type, clause="R3")
    open_page = page(
        act=act,
        todo=stage(owner=who),
        first=Parameter("tiny.first", int, clause="R1"),
        second=Parameter("tiny.second", int, clause="R2"),
        third=Parameter("tiny.third", int, default=3),
    )
    with pytest.raises(ParameterNotSet) as unset:
        decide(open_page.begin(), by=IVAN, case_id="t", **GIVEN)
    assert unset.value.names == ("tiny.first", "tiny.second", "tiny.owner")
    with pytest.raises(ParameterNotSet) as unset:
        decide(Ask.ask(text="x"), by=ANNA, at=moscow(NOW), regulation=Regulation("bare"), case_id="r")
    assert unset.value.names == ("request.decide", "schedule")


# -- total and pure ---------------------------------------------------------------------------------------------------


def test_a_refusal_leaves_everything_as_it_was_and_repeats_itself():
    asked = case_after(ASKED)
    before = copy.deepcopy(asked)
    said = []
    for _ in range(2):
        with pytest.raises(StepRefused) as no:
            taken(asked, "decide", BORIS, "2026-03-02 23:30")
        said.append(str(no.value))
    assert said[0] == said[1]
    assert asked == before


def test_equal_questions_have_equal_answers():
    asked = case_after(ASKED)
    assert taken(asked, "answer", HELEN, NOW, text="yes") == taken(asked, "answer", HELEN, NOW, text="yes")
    assert asked.data.answers == ()


# -- what a decision holds --------------------------------------------------------------------------------------------


def test_the_event_holds_inputs_and_outcome():
    asked = taken(None, "ask", ANNA, "2026-03-02 10:00", text="May I?", number="7")
    event = asked.event
    assert (event.id, event.case, event.version, event.step) == ("r1:1", "r1", 1, "ask")
    assert (event.source, event.target, event.by, event.role) == (None, "asked", "anna", "asker")
    assert (event.process, event.process_version, event.rulebook) == ("request", 1, "")
    assert (event.regulation, event.clauses, event.cause) == (REGULATION.content_hash, ("R9",), None)
    assert event.payload == {"text": "May I?", "number": "7", "expires_at": None, "nudge_at": None}
    assert event.changes == {
        "author": "anna", "text": "May I?", "answers": (), "held": False, "expires_at": None, "nudge_at": None,
        "number": "7",
    }  # fmt: skip
    answered = taken(asked.case, "answer", HELEN, NOW, text="yes", with_help_of=["anna"]).event
    assert answered.changes == {"answers": ("yes",)}
    assert answered.payload == {"text": "yes", "with_help_of": ("anna",)}
    assert taken(asked.case, "amend", ANNA, NOW).event.changes == {}


def test_the_case_after_it_is_an_envelope_around_the_new_data():
    decision = taken(case_after(ASKED), "answer", HELEN, NOW, text="yes")
    case, event = decision.case, decision.event
    assert (case.stage, case.version, case.last_at) == (event.target, event.version, event.at)
    assert (case.data.answers, case.regulation, case.process_version) == (("yes",), REGULATION.content_hash, 1)
    assert (decision.opened, decision.closed) == (event.opened, event.closed)


def test_keys_are_taken_when_they_appear_and_released_when_they_go():
    asked = taken(None, "ask", ANNA, "2026-03-02 10:00", text="x", number="7")
    assert (asked.keys_taken, asked.keys_released) == (("request.number:7",), ())
    kept = taken(asked.case, "answer", HELEN, NOW, text="yes")
    assert (kept.keys_taken, kept.keys_released) == ((), ())
    moved = taken(asked.case, "renumber", ANNA, NOW, number="8")
    assert (moved.keys_taken, moved.keys_released) == (("request.number:8",), ("request.number:7",))
    assert taken(moved.case, "renumber", ANNA, NOW, number=None).keys_released == ("request.number:8",)
    assert taken(None, "ask", ANNA, NOW, text="x").keys_taken == ()


def test_a_key_that_is_taken_is_refused_in_the_same_words_everywhere():
    taken_by_another = Ask.key_refusal("request.number:7", "r9")
    assert (taken_by_another.code, taken_by_another.got, taken_by_another.facts) == (
        "key_taken", "request.number:7", {"holder": "r9"},
    )  # fmt: skip


def test_notices_go_to_owners_roles_people_and_addresses():
    def told(decision: Any) -> list[tuple[str, str]]:
        return [(notice.kind, notice.to) for notice in decision.notices]

    asked = taken(None, "ask", ANNA, "2026-03-02 10:00", text="x")
    assert told(asked) == [("role", "head")]
    (notice,) = asked.notices
    assert (notice.id, notice.step, notice.case, notice.at) == ("r1:1:head", "ask", "r1", moscow("2026-03-02 10:00"))
    assert told(taken(asked.case, "answer", HELEN, NOW, text="x")) == [("person", "anna")]
    assert told(taken(None, "send", HELEN, NOW, title="t", client="a@b.c")) == [("address", "a@b.c")]
    assert told(taken(None, "send", HELEN, NOW, title="t")) == []
    queued = case_after(SENT)
    assert told(taken(queued, "pass_on", HELEN, NOW, doer="faina")) == [("person", "faina")]


def test_each_of_several_is_told_once_and_a_role_among_them_for_all_its_holders():
    crowd = Each[Count](lambda count: ("anna", None, "boris", CHIEF, "anna"))
    tiny = page(shout=Step(anywhere(), "Shout", by=CHIEF, notify=[crowd, CHIEF]))
    begun = decide(tiny.begin(), by=IVAN, case_id="t", **GIVEN).case
    told = decide(tiny.shout(), begun, by=IVAN, **GIVEN).notices
    assert [(one.kind, one.to) for one in told] == [("person", "anna"), ("person", "boris"), ("role", "chief")]


def test_the_owner_that_a_parameter_gives_is_told_and_a_guard_may_ask_when_a_term_ends():
    seen = []

    def look(data: Task | None, attempt: Attempt) -> Iterator[Refusal]:
        seen.append(attempt.due(Term.parse("1 business day")))
        yield from ()

    todo = stage(owner=REOPENER)
    again = Step(todo.to(todo), "Again", by=CHIEF, notify=STAGE_OWNER, requires=[look])
    owned = page(todo=todo, again=again)
    begun = decide(owned.begin(), by=IVAN, case_id="o1", **GIVEN)
    told = decide(owned.again(), begun.case, by=IVAN, **GIVEN)
    assert [notice.to for notice in told.notices] == ["chief"]
    assert seen == [moscow("2026-03-03 18:00")]
    assert decide(owned.finish.page.command("finish"), begun.case, by=IVAN, **GIVEN).notices == ()


def test_nobody_owns_an_end_and_nobody_is_told_as_its_owner():
    todo = stage()
    tiny = page(todo=todo, begin=page(todo=todo).begin.changed(notify=STAGE_OWNER))
    assert [one.to for one in decide(tiny.begin(), by=IVAN, case_id="t", **GIVEN).notices] == ["chief"]
    over = page(finish=Step(anywhere(tiny.done), "Finish", by=CHIEF, notify=STAGE_OWNER))
    begun = decide(over.begin(), by=IVAN, case_id="t", **GIVEN).case
    assert decide(over.finish(), begun, by=IVAN, **GIVEN).notices == ()


def test_the_attempt_knows_the_day_in_the_companys_zone():
    attempt = Attempt("c", "s", ANNA, None, BORIS, moscow("2026-03-02 00:30"), REGULATION, Related([]))
    assert attempt.today == dt.date(2026, 3, 2), "the first of March in Greenwich"
    assert attempt.day_of(moscow("2026-03-05 23:59")) == dt.date(2026, 3, 5)
    assert attempt.principal is BORIS


# -- parents and children ---------------------------------------------------------------------------------------------


def test_a_child_bumps_the_parent_when_it_begins_ends_and_comes_back():
    asked = case_after(ASKED)
    sent = taken(None, "send", HELEN, "2026-03-02 11:00", case_id="e1", title="t", request="r1", related=[asked])
    assert sent.read == {"r1": 1}
    ((parent, fact),) = sent.touched
    assert (parent.version, parent.stage, parent.data) == (2, "asked", asked.data)
    assert (fact.step, fact.source, fact.target, fact.cause) == ("child_started", "asked", "asked", "e1:1")
    assert fact.payload == {"child": "e1", "process": "errand"}
    assert parent.last_at == sent.event.at
    quiet = taken(sent.case, "see", OLGA, NOW, related=[parent])
    assert quiet.touched == ()
    ended = taken(sent.case, "finish", OLGA, NOW, related=[parent])
    ((again, fact),) = ended.touched
    assert (again.version, fact.step) == (3, "child_ended")
    back = taken(ended.case, "reopen", HELEN, "2026-03-02 13:00", related=[again])
    assert [fact.step for _, fact in back.touched] == ["child_started"]


def test_a_child_that_moves_to_another_parent_leaves_one_and_comes_to_the_other():
    first, second = case_after(ASKED), replace(case_after(ASKED), id="r2")
    sent = taken(None, "send", HELEN, NOW, case_id="e1", title="t", request="r1", related=[first])
    moved = taken(sent.case, "belong_to", HELEN, NOW, request="r2", related=[first, second])
    assert {parent.id: fact.step for parent, fact in moved.touched} == {"r2": "child_started", "r1": "child_ended"}
    alone = taken(moved.case, "belong_to", HELEN, NOW, request=None, related=[second])
    assert [(parent.id, fact.step) for parent, fact in alone.touched] == [("r2", "child_ended")]


def test_a_child_that_begins_before_its_parents_last_event_keeps_the_parent_in_order():
    late = case_after(ASKED, ("amend", ANNA, "2026-03-05 10:00"))
    sent = taken(None, "send", HELEN, NOW, case_id="e1", title="t", request="r1", related=[late])
    ((parent, fact),) = sent.touched
    assert parent.last_at == fact.at == late.last_at


def test_guards_find_related_cases_by_id_and_as_children():
    asked = case_after(ASKED)
    child = replace(case_after(SENT), data=Task(request="r1"))
    related = Related([asked, child])
    assert related["r1"] is asked
    assert ("r1" in related, "r2" in related, len(related)) == (True, False, 2)
    assert list(related) == [asked, child]
    assert related.children("errand") == (child,)
    with pytest.raises(CaseMismatch, match="'r2' is needed here"):
        related["r2"]
    with pytest.raises(StepRefused) as no:
        taken(asked, "wrap_up", HELEN, NOW, related=[child])
    assert [(one.code, one.got) for one in no.value.refusals] == [("errand_open", ("e1",))]


# -- available --------------------------------------------------------------------------------------------------------


def test_available_lists_every_step_of_the_stage_with_every_reason_why_not():
    found = available(Ask, case_after(ASKED), by=HELEN, at=moscow("2026-03-02 23:30"), regulation=REGULATION)
    assert [one.step.id for one in found] == [step.id for step in Ask.table.leaving("asked")]
    why = {one.step.id: [refusal.code for refusal in one.refusals] for one in found}
    assert why["decide"] == ["no_answer", "night"]
    assert why["amend"] == ["wrong_role"]
    assert [one.step.id for one in found if one.allowed] == ["answer", "deny", "pause", "resume", "wrap_up"]
    clauses = {one.step.id: [refusal.clause for refusal in one.refusals] for one in found}
    assert clauses["decide"] == ["R44", "R10"]


def test_nothing_is_available_in_a_final_stage():
    ended = case_after(ASKED, ("deny", HELEN, "2026-03-02 11:00"))
    assert available(Ask, ended, by=HELEN, **GIVEN) == ()


def test_children_count_when_they_are_asked_for():
    child = replace(case_after(SENT), data=Task(request="r1"))
    found = available(Ask, case_after(ASKED), by=HELEN, related=[child], **GIVEN)
    assert [one.allowed for one in found if one.step.id == "wrap_up"] == [False]
