"""A mail server that refuses, hangs, hangs up or is down: what becomes of a letter is told apart."""

import pytest
from servers import MailServer, closed_port

from salesreg.adapters.email import EmailNotifier
from salesreg.ports import Delivered, Permanent, Temporary, Unknown
from salesreg.testing._records import message


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


def notifier(port, timeout=5.0):
    return EmailNotifier("127.0.0.1", port, sender="sales@firm.example", tls=None, timeout=timeout)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("451 try later", Temporary),
        ("421 going down", Temporary),
        ("550 no such\x1b[2J person", Permanent),
        ("554 spam", Permanent),
        ("rcpt 450 greylisted", Temporary),
        ("rcpt 550 no such person", Permanent),
        ("drop", Unknown),
    ],
)
def test_what_the_server_says_of_a_letter_counts(server, answer, outcome):
    server.says = [answer]
    told = notifier(server.port).send(message())
    assert type(told) is outcome
    assert answer.removeprefix("rcpt ")[:3] in told.reason or answer == "drop"
    assert "\x1b" not in told.reason
    assert notifier(server.port).send(message()) == Delivered()


def test_a_server_that_says_nothing_more_leaves_it_unknown(server):
    server.says = ["hang"]
    assert isinstance(notifier(server.port, timeout=0.2).send(message()), Unknown)


def test_a_server_that_is_down_is_tried_again():
    with closed_port() as port:
        assert isinstance(notifier(port).send(message()), Temporary)


def test_a_server_that_nobody_knows_is_tried_again():
    lost = EmailNotifier("mail.invalid", 25, sender="sales@firm.example", tls=None, timeout=5)
    assert isinstance(lost.send(message()), Temporary)
