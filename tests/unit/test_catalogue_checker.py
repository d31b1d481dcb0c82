"""The checker of catalogues: what it finds in a language, and in sentences that no language could have."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salesreg.errors import DeclarationError
from salesreg.process import Rulebook
from salesreg.testing.catalogues import CatalogueFinding, check_catalogue, english

PAGE = """
import attrs
from salesreg.errors import Refusal
from salesreg.process import Must, NoneLeft, Outcome, Process, Stage, Step, Text, built, start, stay, step
from salesreg.rules import Role
from tinyshop.goods import Order, plain

CLERK = Role("clerk", "clerk")
cheap = Must[Order](lambda order: order.price < 5, "dear", "{got} is more than {need}", need=5)
done = NoneLeft("order", ["done"], "left", "{got} are left")


def refuse(code, text):
    yield Refusal(code, text, facts={"who": "x"})


class Shop(Process[Order]):
    id, title = "order", "Order"
    todo = Stage("To do", CLERK, no_term="soon")

    @step(start(todo), "Buy", by=CLERK)
    def buy(self, *, what: Text, number: Text) -> Outcome[Order]:
        if not what:
            yield Refusal("nothing", "nothing is bought by {who:role.gen}", facts={"who": "clerk"})
        yield from refuse("odd", "odd for {who}")
        early = number == "1"
        text = "one" if early else "more"
        yield Refusal("first" if early else "later", text)
        yield Refusal("kind", "no {kind:title}", facts={"kind": f"kind.{what}"})
        return (yield from built(lambda: plain(what), "bad_order"))

    look = Step(stay(todo), "Look", by=CLERK, requires=[cheap, done])
"""
GOODS = """
import attrs
from salesreg.errors import DomainError


@attrs.frozen
class Order:
    what: str
    price: int = 0

    def __attrs_post_init__(self):
        said(self.what, "order_of_nothing", "an order names {n} {n:plural|thing|things}", n=1)


def said(words, code, text, /, **facts):
    if not words:
        raise DomainError(code, text, **facts)


def plain(what):
    return Order(what)


class Desk:
    def say(self, key, english, **facts):
        return self.locale.say(f"desk.{key}", english, **facts)

    def speak(self, day, desk):
        said = {"day": day, "name": "x"}
        say = self.locale.say
        desk.say("open", "open on {day}", day=day)
        say("sign", "sign {name}", **said)
        self.locale.say(("first.key", "second.key"), "two keys")
        self.locale.say(f"weekday.{day}", "a day")
"""
RUSSIAN = """
[role.clerk]
nom = "продавец"
gen = "продавца"

[order]
title = "Заказ"

[order.stage]
todo = "Ждёт"

[order.no_term]
todo = "скоро"

[order.step]
buy = "Купить"
look = "Посмотреть"

[order.field]
number = "номер заказа"

[field]
what = "что"

[order.refusal]
dear = "{got} больше {need}"
left = "остались {got}"
nothing = "{who:role.gen} не хватает товара"
odd = "странно для {who}"
first = "один"
later = "много"
kind = "нет {kind:title}"
bad_order = "заказ не годится"

[refusal]
order_of_nothing = "в заказе {n} {n:plural|вещь|вещи|вещей}"

[kind]
big = "большой"

[desk]
open = "открыто {day}"

[weekday]
monday = "понедельник"
"""
REST = 'sign = "вывеска {name}"\nfirst.key = "два ключа"\nsecond.key = "два ключа"\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A rulebook of one page and one module of entities, complete in Russian; call it to change a file."""
    package = tmp_path / "tinyshop"
    (package / "locale" / "ru").mkdir(parents=True)
    texts = {"__init__.py": "", "goods.py": GOODS, "shop.py": PAGE, "locale/ru/shop.toml": REST + RUSSIAN}
    monkeypatch.syspath_prepend(tmp_path)

    def write(file: str = "__init__.py", old: str = "", new: str = "") -> Rulebook:
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new) if old else texts[file] + new
        for name, text in texts.items():
            (package / name).write_text(text, encoding="utf-8")
        for name in [name for name in sys.modules if name.partition(".")[0] == "tinyshop"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        made = importlib.import_module("tinyshop.shop")
        return Rulebook("tinyshop", roles=[made.CLERK], processes=[made.Shop], locale=[package / "locale"])

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "tinyshop"]:
        del sys.modules[name]


def found(rulebook: Rulebook) -> list[CatalogueFinding]:
    return list(check_catalogue(rulebook, "ru", ["tinyshop"]))


def only(rulebook: Rulebook) -> str:
    (one,) = found(rulebook)
    return f"{one.code} {one}"


def test_a_complete_catalogue_has_no_findings(shop: Any):
    assert found(shop()) == []


