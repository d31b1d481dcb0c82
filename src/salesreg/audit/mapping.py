"""A mapping: which column of a foreign log is what, what its steps are called, and what is asked of it; as TOML."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from salesreg.calendars import Term
from salesreg.errors import MappingError, SalesregError

Precision = Literal["instant", "minute", "hour", "day"]
Kind = Literal["", "csv", "parquet", "xes", "ocel"]


class At(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of instants.

    Attributes:
        column: its name.
        format: how they are written, as `strptime` has it; by default ISO 8601.
        precision: what of them is known; of a ``"day"`` only the day is, and the instant lies somewhere in it.
    """

    column: str
    format: str = ""
    precision: Precision = "instant"


class Wide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a table with one row a case, whose instant is that of a step; `when` says in which rows."""

    column: str
    when: dict[str, str] = {}
    format: str = ""
    precision: Precision = "instant"


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of events.

    Attributes:
        path: where it is, seen from the mapping's own folder.
        case: the column that says which case an event belongs to; of an object-centric log ``"object:"`` and the type
            of the objects that are the cases: an event of several of them is one in each.
        step: the column that says what happened; empty for a table with one row a case.
        at: the column that says when.
        wide: for a table with one row a case, the column of each step's instant.
        person: the column that says who did it.
        recorded_at: the column that says when it was entered.
        evidence: by the log's or the process's step, the columns of which one must not be empty.
        only: the rows that count, by column and value, such as ``{"lifecycle:transition" = "complete"}``.
        format: ``"csv"``, ``"parquet"``, ``"xes"`` or ``"ocel"`` (OCEL 2.0 as JSON); by default as the path ends.
        delimiter, encoding: of a CSV file.
    """

    path: str
    case: str
    step: str = ""
    at: str | At = ""
    wide: dict[str, str | Wide] = {}
    person: str = ""
    recorded_at: str | At = ""
    evidence: dict[str, list[str]] = {}
    only: dict[str, str] = {}
    format: Kind = ""
    delimiter: str = ","
    encoding: str = "utf-8"


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of a step that a regular expression finds anywhere in them."""

    match: str


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """A role held from a day on, up to another, both included."""

    role: str
    since: dt.date | None = None
    until: dt.date | None = None


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who stands behind a name of the log.

    Attributes:
        employee: what they are called in the findings; by default as in the log.
        roles: the ids of their roles, those of a stretch of days with its ends.
        acknowledged: the day on which they acknowledged the rules; until its end nothing is laid to their charge.
        robot: whether it is a program, whom no rule binds.
    """

    employee: str = ""
    roles: list[str | Held] = []
    acknowledged: dt.date | None = None
    robot: bool = False


class Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A term between two steps: after one of some, one of others follows within it.

    Attributes:
        norm: what the rule is called.
        after, then: the steps that start and stop the clock.
        within: the term, English or Russian.
        first: whether only the first start of a case counts.
        clause, text, strength: as in a regulation.
    """

    norm: str
    after: str | list[str]
    then: str | list[str]
    within: str
    first: bool = False
    clause: str = ""
    text: str = ""
    strength: Literal["rule", "recommendation"] = "rule"


class Separate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Steps of one case behind which two people stand.

    Attributes:
        norm: what the rule is called; one that the regulation has a norm of says what that says.
        steps: the steps.
        strict: whether it is broken as soon as anybody takes two of them; otherwise where one person takes all alone.
        clause, text, strength: as in a regulation.
    """

    norm: str
    steps: list[str]
    strict: bool = False
    clause: str = ""
    text: str = ""
    strength: Literal["rule", "recommendation"] = "rule"


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every holder of a role does again and again, such as each working day.

    Attributes:
        norm: what the rule is called.
        step: the step, or steps of which one is enough.
        role: the id of the role that the people hold.
        every: by when, again and again, English or Russian, such as ``"each working day, at 18:00"``.
        clause, text, strength: as in a regulation.
    """

    norm: str
    step: str | list[str]
    role: str
    every: str
    clause: str = ""
    text: str = ""
    strength: Literal["rule", "recommendation"] = "rule"


class Bulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many events, entered by one person so close to each other, look like one go."""

    events: int
    within: str


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How soon what happened is to be entered, and what counts as entering it in one go."""

    within: str = ""
    bulk: Bulk | None = None


class LogOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the log is.

    Attributes:
        process: the id of the process whose order, roles and terms it is held to; empty for none.
        timezone: that of instants written without one; needed if there are such, refused if there are none.
        as_of: the instant after which nothing is known; by default that of the last event.
        covers_from: the day before which nothing is known: of cases that began earlier the past is unknown.
        in_force_from: the day from which the rules hold; earlier breaches are laid to nobody's charge.
        complete: whether it has every step, those that programs take too; otherwise these may lack.
        pauses: the steps that stop the clocks of rules which may stand still.
    """

    process: str = ""
    timezone: str = ""
    as_of: dt.datetime | None = None
    covers_from: dt.date | None = None
    in_force_from: dt.date | None = None
    complete: bool = False
    pauses: list[str] = []


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The business time of the log, where it is not the regulation's."""

    country: str
    timezone: str
    day: list[str]
    subdivision: str = ""
    lunch: str = ""


