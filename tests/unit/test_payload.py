"""A step's payload: what is taken, what is refused, all of it at once, and its JSON Schema."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import attrs
import msgspec
import pendulum
import pytest
from ask import ANNA, HELEN, Ask, Errand, moscow
from hypothesis import given
from hypothesis import strategies as st

from salesreg import Employee, Role, Term
from salesreg.domain.money import Money
from salesreg.errors import DeclarationError, PayloadError
from salesreg.processes._payload import PayloadSpec
from salesreg.processes.sale import Sale
from salesreg.regulations import PROCESSES

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


def spec(handler: Any) -> PayloadSpec:
    return PayloadSpec("try", {"on_try": handler})


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
    term: Term = DAY,
    size: Annotated[int, msgspec.Meta(ge=1)] = 1,
    name: str = "cart",
    sure: bool = False,
) -> None: ...


ALL = spec(everything)
CART = {"wheels": [{"size": 3}]}


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
    assert ALL.structure({"cart": cart})["cart"] is cart
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
        Ask.answer.payload.structure({"txet": "yes", "with_help_of": 5})
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
    assert problems(Ask.answer.payload, text="yes", with_hepl_of=()) == (
        "with_hepl_of: unknown, did you mean 'with_help_of'?",
    )
    assert problems(Ask.answer.payload, text="yes", colour="red") == ("colour: unknown",)


def test_a_step_without_payload_takes_nothing():
    with pytest.raises(PayloadError, match=r"reason: unknown \(it takes nothing\)"):
        Ask.deny.payload.structure({"reason": "no"})


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
    ],
)
def test_unknown_keys_are_found_however_deep(given: dict[str, Any], where: str):
    assert problems(ALL, **given)[0].startswith(where)


def test_what_an_entity_refuses_is_said_in_its_words():
    def price(*, price: Money) -> None: ...

    (found,) = problems(spec(price), price={"amount": "-5", "currency": "RUBLES"})
    assert found.startswith("price: ")
    assert "currency" in found.lower()


# -- employees --------------------------------------------------------------------------------------------------------


def test_employees_are_recorded_by_their_ids():
    payload = Ask.answer.payload
    assert payload.employees == ("with_help_of",)
    structured = payload.structure({"text": "yes", "with_help_of": (ANNA, HELEN)})
    assert payload.recorded(structured) == {"text": "yes", "with_help_of": ("anna", "helen")}
    send = Errand.send.payload
    assert send.recorded(send.structure({"title": "t"}))["doer"] is None
    assert send.recorded(send.structure({"title": "t", "doer": ANNA}))["doer"] == "anna"


def test_a_payload_without_employees_is_recorded_as_it_is():
    given = {"visit_at": NOON}
    assert Errand.agree_visit.payload.recorded(given) is given


# -- JSON Schema ------------------------------------------------------------------------------------------------------


def fits(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> bool:
    """Whether a value fits a schema, for as much of JSON Schema as payloads use."""
    if "$ref" in schema:
        return fits(root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], value, root)
    if "anyOf" in schema:
        return any(fits(one, value, root) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
        "null": type(None),
    }  # fmt: skip
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if isinstance(value, dict):
        own = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        return set(schema.get("required", ())) <= set(value) and all(
            fits(own[name], inner, root) if name in own else rest is True or (rest and fits(rest, inner, root))
            for name, inner in value.items()
        )
    if isinstance(value, list):
        first, rest = schema.get("prefixItems", []), schema.get("items", {})
        return all(
            fits(kind, inner, root) if kind else True
            for kind, inner in zip([*first, *[rest] * len(value)], value, strict=False)
        )
    return True


def test_the_schema_says_what_is_needed_what_is_optional_and_nothing_else():
    schema = Ask.ask.payload_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["title"], schema["type"], schema["required"]) == ("ask", "object", ["text"])
    assert schema["additionalProperties"] is False
    assert schema["properties"]["number"]["default"] is None


def test_an_employee_stands_as_an_id_in_the_schema():
    described = {"type": "string", "description": "id of an employee"}
    assert Errand.pass_on.payload_schema()["properties"]["doer"] == described
    assert Ask.answer.payload_schema()["properties"]["with_help_of"]["items"] == described
    doer = Errand.send.payload_schema()["properties"]["doer"]
    assert {"type": "null"} in doer["anyOf"]
    assert doer["default"] is None


def test_the_schema_of_everything_takes_what_the_payload_takes():
    schema = ALL.schema()
    assert schema["properties"]["term"]["default"]["unit"] == "business_day"
    good = {"cart": CART, "day": "2026-03-02", "at_noon": "2026-03-02T12:00:00Z", "pair": [{"size": 1}, "red"]}
    assert fits(schema, good, schema)
    assert ALL.structure(good)
    for bad in ({}, {"cart": 5}, {**good, "more": 1}, {**good, "pair": [{"size": "big"}, "red"]}):
        assert not fits(schema, bad, schema)
        assert problems(ALL, **bad)


@given(
    st.fixed_dictionaries(
        {"text": st.text()}, optional={"number": st.none() | st.text(), "expires_at": st.none() | st.integers()}
    )
)
def test_schema_and_payload_agree(payload: dict[str, Any]):
    schema = Ask.ask.payload_schema()
    try:
        Ask.ask.payload.structure(payload)
    except PayloadError:
        assert not fits(schema, payload, schema)
    else:
        assert fits(schema, payload, schema)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_every_shipped_step_has_a_schema_that_is_json(process: Any):
    for step in process.steps.values():
        schema = msgspec.json.decode(msgspec.json.encode(step.payload_schema()))
        assert set(schema["required"]) <= set(schema["properties"])
        assert schema["properties"].keys() == {field.name for field in step.payload.fields}


def test_a_shipped_payload_fits_its_schema():
    schema = Sale.steps["open_deal"].payload_schema()
    assert fits(schema, {"number": "2026-014", "existing": None}, schema)
    assert not fits(schema, {"number": 14, "existing": None}, schema)


def test_what_has_no_json_schema_is_refused_with_what_has():
    def odd(*, number: complex) -> None: ...

    with pytest.raises(DeclarationError, match="a complex has no JSON Schema: use attrs classes"):
        spec(odd).schema()
    (found,) = problems(spec(odd), number="1+2j")
    assert found == "number: a complex cannot be read from '1+2j'"


def test_one_field_of_handler_and_check_is_one_field():
    def on(*, who: Employee, role: Role) -> None: ...

    with pytest.raises(DeclarationError, match="'role' cannot be a payload field"):
        spec(on)
    assert [field.name for field in Ask.answer.payload.fields] == ["text", "with_help_of"]
