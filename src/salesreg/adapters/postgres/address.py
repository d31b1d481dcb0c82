"""Where a database is, which schema of it is meant, and a clear sentence for each of PostgreSQL's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self
from urllib.parse import quote, unquote, urlencode

import attrs
import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout

from salesreg.errors import NotADatabase, StoreError, StoreUnavailable, StoreUrlError

_UNAVAILABLE: Final[dict[type[psycopg.Error], str]] = {
    errors.LockNotAvailable: "is busy: another program is writing to it and did not finish in time; try again",
    errors.SerializationFailure: "is busy: another transaction was in the way; try again",
    errors.DeadlockDetected: "is busy: another transaction was in the way; try again",
    errors.ReadOnlySqlTransaction: "is read-only, so nothing was written",
    errors.DiskFull: "has no room to grow because the disk is full, so nothing was written",
    errors.TooManyConnections: "has no connection to spare: allow fewer with max_connections, or more in the server",
}
_BECAUSE: Final[dict[type[psycopg.Error], str]] = {
    errors.InsufficientPrivilege: "does not let this user do that",
    errors.QueryCanceled: "was interrupted, so nothing was written",
    PoolTimeout: "had no connection to spare in time, or is away",
    errors.OutOfMemory: "failed, so nothing was written",
    errors.IoError: "failed, so nothing was written",
    errors.InternalError_: "failed, so nothing was written",
}


_ENCODED: Final = "it reads postgresql://user:password@host/database, and what is special in it is percent-encoded"


@attrs.frozen
class Address:
    """A database, and the schema in it.

    Attributes:
        conninfo: how it is reached.
        schema: where the tables are.
        name: how it is called in messages, without its password.
        read_only: whether it is only looked at.
    """

    conninfo: str
    schema: str
    name: str
    read_only: bool = False

    @classmethod
    def of(cls, url: str, *, schema: str | None = None, tenant: str | None = None) -> Self:
        """The address that a URL names; ``schema``, ``tenant`` and ``mode=ro`` may also stand in its query.

        Raises:
            StoreUrlError: it is none.
        """
        base, _, rest = url.partition("?")
        pairs = (one.partition("=") for one in rest.split("&") if one)
        query = {unquote(key): unquote(value) for key, _, value in pairs}  # to libpq a plus is a plus
        asked = {name: query.pop(name, None) for name in ("schema", "tenant", "mode")}
        where = named(
            *(asked[name] if given is None else given for name, given in (("schema", schema), ("tenant", tenant)))
        )
        if asked["mode"] not in {None, "ro"}:
            raise StoreUrlError(f"a database is opened with mode=ro or without a mode, not with {asked['mode']!r}")
        try:
            given = conninfo_to_dict(f"{base}?{urlencode(query, quote_via=quote)}" if query else base)
        except psycopg.ProgrammingError as wrong:
            said = _ENCODED if _has_password(url) else str(wrong).strip()
            raise StoreUrlError(f"no PostgreSQL is named by this address: {said}") from None
        if "@" in f"{given.get('host')}{given.get('dbname')}" and _has_password(url):
            raise StoreUrlError(f"no PostgreSQL is named by this address: {_ENCODED}")
        usual: dict[str, Any] = {"connect_timeout": 10, "fallback_application_name": "salesreg"}
        at = f"{given.get('host', '')}/{given.get('dbname', '')}"
        name = f"PostgreSQL {at} (schema {where})"
        return cls(make_conninfo(**usual | given, client_encoding="UTF8"), where, name, asked["mode"] == "ro")


def _has_password(url: str) -> bool:
    """Whether an address may hold one, so that nothing of it is said."""
    return ":" in url.partition("//")[2].rpartition("@")[0]


def named(schema: str | None, tenant: str | None) -> str:
    """The schema that is meant; StoreUrlError if it cannot be one."""
    if schema is not None and tenant is not None:
        raise StoreUrlError(f"give either a schema or a tenant, not both: {schema!r} and {tenant!r}")
    name = f"salesreg_{tenant}" if tenant is not None else "salesreg" if schema is None else schema
    if tenant == "" or not re.fullmatch("(?!pg_)[a-z_][a-z0-9_]{0,62}", name):
        raise StoreUrlError(
            f"{name!r} is no name of a schema: use lower-case Latin letters, digits and underscores, at most 63, and "
            "not pg_ to begin with"
        )
    return name


def translated(error: psycopg.Error, name: str) -> StoreError:
    """The error of the tree that says in one sentence what PostgreSQL reported."""
    said = str(error).strip().partition("\n")[0]
    for kind, words in _UNAVAILABLE.items():
        if isinstance(error, kind):
            return StoreUnavailable(f"{name} {words}")
    for kind, words in _BECAUSE.items():
        if isinstance(error, kind):
            return StoreUnavailable(f"{name} {words}: {said}")
    if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted):
        return NotADatabase(f"{name} is damaged ({said}): restore it from a backup")
    if isinstance(error, psycopg.OperationalError):
        return StoreUnavailable(f"{name} cannot be reached: {said}")
    return StoreError(f"{name} did not take the command: {said}")


@contextmanager
def told(name: str) -> Iterator[None]:
    """Let errors of a database be those of the tree."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, name) from error
