"""Writing a process: what is refused when the class is made, in one clear sentence."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any

import attrs
import pytest
from ask import (
    ANNA,
    ASKER,
    CHIEF,
    DECIDES,
    DOER,
    ROUND,
    Ask,
    Errand,
    Request,
    Task,
    author,
    has_answers,
    no_open_errand,
    readers,
)
from tiny import DAY, Count, begin, made, page, refused, stage

from salesreg.calendars import Term
from salesreg.errors import DeclarationError
from salesreg.process import (
    STAGE_OWNER,
    Attempt,
    Contact,
    Each,
    Held,
    Past,
    Person,
    Positive,
    Process,
    Recurring,
    Sla,
    Stage,
    Step,
    Text,
    Timer,
    anywhere,
    start,
    stay,
    step,
)
from salesreg.rules import SYSTEM, Norm, Parameter, Role, Strength

OWNER = Parameter("tiny.owner", Role)
SIZE = Parameter("tiny.size", int)


def free(title: str = "Free", **said: Any) -> Step[Any, []]:
    """A step that is possible everywhere and changes nothing."""
    return Step(anywhere(), title, **{"by": CHIEF, **said})


def wrong(make: Any, *given: Any, **said: Any) -> str:
    with pytest.raises(DeclarationError) as no:
        make(*given, **said)
    return str(no.value)


# -- the process ------------------------------------------------------------------------------------------------------


def test_a_process_says_which_entity_it_works_on():
    said = "must say which attrs class it works on: class {0}(Process[Deal])"
    assert wrong(made, "Bare", Process, id="bare").endswith(said.format("Bare"))
    assert wrong(made, "Plain", Process[int], id="plain").endswith(said.format("Plain"))
    assert "which attrs class" in wrong(made, "Other", Ask, kw={"entity": dict})


def test_a_process_has_an_id_that_records_and_catalogues_can_use():
    assert refused(without=("id",)) == 'process Tiny needs an id, such as id = "sale"'
    assert "needs an id" in refused(id=5)
    for name in ("", "price change", "sale.new", "a:b"):
        assert "a process is known by an id of letters, digits" in refused(id=name)


@pytest.mark.parametrize("version", ["2", 0, True, None, 1.5])
def test_a_version_is_a_whole_number(version: object):
    assert refused(version=version) == f"the version of Tiny is a whole number from 1 on, not {version!r}"


def test_what_cases_are_found_by_is_read_from_the_data():
    assert "Tiny.searchable names how each is read" in refused(searchable={"number": "number"})
    assert "not 'number'" in refused(searchable="number")


def test_an_entity_whose_annotations_cannot_be_read_is_named():
    local = attrs.make_class("Vague", {"n": attrs.field(type="Nowhere")}, frozen=True)
    assert "the annotations of Vague cannot be read: name 'Nowhere' is not defined" in wrong(
        made, "Lost", Process[local], id="lost"
    )


# -- names ------------------------------------------------------------------------------------------------------------


def test_one_thing_has_one_name():
    twice = stage("One")
    assert refused(todo=twice, second=twice) == "Tiny.second is 'todo' already: declare it anew"
    one = free()
    assert refused(first=one, second=one) == "Tiny.second is 'first' already: declare it anew"
    assert wrong(made, "Heir", Ask, refuse=Ask.deny) == "Heir.refuse is 'deny' already: declare it anew"


@pytest.mark.parametrize("name", ["check", "keys", "title", "stages", "data", "on_hold", "command", "_regulation"])
def test_nothing_declared_takes_the_place_of_what_every_process_has(name: str):
    said = f"Tiny.{name} would take the place of Process.{name}: choose another name"
    assert refused(**{name: stage("Aside")}) == said
    assert refused(**{name: free()}) == said
    assert refused(**{name: SIZE}) == said


@pytest.mark.parametrize("name", ["check", "norms", "machine", "stages", "table", "command", "encode"])
def test_no_method_takes_it_either(name: str):
    assert refused(**{name: lambda self, count: ()}) == (
        f"Tiny.{name} would take the place of Process.{name}: choose another name"
    )


@pytest.mark.parametrize("name", ["keys", "key_refusal", "on_hold"])
def test_what_a_process_may_add_is_asked_of_the_class(name: str):
    assert refused(**{name: lambda self, count: ()}).startswith(f"Tiny.{name} is asked of the page")
    assert page(**{name: classmethod(lambda cls, *given: given)})


@pytest.mark.parametrize("name", ["child_started", "child_ended", "migrated", "unborn"])
def test_the_engines_own_events_are_no_steps(name: str):
    assert refused(**{name: free()}) == f"Tiny.{name} is what the engine calls an event: choose another name"


@pytest.mark.parametrize(
    "thing", [lambda self: 1, None, 5, property(lambda self: 1)], ids=["method", "none", "number", "property"]
)
def test_a_name_that_hides_a_declaration_is_refused(thing: object):
    for name in ("deny", "asked", "reopener", "first_answer"):
        said = f"Heir.{name} hides the declaration of that name: declare a step or stage anew"
        assert wrong(made, "Heir", Ask, **{name: thing}) == said


def test_a_mixin_that_comes_first_hides_no_declaration_either():
    class Polite:
        def deny(self) -> None: ...

    assert "Polite.deny hides the declaration" in wrong(made, "Heir", Polite, Ask)
    assert "deny" in made("Heir", Ask, Polite).steps


def test_a_step_does_not_become_a_stage_nor_a_first_step():
    assert wrong(made, "Heir", Ask, checking=free()) == (
        "Heir.checking is a Step and takes the place of a Stage: rename it"
    )
    first = step(start(Ask.asked), "Deny", by=CHIEF)(lambda self: Request("a", "b"))
    assert wrong(made, "Heir", Ask, deny=first).endswith("takes the place of a Step: rename it")


def test_what_a_page_goes_without_is_something_that_it_inherits():
    for strange in (Errand.todo, "deny", stage("Unnamed"), SIZE, 5):
        said = wrong(made, "Heir", Ask, kw={"without": [strange]})
        assert said == f"Heir goes without {strange!r}, which nothing that it inherits declares"
    assert wrong(made, "Heir", Ask, kw={"without": [Ask.deny]}, deny=free()) == (
        "Heir goes without 'deny' and declares it: leave one out"
    )


def test_a_rule_has_one_name():
    assert refused(size=SIZE, other=attrs.evolve(SIZE, default=3)) == "Tiny has two parameters called 'tiny.size'"
    assert page(size=SIZE, same=SIZE)
    other = attrs.evolve(DAY, text="In two days.")
    assert refused(todo=Stage("To do", CHIEF, DAY), rest=free(norms=[other])) == "Tiny has two norms called 'tiny.day'"


def test_a_step_stands_bare_on_the_page():
    for wrapper in (property, classmethod, staticmethod, functools.cached_property):
        said = refused(rest=wrapper(free()))
        assert said == f"Tiny.rest is wrapped in a {wrapper.__name__}: declare it bare"


# -- stages -----------------------------------------------------------------------------------------------------------


def test_a_stage_has_a_term_or_a_reason_for_none_but_not_both():
    assert "both a term and a reason" in wrong(Stage, "Both", CHIEF, DAY, no_term="no need")


def test_the_term_of_a_stage_is_a_norm():
    assert wrong(Stage, "To do", CHIEF, DAY.term) == (
        "the term of stage 'To do' is a norm that sets one, not Term('1 business day')"
    )
    assert "not '1 day'" in wrong(Stage, "To do", CHIEF, "1 day")


def test_no_clock_runs_in_an_end():
    for kind in ("final", "ended"):
        assert "is an end, where no clock runs" in wrong(Stage, "Done", CHIEF, DAY, **{kind: True})


def test_the_owner_of_a_stage_is_somebody():
    assert wrong(Stage, "To do", "chief") == (
        "the owner of stage 'To do' is 'chief': give a Role, a Parameter of one or Assigned"
    )
    for nobody in (readers, STAGE_OWNER, ANNA, SIZE, Contact[Any](lambda data: "a@b.c")):
        assert "the owner of stage 'To do' is" in wrong(Stage, "To do", nobody)
    for somebody in (CHIEF, OWNER, author, None):
        assert Stage("To do", somebody).owner is somebody


# -- routes -----------------------------------------------------------------------------------------------------------


def test_a_step_cannot_lead_to_a_stage_of_another_process():
    assert refused(stray=Step(stay(Stage("Elsewhere")), "S", by=CHIEF)) == (
        "tiny.stray names <Stage 'Elsewhere'>, which Tiny does not declare"
    )
    first = step(start(Ask.asked), "S", by=CHIEF)(begin)
    assert "tiny.stray names <Stage asked>" in refused(stray=first)
    assert "names <Stage denied>" in refused(stray=Step(anywhere(Ask.denied), "S", by=CHIEF))
    assert "names <Stage asked>" in refused(stray=Step(anywhere(but=[Ask.asked]), "S", by=CHIEF))


def test_a_route_leads_to_stages():
    here = stage()
    for make in (lambda: here.to("done"), lambda: here.to(None), lambda: here | "done", lambda: stay("here")):
        assert "is no stage: name one that the page declares" in wrong(make)
    for make in (lambda: start("here"), lambda: anywhere("here"), lambda: anywhere(but=["here"])):
        assert "is no stage" in wrong(make)
    assert "when= of a way judges the data" in wrong(here.to, here, when=True)


def test_a_step_has_a_route_and_a_first_step_a_start():
    here = stage()
    assert wrong(Step, here, "Go", by=CHIEF) == (
        "'Go' leads along <Stage 'To do'>: give stage.to(other), stay(...) or anywhere(...)"
    )
    assert "give stage.to(other)" in wrong(Step, start(here), "Go", by=CHIEF)
    assert "give start(stage), under @step" in wrong(Ask.ask.rerouted, stay(here))
    assert "give stage.to(other)" in wrong(Ask.deny.changed().rerouted, start(here))


def test_a_step_either_begins_a_case_or_continues_one():
    here = stage()
    with pytest.raises(TypeError, match="unsupported operand"):
        start(here) | here.to(here)  # type: ignore[operator]


def test_nothing_leaves_a_final_stage():
    done = Stage("Done", final=True)
    said = refused(done=done, reopen=Step(stay(done), "Reopen", by=CHIEF))
    assert said == "tiny.reopen leaves 'done', which is final: make the stage ended=True"


# -- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "nobody",
    ["lawyer", None, readers, ANNA, SIZE, Contact[Any](lambda data: "a@b.c")],
    ids=lambda nobody: type(nobody).__name__,
)
def test_a_step_is_by_somebody(nobody: object):
    said = "give a Role, a Parameter of one, Assigned, STAGE_OWNER or SUPERIOR"
    assert wrong(free, by=nobody) == f"'Free' is by {nobody!r}: {said}"
    assert said in wrong(free, by=[CHIEF, nobody])


def test_it_is_said_who_takes_a_step():
    assert wrong(Step, anywhere(), "Free") == "'Free' is by nobody: say who may take it with by="
    assert "'Free' says 'whom': a step says by, only, never" in wrong(free, whom=CHIEF)


def test_whoever_is_told_or_excluded_is_somebody_too():
    assert "'Free' tells 'chief': give a Role" in wrong(free, notify="chief")
    assert wrong(free, only=CHIEF) == "'Free' is only for Role('chief'): give Assigned"
    assert wrong(free, never=CHIEF) == "'Free' is never for Role('chief'): give Assigned or Each"
    told = (CHIEF, OWNER, author, STAGE_OWNER, readers, Contact[Any](lambda data: None))
    assert free(notify=told, only=author, never=readers).notify == told


def test_guards_and_norms_are_what_they_say():
    attempt: Any = None
    assert "requires <generator object" in wrong(free, requires=[has_answers(Request("a", "b"), attempt)])
    assert "'Free' requires 'answers'" in wrong(free, requires=["answers"])
    assert wrong(free, norms=["R10"]) == "'Free' keeps 'R10', which is no norm"


def test_one_thing_stands_for_a_list_of_one():
    one = free(requires=no_open_errand, norms=DAY, children="ticket", holders="list.in_force", notify=CHIEF)
    assert (one.requires, one.norms, one.notify) == ((no_open_errand,), (DAY,), (CHIEF,))
    assert (one.children, one.holders) == (("ticket", "errand"), ("list.in_force",))


# -- functions --------------------------------------------------------------------------------------------------------


def function(run: Any) -> str:
    """What is wrong with a page of which that is a step."""
    return refused(act=step(anywhere(), "Act", by=CHIEF)(run))


def test_a_first_step_says_with_which_data_the_case_begins():
    todo = stage()
    bare = step(start(todo), "Begin", by=CHIEF)(begin).changed()
    bare.run = None
    assert refused(todo=todo, begin=bare) == "tiny.begin begins a case: its function says with which data"


@pytest.mark.parametrize(
    "thing",
    [5, "act", property(begin), classmethod(begin), staticmethod(begin)],
    ids=lambda thing: type(thing).__name__,
)
def test_a_step_is_done_by_a_function(thing: object):
    said = wrong(step(anywhere(), "Act", by=CHIEF), thing)
    assert said == f"'Act' is done by {thing!r}: @step stands on top of a plain function"


def test_a_step_does_not_wait():
    async def slow(self: Any, data: Count) -> Count:
        return data

    async def trickle(self: Any, data: Count) -> Any:
        yield data

    for run in (slow, trickle):
        assert "stands on top of a plain function" in wrong(step(anywhere(), "Act", by=CHIEF), run)


def test_a_step_takes_the_data_of_its_own_process():
    def of_another(self: Any, task: Task) -> Task:
        return task

    def untyped(self: Any, count) -> Count:  # type: ignore[no-untyped-def]
        return count  # type: ignore[no-any-return]

    def of_nothing(self: Any, *, n: int) -> Count:
        return Count(n)

    def without_self(count: Count) -> Count:
        return count

    for run in (of_another, untyped, of_nothing, without_self, lambda: Count(1)):
        assert function(run) == "tiny.act takes the data, a Count, as its first argument"


def test_a_step_of_what_the_entity_extends_will_do():
    def anything(self: Any, count: Any) -> Any:
        return count

    def thing(self: Any, count: object) -> Count:
        assert isinstance(count, Count)
        return count

    for run in (anything, thing):
        assert page(act=step(anywhere(), "Act", by=CHIEF)(run))


def test_after_the_data_comes_at_most_the_attempt_and_then_the_payload_by_name():
    def too_many(self: Any, count: Count, attempt: Attempt, extra: int) -> Count:
        return count

    def payload_first(self: Any, count: Count, reason: str) -> Count:
        return count

    def untyped(self: Any, count: Count, attempt) -> Count:  # type: ignore[no-untyped-def]
        return count

    def several(self: Any, count: Count, *more: int) -> Count:
        return count

    def anything(self: Any, count: Count, **more: int) -> Count:
        return count

    for run in (too_many, payload_first, untyped, several, anything):
        assert function(run) == ("tiny.act: after the data comes at most attempt: Attempt, then * and the payload")

    def turned_round(self: Any, attempt: Attempt, count: Count) -> Count:
        return count

    def begins_with_data(self: Any, count: Count) -> Count:
        return count

    assert "takes the data, a Count, as its first argument" in function(turned_round)
    todo = stage()
    first = step(start(todo), "Begin", by=CHIEF)(begins_with_data)
    assert "tiny.begin: after self comes at most attempt" in refused(todo=todo, begin=first)


def test_the_attempt_may_be_called_anything():
    def act(self: Any, count: Count, tried: Attempt, *, note: str = "") -> Count:
        return count

    assert page(act=step(anywhere(), "Act", by=CHIEF)(act)).table.specs["act"].wants_attempt


def test_annotations_are_read_when_the_page_is():
    def forward(self: Any, count: Count, *, who: Nowhere) -> Count:  # type: ignore[name-defined]  # noqa: F821
        return count

    said = function(forward)
    assert said.startswith("the annotations of tiny.act cannot be read: name 'Nowhere' is not defined")
    assert "imported for real and not for type checkers only" in said


def test_a_payload_field_needs_a_type():
    def untyped(self: Any, count: Count, *, reason) -> Count:  # type: ignore[no-untyped-def]
        return count

    assert function(untyped) == "payload field 'reason' of step 'act' needs a type annotation"


@pytest.mark.parametrize("name", ["by", "at", "case", "case_id", "command_key", "step", "attempt", "data", "self_"])
def test_a_payload_field_may_be_called_anything(name: str):
    space: dict[str, Any] = {"Count": Count, "Attempt": Attempt}
    exec(f"def act(self, it: Count, tried: Attempt, *, {name}: str) -> Count: return it", space)
    tiny = page(act=step(anywhere(), "Act", by=CHIEF)(space["act"]))
    assert [field.name for field in tiny.table.specs["act"].payload.fields] == [name]
    assert tiny.act(**{name: "x"}).payload == {name: "x"}


@pytest.mark.parametrize(
    "kind",
    [Mapping[str, Text], tuple[tuple[Text, int], ...], list[Person], tuple[Past, Past], Mapping[Person, int]],
    ids=lambda kind: str(kind.__origin__.__name__),
)
def test_a_demand_stands_where_it_is_looked_at(kind: Any):
    def act(self: Any, count: Count, *, field: Any) -> Count:
        return count

    act.__annotations__["field"] = kind
    assert "a demand stands on the type itself, before `| None`, or in `tuple[..., ...]`" in function(act)


def test_a_demand_is_for_values_of_its_kind():
    def act(self: Any, count: Count, *, field: Annotated[int, Held(CHIEF)]) -> Count:
        return count

    assert "it demands of <class 'int'> what only a str can be" in function(act)


@pytest.mark.parametrize(
    "kind", [Text | None, tuple[Text, ...], tuple[Person, ...] | None, Past | None, Positive], ids=str
)
def test_a_demand_stands_alone_beside_none_or_in_a_tuple(kind: Any):
    def act(self: Any, count: Count, *, field: Any = None) -> Count:
        return count

    act.__annotations__["field"] = kind
    (field,) = page(act=step(anywhere(), "Act", by=CHIEF)(act)).table.specs["act"].payload.fields
    assert field.mark or field.held


# -- clocks -----------------------------------------------------------------------------------------------------------


def test_a_deadline_in_the_data_has_neither_term_nor_pause_nor_an_owner_for_each():
    untimed = attrs.evolve(DAY, term=None)
    some = {"start": Errand.send, "stop": Errand.tell, "due": lambda task: task.visit_at}
    assert "'tiny.day' stands in the data: it has no term and no pause" in wrong(Sla, DAY, owner=CHIEF, **some)
    assert "no term and no pause" in wrong(Sla, untimed, owner=CHIEF, pause_in=[Errand.todo], **some)
    assert "each person's own" in wrong(Sla, untimed, owner=Each[Any](lambda task: ()), **some)


def test_a_deadline_has_a_norm_and_somebody_who_owes_it():
    between = {"start": Ask.ask, "stop": Ask.answer}
    assert wrong(Sla, "request.answer", owner=CHIEF, **between) == (
        "a deadline rests on a norm, not on 'request.answer'"
    )
    assert "runs through several stages: name who owes it" in wrong(Sla, DAY, owner=STAGE_OWNER, **between)
    assert wrong(Sla, DAY, owner="chief", **between) == (
        "the deadline of 'tiny.day' is owed by 'chief': give a Role, a Parameter of one, Assigned or Each"
    )


def test_clocks_name_steps_and_stages_and_no_texts():
    assert wrong(Sla, DAY, start="ask", stop=Ask.answer, owner=CHIEF) == (
        "start= of a clock names 'ask': give a step of the page"
    )
    assert "stop= of a clock names <Stage asked>" in wrong(Sla, DAY, start=Ask.ask, stop=Ask.asked, owner=CHIEF)
    paused: Any = [Ask.deny]
    assert "pause_in= of a clock names <Step deny>: give a stage" in wrong(
        Sla, DAY, start=Ask.ask, stop=Ask.answer, owner=CHIEF, pause_in=paused
    )
    assert "step= of a clock names 'expire'" in wrong(Timer, "expire", at=lambda data: None)
    assert "during= of a clock names 'asked'" in wrong(Timer, Ask.expire, at=lambda data: None, during=["asked"])


def test_a_timer_knows_when_it_rings():
    assert "needs at= or overdue= to know when it rings" in wrong(Timer, Ask.expire)
    rest = free(by=SYSTEM)
    assert refused(rest=rest, late=Timer(rest, overdue=[DAY])) == (
        "tiny.late waits for 'tiny.day', a norm that nothing here enforces"
    )
    assert page(todo=Stage("To do", CHIEF, DAY), rest=rest, late=Timer(rest, overdue=DAY)).timers


def test_a_timer_takes_a_step_that_the_system_can_take():
    at: Any = lambda data: None  # noqa: E731
    rest = free()
    assert refused(rest=rest, bell=Timer(rest, at=at)) == "tiny.bell has the system take 'rest', which is not by SYSTEM"

    @step(anywhere(), "Act", by=[CHIEF, SYSTEM])
    def act(self: Any, count: Count, *, reason: Text, note: str = "") -> Count:
        return count

    assert refused(act=act, bell=Timer(act, at=at)) == ("tiny.bell takes 'act' without a payload, and it needs reason")
    given = free(by=OWNER)
    assert page(rest=given, bell=Timer(given, at=at)).timers, "it may be the system's"
    todo = stage()
    first = step(start(todo), "Begin", by=SYSTEM)(begin)
    assert refused(todo=todo, begin=first, bell=Timer(first, at=at)) == (
        "tiny.bell takes a step of a case, and 'begin' begins one"
    )


def test_a_duty_begins_cases_for_the_holders_of_a_role():
    def duty(begins: Any, norm: Any = ROUND, per: Any = ASKER) -> Any:
        return Recurring(norm, step=begins, per=per, payload=lambda who, day, opens: {})

    rest = free(by=SYSTEM)
    assert refused(rest=rest, duty=duty(rest)) == "tiny.duty begins cases, and its step 'rest' does not"
    todo = stage()
    first = step(start(todo), "Begin", by=CHIEF)(begin)
    assert refused(todo=todo, begin=first, duty=duty(first)) == (
        "tiny.duty has the system take 'begin', which is not by SYSTEM"
    )
    assert wrong(duty, first, norm="R54") == "a duty rests on a norm, not on 'R54'"
    assert wrong(duty, first, per="asker") == "the duty of 'errand.round' is owed by each 'asker': give a Role"
    assert "step= of a clock names <Stage 'To do'>" in wrong(duty, stage())


def test_deadlines_timers_and_duties_rest_on_the_steps_of_their_own_process():
    rest = free(by=SYSTEM)
    assert refused(rest=rest, rule=Sla(DAY, start=Ask.ask, stop=rest, owner=CHIEF)) == (
        "tiny.rule names 'ask', which Tiny does not declare"
    )
    paused = Sla(DAY, start=rest, stop=rest, owner=CHIEF, pause_in=[Ask.checking])
    assert "tiny.rule names 'checking'" in refused(rest=rest, rule=paused)
    assert "names 'nudge'" in refused(bell=Timer(Ask.nudge, at=lambda data: None))
    assert "names 'asked'" in refused(rest=rest, bell=Timer(rest, at=lambda data: None, during=[Ask.asked]))
    alien: Any = Recurring(DAY, step=Errand.go_round, per=CHIEF, payload=lambda who, day, opens: {})
    assert "tiny.duty names 'go_round'" in refused(duty=alien)


def test_an_inherited_clock_whose_step_was_dropped_is_named():
    assert wrong(made, "Heir", Ask, kw={"without": [Ask.answer]}) == (
        "request.first_answer names 'answer', which Heir does not declare"
    )
    assert "request.expiry names 'expire'" in wrong(made, "Heir", Ask, kw={"without": [Ask.expire]})
    heir = made("Heir", Ask, kw={"without": [Ask.expire, Ask.expiry]})
    assert "expire" not in heir.steps
    assert "expiry" not in heir.timers


def test_a_dropped_stage_that_a_step_still_names_is_named():
    assert "names <Stage checking>, which Heir does not declare" in wrong(
        made, "Heir", Ask, kw={"without": [Ask.checking]}
    )


# -- norms ------------------------------------------------------------------------------------------------------------


def test_a_norm_takes_a_term_or_what_gives_one():
    assert wrong(Norm, "x", "X.", "R1", term="1 day") == (
        "norm 'x': term must be a Term or a Parameter of one, not '1 day'"
    )
    assert DECIDES.term == Parameter("request.decide", Term, "The head decides a request.", clause="R10")
    assert (DAY.strength, Norm("x", "X.", "R1", [CHIEF, "doer"]).binds) == (Strength.RULE, {CHIEF.id, DOER.id})
