"""Whether a language is complete: what code and declarations say in English, held against what its catalogues say.

::

    from salesreg.testing.catalogues import check_catalogue

    def test_the_german_catalogue_is_complete():
        assert check_catalogue(RULES, "de", ["acme", "salesreg.commercial"]) == ()

Titles come from the rulebook's declarations, sentences from the literals of the source: of every `Refusal`, `Must`,
`NoneLeft`, `DomainError`, `LintFinding` and ``locale.say(key, english)``. Nothing is run for it.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

import attrs

from salesreg.process.rulebook import Rulebook
from salesreg.rules.conduct import OPTIONAL_PARAMETERS
from salesreg.rules.texts import Locale
from salesreg.testing._sentences import NAME, Said, sentences


@attrs.frozen
class CatalogueFinding:
    """Something wrong with a catalogue, or with a sentence that catalogues are to say.

    Attributes:
        code: ``"missing"``, ``"stale"``, ``"unknown_fact"``, ``"missing_case"``, ``"plural_forms"``, ``"unreadable"``,
            ``"two_sentences"`` or ``"not_literal"``.
        key: the key of the catalogues.
        message: what is wrong, in English.
    """

    code: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


def english(rulebook: Rulebook, modules: Iterable[ModuleType | str] = ()) -> dict[str, str]:
    """Everything that a catalogue may say, by its key, in English: what a translator begins with.

    Args:
        rulebook: whose declarations have titles.
        modules: modules and packages whose sentences count, beside the pages' and the kernel's own.
    """
    said = {one.key: one.text for one in sentences(rulebook, modules) if one.text is not None and "*" not in one.key}
    return {**_titles(rulebook), **said}


def check_catalogue(
    rulebook: Rulebook, lang: str, modules: Iterable[ModuleType | str] = ()
) -> tuple[CatalogueFinding, ...]:
    """What a language lacks, says for nothing, or says with facts that the sentence does not carry.

    Args:
        rulebook: whose catalogues are looked at, the kernel's own included.
        lang: the language, such as ``"de"``.
        modules: modules and packages whose sentences count, beside the pages' and the kernel's own: such as the
            entities of an app, or ``"salesreg.commercial"`` for a rulebook that extends it.

    Raises:
        DeclarationError: there is no such language or module.
    """
    locale, said = rulebook.texts.locale(lang), tuple(sentences(rulebook, modules))
    titles, fields = _titles(rulebook), _fields(rulebook)
    found = [*_in_english(said), *_missing(locale, titles, said, fields), *_stale(locale, titles, said, fields)]
    return (*found, *_facts(locale, titles, said), *_forms(locale))


def _titles(rulebook: Rulebook) -> dict[str, str]:
    return {**rulebook.english, **{f"parameter.{one.name}": one.title for one in OPTIONAL_PARAMETERS}}


def _fields(rulebook: Rulebook) -> Mapping[str, frozenset[str]]:
    """The ids of the processes that have a payload field of each name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for page in (*rulebook.earlier, *rulebook.processes):
        for spec in page.table.specs.values():
            for field in spec.payload.fields:
                found[field.name].add(page.id)
    return {name: frozenset(pages) for name, pages in found.items()}


# -- what is wrong ----------------------------------------------------------------------------------------------------


def _missing(
    locale: Locale, titles: Mapping[str, str], said: Iterable[Said], fields: Mapping[str, frozenset[str]]
) -> Iterator[CatalogueFinding]:
    """Titles and sentences that the language does not have."""
    have, wanted = locale.sentences, dict[str, str | None]()
    for key, text in titles.items():
        of_page, _, name = key.partition("field.")
        pages = () if of_page else fields.get(name, ())
        if key not in have and not (pages and all(f"{page}.field.{name}" in have for page in pages)):
            wanted[key] = text
    groups: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for one in said:
        if not one.key.startswith(NAME):
            groups[one.where][one.key] = one.text
    for group in groups.values():
        have_here = [key for key in group if _is_said(key, have)]
        # One sentence may stand under several keys: several pages share a file, or something is put before the key.
        wanted |= {key: text for key, text in group.items() if not any(_same(key, other) for other in have_here)}
    for key, english_text in wanted.items():
        yield CatalogueFinding(
            "missing", key, f"is not said: {english_text or 'a sentence that the code puts together'}"
        )


