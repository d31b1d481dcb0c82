"""Other programs at the same store, to be killed, starved and locked out.

Run as a script it imports everything once and then forks one program for each line it reads: its name, a file for what
it reports, and what it is given. When nobody writes to it any more, it takes them all with it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

Report = Callable[[object], None]
MODULES = ("programs", "sqlite_programs", "salesreg.adapters.postgres", "procrastinate")


def main() -> None:
    modules = {name: importlib.import_module(name) for name in MODULES}
    signal.signal(signal.SIGCHLD, lambda *_: _ended())
    forked: list[int] = []
    for line in sys.stdin:
        module, name, reports, *given = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run(getattr(modules[module], name), reports, given)
        forked.append(pid)
        print(pid, flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in forked:
        with contextlib.suppress(ChildProcessError):  # it has ended, and its number may be another's
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                os.kill(pid, signal.SIGKILL)


def _ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _run(program: Callable[..., None], reports: str, given: list[object]) -> None:
    file = os.open(reports, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        program(lambda fact: os.write(file, f"{fact}\n".encode()), *given)
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
        """What it has reported so far, without a line that is cut off."""
        if not self.reports.exists():
            return []
        lines = self.reports.read_text("utf-8").splitlines(keepends=True)
        reported = [line.rstrip("\n") for line in lines if line.endswith("\n")]
        assert not any(line.startswith("Traceback") for line in reported), "\n".join(reported)
        return reported

    def wait_for_reports(self, count: int) -> None:
        """Wait until it has reported so much."""
        _wait_until(lambda: len(self.reported()) >= count)

    def kill(self) -> list[str]:
        """End it in the middle of whatever it is doing, unless it has ended; what it has reported."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def signal(self, which: signal.Signals) -> None:
        """Tell it something."""
        os.kill(self.pid, which)

    def wait(self, *, failed: bool = False) -> list[str]:
        """Wait until it has ended; what it has reported, unless it may have failed."""
        _wait_until(lambda: not self._runs())
        return [] if failed else self.reported()

    def _runs(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


def _wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "a program at the store took too long"
        time.sleep(0.0005)


@attrs.frozen
class Programs:
    """Starts programs."""

    process: subprocess.Popen[str]
    folder: Path

    def start(self, program: Callable[..., None], *given: object) -> Program:
        """Start one, given what it reports with and then this."""
        reports = self.folder / f"reports-{time.monotonic_ns()}"
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        known = (one if isinstance(one, str | int | float) else str(one) for one in given)
        line = json.dumps([program.__module__, program.__name__, str(reports), *known])
        print(line, file=self.process.stdin, flush=True)
        return Program(int(self.process.stdout.readline()), reports)


@contextmanager
def forking(folder: Path) -> Iterator[Programs]:
    """What starts programs, as long as it is needed."""
    command = [sys.executable, __file__]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield Programs(process, folder)
        process.communicate()


if __name__ == "__main__":
    main()
