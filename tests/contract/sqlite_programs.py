"""Other programs at the same file, to be killed, starved and locked out.

Run as a script it imports salesreg once and then forks one program for each line it reads: a name, a database, a file
for what the program reports, and a number.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import SalesregError, VersionConflict
from salesreg.ports import Batch, CaseWrite, Command
from salesreg.testing._records import NOON, case, event, message, scheduled

NOBODY = 65534

Report = Callable[[object], None]


def counted(version: int) -> Batch:
    """The batch that brings the case to a version, with one row of every kind, all named after the version."""
    it = case(version=version)
    taken, released = (f"key-{version}",), (f"key-{version - 1}",)
    write = CaseWrite(it, version - 1, taken, released)
    marks = {"version": str(version)}
    command = Command(f"command-{version}-{os.getpid()}", "", "c-1", version)
    return Batch(
        (write,), (event(version=version),), NOON, {}, (scheduled(version),), (message(version),), command, marks
    )


def count_up(path: str, report: Report, times: int) -> None:
    """Bring the case so many versions on; report each that was acknowledged."""
    with SqliteStore(path) as store:
        while times:
            found = store.load(["c-1"]).cases
            version = found["c-1"].version + 1 if found else 1
            try:
                store.commit(counted(version))
            except VersionConflict:
                continue
            report(version)
            times -= 1


def hold_the_lock(path: str, report: Report, _: int) -> None:
    """Begin to write and never end."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    report("held")
    time.sleep(600)


def fill_the_disk(path: str, report: Report, size: int) -> None:
    """Write until no file may grow beyond a size; report the error; then go on with more room."""
    with SqliteStore(path) as store:
        store.commit(counted(1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        version = 1
        try:
            while version < 10_000:
                store.commit(counted(version + 1))
                version += 1
        except SalesregError as error:
            report(f"{type(error).__name__}: {error}")
        report(version == store.load(["c-1"]).cases["c-1"].version)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.commit(counted(version + 1))
        report(version + 1)


def write_as_nobody(path: str, report: Report, _: int) -> None:
    """Read and write as a user who may only read; report what came of it."""
    Path(path).as_uri()  # imports what it needs while the interpreter's own files may still be read
    if os.getuid() == 0:
        os.setuid(NOBODY)
    try:
        with SqliteStore(path) as store:
            report(store.load(["c-1"]).cases["c-1"].version)
            store.commit(counted(2))
    except SalesregError as error:
        report(f"{type(error).__name__}: {error}")


PROGRAMS = {each.__name__: each for each in (count_up, hold_the_lock, fill_the_disk, write_as_nobody)}


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        name, path, reports, number = line.rstrip("\n").split("\t")
        pid = os.fork()
        if pid == 0:
            _run(name, path, reports, int(number))
        print(pid, flush=True)


def _run(name: str, path: str, reports: str, number: int) -> None:
    file = os.open(reports, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        PROGRAMS[name](path, lambda fact: os.write(file, f"{fact}\n".encode()), number)
    except BaseException:  # noqa: BLE001 - the report is all that the test will see
        os.write(file, traceback.format_exc().encode())
    os._exit(0)


# -- for the tests ----------------------------------------------------------------------------------------------------


@attrs.frozen
class Program:
    """A program that has been started."""

    pid: int
    reports: Path

    def reported(self) -> list[str]:
        """What it has reported so far."""
        return self.reports.read_text("utf-8").splitlines() if self.reports.exists() else []

    def wait_for_reports(self, count: int) -> None:
        """Wait until it has reported so much."""
        _wait_until(lambda: len(self.reported()) >= count)

    def kill(self) -> None:
        """End it in the middle of whatever it is doing."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> list[str]:
        """Wait until it has ended; what it has reported."""
        _wait_until(lambda: not self._runs())
        reported = self.reported()
        assert not any(line.startswith("Traceback") for line in reported), "\n".join(reported)
        return reported

    def _runs(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


def _wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "a program at the database took too long"
        time.sleep(0.0005)


@attrs.frozen
class Programs:
    """Starts programs."""

    process: subprocess.Popen[str]
    folder: Path

    def start(self, program: Callable[..., None], path: Path, number: int = 0) -> Program:
        """Start one at a database."""
        reports = self.folder / f"reports-{time.monotonic_ns()}"
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(program.__name__, path, reports, number, sep="\t", file=self.process.stdin, flush=True)
        return Program(int(self.process.stdout.readline()), reports)


@contextmanager
def programs(folder: Path) -> Iterator[Programs]:
    """What starts programs, as long as it is needed."""
    command = [sys.executable, __file__]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield Programs(process, folder)
        process.communicate()


if __name__ == "__main__":
    main()
