"""What an engine looks at when it opens: whether its rules are whole, and whether the cases there can be carried on."""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import attrs
import msgspec
import pytest
from ask import (
    ANNA,
    CHIEF,
    DECIDES,
    FAINA,
    HELEN,
    IVAN,
    REGULATION,
    ROLES,
    RULES,
    Ask,
    Errand,
    Request,
    moscow,
    requests_engine,
)

from salesreg import SYSTEM, Norm, Parameter, Process, ProcessEngine, Regulation, Rulebook, Term
from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import (
    DeclarationError,
    OrphanedCases,
    ParameterNotSet,
    ParameterTypeError,
    RegulationMismatch,
    UnknownProcess,
    UnknownStage,
)
from salesreg.ports import Store
from salesreg.process import Recurring, Stage, Step, start, step
from salesreg.rules import Instant
from salesreg.testing import ManualClock

STRICTER = REGULATION.with_settings({"request.decide": "1 business day"})
ONLY_ERRANDS = Rulebook("requests", roles=ROLES, processes=[Errand])
SMALL = Regulation("small", schedule=REGULATION.schedule).with_settings(
    {name: value.value for name, value in REGULATION.settings.items() if name.startswith("escalation.")}
)


def asked(engine: ProcessEngine, case_id: str = "r1", **given: Any) -> Any:
    return engine.start(Ask.ask(**{"text": "May I?", **given}), by=ANNA, case_id=case_id)


class Watched:
    """A store that counts what is read of its cases, and may have lost or changed its regulations."""

    def __init__(self, store: Store, regulation: bytes | None = b"") -> None:
        self._store, self._regulation = store, regulation
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        self.read += name in {"find", "load", "events", "obligations"}
        return getattr(self._store, name)

    def regulation(self, content_hash: str) -> bytes | None:
        return self._store.regulation(content_hash) if self._regulation == b"" else self._regulation


# -- the regulation ---------------------------------------------------------------------------------------------------


def test_a_case_keeps_the_regulation_it_began_with(store: Store, clock: ManualClock):
    old = asked(requests_engine(store, clock))
    later = requests_engine(store, clock, regulation=STRICTER)
    new = asked(later, "r2")
    assert (old.regulation, new.regulation) == (REGULATION.content_hash, STRICTER.content_hash)
    later.perform("r1", Ask.repeat(), by=ANNA)
    later.perform("r2", Ask.repeat(), by=ANNA)
    due = {one.case: one.due for one in later.obligations(status="open", norm="request.decide")}
    assert due == {"r1": moscow("2026-03-04 18:00"), "r2": moscow("2026-03-03 18:00")}
    assert later.case("r1").regulation == REGULATION.content_hash
    assert later.verify() == ()


def test_a_term_that_the_regulation_gives_a_norm_is_the_term_that_binds(
    store: Store, clock: ManualClock, tmp_path: Path
):
    """Read from the file of a firm, which says that a request may take an hour to answer and an errand three days."""
    path = tmp_path / "firm.toml"
    REGULATION.dump(path)
    with path.open("a", encoding="utf-8") as file:
        file.write(
            '\n[norms."request.answer"]\ntext = "Within the hour."\nclause = "R43"\nterm = "60 working minutes"\n'
            '\n[norms."errand.finish"]\ntext = "In three days."\nclause = "R50"\nterm = "3 business days"\n'
        )
    engine = requests_engine(store, clock, regulation=RULES.load(path))
    owed = {one.norm: one for one in asked(engine).obligations}
    assert (owed["request.answer"].due, owed["request.answer"].term) == (
        moscow("2026-03-02 11:00"), "60 working minutes",
    )  # fmt: skip
    assert owed["request.decide"].due == moscow("2026-03-04 18:00"), "what the file does not say stays"
    (finish,) = engine.start(Errand.send(title="t"), by=HELEN).obligations
    assert finish.due == moscow("2026-03-05 18:00")
    plain = {one.norm: one.due for one in asked(requests_engine(store, clock), "r2").obligations}
    assert plain["request.answer"] == moscow("2026-03-02 10:30")


