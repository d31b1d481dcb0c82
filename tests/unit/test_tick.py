"""What `tick` does: every rung, timer and duty exactly once, however many tick; messages until they arrive or die."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    ASKER,
    BORIS,
    FAINA,
    FINANCE,
    FINISH,
    HELEN,
    IVAN,
    OLGA,
    PEOPLE,
    REGULATION,
    REPORT,
    ROLES,
    ROUND,
    RULES,
    Ask,
    Errand,
    Task,
    moscow,
    requests_engine,
)

from salesreg import Employee, ProcessEngine, Rulebook
from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.engine.attempts import MAX_TRIES
from salesreg.engine.turns import LEASE
from salesreg.errors import StoreUnavailable, VersionConflict
from salesreg.ports import Delivered, Delivery, Done, Message, Permanent, Store, Temporary, Unknown
from salesreg.process import Assigned, Attempt, Recurring, Refusal, Sla, reaction
from salesreg.testing import ManualClock, RecordingNotifier

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
MANAGERLESS = MemoryDirectory([HELEN, FAINA, IVAN, OLGA])


def opened(
    store: Store, clock: ManualClock, *deliveries: Any, **others: Any
) -> tuple[ProcessEngine, RecordingNotifier]:
    """An engine without daily rounds, and what it tells people."""
    notifier = RecordingNotifier(*deliveries)
    return requests_engine(store, clock, notifier=notifier, **{"directory": MANAGERLESS, **others}), notifier


def asking(store: Store, clock: ManualClock, case_id: str = "r1", **given: Any) -> None:
    """Begin a request, as somebody who works here only now."""
    requests_engine(store, clock).start(Ask.ask(**{"text": "x", **given}), by=ANNA, case_id=case_id)


def rules_with(*pages: Any) -> Rulebook:
    """The rulebook with other pages of the same ids and versions."""
    mine = {page.id: page for page in pages}
    return Rulebook("requests", roles=ROLES, processes=[mine.get(page.id, page) for page in RULES.processes])


def told(notifier: RecordingNotifier) -> list[tuple[str, str]]:
    return [(message.template, message.to) for message in notifier.delivered]


# -- the ladder -------------------------------------------------------------------------------------------------------


def test_every_rung_is_climbed_when_it_comes_and_only_once(store: Store, clock: ManualClock):
    engine, notifier = opened(store, clock)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    one = "e1:errand.finish:1"
    seen = []
    for when in (
        "03-03 13:59",
        "03-03 14:00",
        "03-03 18:00",
        "03-03 18:01",
        "03-04 18:00",
        "03-11 18:00",
        "04-20 18:00",
    ):
        clock.move_to(moscow(f"2026-{when}"))
        report, again = engine.tick(), engine.tick()
        seen.append((report.reminded, report.breached, report.escalated))
        assert (again.reminded, again.breached, again.escalated, again.delivered) == ([], [], [], 0)
    nothing: tuple[list[Any], ...] = ([], [], [])
    assert seen == [
        nothing, ([one], [], []), nothing, ([], [one], []),
        ([], [], [(one, "superior")]), ([], [], [(one, "second_superior")]), nothing,
    ]  # fmt: skip
    assert told(notifier) == [
        ("remind", "olga"),
        ("overdue", "olga"),
        ("superior", "helen"),
        ("second_superior", "ivan"),
    ]
    assert notifier.delivered[1].subject == "Overdue: An errand is done in a day — e1"
    assert notifier.delivered[1].text.splitlines() == [
        "An errand is done in a day",
        "Errand: e1",
        "Was due today 18:00, Tuesday 3 March 2026 (Moscow) (R50)",
        "",
        "Case e1",
    ]


def test_after_a_long_silence_everything_that_was_due_is_done_but_no_reminder_of_the_past(
    store: Store, clock: ManualClock
):
    engine, notifier = opened(store, clock)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    clock.advance(60 * DAY)
    report = engine.tick()
    assert report.reminded == []
    assert report.breached == ["e1:errand.finish:1"]
    assert [rung for _, rung in report.escalated] == ["superior", "second_superior"]
    assert told(notifier) == [("overdue", "olga"), ("superior", "helen"), ("second_superior", "ivan")]


def test_what_is_met_given_up_or_held_climbs_no_further(store: Store, clock: ManualClock):
    engine, notifier = opened(store, clock)
    asking(store, clock, case_id="r1")
    asking(store, clock, case_id="r2")
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    engine.perform("r1", Ask.pause(), by=HELEN)
    engine.perform("r2", Ask.deny(), by=IVAN)
    engine.perform("e1", Errand.finish(), by=OLGA)
    engine.tick()
    notifier.delivered.clear()
    clock.advance(30 * DAY)
    report = engine.tick()
    assert (report.reminded, report.breached, report.escalated, told(notifier)) == ([], [], [], [])
    engine.perform("r1", Ask.resume(), by=HELEN)
    clock.advance(30 * DAY)
    assert engine.tick().breached == ["r1:request.decide:1"]


def test_a_breach_that_is_then_met_escalates_no_more(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    clock.move_to(moscow("2026-03-03 18:01"))
    assert engine.tick().breached
    engine.perform("e1", Errand.finish(), by=OLGA)
    clock.advance(30 * DAY)
    assert engine.tick().escalated == []


def test_messages_speak_russian_if_asked_to(store: Store, clock: ManualClock):
    engine, notifier = opened(store, clock, lang="ru")
    engine.start(Errand.send(title="t", client="c@d.e"), by=HELEN, case_id="e1")
    clock.advance(30 * DAY)
    engine.tick()
    first, overdue, *_ = notifier.delivered
    assert (first.to, first.address, first.locale) == ("c@d.e", "c@d.e", "ru")
    assert (first.subject, first.text) == (
        "Поручение",
        "Здравствуйте!\n\nСообщаем вам: Послать.\n\nHelen, helen@example.com",
    )
    assert overdue.subject == "Срок нарушен: День на поручение — c@d.e"


def test_a_rule_that_only_an_earlier_page_has_is_still_called_by_its_name(store: Store, clock: ManualClock):
    class Silent(Errand, without=[Errand.report]):
        version = 2

    first, _ = opened(store, clock)
    first.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    first.perform("e1", Errand.see(), by=OLGA)
    engine, notifier = opened(store, clock, rulebook=RULES.extended("silent", processes=[Silent]))
    clock.move_to(moscow("2026-03-02 12:01"))
    engine.tick()
    assert [message.subject for message in notifier.delivered] == ["Overdue: What is seen is told in two hours — e1"]


def test_a_step_is_told_to_everybody_but_the_one_who_took_it(store: Store, clock: ManualClock):
    two = MemoryDirectory([*PEOPLE, attrs.evolve(HELEN, id="gleb", email=None)])
    engine, notifier = opened(store, clock, directory=two)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    engine.perform("r1", Ask.decide(), by=HELEN)
    engine.tick()
    assert sorted((one.id, one.address) for one in notifier.attempts) == [
        ("r1:1:gleb", None),
        ("r1:1:helen", "helen@example.com"),
        ("r1:2:anna", "anna@example.com"),
        ("r1:3:ivan", None),
    ]
    assert "Anna, today 10:00, Monday 2 March 2026 (Moscow) (R9)" in notifier.attempts[0].text
    engine.start(Errand.send(title="t"), by=HELEN, case_id="e1")
    engine.perform("e1", Errand.pass_on(doer="olga"), by=OLGA)
    assert [one for one, _ in store.messages("waiting") if one.case == "e1"] == []


def test_who_holds_a_role_is_judged_by_the_companys_day(store: Store, clock: ManualClock):
    new = attrs.evolve(HELEN, id="gleb", hired_on=dt.date(2026, 3, 3))
    old = attrs.evolve(HELEN, left_on=dt.date(2026, 3, 3))
    engine, _ = opened(store, clock, directory=MemoryDirectory([ANNA, new, old]))
    clock.move_to(moscow("2026-03-03 00:30"))
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    assert [message.to for message, _ in store.messages("waiting")] == ["gleb"]


def test_a_deadline_that_has_moved_is_told_anew(store: Store, clock: ManualClock):
    engine, notifier = opened(store, clock)
    asking(store, clock)
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    for when in ("03-04 15:00", "03-05 15:00"):
        clock.move_to(moscow(f"2026-{when}"))
        assert engine.tick().reminded == ["r1:request.decide:1"]
        engine.perform("r1", Ask.pause(), by=HELEN)
        clock.advance(DAY)
        engine.perform("r1", Ask.resume(), by=HELEN)
    engine.tick()
    reminders = [message for message in notifier.delivered if message.template == "remind"]
    assert [message.payload["due"][:10] for message in reminders] == ["2026-03-04", "2026-03-05", "2026-03-06"]


# -- people who are not there -----------------------------------------------------------------------------------------


def test_what_somebody_owes_who_is_gone_from_the_directory_still_climbs_from_the_role_that_is_bound(
    store: Store, clock: ManualClock
):
    bound = attrs.evolve(REGULATION, norms=[attrs.evolve(FINISH, binds=["doer"])])
    first, _ = opened(store, clock, regulation=bound)
    first.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    first.perform("e1", Errand.agree_visit(visit_at=clock.now() + 90 * DAY), by=HELEN)
    engine, notifier = opened(store, clock, directory=MemoryDirectory([HELEN]), regulation=bound)
    clock.advance(60 * DAY)
    engine.tick()
    assert [(one.template, one.to, one.address) for one in notifier.attempts] == [
        ("overdue", "olga", None),
        ("superior", "helen", "helen@example.com"),
    ]
    assert [message.to for message, _ in store.messages("dead")] == ["chief"], "nobody is there to be told"


# -- who stands above whom --------------------------------------------------------------------------------------------


def climbed(store: Store, clock: ManualClock, *people: Employee, binds: Any = ()) -> list[tuple[str, str]]:
    """Who is told, rung by rung, when olga never finishes her errand."""
    regulation = attrs.evolve(REGULATION, norms=[attrs.evolve(FINISH, binds=binds)]) if binds else REGULATION
    engine, notifier = opened(store, clock, directory=MemoryDirectory(people), regulation=regulation)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    clock.advance(60 * DAY)
    engine.tick()
    return [pair for pair in told(notifier) if pair[0] != "overdue"]


def test_above_somebody_stands_their_manager_and_above_the_manager_the_managers_own(store: Store, clock: ManualClock):
    olga, boris = attrs.evolve(OLGA, manager="boris"), attrs.evolve(BORIS, manager="faina")
    assert climbed(store, clock, olga, boris, HELEN, IVAN, FAINA) == [
        ("superior", "boris"), ("second_superior", "faina"),
    ]  # fmt: skip


def test_above_whoever_has_no_manager_stands_the_superior_of_their_role(store: Store, clock: ManualClock):
    boris = attrs.evolve(BORIS, manager="olga")
    assert climbed(store, clock, OLGA, boris, HELEN, IVAN) == [("superior", "helen"), ("second_superior", "ivan")]


def test_above_somebody_with_a_manager_without_one_stands_the_superior_of_the_managers_role(
    store: Store, clock: ManualClock
):
    olga = attrs.evolve(OLGA, manager="faina")
    assert climbed(store, clock, olga, FAINA, HELEN, IVAN) == [("superior", "faina"), ("second_superior", "ivan")]


@pytest.mark.parametrize(
    ("binds", "above"),
    [
        ((), ["helen", "ivan"]),
        (["finance"], ["ivan"]),
        (["chief"], ["helen", "ivan"]),
        (["asker", "finance"], ["helen", "ivan"]),
    ],
)
def test_of_several_roles_the_one_that_the_rule_binds_decides_who_stands_above(
    store: Store, clock: ManualClock, binds: list[str], above: list[str]
):
    olga = attrs.evolve(OLGA, roles=[FINANCE, ASKER])
    assert [to for _, to in climbed(store, clock, olga, HELEN, IVAN, binds=binds)] == above


@pytest.mark.parametrize(("binds", "whom"), [((), []), (["doer"], ["olga", "helen", "ivan"])])
def test_what_nobody_owes_by_name_is_owed_by_the_role_that_the_rule_binds(
    store: Store, clock: ManualClock, binds: Any, whom: list[str]
):
    class Unclaimed(Errand):
        """What is seen is to be told, and the data do not say by whom."""

        nobody = Assigned[Task](lambda task: None, "nobody yet")
        report = Sla(REPORT, start=Errand.see, stop=Errand.tell, owner=nobody)

    bound = attrs.evolve(REGULATION, norms=[attrs.evolve(REPORT, binds=binds)]) if binds else REGULATION
    engine, notifier = opened(store, clock, rulebook=rules_with(Unclaimed), regulation=bound)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    engine.perform("e1", "see", by=OLGA)
    engine.perform("e1", "agree_visit", {"visit_at": clock.now() + 90 * DAY}, by=HELEN)
    clock.advance(60 * DAY)
    engine.tick()
    reports = [one.to for one in notifier.delivered if "report" in one.payload["obligation"]]
    assert reports == whom


def test_nobody_stands_above_the_chief(store: Store, clock: ManualClock):
    olga = attrs.evolve(OLGA, roles=["chief"])
    assert climbed(store, clock, olga, HELEN) == []
    assert store.messages("dead") == []


def test_a_manager_who_is_their_own_is_none(store: Store, clock: ManualClock):
    olga = attrs.evolve(OLGA, manager="olga")
    assert climbed(store, clock, olga, HELEN, IVAN) == [("superior", "helen"), ("second_superior", "ivan")]


def test_a_role_that_nobody_holds_is_named_itself_and_becomes_a_dead_letter(store: Store, clock: ManualClock):
    engine, notifier = opened(store, clock, directory=MemoryDirectory([ANNA]))
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    assert engine.tick().dead == [("r1:1:head", "nobody holds the role 'head'")]
    ((message, reason),) = store.messages("dead")
    assert (message.to, message.address, reason) == (
        "head", None, "nobody holds the role 'head'",
    )  # fmt: skip
    assert notifier.attempts == []


def test_a_notifier_that_fails_does_not_hold_up_what_is_behind_it(store: Store, clock: ManualClock):
    class Brittle:
        def __init__(self) -> None:
            self.delivered: list[Message] = []

        def send(self, message: Message) -> Delivery:
            if message.case == "r1":
                raise ConnectionError("the line is dead")
            self.delivered.append(message)
            return Delivered()

    brittle = Brittle()
    engine = requests_engine(store, clock, notifier=brittle)
    for case_id in ("r1", "r2"):
        engine.start(Ask.ask(text="x"), by=ANNA, case_id=case_id)
    report = engine.tick()
    assert (report.delivered, report.postponed) == (1, 1)
    assert [message.case for message in brittle.delivered] == ["r2"]
    ((_, reason),) = store.messages("waiting")
    assert reason == "the notifier failed: ConnectionError: the line is dead"


# -- timers -----------------------------------------------------------------------------------------------------------


def test_timers_take_their_steps_once_when_their_instant_has_come(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    nudge, expire = clock.now() + 10 * MINUTE, clock.now() + 20 * MINUTE
    asking(store, clock, nudge_at=nudge, expires_at=expire)
    assert engine.tick().fired == []
    clock.move_to(nudge)
    assert engine.tick(limit=1).fired == [("r1", "nudging")]
    assert engine.tick().fired == [], "its instant stands in the data still"
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    assert engine.tick().fired == [], "nor when another step writes the case anew"
    clock.move_to(expire + 5 * DAY)
    assert engine.tick().fired == [("r1", "expiry")]
    assert [event.step for event in engine.history("r1")] == ["ask", "nudge", "answer", "expire"]
    assert engine.history("r1")[-1].by == "system"
    assert engine.case("r1").stage == "denied"
    assert engine.tick().fired == []


def test_timers_that_are_due_together_fire_in_the_order_of_their_instants(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    for number in range(5):
        asking(store, clock, case_id=f"r{number}", expires_at=clock.now() + (9 - number) * MINUTE)
    clock.advance(DAY)
    assert engine.tick(limit=2).fired == [(f"r{number}", "expiry") for number in (4, 3, 2, 1, 0)]


def test_a_timer_does_not_ring_in_other_stages(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    asking(store, clock, nudge_at=clock.now() + 10 * MINUTE)
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    engine.perform("r1", Ask.decide(), by=HELEN)
    clock.advance(DAY)
    assert engine.tick().fired == []
    engine.perform("r1", Ask.send_back(), by=FAINA)
    assert engine.tick().fired == [("r1", "nudging")]


def test_a_timer_that_has_rung_does_not_ring_again_when_its_stage_comes_back(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    asking(store, clock, nudge_at=clock.now())
    assert engine.tick().fired == [("r1", "nudging")]
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    engine.perform("r1", Ask.decide(), by=HELEN)
    engine.perform("r1", Ask.send_back(), by=FAINA)
    assert engine.tick().fired == []
    assert [event.step for event in engine.history("r1")].count("nudge") == 1


def test_a_timer_whose_step_is_refused_is_reported_and_given_up(store: Store, clock: ManualClock):
    @reaction(after=Ask.nudge)
    def refuse(*_: Any) -> Any:
        yield Ask.confirm().on("r1")

    engine, _ = opened(store, clock, rulebook=RULES.extended("refusing", reactions=[refuse]))
    asking(store, clock, nudge_at=clock.now())
    (failed,) = engine.tick().failed
    assert failed[:2] == ("r1", "nudging")
    assert failed[2].startswith("confirm, which follows from nudge, refused: ")
    assert engine.tick().failed == []
    assert engine.case("r1").version == 1


def test_a_fault_in_one_timers_step_holds_up_no_other_and_is_tried_again(store: Store, clock: ManualClock):
    broken = ["r1"]

    @reaction(after=Ask.nudge)
    def fail(case: Any, *_: Any) -> Any:
        if case.id in broken:
            raise ZeroDivisionError("no share")
        return ()

    engine, _ = opened(store, clock, rulebook=RULES.extended("failing", reactions=[fail]))
    asking(store, clock, case_id="r1", nudge_at=clock.now())
    asking(store, clock, case_id="r2", nudge_at=clock.now())
    report = engine.tick()
    assert report.failed == [("r1", "nudging", "ZeroDivisionError: no share")]
    assert report.fired == [("r2", "nudging")]
    broken.clear()
    clock.advance(DAY)
    assert engine.tick().fired == [("r1", "nudging")]


def test_a_timer_that_comes_before_the_cases_last_event_waits(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    asking(store, clock, expires_at=clock.now() + MINUTE)
    ahead = ManualClock(clock.now() + 5 * MINUTE)
    requests_engine(store, ahead).perform("r1", Ask.amend(), by=ANNA)
    clock.advance(2 * MINUTE)
    report = engine.tick()
    assert (report.fired, report.failed) == ([], [])
    clock.advance(5 * MINUTE)
    assert engine.tick().fired == [("r1", "expiry")]


class Failing:
    """A store whose next commits fail, each in its own way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.errors: list[Exception] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, batch: Any) -> Any:
        if self.errors and batch.writes:
            raise self.errors.pop(0)
        return self._store.commit(batch)


