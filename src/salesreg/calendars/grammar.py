"""Reading a term as people write it, in English or Russian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from functools import cache
from typing import Any, Final

from salesreg.calendars.phrases import Phrase, folded, forms, forms_of_each, phrases, tables, weekdays
from salesreg.calendars.units import LIMIT, Counting, DueTime, Roll, Unit
from salesreg.calendars.wording import words
from salesreg.errors import TermSyntaxError

Said = dict[str, Any]
"""The attributes of a term."""

LONGEST: Final = 300
"""How many characters a phrase may have."""

_CLOCK: Final = re.compile(
    r"(?:at|by|before|no later than|в|к|до|не позднее) (?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?"
    r"(?: ?(?P<half>am|pm|a\.m\.|p\.m\.)| ?(?P<oclock>часов|часа|час|ч|o'clock))?"
)
# How many of the smallest unit that it may be added up with a unit has.
_BASE: Final = {
    **dict.fromkeys(Unit, 1),
    Unit.HOUR: 60,
    Unit.WORKING_HOUR: 60,
    Unit.WEEK: 7,
}
_SMALLEST: Final = {
    Unit.HOUR: Unit.MINUTE,
    Unit.WORKING_HOUR: Unit.WORKING_MINUTE,
    Unit.WEEK: Unit.CALENDAR_DAY,
}
_PERIODS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@cache
def _same() -> Mapping[tuple[str, ...], str]:
    return {
        tuple(word.text for word in Phrase(form).words): meaning
        for meaning, several in tables()["same"].items()
        for form in several
    }


@cache
def _conventions() -> Mapping[str, Roll | DueTime | Counting]:
    """Every way to write a convention."""
    every = {each.value: each for kind in (Roll, DueTime, Counting) for each in kind}
    spelt = ((every[name], (*english, *russian)) for name, (english, russian) in words()["convention"].items())
    return {folded(form): convention for convention, forms in spelt for form in forms}


def read(text: str) -> Said:
    """The attributes of the term that a phrase means.

    Raises:
        TermSyntaxError: it is none; the sentence speaks the phrase's language and names the word at fault.
    """
    if not isinstance(text, str):
        raise TermSyntaxError(f"a term is text such as '2 business days', not {text!r}")
    if len(text) > LONGEST:
        raise TermSyntaxError(f"a term is a phrase of at most {LONGEST} characters, not {len(text)}: {text[:40]!r}…")
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    plain = re.sub(r"\s*(?:(?<!\d),|,(?!\d))\s*", ", ", plain).strip(" .")
    plain = re.sub(r", (чем|не превышающ|считая|начиная)", r" \1", plain, flags=re.IGNORECASE)
    core, modifiers = _without_conventions(plain)
    found = _read(Phrase(core), plain)
    return found | modifiers


def _said(amount: int, unit: Unit, **more: Any) -> Said:
    return {"amount": amount, "unit": unit, **more}


def _without_conventions(plain: str) -> tuple[str, dict[str, Any]]:
    """A phrase without what ends it: how it is rolled, when on its day it is due, how it is counted."""
    core, modifiers = plain, dict[str, Any]()
    while ", " in core:
        head, tail = core.rsplit(", ", 1)
        convention = _conventions().get(folded(tail)) or _clock(plain, tail)
        if convention is None:
            break
        _set(plain, modifiers, convention)
        core = head
    for form, convention in _conventions().items():
        if " " in form and folded(core).endswith(f" {form}"):
            _set(plain, modifiers, convention)
            core = core[: -len(form)].rstrip()
            break
    for found in _CLOCK.finditer(folded(core)):
        if found.start() > 1 and found.end() == len(core) and core[found.start() - 1] == " ":
            clock = _clock(plain, core[found.start() :])
            if clock is not None:
                _set(plain, modifiers, clock)
                core = core[: found.start()].rstrip(" ,")
    return core, modifiers


def _set(plain: str, modifiers: dict[str, Any], convention: Roll | DueTime | Counting | time) -> None:
    name = {Roll: "roll", Counting: "counting", DueTime: "due", time: "at"}[type(convention)]
    if name in modifiers or {name, *modifiers} >= {"due", "at"}:
        Phrase(plain).refuse(
            "it says twice how it is rolled, counted or due",
            "дважды сказано, как переносится, считается или когда наступает",
        )
    modifiers[name] = convention


def _clock(plain: str, tail: str) -> time | None:
    """The time of day that a few words name."""
    found = _CLOCK.fullmatch(folded(tail))
    if found is None or not (found["minute"] or found["half"] or found["oclock"]):
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "")[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half or hour > 23 or minute > 59:
        Phrase(plain).refuse(
            f"{tail!r} is no time of day from 00:00 to 23:59", f"«{tail}» — не время от 00:00 до 23:59"
        )
    return time(hour, minute)


def _read(phrase: Phrase, plain: str) -> Said:
    same = _same().get(tuple(word.text for word in phrase.words))
    if same is not None:
        head, _, opening = same.partition(", ")
        found = _read(Phrase(head), plain)
        return found | {"due": DueTime.OPENING} if opening else found
    phrase.text = phrase.text if phrase.words else plain
    return _shorthand(phrase) or _recurring(phrase) or _in_amounts(phrase)


def _shorthand(phrase: Phrase) -> Said | None:
    """``T+2`` and ``net 30``."""
    found = re.fullmatch(r"t ?\+ ?(\d{1,4})|net ?(\d{1,4})(?: days)?", folded(phrase.text))
    if found is None:
        return None
    return _said(int(found[1]), Unit.BUSINESS_DAY) if found[1] else _said(int(found[2]), Unit.CALENDAR_DAY)


# -- what comes again --------------------------------------------------------------------------------------------------


def _recurring(phrase: Phrase) -> Said | None:
    """A term that comes again; None if the phrase speaks of none."""
    every = _every(phrase)
    if every is not None:
        return every
    phrase.at = 0
    months = 1
    if phrase.take(("monthly", "ежемесячно")) or phrase.take_phrase((("each", "month"), ("every", "month"))):
        phrase.take(tables()["each"]["and"].split())
    elif phrase.take(("weekly", "еженедельно")) and phrase.take(("on", "по", "в", "во")):
        return _finished(phrase, _said(1, Unit.EACH_WEEKDAY, days=_days_of_week(phrase)))
    elif phrase.take(("по", "on")) and (days := _days_of_week(phrase)):
        return _finished(phrase, _said(1, Unit.EACH_WEEKDAY, days=days))
    else:
        phrase.at = 0
    phrase.take_phrase((("no", "later", "than"), ("не", "позднее"), ("не", "позже")))
    phrase.take(("on", "by", "в", "во", "до", "к"))
    phrase.take(("the",))
    return _ordinal_days(phrase, months)


def _every(phrase: Phrase) -> Said | None:
    """``every 2 weeks on Monday``, «каждый второй понедельник»."""
    if not (phrase.take(forms_of_each()) or phrase.take_phrase(phrases("each", "once"))):
        return None
    amount = phrase.take_number() or Fraction(_ordinal(phrase) or 1)
    phrase.take(("-й",))
    days = _days_of_week(phrase)
    if days:
        return _finished(phrase, _said(_whole(phrase, amount), Unit.EACH_WEEKDAY, days=days))
    kind, noun = phrase.take_name("kind"), phrase.take_name("noun")
    if noun == "day" and amount == 1:
        if kind == "business":
            return _finished(phrase, _said(1, Unit.EACH_WORKING_DAY))
        return _finished(phrase, _said(1, Unit.EACH_WEEKDAY, days=tuple(range(7))))
    if kind is None and noun == "week":
        days = _days_of_week(phrase) if phrase.take(("on", "по", "в", "во")) else ()
        return _finished(phrase, _said(_whole(phrase, amount), Unit.EACH_WEEKDAY, days=days))
    if kind is None and noun in _PERIODS:
        months = _whole(phrase, amount * _PERIODS[noun])
        phrase.take((",",))
        if phrase.done:
            return _said(months, Unit.EACH_MONTH_DAY)
        phrase.take(("on", "by", "в", "до"))
        phrase.take(("the",))
        found = _ordinal_days(phrase, months)
        if found is not None:
            return found
    elif noun is not None:
        phrase.refuse(
            "what comes again comes each day, each week, each n weeks or months, on given days",
            "повторяется то, что бывает каждый день, каждую неделю, каждые n недель или месяцев, по названным дням",
        )
    return phrase.refuse_word()


def _finished(phrase: Phrase, term: Said) -> Said:
    if not phrase.done:
        phrase.refuse_word()
    return term


def _days_of_week(phrase: Phrase) -> tuple[int, ...]:
    found: list[int] = []
    while (number := weekdays().get(phrase.here)) is not None:
        found.append(number)
        phrase.at += 1
        before = phrase.at
        if phrase.take(tables()["each"]["and"].split()):
            phrase.take(("and", "и"))
            if phrase.here not in weekdays():
                phrase.at = before
    return tuple(found)


def _ordinal(phrase: Phrase) -> int | None:
    """``2nd``, «второй», ``last``, ``3rd last``, «3-й с конца»: which one, from the end if negative."""
    word = None if phrase.done else phrase.words[phrase.at]
    if word is None:
        return None
    if word.number is None:
        name = phrase.take_name("ordinal")
        if name is None:
            return None
        number = int(name)
    elif word.ordinal and word.number.denominator == 1:
        number, suffix = int(word.number), word.text[len(str(word.number)) :]
        right = "th" if 11 <= number % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        if suffix and suffix != right:
            phrase.refuse(f"{word.text!r} is written {number}{right}", f"«{word.text}» пишется {number}{right}")
        phrase.at += 1
    else:
        return None
    if number > 0 and (phrase.take(("last",)) or phrase.take_phrase((("с", "конца"), ("from", "the", "end")))):
        number = -number
    return number


def _ordinal_days(phrase: Phrase, months: int) -> Said | None:
    """``the 10th and 25th of each month``, «последний рабочий день квартала»; None if it is something else."""
    begun = phrase.at
    found, counted = _ordinals(phrase)
    dated = phrase.take(("числа", "число"))
    kind, noun = phrase.take_name("kind"), phrase.take_name("noun")
    if found and phrase.here in weekdays():
        phrase.refuse(
            "weekdays of a month are not counted: say which business day, or 'each Friday'",
            "дни недели внутри месяца не считаются: назовите рабочий день по счёту или «каждую пятницу»",
        )
    of_days = noun == "day" and not counted
    if not found or not (of_days or (noun is None and kind is None and (dated or phrase.language == "en"))):
        phrase.at = begun
        return None
    period = _of_period(phrase)
    if period is None and (kind == "business" or min(found) < 0):
        phrase.refuse("of each month, quarter or year? say which", "каждого месяца, квартала или года? назовите")
    if not phrase.done:
        phrase.refuse_word()
    return _on_days(phrase, found, months if months > 1 else period or 1, working=kind == "business", period=period)


def _ordinals(phrase: Phrase) -> tuple[list[int], bool]:
    """Which ones, and whether a plain number is among them, as in «10 и 25 числа»."""
    found, counted = list[int](), False
    while True:
        plain = phrase.words[phrase.at].number if not phrase.done else None
        number = _ordinal(phrase)
        if number is None and phrase.language == "ru" and plain is not None and plain.denominator == 1:
            number, counted = int(plain), True
            phrase.at += 1
        if number is None:
            return found, counted
        found.append(number)
        if not phrase.take(tables()["each"]["and"].split()):
            return found, counted
        phrase.take(("and", "и"))
        phrase.take(("the",))


def _on_days(phrase: Phrase, found: list[int], months: int, *, working: bool, period: int | None) -> Said:
    if working:
        if any(not 1 <= abs(number) <= 31 * months for number in found) or months not in _PERIODS.values():
            phrase.refuse("no period has such a business day", "ни в каком периоде нет такого рабочего дня")
        return _said(months, Unit.EACH_PERIOD_WORKING_DAY, days=tuple(found))
    if (period or 1) > 1:
        phrase.refuse(
            "only business days of a quarter or a year are counted", "в квартале и году считаются только рабочие дни"
        )
    if any(number != -1 and not 1 <= number <= 31 for number in found):
        phrase.refuse(
            "a month has days from 1 to 31, and of those from the end only the last",
            "в месяце числа с 1 по 31, а с конца — только последнее",
        )
    return _said(months, Unit.EACH_MONTH_DAY, days=tuple(31 if number == -1 else number for number in found))


def _of_period(phrase: Phrase) -> int | None:
    phrase.take(("of", "in", "в"))
    phrase.take(("the", "a")) or phrase.take(forms_of_each())
    noun = phrase.take_name("noun")
    if noun is None:
        return None
    if noun not in _PERIODS:
        phrase.at -= 1
        phrase.refuse_word()
    return _PERIODS[noun]


# -- amounts -----------------------------------------------------------------------------------------------------------


def _in_amounts(phrase: Phrase) -> Said:
    """``within 10 (ten) business days of receipt``, «не позднее чем за 3 календарных дня до отпуска»."""
    phrase.at = 0
    ahead = phrase.take_phrase(phrases("lead", "ahead"))
    lead = ahead or phrase.take_phrase(phrases("lead", "term"))
    sign = 1
    if phrase.take(("-", "−", "–", "+")):
        sign = 1 if phrase.words[phrase.at - 1].text == "+" else -1
        if lead:
            phrase.refuse(
                "a signed number does not follow 'within' and the like: leave out one of them",
                "после «в течение» и подобных слов числа со знаком не бывает: уберите одно из двух",
            )
    unit, amount = _amount(phrase)
    begun = phrase.at
    if phrase.take_phrase(phrases("anchor", "before")):
        if sign < 0:
            phrase.refuse("it counts backwards twice: leave out the sign", "дважды назад: уберите знак")
        return _said(-amount, unit, anchor=phrase.rest())
    if phrase.take_phrase(phrases("anchor", "since")) and not phrase.done:
        if not ahead:
            return _said(sign * amount, unit, anchor=phrase.rest())
    elif phrase.done and phrase.at > begun:
        phrase.refuse("from what is not said", "не сказано, с чего")
    elif not phrase.done:
        phrase.refuse_word()
    if ahead:
        phrase.refuse("which way is not said: before what?", "не сказано, в какую сторону: до чего?")
    return _said(sign * amount, unit)


def _amount(phrase: Phrase) -> tuple[Unit, int]:
    """One amount or several, added up."""
    pieces: list[tuple[Unit, Fraction]] = []
    while True:
        begun = phrase.at
        if pieces:
            phrase.take(("and", "и", ","))
        number = _number(phrase, alone=not pieces)
        if number is None:
            phrase.at = begun
            break
        unit, number = _unit(phrase, number)
        half = phrase.take_phrase((("and", "a", "half"), ("с", "половиной")))
        pieces.append((unit, number + Fraction(half, 2)))
    if not pieces:
        if phrase.here in forms("kind") or phrase.here in forms("noun"):
            phrase.refuse(
                f"how many? no number comes before {phrase.here!r}", f"сколько? перед «{phrase.here}» нет числа"
            )
        phrase.refuse_word()
    if len(pieces) == 1:
        unit, number = pieces[0]
        if number.denominator != 1 and unit in (Unit.HOUR, Unit.WORKING_HOUR):
            unit, number = _SMALLEST[unit], number * 60
        return unit, _whole(phrase, number)
    if len({unit for unit, _ in pieces}) < len(pieces) and pieces[0][0] is not Unit.MONTH:
        phrase.refuse("it names one unit twice", "одна единица названа дважды")
    smallest = {_SMALLEST.get(unit, unit) for unit, _ in pieces}
    if len(smallest) > 1:
        phrase.refuse("its parts are counted in different ways", "его части считаются по-разному")
    return smallest.pop(), _whole(phrase, sum((number * _BASE[unit] for unit, number in pieces), Fraction()))


def _number(phrase: Phrase, *, alone: bool) -> Fraction | None:
    """The number that comes next; a unit that stands alone is one of it."""
    number = phrase.take_number()
    if number is not None and number > LIMIT:
        phrase.refuse(f"a term counts up to {LIMIT}", f"срок считает до {LIMIT}")
    if number is None and phrase.take_phrase((("half", "an"), ("half", "a"), ("half",))):
        return Fraction(1, 2)
    if number is None and alone and (phrase.take(("a", "an")) or phrase.here in tables()["alone"]["one"].split()):
        return Fraction(1)
    return number


def _whole(phrase: Phrase, number: Fraction) -> int:
    if number.denominator != 1:
        phrase.refuse(
            f"{float(number):g} is no whole number of these: only hours and years are divided",
            f"{float(number):g} — не целое число: делятся только часы и годы",
        )
    return int(number)


def _unit(phrase: Phrase, number: Fraction) -> tuple[Unit, Fraction]:
    """The unit that comes next, and how many of it."""
    kind = phrase.take_name("kind")
    noun = phrase.take_name("noun")
    if noun is None:
        phrase.refuse_word()
    kind = kind or phrase.take_name("kind")
    if noun == "day" and kind is None:
        phrase.refuse("calendar or business days?", "календарных или рабочих дней?")
    plain = {
        ("calendar", "day"): (Unit.CALENDAR_DAY, 1),
        ("business", "day"): (Unit.BUSINESS_DAY, 1),
        ("business", "hour"): (Unit.WORKING_HOUR, 1),
        ("business", "minute"): (Unit.WORKING_MINUTE, 1),
        ("wall", "hour"): (Unit.HOUR, 1),
        ("wall", "minute"): (Unit.MINUTE, 1),
    }
    loose = {
        "hour": (Unit.HOUR, 1),
        "minute": (Unit.MINUTE, 1),
        "half_hour": (Unit.MINUTE, 30),
        "24_hours": (Unit.HOUR, 24),
        "week": (Unit.WEEK, 1),
        **{name: (Unit.MONTH, months) for name, months in _PERIODS.items()},
    }
    dated = kind == "calendar" and noun not in ("hour", "minute", "half_hour", "24_hours")
    if kind == "business" and noun in ("week", *_PERIODS):
        phrase.refuse("only days, hours and minutes are business ones", "рабочими бывают только дни, часы и минуты")
    found = plain.get((kind or "", noun)) or (loose.get(noun) if kind is None or dated else None)
    if found is None:
        phrase.at -= 2
        phrase.refuse_word()
    return found[0], number * found[1]
