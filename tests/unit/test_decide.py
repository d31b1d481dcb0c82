"""`decide`: who may take a step, every reason why not, what may be done instead, and what a decision holds."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pendulum
import pytest
from ask import (
    ANNA,
    BORIS,
    FAINA,
    HELEN,
    IVAN,
    OLGA,
    REGULATION,
    REOPENER,
    Ask,
    Errand,
    Request,
    Task,
    case_after,
    moscow,
    taken,
)

from salesreg import STAGE_OWNER, Employee, Process, Refusal, Role, Stage, Step, StepRefused, Term, replay, start
from salesreg.decide import available, decide
from salesreg.domain.people import SYSTEM, Actor
from salesreg.errors import CaseMismatch, NaiveDatetimeError, OutOfOrder, PayloadError, UnknownStage, UnknownStep
from salesreg.processes import Attempt, Event, Related

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
ANSWERED = ("answer", HELEN, "2026-03-02 11:00", {"text": "yes"})
DECIDED = ("decide", HELEN, "2026-03-02 12:00")
SENT = ("send", HELEN, "2026-03-02 10:00", {"title": "go", "case_id": "e1"})
NOW = "2026-03-02 12:30"


def reasons(case: Any, step: str, by: Any, at: str = NOW, **given: Any) -> StepRefused:
    with pytest.raises(StepRefused) as refused:
        taken(case, step, by, at, **given)
    return refused.value


def codes(*args: Any, **given: Any) -> list[str]:
    return [refusal.code for refusal in reasons(*args, **given).refusals]


def deputy(*absent: Employee, of: Employee = BORIS) -> Actor:
    return Actor(of, absent)


# -- roles ------------------------------------------------------------------------------------------------------------


def test_a_step_is_for_those_whose_role_it_names():
    refused = reasons(case_after(ASKED), "answer", ANNA, text="yes")
    (why,) = refused.refusals
    assert (why.code, why.clause) == ("wrong_role", "R44")
    assert why.need == ("head_of_commercial",)
    assert why.got == ("sales_manager",)
    assert why.message == "'Answer' is for head of the commercial department, and Anna is sales manager"
    assert why.ru == "«Ответить» выполняет руководитель коммерческого отдела, а Anna — менеджер по продажам"
    assert str(refused) == f"answer refused: {why.message} (R44). Anna may: renumber, amend, repeat"
    assert refused.allowed == ("renumber", "amend", "repeat")


def test_any_one_of_several_roles_will_do():
    for by, role in ((HELEN, Role.HEAD_OF_COMMERCIAL), (IVAN, Role.CEO)):
        assert taken(case_after(ASKED), "deny", by, NOW).event.role is role


def test_the_owner_of_the_stage_is_who_owns_the_stage_it_stands_in():
    answered = case_after(ASKED, ANSWERED)
    assert codes(answered, "decide", FAINA) == ["wrong_role"]
    checking = taken(answered, "decide", HELEN, NOW).case
    assert codes(checking, "confirm", HELEN) == ["wrong_role"]
    assert taken(checking, "confirm", FAINA, NOW).event.role is Role.FINANCE


def test_a_role_may_be_a_value_of_the_regulation():
    granted = case_after(ASKED, ANSWERED, DECIDED, ("confirm", FAINA, "2026-03-02 12:10"))
    assert taken(granted, "reopen", IVAN, NOW).case.stage == "asked"
    theirs = REGULATION.with_settings({"request.reopener": "finance"})
    assert codes(granted, "reopen", IVAN, regulation=theirs) == ["wrong_role"]
    assert taken(granted, "reopen", FAINA, NOW, regulation=theirs).case.stage == "asked"


def test_the_system_takes_its_own_steps_and_no_others():
    asked = case_after(ASKED)
    assert taken(asked, "expire", SYSTEM, NOW).event.role is Role.SYSTEM
    assert codes(asked, "expire", IVAN) == ["wrong_role"]
    assert codes(asked, "deny", SYSTEM) == ["wrong_role"]


def test_a_first_step_for_the_owner_of_a_stage_is_for_nobody():
    class Orphan(Process[Task]):
        id = "orphan"
        todo = Stage("To do", owner=Role.CEO, no_term="a test")
        done = Stage("Done", final=True)
        begin = Step(start(todo), "Begin", by=STAGE_OWNER)
        finish = Step(todo.to(done), "Finish", by=Role.CEO)

        def on_begin(self) -> Task:
            return Task()

    with pytest.raises(StepRefused, match="'Begin' is for nobody, and Ivan is general director"):
        decide(Orphan, None, "begin", by=IVAN, at=moscow(NOW), regulation=REGULATION, case_id="o1")


# -- assigned people --------------------------------------------------------------------------------------------------


def test_an_assigned_person_may_whatever_their_role():
    passed = case_after(SENT, ("pass_on", HELEN, "2026-03-02 11:00", {"doer": FAINA}))
    assert taken(passed, "see", FAINA, NOW).event.role is Role.FINANCE
    why = reasons(passed, "see", OLGA).refusals[0]
    assert (why.code, why.need, why.got) == ("wrong_role", ("faina",), ("commercial_specialist",))
    assert "is for the doer" in why.message


def test_what_nobody_has_taken_waits_for_a_role():
    sent = case_after(SENT)
    assert taken(sent, "see", OLGA, NOW).event.role is Role.COMMERCIAL_SPECIALIST
    assert codes(sent, "see", FAINA) == ["wrong_role"]


def test_an_employee_whose_id_reads_like_a_role_is_not_that_role():
    namesake = Employee("ceo", "Clara", [Role.FINANCE])
    mine = attrs.evolve(case_after(SENT), data=Task(doer="ceo"))
    assert taken(mine, "see", namesake, NOW).event.by == "ceo"
    assert codes(mine, "see", IVAN) == ["wrong_role"]
    hers = attrs.evolve(case_after(ASKED), data=Request("sales_manager", "x"))
    assert codes(hers, "amend", BORIS) == ["not_assigned"]


def test_only_narrows_a_role_to_a_person():
    asked = case_after(ASKED)
    assert taken(asked, "amend", ANNA, NOW).event.by == "anna"
    (why,) = reasons(asked, "amend", BORIS).refusals
    assert (why.code, why.need, why.got) == ("not_assigned", "anna", "boris")
    assert why.message == "'Amend' is for the author (anna), not Boris"
    nobodys = attrs.evolve(asked, data=attrs.evolve(asked.data, author=""))
    assert "the author (nobody yet)" in reasons(nobodys, "amend", BORIS).refusals[0].message


def test_never_excludes_a_person_where_duties_are_separated():
    both = Employee("anna", "Anna", [Role.SALES_MANAGER, Role.HEAD_OF_COMMERCIAL])
    answered = case_after(ASKED, ANSWERED)
    (why,) = reasons(answered, "decide", both).refusals
    assert (why.code, why.clause, why.need, why.got) == ("same_person", "R95", "anybody but anna", "anna")
    merged = REGULATION.with_settings({"duties.separated": False})
    assert taken(answered, "decide", both, NOW, regulation=merged).case.stage == "checking"


# -- acting for somebody ----------------------------------------------------------------------------------------------


def test_a_deputy_acts_in_the_role_of_the_absent_and_both_are_recorded():
    event = taken(case_after(ASKED), "answer", deputy(HELEN), NOW, text="yes").event
    assert (event.by, event.on_behalf_of, event.role) == ("boris", "helen", Role.HEAD_OF_COMMERCIAL)


def test_a_deputy_acts_as_themselves_where_that_will_do():
    event = taken(case_after(ASKED), "answer", deputy(HELEN, of=attrs.evolve(HELEN, id="gleb")), NOW, text="y").event
    assert (event.by, event.on_behalf_of) == ("gleb", None)


def test_a_deputy_of_the_same_role_may_do_what_is_for_the_absent_only():
    event = taken(case_after(ASKED), "amend", deputy(ANNA), NOW).event
    assert (event.by, event.on_behalf_of) == ("boris", "anna")
    assert codes(case_after(ASKED), "amend", deputy(OLGA, attrs.evolve(ANNA, id="galina"))) == ["not_assigned"]


def test_the_author_does_not_decide_through_a_deputy_nor_as_one():
    author_as_deputy = Actor(ANNA, (HELEN,))
    assert codes(case_after(ASKED, ANSWERED), "decide", author_as_deputy) == ["same_person"]
    heads = ("ask", attrs.evolve(HELEN, roles=[Role.SALES_MANAGER]), "2026-03-02 10:00", {"text": "x"})
    assert codes(case_after(heads, ANSWERED), "decide", deputy(HELEN)) == ["same_person"]


def test_somebody_who_has_left_or_not_yet_come_does_not_act():
    gone = attrs.evolve(ANNA, left_on=dt.date(2026, 3, 2))
    (why,) = reasons(case_after(ASKED), "amend", gone).refusals
    assert (why.code, why.got) == ("not_available", "anna")
    assert why.need == "from the beginning until 2026-03-02"
    coming = attrs.evolve(ANNA, hired_on=dt.date(2026, 3, 3))
    assert codes(case_after(ASKED), "amend", coming) == ["not_available"]
    assert taken(case_after(ASKED), "amend", coming, "2026-03-03 00:30").event.by == "anna", "the day in Moscow counts"


def test_nobody_acts_in_a_role_whose_rules_they_have_not_acknowledged():
    newcomer = Actor(ANNA, (HELEN,), frozenset({Role.SALES_MANAGER}))
    (why,) = reasons(case_after(ASKED), "amend", newcomer).refusals
    assert (why.code, why.clause) == ("not_acknowledged", "R84")
    assert taken(case_after(ASKED), "answer", newcomer, NOW, text="as a deputy").event.role is Role.HEAD_OF_COMMERCIAL
    twice = Actor(
        attrs.evolve(IVAN, roles=[Role.CEO, Role.HEAD_OF_COMMERCIAL]), (), frozenset({Role.HEAD_OF_COMMERCIAL})
    )
    assert taken(case_after(ASKED), "deny", twice, NOW).event.role is Role.CEO


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_all_reasons_are_collected_with_what_would_be_right():
    both = Employee("anna", "Anna", [Role.SALES_MANAGER])
    refused = reasons(case_after(ASKED), "decide", both, "2026-03-02 23:30")
    assert [(one.code, one.clause, one.need, one.got) for one in refused.refusals] == [
        ("wrong_role", "R10", ("head_of_commercial",), ("sales_manager",)),
        ("same_person", "R95", "anybody but anna", "anna"),
        ("no_answer", "R44", "an answer", None),
        ("night", None, "before 20:00 UTC", 20),
    ]
    assert [one.text("ru") for one in refused.refusals[2:]] == ["никто не ответил (R44)", "не ночью"]


def test_a_check_sees_the_payload_and_adds_to_the_reasons():
    assert codes(case_after(ASKED), "answer", ANNA, text="  ") == ["wrong_role", "blank"]


def test_in_the_wrong_stage_only_that_is_said():
    refused = reasons(case_after(ASKED), "confirm", ANNA)
    (why,) = refused.refusals
    assert (why.code, why.need, why.got) == ("wrong_stage", ("checking",), "asked")
    assert why.message == "'Confirm' is possible in 'Checking', and the case stands in 'Asked'"
    assert why.ru == "«Подтвердить» возможно на этапе «Проверка», а дело на этапе «Задан»"
    assert refused.allowed == ("renumber", "amend", "repeat")
    ended = case_after(ASKED, ("deny", HELEN, "2026-03-02 11:00"))
    assert reasons(ended, "deny", HELEN).allowed == ()
    assert reasons(ended, "answer", HELEN, nonsense=1).refusals[0].code == "wrong_stage"


def test_a_first_step_may_be_refused_and_offers_nothing_instead():
    refused = reasons(None, "ask", HELEN, text="x")
    assert ([one.code for one in refused.refusals], refused.allowed) == (["wrong_role"], ())
    assert "may:" not in str(refused)


def test_a_fact_is_not_recorded_before_it_happens():
    seen = case_after(SENT, ("see", OLGA, "2026-03-02 11:00"))
    (why,) = reasons(seen, "tell", OLGA, told_at=moscow("2026-03-02 12:31")).refusals
    assert (why.code, why.clause) == ("not_yet", "R51")
    assert taken(seen, "tell", OLGA, NOW, told_at=moscow(NOW)).closed


def test_a_wrong_payload_is_told_from_a_refusal():
    with pytest.raises(PayloadError, match="text: missing"):
        taken(case_after(ASKED), "answer", HELEN, NOW)


# -- commands that are wrong in themselves ----------------------------------------------------------------------------


def test_steps_and_cases_have_to_fit():
    asked = case_after(ASKED)
    with pytest.raises(UnknownStep, match="has no step 'grant'; it has ask,"):
        decide(Ask, asked, "grant", by=HELEN, at=moscow(NOW), regulation=REGULATION)
    with pytest.raises(CaseMismatch, match="'answer' needs a case; a 'request' case begins with ask or ask_twice"):
        decide(Ask, None, "answer", by=HELEN, at=moscow(NOW), regulation=REGULATION, text="x")
    with pytest.raises(CaseMismatch, match="say which id it gets with case_id="):
        decide(Ask, None, "ask", by=ANNA, at=moscow(NOW), regulation=REGULATION, text="x")
    with pytest.raises(CaseMismatch, match="'ask' begins a case, and 'r1' has begun already"):
        decide(Ask, asked, "ask", by=ANNA, at=moscow(NOW), regulation=REGULATION, text="x")
    with pytest.raises(CaseMismatch, match="case 'r1' belongs to process 'request', not 'errand'"):
        decide(Errand, asked, "see", by=OLGA, at=moscow(NOW), regulation=REGULATION)
    lost = attrs.evolve(asked, stage="limbo")
    with pytest.raises(UnknownStage, match="has no stage 'limbo'"):
        decide(Ask, lost, "answer", by=HELEN, at=moscow(NOW), regulation=REGULATION, text="x")


def test_events_are_recorded_in_the_order_they_happen():
    with pytest.raises(
        OutOfOrder, match=r"06:59:00\+00:00 is earlier than the last event of case 'r1' at 2026-03-02T07"
    ):
        taken(case_after(ASKED), "amend", ANNA, "2026-03-02 09:59")
    assert taken(case_after(ASKED), "amend", ANNA, "2026-03-02 10:00").case.version == 2, "the same instant will do"


def test_an_instant_needs_a_zone_and_may_be_pendulums():
    naive = moscow(NOW).replace(tzinfo=None)
    with pytest.raises(NaiveDatetimeError, match="has no time zone"):
        decide(Ask, case_after(ASKED), "amend", by=ANNA, at=naive, regulation=REGULATION)
    with pytest.raises(NaiveDatetimeError):
        available(Ask, case_after(ASKED), by=ANNA, at=naive, regulation=REGULATION)
    at = pendulum.datetime(2026, 3, 2, 12, 30, tz="Europe/Moscow")
    found = decide(Ask, case_after(ASKED), "amend", by=ANNA, at=at, regulation=REGULATION).event.at
    assert (found, type(found), found.tzinfo) == (moscow(NOW), dt.datetime, dt.UTC)


# -- total and pure ---------------------------------------------------------------------------------------------------


def test_a_refusal_leaves_everything_as_it_was_and_repeats_itself():
    asked = case_after(ASKED)
    before = copy.deepcopy(asked)
    first, second = (str(reasons(asked, "decide", BORIS, "2026-03-02 23:30")) for _ in range(2))
    assert first == second
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
    assert (event.source, event.target, event.by, event.role) == (None, "asked", "anna", Role.SALES_MANAGER)
    assert (event.regulation, event.clauses, event.cause) == (REGULATION.content_hash, ("R9",), None)
    assert event.payload == {"text": "May I?", "number": "7", "expires_at": None, "nudge_at": None}
    assert event.changes.keys() == {field.name for field in attrs.fields(Request)}
    answered = taken(asked.case, "answer", HELEN, NOW, text="yes", with_help_of=[ANNA]).event
    assert answered.changes == {"answers": ("yes",)}
    assert answered.payload == {"text": "yes", "with_help_of": ("anna",)}
    assert taken(asked.case, "amend", ANNA, NOW).event.changes == {}


def test_keys_are_taken_when_they_appear_and_released_when_they_go():
    asked = taken(None, "ask", ANNA, "2026-03-02 10:00", text="x", number="7")
    assert (asked.keys_taken, asked.keys_released) == (("request.number:7",), ())
    kept = taken(asked.case, "answer", HELEN, NOW, text="yes")
    assert (kept.keys_taken, kept.keys_released) == ((), ())
    assert taken(None, "ask", ANNA, NOW, text="x").keys_taken == ()


def test_notices_go_to_owners_roles_people_and_addresses():
    def told(decision: Any) -> list[str]:
        return [notice.to for notice in decision.notices]

    asked = taken(None, "ask", ANNA, "2026-03-02 10:00", text="x")
    assert told(asked) == ["head_of_commercial"]
    (notice,) = asked.notices
    assert (notice.id, notice.subject, notice.kind) == ("r1:1:head_of_commercial", "ask", "step")
    assert told(taken(asked.case, "answer", HELEN, NOW, text="x")) == ["employee:anna"]
    assert told(taken(None, "send", HELEN, NOW, case_id="e1", title="t", client="a@b.c")) == ["address:a@b.c"]
    assert told(taken(None, "send", HELEN, NOW, case_id="e1", title="t")) == []
    queued = case_after(SENT)
    assert told(taken(queued, "pass_on", HELEN, NOW, doer=FAINA)) == ["employee:faina"]


def test_the_owner_that_a_parameter_gives_is_told_and_a_guard_may_ask_when_a_term_ends():
    seen = []

    def look(data: Task | None, attempt: Attempt) -> Iterator[Refusal]:
        seen.append(attempt.due(Term.parse("1 business day")))
        yield from ()

    class Owned(Process[Task]):
        id = "owned"
        todo = Stage("To do", owner=REOPENER, no_term="a test")
        done = Stage("Done", final=True)
        begin = Step(start(todo), "Begin", by=Role.CEO, notify=STAGE_OWNER, requires=[look])
        finish = Step(todo.to(done), "Finish", by=Role.CEO, notify=STAGE_OWNER)

        def on_begin(self) -> Task:
            return Task()

    given: Any = {"by": IVAN, "at": moscow(NOW), "regulation": REGULATION}
    begun = decide(Owned, None, "begin", case_id="o1", **given)
    assert [notice.to for notice in begun.notices] == ["ceo"]
    assert seen == [moscow("2026-03-03 18:00")]
    ended = decide(Owned, begun.case, "finish", **given)
    assert [notice.to for notice in ended.notices] == ["head_of_commercial"], "nobody owns an end"


def test_a_child_needs_the_parent_it_names_and_bumps_it_when_it_begins_ends_and_comes_back():
    asked = case_after(ASKED)
    with pytest.raises(CaseMismatch, match=r"'r1' is needed here: hand it over in related=; .* marked with Ref"):
        taken(None, "send", HELEN, NOW, case_id="e1", title="t", request="r1")
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


def test_a_child_that_begins_before_its_parents_last_event_keeps_the_parent_in_order():
    late = case_after(ASKED, ("amend", ANNA, "2026-03-05 10:00"))
    sent = taken(None, "send", HELEN, NOW, case_id="e1", title="t", request="r1", related=[late])
    ((parent, fact),) = sent.touched
    assert parent.last_at == fact.at == late.last_at


def test_a_case_of_the_wrong_process_is_no_parent():
    with pytest.raises(CaseMismatch, match="request of 'send' names a 'request' case, and 'e0' is of 'errand'"):
        taken(None, "send", HELEN, NOW, case_id="e1", title="t", request="e0", related=[
            attrs.evolve(case_after(SENT), id="e0")
        ])  # fmt: skip


def test_guards_find_related_cases_by_id_by_attribute_and_as_children():
    asked = case_after(ASKED)
    child = attrs.evolve(case_after(SENT), data=Task(request="r1"))
    related = Related([asked, child], child.data)
    assert related[Task.request] is asked  # type: ignore[index]
    assert Related([asked], None, {"request": "r1"})[Task.request] is asked  # type: ignore[index]
    assert ("r1" in related, "r2" in related) == (True, False)
    assert list(related) == [asked, child]
    assert related.children("errand") == (child,)
    with pytest.raises(CaseMismatch, match="'request' is needed here"):
        Related([asked], Task())[Task.request]  # type: ignore[index]
    assert codes(asked, "wrap_up", HELEN, related=[child]) == ["errand_open"]


# -- available --------------------------------------------------------------------------------------------------------


def test_available_lists_every_step_of_the_stage_with_every_reason_why_not():
    found = available(Ask, case_after(ASKED), by=HELEN, at=moscow("2026-03-02 23:30"), regulation=REGULATION)
    assert [one.step.id for one in found] == [step.id for step in Ask.leaving("asked")]
    why = {one.step.id: [refusal.code for refusal in one.refusals] for one in found}
    assert why["decide"] == ["no_answer", "night"]
    assert why["amend"] == ["wrong_role"]
    assert [one.step.id for one in found if one.allowed] == ["answer", "deny", "pause", "resume", "wrap_up"]


def test_nothing_is_available_in_a_final_stage():
    ended = case_after(ASKED, ("deny", HELEN, "2026-03-02 11:00"))
    assert available(Ask, ended, by=HELEN, at=moscow(NOW), regulation=REGULATION) == ()


# -- replay -----------------------------------------------------------------------------------------------------------


def history(*commands: tuple[Any, ...]) -> tuple[Any, list[Event]]:
    case, events = None, []
    for step, by, at, *payload in commands:
        decision = taken(case, step, by, at, **(payload[0] if payload else {}))
        case = decision.case
        events.append(decision.event)
    return case, events


def test_replay_folds_the_events_to_the_case_and_runs_no_handler(monkeypatch: pytest.MonkeyPatch):
    case, events = history(
        ASKED, ANSWERED, ("pause", HELEN, "2026-03-02 11:10"), ("resume", HELEN, "2026-03-03 11:10"),
        ("decide", HELEN, "2026-03-03 12:00"), ("confirm", FAINA, "2026-03-03 13:00"),
        ("reopen", IVAN, "2026-03-04 12:00"),
    )  # fmt: skip
    monkeypatch.setattr(Ask, "handlers", {})
    assert replay(Ask, events) == case
    assert replay(Ask, events[:1]).version == 1


def test_replay_misses_an_event_and_says_which():
    _, events = history(ASKED, ANSWERED, DECIDED)
    with pytest.raises(CaseMismatch, match="the events of case 'r1' are not whole: expected version 2, got 3"):
        replay(Ask, [events[0], events[2]])
    with pytest.raises(CaseMismatch, match="expected version 1, got 2"):
        replay(Ask, events[1:])
    with pytest.raises(CaseMismatch, match="a case without events cannot be replayed"):
        replay(Ask, [])
    with pytest.raises(UnknownStage):
        replay(Ask, [attrs.evolve(events[0], target="limbo")])
