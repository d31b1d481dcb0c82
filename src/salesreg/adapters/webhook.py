"""Notices to a program of the firm's: each message as a signed POST, as https://www.standardwebhooks.com has it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import re
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import msgspec

from salesreg.errors import NotifierUrlError
from salesreg.ports import Delivered, Delivery, Message, Permanent, Temporary, Unknown

_A_DAY: Final = 86400
_AGAIN: Final = frozenset({401, 408, 425, 429})  # said of the caller or the moment, not of the message

_SHAPE: Final = (
    "an address of a webhook reads https://:secret@host/path, what is special in it, such as a slash in the secret or "
    "a Russian letter in the path, is percent-encoded, and the other side may be silent for some seconds"
)


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """What the header ``webhook-signature`` must hold for a body under an id and a timestamp.

    Args:
        secret: ``whsec_`` and a key in base64, or any text.
        message_id, timestamp: the headers ``webhook-id`` and ``webhook-timestamp`` (seconds since 1970).
        body: the bytes received.

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
    ...           b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    start, prefix, coded = secret.partition("whsec_")
    key = base64.b64decode(coded) if prefix and not start else secret.encode()
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


class WebhookNotifier:
    """A `Notifier` that posts messages as JSON to one address.

    The body is the `Message`; ``Idempotency-Key`` and ``webhook-id`` are its id, percent-encoded where it is not ASCII,
    and stay the same when it is sent again. Any 2xx is delivered; 401, 408, 425, 429 and 5xx are tried again, after
    ``Retry-After`` if given; other answers are final, and so are redirects, which are not followed. A line that drops
    after the message has left says nothing.

    Args:
        url: where to; ``https``, or ``http`` within the firm.
        secret: the key of the signature, see `signature`.
        timeout: seconds that the other side may be silent.
        context: which certificates are trusted; by default those of the system.
    """

    def __init__(self, url: str, *, secret: str, timeout: float = 10.0, context: ssl.SSLContext | None = None) -> None:
        try:
            parts = urlsplit(url)
            self._host, self._port, self._tls = parts.hostname or "", parts.port, parts.scheme == "https"
            self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            signature(secret, "", "", b"")
            written = self._host.encode("idna").decode() + self._path
            right = parts.scheme in {"http", "https"} and self._host and secret and "@" not in parts.netloc
        except ValueError:  # what it says may hold the secret
            right, written = False, ""
        if not right or not timeout > 0 or not re.fullmatch("[!-~]+", written):
            raise NotifierUrlError(_SHAPE)
        self._secret, self._timeout, self._context = secret, timeout, context

    def __repr__(self) -> str:
        return f"WebhookNotifier({self._host!r})"

    @classmethod
    def from_url(cls, url: str) -> WebhookNotifier:
        """``https://:secret@host/path``; what is special in the secret, such as ``/``, is percent-encoded."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise NotifierUrlError(_SHAPE) from None
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return cls(address, secret=unquote(parts.password or ""))

    def send(self, message: Message) -> Delivery:
        """Post one message; what became of it."""
        key = quote(message.id, safe=":@!$&'()*+,;=/ ", errors="backslashreplace")
        try:
            body = msgspec.json.encode(message)
        except UnicodeEncodeError:
            return Permanent("the message holds half a character, which JSON cannot say")
        sent_at = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": sent_at,
            "webhook-signature": signature(self._secret, key, sent_at, body),
        }
        line = self._line()
        try:
            line.connect()
        except (OSError, http.client.HTTPException) as trouble:
            line.close()
            return Temporary(f"{self._host} is not to be had: {trouble}")
        try:
            line.request("POST", self._path, body, headers)
            answer = line.getresponse()
        except (OSError, http.client.HTTPException) as trouble:
            return Unknown(f"{self._host} broke off before it had answered: {str(trouble) or type(trouble).__name__}")
        finally:
            line.close()
        return self._judged(answer)

    def _line(self) -> http.client.HTTPConnection:
        if self._tls:
            context = self._context or ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _judged(self, answer: http.client.HTTPResponse) -> Delivery:
        code = answer.status
        if 200 <= code < 300:
            return Delivered()
        reason = f"{self._host} answers {code}"
        if code in _AGAIN or code >= 500:
            return Temporary(reason, _pause(answer.headers.get("Retry-After")))
        return Permanent(f"{reason}, a redirect, which is not followed" if 300 <= code < 400 else reason)


def _pause(said: str | None) -> dt.timedelta | None:
    """How long to wait by a ``Retry-After``, in seconds or until a date; None if it says nothing to be relied on."""
    try:
        if said is None:
            return None
        if said.strip().isdecimal():
            pause: float = int(said)
        else:
            pause = (parsedate_to_datetime(said) - dt.datetime.now(dt.UTC)).total_seconds()
    except (TypeError, ValueError):
        return None
    return dt.timedelta(seconds=max(0, min(pause, _A_DAY)))
