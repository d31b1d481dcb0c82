"""A worker's numbers for Prometheus at ``/metrics``, and whether it is well at ``/healthz``."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from salesreg.engine.report import TickReport
from salesreg.engine.worker import counts
from salesreg.errors import need
from salesreg.ports import Backlog


class Metrics:
    """What a worker did and what waits.

    Raises:
        MissingExtraError: prometheus-client is not installed.
    """

    def __init__(self) -> None:
        need("prometheus_client", extra="metrics", why="metrics need prometheus-client")
        import prometheus_client as prometheus

        self._text = prometheus.generate_latest
        self.registry: prometheus.CollectorRegistry = prometheus.CollectorRegistry()
        given: dict[str, Any] = {"registry": self.registry}
        self._done = prometheus.Counter("salesreg_done", "What ticks did.", ["what"], **given)
        self._ticks = prometheus.Histogram("salesreg_tick_seconds", "How long ticks took.", **given)
        self._last = prometheus.Gauge("salesreg_last_tick_timestamp_seconds", "When the last tick ended.", **given)
        self._due = prometheus.Gauge("salesreg_due", "Work that is due.", ["kind"], **given)
        self._dead = prometheus.Gauge("salesreg_dead", "Work that was given up.", ["kind"], **given)
        self._overdue = prometheus.Gauge("salesreg_overdue", "Open obligations past their due instant.", **given)
        self._lag = prometheus.Gauge("salesreg_lag_seconds", "How long the longest due work has waited.", **given)
        for what in counts(TickReport()):
            self._done.labels(what)

    def __call__(self, report: TickReport, backlog: Backlog, took: float) -> None:
        """Take in a tick."""
        now = dt.datetime.now(dt.UTC)
        for what, number in counts(report).items():
            self._done.labels(what).inc(number)
        self._ticks.observe(took)
        self._last.set(now.timestamp())
        self._overdue.set(backlog.overdue)
        waited = dt.timedelta() if backlog.next_at is None else now - backlog.next_at
        self._lag.set(max(waited.total_seconds(), 0))
        for gauge, numbers in ((self._due, backlog.due), (self._dead, backlog.dead)):
            for kind, number in numbers.items():
                gauge.labels(kind).set(number)

    def text(self) -> bytes:
        """The numbers as Prometheus reads them."""
        return self._text(self.registry)


def serve(metrics: Metrics, well: Callable[[], bool], port: int, host: str = "") -> ThreadingHTTPServer:
    """Answer ``/metrics`` and ``/healthz`` (200, or 503 when not well) on a port, in a thread of its own.

    Raises:
        OSError: the port cannot be had.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] == "/metrics":
                self._answer(200, metrics.text(), "text/plain; version=0.0.4; charset=utf-8")
            elif self.path == "/healthz":
                fine = well()
                self._answer(200 if fine else 503, b"well\n" if fine else b"not well\n", "text/plain")
            else:
                self._answer(404, b"/metrics and /healthz\n", "text/plain")

        def _answer(self, code: int, body: bytes, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Requests are not news."""

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="salesreg metrics").start()
    return server
