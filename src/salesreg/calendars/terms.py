"""Terms: how long somebody has, in the words of a regulation, English or Russian."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from attrs import field, frozen

from salesreg.calendars.wording import Locale, check_locale, plural_ru, say, words
from salesreg.errors import TermSyntaxError


class Unit(StrEnum):
    """What a term counts, or on which days it recurs."""

    BUSINESS_DAY = "business_day"
    CALENDAR_DAY = "calendar_day"
    WEEK = "week"
    MONTH = "month"
    WORKING_MINUTE = "working_minute"
    WORKING_HOUR = "working_hour"
    MINUTE = "minute"
    HOUR = "hour"
    EACH_WORKING_DAY = "each_working_day"
    EACH_WEEKDAY = "each_weekday"
    EACH_MONTH_DAY = "each_month_day"


class Roll(StrEnum):
    """Where a due date that is a day off goes."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified_following"
    NONE = "none"


class DueTime(StrEnum):
    """The time of the due day by which the deed must be done."""

    CLOSE = "close"
    SAME_TIME = "same_time"
    OPENING = "opening"


class Counting(StrEnum):
    """Whether the day of the event is the first day of the term."""

    FOLLOWING_DAY = "following_day"
    INCLUDING_START_DAY = "including_start_day"


WORKING_TIME = frozenset({Unit.WORKING_MINUTE, Unit.WORKING_HOUR})
WALL_CLOCK = frozenset({Unit.MINUTE, Unit.HOUR})
RECURRING = frozenset({Unit.EACH_WORKING_DAY, Unit.EACH_WEEKDAY, Unit.EACH_MONTH_DAY})
ROLLED = frozenset({Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH, Unit.EACH_WEEKDAY, Unit.EACH_MONTH_DAY})
COUNTED = frozenset({Unit.BUSINESS_DAY, Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH})


# A lifetime of minutes: beyond it no calendar answers, and arithmetic on instants would overflow.
_LIMIT = 60_000_000


