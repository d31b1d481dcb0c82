"""Reading a term as people write it, in English or Russian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from functools import cache
from typing import Any, Final

from salesreg.calendars.phrases import Phrase, folded, forms, leads, phrases, tables
from salesreg.calendars.recurring import PERIODS, Said, recurring, said, whole
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
from salesreg.calendars.wording import words
from salesreg.errors import TermSyntaxError

LONGEST: Final = 300
"""How many characters a phrase may have."""

_CLOCK: Final = re.compile(
    r"(?:at|by|before|no later than|в|к|до|не позднее) (?:(?P<noon>noon|midday|полудн[юя]|полдень)"
    r"|(?P<hour>\d{1,2})(?:(?:[:.h]|-(?=[03]0)| ?ч(?:ас(?:ов|а)?)?\.? ?)(?P<minute>\d{2})(?: ?мин(?:ут[аы]?)?)?)?"
    r"(?: ?(?P<oclock>часов|часам|часа|час|ч|o'clock))?(?: ?(?P<half>am|pm|a\.m\.|p\.m\.|утра|дня|вечера))?)(?!\w)"
)
# What says nothing where a length follows: as soon as possible, but no later than …
_SOON: Final = (
    r"^(?:немедленно|незамедлительно|безотлагательно|оперативно|в кратчайшие сроки|в (?:кратчайший|разумный) срок"
    r"|as soon as (?:reasonably )?(?:possible|practicable)|promptly|immediately|forthwith|without delay"
    r"|without undue delay|within a reasonable time),? (?:но|и|but|and)(?: in any (?:event|case))? (?=\S)"
)
# Other words for what the grammar knows: the phrase is read as if it said the second.
_REWRITTEN: Final = tuple(
    (re.compile(found, re.IGNORECASE), put)
    for found, put in (
        (r", (чем|не превышающ|считая|начиная|следующ|исчисля)", r" \1"),
        (r"\b([рк]) ?/ ?д\b", r"\1.д."),
        (r"^[tт] ?\+ ?(\d+) (?=\w)", r"\1 "),
        (r"^on or before ", "by "),
        (r",? (?:max(?:imum)?|at (?:the )?(?:most|latest)|tops|максимум|самое позднее|включительно)$", ""),
        (r"\b(\w+)[ -]to[ -]last\b", r"\1 last"),
        (r"\b(?:last but one|next last)\b", "penultimate"),
        (r"(\d\d) дня следующего за\b", r"\1 следующего дня после"),
        (r"\bfollowing (business|working) day\b", r"next \1 day"),
        (r"^(?:by )?(?:eod|cob|close of business|(?:the )?end of (?:the )?day)(?: on| of)? (?=(?:the )?next)", ""),
        (r"\b(?:рабоч(?:его|ий|ему) (?:дня|день|дню)) следующ(?:его|ий|ему) за\b", "следующего рабочего дня после"),
        (
            r"^(?:by |on |no later than )?the (business |working |calendar )?day (?:following|after)\b",
            r"next \1day after",
        ),
        (r"\bthree quarters of an hour\b|\bтр(?:и|ех|ёх) четвертей? часа\b|\bтри четверти часа\b", "45 min"),
        (r"\b(?:a |one )?quarter of an hour\b|\bчетверт[ьи] часа\b", "15 min"),
        (r"\bhalf year\b", "half-year"),
        (r"^(?:в|на) день (?!обращения$|в )(?=\w)", "до конца рабочего дня с "),
        (r"^(?:on |by )?the (?:business |working )?day of (?=\w)", "end of business day of "),
        (r"^(?:в (?=\S+ сро))?((?:.* )?\S*(?:дневн|недельн|месячн|годичн|часов|минутн)(?:ый|ого|ой)) срока?\b", r"\1"),
        (r"^((?:.* )?\S*-(?:day|week|month|year|hour|minute)) (?:period|term)\b", r"\1"),
        (
            r"^(?:(?:on|by|no later than|(?:by )?(?:the )?end of) )?(?:the )?(?:next|following) (calendar )?day\b",
            r"1 \1day",
        ),
        (
            r"^(?:(?:в|на|не позднее|до конца|к концу) )?следующ(?:ий|его|ему) (календарн\w+ )?(?:день|дня|дню)\b",
            r"1 \1день",
        ),
        (_SOON, ""),
    )
)
# How many of the smallest unit that it may be added up with a unit has.
_BASE: Final = {
    **dict.fromkeys(Unit, 1),
    Unit.HOUR: 60,
    Unit.WORKING_HOUR: 60,
    Unit.WEEK: 7,
}
_OF_WORKING_TIME: Final = (("рабочего", "времени"), ("of", "working", "time"), ("of", "business", "time"))
_BY: Final = ("до", "позднее", "позже")
_SMALLEST: Final = {
    Unit.HOUR: Unit.MINUTE,
    Unit.WORKING_HOUR: Unit.WORKING_MINUTE,
    Unit.WEEK: Unit.CALENDAR_DAY,
}


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
    plain = re.sub(r"\s*(?:(?<!\d),|,(?!\d))\s*", ", ", plain).strip(" .;")
    if plain[:1] + plain[-1:] in ("«»", '""', "“”") and not {*plain[1:-1]} & {*'«»“”"'}:
        plain = plain[1:-1].strip(" .;")
    quoted = plain
    plain = _rewritten(plain)
    clock = _CLOCK.match(folded(plain))
    if clock is not None and clock.end() < len(plain) and _clock(quoted, plain[: clock.end()]):
        ended = re.sub(r"^,? (?:of |on |в |во )?", "", plain[clock.end() :], flags=re.IGNORECASE)
        plain = f"{_rewritten(ended)} {plain[: clock.end()]}"
    elif clock is not None and (clock["half"] or not clock["oclock"]) and _clock(quoted, plain):
        Phrase(quoted).refuse(
            "that time of which day? say 'next business day at 12:00' or 'each working day at 12:00'",
            "в это время какого дня? скажите «на следующий рабочий день в 12:00» или «каждый рабочий день в 12:00»",
        )
    core, modifiers = _without_conventions(plain, quoted)
    term = _read(Phrase(core, quoted), plain)
    _check(Phrase(quoted), term, modifiers)
    return term | modifiers


def _rewritten(plain: str) -> str:
    for found, put in _REWRITTEN:
        plain = found.sub(put, plain)
    return plain


def _check(phrase: Phrase, term: Said, modifiers: Mapping[str, Any]) -> None:
    """Refuse what no term can be, in the phrase's language."""
    unit, due = term["unit"], {"due", "at"} & {*modifiers}
    if abs(term["amount"]) > LIMIT:
        phrase.refuse(f"a term counts up to {LIMIT}", f"срок считает до {LIMIT}")
    if modifiers.get("roll", Roll.FOLLOWING) is not Roll.FOLLOWING and unit not in ROLLED:
        phrase.refuse(
            "it falls on working time and is not rolled", "он и так приходится на рабочее время, не переносится"
        )
    if due and unit in WORKING_TIME | WALL_CLOCK:
        phrase.refuse("what is counted in hours or minutes ends at its own instant", "часы и минуты кончаются сами")
    if modifiers.get("due") is DueTime.SAME_TIME and unit in RECURRING:
        phrase.refuse(
            "what comes again is due at the opening or at the close", "повторяемое наступает к открытию или закрытию"
        )
    if "counting" in modifiers and unit not in COUNTED:
        phrase.refuse("only days and longer may include the start day", "день события считают только в днях и дольше")