def test_english_is_read_off_the_source(shop: Any):
    words = english(shop(), ["tinyshop"])
    assert words["order.refusal.dear"] == "{got} is more than {need}"
    assert (words["order.refusal.first"], words["order.refusal.later"]) == ("one", "more")
    assert words["order.refusal.odd"] == "odd for {who}"
    assert words["refusal.order_of_nothing"] == "an order names {n} {n:plural|thing|things}"
    assert (words["desk.open"], words["sign"], words["second.key"]) == ("open on {day}", "sign {name}", "two keys")
    assert (words["order.stage.todo"], words["role.clerk"], words["field.what"]) == ("To do", "clerk", "what")
    assert "order.refusal.bad_order" not in words, "it is said in the words of the entity"
    assert "weekday.*" not in words


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('dear = "{got} больше {need}"', "order.refusal.dear"),
        ('title = "Заказ"', "order.title"),
        ('number = "номер заказа"', "field.number"),
        ('bad_order = "заказ не годится"', "order.refusal.bad_order"),
        ('order_of_nothing = "в заказе {n} {n:plural|вещь|вещи|вещей}"', "refusal.order_of_nothing"),
        ('open = "открыто {day}"', "desk.open"),
        ('second.key = "два ключа"', "second.key"),
        ('monday = "понедельник"', "weekday.*"),
        ('big = "большой"', "kind.*"),
    ],
)
def test_what_is_not_said_is_missing(shop: Any, line: str, key: str):
    assert [(one.code, one.key) for one in found(shop("locale/ru/shop.toml", line + "\n"))] == [("missing", key)]


def test_a_page_may_leave_a_sentence_to_the_general_ones(shop: Any):
    shop("locale/ru/shop.toml", 'odd = "странно для {who}"\n')
    assert found(shop("locale/ru/shop.toml", "[refusal]\n", '[refusal]\nodd = "странно для {who}"\n')) == []


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('[order.stage]\ngone = "нет"', "order.stage.gone"),
        ('[order.refusal]\ngone = "нет"', "order.refusal.gone"),
        ('[order.field]\nwhither = "куда"', "order.field.whither"),
        ('[desk]\nclosed = "закрыто"', "desk.closed"),
        ('[norm]\nghost = "призрак"', "norm.ghost"),
    ],
)
def test_what_nothing_asks_for_is_stale(shop: Any, line: str, key: str):
    book = shop()
    (book.locale[0] / "ru" / "other.toml").write_text(line, encoding="utf-8")
    assert only(book) == f"stale {key}: is said, and nothing asks for it"


def test_a_fact_that_the_code_does_not_give_is_unknown(shop: Any):
    said = only(shop("locale/ru/shop.toml", "{got} больше {need}", "{got} больше {limit}"))
    assert said == "unknown_fact order.refusal.dear: “{got} больше {limit}” names 'limit', which the code does not give"
    shop("locale/ru/shop.toml", "{got} больше {limit}", "{got} больше {need}")
    said = only(shop("locale/ru/shop.toml", 'title = "Заказ"', 'title = "Заказ {n}"'))
    assert said.startswith("unknown_fact order.title")


def test_so_is_one_that_the_english_sentence_names_itself(shop: Any):
    book = shop("shop.py", '"nothing is bought by {who:role.gen}"', '"nothing is bought by {whom}"')
    assert [(one.code, one.key) for one in found(book)] == [("unknown_fact", "order.refusal.nothing")]


def test_a_sentence_that_cannot_be_filled_in_is_unreadable(shop: Any):
    assert only(shop("locale/ru/shop.toml", "остались {got}", "остались {got")).startswith(
        "unreadable order.refusal.left: “остались {got” cannot be filled in"
    )


def test_a_role_needs_the_cases_that_sentences_ask_for(shop: Any):
    said = only(shop("locale/ru/shop.toml", 'gen = "продавца"\n', ""))
    assert said == "missing_case role.clerk: has no 'gen', which order.refusal.nothing asks for"
    shop("locale/ru/shop.toml", '[role.clerk]\nnom = "продавец"\n', '[role]\nclerk = "продавец"\n')
    assert only(shop()).startswith("missing_case role.clerk: has no 'gen'")


def test_things_are_counted_in_all_the_forms_of_the_language(shop: Any):
    said = only(shop("locale/ru/shop.toml", "|вещь|вещи|вещей", "|вещь|вещей"))
    assert said.startswith("plural_forms refusal.order_of_nothing:")
    assert said.endswith("counts in fewer than 3 forms")


def test_one_code_has_one_sentence(shop: Any):
    book = shop(
        "shop.py", '"{got} are left"', '"{got} are left")\nmore = NoneLeft("order", [], "left", "some are left"'
    )
    (one,) = found(book)
    assert (one.code, one.key) == ("two_sentences", "order.refusal.left")
    assert "“{got} are left” and “some are left”" in one.message


def test_a_sentence_that_the_code_puts_together_cannot_be_translated(shop: Any):
    book = shop(
        "shop.py", 'Refusal("nothing", "nothing is bought by {who:role.gen}"', 'Refusal("nothing", f"no {what} here"'
    )
    assert [(one.code, one.key) for one in found(book)] == [("not_literal", "order.refusal.nothing")]


def test_a_module_or_language_that_is_not_there_is_named(shop: Any):
    with pytest.raises(DeclarationError, match=r"no module 'tinyshop\.nowhere' whose sentences could be read"):
        check_catalogue(shop(), "ru", ["tinyshop.nowhere"])
    with pytest.raises(DeclarationError, match=r"no module 'nowhere\.at\.all'"):
        check_catalogue(shop(), "ru", ["nowhere.at.all"])
    with pytest.raises(DeclarationError, match="no texts in 'kk'"):
        check_catalogue(shop(), "kk")


def test_a_module_may_be_given_as_it_is(shop: Any):
    book = shop()
    assert check_catalogue(book, "ru", [sys.modules["tinyshop"]]) == check_catalogue(book, "ru", ["tinyshop"])
    assert check_catalogue(book, "ru", ["tinyshop.goods"]) == ()
