"""Chapter 1: the regulation that the month begins with, and the first base price list."""

from __future__ import annotations

from salesreg.cli.demo import firm
from salesreg.cli.demo.play import Play, Story, local

__all__ = ["opening"]


def opening(play: Play) -> Story:
    """In February everybody reads the regulation; on the first working day of March the prices are adopted."""
    everybody = tuple(play.people)
    yield "02-16 10:00"
    version = play.start(
        "regulation_version",
        "galina",
        number="1.0",
        norms=play.engine.regulation.texts(),
        plans=(firm.plan(play.lang),),
        enacts=play.engine.regulation.content_hash,
    )
    play.do(version, "open_discussion", "galina", people=everybody)
    yield "02-25 10:00"
    play.do(version, "approve_version", "viktor")
    yield "02-25 11:00"
    play.do(version, "publish_version", "galina", effective_from=local("03-02 00:00"), people=everybody)
    for number, person in enumerate(everybody):
        yield f"02-26 {10 + number // 4}:{15 * (number % 4):02}"
        play.do(version, "acknowledge", person, content_hash=play.case(version).data.content_hash)
    yield "03-02 09:00"
    play.start("price_change", "viktor", "adopt_base_list", version="2026-1", items=firm.prices(play.lang))
