"""Writing a process: what the page may say, what is refused when the class is created, and what `check` finds."""

from __future__ import annotations

import types
from typing import Any

import attrs
import msgspec
import pytest
from ask import ANNA, HELEN, IVAN, REGULATION, REOPENER, Ask, Errand, Request, case_after, moscow, taken
from statemachine.exceptions import TransitionNotAllowed

from salesreg import STAGE_OWNER, Norm, Parameter, Process, Role, Sla, Stage, Step, StepRefused, Term, Timer
from salesreg.decide import decide
from salesreg.errors import DeclarationError, RecordError, UnknownStage, UnknownStep
from salesreg.processes import Attempt, Recurring, Related, anywhere, assigned, contact, each, start, stay
from salesreg.regulation import Strength

DAY = Norm("tiny.day", "In a day.", ru="За день.", clause="R1", term=Term.parse("1 business day"))
IDLE = Norm("tiny.idle", "Nobody keeps this.", ru="Никто не соблюдает.", clause="R2")


@attrs.frozen
class Count:
    n: int = 0


def begin(self: Any) -> Count:
    return Count()


def page(*, on_begin: Any = begin, without: tuple[str, ...] = (), **body: Any) -> type[Process[Any]]:
    """A process of two stages and a first step, with what a test puts on top."""
    todo = body.pop("todo", None) or Stage("To do", owner=Role.CEO, no_term="a test")
    parts: dict[str, Any] = {"id": "tiny", "todo": todo, "begin": Step(start(todo), "Begin", by=Role.CEO)}
    parts |= {"done": Stage("Done", final=True)} | body | {"on_begin": on_begin}
    if "finish" not in parts:
        parts["finish"] = Step(todo.to(parts["done"]), "Finish", by=Role.CEO)
    kept = {name: value for name, value in parts.items() if name not in without}
    return types.new_class(
        "Tiny", (Process[Count],), {}, lambda space: space.update(kept, __module__=__name__, __doc__="Tiny.")
    )


def refused(**body: Any) -> str:
    with pytest.raises(DeclarationError) as wrong:
        page(**body)
    return str(wrong.value)


def codes(**body: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.subject) for finding in page(**body).check() if finding.code != "unused_norm"]


# -- what is refused when the class is created ------------------------------------------------------------------------


def test_a_process_says_which_entity_it_works_on():
    with pytest.raises(DeclarationError, match=r"process Bare must say which attrs class it works on"):
        type("Bare", (Process,), {"id": "bare"})
    with pytest.raises(DeclarationError, match="which attrs class"):
        types.new_class("Plain", (Process[int],), {}, lambda space: space.update(id="plain"))


def test_a_process_has_an_id_of_its_own():
    assert 'needs an id, such as id = "sale"' in refused(without=("id",))

    with pytest.raises(DeclarationError, match="needs an id"):

        class Heir(Ask):
            pass


def test_a_stage_has_a_term_or_a_reason_for_none_but_not_both():
    with pytest.raises(DeclarationError, match="both a term and a reason"):
        Stage("Both", owner=Role.CEO, term=DAY, no_term="no need")


def test_the_reason_for_no_term_is_in_english_and_may_be_in_russian_too():
    plain = Stage("To do", owner=Role.CEO, no_term="a test")
    both = Stage("To do", owner=Role.CEO, no_term="a test", no_term_ru="проверка")
    assert [plain.no_term_text(lang) for lang in ("en", "ru")] == ["a test", "a test"]
    assert [both.no_term_text(lang) for lang in ("en", "ru")] == ["a test", "проверка"]
    with pytest.raises(DeclarationError, match="in Russian only: say no_term too"):
        Stage("To do", owner=Role.CEO, no_term_ru="проверка")


def test_a_stage_under_two_names_is_refused():
    stage = Stage("One", owner=Role.CEO, no_term="a test")
    with pytest.raises((DeclarationError, RuntimeError)) as wrong:
        page(todo=stage, second=stage)
    found = wrong.value if isinstance(wrong.value, DeclarationError) else wrong.value.__cause__
    assert str(found) == "Tiny.second is 'todo' already: declare it anew"


def test_a_step_cannot_lead_to_a_stage_of_another_process():
    other = Stage("Elsewhere")
    assert "names the stage <Stage ?>, which Tiny does not declare" in refused(
        stray=Step(stay(other), "S", by=Role.CEO)
    )
    assert "tiny.stray names the stage <Stage asked>" in refused(stray=Step(start(Ask.asked), "S", by=Role.CEO))
    assert "names the stage <Stage denied>" in refused(stray=Step(anywhere(Ask.denied), "S", by=Role.CEO))


