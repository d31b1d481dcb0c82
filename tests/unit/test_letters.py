"""What people are told: in their language and zone, in their hours, in the most special words that there are."""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from contextlib import closing

import attrs
import pytest
from ask import ANNA, FAINA, HELEN, IVAN, OLGA, PEOPLE, REGULATION, RULES, Ask, Errand, moscow, requests_engine

from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.calendars import WorkSchedule
from salesreg.errors import DeclarationError, RegulationMismatch
from salesreg.ports import Temporary
from salesreg.process import Template
from salesreg.testing import ManualClock, RecordingNotifier

NOON = dt.time(12)
TUESDAY, VTORNIK = "Tuesday 3 March 2026", "вторник 3 марта 2026 г."
VLADIVOSTOK = WorkSchedule.standard(timezone="Asia/Vladivostok")  # seven hours ahead of Moscow


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(moscow("2026-03-02 10:00"))


def waiting(clock, *people, rulebook=RULES, regulation=REGULATION, lang="en", **asked):
    """The messages of one request, by recipient."""
    staff = {one.id: one for one in (*PEOPLE, *people)}
    engine = requests_engine(
        MemoryStore(),
        clock,
        directory=MemoryDirectory(staff.values()),
        rulebook=rulebook,
        regulation=regulation,
        lang=lang,
    )
    engine.start(Ask.ask(**{"text": "x", **asked}), by=ANNA, case_id="r1")
    return {message.to: message for message, _ in engine._store.messages("waiting")}


def helen(**told):
    return attrs.evolve(HELEN, **told)


# -- who, how and in which language -----------------------------------------------------------------------------------


def test_each_is_told_in_their_language_by_their_channel_and_their_clock(clock):
    gleb = attrs.evolve(
        HELEN, id="gleb", full_name="Gleb", lang="ru", channel="phone", address="+79161234567", schedule=VLADIVOSTOK
    )
    told = waiting(clock, gleb, number="17")
    assert (told["helen"].locale, told["helen"].channel, told["helen"].address) == ("en", None, "helen@example.com")
    assert (told["gleb"].locale, told["gleb"].channel, told["gleb"].address) == ("ru", "phone", "+79161234567")
    assert (told["helen"].name, told["gleb"].name) == ("Helen", "Gleb")
    assert told["helen"].text.splitlines() == [
        "Done: Ask",
        "Request: 17",
        "Anna, today 10:00, Monday 2 March 2026 (Moscow) (R9)",
        "— due 18:00, Wednesday 4 March 2026 (Moscow): The head decides a request",
        "— due today 10:30, Monday 2 March 2026 (Moscow): Every request is answered in half an hour",
        "",
        "Case r1",
    ]
    assert told["helen"].subject == "Done: Ask — 17"
    assert "Anna, сегодня в 17:00, понедельник 2 марта 2026 г. (Владивосток) (R9)" in told["gleb"].text


def test_a_language_that_nobody_speaks_is_the_engines(clock):
    assert waiting(clock, helen(lang="eo"), lang="ru")["helen"].locale == "ru"


# -- quiet hours and digests ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2026-03-02 10:00", None),
        ("2026-03-02 10:59", None),
        ("2026-03-02 12:30", "2026-03-03 02:00"),  # 19:30 in Vladivostok
        ("2026-03-05 12:30", "2026-03-06 02:00"),
        ("2026-03-06 12:30", "2026-03-10 02:00"),  # a weekend, and the 9th is a day off
    ],
)
def test_what_can_wait_waits_for_the_recipients_next_opening(clock, asked, told):
    clock.move_to(moscow(asked))
    message = waiting(clock, helen(schedule=VLADIVOSTOK))["helen"]
    assert message.not_before == (None if told is None else moscow(told))
    assert not message.digest


