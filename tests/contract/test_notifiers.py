"""The console and the recording notifier keep the contract."""

import io
import sys

import pytest

from salesreg.adapters.console import ConsoleNotifier
from salesreg.ports import Delivered, Notifier, Permanent, Temporary
from salesreg.testing import NotifierContract, RecordingNotifier
from salesreg.testing._records import message


class TestConsole(NotifierContract):
    @pytest.fixture
    def notifier(self) -> Notifier:
        return ConsoleNotifier(io.StringIO())


class TestRecording(NotifierContract):
    @pytest.fixture
    def notifier(self) -> Notifier:
        return RecordingNotifier()

    def arrived(self, notifier: Notifier) -> list[tuple[str, str, str]]:
        return [(one.address or one.to, one.subject, one.text) for one in notifier.delivered]


def test_the_console_prints_a_line_a_message(capsys):
    notifier = ConsoleNotifier()
    notifier.send(message())
    notifier.send(message(2, address=None, text=""))
    assert capsys.readouterr().out.splitlines() == [
        "2026-03-02 12:00Z  to anna <anna@firm.example>  [c-1] Договор № 1: Подпишите, пожалуйста. Спасибо!",
        "2026-03-02 12:00Z  to anna  [c-1] Договор № 2",
    ]


def test_what_steers_a_terminal_is_spelled_out(capsys):
    notifier = ConsoleNotifier()
    notifier.send(message(to="\x1b[2Janna", subject="a\x9b31mb\u202e", text="c\x07\r\nd", case="e\x1b]0;f"))
    [line] = capsys.readouterr().out.splitlines()
    assert line.isprintable()
    assert "\\x1b[2Janna" in line


def test_a_console_that_does_not_take_russian_says_so(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    delivery = ConsoleNotifier().send(message())
    assert isinstance(delivery, Temporary)
    assert "did not take the message" in delivery.reason


def test_a_closed_console_says_so():
    stream = io.StringIO()
    stream.close()
    assert isinstance(ConsoleNotifier(stream).send(message()), Temporary)


def test_the_recording_notifier_reports_what_was_arranged():
    notifier = RecordingNotifier(Temporary("busy"), Permanent("gone"))
    deliveries = [notifier.send(message(number)) for number in (1, 2, 3)]
    assert deliveries == [Temporary("busy"), Permanent("gone"), Delivered()]
    assert [it.id for it in notifier.attempts] == [message(number).id for number in (1, 2, 3)]
    assert [it.id for it in notifier.delivered] == [message(3).id]