def test_nothing_leaves_a_final_stage():
    done = Stage("Done", final=True)
    said = refused(done=done, reopen=Step(stay(done), "Reopen", by=Role.CEO))
    assert said == "tiny.reopen leaves 'done', which is final: make the stage ended=True"


def test_a_step_either_begins_a_case_or_continues_one():
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    both = Step(start(todo) | todo.to(todo), "Both", by=Role.CEO)
    assert "tiny.both both begins a case and continues one" in refused(todo=todo, both=both, on_both=begin)


def test_a_first_step_says_with_which_data_the_case_begins():
    assert "so on_begin must say with which data" in refused(without=("on_begin",))


def test_a_handler_belongs_to_a_step():
    assert refused(on_finnish=begin) == "Tiny.on_finnish belongs to no step: tiny has no 'finnish'"
    assert "Tiny.check_finnish belongs to no step" in refused(check_finnish=begin)


def test_on_hold_is_no_handler():
    assert page(on_hold=classmethod(lambda cls, data: True)).on_hold(Count())


@pytest.mark.parametrize("name", ["check", "keys", "title", "stages", "data", "on_hold"])
def test_nothing_on_the_page_takes_the_place_of_what_every_process_has(name: str):
    said = f"Tiny.{name} would take the place of Process.{name}: choose another name"
    assert refused(**{name: Stage("Aside", owner=Role.CEO, no_term="a test")}) == said
    assert refused(**{name: Step(anywhere(), "Aside", by=Role.CEO)}) == said


def test_the_method_of_a_step_takes_no_such_place_either():
    said = refused(hold=Step(anywhere(), "Hold", by=Role.CEO), on_hold=lambda self, count: count)
    assert said == "Tiny.hold would take the place of Process.on_hold: choose another name"


def test_a_handler_takes_the_data_then_the_attempt_then_the_payload():
    def too_many(self: Any, data: Count, attempt: Attempt, extra: int) -> Count:
        return data

    def payload_first(self: Any, data: Count, reason: str) -> Count:
        return data

    def begins_with_data(self: Any, data: Count) -> Count:
        return data

    def turned_round(self: Any, attempt: Attempt, data: Count) -> Count:
        return data

    wanted = "a handler takes the data, optionally attempt, and then the payload as keyword-only arguments after *"
    assert refused(on_finish=too_many) == f"on_finish(data, attempt, extra): {wanted}"
    assert wanted in refused(on_finish=payload_first)
    assert wanted in refused(on_finish=turned_round)
    assert "on_begin(data): a handler takes optionally attempt" in refused(on_begin=begins_with_data)


@pytest.mark.parametrize(
    "name", ["by", "at", "case", "command_key", "expected_version", "regulation", "step", "related"]
)
def test_the_engine_keeps_its_own_names_out_of_payloads(name: str):
    space: dict[str, Any] = {}
    exec(f"def handler(self, data, *, {name}: str): return data", space)
    said = refused(on_finish=space["handler"])
    assert f"on_finish: {name!r} cannot be a payload field of step 'finish'" in said
    assert "reserved are actor, at, attempt, by," in said


def test_a_payload_field_needs_a_type():
    def untyped(self: Any, data: Count, *, reason) -> Count:  # type: ignore[no-untyped-def]
        return data

    assert "payload field 'reason' of step 'finish' needs a type annotation" in refused(on_finish=untyped)


def test_handler_and_check_agree_on_a_field():
    def on(self: Any, data: Count, *, n: int) -> Count:
        return data

    def check(self: Any, data: Count, attempt: Attempt, *, n: str) -> Any:
        yield from ()

    assert "n has two types in the handlers of step finish" in refused(on_finish=on, check_finish=check)


def test_a_deadline_in_the_data_has_neither_term_nor_pause_nor_an_owner_for_each():
    free = attrs.evolve(DAY, term=None)
    some = {"start": Errand.send, "stop": Errand.tell, "due": lambda task: task.visit_at}
    with pytest.raises(DeclarationError, match=r"'tiny.day' stands in the data: it has no term and no pause"):
        Sla(DAY, owner=Role.CEO, **some)
    with pytest.raises(DeclarationError, match="no term and no pause"):
        Sla(free, owner=Role.CEO, pause_in=[Errand.todo], **some)
    with pytest.raises(DeclarationError, match="runs through several stages: name who owes it"):
        Sla(DAY, owner=STAGE_OWNER, start=Ask.ask, stop=Ask.answer)
    with pytest.raises(DeclarationError, match="each person's own"):
        Sla(free, owner=each(lambda task: ()), **some)


