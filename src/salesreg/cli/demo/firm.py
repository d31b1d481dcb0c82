"""The small certification firm that the demo plays: its people, its clients, its prices, its regulation."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import attrs

from salesreg.calendars import Term
from salesreg.domain.calls import BaseSource, CallScript, CampaignContact, ContactBase, ScriptStep
from salesreg.domain.clients import ClientDraft, Contact
from salesreg.domain.money import Money
from salesreg.domain.people import Department, Employee, Role
from salesreg.domain.plans import CompensationPlan
from salesreg.domain.prices import PriceItem
from salesreg.regulation import Regulation
from salesreg.regulations import example

__all__ = [
    "ANSWERS",
    "COMMISSION",
    "HALF",
    "Lang",
    "base",
    "client",
    "email",
    "people",
    "plan",
    "prices",
    "regulation",
    "script",
]

Lang = Literal["en", "ru"]

_PEOPLE: Final = (
    ("viktor", "Viktor Romanov", "Виктор Романов", Role.CEO, Department.MANAGEMENT),
    ("galina", "Galina Morozova", "Галина Морозова", Role.HEAD_OF_SALES, Department.COMMERCIAL),
    ("boris", "Boris Petrov", "Борис Петров", Role.HEAD_OF_COMMERCIAL, Department.COMMERCIAL),
    ("anna", "Anna Smirnova", "Анна Смирнова", Role.SALES_MANAGER, Department.COMMERCIAL),
    ("denis", "Denis Orlov", "Денис Орлов", Role.SALES_MANAGER, Department.COMMERCIAL),
    ("olga", "Olga Volkova", "Ольга Волкова", Role.COMMERCIAL_SPECIALIST, Department.COMMERCIAL),
    ("lera", "Lera Belova", "Лера Белова", Role.COLD_CALLER, Department.COMMERCIAL),
    ("kirill", "Kirill Zaitsev", "Кирилл Зайцев", Role.COLD_CALLER, Department.COMMERCIAL),
    ("faina", "Faina Kuznetsova", "Фаина Кузнецова", Role.FINANCE, Department.FINANCE),
    ("igor", "Igor Sokolov", "Игорь Соколов", Role.IT_STAFF, Department.IT),
    ("sofia", "Sofia Lebedeva", "Софья Лебедева", Role.SECRETARY, Department.MANAGEMENT),
)
_NO_MAILBOX: Final = {"kirill"}
_CLIENTS: Final = {
    "vega": ("Vega Lift", "Вега Лифт", "7707083893", "770701001", "ivanov@vega.example"),
    "polus": ("Polus Energo", "Полюс Энерго", "7736050003", "773601001", "office@polus.example"),
    "sever": ("Sever Trans", "Север Транс", "7740000076", "774001001", "info@sever.example"),
    "orion": ("Orion Lab", "Орион Лаб", "7725000018", "772501001", "lab@orion.example"),
}
_CALLED: Final = (
    ("orion", "Orion Lab", "Орион Лаб", "+7 495 100-10-01"),
    ("taiga", "Taiga Les", "Тайга Лес", "+7 495 100-10-02"),
    ("mayak", "Mayak Svet", "Маяк Свет", "+7 495 100-10-03"),
    ("rubin", "Rubin Glass", "Рубин Стекло", "+7 495 100-10-04"),
    ("altai", "Altai Med", "Алтай Мед", "+7 495 100-10-05"),
)
_ITEMS: Final = (
    ("CERT", "Certificate of conformity", "Сертификат соответствия", "120000"),
    ("DECL", "Declaration of conformity", "Декларация о соответствии", "35000"),
    ("TEST", "Test report", "Протокол испытаний", "45000"),
)
ANSWERS: Final = {"activity": "lifts", "products": "passenger lifts", "markets": "EAEU"}
HALF: Final = Decimal("0.5")
"""The part of a month's salary that each of its two days brings."""
COMMISSION: Final = Decimal("0.03")
"""What a sales manager earns of every invoice that a client of theirs has paid."""


def people(lang: Lang) -> tuple[Employee, ...]:
    """Everybody in the firm; one of them has no mailbox yet."""
    return tuple(
        Employee(
            id_,
            ru if lang == "ru" else en,
            [role],
            department,
            position=role.text(lang),
            email=None if id_ in _NO_MAILBOX else f"{id_}@cert.example",
        )
        for id_, en, ru, role, department in _PEOPLE
    )


def client(name: str, lang: Lang) -> ClientDraft:
    """A client of the firm, by short name."""
    en, ru, inn, kpp, mail = _CLIENTS[name]
    title = ru if lang == "ru" else en
    return ClientDraft(title, inn=inn, kpp=kpp, contacts=(Contact(title, email=mail, is_decision_maker=True),))


def email(name: str) -> str:
    """Where a client is written to."""
    return _CLIENTS[name][4]


def base(lang: Lang) -> ContactBase:
    """Whom the callers are to call."""
    contacts = tuple(
        CampaignContact(key, ClientDraft(title), Contact(title, phone=phone))
        for key, title, phone in ((key, ru if lang == "ru" else en, phone) for key, en, ru, phone in _CALLED)
    )
    return ContactBase(BaseSource.PURCHASED, contacts)


def script(lang: Lang, *, published: bool) -> CallScript:
    """What a caller says."""
    texts = {"hello": ("Good day", "Добрый день"), "need": ("Who certifies you now?", "Кто вас сертифицирует?")}
    steps = tuple(ScriptStep(key, text[lang == "ru"]) for key, text in texts.items())
    return CallScript("spring", "1", steps, published=published)


def prices(lang: Lang) -> tuple[PriceItem, ...]:
    """The base price list that the year began with."""
    return tuple(
        PriceItem(code, ru if lang == "ru" else en, {"en": "pc", "ru": "шт."}[lang], Money(price))
        for code, en, ru, price in _ITEMS
    )


def plan(lang: Lang) -> CompensationPlan:
    """What a sales manager is paid for, in all nine sections."""
    return CompensationPlan(
        Role.SALES_MANAGER.text(lang),
        "2026-1",
        schedule="Mon-Fri 09:00-18:00",
        leave_rules="28 days",
        time_off_rules="3 days",
        settlement_order="by statement",
        salary_date=Term.parse("on the 10th and 25th, preceding"),
        bonus_date=Term.parse("on the 15th, preceding"),
        leave_pay_rule=Term.parse("3 calendar days before, preceding"),
        plan_rule="two contracts a month",
        salary=Money("60000"),
        bonus_rules=f"{COMMISSION:.0%} of every paid invoice",
        conditions="the invoice is paid",
    )


def regulation() -> Regulation:
    """The shipped example with three values of the firm's own."""
    own = {
        "sale.return_original": "3 business days",
        "sale.questionnaire_keys": ",".join(ANSWERS),
        "price_change.open_quotes": "reprice",
    }
    return attrs.evolve(example().with_settings(own), id="demo")
