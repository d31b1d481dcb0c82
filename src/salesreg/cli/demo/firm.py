"""The small certification firm that the demo plays: its people, its clients, its prices, its regulation."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from salesreg.calendars import Term
from salesreg.commercial import COMMERCIAL, example, roles
from salesreg.commercial.domain.campaigns import BaseSource, CallScript, CampaignContact, ContactBase, ScriptStep
from salesreg.commercial.domain.clients import ClientDraft, Contact
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.prices import PriceItem
from salesreg.commercial.motivation.file import scheme_of
from salesreg.rules import Employee, Locale, Regulation, Texts

_HERE: Final = Path(__file__).parent
TEXTS: Final = Texts(COMMERCIAL.english, (*COMMERCIAL.locale, _HERE / "locale"))
"""What the rulebook says, and what the demo says of it."""
FIRM: Final[dict[str, Any]] = tomllib.loads((_HERE / "firm.toml").read_text("utf-8"), parse_float=Decimal)
SALARY: Final = Money(FIRM["salary"])
HALF: Final = Decimal(FIRM["half"])


def say(locale: Locale, key: str, **facts: Any) -> str:
    """What the demo says, by its key in ``locale/<language>/demo.toml``."""
    return locale.say(f"demo.{key}", key, **facts)


def people(locale: Locale) -> tuple[Employee, ...]:
    """Everybody in the firm; one of them has no mailbox yet."""
    role_of = {role.id: role for role in roles.STAFF}
    return tuple(
        Employee(
            id_,
            say(locale, f"person.{id_}"),
            [one["role"]],
            role_of[one["role"]].department,
            position=locale.title(f"role.{one['role']}"),
            email=f"{id_}@{FIRM['mailboxes']}" if one.get("mailbox", True) else None,
            manager=one.get("manager"),
            left_on=one.get("left_on"),
        )
        for id_, one in FIRM["people"].items()
    )


def client(key: str, locale: Locale) -> ClientDraft:
    """A client of the firm, by short name."""
    card, name = FIRM["clients"][key], say(locale, f"client.{key}")
    contact = Contact(name, email=card["email"], is_decision_maker=True)
    return ClientDraft(name, inn=card["inn"], kpp=card["kpp"], contacts=(contact,))


def base(locale: Locale) -> ContactBase:
    """Whom the callers are to call."""
    named = ((key, say(locale, f"client.{key}"), phone) for key, phone in FIRM["called"].items())
    contacts = (CampaignContact(key, ClientDraft(name), Contact(name, phone=phone)) for key, name, phone in named)
    return ContactBase(BaseSource.PURCHASED, tuple(contacts))


def script(locale: Locale, *, published: bool) -> CallScript:
    """What a caller says."""
    steps = tuple(ScriptStep(key, say(locale, f"script.{key}")) for key in ("hello", "need"))
    return CallScript("spring", "1", steps, published=published)


def prices(locale: Locale) -> tuple[PriceItem, ...]:
    """The base price list that the year began with."""
    unit = say(locale, "unit")
    return tuple(
        PriceItem(code, say(locale, f"item.{code}"), unit, Money(price)) for code, price in FIRM["prices"].items()
    )


def plan(locale: Locale) -> CompensationPlan:
    """What a sales manager is paid for, in all nine sections."""
    dates: dict[str, Any] = {name: Term.parse(text) for name, text in FIRM["pay_dates"].items()}
    position, scheme = locale.title(f"role.{roles.MANAGER}"), FIRM["scheme"]
    return CompensationPlan(position, salary=SALARY, scheme=scheme_of(position, scheme), **dates, **FIRM["plan"])


def regulation() -> Regulation:
    """The shipped example with three values of the firm's own."""
    return attrs.evolve(example().with_settings(FIRM["settings"]), id="demo")
