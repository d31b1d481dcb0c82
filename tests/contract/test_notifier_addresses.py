"""Notifiers by their addresses: ours, other people's, several by channel."""

import sys

import pytest

from salesreg.adapters.notifiers import by_channel, notifier_from
from salesreg.errors import MissingExtraError, NotifierUrlError
from salesreg.ports import Delivered, Permanent
from salesreg.testing import RecordingNotifier
from salesreg.testing._records import message

PIGEONS = """
from salesreg.testing import RecordingNotifier

def post(url):
    made = RecordingNotifier()
    made.url = url
    return made
"""
MAIL = "smtp://me:s3cret@host/?from=a@b.c"


@pytest.mark.parametrize(
    ("address", "made"),
    [
        ("console:", "ConsoleNotifier()"),
        (MAIL, "EmailNotifier('host', 587, sender='a@b.c')"),
        ("smtps://host/?from=a@b.c", "EmailNotifier('host', 465, sender='a@b.c')"),
        ("smtp://host/?from=a@b.c&tls=none", "EmailNotifier('host', 25, sender='a@b.c')"),
        ("https://:s3cret@host/path", "WebhookNotifier('host')"),
        ("apprise:json://host/{address}", "AppriseNotifier('json')"),
    ],
)
def test_an_address_names_a_notifier(address, made):
    assert repr(notifier_from(address)) == made


def test_several_are_told_apart_by_channel():
    made = notifier_from(MAIL, "phone=https://:s3cret@host/sms", "console:")
    assert repr(made) == (
        "by_channel({'smtp': EmailNotifier('host', 587, sender='a@b.c'), 'phone': WebhookNotifier('host'), "
        "'console': ConsoleNotifier()})"
    )
    assert repr(notifier_from("log=console:")) == "by_channel({'log': ConsoleNotifier()})"


def test_a_message_goes_by_its_channel_and_by_the_first_if_it_names_none():
    first, second = RecordingNotifier(), RecordingNotifier()
    both = by_channel({"email": first, "phone": second})
    for channel in (None, "phone", "email"):
        assert both.send(message(channel=channel)) == Delivered()
    assert ([one.channel for one in first.delivered], [one.channel for one in second.delivered]) == (
        [None, "email"],
        ["phone"],
    )
    assert both.send(message(channel="pigeon")) == Permanent("nobody sends by 'pigeon': there are email, phone")


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ([], "no address"),
        (["me:s3cret@host"], "no notifier is called 'me'"),
        (["s3cret"], "no address of a notifier"),
        (
            ["pigeon://s3cret"],
            "no notifier is called 'pigeon': there are apprise:, console:, http:, https:, smtp:, smtps:",
        ),
        (["console:", "console:"], "two notifiers serve the channel 'console'"),
    ],
)
def test_an_address_that_names_none_says_what_there_is(addresses, said):
    with pytest.raises(NotifierUrlError, match=said):
        notifier_from(*addresses)


def test_another_package_brings_its_own_by_an_entry_point(tmp_path, monkeypatch):
    (tmp_path / "pigeons.py").write_text(PIGEONS)
    info = tmp_path / "pigeons-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[salesreg.notifiers]\npigeon = pigeons:post\n")
    monkeypatch.syspath_prepend(tmp_path)
    made = notifier_from("pigeon://loft/7")
    assert made.url == "pigeon://loft/7"
    assert made.send(message()) == Delivered()


def test_a_missing_package_names_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'salesreg\[apprise\]'") as missing:
        notifier_from("apprise:json://host")
    assert missing.value.extra == "apprise"
