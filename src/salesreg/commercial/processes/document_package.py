"""The package of signed documents, which every specialist collects from finance once a working day (R33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.packages import DocumentPackage
from salesreg.commercial.roles import FINANCE, HEAD, SPECIALIST
from salesreg.errors import Refusal
from salesreg.process import (
    Attempt,
    Charge,
    Checks,
    Held,
    Outcome,
    Process,
    Recurring,
    Retention,
    Sla,
    Stage,
    Step,
    Timer,
    start,
    step,
)
from salesreg.rules import SYSTEM, Instant, Norm, open_norm

EACH_DAY = Term.parse("each working day")
DAILY_REQUEST = Norm(
    "document_package.daily_request",
    "Every specialist asks finance for the signed documents once a working day, also when there may be none.",
    "R33",
    SPECIALIST,
    term=EACH_DAY,
    control="the record of the request",
    metric="K13",
)

HAND_OVER = open_norm(
    "document_package.hand_over",
    "Finance hands the signed documents over in time once asked, or says that nothing is pending.",
    "R33",
    FINANCE,
    control="the record of the hand-over",
    metric="share of packages handed over in time",
)

# A day that is made up for may be that of a specialist who has left since.
Collector = Annotated[str, Held(SPECIALIST, employed=False)]
specialist = Charge[DocumentPackage]("specialist", SPECIALIST, "the day's specialist")


def day_not_over(package: DocumentPackage, attempt: Attempt) -> Checks:
    """A request belongs to its own working day: after the close of business that day is missed."""
    if attempt.at > package.closes_at:
        day = package.date.isoformat()
        yield Refusal("day_is_over", "the documents of {need} are asked for by the close of that day", need=day)


class DocumentPackageProcess(Process[DocumentPackage]):
    """One specialist's daily request for signed documents."""

    id, version, title = "document_package", 1, "Package of signed documents"
    retention = Retention("its papers are accounting documents (402-FZ art. 29)", 5)

    due = Stage("To be asked for", specialist, no_term="the day's request has a clock of its own")
    requested = Stage("Asked for", FINANCE, HAND_OVER)
    received = Stage("Received", final=True)
    none_pending = Stage("Nothing was pending", final=True)
    missed = Stage("Not asked for that day", final=True)

    @step(start(due), "Open the day", by=SYSTEM, clause="R33", norms=[DAILY_REQUEST])
    def open_day(
        self, attempt: Attempt, *, specialist: Collector, date: dt.date, opens_at: Instant
    ) -> Outcome[DocumentPackage]:
        calendar = attempt.regulation.calendar
        if not calendar.is_working_day(date):
            yield Refusal("day_off", "{got} is a day off", got=date.isoformat())
        return DocumentPackage(specialist, date, opens_at, calendar.due_at(EACH_DAY, opens_at))

    @step(
        due.to(requested),
        "Ask for the signed documents",
        by=SPECIALIST,
        only=specialist,
        requires=[day_not_over],
        notify=FINANCE,
        clause="R33",
    )
    def request_signed_package(self, package: DocumentPackage, attempt: Attempt) -> DocumentPackage:
        return evolve(package, requested_at=attempt.at)

    @step(requested.to(received), "Hand the signed documents over", by=FINANCE, notify=specialist, clause="R33")
    def hand_over_package(
        self, package: DocumentPackage, attempt: Attempt, *, documents: tuple[str, ...]
    ) -> Outcome[DocumentPackage]:
        if not documents:
            yield Refusal("no_documents", "a package holds documents: report that nothing is pending if none are")
        return evolve(package, documents=documents, received_at=attempt.at)

    @step(requested.to(none_pending), "Report that nothing is pending", by=FINANCE, notify=specialist, clause="R33")
    def report_none_pending(self, package: DocumentPackage, attempt: Attempt) -> DocumentPackage:
        return evolve(package, received_at=attempt.at)

    miss_day = Step(
        due.to(missed), "Record that the day was missed", by=SYSTEM, notify=[specialist, HEAD], clause="R33"
    )

    asked_each_day = Sla(
        DAILY_REQUEST, start=open_day, stop=request_signed_package, owner=specialist, occurred="opens_at"
    )
    day_closes = Timer(miss_day, at=lambda package: package.closes_at + dt.timedelta(microseconds=1), during=[due])
    daily = Recurring(
        DAILY_REQUEST,
        step=open_day,
        per=SPECIALIST,
        payload=lambda person, day, opens_at: {"specialist": person, "date": day, "opens_at": opens_at},
    )

    charges = (specialist,)
    searchable = {"owner": lambda package: package.specialist, "number": lambda package: package.documents}
    facts = {"what": lambda package: package.date}

    @classmethod
    def keys(cls, data: DocumentPackage) -> Iterable[str]:
        """One specialist, one working day, one package (R33)."""
        return (f"document_package:{data.specialist}:{data.date}",)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A specialist asks once a day, so a day has one package."""
        _, person, day = key.split(":")
        facts = {"specialist": person, "holder": holder}
        return Refusal(
            "day_is_open", "{specialist} has the package {holder} for {got}", got=day, facts=facts, clause="R33"
        )