def test_a_timer_knows_when_it_rings():
    with pytest.raises(DeclarationError, match="needs at= or overdue= to know when it rings"):
        Timer(Ask.expire)
    stage, final = Stage("A", owner=Role.CEO, no_term="x"), Stage("B", final=True)
    go = Step(stage.to(final), "Go", by=Role.SYSTEM)
    assert "waits for 'tiny.day', a norm that nothing here enforces" in refused(
        todo=stage, done=final, go=go, late=Timer(go, overdue=[DAY])
    )


def test_deadlines_timers_and_duties_rest_on_the_steps_of_their_own_process():
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    go = Step(stay(todo), "Go", by=Role.CEO)
    body = {"todo": todo, "go": go}
    ruled = Sla(DAY, start=Ask.ask, stop=go, owner=Role.CEO)
    assert refused(**body, rule=ruled) == "tiny.rule names <Step ask>, which Tiny does not declare"
    paused = Sla(DAY, start=go, stop=go, owner=Role.CEO, pause_in=[Ask.checking])
    assert "names <Stage checking>" in refused(**body, rule=paused)
    assert "names <Step nudge>" in refused(**body, bell=Timer(Ask.nudge, at=lambda data: None))
    assert "names <Stage asked>" in refused(**body, bell=Timer(go, at=lambda data: None, during=[Ask.asked]))
    duty: Recurring[Any] = Recurring(DAY, step=go, per=Role.CEO, payload=lambda who, day, opens: {})
    assert refused(**body, duty=duty) == "tiny.duty begins cases, and its step 'go' does not"
    alien: Recurring[Any] = Recurring(DAY, step=Errand.go_round, per=Role.CEO, payload=lambda who, day, opens: {})
    assert "tiny.duty names <Step go_round>" in refused(**body, duty=alien)


# -- what check finds -------------------------------------------------------------------------------------------------


def test_the_small_processes_have_no_findings():
    assert Ask.check() == Errand.check() == ()


def test_a_process_that_nothing_begins():
    assert codes(without=("begin", "on_begin")) == [
        ("no_start", "tiny"),
        ("unreachable", "todo"),
        ("unreachable", "done"),
    ]


def test_a_stage_that_no_step_leads_to():
    island = Stage("Island", owner=Role.CEO, no_term="a test")
    done = Stage("Done", final=True)
    way = Step(island.to(done), "Leave", by=Role.CEO)
    assert codes(done=done, island=island, leave=way) == [("unreachable", "island")]


def test_a_stage_that_nothing_leads_out_of():
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    trap = Stage("Trap", owner=Role.CEO, no_term="a test")
    assert codes(todo=todo, trap=trap, fall=Step(todo.to(trap), "Fall", by=Role.CEO)) == [("dead_end", "trap")]


def test_an_open_stage_without_owner_or_term():
    assert codes(todo=Stage("To do")) == [("no_owner", "todo"), ("no_term", "todo")]


def test_a_step_that_nobody_may_take():
    todo = Stage("To do", no_term="a test")
    by_owner = Step(stay(todo), "Wait", by=STAGE_OWNER)
    found = page(todo=todo, wait=by_owner, rest=Step(stay(todo), "Rest", by=[])).check()
    assert [(one.code, str(one)) for one in found if one.code == "nobody"] == [
        ("nobody", "wait: nobody may take it in todo"),
        ("nobody", "rest: nobody may take it"),
    ]


def test_a_first_step_for_the_owner_of_a_stage_that_is_not_entered_yet():
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    other = Step(start(todo), "Begin otherwise", by=STAGE_OWNER)
    assert codes(todo=todo, otherwise=other, on_otherwise=begin) == [("nobody", "otherwise")]


def test_a_step_that_is_possible_nowhere():
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    assert codes(todo=todo, never=Step(anywhere(but=[todo]), "Never", by=Role.CEO)) == [("nowhere", "never")]


