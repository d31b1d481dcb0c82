"""The first draft of a mapping: which column seems to be what, each guess with what speaks for it."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from salesreg.audit.files import table_of
from salesreg.audit.mapping import Source
from salesreg.errors import MappingError
from salesreg.process.page import Process
from salesreg.rules import Locale

HINTS: Final[Mapping[str, list[str]]] = tomllib.loads(Path(__file__).with_name("hints.toml").read_text("utf-8"))
"""What the columns are often called, the most telling first."""
FORMATS: Final = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d",
)  # fmt: skip
_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}"
_OFFSET: Final = r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$"
PARSES: Final = 0.95
"""A column is one of instants if so many of its values read as such."""
MANY_STEPS: Final = 300
LIKE: Final = 0.5
"""A name that is less like a step's is guessed to be none."""


def drafted(
    path: Path, process: type[Process[Any]] | None, locale: Locale, *, delimiter: str = ",", encoding: str = "utf-8"
) -> Iterator[str]:
    """The lines of a mapping for a log, to be read and corrected.

    Raises:
        MappingError: the log cannot be read, or nothing in it looks like cases or instants.
    """
    table = table_of(Source(path.name, "", delimiter=delimiter, encoding=encoding), path.parent)
    draft = _Draft(table)
    case, instants = draft.case(), draft.instants
    if not instants:
        raise MappingError(
            f"{str(path)!r} has no column of instants; it has {', '.join(map(repr, table.column_names))}"
        )
    yield f"# {table.num_rows} rows. Every guess is only that: read them, and correct what is wrong."
    yield "[log]"
    yield f'process = "{process.id}"' if process is not None else '# process = "invoice"'
    if any(not zoned for _, zoned in instants.values()):
        yield 'timezone = "Europe/Moscow"  # the log writes instants without a zone: say which they are of'
    if process is None:
        yield ""
        yield "[calendar]"
        yield 'country = "RU"'
        yield 'timezone = "Europe/Moscow"'
        yield 'day = ["09:00-18:00"]'
        yield 'lunch = "13:00-14:00"'
    yield ""
    yield "[[source]]"
    yield f"path = {_quoted(path.name)}"
    if delimiter != ",":
        yield f"delimiter = {_quoted(delimiter)}"
    if encoding != "utf-8":
        yield f"encoding = {_quoted(encoding)}"
    yield f"case = {_quoted(case)}  # {draft.distinct(case)} different values"
    step = draft.guess("step", case)
    if draft.distinct(case) == table.num_rows or step is None:
        yield from _wide(draft, process, locale)
        return
    at = draft.best("at", list(instants)) or next(iter(instants))
    yield f"step = {_quoted(step)}  # {draft.distinct(step)} different values"
    yield f"at = {_at(at, instants[at][0])}"
    person = draft.guess("person", case, step)
    yield f"person = {_quoted(person)}" if person is not None else '# person = ""'
    for other in instants:
        if other != at:
            yield f"# recorded_at = {_at(other, instants[other][0])}"
    yield ""
    yield from _steps(draft.values(step), process, locale)


class _Draft:
    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.texts = {name: pc.drop_null(table[name].cast(pa.string())) for name in table.column_names}
        self.instants = dict(self._instants())

    def _instants(self) -> Iterator[tuple[str, tuple[str, bool]]]:
        """Of each column of instants, its format, empty for ISO 8601, and whether they have a zone."""
        for name, text in self.texts.items():
            kind = self.table[name].type
            if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
                yield name, ("", pa.types.is_timestamp(kind) and kind.tz is not None)
                continue
            if not len(text):
                continue
            some = text.slice(0, 2000)
            if _share(pc.match_substring_regex(some, _ISO)) >= PARSES:
                yield name, ("", _share(pc.match_substring_regex(some, _OFFSET)) >= PARSES)
                continue
            for form in FORMATS:
                if _share(pc.is_valid(pc.strptime(some, format=form, unit="us", error_is_null=True))) >= PARSES:
                    yield name, (form, False)
                    break

    def case(self) -> str:
        """The column of cases."""
        others = [name for name in self.texts if name not in self.instants]
        if not others:
            raise MappingError("no column looks like a case")
        rest = [name for name in others if not any(self.best(what, [name]) for what in ("step", "person"))]
        return self.best("case", others) or max(rest or others, key=self.distinct)

    def guess(self, what: str, *taken: str) -> str | None:
        """The column that is most likely something, of those with few different values."""
        few = [
            name
            for name in self.texts
            if name not in taken and name not in self.instants and 1 < self.distinct(name) <= MANY_STEPS
        ]
        return self.best(what, few)

    @staticmethod
    def best(what: str, names: list[str]) -> str | None:
        """The column whose name says most that it is something."""
        for hint in HINTS[what]:
            exact = [name for name in names if name.casefold() == hint]
            found = exact or [name for name in names if hint in name.casefold()]
            if found:
                return min(found, key=len)
        return None

    def distinct(self, name: str) -> int:
        return len(pc.unique(self.texts[name]))

    def values(self, name: str) -> list[str]:
        return sorted(pc.unique(self.texts[name]).to_pylist())


def _wide(draft: _Draft, process: type[Process[Any]] | None, locale: Locale) -> Iterator[str]:
    person = draft.guess("person")
    yield f"person = {_quoted(person)}" if person is not None else '# person = ""'
    yield ""
    yield "[source.wide]  # one row a case: the column of each step's instant"
    taken: set[str] = set()
    for name, (form, _) in draft.instants.items():
        step, likeness = _nearest(name, process, locale)
        off = "# " if step in taken or likeness < LIKE else ""
        taken.add(step)
        yield f"{off}{_quoted(step)} = {_at(name, form)}  # {likeness:.0%} alike"


def _steps(names: list[str], process: type[Process[Any]] | None, locale: Locale) -> Iterator[str]:
    yield "[step]"
    if process is None:
        yield "# Without a process the log's own names are the steps; here two names may become one."
        return
    meant: dict[str, list[tuple[str, float]]] = {}
    for name in names:
        step, likeness = _nearest(name, process, locale)
        meant.setdefault(step if likeness >= LIKE else "ignore", []).append((name, likeness))
    for step, some in meant.items():
        alike = ", ".join(f"{likeness:.0%}" for _, likeness in some)
        yield f"{step} = [{', '.join(_quoted(name) for name, _ in some)}]  # {alike} alike"


def _nearest(name: str, process: type[Process[Any]] | None, locale: Locale) -> tuple[str, float]:
    """The step whose id or title is most like a name, and how much."""
    if process is None:
        return name, 1.0
    said = " ".join(name.casefold().replace("_", " ").split())
    best = max(
        (difflib.SequenceMatcher(None, said, other.casefold().replace("_", " ")).ratio(), step.id)
        for step in process.steps.values()
        for other in (step.id, step.title, locale.title(f"{process.id}.step.{step.id}"))
    )
    return best[1], best[0]


def _share(found: Any) -> float:
    return (pc.sum(pc.fill_null(found, False)).as_py() or 0) / len(found)


def _at(name: str, form: str) -> str:
    if not form:
        return _quoted(name)
    day = ', precision = "day"' if "%H" not in form else ""
    return f"{{ column = {_quoted(name)}, format = {_quoted(form)}{day} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
