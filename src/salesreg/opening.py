"""From an address to a running engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from salesreg.engine import ProcessEngine
from salesreg.errors import StoreUrlError
from salesreg.ports import Clock, Directory, Notifier, Store
from salesreg.processes import Process
from salesreg.reactions import REACTIONS, Reaction
from salesreg.regulation import Regulation

__all__ = ["open_engine", "open_store"]


def open_store(url: str) -> Store:
    """The store that an address names.

    Args:
        url: ``"memory:"``, or ``"sqlite:///sales.db"`` (four slashes for an absolute path); a missing file is created.

    Raises:
        StoreUrlError: the address names no adapter.
        NotADatabase, SchemaTooNew, SchemaOutdated, StoreUnavailable: the file cannot be used as it is.

    >>> from salesreg.ports import CaseQuery
    >>> open_store("memory:").find(CaseQuery())
    []
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "memory" and colon and rest in {"", "//"}:
        from salesreg.adapters.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite" and rest.startswith("///") and len(rest) > len("///"):
        from salesreg.adapters.sqlite import SqliteStore

        return SqliteStore(Path(rest.removeprefix("///")))
    raise StoreUrlError(f'no store is named by {url!r}: use "memory:" or "sqlite:///sales.db"')


def open_engine(
    url: str | Store,
    *,
    regulation: Regulation,
    directory: Directory,
    notifier: Notifier | None = None,
    clock: Clock | None = None,
    processes: Sequence[type[Process[Any]]] | None = None,
    reactions: Sequence[Reaction] = REACTIONS,
    lang: Literal["en", "ru"] = "en",
) -> ProcessEngine:
    """Open a store and run the processes of the regulation on it.

    Args:
        url: ``"sqlite:///sales.db"``, ``"memory:"``, or a `Store` of your own.
        regulation: what new cases run under; every value it leaves open is named at once.
        directory: who works here.
        notifier: how people are told; None leaves messages in the outbox.
        clock: what time it is; by default the system's clock.
        processes: by default every shipped process.
        reactions: by default the shipped ones.
        lang: language of the messages.

    Raises:
        StoreUrlError: the address names no adapter.
        ParameterNotSet: the regulation leaves values open.
        StoreError: the store cannot be used as it is, or running cases cannot be carried on.
    """
    from salesreg.adapters.memory import SystemClock
    from salesreg.regulations import PROCESSES

    if not isinstance(url, str | Store):
        raise StoreUrlError(f'no store is named by {url!r}: use "memory:", "sqlite:///sales.db" or a store of your own')
    store = open_store(url) if isinstance(url, str) else url
    try:
        return ProcessEngine(
            store,
            regulation=regulation,
            directory=directory,
            clock=SystemClock() if clock is None else clock,
            processes=PROCESSES if processes is None else processes,
            notifier=notifier,
            reactions=reactions,
            lang=lang,
        )
    except BaseException:
        if isinstance(url, str):
            store.close()
        raise
