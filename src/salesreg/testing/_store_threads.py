"""What a store promises to several threads at once."""

from __future__ import annotations

from collections import Counter
from threading import Event

import pytest
from msgspec.structs import replace

from salesreg.errors import KeyTaken, VersionConflict
from salesreg.ports import CaseQuery, Command, Done, Store
from salesreg.testing._bounds import THREADS, Apart, together
from salesreg.testing._records import LEASE, after, batch, case, message, scheduled

ROUNDS = 10


class Threads:
    """Threads on one store."""

    def test_every_acknowledged_commit_is_there_once(self, store: Store) -> None:
        store.commit(batch(case()))
        counted = together(lambda _: [count_up(store) for _ in range(ROUNDS)])
        acknowledged = [version for versions in counted for version in versions]
        assert sorted(acknowledged) == list(range(2, THREADS * ROUNDS + 2)), "two commits wrote one version"
        assert [it.version for it in store.events("c-1")] == list(range(1, THREADS * ROUNDS + 2))
        assert store.load(["c-1"]).cases["c-1"].version == THREADS * ROUNDS + 1

    def test_whoever_reads_sees_the_whole_of_a_batch_or_nothing_of_it(self, store: Store) -> None:
        """Cases of one batch move together, and their events, keys and messages with them."""
        store.commit(batch(case("a"), case("b"), messages=(message(1),)))

        written = Event()

        def write() -> None:
            try:
                for version in range(2, 2 + 2 * ROUNDS):
                    store.commit(batch(case("a", version), case("b", version), messages=(message(version),)))
            finally:
                written.set()

        def look(thread: int) -> None:
            if thread == 1:
                seen = store.load(["a", "b"]).cases
                assert seen["a"].version == seen["b"].version, "a batch was half visible to load"
            elif thread == 2:
                assert len({it.version for it in store.find(CaseQuery())}) == 1, "a batch was half visible to find"
            else:
                assert len(list(store.events())) % 2 == 0, "a batch was half visible in the log"
                told = len(store.messages("waiting"))
                assert told <= store.load(["a"]).cases["a"].version, "a message was visible before what it tells"

        def work(thread: int) -> None:
            if thread == 0:
                write()
            while thread and not written.is_set():
                look(thread)

        together(work)

    def test_one_command_sent_by_many_is_carried_out_once(self, store: Store) -> None:
        def send(thread: int) -> str | None:
            name = f"c-{thread}"
            earlier = store.commit(batch(case(name), command=Command("k", "f", name, 1))).earlier
            return None if earlier is None else earlier.case

        answers = Counter(together(send))
        (event,) = store.events()
        assert answers == {None: 1, event.case: THREADS - 1}

    def test_one_key_wanted_by_many_is_taken_once(self, store: Store) -> None:
        def take(thread: int) -> str:
            try:
                store.commit(batch(case(f"c-{thread}"), keys_taken=("k",)))
            except KeyTaken as refused:
                return refused.holder
            return f"c-{thread}"

        assert set(together(take)) == {store.holder("k")}

    def test_whoever_is_alone_writes_while_others_wait(self, store: Store) -> None:
        store.commit(batch(case()))
        with store.alone():
            version = store.load(["c-1"]).cases["c-1"].version
            late = Apart(lambda: store.commit(batch(case(version=2))))
            with pytest.raises(TimeoutError):
                late.result(0.1)
            store.commit(batch(case(version=version + 1)))
            assert store.load(["c-1"]).cases["c-1"].version == 2
        with pytest.raises(VersionConflict):
            late.result(10)
        assert [it.version for it in store.events("c-1")] == [1, 2]

    def test_no_work_is_handed_out_twice(self, store: Store) -> None:
        many = range(30)
        store.commit(
            batch(
                case(),
                obligations=tuple(scheduled(number, number) for number in many),
                messages=tuple(message(number, number) for number in many),
            )
        )

        def work(_: int) -> list[str]:
            done = []
            for kind in ("obligation", "message") * len(many):
                claims = store.claim(kind, after(99), 3, LEASE)
                assert all(store.settle_many([(claim, Done()) for claim in claims]))
                done += [f"{kind} {claim.id}" for claim in claims]
            return done

        done = Counter(each for part in together(work) for each in part)
        assert len(done) == 2 * len(many)
        assert set(done.values()) == {1}


def count_up(store: Store) -> int:
    """Write the next version of a case, whoever else does, and say which it was."""
    for _ in range(THREADS * ROUNDS * 50):
        it = store.load(["c-1"]).cases["c-1"]
        version = it.version + 1
        try:
            store.commit(batch(replace(it, version=version, obligations=())))
        except VersionConflict:
            continue
        return version
    raise AssertionError("a commit at the version just loaded is a conflict every time")
