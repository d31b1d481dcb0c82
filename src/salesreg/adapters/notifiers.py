"""From addresses to a notifier: ours by their scheme, others by the entry points of `salesreg.notifiers`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from salesreg.errors import NotifierUrlError
from salesreg.ports import Delivery, Message, Notifier, Permanent

GROUP: Final = "salesreg.notifiers"
_OURS: Final[Mapping[str, tuple[str, str]]] = {
    "apprise": ("apprise", "AppriseNotifier"),
    "console": ("console", "ConsoleNotifier"),
    "http": ("webhook", "WebhookNotifier"),
    "https": ("webhook", "WebhookNotifier"),
    "smtp": ("email", "EmailNotifier"),
    "smtps": ("email", "EmailNotifier"),
}
_WRITTEN: Final = re.compile(r"(?:(?P<channel>\w+)=)?(?P<url>(?P<scheme>[a-z][a-z0-9+.-]*):.*)", re.DOTALL)


class ByChannel:
    """A `Notifier` that leaves each message to the notifier of its channel; one that names none, to the first."""

    def __init__(self, channels: Mapping[str, Notifier]) -> None:
        self._channels = dict(channels)
        self._first = next(iter(self._channels))

    def __repr__(self) -> str:
        return f"by_channel({self._channels!r})"

    def send(self, message: Message) -> Delivery:
        """Send by the recipient's channel; nobody has a channel that nobody serves."""
        channel = message.channel or self._first
        if channel not in self._channels:
            return Permanent(f"nobody sends by {channel!r}: there are {', '.join(self._channels)}")
        return self._channels[channel].send(message)


def by_channel(channels: Mapping[str, Notifier]) -> Notifier:
    """One notifier for several channels: `Employee.channel` says which, and the first serves whoever names none.

    >>> from salesreg.adapters.console import ConsoleNotifier
    >>> by_channel({"email": ConsoleNotifier(), "log": ConsoleNotifier()})
    by_channel({'email': ConsoleNotifier(), 'log': ConsoleNotifier()})
    """
    return ByChannel(channels)


def notifier_from(*addresses: str) -> Notifier:
    """The notifier that an address names; several become one, by channel.

    Args:
        addresses: ``"console:"``, ``"smtp://user:password@host:587/?from=sales@firm.example"``,
            ``"https://:secret@host/path"``, ``"apprise:tgram://token/{address}"``, or the scheme of an entry point of
            the group ``salesreg.notifiers``, which takes the address. ``"phone=https://…"`` names the channel; one
            without a name has its scheme's.

    Raises:
        NotifierUrlError: an address names no notifier, or is not as it should be.
        MissingExtraError: the notifier's package is not installed.

    >>> notifier_from("console:")
    ConsoleNotifier()
    """
    found: dict[str, Notifier] = {}
    for address in addresses:
        written = _WRITTEN.fullmatch(address)
        if written is None:
            said = address.partition(":")[0]  # what follows may hold a password
            raise NotifierUrlError(f"no address of a notifier begins with {said!r}: there are {_known()}")
        channel = written["channel"] or written["scheme"]
        if channel in found:
            raise NotifierUrlError(f"two notifiers serve the channel {channel!r}: name them, {channel}2=…")
        found[channel] = _factory(written["scheme"])(written["url"])
    if not found:
        raise NotifierUrlError("no address of a notifier is given")
    named = "=" in addresses[0].partition(":")[0]
    return by_channel(found) if named or len(found) > 1 else next(iter(found.values()))


def _factory(scheme: str) -> Callable[[str], Notifier]:
    if scheme in _OURS:
        module, name = _OURS[scheme]
        factory: Callable[[str], Notifier] = getattr(import_module(f"salesreg.adapters.{module}"), name).from_url
        return factory
    for one in entry_points(group=GROUP, name=scheme):
        loaded: Callable[[str], Notifier] = one.load()
        return loaded
    raise NotifierUrlError(f"no notifier is called {scheme!r}: there are {_known()}")


def _known() -> str:
    return ", ".join(f"{name}:" for name in sorted({*_OURS, *entry_points(group=GROUP).names}))
