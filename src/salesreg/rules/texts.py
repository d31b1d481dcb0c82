"""What people read. English stands in the code beside the rule; every other language is a folder of TOML keyed by id.

A placeholder names a fact and, if need be, how it reads: ``{need:role}``, ``{role:role.gen}``, ``{stage:stage}``,
``{field:field}``, ``{n:plural|день|дня|дней}``. Facts are ids and plain values, so a stored refusal reads in any
language.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from salesreg.calendars import Term
from salesreg.calendars.wording import check_locale, long_date
from salesreg.errors import DeclarationError, DomainError, Refusal, Sentence

CASES: Final = frozenset({"nom", "gen", "dat", "acc", "ins", "prep"})
"""The grammatical cases that a role's name may have in a catalogue."""

_PLURALS: Final[Mapping[str, Callable[[int], int]]] = {  # CLDR's cardinal rules for whole numbers
    "ru": lambda n: 0 if n % 10 == 1 and n % 100 != 11 else 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2,
}
ZONES: Final = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
)
"""Time zones whose cities catalogues name."""

_SAYS: Final = re.compile(r"[^\W_]")
"""A letter or a digit."""

KERNEL: Final = Path(__file__).parent.parent / "locale"
"""The kernel's own catalogues."""


def says_nothing(text: str) -> bool:
    r"""Whether a text has neither a letter nor a digit: only blanks, dots, dashes or signs that nobody sees.

    >>> says_nothing(" \u200b "), says_nothing("..."), says_nothing("no"), says_nothing("\u2116 7")
    (True, True, False, False)
    """
    return _SAYS.search(text) is None


