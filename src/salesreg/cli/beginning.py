"""What a regulation leaves open, in the words of whoever fills it in: an overlay to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from salesreg.errors import RegulationFileError

if TYPE_CHECKING:
    from salesreg.process import Rulebook
    from salesreg.rules import Locale, Parameter


def all_parameters(book: Rulebook) -> tuple[Parameter[Any], ...]:
    """Every parameter that something reads, by name."""
    from salesreg.rules.conduct import OPTIONAL_PARAMETERS

    found = {one.name: one for one in (*OPTIONAL_PARAMETERS, *book.read())}
    return tuple(found[name] for name in sorted(found))


def beginning(book: Rulebook, name: str, locale: Locale) -> Iterator[str]:
    """The lines of an overlay that leaves open what is open, each value with its example as a comment."""
    from salesreg.calendars.files import toml_text

    bases = [*book.regulations]
    base = next((one for one in bases if one != "example"), bases[0] if bases else None)
    if base is None:
        raise RegulationFileError(f"the rulebook {book.id!r} brings no regulation to begin with")
    start = book.regulation(base)
    example = book.regulation("example") if "example" in bases else start
    say = locale.say
    yield "# " + say(
        "cli.regulation.begin", "What is left open stands here as a comment with an example: take off the #."
    )
    yield "# " + say("cli.regulation.then", "Then: salesreg regulation check FILE")
    yield f'extends = "{base}"'
    yield toml_text({"id": name}).strip()
    yield 'version = "1.0"'
    yield ""
    if start.schedule is None and example.schedule is not None:
        yield "# " + say("cli.regulation.hours", "The company's working hours (R40, R42).")
        yield "# [schedule]"
        for line in toml_text(example.schedule.to_dict()).splitlines():
            yield f"# {line}" if line else "#"
        yield ""
    yield "[settings]"
    unset = [one for one in all_parameters(book) if start.explain(one).startswith(f"{one.name} is not set")]
    for group, several in groupby(unset, key=lambda one: one.name.partition(".")[0]):
        yield ""
        yield f"# -- {_group(group, locale)} --"
        for one in several:
            clause = f" ({one.clause})" if one.clause else ""
            yield f"# {meaning(one, locale)}{clause}"
            setting = example.settings.get(one.name)
            given = "" if setting is None else toml_text({one.name: in_words(one, setting.value, locale)}).strip()
            if setting is None:
                may = "may stay open; give {wanted}"
                optional = locale.say("cli.regulation.optional", may, wanted=wanted(one, locale))
                yield f"# # {one.name}: {optional}"
            else:
                yield f"# {given}"


_GROUPS: Final = {
    "clocks": "Clocks",
    "duties": "Duties",
    "escalation": "What happens when something is late",
    "notices": "Letters and messages",
    "numbers": "Numbers",
    "records": "Records made later",
    "regulation": "The regulation itself",
}
"""What the parameters that belong to no process are about."""


def _group(name: str, locale: Locale) -> str:
    if locale.knows(f"{name}.title"):
        return locale.title(f"{name}.title")
    return locale.say(f"cli.regulation.group.{name}", _GROUPS.get(name, name))


def meaning(parameter: Parameter[Any], locale: Locale) -> str:
    """What a parameter means, in the language."""
    key = f"parameter.{parameter.name}"
    said = locale.title(f"norm.{parameter.name}") if locale.knows(f"norm.{parameter.name}") else parameter.title
    return " ".join((locale.title(key) if locale.knows(key) else locale.text(key, said)).split()) or parameter.name


def wanted(parameter: Parameter[Any], locale: Locale) -> str:
    """What a right value looks like, in the language."""
    from enum import Enum
    from typing import get_args, get_origin

    from salesreg.rules.parameters import Dated

    kind = get_origin(parameter.type) or parameter.type
    inner: Any = (get_args(parameter.type) or (str,))[0] if kind in (frozenset, Dated) else parameter.type
    one = inner.__name__.lower()
    key, facts = f"cli.regulation.wanted.{one}", dict[str, Any]()
    if issubclass(inner, Enum):
        key, facts = "cli.regulation.wanted.enum", {"values": ", ".join(str(member.value) for member in inner)}
    if locale.text(key, "") == "":
        return parameter.wanted
    said = locale.say(key, "", **facts)
    return said if kind == inner else locale.say(f"cli.regulation.wanted.{kind.__name__.lower()}", "", inner=said)


def term_in_words(said: str, locale: Locale) -> str:
    """A term in the language; any other text as it stands."""
    from salesreg.calendars import Term
    from salesreg.errors import TermSyntaxError

    try:
        return Term.parse(said).text("ru" if locale.lang == "ru" else "en") if said else said
    except TermSyntaxError:
        return said


def in_words(parameter: Parameter[Any], value: Any, locale: Locale) -> Any:
    """A value as a file of the language would have it: a term in its words."""
    from salesreg.calendars import Term

    return parameter.convert(value).text(locale.lang) if parameter.type is Term and locale.lang == "ru" else value
