"""Notices by electronic mail: one letter a message, handed to a mail server, and what the server made of it."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from salesreg.errors import NotifierUrlError, safe
from salesreg.ports import Delivered, Delivery, Message, Permanent, Temporary, Unknown

_POLICY: Final = SMTP.clone(cte_type="7bit")  # base64 or quoted-printable, so that every server takes it
_LONGEST: Final = 300

Tls = Literal["starttls", "ssl"]


class EmailNotifier:
    """A `Notifier` that hands letters to a mail server over SMTP, one connection a letter.

    A letter sent again has the same ``Message-ID``, so that mail programs show it once. What the server says of the
    letter counts: 4xx is tried again and 5xx is final. What it says before it has heard of the letter, such as a wrong
    password, is about the firm's set-up and is tried again. A line that drops after the letter has left says nothing.

    Args:
        host, port: the mail server.
        sender: who writes, ``"sales@firm.example"`` or ``"Sales <sales@firm.example>"``.
        user, password: how to log in; without a user nobody does.
        tls: ``"starttls"`` demands encryption on a plain port, ``"ssl"`` begins with it; None is for a server on the
            same machine.
        timeout: seconds that the server may be silent.
        context: which certificates are trusted; by default those of the system.

    Raises:
        NotifierUrlError: user or password are not ASCII, or there is no time.
        ValueError: the sender is no address.
    """

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        sender: str,
        user: str | None = None,
        password: str = "",
        tls: Tls | None = "starttls",
        timeout: float = 30.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        if not f"{user}{password}".isascii():
            raise NotifierUrlError("a mail server is logged in to with signs of ASCII only")
        if not timeout > 0:
            raise NotifierUrlError(f"a mail server may be silent for some seconds, not for {timeout}")
        name, address = parseaddr(sender)
        self._sender = _address(address, name)
        self._host, self._port, self._tls, self._timeout = host, port, tls, timeout
        self._user, self._password = user, password
        self._context = context

    def __repr__(self) -> str:
        return f"EmailNotifier({self._host!r}, {self._port}, sender={str(self._sender)!r})"

    @classmethod
    def from_url(cls, url: str) -> EmailNotifier:
        """``smtp://user:password@host:587/?from=sales@firm.example``; ``smtps://`` begins with TLS.

        Other options: ``tls=none`` for a server on the same machine, ``timeout=`` in seconds. What is special in an
        address, such as ``@`` in a user, is percent-encoded.
        """
        try:
            parts = urlsplit(url)
            options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            tls: Tls | None = "ssl" if parts.scheme == "smtps" else "starttls"
            if options.pop("tls", tls) == "none":
                tls = None
            sender, timeout = options.pop("from"), float(options.pop("timeout", 30))
            if options:
                raise KeyError(*options)  # noqa: TRY301 - it is wrong as the others are
            return cls(
                parts.hostname or "localhost",
                parts.port or (465 if tls == "ssl" else 587 if tls else 25),
                sender=sender,
                user=None if parts.username is None else unquote(parts.username),
                password=unquote(parts.password or ""),
                tls=tls,
                timeout=timeout,
            )
        except (KeyError, ValueError):  # what they say may hold the password
            raise NotifierUrlError(
                "an address of a mail server reads smtp://user:password@host:587/?from=sales@firm.example, with "
                "tls=none and timeout= as further options, and what is special in it percent-encoded"
            ) from None

    def send(self, message: Message) -> Delivery:
        """Send one letter; what became of it."""
        if not message.address:
            return Permanent(f"no address is known for {safe(message.to)}")
        try:
            to = _address(message.address, safe(" ".join(message.name.split()))[:_LONGEST])
            letter = self._letter(message, to)
        except (ValueError, MessageError) as wrong:
            return Permanent(f"{safe(message.address)} is no address: {safe(str(wrong))}")
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as trouble:
            return Temporary(f"the mail server {self._host} is not to be had: {_said(trouble)}")
        try:
            return _handed_over(server, self._sender.addr_spec, to.addr_spec, letter)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        context = self._context or ssl.create_default_context()
        if self._tls == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._tls == "starttls":
                server.starttls(context=context)
            if self._user is not None:
                server.login(self._user, self._password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _letter(self, message: Message, to: Address) -> bytes:
        letter = EmailMessage(policy=_POLICY)
        letter["From"], letter["To"] = self._sender, to
        if reply_to := message.payload.get("reply_to"):
            with suppress(ValueError, MessageError):  # a colleague's address that is none keeps no letter back
                letter["Reply-To"] = _address(reply_to)
        letter["Subject"] = safe(" ".join(message.subject.split()))
        letter["Date"] = formatdate(usegmt=True)
        name = hashlib.sha256(message.id.encode("utf-8", "backslashreplace")).hexdigest()[:32]
        letter["Message-ID"] = f"<{name}@{self._sender.domain}>"
        letter["Auto-Submitted"] = "auto-generated"  # so that no absence note answers it
        letter.set_content("\n".join(safe(line) for line in message.text.expandtabs().splitlines()))
        letter["Content-Language"] = message.locale
        return letter.as_bytes()


def _address(address: str, name: str = "") -> Address:
    """An address, its domain as servers know it; ValueError if it is none."""
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or not address.isprintable() or set(" <>") & set(address):
        raise ValueError("it should read name@domain")
    spec = f"{local}@{domain.encode('idna').decode()}"
    found = Address(name, addr_spec=spec)
    if found.addr_spec != spec:
        raise ValueError(f"mail would go to {found.addr_spec}")
    return found


def _handed_over(server: smtplib.SMTP, sender: str, to: str, letter: bytes) -> Delivery:
    """Name sender and recipient, then hand the letter over; after that only the server's answer counts."""
    try:
        code, said = server.mail(sender)
        if code >= 400:
            return Temporary(f"the mail server refuses the sender: {_answer(code, said)}")
        code, said = server.rcpt(to)
        if code >= 400:
            return _refused(code, said)
    except (OSError, smtplib.SMTPException) as trouble:
        return Temporary(f"the mail server broke off: {_said(trouble)}")
    try:
        code, said = server.data(letter)
    except smtplib.SMTPDataError as refused:
        return _refused(refused.smtp_code, refused.smtp_error)
    except (OSError, smtplib.SMTPException) as trouble:
        return Unknown(f"the mail server broke off before it had confirmed the letter: {_said(trouble)}")
    return Delivered() if code < 400 else _refused(code, said)


def _refused(code: int, said: bytes | str) -> Delivery:
    reason = f"the mail server says {_answer(code, said)}"
    return Permanent(reason) if code >= 500 else Temporary(reason)


def _answer(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {safe(' '.join(words.split()))[:_LONGEST]}".rstrip()


def _said(trouble: Exception) -> str:
    if isinstance(trouble, smtplib.SMTPResponseException):
        return _answer(trouble.smtp_code, trouble.smtp_error)
    return safe(" ".join(str(trouble).split()))[:_LONGEST] or type(trouble).__name__