def _without_conventions(plain: str, quoted: str) -> tuple[str, dict[str, Any]]:
    """A phrase without what ends it: how it is rolled, when on its day it is due, how it is counted."""
    core, modifiers = plain, dict[str, Any]()
    while ", " in core:
        head, tail = core.rsplit(", ", 1)
        bare = "at " if re.fullmatch(r"\d\d?[:.]\d\d", tail) else ""
        convention = _conventions().get(folded(tail)) or _clock(quoted, bare + tail)
        if convention is None:
            break
        _set(quoted, modifiers, convention)
        core = head
    ahead = re.match("(?:не .* )?за ", folded(core)) is not None
    for form, convention in _conventions().items():
        if " " in form and folded(core).endswith(f" {form}") and not (ahead and form.startswith("до ")):
            _set(quoted, modifiers, convention)
            core = core[: -len(form)].rstrip()
            break
    for found in _CLOCK.finditer(folded(core)):
        if found.start() > 1 and found.end() == len(core) and core[found.start() - 1] == " ":
            clock = _clock(quoted, core[found.start() :])
            if clock is not None:
                _set(quoted, modifiers, clock)
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
    if found is None or not any(found[part] for part in ("noon", "minute", "half", "oclock")):
        return None
    if found["noon"]:
        return time(12)
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "")[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half in "pдв" else 0)
    elif (half and half not in "pдв") or hour > 23 or minute > 59:
        Phrase(plain).refuse(
            f"{tail!r} is no time of day from 00:00 to 23:59", f"«{tail}» — не время от 00:00 до 23:59"
        )
    return time(hour, minute)