def test_a_deadline_without_a_time():
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    go = Step(stay(todo), "Go", by=Role.CEO)
    untimed = Sla(attrs.evolve(DAY, term=None), start=go, stop=go, owner=Role.CEO)
    assert codes(todo=todo, go=go, rule=untimed) == [("no_time", "rule")]


def test_a_norm_of_the_module_that_nothing_uses():
    used = page(todo=Stage("To do", owner=Role.CEO, term=DAY))
    assert [str(finding) for finding in used.check()] == ["tiny.idle: no stage, deadline or step uses it"]
    todo = Stage("To do", owner=Role.CEO, term=DAY)
    idle = Step(stay(todo), "Idle", by=Role.CEO, norms=[IDLE], clause="R3")
    assert page(todo=todo, idle=idle).check() == ()
    assert idle.clauses == ("R3", "R2")


# -- looking up -------------------------------------------------------------------------------------------------------


def test_an_unknown_step_or_stage_is_named_beside_those_that_are_known():
    with pytest.raises(UnknownStep, match=r"process 'errand' has no step 'sned'; it has send, go_round, pass_on"):
        Errand.step("sned")
    with pytest.raises(UnknownStep, match="has no step 'ask'"):
        Errand.step(Ask.ask)
    with pytest.raises(UnknownStage, match=r"'errand' version 1 has no stage 'lost'; it has todo, done"):
        Errand.stage("lost")


def test_a_step_of_another_page_does_not_pass_for_one_of_the_same_name():
    with pytest.raises(UnknownStep):
        Ask.step(page(ask=Step(anywhere(), "Ask", by=Role.CEO)).steps["ask"])


def test_first_steps_and_steps_that_leave_a_stage():
    assert [step.id for step in Ask.first_steps()] == ["ask", "ask_twice"]
    assert [step.id for step in Ask.leaving("granted")] == ["reopen"]
    assert Ask.leaving("denied") == ()
    assert [step.id for step in Ask.leaving("checking")] == [
        "answer", "send_back", "confirm", "deny", "pause", "resume", "expire", "nudge", "wrap_up",
    ]  # fmt: skip


def test_norms_and_parameters_come_from_stages_deadlines_steps_and_the_module():
    assert [norm.id for norm in Ask.norms()] == ["request.decide", "request.answer"]
    assert [parameter.name for parameter in Ask.parameters()] == ["request.decide", "request.reopener"]
    assert REOPENER in Errand.parameters(), "it stands in the module"


def test_an_owner_that_a_parameter_gives_is_a_parameter_of_the_process():
    who = Parameter("tiny.owner", Role)
    assert who in page(todo=Stage("To do", owner=who, no_term="a test")).parameters()


def test_titles_fall_back_and_speak_two_languages():
    tiny = page()
    assert (tiny.title, tiny.ru) == ("Tiny", "Tiny")
    assert (Ask.asked.text(), Ask.asked.text("ru")) == ("Asked", "Задан")
    assert (Ask.deny.text(), Ask.deny.text("ru")) == ("Deny", "Отклонить")
    somebody = assigned(lambda data: None, "the doer", "исполнитель")
    assert (somebody.text(), somebody.text("ru")) == ("the doer", "исполнитель")
    assert (contact(lambda data: None).text(), contact(lambda data: None).text("ru")) == ("client", "клиент")
    assert (each(lambda data: ()).text(), each(lambda data: ()).text("ru")) == ("each of them", "каждый из них")
    assert repr(Stage("No name yet")) == "<Stage ?>"


def test_a_norm_takes_a_term_and_says_its_words_in_two_languages():
    with pytest.raises(DeclarationError, match=r"norm 'x': term must be a Term or a Parameter of one, not '1 day'"):
        Norm("x", "X.", ru="Икс.", clause="R1", term="1 day")  # type: ignore[arg-type]
    assert (DAY.words(), DAY.words("ru"), DAY.strength) == ("In a day.", "За день.", Strength.RULE)


# -- routes -----------------------------------------------------------------------------------------------------------


def stage_after(step: str, by: Any, case: Any, **payload: Any) -> str:
    stage: str = taken(case, step, by, "2026-03-02 12:00", **payload).case.stage
    return stage


ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})


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
    assert set(Ask.table["deny"]) == {"asked", "checking"}
    assert set(Ask.table["pause"]) == {"asked", "checking"}


