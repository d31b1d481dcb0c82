"""Letters as a mail server gets them."""

import datetime as dt

import pytest
from servers import MailServer, trusting

from salesreg.adapters.email import EmailNotifier
from salesreg.errors import NotifierUrlError
from salesreg.ports import Delivered, Notifier, Permanent, Temporary
from salesreg.testing import NotifierContract
from salesreg.testing._records import message

SENDER = "Отдел продаж <sales@firm.example>"


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


@pytest.fixture
def notifier(server):
    return EmailNotifier("127.0.0.1", server.port, sender=SENDER, tls=None, timeout=5)


class TestEmail(NotifierContract):
    @pytest.fixture
    def notifier(self, server) -> Notifier:
        self.server = server
        return EmailNotifier("127.0.0.1", server.port, sender=SENDER, tls=None, timeout=5)

    def arrived(self, notifier: Notifier) -> list[tuple[str, str, str]]:
        pairs = zip(self.server.envelopes, self.server.letters, strict=True)
        return [(to, letter["Subject"], letter.get_content()) for (_, to), letter in pairs]


def test_a_letter_in_russian_arrives_as_it_was_written(server, notifier):
    assert notifier.send(message(name="Анна Орлова, менеджер")) == Delivered()
    [letter] = server.letters
    assert letter["Subject"] == "Договор № 1"
    assert letter.get_content().splitlines() == ["Подпишите, пожалуйста.", "Спасибо!"]
    [sender], [to] = letter["From"].addresses, letter["To"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Отдел продаж", "sales@firm.example")
    assert (to.display_name, to.addr_spec) == ("Анна Орлова, менеджер", "anna@firm.example")
    assert (letter["Content-Language"], letter["Auto-Submitted"]) == ("ru", "auto-generated")
    assert (letter.get_content_type(), letter.get_content_charset()) == ("text/plain", "utf-8")
    assert abs(letter["Date"].datetime - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert server.envelopes == [("sales@firm.example", "anna@firm.example")]


def test_a_client_answers_whoever_is_in_charge(server, notifier):
    notifier.send(message(payload={"reply_to": "petr@firm.example"}))
    notifier.send(message(2))
    assert [letter["Reply-To"] for letter in server.letters] == ["petr@firm.example", None]


def test_an_address_to_write_back_to_that_is_none_and_a_long_name_keep_no_letter_back(server, notifier):
    for reply_to in ("nobody", "a@b\r\nBcc: c@d", "a@b."):
        assert notifier.send(message(name="x" * 1_000, payload={"reply_to": reply_to})) == Delivered()
    assert [(letter["Reply-To"], letter["Bcc"]) for letter in server.letters] == [(None, None)] * 3


def test_what_travels_is_ascii(server, notifier):
    """So that a server of any age takes it."""
    notifier.send(message(name="Анна", text="Ж" * 5000))
    raw = server.letters[0].as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 998
    assert server.letters[0].get_content().strip() == "Ж" * 5000


def test_a_letter_sent_again_is_known_by_its_id(server, notifier):
    for number in (1, 1, 2):
        notifier.send(message(number))
    first, again, other = (letter["Message-ID"] for letter in server.letters)
    assert first == again != other
    assert first.endswith("@firm.example>")


@pytest.mark.parametrize("field", ["subject", "name", "text"])
def test_nothing_of_a_message_becomes_a_header(server, notifier, field):
    notifier.send(message(**{field: "a\r\nBcc: everybody@firm.example\r\n\r\n\x1b[2J\u2028b"}))
    [letter] = server.letters
    assert letter["Bcc"] is None
    assert "\x1b" not in letter.as_string()
    assert server.envelopes == [("sales@firm.example", "anna@firm.example")]


@pytest.mark.parametrize("address", [
    "anna@firm.example, boris@firm.example", "a@b\r\nRCPT TO:<c@d>", "a@b> SIZE=1", "<a@b>", "anna", "a@", "@b",
    "a@b..c",    "\ud800@b", "анна@firm.example", "a@b.", "a@\u2024b", "a(c)@b.c", "a@" + "x" * 70 + ".c", "a\\b@c.d",
])  # fmt: skip
def test_an_address_that_is_none_is_given_up(server, notifier, address):
    assert isinstance(notifier.send(message(address=address)), Permanent)
    assert server.letters == []


def test_a_domain_in_russian_is_reached(server, notifier):
    assert notifier.send(message(address="anna@пример.рф")) == Delivered()
    assert server.envelopes == [("sales@firm.example", "anna@xn--e1afmkfd.xn--p1ai")]


def test_who_has_no_address_is_named(notifier):
    assert notifier.send(message(address=None)) == Permanent("no address is known for anna")


def test_a_letter_goes_out_encrypted_and_under_a_password():
    with MailServer(starttls=True, password="s3cret/") as server:
        url = f"smtp://robot%40firm:s3cret%2F@localhost:{server.port}/?from=sales@firm.example&timeout=5"
        notifier = EmailNotifier.from_url(url)
        refused = notifier.send(message())
        assert isinstance(refused, Temporary)  # a certificate that nobody vouches for
        assert "certificate" in refused.reason.lower()
        told = {"sender": SENDER, "user": "robot@firm", "timeout": 5, "context": trusting()}
        assert EmailNotifier("localhost", server.port, password="s3cret/", **told).send(message()) == Delivered()
        wrong = EmailNotifier("localhost", server.port, password="other", **told).send(message())
        assert isinstance(wrong, Temporary)  # nothing is wrong with the letter
        assert "535" in wrong.reason


def test_a_letter_goes_over_a_line_that_is_encrypted_from_the_start():
    with MailServer(tls=True) as server:
        secure = EmailNotifier("localhost", server.port, sender=SENDER, tls="ssl", timeout=5, context=trusting())
        assert secure.send(message()) == Delivered()
        assert len(server.letters) == 1


def test_a_password_is_ascii():
    with pytest.raises(NotifierUrlError, match="ASCII"):
        EmailNotifier("host", sender=SENDER, user="me", password="да")


def test_a_server_that_does_not_encrypt_gets_no_letter(server):
    notifier = EmailNotifier("127.0.0.1", server.port, sender=SENDER, timeout=5)
    assert isinstance(notifier.send(message()), Temporary)
    assert server.letters == []


@pytest.mark.parametrize("url", [
    "smtp://host", "smtp://host/?from=nobody", "smtp://host:port-s3cret/?from=a@b.c", "smtp://host/?from=a@b.c&form=1",
    "smtp://host/?from=a@b.c&timeout=long", "smtp://host/?from=a@b.c&timeout=0", "smtp://me:s3cret@[host/?from=a@b.c",
    "smtp://me:да-s3cret@host/?from=a@b.c",
])  # fmt: skip
def test_an_address_that_names_no_server_says_what_would(url):
    with pytest.raises(NotifierUrlError, match=r"reads smtp://user:password@host:587/") as wrong:
        EmailNotifier.from_url(url)
    assert "s3cret" not in str(wrong.value)


def test_nobody_reads_the_password_in_a_log(server):
    assert (
        repr(EmailNotifier.from_url("smtps://me:s3cret@host/?from=a@b.c"))
        == "EmailNotifier('host', 465, sender='a@b.c')"
    )
