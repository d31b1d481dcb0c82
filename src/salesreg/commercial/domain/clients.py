"""Clients: contacts, what is known of a prospect, the counterparty, and the questionnaire (R5, R7, R12, R64)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import attrs

from salesreg.commercial.domain.numbers import spelled
from salesreg.commercial.domain.records import Email, Own, Phone, Record, said
from salesreg.errors import DomainError
from salesreg.rules.instants import Instant
from salesreg.rules.texts import says_nothing

_KPP: Final = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
# How Cyrillic letters are written in Latin, by their names; signs that are not spoken are left out.
_LATIN: Final = {
    "A": "a", "BE": "b", "VE": "v", "GHE": "g", "DE": "d", "IE": "e", "IO": "e", "ZHE": "zh", "ZE": "z", "I": "i",
    "SHORT I": "i", "KA": "k", "EL": "l", "EM": "m", "EN": "n", "O": "o", "PE": "p", "ER": "r", "ES": "s", "TE": "t",
    "U": "u", "EF": "f", "HA": "kh", "TSE": "ts", "CHE": "ch", "SHA": "sh", "SHCHA": "shch", "HARD SIGN": "",
    "YERU": "y", "SOFT SIGN": "", "E": "e", "YU": "iu", "YA": "ia",
}  # fmt: skip
_ROMANISED: Final = {ord(unicodedata.lookup(f"CYRILLIC SMALL LETTER {one}")): latin for one, latin in _LATIN.items()}
_FORMS: Final = frozenset(
    ("ooo", "oao", "zao", "pao", "ao", "ip", "too", "llc", "ltd", "inc", "corp", "co", "gmbh", "jsc", "pjsc", "plc")
)
# Weights of the check digits of a Russian tax id: order ММВ-7-14/559 of the tax service.
_WEIGHTS: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


class ClientKind(StrEnum):
    """Whether the client is a business or a private person (R65)."""

    B2B = "b2b"
    B2C = "b2c"


@lru_cache(maxsize=1024)
def check_inn(inn: str) -> str:
    """The tax id itself, if its length and check digits are right; else a `DomainError`.

    A legal entity's has 10 digits and one check digit, a person's 12 and two.

    >>> check_inn("7707083893")
    '7707083893'
    """
    if not (inn.isascii() and inn.isdigit() and len(inn) in {10, 12}):
        raise DomainError("tax_id_length", "tax id '{got}' must be 10 digits of a company or 12 of a person", got=inn)
    if inn.startswith("00") or not inn[4:9].strip("0"):
        raise DomainError("tax_id_of_nobody", "tax id {got} is nobody's: a part of it is 0", got=inn)
    for place in (9,) if len(inn) == 10 else (10, 11):
        wanted = sum(w * int(d) for w, d in zip(_WEIGHTS[-place:], inn, strict=False)) % 11 % 10
        if wanted != int(inn[place]):
            raise DomainError(
                "tax_id_typo",
                "tax id '{got}' has a typing error: digit {place} should be {need}, not {digit}",
                got=inn,
                need=wanted,
                place=place + 1,
                digit=inn[place],
            )
    return inn


def check_kpp(kpp: str) -> str:
    """The registration reason code itself: four digits, two digits or capitals, three digits; else a `DomainError`."""
    if not _KPP.fullmatch(kpp):
        raise DomainError("kpp_form", "registration code '{got}' must be nine signs such as \"770701001\"", got=kpp)
    if kpp.startswith("00") or kpp[4:6] == "00" or kpp.endswith("000"):
        raise DomainError("kpp_of_nobody", "registration code '{got}' is nobody's: a part of it is 0", got=kpp)
    return kpp


def near_name(name: str) -> str:
    """How a client's name sounds: its words in any order and alphabet, without legal form, quotes and capitals.

    >>> near_name('OOO "Romashka"') == near_name("romashka, LLC")
    True
    """
    latin = unicodedata.normalize("NFKC", name).casefold().translate(_ROMANISED)
    plain = "".join(one for one in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(one))
    words = re.findall(r"\w+", plain)
    return " ".join(sorted(word for word in words if word not in _FORMS) or sorted(words))


def _digits(phone: str) -> str:
    """The digits of a telephone number with its country code; a Russian one may leave it out or begin with 8."""
    digits = "".join(re.findall(r"\d", unicodedata.normalize("NFKC", phone)))
    if len(digits) == 10 or (len(digits) == 11 and digits[0] == "8"):
        return f"7{digits[-10:]}"
    return digits


@attrs.frozen
class Contact(Record):
    """A person on the client's side.

    Attributes:
        is_decision_maker: whether the person decides about buying (R64).
        do_not_call: whether the person has asked not to be called; nothing clears it.
    """

    name: Own
    phone: Phone | None = attrs.field(default=None, kw_only=True)
    email: Email | None = attrs.field(default=None, kw_only=True)
    is_decision_maker: bool = attrs.field(default=False, kw_only=True)
    do_not_call: bool = attrs.field(default=False, kw_only=True)

    def _check(self) -> None:
        said(self.name, "contact_without_name", "a contact needs a name, such as Contact('Ivan Petrov')")
        if self.email is not None and not is_email(self.email):
            raise DomainError(
                "contact_email", "'{got}' is no e-mail address such as \"ivan@example.com\"", got=self.email
            )


def is_email(text: str) -> bool:
    """Whether a text looks like an e-mail address: something, an at sign, a domain with a dot, no blanks."""
    name, _, domain = text.rpartition("@")
    return bool(name) and "." in domain.strip(".") and not any(sign.isspace() for sign in text)


@attrs.frozen
class ClientDraft(Record):
    """What is known of a client before there is a counterparty; it fills up as the sale goes on (R5, R7).

    Attributes:
        inn: tax id, when it is known.
        kpp: registration code of a legal entity, when it is known; a branch has another than the head office.
        document: a private person's identity document, such as ``"passport 4510 123456"``.
        country: of a foreign firm, as two letters; None at home.
        registration: a foreign firm's number in the register of its country.
    """

    legal_name: Own
    kind: ClientKind = ClientKind.B2B
    inn: str | None = attrs.field(default=None, kw_only=True)
    kpp: str | None = attrs.field(default=None, kw_only=True)
    contacts: tuple[Contact, ...] = attrs.field(default=(), kw_only=True)
    document: Own | None = attrs.field(default=None, kw_only=True)
    country: str | None = attrs.field(default=None, kw_only=True)
    registration: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.legal_name, "client_without_name", "a client needs a legal name, such as ClientDraft('OOO Romashka')")
        if self.inn is not None and len(check_inn(self.inn)) == 10 and self.kind is ClientKind.B2C:
            raise DomainError(
                "tax_id_of_a_company", "tax id {got} is a company's: a person has 12 digits or none", got=self.inn
            )
        if self.kpp is not None:
            check_kpp(self.kpp)
            if self.inn is None or len(self.inn) != 10:
                raise DomainError(
                    "kpp_without_tax_id",
                    "registration code {kpp} goes only with a legal entity's tax id of 10 digits, not {got}",
                    kpp=self.kpp,
                    got=self.inn,
                )
        if self.country is not None and not _COUNTRY.fullmatch(self.country):
            raise DomainError("country_form", "'{got}' is no country such as \"KZ\"", got=self.country)
        if (self.country is None) != (self.registration is None):
            raise DomainError(
                "half_a_registration", "a firm abroad is known by its country and its number in the register there"
            )
        for name in ("document", "registration"):
            given = getattr(self, name)
            if given is not None and not spelled(given).strip("-?."):
                raise DomainError(
                    "says_nothing", "the {field:field} of {name} says nothing", field=name, name=self.name
                )

    @property
    def name(self) -> str:
        """What tells it from others: its tax id, or its legal name where it has none."""
        return self.inn or self.legal_name

    def missing(self) -> tuple[str, ...]:
        """What a counterparty needs and the draft lacks.

        A business needs ``inn``, and ``kpp`` beside 10 digits; a private person a tax id, a document or a ``phone``.

        >>> ClientDraft("OOO Romashka", inn="7707083893").missing()
        ('kpp',)
        """
        if not self.identities:
            return ("inn",) if self.kind is ClientKind.B2B else ("phone",)
        return ("kpp",) if self.inn is not None and len(self.inn) == 10 and self.kpp is None else ()

    @property
    def identities(self) -> tuple[str, ...]:
        """Everything that tells this client from any other, in one spelling; two clients share none of it (R12).

        >>> ClientDraft("OOO Romashka", inn="7707083893", kpp="770701001").identities
        ('inn:7707083893',)
        """
        found = [] if self.inn is None else [f"inn:{self.inn}"]
        if self.registration is not None:
            found.append(f"registered:{self.country}:{spelled(self.registration)}")
        if self.kind is ClientKind.B2C:
            if self.document is not None:
                found.append(f"document:{spelled(self.document)}")
            phones = dict.fromkeys(one.phone for one in self.contacts if one.phone and _digits(one.phone))
            found += [f"person:{near_name(self.legal_name)}:{_digits(phone)}" for phone in phones]
        return tuple(dict.fromkeys(found))

    def contradicts(self, other: ClientDraft | Counterparty) -> bool:
        """Whether both have a tax id, a register's number or a document, and not the same."""
        return any(
            mine is not None and its is not None and spelled(mine) != spelled(its)
            for mine, its in (
                (self.inn, other.inn), (self.registration, other.registration), (self.document, other.document)
            )
        )  # fmt: skip


