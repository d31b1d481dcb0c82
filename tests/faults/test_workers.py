"""Several programs on one store, stopped, killed and asleep: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ask import ANNA, HELEN, PEOPLE, Ask, Errand, moscow, requests_engine
from forking import Program, Programs
from programs import seed, woken, worker

from postgres_server import Server
from salesreg.adapters.memory import MemoryDirectory, SystemClock
from salesreg.adapters.wakeups import Wakeups, waking
from salesreg.engine import open_store
from salesreg.errors import StoreUnavailable
from salesreg.testing import ManualClock, RecordingNotifier

Begin = Callable[..., Program]


@pytest.fixture
def begin(others: Programs) -> Iterator[Begin]:
    """Begin a program; what still runs at the end is killed."""
    begun: list[Program] = []

    def program(*given: Any) -> Program:
        begun.append(others.start(*given))
        return begun[-1]

    yield program
    for one in begun:
        one.kill()


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "sent"
    path.touch()
    return path


def soon(what: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"it did not come about in {seconds} seconds"
        time.sleep(0.01)


def ids(sent: Path) -> list[str]:
    return [one for one in sent.read_text("utf-8").splitlines() if one.endswith(":1:helen")]


def stop(*programs: Program) -> None:
    for one in programs:
        one.signal(signal.SIGTERM)
    for one in programs:
        assert one.wait()[-1] == "stopped"


def test_two_workers_on_one_store_send_every_message_once(begin: Begin, url: str, sent: Path):
    seed(url, 60)
    workers = [begin(worker, url, sent, 0.005) for _ in range(2)]
    soon(lambda: len(set(ids(sent))) == 60)
    stop(*workers)
    assert max(Counter(ids(sent)).values()) == 1
    with open_store(url) as store:
        assert store.messages("waiting") == store.messages("dead") == []


def test_sigterm_in_the_middle_of_a_tick_finishes_one_message_and_leaves_the_rest_to_others(
    begin: Begin, url: str, sent: Path
):
    seed(url, 30)
    first = begin(worker, url, sent, 0.2)
    soon(lambda: len(ids(sent)) >= 2)
    begun = time.monotonic()
    stop(first)
    assert time.monotonic() - begun < 2, "it does not finish the tick"
    so_far = ids(sent)
    assert 2 <= len(so_far) < 15
    second = begin(worker, url, sent, 0)
    soon(lambda: len(set(ids(sent))) == 30)
    stop(second)
    assert max(Counter(ids(sent)).values()) == 1


def test_a_worker_that_is_stopped_past_its_lease_sends_nothing_more_of_it_when_it_goes_on(
    begin: Begin, url: str, sent: Path
):
    """All but the message that it had in hand: nobody can know whether that one had gone."""
    seed(url, 30)
    start = time.time()
    asleep = begin(worker, url, sent, 0.05, start)
    soon(lambda: len(ids(sent)) >= 3)
    asleep.signal(signal.SIGSTOP)
    before = ids(sent)
    other = begin(worker, url, sent, 0, start)
    soon(lambda: len(set(ids(sent))) == 30)
    asleep.signal(signal.SIGCONT)
    time.sleep(1)
    stop(asleep, other)
    twice = [one for one, times in Counter(ids(sent)).items() if times > 1]
    assert twice in ([], [before[-1]])


def test_a_worker_that_is_killed_leaves_its_work_to_others_once_its_lease_is_over(begin: Begin, url: str, sent: Path):
    seed(url, 20)
    start = time.time()
    killed = begin(worker, url, sent, 0.05, start)
    soon(lambda: len(ids(sent)) >= 3)
    killed.kill()
    before = ids(sent)
    other = begin(worker, url, sent, 0, start)
    soon(lambda: len(set(ids(sent))) == 20)
    stop(other)
    assert [one for one, times in Counter(ids(sent)).items() if times > 1] in ([], [before[-1]])


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_worker_of_several_is_woken_within_seconds_while_the_others_sleep(
    begin: Begin, url: str, sent: Path, postgres_url: str
):
    """Each would look by itself once an hour."""
    seed(url, 0)
    workers = [begin(woken, url, sent, postgres_url) for _ in range(2)]
    with (
        contextlib.closing(Wakeups(postgres_url)) as alarm,
        requests_engine(waking(open_store(url), alarm.at), SystemClock()) as app,
    ):
        for one in workers:
            one.wait_for_reports(1)
        time.sleep(0.5)
        due = SystemClock().now() + dt.timedelta(seconds=2)
        app.start(Ask.ask(text="x", nudge_at=due), by=ANNA, case_id="r0")
        soon(lambda: ids(sent) == ["r0:1:helen"])
        soon(lambda: app.history("r0")[-1].step == "nudge")
        assert due <= app.history("r0")[-1].at < due + dt.timedelta(seconds=20)
    stop(*workers)
    ticks = sum(one.reported().count("tick") for one in workers)
    assert 2 <= ticks - len(workers) <= 6, "one tick for each wake-up, and not one for each worker"


def test_wake_ups_whose_database_is_away_cost_commands_next_to_nothing(tmp_path: Path, caplog):
    """It stands still in the middle of the day: whoever acts waits for it once at most."""
    with Server.made("fsync=off") as server:
        with (
            contextlib.closing(Wakeups(server.url)) as alarm,
            requests_engine(waking(open_store(f"sqlite:///{tmp_path / 'r.db'}"), alarm.at), SystemClock()) as app,
        ):
            app.start(Ask.ask(text="x"), by=ANNA)
            server.stop("immediate")
            begun = time.monotonic()
            for _ in range(20):
                app.start(Ask.ask(text="x"), by=ANNA)
            assert time.monotonic() - begun < 10
            assert app.count() == 21
            assert "no worker could be woken" in caplog.text
        with pytest.raises(
            StoreUnavailable, match=r"the database of the wake-ups cannot be used: .*(refused|No such file)"
        ):
            Wakeups(server.url)
        server.start()


def test_after_a_week_without_workers_everything_is_caught_up_on_once(url: str):
    clock = ManualClock(moscow("2026-03-02 10:00"))
    with requests_engine(open_store(url), clock, directory=MemoryDirectory(PEOPLE)) as engine:
        engine.tick()
        for number in range(5):
            engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id=f"e{number}")
    clock.advance(dt.timedelta(days=7))
    notifiers = [RecordingNotifier() for _ in range(2)]
    engines = [requests_engine(open_store(url), clock, notifier=one) for one in notifiers]
    reports = [engine.tick() for engine in engines for _ in range(2)]
    breached = Counter(one for report in reports for one in report.breached if one.startswith("e"))
    assert set(breached.values()) == {1}
    days = sorted({case[-10:] for report in reports for case in report.begun})
    assert days == ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]
    told = Counter(message.id for one in notifiers for message in one.attempts)
    assert max(told.values()) == 1
    assert not any(message.template == "remind" for one in notifiers for message in one.attempts)
    assert engines[0].verify() == ()
    for engine in engines:
        engine.close()
