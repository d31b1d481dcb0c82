"""A step's payload: what is taken, what is refused, all of it at once, and its JSON Schema."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

import attrs
import msgspec
import pendulum
import pytest
from ask import Ask, Errand, moscow
from hypothesis import given
from hypothesis import strategies as st
from schemas import fits

from salesreg.calendars import Term
from salesreg.commercial import COMMERCIAL, Sale
from salesreg.errors import DeclarationError, PayloadError
from salesreg.process import Person, Process
from salesreg.process.payload import PayloadSpec
from salesreg.rules import Role
from salesreg.testing.commercial.usual import USUAL

DAY = Term.parse("1 business day")
NOON = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Wheel:
    size: int
    colour: Colour = Colour.RED


@attrs.frozen
class Cart:
    wheels: tuple[Wheel, ...]
    spare: Wheel | None = None


@attrs.frozen
class Price:
    amount: Decimal
    currency: str = attrs.field(default="RUB", validator=attrs.validators.matches_re("[A-Z]{3}"))


def spec(handler: Any) -> PayloadSpec:
    parameters = inspect.signature(handler).parameters.values()
    return PayloadSpec("try", parameters, get_type_hints(handler, include_extras=True))


def everything(
    *,
    cart: Cart,
    at_noon: dt.datetime | None = None,
    day: dt.date | None = None,
    price: Decimal = Decimal(1),
    ratio: float = 0.5,
    pair: tuple[Wheel, Colour] | None = None,
    moments: tuple[dt.datetime, ...] = (),
    notes: dict[str, Decimal] | None = None,
    spares: Mapping[str, Wheel] | None = None,
    carts: Annotated[Cart | None, msgspec.Meta(description="another")] = None,
    term: Term = DAY,
    size: Annotated[int, msgspec.Meta(ge=1)] = 1,
    name: str = "cart",
    sure: bool = False,
) -> None: ...


ALL = spec(everything)
CART = {"wheels": [{"size": 3}]}
ANSWER = Ask.table.specs["answer"].payload


def problems(payload: PayloadSpec, **given: Any) -> tuple[str, ...]:
    with pytest.raises(PayloadError) as wrong:
        payload.structure(given)
    return wrong.value.problems


def taken(name: str, value: Any) -> Any:
    return ALL.structure({"cart": CART, name: value})[name]


# -- what is taken ----------------------------------------------------------------------------------------------------


def test_json_like_values_become_typed_ones():
    cart = {"wheels": [{"size": 3, "colour": "blue"}, {"size": 4}], "spare": None}
    assert ALL.structure({"cart": cart})["cart"] == Cart((Wheel(3, Colour.BLUE), Wheel(4)))
    assert taken("day", "2026-03-02") == dt.date(2026, 3, 2)
    assert taken("price", "12.50") == Decimal("12.50")
    assert taken("term", {"amount": 2, "unit": "business_day"}) == Term.parse("2 business days")
    assert taken("pair", [{"size": 3}, "blue"]) == (Wheel(3), Colour.BLUE)
    assert taken("notes", {"a": "1.5"}) == {"a": Decimal("1.5")}


def test_typed_values_are_taken_as_they_are():
    cart = Cart((Wheel(3),))
    assert ALL.structure({"cart": cart})["cart"] == cart
    assert taken("term", Term.parse("3 weeks")) == Term.parse("3 weeks")
    assert taken("name", "a cart") == "a cart"


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        moscow("2026-03-02 12:00"),
        pendulum.datetime(2026, 3, 2, 12, tz="Europe/Moscow"),
        "2026-03-02T12:00:00+03:00",
        "2026-03-02T09:00:00Z",
    ],
)
def test_instants_in_any_zone_and_as_text_become_plain_utc(moment: object):
    found = taken("at_noon", moment)
    assert found == NOON
    assert (type(found), found.tzinfo) == (dt.datetime, dt.UTC)
    (inner,) = taken("moments", [moment])
    assert (inner, type(inner), inner.tzinfo) == (NOON, dt.datetime, dt.UTC)


def test_a_pendulum_date_is_a_date():
    found = taken("day", pendulum.date(2026, 3, 2))
    assert (found, type(found)) == (dt.date(2026, 3, 2), dt.date)


def test_what_is_left_out_has_its_default():
    found = ALL.structure({"cart": CART})
    assert list(found) == [field.name for field in ALL.fields]
    assert (found["price"], found["sure"], found["at_noon"]) == (Decimal(1), False, None)


# -- what is refused --------------------------------------------------------------------------------------------------


def test_every_problem_is_named_at_once_with_what_would_be_right():
    with pytest.raises(PayloadError) as wrong:
        ANSWER.structure({"txet": "yes", "with_help_of": 5})
    assert wrong.value.problems == (
        "text: missing",
        "with_help_of: expected `array`, got `int`",
        "txet: unknown, did you mean 'text'?",
    )
    assert str(wrong.value) == (
        "step 'answer' cannot take this payload: text: missing; with_help_of: expected `array`, got `int`; "
        "txet: unknown, did you mean 'text'? (it takes text, [with_help_of])"
    )


def test_a_misspelt_optional_field_is_not_lost():
    assert problems(ANSWER, text="yes", with_hepl_of=()) == ("with_hepl_of: unknown, did you mean 'with_help_of'?",)
    assert problems(ANSWER, text="yes", colour="red") == ("colour: unknown",)


def test_a_step_without_payload_takes_nothing():
    with pytest.raises(PayloadError, match=r"reason: unknown \(it takes nothing\)"):
        Ask.table.specs["deny"].payload.structure({"reason": "no"})


@pytest.mark.parametrize(
    "moment",
    [NOON.replace(tzinfo=None), pendulum.naive(2026, 3, 2, 12), "2026-03-02T12:00:00", "2026-03-02 12:00:00"],
)
def test_an_instant_without_a_zone_is_refused_in_any_shape(moment: object):
    (found,) = problems(ALL, cart=CART, at_noon=moment)
    assert "has no time zone" in found
    (found,) = problems(ALL, cart=CART, moments=[NOON, moment])
    assert found.startswith("moments: ")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"), "NaN", "Infinity"])
def test_numbers_are_finite(value: object):
    (found,) = problems(ALL, cart=CART, price=value)
    assert found.startswith("price: expected a finite number, got ")
    assert problems(ALL, cart=CART, notes={"a": value})[0].startswith("notes: ")
    if isinstance(value, float):
        assert problems(ALL, cart=CART, ratio=value)[0].startswith("ratio: expected a finite number")


@pytest.mark.parametrize(
    ("name", "value"),
    [("size", True), ("size", 0), ("size", "1"), ("name", 5), ("sure", 1), ("sure", "yes"), ("price", "dear"),
     ("day", NOON), ("term", "2 furlongs"), ("term", 2), ("pair", [{"size": 1}]), ("cart", [1]), ("cart", None)],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(name: str, value: object):
    (found,) = problems(ALL, **{"cart": CART, name: value})
    assert found.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"cart": {"wheels": [], "color": 1}}, "cart: cart has no attribute 'color'; it has wheels, spare"),
        ({"cart": {"wheels": [{"size": 1}, {"size": 1, "x": 2}]}}, "cart: cart.wheels[1] has no attribute 'x'"),
        ({"cart": {"wheels": [], "spare": {"size": 1, "x": 2}}}, "cart: cart.spare has no attribute 'x'"),
        ({"cart": CART, "pair": [{"size": 1, "x": 2}, "red"]}, "pair: pair[0] has no attribute 'x'"),
        ({"cart": CART, "spares": {"left": {"size": 1, "x": 2}}}, "spares: spares.left has no attribute 'x'"),
        ({"cart": CART, "carts": {"wheels": [], "x": 2}}, "carts: carts has no attribute 'x'"),
    ],
)
def test_unknown_keys_are_found_however_deep(given: dict[str, Any], where: str):
    assert problems(ALL, **given)[0].startswith(where)


def test_what_an_entity_refuses_is_said_in_its_words():
    def pay(*, price: Price) -> None: ...

    (found,) = problems(spec(pay), price={"amount": "5", "currency": "roubles"})
    assert found.startswith("price: ")
    assert "currency" in found.lower()


@pytest.mark.parametrize("payload", [["text"], "text", 5, None, [("text", "yes")]], ids=repr)
def test_a_payload_is_given_by_name(payload: Any):
    with pytest.raises(PayloadError, match="step 'answer' cannot take this payload: expected fields by name, got"):
        ANSWER.structure(payload)
    with pytest.raises(PayloadError, match="'yes' is given without its field's name"):
        Ask.answer("yes")  # type: ignore[call-arg,misc]


def test_a_key_that_is_no_text_is_an_unknown_field():
    with pytest.raises(PayloadError, match="5: unknown"):
        ANSWER.structure({"text": "yes", 5: "no"})  # type: ignore[dict-item]


@pytest.mark.parametrize("where", [{"name": "a\ud800"}, {"notes": {"a\ud800": "1"}}, {"pair": [{"size": 1}, "\udfff"]}])
def test_half_a_character_cannot_be_written_down(where: dict[str, Any]):
    (found,) = problems(ALL, cart=CART, **where)
    assert "got half a character at position" in found
    assert taken("name", "Ёлка 🎄") == "Ёлка 🎄"


# -- people -----------------------------------------------------------------------------------------------------------


def test_people_are_ids_and_a_payload_names_them():
    send = Errand.table.specs["send"].payload
    assert ANSWER.structure({"text": "yes", "with_help_of": ["anna"]})["with_help_of"] == ("anna",)
    assert list(ANSWER.named_people({"with_help_of": ("anna", "helen", 5)})) == ["anna", "helen"]
    assert list(send.named_people({"doer": "olga"})) == ["olga"]
    assert list(send.named_people({"doer": None})) == list(send.named_people({})) == []
    assert [field.name for field in send.people] == ["doer"]
    assert problems(send, title="t", doer=5) == ("doer: expected `str | null`, got `int`",)


def test_a_default_may_name_somebody():
    def act(*, who: Person = "anna") -> None: ...

    assert list(spec(act).named_people({})) == ["anna"]


# -- JSON Schema ------------------------------------------------------------------------------------------------------


def test_the_schema_says_what_is_needed_what_is_optional_and_nothing_else():
    schema = Ask.payload_schema("ask")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["title"], schema["type"], schema["required"]) == ("ask", "object", ["text"])
    assert schema["additionalProperties"] is False
    assert schema["properties"]["number"]["default"] is None


def test_an_employee_stands_as_an_id_in_the_schema():
    described = {"type": "string", "description": "id of an employee"}
    assert Errand.payload_schema("pass_on")["properties"]["doer"] == described
    assert Ask.payload_schema("answer")["properties"]["with_help_of"]["items"] == described
    doer = Errand.payload_schema("send")["properties"]["doer"]
    assert {"type": "null"} in doer["anyOf"]
    assert doer["default"] is None


def test_the_schema_of_everything_takes_what_the_payload_takes():
    schema = ALL.schema()
    assert schema["properties"]["term"]["default"]["unit"] == "business_day"
    good = {"cart": CART, "day": "2026-03-02", "at_noon": "2026-03-02T12:00:00Z", "pair": [{"size": 1}, "red"]}
    assert fits(schema, good)
    assert ALL.structure(good)
    for bad in ({}, {"cart": 5}, {**good, "more": 1}, {**good, "pair": [{"size": "big"}, "red"]}, {**good, "size": 0}):
        assert not fits(schema, bad)
        assert problems(ALL, **bad)


WRITABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(
    st.fixed_dictionaries(
        {"text": WRITABLE}, optional={"number": st.none() | WRITABLE, "expires_at": st.none() | st.integers()}
    )
)
def test_schema_and_payload_agree(payload: dict[str, Any]):
    try:
        Ask.table.specs["ask"].payload.structure(payload)
    except PayloadError:
        assert not fits(Ask.payload_schema("ask"), payload)
    else:
        assert fits(Ask.payload_schema("ask"), payload)


@pytest.mark.parametrize("process", COMMERCIAL.processes, ids=lambda process: process.id)
def test_every_shipped_step_has_a_schema_that_is_json(process: type[Process[Any]]):
    for name, one in process.table.specs.items():
        schema = msgspec.json.decode(msgspec.json.encode(process.payload_schema(name)))
        assert set(schema["required"]) <= set(schema["properties"])
        assert schema["properties"].keys() == {field.name for field in one.payload.fields}


@pytest.mark.parametrize("name", USUAL)
def test_what_is_usually_given_with_a_shipped_step_fits_its_schema(name: str):
    process, _, step = name.partition(".")
    schema = msgspec.json.decode(msgspec.json.encode(COMMERCIAL.process(process).payload_schema(step)))
    given = msgspec.json.decode(msgspec.json.encode(USUAL[name][1]))
    # The hash is that of the text at hand.
    left_out = set(schema["required"]) - set(given)
    assert left_out <= {"content_hash"}
    assert fits({**schema, "required": sorted(set(schema["required"]) - left_out)}, given)
    assert not fits(schema, {**given, "nobody asked": 1})


def test_a_shipped_payload_fits_its_schema():
    schema = Sale.payload_schema("open_deal")
    assert fits(schema, {"number": "2026-014", "existing": None})
    assert not fits(schema, {"number": 14, "existing": None})
    assert not fits(schema, {"number": " ", "existing": None})


def test_what_has_no_json_schema_is_refused_with_what_has():
    def odd(*, number: complex) -> None: ...

    with pytest.raises(DeclarationError, match="a complex has no JSON Schema: use attrs classes"):
        spec(odd).schema()
    (found,) = problems(spec(odd), number="1+2j")
    assert found == "number: a complex cannot be read from '1+2j'"

    def whose(*, role: Role) -> None: ...

    with pytest.raises(DeclarationError, match="a Role has no JSON Schema"):
        spec(whose).schema()