def test_a_term_that_nothing_enforces_is_refused_with_the_nearest_that_is(store: Store, clock: ManualClock):
    stray = attrs.evolve(REGULATION, norms=[Norm("request.anser", "Soon.", "R43", term=Term.parse("1 hour"))])
    with pytest.raises(RegulationMismatch, match=r"'request\.anser': did you mean 'request\.answer'"):
        requests_engine(store, clock, regulation=stray)


def test_an_engine_says_at_once_what_its_regulation_leaves_open(store: Store, clock: ManualClock):
    with pytest.raises(ParameterNotSet) as missing:
        requests_engine(store, clock, regulation=Regulation("bare"))
    assert set(missing.value.names) == {
        "request.decide", "escalation.remind_before", "escalation.superior_after", "escalation.second_superior_after",
        "schedule",
    }  # fmt: skip


def test_a_regulation_of_another_rulebook_is_refused_and_one_of_the_extended_is_not(store: Store, clock: ManualClock):
    mine = RULES.extended("mine")
    for name in ("", "mine", "requests"):
        requests_engine(store, clock, rulebook=mine, regulation=attrs.evolve(REGULATION, rulebook=name))
    with pytest.raises(RegulationMismatch, match="written for the rulebook 'theirs', not for 'mine', 'requests'"):
        requests_engine(store, clock, rulebook=mine, regulation=attrs.evolve(REGULATION, rulebook="theirs"))


def test_a_duty_that_comes_back_needs_a_term_that_recurs(store: Store, clock: ManualClock):
    class Chore(Process[Request]):
        """A duty whose term the regulation gives, and gives wrongly."""

        id = "chore"
        todo = Stage("To do", CHIEF, no_term="a test")
        done = Stage("Done", final=True)

        @step(start(todo), "Begin", by=SYSTEM)
        def begin(self) -> Request:
            return Request("system", "chore")

        finish = Step(todo.to(done), "Finish", by=CHIEF)
        daily = Recurring(DECIDES, step=begin, per=CHIEF, payload=lambda who, day, opens: {})

    with pytest.raises(ParameterTypeError, match="needs a term that recurs on days of its own, such"):
        requests_engine(store, clock, rulebook=Rulebook("chores", roles=[*ROLES], processes=[Chore]))


# -- what running cases need ------------------------------------------------------------------------------------------


def test_running_cases_need_their_process_version(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock))
    with pytest.raises(OrphanedCases) as orphaned:
        requests_engine(store, clock, rulebook=ONLY_ERRANDS, regulation=SMALL)
    assert orphaned.value.missing == (
        "1 running case of 'request' version 1 (rulebook 'requests') need that version of the process",
    )


def test_a_page_of_the_same_version_in_another_rulebook_is_another_page(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock))
    theirs = Rulebook("theirs", roles=ROLES, processes=[Ask, Errand])
    with pytest.raises(OrphanedCases, match="rulebook 'requests'"):
        requests_engine(store, clock, rulebook=theirs)
    both = Rulebook("theirs", roles=ROLES, processes=[Ask, Errand], base=RULES)
    assert requests_engine(store, clock, rulebook=both).case("r1").data.text == "May I?"


def test_ended_cases_do_not_stand_in_the_way(store: Store, clock: ManualClock):
    first = requests_engine(store, clock)
    asked(first)
    first.perform("r1", Ask.deny(), by=IVAN)
    first.start(Errand.send(title="t"), by=HELEN, case_id="e1")
    without = requests_engine(store, clock, rulebook=ONLY_ERRANDS, regulation=SMALL)
    assert [case.id for case in without.cases()] == ["e1", "r1"]
    old = without.case("r1")
    assert (old.stage, old.data["text"]) == ("denied", "May I?"), "as it was written"
    assert [event.step for event in without.history("r1")] == ["ask", "deny"]
    with pytest.raises(UnknownProcess, match=r"no version 1 of process 'request'.*; this engine knows errand 1"):
        without.perform("r1", "reopen", by=IVAN)
    (said,) = without.verify()
    assert said == "cases of 'request' were not replayed: this engine knows no such process"


