"""A notifier in front of one that may hang: after a while whoever waits for it goes on without an answer."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Thread
from typing import Final

from salesreg.ports import Delivery, Message, Notifier, Temporary, Unknown

_MOST: Final = 8
"""How many calls of one channel may hang at the same time."""


class Patient:
    """A `Notifier` that waits for another, which works in a thread beside, as long as it is told.

    What has not answered by then is left to itself, and its message comes again under the same id. A channel by which
    several hang is left alone until one of them has ended.

    Args:
        notifier: what sends.
        seconds: how long it may take for a message; with half a lease no other worker takes up what is still sent.
    """

    def __init__(self, notifier: Notifier, *, seconds: float = 60.0) -> None:
        self._notifier = notifier
        self._seconds = seconds
        self._hanging: dict[str | None, list[Thread]] = {}

    def __repr__(self) -> str:
        return f"Patient({self._notifier!r})"

    def send(self, message: Message) -> Delivery:
        """Send by the other; what became of it, or that nobody knows."""
        hanging = [one for one in self._hanging.get(message.channel, ()) if one.is_alive()]
        self._hanging[message.channel] = hanging
        if len(hanging) >= _MOST:
            return Temporary(f"the notifier has not come back from {len(hanging)} earlier messages")
        answer: Future[Delivery] = Future()

        def work() -> None:
            try:
                answer.set_result(self._notifier.send(message))
            except BaseException as fault:  # noqa: BLE001 - it is raised where it was waited for
                answer.set_exception(fault)

        thread = Thread(target=work, daemon=True, name="salesreg notifier")
        thread.start()
        thread.join(self._seconds)
        if answer.done():
            return answer.result()
        hanging.append(thread)
        return Unknown(f"the notifier did not answer within {self._seconds:g} seconds")