def _read(phrase: Phrase, plain: str) -> Said:
    said_words = tuple(word.text for word in phrase.words)
    for end in range(len(said_words), 0, -1):
        same = _same().get(said_words[:end])
        if same is None:
            continue
        head, _, opening = same.partition(", ")
        found = _read(Phrase(head), plain) | ({"due": DueTime.OPENING} if opening else {})
        phrase.at = end
        if phrase.done:
            return found
        if not head.startswith("each") and phrase.take_phrase(phrases("anchor", "since")) and not phrase.done:
            return found | {"anchor": phrase.rest()}
    phrase.at = 0
    return _shorthand(phrase) or recurring(phrase) or _in_amounts(phrase)


def _shorthand(phrase: Phrase) -> Said | None:
    """``T+2`` and ``net 30``."""
    found = re.fullmatch(r"[tт] ?\+ ?(\d{1,4})|net[ -]?(\d{1,4})(?: days)?", folded(phrase.text))
    if found is None:
        return None
    return said(int(found[1]), Unit.BUSINESS_DAY) if found[1] else said(int(found[2]), Unit.CALENDAR_DAY)


# -- amounts -----------------------------------------------------------------------------------------------------------


def _in_amounts(phrase: Phrase) -> Said:
    """``within 10 (ten) business days of receipt``, «не позднее чем за 3 календарных дня до отпуска»."""
    phrase.at = 0
    lead = next((kind for words, kind in leads() if phrase.take_phrase((words,))), "")
    by = phrase.words[phrase.at - 1].text if lead else ""
    sign = 1
    if phrase.take(("-", "−", "–", "+", "минус", "minus")):
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
        if lead in ("span", "least"):
            phrase.refuse(
                "it says in which time before the event, not by when: say 'at least … before'",
                "сказано, в какое время до события, а не к какому сроку: скажите «не позднее чем за … до»",
            )
        return said(-amount, unit, anchor=phrase.rest())
    since = phrase.take_phrase(phrases("anchor", "since"))
    if phrase.done and phrase.at > begun:
        phrase.refuse("from what is not said", "не сказано, с чего")
    if not (since or phrase.done or _on_completion(phrase)):
        phrase.refuse_word()
    if lead == "least" or (lead == "ahead" and not phrase.done):
        phrase.refuse(
            "it says how long at least: nobody could be late; say 'no later than'",
            "сказано, сколько самое меньшее: опоздать нельзя; скажите «не позднее»",
        )
    if lead == "ahead":
        phrase.refuse("which way is not said: before what?", "не сказано, в какую сторону: до чего?")
    clock = [word for word in phrase.words if forms("noun").get(word.text) in ("hour", "minute")]
    if phrase.done and by in _BY and (len(clock) > 1 or (unit is Unit.HOUR and amount <= 24)):
        phrase.refuse(
            "is it a length of time, or a time of which day?",
            "это длительность («в течение 2 ч») или время какого дня?",
        )
    return said(sign * amount, unit, anchor=phrase.rest())