def test_no_way_out_is_said_when_no_condition_holds():
    todo, done = Stage("To do", owner=Role.CEO, no_term="a test"), Stage("Done", final=True)
    narrow = Step(todo.to(done, when=lambda data: data.n > 0), "Squeeze", by=Role.CEO, clause="R7")
    tiny = page(todo=todo, done=done, squeeze=narrow)
    at = moscow("2026-03-02 10:00")
    case = decide(tiny, None, "begin", by=IVAN, at=at, regulation=REGULATION, case_id="t1").case
    with pytest.raises(StepRefused) as no:
        decide(tiny, case, "squeeze", by=IVAN, at=at, regulation=REGULATION)
    assert [(one.code, one.clause) for one in no.value.refusals] == [("no_way", "R7")]
    assert no.value.allowed == ("squeeze", "finish")


def test_a_handler_that_forgets_to_return_the_data_is_named():
    at = moscow("2026-03-02 10:00")
    case = decide(page(), None, "begin", by=IVAN, at=at, regulation=REGULATION, case_id="t1").case
    forgetful = page(on_finish=lambda self, count: None)
    with pytest.raises(DeclarationError, match=r"Tiny\.on_finish must return the new Count, and returned NoneType"):
        decide(forgetful, case, "finish", by=IVAN, at=at, regulation=REGULATION)


# -- records ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class Shelf:
    places: dict[int, str] = attrs.field(factory=dict)
    term: Term | None = None


class Shelve(Process[Shelf]):
    """Data with whole numbers for keys, and a term."""

    id = "shelve"
    todo = Stage("To do", owner=Role.CEO, no_term="a test")
    done = Stage("Done", final=True)
    put = Step(start(todo), "Put", by=Role.CEO)
    clear = Step(todo.to(done), "Clear", by=Role.CEO)

    def on_put(self) -> Shelf:
        return Shelf({1: "a", 20: "b"}, Term.parse("2 weeks"))


def test_data_survive_json_as_a_whole_and_attribute_by_attribute():
    shelf = Shelf({1: "a", 20: "b"}, Term.parse("2 weeks"))
    raw = Shelve.encode(shelf)
    assert Shelve.decode(raw) == shelf
    assert Shelve.decode_changes(msgspec.json.decode(raw)) == {"places": {1: "a", 20: "b"}, "term": shelf.term}


def test_records_that_cannot_be_read_are_said_to_be():
    with pytest.raises(RecordError, match="the stored data of a 'request' case cannot be read"):
        Ask.decode(b'{"author": 5}')
    with pytest.raises(RecordError, match="a stored event changes 'mood', which Request does not have"):
        Ask.decode_changes({"mood": "good"})
    with pytest.raises(RecordError, match="a stored event's 'held' cannot be read"):
        Ask.decode_changes({"held": "perhaps"})
    with pytest.raises(RecordError, match="'term' cannot be read"):
        Shelve.decode_changes({"term": 5})
    with pytest.raises(RecordError, match="cannot be read"):
        Shelve.decode_changes({"term": {"amount": 2, "unit": "furlong"}})


def test_what_json_cannot_hold_is_refused_with_what_can():
    with pytest.raises(TypeError, match="a complex cannot be recorded: use attrs classes"):
        Ask.encode(Request("anna", 1j))  # type: ignore[arg-type]


# -- python-statemachine ----------------------------------------------------------------------------------------------


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
    attempt = Attempt("r1", "decide", HELEN, None, None, case_after(ASKED).last_at, None, Related([]))  # type: ignore[arg-type]
    machine = Ask.machine()(start_value="asked")
    with pytest.raises(StepRefused, match="decide refused: nobody has answered") as no:
        machine.send("decide", data=Request("anna", "x"), after=Request("anna", "x"), attempt=attempt)
    assert [refusal.code for refusal in no.value.refusals] == ["no_answer"]
    two = Request("anna", "x", answers=("a", "b"))
    machine.send("decide", data=two, after=two, attempt=attempt)
    assert [state.id for state in machine.configuration] == ["granted"]


# -- responsibilities -------------------------------------------------------------------------------------------------


def test_zones_name_roles_and_parameters_but_nobody_whom_the_data_name():
    zones = {(row.activity, str(row)) for row in Ask.responsibilities()}
    assert ("request.confirm", "R finance R79") in zones
    assert ("request.confirm", "A finance R79") in zones
    assert ("request.reopen", "R request.reopener R79") in zones
    assert ("request.decide", "I ceo R10") in zones
    assert not [text for activity, text in zones if activity in {"request.repeat", "request.expire"} and text[0] == "R"]
