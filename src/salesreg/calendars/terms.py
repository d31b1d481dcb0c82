"""Terms: how long somebody has, in the words of a regulation, English or Russian."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from functools import lru_cache

from attrs import field, frozen

from salesreg.calendars.units import (
    COUNTED,
    LIMIT,
    RECURRING,
    ROLLED,
    WALL_CLOCK,
    WORKING_TIME,
    Counting,
    DueTime,
    Roll,
    Unit,
)
from salesreg.calendars.wording import Locale, check_locale, plural_ru, say, words
from salesreg.errors import TermSyntaxError

# Which days a recurring term may name; negative ones are counted from the end of the period.
_DAYS = {Unit.EACH_WEEKDAY: range(7), Unit.EACH_MONTH_DAY: range(1, 32), Unit.EACH_PERIOD_WORKING_DAY: range(-260, 261)}


def _in_order(days: Iterable[int] | int) -> tuple[int, ...]:
    """Days in the order in which they come; those counted from the end come last."""
    given = tuple(days) if isinstance(days, Iterable) else (days,)
    if any(type(day) is not int for day in given):
        raise TermSyntaxError(f"the days of a term are whole numbers, not {list(given)}")
    return tuple(sorted(set(given), key=lambda day: (day < 0, day)))


def _time_of_day(_term: object, _field: object, at: time | None) -> None:
    if at is not None and not isinstance(at, time):
        raise TermSyntaxError(f"a term is due at a datetime.time, not at {at!r}")


@frozen(cache_hash=True)
class Term:
    """A length of time or a recurrence, as a regulation words it.

    A value: compares, hashes, pickles and sorts into sets by what it means, not by how it was written.

    Attributes:
        amount: how many units; negative counts backwards, as in "3 calendar days before". Of a recurring term: it comes
            each so many weeks or months; for working days of a period, how many months the period has (1, 3, 6 or 12,
            from January).
        unit: what is counted, or the kind of recurrence.
        roll: for units of the calendar: where a due date on a day off goes.
        due: for days and longer: at which time of the due day.
        counting: for days and longer: whether the day of the event counts.
        days: of a recurring term, in order: weekday numbers (0 is Monday), days of the month, or which working days of
            the period, -1 being the last. Without any, the days follow from the start.
        at: for days and longer: the time of the due day by the clock, in place of `due`.
        anchor: from what the term runs, or before what it ends, as the phrase said it; the instant itself is given to
            the calendar. Terms that differ in nothing else are equal.

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
    at: time | None = field(default=None, validator=_time_of_day, kw_only=True)
    anchor: str = field(default="", eq=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if type(self.amount) is not int or abs(self.amount) > LIMIT:
            raise TermSyntaxError(f"a term counts a whole number up to {LIMIT}, not {self.amount!r}")
        if self.roll is not Roll.FOLLOWING and self.unit not in ROLLED:
            raise TermSyntaxError(f"a term in {self.unit.value}s falls on working time and is not rolled")
        if (self.due is not DueTime.CLOSE or self.at is not None) and self.unit in WORKING_TIME | WALL_CLOCK:
            raise TermSyntaxError(f"a term in {self.unit.value}s ends at its own instant, at no other time")
        if self.at is not None and (self.at.tzinfo or self.at.second or self.at.microsecond or self.due != "close"):
            raise TermSyntaxError(f"a term is due at hours and minutes of the calendar's own zone, not at {self.at}")
        if self.due is DueTime.SAME_TIME and self.unit in RECURRING:
            raise TermSyntaxError("a recurring term is due at the opening or at the close")
        if self.counting is not Counting.FOLLOWING_DAY and self.unit not in COUNTED:
            raise TermSyntaxError(f"only terms in days and longer may include the start day, not {self.unit.value}s")
        if self.unit in RECURRING:
            self._check_recurrence()
        elif self.days:
            raise TermSyntaxError(f"a term in {self.unit.value}s names no days")

    def _check_recurrence(self) -> None:
        working = self.unit is Unit.EACH_PERIOD_WORKING_DAY
        if working and self.amount not in (1, 3, 6, 12):
            raise TermSyntaxError(f"working days are counted in periods of 1, 3, 6 or 12 months, not {self.amount}")
        if self.amount < 1 or (self.unit is Unit.EACH_WORKING_DAY and self.amount != 1):
            raise TermSyntaxError(f"a term comes again each 1 or more weeks or months, not {self.amount}")
        allowed = _DAYS.get(self.unit, range(0))
        if any(day not in allowed or (working and day == 0) for day in self.days) or (working and not self.days):
            raise TermSyntaxError(f"days from {allowed[0]} to {allowed[-1]} are needed, not {list(self.days)}")

    @staticmethod
    def parse(text: str) -> Term:
        """Read a term as people write it, in English or Russian; both languages give equal values.

        Raises:
            TermSyntaxError: it is none; the sentence speaks the phrase's language and names the word at fault.

        >>> Term.parse("3 calendar days before, preceding").text("ru")
        'за 3 календарных дня до, с переносом назад'
        >>> Term.parse("within 10 (ten) business days of receipt"), Term.parse("5 р.д. с даты подписания").anchor
        (Term('10 business days'), 'даты подписания')
        """
        try:
            return _parsed(text)
        except TypeError:  # what cannot be hashed is no text, and `read` says so
            return _read(text)

    @property
    def is_recurring(self) -> bool:
        """Whether the term comes again and again."""
        return self.unit in RECURRING

    @property
    def hangs_on_start(self) -> bool:
        """Whether the days on which it comes again follow from its start."""
        return self.is_recurring and self.unit is not Unit.EACH_WORKING_DAY and self._phased

    @property
    def _phased(self) -> bool:
        return not self.days or (self.amount > 1 and self.unit is not Unit.EACH_PERIOD_WORKING_DAY)

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
        applied = [
            each
            for each in (self.roll, self.due if self.at is None else self.at, self.counting)
            if each not in _DEFAULTS
        ]
        return ", ".join(said + [_convention(each, language) for each in applied])

    def __str__(self) -> str:
        return self.text("en")

    def __repr__(self) -> str:
        return f"Term({self.text('en')!r})"


_DEFAULTS = {Roll.FOLLOWING, DueTime.CLOSE, Counting.FOLLOWING_DAY}


def _read(text: str) -> Term:
    from salesreg.calendars.grammar import read  # comes in with the first term that is read

    return Term(**read(text))


_parsed = lru_cache(maxsize=1024)(_read)


def _convention(convention: Roll | DueTime | Counting | time, locale: Locale) -> str:
    if isinstance(convention, time):
        return say(locale, f"at {convention:%H:%M}", f"в {convention:%H:%M}")
    english, russian = words()["convention"][convention]
    return say(locale, english[0], russian[0])


def _count(term: Term, locale: Locale) -> str:
    number = abs(term.amount)
    one, few, many = words()["unit"][term.unit]
    if term.amount < 0:
        one = words()["accusative"].get(term.unit, one)
    english = term.unit.value.replace("_", " ") + ("" if number == 1 else "s")
    said = f"{number} {say(locale, english, plural_ru(number, one, few, many))}"
    return say(locale, f"{said} before", f"за {said} до") if term.amount < 0 else said


def _recurrence(term: Term, locale: Locale) -> str:
    unit, days, amount = term.unit, term.days, term.amount
    if unit is Unit.EACH_WORKING_DAY:
        return say(locale, "each working day", "каждый рабочий день")
    if unit is Unit.EACH_PERIOD_WORKING_DAY:
        english, russian = words()["period"][str(amount)]
        if locale == "en":
            return f"on the {_listed([_nth(day) for day in days], 'and')} business day of each {english}"
        return f"{_listed([_nth_ru(day) for day in days], 'и')} рабочий день каждого {russian}"
    if unit is Unit.EACH_WEEKDAY:
        if days == tuple(range(7)) and amount == 1:
            return say(locale, "each day", "каждый день")
        if days and amount == 1:
            names, russian_names = ([_weekdays(form)[day] for day in days] for form in ("english", "accusative"))
            return say(
                locale, f"each {_listed(names, 'and')}", f"{_weekdays('each')[days[0]]} {_listed(russian_names, 'и')}"
            )
        named = say(
            locale,
            f" on {_listed([_weekdays('english')[day] for day in days], 'and')}" if days else "",
            f" по {_listed([_weekdays('every')[day] for day in days], 'и')}" if days else "",
        )
        return _each(amount, "week", locale) + named
    if not days:
        return _each(amount, "month", locale)
    english = f"on the {_listed([_ordinal(day) for day in days], 'and')}"
    russian = f"{_listed([f'{day}-го' for day in days], 'и')} числа"
    said = say(locale, english, russian)
    return said if amount == 1 else f"{_each(amount, 'month', locale)} {said}"


def _each(amount: int, unit: str, locale: Locale) -> str:
    one, few, many = words()["unit"][unit]
    if amount == 1:
        return say(locale, f"each {unit}", "каждую неделю" if unit == "week" else "каждый месяц")
    each = "каждый" if unit == "month" else "каждую"
    one = words()["accusative"].get(unit, one)
    said = plural_ru(amount, one, few, many)
    return say(locale, f"every {amount} {unit}s", f"{each if said == one else 'каждые'} {amount} {said}")


def _weekdays(form: str) -> list[str]:
    return [weekday[form] for weekday in words()["weekdays"]]


def _listed(words: list[str], conjunction: str) -> str:
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _nth(number: int) -> str:
    return _ordinal(number) if number > 0 else "last" if number == -1 else f"{_ordinal(-number)} last"


def _nth_ru(number: int) -> str:
    return f"{number}-й" if number > 0 else "последний" if number == -1 else f"{-number}-й с конца"


def _ordinal(number: int) -> str:
    suffix = "th" if 11 <= number % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