def _on_completion(phrase: Phrase) -> bool:
    """Step over «по» of «по получении счёта», not of «по московскому времени»."""
    return phrase.after.endswith("ии") and phrase.take(("по",))


def _amount(phrase: Phrase) -> tuple[Unit, int]:
    """One amount or several, added up."""
    pieces: list[tuple[Unit, Fraction]] = []
    nouns: list[str] = []
    while True:
        begun = phrase.at
        if pieces:
            phrase.take(("and", "и", ","))
        number = _number(phrase, alone=not pieces)
        if number is None:
            phrase.at = begun
            break
        unit, number, noun = _unit(phrase, number, alone=not pieces)
        half = phrase.take_phrase((("and", "a", "half"), ("с", "половиной")))
        pieces.append((unit, number + Fraction(half, 2)))
        nouns.append(noun)
    if not pieces:
        phrase.take(("the",))
        if forms("noun").get(phrase.here) == "day":
            phrase.refuse("calendar or business days?", "календарных или рабочих дней?")
        if phrase.here in forms("noun") or (phrase.here in forms("kind") and phrase.after in forms("noun")):
            phrase.refuse(
                f"how many? no number comes before {phrase.here!r}", f"сколько? перед «{phrase.here}» нет числа"
            )
        phrase.refuse_word()
    if len(pieces) == 1:
        unit, number = pieces[0]
        if number.denominator != 1 and unit in (Unit.HOUR, Unit.WORKING_HOUR):
            if (number * 60).denominator != 1:
                phrase.refuse("the shortest unit is a minute", "самая короткая единица — минута")
            unit, number = _SMALLEST[unit], number * 60
        return unit, whole(phrase, number)
    if len({*nouns}) < len(nouns):
        phrase.refuse("it names one unit twice", "одна единица названа дважды")
    smallest = {_SMALLEST.get(unit, unit) for unit, _ in pieces}
    if len(smallest) > 1:
        phrase.refuse("its parts are counted in different ways", "его части считаются по-разному")
    return smallest.pop(), whole(phrase, sum((number * _BASE[unit] for unit, number in pieces), Fraction()))


def _number(phrase: Phrase, *, alone: bool) -> Fraction | None:
    """The number that comes next; a unit that stands alone is one of it."""
    number = phrase.take_number()
    if number is not None and number > LIMIT:
        phrase.refuse(f"a term counts up to {LIMIT}", f"срок считает до {LIMIT}")
    if number is None and phrase.take_phrase((("half", "an"), ("half", "a"), ("half",))):
        return Fraction(1, 2)
    if number is None and alone and (not phrase.at or phrase.here != "the") and phrase.take(("a", "an", "the")):
        number = phrase.take_number()
        return Fraction(1) if number is None else number
    if number is None and alone and phrase.here in tables()["alone"]["one"].split():
        return Fraction(1)
    return number


def _unit(phrase: Phrase, number: Fraction, *, alone: bool) -> tuple[Unit, Fraction, str]:
    """The unit that comes next, how many of it, and its noun."""
    kind = phrase.take_name("kind")
    if alone and phrase.here in ("m", "м"):
        phrase.refuse("minutes or months?", "минут или месяцев?")
    noun = phrase.take_name("noun")
    if noun is None:
        phrase.refuse_word()
    if kind is None and phrase.take_phrase(_OF_WORKING_TIME):
        kind = "business"
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
        **{name: (Unit.MONTH, months) for name, months in PERIODS.items()},
    }
    dated = kind == "calendar" and noun not in ("hour", "minute", "half_hour", "24_hours")
    if kind == "business" and noun in ("week", *PERIODS):
        phrase.refuse("only days, hours and minutes are business ones", "рабочими бывают только дни, часы и минуты")
    found = plain.get((kind or "", noun)) or (loose.get(noun) if kind is None or dated else None)
    if found is None:
        phrase.at -= 2
        phrase.refuse_word()
    return found[0], number * found[1], noun
