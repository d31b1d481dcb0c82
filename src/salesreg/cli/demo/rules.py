"""Chapters 1, 5 and 8: the regulation and the base prices that the month begins with, and how each is changed."""

from __future__ import annotations

from typing import Any

import attrs

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story, local
from salesreg.commercial import PriceChangeProcess as Prices
from salesreg.commercial import RegulationVersionProcess as Version
from salesreg.commercial.domain.money import Money
from salesreg.commercial.domain.price_changes import ChangeLine
from salesreg.commercial.roles import STAFF
from salesreg.process import Command
from salesreg.rules import NormText

SILENT = "kirill"
"""Who never acknowledges the new version."""


def opening(play: Play) -> Story:
    """In February everybody reads the regulation; on the first working day of March the prices are adopted."""
    everybody = tuple(play.people)
    version = yield "02-09 10:00", _draft, play, "1.0"
    play.do(version, "galina", Version.open_discussion(people=everybody))
    yield "02-17 10:00", play.do, version, "viktor", Version.approve_version()
    yield "02-17 11:00", play.do, version, "galina", _published(play, "03-01 00:00")
    for number, person in enumerate(everybody):
        yield f"02-18 {10 + number // 4}:{15 * (number % 4):02}"
        play.do(version, person, _acknowledged(play, version))
    adopted = Prices.adopt_base_list(version="2026-1", items=firm.prices(play.locale))
    yield "03-02 09:00", play.start, "viktor", adopted


def prices(play: Play) -> Story:
    """The certificate becomes dearer in the middle of the month."""
    yield "03-10 15:00"
    before = play.price_list()
    lines = (ChangeLine.change(before.data.price_list.item("CERT"), price=Money("132000")),)
    proposed = Prices.draft_proposal(base=before.id, version="2026-2", rationale=play.say("dearer"), lines=lines)
    change = play.start("denis", proposed)
    play.do(change, "denis", Prices.submit_proposal())
    yield "03-11 11:00", play.refused, change, "denis", Prices.endorse_proposal()
    yield "03-11 15:00", play.do, change, "boris", Prices.endorse_proposal()
    yield "03-12 11:00", play.do, change, "viktor", Prices.approve_proposal()
    scheduled = Prices.schedule_application(effective_from=local("03-16 00:00"))
    yield "03-12 12:00", play.do, change, "boris", scheduled
    yield "03-13 10:00"
    old, new = (play.case(one).data for one in (before.id, change))
    play.refused(change, "igor", Prices.apply_price_list(content_hash=old.price_list.content_hash))
    play.do(change, "igor", Prices.apply_price_list(content_hash=new.content_hash))


def versions(play: Play) -> Story:
    """Missed calls are to be returned: at first nobody could say by whom, and how that is checked."""
    say, everybody, norms = play.say, tuple(play.people), play.engine.regulation.texts()
    vague = NormText("inquiry.call_back", say("call_back"), clause="R44", term="2 working hours")
    yield "03-03 12:00"
    (before,) = play.begun["regulation_version"]
    draft = _draft(play, "2.0", vague, previous=before, changelog=say("what_is_new"))
    play.do(draft, "galina", Version.open_discussion(people=everybody))
    yield "03-05 15:00", play.do, draft, "olga", Version.comment(text=say("who_returns"), norm=vague.id)
    yield "03-11 11:00", play.refused, draft, "viktor", Version.approve_version()
    exact = attrs.evolve(vague, binds=tuple(role.id for role in STAFF), control="the record of the call", metric="K6")
    revised = Version.revise_version(norms=(*norms, exact), changelog=say("what_is_better"))
    yield "03-12 10:00", play.do, draft, "galina", revised
    yield "03-12 12:30", play.do, draft, "viktor", Version.approve_version()
    yield "03-13 10:00", play.do, draft, "galina", _published(play, "03-23 00:00")

    yield "03-13 11:00"
    play.refused(draft, "lera", _acknowledged(play, before))
    for person in everybody:
        if person not in {SILENT, "igor"}:
            play.do(draft, person, _acknowledged(play, draft))
    yield "03-16 12:00", play.do, draft, "igor", Version.raise_question(text=say("at_night"))
    answer = Version.answer_question(employee="igor", answer=say("in_working_time"))
    yield "03-17 12:00", play.do, draft, "galina", answer
    yield "03-17 12:30", play.do, draft, "igor", _acknowledged(play, draft)


def _draft(play: Play, number: str, *more: NormText, **history: Any) -> str:
    regulation, plans = play.engine.regulation, (firm.plan(play.locale),)
    norms, enacts = (*regulation.texts(), *more), regulation.content_hash
    return play.start(
        "galina", Version.draft_version(number=number, norms=norms, plans=plans, enacts=enacts, **history)
    )


def _published(play: Play, day: str) -> Command[Any]:
    return Version.publish_version(effective_from=local(day), people=tuple(play.people))


def _acknowledged(play: Play, version: str) -> Command[Any]:
    return Version.acknowledge(content_hash=play.case(version).data.content_hash)
