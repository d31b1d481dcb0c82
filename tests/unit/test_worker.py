"""What `salesreg worker` does in one process; several at once stand in tests/faults."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ask import ANNA, HELEN, Ask, Errand, requests_engine

from salesreg import ProcessEngine
from salesreg.adapters.memory import SystemClock
from salesreg.engine.metrics import Metrics, serve
from salesreg.engine.worker import JsonLines, Worker
from salesreg.errors import StoreUnavailable
from salesreg.ports import Store
from salesreg.testing import ManualClock, RecordingNotifier

SECOND = dt.timedelta(seconds=1)


class Lines(logging.Handler):
    """What was logged, each line as it is read back."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def log() -> Iterator[list[dict[str, Any]]]:
    handler, logger = Lines(), logging.getLogger("salesreg.worker")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.lines
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.fixture
def opened() -> Iterator[Callable[..., Worker]]:
    """Workers, closed afterwards."""
    with contextlib.ExitStack() as stack:
        yield lambda *given, **named: stack.enter_context(Worker(*given, **named))


def started(worker: Worker) -> threading.Thread:
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    return thread


def soon(what: Any) -> None:
    until = time.monotonic() + 5
    while not what():
        assert time.monotonic() < until, "it did not come about in five seconds"
        time.sleep(0.01)


def real(store: Store, **given: Any) -> ProcessEngine:
    clock: Any = SystemClock()
    return requests_engine(store, clock, **given)


def test_a_worker_wakes_when_something_is_due_and_not_only_every_so_often(store: Store, opened: Callable[..., Worker]):
    """It sleeps for an hour at most, and a timer that is due in a second rings within a second of it."""
    notifier = RecordingNotifier()
    engine = real(store, notifier=notifier)
    now = SystemClock().now()
    engine.start(Ask.ask(text="x", nudge_at=now + SECOND), by=ANNA, case_id="r1")
    worker = opened(engine, every=dt.timedelta(hours=1))
    thread = started(worker)
    soon(lambda: engine.history("r1")[-1].step == "nudge")
    assert SECOND <= engine.history("r1")[-1].at - now < 3 * SECOND
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_worker_that_is_woken_ticks_at_once(store: Store, opened: Callable[..., Worker]):
    engine = real(store, notifier=(notifier := RecordingNotifier()))
    worker = opened(engine, every=dt.timedelta(hours=1))
    thread = started(worker)
    soon(lambda: worker.health.last is not None)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    worker.wake()
    worker.wake()
    soon(lambda: notifier.delivered)
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_worker_that_is_stopped_finishes_what_it_has_begun_and_leaves_the_rest_free(
    store: Store, opened: Callable[..., Worker]
):
    engine = real(store, notifier=(notifier := RecordingNotifier()))
    for number in range(5):
        engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")
    worker = opened(engine)

    class Slow:
        def send(self, message: Any) -> Any:
            worker.stop()
            return notifier.send(message)

    slow = real(store, notifier=Slow())
    worker._engine = slow
    thread = started(worker)
    thread.join(5)
    assert not thread.is_alive()
    assert len(notifier.delivered) == 1
    waiting = store.work("message", "waiting")
    assert (len(waiting), {one.attempts for one in waiting}) == (4, {0})
    assert len(store.claim("message", SystemClock().now(), 9, SECOND)) == 4, "nobody has to wait for a lease"


def test_what_ticks_do_is_logged_as_json_lines(
    store: Store, opened: Callable[..., Worker], clock: ManualClock, log: list[dict[str, Any]]
):
    class Broken:
        def send(self, message: Any) -> Any:
            return None

    engine = requests_engine(store, clock, notifier=Broken())
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    opened(engine).once()
    assert log[-1].items() >= {"event": "tick", "level": "info", "postponed": 1, "dead": 0}.items()
    assert "delivered" not in log[-1]
    assert dt.datetime.fromisoformat(log[-1]["at"]).tzinfo is not None


def test_a_worker_outlives_a_store_that_is_away_and_says_so(
    store: Store,
    opened: Callable[..., Worker],
    clock: ManualClock,
    log: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
):
    engine = requests_engine(store, clock)
    worker = opened(engine, every=0.01 * SECOND)
    assert not worker.well(), "before the first tick"
    away = [StoreUnavailable("the disk is away"), ZeroDivisionError("a bug")]
    tick = engine.tick

    def failing(**given: Any) -> Any:
        if away:
            raise away.pop(0)
        return tick(**given)

    monkeypatch.setattr(engine, "tick", failing)
    thread = started(worker)
    soon(worker.well)
    worker.stop()
    thread.join(5)
    failed = [one for one in log if one["event"] == "tick failed"]
    assert [one["wrong"] for one in failed] == ["the disk is away", "ZeroDivisionError: a bug"]
    assert ["traceback" in one for one in failed] == [False, True]
    assert (log[0]["event"], log[-1]["event"]) == ("started", "stopped")


def test_metrics_and_health_are_answered_on_a_port(store: Store, opened: Callable[..., Worker], clock: ManualClock):
    engine = requests_engine(store, clock, notifier=RecordingNotifier())
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    metrics = Metrics()
    worker = opened(engine, watch=metrics)
    server = serve(metrics, worker.well, 0, "127.0.0.1")
    try:
        root = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"{root}/healthz")
        clock.advance(dt.timedelta(days=30))
        worker.once()
        with urllib.request.urlopen(f"{root}/healthz") as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{root}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        assert 'salesreg_done_total{what="breached"} 1.0' in lines
        assert "salesreg_tick_seconds_count 1.0" in lines
        assert 'salesreg_dead{kind="message"} 0.0' in lines
        overdue = engine.backlog().overdue
        assert overdue > 0
        assert f"salesreg_overdue {overdue}.0" in lines
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{root}/secrets")
    finally:
        server.shutdown()
        server.server_close()
