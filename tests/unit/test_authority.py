"""Who may act: roles, several in one person, people whom the data name, deputies, and rules known beforehand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    ASKER,
    BORIS,
    CHIEF,
    DOER,
    FAINA,
    FINANCE,
    HEAD,
    HELEN,
    IVAN,
    OLGA,
    REGULATION,
    Ask,
    Request,
    Task,
    case_after,
    moscow,
    taken,
)
from msgspec.structs import replace
from tiny import Count, begin, page, stage

from salesreg.adapters.memory import MemoryDirectory
from salesreg.decide import available, decide
from salesreg.engine import ProcessEngine
from salesreg.engine.open import open_engine
from salesreg.errors import Refusal, StepRefused
from salesreg.process import STAGE_OWNER, Assigned, Attempt, Each, Process, Rulebook, Stage, Step, start, step
from salesreg.rules import SYSTEM, SYSTEM_ACTOR, Actor, Delegation, Employee, Norm, Role
from salesreg.testing import ManualClock

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
ANSWERED = ("answer", HELEN, "2026-03-02 11:00", {"text": "yes"})
DECIDED = ("decide", HELEN, "2026-03-02 12:00")
SENT = ("send", HELEN, "2026-03-02 10:00", {"title": "go", "case_id": "e1"})
NOW = "2026-03-02 12:30"


def reasons(case: Any, step_id: str, by: Any, at: str = NOW, **given: Any) -> tuple[Refusal, ...]:
    with pytest.raises(StepRefused) as refused:
        taken(case, step_id, by, at, **given)
    return refused.value.refusals


def codes(*args: Any, **given: Any) -> list[str]:
    return [refusal.code for refusal in reasons(*args, **given)]


def deputy(*absent: Employee, of: Employee = BORIS) -> Actor:
    return Actor(of, absent)


# -- roles ------------------------------------------------------------------------------------------------------------


def test_a_step_is_for_those_whose_role_it_names():
    (why,) = reasons(case_after(ASKED), "answer", ANNA, text="yes")
    assert (why.code, why.clause, why.process) == ("wrong_role", "R44", "request")
    assert (why.need, why.got) == (("head",), ("asker",))
    assert why.facts == {"step": "answer", "who": ("role.head",), "name": "Anna"}


def test_any_one_of_several_roles_will_do():
    for by, role in ((HELEN, "head"), (IVAN, "chief")):
        assert taken(case_after(ASKED), "deny", by, NOW).event.role == role
    both = attrs.evolve(IVAN, roles=[CHIEF, HEAD])
    assert taken(case_after(ASKED), "deny", both, NOW).event.role == "head", "the first that the step names"


def test_the_owner_of_the_stage_is_who_owns_the_stage_it_stands_in():
    answered = case_after(ASKED, ANSWERED)
    assert codes(answered, "decide", FAINA) == ["wrong_role"]
    checking = taken(answered, "decide", HELEN, NOW).case
    assert codes(checking, "confirm", HELEN) == ["wrong_role"]
    assert taken(checking, "confirm", FAINA, NOW).event.role == "finance"


def test_a_role_may_be_a_value_of_the_regulation():
    granted = case_after(ASKED, ANSWERED, DECIDED, ("confirm", FAINA, "2026-03-02 12:10"))
    assert taken(granted, "reopen", IVAN, NOW).case.stage == "asked"
    theirs = REGULATION.with_settings({"request.reopener": "finance"})
    assert codes(granted, "reopen", IVAN, regulation=theirs) == ["wrong_role"]
    assert taken(granted, "reopen", FAINA, NOW, regulation=theirs).case.stage == "asked"


def test_the_system_takes_its_own_steps_and_no_others():
    asked = case_after(ASKED)
    assert taken(asked, "expire", SYSTEM_ACTOR, NOW).event.role == SYSTEM.id
    assert codes(asked, "expire", IVAN) == ["wrong_role"]
    assert codes(asked, "deny", SYSTEM_ACTOR) == ["wrong_role"]


def test_a_first_step_for_the_owner_of_a_stage_is_for_nobody():
    todo = stage()
    orphan = page(todo=todo, begin=step(start(todo), "Begin", by=STAGE_OWNER)(begin))
    with pytest.raises(StepRefused) as refused:
        decide(orphan.begin(), by=IVAN, at=moscow(NOW), regulation=REGULATION, case_id="o1")
    (why,) = refused.value.refusals
    assert (why.code, why.need) == ("wrong_role", ())


# -- people whom the data name ----------------------------------------------------------------------------------------


def test_an_assigned_person_may_whatever_their_role():
    passed = case_after(SENT, ("pass_on", HELEN, "2026-03-02 11:00", {"doer": "faina"}))
    assert taken(passed, "see", FAINA, NOW).event.role == "finance"
    (why,) = reasons(passed, "see", OLGA)
    assert (why.code, why.need, why.got) == ("wrong_role", ("faina",), ("doer",))
    assert why.facts["who"] == ("who.the doer",)


def test_somebody_assigned_with_several_roles_acts_in_the_one_that_the_step_asks_for():
    many = attrs.evolve(HELEN, roles=[ASKER, HEAD, FINANCE])
    passed = case_after(SENT, ("pass_on", HELEN, "2026-03-02 11:00", {"doer": "helen"}))
    assert taken(passed, "pass_on", many, NOW, doer="olga").event.role == "head"
    assert taken(passed, "see", many, NOW).event.role == "asker", "no role is asked for: the first by name"


def test_what_nobody_has_taken_waits_for_a_role():
    sent = case_after(SENT)
    assert taken(sent, "see", OLGA, NOW).event.role == "doer"
    assert codes(sent, "see", FAINA) == ["wrong_role"]


def test_an_employee_whose_id_reads_like_a_role_is_not_that_role():
    namesake = Employee("chief", "Clara", [FINANCE])
    mine = replace(case_after(SENT), data=Task(doer="chief"))
    assert taken(mine, "see", namesake, NOW).event.by == "chief"
    assert codes(mine, "see", IVAN) == ["wrong_role"]
    hers = replace(case_after(ASKED), data=Request("asker", "x"))
    assert codes(hers, "amend", BORIS) == ["not_assigned"]


def test_only_narrows_a_role_to_a_person():
    asked = case_after(ASKED)
    assert taken(asked, "amend", ANNA, NOW).event.by == "anna"
    (why,) = reasons(asked, "amend", BORIS)
    assert (why.code, why.need, why.got) == ("not_assigned", "anna", "boris")
    assert why.facts == {"step": "amend", "who": "who.the author", "name": "Boris"}
    nobodys = replace(asked, data=attrs.evolve(asked.data, author=""))
    assert reasons(nobodys, "amend", BORIS)[0].need == ""
    assert codes(asked, "amend", HELEN) == ["wrong_role"], "it widens nothing"
    assert codes(asked, "amend", attrs.evolve(HELEN, id="anna")) == ["wrong_role"], "not even for the author"


def test_never_excludes_a_person_where_duties_are_separated():
    both = Employee("anna", "Anna", [ASKER, HEAD])
    answered = case_after(ASKED, ANSWERED)
    (why,) = reasons(answered, "decide", both)
    assert (why.code, why.need, why.got) == ("same_person", None, ("anna",))
    assert why.facts == {"step": "decide", "who": "who.the author"}
    assert why.clause == "R10", "the step's, where the regulation states no norm of separation"
    stated = attrs.evolve(REGULATION, norms=[Norm("duties.separated", "Two people.", "R95")])
    assert reasons(answered, "decide", both, regulation=stated)[0].clause == "R95"
    merged = REGULATION.with_settings({"duties.separated": False})
    assert taken(answered, "decide", both, NOW, regulation=merged).case.stage == "checking"


def test_never_may_name_several_and_the_system_is_no_person():
    workers = Each[Count](lambda count: ("anna", None, HEAD, "boris"))
    todo = stage()
    tiny = page(todo=todo, approve=Step(todo.to(todo), "Approve", by=[ASKER, SYSTEM], never=workers))
    case = decide(tiny.begin(), by=IVAN, at=moscow(NOW), regulation=REGULATION, case_id="t").case
    given: Any = {"at": moscow(NOW), "regulation": REGULATION}
    for person in (ANNA, BORIS):
        with pytest.raises(StepRefused):
            decide(tiny.approve(), case, by=person, **given)
    assert decide(tiny.approve(), case, by=attrs.evolve(ANNA, id="gleb"), **given)
    assert decide(tiny.approve(), case, by=SYSTEM_ACTOR, **given)


def test_only_does_not_narrow_the_system():
    first = Assigned[Count](lambda count: "anna", "the first")
    todo = stage()
    tiny = page(todo=todo, rest=Step(todo.to(todo), "Rest", by=[ASKER, SYSTEM], only=first))
    case = decide(tiny.begin(), by=IVAN, at=moscow(NOW), regulation=REGULATION, case_id="t").case
    assert decide(tiny.rest(), case, by=SYSTEM_ACTOR, at=moscow(NOW), regulation=REGULATION)


# -- acting for somebody ----------------------------------------------------------------------------------------------


def test_a_deputy_acts_in_the_role_of_the_absent_and_both_are_recorded():
    event = taken(case_after(ASKED), "answer", deputy(HELEN), NOW, text="yes").event
    assert (event.by, event.on_behalf_of, event.role) == ("boris", "helen", "head")


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
    heads = ("ask", attrs.evolve(HELEN, roles=[ASKER]), "2026-03-02 10:00", {"text": "x"})
    assert codes(case_after(heads, ANSWERED), "decide", deputy(HELEN)) == ["same_person"]


def test_somebody_who_has_left_or_not_yet_come_does_not_act():
    gone = attrs.evolve(ANNA, left_on=dt.date(2026, 3, 2))
    (why,) = reasons(case_after(ASKED), "amend", gone)
    assert (why.code, why.got, why.need) == ("not_available", "anna", ("…", "2026-03-02"))
    coming = attrs.evolve(ANNA, hired_on=dt.date(2026, 3, 3))
    assert codes(case_after(ASKED), "amend", coming) == ["not_available"]
    assert taken(case_after(ASKED), "amend", coming, "2026-03-03 00:30").event.by == "anna", "the day in Moscow counts"


def test_nobody_acts_in_a_role_whose_rules_they_have_not_acknowledged():
    newcomer = Actor(ANNA, (HELEN,), frozenset({"asker"}))
    (why,) = reasons(case_after(ASKED), "amend", newcomer)
    assert (why.code, why.need, why.facts) == ("not_acknowledged", "asker", {"name": "Anna", "step": "amend"})
    stated = attrs.evolve(REGULATION, norms=[Norm("duties.acknowledge_first", "First.", "R84")])
    assert reasons(case_after(ASKED), "amend", newcomer, regulation=stated)[0].clause == "R84"
    assert taken(case_after(ASKED), "answer", newcomer, NOW, text="as a deputy").event.role == "head"
    twice = Actor(attrs.evolve(IVAN, roles=[CHIEF, HEAD]), (), frozenset({"head"}))
    assert taken(case_after(ASKED), "deny", twice, NOW).event.role == "chief"


def test_a_process_that_is_open_to_newcomers_asks_for_no_acknowledgement():
    todo = stage()
    entry = page(todo=todo, open_to_newcomers=True)
    newcomer = Actor(IVAN, (), frozenset({"chief"}))
    assert decide(entry.begin(), by=newcomer, at=moscow(NOW), regulation=REGULATION, case_id="t")
    with pytest.raises(StepRefused, match="has not acknowledged the rules for the chief"):
        decide(page(todo=stage()).begin(), by=newcomer, at=moscow(NOW), regulation=REGULATION, case_id="t")


def test_of_several_roles_the_one_whose_rules_are_known_is_taken():
    asked = case_after(ASKED)
    knows_nothing = Actor(HELEN, unacknowledged=frozenset({"head", "chief"}))
    offered = available(Ask, asked, by=knows_nothing, at=moscow(NOW), regulation=REGULATION)
    assert {one.code for one in next(o for o in offered if o.step.id == "deny").refusals} == {"not_acknowledged"}
    assert SYSTEM_ACTOR.unacknowledged == frozenset(), "the system has nothing to acknowledge"


# -- through the engine -----------------------------------------------------------------------------------------------


@attrs.frozen
class Paper:
    author: str


AUTHOR = Assigned[Paper](lambda paper: paper.author, "the author")


class Signing(Process[Paper]):
    """A paper that one person writes and another signs."""

    id, version = "signing", 1

    written = Stage("Written", HEAD, no_term="whenever")
    signed = Stage("Signed", final=True)

    @step(start(written), "Write", by=[ASKER, HEAD], clause="R9")
    def write(self, attempt: Attempt) -> Paper:
        return Paper(attempt.principal.id)

    sign = Step(written.to(signed), "Sign", by=HEAD, never=AUTHOR, clause="R10")


SIGNING = Rulebook("signing", roles=[CHIEF, HEAD, ASKER, FINANCE, DOER], processes=[Signing])
DIMA = Employee("dima", "Dima", [FINANCE])
BOTH = Employee("both", "Bella", [ASKER, HEAD])
RULES = attrs.evolve(REGULATION, settings={k: v for k, v in REGULATION.settings.items() if k != "request.decide"})
NOON = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)


def run(*delegations: Delegation, **settings: Any) -> tuple[ProcessEngine, ManualClock]:
    clock = ManualClock(NOON)
    people = MemoryDirectory((ANNA, HELEN, DIMA, BOTH), delegations)
    rules = RULES.with_settings({name.replace("__", "."): value for name, value in settings.items()})
    return open_engine("memory:", rulebook=SIGNING, regulation=rules, directory=people, clock=clock), clock


def may_not(engine: ProcessEngine, paper: Any, by: str) -> list[str]:
    with pytest.raises(StepRefused) as refused:
        engine.perform(paper, Signing.sign(), by=by)
    return [one.code for one in refused.value.refusals]


def test_a_deputy_acts_for_the_absent_from_the_first_day_to_the_last():
    engine, clock = run(Delegation("helen", "dima", dt.date(2026, 2, 3), dt.date(2026, 2, 4)))
    paper = engine.start(Signing.write(), by="anna")
    for day, allowed in enumerate([False, True, True, False], start=2):
        clock.move_to(dt.datetime(2026, 2, day, 9, tzinfo=dt.UTC))
        assert engine.available(paper, by="dima")[0].allowed is allowed
    clock.move_to(dt.datetime(2026, 2, 5, 9, tzinfo=dt.UTC))
    assert may_not(engine, paper, "dima") == ["wrong_role"]


def test_the_record_says_for_whom_a_deputy_acted_and_in_which_role():
    engine, _ = run(Delegation("helen", "dima", NOON.date(), NOON.date()))
    paper = engine.start(Signing.write(), by="anna")
    engine.perform(paper, Signing.sign(), by="dima")
    event = engine.history(paper)[-1]
    assert (event.by, event.on_behalf_of, event.role) == ("dima", "helen", "head")


def test_the_day_of_an_absence_is_the_companys_not_greenwichs():
    engine, clock = run(Delegation("helen", "dima", dt.date(2026, 2, 3), dt.date(2026, 2, 3)))
    paper = engine.start(Signing.write(), by="anna")
    clock.move_to(dt.datetime(2026, 2, 2, 21, 30, tzinfo=dt.UTC))  # half past midnight in Moscow
    assert engine.available(paper, by="dima")[0].allowed


def test_a_deputy_of_the_author_does_not_sign_what_the_author_wrote():
    for name in ("dima", "helen"):  # the head could sign in their own right, were they not standing in for the author
        engine, clock = run(Delegation("both", name, NOON.date(), NOON.date()))
        paper = engine.start(Signing.write(), by="both")
        assert may_not(engine, paper, name) == ["same_person"]
    clock.advance(dt.timedelta(days=1))
    assert engine.perform(paper, Signing.sign(), by="helen").stage == "signed"


def test_the_author_does_not_sign_as_somebody_elses_deputy():
    engine, _ = run(Delegation("helen", "anna", NOON.date(), NOON.date()))
    assert may_not(engine, engine.start(Signing.write(), by="anna"), "anna") == ["same_person"]


def test_a_paper_that_a_deputy_wrote_is_the_absent_ones():
    engine, _ = run(Delegation("both", "dima", NOON.date(), NOON.date()))
    paper = engine.start(Signing.write(), by="dima")
    assert paper.data.author == "both"
    assert may_not(engine, paper, "both") == ["same_person"]


def test_a_delegation_may_cover_some_roles_only():
    engine, _ = run(Delegation("both", "dima", NOON.date(), NOON.date(), roles=["asker"]))
    paper = engine.start(Signing.write(), by="dima")
    assert engine.history(paper)[0].role == "asker"
    assert may_not(engine, engine.start(Signing.write(), by="anna"), "dima") == ["wrong_role"]


def test_one_person_with_several_roles_acts_in_each_but_does_not_approve_their_own():
    engine, _ = run()
    mine, hers = engine.start(Signing.write(), by="both"), engine.start(Signing.write(), by="anna")
    assert may_not(engine, mine, "both") == ["same_person"]
    assert engine.perform(hers, Signing.sign(), by="both").stage == "signed"


def test_a_small_firm_may_merge_the_roles():
    engine, _ = run(duties__separated=False)
    paper = engine.start(Signing.write(), by="both")
    assert engine.perform(paper, Signing.sign(), by="both").stage == "signed"


def test_roles_may_be_given_as_they_are_declared_or_by_id():
    assert Employee("x", "X", [Role("head"), "asker"]).roles == BOTH.roles
