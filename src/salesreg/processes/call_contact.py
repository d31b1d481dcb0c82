"""The call contact: claimed, called, its result recorded, and the lead handed to a sales manager (R57–R67)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from salesreg.calendars import Term
from salesreg.domain.calls import ContactTask
from salesreg.domain.people import Role
from salesreg.processes import Process, Sla, Stage, Step, Timer, assigned, start, stay
from salesreg.processes._call_effects import CLAIM_TTL, ContactEffects
from salesreg.processes._call_guards import (
    RECYCLE_AFTER,
    RETRIES,
    WINDOW_CLOSES,
    WINDOW_OPENS,
    campaign_open,
    campaign_running,
    may_be_called,
    need_identified,
    recyclable,
    retry_left,
    within_window,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["CLAIM_TTL", "RECYCLE_AFTER", "RETRIES", "WINDOW_CLOSES", "WINDOW_OPENS", "CallContact"]


def _open_term(name: str, clause: str, doc: str, ru: str) -> Parameter[Term]:
    return Parameter(f"call_contact.{name}", Term, clause=clause, doc=doc, ru=ru)


# -- by when ----------------------------------------------------------------------------------------------------------

RESULT: Final = Norm(
    "call_contact.result",
    "The caller records the result of every call in time.",
    ru="Специалист по звонкам в срок отмечает результат каждого звонка.",
    clause="R60",
    binds=[Role.COLD_CALLER],
    term=_open_term("result", "R60", "By when a call's result is recorded.", "Срок записи результата звонка."),
    control="the result in the system of record",
    metric="K3",
)
PROPOSAL: Final = Norm(
    "call_contact.proposal",
    "A client with a need is sent the commercial proposal in time.",
    ru="Клиенту с выявленной потребностью в срок отправляют коммерческое предложение.",
    clause="R59",
    binds=[Role.COLD_CALLER],
    term=_open_term("proposal", "R59", "How long sending a proposal may take.", "Срок отправки предложения."),
    control="the proposal's reference",
    metric="K5",
)
FIRST_TOUCH: Final = Norm(
    "call_contact.first_touch",
    "A sales manager gets in touch with a lead in time, counted from the moment it was handed over.",
    ru="Менеджер по продажам в срок связывается с лидом; срок идёт с момента передачи.",
    clause="R61",
    binds=[Role.SALES_MANAGER],
    term=_open_term("first_touch", "R61", "How long the first touch of a lead may take.", "Срок первого касания лида."),
    control="the reference of the first contact",
    metric="K5",
)

# -- what must be so --------------------------------------------------------------------------------------------------

ONE_SYSTEM: Final = Norm(
    "call_contact.one_system",
    "Calls are placed and recorded in the campaign's system and nowhere else; what stands elsewhere does not count.",
    ru="Звонят и записывают только в системе кампании; записанное в других программах не засчитывается.",
    clause="R55",
    binds=[Role.COLD_CALLER],
    control="the call's record in the system",
    metric="K3",
)
EVERY_RESULT: Final = Norm(
    "call_contact.every_result",
    "Every call has exactly one result, and a result that nobody recorded does not exist.",
    ru="У каждого звонка ровно один результат; незаписанного результата не существует.",
    clause="R46",
    binds=[Role.COLD_CALLER],
    control="one result for each call",
    metric="K3",
)
RELEASED: Final = Norm(
    "call_contact.released",
    "With the result the caller's responsibility for the contact ends; from then on somebody else has it.",
    ru="С записью результата ответственность специалиста за контакт заканчивается и переходит к другому.",
    clause="R61",
    control="who is responsible, without a gap",
    metric="K3",
)
SCRIPT: Final = Norm(
    "call_contact.script",
    "The caller follows the script, looks for the decision maker, and finds out what the client needs.",
    ru="Специалист идёт по сценарию, выходит на принимающего решение и выясняет потребность.",
    clause="R58",
    binds=[Role.COLD_CALLER],
    control="the script steps recorded in the call",
    metric="K5",
)

# -- who --------------------------------------------------------------------------------------------------------------

CALLER: Final = assigned(lambda task: task.caller or Role.COLD_CALLER, "the caller of the contact", "взявший контакт")
SELLER: Final = assigned(
    lambda task: task.holder.person or Role.SALES_MANAGER, "the lead's sales manager", "менеджер, принявший лид"
)


class CallContact(ContactEffects, Process[ContactTask]):
    """One contact of a campaign: from the queue to its result, and on to the sale if there is a need."""

    id, version = "call_contact", 1
    title, ru = "Call contact", "Контакт кампании"

    queued = Stage(
        "Waiting for a caller",
        ru="В очереди",
        owner=Role.COLD_CALLER,
        no_term="the daily quota decides how soon a contact is called",
        no_term_ru="когда дойдёт очередь, зависит от дневной нормы звонков",
    )
    claimed = Stage(
        "Claimed",
        ru="Взят в работу",
        owner=CALLER,
        no_term="a claim that is not used lapses by itself",
        no_term_ru="контакт, которому не позвонили, сам возвращается в очередь",
    )
    in_call = Stage(
        "In a call",
        ru="Идёт разговор",
        owner=CALLER,
        no_term="the result has its own clock",
        no_term_ru="у результата звонка свой срок",
    )
    result_pending = Stage(
        "Awaiting the result",
        ru="Ожидает результата",
        owner=CALLER,
        no_term="the result has its own clock",
        no_term_ru="у результата звонка свой срок",
    )
    retry_scheduled = Stage(
        "To be called again",
        ru="Назначен повторный звонок",
        owner=Role.COLD_CALLER,
        no_term="the time of the next call is agreed with the client",
        no_term_ru="время следующего звонка согласовано с клиентом",
    )
    lead_offered = Stage(
        "Lead waiting for a sales manager",
        ru="Лид передан менеджерам",
        owner=Role.SALES_MANAGER,
        no_term="the first touch has its own clock",
        no_term_ru="у первого касания свой срок",
    )
    lead_accepted = Stage(
        "Lead accepted",
        ru="Лид принят",
        owner=SELLER,
        no_term="the first touch has its own clock",
        no_term_ru="у первого касания свой срок",
    )
    lead_touched = Stage("Lead in touch", ru="С лидом связались", ended=True)
    result_recorded = Stage("Result recorded", ru="Результат записан", ended=True)
    do_not_call = Stage("Not to be called", ru="Просил не звонить", final=True)
    excluded = Stage("Excluded", ru="Исключён", final=True)

    add_contact = Step(
        start(queued), "Enter a contact of the base", ru="Внести контакт базы", by=Role.SYSTEM, clause="R56"
    )
    claim_contact = Step(
        queued.to(claimed),
        "Take a contact",
        ru="Взять контакт",
        by=Role.COLD_CALLER,
        requires=[campaign_running, may_be_called],
        clause="R57",
    )
    release_contact = Step(
        claimed.to(queued),
        "Put the contact back",
        ru="Вернуть контакт в очередь",
        by=[CALLER, Role.HEAD_OF_SALES, Role.SYSTEM],
        clause="R57",
    )

    # -- the call -------------------------------------------------------------------------------------------------

    place_call = Step(
        claimed.to(in_call),
        "Call",
        ru="Позвонить",
        by=Role.COLD_CALLER,
        only=CALLER,
        requires=[campaign_running, may_be_called, within_window],
        clause="R57",
        norms=[ONE_SYSTEM],
    )
    record_script_step = Step(
        stay(in_call),
        "Record a step of the script",
        ru="Отметить шаг сценария",
        by=Role.COLD_CALLER,
        only=CALLER,
        clause="R58",
        norms=[SCRIPT],
    )
    identify_need = Step(
        stay(in_call),
        "Record the client's need",
        ru="Зафиксировать потребность",
        by=Role.COLD_CALLER,
        only=CALLER,
        clause="R58",
        norms=[SCRIPT],
    )
    send_proposal = Step(
        stay(in_call, result_pending),
        "Send the commercial proposal",
        ru="Отправить КП",
        by=Role.COLD_CALLER,
        only=CALLER,
        requires=[need_identified],
        clause="R59",
    )
    end_call = Step(
        in_call.to(result_pending),
        "End the call",
        ru="Закончить разговор",
        by=Role.COLD_CALLER,
        only=CALLER,
        clause="R60",
    )
    record_result = Step(
        result_pending.to(lead_offered, when=lambda task: task.lead is not None)
        | result_pending.to(do_not_call, when=lambda task: task.do_not_call)
        | result_pending.to(result_recorded),
        "Record the result",
        ru="Отметить результат",
        by=Role.COLD_CALLER,
        only=CALLER,
        notify=assigned(
            lambda task: Role.SALES_MANAGER if task.lead is not None else None,
            "sales managers, of a lead",
            "менеджеры по продажам, если это лид",
        ),
        clause="R60",
        norms=[EVERY_RESULT, RELEASED],
    )
    schedule_retry = Step(
        result_recorded.to(retry_scheduled),
        "Schedule another call",
        ru="Назначить повторный звонок",
        by=Role.COLD_CALLER,
        requires=[campaign_open, retry_left],
        clause="R57",
    )
    requeue_contact = Step(
        retry_scheduled.to(queued), "Put back into the queue", ru="Вернуть в очередь", by=Role.SYSTEM, clause="R57"
    )

    # -- the lead -------------------------------------------------------------------------------------------------

    accept_lead = Step(
        lead_offered.to(lead_accepted), "Accept the lead", ru="Принять лид", by=Role.SALES_MANAGER, clause="R53"
    )
    touch_lead = Step(
        lead_accepted.to(lead_touched),
        "Record the first touch",
        ru="Зафиксировать первое касание",
        by=[SELLER, Role.SYSTEM],
        clause="R61",
    )
    return_lead = Step(
        lead_offered.to(result_recorded) | lead_accepted.to(result_recorded) | lead_touched.to(result_recorded),
        "Return the lead",
        ru="Вернуть лид",
        by=[SELLER, Role.HEAD_OF_SALES, Role.SYSTEM],
        notify=Role.HEAD_OF_SALES,
        clause="R67",
    )

    # -- contacts that are not called, or called again some day ----------------------------------------------------

    exclude_contact = Step(
        queued.to(excluded) | claimed.to(excluded) | retry_scheduled.to(excluded),
        "Exclude the contact",
        ru="Исключить контакт",
        by=[Role.HEAD_OF_SALES, Role.SYSTEM],
        clause="R57",
    )
    recycle_contact = Step(
        result_recorded.to(queued),
        "Bring the contact back",
        ru="Вернуть контакт в работу",
        by=Role.HEAD_OF_SALES,
        requires=[campaign_open, recyclable],
        notify=Role.COLD_CALLER,
        clause="R67",
    )

    # -- clocks ---------------------------------------------------------------------------------------------------

    result_recorded_in_time = Sla(RESULT, start=place_call, stop=record_result, owner=CALLER)
    proposal_sent = Sla(PROPOSAL, start=identify_need, stop=send_proposal, void=record_result, owner=CALLER)
    lead_touched_in_time = Sla(FIRST_TOUCH, start=record_result, stop=touch_lead, owner=SELLER)
    claim_lapses = Timer(release_contact, at=lambda task: task.claim_until, during=[claimed])
    retry_comes = Timer(requeue_contact, at=lambda task: task.next_at, during=[retry_scheduled])

    @classmethod
    def keys(cls, data: ContactTask) -> Iterable[str]:
        """The lead, by which its sale finds the contact."""
        if data.lead is not None:
            yield f"lead:{data.lead.id}"
