"""What the steps of an inquiry demand of their payload, and what they do to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import attrs

from salesreg.domain.clients import Contact
from salesreg.domain.inquiries import IncomingDocument, Inquiry, InquiryChannel, Response, ResponseKind
from salesreg.domain.instants import Instant
from salesreg.domain.people import Employee, Role
from salesreg.domain.references import CaseId, Ref
from salesreg.domain.responsibilities import Letter, Responsibility
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.processes._guards import employed, filled, holds_role, reason_given, took_place
from salesreg.regulation import Parameter

__all__ = ["AUTOMATIC_COUNTS", "ROUTER", "ROUTING_RULES", "InquiryEffects"]

ROUTER: Final = Parameter(
    "inquiry.router",
    Role,
    clause="R49",
    doc="Who looks through what comes in and passes it on.",
    ru="Кто разбирает входящие обращения и передаёт их дальше.",
)
ROUTING_RULES: Final = Parameter(
    "inquiry.routing_rules",
    str,
    clause="R49",
    doc='Words in a subject that give its activity, first match first: "invoice = topic.invoice; pass = topic.pass".',
    ru="Слова темы, по которым определяется вид деятельности; берётся первое совпадение.",
    default="",
)
AUTOMATIC_COUNTS: Final = Parameter(
    "inquiry.automatic_counts",
    bool,
    clause="R44",
    doc="Whether an automatic acknowledgement counts as a first response.",
    ru="Считается ли автоматическое подтверждение первым ответом.",
    default=False,
)

InquiryId = Annotated[CaseId, Ref(Inquiry, process="inquiry")]


def _activity(subject: str, rules: str) -> str:
    """The activity that the routing rules give to a subject; blank if no word of theirs occurs in it."""
    for rule in rules.split(";"):
        word, _, activity = rule.partition("=")
        if word.strip() and word.strip().casefold() in subject.casefold():
            return activity.strip()
    return ""


def _responsible(attempt: Attempt, activity: str, precedent: CaseId | None) -> tuple[Role, ...]:
    """Whose zone an activity is, by the regulation and by the inquiry that once settled it."""
    matrix = attempt.regulation.matrix
    if precedent is not None and (row := attempt.related[precedent].data.learned) is not None:
        matrix = matrix.with_rows([row])
    return matrix.who_is_responsible(activity)


def _went_out(inquiry: Inquiry, attempt: Attempt, record_ref: str, sent_at: Instant | None) -> Iterator[Refusal]:
    """A response is on record and follows what it answers; that it is not recorded in advance, its clock sees to."""
    yield from filled(record_ref, "no_record", "the call or message", ru="запись звонка или письма", clause="R46")
    if sent_at is not None and sent_at <= attempt.at:
        yield from took_place(sent_at, attempt, "a response", ru="ответ", clause="R44", not_before=inquiry.received_at)


def _response(
    kind: ResponseKind, attempt: Attempt, channel: InquiryChannel, record_ref: str, sent_at: Instant | None
) -> Response:
    return Response(kind, sent_at or attempt.at, (attempt.on_behalf_of or attempt.by).id, channel, record_ref)


class InquiryEffects:
    """The handlers of `Inquiry`, in the order of its steps."""

    def check_receive_inquiry(
        self,
        *,
        received_at: Instant,
        channel: InquiryChannel,
        subject: str,
        document: IncomingDocument | None = None,
    ) -> Iterator[Refusal]:
        yield from filled(subject, "no_subject", "what it is about", ru="о чём обращение", clause="R43")
        if channel.brings_documents and document is None:
            yield Refusal(
                "not_registered",
                "a document that comes in is registered before it moves on",
                ru="входящий документ сначала регистрируют",
                clause="R50",
                need="its number in the register and its title",
                got="nothing",
            )

    def on_receive_inquiry(
        self,
        attempt: Attempt,
        *,
        received_at: Instant,
        channel: InquiryChannel,
        subject: str,
        about_sales: bool = False,
        activity: str = "",
        sender: Contact | None = None,
        document: IncomingDocument | None = None,
    ) -> Inquiry:
        regulation = attempt.regulation
        return Inquiry(
            received_at,
            channel,
            subject,
            regulation.value(ROUTER),
            about_sales=about_sales,
            activity=activity.strip() or _activity(subject, regulation.value(ROUTING_RULES)),
            sender=sender,
            document=document,
        )

    # -- whose it is ----------------------------------------------------------------------------------------------

    def check_assign_inquiry(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        activity: str | None = None,
        assignee: Employee | None = None,
        precedent: InquiryId | None = None,
    ) -> Iterator[Refusal]:
        wanted = activity or inquiry.activity
        yield from filled(wanted, "no_activity", "the activity", ru="вид деятельности", clause="R49")
        roles = _responsible(attempt, wanted, precedent)
        if len(roles) != 1:
            yield Refusal(
                "no_single_owner",
                f"the responsibility matrix names {len(roles) or 'no'} role{'s' * (len(roles) != 1)} for {wanted!r}: "
                "escalate the unclear ownership",
                ru=f"по «{wanted}» матрица ответственности называет ролей: {len(roles)}; обратитесь к руководителю",
                clause="R45",
                need="exactly one role",
                got=tuple(map(str, roles)) or "nobody",
            )
        elif assignee is not None:
            yield from holds_role(assignee, roles[0], attempt, clause="R79")

    def on_assign_inquiry(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        activity: str | None = None,
        assignee: Employee | None = None,
        precedent: InquiryId | None = None,
    ) -> Inquiry:
        wanted = activity or inquiry.activity
        (role,) = _responsible(attempt, wanted, precedent)
        return attrs.evolve(inquiry, activity=wanted, queue=role, assignee=None if assignee is None else assignee.id)

    def check_escalate_unclear_ownership(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        activity: str | None = None,
        precedent: InquiryId | None = None,
    ) -> Iterator[Refusal]:
        wanted = activity or inquiry.activity
        roles = _responsible(attempt, wanted, precedent) if wanted else ()
        if len(roles) == 1:
            yield Refusal(
                "owner_is_clear",
                f"{wanted!r} is the zone of the {roles[0].text()}: assign the inquiry",
                ru=f"«{wanted}» — зона роли «{roles[0].text('ru')}»: назначьте обращение",
                clause="R45",
                need="an activity without exactly one responsible role",
                got=str(roles[0]),
            )

    def on_escalate_unclear_ownership(
        self, inquiry: Inquiry, *, activity: str | None = None, precedent: InquiryId | None = None
    ) -> Inquiry:
        return attrs.evolve(inquiry, activity=activity or inquiry.activity, queue=Role.HEAD_OF_SALES)

    def check_resolve_ownership(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        assignee: Employee,
        activity: str | None = None,
        new_row: Responsibility | None = None,
    ) -> Iterator[Refusal]:
        if new_row is None:
            yield from employed(assignee, attempt, clause="R45")
            return
        if new_row.role is not None:
            yield from holds_role(assignee, new_row.role, attempt, clause="R45")
        wanted = activity or inquiry.activity
        if new_row.activity != wanted or new_row.letter is not Letter.RESPONSIBLE or new_row.role is None:
            yield Refusal(
                "other_row",
                f"a new row of the matrix says which role is responsible for {wanted!r}",
                ru=f"новая строка матрицы говорит, какая роль отвечает за «{wanted}»",
                clause="R79",
                need=f"R of a role for {wanted}",
                got=f"{new_row.activity}: {new_row}",
            )

    def on_resolve_ownership(
        self,
        inquiry: Inquiry,
        *,
        assignee: Employee,
        activity: str | None = None,
        new_row: Responsibility | None = None,
    ) -> Inquiry:
        role = min(assignee.roles) if new_row is None or new_row.role is None else new_row.role
        known = activity or inquiry.activity
        return attrs.evolve(inquiry, activity=known, queue=role, assignee=assignee.id, learned=new_row)

    def on_take_inquiry(self, inquiry: Inquiry, attempt: Attempt) -> Inquiry:
        return attrs.evolve(inquiry, assignee=(attempt.on_behalf_of or attempt.by).id)

    def check_reassign_inquiry(
        self, inquiry: Inquiry, attempt: Attempt, *, assignee: Employee, reason: str
    ) -> Iterator[Refusal]:
        yield from reason_given(reason, "R79")
        yield from holds_role(assignee, inquiry.queue, attempt, clause="R79")
        if assignee.id == inquiry.assignee:
            yield Refusal(
                "same_person",
                f"{assignee.full_name} is in charge already",
                ru=f"{assignee.full_name} уже отвечает за обращение",
                clause="R79",
                need="another person",
                got=assignee.id,
            )

    def on_reassign_inquiry(self, inquiry: Inquiry, *, assignee: Employee, reason: str) -> Inquiry:
        return attrs.evolve(inquiry, assignee=assignee.id)

    # -- what went out --------------------------------------------------------------------------------------------

    def on_record_auto_acknowledgement(
        self, inquiry: Inquiry, attempt: Attempt, *, channel: InquiryChannel, record_ref: str
    ) -> Inquiry:
        return inquiry.with_response(_response(ResponseKind.AUTOMATIC, attempt, channel, record_ref, None))

    def check_record_auto_acknowledgement(
        self, inquiry: Inquiry, attempt: Attempt, *, record_ref: str
    ) -> Iterator[Refusal]:
        return _went_out(inquiry, attempt, record_ref, None)

    def check_send_holding_reply(
        self, inquiry: Inquiry, attempt: Attempt, *, record_ref: str, sent_at: Instant | None = None
    ) -> Iterator[Refusal]:
        yield from _went_out(inquiry, attempt, record_ref, sent_at)
        if attempt.role is Role.SYSTEM and not attempt.regulation.value(AUTOMATIC_COUNTS):
            yield Refusal(
                "automatic",
                "an automatic acknowledgement is no response: a person calls back or writes",
                ru="автоматическое подтверждение — не ответ: перезванивает или пишет человек",
                clause="R44",
                need="a person",
                got=attempt.by.id,
            )

    def on_send_holding_reply(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        channel: InquiryChannel,
        record_ref: str,
        sent_at: Instant | None = None,
    ) -> Inquiry:
        return inquiry.with_response(_response(ResponseKind.HOLDING, attempt, channel, record_ref, sent_at))

    def check_send_answer(
        self, inquiry: Inquiry, attempt: Attempt, *, record_ref: str, sent_at: Instant | None = None
    ) -> Iterator[Refusal]:
        return _went_out(inquiry, attempt, record_ref, sent_at)

    def on_send_answer(
        self,
        inquiry: Inquiry,
        attempt: Attempt,
        *,
        channel: InquiryChannel,
        record_ref: str,
        sent_at: Instant | None = None,
    ) -> Inquiry:
        return inquiry.with_response(_response(ResponseKind.SUBSTANTIVE, attempt, channel, record_ref, sent_at))

    def check_close_inquiry(self, inquiry: Inquiry, *, result: str) -> Iterator[Refusal]:
        return filled(result, "no_result", "the result", ru="результат", clause="R46")

    def on_close_inquiry(self, inquiry: Inquiry, *, result: str) -> Inquiry:
        return attrs.evolve(inquiry, result=result)

    def check_reopen_inquiry(self, inquiry: Inquiry, *, reason: str) -> Iterator[Refusal]:
        return reason_given(reason, "R46")

    def on_reopen_inquiry(self, inquiry: Inquiry, *, reason: str) -> Inquiry:
        return attrs.evolve(inquiry, result=None, reopened=(*inquiry.reopened, reason))
