"""Notices on a terminal or in a log: one line each, for a firm that reads its console and for trying things out."""

from __future__ import annotations

import sys
from typing import TextIO

from salesreg.errors import safe
from salesreg.ports import Delivered, Delivery, Message, Temporary


class ConsoleNotifier:
    """A `Notifier` that prints one line a message.

    Args:
        stream: where to; standard output, looked up at each message, if None.

    >>> import datetime as dt
    >>> at = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    >>> message = Message("c-1:3:anna", "anna", "anna@firm.example", "en", "step", "Returned", "See prices.", "c-1", at)
    >>> ConsoleNotifier().send(message)
    2026-03-02 09:30Z  to anna <anna@firm.example>  [c-1] Returned: See prices.
    Delivered()
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def __repr__(self) -> str:
        return "ConsoleNotifier()"

    @classmethod
    def from_url(cls, url: str) -> ConsoleNotifier:  # noqa: ARG003 - there is one console
        """``console:``, standard output."""
        return cls()

    def send(self, message: Message) -> Delivery:
        """Print a message; `Temporary` if the stream does not take it."""
        try:
            print(line(message), file=self._stream or sys.stdout, flush=True)
        except (OSError, ValueError) as error:
            return Temporary(f"the console did not take the message: {error}")
        return Delivered()


def line(message: Message) -> str:
    """A message as one line, whatever line breaks and control characters it holds."""
    to = f"{message.to} <{message.address}>" if message.address else message.to
    words = f"{message.subject}: {message.text}" if message.text else message.subject
    return safe(" ".join(f"{message.at:%Y-%m-%d %H:%MZ}  to {to}  [{message.case}] {words}".splitlines()))