IGNORE: Final = "ignore"
"""Under this name stand the names of the log that are no step."""


class LogMapping(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={
        "sources": "source", "steps": "step", "people": "person", "deadlines": "deadline", "separations": "separate",
        "duties": "duty",
    },
):  # fmt: skip
    """What a foreign log means.

    Attributes:
        sources: the files, read together.
        log: what the log is.
        calendar: its business time; by default that of the regulation.
        steps: by the id of a step, what the log calls it: a name, a `match`, or several; under ``ignore`` what is none.
            Where nothing is said and no process is named, the log's own names are the steps.
        missing: the steps that the systems never record, each with why; nobody is blamed for their absence.
        people: by name of the log, who that is.
        deadlines: terms between steps, beside those of the process.
        separations: steps that two people take.
        duties: what comes back for each holder of a role.
        recording: how soon what happened is entered.
    """

    sources: list[Source]
    log: LogOf = LogOf()
    calendar: Calendar | None = None
    steps: dict[str, str | Match | list[str | Match]] = {}
    missing: dict[str, str] = {}
    people: dict[str, Person] = {}
    deadlines: list[Deadline] = []
    separations: list[Separate] = []
    duties: list[Duty] = []
    recording: Recording = Recording()

    @classmethod
    def load(cls, path: str | Path) -> LogMapping:
        """The mapping of a TOML file.

        Raises:
            MappingError: the file cannot be read, or says what a mapping does not.
        """
        file = Path(path)
        try:
            given = tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
            reason = getattr(wrong, "strerror", None) or wrong
            raise MappingError(f"the mapping {str(file)!r} cannot be read: {reason}") from wrong
        return cls.from_dict(given, str(file))

    @classmethod
    def from_dict(cls, given: Mapping[str, Any], where: str = "the mapping") -> LogMapping:
        """The mapping that plain data say.

        Raises:
            MappingError: they say what a mapping does not.
        """
        try:
            found = msgspec.convert(given, cls)
        except msgspec.ValidationError as wrong:
            raise MappingError(f"{where}: {_nearest(str(wrong))}") from None
        if problems := list(found.problems()):
            raise MappingError(f"{where}: {'; '.join(problems)}")
        return found

    def problems(self) -> Iterator[str]:
        """What is wrong with it by itself, a sentence each."""
        if not self.sources:
            yield "no [[source]] says where the log is"
        for one in self.sources:
            yield from _of_source(one)
        own = "" if self.calendar is None else self.calendar.timezone
        for zone in filter(None, (self.log.timezone, own)):
            try:
                zoneinfo.ZoneInfo(zone)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                yield f'timezone = {zone!r} is no time zone: give one such as "Europe/Moscow"'
        if self.log.as_of is not None and self.log.as_of.tzinfo is None:
            yield "as_of has no offset: write it as 2026-03-01T00:00:00+03:00"
        yield from self._rule_problems()

    def _rule_problems(self) -> Iterator[str]:
        terms = [(f"deadline {one.norm!r}: within", one.within) for one in self.deadlines]
        terms += [("recording: within", self.recording.within)] if self.recording.within else []
        terms += [("recording.bulk: within", self.recording.bulk.within)] if self.recording.bulk else []
        terms += [(f"duty {one.norm!r}: every", one.every) for one in self.duties]
        for place, text in terms:
            try:
                term = Term.parse(text)
            except SalesregError as wrong:
                yield f"{place}: {wrong}"
                continue
            if place.endswith("every") and (not term.is_recurring or term.hangs_on_start):
                yield f'{place} = {text!r} does not come back by itself: say it as "each working day, at 18:00"'
            elif not place.endswith("every") and (term.is_recurring or term.amount < 0):
                yield f'{place} = {text!r} counts from no event: give a length such as "2 business days"'
        for separate in self.separations:
            if len(set(separate.steps)) < 2:
                yield f"separate {separate.norm!r} names {len(set(separate.steps))} step: it takes two or more"
        names = [one.norm for some in (self.deadlines, self.separations, self.duties) for one in some]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"two rules are called {name!r}"
        for alias in self._patterns():
            try:
                re.compile(alias)
            except re.error as wrong:
                yield f"match = {alias!r} is no regular expression: {wrong}"

    def _patterns(self) -> Iterator[str]:
        for aliases in self.steps.values():
            for one in aliases if isinstance(aliases, list) else [aliases]:
                if isinstance(one, Match):
                    yield one.match

    def resolved(self, names: Iterable[str], known: Iterable[str] | None) -> dict[str, str]:
        """What each name of the log is: the id of a step, or `IGNORE`.

        Args:
            names: every name that the log has.
            known: the ids of the process's steps; None where there is no process.

        Raises:
            MappingError: names are of no step, or of two; names them all.
        """
        steps = None if known is None else frozenset(known)
        exact: dict[str, list[str]] = {}
        patterns: list[tuple[str, re.Pattern[str]]] = []
        for step, aliases in self.steps.items():
            if steps is not None and step != IGNORE and step not in steps:
                raise MappingError(f"[step] names {step!r}, which the process does not have{_guess(step, steps)}")
            for one in aliases if isinstance(aliases, list) else [aliases]:
                if isinstance(one, Match):
                    patterns.append((step, re.compile(one.match)))
                else:
                    exact.setdefault(one, []).append(step)
        found, lost = {}, []
        for name in names:
            meant = exact.get(name) or [step for step, pattern in patterns if pattern.search(name)]
            if not meant and (steps is None or name in steps):
                meant = [name]
            if len(set(meant)) == 1:
                found[name] = meant[0]
            else:
                lost.append(f"{name!r} is {' and '.join(dict.fromkeys(meant))}" if meant else f"{name!r} is no step")
        if lost:
            more = f" and {len(lost) - 20} more" if len(lost) > 20 else ""
            raise MappingError(
                f"{'; '.join(lost[:20])}{more}: say under [step] what each name means, or put it under {IGNORE}"
            )
        return found


def _of_source(one: Source) -> Iterator[str]:
    if bool(one.step) == bool(one.wide):
        yield f"source {one.path!r} has a column of steps (step, at) or a column for each (wide): give one of both"
    elif one.step and not one.at:
        yield f"source {one.path!r} does not say when: give at"
    if len(one.delimiter) != 1:
        yield f"source {one.path!r}: delimiter = {one.delimiter!r} is not one character"


def _guess(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f": did you mean {near[0]!r}?" if near else ""


def _nearest(message: str) -> str:
    """What msgspec says, in the words of the file: which key of which table."""
    text = message.replace("Object contains unknown field", "there is no such key as").replace("`", "'")
    text = text.replace("Object missing required field", "nothing is said of")
    place, _, path = text.partition(" - at ")
    where = path.strip("'").removeprefix("$.").removeprefix("$")
    return f"{place} (in {where})" if where else place