@attrs.frozen
class FormerKpp(Record):
    """A registration code that a client had."""

    kpp: str
    until: Instant


@attrs.frozen
class Counterparty(Record):
    """A client as the company's records know it; its tax id is the client, wherever it is registered (R12).

    Attributes:
        inn: tax id: 10 digits of a legal entity, 12 of a person; only a private person or a firm abroad may have none.
        kpp: registration code, which every legal entity at home has; `former_kpps` are those before.
        document, country, registration: as in `ClientDraft`.
        aliases: what identified it before it was corrected or merged.
        merged_into: the id of the counterparty that has replaced it, if any.
    """

    id: str
    legal_name: Own
    inn: str | None
    kpp: str | None = None
    kind: ClientKind = ClientKind.B2B
    contacts: tuple[Contact, ...] = ()
    created_at: Instant | None = attrs.field(default=None, kw_only=True)
    merged_into: str | None = attrs.field(default=None, kw_only=True)
    document: Own | None = attrs.field(default=None, kw_only=True)
    country: str | None = attrs.field(default=None, kw_only=True)
    registration: str | None = attrs.field(default=None, kw_only=True)
    former_kpps: tuple[FormerKpp, ...] = attrs.field(default=(), kw_only=True)
    aliases: tuple[Own, ...] = attrs.field(default=(), kw_only=True)

    def _check(self) -> None:
        if not self.id:
            raise DomainError("counterparty_without_id", "counterparty {name} needs an id", name=self.legal_name)
        if lacks := self.draft.missing():
            raise DomainError(
                "counterparty_without_tax_id",
                "counterparty {name} needs its {need}, or a second record would go unnoticed",
                name=self.legal_name,
                need=lacks[0],
            )
        if self.merged_into == self.id:
            raise DomainError("counterparty_into_itself", "counterparty {got} is not merged into itself", got=self.id)

    @classmethod
    def of(
        cls, draft: ClientDraft, *, id: str, created_at: Instant | None, aliases: tuple[str, ...] = ()
    ) -> Counterparty:
        """The counterparty that a complete draft describes."""
        known = {name: getattr(draft, name) for name in _SHARED}
        return cls(id=id, created_at=created_at, aliases=aliases, **known)

    @property
    def draft(self) -> ClientDraft:
        """What is known of it, as a draft."""
        return ClientDraft(**{name: getattr(self, name) for name in _SHARED})

    @property
    def tax_id(self) -> str | None:
        """``inn/kpp`` of a legal entity, ``inn`` of a person, None without either.

        >>> Counterparty("1", "OOO Romashka", "7707083893", "770701001").tax_id
        '7707083893/770701001'
        """
        return f"{self.inn}/{self.kpp}" if self.kpp else self.inn

    @property
    def name(self) -> str:
        """What tells it from others: its tax id, or its legal name where it has none."""
        return self.inn or self.legal_name

    @property
    def identities(self) -> tuple[str, ...]:
        """Everything that tells it from others, and what did before."""
        return tuple(dict.fromkeys((*self.draft.identities, *self.aliases)))

    @property
    def records(self) -> tuple[str, ...]:
        """The ids of its record and of those that were merged into it: what stands under any is the client's."""
        return (self.id, *(one.removeprefix(RECORD) for one in self.aliases if one.startswith(RECORD)))

    def is_same(self, draft: ClientDraft) -> bool:
        """Whether a draft describes this counterparty: they share what no two clients share."""
        return not set(self.identities).isdisjoint(draft.identities)

    def may_be(self, draft: ClientDraft) -> bool:
        """Whether a draft may describe it: it does, or bears its name and contradicts nothing that is known."""
        near = near_name(self.legal_name) == near_name(draft.legal_name)
        return self.is_same(draft) or (near and not draft.contradicts(self))

    def learned(self, draft: ClientDraft, at: Instant) -> Counterparty:
        """The counterparty with what a draft knows beside; another registration code succeeds the one before."""
        news: dict[str, Any] = {
            name: given
            for name in ("inn", "document", "country", "registration")
            if (given := getattr(draft, name)) is not None and getattr(self, name) is None
        }
        if draft.kpp is not None and draft.inn == self.inn and draft.kpp != self.kpp:
            former = () if self.kpp is None else (FormerKpp(self.kpp, at),)
            news |= {"kpp": draft.kpp, "former_kpps": (*self.former_kpps, *former)}
        if people := tuple(one for one in draft.contacts if one not in self.contacts):
            news["contacts"] = (*self.contacts, *people)
        return attrs.evolve(self, **news) if news else self


