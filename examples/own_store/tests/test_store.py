from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from own.store import JsonStore

from salesreg.errors import NotADatabase, StoreUnavailable
from salesreg.testing import DurableStoreContract


class TestJsonStore(DurableStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[JsonStore]:
        with closing(JsonStore(tmp_path / "cases.json")) as store:
            yield store

    def reopen(self, store: JsonStore) -> JsonStore:
        return JsonStore(store.path)

    def another(self, store: JsonStore) -> closing[JsonStore]:
        return closing(JsonStore(store.path.with_name("another.json")))


def test_a_file_of_something_else_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text('{"todo": []}')
    with pytest.raises(NotADatabase, match=r"notes\.json is no file of this store"):
        JsonStore(path)
    assert path.read_text() == '{"todo": []}'


def test_what_cannot_be_written_has_not_happened(tmp_path: Path) -> None:
    store = JsonStore(tmp_path / "gone" / "cases.json")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        store.keep_regulation("hash", b"{}")
    assert store.regulation("hash") is None
