"""The numbered migrations that bring the tables up to date, and which of them this program needs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Final

from salesreg.errors import SchemaOutdated, SchemaTooNew

SCHEMA_VERSION: Final = 2
"""The schema that this program reads and writes: the number of its last migration."""


def migrations() -> Iterator[tuple[int, str]]:
    """The number and the SQL of each migration, in order."""
    folder = resources.files("salesreg.adapters.sql") / "migrations"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        yield int(file.name[:4]), file.read_text("utf-8")


def require_current(version: int, name: str) -> None:
    """Refuse a schema that is later or earlier than this program's: SchemaTooNew, SchemaOutdated."""
    if version > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"{name} has schema {version} and this salesreg knows none beyond {SCHEMA_VERSION}: "
            "use the salesreg that wrote it, or a later one"
        )
    if version < SCHEMA_VERSION:
        raise SchemaOutdated(
            f"{name} has schema {version} and this salesreg needs {SCHEMA_VERSION}: run `salesreg db upgrade`"
        )