def test_the_time_of_what_waited_is_said_as_of_when_it_is_read(clock):
    clock.move_to(moscow("2026-03-02 12:30"))
    assert "due 02:00, Wednesday 4 March" not in waiting(clock, helen())["helen"].text
    text = waiting(clock, helen(schedule=VLADIVOSTOK))["helen"].text
    assert "Anna, 19:30, Monday 2 March 2026 (Vladivostok) (R9)" in text
    assert "due tomorrow 01:00, Thursday 5 March" not in text
    assert "due 01:00, Thursday 5 March 2026 (Vladivostok): The head decides a request" in text


@pytest.mark.parametrize(("urgent", "sent"), [("", []), ("request.ask", ["helen"])])
def test_what_comes_late_or_again_keeps_the_hours_too(clock, urgent, sent):
    """A mail server that is down from the afternoon on wakes nobody at night."""
    notifier = RecordingNotifier(Temporary("down"))
    staff = MemoryDirectory([helen(schedule=VLADIVOSTOK), ANNA, IVAN])
    settings = REGULATION.with_settings({"notices.urgent": urgent} if urgent else {})
    engine = requests_engine(MemoryStore(), clock, notifier=notifier, directory=staff, regulation=settings)
    clock.move_to(moscow("2026-03-02 10:59"))
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    engine.tick()
    for when in ("2026-03-02 11:05", "2026-03-03 01:59"):
        clock.move_to(moscow(when))
        engine.tick()
    assert [one.to for one in notifier.delivered if one.template == "ask"] == sent
    clock.move_to(moscow("2026-03-03 02:00"))
    engine.tick()
    assert [one.to for one in notifier.delivered if one.template == "ask"] == ["helen"]


@pytest.mark.parametrize("urgent", ["request.ask", "request.ask, overdue"])
def test_what_the_regulation_calls_urgent_comes_at_any_hour(clock, urgent):
    clock.move_to(moscow("2026-03-02 12:30"))
    now = REGULATION.with_settings({"notices.urgent": urgent})
    assert waiting(clock, helen(schedule=VLADIVOSTOK, digest=dt.time(9)), regulation=now)["helen"].not_before is None


def test_what_is_called_urgent_has_to_be_there(clock):
    with pytest.raises(RegulationMismatch, match=r"notices\.urgent names request\.aks, which is no step, norm or rung"):
        waiting(clock, regulation=REGULATION.with_settings({"notices.urgent": "request.aks"}))


@pytest.mark.parametrize(
    ("asked", "digest", "told"),
    [
        ("2026-03-02 10:00", dt.time(10, 15), "2026-03-02 10:15"),
        ("2026-03-02 10:00", dt.time(17), None),  # an answer is owed by 10:30
        ("2026-03-06 18:30", dt.time(9), "2026-03-10 09:00"),
        ("2026-03-06 18:30", dt.time(9, 45), None),  # by 09:30 on Tuesday
    ],
)
def test_what_can_wait_for_a_digest_does_unless_something_is_due_before(clock, asked, digest, told):
    clock.move_to(moscow(asked))
    message = waiting(clock, helen(digest=digest))["helen"]
    assert message.digest == (told is not None)
    if told is None:
        assert message.not_before is None
    else:
        assert dt.timedelta() <= moscow(told) - message.not_before < dt.timedelta(seconds=1)


def test_hours_that_cannot_be_kept_keep_nobody_from_being_told(clock, caplog):
    short = WorkSchedule("09:00-09:30")  # of which nothing is left on the eve of a holiday
    clock.move_to(moscow("2026-04-29 20:00"))
    with caplog.at_level(logging.WARNING, logger="salesreg"):
        message = waiting(clock, helen(schedule=short, digest=NOON))["helen"]
    assert (message.not_before, message.digest) == (None, False)
    assert "the hours of 'helen' cannot be kept" in caplog.text


# -- words ------------------------------------------------------------------------------------------------------------


def with_templates(*templates):
    return RULES.extended("words", templates=templates)


