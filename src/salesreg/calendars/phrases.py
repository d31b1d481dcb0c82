"""The words of a phrase about time, English or Russian: numbers made numbers, refusals that name the word at fault."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise
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
    r"(?P<number>\d{1,3}(?: \d{3})+(?!\d)|\d+/\d+|\d*[½¼¾]|\d+(?:[.,]\d+)?)(?:[-‑–]?(?P<suffix>[^\W\d_]+))?"
    r"|(?P<word>(?:[^\W\d_]\.)+[^\W\d_](?![^\W\d_])|[^\W\d_]+(?:[-‑'’][^\W\d_]+)*)\.?"
    r"|(?P<sign>[^\s.])"
)
_FRACTIONS: Final = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_LONGEST_NUMBER: Final = 20
_SECOND_LIMIT: Final = re.compile(
    r"\b(?:but|но|а) (?:no|not|in any|не)\b|\b(?:or|или) (?:no\b|not\b|не\b|\d)|\bwhichever\b|\bсмотря\b"
)
# «десятидневный», "двухнедельный": a number, a unit and nothing else in one adjective, as in «в десятидневный срок».
_ADJECTIVE: Final = re.compile(r"(?P<number>[а-я]*?)(?P<noun>дневн|недельн|месячн|годичн|часов|минутн)(?:ый|ого|ой)")
_OF_ADJECTIVE: Final = {
    "дневн": "день",
    "недельн": "неделя",
    "месячн": "месяц",
    "годичн": "год",
    "часов": "час",
    "минутн": "минута",
}
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
def leads() -> tuple[tuple[tuple[str, ...], str], ...]:
    """The phrases that a term follows, the longest first, and what kind each is of."""
    every = ((words, kind) for kind in tables()["lead"] for words in phrases("lead", kind))
    return tuple(sorted(every, key=lambda lead: len(lead[0]), reverse=True))


@cache
def weekdays() -> Mapping[str, int]:
    """The weekdays by every form in which they are written."""
    found: dict[str, int] = {}
    for number, weekday in enumerate(words()["weekdays"]):
        english = weekday["english"].lower()
        several = [weekday[form] for form in ("russian", "accusative", "genitive", "every")]
        found |= dict.fromkeys((english, f"{english}s", *several, *tables()["weekday"][number].split()), number)
    return found


def is_recurring_weekday(form: str) -> bool:
    """Whether a weekday is written as one that comes again: Mondays, понедельникам."""
    return form in weekdays() and form.endswith(("days", "ам", "ям"))


@cache
def _vocabulary(language: Locale) -> list[str]:
    tables = [*(forms(name) for name in ("kind", "noun", "number", "ordinal")), weekdays(), forms_of_each()]
    known = {word for table in tables for word in table if len(word) > 2}
    return sorted(word for word in known if (language == "ru") == _is_russian(word))


@cache
def _understood() -> frozenset[str]:
    """Every word that stands somewhere in the grammar."""
    found = {*_vocabulary("en"), *_vocabulary("ru"), *weekdays(), *forms("kind"), *forms("noun")}
    for several in (*tables()["lead"].values(), *tables()["anchor"].values(), *tables()["same"].values()):
        found |= {word for phrase in several for word in folded(phrase).split()}
    found |= {word for several in tables()["each"].values() for word in _all(several).split()}
    return frozenset({*found, "half", "a", "an", "срок", "сроки"})


def _all(several: str | list[str]) -> str:
    return several if isinstance(several, str) else " ".join(several)


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

    def __init__(self, text: str, quoted: str = "") -> None:
        self.text: str = text
        self.quoted: str = quoted or text
        self.language: Locale = "ru" if _is_russian(text) else "en"
        self.words: list[Word] = _without_brackets(self, _counted(self, list(_split(self, text))))
        self.at: int = 0
        self._refuse_ranges()

    def _refuse_ranges(self) -> None:
        if re.search(tables()["seems"]["date"], self.text):
            return
        said = [word.text if word.number is None else "" for word in self.words]
        for at in range(len(said) - 2):
            if not said[at] and not said[at + 2] and said[at + 1] in ("-", "–", "—", "to", "or", "до", "или"):
                low, high = (self.words[each].number or Fraction() for each in (at, at + 2))
                if low < high and ":" not in said:
                    self.refuse_range(_plain(low), _plain(high))

    def refuse_range(self, low: str, high: str) -> NoReturn:
        """Say of «2–3 дня» that nobody could tell when it is late."""
        self.refuse(
            f"from {low} to {high} is a range: say only after how many it is late",
            f"от {low} до {high} — это промежуток: скажите только, после скольких наступает просрочка",
        )

    def refuse(self, english: str, russian: str) -> NoReturn:
        """Say in the phrase's language why it is no term."""
        quoted = f"{self.quoted!r} is not a term" if self.language == "en" else f"«{self.quoted}» — не срок"
        raise TermSyntaxError(f"{quoted}: {say(self.language, english, russian)}")

    def refuse_word(self) -> NoReturn:
        """Name the word that is not understood, and the nearest that is."""
        if self.at >= len(self.words):
            self.refuse(f"say how many of {_KNOWN_EN}", f"скажите, сколько {_KNOWN_RU}")
        self.take((",",))
        left = [each.text for each in self.words[self.at :] if each.number is None]
        unknown = [word for word in left if word not in _understood()]
        strange = [word for word in unknown if word not in forms("unfit")]
        if strange[:1] != [self.here]:
            strange.sort(key=lambda word: not word.isalnum())
        near = difflib.get_close_matches(strange[0], _vocabulary(self.language), 1, 0.7) if strange else []
        if near:
            self.refuse(
                f"{strange[0]!r} is not known; did you mean {near[0]!r}?",
                f"непонятно «{strange[0]}»; может быть, «{near[0]}»?",
            )
        for each in self.words:
            if (known := forms("unfit").get(each.text)) is not None:
                self.refuse(*tables()["why_unfit"][known])
        for seems, pattern in tables()["seems"].items():
            if re.search(pattern, folded(self.text)):
                self.refuse(*tables()["why_unfit"][seems])
        if self.here == "(":
            self.refuse("brackets hold the number again and nothing else", "в скобках бывает только то же число")
        if not strange and any(word in weekdays() for word in left):
            self.refuse(*tables()["why_unfit"]["weekday"])
        word = strange[0] if strange else self.here or ","
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

    @property
    def after(self) -> str:
        """The word after the next one."""
        return self.words[self.at + 1].text if self.at + 1 < len(self.words) else ""

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
        """The event that the phrase ends with, as it was written; refused if it brings in a second limit."""
        if self.done:
            return ""
        left = self.text[self.words[self.at].start :].rstrip(" .")
        if self.here in tables()["anchor"]["no_event"].split() or _SECOND_LIMIT.search(folded(left)):
            self.refuse(
                f"one event is needed, and one limit, not {left!r}", f"нужно одно событие и один предел, а не «{left}»"
            )
        return left


