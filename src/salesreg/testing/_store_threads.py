"""What a store promises to several threads at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import attrs

from salesreg.errors import KeyTaken, VersionConflict
from salesreg.ports import Command, Done, Store
from salesreg.testing._records import LEASE, after, batch, case, message, scheduled

THREADS = 4
ROUNDS = 10


class Threads:
    """Threads on one store."""

    def test_every_acknowledged_commit_is_there_once(self, store: Store) -> None:
        """Threads that count one case up lose nothing and double nothing."""
        store.commit(batch(case()))
        start = Barrier(THREADS)

        def count_up(_: int) -> list[int]:
            start.wait()
            return [_count_up(store) for _ in range(ROUNDS)]

        with ThreadPoolExecutor(THREADS) as pool:
            acknowledged = [version for versions in pool.map(count_up, range(THREADS)) for version in versions]
        assert sorted(acknowledged) == list(range(2, THREADS * ROUNDS + 2))
        assert [it.version for it in store.events("c-1")] == list(range(1, THREADS * ROUNDS + 2))
        assert store.load(["c-1"]).cases["c-1"].version == THREADS * ROUNDS + 1

    def test_one_command_sent_by_many_is_carried_out_once(self, store: Store) -> None:
        """The others learn what the first one did."""
        start = Barrier(THREADS)

        def send(thread: int) -> str | None:
            start.wait()
            name = f"c-{thread}"
            earlier = store.commit(batch(case(name), command=Command("k", "f", name, 1))).earlier
            return None if earlier is None else earlier.case

        with ThreadPoolExecutor(THREADS) as pool:
            answers = Counter(pool.map(send, range(THREADS)))
        (event,) = store.events()
        assert answers == {None: 1, event.case: THREADS - 1}

    def test_one_key_wanted_by_many_is_taken_once(self, store: Store) -> None:
        """The others are told who has it."""
        start = Barrier(THREADS)

        def take(thread: int) -> str:
            start.wait()
            try:
                store.commit(batch(case(f"c-{thread}"), keys_taken=("k",)))
            except KeyTaken as refused:
                return refused.holder
            return f"c-{thread}"

        with ThreadPoolExecutor(THREADS) as pool:
            answers = set(pool.map(take, range(THREADS)))
        assert answers == {store.holder("k")}

    def test_no_work_is_handed_out_twice(self, store: Store) -> None:
        """Workers share what is due among themselves."""
        many = range(30)
        store.commit(
            batch(
                case(),
                obligations=tuple(scheduled(number, number) for number in many),
                messages=tuple(message(number, number) for number in many),
            )
        )
        start = Barrier(THREADS)

        def work(_: int) -> list[str]:
            start.wait()
            done = []
            for kind in ("obligation", "message") * len(many):
                claims = store.claim(kind, after(99), 3, LEASE)
                assert all(store.settle_many([(claim, Done()) for claim in claims]))
                done += [f"{kind} {claim.id}" for claim in claims]
            return done

        with ThreadPoolExecutor(THREADS) as pool:
            done = Counter(each for part in pool.map(work, range(THREADS)) for each in part)
        assert len(done) == 2 * len(many)
        assert set(done.values()) == {1}


def _count_up(store: Store) -> int:
    while True:
        it = store.load(["c-1"]).cases["c-1"]
        version = it.version + 1
        try:
            store.commit(batch(attrs.evolve(it, version=version, obligations=())))
        except VersionConflict:
            continue
        return version