def test_the_most_special_template_is_taken(clock):
    every = [
        Template("step", "any", "any"),
        Template("request.ask", "ask", "{text} of {author}, {case}"),
        Template("request.ask.head", "ask the head", "for {name}: {text}"),
    ]
    for some, subject, text in (
        (every[:1], "any", "any"),
        (every[:2], "ask", "x of anna, r1"),
        (every, "ask the head", "for Helen: x"),
    ):
        told = waiting(clock, rulebook=with_templates(*some))["helen"]
        assert (told.subject, told.text) == (subject, text)


def test_a_later_template_of_the_same_kind_wins(clock):
    first = with_templates(Template("step", "first", "x"))
    assert (
        waiting(clock, rulebook=first.extended("again", templates=[Template("step", "again", "x")]))["helen"].subject
        == "again"
    )


def test_a_rung_has_words_by_norm_and_by_role(clock):
    rules = with_templates(
        Template("overdue", "late", "x"),
        Template("overdue.request.decide", "decide at last", "{title} {due} {owner}"),
        Template("superior.chief", "your people", "x"),
    )
    notifier = RecordingNotifier()
    engine = requests_engine(MemoryStore(), clock, rulebook=rules, notifier=notifier)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    clock.move_to(moscow("2026-03-06 10:00"))
    engine.tick()
    subjects = {(one.payload.get("rung"), one.payload.get("obligation")): one.subject for one in notifier.attempts}
    assert subjects["overdue", "r1:request.answer:1"] == "late"
    assert subjects["overdue", "r1:request.decide:1"] == "decide at last"
    assert subjects["superior", "r1:request.decide:1"] == "your people"
    [decide] = [one for one in notifier.attempts if one.subject == "decide at last"]
    assert decide.text == "The head decides a request 18:00, Wednesday 4 March 2026 (Moscow) head"


def test_a_reminder_is_put_into_words_when_it_is_sent_with_the_case_as_it_stands_then(clock):
    class Counted(Ask):
        version = 2
        facts = {"what": lambda request: f"{len(request.answers)} answered"}

    rules = RULES.extended("counted", processes=[Counted], templates=[Template("overdue", "{what}", "due {due}")])
    store, notifier = MemoryStore(), RecordingNotifier()
    engine = requests_engine(store, clock, rulebook=rules)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    clock.move_to(moscow("2026-03-04 18:30"))
    assert engine.tick().breached == ["r1:request.answer:1", "r1:request.decide:1"]

    queued = {one.body.payload.get("obligation"): one.body.subject for one in engine.outbox()}
    assert queued["r1:request.decide:1"] == "0 answered"
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN)
    engine = requests_engine(store, clock, rulebook=rules, notifier=notifier)
    clock.move_to(moscow("2026-03-05 09:00"))
    engine.tick()
    [sent] = [one for one in notifier.delivered if one.template == "overdue"]
    assert sent.subject == "1 answered"
    assert sent.text == "due 18:00, Wednesday 4 March 2026 (Moscow)"
    engine.perform("r1", Ask.answer(text="no"), by=HELEN)
    assert sent in [one.body for one in engine.outbox(state="delivered")], "what was said stays as it was said"


def test_a_client_is_never_told_in_the_words_for_colleagues(clock):
    rules = with_templates(Template("step", "inside", "{case}"), Template("errand.send", "inside", "{case}"))
    store = MemoryStore()
    engine = requests_engine(
        store, clock, rulebook=rules, regulation=REGULATION.with_settings({"notices.company": "Firm Ltd"})
    )
    engine.start(Errand.send(title="t", client="c@d.e"), by=HELEN, case_id="e1")
    [(letter, _)] = store.messages("waiting")
    assert (letter.subject, letter.channel, letter.not_before) == ("Errand", None, None)
    assert letter.text == "Hello,\n\nThere is news for you: Send.\n\nHelen, helen@example.com\nFirm Ltd"


