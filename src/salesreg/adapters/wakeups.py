"""Wake-ups through procrastinate: a job at the instant at which something is due, which one worker takes and ticks.

The store's tables stay the truth: a wake-up that is lost costs the time until the workers look by themselves.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from salesreg.errors import need
from salesreg.ports import Batch, Claim, ClaimKind, Committed, Outcome, Store

if TYPE_CHECKING:
    import procrastinate

_TASK: Final = "salesreg.tick"
_QUEUE: Final = "salesreg"
_PATIENCE: Final = 2.0
"""How many seconds anybody waits for the database of the wake-ups."""
_LEFT_ALONE: Final = 30.0
"""How many seconds nobody is woken once it could not be had."""
_LOOK_EVERY: Final = 1.0
_COME_BACK_AFTER: Final = 5.0
_log: Final = logging.getLogger("salesreg")


class Wakeups:
    """Wake-ups in a PostgreSQL database, which need not be the store's.

    Args:
        url: ``postgresql://…``; procrastinate's tables are made there if they are missing.

    Raises:
        MissingExtraError: procrastinate is not installed.
        StoreUnavailable: the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        need("procrastinate", extra="distributed", why="wake-ups need procrastinate")
        self._url = url
        self._lock = threading.Lock()
        self._pending: dt.datetime | None = None
        self._not_before = float("-inf")
        self._app = _connected(url)
        _prepare(self._app)

    def close(self) -> None:
        """Let go of the connections."""
        self._app.close()

    def at(self, instant: dt.datetime) -> None:
        """Have a worker tick at an instant, unless one is going to earlier.

        A fault is logged and costs only time: the workers', and two seconds of whoever asks for the first one in half a
        minute.
        """
        from procrastinate import exceptions

        now = dt.datetime.now(dt.UTC)
        instant = max(instant, now)
        with self._lock:
            if time.monotonic() < self._not_before:
                return
            if self._pending is not None and now < self._pending <= instant:
                return
            self._pending = instant
        later = instant > now
        # Whoever wants one in the same second shares it.
        lock = f"{_TASK}:{int(instant.timestamp()) if later else 'now'}"
        when = instant if later else None
        try:
            self._app.configure_task(_TASK, queue=_QUEUE, queueing_lock=lock, schedule_at=when).defer()
        except exceptions.AlreadyEnqueued:
            return
        except exceptions.ProcrastinateException as fault:
            _log.warning("no worker could be woken for %s: %s", instant.isoformat(), fault.__cause__ or fault)
            with self._lock:
                self._pending = None
                self._not_before = time.monotonic() + _LEFT_ALONE

    @contextmanager
    def listening(self, wake: Callable[[], None]) -> Iterator[None]:
        """While it is held, take wake-ups and call ``wake`` for each, in a thread of its own."""
        ear = _Ear(self._url, wake)
        thread = threading.Thread(target=ear.listen, name="salesreg wake-ups", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ear.stop()
            thread.join(10)


class _Ear:
    """Takes jobs until it is stopped; what is wrong with the database is logged, and it comes back."""

    def __init__(self, url: str, wake: Callable[[], None]) -> None:
        self._url = url
        self._wake = wake
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None

    def listen(self) -> None:
        while not self._stopped.is_set():
            try:
                asyncio.run(self._main())
            except asyncio.CancelledError:
                return
            except Exception as fault:  # noqa: BLE001 - the workers look by themselves meanwhile
                _log.warning("wake-ups cannot be taken for now: %s", fault)
                self._stopped.wait(_COME_BACK_AFTER)

    def stop(self) -> None:
        self._stopped.set()
        if self._loop is not None and self._work is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._work.cancel)

    async def _main(self) -> None:
        import procrastinate

        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=self._url))

        @app.task(name=_TASK, queue=_QUEUE)
        async def tick() -> None:
            self._wake()

        self._loop, self._work = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopped.is_set():
            return
        async with app.open_async():
            await app.run_worker_async(
                queues=[_QUEUE],
                install_signal_handlers=False,
                fetch_job_polling_interval=_LOOK_EVERY,
                delete_jobs="always",
            )


def _connected(url: str) -> procrastinate.App:
    import procrastinate
    import psycopg

    from salesreg.errors import StoreUnavailable

    soon = {"connect_timeout": int(_PATIENCE)}
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url, timeout=_PATIENCE, kwargs=soon))
    try:
        with psycopg.connect(url, connect_timeout=int(_PATIENCE)):  # it says what is wrong, and the pool does not
            return app.open()
    except psycopg.Error as fault:
        raise StoreUnavailable(f"the database of the wake-ups cannot be used: {fault}") from fault


def _prepare(app: procrastinate.App) -> None:
    """Make procrastinate's tables, unless they are there or another program has just made them."""
    from procrastinate import exceptions

    from salesreg.errors import StoreUnavailable

    try:
        if app.check_connection():
            return
        try:
            app.schema_manager.apply_schema()
        except exceptions.ConnectorException:
            if not app.check_connection():
                raise
    except exceptions.ProcrastinateException as fault:
        app.close()
        raise StoreUnavailable(f"the database of the wake-ups cannot be used: {fault.__cause__ or fault}") from fault


def waking(store: Store, wake_at: Callable[[dt.datetime], None]) -> Store:
    """A store that wakes a worker for what it is given to be done later.

    Args:
        store: where everything is kept.
        wake_at: told the earliest instant of each commit, such as `Wakeups.at`.
    """
    return cast("Store", _WakingStore(store, wake_at))


class _WakingStore:
    """A `Store` in front of another."""

    def __init__(self, store: Store, wake_at: Callable[[dt.datetime], None]) -> None:
        self._store = store
        self._wake_at = wake_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, batch: Batch) -> Committed:
        """Write everything or nothing, and wake a worker for the first of what is to be done."""
        committed = self._store.commit(batch)
        self._wake([one.wake_at for one in batch.obligations if one.wake_at is not None])
        self._wake([timer.at for write in batch.writes for timer in write.timers or ()])
        self._wake([one.wake_at for one in batch.messages])
        return committed

    def settle(self, claim: Claim, outcome: Outcome) -> bool:
        """Record what became of a claim."""
        return self.settle_many([(claim, outcome)])[0]

    def settle_many(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        """Record what became of claims, and wake a worker for the messages that go out with it."""
        kept = self._store.settle_many(outcomes)
        self._wake([message.wake_at for _, outcome in outcomes for message in outcome.messages])
        return kept

    def requeue(self, kind: ClaimKind, ids: Sequence[str], now: dt.datetime) -> list[str]:
        """Put back what is dead, and wake a worker for it."""
        back = self._store.requeue(kind, ids, now)
        self._wake([now] if back else [])
        return back

    def _wake(self, instants: list[dt.datetime]) -> None:
        if instants:
            self._wake_at(min(instants))
