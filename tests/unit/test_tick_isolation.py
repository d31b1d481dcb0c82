"""Each piece of a tick stands for itself: it fails alone, comes back ever later, is listed, and is put back by hand."""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from ask import (
    ANNA,
    ASKER,
    FAINA,
    HELEN,
    IVAN,
    OLGA,
    PEOPLE,
    REGULATION,
    ROUND,
    RULES,
    Ask,
    Errand,
    moscow,
    requests_engine,
)

from salesreg import ProcessEngine, Rulebook
from salesreg.adapters.memory import MemoryDirectory
from salesreg.adapters.sqlite import SqliteStore
from salesreg.engine.attempts import LONGEST_BACK_OFF, MAX_TRIES
from salesreg.engine.turns import LEASE
from salesreg.errors import ImplausibleClock, UnknownAttribute
from salesreg.ports import Batch, Delivered, Message, Permanent, Store, Temporary, Unknown
from salesreg.process import Recurring, Refusal, reaction
from salesreg.testing import ManualClock, RecordingNotifier

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def store(each_store: Store) -> Store:
    """What is told here holds on every store."""
    return each_store


class Answering:
    """A notifier that answers anything."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.seen: list[Message] = []

    def send(self, message: Message) -> Any:
        self.seen.append(message)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer(message) if callable(self.answer) else self.answer


NO_ANSWER = "the directory Failing was asked {} and failed: TimeoutError: the directory does not answer"


class Failing:
    """A directory that fails for some."""

    def __init__(self, *broken: str) -> None:
        self._people = MemoryDirectory(PEOPLE)
        self.broken = set(broken)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._people, name)

    def employee(self, employee_id: str) -> Any:
        if employee_id in self.broken:
            raise TimeoutError("the directory does not answer")
        return self._people.employee(employee_id)

    def holders(self, role: str, on: dt.date) -> Any:
        if role in self.broken:
            raise TimeoutError("the directory does not answer")
        return self._people.holders(role, on)


class Speechless(Exception):
    def __str__(self) -> str:
        raise ValueError("not even that")


QUIET = MemoryDirectory([HELEN, FAINA, IVAN, OLGA])


def told(store: Store, clock: ManualClock, number: int = 1) -> None:
    """So many messages to Helen."""
    engine = requests_engine(store, clock)
    for one in range(number):
        engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{one}")


# -- what a notifier says ---------------------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[Any, str]] = {
    "nothing": (None, "the notifier answered with a NoneType"),
    "a word": ("delivered", "the notifier answered with a str"),
    "the class": (Delivered, "the notifier answered with a"),
    "no while": (Temporary("busy", retry_after=5), "asks to try again after 5, which is no timedelta"),  # type: ignore[arg-type]
    "for ever": (Temporary("busy", retry_after=dt.timedelta.max), "busy"),
    "in the past": (Temporary("busy", retry_after=-DAY), "busy"),
    "a surrogate": (Temporary("\udc80 busy\0"), "\\udc80 busy\\0"),
    "no text": (Unknown(404), "404"),  # type: ignore[arg-type]
    "a novel": (Unknown("x" * 10_000), "xxx"),
    "a fault": (ConnectionError("the line is dead"), "the notifier failed: ConnectionError: the line is dead"),
    "a fault that says nothing": (Speechless(), "the notifier failed: Speechless"),
}


@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_whatever_a_notifier_answers_counts_as_one_try_and_the_rest_goes_on(
    store: Store, clock: ManualClock, answer: Any, reason: str
):
    told(store, clock, 3)
    strange = Answering(lambda message: answer if message.case == "r0" else Delivered())
    if isinstance(answer, Exception):
        strange = Answering(answer)
    engine = requests_engine(store, clock, notifier=strange, directory=QUIET)
    report = engine.tick()
    expected = 0 if isinstance(answer, Exception) else 2
    assert (report.delivered, report.postponed) == (expected, 3 - expected)
    one = next(work for work in engine.outbox() if work.case == "r0")
    assert one.attempts == 1
    assert reason in one.reason
    assert len(one.reason) < 600
    assert one.wake_at is not None
    assert clock.now() + MINUTE <= one.wake_at <= clock.now() + 7 * DAY
    assert engine.tick().postponed == 0
    assert max(Counter(message.id for message in strange.seen).values()) == 1


def test_a_refusal_for_good_with_a_reason_that_no_store_takes_is_a_dead_letter_all_the_same(
    store: Store, clock: ManualClock
):
    told(store, clock)
    engine = requests_engine(store, clock, notifier=Answering(Permanent("no such address \ud800")), directory=QUIET)
    assert engine.tick().dead == [("r0:1:helen", "no such address \\ud800")]


def test_a_mail_server_that_is_down_for_days_loses_nothing(store: Store, clock: ManualClock):
    told(store, clock)
    down = Answering(Temporary("down"))
    engine = requests_engine(store, clock, notifier=down, directory=QUIET)
    tried, until = [], clock.now() + 5 * DAY
    while clock.now() < until:
        engine.tick()
        tried += [clock.now()] * (len([one for one in down.seen if one.id == "r0:1:helen"]) - len(tried))
        clock.advance(5 * MINUTE)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert all(later >= earlier * 0.8 for earlier, later in itertools.pairwise(pauses))
    assert pauses[-1] <= LONGEST_BACK_OFF * 1.25 + 5 * MINUTE
    assert 20 < len(tried) < MAX_TRIES
    down.answer = Delivered()
    clock.advance(8 * HOUR)
    assert engine.tick().delivered > 0
    assert engine.outbox(state="dead") == ()


def test_what_failed_together_does_not_come_back_together(store: Store, clock: ManualClock):
    told(store, clock, 20)
    engine = requests_engine(store, clock, notifier=Answering(Temporary("down")), directory=QUIET)
    engine.tick()
    assert len({one.wake_at for one in engine.outbox()}) == 20


def test_dead_letters_are_listed_with_the_reason_and_put_back(store: Store, clock: ManualClock):
    told(store, clock, 2)
    refusing = Answering(Permanent("no such address"))
    engine = requests_engine(store, clock, notifier=refusing, directory=QUIET)
    engine.tick()
    dead = engine.outbox(state="dead")
    assert [(one.id, one.reason, one.attempts) for one in dead] == [
        ("r0:1:helen", "no such address", 1), ("r1:1:helen", "no such address", 1),
    ]  # fmt: skip
    assert engine.requeue(*dead, "nobody") == ("r0:1:helen", "r1:1:helen")
    refusing.answer = Delivered()
    assert engine.tick().delivered == 2
    assert engine.requeue(*dead) == ()
    with pytest.raises(UnknownAttribute, match="no state 'lost'; there are waiting, delivered, dead, dropped"):
        engine.outbox(state="lost")  # type: ignore[arg-type]
    with pytest.raises(UnknownAttribute, match="there are waiting, dead"):
        engine.timers(state="delivered")


def test_a_dead_letter_that_is_put_back_goes_to_the_address_that_is_known_by_then(store: Store, clock: ManualClock):
    homeless = attrs.evolve(HELEN, email=None)
    engine = requests_engine(store, clock, directory=MemoryDirectory([ANNA, homeless, FAINA, IVAN, OLGA]))
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r0")
    by_address = Answering(lambda message: Delivered() if message.address else Permanent("no address"))
    requests_engine(store, clock, notifier=by_address, directory=MemoryDirectory([homeless, FAINA, IVAN])).tick()
    found = attrs.evolve(HELEN, email="helen@firm.example")
    engine = requests_engine(store, clock, notifier=by_address, directory=MemoryDirectory([found, FAINA, IVAN]))
    (dead,) = [one for one in engine.outbox(state="dead") if one.case == "r0"]
    assert engine.requeue(dead) == ("r0:1:helen",)
    engine.tick()
    assert by_address.seen[-1].address == "helen@firm.example"
    assert engine.outbox(state="dead") == ()


def test_what_nobody_could_be_told_reaches_whoever_holds_the_role_when_it_is_put_back(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, directory=MemoryDirectory([ANNA, FAINA, IVAN]))
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r0")
    notifier = RecordingNotifier()
    directory = MemoryDirectory([FAINA, IVAN])
    assert len(requests_engine(store, clock, notifier=notifier, directory=directory).tick().dead) == 1
    engine = requests_engine(store, clock, notifier=notifier, directory=MemoryDirectory([HELEN, FAINA, IVAN]))
    (dead,) = engine.outbox(state="dead")
    assert dead.reason.startswith("nobody holds the role")
    engine.requeue(dead)
    assert engine.tick().dropped == [(dead.id, "somebody holds the role now")]
    engine.tick()
    assert [message.to for message in notifier.delivered] == ["helen"]
    assert "unheld" not in notifier.delivered[0].payload


# -- what the directory, a handler or a row does ----------------------------------------------------------------------


def test_an_employee_for_whom_the_directory_fails_holds_up_no_other(store: Store, clock: ManualClock):
    directory = Failing()
    engine = requests_engine(store, clock, notifier=(notifier := RecordingNotifier()), directory=directory)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    engine.start(Errand.send(title="t", doer="boris"), by=HELEN, case_id="e2")
    engine.tick()
    directory.broken = {"olga"}
    clock.advance(30 * DAY)
    report = engine.tick()
    failed = {what: reason for case, what, reason in report.failed if case == "e1"}
    assert failed == {"e1:errand.finish:1": NO_ANSWER.format("for the employee 'olga'")}
    assert "e2:errand.finish:1" in report.breached
    assert "boris" in {message.to for message in notifier.delivered}
    assert [one.id for one in engine.reminders() if one.reason] == ["e1:errand.finish:1"]
    assert engine.tick().failed == []
    directory.broken = set()
    clock.advance(2 * MINUTE)
    assert "e1:errand.finish:1" in engine.tick().breached


def test_somebody_for_whom_the_directory_does_not_answer_is_waited_for_once_a_tick(store: Store, clock: ManualClock):
    asked: list[str] = []

    class Slow(Failing):
        def employee(self, employee_id: str) -> Any:
            asked.append(employee_id)
            return super().employee(employee_id)

    directory = Slow()
    engine = requests_engine(store, clock, directory=directory)
    for number in range(20):
        engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id=f"e{number}")
    engine.tick()
    directory.broken = {"olga"}
    clock.advance(30 * DAY)
    asked.clear()
    report = engine.tick()
    assert len([what for _, what, _ in report.failed if what.startswith("e")]) == 20
    assert asked.count("olga") == 1
    directory.broken = set()
    clock.advance(2 * MINUTE)
    assert len(engine.tick().breached) >= 20


def test_a_reminder_that_fails_for_a_week_is_dead_and_can_be_put_back(store: Store, clock: ManualClock):
    directory = Failing("olga")
    engine = requests_engine(store, clock, directory=directory)
    directory.broken = set()
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    directory.broken = {"olga"}
    clock.advance(30 * DAY)
    for _ in range(MAX_TRIES + 1):
        engine.tick()
        clock.advance(8 * HOUR)
    dead = [one for one in engine.reminders(state="dead") if one.case == "e1"]
    wrong = NO_ANSWER.format("for the employee 'olga'")
    assert [one.reason for one in dead] == [f"given up after {MAX_TRIES} tries: {wrong}"]
    assert engine.requeue(*dead) == ("e1:errand.finish:1",)
    directory.broken = set()
    assert "e1:errand.finish:1" in engine.tick().breached


def test_a_directory_that_fails_for_a_role_holds_up_no_duty_of_others_and_no_later_day(
    store: Store, clock: ManualClock
):
    directory = Failing()
    engine = requests_engine(store, clock, directory=directory)
    directory.broken = {ASKER.id}
    clock.move_to(moscow("2026-03-02 09:00"))
    report = engine.tick()
    wrong = NO_ANSWER.format("who holds the role 'asker' on 2026-03-02")
    assert report.failed == [("errand:rounds:2026-03-02", "rounds", wrong)]
    assert engine.tick().failed == [], "it is tried again after a pause"
    assert [one.id for one in engine.timers() if one.reason] == ["errand:rounds:2026-03-02:rounds"]
    directory.broken = set()
    clock.move_to(moscow("2026-03-03 09:00"))
    days = [case_id[-10:] for case_id in engine.tick().begun]
    assert sorted(days) == ["2026-03-02"] * 2 + ["2026-03-03"] * 2
    assert [one for one in engine.timers() if one.reason] == []


def test_one_persons_duty_that_fails_holds_up_nobody_elses_next_day_and_is_given_up_after_a_week(
    store: Store, clock: ManualClock
):
    broken = {"boris"}

    class Faulty(Errand):
        rounds = Recurring(
            ROUND,
            step=Errand.go_round,
            per=ASKER,
            payload=lambda who, day, opens: {"doer": 1 // (who not in broken) and who, "title": f"{day}"},
        )

    pages = [Faulty if page.id == "errand" else page for page in RULES.processes]
    rules = Rulebook("requests", roles=RULES.roles, processes=pages)
    engine = requests_engine(store, clock, rulebook=rules)
    clock.move_to(moscow("2026-03-02 09:00"))
    engine.tick()
    clock.move_to(moscow("2026-03-03 09:00"))
    assert "errand:rounds:anna:2026-03-03" in engine.tick().begun
    for _ in range(MAX_TRIES + 1):
        clock.advance(8 * HOUR)
        engine.tick()
    (first, *_) = dead = engine.timers(state="dead")
    assert first.id == "errand:rounds:boris:2026-03-02:rounds"
    assert "ZeroDivisionError" in first.reason
    broken.clear()
    assert engine.requeue(first) == (first.id,)
    assert "errand:rounds:boris:2026-03-02" in engine.tick().begun
    assert first.id not in {one.id for one in engine.timers(state="dead")}
    assert len(dead) >= 1


def test_a_duty_that_is_refused_is_listed_as_dead_and_can_be_put_back(store: Store, clock: ManualClock):
    refused = [True]

    def not_today(_: Any, attempt: Any) -> Any:
        if refused:
            yield Refusal("not_today", "not today", got=attempt.today.isoformat())

    class Strict(Errand):
        go_round = Errand.go_round.changed(requires=[not_today])

    pages = [Strict if page.id == "errand" else page for page in RULES.processes]
    engine = requests_engine(
        store,
        clock,
        rulebook=Rulebook("requests", roles=RULES.roles, processes=pages),
        directory=MemoryDirectory([ANNA]),
    )
    engine.tick()
    (dead,) = engine.timers(state="dead")
    assert (dead.case, dead.reason) == ("errand:rounds:anna:2026-03-02", "go_round refused: not today")
    refused.clear()
    assert engine.requeue(dead.id) == (dead.id,)
    assert engine.tick().begun == ["errand:rounds:anna:2026-03-02"]


def test_a_timer_whose_handler_raises_is_given_up_after_a_week_and_rings_when_put_back(
    store: Store, clock: ManualClock
):
    broken = [True]

    @reaction(after=Ask.nudge)
    def fail(case: Any, *_: Any) -> Any:
        if broken:
            raise ZeroDivisionError("no share")
        return ()

    engine = requests_engine(store, clock, rulebook=RULES.extended("failing", reactions=[fail]), directory=QUIET)
    requests_engine(store, clock).start(Ask.ask(text="x", nudge_at=clock.now()), by=ANNA, case_id="r1")
    tries = 0
    for _ in range(MAX_TRIES + 3):
        tries += len(engine.tick().failed)
        clock.advance(8 * HOUR)
    assert tries == MAX_TRIES
    (dead,) = engine.timers(state="dead")
    assert dead.reason == f"given up after {MAX_TRIES} tries: ZeroDivisionError: no share"
    broken.clear()
    engine.requeue(dead)
    assert engine.tick().fired == [("r1", "nudging")]


def test_a_row_that_a_later_program_wrote_holds_up_no_other(tmp_path: Path, clock: ManualClock):
    path = tmp_path / "requests.db"
    with closing(SqliteStore(path)) as store:
        engine = requests_engine(store, clock, notifier=RecordingNotifier())
        for number in (1, 2):
            engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id=f"e{number}")
        told(store, clock, 2)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE salesreg_obligation SET status = 'forgiven' WHERE case_id = 'e1'")
            other.execute("UPDATE salesreg_outbox SET payload = '[' WHERE case_id = 'r0'")
        clock.advance(30 * DAY)
        report = engine.tick()
        failed = {what: reason for case, what, reason in report.failed if case == "e1"}
        assert "'forgiven', which is no status that this program knows" in failed["e1:errand.finish:1"]
        assert "e2:errand.finish:1" in report.breached
        assert report.delivered > 0
        unread = [one for one in engine.outbox() if one.case == "r0" and one.reason]
        assert "it cannot be read" in unread[0].reason
        assert not any(one.case == "e1" for one in engine.timers())


# -- asked again when it is sent --------------------------------------------------------------------------------------


def overdue(store: Store, clock: ManualClock, directory: Any = None) -> ProcessEngine:
    """A reminder to Olga that waits to be sent."""
    engine = requests_engine(store, clock, directory=directory or QUIET)
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    clock.move_to(moscow("2026-03-03 14:00"))
    assert engine.tick().reminded == ["e1:errand.finish:1"]
    return engine


def dropped(store: Store, clock: ManualClock, **given: Any) -> tuple[list[tuple[str, str]], list[Message]]:
    """What a worker that comes at last drops, of the reminders, and what it sends."""
    notifier = RecordingNotifier()
    engine = requests_engine(store, clock, notifier=notifier, **{"directory": QUIET, **given})
    report = engine.tick()
    engine.tick()
    assert report.dead == []
    return [(who.rpartition(":")[2], why) for who, why in report.dropped if "errand.finish" in who], notifier.delivered


def test_a_reminder_of_what_has_been_done_is_dropped_and_says_why(store: Store, clock: ManualClock):
    engine = overdue(store, clock)
    engine.perform("e1", Errand.finish(), by=OLGA)
    gone, sent = dropped(store, clock)
    assert gone == [("olga", "what it is about is met by now")]
    assert "remind" not in {message.template for message in sent}
    assert [one.reason for one in engine.outbox(state="dropped")] == ["what it is about is met by now"]
    assert engine.outbox(state="dead") == ()


def test_a_reminder_that_is_sent_too_late_is_dropped_for_the_notice_that_it_is_overdue(
    store: Store, clock: ManualClock
):
    overdue(store, clock)
    clock.move_to(moscow("2026-03-04 10:00"))
    gone, sent = dropped(store, clock)
    assert gone == [("olga", "it is overdue by now")]
    assert [message.template for message in sent if message.to == "olga"][-1:] == ["overdue"]


def test_what_is_overdue_for_somebody_who_has_left_goes_to_whoever_it_concerns_today(store: Store, clock: ManualClock):
    engine = overdue(store, clock)
    clock.move_to(moscow("2026-03-04 10:00"))
    assert engine.tick().breached == ["e1:errand.finish:1"]
    left = attrs.evolve(OLGA, left_on=dt.date(2026, 3, 4))
    gone, sent = dropped(store, clock, directory=MemoryDirectory([HELEN, FAINA, IVAN, left]))
    assert ("olga", "olga is not whom it concerns any more") in gone
    assert "olga" not in {message.to for message in sent}
    assert ("overdue", "helen") in {(message.template, message.to) for message in sent}


def test_a_notice_for_somebody_who_has_left_meanwhile_goes_to_their_superior(store: Store, clock: ManualClock):
    told(store, clock)
    left = attrs.evolve(HELEN, left_on=dt.date(2026, 3, 2), manager="ivan")
    notifier = RecordingNotifier()
    engine = requests_engine(store, clock, notifier=notifier, directory=MemoryDirectory([left, FAINA, IVAN, OLGA]))
    report = engine.tick()
    assert ("r0:1:helen", "helen does not work here any more") in report.dropped
    engine.tick()
    assert "ivan" in {message.to for message in notifier.delivered if message.template == "ask"}
    assert "helen" not in {message.to for message in notifier.delivered}


# -- leases -----------------------------------------------------------------------------------------------------------


def test_many_slow_messages_are_claimed_anew_before_their_lease_ends_and_none_is_sent_twice(
    store: Store, clock: ManualClock
):
    """Each takes four seconds, and a second worker looks on after every one."""
    told(store, clock, 60)
    sent: list[str] = []
    second = requests_engine(store, clock, notifier=(other := RecordingNotifier()), directory=QUIET)
    second_at_work = [False]

    def slowly(message: Message) -> Delivered:
        sent.append(message.id)
        clock.advance(dt.timedelta(seconds=4))
        if not second_at_work[0]:
            second_at_work[0] = True
            second.tick()
            second_at_work[0] = False
        return Delivered()

    requests_engine(store, clock, notifier=Answering(slowly), directory=QUIET).tick()
    both = Counter([*sent, *(message.id for message in other.attempts)])
    assert max(both.values()) == 1
    assert len([one for one in both if one.endswith(":1:helen")]) == 60


def test_a_worker_that_was_asleep_past_its_lease_acts_on_nothing_of_it(store: Store, clock: ManualClock):
    told(store, clock, 5)
    second = requests_engine(store, clock, notifier=(other := RecordingNotifier()), directory=QUIET)

    def asleep(message: Message) -> Delivered:
        if len(slow.seen) == 1:
            clock.advance(2 * LEASE)
            second.tick()
        return Delivered()

    slow = Answering(asleep)
    requests_engine(store, clock, notifier=slow, directory=QUIET).tick()
    ids = Counter(message.id for message in [*slow.seen, *other.attempts])
    twice = [one for one, times in ids.items() if times > 1]
    assert twice == [slow.seen[0].id], "the one that it was sending when it fell asleep"


# -- the clock --------------------------------------------------------------------------------------------------------

BELIEVED = REGULATION.with_settings({"clocks.longest_silence": "31 calendar days"})


def test_a_clock_a_year_ahead_is_refused_and_nothing_is_done(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, regulation=BELIEVED, notifier=(notifier := RecordingNotifier()))
    clock.move_to(moscow("2026-03-02 10:00"))
    engine.tick()
    sent = len(notifier.delivered)
    clock.advance(365 * DAY)
    with pytest.raises(ImplausibleClock, match=r"the clock shows 2027-03-02T07:00:00.00:00, and at the last tick"):
        engine.tick()
    assert len(notifier.delivered) == sent
    clock.advance(-364 * DAY)
    assert [case_id[-10:] for case_id in engine.tick().begun] == ["2026-03-03"] * 2


def test_whoever_says_that_the_clock_is_right_is_believed(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, regulation=BELIEVED)
    engine.tick()
    clock.advance(60 * DAY)
    with pytest.raises(ImplausibleClock):
        engine.tick()
    assert engine.tick(trust_clock=True).begun != []
    clock.advance(DAY)
    engine.tick()


def test_a_clock_that_was_ahead_and_is_put_right_goes_on_with_the_duties_of_today(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, regulation=BELIEVED, directory=MemoryDirectory([ANNA]))
    clock.move_to(moscow("2026-03-02 10:00"))
    engine.tick()
    right = clock.now()
    clock.advance(60 * DAY)
    engine.tick(trust_clock=True)
    clock.move_to(right + 61 * DAY - 60 * DAY)
    with pytest.raises(ImplausibleClock):
        engine.tick()
    report = engine.tick(trust_clock=True)
    assert report.put_back == ["errand:rounds"]
    assert engine.tick().put_back == []
    assert store.mark("duty:errand:rounds") == "2026-03-03"


def test_a_month_without_workers_is_no_jump(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, regulation=BELIEVED, directory=MemoryDirectory([ANNA]))
    engine.tick()
    clock.advance(30 * DAY)
    assert len(engine.tick().begun) > 15


@pytest.mark.parametrize("mark", ["yesterday", "2026-03-02T10:00:00"])
def test_a_mark_of_the_clock_that_cannot_be_read_stops_nobody(store: Store, clock: ManualClock, mark: str):
    store.commit(Batch((), (), clock.now(), marks={"clock": mark}))
    engine = requests_engine(store, clock, regulation=BELIEVED)
    engine.tick()
    assert store.mark("clock") == clock.now().isoformat()


def test_where_nothing_is_said_every_clock_is_believed(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock, directory=QUIET)
    engine.tick()
    clock.advance(300 * DAY)
    engine.tick()
