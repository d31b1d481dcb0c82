"""The words of a phrase about time, English or Russian: numbers made numbers, refusals that name the word at fault."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

from attrs import evolve, frozen

from salesreg.calendars.wording import Locale, say, words
from salesreg.errors import TermSyntaxError

_KNOWN_EN: Final = (
    "business days, calendar days, weeks, months, quarters, years, working minutes, working hours, minutes, hours; or "
    "each working day, each Monday, on the 10th and 25th, the last business day of each month"
)
_KNOWN_RU: Final = (
    "рабочих дней, календарных дней, недель, месяцев, кварталов, лет, рабочих минут, рабочих часов, минут, часов; или "
    "каждый рабочий день, каждый понедельник, 10-го и 25-го числа, последний рабочий день каждого месяца"
)
_TOKEN: Final = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)(?:[-‑–]?(?P<suffix>[^\W\d_]+))?"
    r"|(?P<word>(?:[^\W\d_]\.)+[^\W\d_](?![^\W\d_])|[^\W\d_]+(?:[-‑'’][^\W\d_]+)*)\.?"
    r"|(?P<sign>[^\s.])"
)
_SUFFIXES: Final = {
    **dict.fromkeys(("st", "nd", "rd", "th", "й", "го", "му", "е", "ый", "ой", "ого", "ому", "ее"), "ordinal"),
    **dict.fromkeys(("х", "x", "ти", "и", "ми", "мя", "ю"), "cardinal"),
}


@frozen
class Word:
    """A word or number of a phrase: as it is compared, where it stands, and what it counts."""

    text: str
    start: int
    end: int
    number: Fraction | None = None
    ordinal: bool = False


@cache
def tables() -> Mapping[str, Any]:
    """What people write, as ``phrases.toml`` has it."""
    return tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))


@cache
def forms(table: str) -> Mapping[str, str]:
    """What each form of a word of a table stands for."""
    return {form: name for name, spelt in tables()[table].items() for form in spelt.split()}


@cache
def phrases(table: str, name: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of a list as words, the longest first."""
    return tuple(sorted((tuple(phrase.split()) for phrase in tables()[table][name]), key=len, reverse=True))


@cache
def weekdays() -> Mapping[str, int]:
    """The weekdays by every form in which they are written."""
    found: dict[str, int] = {}
    for number, weekday in enumerate(words()["weekdays"]):
        english = weekday["english"].lower()
        forms = (english, f"{english}s", weekday["russian"], weekday["accusative"], weekday["every"])
        found |= dict.fromkeys(forms, number)
    return found


@cache
def _vocabulary(language: Locale) -> list[str]:
    tables = [*(forms(name) for name in ("kind", "noun", "number", "ordinal")), weekdays(), forms_of_each()]
    known = {word for table in tables for word in table if len(word) > 2}
    return sorted(word for word in known if (language == "ru") == _is_russian(word))


@cache
def forms_of_each() -> Mapping[str, str]:
    """Every form of "each"."""
    return dict.fromkeys(tables()["each"]["each"].split(), "each")


def _is_russian(text: str) -> bool:
    return re.search(r"[а-яё]", text, re.IGNORECASE) is not None


def folded(text: str) -> str:
    """A text as it is compared."""
    return text.lower().replace("ё", "е")


