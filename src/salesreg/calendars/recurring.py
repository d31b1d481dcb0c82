"""Reading what comes again: on which weekdays, on which days of the month, on which business days of a period."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from salesreg.calendars.phrases import (
    Phrase,
    forms,
    forms_of_each,
    is_recurring_weekday,
    phrases,
    tables,
    weekdays,
)
from salesreg.calendars.units import Unit

Said = dict[str, Any]
"""The attributes of a term."""

PERIODS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_OFTEN: Final = {
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "half_yearly": "half_year",
    "yearly": "year",
}
_DATED: Final = ("числа", "число", "числу")
_ONES: Final = tuple(str(number) for number in range(1, 10))
_FROM_END: Final = (("с", "конца"), ("from", "the", "end"))
_OF_MONTH: Final = (
    "weekdays of a month are not counted: say which business day, 'each Friday', 'every 3 weeks on Friday'",
    "дни недели внутри месяца не считаются: назовите рабочий день, «каждую пятницу», «каждые 3 недели по пятницам»",
)


def said(amount: int, unit: Unit, **more: Any) -> Said:
    """What a phrase says, as the attributes of a term."""
    return {"amount": amount, "unit": unit, **more}


def whole(phrase: Phrase, number: Fraction) -> int:
    """A number of things that are not divided."""
    if number.denominator != 1:
        phrase.refuse(
            f"{float(number):g} is no whole number of these: only hours and years are divided",
            f"{float(number):g} — не целое число: делятся только часы и годы",
        )
    return int(number)


def recurring(phrase: Phrase) -> Said | None:
    """A term that comes again; None if the phrase speaks of none."""
    every = _each_of_period(phrase) or _every(phrase)
    if every is not None:
        return every
    phrase.at = 0
    phrase.take(("по", "on"))
    if is_recurring_weekday(phrase.here) and (days := _days_of_week(phrase)):
        return _finished(phrase, said(1, Unit.EACH_WEEKDAY, days=days))
    phrase.at = 0
    return _on(phrase, 1)


def _on(phrase: Phrase, months: int, period: int | None = None) -> Said | None:
    """On which days of the months, with what stands before them."""
    phrase.take_phrase((("no", "later", "than"), ("не", "позднее"), ("не", "позже"), ("в", "течение"), ("within",)))
    phrase.take(("on", "by", "in", "в", "во", "до", "к", "на"))
    phrase.take(("the",))
    return _ordinal_days(phrase, months, period)


def _each_of_period(phrase: Phrase) -> Said | None:
    """«Каждый последний рабочий день месяца»."""
    named = any(forms("noun").get(word.text) in PERIODS for word in phrase.words[2:])
    found = _ordinal_days(phrase, 1) if named and phrase.take(forms_of_each()) else None
    phrase.at = len(phrase.words) if found else 0
    return found


def _every(phrase: Phrase) -> Said | None:
    """``every 2 weeks on Monday``, «каждый второй понедельник», ``quarterly by the 15th``."""
    often = next((name for name, noun in _OFTEN.items() if phrase.take(tables()["each"][name].split())), None)
    if often is None and not (phrase.take(forms_of_each()) or phrase.take_phrase(phrases("each", "once"))):
        return None
    ordinal = None if often else _ordinal(phrase)
    number = None if ordinal or often else phrase.take_number()
    amount = Fraction(ordinal or 1) if number is None else number
    if (ordinal and phrase.here in weekdays()) or ((ordinal or number) and phrase.here in _DATED):
        return _each_nth(phrase, whole(phrase, amount))
    if amount < 1:
        phrase.refuse(
            "what comes again comes each one or more", "повторяется что-то каждый раз через одну единицу или больше"
        )
    days = _days_of_week(phrase)
    if days:
        return _finished(phrase, said(whole(phrase, amount), Unit.EACH_WEEKDAY, days=days))
    kind, noun = (None, _OFTEN[often]) if often else (phrase.take_name("kind"), phrase.take_name("noun"))
    phrase.take((",",))
    if noun == "day" and amount == 1:
        if kind == "business":
            return _finished(phrase, said(1, Unit.EACH_WORKING_DAY))
        return _finished(phrase, said(1, Unit.EACH_WEEKDAY, days=tuple(range(7))))
    if kind is None and noun == "week":
        days = _days_of_week(phrase) if phrase.take(("on", "by", "по", "в", "во", "до", "к")) else ()
        return _finished(phrase, said(whole(phrase, amount), Unit.EACH_WEEKDAY, days=days))
    if kind is None and noun in PERIODS:
        months = whole(phrase, amount * PERIODS[noun])
        if phrase.done:
            return said(months, Unit.EACH_MONTH_DAY)
        found = _on(phrase, months, months if amount == 1 else None)
        if found is not None:
            return found
    elif noun is not None:
        phrase.refuse(
            "what comes again comes each day, each week, each n weeks or months, on given days",
            "повторяется то, что бывает каждый день, каждую неделю, каждые n недель или месяцев, по названным дням",
        )
    return phrase.refuse_word()


def _each_nth(phrase: Phrase, ordinal: int) -> Said:
    """«Каждый второй понедельник», «каждое 15-е число»; of a first or third Monday is not said what it is of."""
    if phrase.take(_DATED):
        _of_period(phrase)
        return _finished(phrase, _on_days(phrase, [ordinal], 1, working=False, period=1))
    if ordinal != 2:
        phrase.refuse(*_OF_MONTH)
    return _finished(phrase, said(2, Unit.EACH_WEEKDAY, days=_days_of_week(phrase)))


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
            phrase.take(("on", "по", "в")) or phrase.take(forms_of_each())
            if phrase.here not in weekdays():
                phrase.at = before
    return tuple(found)


def _ordinal(phrase: Phrase) -> int | None:
    """``2nd``, «второй», ``last``, ``3rd last``, «3-й с конца»: which one, from the end if negative."""
    word = None if phrase.done else phrase.words[phrase.at]
    if word is None:
        return None
    if word.number is None:
        found = _ordinal_in_words(phrase)
        if found is None:
            return None
        number = found
        ahead = None if phrase.done else phrase.words[phrase.at].number
        if found == 1 and ahead is not None and ahead.denominator == 1:  # the first 5 business days: by the 5th
            phrase.at += 1
            number = int(ahead)
    elif word.number in (20, 30) and (following := forms("ordinal").get(phrase.after)) in _ONES:
        phrase.at += 2
        number = int(word.number) + int(following or 0)
    elif word.ordinal and word.number.denominator == 1:
        number, suffix = int(word.number), word.text[len(str(word.number)) :]
        right = "th" if 11 <= number % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        if suffix and suffix != right:
            phrase.refuse(f"{word.text!r} is written {number}{right}", f"«{word.text}» пишется {number}{right}")
        phrase.at += 1
    else:
        return None
    if number > 0 and (phrase.take(("last",)) or phrase.take_phrase(_FROM_END)):
        number = -number
    return number


def _ordinal_in_words(phrase: Phrase) -> int | None:
    tens, _, ones = phrase.here.partition("-")
    if tens in ("twenty", "thirty") and forms("ordinal").get(ones) in _ONES:
        phrase.at += 1
        return {"twenty": 20, "thirty": 30}[tens] + int(forms("ordinal")[ones])
    name = phrase.take_name("ordinal")
    return None if name is None else int(name)


def _ordinal_days(phrase: Phrase, months: int, period: int | None = None) -> Said | None:
    """``the 10th and 25th of each month``, «последний рабочий день квартала»; None if it is something else."""
    begun = phrase.at
    found, counted = _ordinals(phrase)
    dated = phrase.take(_DATED)
    kind, noun = (None, None) if dated else (phrase.take_name("kind"), phrase.take_name("noun"))
    if found and phrase.here in weekdays():
        phrase.refuse(*_OF_MONTH)
    of_days = noun == "day" and not counted
    if not found or not (of_days or (noun is None and kind is None and (dated or phrase.language == "en"))):
        phrase.at = begun
        return None
    if of_days and len(found) == 1 and phrase.take_phrase(_FROM_END):
        found = [-found[0]]
    ended = phrase.at
    named = _of_period(phrase)
    period = named or period
    if kind == "business" and period is None and len(found) == 1 and found[0] > 0:
        phrase.at = ended
        if phrase.take_phrase(phrases("anchor", "since")) and not phrase.done:
            return said(found[0], Unit.BUSINESS_DAY, anchor=phrase.rest())
    if period is None and (kind == "business" or min(found) < 0):
        phrase.refuse("of each month, quarter or year? say which", "каждого месяца, квартала или года? назовите")
    if not phrase.done:
        phrase.refuse_word()
    working = kind == "business"
    period = period if working or min(found) < 0 else named
    return _on_days(phrase, found, months if months > 1 else period or 1, working=working, period=period)


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
        _again_in_brackets(phrase, number)
        found.append(number)
        if not phrase.take(tables()["each"]["and"].split()):
            return found, counted
        phrase.take(("and", "и"))
        phrase.take(("the",))


def _again_in_brackets(phrase: Phrase, number: int) -> None:
    """Step over «(пятого)» of «5 (пятого) числа»."""
    if phrase.take(("(",)):
        again = _ordinal(phrase)
        if again is None or not phrase.take((")",)):
            phrase.refuse_word()
        if again != number:
            phrase.refuse(f"it says {number} and, in brackets, {again}", f"сказано {number}, а в скобках {again}")


def _on_days(phrase: Phrase, found: list[int], months: int, *, working: bool, period: int | None) -> Said:
    if working:
        if any(not 1 <= abs(number) <= 31 * months for number in found) or months not in PERIODS.values():
            phrase.refuse("no period has such a business day", "ни в каком периоде нет такого рабочего дня")
        return said(months, Unit.EACH_PERIOD_WORKING_DAY, days=tuple(found))
    if (period or 1) > 1:
        phrase.refuse(
            "only business days of a quarter or a year are counted", "в квартале и году считаются только рабочие дни"
        )
    if any(number != -1 and not 1 <= number <= 31 for number in found):
        phrase.refuse(
            "a month has days from 1 to 31, and of those from the end only the last",
            "в месяце числа с 1 по 31, а с конца — только последнее",
        )
    return said(months, Unit.EACH_MONTH_DAY, days=tuple(31 if number == -1 else number for number in found))


def _of_period(phrase: Phrase) -> int | None:
    phrase.take(("of", "in", "в"))
    phrase.take(("the", "a", "this", "текущего", "этого")) or phrase.take(forms_of_each())
    noun = phrase.take_name("noun")
    if noun is None:
        return None
    if noun not in PERIODS:
        phrase.at -= 1
        phrase.refuse_word()
    return PERIODS[noun]
