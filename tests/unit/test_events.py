"""Events as the log keeps them: the chain, changes instead of copies, and personal texts beside their digests."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import attrs
import msgspec
import pytest
from ask import ANNA, CHIEF, HEAD, HELEN, REGULATION, RULES, Ask, moscow, requests_engine, taken
from attrs import evolve
from msgspec.structs import replace

from salesreg import ProcessEngine
from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.calendars import WorkSchedule
from salesreg.engine.codec import Pages
from salesreg.engine.events import Reader, digest_of, encode_event, hash_of, personal_of
from salesreg.errors import RecordError
from salesreg.process import Personal, PersonalMark, Process, Rulebook, Stage, start, stay, step
from salesreg.rules import Regulation
from salesreg.testing import ManualClock

NOON = moscow("2026-03-02 12:00")


@pytest.fixture
def engine(clock: ManualClock) -> ProcessEngine:
    return requests_engine(MemoryStore(), clock)


def stored(engine: ProcessEngine) -> list[Any]:
    return list(engine._store.events(limit=10_000))


# -- the chain --------------------------------------------------------------------------------------------------------


def test_each_event_holds_the_hash_of_the_one_before_it_and_the_case_that_of_the_last(engine: ProcessEngine):
    engine.start(Ask.ask(text="?"), by=ANNA, case_id="r1")
    engine.start(Ask.ask(text="??"), by=ANNA, case_id="r2")
    for text in ("one", "two"):
        engine.perform("r1", Ask.answer(text=text), by=HELEN)
    links = [one for one in stored(engine) if one.case == "r1"]
    assert [one.hash for one in links] == [hash_of(one.body) for one in links]
    assert [one.previous for one in engine.history("r1")] == ["", links[0].hash, links[1].hash]
    assert engine._store.load(["r1"]).cases["r1"].head == links[-1].hash
    assert b'"recorded_at":' in links[0].body, "when it was written is under the hash as well"


def test_several_events_of_one_command_are_a_chain(engine: ProcessEngine):
    engine.start(Ask.ask(text="?"), by=ANNA, case_id="r1")
    engine.start("errand", "send", {"title": "go", "request": "r1"}, by=HELEN, case_id="e1")
    engine.perform("e1", "belong_to", {"request": None}, by=HELEN)
    links = [one for one in stored(engine) if one.case == "r1"]
    assert [one.step for one in links] == ["ask", "child_started", "child_ended"]
    assert [one.previous for one in engine.history("r1")] == ["", links[0].hash, links[1].hash]


# -- changes, not copies ----------------------------------------------------------------------------------------------


def test_what_an_event_takes_does_not_grow_with_the_list_that_it_adds_to(engine: ProcessEngine):
    engine.start(Ask.ask(text="?"), by=ANNA, case_id="r1")
    for number in range(60):
        engine.perform("r1", Ask.answer(text=f"answer number {number}"), by=HELEN)
    sizes = [len(one.body) for one in stored(engine)]
    assert max(sizes[20:]) < 1.2 * min(sizes[1:20])
    history = engine.history("r1")
    assert [len(one.changes["answers"]) for one in history] == list(range(61)), "whoever reads it sees the whole list"
    assert history[-1].changes["answers"] == engine.case("r1").data.answers
    assert engine.verify() == ()


def test_what_an_event_takes_does_not_grow_with_the_pauses_of_a_clock(engine: ProcessEngine, clock: ManualClock):
    engine.start(Ask.ask(text="?"), by=ANNA, case_id="r1")
    for _ in range(30):
        clock.advance(dt.timedelta(minutes=1))
        engine.perform("r1", Ask.pause(), by=HELEN)
        clock.advance(dt.timedelta(minutes=1))
        engine.perform("r1", Ask.resume(), by=HELEN)
    sizes = [len(one.body) for one in stored(engine)]
    assert max(sizes[30:]) < 1.1 * max(sizes[1:20])
    [decides] = [one for one in engine.history("r1")[-1].opened if one.norm == "request.decide"]
    assert len(decides.pauses) == 30
    assert decides in engine.obligations(case="r1")
    assert engine.verify() == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("abcdefghij", "abcdefghijk"),
        ("abcdefghij", "abcdefghiX"),
        ("abcdefghij", "Xbcdefghij"),
        ("abcdefghij", "abcdXYfghij"),
        ("abcdefghij", "abcdefghi"),
        ("abcdefghij", "bcdefghij"),
        ("aaaaaaaaaa", "aaaaaaaaaaa"),
        ("aaaaaaaaaa", "aaaaaaaaa"),
        ("abcdefghij", ""),
        ("abcdefghij", "ja"),
        ("", "abcdefghij"),
    ],
)
def test_a_list_changed_anywhere_reads_back_as_it_became(before: str, after: str):
    first = taken(None, "ask", ANNA, "2026-03-02 10:00", text="?")
    old, new = (evolve(first.case.data, answers=tuple(letters)) for letters in (before, after))
    pages, page = Pages(RULES), Ask
    book = {"rulebook": "requests"}
    links = [
        encode_event(page, replace(first.event, changes={**attrs.asdict(old, recurse=False)}, **book), NOON),
        encode_event(
            page,
            replace(first.event, version=2, step="answer", payload={}, changes={"answers": new.answers}, **book),
            NOON,
            before=replace(first.case, data=old),
        ),
    ]
    reader = Reader(pages)
    assert [reader.read(one).changes["answers"] for one in links] == [old.answers, new.answers]
    kept = msgspec.json.decode(links[1].body)["changes"]["answers"]
    assert len(kept) <= 2 or len(set(before) & set(after)) < 8


def test_an_event_that_builds_on_one_that_is_gone_says_so(engine: ProcessEngine):
    engine.start(Ask.ask(text="?"), by=ANNA, case_id="r1")
    for number in range(12):
        engine.perform("r1", Ask.answer(text=f"{number}"), by=HELEN)
    with pytest.raises(RecordError, match="event 12 of case 'r1' builds on what is not there"):
        Reader(Pages(RULES)).read(stored(engine)[11])


# -- personal texts ---------------------------------------------------------------------------------------------------


@attrs.frozen
class Caller:
    name: Annotated[str, Personal]
    phone: Annotated[str, PersonalMark("erased 0")] | None = None


@attrs.frozen
class Book:
    callers: tuple[Caller, ...] = ()
    last: Caller | None = None
    notes: dict[str, Annotated[str, Personal]] = attrs.field(factory=dict)
    about: str = ""


class Calls(Process[Book]):
    """Who called."""

    id, version, title = "calls", 1, "Calls"
    open = Stage("Open", HEAD, no_term="it is a book")

    @step(start(open), "Begin", by=HEAD)
    def begin(self, *, about: str) -> Book:
        return Book(about=about)

    @step(stay(open), "Note a call", by=HEAD)
    def note(self, book: Book, *, caller: Caller, remark: Annotated[str, Personal] = "", on: str = "") -> Book:
        return evolve(book, callers=(*book.callers, caller), last=caller, notes={**book.notes, on: remark})


IVANS = Caller('Иван "Jr" Петров', "+7 495 111-11-11")
CALLS = Rulebook("calls", roles=[HEAD, CHIEF], processes=[Calls])


@pytest.fixture
def calls(clock: ManualClock) -> ProcessEngine:
    ladder = {name: one.value for name, one in REGULATION.settings.items() if name.startswith("escalation.")}
    regulation = Regulation("calls", schedule=WorkSchedule.standard()).with_settings(ladder)
    directory = MemoryDirectory([HELEN])
    engine = ProcessEngine(MemoryStore(), rulebook=CALLS, regulation=regulation, directory=directory, clock=clock)
    engine.start(Calls.begin(about="Иван"), by=HELEN, case_id="c1")
    engine.perform("c1", Calls.note(caller=IVANS, remark="called back", on="Monday"), by=HELEN)
    engine.perform("c1", Calls.note(caller=Caller("Olga")), by=HELEN)
    return engine


def test_the_chain_holds_digests_and_beside_it_stands_what_they_are_of(calls: ProcessEngine):
    first, second, third = stored(calls)
    for text in ("Иван", "Jr", "+7 495", "called back"):
        assert text.encode() not in second.body
    assert (first.personal, len(personal_of(second)), len(personal_of(third))) == (None, 3, 4)
    for one in (second, third):
        for digest, (salt, text) in personal_of(one).items():
            assert digest == digest_of(salt, text)
            assert f'"{digest}"'.encode() in one.body
    salts = {salt for one in (second, third) for salt, _ in personal_of(one).values()}
    assert len(salts) == 7, "nobody tells from two digests that they are of one person"


def test_whoever_reads_the_history_sees_the_texts(calls: ProcessEngine):
    _, second, third = calls.history("c1")
    assert second.payload["caller"]["name"] == IVANS.name
    assert (second.changes["last"], second.changes["callers"]) == (IVANS, (IVANS,))
    assert third.changes["notes"] == {"Monday": "called back", "": ""}
    assert calls.verify() == ()


def test_once_they_are_dropped_the_chain_is_whole_and_every_event_reads_without_them(calls: ProcessEngine):
    reader = Reader(Pages(CALLS))
    bare = [reader.read(replace(one, personal=None)) for one in stored(calls)]
    assert [hash_of(one.body) for one in stored(calls)][:2] == [one.previous for one in bare][1:]
    assert bare[1].changes["last"] == Caller("erased", "erased 0")
    assert bare[1].payload["caller"] == {"name": "erased", "phone": "erased 0"}
    assert bare[2].changes["notes"] == {"Monday": "erased", "": ""}
    assert bare[0].changes["about"] == "Иван", "what is not marked stays"


def test_personal_texts_that_cannot_be_read_say_so(calls: ProcessEngine):
    with pytest.raises(RecordError, match="personal data of event 2 of 'c1' cannot be read"):
        Reader(Pages(CALLS)).read(replace(stored(calls)[1], personal=b"{"))