def test_running_cases_need_their_regulation(store: Store, clock: ManualClock):
    engine = requests_engine(store, clock)
    asked(engine)
    asked(engine, "r2")
    with pytest.raises(OrphanedCases, match="2 running cases of 'request' version 1: the store does not hold the reg"):
        requests_engine(Watched(store, None), clock, regulation=STRICTER)
    requests_engine(Watched(store, None), clock)


@pytest.mark.parametrize(
    "body",
    [
        msgspec.json.encode(STRICTER.to_dict()),
        msgspec.json.encode({**REGULATION.to_dict(), "country": "Atlantis"}),
        msgspec.json.encode({"id": "x", "whatever": 1}),
        b"{}",
        b"gone",
    ],
    ids=["another", "nonsense", "unknown", "empty", "no JSON"],
)
def test_a_regulation_that_was_altered_in_the_store_is_found(store: Store, clock: ManualClock, body: bytes):
    asked(requests_engine(store, clock))
    laxer = REGULATION.with_settings({"request.decide": "9 business days"})
    with pytest.raises(
        OrphanedCases, match=r"1 running case of .*: the regulation \w{12}… in the store has been altered"
    ):
        requests_engine(Watched(store, body), clock, regulation=laxer)


def test_a_regulation_that_was_altered_in_the_file_is_found(tmp_path: Path, clock: ManualClock):
    path = tmp_path / "requests.db"
    with requests_engine(SqliteStore(path), clock) as engine:
        asked(engine)
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%regulation%'")
        ((table,),) = names
        connection.execute(f"UPDATE {table} SET body = replace(body, '2 business days', '9 business days')")
        connection.commit()
    store = SqliteStore(path)
    with pytest.raises(OrphanedCases, match="has been altered"):
        requests_engine(store, clock, regulation=STRICTER)
    store.close()


def test_running_cases_need_their_stage(store: Store, clock: ManualClock):
    class More(Ask):
        """It has one stage more, which the page of the same version without it does not have."""

        thinking = Stage("Thinking", CHIEF, no_term="a test")
        think = Step(Ask.asked.to(thinking), "Think", by=CHIEF)

    more = requests_engine(store, clock, rulebook=Rulebook("requests", roles=ROLES, processes=[More, Errand]))
    asked(more)
    more.perform("r1", "think", by=IVAN)
    with pytest.raises(UnknownStage, match="stand in the stage 'thinking', which it does not have: migrate the cases"):
        requests_engine(store, clock)


def test_running_cases_need_every_value_that_their_page_reads_now(store: Store, clock: ManualClock):
    asked(requests_engine(store, clock))
    PATIENCE = Parameter("request.patience", int, "How many answers a request may have.", clause="R44")  # noqa: N806

    class Patient(Ask):
        """It reads one more value, and the version has not been raised."""

        patience = PATIENCE
        searchable = {"patience": lambda request: None}

        @Ask.answer.doing
        def answer(self, request: Request, *, text: str, with_help_of: tuple[str, ...] = ()) -> Request:
            return attrs.evolve(request, answers=(*request.answers, text)[-self.patience :])

    patient = Rulebook("requests", roles=ROLES, processes=[Patient, Errand])
    given = REGULATION.with_settings({"request.patience": 3})
    with pytest.raises(OrphanedCases, match=r"1 running case of .* leaves open .*request\.patience"):
        requests_engine(store, clock, rulebook=patient, regulation=given)


# -- what was written with another entity -----------------------------------------------------------------------------


class Kind(enum.Enum):
    NOTE = "note"
    LETTER = "letter"


class FewerKinds(enum.Enum):
    NOTE = "note"


class MoreKinds(enum.Enum):
    NOTE = "note"
    LETTER = "letter"
    CALL = "call"


