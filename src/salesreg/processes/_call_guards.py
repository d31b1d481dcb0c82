"""What must hold before a call: the campaign runs, the contact may be called, and it is the time to call."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Final

from salesreg.calendars import Term
from salesreg.domain.calls import ContactTask
from salesreg.domain.campaigns import CallCampaign, CallWindow
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import Must
from salesreg.regulation import Parameter

__all__ = [
    "RECYCLE_AFTER",
    "RETRIES",
    "WINDOW_CLOSES",
    "WINDOW_OPENS",
    "base_given",
    "campaign_open",
    "campaign_running",
    "may_be_called",
    "need_identified",
    "no_contact_left",
    "proposal_given",
    "recyclable",
    "retry_left",
    "script_published",
    "within_window",
]

WINDOW_OPENS: Final = Parameter(
    "call_contact.window_opens",
    dt.time,
    clause="R62",
    doc="From which time of day clients are called.",
    ru="С какого времени дня звонят клиентам.",
)
WINDOW_CLOSES: Final = Parameter(
    "call_contact.window_closes",
    dt.time,
    clause="R62",
    doc="Until which time of day clients are called.",
    ru="До какого времени дня звонят клиентам.",
)
RETRIES: Final = Parameter(
    "call_contact.retries",
    int,
    clause="R57",
    doc="How often a contact that was not reached is called again; 0 reads the source literally: a result ends it.",
    ru="Сколько раз перезванивать тому, кого не застали; 0 — буквальное чтение: результат завершает дело.",
    default=0,
)
RECYCLE_AFTER: Final = Parameter(
    "call_contact.recycle_after",
    Term,
    clause="R67",
    doc="How long a contact that came to nothing rests before it may be called again.",
    ru="Сколько отдыхает контакт, из которого ничего не вышло, прежде чем звонить снова.",
)

base_given = Must[CallCampaign](
    lambda campaign: bool(campaign.base.contacts),
    "no_base",
    "the base has no contacts",
    ru="в базе нет контактов",
    clause="R56",
    need="at least one contact",
)
script_published = Must[CallCampaign](
    lambda campaign: campaign.script.published,
    "script_unpublished",
    "the version of the script is not published",
    ru="версия сценария не опубликована",
    clause="R56",
    need="a published version",
    got=lambda campaign: f"{campaign.script.id} {campaign.script.version}",
)
proposal_given = Must[CallCampaign](
    lambda campaign: bool(campaign.proposal_template.strip()),
    "no_proposal_template",
    "callers have no commercial proposal to send",
    ru="нет шаблона коммерческого предложения",
    clause="R54",
    need="a template of the commercial proposal",
)
may_be_called = Must[ContactTask](
    lambda task: not task.do_not_call,
    "do_not_call",
    "the person has asked not to be called",
    ru="человек просил не звонить",
    clause="R57",
    need="a contact who may be called",
    got=lambda task: task.contact.person.name,
)
need_identified = Must[ContactTask](
    lambda task: task.call is not None and task.call.need is not None,
    "no_need",
    "no need has come to light in this call",
    ru="в этом звонке потребность не выявлена",
    clause="R59",
    need="an identified need",
)


def no_contact_left(_: CallCampaign, attempt: Attempt) -> Iterator[Refusal]:
    """Every contact of the base has a result or an approved exclusion; a call without a result blocks (R46, R57)."""
    retries = attempt.regulation.value(RETRIES)
    contacts = attempt.related.children("call_contact")
    left = tuple(case.id for case in contacts if case.stage in _UNDONE or case.data.retries_left(retries))
    if left:
        yield Refusal(
            "contacts_left",
            f"contacts {', '.join(left)} have neither a recorded result nor an approved exclusion",
            ru=f"у контактов {', '.join(left)} нет ни результата, ни утверждённого исключения",
            clause="R57",
            need="a recorded result or an approved exclusion for every contact",
            got=left,
        )


_UNDONE: Final = frozenset({"queued", "claimed", "in_call", "result_pending", "retry_scheduled"})


def _campaign_in(stages: tuple[str, ...], attempt: Attempt) -> Iterator[Refusal]:
    campaign = attempt.related[ContactTask.campaign]
    if campaign.stage not in stages:
        yield Refusal(
            "campaign_not_running",
            f"the campaign {campaign.data.name!r} is {campaign.stage}",
            ru=f"кампания «{campaign.data.name}» не идёт",
            clause="R57",
            need=stages,
            got=campaign.stage,
        )


def campaign_running(_: ContactTask, attempt: Attempt) -> Iterator[Refusal]:
    """Calls are placed while the campaign runs."""
    return _campaign_in(("running",), attempt)


def campaign_open(_: ContactTask, attempt: Attempt) -> Iterator[Refusal]:
    """A contact goes back to the queue of a campaign that has not ended."""
    return _campaign_in(("issued", "running", "paused"), attempt)


def within_window(_: ContactTask, attempt: Attempt) -> Iterator[Refusal]:
    """Clients are called on working days, within the calling window (R62)."""
    campaign: CallCampaign = attempt.related[ContactTask.campaign].data
    regulation = attempt.regulation
    window = campaign.window or CallWindow(regulation.value(WINDOW_OPENS), regulation.value(WINDOW_CLOSES))
    local = attempt.at.astimezone(zoneinfo.ZoneInfo(regulation.calendar.timezone))
    if local.time() not in window or not regulation.calendar.is_working_day(local.date()):
        yield Refusal(
            "outside_window",
            f"clients are called on working days from {window.opens:%H:%M} to {window.closes:%H:%M}",
            ru=f"клиентам звонят по рабочим дням с {window.opens:%H:%M} до {window.closes:%H:%M}",
            clause="R62",
            need=f"{window.opens:%H:%M}–{window.closes:%H:%M}",
            got=local.isoformat(timespec="minutes"),
        )


def retry_left(task: ContactTask, attempt: Attempt) -> Iterator[Refusal]:
    """A result ends the matter, unless nobody was reached and the regulation allows another try."""
    allowed = attempt.regulation.value(RETRIES)
    if not task.retries_left(allowed):
        last = task.last_result
        yield Refusal(
            "no_retry_left",
            "the result of the last call ends the matter",
            ru="результат последнего звонка завершает дело",
            clause="R57",
            need=f"nobody reached, and at most {allowed} retries",
            got="no result" if last is None else str(last.disposition),
        )


def recyclable(task: ContactTask, attempt: Attempt) -> Iterator[Refusal]:
    """A contact that came to nothing is called again after a rest, unless its result speaks against it (R67)."""
    last = task.last_result
    if last is None or not last.disposition.may_be_recycled or task.do_not_call:
        yield Refusal(
            "never_again",
            "this contact is not called again",
            ru="этому контакту больше не звонят",
            clause="R67",
            need="a contact that may want something some day",
            got="no result" if last is None else str(last.disposition),
        )
        return
    since = task.holder.since
    rested = attempt.regulation.calendar.due_at(attempt.regulation.value(RECYCLE_AFTER), since)
    if attempt.at < rested:
        yield Refusal(
            "too_early",
            "the contact has not rested long enough",
            ru="контакт ещё не выдержан",
            clause="R67",
            need=rested.isoformat(),
            got=attempt.at.isoformat(),
        )
