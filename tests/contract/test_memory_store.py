"""The store in memory keeps the contract."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing

import pytest

from salesreg.adapters.memory import MemoryStore
from salesreg.errors import NaiveDatetimeError
from salesreg.ports import Store
from salesreg.testing import StoreContract
from salesreg.testing._records import LEASE, after


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        store = MemoryStore()
        yield store
        store.close()

    def another(self, store: Store) -> AbstractContextManager[Store]:
        return closing(MemoryStore())

    def test_a_naive_instant_is_refused(self, store: Store) -> None:
        with pytest.raises(NaiveDatetimeError):
            store.claim("message", after(0).replace(tzinfo=None), 1, LEASE)
