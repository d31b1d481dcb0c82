"""What the steps of a package of signed documents demand of their payload, and what they do to it.

The keyword arguments of a handler are the payload's schema: what a handler does not use is recorded in the event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import attrs

from salesreg.calendars import Term
from salesreg.domain.instants import Instant
from salesreg.domain.packages import DocumentPackage
from salesreg.domain.people import Employee, Role
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import built, holds_role

__all__ = ["EACH_DAY", "PackageEffects", "day_not_over"]

EACH_DAY: Final = Term.parse("each working day")


def day_not_over(package: DocumentPackage, attempt: Attempt) -> Iterator[Refusal]:
    """A request belongs to its own working day: after the close of business that day is missed."""
    if attempt.at > package.closes_at:
        yield Refusal(
            "day_is_over",
            f"the documents of {package.date} were to be asked for by the close of that day",
            ru=f"пакет за {package.date:%d.%m.%Y} запрашивают до конца этого дня",
            clause="R33",
            need=f"at or before {package.closes_at.isoformat()}",
            got=attempt.at.isoformat(),
        )


class PackageEffects:
    """The handlers of the package, in the order of its steps."""

    def check_open_day(
        self, attempt: Attempt, *, specialist: Employee, date: dt.date, opens_at: Instant
    ) -> Iterator[Refusal]:
        if Role.COMMERCIAL_SPECIALIST not in specialist.roles:
            yield from holds_role(specialist, Role.COMMERCIAL_SPECIALIST, attempt, clause="R33")
        if not attempt.regulation.calendar.is_working_day(date):
            yield Refusal(
                "day_off",
                f"{date} is a day off",
                ru=f"{date:%d.%m.%Y} — нерабочий день",
                clause="R33",
                need="a working day",
                got=date.isoformat(),
            )

    def on_open_day(
        self, attempt: Attempt, *, specialist: Employee, date: dt.date, opens_at: Instant
    ) -> DocumentPackage:
        closes_at = attempt.regulation.calendar.due_at(EACH_DAY, opens_at)
        return DocumentPackage(specialist.id, date, opens_at, closes_at)

    def on_request_signed_package(self, package: DocumentPackage, attempt: Attempt) -> DocumentPackage:
        return attrs.evolve(package, requested_at=attempt.at)

    def check_hand_over_package(
        self, package: DocumentPackage, attempt: Attempt, *, documents: tuple[str, ...]
    ) -> Iterator[Refusal]:
        if not documents:
            yield Refusal(
                "no_documents",
                "a package holds documents; report that nothing is pending if there are none",
                ru="в пакете есть документы; если их нет, об этом сообщают отдельно",
                clause="R33",
                need="the number of each document",
                got=documents,
            )
        yield from built(
            lambda: attrs.evolve(package, documents=documents, received_at=attempt.at),
            "bad_package",
            ru="ошибка в пакете",
            clause="R33",
        )

    def on_hand_over_package(
        self, package: DocumentPackage, attempt: Attempt, *, documents: tuple[str, ...]
    ) -> DocumentPackage:
        return attrs.evolve(package, documents=documents, received_at=attempt.at)

    def on_report_none_pending(self, package: DocumentPackage, attempt: Attempt) -> DocumentPackage:
        return attrs.evolve(package, received_at=attempt.at)