def _stale(
    locale: Locale, titles: Mapping[str, str], said: Iterable[Said], fields: Mapping[str, frozenset[str]]
) -> Iterator[CatalogueFinding]:
    """Keys that nothing says."""
    keys, pages = {one.key for one in said}, frozenset().union(*fields.values())
    patterns = [_pattern(one) for one in sorted(keys) if "*" in one]
    for key in locale.sentences:
        page, dot, name = key.partition("field.") if key.startswith("field.") else key.partition(".field.")
        asked = [key]
        if dot and page in {"", *pages} and name not in fields:
            asked.append(f"{NAME}{name}")
        if not (
            key in titles
            or page in fields.get(name, ())
            or any(one in keys or any(each.fullmatch(one) for each in patterns) for one in asked)
        ):
            yield CatalogueFinding("stale", key, "is said, and nothing asks for it")


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, key.split("*"))))


def _is_said(key: str, have: Mapping[str, Any]) -> bool:
    general = key[key.index("refusal.") :] if ".refusal." in key else key
    if "*" in key:
        return any(_pattern(one).fullmatch(name) for one in {key, general} for name in have)
    return key in have or general in have


def _same(key: str, other: str) -> bool:
    return key == other or other.endswith(f".{key}") or key.endswith(f".{other}")


def _in_english(said: Iterable[Said]) -> Iterator[CatalogueFinding]:
    """Sentences that cannot be translated as they stand."""
    first: dict[str, str] = {}
    for one in said:
        if one.text is None:
            continue
        if not one.literal:
            yield CatalogueFinding("not_literal", one.key, f"is put together in {one.where}: name its facts instead")
            continue
        if "*" not in one.key and first.setdefault(one.key, one.text) != one.text:
            yield CatalogueFinding("two_sentences", one.key, f"is “{first[one.key]}” and “{one.text}” in {one.where}")
        strange = _placeholders(one.text).keys() - (one.facts or ()) if one.facts is not None else ()
        for name in sorted(strange):
            yield CatalogueFinding(
                "unknown_fact", one.key, f"“{one.text}” names {name!r}, which {one.where} does not give"
            )


def _facts(locale: Locale, titles: Mapping[str, str], said: Iterable[Said]) -> Iterator[CatalogueFinding]:
    """Sentences of the language that name what the code does not give, or cannot be read."""
    templates = {key: frozenset(_placeholders(text)) for key, text in titles.items() if key.startswith("template.")}
    allowed: dict[str, frozenset[str] | None] = {**dict.fromkeys(titles, frozenset()), **templates}
    for one in said:
        for key in (one.key, one.key[one.key.index("refusal.") :]) if ".refusal." in one.key else (one.key,):
            before = allowed.get(key, frozenset())
            allowed[key] = None if before is None or one.facts is None else before | one.facts
    for key, text in locale.sentences.items():
        for words in text.values() if isinstance(text, Mapping) else (text,):
            try:
                names = _placeholders(str(words))
            except ValueError as wrong:
                yield CatalogueFinding("unreadable", key, f"“{words}” cannot be filled in: {wrong}")
                continue
            known = allowed.get(key)
            for name in sorted(names.keys() - known) if known is not None else ():
                yield CatalogueFinding("unknown_fact", key, f"“{words}” names {name!r}, which the code does not give")


def _forms(locale: Locale) -> Iterator[CatalogueFinding]:
    """Forms that sentences ask for: cases of roles, and as many plurals as the language counts with."""
    needed = max(int(locale.say("", "{n:plural|0|1|2|3|4|5}", n=n)) for n in range(201)) + 1
    cases: dict[str, str] = {}
    for key, text in locale.sentences.items():
        for spec in _specs(text) if isinstance(text, str) else ():
            kind, _, rest = spec.partition("|")
            if kind == "plural" and len(rest.split("|")) < needed:
                yield CatalogueFinding("plural_forms", key, f"“{text}” counts in fewer than {needed} forms")
            kind, _, case = kind.partition(".")
            if kind in {"role", "title"} and case:
                cases.setdefault(case, key)
    for key, value in locale.sentences.items():
        if key.startswith("role."):
            have = value.keys() if isinstance(value, Mapping) else {"nom"}
            for case in sorted(cases.keys() - have):
                yield CatalogueFinding("missing_case", key, f"has no {case!r}, which {cases[case]} asks for")


def _specs(text: str) -> tuple[str, ...]:
    try:
        return tuple(_placeholders(text).values())
    except ValueError:
        return ()


def _placeholders(text: str) -> dict[str, str]:
    """What a sentence names, each with how it reads."""
    return {name: spec or "" for _, name, spec, _ in string.Formatter().parse(text) if name is not None}
