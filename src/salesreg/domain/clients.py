"""Clients: contacts, what is known of a prospect, the counterparty, and the questionnaire (R5, R7, R12, R64)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

import attrs

from salesreg.domain.instants import Instant, keep_utc
from salesreg.errors import DomainError

__all__ = ["ClientDraft", "ClientKind", "ClientQuestionnaire", "Contact", "Counterparty", "check_inn", "check_kpp"]

_KPP: Final = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)
# Weights of the check digits of a Russian tax id: order ММВ-7-14/559 of the tax service.
_WEIGHTS: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


class ClientKind(StrEnum):
    """Whether the client is a business or a private person (R65)."""

    B2B = "b2b"
    B2C = "b2c"


@lru_cache(maxsize=1024)
def check_inn(inn: str) -> str:
    """The tax id itself, if its length and check digits are right.

    A legal entity's has 10 digits and one check digit, a person's 12 and two.

    Raises:
        DomainError: it has another length, other signs than digits, or a wrong check digit.

    >>> check_inn("7707083893")
    '7707083893'
    """
    if not (inn.isascii() and inn.isdigit() and len(inn) in {10, 12}):
        raise DomainError(f"tax id {inn!r} must be 10 digits for a legal entity or 12 for a person")
    for place in (9,) if len(inn) == 10 else (10, 11):
        wanted = sum(w * int(d) for w, d in zip(_WEIGHTS[-place:], inn, strict=False)) % 11 % 10
        if wanted != int(inn[place]):
            raise DomainError(
                f"tax id {inn!r} has a typing error: digit {place + 1} should be {wanted}, not {inn[place]}"
            )
    return inn


def check_kpp(kpp: str) -> str:
    """The registration reason code itself, if it is one: four digits, two digits or capitals, three digits.

    Raises:
        DomainError: it has another shape.
    """
    if not _KPP.fullmatch(kpp):
        raise DomainError(f'registration code {kpp!r} must be nine signs such as "770701001"')
    return kpp


def _check_tax_ids(kind: ClientKind, inn: str | None, kpp: str | None) -> None:
    if inn is not None and len(check_inn(inn)) == 10 and kind is ClientKind.B2C:
        raise DomainError(f"tax id {inn!r} is a legal entity's: a private person has 12 digits or none")
    if kpp is not None:
        check_kpp(kpp)
        if inn is None or len(inn) != 10:
            raise DomainError(
                f"registration code {kpp!r} goes only with a legal entity's tax id of 10 digits, not {inn!r}"
            )


@attrs.frozen
class Contact:
    """A person on the client's side.

    Attributes:
        name: full name.
        phone: as dialled.
        email: address.
        is_decision_maker: whether the person decides about buying (R64).
        do_not_call: whether the person has asked not to be called; nothing clears it.
    """

    name: str
    phone: str | None = attrs.field(default=None, kw_only=True)
    email: str | None = attrs.field(default=None, kw_only=True)
    is_decision_maker: bool = attrs.field(default=False, kw_only=True)
    do_not_call: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise DomainError("a contact needs a name, such as Contact('Ivan Petrov')")
        if self.email is not None and not is_email(self.email):
            raise DomainError(f'{self.email!r} is not an e-mail address: give one such as "ivan@example.com"')


def is_email(text: str) -> bool:
    """Whether a text looks like an e-mail address: something, an at sign, a domain with a dot, no blanks."""
    name, _, domain = text.rpartition("@")
    return bool(name) and "." in domain.strip(".") and not any(sign.isspace() for sign in text)


@attrs.frozen
class ClientDraft:
    """What is known of a client before there is a counterparty; it fills up as the sale goes on (R5, R7).

    Attributes:
        legal_name: as it will stand in the contract.
        kind: a business or a private person.
        inn: tax id, when it is known.
        kpp: registration code of a legal entity, when it is known.
        contacts: people on the client's side.
    """

    legal_name: str
    kind: ClientKind = ClientKind.B2B
    inn: str | None = attrs.field(default=None, kw_only=True)
    kpp: str | None = attrs.field(default=None, kw_only=True)
    contacts: tuple[Contact, ...] = attrs.field(default=(), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.legal_name.strip():
            raise DomainError("a client needs a legal name, such as ClientDraft('OOO Romashka')")
        _check_tax_ids(self.kind, self.inn, self.kpp)
        object.__setattr__(self, "contacts", tuple(self.contacts))

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
class Counterparty:
    """A client as the company's records know it; there is one per tax id (R12).

    Attributes:
        id: unique, such as ``"cp-17"``.
        legal_name: as it stands in contracts.
        inn: tax id: 10 digits of a legal entity, 12 of a person; only a private person may have none.
        kpp: registration code, which every legal entity has.
        kind: a business or a private person.
        contacts: people on the client's side.
        created_at: when it was entered, UTC.
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

    def __attrs_post_init__(self) -> None:
        if not self.id:
            raise DomainError(f"counterparty {self.legal_name!r} needs an id")
        draft = ClientDraft(self.legal_name, self.kind, inn=self.inn, kpp=self.kpp, contacts=self.contacts)
        if lacks := draft.missing():
            raise DomainError(
                f"counterparty {self.legal_name!r} needs its {lacks[0]}: without it, a second record would go unnoticed"
            )
        if self.merged_into == self.id:
            raise DomainError(f"counterparty {self.id!r} cannot be merged into itself")
        object.__setattr__(self, "contacts", tuple(self.contacts))
        keep_utc(self, "created_at")

    @classmethod
    def of(cls, draft: ClientDraft, *, id: str, created_at: Instant) -> Counterparty:  # noqa: A002 - the attribute's name
        """The counterparty that a complete draft describes."""
        return cls(id, draft.legal_name, draft.inn, draft.kpp, draft.kind, draft.contacts, created_at=created_at)

    @property
    def tax_id(self) -> str | None:
        """``inn/kpp`` of a legal entity, ``inn`` of a person, None without either.

        >>> Counterparty("1", "OOO Romashka", "7707083893", "770701001").tax_id
        '7707083893/770701001'
        """
        return f"{self.inn}/{self.kpp}" if self.kpp else self.inn

    def is_same(self, draft: ClientDraft) -> bool:
        """Whether a draft describes this counterparty: by tax id, or by name where neither has one."""
        if self.inn is None and draft.inn is None:
            return self.legal_name.strip().casefold() == draft.legal_name.strip().casefold()
        return (self.inn, self.kpp) == (draft.inn, draft.kpp)


@attrs.frozen
class ClientQuestionnaire:
    """What a meeting has shown about the client (R7).

    Attributes:
        meeting: reference of the meeting whose result it is.
        client: the client as the questionnaire describes it.
        answers: what was answered, by the question's key.
        required_keys: the questions that must be answered.
        filled_by: the id of the employee who filled it in last.
        completed_at: when nothing was missing any more, UTC; None until then.
    """

    meeting: str
    client: ClientDraft
    answers: Mapping[str, str] = attrs.field(factory=dict)
    required_keys: tuple[str, ...] = ()
    filled_by: str = attrs.field(default="", kw_only=True)
    completed_at: Instant | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.meeting.strip():
            raise DomainError("a questionnaire records the result of a meeting: say which one")
        object.__setattr__(self, "answers", dict(self.answers))
        object.__setattr__(self, "required_keys", tuple(self.required_keys))
        keep_utc(self, "completed_at")
        if self.completed_at is not None and (lacks := self.missing()):
            raise DomainError(f"a questionnaire without {', '.join(lacks)} is not complete: leave completed_at empty")

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
