"""The inquiry: whatever reaches the company is answered, by one person, in time (R43–R46, R49–R51)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from salesreg.calendars import Term
from salesreg.domain import inquiries
from salesreg.domain.people import STAFF, Role
from salesreg.errors import Refusal
from salesreg.processes import STAGE_OWNER, Process, Sla, Stage, Step, assigned, start, stay
from salesreg.processes._guards import Must
from salesreg.processes._inquiry_effects import AUTOMATIC_COUNTS, ROUTER, ROUTING_RULES, InquiryEffects
from salesreg.regulation import Norm, Parameter, Strength

__all__ = ["AUTOMATIC_COUNTS", "ROUTER", "ROUTING_RULES", "Inquiry"]

# -- by when ----------------------------------------------------------------------------------------------------------

FIRST_RESPONSE: Final = Norm(
    "inquiry.first_response",
    "Whatever reaches the company, about sales or not, gets a first response within thirty minutes of its receipt.",
    ru="На любое обращение, о продажах или нет, первый ответ даётся за тридцать минут с момента поступления.",
    clause="R43",
    term=Parameter(
        "inquiry.first_response",
        Term,
        clause="R43",
        doc='The thirty minutes of the first response: "30 working minutes", or "30 minutes" by the clock on the wall.',
        ru="Тридцать минут первого ответа: рабочие («30 рабочих минут») или астрономические («30 минут»).",
        default=Term.parse("30 working minutes"),
    ),
    control="the record of the call or message that went out",
    metric="K6",
    binds=STAFF,
)
FULL_ANSWER: Final = Norm(
    "inquiry.full_answer",
    "Whoever is in charge of an inquiry answers the matter itself in time.",
    ru="Ответственный за обращение в срок отвечает по существу.",
    clause="R44",
    term=Parameter(
        "inquiry.full_answer",
        Term,
        clause="R44",
        doc="How long the answer to the matter itself may take.",
        ru="Срок ответа по существу.",
    ),
    control="the record of the answer",
    metric="K7",
    binds=STAFF,
)
OWNERSHIP: Final = Norm(
    "inquiry.ownership",
    "The head decides in time whose an unclear matter is; the client's clock runs on meanwhile.",
    ru="Руководитель в срок решает, чья это задача; срок ответа клиенту при этом идёт.",
    clause="R45",
    binds=[Role.HEAD_OF_SALES],
    term=Parameter(
        "inquiry.ownership",
        Term,
        clause="R45",
        doc="How long the head may take to decide whose a matter is.",
        ru="Срок, за который руководитель решает, чья это задача.",
    ),
    control="the assignment of the inquiry",
    metric="K7",
)

# -- what must be so --------------------------------------------------------------------------------------------------

ALWAYS_REPLY: Final = Norm(
    "inquiry.always_reply",
    "Who cannot answer the matter yet calls back or writes that it is in hand; an automatic reply is none.",
    ru="Кто пока не может ответить по существу, перезванивает или пишет, что вопрос в работе; автоответ — не ответ.",
    clause="R44",
    control="the record of the holding reply",
    metric="K6",
)
ONE_OWNER: Final = Norm(
    "inquiry.one_owner",
    "An inquiry goes to the one role in whose zone it lies; where the matrix names none or several, the head decides.",
    ru="Обращение получает одна роль, в чьей зоне оно лежит; если матрица не называет ровно одну, решает руководитель.",
    clause="R79",
    control="the row of the responsibility matrix",
    metric="K6",
)
SORTING: Final = Norm(
    "inquiry.sorting",
    "What comes in is sorted by its subject, so that everybody gets what is theirs.",
    ru="Входящее разбирают по теме, чтобы каждый получал своё.",
    clause="R49",
    control="the activity of the inquiry",
    metric="K7",
)
REGISTER: Final = Norm(
    "inquiry.register",
    "A document that comes in is entered in the register once, and moves on from there.",
    ru="Входящий документ один раз вносят в журнал, и дальше он движется оттуда.",
    clause="R50",
    control="the register's number",
    metric="K6",
)
ON_RECORD: Final = Norm(
    "inquiry.on_record",
    "A matter is finished when its result is on record.",
    ru="Дело закончено, когда его результат записан.",
    clause="R46",
    control="the result of the inquiry",
    metric="K6",
)
COURTESY: Final = Norm(
    "inquiry.courtesy",
    "Whoever picks up the telephone gives the company's name and their own, listens, and repeats what was agreed.",
    ru="Снявший трубку называет компанию и себя, слушает и повторяет, о чём договорились.",
    clause="R51",
    strength=Strength.RECOMMENDATION,
)

# -- who --------------------------------------------------------------------------------------------------------------

EVERYBODY: Final = tuple(role for role in Role if role is not Role.CLIENT)
OWNER: Final = assigned(lambda inquiry: inquiry.owner, "whoever is in charge of the inquiry", "ответственный")

unclaimed: Final = Must[inquiries.Inquiry](
    lambda inquiry: inquiry.assignee is None,
    "taken",
    "somebody is in charge already",
    ru="за обращение уже отвечают",
    clause="R79",
    need="an inquiry that waits in a queue",
    got=lambda inquiry: inquiry.assignee,
)


def responded(inquiry: inquiries.Inquiry) -> bool:
    """Whether a person has responded already, before it was settled whose the inquiry is."""
    return inquiry.first_response_at is not None


class Inquiry(InquiryEffects, Process[inquiries.Inquiry]):
    """From receipt to result: a first response in time, one person in charge, an answer."""

    id, version = "inquiry", 1
    title, ru = "Inquiry", "Обращение"

    received = Stage(
        "Received",
        ru="Принято",
        owner=OWNER,
        no_term="the first response has its own clock, from receipt",
        no_term_ru="срок первого ответа идёт отдельно, с момента поступления",
    )
    ownership_unclear = Stage("Ownership unclear", ru="Ответственный не ясен", owner=Role.HEAD_OF_SALES, term=OWNERSHIP)
    assigned = Stage(
        "Assigned",
        ru="Назначено",
        owner=OWNER,
        no_term="the first response and the answer have clocks",
        no_term_ru="у первого ответа и у ответа по существу свои сроки",
    )
    first_responded = Stage(
        "First response given",
        ru="Дан первый ответ",
        owner=OWNER,
        no_term="the answer has its clock",
        no_term_ru="у ответа по существу свой срок",
    )
    answered = Stage(
        "Answered",
        ru="Дан ответ",
        owner=OWNER,
        no_term="the client has the answer; the record follows",
        no_term_ru="клиент получил ответ, осталось записать итог",
    )
    closed = Stage("Closed", ru="Закрыто", ended=True)

    receive_inquiry = Step(
        start(received),
        "Receive an inquiry",
        ru="Принять обращение",
        by=EVERYBODY,
        notify=OWNER,
        clause="R43",
        norms=[SORTING, REGISTER, COURTESY],
    )

    # -- whose it is ----------------------------------------------------------------------------------------------

    assign_inquiry = Step(
        received.to(first_responded, when=responded) | received.to(assigned),
        "Assign the inquiry",
        ru="Назначить ответственного",
        by=[ROUTER, Role.HEAD_OF_SALES, Role.SYSTEM],
        notify=OWNER,
        clause="R79",
        norms=[ONE_OWNER],
    )
    escalate_unclear_ownership = Step(
        received.to(ownership_unclear),
        "Ask the head whose it is",
        ru="Обратиться к руководителю: ответственный не ясен",
        by=EVERYBODY,
        notify=Role.HEAD_OF_SALES,
        clause="R45",
    )
    resolve_ownership = Step(
        ownership_unclear.to(first_responded, when=responded) | ownership_unclear.to(assigned),
        "Decide whose it is",
        ru="Определить ответственного",
        by=Role.HEAD_OF_SALES,
        notify=OWNER,
        clause="R45",
    )
    take_inquiry = Step(
        stay(assigned, first_responded),
        "Take the inquiry",
        ru="Взять обращение",
        by=OWNER,
        requires=[unclaimed],
        clause="R79",
    )
    reassign_inquiry = Step(
        stay(assigned, first_responded),
        "Reassign the inquiry",
        ru="Переназначить обращение",
        by=Role.HEAD_OF_SALES,
        notify=OWNER,
        clause="R79",
    )

    # -- what went out --------------------------------------------------------------------------------------------

    record_auto_acknowledgement = Step(
        stay(received, ownership_unclear, assigned, first_responded),
        "Record an automatic acknowledgement",
        ru="Записать автоматическое подтверждение",
        by=Role.SYSTEM,
        clause="R44",
    )
    send_holding_reply = Step(
        assigned.to(first_responded) | stay(received, ownership_unclear, first_responded, answered),
        "Reply that it is in hand",
        ru="Ответить, что вопрос в работе",
        by=[STAGE_OWNER, Role.SYSTEM],
        clause="R44",
        norms=[ALWAYS_REPLY],
    )
    send_answer = Step(
        assigned.to(answered) | first_responded.to(answered) | stay(answered),
        "Answer the matter",
        ru="Ответить по существу",
        by=OWNER,
        clause="R44",
    )
    close_inquiry = Step(
        answered.to(closed),
        "Close the inquiry",
        ru="Закрыть обращение",
        by=OWNER,
        clause="R46",
        norms=[ON_RECORD],
    )
    reopen_inquiry = Step(
        answered.to(first_responded) | closed.to(first_responded),
        "Reopen the inquiry",
        ru="Возобновить обращение",
        by=[OWNER, Role.HEAD_OF_SALES, ROUTER],
        notify=OWNER,
        clause="R46",
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    responds = Sla(
        FIRST_RESPONSE,
        start=receive_inquiry,
        stop=[send_holding_reply, send_answer],
        owner=OWNER,
        occurred=("received_at", "sent_at"),
        met=lambda inquiry: inquiry.first_response_at and (inquiry.received_at, inquiry.first_response_at),
    )
    answers = Sla(
        FULL_ANSWER,
        start=[receive_inquiry, reopen_inquiry],
        stop=send_answer,
        owner=OWNER,
        occurred=("received_at", "sent_at"),
    )

    @classmethod
    def keys(cls, data: inquiries.Inquiry) -> Iterable[str]:
        """The document's number in the register (R50), and the activity whose owner this inquiry has settled (R45)."""
        if data.document is not None:
            yield f"document:{data.document.number}"
        if data.learned is not None:
            yield f"responsibility:{data.learned.activity}"

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """What to say of a document that is registered already, or of an activity that is settled already."""
        kind, _, name = key.partition(":")
        if kind == "document":
            message, ru = (
                f"document {name} is registered already, with {holder}",
                f"документ {name} уже в журнале: {holder}",
            )
            return Refusal("registered", message, ru=ru, clause="R50", need="a number of its own", got=name)
        message, ru = f"inquiry {holder} has settled {name!r} already", f"«{name}» уже решено обращением {holder}"
        return Refusal("settled", message, ru=ru, clause="R79", need="one row for an activity", got=name)