@pytest.mark.parametrize(
    ("fact", "en", "ru"),
    [
        (dt.date(2026, 3, 2), "Monday 2 March 2026", "понедельник 2 марта 2026 г."),
        (moscow("2026-03-03 09:05"), f"tomorrow 09:05, {TUESDAY} (Moscow)", f"завтра в 09:05, {VTORNIK} (Москва)"),
        (["a", "b"], "a, b", "a, b"),
        (None, "r1", "r1"),
    ],
)  # fmt: skip
def test_a_fact_is_said_as_people_say_it(clock, fact, en, ru):
    class Known(Ask):
        version = 2
        facts = {"what": lambda _: fact}

    rules = RULES.extended("known", processes=[Known], templates=[Template("request.ask", "{what}", "x")])
    for lang, said in (("en", en), ("ru", ru)):
        assert waiting(clock, rulebook=rules, lang=lang)["helen"].subject == said


def test_a_fact_that_cannot_be_read_is_left_out_and_reported(clock, caplog):
    class Broken(Ask):
        version = 2
        facts = {"shout": lambda request: request.nothing, "what": lambda request: f"“{request.text}”"}

    rules = RULES.extended("broken", processes=[Broken], templates=[Template("request.ask", "{what}", "{shout}!")])
    with caplog.at_level(logging.ERROR, logger="salesreg"):
        told = waiting(clock, rulebook=rules)["helen"]
    assert (told.subject, told.text) == ("“x”", "{shout}!")
    assert "Broken.facts['shout'] fails for case r1" in caplog.text


def test_a_translation_that_cannot_be_filled_in_keeps_nobody_from_acting(clock, caplog, tmp_path):
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "words.toml").write_text('template.step.text = "{case:plural|a|b|c}"', "utf-8")
    with caplog.at_level(logging.ERROR, logger="salesreg"):
        told = waiting(clock, rulebook=RULES.extended("odd", locale=[tmp_path]), lang="ru")["helen"]
    assert told.subject == told.text
    assert told.text.endswith(" — r1")
    assert "'step' cannot be filled in in 'ru'" in caplog.text


def test_a_case_that_cannot_be_read_keeps_nobody_from_being_reminded(clock, caplog, tmp_path):
    notifier = RecordingNotifier()
    with closing(SqliteStore(tmp_path / "odd.db")) as store:
        engine = requests_engine(store, clock, notifier=notifier)
        engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
        with closing(sqlite3.connect(tmp_path / "odd.db")) as by_hand, by_hand:
            by_hand.execute("UPDATE salesreg_case SET data = '{\"title\": 7}'")
        clock.move_to(moscow("2026-03-04 10:00"))
        with caplog.at_level(logging.WARNING, logger="salesreg"):
            engine.tick()
    told = next(one for one in notifier.delivered if one.template == "overdue")
    assert told.text.splitlines()[0] == "An errand is done in a day"
    assert told.text.endswith("Case e1")
    assert "told without its facts" in caplog.text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (Template("request.aks", "x", "x"), "'request.aks' is about no step, and no rung or norm"),
        (Template("overdue.request.nothing", "x", "x"), "is about no step, and no rung or norm"),
        (Template("request.ask", "{txt}", "{text.upper}"), "names 'text.upper', 'txt', which nothing gives"),
        (Template("overdue.request.decide", "{text}", "x"), "names 'text', which nothing gives"),
    ],
)
def test_a_template_of_what_is_not_there_is_refused_with_the_rulebook(template, said):
    with pytest.raises(DeclarationError, match=said):
        with_templates(template)


@pytest.mark.parametrize("words", [("step", "", "x"), ("step", "x", " "), ("step", "x", None)])
def test_a_template_says_something(words):
    with pytest.raises(DeclarationError, match="a subject and a text"):
        Template(*words)


def test_nobody_else_is_told_anything_new(clock):
    """Those without wishes of their own are told as before."""
    told = waiting(clock, OLGA, FAINA, IVAN)
    assert {one: message.id for one, message in told.items()} == {"helen": "r1:1:helen"}
