"""The package of signed documents, which every specialist collects from finance once a working day (R33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from salesreg.domain import packages
from salesreg.domain.people import Role
from salesreg.errors import Refusal
from salesreg.processes import Process, Recurring, Sla, Stage, Step, Timer, assigned, start
from salesreg.processes._package_effects import EACH_DAY, PackageEffects, day_not_over
from salesreg.regulation import Norm

__all__ = ["DocumentPackage"]

DAILY_REQUEST: Final = Norm(
    "document_package.daily_request",
    "Every specialist asks finance for the signed documents once a working day, also when there may be none.",
    ru="Каждый специалист раз в рабочий день запрашивает подписанные документы, даже если их может не быть.",
    clause="R33",
    binds=[Role.COMMERCIAL_SPECIALIST],
    term=EACH_DAY,
    control="the record of the request",
    metric="K13",
)

SPECIALIST: Final = assigned(lambda package: package.specialist, "the day's specialist", "специалист")


def _duty(specialist: str, day: dt.date, opens_at: dt.datetime) -> dict[str, Any]:
    return {"specialist": specialist, "date": day, "opens_at": opens_at}


class DocumentPackage(PackageEffects, Process[packages.DocumentPackage]):
    """One specialist's daily request for signed documents."""

    id, version = "document_package", 1
    title, ru = "Package of signed documents", "Пакет подписанных документов"

    due = Stage(
        "To be asked for",
        ru="Подлежит запросу",
        owner=SPECIALIST,
        no_term="the day's request has a clock of its own",
        no_term_ru="у ежедневного запроса свой срок",
    )
    requested = Stage(
        "Asked for",
        ru="Запрошен",
        owner=Role.FINANCE,
        no_term="the source sets no time for handing the documents over",
        no_term_ru="исходный регламент не ограничивает время на передачу документов",
    )
    received = Stage("Received", ru="Получен", final=True)
    none_pending = Stage("Nothing was pending", ru="Документов нет", final=True)
    missed = Stage("Not asked for that day", ru="Запроса не было", final=True)

    open_day = Step(start(due), "Open the day", ru="Открыть день", by=Role.SYSTEM, clause="R33", norms=[DAILY_REQUEST])
    request_signed_package = Step(
        due.to(requested),
        "Ask for the signed documents",
        ru="Запросить пакет подписанных документов",
        by=Role.COMMERCIAL_SPECIALIST,
        only=SPECIALIST,
        requires=[day_not_over],
        notify=Role.FINANCE,
        clause="R33",
    )
    hand_over_package = Step(
        requested.to(received),
        "Hand the signed documents over",
        ru="Передать пакет подписанных документов",
        by=Role.FINANCE,
        notify=SPECIALIST,
        clause="R33",
    )
    report_none_pending = Step(
        requested.to(none_pending),
        "Report that nothing is pending",
        ru="Сообщить, что документов нет",
        by=Role.FINANCE,
        notify=SPECIALIST,
        clause="R33",
    )
    miss_day = Step(
        due.to(missed),
        "Record that the day was missed",
        ru="Зафиксировать пропуск дня",
        by=Role.SYSTEM,
        notify=[SPECIALIST, Role.HEAD_OF_COMMERCIAL],
        clause="R33",
    )

    asked_each_day = Sla(
        DAILY_REQUEST, start=open_day, stop=request_signed_package, owner=SPECIALIST, occurred="opens_at"
    )
    day_closes = Timer(miss_day, at=lambda package: package.closes_at + dt.timedelta(microseconds=1), during=[due])
    daily: Recurring[packages.DocumentPackage] = Recurring(
        DAILY_REQUEST, step=open_day, per=Role.COMMERCIAL_SPECIALIST, payload=_duty
    )

    @classmethod
    def keys(cls, data: packages.DocumentPackage) -> Iterable[str]:
        """One specialist, one working day, one package (R33)."""
        return (f"document_package:{data.specialist}:{data.date}",)

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """A specialist asks once a day, so a day has one package."""
        _, specialist, day = key.split(":")
        return Refusal(
            "day_is_open",
            f"the package of {specialist} for {day} has been begun already, as {holder}",
            ru=f"пакет специалиста {specialist} за {day} уже заведён: {holder}",
            clause="R33",
            need="one package a day",
            got=day,
        )