class Locale:
    """One language: its sentences by key, with the English of the code behind them.

    Args:
        lang: its code, such as ``"ru"``.
        sentences: what the catalogues say, by key; a role may have its grammatical cases.
        english: the titles that the code declares, by key.
    """

    def __init__(self, lang: str, sentences: Mapping[str, Any], english: Mapping[str, str]) -> None:
        self.lang: str = lang
        self.sentences: Mapping[str, Any] = sentences
        self._english = english
        self._speakers: dict[str, _Speaker] = {}

    def __repr__(self) -> str:
        return f"Locale({self.lang!r}, {len(self.sentences)} sentences)"

    def title(self, key: str, case: str = "nom") -> str:
        """What a key names, such as ``"role.ceo"`` or ``"sale.stage.opening"``; the id itself if nothing is known."""
        found = self.sentences.get(key)
        if isinstance(found, Mapping):
            return str(found.get(case) or f"«{found.get('nom', key)}»")  # a role without that case still reads
        return str(found or self._english.get(key) or key.partition(".")[2])

    def day(self, day: dt.date) -> str:
        """A date with its weekday; as ISO has it where the calendars do not speak the language."""
        return long_date(day, check_locale(self.lang)) if self.lang in ("en", "ru") else f"{day:%Y-%m-%d}"

    def when(self, instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
        """An instant in somebody's zone, as it is said at another: of today, of tomorrow, or by its day alone."""
        return _when(self, instant, zone, now.astimezone(zone).date())

    def knows(self, key: str) -> bool:
        """Whether the code declares a title of a key."""
        return key in self._english

    def say(self, key: str | Iterable[str], english: str, process: str = "", /, **facts: Any) -> str:
        """A sentence with its facts: by the first key that the language has, else as it stands in English.

        Args:
            key: one key of the catalogues, or several, the most special first.
            english: the sentence as the code says it.
            process: the id of the process whose stages, steps and fields the facts name.
            facts: what the placeholders name.
        """
        return self.fill(self.text(key, english), process, facts)

    def text(self, key: str | Iterable[str], english: str) -> str:
        """A sentence before its facts: by the first key that the language has, else as it stands in English."""
        keys = (key,) if isinstance(key, str) else key
        return next((s for one in keys if isinstance(s := self.sentences.get(one), str)), english)

    def fill(self, text: str, process: str, facts: Mapping[str, Any]) -> str:
        """A sentence with its facts; `process` is as in `say`."""
        return text if not facts and "{" not in text else self._speaker(process).vformat(text, (), facts)

    def refusal(self, one: Refusal) -> str:
        """A reason with its clause."""
        keys = (f"{one.process}.refusal.{one.code}", f"refusal.{one.code}")
        words = self.say(keys, one.text, one.process, **one.values)
        return f"{words} ({one.clause})" if one.clause else words

    def error(self, wrong: DomainError) -> str:
        """What an entity says it cannot be."""
        return self.say(f"refusal.{wrong.code}", wrong.text, **wrong.facts)

    def _speaker(self, process: str) -> _Speaker:
        known = self._speakers.get(process)
        if known is None:
            known = self._speakers[process] = _Speaker(self, process)
        return known


@lru_cache(maxsize=1024)
def _when(locale: Locale, instant: dt.datetime, zone: dt.tzinfo, today: dt.date) -> str:
    local, name, say = instant.astimezone(zone), str(zone), locale.say
    city = locale.title(f"zone.{name}")
    facts = {
        "time": f"{local:%H:%M}",
        "date": locale.day(local),
        "zone": name.rpartition("/")[2].replace("_", " ") if city == name else city,
    }
    days = (local.date() - today).days
    if days == 0:
        return say("when.today", "today {time}, {date} ({zone})", **facts)
    if days == 1:
        return say("when.tomorrow", "tomorrow {time}, {date} ({zone})", **facts)
    return say("when.day", "{time}, {date} ({zone})", **facts)


class _Speaker(Sentence):
    """Fills a sentence's placeholders in a language, naming the stages and steps of one process."""

    def __init__(self, locale: Locale, process: str) -> None:
        self._locale, self._process = locale, process

    def plural(self, number: int) -> int:
        rule = _PLURALS.get(self._locale.lang)
        return super().plural(number) if rule is None else rule(abs(number))

    def named(self, value: Any, kind: str) -> str:
        kind, _, case = kind.partition(".")
        if value is None:
            return "—"
        if isinstance(value, Term):
            return value.text("ru" if self._locale.lang == "ru" else "en")
        if kind == "title":
            return self._locale.title(str(value), case or "nom")
        if kind == "field" and f"{self._process}.field.{value}" in self._locale.sentences:
            return self._locale.title(f"{self._process}.field.{value}")  # one name may mean two things on two pages
        if kind in {"role", "field", "norm", "parameter", "department", "who"}:
            return self._locale.title(f"{kind}.{value}", case or "nom")
        if kind in {"stage", "step"}:
            found = self._locale.title(f"{self._process}.{kind}.{value}")
            return f"“{found}”" if self._locale.lang == "en" else f"«{found}»"
        return str(value)


class Texts:
    """Every language that a rulebook speaks.

    Args:
        english: the titles that the code declares, by key.
        folders: where catalogues lie, a folder a language in each; a later one wins, so an app says a sentence its way.

    >>> Texts({"role.ceo": "general director"}).locale("en").title("role.ceo")
    'general director'
    """

    def __init__(self, english: Mapping[str, str], folders: Iterable[Path] = ()) -> None:
        self.english: Mapping[str, str] = english
        self.folders: tuple[Path, ...] = (KERNEL, *folders)
        self._locales: dict[str, Locale] = {}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages, English first."""
        found = {path.name for folder in self.folders if folder.is_dir() for path in folder.iterdir() if path.is_dir()}
        return ("en", *sorted(found - {"en"}))

    def locale(self, lang: str) -> Locale:
        """One language.

        Raises:
            DeclarationError: there is no catalogue of it, or one cannot be read.
        """
        known = self._locales.get(lang)
        if known is None:
            if lang not in self.languages:
                raise DeclarationError(f"no texts in {lang!r}: there are {', '.join(self.languages)}")
            sentences: dict[str, Any] = {}
            for folder in self.folders:
                for file in sorted((folder / lang).glob("*.toml")):
                    sentences |= _sentences(file)
            known = self._locales[lang] = Locale(lang, sentences, self.english)
        return known

    def refusal(self, one: Refusal, lang: str = "en") -> str:
        """A reason with its clause, in a language."""
        return self.locale(lang).refusal(one)


def _sentences(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return _flat(tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise DeclarationError(f"the texts in {str(file)!r} cannot be read: {wrong}") from wrong


def _flat(table: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and not (value and value.keys() <= CASES):
            out |= _flat(value, f"{path}{key}.")
        else:
            out[path + key] = value
    return out