def _split(phrase: Phrase, text: str) -> Iterable[Word]:
    for found in _TOKEN.finditer(folded(text)):
        start, end = found.span()
        if found["number"] is None:
            said = (found["word"] or found["sign"]).replace(".", "").replace("‑", "-")
            short = tables()["short"].get(said)
            for part in short.split() if short else [said]:
                yield from _of_adjective(Word(part, start, end))
            continue
        number, suffix = _number(phrase, found["number"]), found["suffix"]
        kind = _SUFFIXES.get(suffix or "")
        if suffix and kind is None:
            yield Word(found["number"], start, found.end("number"), number)
            short = tables()["short"].get(suffix)
            for part in short.split() if short else [suffix]:
                yield from _of_adjective(Word(part, found.start("suffix"), end))
        else:
            said = found["number"] + (suffix if suffix in ("st", "nd", "rd", "th") else "")
            yield Word(said, start, end, number, kind == "ordinal")


def _of_adjective(word: Word) -> Iterable[Word]:
    """The words of «десятидневный»: десяти, день; of "ten-day": ten, day."""
    head, _, tail = word.text.rpartition("-")
    found = _ADJECTIVE.fullmatch(word.text)
    if found is not None:
        head, tail = found["number"], _OF_ADJECTIVE[found["noun"]]
    if (found is None and not head) or (head and head not in forms("number")) or tail not in forms("noun"):
        yield word
        return
    if head:
        yield evolve(word, text=head)
    yield evolve(word, text=tail)


