"""The engine: one command is one transaction, on memory and on SQLite alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    BORIS,
    DECIDES,
    FAINA,
    HELEN,
    IVAN,
    OLGA,
    PEOPLE,
    REGULATION,
    Ask,
    Errand,
    Request,
    moscow,
    requests_engine,
)  # fmt: skip

from salesreg import Delegation, Process, ProcessEngine, Regulation, Role, Stage, Step, StepRefused, start
from salesreg.adapters.memory import MemoryDirectory
from salesreg.decide import decide
from salesreg.domain.people import SYSTEM
from salesreg.errors import (
    CaseMismatch,
    CaseNotFound,
    CommandKeyReused,
    NaiveDatetimeError,
    OrphanedCases,
    OutOfOrder,
    ParameterNotSet,
    ParameterTypeError,
    PayloadError,
    SalesregError,
    StoreUnavailable,
    UnknownEmployee,
    UnknownProcess,
    UnknownStage,
    UnknownStep,
    VersionConflict,
)
from salesreg.ports import ObligationQuery, Store
from salesreg.processes import Case, Event, Recurring
from salesreg.reactions import MAX_DEPTH, Follow, Look, Reaction
from salesreg.testing import ManualClock

MINUTE = dt.timedelta(minutes=1)


class Meddled:
    """A store in which somebody else gets in just before a commit, as often as asked."""

    def __init__(self, store: Store, meddle: Callable[[], object], times: int = 1) -> None:
        self._store, self._meddle, self._times = store, meddle, times
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, batch: Any) -> Any:
        self.commits += 1
        if self._times:
            self._times -= 1
            self._meddle()
        return self._store.commit(batch)


class Leafed:
    """A store that hands everything out in pages of two."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def events(self, case_id: str | None = None, after: int | None = None, limit: int = 2) -> Any:
        return self._store.events(case_id, after, limit)

    def find(self, query: Any) -> Any:
        return self._store.find(attrs.evolve(query, limit=min(query.limit, 2)))


def asked(engine: ProcessEngine, **given: Any) -> Case[Any]:
    case: Case[Any] = engine.start("request", by=ANNA, step="ask", **{"text": "May I?", **given})
    return case


def snapshot(engine: ProcessEngine) -> Any:
    """Everything that a command could have left behind."""
    store = engine._store
    return (
        engine.cases(),
        list(store.events()),
        store.obligations(ObligationQuery()),
        store.messages("waiting"),
    )


# -- starting and performing ------------------------------------------------------------------------------------------


def test_a_case_is_started_performed_on_and_found_as_it_was_left(engine: ProcessEngine, clock: ManualClock):
    case = asked(engine, case_id="r1")
    clock.advance(MINUTE)
    answered = engine.perform("r1", "answer", by="helen", text="yes")
    assert (answered.version, answered.data.answers, answered.last_at) == (2, ("yes",), clock.now())
    assert engine.case("r1") == answered
    assert engine.perform(case, Ask.answer, by=HELEN, text="and yes").version == 3, "what is stored counts"
    assert [(event.step, event.by) for event in engine.history(case)] == [
        ("ask", "anna"), ("answer", "helen"), ("answer", "helen"),
    ]  # fmt: skip
    assert engine.verify() == ()


def test_a_process_with_several_first_steps_wants_to_know_which(engine: ProcessEngine):
    with pytest.raises(
        UnknownStep, match="a 'request' case can begin in several ways: say step= one of ask, ask_twice"
    ):
        engine.start(Ask, by=ANNA, text="x")
    assert engine.start(Ask, step=Ask.ask_twice, by=ANNA, text="x").stage == "asked"


def test_an_id_is_drawn_chosen_or_follows_from_the_command_key(engine: ProcessEngine):
    drawn, again = asked(engine), asked(engine)
    assert drawn.id != again.id
    assert drawn.id.startswith("request-")
    assert asked(engine, case_id="mine").id == "mine"
    keyed = asked(engine, command_key="k1")
    other = engine.start("request", by=BORIS, step="ask", text="x", command_key="k2")
    assert keyed.id != other.id


@pytest.mark.parametrize("case_id", ["a b/с:1'\"%_", "日本\n\t", "x" * 300, "-1", "r:1:2"])
def test_case_ids_may_hold_anything(engine: ProcessEngine, case_id: str):
    asked(engine, case_id=case_id)
    engine.perform(case_id, "answer", by=HELEN, text="yes")
    assert [case.id for case in engine.cases()] == [case_id]
    assert engine.history(case_id)[1].id == f"{case_id}:2"
    assert len(engine.obligations(case=case_id)) == 2
    assert engine.verify() == ()


