"""How calendars say dates, days and numbers in English and Russian, whatever the locale of the process."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from salesreg.errors import BusinessTimeError

Locale = Literal["en", "ru"]

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
}
_FROM_WEEKDAY = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
_MONTHS = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "ru": (
        "Январь",
        "Февраль",
        "Март",
        "Апрель",
        "Май",
        "Июнь",
        "Июль",
        "Август",
        "Сентябрь",
        "Октябрь",
        "Ноябрь",
        "Декабрь",
    ),
}
_OF_MONTH = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)


def check_locale(locale: str) -> Locale:
    """The locale, if it is one that calendars speak.

    Raises:
        BusinessTimeError: for any other.
    """
    if locale == "en":
        return "en"
    if locale == "ru":
        return "ru"
    raise BusinessTimeError(f"calendars speak 'en' and 'ru', not {locale!r}")


_ARTICLES_RU = {
    "Labour Code art. 95": "ТК РФ, ст. 95",
    "Labour Code art. 112": "ТК РФ, ст. 112",
    "Labour Code art. 112 part 2": "ТК РФ, ст. 112, ч. 2",
    "Labour Code art. 136": "ТК РФ, ст. 136",
    "Civil Code art. 191": "ГК РФ, ст. 191",
    "Civil Code art. 192": "ГК РФ, ст. 192",
    "Civil Code art. 193": "ГК РФ, ст. 193",
    "Civil Code art. 194": "ГК РФ, ст. 194",
    "Labour Code of Belarus art. 116": "ТК Республики Беларусь, ст. 116",
    "Employment Contracts Act § 53": "Закон Эстонии о трудовом договоре, § 53",
    "Labour Code of Lithuania art. 112": "ТК Литвы, ст. 112",
    "Labour Law of Latvia section 135": "Закон Латвии о труде, ст. 135",
    "Labour Code of Ukraine art. 53": "КЗоТ Украины, ст. 53",
}
# The one zone whose abbreviation Russians write in their own letters.
_ZONES_RU = {"MSK": "МСК"}


def article(law: str, locale: Locale) -> str:
    """A citation of the law, as it is written in a language; one not known here stays as it is."""
    return _ARTICLES_RU.get(law, law) if locale == "ru" else law


def plural_ru(number: int, one: str, few: str, many: str) -> str:
    """The form of a Russian noun after a number.

    >>> [plural_ru(n, "день", "дня", "дней") for n in (1, 2, 5, 11, 21, 112)]
    ['день', 'дня', 'дней', 'дней', 'день', 'дней']
    """
    tens, ones = abs(number) % 100, abs(number) % 10
    if ones == 1 and tens != 11:
        return one
    if 2 <= ones <= 4 and not 12 <= tens <= 14:
        return few
    return many


def weekday_name(day: date, locale: Locale) -> str:
    """The weekday's name in the nominative."""
    return _WEEKDAYS[locale][day.weekday()]


def month_name(month: int, locale: Locale) -> str:
    """A month's name as a heading."""
    return _MONTHS[locale][month - 1]


def long_date(day: date, locale: Locale) -> str:
    """A date with its weekday.

    >>> from datetime import date
    >>> long_date(date(2024, 4, 27), "en"), long_date(date(2024, 4, 27), "ru")
    ('Saturday 27 April 2024', 'суббота 27 апреля 2024 г.')
    """
    if locale == "en":
        return f"{weekday_name(day, locale)} {day.day} {_MONTHS['en'][day.month - 1]} {day.year}"
    return f"{weekday_name(day, locale)} {day.day} {_OF_MONTH[day.month - 1]} {day.year} г."


def from_date(day: date, locale: Locale) -> str:
    """A date as the place a day off was moved from.

    >>> from datetime import date
    >>> from_date(date(2024, 4, 27), "ru")
    'с субботы 27 апреля 2024 г.'
    """
    if locale == "en":
        return f"from {long_date(day, locale)}"
    preposition = "со" if day.weekday() == 1 else "с"
    return f"{preposition} {_FROM_WEEKDAY[day.weekday()]} {day.day} {_OF_MONTH[day.month - 1]} {day.year} г."


def to_date(day: date, locale: Locale) -> str:
    """A date as the place a day off was moved to."""
    if locale == "en":
        return f"to {long_date(day, locale)}"
    return f"на {day.day} {_OF_MONTH[day.month - 1]} {day.year} г."


def moment(at: datetime, locale: Locale) -> str:
    """An instant with its weekday and its zone."""
    clock = f"{at:%H:%M}" if at.second == 0 and at.microsecond == 0 else f"{at.time().isoformat()}"
    zone = f"{at:%Z}"
    if locale == "ru":
        zone = _ZONES_RU.get(zone, zone)
    return f"{long_date(at, locale)}, {clock} ({zone})"


def amount_of_time(amount: timedelta, locale: Locale) -> str:
    """A stretch of time in hours, minutes and seconds, never in days, since a day of work is not a day.

    >>> from datetime import timedelta
    >>> amount_of_time(timedelta(hours=25, minutes=30), "en"), amount_of_time(timedelta(minutes=5), "ru")
    ('25 h 30 min', '5 мин')
    """
    units = ("h", "min", "s") if locale == "en" else ("ч", "мин", "с")
    sign = "−" if amount < timedelta(0) else ""
    seconds, micros = divmod(abs(amount) // timedelta(microseconds=1), 1_000_000)
    parts = [(seconds // 3600, units[0]), (seconds // 60 % 60, units[1])]
    said = [f"{number} {unit}" for number, unit in parts if number]
    if micros:
        said.append(f"{seconds % 60}.{micros:06} {units[2]}")
    elif seconds % 60:
        said.append(f"{seconds % 60} {units[2]}")
    return sign + (" ".join(said) or f"0 {units[1]}")
