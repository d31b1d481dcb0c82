"""Chapter 8: a new version of the regulation, discussed, checked, published and acknowledged by all but one."""

from __future__ import annotations

import attrs

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story, local
from salesreg.domain.people import Role
from salesreg.domain.regulations import NormText

__all__ = ["versions"]

SILENT = "kirill"
"""Who never acknowledges the new version."""


def versions(play: Play) -> Story:
    """Callers are to answer for their tone: at first nobody could say how that is checked."""
    say, everybody = play.say, tuple(play.people)
    yield "03-03 12:00"
    (before,) = play.begun["regulation_version"]
    norms = play.engine.regulation.texts()
    vague = NormText(
        "inquiry.call_back",
        "A missed call is returned within two working hours.",
        "На пропущенный звонок перезванивают за два рабочих часа.",
        clause="R44",
        term="2 working hours",
    )
    draft = play.start(
        "regulation_version",
        "galina",
        number="2.0",
        norms=(*norms, vague),
        plans=(firm.plan(play.lang),),
        enacts=play.engine.regulation.content_hash,
        previous=before,
        changelog=say("missed calls are returned", "на пропущенные звонки перезванивают"),
    )
    play.do(draft, "open_discussion", "galina", people=everybody)
    yield "03-05 15:00"
    play.do(draft, "comment", "olga", text=say("who returns them?", "кто перезванивает?"), norm=vague.id)
    yield "03-11 11:00"
    play.refused(draft, "approve_version", "viktor")
    yield "03-12 10:00"
    binds = tuple(role for role in Role if role not in {Role.CLIENT, Role.SYSTEM})
    exact = attrs.evolve(vague, binds=binds, control="the record of the call", metric="K6")
    change = say("everybody returns them; checked by the record", "перезванивают все; проверка по записи")
    play.do(draft, "revise_version", "galina", norms=(*norms, exact), changelog=change)
    yield "03-12 12:30"
    play.do(draft, "approve_version", "viktor")
    yield "03-13 10:00"
    play.do(draft, "publish_version", "galina", effective_from=local("03-23 00:00"), people=everybody)

    yield "03-13 11:00"
    old, new = (play.case(one).data.content_hash for one in (before, draft))
    play.refused(draft, "acknowledge", "lera", content_hash=old)
    for person in everybody:
        if person not in {SILENT, "igor"}:
            play.do(draft, "acknowledge", person, content_hash=new)
    yield "03-16 12:00"
    play.do(draft, "raise_question", "igor", text=say("and at night?", "а ночью?"))
    yield "03-17 12:00"
    play.do(draft, "answer_question", "galina", employee="igor", answer=say("in working time", "в рабочее время"))
    yield "03-17 12:30"
    play.do(draft, "acknowledge", "igor", content_hash=new)