def test_a_case_of_that_id_exists_already(engine: ProcessEngine):
    asked(engine, case_id="r1")
    before = snapshot(engine)
    with pytest.raises(VersionConflict, match="a case 'r1' exists already"):
        asked(engine, case_id="r1")
    assert snapshot(engine) == before


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        (
            lambda e: e.start("reqest", by=ANNA),
            UnknownProcess,
            "no process 'reqest'; this engine knows errand, request",
        ),
        (lambda e: e.start("request", step="aks", by=ANNA), UnknownStep, "has no step 'aks'"),
        (lambda e: e.start("request", step="ask", by="ana", text="x"), UnknownEmployee, "close to it: 'anna'"),
        (lambda e: e.start("request", step="ask", by=ANNA), PayloadError, "text: missing"),
        (lambda e: e.start("request", step="answer", by=HELEN, text="x"), CaseMismatch, "'answer' needs a case"),
        (lambda e: e.start("request", step="ask", by=HELEN, text="x"), StepRefused, "is for sales manager"),
        (lambda e: e.perform("r9", "answer", by=HELEN, text="x"), CaseNotFound, "no case 'r9' in the store"),
        (lambda e: e.perform("r1", "anser", by=HELEN, text="x"), UnknownStep, "has no step 'anser'"),
        (lambda e: e.perform("r1", "ask", by=ANNA, text="x"), CaseMismatch, "'r1' has begun already"),
        (lambda e: e.perform("r1", "answer", by=HELEN), PayloadError, "text: missing"),
        (lambda e: e.perform("r1", "answer", by=HELEN, text="x", with_help_of=["nobody"]), UnknownEmployee, "'nobody'"),
        (lambda e: e.perform("r1", "answer", by=HELEN, text="x", with_help_of=[5]), PayloadError, "with_help_of"),
        (lambda e: e.perform("r1", "answer", by=HELEN, text="x", with_help_of=5), PayloadError, "with_help_of"),
        (lambda e: e.perform("r1", "confirm", by=FAINA), StepRefused, "is possible in 'Checking'"),
        (lambda e: e.perform("r1", "amend", by=ANNA, expected_version=7), VersionConflict, "is at version 1, not 7"),
        (lambda e: e.start("errand", step="send", by=HELEN, title="t", request="r9"), CaseNotFound, "no case 'r9'"),
        (lambda e: e.case("r9"), CaseNotFound, "no case 'r9'"),
        (lambda e: e.history("r9"), CaseNotFound, "no case 'r9'"),
        (lambda e: e.available("r9", by=HELEN), CaseNotFound, "no case 'r9'"),
        (lambda e: e.obligations(owner="nobody"), UnknownEmployee, "'nobody'"),
    ],
)
def test_every_wrong_command_has_its_own_error_and_leaves_nothing(
    engine: ProcessEngine, command: Callable[[ProcessEngine], Any], error: type[SalesregError], said: str
):
    asked(engine, case_id="r1")
    before = snapshot(engine)
    with pytest.raises(error) as wrong:
        command(engine)
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert snapshot(engine) == before


def test_nobody_acts_on_roles_that_the_caller_claims_for_them(engine: ProcessEngine):
    asked(engine, case_id="r1")
    impostor = attrs.evolve(ANNA, roles=[Role.HEAD_OF_COMMERCIAL])
    with pytest.raises(StepRefused, match="Anna is sales manager"):
        engine.perform("r1", "answer", by=impostor, text="yes")
    with pytest.raises(StepRefused):
        engine.perform("r1", "expire", by=IVAN)
    assert engine.perform("r1", "expire", by=SYSTEM).stage == "denied"


def test_employees_in_a_payload_are_looked_up_and_recorded_by_id(engine: ProcessEngine):
    asked(engine, case_id="r1")
    engine.perform("r1", "answer", by=HELEN, text="yes", with_help_of=["faina", BORIS])
    assert engine.history("r1")[-1].payload["with_help_of"] == ["faina", "boris"]
    errand = engine.start(Errand, step="send", by=HELEN, title="t", doer="olga")
    assert errand.data.doer == "olga"
    assert engine.start(Errand, step="send", by=HELEN, title="t", doer=None).data.doer is None


def test_a_refusal_says_what_may_be_done_instead_by_all_that_it_rests_on(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused) as free:
        engine.perform("r1", "confirm", by=HELEN)
    assert "wrap_up" in free.value.allowed
    engine.start(Errand, step="send", by=HELEN, title="t", request="r1", case_id="e1")
    with pytest.raises(StepRefused) as busy:
        engine.perform("r1", "confirm", by=HELEN)
    assert "wrap_up" not in busy.value.allowed
    assert [one.code for one in busy.value.refusals] == ["wrong_stage"]


# -- delegation -------------------------------------------------------------------------------------------------------


@pytest.fixture
def covered(store: Store, clock: ManualClock) -> ProcessEngine:
    first, last = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
    away = [Delegation("helen", "boris", first, last), Delegation("ivan", "boris", first, last, roles=[Role.FINANCE])]
    return requests_engine(store, clock, directory=MemoryDirectory(PEOPLE, away))


