"""How calendars say dates, days and numbers in English and Russian, whatever the locale of the process."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from salesreg.calendars.clock import MICROSECOND, ZERO
from salesreg.errors import BusinessTimeError

Locale = Literal["en", "ru"]


@cache
def words() -> Any:
    """What calendars say, as ``words.toml`` has it."""
    import tomllib

    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def phrase(locale: Locale, kind: str, name: str) -> str:
    """What is said of a kind of thing, by its name."""
    english, russian = words()[kind][name]
    return say(locale, english, russian)


def check_locale(locale: str) -> Locale:
    """The locale, if it is one that calendars speak; BusinessTimeError for any other."""
    if locale == "en":
        return "en"
    if locale == "ru":
        return "ru"
    raise BusinessTimeError(f"calendars speak 'en' and 'ru', not {locale!r}")


def say(locale: Locale, english: str, russian: str) -> str:
    """That of two wordings which is of a language."""
    return english if locale == "en" else russian


def article(law: str, locale: Locale) -> str:
    """A citation of the law, as it is written in a language; one not known here stays as it is."""
    return say(locale, law, words()["article"].get(law, law))


def plural_ru(number: int, one: str, few: str, many: str) -> str:
    """The form of a Russian noun after a number.

    >>> [plural_ru(n, "день", "дня", "дней") for n in (1, 2, 5, 11, 21, 112)]
    ['день', 'дня', 'дней', 'дней', 'день', 'дней']
    """
    tens, ones = abs(number) % 100, abs(number) % 10
    if ones == 1 and tens != 11:
        return one
    return few if 2 <= ones <= 4 and not 12 <= tens <= 14 else many


def weekday_name(day: date, locale: Locale) -> str:
    """The weekday's name in the nominative."""
    name = words()["weekdays"][day.weekday()]
    return say(locale, name["english"], name["russian"])


def month_name(month: int, locale: Locale) -> str:
    """A month's name as a heading."""
    english, heading, _ = words()["months"][month - 1]
    return say(locale, english, heading)


def _plain_date(day: date, locale: Locale) -> str:
    english, _, of_month = words()["months"][day.month - 1]
    return say(locale, f"{day.day} {english} {day.year}", f"{day.day} {of_month} {day.year} г.")


def long_date(day: date, locale: Locale) -> str:
    """A date with its weekday.

    >>> from datetime import date
    >>> long_date(date(2024, 4, 27), "en"), long_date(date(2024, 4, 27), "ru")
    ('Saturday 27 April 2024', 'суббота 27 апреля 2024 г.')
    """
    return f"{weekday_name(day, locale)} {_plain_date(day, locale)}"


def from_date(day: date, locale: Locale) -> str:
    """A date as the place a day off was moved from.

    >>> from_date(date(2024, 4, 27), "ru")
    'с субботы 27 апреля 2024 г.'
    """
    weekday = words()["weekdays"][day.weekday()]["genitive"]
    preposition = "со" if weekday == "вторника" else "с"
    return say(locale, f"from {long_date(day, locale)}", f"{preposition} {weekday} {_plain_date(day, locale)}")


def to_date(day: date, locale: Locale) -> str:
    """A date as the place a day off was moved to."""
    return say(locale, f"to {long_date(day, locale)}", f"на {_plain_date(day, locale)}")


def moment(at: datetime, locale: Locale) -> str:
    """An instant with its weekday and its zone."""
    clock = f"{at:%H:%M}" if at.second == 0 and at.microsecond == 0 else at.time().isoformat()
    zone = f"{at:%Z}"
    return f"{long_date(at, locale)}, {clock} ({say(locale, zone, words()['zone'].get(zone, zone))})"


def amount_of_time(amount: timedelta, locale: Locale) -> str:
    """A stretch of time in hours, minutes and seconds, never in days, since a day of work is not a day.

    >>> from datetime import timedelta
    >>> amount_of_time(timedelta(hours=25, minutes=30), "en"), amount_of_time(timedelta(minutes=5), "ru")
    ('25 h 30 min', '5 мин')
    """
    hour, minute, second = ("h", "min", "s") if locale == "en" else ("ч", "мин", "с")
    seconds, micros = divmod(abs(amount) // MICROSECOND, 1_000_000)
    said = [f"{number} {unit}" for number, unit in ((seconds // 3600, hour), (seconds // 60 % 60, minute)) if number]
    if seconds % 60 or micros:
        fraction = f".{micros:06}" if micros else ""
        said.append(f"{seconds % 60}{fraction} {second}")
    return ("−" if amount < ZERO else "") + (" ".join(said) or f"0 {minute}")