def test_a_timer_that_meets_a_busy_store_waits(store: Store, clock: ManualClock):
    failing: Any = Failing(store)
    engine, _ = opened(failing, clock)
    asking(store, clock, expires_at=clock.now())
    for errors in ([StoreUnavailable("busy")], [VersionConflict("moved", "r1")] * 6):
        failing.errors = errors
        report = engine.tick()
        assert (report.fired, report.failed, failing.errors) == ([], [], [])
        clock.advance(3 * MINUTE)
    assert engine.tick().fired == [("r1", "expiry")]


def test_a_timer_that_the_page_has_no_more_is_a_dead_letter(store: Store, clock: ManualClock):
    class Calm(Ask, without=[Ask.expiry]):
        """The same version; nobody raised it."""

    asking(store, clock, expires_at=clock.now() + MINUTE)
    clock.advance(MINUTE)
    report = requests_engine(store, clock, rulebook=rules_with(Calm)).tick()
    assert report.failed == [("r1", "expiry", "process 'request' version 1 has no timer 'expiry' any more")]


# -- recurring duties -------------------------------------------------------------------------------------------------


def test_a_duty_begins_for_every_holder_when_the_day_opens_and_only_once(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock)
    clock.move_to(moscow("2026-03-02 08:59"))
    assert engine.tick().begun == []
    clock.move_to(moscow("2026-03-02 09:00"))
    assert engine.tick().begun == ["errand:rounds:anna:2026-03-02", "errand:rounds:boris:2026-03-02"]
    assert engine.tick().begun == []
    first = engine.case("errand:rounds:anna:2026-03-02")
    assert (first.data.doer, first.data.title) == ("anna", "2026-03-02")
    assert engine.history(first)[0].by == "system"
    assert engine.obligations(owner="boris")[0].due == moscow("2026-03-03 18:00")


