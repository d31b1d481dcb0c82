"""The contracts that every adapter of ours is held to, for adapters of anybody's.

Subclass one in a test module and give it a fixture; pytest then runs the whole contract against your adapter.
"""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace

from salesreg.errors import KeyTaken, StoreUnavailable, VersionConflict
from salesreg.ports import ClaimKind, Command, Done, Store
from salesreg.testing._bounds import THREADS, Bounded, together
from salesreg.testing._records import LEASE, after, batch, case, message, obligation, scheduled
from salesreg.testing._store_archive import Archive
from salesreg.testing._store_commits import Commits
from salesreg.testing._store_pages import Pages
from salesreg.testing._store_queries import Queries
from salesreg.testing._store_threads import Threads, count_up
from salesreg.testing._store_values import Values
from salesreg.testing._store_work import Works

_BOTH: Final[tuple[ClaimKind, ...]] = ("obligation", "message")


class StoreContract(Commits, Values, Queries, Pages, Works, Threads, Archive, Bounded):
    """What every `salesreg.ports.Store` promises.

    Give it the fixture ``store``: an empty store for each test, closed afterwards. If what it keeps outlives it, use
    `DurableStoreContract`::

        class TestMyStore(StoreContract):
            @pytest.fixture
            def store(self):
                with closing(MyStore()) as store:
                    yield store
    """

    @pytest.fixture
    def store(self) -> Store:
        """An empty store; override it."""
        raise NotImplementedError("give your subclass of StoreContract a fixture named store")

    def test_it_is_a_store(self, store: Store) -> None:
        """It has every method of the port."""
        assert isinstance(store, Store)

    def test_closing_twice_is_closing_once(self, store: Store) -> None:
        """After it, the store says that it is closed."""
        store.close()
        store.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            store.commit(batch(case()))
        with pytest.raises(StoreUnavailable, match="closed"):
            store.load(["c-1"])


class DurableStoreContract(StoreContract):
    """What a store promises whose content outlives it.

    Beside the fixture, give it `reopen`::

        class TestMyStore(DurableStoreContract):
            @pytest.fixture
            def store(self, tmp_path):
                store = MyStore(tmp_path / "sales")
                yield store
                store.close()

            def reopen(self, store):
                return MyStore(store.path)
    """

    def reopen(self, store: Store) -> Store:
        """Another store over what a closed one kept; override it."""
        raise NotImplementedError(f"give your subclass of DurableStoreContract a method reopen for {store!r}")

    def test_what_was_acknowledged_outlives_the_store(self, store: Store) -> None:
        """Cases, events, obligations, messages, keys and marks."""
        kept = batch(case(), obligations=(scheduled(),), messages=(message(),), keys_taken=("k",), marks={"m": "да"})
        store.commit(kept)
        events = list(store.events())
        store.close()
        again = self.reopen(store)
        try:
            assert again.load(["c-1"]).cases["c-1"] == replace(case(), obligations=(obligation(),))
            assert list(again.events()) == events
            assert again.messages("waiting") == [(message(), "")]
            assert (again.holder("k"), again.mark("m")) == ("c-1", "да")
        finally:
            again.close()


class SharedStoreContract(DurableStoreContract):
    """What a durable store promises that several programs may have open at once; `reopen` opens it beside another."""

    def test_what_one_writes_another_finds_at_once(self, store: Store) -> None:
        """A second store over the same content, as another program has it open."""
        other = self.reopen(store)
        try:
            store.commit(batch(case(), keys_taken=("k",), command=Command("key", "f", "c-1", 1)))
            assert other.load(["c-1"]).cases["c-1"] == case()
            with pytest.raises(KeyTaken):
                other.commit(batch(case("c-2"), keys_taken=("k",)))
            assert other.commit(batch(case("c-3"), command=Command("key", "f", "c-3", 1))).earlier is not None
            other.commit(batch(case(version=2)))
            with pytest.raises(VersionConflict):
                store.commit(batch(case(version=2, stage="late")))
            assert [it.version for it in store.events()] == [1, 2]
        finally:
            other.close()

    def test_what_one_has_leased_another_is_not_given(self, store: Store) -> None:
        """Until the lease ends; then the first cannot settle it any more."""
        other = self.reopen(store)
        try:
            store.commit(batch(case(), obligations=(scheduled(),), messages=(message(),)))
            for kind in _BOTH:
                (claim,) = store.claim(kind, after(0), 9, LEASE)
                assert other.claim(kind, after(1), 9, LEASE) == [], f"two programs were given one {kind}"
                (again,) = other.claim(kind, after(0) + LEASE, 9, LEASE)
                assert store.settle(claim, Done()) is False, "a lease that another program took over still settles"
                assert other.settle(again, Done()) is True
        finally:
            other.close()

    def test_several_stores_count_up_together(self, store: Store) -> None:
        """Each in a thread of its own over the same content: no commit is lost, and none is made twice."""
        store.commit(batch(case()))
        others = [self.reopen(store) for _ in range(THREADS)]
        try:
            counted = together(lambda number: [count_up(others[number]) for _ in range(5)])
            assert sorted(version for versions in counted for version in versions) == list(range(2, 5 * THREADS + 2))
            assert [it.version for it in store.events()] == list(range(1, 5 * THREADS + 2))
        finally:
            for other in others:
                other.close()