@attrs.frozen
class Line:
    item: str
    count: int = 1


@attrs.frozen
class LineWithUnit:
    item: str
    unit: str
    count: int = 1


def entity(**changed: Any) -> type:
    """The memo's entity with some attributes changed, or dropped with None; a value may come with a default."""
    fields: dict[str, Any] = {
        "text": str,
        "kind": Kind,
        "at": Instant | None,
        "lines": tuple[Line, ...],
        "facts": Mapping[str, int],
        "pair": tuple[str, int],
        "size": int,
        **changed,
    }
    given = {name: kind if isinstance(kind, tuple) else (kind, attrs.NOTHING) for name, kind in fields.items() if kind}
    attributes = {name: attrs.field(type=kind, default=default) for name, (kind, default) in given.items()}
    ordered = sorted(attributes.items(), key=lambda one: one[1]._default is not attrs.NOTHING)
    return attrs.make_class("Memo", dict(ordered), frozen=True)


PAYLOAD: dict[str, Any] = {
    "text": "x", "kind": "letter", "at": moscow("2026-03-01 09:00"), "lines": ({"item": "a"},), "facts": {"a": 1},
    "pair": ("a", 1), "size": 1,
}  # fmt: skip


def memos(kept: type) -> Rulebook:
    class Memo(Process, entity=kept):  # type: ignore[type-arg]  # the entity is made at run time
        """A note that somebody writes and files."""

        id = "memo"
        open = Stage("Open", CHIEF, no_term="a test")
        filed = Stage("Filed", ended=True)

        @step(start(open), "Write", by=CHIEF)
        def write(
            self,
            *,
            text: str,
            kind: Kind,
            at: Instant | None,
            lines: tuple[Line, ...],
            facts: Mapping[str, int],
            pair: tuple[str, int],
            size: int,
        ) -> Any:
            return kept(text=text, kind=kind, at=at, lines=lines, facts=facts, pair=pair, size=size)

        file = Step(open.to(filed), "File", by=CHIEF)

    return Rulebook("memos", roles=[CHIEF], processes=[Memo])


def memo_engine(store: Any, clock: Any, kept: type) -> ProcessEngine:
    return requests_engine(store, clock, rulebook=memos(kept), regulation=SMALL)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"text": None, "words": str}, "words is new and has no default, text is gone"),
        ({"author": str}, "author is new and has no default"),
        ({"size": None}, "size is gone"),
        ({"kind": FewerKinds}, "kind may be 'letter', which is no longer known"),
        ({"kind": Literal["note", "call"]}, "kind may be 'letter', which is no longer known"),
        ({"size": str}, "size was integer and is string"),
        ({"size": Decimal}, "size was integer and is decimal"),
        ({"at": Instant}, "at may be what it may no longer be"),
        ({"lines": tuple[LineWithUnit, ...]}, "lines[].unit is new and has no default"),
        ({"lines": Line}, "lines was array and is object"),
        ({"facts": Mapping[str, str]}, "facts.* was integer and is string"),
        ({"facts": Line}, "facts has another form"),
        ({"pair": tuple[str, str]}, "pair[1] was integer and is string"),
        ({"pair": tuple[str, int, int]}, "pair has another form"),
        ({"pair": tuple[str, ...]}, "pair has another form"),
        ({"text": Annotated[str, msgspec.Meta(min_length=2)]}, "text is held to minLength 2"),
        ({"size": Annotated[int, msgspec.Meta(le=5)]}, "size is held to maximum 5"),
        ({"text": Annotated[str, msgspec.Meta(pattern="^a")]}, "text is held to pattern '^a'"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else "",
)
def test_an_entity_that_cannot_read_what_was_written_is_found_on_opening(
    store: Store, clock: ManualClock, changed: dict[str, Any], said: str
):
    first = memo_engine(store, clock, entity())
    first.start("memo", None, PAYLOAD, by=IVAN, case_id="m1")
    with pytest.raises(OrphanedCases) as orphaned:
        memo_engine(store, clock, entity(**changed))
    assert orphaned.value.missing == (f"cases of 'memo' version 1 were written with another Memo ({said})",)
    again = memo_engine(store, clock, entity())
    assert attrs.asdict(again.case("m1").data) == attrs.asdict(first.case("m1").data), "who wrote them goes on"


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"author": (str, "somebody")},
        {"at": (Instant | None, None)},
        {"kind": MoreKinds},
        {"kind": str},
        {"size": int | None},
        {"size": float},
        {"lines": tuple[Line, ...] | None},
        {"facts": Mapping[str, int | str]},
        {"size": Any},
        {"text": str | int},
    ],
    ids=[
        "nothing", "a new one with a default", "a default", "one more kind", "any text", "or nothing", "a number",
        "several or none", "more values", "anything", "or a number",
    ],
)  # fmt: skip
def test_an_entity_that_reads_all_that_was_written_is_fine_and_no_case_is_looked_at(
    store: Store, clock: ManualClock, changed: dict[str, Any]
):
    memo_engine(store, clock, entity()).start("memo", None, PAYLOAD, by=IVAN, case_id="m1")
    watched = Watched(store)
    engine = memo_engine(watched, clock, entity(**changed))
    assert watched.read == 0
    assert engine.case("m1").data.text == "x"
    assert engine.perform("m1", "file", by=IVAN).stage == "filed"


