"""Everything in one JSON file, which is written anew after each change: for one program and some thousand cases."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from salesreg.adapters.memory import MemoryStore
from salesreg.errors import NotADatabase, StoreUnavailable
from salesreg.ports import Batch, Claim, ClaimKind, Committed, Kept, Outcome

T = TypeVar("T")
_file = msgspec.json.Decoder(list[Kept])


class JsonStore(MemoryStore):
    """A store in memory whose every change is on disk before anybody is told of it.

    Leases last as long as the program: after a crash, work that it had claimed is claimed again.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        if path.exists():
            try:
                super().restore(_file.decode(path.read_bytes()))
            except msgspec.DecodeError as error:
                raise NotADatabase(f"{path} is no file of this store: {error}") from error

    def _changed(self, change: Callable[[MemoryStore], T]) -> T:
        """Change a copy, write it down, and only then change what others see."""
        with self.alone(), self.snapshot() as copy:
            assert isinstance(copy, MemoryStore)
            change(copy)
            part = self.path.with_suffix(".part")
            try:
                with part.open("wb") as file:
                    file.write(msgspec.json.encode(list(copy.archive())))
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
            except OSError as error:
                raise StoreUnavailable(f"{self.path} cannot be written: {error.strerror}") from error
            return change(self)

    def commit(self, batch: Batch) -> Committed:
        return self._changed(lambda store: MemoryStore.commit(store, batch))

    def claim(self, kind: ClaimKind, now: dt.datetime, limit: int, lease: dt.timedelta) -> list[Claim]:
        return self._changed(lambda store: MemoryStore.claim(store, kind, now, limit, lease))

    def settle_many(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        return self._changed(lambda store: MemoryStore.settle_many(store, outcomes))

    def requeue(self, kind: ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        return self._changed(lambda store: MemoryStore.requeue(store, kind, ids, now))

    def look_again(self, now: dt.datetime) -> None:
        self._changed(lambda store: MemoryStore.look_again(store, now))

    def keep_regulation(self, content_hash: str, body: bytes) -> None:
        self._changed(lambda store: MemoryStore.keep_regulation(store, content_hash, body))

    def keep_fingerprint(self, process: str, version: int, rulebook: str, fingerprint: str) -> None:
        self._changed(lambda store: MemoryStore.keep_fingerprint(store, process, version, rulebook, fingerprint))

    def restore(self, kept: Sequence[Kept]) -> None:
        self._changed(lambda store: MemoryStore.restore(store, kept))

    def purge(self, before: dt.datetime) -> tuple[int, int]:
        return self._changed(lambda store: MemoryStore.purge(store, before))
