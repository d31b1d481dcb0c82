"""The grammar of terms: English and Russian text to terms and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from salesreg.calendars.terms import RECURRING, Counting, DueTime, Roll, Term, Unit
from salesreg.calendars.wording import check_locale, plural_ru
from salesreg.errors import TermSyntaxError

KNOWN = (
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

_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_RU = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
_EACH_FORMS_RU = ("каждый", "каждый", "каждую", "каждый", "каждую", "каждую", "каждое")

# The first spelling is the one that is written.
_MODIFIERS: Mapping[tuple[str, Any], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("roll", Roll.FOLLOWING): (("following",), ("с переносом вперёд", "с переносом вперед")),
    ("roll", Roll.PRECEDING): (("preceding",), ("с переносом назад",)),
    ("roll", Roll.MODIFIED_FOLLOWING): (
        ("modified following", "modified_following"),
        ("с переносом вперёд в пределах месяца", "с переносом вперед в пределах месяца"),
    ),
    ("roll", Roll.NONE): (("not rolled", "no roll", "none"), ("без переноса",)),
    ("due", DueTime.CLOSE): (("at close", "at the close"), ("к закрытию",)),
    ("due", DueTime.SAME_TIME): (("at the same time", "same time"), ("в то же время", "в то же время суток")),
    ("due", DueTime.OPENING): (("at opening", "at the opening"), ("к открытию",)),
    ("counting", Counting.INCLUDING_START_DAY): (
        ("including the start day", "including start day"),
        ("включая день события", "включая день начала"),
    ),
    ("counting", Counting.FOLLOWING_DAY): (("from the following day",), ("со следующего дня",)),
}
_SPELLINGS = {
    spelling: modifier
    for modifier, languages in _MODIFIERS.items()
    for spellings in languages
    for spelling in spellings
}
_DEFAULTS = {Roll.FOLLOWING, DueTime.CLOSE, Counting.FOLLOWING_DAY}


def parse(text: str) -> Term:
    """Read a term.

    Raises:
        TermSyntaxError: if the text is not of the grammar.
    """
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
        raise TermSyntaxError(f"{text!r} is not a term: say how many of {KNOWN}")
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
        if tail not in _SPELLINGS:
            break
        name, value = _SPELLINGS[tail]
        if name in modifiers:
            raise TermSyntaxError(f"{text!r} says twice how it is {'rolled' if name == 'roll' else 'counted or due'}")
        modifiers[name], core = value, head
    return core, modifiers


def _recurring(core: str) -> tuple[Unit, tuple[int, ...]] | None:
    if _EACH_WORKING_DAY.fullmatch(core):
        return Unit.EACH_WORKING_DAY, ()
    if _MONTH_DAYS_EN.fullmatch(core) or _MONTH_DAYS_RU.fullmatch(core):
        return Unit.EACH_MONTH_DAY, tuple(int(day) for day in re.findall(r"\d+", core))
    for each, names in ((_EACH_EN, _WEEKDAYS_EN), (_EACH_RU, _WEEKDAYS_RU)):
        if each.match(core):
            known = {name.lower(): number for number, name in enumerate(names)}
            said = re.split(r", | and | и ", each.sub("", core))
            if all(name in known for name in said):
                return Unit.EACH_WEEKDAY, tuple(known[name] for name in said)
    return None


def write(term: Term, locale: str) -> str:
    """A term in a language; `parse` reads it back."""
    language = check_locale(locale)
    said = [_core_en(term) if language == "en" else _core_ru(term)]
    for (name, value), spellings in _MODIFIERS.items():
        if value not in _DEFAULTS and getattr(term, name) is value:
            said.append(spellings[0 if language == "en" else 1][0])
    return ", ".join(said)


_NAMES_EN = {unit: unit.value.replace("_", " ") for unit in Unit if unit not in RECURRING}
_NAMES_RU = {
    Unit.BUSINESS_DAY: ("рабочий день", "рабочих дня", "рабочих дней"),
    Unit.CALENDAR_DAY: ("календарный день", "календарных дня", "календарных дней"),
    Unit.WEEK: ("неделя", "недели", "недель"),
    Unit.MONTH: ("месяц", "месяца", "месяцев"),
    Unit.WORKING_MINUTE: ("рабочая минута", "рабочие минуты", "рабочих минут"),
    Unit.WORKING_HOUR: ("рабочий час", "рабочих часа", "рабочих часов"),
    Unit.MINUTE: ("минута", "минуты", "минут"),
    Unit.HOUR: ("час", "часа", "часов"),
}


def _core_en(term: Term) -> str:
    if term.unit is Unit.EACH_WORKING_DAY:
        return "each working day"
    if term.unit is Unit.EACH_WEEKDAY:
        return f"each {_listed([_WEEKDAYS_EN[day] for day in term.days], 'and')}"
    if term.unit is Unit.EACH_MONTH_DAY:
        return f"on the {_listed([_ordinal(day) for day in term.days], 'and')}"
    number = abs(term.amount)
    said = f"{number} {_NAMES_EN[term.unit]}{'' if number == 1 else 's'}"
    return f"{said} before" if term.amount < 0 else said


def _core_ru(term: Term) -> str:
    if term.unit is Unit.EACH_WORKING_DAY:
        return "каждый рабочий день"
    if term.unit is Unit.EACH_WEEKDAY:
        return f"{_EACH_FORMS_RU[term.days[0]]} {_listed([_WEEKDAYS_RU[day] for day in term.days], 'и')}"
    if term.unit is Unit.EACH_MONTH_DAY:
        return f"{_listed([f'{day}-го' for day in term.days], 'и')} числа"
    number = abs(term.amount)
    forms = _NAMES_RU[term.unit]
    if term.amount < 0 and forms[0].endswith(("неделя", "минута")):
        # After «за» the noun stands in the accusative, which differs for feminine nouns in the singular.
        forms = (
            forms[0].replace("рабочая", "рабочую").removesuffix("я").removesuffix("а") + _accusative(forms[0]),
            *forms[1:],
        )
    said = f"{number} {plural_ru(number, *forms)}"
    return f"за {said} до" if term.amount < 0 else said


def _accusative(noun: str) -> str:
    return "ю" if noun.endswith("я") else "у"


def _listed(words: list[str], conjunction: str) -> str:
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _ordinal(number: int) -> str:
    suffix = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
