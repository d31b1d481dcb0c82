"""The contracts that every adapter of ours is held to, for adapters of anybody's.

Subclass one in a test module and give it a fixture; pytest then runs the whole contract against your adapter.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from salesreg.errors import StoreUnavailable
from salesreg.ports import Delivered, Delivery, Message, Notifier, Permanent, Store, Temporary, Unknown
from salesreg.testing._records import batch, case, message, obligation, scheduled
from salesreg.testing._store_archive import Archive
from salesreg.testing._store_commits import Commits
from salesreg.testing._store_queries import Queries
from salesreg.testing._store_threads import Threads
from salesreg.testing._store_work import Works


class StoreContract(Commits, Queries, Works, Threads, Archive):
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


class NotifierContract:
    """What every `salesreg.ports.Notifier` promises.

    Give it the fixture ``notifier``, and override `message` if your channel needs another address::

        class TestMyNotifier(NotifierContract):
            @pytest.fixture
            def notifier(self, my_test_server):
                return MyNotifier(my_test_server.url)
    """

    @pytest.fixture
    def notifier(self) -> Notifier:
        """A notifier whose messages go nowhere real; override it."""
        raise NotImplementedError("give your subclass of NotifierContract a fixture named notifier")

    def message(self) -> Message:
        """A message that the channel can deliver."""
        return message()

    def test_it_is_a_notifier(self, notifier: Notifier) -> None:
        """It has the method of the port."""
        assert isinstance(notifier, Notifier)

    def test_a_message_is_delivered(self, notifier: Notifier) -> None:
        """Russian letters, several lines and all."""
        assert notifier.send(self.message()) == Delivered()

    def test_the_same_message_may_be_sent_again(self, notifier: Notifier) -> None:
        """A relay that crashed sends it twice under one id; that is no error."""
        notifier.send(self.message())
        assert notifier.send(self.message()) == Delivered()

    @pytest.mark.parametrize(
        "odd",
        [
            {"address": None},
            {"address": ""},
            {"address": "nobody nowhere"},
            {"subject": "two\r\nBcc: everybody@firm.example"},
            {"text": ""},
            {"text": "\x00\udc80 🙂" * 1000},
        ],
        ids=["no address", "empty address", "wrong address", "line break in the subject", "no text", "odd text"],
    )
    def test_it_reports_rather_than_raises(self, notifier: Notifier, odd: dict[str, Any]) -> None:
        """Whatever the message, the relay learns what became of it."""
        delivery: Delivery = notifier.send(replace(self.message(), **odd))
        assert isinstance(delivery, Delivered | Temporary | Permanent | Unknown)
