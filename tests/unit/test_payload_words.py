"""What the words of a payload demand, in the command and in the JSON Schema alike."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

import attrs
import pytest
from ask import ANNA, CHIEF, FAINA, HEAD, HELEN, IVAN, OLGA, PEOPLE, REGULATION, Errand, RequestId, case_after, moscow
from schemas import fits
from tiny import Count, page

from salesreg.decide import decide
from salesreg.errors import CaseMismatch, PayloadError, Refusal, StepRefused
from salesreg.process import Attempt, Future, Held, Known, Past, Person, Positive, PositiveNumber, Text, anywhere, step

NOW = moscow("2026-03-02 10:00")
LATER, EARLIER = NOW + dt.timedelta(microseconds=1), NOW - dt.timedelta(microseconds=1)
Head = Annotated[str, Held(HEAD)]
GONE = attrs.evolve(OLGA, id="gone", full_name="Galina", left_on=dt.date(2026, 3, 2))


@step(anywhere(), "Say", by=CHIEF, clause="R7")
def say(
    self: Any,
    count: Count,
    *,
    text: Text = "x",
    maybe: Text | None = None,
    texts: tuple[Text, ...] = (),
    past: Past | None = None,
    pasts: tuple[Past, ...] = (),
    future: Future | None = None,
    person: Person | None = None,
    people: tuple[Person, ...] = (),
    known: Known | None = None,
    head: Head | None = None,
    heads: tuple[Head, ...] = (),
    many: Positive = 1,
    price: PositiveNumber | None = None,
    counts: tuple[Positive, ...] = (),
) -> Count:
    return count


Wordy: Any = page(say=say)
CASE = decide(Wordy.begin(), by=IVAN, at=NOW - dt.timedelta(days=1), regulation=REGULATION, case_id="w").case
SCHEMA = Wordy.payload_schema("say")["properties"]


def said(**payload: Any) -> Any:
    """What the event records of a payload that is taken."""
    command = Wordy.command("say", payload)
    event = decide(command, CASE, by=IVAN, at=NOW, regulation=REGULATION, people=(*PEOPLE, GONE)).event
    return event.payload[next(iter(payload))]


def refused(**payload: Any) -> list[Refusal]:
    with pytest.raises(StepRefused) as no:
        said(**payload)
    return list(no.value.refusals)


def codes(**payload: Any) -> list[str]:
    return [one.code for one in refused(**payload)]


def problem(**payload: Any) -> str:
    with pytest.raises(PayloadError) as wrong:
        said(**payload)
    (found,) = wrong.value.problems
    return found


def valid(name: str, value: Any) -> bool:
    return fits({"properties": SCHEMA, "type": "object"}, {name: value})


# -- text -------------------------------------------------------------------------------------------------------------


def test_a_text_is_stripped_and_in_one_spelling():
    assert said(text="  a reason \n") == "a reason"
    assert said(text="е\u0308лка") == "ёлка", "two characters for one letter become one"
    assert said(texts=[" a ", "b"]) == ("a", "b")
    assert (said(maybe=None), said(maybe=" a ")) == (None, "a")


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\n\t",
        "\u00a0",
        "\u3000",
        ".",
        "-",
        "\u2014",
        "...",
        "\u2026",
        "?!",
        "\u200b",
        "_",
        "(*)",
        "\u00ab\u00bb",
    ],
)
def test_a_text_without_a_letter_or_a_digit_is_refused_with_the_field_and_the_steps_clause(blank: str):
    for field, value in (("text", blank), ("maybe", blank), ("texts", ["a", blank])):
        (why,) = refused(**{field: value})
        assert (why.code, why.facts, why.clause, why.process) == ("blank", {"field": field}, "R7", "tiny")
        assert not valid(field, value)


def test_a_text_has_an_end():
    assert said(text="a" * 20_000) == "a" * 20_000
    assert problem(text="a" * 20_001) == "text: expected `str` of length <= 20000"
    assert valid("text", "a" * 20_000)
    assert not valid("text", "a" * 20_001)


def test_a_text_has_whole_characters():
    for field, value in (("text", "a\ud800"), ("maybe", "\udfff"), ("texts", ["a", "\ud800"])):
        assert "got half a character at position" in problem(**{field: value})


@pytest.mark.parametrize("value", [5, None, b"a", ["a"], True])
def test_a_text_is_a_text(value: object):
    assert "expected `str`" in problem(text=value)
    assert isinstance(value, bytes) or not valid("text", value)


# -- instants ---------------------------------------------------------------------------------------------------------


def test_a_fact_is_not_recorded_before_it_happens():
    assert said(past=NOW) == NOW
    assert said(pasts=[EARLIER, NOW]) == (EARLIER, NOW)
    (why,) = refused(past=LATER)
    assert (why.code, why.need, why.got) == ("not_yet", "2026-03-02T07:00:00+00:00", "2026-03-02T07:00:00.000001+00:00")
    assert codes(pasts=[EARLIER, LATER]) == ["not_yet"]


def test_what_is_planned_lies_ahead():
    assert said(future=LATER) == LATER
    (why,) = refused(future=NOW)
    assert (why.code, why.facts) == ("in_the_past", {"field": "future"})


def test_an_instant_has_a_zone_and_is_kept_in_utc():
    assert said(past="2026-03-02T09:30:00+03:00") == dt.datetime(2026, 3, 2, 6, 30, tzinfo=dt.UTC)
    assert "timezone" in problem(past="2026-03-02T09:30:00")
    assert "has no time zone" in problem(past=NOW.replace(tzinfo=None))
    instant = next(one for one in SCHEMA["past"]["anyOf"] if one["type"] == "string")
    assert (instant["format"], instant["description"]) == ("date-time", "an instant that has come")


# -- people -----------------------------------------------------------------------------------------------------------


def test_whoever_is_named_is_known_and_works_here():
    assert said(person="anna") == "anna"
    assert said(people=["anna", "helen"]) == ("anna", "helen")
    (why,) = refused(person="nemo")
    assert (why.code, why.got, why.facts) == ("nobody", "nemo", {"field": "person"})
    (why,) = refused(person="gone")
    assert (why.code, why.got, why.need) == ("not_available", "gone", ("…", "2026-03-02"))
    assert codes(people=["nemo", "anna", "gone"]) == ["nobody", "not_available"]
    assert said(known="gone") == "gone"
    assert codes(known="nemo") == ["nobody"]


def test_whoever_is_named_holds_the_role():
    assert said(head="helen") == "helen"
    (why,) = refused(head="anna")
    assert (why.code, why.need, why.got) == ("wrong_assignee", "head", ("asker",))
    assert why.facts == {"name": "Anna", "field": "head"}
    assert codes(heads=["helen", "anna", "nemo"]) == ["wrong_assignee", "nobody"]
    assert codes(head="gone") == ["wrong_assignee", "not_available"]


def test_the_step_sees_the_employees_that_its_payload_names():
    seen = []

    @step(anywhere(), "Look", by=CHIEF)
    def look(self: Any, count: Count, attempt: Attempt, *, who: Person) -> Count:
        seen.append(attempt.person(who))
        with pytest.raises(CaseMismatch, match="the employee 'helen' is needed here: hand them over in people="):
            attempt.person("helen")
        return count

    tiny = page(look=look)
    decide(tiny.look(who="anna"), CASE, by=IVAN, at=NOW, regulation=REGULATION, people=[ANNA])
    assert seen == [ANNA]


def test_a_person_is_an_id():
    assert problem(person=ANNA) == "person: expected `str | null`, got `Employee`"
    assert valid("person", "anna")
    assert not valid("people", ["anna", 5])


# -- numbers ----------------------------------------------------------------------------------------------------------


def test_what_is_counted_is_more_than_nothing():
    assert (said(many=1), said(price="0.01"), said(counts=[1, 2])) == (1, Decimal("0.01"), (1, 2))
    for field, value in (("many", 0), ("many", -1), ("price", "0"), ("price", "-0.5"), ("counts", [1, 0])):
        (why,) = refused(**{field: value})
        assert (why.code, why.need, why.facts) == ("not_positive", 0, {"field": field})
    assert problem(many=1.5) == "many: expected `int`, got `float`"
    assert problem(many=True) == "many: expected `int`, got `bool`"
    assert valid("many", 1)
    assert not valid("many", 0)
    assert not valid("counts", [1, 0])


# -- cases ------------------------------------------------------------------------------------------------------------


def test_a_case_that_is_named_is_of_the_process_that_the_field_is_for():
    spec = Errand.table.specs["send"].payload
    assert {name: ref.process for name, ref in spec.refs.items()} == {"request": "request"}
    asked = case_after(("ask", ANNA, "2026-03-02 10:00", {"text": "x"}))
    errand = case_after(("send", HELEN, "2026-03-02 10:00", {"title": "go"}))
    given: dict[str, Any] = {"by": HELEN, "at": NOW, "regulation": REGULATION, "case_id": "e"}
    assert decide(Errand.send(title="t", request="r1"), related=[asked], **given).event.payload["request"] == "r1"
    with pytest.raises(CaseMismatch, match="request of 'send' names a 'request' case, and 'r1' is of 'errand'"):
        decide(Errand.send(title="t", request="r1"), related=[errand], **given)
    assert RequestId.__metadata__[0].process == "request"


# -- several at once --------------------------------------------------------------------------------------------------


def test_every_demand_is_looked_at():
    assert codes(text=" ", past=LATER, person="nemo", many=0, head="faina") == [
        "blank", "not_yet", "nobody", "wrong_assignee", "not_positive",
    ]  # fmt: skip
    assert FAINA.roles == {"finance"}