def test_a_deputy_acts_while_the_delegation_lasts_in_the_companys_days(covered: ProcessEngine, clock: ManualClock):
    asked(covered, case_id="r1")
    clock.move_to(moscow("2026-03-03 23:59"))
    covered.perform("r1", "answer", by="boris", text="yes")
    event = covered.history("r1")[-1]
    assert (event.by, event.on_behalf_of, event.role) == ("boris", "helen", Role.HEAD_OF_COMMERCIAL)
    clock.move_to(moscow("2026-03-04 00:00"))
    with pytest.raises(StepRefused, match="Boris is sales manager"):
        covered.perform("r1", "answer", by="boris", text="yes")


def test_a_delegation_of_roles_that_the_absent_does_not_hold_is_worth_nothing(covered: ProcessEngine):
    asked(covered, case_id="r1")
    actor = covered._people.actor("boris", covered._now())
    assert [one.id for one in actor.absent] == ["helen"]


# -- questions --------------------------------------------------------------------------------------------------------


def test_cases_are_found_by_process_stage_end_key_and_parent_page_by_page(engine: ProcessEngine):
    asked(engine, case_id="r1", number="7")
    asked(engine, case_id="r2")
    engine.perform("r2", "deny", by=IVAN)
    engine.start(Errand, step="send", by=HELEN, title="t", request="r1", case_id="e1")

    def ids(**query: Any) -> list[str]:
        return [case.id for case in engine.cases(**query)]

    assert ids() == ["e1", "r1", "r2"]
    assert ids(process="request") == ids(process=Ask) == ["r1", "r2"]
    assert ids(stage="denied") == ids(ended=True) == ["r2"]
    assert ids(key="request.number:7") == ["r1"]
    assert ids(parent="r1") == ["e1"]
    assert ids(after="e1", limit=1) == ["r1"]


def test_available_judges_children_too(engine: ProcessEngine):
    asked(engine, case_id="r1")

    def wrap_up() -> bool:
        return {one.step.id: one.allowed for one in engine.available("r1", by=HELEN)}["wrap_up"]

    assert wrap_up()
    errand = engine.start(Errand, step="send", by=HELEN, title="t", request="r1")
    assert not wrap_up()
    assert engine.perform(errand, "finish", by=OLGA).stage == "done"
    assert wrap_up()
    assert engine.available(engine.case("r1"), by="anna")


def test_obligations_are_found_by_case_owner_and_status_as_of_now(engine: ProcessEngine, clock: ManualClock):
    asked(engine, case_id="r1")
    asked(engine, case_id="r2")
    engine.perform("r2", "answer", by=HELEN, text="yes")
    engine.start(Errand, step="send", by=HELEN, title="t", doer=OLGA, case_id="e1")

    def found(**query: Any) -> list[tuple[str, str]]:
        return [(one.id, str(one.status)) for one in engine.obligations(**query)]

    assert found(case="r2") == [("r2:request.answer:1", "met"), ("r2:request.decide:1", "open")]
    assert found(case=engine.case("r1"), status="open") == [
        ("r1:request.answer:1", "open"), ("r1:request.decide:1", "open"),
    ]  # fmt: skip
    assert found(owner=OLGA) == found(owner="olga") == [("e1:errand.finish:1", "open")]
    assert found(owner=Role.COMMERCIAL_SPECIALIST) == []
    assert len(found(owner=HELEN)) == len(found(owner=Role.HEAD_OF_COMMERCIAL)) == 4
    assert found(status="met") == [("r2:request.answer:1", "met")]
    assert len(found(limit=2)) == 2

    clock.move_to(moscow("2026-03-02 10:30"))
    assert found(status="breached") == []
    clock.advance(dt.timedelta(microseconds=1))
    assert found(status="breached") == [("r1:request.answer:1", "breached")]
    assert "r1:request.answer:1" not in [one for one, _ in found(status="open")]
    engine.perform("r1", "pause", by=HELEN)
    assert found(status="paused") == [("r1:request.decide:1", "paused")]
    engine.perform("r1", "deny", by=HELEN)
    assert found(case="r1", status="cancelled") == [("r1:request.decide:1", "cancelled")]
    assert ("r1:request.answer:1", "breached") in found(case="r1"), "given up late is breached for ever"


def test_a_limit_counts_what_is_asked_for(engine: ProcessEngine, clock: ManualClock):
    for number in range(4):
        asked(engine, case_id=f"r{number}")
    clock.move_to(moscow("2026-03-02 11:00"))
    assert len(engine.obligations(status="breached", limit=3)) == 3
    assert len(engine.obligations(status="open", limit=3)) == 3