@attrs.frozen
class Branch:
    name: str
    twigs: tuple[Branch, ...] = ()


@attrs.frozen
class Bough:
    name: str
    colour: str
    twigs: tuple[Bough, ...] = ()


def test_an_entity_that_holds_its_own_kind_is_compared_too(store: Store, clock: ManualClock):
    tree = memo_engine(store, clock, entity(twig=(Branch | None, None)))
    tree.start("memo", None, PAYLOAD, by=IVAN)
    memo_engine(store, clock, entity(twig=(Branch | None, None), author=(str, "x")))
    with pytest.raises(OrphanedCases, match="twig may be what it may no longer be"):
        memo_engine(store, clock, entity(twig=(Bough | None, None)))


def test_an_entity_that_cannot_be_recorded_is_refused_on_opening(store: Store, clock: ManualClock):
    with pytest.raises(DeclarationError, match="the data of Memo cannot be recorded"):
        memo_engine(store, clock, entity(size=complex))


def test_a_changed_entity_of_which_no_case_was_written_is_fine(store: Store, clock: ManualClock):
    memo_engine(store, clock, entity())
    memo_engine(store, clock, entity(author=str))
    other = memo_engine(store, clock, entity())
    assert other.start("memo", None, PAYLOAD, by=IVAN).stage == "open"


def test_ended_cases_keep_an_entity_readable_too(store: Store, clock: ManualClock):
    """Else one ended case would make every list of cases unreadable."""
    engine = memo_engine(store, clock, entity())
    engine.perform(engine.start("memo", None, PAYLOAD, by=IVAN), "file", by=IVAN)
    with pytest.raises(OrphanedCases, match="author is new and has no default"):
        memo_engine(store, clock, entity(author=str))


def test_everything_that_is_missing_is_named_at_once(store: Store, clock: ManualClock):
    both = Rulebook("memos", roles=ROLES, processes=[*memos(entity()).processes, Ask, Errand])
    engine = requests_engine(store, clock, rulebook=both)
    engine.start("memo", None, PAYLOAD, by=IVAN)
    asked(engine)
    with pytest.raises(OrphanedCases) as orphaned:
        memo_engine(store, clock, entity(author=str))
    assert [one.partition(" ")[0] for one in orphaned.value.missing] == ["1", "cases"]


def test_a_store_in_memory_may_be_opened_again_too(clock: ManualClock):
    store = MemoryStore()
    asked(requests_engine(store, clock))
    assert requests_engine(store, clock).tasks(FAINA) == ()
