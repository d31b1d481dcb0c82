"""Whatever is tested, a test ends: within its time, and with all that it has begun."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, ClassVar, Final, TypeVar

import pytest

T = TypeVar("T")

THREADS: Final = 4


class Bounded:
    """A contract each of whose tests fails rather than hangs.

    Attributes:
        patience: for how many seconds a test may run. In the main thread of a system with signals, one that goes on is
            stopped where it stands, unless somebody else uses the alarm; threads are waited for no longer anywhere.
    """

    patience: ClassVar[float] = 120.0

    @pytest.fixture(autouse=True)
    def _within_its_time(self) -> Iterator[None]:
        with within(self.patience):
            yield


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what goes on for longer, where there are signals."""
    alarm: Any = getattr(signal, "SIGALRM", None)
    if (
        alarm is None
        or threading.current_thread() is not threading.main_thread()
        or signal.getsignal(alarm) is not signal.SIG_DFL
    ):
        yield
        return

    def ring(_: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_code.co_name != "pytest_pyfunc_call":
            frame = frame.f_back
        if frame is not None:  # elsewhere the test is over, or has not begun, and pytest is at work
            pytest.fail(f"it did not come back within {seconds:g} s: it waits for something that never comes, or loops")

    signal.signal(alarm, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again, for what swallows the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(alarm, signal.SIG_DFL)


class Apart(threading.Thread):
    """Something done in a thread of its own that is not waited for at the end of the program."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._answer: Any = None
        self._raised: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do it, and keep what came of it."""
        try:
            self._answer = self._work()
        except BaseException as raised:  # noqa: BLE001 - it is raised where it is asked for
            self._raised = raised

    def result(self, seconds: float) -> Any:
        """What it answered or raised.

        Raises:
            TimeoutError: it has not come back by then.
        """
        self.join(max(0.0, seconds))
        if self.is_alive():
            raise TimeoutError(f"a thread did not come back within {seconds:g} s")
        if self._raised is not None:
            raise self._raised
        return self._answer


def together(work: Callable[[int], T], threads: int = THREADS, seconds: float = 20.0) -> list[T]:
    """What several threads answer that begin at the same moment."""
    start, until = threading.Barrier(threads), time.monotonic() + seconds

    def at_once(number: int) -> T:
        start.wait(seconds)
        return work(number)

    begun = [Apart(lambda number=number: at_once(number)) for number in range(threads)]  # type: ignore[misc]
    return [one.result(until - time.monotonic()) for one in begun]


def pages(ask: Callable[[Any], list[T]], last: Callable[[T], Any], limit: int, most: int = 100) -> list[T]:
    """Everything that page after page gives, each asked for after the last of the one before."""
    found: list[T] = []
    after: Any = None
    for _ in range(most):
        page = ask(after)
        assert len(page) <= limit, f"a page of at most {limit} has {len(page)}"
        if not page:
            return found
        found += page
        after = last(page[-1])
    raise AssertionError(f"there is a page after every page: {most} were asked for, the last after {after!r}")
