"""Notices through Apprise: messengers, telephones and whatever else it knows the address of."""

from __future__ import annotations

import logging
import re
from typing import Any, Final
from urllib.parse import quote

from salesreg.errors import NotifierUrlError, need, safe
from salesreg.ports import Delivered, Delivery, Message, Permanent, Temporary

_ADDRESS: Final = "{address}"
_SUCH_AS: Final = ("12345678", "+12025550143", "somebody@firm.example")
"""Addresses of several kinds: a service that can be had takes one of them."""


class AppriseNotifier:
    """A `Notifier` for a service of `Apprise <https://appriseit.com>`_; the extra ``apprise`` brings it.

    Args:
        service: the address of the service as Apprise writes it; ``{address}`` stands for the recipient's own, as in
            ``"tgram://token/{address}"``. Without it everything goes to one place, such as a room.
    """

    def __init__(self, service: str) -> None:
        need("apprise", "apprise", "notices through Apprise need apprise")
        self._service = service
        if not any(map(self._at, _SUCH_AS)):
            raise NotifierUrlError(f"Apprise knows no service such as {service.partition(':')[0]}://… has it")

    def __repr__(self) -> str:
        return f"AppriseNotifier({self._service.partition(':')[0]!r})"

    @classmethod
    def from_url(cls, url: str) -> AppriseNotifier:
        """``apprise:`` and the address of the service."""
        return cls(url.partition(":")[2])

    def send(self, message: Message) -> Delivery:
        """Send one message; Apprise only says whether it went through."""
        if not message.address and _ADDRESS in self._service:
            return Permanent(f"no address is known for {safe(message.to)}")
        several = re.search(r"[\s,;]", message.address or "")  # Apprise would write to each of them
        there = None if several else self._at(message.address or "")
        if not there:
            return Permanent(f"{safe(message.address or '')} is no address of the service")
        heard = _Heard()
        log = logging.getLogger("apprise")
        log.addHandler(heard)
        try:
            sent = there.notify(title=message.subject, body=message.text or message.subject)
        finally:
            log.removeHandler(heard)
        return Delivered() if sent else Temporary(safe(f"Apprise did not get it through: {heard.last}"))

    def _at(self, address: str) -> Any:
        """The service at an address; false if Apprise takes it for none."""
        import apprise

        there = apprise.Apprise()
        return there if there.add(self._service.replace(_ADDRESS, quote(address, safe="@+"))) else None


class _Heard(logging.Handler):
    """Keeps the last warning, which is where Apprise says why."""

    last = "it does not say why"

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()
