"""The month that the demo plays: every chapter's story and the routine around them, on one clock."""

from __future__ import annotations

from salesreg.cli.demo.office import hold_meetings, inquiries, meetings, plans
from salesreg.cli.demo.orders import ask_for_documents, orders
from salesreg.cli.demo.pay import bonuses, pay_salaries
from salesreg.cli.demo.play import MONTH, Play
from salesreg.cli.demo.rules import opening, prices, versions
from salesreg.cli.demo.sales import calls, sales
from salesreg.ports import Store
from salesreg.rules import Locale


def play_month(store: Store, locale: Locale) -> Play:
    """Play March 2026 in Moscow, by the real production calendar."""
    play = Play(store, locale)
    calendar = play.engine.regulation.calendar
    days = tuple(f"{day:%m-%d}" for day in MONTH if calendar.is_working_day(day))
    stories = (opening, calls, sales, orders, prices, plans, meetings, inquiries, versions, bonuses)
    routines = (hold_meetings(play, days), ask_for_documents(play, days), pay_salaries(play))
    play.run([story(play) for story in stories], routines, end="04-01 09:12")
    return play