def _in_order(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


@frozen(cache_hash=True)
class Term:
    """A length of time or a recurrence, as a regulation words it.

    A value: compares, hashes, pickles and sorts into sets by what it means, not by how it was written.

    Attributes:
        amount: how many units; negative counts backwards, as in "3 calendar days before". 1 for recurring terms.
        unit: what is counted, or the kind of recurrence.
        roll: for units of the calendar: where a due date on a day off goes.
        due: for days and longer: at which time of the due day.
        counting: for days and longer: whether the day of the event counts.
        days: weekday numbers (0 is Monday) or days of the month of a recurring term, in order.

    >>> Term.parse("2 рабочих дня") == Term.parse("2 business days") == Term(2, Unit.BUSINESS_DAY)
    True
    >>> str(Term.parse("10-го и 25-го числа, с переносом назад"))
    'on the 10th and 25th, preceding'
    """

    amount: int
    unit: Unit = field(converter=Unit)
    roll: Roll = field(default=Roll.FOLLOWING, converter=Roll, kw_only=True)
    due: DueTime = field(default=DueTime.CLOSE, converter=DueTime, kw_only=True)
    counting: Counting = field(default=Counting.FOLLOWING_DAY, converter=Counting, kw_only=True)
    days: tuple[int, ...] = field(default=(), converter=_in_order, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.amount) is not int or abs(self.amount) > _LIMIT:
            raise TermSyntaxError(f"a term counts a whole number up to {_LIMIT}, not {self.amount!r}")
        if self.roll is not Roll.FOLLOWING and self.unit not in ROLLED:
            raise TermSyntaxError(f"a term in {self.unit.value}s falls on working time and is not rolled")
        if self.due is not DueTime.CLOSE and self.unit in WORKING_TIME | WALL_CLOCK:
            raise TermSyntaxError(f"a term in {self.unit.value}s ends at its own instant, not at {self.due.value}")
        if self.due is DueTime.SAME_TIME and self.unit in RECURRING:
            raise TermSyntaxError("a recurring term is due at the opening or at the close")
        if self.counting is not Counting.FOLLOWING_DAY and self.unit not in COUNTED:
            raise TermSyntaxError(f"only terms in days and longer may include the start day, not {self.unit.value}s")
        if self.unit in RECURRING and self.amount != 1:
            raise TermSyntaxError(f"a recurring term counts 1, not {self.amount}")
        self._check_days()

    def _check_days(self) -> None:
        allowed = {Unit.EACH_WEEKDAY: range(7), Unit.EACH_MONTH_DAY: range(1, 32)}.get(self.unit)
        if allowed is None:
            if self.days:
                raise TermSyntaxError(f"a term in {self.unit.value}s names no days")
        elif not self.days or any(day not in allowed for day in self.days):
            raise TermSyntaxError(f"days from {allowed[0]} to {allowed[-1]} are needed, not {list(self.days)}")

    @staticmethod
    def parse(text: str) -> Term:
        """Read a term in English or Russian; both languages give equal values.

        Raises:
            TermSyntaxError: if the text is not of the grammar; the message names the units that are known.

        >>> Term.parse("3 calendar days before, preceding").text("ru")
        'за 3 календарных дня до, с переносом назад'
        """
        return _parsed(text)

    @property
    def is_recurring(self) -> bool:
        """Whether the term comes again and again."""
        return self.unit in RECURRING

    @property
    def is_working_time(self) -> bool:
        """Whether it counts working minutes or hours."""
        return self.unit in WORKING_TIME

    @property
    def is_wall_clock(self) -> bool:
        """Whether it counts elapsed time, work or no work."""
        return self.unit in WALL_CLOCK

    @property
    def minutes(self) -> int:
        """The length of a term in minutes or hours, in minutes."""
        return self.amount * 60 if self.unit in (Unit.HOUR, Unit.WORKING_HOUR) else self.amount

    def text(self, locale: str = "en") -> str:
        """The term in English ("en") or Russian ("ru"), which `parse` reads back.

        >>> [Term(n, Unit.BUSINESS_DAY).text("ru") for n in (1, 2, 5, 21)]
        ['1 рабочий день', '2 рабочих дня', '5 рабочих дней', '21 рабочий день']
        """
        language = check_locale(locale)
        said = [_recurrence(self, language) if self.is_recurring else _count(self, language)]
        conventions = [
            words()["convention"][each] for each in (self.roll, self.due, self.counting) if each not in _DEFAULTS
        ]
        return ", ".join(said + [say(language, english[0], russian[0]) for english, russian in conventions])

    def __str__(self) -> str:
        return self.text("en")

    def __repr__(self) -> str:
        return f"Term({self.text('en')!r})"


_KNOWN = (
    "business days, calendar days, weeks, months, working minutes, working hours, minutes, hours, each working day, "
    "each Monday, on the 10th and 25th"
)

_UNITS: Mapping[Unit, re.Pattern[str]] = {
    unit: re.compile(pattern)
    for unit, pattern in {
        Unit.BUSINESS_DAY: r"(business|working|work) days?|рабоч(ий|их|его|ие) (день|дня|дней|дни)",
        Unit.CALENDAR_DAY: r"calendar days?|календарн(ый|ых|ого|ые) (день|дня|дней|дни)",
        Unit.WEEK: r"(calendar )?weeks?|(календарн(ая|ые|ых|ую|ой) )?недел[яиюь]|недель",
        Unit.MONTH: r"(calendar )?months?|(календарн(ый|ых|ого|ые) )?месяц(а|ев|ы)?",
        Unit.WORKING_MINUTE: r"(working|business) min(ute)?s?|рабоч(ая|ие|их|ую|ей) (мин|минут[ауы]?)",
        Unit.WORKING_HOUR: r"(working|business) hours?|рабоч(ий|их|его|ие) час(а|ов|ы)?",
        Unit.MINUTE: r"(wall-clock )?min(ute)?s?|мин|минут[ауы]?",
        Unit.HOUR: r"(wall-clock )?hours?|час(а|ов|ы)?",
    }.items()
}
_AMOUNT = re.compile(r"(?P<sign>[-−+]?)(?P<number>\d+) (?P<unit>\D+)")
_LEAD = re.compile(
    r"(within|in|no more than|not more than|в течение|не более( чем)?|не позднее,? чем( за| через)?|за|через) "
)
_EACH_WORKING_DAY = re.compile(
    r"(each|every|once a|once each|once every) (working|business) day"
    r"|(каждый|раз в|один раз в|1 раз в) рабочий день"
)
_EACH_EN, _EACH_RU = re.compile(r"(each|every) "), re.compile(r"(каждый|каждую|каждое) ")
_MONTH_DAYS_EN = re.compile(
    r"(on )?the \d{1,2}(st|nd|rd|th)((, | and |, and )(the )?\d{1,2}(st|nd|rd|th))*( of each month)?"
)
_MONTH_DAYS_RU = re.compile(r"\d{1,2}(-?го)?((, | и )\d{1,2}(-?го)?)* числа( каждого месяца)?")

Convention = Roll | DueTime | Counting

_DEFAULTS = {Roll.FOLLOWING, DueTime.CLOSE, Counting.FOLLOWING_DAY}
_FIELDS: Mapping[type[Convention], str] = {Roll: "roll", DueTime: "due", Counting: "counting"}


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Term:
    if not isinstance(text, str):
        raise TermSyntaxError(f"a term is text such as '2 business days', not {text!r}")
    said = re.sub(r"\s*,\s*", ", ", " ".join(text.lower().split()))
    core, modifiers = _split(said, text)
    if found := _recurring(core):
        unit, days = found
        return Term(1, unit, days=days, **modifiers)
    before = re.search(r" (before|до|ранее|раньше)$", core)
    counted = _LEAD.sub("", core[: before.start()] if before else core, count=1)
    match = _AMOUNT.fullmatch(counted)
    unit_of = match and next((unit for unit, spelt in _UNITS.items() if spelt.fullmatch(match["unit"])), None)
    if match is None or unit_of is None:
        raise TermSyntaxError(f"{text!r} is not a term: say how many of {_KNOWN}")
    amount = int(match["number"])
    minus = match["sign"] in ("-", "−")
    if before and minus:
        raise TermSyntaxError(f"{text!r} counts backwards twice: leave out the sign")
    return Term(-amount if before or minus else amount, unit_of, **modifiers)


def _split(said: str, text: str) -> tuple[str, dict[str, Any]]:
    """The term without what follows its commas, which says how it is rolled, when it is due and how it is counted."""
    core, modifiers = said, dict[str, Any]()
    while ", " in core:
        head, tail = core.rsplit(", ", 1)
        convention = _spellings().get(tail)
        if convention is None:
            break
        name = _FIELDS[type(convention)]
        if name in modifiers:
            raise TermSyntaxError(f"{text!r} says twice how it is {'rolled' if name == 'roll' else 'counted or due'}")
        modifiers[name], core = convention, head
    return core, modifiers


@cache
def _spellings() -> dict[str, Convention]:
    """Every way to write a convention, with ё and without."""
    every = {each.value: each for kind in (Roll, DueTime, Counting) for each in kind}
    return {
        form: every[name]
        for name, (english, russian) in words()["convention"].items()
        for spelling in (*english, *russian)
        for form in (spelling, spelling.replace("ё", "е"))
    }


def _recurring(core: str) -> tuple[Unit, tuple[int, ...]] | None:
    if _EACH_WORKING_DAY.fullmatch(core):
        return Unit.EACH_WORKING_DAY, ()
    if _MONTH_DAYS_EN.fullmatch(core) or _MONTH_DAYS_RU.fullmatch(core):
        return Unit.EACH_MONTH_DAY, tuple(int(day) for day in re.findall(r"\d+", core))
    for each, form in ((_EACH_EN, "english"), (_EACH_RU, "accusative")):
        if each.match(core):
            known = {name.lower(): number for number, name in enumerate(_weekdays(form))}
            said = re.split(r", | and | и ", each.sub("", core))
            if all(name in known for name in said):
                return Unit.EACH_WEEKDAY, tuple(known[name] for name in said)
    return None


def _count(term: Term, locale: Locale) -> str:
    number = abs(term.amount)
    one, few, many = words()["unit"][term.unit]
    if term.amount < 0:
        one = words()["accusative"].get(term.unit, one)
    english = term.unit.value.replace("_", " ") + ("" if number == 1 else "s")
    said = f"{number} {say(locale, english, plural_ru(number, one, few, many))}"
    return say(locale, f"{said} before", f"за {said} до") if term.amount < 0 else said


def _recurrence(term: Term, locale: Locale) -> str:
    unit, days = term.unit, term.days
    if unit is Unit.EACH_WORKING_DAY:
        return say(locale, "each working day", "каждый рабочий день")
    if unit is Unit.EACH_MONTH_DAY:
        english = f"on the {_listed([_ordinal(day) for day in days], 'and')}"
        return say(locale, english, f"{_listed([f'{day}-го' for day in days], 'и')} числа")
    names, russian = ([_weekdays(form)[day] for day in days] for form in ("english", "accusative"))
    return say(locale, f"each {_listed(names, 'and')}", f"{_weekdays('each')[days[0]]} {_listed(russian, 'и')}")


def _weekdays(form: str) -> list[str]:
    return [weekday[form] for weekday in words()["weekdays"]]


def _listed(words: list[str], conjunction: str) -> str:
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _ordinal(number: int) -> str:
    suffix = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
