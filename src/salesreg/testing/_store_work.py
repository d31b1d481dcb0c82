"""What a store promises about work: claims, leases, timers, the outbox and dead letters."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace

from salesreg.ports import (
    Backlog,
    Claim,
    ClaimKind,
    Dead,
    Done,
    Dropped,
    DueTimer,
    Later,
    Message,
    ObligationQuery,
    Outcome,
    Retry,
    Scheduled,
    Store,
    Work,
)
from salesreg.process import Obligation, ObligationStatus
from salesreg.testing._records import LEASE, after, batch, case, message, obligation, scheduled

_KINDS: Final[tuple[ClaimKind, ...]] = ("obligation", "timer", "message")


class Works:
    """Claiming what is due and settling it."""

    @pytest.fixture(params=["obligation", "timer", "message"])
    def kind(self, request: pytest.FixtureRequest) -> ClaimKind:
        kind: ClaimKind = request.param
        return kind

    def test_work_is_claimed_when_it_is_due_and_not_before(self, store: Store, kind: ClaimKind) -> None:
        """At its very instant, to the microsecond; body, id and instant come with it."""
        _waiting(store, 10)
        assert store.claim(kind, after(10) - after(0).resolution, 10, LEASE) == []
        (claim,) = store.claim(kind, after(10), 10, LEASE)
        bodies: dict[ClaimKind, Obligation | DueTimer | Message] = {
            "obligation": obligation(0),
            "timer": DueTimer("c-1", "timer-0", after(10)),
            "message": message(0, 10),
        }
        ids = {"obligation": obligation(0).id, "timer": "c-1:timer-0", "message": "c-1:0:anna"}
        assert claim == Claim(kind, ids[kind], claim.token, 0, after(10), bodies[kind])

    def test_the_longest_due_comes_first(self, store: Store, kind: ClaimKind) -> None:
        _waiting(store, 5, 1, 4, 2, 3, 60)
        assert [it.wake_at for it in store.claim(kind, after(10), 3, LEASE)] == [after(1), after(2), after(3)]
        assert [it.wake_at for it in store.claim(kind, after(10), 3, LEASE)] == [after(4), after(5)]
        assert store.claim(kind, after(10), 3, LEASE) == []

    def test_leased_work_is_nobody_elses_until_the_lease_expires(self, store: Store, kind: ClaimKind) -> None:
        first = _claimed(store, kind)
        assert store.claim(kind, after(0) + LEASE - after(0).resolution, 1, LEASE) == []
        (second,) = store.claim(kind, after(0) + LEASE, 1, LEASE)
        assert (second.id, second.attempts, second.wake_at) == (first.id, 1, first.wake_at)
        assert second.token != first.token

    def test_a_lost_lease_settles_nothing(self, store: Store, kind: ClaimKind) -> None:
        slow = _claimed(store, kind)
        (quick,) = store.claim(kind, after(6), 1, LEASE)
        assert store.settle(slow, Dead("too late to say so")) is False
        assert store.settle(slow, Done((message(9),))) is False
        assert message(9).id not in _waiting_ids(store)
        assert store.settle(quick, Done()) is True
        assert store.claim(kind, after(99), 1, LEASE) == []

    def test_an_expired_lease_that_nobody_took_still_settles(self, store: Store, kind: ClaimKind) -> None:
        claim = _claimed(store, kind)
        assert store.settle(claim, Done()) is True

    @pytest.mark.parametrize(
        "outcome", [Done(), Dead("no use"), Retry(after(60), "busy"), Later(after(60)), Done(again=after(60))]
    )
    def test_work_is_settled_once(self, store: Store, kind: ClaimKind, outcome: Outcome) -> None:
        claim = _claimed(store, kind)
        assert store.settle(claim, outcome) is True
        assert store.settle(claim, outcome) is False
        assert store.claim(kind, after(59), 1, LEASE) == []

    def test_a_retry_comes_back_at_its_instant(self, store: Store, kind: ClaimKind) -> None:
        claim = _claimed(store, kind)
        assert store.settle(claim, Retry(after(7), "the line is busy"))
        assert store.claim(kind, after(6.9), 1, LEASE) == []
        (again,) = store.claim(kind, after(7), 1, LEASE)
        assert (again.id, again.attempts, again.wake_at, again.body) == (claim.id, 1, after(7), claim.body)

    def test_what_was_not_come_to_comes_back_and_counts_as_no_try(self, store: Store, kind: ClaimKind) -> None:
        claim = _claimed(store, kind)
        assert store.settle(claim, Retry(after(1), "the line is busy"))
        (claim,) = store.claim(kind, after(1), 1, LEASE)
        assert store.settle(claim, Later(after(2)))
        (waiting,) = store.work(kind, "waiting")
        assert (waiting.attempts, waiting.reason, waiting.wake_at) == (1, "the line is busy", after(2))
        (again,) = store.claim(kind, after(2), 1, LEASE)
        assert again.attempts == 1

    def test_dead_work_is_listed_and_put_back(self, store: Store, kind: ClaimKind) -> None:
        """Never tried, so that it has all its tries; what is not dead is left as it is."""
        _waiting(store, 0, 1, 2)
        first, second, third = store.claim(kind, after(5), 3, LEASE)
        store.settle_many([(first, Dead("no such address")), (second, Dead("")), (third, Done())])
        assert store.work(kind, "waiting") == []
        gone, silent = store.work(kind, "dead")
        expected = Work(kind, first.id, "c-1", "dead", "no such address", 1, None, first.body)
        assert (gone, silent.reason != "") == (expected, True)
        assert store.backlog(after(5)).dead == {"obligation": 0, "timer": 0, "message": 0, kind: 2}
        assert store.requeue(kind, [third.id, first.id, "nobody:has:this", first.id], after(7)) == [first.id]
        assert [it.id for it in store.work(kind, "dead")] == [second.id]
        assert store.work(kind, "waiting", 1) == [Work(kind, first.id, "c-1", "waiting", "", 0, after(7), first.body)]
        assert store.claim(kind, after(6), 9, LEASE) == []
        (again,) = store.claim(kind, after(7), 9, LEASE)
        assert (again.id, again.attempts) == (first.id, 0)

    def test_what_is_done_after_a_failure_is_not_dead(self, store: Store, kind: ClaimKind) -> None:
        claim = _claimed(store, kind)
        store.settle(claim, Retry(after(1), "the line is busy"))
        (claim,) = store.claim(kind, after(1), 1, LEASE)
        store.settle(claim, Done())
        assert store.work(kind, "dead") == []
        assert store.requeue(kind, [claim.id], after(2)) == []

    def test_the_backlog_says_what_is_due_and_when_the_next_is(self, store: Store) -> None:
        """What somebody has leased is due, and is nobody else's next."""
        assert store.backlog(after(0)) == Backlog(None, dict.fromkeys(_KINDS, 0), dict.fromkeys(_KINDS, 0), 0)
        _waiting(store, 0, 10)
        assert store.backlog(after(-5)).next_at == after(0)
        assert store.backlog(after(5)).due == dict.fromkeys(_KINDS, 1)
        for each in _KINDS:
            store.claim(each, after(5), 1, LEASE)
        assert store.backlog(after(6)).next_at == after(10)
        assert store.backlog(after(6)).due == dict.fromkeys(_KINDS, 1)
        assert (store.backlog(after(60)).overdue, store.backlog(after(61)).overdue) == (0, 2)

    def test_dead_work_is_never_claimed_again(self, store: Store, kind: ClaimKind) -> None:
        claim = _claimed(store, kind)
        assert store.settle(claim, Dead("no such address"))
        assert store.claim(kind, after(9999), 1, LEASE) == []

    def test_a_clock_that_goes_back_hands_nothing_out_twice(self, store: Store, kind: ClaimKind) -> None:
        """And loses nothing: it is claimed when the clock has caught up."""
        _waiting(store, 0, 10)
        store.claim(kind, after(0), 1, LEASE)
        assert store.claim(kind, after(-30), 9, LEASE) == []
        assert [it.wake_at for it in store.claim(kind, after(10), 9, LEASE)] == [after(0), after(10)]

    def test_many_are_settled_together(self, store: Store, kind: ClaimKind) -> None:
        """Each for itself: a lost lease among them spoils nothing."""
        _waiting(store, 0, 1, 2)
        first, second, third = store.claim(kind, after(5), 3, LEASE)
        assert store.settle(second, Retry(after(60), "busy"))
        outcomes: list[tuple[Claim, Outcome]] = [
            (first, Done()),
            (second, Done((message(9),))),
            (third, Done((message(8),), again=after(30))),
        ]
        assert store.settle_many(outcomes) == [True, False, True]
        assert store.settle_many([]) == []
        assert message(8).id in _waiting_ids(store)
        assert message(9).id not in _waiting_ids(store)

    def test_an_obligation_that_a_commit_replaced_is_a_lost_lease(self, store: Store) -> None:
        store.commit(batch(case(), obligations=(scheduled(),)))
        (claim,) = store.claim("obligation", after(0), 1, LEASE)
        store.commit(batch(case(version=2), obligations=(scheduled(wake=1),)))
        assert store.settle(claim, Done()) is False
        (again,) = store.claim("obligation", after(1), 1, LEASE)
        assert again.attempts == 0

    def test_an_obligation_that_a_commit_left_alone_keeps_its_lease(self, store: Store) -> None:
        store.commit(batch(case(), obligations=(scheduled(),)))
        (claim,) = store.claim("obligation", after(0), 1, LEASE)
        store.commit(batch(case(version=2), obligations=(scheduled(2, wake=None),)))
        assert store.settle(claim, Done()) is True

    def test_an_obligation_without_an_instant_is_never_claimed(self, store: Store) -> None:
        met = obligation(1, status=ObligationStatus.MET, closed_at=after(1))
        store.commit(batch(case(), obligations=(replace(scheduled(wake=None), obligation=met),)))
        assert store.claim("obligation", after(9999), 9, LEASE) == []

    def test_an_obligation_that_is_done_with_is_still_owed(self, store: Store) -> None:
        store.commit(batch(case(), obligations=(scheduled(1), scheduled(2))))
        first, second = store.claim("obligation", after(0), 2, LEASE)
        store.settle_many([(first, Done()), (second, Dead("no such role"))])
        assert store.obligations(ObligationQuery(statuses=(ObligationStatus.OPEN,))) == [obligation(1), obligation(2)]

    def test_what_was_told_of_an_obligation_is_remembered(self, store: Store) -> None:
        """Until it is due at another instant or somebody else owes it; through claims, failures and other changes."""
        store.commit(batch(case(), obligations=(scheduled(),)))
        (claim,) = store.claim("obligation", after(0), 1, LEASE)
        assert claim.told == ()
        store.settle(claim, Done(told=("remind",), again=after(1)))
        (claim,) = store.claim("obligation", after(1), 1, LEASE)
        assert claim.told == ("remind",)
        store.settle(claim, Done(told=("breach", "head"), again=after(2)))
        store.commit(batch(case(version=2), obligations=(scheduled(1, 3, moved=1),)))
        (claim,) = store.claim("obligation", after(3), 1, LEASE)
        assert claim.told == ("remind", "breach", "head"), "what was told is forgotten though it is due as it was"
        changes: tuple[dict[str, Any], ...] = ({"due": after(99)}, {"due": after(99), "person": "anna"})
        for version, change in enumerate(changes, 3):
            store.settle(claim, Done(told=("remind",), again=after(4)))
            store.commit(batch(case(version=version), obligations=(scheduled(1, 4, **change),)))
            (claim,) = store.claim("obligation", after(4), 1, LEASE)
            assert claim.told == (), f"what was told counts for {change}, of which nobody has been told"

    def test_looking_again_wakes_what_is_owed(self, store: Store) -> None:
        """What is open or paused and has a due instant, and nothing else."""
        met = obligation(1, status=ObligationStatus.MET, closed_at=after(1))
        paused = obligation(2, status=ObligationStatus.PAUSED)
        still = replace(obligation(3, status=ObligationStatus.PAUSED), due=None)
        owed = (*(Scheduled(it, None) for it in (met, paused, still)), scheduled(4, 500))
        store.commit(batch(case(), obligations=owed, timers=(DueTimer("c-1", "t", after(500)),)))
        store.look_again(after(5))
        assert store.claim("obligation", after(4), 9, LEASE) == []
        assert [it.body for it in store.claim("obligation", after(5), 9, LEASE)] == [paused, obligation(4)]
        assert store.claim("timer", after(5), 9, LEASE) == []

    def test_what_is_open_past_its_due_instant_is_overdue(self, store: Store) -> None:
        """Not what is met, paused, due later or at that very instant; whether or not somebody is to look at it."""
        due = after(10)
        owed = [obligation(1, due=due), obligation(2, due=after(20))]
        closed = [obligation(n, due=due, status=it) for n, it in enumerate(ObligationStatus, 3) if it != "open"]
        store.commit(batch(case(), obligations=tuple(Scheduled(it, None) for it in (*owed, *closed))))
        assert [store.backlog(after(minutes)).overdue for minutes in (10, 11, 20, 21)] == [0, 1, 1, 2]

    def test_timers_are_replaced_as_a_whole(self, store: Store) -> None:
        """None leaves them, an empty tuple ends them."""
        timers = (DueTimer("c-1", "expire", after(1)), DueTimer("c-1", "напомнить", after(2)))
        store.commit(batch(case(), timers=timers))
        store.commit(batch(case(version=2)))
        (claim, _) = store.claim("timer", after(2), 9, LEASE)
        assert claim.body == timers[0]
        store.commit(batch(case(version=3), timers=(DueTimer("c-1", "expire", after(3)),)))
        assert store.settle(claim, Done()) is False
        assert [it.body for it in store.claim("timer", after(9), 9, LEASE)] == [DueTimer("c-1", "expire", after(3))]
        store.commit(batch(case(version=4), timers=()))
        assert store.claim("timer", after(99), 9, LEASE) == []

    def test_a_message_is_told_once(self, store: Store) -> None:
        """A second of the same id is dropped, also when the first has been delivered."""
        store.commit(batch(case(), messages=(message(1), message(1, text="twice"))))
        (claim,) = store.claim("message", after(0), 9, LEASE)
        assert claim.body == message(1)
        store.settle(claim, Done())
        store.commit(batch(case(version=2), messages=(message(1, text="thrice"), message(2))))
        assert store.messages("delivered") == [(message(1), "")]
        assert store.messages("waiting") == [(message(2), "")]

    def test_a_message_that_waited_without_words_keeps_those_in_which_it_went_out(self, store: Store) -> None:
        silent = message(1, subject="", text="")
        store.commit(batch(case(), messages=(silent, message(2))))
        first, second = store.claim("message", after(0), 9, LEASE)
        store.settle_many([(first, Done(words=("Срок", "«сегодня»"))), (second, Done())])
        assert store.messages("delivered") == [
            (replace(silent, subject="Срок", text="«сегодня»"), ""),
            (message(2), ""),
        ]

    def test_a_message_waits_for_its_time(self, store: Store) -> None:
        """And comes back with everything that it says of its recipient."""
        held = message(1, 0, name="Анна Орлова", channel="phone", not_before=after(600), digest=True)
        late = message(2, 30, not_before=after(10))
        store.commit(batch(case(), messages=(held, late)))
        assert store.claim("message", after(29), 9, LEASE) == []
        [second] = store.claim("message", after(599), 9, LEASE)
        assert (second.body, second.wake_at) == (late, after(30))
        [first] = store.claim("message", after(600), 9, LEASE)
        assert (first.body, first.wake_at) == (held, after(600))

    def test_settling_puts_messages_out_with_the_outcome(self, store: Store) -> None:
        """In the same transaction; an id that is there already is dropped."""
        store.commit(batch(case(), obligations=(scheduled(1), scheduled(2)), messages=(message(1),)))
        first, second = store.claim("obligation", after(0), 2, LEASE)
        assert store.settle(first, Done((message(1, text="twice"), message(2)), again=after(60)))
        assert store.settle(second, Done((message(3),)))
        assert store.messages("waiting") == [(message(number), "") for number in (1, 2, 3)]

    def test_a_message_that_is_no_longer_needed_is_kept_with_the_reason_and_with_what_takes_its_place(
        self, store: Store
    ) -> None:
        store.commit(batch(case(), messages=(message(1),)))
        (claim,) = store.claim("message", after(0), 9, LEASE)
        assert store.settle(claim, Dropped("it has been done", (message(2),)))
        assert store.messages("dropped") == [(message(1), "it has been done")]
        assert store.messages("waiting") == [(message(2), "")]
        assert store.requeue("message", [message(1).id], after(1)) == []

    def test_messages_are_listed_by_state_with_the_last_reason(self, store: Store) -> None:
        messages = (message(1, 3), message(2, 2), message(3, 1), message(4, 0, address=None, payload={}))
        store.commit(batch(case(), messages=messages))
        claims = {it.id: it for it in store.claim("message", after(5), 9, LEASE)}
        store.settle(claims["c-1:1:anna"], Retry(after(30), "линия занята"))
        store.settle(claims["c-1:2:anna"], Dead("no such address"))
        store.settle(claims["c-1:3:anna"], Done())
        assert store.messages("waiting") == [(messages[0], "линия занята"), (messages[3], "")]
        assert store.messages("waiting", limit=1) == [(messages[0], "линия занята")]
        assert store.messages("dead") == [(messages[1], "no such address")]
        assert store.messages("delivered") == [(messages[2], "")]


def _waiting(store: Store, *minutes: float) -> None:
    """An obligation, a timer and a message for each of these minutes after noon."""
    each = tuple(enumerate(minutes))
    timers = tuple(DueTimer("c-1", f"timer-{number}", after(at)) for number, at in each)
    messages = tuple(message(number, at) for number, at in each)
    store.commit(batch(case(), obligations=tuple(scheduled(*it) for it in each), timers=timers, messages=messages))


def _claimed(store: Store, kind: ClaimKind) -> Claim:
    """The only work of a kind, due at noon and claimed then."""
    _waiting(store, 0)
    (claim,) = store.claim(kind, after(0), 1, LEASE)
    return claim


def _waiting_ids(store: Store) -> list[str]:
    return [it.id for it, _ in store.messages("waiting")]