RECORD: Final = "record:"
"""Before the id of a record among the aliases of the one that it was merged into."""

_SHARED: Final = tuple(field.name for field in attrs.fields(ClientDraft))


@attrs.frozen
class ClientQuestionnaire(Record):
    """What a meeting has shown about the client (R7).

    Attributes:
        meeting: reference of the meeting whose result it is.
        answers: what was answered, by the question's key.
        required_keys: the questions that must be answered.
        completed_at: when nothing was missing any more, UTC; None until then.
    """

    meeting: str
    client: ClientDraft
    answers: Mapping[str, str] = attrs.field(factory=dict)
    required_keys: tuple[str, ...] = ()
    filled_by: str = attrs.field(default="", kw_only=True)
    completed_at: Instant | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        said(self.meeting, "questionnaire_without_meeting", "a questionnaire is the result of a meeting: say which")
        self._set("answers", {key: answer.strip() for key, answer in self.answers.items()})
        if self.completed_at is not None and (lacks := self.missing()):
            raise DomainError(
                "questionnaire_not_complete", "without {need}, leave completed_at of a questionnaire empty", need=lacks
            )

    def missing(self) -> tuple[str, ...]:
        """The required questions without an answer that says something, and what a counterparty will need.

        The client's own record answers ``client.inn``, by whatever identifies the client, and ``client.contact``.

        >>> ClientQuestionnaire("m-1", ClientDraft("OOO", inn="7707083893"), {"need": " "}, ("need",)).missing()
        ('need', 'client.kpp')
        """
        unanswered = tuple(key for key in self.required_keys if not self._answered(key))
        return tuple(dict.fromkeys((*unanswered, *(f"client.{name}" for name in self.client.missing()))))

    def _answered(self, key: str) -> bool:
        if key == "client.inn":
            return bool(self.client.identities) or "inn" not in self.client.missing()
        if key == "client.contact" and any(one.phone or one.email for one in self.client.contacts):
            return True
        return not says_nothing(self.answers.get(key, ""))

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing()
