"""A process that extends another: some of it is added, changed or left out, and everything else goes on as before."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    ASKER,
    CHIEF,
    DECIDES,
    DOER,
    FAINA,
    FINANCE,
    HEAD,
    HELEN,
    IVAN,
    OLGA,
    PEOPLE,
    REGULATION,
    Ask,
    Errand,
    Request,
    Task,
    author,
    case_after,
    moscow,
)
from attrs import evolve
from msgspec.structs import replace

from salesreg.decide import decide
from salesreg.errors import StepRefused
from salesreg.process import (
    Attempt,
    Checks,
    Each,
    Outcome,
    Process,
    Reaction,
    Refusal,
    Stage,
    Step,
    Text,
    anywhere,
    reaction,
    start,
    stay,
    step,
)
from salesreg.rules import Parameter, Regulation

NOW = moscow("2026-03-02 12:30")
ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
ANSWERED = ("answer", HELEN, "2026-03-02 11:00", {"text": "yes"})


class OurAsk(Ask, without=[Ask.renumber]):
    """A request that a lawyer looks at before it is granted."""

    version = 2
    shortest = Parameter("ours.shortest", int, "How much an answer says at least.", default=3)
    searchable = {"text": lambda request: request.text}

    legal_review = Stage("Legal review", DOER, no_term="takes what it takes")
    checking = Stage("Checking twice", FINANCE, DECIDES)

    confirm = Ask.confirm.rerouted(Ask.checking.to(legal_review))
    deny = Ask.deny.changed(by=[CHIEF], clause="O1")

    @step(legal_review.to(Ask.granted), "Clear", by=DOER, clause="O2")
    def clear(self, request: Request, *, opinion: Text) -> Request:
        return evolve(request, answers=(*request.answers, opinion))

    @Ask.answer.doing
    def answer(
        self, request: Request, attempt: Attempt, *, text: Text, with_help_of: tuple[str, ...] = ()
    ) -> Outcome[Request]:
        if len(text) < self.shortest:
            yield Refusal("short", "say more than {got}", got=text)
        return (yield from super().answer(request, attempt, text=text, with_help_of=with_help_of))


def moved(case: Any, command: Any, by: Any, regulation: Regulation = REGULATION, **given: Any) -> Any:
    case = replace(case, process_version=command.page.version, process=command.page.id)
    return decide(command, case, by=by, at=NOW, regulation=regulation, people=PEOPLE, **given)


def refused(case: Any, command: Any, by: Any, **given: Any) -> list[str]:
    with pytest.raises(StepRefused) as no:
        moved(case, command, by, **given)
    return [one.code for one in no.value.refusals]


def arrows(process: Any, step_id: str) -> dict[str | None, str]:
    return {source: ways[0].target.id for source, ways in process.table.routes[step_id].items()}


# -- what stays -------------------------------------------------------------------------------------------------------


def test_everything_that_is_not_said_otherwise_is_inherited():
    assert (OurAsk.id, OurAsk.title, OurAsk.data) == ("request", "Request", Request)
    assert list(OurAsk.stages) == [*Ask.stages, "legal_review"]
    assert list(OurAsk.steps) == [*(name for name in Ask.steps if name != "renumber"), "clear"]
    assert list(OurAsk.slas) == list(Ask.slas)
    assert OurAsk.keys(Request("anna", "x", number="7")) == ("request.number:7",)
    assert OurAsk.check() == ()


def test_the_parent_stays_as_it_was():
    assert "legal_review" not in Ask.stages
    assert "renumber" in Ask.steps
    assert (arrows(Ask, "confirm"), Ask.checking.title) == ({"checking": "granted"}, "Checking")
    assert (Ask.deny.by, Ask.deny.clause, Ask.deny.page) == ((HEAD, CHIEF), None, Ask)
    assert set(Ask.searchable) == {"author", "number"}


# -- what changes -----------------------------------------------------------------------------------------------------


def test_a_step_is_rerouted():
    checking = replace(case_after(ASKED, ANSWERED, ("decide", HELEN, "2026-03-02 12:00")), stage="checking")
    assert moved(checking, OurAsk.confirm(), FAINA).case.stage == "legal_review"
    assert moved(checking, Ask.confirm(), FAINA).case.stage == "granted"
    reviewed = moved(checking, OurAsk.confirm(), FAINA).case
    assert moved(reviewed, OurAsk.clear(opinion="fine"), OLGA).case.stage == "granted"


def test_a_stage_that_is_replaced_is_the_one_that_inherited_routes_mean():
    (way,) = OurAsk.table.routes["decide"]["asked"][1:]
    assert way.target is OurAsk.stages["checking"] is OurAsk.checking
    assert (way.target.title, way.target.term) == ("Checking twice", DECIDES)
    decided = moved(case_after(ASKED, ANSWERED), OurAsk.decide(), HELEN)
    assert [one.norm for one in decided.opened] == ["request.decide"]


def test_a_step_from_anywhere_sees_the_new_stage():
    assert arrows(OurAsk, "deny") == {"asked": "denied", "checking": "denied", "legal_review": "denied"}
    assert set(OurAsk.table.routes["pause"]) == {"asked", "checking", "legal_review"}


def test_a_step_is_changed_in_some_of_what_it_declares():
    assert (OurAsk.deny.by, OurAsk.deny.clause, OurAsk.deny.title) == ((CHIEF,), "O1", "Deny")
    assert refused(case_after(ASKED), OurAsk.deny(), HELEN) == ["wrong_role"]
    assert moved(case_after(ASKED), OurAsk.deny(), IVAN).event.clauses == ("O1",)
    bare = Ask.decide.changed(never=None, only=None, requires=[], notify=[], norms=[], clause=None)
    assert (bare.never, bare.requires, bare.notify, bare.clause, bare.title) == (None, (), (), None, "Decide")
    assert Ask.decide.never is author


def test_a_function_is_extended_and_refuses_beside_its_parent():
    assert refused(case_after(ASKED), OurAsk.answer(text="a"), HELEN) == ["short"]
    assert refused(case_after(ASKED), OurAsk.answer(text=" "), ANNA) == ["wrong_role", "blank", "short"]
    assert moved(case_after(ASKED), OurAsk.answer(text="yes"), HELEN).case.data.answers == ("yes",)
    theirs = REGULATION.with_settings({"ours.shortest": 10})
    assert refused(case_after(ASKED), OurAsk.answer(text="yes"), HELEN, regulation=theirs) == ["short"]


def test_parameters_and_what_cases_are_found_by_add_up():
    assert {one.name for one in OurAsk.parameters()} == {"request.reopener", "ours.shortest", "request.decide"}
    assert set(OurAsk.table.searchable) == {"author", "number", "text"}

    class Renamed(OurAsk):
        searchable = {"author": lambda request: request.text}

    assert Renamed.table.searchable["author"](Request("anna", "x")) == "x"
    assert Renamed.table.searchable["text"](Request("anna", "x")) == "x"


# -- what is left out -------------------------------------------------------------------------------------------------


def test_what_is_left_out_stays_out_in_whatever_extends_it_further():
    class Further(OurAsk):
        version = 3

    assert "renumber" not in Further.steps

    class Back(Further):
        renumber = Ask.renumber

    assert Back.renumber.page is Back
    assert Ask.renumber.page is Ask
    assert list(Back.steps)[-1] == "renumber"


def test_a_clock_and_a_parameter_may_be_left_out_too():
    class Calm(Ask, without=[Ask.first_answer, Ask.nudging, Ask.reopen, Ask.reopener]):
        pass

    assert (list(Calm.slas), list(Calm.timers), "reopener" in Calm.table.parameters) == ([], ["expiry"], False)
    assert [norm.id for norm in Calm.norms()] == ["request.decide"]


def test_one_thing_may_be_left_out_without_a_list():
    class Firm(Ask, without=Ask.repeat):
        pass

    assert "repeat" not in Firm.steps


# -- commands ---------------------------------------------------------------------------------------------------------


def test_another_id_gets_commands_of_its_own():
    class Complaint(Ask):
        id = "complaint"

    assert (Complaint.ask(text="x").page, Ask.ask(text="x").page) == (Complaint, Ask)
    assert (Complaint.deny().page, Ask.deny().page) == (Complaint, Ask)
    begun = decide(Complaint.ask(text="x"), by=ANNA, at=NOW, regulation=REGULATION, case_id="c")
    assert (begun.case.process, begun.event.process) == ("complaint", "complaint")


def test_the_same_step_named_again_is_a_copy():
    class Same(Ask):
        deny = Ask.deny

    assert (Same.deny.page, Ask.deny.page) == (Same, Ask)


def test_a_clock_of_the_parent_means_the_steps_of_the_child():
    class Timely(Ask):
        id = "timely"

        @Ask.answer.doing
        def answer(self, request: Request, *, text: Text, aloud: bool = True) -> Request:
            return evolve(request, answers=(*request.answers, text))

        nudge = Ask.nudge.rerouted(Ask.asked.to(Ask.checking))

    asked = decide(Timely.ask(text="x"), by=ANNA, at=moscow("2026-03-02 12:00"), regulation=REGULATION, case_id="t")
    answered = moved(asked.case, Timely.answer(text="yes", aloud=False), HELEN)
    assert [(one.norm, str(one.status)) for one in answered.closed] == [("request.answer", "met")]
    assert (Timely.timers["nudging"].step, Timely.timers["nudging"].during) == ("nudge", ("asked",))
    assert arrows(Timely, "nudge") == {"asked": "checking"}
    assert Timely.duties == {}
    assert Errand.duties["rounds"].step == "go_round"


# -- several parents --------------------------------------------------------------------------------------------------


class Lawful(Ask):
    review = Stage("Review", DOER, no_term="x")
    confirm = Ask.confirm.rerouted(Ask.checking.to(review))
    passed = Step(review.to(Ask.granted), "Passed", by=DOER)


class Paid(Ask, without=[Ask.renumber]):
    deposit = Stage("Deposit", FINANCE, no_term="x")
    confirm = Ask.confirm.changed(clause="P1")
    reopen = Ask.reopen.rerouted(Ask.granted.to(deposit))
    paid_in = Step(deposit.to(Ask.asked), "The deposit came", by=FINANCE)


def test_declarations_are_collected_along_the_inheritance_and_the_first_parent_wins():
    class Both(Lawful, Paid):
        version = 3

    assert Both.check() == ()
    assert (arrows(Both, "confirm"), arrows(Both, "reopen")) == ({"checking": "review"}, {"granted": "deposit"})
    assert Both.confirm.clause is None, "a step is one thing: the first parent's, whole"
    assert "renumber" not in Both.steps
    assert [*Both.stages][-2:] == ["deposit", "review"]

    class Turned(Paid, Lawful):
        version = 4

    assert (arrows(Turned, "confirm"), Turned.confirm.clause) == ({"checking": "granted"}, "P1")


class Polite:
    """Not a process: what several processes share."""

    thanks = Stage("Thanked", CHIEF, no_term="x")
    thank = Step(anywhere(thanks), "Thank", by=ASKER)
    lines = Parameter("polite.lines", int, default=1)

    def short(self, text: str) -> Checks:
        if text.count(".") > self.lines:
            yield Refusal("long", "at most {need}", need=self.lines)


def test_a_mixin_that_is_no_process_is_collected_too():
    class PoliteAsk(Polite, Ask):
        version = 2
        over = Step(Polite.thanks.to(Ask.denied), "Over", by=CHIEF)

        @Ask.answer.doing
        def answer(self, request: Request, attempt: Attempt, *, text: Text) -> Outcome[Request]:
            yield from self.short(text)
            return (yield from super().answer(request, attempt, text=text))

    class PoliteErrand(Errand, Polite):
        over = Step(Polite.thanks.to(Errand.done), "Over", by=CHIEF)

    assert moved(case_after(ASKED), PoliteAsk.thank(), ANNA).case.stage == "thanks"
    assert refused(case_after(ASKED), PoliteAsk.answer(text="a.b.c."), HELEN) == ["long"]
    assert (PoliteAsk.thank.page, PoliteErrand.thank.page) == (PoliteAsk, PoliteErrand)
    assert PoliteAsk.check() == ()


def test_super_reaches_the_next_in_the_order_of_inheritance_however_each_is_written():
    class Base(Process[Task]):
        id = "base"
        todo = Stage("To do", CHIEF, no_term="x")
        done = Stage("Done", ended=True)

        @step(start(todo), "Begin", by=CHIEF)
        def begin(self, *, title: str) -> Task:
            return Task(title=title)

        @step(stay(todo), "Act", by=CHIEF)
        def act(self, task: Task) -> Task:
            return evolve(task, title=f"{task.title}0")

        finish = Step(todo.to(done), "Finish", by=CHIEF)

    class Left(Base):
        @Base.act.doing
        def act(self, task: Task, attempt: Attempt) -> Outcome[Task]:
            yield Refusal("left", "left")
            task = yield from super().act(task, attempt)
            return evolve(task, title=f"{task.title}L")

        @Base.begin.doing
        def begin(self, attempt: Attempt, *, title: str) -> Outcome[Task]:
            return (yield from super().begin(attempt, title=f"{title}{attempt.by.id}"))

    class Right(Base):
        @Base.act.doing
        def act(self, task: Task, attempt: Attempt) -> Outcome[Task]:
            task = yield from super().act(task, attempt)
            return evolve(task, title=f"{task.title}R")

        @Base.finish.doing
        def finish(self, task: Task, attempt: Attempt) -> Outcome[Task]:
            return (yield from super().finish(task, attempt))

    class Both(Left, Right):
        @Left.act.doing
        def act(self, task: Task, attempt: Attempt) -> Outcome[Task]:
            return (yield from super().act(task, attempt))

    assert [one.code for one in _refusals(Both.act())] == ["left"]
    right = decide(Right.begin(title="t"), by=IVAN, at=NOW, regulation=REGULATION, case_id="b").case
    assert moved(right, Right.act(), IVAN).case.data.title == "t0R"
    assert moved(right, Right.finish(), IVAN).case.stage == "done"
    begun = decide(Both.begin(title="t-"), by=IVAN, at=NOW, regulation=REGULATION, case_id="b").case
    assert begun.data.title == "t-ivan"


def _refusals(command: Any) -> tuple[Refusal, ...]:
    begun = decide(command.page.begin(title="t"), by=IVAN, at=NOW, regulation=REGULATION, case_id="b").case
    with pytest.raises(StepRefused) as no:
        decide(command, begun, by=IVAN, at=NOW, regulation=REGULATION)
    return no.value.refusals


# -- a wider entity ---------------------------------------------------------------------------------------------------


@attrs.frozen
class LegalRequest(Request):
    """A request with a lawyer."""

    lawyer: str | None = None


lawyer = Each[LegalRequest](lambda request: (request.lawyer,), "the lawyer")


class LegalAsk(Ask, entity=LegalRequest):
    id = "legal_request"

    @step(start(Ask.asked), "Ask", by=ASKER)
    def ask(self, attempt: Attempt, *, text: str) -> LegalRequest:
        return LegalRequest(attempt.by.id, text)

    @step(stay(Ask.asked), "Instruct", by=HEAD, notify=lawyer)
    def instruct(self, request: LegalRequest, *, lawyer: str) -> LegalRequest:
        return evolve(request, lawyer=lawyer)


def test_what_works_on_an_entity_works_on_what_extends_it():
    asked = decide(LegalAsk.ask(text="x"), by=ANNA, at=NOW, regulation=REGULATION, case_id="l").case
    instructed = moved(asked, LegalAsk.instruct(lawyer="olga"), HELEN)
    assert [one.to for one in instructed.notices] == ["olga"]
    answered = moved(instructed.case, LegalAsk.answer(text="yes"), HELEN).case
    assert answered.data == LegalRequest("anna", "x", answers=("yes",), lawyer="olga")
    assert LegalAsk.table.decode(LegalAsk.encode(answered.data)) == answered.data


def test_the_wider_entity_is_inherited_too():
    class Further(LegalAsk):
        id = "further"

    class Anew(LegalAsk, Process[LegalRequest]):
        id = "anew"

    assert Further.data is Anew.data is LegalRequest


# -- reactions --------------------------------------------------------------------------------------------------------


def test_a_reaction_on_the_parents_step_follows_on_the_childs():
    @reaction(after=Ask.confirm, clause="R30")
    def follow(case: Any, event: Any, look: Any) -> Any:
        yield Errand.send(title="tell them")

    event = moved(replace(case_after(ASKED), stage="checking"), OurAsk.confirm(), FAINA).event
    assert (event.process, event.step) == (follow.process, follow.step) == ("request", "confirm")
    assert isinstance(follow, Reaction)
    assert (follow.id, follow.clause, follow.if_refused) == ("follow", "R30", "refuse")
    assert reaction(after=OurAsk.answer)(lambda case, event, look: ()).step == "answer"


def test_a_stage_that_is_left_out_may_stand_among_the_exceptions_of_what_is_inherited():
    class Base(Process[Task]):
        id = "base"
        todo = Stage("To do", CHIEF, no_term="x")
        resting = Stage("Resting", CHIEF, no_term="x")
        done = Stage("Done", ended=True)

        @step(start(todo), "Begin", by=CHIEF)
        def begin(self) -> Task:
            return Task()

        finish = Step(anywhere(done, but=[resting]), "Finish", by=CHIEF)

    class Busy(Base, without=[Base.resting]):
        version = 2

    class Busier(Busy):
        version = 3

    assert arrows(Base, "finish") == arrows(Busy, "finish") == arrows(Busier, "finish") == {"todo": "done"}
