"""What a store promises to several threads at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from msgspec.structs import replace

from salesreg.errors import KeyTaken, VersionConflict
from salesreg.ports import Command, Done, Store
from salesreg.testing._records import LEASE, after, batch, case, message, scheduled

T = TypeVar("T")

THREADS = 4
ROUNDS = 10


class Threads:
    """Threads on one store."""

    def test_every_acknowledged_commit_is_there_once(self, store: Store) -> None:
        store.commit(batch(case()))

        def count_up(_: int) -> list[int]:
            return [_count_up(store) for _ in range(ROUNDS)]

        acknowledged = [version for versions in _together(count_up) for version in versions]
        assert sorted(acknowledged) == list(range(2, THREADS * ROUNDS + 2))
        assert [it.version for it in store.events("c-1")] == list(range(1, THREADS * ROUNDS + 2))
        assert store.load(["c-1"]).cases["c-1"].version == THREADS * ROUNDS + 1

    def test_one_command_sent_by_many_is_carried_out_once(self, store: Store) -> None:
        def send(thread: int) -> str | None:
            name = f"c-{thread}"
            earlier = store.commit(batch(case(name), command=Command("k", "f", name, 1))).earlier
            return None if earlier is None else earlier.case

        answers = Counter(_together(send))
        (event,) = store.events()
        assert answers == {None: 1, event.case: THREADS - 1}

    def test_one_key_wanted_by_many_is_taken_once(self, store: Store) -> None:
        def take(thread: int) -> str:
            try:
                store.commit(batch(case(f"c-{thread}"), keys_taken=("k",)))
            except KeyTaken as refused:
                return refused.holder
            return f"c-{thread}"

        assert set(_together(take)) == {store.holder("k")}

    def test_whoever_is_alone_writes_while_others_wait(self, store: Store) -> None:
        store.commit(batch(case()))
        with ThreadPoolExecutor(1) as others:
            with store.alone():
                version = store.load(["c-1"]).cases["c-1"].version
                late = others.submit(store.commit, batch(case(version=2)))
                with pytest.raises(TimeoutError):
                    late.result(0.2)
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

        done = Counter(each for part in _together(work) for each in part)
        assert len(done) == 2 * len(many)
        assert set(done.values()) == {1}


def _together(work: Callable[[int], T]) -> list[T]:
    """What several threads answer that begin at the same moment."""
    start = Barrier(THREADS)

    def at_once(thread: int) -> T:
        start.wait()
        return work(thread)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(at_once, range(THREADS)))


def _count_up(store: Store) -> int:
    while True:
        it = store.load(["c-1"]).cases["c-1"]
        version = it.version + 1
        try:
            store.commit(batch(replace(it, version=version, obligations=())))
        except VersionConflict:
            continue
        return version
