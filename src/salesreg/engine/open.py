"""From an address to a running engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from salesreg.engine.engine import ProcessEngine
from salesreg.errors import StoreUrlError
from salesreg.ports import Clock, Directory, Notifier, Store
from salesreg.process.rulebook import Rulebook
from salesreg.rules.regulation import Regulation

_NAMED: Final = '"memory:", "sqlite:///sales.db" or "postgresql://host/name"'


def open_store(url: str) -> Store:
    """The store that an address names.

    Args:
        url: ``"memory:"``, or ``"sqlite:///sales.db"`` (four slashes for an absolute path); a missing file is created.
            With ``?mode=ro`` behind it the file is only read, as on media that cannot be written to.
            Or ``"postgresql://user@host/database"``, as libpq reads it, where missing tables are made: ``?tenant=acme``
            keeps a firm's cases in a schema of its own, ``?schema=`` names one, and ``?mode=ro`` only looks.

    Raises:
        StoreUrlError: the address names no adapter.
        NotADatabase, SchemaTooNew, SchemaOutdated, StoreUnavailable: the database cannot be used as it is.
        MissingExtraError: psycopg is not installed.

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

        path = rest.removeprefix("///")
        return SqliteStore(Path(path.removesuffix("?mode=ro")), read_only=path.endswith("?mode=ro"))
    if scheme in {"postgresql", "postgres"} and rest.startswith("//"):
        from salesreg.adapters.postgres import PostgresStore

        return PostgresStore(url)
    raise StoreUrlError(f"no store is named by {url!r}: use {_NAMED}")


def open_engine(
    url: str | Store,
    *,
    rulebook: Rulebook,
    regulation: Regulation,
    directory: Directory,
    notifier: Notifier | None = None,
    clock: Clock | None = None,
    lang: str = "en",
) -> ProcessEngine:
    """Open a store and run the processes of a rulebook on it.

    Args:
        url: ``"sqlite:///sales.db"``, ``"postgresql://host/name"``, ``"memory:"``, or a `Store` of your own.
        rulebook: the roles, processes, reactions and texts.
        regulation: what new cases run under; every value it leaves open is named at once.
        directory: who works here.
        notifier: how people are told; None leaves messages in the outbox.
        clock: what time it is; by default the system's clock.
        lang: language of the messages.

    Raises:
        StoreUrlError: the address names no adapter.
        ParameterNotSet, RegulationMismatch: the regulation does not fit the rulebook.
        StoreError: the store cannot be used as it is, or running cases cannot be carried on.
    """
    from salesreg.adapters.memory import SystemClock

    if not isinstance(url, str | Store):
        raise StoreUrlError(f"no store is named by {url!r}: use {_NAMED}, or a store of your own")
    store = open_store(url) if isinstance(url, str) else url
    try:
        return ProcessEngine(
            store,
            rulebook=rulebook,
            regulation=regulation,
            directory=directory,
            clock=SystemClock() if clock is None else clock,
            notifier=notifier,
            lang=lang,
        )
    except BaseException:
        if isinstance(url, str):
            store.close()
        raise
