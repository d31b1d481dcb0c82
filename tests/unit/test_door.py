"""What enters the engine is checked at the door: every method, every argument, whatever somebody may send."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest
from ask import ANNA, ASKER, HELEN, RULES, moscow, requests_engine
from attrs import evolve

from salesreg import ProcessEngine
from salesreg.engine.questions import Criteria
from salesreg.errors import PayloadError, SalesregError
from salesreg.ports import Store
from salesreg.process import Process, Stage, Step, start, step
from salesreg.rules import Instant
from salesreg.testing import ManualClock

NOON = moscow("2026-03-02 12:00")
LAST_YEAR = dt.datetime.max.replace(tzinfo=dt.UTC)
ITSELF: list[Any] = []
ITSELF.append(ITSELF)
DEEP: Any = "x"
for _ in range(100_000):
    DEEP = [DEEP]

HOSTILE: dict[str, Any] = {
    "a number": 7,
    "a fraction": 0.5,
    "truth": True,
    "bytes": b"anna",
    "a list": ["anna"],
    "a mapping": {"anna": 1},
    "an object": object(),
    "nothing": "",
    "a blank": " ",
    "half a character": "\ud800",
    "nul": "an\0na",
    "an escape": "\x1b[31manna",
    "two lines": "anna\nboris",
    "a sign that turns the line": "anna\u202e",
    "a megabyte": "x" * 2**20,
    "not a number": Decimal("NaN"),
    "a huge number": 10**5_000,
    "a naive instant": dt.datetime(2026, 3, 2, 12),  # noqa: DTZ001 - naive on purpose
    "the year 9999": LAST_YEAR,
    "itself": ITSELF,
    "an abyss": DEEP,
}
RIGHT: dict[str, Any] = {
    "command": "answer",
    "by": HELEN,
    "case": "r1",
    "case_id": "r1",
    "process": "request",
    "who": "anna",
    "leaver": "anna",
    "to": "boris",
    "happened_at": NOON,
    "reason": "late",
}
"""What an argument may be that a call cannot do without."""
FINE = {
    ("limit", "a number"),
    ("position", "a number"),
    ("ended", "truth"),
    ("dry_run", "truth"),
    ("trust_clock", "truth"),
    ("texts", "a list"),
    ("data", "a mapping"),
    ("reason", "an escape"),
    ("reason", "two lines"),
    ("reason", "a sign that turns the line"),
}
"""What is not hostile to these."""


def cases() -> list[Any]:
    """Every public method with every one of its arguments."""
    return [
        pytest.param(name, one, id=f"{name}-{one}")
        for name, method in inspect.getmembers(ProcessEngine, inspect.isfunction)
        for argument in (() if name.startswith("_") else list(inspect.signature(method).parameters)[1:])
        if argument != "stopping"
        for one in (Criteria.__annotations__ if argument == "criteria" else [argument])
    ]


def called(engine: ProcessEngine, name: str, given: Mapping[str, Any]) -> object:
    """The method with one argument, and the rest as they may be."""
    method, positional, named = getattr(engine, name), [], dict(given)
    for one in inspect.signature(method).parameters.values():
        if one.kind is one.VAR_POSITIONAL:
            positional += [named.pop(one.name)] if one.name in named else []
        if one.kind in {one.VAR_KEYWORD, one.VAR_POSITIONAL}:
            continue
        value = named.pop(one.name, RIGHT.get(one.name) if one.default is one.empty else one.default)
        if one.kind is one.POSITIONAL_ONLY or one.kind is one.POSITIONAL_OR_KEYWORD:
            positional.append(value)
        else:
            named[one.name] = value
    found = method(*positional, **named)
    return tuple(found) if hasattr(found, "__next__") else found


def refusal(call: Callable[[], object]) -> SalesregError | None:
    """The error of the tree that a call ends in, if it does; any other is a fault."""
    try:
        call()
    except SalesregError as refused:
        return refused
    return None


@pytest.fixture
def store(each_store: Store) -> Store:
    """What is told here holds on every store."""
    return each_store


def everything(store: Store) -> object:
    return [*store.events(limit=1000)], store.messages("waiting"), store.running()


@pytest.mark.parametrize(("name", "argument"), cases())
def test_whatever_is_sent_is_refused_in_one_clear_sentence_and_leaves_nothing(
    engine: ProcessEngine, store: Store, name: str, argument: str
):
    engine.start("request", "ask", {"text": "May I?"}, by=ANNA, case_id="r1")
    before = everything(store)
    for what, value in HOSTILE.items():
        given = {argument: value}
        if name == "start" and argument in {"step", "payload"}:
            given = {"command": "request", "step": "ask", "by": ANNA, **given}
        elif name == "perform" and argument == "payload":
            given["command"] = "answer"
        if (argument, what) in FINE:
            continue
        refused = refusal(lambda: called(engine, name, given))  # noqa: B023 - called at once
        assert refused is not None, f"{argument} is {what}"
        assert len(str(refused)) < 1_000, what
        assert str(refused).isprintable(), what
        assert everything(store) == before, what


# -- what a payload holds ---------------------------------------------------------------------------------------------


@attrs.frozen
class Line:
    item: str = "CERT"
    quantity: Decimal = Decimal(1)
    since: Instant = NOON


@attrs.frozen
class Kept:
    """An entity that looks at nothing: whatever a caller puts there is what would be stored."""

    words: str = "x"
    count: int = 1
    share: float = 0.5
    sum: Decimal = Decimal(1)
    day: dt.date = dt.date(2026, 3, 2)
    at: Instant = NOON
    names: tuple[str, ...] = ()
    anything: Mapping[str, Any] = attrs.field(factory=dict)
    line: Line = attrs.field(factory=Line)
    lines: tuple[Line, ...] = ()


class Keeping(Process[Kept]):
    """Keeps what it is given."""

    id = "keeping"

    kept = Stage("Kept", ASKER, no_term="a test")
    gone = Stage("Gone", ended=True)

    @step(start(kept), "Keep", by=ASKER)
    def keep(
        self,
        *,
        words: str = "x",
        count: int = 1,
        share: float = 0.5,
        sum: Decimal = Decimal(1),  # noqa: A002
        day: dt.date = dt.date(2026, 3, 2),
        at: Instant = NOON,
        names: tuple[str, ...] = (),
        anything: Mapping[str, Any] = {},
        line: Line = Line(),
        lines: tuple[Line, ...] = (),
    ) -> Kept:
        return Kept(words, count, share, sum, day, at, names, anything, line, lines)

    leave = Step(kept.to(gone), "Leave", by=ASKER)


@pytest.fixture
def keeping(store: Store, clock: ManualClock) -> ProcessEngine:
    return requests_engine(store, clock, rulebook=RULES.extended("keeping", processes=[Keeping]))


EVERY = {
    **HOSTILE,
    "nan": float("nan"),
    "infinity": float("inf"),
    "a signalling nan": Decimal("sNaN"),
    "a huge decimal": Decimal("1e1000000"),
    "a tiny decimal": Decimal("1e-1000000"),
    "a whole number that JSON cannot carry": 2**63,
    "an instant that UTC does not have": dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=9))),
    "a day before any calendar": dt.date(1, 1, 1),
    "a year in text": "9999-12-31T00:00:00Z",
    "too much text": "x" * 100_001,
    "too many": ["x"] * 100_001,
    "a mapping of numbers": {5: 5},
}


@pytest.mark.parametrize("field", [one.name for one in attrs.fields(Kept)])
def test_what_a_payload_holds_is_refused_or_can_be_read_again(keeping: ProcessEngine, store: Store, field: str):
    for what, value in EVERY.items():
        given = [value, [value], {"deep": value}]
        given += [evolve(Line(), **{name: value}) for name in ("item", "quantity", "since")]
        given += [(evolve(Line(), since=value), Line()), {"item": value}, [{"since": value}]]
        for number, one in enumerate(given):
            before = everything(store)
            refused = refusal(lambda: keeping.start("keeping", "keep", {field: one}, by=ANNA))  # noqa: B023 - at once
            if refused is None:
                assert all(isinstance(case.data, Kept) for case in keeping.cases()), (what, number)
                continue
            assert isinstance(refused, PayloadError), (what, number)
            assert len(str(refused)) < 2_000, (what, number)
            assert str(refused).isprintable(), (what, number)
            assert everything(store) == before, (what, number)
    assert keeping.verify() == ()


def test_a_payload_has_a_size(keeping: ProcessEngine, store: Store):
    with pytest.raises(PayloadError, match=r"'keep' of case '.*' takes [\d,]+ bytes to record, and 16,777,216 is the"):
        keeping.start("keeping", "keep", {"names": ["x" * 99_999] * 200}, by=ANNA)
    assert list(store.events()) == []
    with pytest.raises(PayloadError, match="expected text of at most 100,000 characters, got 100,000,000"):
        keeping.start("keeping", "keep", {"words": "x" * 100_000_000}, by=ANNA)


def test_of_a_thousand_strange_fields_twenty_are_named(keeping: ProcessEngine):
    with pytest.raises(PayloadError) as refused:
        keeping.start("keeping", "keep", {f"{n}\n": n for n in range(1000)}, by=ANNA)
    assert "and 980 more" in str(refused.value)
    assert str(refused.value).isprintable()
