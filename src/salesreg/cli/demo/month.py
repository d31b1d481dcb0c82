"""The month that the demo plays: every chapter's story and the routine around them, on one clock."""

from __future__ import annotations

import datetime as dt

from salesreg.cli.demo import firm, words
from salesreg.cli.demo.calls import calls
from salesreg.cli.demo.inquiries import inquiries
from salesreg.cli.demo.meetings import hold_meetings, meetings
from salesreg.cli.demo.opening import opening
from salesreg.cli.demo.orders import ask_for_documents, orders
from salesreg.cli.demo.pay import bonuses, pay_salaries
from salesreg.cli.demo.play import Play
from salesreg.cli.demo.prices import prices
from salesreg.cli.demo.sales import sales
from salesreg.cli.demo.versions import versions
from salesreg.ports import Store

__all__ = ["play_month"]


def play_month(store: Store, lang: firm.Lang) -> Play:
    """Play March 2026 in Moscow, by the real production calendar."""
    play = Play(store, lang, words.fact)
    calendar = play.engine.regulation.calendar
    month = (dt.date(2026, 3, 1) + dt.timedelta(days=number) for number in range(31))
    days = tuple(f"{day:%m-%d}" for day in month if calendar.is_working_day(day))
    stories = (opening, calls, sales, orders, prices, meetings, inquiries, versions, bonuses)
    routines = (hold_meetings(play, days), ask_for_documents(play, days), pay_salaries(play))
    play.run([story(play) for story in stories], routines, end="03-31 20:00")
    return play
