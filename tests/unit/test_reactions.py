"""Reactions: what one process does to another in the same transaction, and what is refused before any of it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ask import ANNA, BORIS, CHIEF, HELEN, IVAN, REGULATION, REOPENER, RULES, Ask, Errand, Request, requests_engine

from salesreg import ProcessEngine, Reaction, Rulebook, StepRefused
from salesreg.errors import CaseMismatch, DeclarationError, SalesregError, UnknownStep
from salesreg.ports import CaseQuery, Store
from salesreg.process import Case, Event, Follow, Look, Opening, Stage, Step, reaction, stay
from salesreg.process.reaction import MAX_DEPTH
from salesreg.testing import ManualClock

Follows = Iterator[Follow | Opening[Any]]
Do = Callable[[Case[Any], Event, Look], Follows]


def reacting(store: Store, clock: ManualClock, *reactions: Reaction, **others: Any) -> ProcessEngine:
    return requests_engine(store, clock, rulebook=RULES.extended("reacting", reactions=reactions), **others)


def asked(engine: ProcessEngine, case_id: str | None = "r1", **given: Any) -> Any:
    return engine.start(Ask.ask(**{"text": "May I?", **given}), by=ANNA, case_id=case_id)


def answered(engine: ProcessEngine, case_id: str = "r1", **also: Any) -> Any:
    return engine.perform(case_id, Ask.answer(text="yes"), by=HELEN, **also)


def everything(store: Store) -> Any:
    return store.find(CaseQuery()), list(store.events()), store.messages("waiting")


def send_errand(case: Case[Any], event: Event, look: Look) -> Follows:
    yield Errand.go_round(doer="olga", title=event.step)


SEND_ERRAND = reaction(after=Ask.answer, clause="R1")(send_errand)


# -- in one transaction -----------------------------------------------------------------------------------------------


def test_a_reaction_follows_in_the_same_transaction_by_the_system(store: Store, clock: ManualClock):
    engine = reacting(store, clock, SEND_ERRAND)
    asked(engine)
    first = answered(engine, command_key="k")
    assert first == engine.case("r1"), "the case as it stands"
    (errand,) = engine.cases(Errand)
    assert (errand.id, errand.data.doer) == ("r1:2.1", "olga")
    (event,) = engine.history(errand)
    assert (event.by, event.cause, event.command_key) == ("system", "r1:2", None)
    assert answered(engine, command_key="k") == first
    assert engine.count(Errand) == 1, "a repeat sets nothing off"
    assert engine.verify() == ()


def test_a_reaction_that_is_refused_refuses_the_whole_command(store: Store, clock: ManualClock):
    @reaction(after=Ask.answer)
    def expire_twice(case: Case[Any], event: Event, look: Look) -> Follows:
        yield from send_errand(case, event, look)
        yield Ask.expire().on(case)
        yield Ask.expire().on(case)

    engine = reacting(store, clock, expire_twice)
    asked(engine)
    before = everything(store)
    with pytest.raises(StepRefused, match="expire, which follows from answer, refused"):
        answered(engine)
    assert everything(store) == before


def test_a_reaction_that_may_be_skipped_leaves_out_only_what_is_refused(store: Store, clock: ManualClock):
    @reaction(after=Ask.answer, if_refused="skip")
    def try_all(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.confirm().on(case)
        yield from send_errand(case, event, look)

    engine = reacting(store, clock, try_all)
    asked(engine)
    assert answered(engine).version == 2
    assert [case.id for case in engine.cases(Errand)] == ["r1:2.2"]


def test_every_reaction_sees_the_event_that_set_it_off_and_what_has_changed_since(store: Store, clock: ManualClock):
    seen: list[tuple[str, str, int]] = []

    def nudge(case: Case[Any], event: Event, look: Look) -> Follows:
        seen.append((event.step, event.id, look.case(case.id, Ask).version))
        yield Ask.nudge().on(case)

    engine = reacting(store, clock, reaction(after=Ask.answer)(nudge), reaction(after=Ask.answer)(nudge))
    asked(engine)
    assert answered(engine).version == 4
    assert seen == [("answer", "r1:2", 2), ("answer", "r1:2", 3)]
    assert [event.cause for event in engine.history("r1")] == [None, None, "r1:2", "r1:2"]


def test_a_reaction_looks_at_cases_as_the_command_has_left_them(store: Store, clock: ManualClock):
    found: dict[str, Any] = {}

    @reaction(after=Ask.answer)
    def look_round(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.expire().on("r2")
        yield from send_errand(case, event, look)
        found["asked"] = [one.id for one in look.cases(Ask, stage="asked")]
        found["denied"] = [one.id for one in look.cases(Ask, stage="denied")]
        found["all"] = [one.id for one in look.cases(Ask)]
        found["errands"] = [one.id for one in look.cases(Errand)]
        found["seven"] = [one.id for one in look.cases(Ask, key="request.number:7")]
        found["eight"] = [one.id for one in look.cases(Ask, key="request.number:8")]
        found["children"] = [one.id for one in look.children(case.id, Errand)]
        found["nobody's"] = look.children("r2", Errand)
        found["value"] = look.value(REOPENER)

    engine = reacting(store, clock, look_round)
    asked(engine, number="7")
    asked(engine, "r2")
    asked(engine, "r3")
    engine.start(Errand.send(title="t", request="r1"), by=HELEN, case_id="e1")
    answered(engine)
    assert found == {
        "asked": ["r1", "r3"],
        "denied": ["r2"],
        "all": ["r1", "r2", "r3"],
        "errands": ["e1", "r1:3.2"],
        "seven": ["r1"],
        "eight": [],
        "children": ["e1"],
        "nobody's": (),
        "value": CHIEF,
    }


def test_a_guard_sees_children_that_the_same_command_began(store: Store, clock: ManualClock):
    seen: list[tuple[str, ...]] = []

    @reaction(after=Ask.answer)
    def send_and_look(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Errand.send_for(request=case.id)
        seen.append(tuple(one.id for one in look.children(case.id, Errand)))

    engine = reacting(store, clock, send_and_look)
    asked(engine)
    answered(engine)
    assert seen == [("r1:2.1",)]
    assert engine.history("r1")[-1].step == "child_started"
    assert engine.verify() == ()


def test_reactions_that_chase_one_another_are_stopped(store: Store, clock: ManualClock):
    def again(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.nudge().on(case)

    engine = reacting(store, clock, *(reaction(after=step)(again) for step in (Ask.answer, Ask.nudge)))
    asked(engine)
    with pytest.raises(SalesregError, match=rf"follow from one another more than {MAX_DEPTH} times: break the loop"):
        answered(engine)
    assert engine.case("r1").version == 1


def test_a_reaction_keeps_to_the_regulation_of_its_case(store: Store, clock: ManualClock):
    seen: list[Any] = []

    @reaction(after=Ask.answer)
    def note(case: Case[Any], event: Event, look: Look) -> Follows:
        seen.append(look.value(REOPENER).id)
        yield Ask.nudge().on(case)

    asked(requests_engine(store, clock))
    later = reacting(store, clock, note, regulation=REGULATION.with_settings({"request.reopener": "head"}))
    assert answered(later).version == 3
    asked(later, "r2")
    answered(later, "r2")
    assert seen == ["chief", "head"]


# -- what is left out, and what with it -------------------------------------------------------------------------------


def test_a_skipped_reaction_whose_own_consequence_is_refused_leaves_out_all_of_it_and_no_more(
    store: Store, clock: ManualClock
):
    @reaction(after=Ask.answer, if_refused="skip")
    def send_two(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Errand.send_for(request=case.id)
        yield Errand.go_round(doer="olga", title="the second")

    @reaction(after=Errand.send_for)
    def then_expire_twice(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.ask_twice(text="x", number="7")
        yield Ask.expire().on(case.data.request)
        yield Ask.expire().on(case.data.request)

    engine = reacting(store, clock, send_two, then_expire_twice)
    asked(engine)
    assert (answered(engine).stage, engine.case("r1").version) == ("asked", 2)
    assert [case.id for case in engine.cases()] == ["r1", "r1:2.2"]
    assert (store.holder("request.number:7"), store.messages("dead")) == (None, [])
    assert engine.verify() == ()


def test_a_refusal_of_what_follows_says_what_it_follows_from_and_names_no_way_out_of_the_systems(
    store: Store, clock: ManualClock
):
    @reaction(after=Ask.answer)
    def confirm(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.confirm().on(case)

    engine = reacting(store, clock, confirm)
    asked(engine)
    with pytest.raises(StepRefused) as refused:
        answered(engine)
    assert (refused.value.step, refused.value.after, refused.value.allowed) == ("confirm", "answer", ())
    assert str(refused.value).startswith("confirm, which follows from answer, refused: ")


# -- which cases it finds ---------------------------------------------------------------------------------------------


def test_a_reaction_finds_the_cases_where_a_step_is_possible_by_the_page_of_each(store: Store, clock: ManualClock):
    class Slower(Ask):
        """A firm's own page, on which a request is thought over and may be nudged then, too."""

        version = 2
        pondered = Stage("Pondered", CHIEF, no_term="a test")
        ponder = Step(Ask.asked.to(pondered), "Ponder", by=CHIEF)
        nudge = Ask.nudge.rerouted(stay(pondered))

        @classmethod
        def keys(cls, data: Request) -> tuple[str, ...]:
            return (f"slower:{data.number}",)

    found: dict[str, list[str]] = {}

    @reaction(after=Errand.finish)
    def look_round(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.ask_twice(text="new")
        asking: dict[str, Any] = {"all": {}, "asked": {"stage": "asked"}, "keyed": {"key": "slower:9"}}
        for name, more in asking.items():
            found[name] = [one.id for one in look.cases(Ask, before=Ask.nudge, **more)]

    first = requests_engine(store, clock)
    asked(first)
    asked(first, "r2")
    first.perform("r2", Ask.deny(), by=HELEN)
    engine = requests_engine(store, clock, rulebook=RULES.extended("slow", processes=[Slower], reactions=[look_round]))
    asked(engine, "r3", number="9")
    engine.perform("r3", "ponder", by=IVAN)
    engine.start(Errand.send(title="t"), by=HELEN, case_id="e1")
    engine.perform("e1", Errand.finish(), by=HELEN)
    assert found == {"all": ["r1", "r3"], "asked": ["r1"], "keyed": ["r3"]}


# -- unique keys ------------------------------------------------------------------------------------------------------


def ask_for_seven(case: Case[Any], event: Event, look: Look) -> Follows:
    yield Ask.ask_twice(text="x", number="7")
    yield from send_errand(case, event, look)


def test_a_key_that_a_reaction_needs_and_another_case_holds_refuses_all(store: Store, clock: ManualClock):
    engine = reacting(store, clock, reaction(after=Ask.answer)(ask_for_seven))
    asked(engine, number="7")
    before = everything(store)
    with pytest.raises(StepRefused) as refused:
        answered(engine)
    assert [(one.code, one.process) for one in refused.value.refusals] == [("key_taken", "request")]
    assert everything(store) == before


def test_two_cases_of_one_command_that_take_one_key_refuse_all(store: Store, clock: ManualClock):
    @reaction(after=Ask.answer)
    def ask_twice_over(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.ask_twice(text="x", number="7")
        yield Ask.ask_twice(text="y", number="7")

    engine = reacting(store, clock, ask_twice_over)
    asked(engine)
    before = everything(store)
    with pytest.raises(StepRefused) as refused:
        answered(engine)
    assert [one.code for one in refused.value.refusals] == ["key_taken"]
    assert everything(store) == before


def test_a_skipped_reaction_whose_unique_key_is_taken_is_skipped_and_the_command_goes_through(
    store: Store, clock: ManualClock
):
    engine = reacting(store, clock, reaction(after=Ask.answer, if_refused="skip")(ask_for_seven))
    asked(engine, number="7")
    assert answered(engine).data.answers == ("yes",)
    assert [case.id for case in engine.cases()] == ["r1", "r1:2.2"], "no second seven, and what follows all the same"
    assert store.holder("request.number:7") == "r1"
    assert engine.verify() == ()


def test_a_skipped_reaction_whose_key_the_same_command_has_taken_is_skipped(store: Store, clock: ManualClock):
    @reaction(after=Ask.answer, if_refused="skip")
    def ask_twice_over(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.ask_twice(text="x", number="7")
        yield Ask.ask_twice(text="y", number="7")
        yield Ask.renumber(number=None).on("r1:2.1")
        yield Ask.ask_twice(text="z", number="7")

    engine = reacting(store, clock, ask_twice_over)
    asked(engine)
    answered(engine)
    assert {case.id: case.data.number for case in engine.cases(Ask)} == {"r1": None, "r1:2.1": None, "r1:2.4": "7"}
    assert store.holder("request.number:7") == "r1:2.4"
    assert engine.verify() == ()


def test_a_skipped_reaction_whose_key_is_taken_at_the_last_moment_is_skipped(store: Store, clock: ManualClock):
    class Meddled:
        """A store in which somebody takes number 7 just before the first commit."""

        def __init__(self) -> None:
            self.meddle: Any = lambda: asked(requests_engine(store, clock), "r7", number="7")

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def commit(self, batch: Any) -> Any:
            self.meddle, meddle = None, self.meddle
            if meddle is not None:
                meddle()
            return store.commit(batch)

    asked(requests_engine(store, clock))
    engine = reacting(Meddled(), clock, reaction(after=Ask.answer, if_refused="skip")(ask_for_seven))
    assert answered(engine).data.answers == ("yes",)
    assert [case.id for case in engine.cases()] == ["r1", "r1:2.2", "r7"]


def test_keys_change_hands_within_one_command(store: Store, clock: ManualClock):
    """The number goes to a new request, is wanted back for a moment, and ends with another one."""

    @reaction(after=Ask.renumber)
    def hand_over(case: Case[Any], event: Event, look: Look) -> Follows:
        if event.id == "r1:2":
            yield Ask.ask_twice(text="x", number="7")
            yield Ask.renumber(number="8").on("r1")
            yield Ask.renumber(number="9").on("r1")

    engine = reacting(store, clock, hand_over)
    asked(engine, number="7")
    engine.perform("r1", Ask.renumber(number=None), by=ANNA)
    assert {case.id: case.data.number for case in engine.cases()} == {"r1": "9", "r1:2.1": "7"}
    assert [store.holder(f"request.number:{number}") for number in "789"] == ["r1:2.1", None, "r1"]
    engine.perform("r1", Ask.renumber(number="9"), by=BORIS)
    assert store.holder("request.number:9") == "r1"
    assert engine.verify() == ()


def test_a_key_let_go_and_taken_again_within_one_command_stays(store: Store, clock: ManualClock):
    @reaction(after=Ask.renumber)
    def take_back(case: Case[Any], event: Event, look: Look) -> Follows:
        if event.by != "system":
            yield Ask.renumber(number="7").on(case)

    engine = reacting(store, clock, take_back)
    asked(engine, number="7")
    engine.perform("r1", Ask.renumber(number="8"), by=ANNA)
    assert (store.holder("request.number:7"), store.holder("request.number:8")) == ("r1", None)
    with pytest.raises(StepRefused, match="belongs to case r1 already"):
        asked(engine, None, number="7")


# -- matched by id ----------------------------------------------------------------------------------------------------


class Ours(Ask):
    """The firm's own requests, one version on."""

    version = 2


class Copied(Ask):
    """The firm's own, of the same version."""


@pytest.mark.parametrize("page", [Ours, Copied])
def test_a_page_that_inherits_keeps_its_reactions(store: Store, clock: ManualClock, page: type[Ask]):
    old = reacting(store, clock, SEND_ERRAND)
    asked(old)
    rules = RULES.extended("reacting", reactions=[SEND_ERRAND]).extended("ours", processes=[page])
    engine = requests_engine(store, clock, rulebook=rules)
    new = asked(engine, "r2")
    assert (new.process_version, new.rulebook) == (page.version, "ours")
    for case_id in ("r1", "r2"):
        answered(engine, case_id)
    assert [case.id for case in engine.cases(Errand)] == ["r1:2.1", "r2:2.1"], "of the old page as of the new one"
    assert engine.case("r1").process_version == 1


def test_a_reaction_to_an_inherited_step_is_one_to_the_step_it_comes_from(store: Store, clock: ManualClock):
    mine = reaction(after=Ours.answer)(send_errand)
    assert (mine.process, mine.step) == (SEND_ERRAND.process, SEND_ERRAND.step) == ("request", "answer")
    engine = reacting(store, clock, mine)
    asked(engine)
    answered(engine)
    assert engine.count(Errand) == 1


def test_a_reaction_acts_on_cases_of_every_version(store: Store, clock: ManualClock):
    @reaction(after=Errand.finish)
    def nudge_all(case: Case[Any], event: Event, look: Look) -> Follows:
        for one in look.cases(Ask):
            yield Ask.nudge().on(one)
        yield Ask.ask_twice(text="a new one is of the newest version")

    asked(requests_engine(store, clock))
    rules = RULES.extended("ours", processes=[Ours], reactions=[nudge_all])
    engine = requests_engine(store, clock, rulebook=rules)
    asked(engine, "r2")
    engine.start(Errand.send(title="t"), by=HELEN, case_id="e1")
    engine.perform("e1", Errand.finish(), by=HELEN)
    assert {case.id: case.process_version for case in engine.cases(Ask)} == {"r1": 1, "r2": 2, "e1:2.3": 2}
    assert [engine.history(one)[-1].step for one in ("r1", "r2")] == ["nudge", "nudge"]


# -- refused beforehand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Reaction("reqest", "answer", send_errand), "'send_errand' follows on process 'reqest', which is not there"),
        (Reaction("request", "anser", send_errand), "'send_errand' follows on request.anser, which is not there"),
    ],
)
def test_a_reaction_to_what_is_not_there_is_refused_when_the_rulebook_is_made(one: Reaction, said: str):
    with pytest.raises(DeclarationError) as wrong:
        RULES.extended("mine", reactions=[one])
    assert said in str(wrong.value)


def test_a_reaction_to_a_process_that_is_left_out_is_refused_when_the_rulebook_is_made():
    with pytest.raises(DeclarationError, match="'send_errand' follows on process 'request'"):
        Rulebook("mine", roles=RULES.roles, processes=[Errand], reactions=[SEND_ERRAND])
    mine = RULES.extended("ours", reactions=[SEND_ERRAND])
    assert mine.extended("less", without=[SEND_ERRAND]).reactions == ()


def test_a_reaction_to_a_step_that_the_own_page_goes_without_is_refused_when_the_rulebook_is_made():
    class Mute(Ask, without=[Ask.answer, Ask.first_answer]):
        version = 3

    with pytest.raises(DeclarationError, match=r"follows on request\.answer, which is not there"):
        RULES.extended("reacting", reactions=[SEND_ERRAND]).extended("mute", processes=[Mute])


@pytest.mark.parametrize("other", ["answer", Ask, Ask.asked, None])
def test_a_reaction_names_steps(other: Any):
    with pytest.raises(DeclarationError, match="names steps such as"):
        reaction(after=other)
    with pytest.raises(DeclarationError, match="names steps such as"):
        reaction(after=Ask.answer, then=[Ask.nudge, other])


def test_reactions_that_say_what_they_ask_for_are_checked_for_loops_when_the_rulebook_is_made():
    def nudge(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.nudge().on(case)

    loop = [reaction(after=one, then=Ask.nudge)(nudge) for one in (Ask.answer, Ask.nudge)]
    with pytest.raises(DeclarationError, match=r"what follows on request\.nudge leads back to it: break the loop"):
        RULES.extended("looping", reactions=loop)
    stray = Reaction("request", "answer", nudge, then=(("request", "nuge"), ("reqest", "nudge")))
    with pytest.raises(DeclarationError) as wrong:
        RULES.extended("straying", reactions=[stray])
    assert "'nudge' asks for request.nuge, which is not there" in str(wrong.value)
    assert "'nudge' asks for process 'reqest', which is not there" in str(wrong.value)


def test_a_reaction_asks_for_nothing_that_it_has_not_named(store: Store, clock: ManualClock):
    engine = reacting(store, clock, reaction(after=Ask.answer, then=Ask.nudge)(send_errand))
    asked(engine)
    before = everything(store)
    with pytest.raises(DeclarationError, match=r"asks for errand\.go_round, which it does not name"):
        answered(engine)
    assert everything(store) == before


def test_a_reaction_is_skipped_or_refuses_and_nothing_else():
    with pytest.raises(DeclarationError, match='is to "skip" or "refuse", not \'ignore\''):
        Reaction("request", "answer", send_errand, if_refused="ignore")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("yields", "error", "said"),
    [
        (lambda case: Ask.nudge(), DeclarationError, "yields Ask.nudge()"),
        (lambda case: None, DeclarationError, "yields None"),
        (lambda case: Errand.reopen().on(case), CaseMismatch, "is of process 'request', not 'errand'"),
        (lambda case: Follow(Ask.command("nudge"), "r9"), SalesregError, "no case 'r9'"),
    ],
)
def test_a_reaction_that_yields_nonsense_stops_the_command(
    store: Store, clock: ManualClock, yields: Any, error: type[SalesregError], said: str
):
    @reaction(after=Ask.answer, if_refused="skip")
    def nonsense(case: Case[Any], event: Event, look: Look) -> Follows:
        yield yields(case)

    engine = reacting(store, clock, nonsense)
    asked(engine)
    before = everything(store)
    with pytest.raises(error) as wrong:
        answered(engine)
    assert said in str(wrong.value)
    assert everything(store) == before


def test_a_reaction_takes_no_step_that_the_page_of_its_case_does_not_have(store: Store, clock: ManualClock):
    class Calm(Ask, without=[Ask.nudge, Ask.nudging]):
        version = 2

    @reaction(after=Ask.answer)
    def nudge(case: Case[Any], event: Event, look: Look) -> Follows:
        yield Ask.nudge().on(case)

    engine = requests_engine(store, clock, rulebook=RULES.extended("calm", processes=[Calm], reactions=[nudge]))
    asked(engine)
    with pytest.raises(UnknownStep, match="'request' has no step 'nudge'"):
        answered(engine)