def _number(phrase: Phrase, said: str) -> Fraction:
    """The number that digits say; refused where two numbers could be meant."""
    if len(said) > _LONGEST_NUMBER:
        phrase.refuse(f"a number has at most {_LONGEST_NUMBER} digits", f"в числе не больше {_LONGEST_NUMBER} цифр")
    if said[-1] in _FRACTIONS:
        return Fraction(said[:-1] or 0) + _FRACTIONS[said[-1]]
    if "/" in said:
        above, below = map(int, said.split("/"))
        if not 0 < above < below:
            phrase.refuse(f"{said!r} is no part of one", f"«{said}» — не доля единицы")
        return Fraction(above, below)
    whole, _, parts = said.replace(",", ".").partition(".")
    if len(parts) == 3 and int(whole):
        thousand = f"{int(whole)}{parts}"
        phrase.refuse(
            f"{said!r} may be {thousand} or a fraction: write {thousand} without a separator or the fraction shorter",
            f"«{said}» — это {thousand} или дробь? запишите {thousand} без разделителя, а дробь короче",
        )
    return Fraction(said.replace(",", ".").replace(" ", ""))


def _plain(number: Fraction) -> str:
    return f"{float(number):g}"


def _counted(phrase: Phrase, split: list[Word]) -> list[Word]:
    """Numbers in words made numbers: those that follow one another are one, as long as they get smaller."""
    found: list[Word] = []
    spelt = False
    for at, word in enumerate(split):
        values = [_value(part) for part in word.text.split("-")] if word.number is None else [None]
        last = found[-1].number if spelt else None
        if word.text == "and" and last is not None and last % 100 == 0 and at + 1 < len(split):
            following = _value(split[at + 1].text.split("-")[0])
            if following is not None and following < 100 <= last:
                continue
        if any(value is None for value in values):
            article = word.text == "a" and at + 1 < len(split) and split[at + 1].text in ("hundred", "thousand")
            if not article:
                found.append(word)
            spelt = False
            continue
        said = [value for value in values if value is not None]
        if any(not _adds(one, other) for one, other in pairwise(said)):
            phrase.refuse_range(_plain(said[0]), _plain(said[-1]))
        value = sum(said, Fraction())
        if last is not None and 0 < last < {"hundred": 10}.get(word.text, value if value == 1000 else 0):
            value *= last
        elif last is not None and _adds(last, value):
            value += last
        else:
            found.append(evolve(word, number=value, text=str(value)))
            spelt = True
            continue
        found[-1] = Word(str(value), found[-1].start, word.end, value)
    return found


def _value(word: str) -> Fraction | None:
    value = forms("number").get(word)
    return None if value is None else Fraction(value)


def _adds(so_far: Fraction, value: Fraction) -> bool:
    """Whether a number in words goes on with the next one: twenty and one, a hundred and ten, not five and ten."""
    return any(so_far >= step and so_far % step == 0 and 0 < value < step for step in (100, 1000)) or (
        so_far >= 20 and so_far % 10 == 0 and so_far % 100 != 10 and 0 < value < 10
    )


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
        part = counted[at + 1] if at + 1 < len(counted) else word
        if word.number is not None and part.number is not None and re.search("[½¼¾/]", part.text):
            word, at = evolve(word, number=word.number + part.number, end=part.end), at + 1
        found.append(word)
        at += 1
    return found
