"""Clients are written to as clients: a greeting, what concerns them, whom to answer; nothing of how the firm works."""

from __future__ import annotations

import re

import attrs
import pytest
from trade import TO_ISSUED, Trade

from salesreg.commercial import COMMERCIAL
from salesreg.process import Contact
from salesreg.process.templates import CLIENT
from salesreg.testing.commercial import STAFF

GREETINGS = {"en": "Hello,", "ru": "Здравствуйте!"}
INSIDE = re.compile(
    r"[{}]|—\s*$|\bNone\b|\bR\d+|:\d|\b(case|step|finance|specialist|petr|D|V|no capacity)\b|дело", re.MULTILINE
)


def telling():
    """The steps by which somebody outside is told."""
    return {
        f"{page.id}.{step.id}"
        for page in COMMERCIAL.processes
        for step in page.steps.values()
        if any(isinstance(who, Contact) for who in step.notify)
    }


@pytest.fixture(scope="module", params=["en", "ru"])
def letters(request):
    """Every letter that a client gets, by the step that it is about."""
    staff = [attrs.evolve(one, email=f"{one.id}@example.com") for one in STAFF]
    desk = Trade(lang=request.param, staff=staff)
    desk.dispatched("D")
    desk.at(20).take("D", "remind_contract_return")
    desk.take("D", "record_scan_return")
    desk.order("V", "start_draft", "request_missing_info", "receive_info", "request_info_again")
    desk.order("W", *TO_ISSUED)
    desk.deliver("W")
    invoice = desk.invoice_of("W")
    desk.take(invoice, "issue_invoice", number="2026/17")
    desk.take(invoice, "send_invoice")
    desk.take(desk.dispatched("Q", existing="D"), "cancel_deal")
    desk.engine.tick()
    found = {one.template: one for one in desk.notifier.delivered if one.to == "buyer@example.com"}
    return request.param, found


def test_every_step_that_tells_a_client_has_a_letter_of_its_own():
    assert {f"{step}.{CLIENT}" for step in telling()} == {
        about for about in COMMERCIAL.words if about.endswith(f".{CLIENT}")
    }


def test_a_letter_greets_says_what_concerns_the_client_and_whom_to_answer(letters):
    lang, found = letters
    assert set(found) == {step.partition(".")[2] for step in telling()}
    for letter in found.values():
        assert letter.text.startswith(f"{GREETINGS[lang]}\n\n")
        said, signature = letter.text.split("\n\nPetr, ")
        assert signature == "petr@example.com\nExample & Co"
        assert letter.payload["reply_to"] == "petr@example.com"
        assert INSIDE.findall(f"{letter.subject}\n{said}") == []
