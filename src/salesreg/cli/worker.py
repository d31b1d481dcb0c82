"""`salesreg worker`: makes time pass for a store, alone or beside others on other machines."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salesreg.cli.location import DbOption, opened
from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json

if TYPE_CHECKING:
    from salesreg.adapters.wakeups import Wakeups
    from salesreg.engine.metrics import Metrics
    from salesreg.engine.worker import Worker

_DIRECTORY = "Who works here: a directory, or a function that gives one; by default what pyproject.toml names."
_NOTIFIER = "How people are told, such as smtp://… or console:, which is the default; several serve several channels."
_WAKEUPS = "Be woken through procrastinate in that PostgreSQL database, which apps wake with waking()."
_REGULATION = "What new cases run under, as TOML; by default what pyproject.toml names, else the rulebook's example."


def worker(
    db: DbOption,
    rulebook: RulebookOption = None,
    regulation: Annotated[Path | None, option("--regulation", _REGULATION)] = None,
    directory: Annotated[str | None, option("--directory", _DIRECTORY, metavar="MODULE:NAME")] = None,
    notifier: Annotated[
        list[str] | None, option("--notifier", _NOTIFIER, metavar="URL", envvar="SALESREG_NOTIFIER")
    ] = None,
    every: Annotated[float, typer.Option("--every", help="The longest sleep between ticks, in seconds.", min=0.1)] = 30,
    once: Annotated[bool, option("--once", "Tick once and stop.")] = False,
    metrics: Annotated[
        int | None,
        option("--metrics", "Answer /metrics and /healthz on that port.", metavar="PORT", min=0, max=65535),
    ] = None,
    wakeups: Annotated[str | None, option("--wakeups", _WAKEUPS, metavar="URL")] = None,
    accept_clock: Annotated[
        bool, option("--accept-clock", "The clock is right, however far it stands from the last tick.")
    ] = False,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Begin duties, fire timers, remind, escalate and send what waits, until stopped; run as many as you like.

    It logs a JSON object a line to standard error. On SIGTERM it finishes the piece of work at hand and leaves the rest
    to the others.
    """
    from salesreg.adapters.notifiers import notifier_from
    from salesreg.adapters.patient import Patient
    from salesreg.cli.rulebooks import directory_from, regulation_needed, rulebook_from
    from salesreg.engine import open_engine
    from salesreg.engine.worker import Worker, counts

    book = rulebook_from(rulebook)
    rules = regulation_needed(book, regulation)
    people, tellers = directory_from(directory), Patient(notifier_from(*(notifier or ["console:"])))
    _log_to_stderr()
    with open_engine(
        opened(db),
        rulebook=book,
        regulation=rules,
        directory=people,
        notifier=tellers,
        lang=lang,
    ) as engine:
        if once:
            with Worker(engine, trust_clock=accept_clock) as it:
                report = it.once()
            if as_json:
                print_json(dict(counts(report)))
            return
        with ExitStack() as stack:
            watch = None if metrics is None else _metrics()
            alarm = None if wakeups is None else stack.enter_context(closing(_wakeups(wakeups)))
            it = stack.enter_context(
                Worker(
                    engine,
                    every=dt.timedelta(seconds=every),
                    trust_clock=accept_clock,
                    alarm=None if alarm is None else alarm.at,
                    watch=watch,
                )
            )
            if metrics is not None and watch is not None:
                _serve(watch, it, metrics)
            if alarm is not None:
                stack.enter_context(alarm.listening(it.wake))
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: it.stop())
            it.run()


def _metrics() -> Metrics:
    from salesreg.engine.metrics import Metrics

    return Metrics()


def _wakeups(url: str) -> Wakeups:
    from salesreg.adapters.wakeups import Wakeups

    return Wakeups(url)


def _serve(metrics: Metrics, it: Worker, port: int) -> None:
    from salesreg.engine.metrics import serve

    try:
        port = serve(metrics, it.well, port).server_port
    except OSError as wrong:
        taken = f"port {port} cannot be had: {wrong.strerror}"
        raise typer.BadParameter(taken, param_hint="--metrics") from wrong
    logging.getLogger("salesreg.worker").info("listening", extra={"facts": {"port": port}})


def _log_to_stderr() -> None:
    from salesreg.engine.worker import JsonLines

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("salesreg")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
