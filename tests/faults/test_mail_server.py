"""A mail server that refuses, hangs, hangs up or is down: what becomes of a letter is told apart."""

import datetime as dt
import logging
import re

import pytest
from ask import ANNA, HELEN, Ask, Errand, moscow, requests_engine
from servers import MailServer, closed_port

from salesreg import example, open_engine
from salesreg.adapters.email import EmailNotifier
from salesreg.adapters.memory import MemoryStore
from salesreg.cli import main as salesreg
from salesreg.commercial import Sale
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.ports import Delivered, Permanent, Temporary, Unknown
from salesreg.testing import ManualClock
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
        ("rcpt drop", Temporary),
        ("mail 550 who are you", Temporary),
        ("drop", Unknown),
    ],
)
def test_what_the_server_says_of_a_letter_counts(server, answer, outcome):
    server.says = [answer]
    told = notifier(server.port).send(message())
    assert type(told) is outcome
    assert answer[-4:] == "drop" or re.search(r"\d{3}", answer)[0] in told.reason
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


# -- through the outbox -----------------------------------------------------------------------------------------------


@pytest.fixture
def clock():
    return ManualClock(moscow("2026-03-02 10:00"))


def asked(clock, port, timeout=5.0):
    """An engine whose head is told by mail of one request."""
    engine = requests_engine(MemoryStore(), clock, notifier=notifier(port, timeout))
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    return engine


def tick(engine, clock, **later):
    clock.advance(dt.timedelta(**later))
    report = engine.tick()
    return report.delivered, report.postponed, len(report.dead)


def test_a_letter_waits_out_a_server_that_is_down(clock):
    with closed_port() as port:
        engine = asked(clock, port)
        assert [tick(engine, clock, minutes=n) for n in (0, 2, 3, 6)] == [(0, 1, 0)] * 4
    with MailServer(port=port) as server:
        assert tick(engine, clock, hours=1)[1:] == (0, 0)
        assert [letter["Subject"] for letter in server.letters].count("Done: Ask — r1") == 1


def test_a_letter_that_may_have_arrived_comes_again_under_the_same_id(server, clock):
    server.says = ["drop"]
    engine = asked(clock, server.port)
    assert tick(engine, clock) == (0, 1, 0)
    assert tick(engine, clock, minutes=3) == (1, 0, 0)
    assert tick(engine, clock, minutes=3) == (0, 0, 0)
    first, again = (letter["Message-ID"] for letter in server.letters)
    assert first == again


def test_a_letter_that_is_refused_is_dead_with_the_servers_words_and_holds_up_nobody(server, clock):
    server.says = ["rcpt 550 no such person"]
    engine = asked(clock, server.port)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r2")
    assert tick(engine, clock) == (1, 0, 1)
    [(message, reason)] = engine._store.messages("dead")
    assert (message.case, reason) == ("r1", "the mail server says 550 no such person")


def test_a_client_whose_server_hangs_holds_up_nobody_for_long(server, clock):
    server.says = ["hang"]
    engine = asked(clock, server.port, timeout=0.2)
    engine.start(Errand.send(title="t", client="c@d.example"), by=HELEN, case_id="e1")
    assert tick(engine, clock) == (1, 1, 0)


STAFF = """
from salesreg import Employee
from salesreg.adapters.memory import MemoryDirectory
from salesreg.commercial.roles import HEAD, MANAGER

ANNA = Employee("anna", "Anna", [MANAGER])
BORIS = Employee("boris", "Борис Петров", [HEAD], email="boris@firm.example", lang="ru")
PEOPLE = MemoryDirectory([ANNA, BORIS])
"""


def test_a_worker_sends_letters_and_is_not_told_its_password_on_the_command_line(server, tmp_path, monkeypatch, capsys):
    (tmp_path / "office_staff.py").write_text(STAFF, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    from office_staff import PEOPLE

    db = tmp_path / "sales.db"
    with open_engine(f"sqlite:///{db}", regulation=example(), directory=PEOPLE) as engine:
        new = Sale.register_prospect(source="exhibition", client=ClientDraft("Вега Лифт"))
        deal = engine.start(new, by="anna")
        engine.perform(deal, Sale.record_client_refusal(reason="дорого"), by="anna")
    url = f"smtp://127.0.0.1:{server.port}/?from=sales@firm.example&tls=none"
    monkeypatch.setenv("SALESREG_NOTIFIER", f"email={url} log=console:")
    for name in ("handlers", "level"):  # the worker sets up the log of its program
        monkeypatch.setattr(logging.getLogger("salesreg"), name, getattr(logging.getLogger("salesreg"), name))
    command = ["worker", "--db", str(db), "--directory", "office_staff:PEOPLE", "--once"]
    assert salesreg(command) == 0
    [letter] = server.letters
    assert letter["Subject"] == "Выполнено: Отказ клиента — Вега Лифт"
    [to] = letter["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Борис Петров", "boris@firm.example")
    assert salesreg([*command, "--notifier", "pigeon://s3cret"]) == 2
    assert "no notifier is called 'pigeon'" in capsys.readouterr().err