def test_long_histories_and_many_children_are_read_page_by_page(store: Store, clock: ManualClock):
    leafed = requests_engine(Leafed(store), clock)
    asked(leafed, case_id="r1")
    for number in range(5):
        leafed.perform("r1", "answer", by=HELEN, text=f"{number}")
        leafed.start(Errand, step="send", by=HELEN, title="t", request="r1", case_id=f"e{number}")
    assert [event.version for event in leafed.history("r1")] == list(range(1, 12))
    assert leafed.verify() == ()
    with pytest.raises(StepRefused, match="still open"):
        leafed.perform("r1", "wrap_up", by=HELEN)
    for number in range(5):
        leafed.perform(f"e{number}", "finish", by=OLGA)
    assert leafed.perform("r1", "wrap_up", by=HELEN).version == 17


def test_the_engine_shows_what_it_runs(engine: ProcessEngine):
    assert repr(engine).startswith(
        f"ProcessEngine({type(engine._store).__name__}, request, errand, Regulation('test', "
    )


def test_a_closed_engine_does_nothing(store: Store, clock: ManualClock):
    with requests_engine(store, clock) as engine:
        asked(engine, case_id="r1")
    engine.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        engine.case("r1")


# -- somebody else was first ------------------------------------------------------------------------------------------


def test_a_command_that_lost_a_race_looks_again_and_succeeds(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", "answer", by=HELEN, text="mine"), times=3)
    case = requests_engine(meddled, clock).perform("r1", "answer", by=HELEN, text="yours")
    assert case.data.answers == ("mine", "mine", "mine", "yours")
    assert meddled.commits == 4
    assert engine.verify() == ()


def test_a_command_that_lost_a_race_is_refused_if_the_case_has_moved_on(
    store: Store, clock: ManualClock, engine: ProcessEngine
):
    asked(engine, case_id="r1")
    racing = requests_engine(Meddled(store, lambda: engine.perform("r1", "deny", by=IVAN)), clock)
    with pytest.raises(StepRefused, match="the case stands in 'Denied'"):
        racing.perform("r1", "answer", by=HELEN, text="late")


def test_losing_again_and_again_ends_in_a_conflict(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", "amend", by=ANNA), times=100)
    with pytest.raises(VersionConflict, match="somebody else wrote it first"):
        requests_engine(meddled, clock).perform("r1", "answer", by=HELEN, text="never")
    assert meddled.commits == 6
    assert engine.case("r1").data.answers == ()


def test_an_expected_version_is_not_retried(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", "amend", by=ANNA))
    with pytest.raises(VersionConflict) as moved:
        requests_engine(meddled, clock).perform("r1", "answer", by=HELEN, text="x", expected_version=1)
    assert (moved.value.case_id, meddled.commits) == ("r1", 1)
    assert engine.perform("r1", "answer", by=HELEN, text="x", expected_version=2).version == 3


def test_a_case_with_a_chosen_id_waits_for_a_busy_parent(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")
    meddled = Meddled(store, lambda: engine.perform("r1", "amend", by=ANNA), times=2)
    racing = requests_engine(meddled, clock)
    errand = racing.start(Errand, step="send", by=HELEN, title="t", request="r1", case_id="e1")
    assert (errand.id, meddled.commits) == ("e1", 3)
    see = Meddled(store, lambda: engine.perform("r1", "amend", by=ANNA))
    assert requests_engine(see, clock).perform("e1", "finish", by=OLGA, expected_version=1).stage == "done"


def test_a_guard_over_children_misses_none_that_begins_meanwhile(
    store: Store, clock: ManualClock, engine: ProcessEngine
):
    asked(engine, case_id="r1")

    def send() -> None:
        engine.start(Errand, step="send", by=HELEN, title="t", request="r1", case_id="e1")

    with pytest.raises(StepRefused, match="an errand is still open"):
        requests_engine(Meddled(store, send), clock).perform("r1", "wrap_up", by=HELEN)
    engine.perform("e1", "finish", by=OLGA)
    again = Meddled(store, lambda: engine.perform("e1", "reopen", by=HELEN))
    with pytest.raises(StepRefused, match="an errand is still open"):
        requests_engine(again, clock).perform("r1", "wrap_up", by=HELEN)


def test_children_bump_their_parent_when_they_begin_and_end(engine: ProcessEngine, clock: ManualClock):
    asked(engine, case_id="r1")
    clock.advance(MINUTE)
    errand = engine.start(Errand, step="send", by=HELEN, title="t", request="r1")
    assert (engine.case("r1").version, engine.case("r1").last_at) == (2, clock.now())
    engine.perform(errand, "see", by=OLGA)
    assert engine.case("r1").version == 2
    engine.perform(errand, "finish", by=OLGA)
    assert [(event.step, event.cause) for event in engine.history("r1")] == [
        ("ask", None), ("child_started", f"{errand.id}:1"), ("child_ended", f"{errand.id}:3"),
    ]  # fmt: skip
    assert engine.verify() == ()


def test_a_child_that_moves_to_another_parent_tells_both(engine: ProcessEngine):
    asked(engine, case_id="r1")
    asked(engine, case_id="r2")
    errand = engine.start(Errand, step="send", by=HELEN, title="t", request="r1")
    engine.perform(errand, "belong_to", by=HELEN, request="r2")
    assert [event.step for event in engine.history("r1")] == ["ask", "child_started", "child_ended"]
    assert [event.step for event in engine.history("r2")] == ["ask", "child_started"]
    assert [case.id for case in engine.cases(parent="r2")] == [errand.id]
    engine.perform(errand, "belong_to", by=HELEN, request=None)
    assert engine.cases(parent="r2") == ()
    assert engine.verify() == ()


# -- command keys -----------------------------------------------------------------------------------------------------


def test_a_repeated_command_returns_the_first_result_and_does_nothing(engine: ProcessEngine, clock: ManualClock):
    first = asked(engine, command_key="k1")
    answered = engine.perform(first.id, "answer", by=HELEN, text="yes", command_key="k2")
    engine.perform(first.id, "pause", by=HELEN)
    before = snapshot(engine)
    clock.advance(MINUTE)
    assert asked(engine, command_key="k1") == first
    assert engine.perform(first.id, "answer", by="helen", text="yes", command_key="k2") == answered
    assert engine.perform(first.id, "answer", by=HELEN, text="yes", command_key="k2", expected_version=1) == answered
    assert snapshot(engine) == before


def test_a_repeat_is_recognised_whatever_shape_its_payload_has(engine: ProcessEngine):
    first = asked(engine, case_id="r1", command_key="k1", expires_at=moscow("2026-04-01 10:00"))
    assert asked(engine, case_id="r1", command_key="k1", expires_at="2026-04-01T07:00:00Z", number=None) == first


@pytest.mark.parametrize(
    "other",
    [
        lambda e: e.perform("r1", "answer", by=HELEN, text="no", command_key="k"),
        lambda e: e.perform("r2", "answer", by=HELEN, text="yes", command_key="k"),
        lambda e: e.perform("r1", "pause", by=HELEN, command_key="k"),
        lambda e: e.perform("r1", "answer", by=IVAN, text="yes", command_key="k"),
        lambda e: e.start("request", step="ask", by=ANNA, text="x", command_key="k"),
    ],
)
def test_a_key_cannot_stand_for_another_command(engine: ProcessEngine, other: Callable[[ProcessEngine], Any]):
    asked(engine, case_id="r1")
    asked(engine, case_id="r2")
    engine.perform("r1", "answer", by=HELEN, text="yes", command_key="k")
    before = snapshot(engine)
    with pytest.raises(CommandKeyReused, match=r"'k' stood for another command before \(case 'r1', version 2\)"):
        other(engine)
    assert snapshot(engine) == before


def test_of_two_equal_commands_at_once_one_is_carried_out(store: Store, clock: ManualClock, engine: ProcessEngine):
    asked(engine, case_id="r1")

    def answer(of: ProcessEngine) -> Any:
        return of.perform("r1", "answer", by=HELEN, text="yes", command_key="k")

    results: list[Any] = []
    racing = requests_engine(Meddled(store, lambda: results.append(answer(engine))), clock)
    assert answer(racing) == results[0]
    assert engine.case("r1").data.answers == ("yes",)


def test_of_two_starts_under_one_key_one_is_carried_out(store: Store, clock: ManualClock, engine: ProcessEngine):
    results: list[Any] = []
    racing = requests_engine(Meddled(store, lambda: results.append(asked(engine, command_key="k"))), clock)
    assert asked(racing, command_key="k") == results[0]
    assert len(engine.cases()) == 1
    also = requests_engine(Meddled(store, lambda: asked(engine, command_key="q")), clock)
    with pytest.raises(CommandKeyReused):
        asked(also, command_key="q", text="something else")


def test_a_refused_command_does_not_use_its_key_up(engine: ProcessEngine):
    asked(engine, case_id="r1")
    with pytest.raises(StepRefused):
        engine.perform("r1", "decide", by=HELEN, command_key="k")
    engine.perform("r1", "answer", by=HELEN, text="yes")
    assert engine.perform("r1", "decide", by=HELEN, command_key="k").stage == "checking"


# -- unique keys ------------------------------------------------------------------------------------------------------


def test_a_key_that_another_case_holds_is_a_refusal(engine: ProcessEngine):
    asked(engine, case_id="r1", number="7")
    before = snapshot(engine)
    with pytest.raises(StepRefused) as taken:
        asked(engine, case_id="r2", number="7")
    (why,) = taken.value.refusals
    assert (why.code, why.got) == ("key_taken", "request.number:7")
    assert str(taken.value) == "ask refused: request.number:7 belongs to case r1 already"
    assert snapshot(engine) == before


# -- time -------------------------------------------------------------------------------------------------------------


def test_a_clock_that_goes_backwards_is_refused_until_it_catches_up(engine: ProcessEngine, clock: ManualClock):
    asked(engine, case_id="r1")
    clock.advance(-MINUTE)
    with pytest.raises(OutOfOrder, match="is earlier than the last event of case 'r1'"):
        engine.perform("r1", "answer", by=HELEN, text="yes")
    errand = engine.start(Errand, step="send", by=HELEN, title="t", request="r1")
    assert errand.last_at == clock.now()
    assert engine.case("r1").last_at == clock.now() + MINUTE
    clock.advance(MINUTE)
    assert engine.perform("r1", "answer", by=HELEN, text="yes").version == 3
    assert engine.verify() == ()


def test_a_clock_without_a_zone_is_refused(store: Store):
    class Naive:
        def now(self) -> dt.datetime:
            return moscow("2026-03-02 10:00").replace(tzinfo=None)

    with pytest.raises(NaiveDatetimeError):
        asked(requests_engine(store, Naive()))


# -- opening ----------------------------------------------------------------------------------------------------------

STRICTER = REGULATION.with_settings({"request.decide": "1 business day"})


def test_a_case_keeps_the_regulation_it_began_with(store: Store, clock: ManualClock):
    old = asked(requests_engine(store, clock), case_id="r1")
    later = requests_engine(store, clock, regulation=STRICTER)
    new = asked(later, case_id="r2")
    assert (old.regulation, new.regulation) == (REGULATION.content_hash, STRICTER.content_hash)
    later.perform("r1", "repeat", by=ANNA)
    later.perform("r2", "repeat", by=ANNA)
    due = {one.case: one.due for one in later.obligations(status="open") if one.norm == "request.decide"}
    assert due == {"r1": moscow("2026-03-04 18:00"), "r2": moscow("2026-03-03 18:00")}
    assert later.case("r1").regulation == REGULATION.content_hash
    assert later.verify() == ()


def test_an_engine_says_at_once_what_its_regulation_leaves_open(store: Store, clock: ManualClock):
    with pytest.raises(ParameterNotSet) as missing:
        requests_engine(store, clock, regulation=Regulation("bare"))
    assert missing.value.names == (
        "request.decide", "escalation.remind_before", "escalation.head_after", "escalation.ceo_after", "schedule",
    )  # fmt: skip


def test_a_duty_that_comes_back_needs_a_term_that_recurs(store: Store, clock: ManualClock):
    class Chore(Process[Request]):
        """A duty whose term the regulation gives, and gives wrongly."""

        id = "chore"
        todo = Stage("To do", owner=Role.CEO, no_term="a test")
        done = Stage("Done", final=True)
        begin = Step(start(todo), "Begin", by=Role.SYSTEM)
        finish = Step(todo.to(done), "Finish", by=Role.CEO)
        daily: Recurring[Request] = Recurring(DECIDES, step=begin, per=Role.CEO, payload=lambda who, day, opens: {})

        def on_begin(self) -> Request:
            return Request("system", "chore")

    with pytest.raises(ParameterTypeError, match='needs a term that recurs, such as "each working day", not \'2 bus'):
        requests_engine(store, clock, processes=[Chore])


def test_a_timer_that_the_process_has_no_more_is_a_dead_letter(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock), case_id="r1", expires_at=clock.now() + MINUTE)
    timers = Ask.timers
    clock.advance(MINUTE)
    try:
        Ask.timers = {}
        report = requests_engine(store, clock).tick()
    finally:
        Ask.timers = timers
    assert report.failed == [("r1", "expiry", "process 'request' version 1 has no timer 'expiry' any more")]


def test_running_cases_need_their_process_version(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock))
    with pytest.raises(OrphanedCases) as orphaned:
        requests_engine(store, clock, processes=[Errand])
    assert orphaned.value.missing == ("1 running case of 'request' version 1 need that version of the process",)


def test_ended_cases_do_not_stand_in_the_way(store: Store, clock: ManualClock):
    first = requests_engine(store, clock)
    first.perform(asked(first, case_id="r1"), "deny", by=IVAN)
    without = requests_engine(store, clock, processes=[Errand])
    with pytest.raises(UnknownProcess, match="no version 1 of process 'request'; this engine knows errand 1"):
        without.case("r1")
    assert without.verify() == ("r1: no version 1 of process 'request'; this engine knows errand 1",)


class Forgetful:
    """A store that has lost its regulations."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def regulation(self, content_hash: str) -> None:
        return None


def test_running_cases_need_their_regulation(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock), case_id="r1")
    asked(requests_engine(store, clock), case_id="r2")
    with pytest.raises(OrphanedCases, match="2 running cases of 'request' version 1 need the regulation"):
        requests_engine(Forgetful(store), clock, regulation=STRICTER)
    lost = requests_engine(store, clock, regulation=STRICTER)
    lost._store = Forgetful(store)
    with pytest.raises(OrphanedCases, match="does not hold the regulation"):
        lost.perform("r1", "answer", by=HELEN, text="x")


def test_running_cases_need_their_stage(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock), case_id="r1")
    known = Ask.stages
    try:
        Ask.stages = {name: stage for name, stage in known.items() if name != "asked"}
        with pytest.raises(UnknownStage, match="stand in the stage 'asked', which it does not have: migrate the cases"):
            requests_engine(store, clock)
    finally:
        Ask.stages = known


# -- reactions --------------------------------------------------------------------------------------------------------


def reacting(store: Store, clock: ManualClock, *reactions: Reaction) -> ProcessEngine:
    return requests_engine(store, clock, reactions=reactions)


def send_errand(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
    yield Follow("errand", "go_round", None, {"doer": "olga", "title": event.step})


def test_a_reaction_follows_in_the_same_transaction_by_the_system(store: Store, clock: ManualClock):
    engine = reacting(store, clock, Reaction(after=Ask.answer, do=send_errand, clause="R1"))
    asked(engine, case_id="r1")
    first = engine.perform("r1", "answer", by=HELEN, text="yes", command_key="k")
    assert first == engine.case("r1"), "the case as it stands, its new child included"
    (errand,) = engine.cases(process="errand")
    assert (errand.id, errand.data.doer) == ("r1.2.1", "olga")
    (event,) = engine.history(errand)
    assert (event.by, event.cause, event.command_key) == ("system", "r1:2", None)
    assert engine.perform("r1", "answer", by=HELEN, text="yes", command_key="k") == first
    assert len(engine.cases(process="errand")) == 1, "a repeat sets nothing off"
    assert engine.verify() == ()


def test_a_reaction_that_is_refused_refuses_the_whole_command(store: Store, clock: ManualClock):
    def then_expire_twice(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        yield from send_errand(case, event, look)
        yield Follow("request", "expire", case.id)
        yield Follow("request", "expire", case.id)

    engine = reacting(store, clock, Reaction(after=Ask.answer, do=then_expire_twice, clause="R1"))
    asked(engine, case_id="r1")
    before = snapshot(engine)
    with pytest.raises(StepRefused, match="expire refused"):
        engine.perform("r1", "answer", by=HELEN, text="yes")
    assert snapshot(engine) == before


def test_a_reaction_that_may_be_skipped_leaves_out_only_what_is_refused(store: Store, clock: ManualClock):
    def try_all(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        yield Follow("request", "confirm", case.id)
        yield from send_errand(case, event, look)

    engine = reacting(store, clock, Reaction(after=Ask.answer, do=try_all, clause="R1", if_refused="skip"))
    asked(engine, case_id="r1")
    assert engine.perform("r1", "answer", by=HELEN, text="yes").version == 2
    assert [case.id for case in engine.cases(process="errand")] == ["r1.2.2"]


def test_every_reaction_sees_the_event_that_set_it_off_and_what_has_changed_since(store: Store, clock: ManualClock):
    seen: list[tuple[str, str, int]] = []

    def nudge(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        seen.append((event.step, event.id, look.case(case.id).version))
        yield Follow("request", "nudge", case.id)

    twice = [Reaction(after=Ask.answer, do=nudge, clause="R1"), Reaction(after=Ask.answer, do=nudge, clause="R2")]
    engine = reacting(store, clock, *twice)
    asked(engine, case_id="r1")
    assert engine.perform("r1", "answer", by=HELEN, text="yes").version == 4
    assert seen == [("answer", "r1:2", 2), ("answer", "r1:2", 3)]
    assert [event.cause for event in engine.history("r1")] == [None, None, "r1:2", "r1:2"]


def test_a_reaction_looks_at_cases_as_the_command_has_left_them(store: Store, clock: ManualClock):
    found: dict[str, Any] = {}

    def look_round(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        yield Follow("request", "expire", "r2")
        yield from send_errand(case, event, look)
        found["asked"] = [one.id for one in look.cases("request", stage="asked")]
        found["denied"] = [one.id for one in look.cases("request", stage="denied")]
        found["all"] = [one.id for one in look.cases("request")]
        found["errands"] = [one.id for one in look.cases("errand")]
        found["seven"] = [one.id for one in look.cases("request", key="request.number:7")]
        found["eight"] = [one.id for one in look.cases("request", key="request.number:8")]
        found["children"] = [one.id for one in look.children(case.id, "errand")]
        found["nobody's"] = look.children("r2", "errand")
        found["value"] = look.value(Ask.parameters()[1])

    engine = reacting(store, clock, Reaction(after=Ask.answer, do=look_round, clause="R1"))
    asked(engine, case_id="r1", number="7")
    asked(engine, case_id="r2")
    asked(engine, case_id="r3")
    engine.start(Errand, step="send", by=HELEN, title="t", request="r1", case_id="e1")
    engine.perform("r1", "answer", by=HELEN, text="yes")
    assert found == {
        "asked": ["r1", "r3"],
        "denied": ["r2"],
        "all": ["r1", "r2", "r3"],
        "errands": ["e1", "r1.3.2"],
        "seven": ["r1"],
        "eight": [],
        "children": ["e1"],
        "nobody's": (),
        "value": Role.CEO,
    }


def test_a_guard_sees_children_that_the_same_command_began(store: Store, clock: ManualClock):
    seen: list[tuple[str, ...]] = []

    def send_and_look(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        yield Follow("errand", "send_for", None, {"request": case.id})
        seen.append(tuple(one.id for one in look.children(case.id, "errand")))

    engine = reacting(store, clock, Reaction(after=Ask.answer, do=send_and_look, clause="R1"))
    asked(engine, case_id="r1")
    engine.perform("r1", "answer", by=HELEN, text="yes")
    assert seen == [("r1.2.1",)]
    assert engine.history("r1")[-1].step == "child_started"
    assert engine.verify() == ()


def test_reactions_that_chase_one_another_are_stopped(store: Store, clock: ManualClock):
    def again(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        yield Follow("request", "nudge", case.id)

    loop = [Reaction(after=step, do=again, clause="R1") for step in (Ask.answer, Ask.nudge)]
    engine = reacting(store, clock, *loop)
    asked(engine, case_id="r1")
    with pytest.raises(SalesregError, match=rf"follow from one another more than {MAX_DEPTH} times: break the loop"):
        engine.perform("r1", "answer", by=HELEN, text="yes")
    assert engine.case("r1").version == 1


def test_a_reaction_keeps_to_the_regulation_of_its_case(store: Store, clock: ManualClock):
    def again(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        assert look.value(Ask.parameters()[0]) == REGULATION.value(Ask.parameters()[0])
        yield Follow("request", "nudge", case.id)

    asked(requests_engine(store, clock), case_id="r1")
    reaction = Reaction(after=Ask.answer, do=again, clause="R1")
    later = requests_engine(store, clock, regulation=STRICTER, reactions=[reaction])
    assert later.perform("r1", "answer", by=HELEN, text="yes").version == 3


def test_a_key_that_a_reaction_needs_and_another_case_holds_refuses_all(store: Store, clock: ManualClock):
    def ask_again(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        yield Follow("request", "ask_twice", None, {"text": "x", "number": "7"})

    engine = reacting(store, clock, Reaction(after=Ask.answer, do=ask_again, clause="R1"))
    asked(engine, case_id="r1", number="7")
    before = snapshot(engine)
    with pytest.raises(StepRefused) as refused:
        engine.perform("r1", "answer", by=HELEN, text="yes")
    assert [one.code for one in refused.value.refusals] == ["key_taken"]
    assert snapshot(engine) == before


def test_keys_change_hands_within_one_command(store: Store, clock: ManualClock):
    """The number goes to a new request, is wanted back for a moment, and ends with another one."""

    def hand_over(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        if event.id == "r1:2":
            yield Follow("request", "ask_twice", None, {"text": "x", "number": "7"})
            yield Follow("request", "renumber", "r1", {"number": "8"})
            yield Follow("request", "renumber", "r1", {"number": "9"})

    engine = reacting(store, clock, Reaction(after=Ask.renumber, do=hand_over, clause="R1"))
    asked(engine, case_id="r1", number="7")
    engine.perform("r1", "renumber", by=ANNA, number=None)
    assert {case.id: case.data.number for case in engine.cases()} == {"r1": "9", "r1.2.1": "7"}
    assert [store.holder(f"request.number:{number}") for number in "789"] == ["r1.2.1", None, "r1"]
    engine.perform("r1", "renumber", by=BORIS, number="9")
    assert store.holder("request.number:9") == "r1"
    assert engine.verify() == ()


def test_a_key_let_go_and_taken_again_within_one_command_stays(store: Store, clock: ManualClock):
    def take_back(case: Case[Any], event: Event, look: Look) -> Iterator[Follow]:
        if event.by != "system":
            yield Follow("request", "renumber", case.id, {"number": "7"})

    engine = reacting(store, clock, Reaction(after=Ask.renumber, do=take_back, clause="R1"))
    asked(engine, case_id="r1", number="7")
    engine.perform("r1", "renumber", by=ANNA, number="8")
    assert (store.holder("request.number:7"), store.holder("request.number:8")) == ("r1", None)
    with pytest.raises(StepRefused, match="belongs to case r1 already"):
        asked(engine, number="7")


# -- the same without an engine ---------------------------------------------------------------------------------------


def test_what_the_engine_stores_is_what_decide_says(engine: ProcessEngine, clock: ManualClock):
    case = asked(engine, case_id="r1")
    same = decide(Ask, None, "ask", by=ANNA, at=clock.now(), regulation=REGULATION, case_id="r1", text="May I?")
    assert case == same.case
    clock.advance(MINUTE)
    next_one = decide(Ask, case, "answer", by=HELEN, at=clock.now(), regulation=REGULATION, text="yes")
    assert engine.perform("r1", "answer", by=HELEN, text="yes") == next_one.case
