"""Servers for the notifiers' tests: real ones, on this machine, that answer as they are told."""

import asyncio
import contextlib
import ssl
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

CERTIFICATE = Path(__file__).parents[1] / "data" / "localhost.pem"  # of its own making, with its key, until 2126


def trusting():
    """What trusts the certificate of these servers alone."""
    return ssl.create_default_context(cafile=CERTIFICATE)


def _tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


class MailServer:
    """A mail server; `says` is what it answers to each letter, by default that it takes it.

    A code is an answer, ``"drop"`` hangs up once the letter is there, ``"hang"`` says nothing more, and what begins
    with ``mail`` or ``rcpt`` answers the sender or the recipient.
    """

    def __init__(self, *, port=0, tls=False, starttls=False, password=None):
        self.port, self._tls = port, _tls() if tls else None
        self.says, self.letters, self.envelopes = [], [], []
        settings = {"enable_SMTPUTF8": True}
        if starttls:
            settings |= {"tls_context": _tls(), "require_starttls": True}
        if password is not None:
            settings |= {
                "authenticator": lambda *given: AuthResult(
                    success=given[-1].password == password.encode(), handled=False
                ),
                "auth_required": True,
                "auth_require_tls": starttls,
            }
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._open = []

    def __enter__(self):
        self._server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: SMTP(self, loop=self._loop, **self._settings), "127.0.0.1", self.port, ssl=self._tls
            )
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        async def close():
            self._server.close()
            mine = asyncio.current_task()
            tasks = [task for task in asyncio.all_tasks() if task is not mine]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for transport in self._open:
                transport.abort()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - what aiosmtpd calls
        if self.says and self.says[0].startswith("mail "):
            return self.says.pop(0).removeprefix("mail ")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self._open.append(server.transport)
        if self.says and self.says[0] == "rcpt drop":
            self.says.clear()
            server.transport.abort()
        if self.says and self.says[0].startswith("rcpt "):
            return self.says.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.says.pop(0) if self.says else "250 OK"
        if answer == "drop":
            server.transport.abort()
        elif answer == "hang":
            await asyncio.sleep(60)
        if not answer[0].isdigit() or answer.startswith("2"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
            self.envelopes.append((envelope.mail_from, *envelope.rcpt_tos))
        return answer


class WebServer:
    """A web server; `says` is what it answers to each request, by default 204.

    A status with headers is an answer, ``"drop"`` hangs up once the request is there, ``"hang"`` says nothing more.
    """

    def __init__(self, *, tls=False):
        self.says, self.requests = [], []
        self._done = threading.Event()
        asked = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.requests.append((self.path, self.headers, body))
                answer = asked.says.pop(0) if asked.says else (204, {})
                if answer == "hang":
                    asked._done.wait(60)
                if isinstance(answer, tuple):
                    self.send_response(answer[0])
                    for name, value in answer[1].items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                self.close_connection = True

            def do_GET(self):
                self.do_POST()

            def log_message(self, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        if tls:
            self._server.socket = _tls().wrap_socket(self._server.socket, server_side=True)

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@contextlib.contextmanager
def closed_port():
    """A port on which nobody listens."""
    import socket

    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]
