"""The small certification firm that the demo plays: its people, its clients, its prices, its regulation."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import attrs

from salesreg.domain.clients import ClientDraft, Contact
from salesreg.domain.money import Money
from salesreg.domain.people import Department, Employee, Role
from salesreg.domain.prices import QuoteLine
from salesreg.regulation import Regulation
from salesreg.regulations import example

__all__ = ["ANSWERS", "client", "people", "quote", "regulation"]

Lang = Literal["en", "ru"]

_PEOPLE: Final = (
    ("anna", "Anna Smirnova", "Анна Смирнова", Role.SALES_MANAGER, Department.COMMERCIAL),
    ("denis", "Denis Orlov", "Денис Орлов", Role.SALES_MANAGER, Department.COMMERCIAL),
    ("boris", "Boris Petrov", "Борис Петров", Role.HEAD_OF_COMMERCIAL, Department.COMMERCIAL),
    ("olga", "Olga Volkova", "Ольга Волкова", Role.COMMERCIAL_SPECIALIST, Department.COMMERCIAL),
    ("faina", "Faina Kuznetsova", "Фаина Кузнецова", Role.FINANCE, Department.FINANCE),
    ("igor", "Igor Sokolov", "Игорь Соколов", Role.IT_STAFF, Department.IT),
    ("viktor", "Viktor Romanov", "Виктор Романов", Role.CEO, Department.MANAGEMENT),
)
_CLIENTS: Final = {
    "vega": ("Vega Lift", "Вега Лифт", "7707083893", "770701001", "ivanov@vega.example"),
    "polus": ("Polus Energo", "Полюс Энерго", "7736050003", "773601001", "office@polus.example"),
    "sever": ("Sever Trans", "Север Транс", "7740000076", "774001001", "info@sever.example"),
}
_ITEMS: Final = {
    "CERT": ("Certificate of conformity", "Сертификат соответствия", "120000"),
    "TEST": ("Test report", "Протокол испытаний", "45000"),
}
ANSWERS: Final = {"activity": "lifts", "products": "passenger lifts", "markets": "EAEU"}


def people(lang: Lang) -> tuple[Employee, ...]:
    """Everybody in the firm."""
    return tuple(
        Employee(id_, ru if lang == "ru" else en, [role], department, email=f"{id_}@cert.example")
        for id_, en, ru, role, department in _PEOPLE
    )


def client(name: str, lang: Lang) -> ClientDraft:
    """A client of the firm, by short name."""
    en, ru, inn, kpp, email = _CLIENTS[name]
    title = ru if lang == "ru" else en
    return ClientDraft(title, inn=inn, kpp=kpp, contacts=(Contact(title, email=email, is_decision_maker=True),))


def email(name: str) -> str:
    """Where a client is written to."""
    return _CLIENTS[name][4]


def quote(lang: Lang, *, discount: int = 0) -> tuple[QuoteLine, ...]:
    """A certificate and its test report, with a discount in per cent."""
    return tuple(
        QuoteLine(code, Money(price), Decimal(discount), name=ru if lang == "ru" else en, unit="pc")
        for code, (en, ru, price) in _ITEMS.items()
    )


def regulation() -> Regulation:
    """The shipped example with two values of the firm's own."""
    own = {"sale.return_original": "3 business days", "sale.questionnaire_keys": ",".join(ANSWERS)}
    return attrs.evolve(example().with_settings(own), id="demo")
