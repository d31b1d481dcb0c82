"""Clients: contacts, what is known of a prospect, the counterparty, and the questionnaire (R5, R7, R12, R64)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

import attrs

from salesreg.commercial.domain.records import Record, said
from salesreg.errors import DomainError
from salesreg.rules.instants import Instant

_KPP: Final = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)
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
    return kpp


@attrs.frozen
class Contact(Record):
    """A person on the client's side.

    Attributes:
        is_decision_maker: whether the person decides about buying (R64).
        do_not_call: whether the person has asked not to be called; nothing clears it.
    """

    name: str
    phone: str | None = attrs.field(default=None, kw_only=True)
    email: str | None = attrs.field(default=None, kw_only=True)
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
        kpp: registration code of a legal entity, when it is known.
    """

    legal_name: str
    kind: ClientKind = ClientKind.B2B
    inn: str | None = attrs.field(default=None, kw_only=True)
    kpp: str | None = attrs.field(default=None, kw_only=True)
    contacts: tuple[Contact, ...] = attrs.field(default=(), kw_only=True)

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

    def missing(self) -> tuple[str, ...]:
        """What a counterparty needs and the draft lacks: ``inn`` of a business, ``kpp`` of a legal entity.

        >>> ClientDraft("OOO Romashka", inn="7707083893").missing()
        ('kpp',)
        """
        if self.kind is ClientKind.B2C:
            return ()
        if self.inn is None:
            return ("inn",)
        return ("kpp",) if len(self.inn) == 10 and self.kpp is None else ()


@attrs.frozen
class Counterparty(Record):
    """A client as the company's records know it; there is one per tax id (R12).

    Attributes:
        inn: tax id: 10 digits of a legal entity, 12 of a person; only a private person may have none.
        kpp: registration code, which every legal entity has.
        merged_into: the id of the counterparty that has replaced it, if any.
    """

    id: str
    legal_name: str
    inn: str | None
    kpp: str | None = None
    kind: ClientKind = ClientKind.B2B
    contacts: tuple[Contact, ...] = ()
    created_at: Instant | None = attrs.field(default=None, kw_only=True)
    merged_into: str | None = attrs.field(default=None, kw_only=True)

    def _check(self) -> None:
        if not self.id:
            raise DomainError("counterparty_without_id", "counterparty {name} needs an id", name=self.legal_name)
        draft = ClientDraft(self.legal_name, self.kind, inn=self.inn, kpp=self.kpp, contacts=self.contacts)
        if lacks := draft.missing():
            raise DomainError(
                "counterparty_without_tax_id",
                "counterparty {name} needs its {need}, or a second record would go unnoticed",
                name=self.legal_name,
                need=lacks[0],
            )
        if self.merged_into == self.id:
            raise DomainError("counterparty_into_itself", "counterparty {got} is not merged into itself", got=self.id)

    @classmethod
    def of(cls, draft: ClientDraft, *, id: str, created_at: Instant) -> Counterparty:
        """The counterparty that a complete draft describes."""
        return cls(id, draft.legal_name, draft.inn, draft.kpp, draft.kind, draft.contacts, created_at=created_at)

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
        return self.tax_id or self.legal_name

    def is_same(self, draft: ClientDraft) -> bool:
        """Whether a draft describes this counterparty: by tax id, or by name where neither has one."""
        if self.inn is None and draft.inn is None:
            return self.legal_name.strip().casefold() == draft.legal_name.strip().casefold()
        return (self.inn, self.kpp) == (draft.inn, draft.kpp)


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
        self._set("answers", dict(self.answers))
        if self.completed_at is not None and (lacks := self.missing()):
            raise DomainError(
                "questionnaire_not_complete", "without {need}, leave completed_at of a questionnaire empty", need=lacks
            )

    def missing(self) -> tuple[str, ...]:
        """The required questions without an answer, and the tax ids that a counterparty will need.

        >>> ClientQuestionnaire("m-1", ClientDraft("Ivan", ClientKind.B2C), {"need": " "}, ("need",)).missing()
        ('need',)
        """
        unanswered = tuple(key for key in self.required_keys if not self.answers.get(key, "").strip())
        return (*unanswered, *(f"client.{name}" for name in self.client.missing()))

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing()
