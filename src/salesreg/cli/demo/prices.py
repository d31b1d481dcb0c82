"""Chapter 5: a change of the base prices, from a manager's proposal to the list in force and the quotes it touches."""

from __future__ import annotations

from salesreg.cli.demo.play import Play, Story, local
from salesreg.domain.money import Money
from salesreg.domain.price_changes import ChangeLine

__all__ = ["prices"]


def prices(play: Play) -> Story:
    """The certificate becomes dearer in the middle of the month."""
    yield "03-10 15:00"
    before = play.price_list()
    item = before.data.price_list.item("CERT")
    change = play.start(
        "price_change",
        "denis",
        "draft_proposal",
        base=before.id,
        version="2026-2",
        rationale=play.say("laboratories charge a tenth more", "лаборатории подняли цены на десятую"),
        lines=(ChangeLine.change(item, price=Money("132000")),),
    )
    play.do(change, "submit_proposal", "denis")
    yield "03-11 11:00"
    play.refused(change, "endorse_proposal", "denis")
    yield "03-11 15:00"
    play.do(change, "endorse_proposal", "boris")
    yield "03-12 11:00"
    play.do(change, "approve_proposal", "viktor")
    yield "03-12 12:00"
    play.do(change, "schedule_application", "boris", effective_from=local("03-16 00:00"))
    yield "03-13 10:00"
    play.refused(change, "apply_price_list", "igor", content_hash=before.data.price_list.content_hash)
    play.do(change, "apply_price_list", "igor", content_hash=play.case(change).data.content_hash)