def test_a_week_without_a_tick_is_caught_up_on_and_days_off_are_left_out(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, directory=MemoryDirectory([ANNA]))
    clock.move_to(moscow("2026-03-05 10:00"))
    engine.tick()
    clock.move_to(moscow("2026-03-12 08:00"))
    begun = engine.tick().begun
    assert [case_id[-10:] for case_id in begun] == ["2026-03-06", "2026-03-10", "2026-03-11"]
    assert engine.tick().begun == []
    clock.move_to(moscow("2026-03-12 09:00"))
    assert [case_id[-10:] for case_id in engine.tick().begun] == ["2026-03-12"]


def test_a_fault_in_one_duty_holds_up_nobody_else_and_the_day_is_come_back_to(store: Store, clock: ManualClock):
    broken = ["boris"]

    class Faulty(Errand):
        rounds = Recurring(
            ROUND,
            step=Errand.go_round,
            per=ASKER,
            payload=lambda who, day, opens: {"doer": 1 // (who not in broken) and who, "title": f"{day}"},
        )

    engine = requests_engine(store, clock, rulebook=rules_with(Faulty))
    clock.move_to(moscow("2026-03-02 18:00"))
    report = engine.tick()
    assert report.begun == ["errand:rounds:anna:2026-03-02"]
    assert report.failed[0][:2] == ("errand:rounds:boris:2026-03-02", "rounds")
    assert report.failed[0][2].startswith("ZeroDivisionError")
    assert engine.tick().failed == [], "it is tried again after a pause, and not by every tick"
    broken.clear()
    clock.advance(2 * MINUTE)
    assert engine.tick().begun == ["errand:rounds:boris:2026-03-02"]
    assert engine.tick().begun == []


def test_a_duty_is_owed_by_those_who_work_on_the_day(store: Store, clock: ManualClock):
    coming = attrs.evolve(BORIS, hired_on=dt.date(2026, 3, 3))
    leaving = attrs.evolve(ANNA, left_on=dt.date(2026, 3, 4))
    engine = requests_engine(store, clock, directory=MemoryDirectory([coming, leaving]))
    engine.tick()
    clock.advance(2 * DAY)
    engine.tick()
    assert [case.id.removeprefix("errand:rounds:") for case in engine.cases()] == [
        "anna:2026-03-02", "anna:2026-03-03", "boris:2026-03-03", "boris:2026-03-04",
    ]  # fmt: skip


def test_a_duty_that_is_refused_is_reported_and_does_not_come_back(store: Store, clock: ManualClock):
    def not_today(_: Any, attempt: Attempt) -> Any:
        yield Refusal("not_today", "not today", got=attempt.today.isoformat())

    class Strict(Errand):
        go_round = Errand.go_round.changed(requires=[not_today])

    engine = requests_engine(store, clock, rulebook=rules_with(Strict), directory=MemoryDirectory([ANNA]))
    assert engine.tick().failed == [("errand:rounds:anna:2026-03-02", "rounds", "go_round refused: not today")]
    assert requests_engine(store, clock, directory=MemoryDirectory([ANNA])).tick().begun == []


def test_a_clock_that_goes_back_begins_nothing_anew(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock)
    engine.tick()
    clock.advance(-DAY)
    assert engine.tick().begun == []
    clock.advance(DAY)
    assert engine.tick().begun == []


# -- several at once --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_engines_that_tick_at_once_do_everything_once(kind: str, tmp_path: Path, clock: ManualClock):
    path = tmp_path / "requests.db"
    shared = MemoryStore()
    stores: list[Any] = [shared if kind == "memory" else SqliteStore(path) for _ in range(3)]
    notifiers = [RecordingNotifier() for _ in stores]
    engines = [requests_engine(store, clock, notifier=one) for store, one in zip(stores, notifiers, strict=True)]
    for number in range(12):
        at = clock.now() + number * MINUTE
        engines[0].start(Ask.ask(text="x", nudge_at=at), by=ANNA, case_id=f"r{number}")
        engines[0].start(Errand.send(title="t", doer="olga"), by=HELEN, case_id=f"e{number}")
    clock.move_to(moscow("2026-03-16 10:00"))
    gate, reports, errors = threading.Barrier(3), [], []

    def tick(engine: ProcessEngine) -> None:
        try:
            gate.wait()
            reports.extend(engine.tick(limit=2) for _ in range(2))
        except BaseException as error:  # noqa: BLE001 - the test reports it
            errors.append(error)

    threads = [threading.Thread(target=tick, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    late = engines[0].tick()
    every = [*reports, late]
    for counted, expected in (
        ([case_id for one in every for case_id in one.begun], 2),
        ([fired for one in every for fired in one.fired], 12),
        ([breached for one in every for breached in one.breached], 24 + 12),
        ([climbed for one in every for climbed in one.escalated], 24 + 24),
        ([message.id for one in notifiers for message in one.attempts], 12 + 24 + 12 + 24 + 24),
    ):
        assert max(Counter(counted).values()) == 1
        assert len(counted) == expected
    assert engines[0].verify() == ()
    for store in stores:
        store.close()


def test_a_lease_that_was_lost_settles_nothing(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock)
    asking(store, clock)
    (slow,) = store.claim("message", clock.now(), 10, LEASE)
    clock.advance(LEASE)
    assert engine.tick().delivered == 1
    assert store.settle(slow, Done()) is False


def test_a_rung_climbed_by_another_is_not_reported(store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch):
    engine, _ = opened(store, clock)
    asking(store, clock)
    clock.advance(DAY)
    monkeypatch.setattr(type(store), "settle_many", lambda self, outcomes: [False for _ in outcomes])
    assert engine.tick().breached == []


# -- delivery ---------------------------------------------------------------------------------------------------------


def test_without_a_notifier_messages_wait(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    assert engine.tick().delivered == 0
    assert [message.id for message, _ in store.messages("waiting")] == ["r1:1:helen"]
    later, notifier = opened(store, clock)
    assert later.tick().delivered == 1
    assert [one.id for one in notifier.delivered] == ["r1:1:helen"]


def test_a_message_that_does_not_go_through_is_tried_again_ever_later(store: Store, clock: ManualClock):
    busy = [Temporary("busy"), Unknown("no answer"), Temporary("busy", retry_after=dt.timedelta(hours=1))]
    engine, notifier = opened(store, clock, *busy)
    asking(store, clock)
    sent = []
    for pause in (0, 1, 0.5, 1.9, 0.8, 58, 2):
        clock.advance(pause * MINUTE)
        engine.tick()
        sent.append([message.id for message in notifier.attempts if message.template == "ask"])
    # After a minute and something, after two and something, and after the hour that the channel asked for.
    assert [len(ids) for ids in sent] == [1, 1, 2, 2, 3, 3, 4]
    assert set(sent[-1]) == {"r1:1:helen"}
    assert ("ask", "helen") in told(notifier)
    assert store.messages("waiting") == store.messages("dead") == []


def test_a_message_that_never_goes_through_is_given_up_after_a_stated_number_of_tries(store: Store, clock: ManualClock):
    engine, notifier = opened(store, clock, *[Temporary("busy")] * 50)
    asking(store, clock)
    store.claim("obligation", clock.now() + 90 * DAY, 100, 90 * DAY)
    dead = []
    for _ in range(MAX_TRIES + 2):
        dead += engine.tick().dead
        last = clock.now()
        clock.advance(8 * dt.timedelta(hours=1))
    assert last - dt.timedelta(days=7) > moscow("2026-03-02 10:00")
    assert dead == [("r1:1:helen", f"given up after {MAX_TRIES} tries: busy")]
    assert len(notifier.attempts) == MAX_TRIES
    ((message, reason),) = store.messages("dead")
    assert (message.id, reason) == dead[0]


def test_a_message_that_is_refused_for_good_is_a_dead_letter_at_once(store: Store, clock: ManualClock):
    engine, _ = opened(store, clock, Permanent("no such address"))
    asking(store, clock)
    assert engine.tick().dead == [("r1:1:helen", "no such address")]
    assert engine.tick().delivered == 0
    assert [reason for _, reason in store.messages("dead")] == ["no such address"]
