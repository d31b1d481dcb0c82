"""Telephone numbers in one spelling, where they are, and what the people behind them said about being called."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, Any, Final, TypeAlias

import attrs

from salesreg.commercial.domain.channels import Channel
from salesreg.commercial.domain.clients import Contact
from salesreg.commercial.domain.records import Record, said
from salesreg.errors import DomainError, need
from salesreg.process.references import CaseId, Ref
from salesreg.rules.instants import Instant

# What the phonenumbers package does not take for an extension, though people write it so.
_EXTENSION: Final = re.compile(r"[\s,;(]*(?:доб|вн)[а-яё]*[\s.:№]*\d+\W*$", re.IGNORECASE)
_NOWHERE: Final = "Etc/Unknown"


def _phonenumbers() -> Any:
    need("phonenumbers", "phones", "telephone numbers in one spelling need the phonenumbers package")
    import phonenumbers

    return phonenumbers


def spelled(phone: str, region: str) -> str:
    """The one spelling of a telephone number, E.164; an extension is left out, for it is dialled by hand.

    Args:
        phone: the number as somebody wrote it.
        region: the country of a number without a country code, as two letters.

    Raises:
        DomainError: that is no whole telephone number.
        MissingExtraError: the extra ``phones`` is not installed.

    >>> {spelled(one, "RU") for one in ("+7 (495) 111-11-11", "8 495 111 11 11", "495 111-11-11 доб. 12")}
    {'+74951111111'}
    """
    library = _phonenumbers()
    try:
        number = library.parse(_EXTENSION.sub("", phone), region)
    except library.NumberParseException:
        number = None
    if number is None or library.is_possible_number_with_reason(number) != library.ValidationResult.IS_POSSIBLE:
        raise DomainError("phone_number", "'{got}' is no telephone number such as \"+7 495 111-11-11\"", got=phone)
    return str(library.format_number(number, library.PhoneNumberFormat.E164))


def is_number(phone: str, region: str) -> bool:
    """Whether that can be spelled as a telephone number."""
    try:
        spelled(phone, region)
    except DomainError:
        return False
    return True


def zones_of(number: str) -> tuple[str, ...]:
    """Every time zone in which a number in its one spelling may ring; none if nothing is known of it.

    >>> zones_of("+74232223344")
    ('Asia/Vladivostok',)
    """
    parsed = _phonenumbers().parse(number)
    from phonenumbers import timezone

    return tuple(zone for zone in timezone.time_zones_for_number(parsed) if zone != _NOWHERE)


def reached_at(person: Contact) -> tuple[str, ...]:
    """By what somebody is known again: the e-mail address, and the end of the number, which all spellings share.

    >>> reached_at(Contact("Ivan", phone="8 (495) 111-11-11", email="Ivan@example.com"))
    ('ivan@example.com', '4951111111')
    """
    digits = "".join(sign for sign in _EXTENSION.sub("", person.phone or "") if sign.isdigit())[-10:]
    return tuple(one for one in ((person.email or "").casefold(), digits) if one)


def check_zone(zone: str) -> str:
    """The name of a time zone itself, if there is one; else a `DomainError`."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise DomainError("no_such_zone", "'{got}' is no time zone such as \"Asia/Vladivostok\"", got=zone) from None
    return zone


@attrs.frozen
class Statement(Record):
    """What the person at a number said about being called.

    Attributes:
        may_call: whether they agree to calls.
        by: the id of the employee who recorded it; ``"system"`` where it follows from another record.
        evidence: the record of what they said.
    """

    may_call: bool
    at: Instant
    by: str
    channel: Channel
    evidence: str

    def _check(self) -> None:
        said(self.evidence, "statement_without_evidence", "what somebody said about calls is on record: say where")


@attrs.frozen
class CallPreference(Record):
    """Whether the person at a number may be called, as they said themselves.

    Attributes:
        number: the number in its one spelling, E.164.
        statements: what was said, in the order in which it was recorded.
    """

    number: str
    statements: tuple[Statement, ...] = ()

    def with_statement(self, statement: Statement) -> CallPreference:
        """The preference with one more statement, which from now on counts."""
        return attrs.evolve(self, statements=(*self.statements, statement))

    @property
    def refused_at(self) -> Instant | None:
        """When the last refusal was recorded; None if there is none."""
        return max((one.at for one in self.statements if not one.may_call), default=None)


NumberId: TypeAlias = Annotated[CaseId, Ref(CallPreference, process="do_not_call")]
"""The id of a number's case in the do-not-call register."""
