"""The call campaign: a base and a script are given out, and every contact is called (R53–R57, R62)."""

from __future__ import annotations

from typing import Final

from salesreg.domain import campaigns
from salesreg.domain.people import Role
from salesreg.processes import Process, Stage, Step, anywhere, start, stay
from salesreg.processes._call_effects import CampaignEffects
from salesreg.processes._call_guards import (
    RETRIES,
    base_given,
    no_contact_left,
    proposal_given,
    script_published,
)
from salesreg.regulation import Norm, Parameter

__all__ = ["CALL_QUOTA", "RETRIES", "CallCampaign"]

# -- what the source leaves open --------------------------------------------------------------------------------------

CALL_QUOTA: Final = Parameter(
    "call_campaign.quota",
    int,
    clause="R62",
    doc="How many calls with a recorded result a caller makes on a working day.",
    ru="Сколько звонков с записанным результатом совершает специалист за рабочий день.",
)

# -- what must be so --------------------------------------------------------------------------------------------------

TOOLS: Final = Norm(
    "call_campaign.tools",
    "A caller is given a base, a published script, a commercial proposal, and one system to work in.",
    ru="Специалист по звонкам получает базу, опубликованный сценарий, коммерческое предложение и одну систему.",
    clause="R54",
    binds=[Role.HEAD_OF_SALES],
    control="the issue of the campaign",
    metric="K2",
)
COVERAGE: Final = Norm(
    "call_campaign.coverage",
    "Every contact of the base is called, and a campaign is complete when each has a recorded result.",
    ru="Звонят каждому контакту базы; кампания завершена, когда у каждого записан результат.",
    clause="R57",
    binds=[Role.COLD_CALLER],
    control="the result of each contact",
    metric="K2",
)
QUOTA: Final = Norm(
    "call_campaign.quota",
    "A caller makes the day's number of calls; only calls with a recorded result count.",
    ru="Специалист выполняет дневную норму звонков; засчитываются только звонки с записанным результатом.",
    clause="R62",
    binds=[Role.COLD_CALLER],
    control="the results of the day",
    metric="K4",
)


class CallCampaign(CampaignEffects, Process[campaigns.CallCampaign]):
    """Calls to a base, from the draft to the last result."""

    id, version = "call_campaign", 1
    title, ru = "Call campaign", "Кампания обзвона"

    draft = Stage(
        "Draft",
        ru="Черновик",
        owner=Role.HEAD_OF_SALES,
        no_term="a campaign is prepared before anybody waits for it",
        no_term_ru="кампанию готовят заранее, её ещё никто не ждёт",
    )
    issued = Stage(
        "Issued",
        ru="Выдана",
        owner=Role.HEAD_OF_SALES,
        no_term="the head chooses the day on which the calls begin",
        no_term_ru="день начала звонков выбирает руководитель",
    )
    running = Stage(
        "Running",
        ru="Идёт",
        owner=Role.COLD_CALLER,
        no_term="the daily quota and each call's result set the pace",
        no_term_ru="темп задают дневная норма и результаты звонков",
    )
    paused = Stage(
        "Paused",
        ru="Приостановлена",
        owner=Role.HEAD_OF_SALES,
        no_term="it rests until the head resumes it",
        no_term_ru="кампания ждёт, пока руководитель её не возобновит",
    )
    completed = Stage("Completed", ru="Завершена", final=True)
    cancelled = Stage("Cancelled", ru="Отменена", final=True)

    draft_campaign = Step(
        start(draft), "Draft a campaign", ru="Подготовить кампанию", by=Role.HEAD_OF_SALES, clause="R54"
    )
    revise_campaign = Step(stay(draft), "Revise the draft", ru="Изменить черновик", by=Role.HEAD_OF_SALES, clause="R54")
    issue_campaign = Step(
        draft.to(issued),
        "Give out the base and the script",
        ru="Выдать базу и скрипт",
        by=Role.HEAD_OF_SALES,
        requires=[base_given, script_published, proposal_given],
        notify=Role.COLD_CALLER,
        clause="R56",
        norms=[TOOLS],
    )
    start_campaign = Step(
        issued.to(running),
        "Begin the calls",
        ru="Начать обзвон",
        by=Role.HEAD_OF_SALES,
        notify=Role.COLD_CALLER,
        clause="R57",
        norms=[QUOTA],
    )
    pause_campaign = Step(
        running.to(paused),
        "Pause the campaign",
        ru="Приостановить кампанию",
        by=Role.HEAD_OF_SALES,
        notify=Role.COLD_CALLER,
        clause="R57",
    )
    resume_campaign = Step(
        paused.to(running),
        "Resume the campaign",
        ru="Возобновить кампанию",
        by=Role.HEAD_OF_SALES,
        notify=Role.COLD_CALLER,
        clause="R57",
    )
    complete_campaign = Step(
        running.to(completed),
        "Complete the campaign",
        ru="Завершить кампанию",
        by=Role.HEAD_OF_SALES,
        requires=[no_contact_left],
        children=["call_contact"],
        notify=Role.COLD_CALLER,
        clause="R57",
        norms=[COVERAGE],
    )
    cancel_campaign = Step(
        anywhere(cancelled),
        "Cancel the campaign",
        ru="Отменить кампанию",
        by=Role.HEAD_OF_SALES,
        notify=Role.COLD_CALLER,
        clause="R57",
    )