class Phrase:
    """The words of a phrase, gone through from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.language: Locale = "ru" if _is_russian(text) else "en"
        self.words = _without_brackets(self, _counted(list(_split(text))))
        self.at = 0

    def refuse(self, english: str, russian: str) -> NoReturn:
        """Say in the phrase's language why it is no term."""
        quoted = f"{self.text!r} is not a term" if self.language == "en" else f"«{self.text}» — не срок"
        raise TermSyntaxError(f"{quoted}: {say(self.language, english, russian)}")

    def refuse_word(self) -> NoReturn:
        """Name the word that is not understood, and the nearest that is."""
        if self.at >= len(self.words):
            self.refuse(f"say how many of {_KNOWN_EN}", f"скажите, сколько {_KNOWN_RU}")
        for each in self.words:
            if (known := forms("unfit").get(each.text)) is not None:
                self.refuse(*tables()["why_unfit"][known])
        self.take((",",))
        word = self.here or ","
        near = difflib.get_close_matches(word, _vocabulary(self.language), 1, 0.7)
        if near and near[0] != word:
            self.refuse(
                f"{word!r} is not known; did you mean {near[0]!r}?", f"непонятно «{word}»; может быть, «{near[0]}»?"
            )
        self.refuse(
            f"{word!r} is not known here; say how many of {_KNOWN_EN}",
            f"непонятно «{word}»; скажите, сколько {_KNOWN_RU}",
        )

    @property
    def done(self) -> bool:
        """Whether every word has been stepped over."""
        return self.at >= len(self.words)

    @property
    def here(self) -> str:
        """The next word; nothing at the end."""
        return "" if self.done else self.words[self.at].text

    def take(self, said: Iterable[str]) -> bool:
        """Step over a word, if it is one of these."""
        found = not self.done and self.words[self.at].number is None and self.here in said
        self.at += found
        return found

    def take_phrase(self, several: Iterable[tuple[str, ...]]) -> bool:
        """Step over the first of some phrases that comes next."""
        for phrase in several:
            if tuple(word.text for word in self.words[self.at : self.at + len(phrase)]) == phrase:
                self.at += len(phrase)
                return True
        return False

    def take_name(self, table: str) -> str | None:
        """What the next word stands for in a table; None, and nothing stepped over, if it is not in it."""
        name = None if self.done or self.words[self.at].number is not None else forms(table).get(self.here)
        self.at += name is not None
        return name

    def take_number(self) -> Fraction | None:
        """Step over a number, if one comes next."""
        word = None if self.done else self.words[self.at]
        if word is None or word.number is None or word.ordinal:
            return None
        self.at += 1
        return word.number

    def rest(self) -> str:
        """What is left of the phrase, as it was written."""
        return "" if self.done else self.text[self.words[self.at].start :].rstrip(" .")


def _split(text: str) -> Iterable[Word]:
    for found in _TOKEN.finditer(folded(text)):
        start, end = found.span()
        if found["number"] is None:
            said = (found["word"] or found["sign"]).replace(".", "").replace("‑", "-")
            short = tables()["short"].get(said)
            for part in short.split() if short else [said]:
                yield Word(part, start, end)
            continue
        number, suffix = Fraction(found["number"].replace(",", ".")[:20]), found["suffix"]
        kind = _SUFFIXES.get(suffix or "")
        if suffix and kind is None:
            yield Word(found["number"], start, found.end("number"), number)
            short = tables()["short"].get(suffix)
            for part in short.split() if short else [suffix]:
                yield Word(part, found.start("suffix"), end)
        else:
            said = found["number"] + (suffix if suffix in ("st", "nd", "rd", "th") else "")
            yield Word(said, start, end, number, kind == "ordinal")


def _counted(split: list[Word]) -> list[Word]:
    """Numbers in words made numbers: those that follow one another are one, as long as they get smaller."""
    found: list[Word] = []
    spelt = False
    for word in split:
        values = [forms("number").get(part) for part in word.text.split("-")] if word.number is None else [None]
        if any(value is None for value in values):
            found.append(word)
            spelt = False
            continue
        value = sum((Fraction(value) for value in values if value is not None), Fraction())
        last = found[-1] if spelt else None
        if last is not None and last.number is not None and value == 100 and 0 < last.number < 10:
            value *= last.number
        elif last is not None and last.number is not None and _adds(last.number, value):
            value += last.number
        else:
            found.append(evolve(word, number=value, text=str(value)))
            spelt = True
            continue
        found[-1] = Word(str(value), found[-1].start, word.end, value)
    return found


def _adds(so_far: Fraction, value: Fraction) -> bool:
    """Whether a number in words goes on with the next one: twenty and one, a hundred and ten, not five and ten."""
    return (so_far >= 20 and so_far % 10 == 0 and 0 < value < 10) or (so_far % 100 == 0 and 0 < value < 100 <= so_far)


def _without_brackets(phrase: Phrase, counted: list[Word]) -> list[Word]:
    """A number that is repeated in brackets, and the half after a number, made one with it."""
    found: list[Word] = []
    texts = [word.text for word in counted]
    at = 0
    while at < len(counted):
        word = counted[at]
        if word.number is not None and texts[at + 1 : at + 2] == ["("] and texts[at + 3 : at + 4] == [")"]:
            again = counted[at + 2].number
            if again is not None:
                if again != word.number:
                    phrase.refuse(
                        f"it says {word.number} and, in brackets, {again}",
                        f"сказано {word.number}, а в скобках {again}",
                    )
                word, at = evolve(word, end=counted[at + 3].end), at + 3
        for half in (["and", "a", "half"], ["с", "половиной"]):
            if word.number is not None and texts[at + 1 : at + 1 + len(half)] == half:
                word, at = evolve(word, number=word.number + Fraction(1, 2)), at + len(half)
        found.append(word)
        at += 1
    return found
