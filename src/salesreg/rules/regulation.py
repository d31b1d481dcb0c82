"""A regulation: the values a company gives to what the source leaves open, its hours, and its norms (R82, R90, R94)."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import attrs

from salesreg.calendars import BusinessCalendar, ProductionCalendar, Term, WorkSchedule
from salesreg.calendars.files import toml_text
from salesreg.errors import (
    BusinessTimeError,
    DomainError,
    ParameterNotSet,
    ParameterTypeError,
    RegulationFileError,
    RegulationMismatch,
    TermSyntaxError,
)
from salesreg.rules.lint import LintFinding, lint, unmeetable
from salesreg.rules.norms import Norm, NormText
from salesreg.rules.parameters import UNSET, Dated, Parameter, scalar
from salesreg.rules.responsibilities import Responsibility, ResponsibilityMatrix
from salesreg.rules.roles import Role
from salesreg.rules.tables import (
    line_of,
    merged,
    misspelt,
    norm_of,
    norm_table,
    rows_of,
    setting_of,
    table,
    texts_of,
)

T = TypeVar("T")
Scalar = str | int | bool

PAGE_LIMIT: Final = Parameter("regulation.page_limit", int, "How many pages of norms a department may have.")


class Origin(StrEnum):
    """Where a value comes from."""

    SOURCE = "source"  # stated in the regulation's source document
    EXAMPLE = "example"  # shipped to make a complete example; nobody's rule
    YOURS = "yours"  # given by the company


@attrs.frozen
class Setting:
    """A value of one parameter, as plain text, number or truth value, and where it comes from."""

    value: Scalar = attrs.field(converter=scalar)
    origin: Origin = attrs.field(default=Origin.YOURS, converter=Origin)
    clause: str | None = None


@attrs.frozen
class Change:
    """One difference between two regulations.

    Attributes:
        subject: the id of the norm or parameter, or a field such as ``"schedule"``.
        kind: ``"added"``, ``"removed"`` or ``"changed"``.
        before: what the old regulation says; None if it says nothing.
        after: what the new one says; None if it says nothing.
        roles: the roles it concerns; empty means everybody.
    """

    subject: str
    kind: str
    before: object = None
    after: object = None
    roles: frozenset[str] = frozenset()


def _frozen_settings(given: Mapping[str, Setting]) -> Mapping[str, Setting]:
    return MappingProxyType(dict(given))


def _frozen_texts(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


def _frozen_norms(given: Iterable[Norm]) -> tuple[Norm, ...]:
    return tuple(given)


def _frozen_zones(given: Iterable[Responsibility]) -> tuple[Responsibility, ...]:
    return tuple(given)


_NO_BASES: Final[Mapping[str, Any]] = MappingProxyType({})


@attrs.frozen(eq=False, slots=False)
class Regulation:
    """A company's regulation as a value: compare it, hash it, save it, bind it.

    Attributes:
        id: short name, such as ``"commercial_service"``.
        version: ``"major.minor"``; a minor version changes no rule.
        title: for people, in English.
        translations: the title in other languages, by language code.
        rulebook: the id of the rulebook that it is written for; empty for any.
        settings: the value of each parameter that has one, by the parameter's name.
        schedule: the company's working hours; None while nobody has given them (R40, R42).
        country: ISO 3166 code of the production calendar.
        subdivision: region of that country, or None.
        norms: the rules, recommendations and definitions.
        responsibilities: the rows of the responsibility matrix (R79).

    >>> Regulation("acme", settings={"sale.price_approval": Setting("1 business day")})
    Regulation('acme', version='1.0', 1 setting, no working hours)
    """

    id: str
    version: str = "1.0"
    title: str = attrs.field(default="", kw_only=True)
    translations: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen_texts, kw_only=True)
    rulebook: str = attrs.field(default="", kw_only=True)
    settings: Mapping[str, Setting] = attrs.field(factory=dict, converter=_frozen_settings, kw_only=True)
    schedule: WorkSchedule | None = attrs.field(default=None, kw_only=True)
    country: str = attrs.field(default="RU", kw_only=True)
    subdivision: str | None = attrs.field(default=None, kw_only=True)
    norms: tuple[Norm, ...] = attrs.field(default=(), converter=_frozen_norms, kw_only=True)
    responsibilities: tuple[Responsibility, ...] = attrs.field(default=(), converter=_frozen_zones, kw_only=True)

    # -- values ---------------------------------------------------------------------------------------------------

    def value(self, parameter: Parameter[T]) -> T:
        """The value of a parameter in this regulation.

        Raises:
            ParameterNotSet: neither the regulation nor the parameter's default gives one.
            ParameterTypeError: the regulation gives a value of another type.

        >>> hours = Parameter("invoice.send", Term, default=Term.parse("2 working hours"))
        >>> Regulation("acme").value(hours)
        Term('2 working hours')
        """
        known = self._values.get(parameter.name, UNSET)
        if known is UNSET:
            setting = self.settings.get(parameter.name)
            known = parameter.default if setting is None else parameter.convert(setting.value)
            if known is UNSET:
                raise _not_set([parameter])
            self._values[parameter.name] = known
        return known  # type: ignore[no-any-return]  # the memo holds what convert or the default gave

    def norm(self, norm: Norm) -> Norm:
        """A norm as this regulation states it; as it is declared where the regulation says nothing of it."""
        return self._stated.get(norm.id, norm)

    def term(self, norm: Norm) -> Term | None:
        """How long a norm allows under this regulation, or None if it sets no time.

        A term that the regulation itself gives to the norm is the term that binds.

        >>> norm = Norm("sale.open_deal", "Soon.", "R13", term=Term.parse("2 business days"))
        >>> longer = attrs.evolve(norm, term=Term.parse("3 business days"))
        >>> Regulation("acme", norms=[longer]).term(norm)
        Term('3 business days')
        """
        term, declared = self.norm(norm).term, norm.term
        if not isinstance(term, Parameter):
            return term
        # A file names the parameter; what it gives where nobody says anything stands where it is declared.
        return self.value(declared if isinstance(declared, Parameter) and declared.name == term.name else term)

    def mismatches(
        self, parameters: Iterable[Parameter[Any]], norms: Iterable[Norm] = (), roles: Collection[str] | None = None
    ) -> Iterator[str]:
        """What the regulation says and nothing reads, or says in another form than it is read in.

        Args:
            parameters: those that are read.
            norms: those that are enforced.
            roles: the ids of those that are declared; None lets any pass.
        """
        wanted = {parameter.name: parameter for parameter in parameters}
        for name, setting in self.settings.items():
            parameter = wanted.get(name)
            if parameter is None:
                yield f"nothing reads the setting {name!r}{_guess(name, wanted)}"
                continue
            try:
                parameter.convert(setting.value)
            except ParameterTypeError as wrong:
                yield str(wrong)
        enforced = {norm.id: norm for norm in norms}
        for norm in self.norms:
            known = enforced.get(norm.id)
            given = known.term.name if known is not None and isinstance(known.term, Parameter) else None
            if given in self.settings and isinstance(norm.term, Term):
                yield f"the setting {given!r} is the term of norm {norm.id!r}, which has one of its own: give one"
            if norm.term is not None and (known is None or known.term is None):
                guess = _guess(norm.id, enforced) if known is None else ""
                yield f"nothing enforces the term of norm {norm.id!r}{guess}"
            elif isinstance(norm.term, Parameter) and norm.term.name not in wanted:
                yield f"norm {norm.id!r} takes its term from {norm.term.name!r}, which nothing declares"
        yield from self._strangers(wanted, roles)

    def _strangers(self, wanted: Mapping[str, Parameter[Any]], roles: Collection[str] | None) -> Iterator[str]:
        """The parameters and roles that it names and nobody declares."""
        for row in self.responsibilities:
            if row.parameter is not None and row.parameter not in wanted:
                near = _guess(row.parameter, wanted)
                yield f"{row.activity!r} takes its role from {row.parameter!r}, which nothing declares{near}"
        if roles is not None:
            for subject, role in self._named_roles(wanted.values()):
                if role not in roles:
                    yield f"{subject!r} names the role {role!r}, which nobody declares{_guess(role, roles)}"

    def _named_roles(self, parameters: Iterable[Parameter[Any]]) -> Iterator[tuple[str, str]]:
        """The id of every role that it names, with where."""
        for parameter in parameters:
            setting = self.settings.get(parameter.name)
            given = parameter.default if setting is None else setting.value
            yield from ((parameter.name, role) for role in _roles_in(given))
            if parameter.type is Role and isinstance(given, str):
                yield parameter.name, given
        for norm in self.norms:
            yield from ((norm.id, role) for role in sorted(norm.binds))
        yield from ((row.activity, row.role) for row in self.responsibilities if row.role is not None)

    def bind(
        self, parameters: Iterable[Parameter[Any]], norms: Iterable[Norm] = (), roles: Collection[str] | None = None
    ) -> None:
        """Check that every parameter has a value of the right type, that there are working hours, and nothing else.

        Args:
            parameters: everything that is read.
            norms: everything that is enforced.
            roles: the ids of those that are declared; None lets any pass.

        Raises:
            ParameterNotSet: names everything that is missing at once, each with its clause.
            RegulationMismatch: it also says what nothing reads, or says it in another form; names everything.
        """
        read, enforced = tuple(parameters), tuple(norms)
        wrong = list(self.mismatches(read, enforced, roles))
        unset = self.unset(read, enforced)
        if wrong:
            problems = [*wrong, *([] if unset is None else [str(unset)])]
            raise RegulationMismatch(f"regulation {self.id!r}: {'; '.join(problems)}", problems)
        if unset is not None:
            raise unset

    def unset(self, parameters: Iterable[Parameter[Any]], norms: Iterable[Norm] = ()) -> ParameterNotSet | None:
        """Everything that it leaves open and that is needed, as the error that names it; None if nothing is.

        Args:
            parameters: everything that is read.
            norms: everything that is enforced; a term that the regulation itself gives takes the place of a parameter.
        """
        enforced = tuple(norms)
        own = {norm.term.name for norm in map(self.norm, enforced) if isinstance(norm.term, Parameter)}
        replaced = {norm.term.name for norm in enforced if isinstance(norm.term, Parameter)} - own
        missing = [
            one
            for one in {parameter.name: parameter for parameter in parameters}.values()
            if one.name not in self.settings and one.default is UNSET and one.name not in replaced
        ]
        return _not_set(missing, hours=self.schedule is None) if missing or self.schedule is None else None

    def explain(self, parameter: Parameter[Any]) -> str:
        """The value of a parameter and where it comes from, in one line.

        >>> Regulation("acme").explain(Parameter("schedule.page_limit", int, clause="R93"))
        'schedule.page_limit is not set (R93): give a whole number'
        """
        clause = f" ({parameter.clause})" if parameter.clause else ""
        setting = self.settings.get(parameter.name)
        if setting is not None:
            return f"{parameter.name} = {setting.value} ({setting.origin}{clause})"
        if parameter.default is not UNSET:
            return f"{parameter.name} = {scalar(parameter.default)} (default{clause})"
        return f"{parameter.name} is not set{clause}: give {parameter.wanted}"

    def with_settings(self, values: Mapping[str, object], origin: Origin = Origin.YOURS) -> Regulation:
        """The same regulation with some values given anew.

        >>> Regulation("acme").with_settings({"sale.price_approval": "2 business days"})
        Regulation('acme', version='1.0', 1 setting, no working hours)
        """
        return attrs.evolve(self, settings={**self.settings, **{k: Setting(v, origin) for k, v in values.items()}})

    def with_schedule(self, schedule: WorkSchedule) -> Regulation:
        """The same regulation with other working hours."""
        return attrs.evolve(self, schedule=schedule)

    @cached_property
    def calendar(self) -> BusinessCalendar:
        """The company's business time.

        Raises:
            ParameterNotSet: nobody has given the working hours (R40, R42).
        """
        if self.schedule is None:
            raise _not_set([], hours=True)
        return BusinessCalendar(self.schedule, ProductionCalendar.country(self.country, self.subdivision))

    @cached_property
    def matrix(self) -> ResponsibilityMatrix:
        """Who is responsible for what, with the roles that parameters give; a row whose parameter is open is left out.

        >>> acme = Regulation("acme", responsibilities=[Responsibility("topic.pass", "hr")])
        >>> acme.matrix.who_is_responsible("topic.pass")
        ('hr',)
        """
        rows = []
        for row in self.responsibilities:
            setting = self.settings.get(row.parameter or "")
            if row.parameter is None:
                rows.append(row)
            elif setting is not None:
                rows.append(attrs.evolve(row, role=str(setting.value), parameter=None))
        return ResponsibilityMatrix(rows)

    @cached_property
    def _values(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _stated(self) -> dict[str, Norm]:
        return {norm.id: norm for norm in self.norms}

    # -- identity -------------------------------------------------------------------------------------------------

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over everything the regulation says, as 64 hexadecimal digits; cases are bound to it."""
        body = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regulation) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __repr__(self) -> str:
        count = len(self.settings)
        hours = f"hours {self.schedule!r}" if self.schedule is not None else "no working hours"
        return f"Regulation({self.id!r}, version={self.version!r}, {count} setting{'s' * (count != 1)}, {hours})"

    # -- files ----------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The whole regulation as plain values, ready for TOML or JSON."""
        out: dict[str, Any] = {"id": self.id, "version": self.version, "country": self.country}
        for name in ("title", "rulebook", "subdivision"):
            if getattr(self, name):
                out[name] = getattr(self, name)
        if self.translations:
            out["translations"] = dict(sorted(self.translations.items()))
        if self.schedule is not None:
            out["schedule"] = self.schedule.to_dict()
        out["settings"] = {
            name: {"value": s.value, "origin": str(s.origin)} | ({"clause": s.clause} if s.clause else {})
            for name, s in sorted(self.settings.items())
        }
        out["norms"] = {norm.id: norm_table(norm) for norm in sorted(self.norms, key=lambda norm: norm.id)}
        zones = sorted((row.activity, str(row)) for row in self.responsibilities)
        if zones:
            out["responsibilities"] = {
                activity: [text for _, text in rows] for activity, rows in groupby(zones, key=lambda zone: zone[0])
            }
        return out

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], bases: Mapping[str, Callable[[], Regulation]] = _NO_BASES) -> Regulation:
        """The regulation that `to_dict` wrote, or an overlay of another.

        Args:
            raw: the tables of the file.
            bases: what ``extends`` may name.

        Raises:
            RegulationFileError: a key is missing, unknown or of the wrong type, or ``extends`` names nothing.
        """
        base = raw.get("extends")
        if base is not None:
            if not isinstance(base, str) or base not in bases:
                known = ", ".join(bases) or "none; a rulebook knows its own: RULES.load(path)"
                raise RegulationFileError(f"it extends {base!r}, and the regulations known here are: {known}")
            raw = merged(bases[base]().to_dict(), {key: value for key, value in raw.items() if key != "extends"})
        given = table("the regulation", raw, needs=("id",), may=_SECTIONS + _TEXTS, texts=_TEXTS)
        if not given["id"]:
            raise RegulationFileError("'id' is a short name, such as \"acme\"")
        tables = {name: table(f"[{name}]", given.get(name, {})) for name in _SECTIONS}
        misspelt(tables["norms"])
        texts_of("[translations]", tables["translations"])
        try:
            found = cls(
                **{name: given[name] for name in _TEXTS if name in given},
                translations=tables["translations"],
                schedule=WorkSchedule.from_dict(tables["schedule"]) if "schedule" in given else None,
                settings={
                    name: Setting(**setting_of(name, one, tuple(Origin))) for name, one in tables["settings"].items()
                },
                norms=tuple(norm_of(name, one) for name, one in tables["norms"].items()),
                responsibilities=tuple(
                    Responsibility.parse(activity, text)
                    for activity, rows in tables["responsibilities"].items()
                    for text in rows_of(f"responsibility {activity!r}", rows, "R finance R31")
                ),
            )
        except (BusinessTimeError, DomainError) as wrong:
            raise RegulationFileError(f"the regulation cannot be read: {wrong}") from wrong
        twice = [norm.id for norm in found.norms if norm.id in found.settings and isinstance(norm.term, Term)]
        if twice:
            raise RegulationFileError(
                f"{twice[0]!r} has a term among the norms and another among the settings: give one"
            )
        return found

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        bases: Mapping[str, Callable[[], Regulation]] = _NO_BASES,
        parameters: Iterable[Parameter[Any]] | None = None,
        norms: Iterable[Norm] = (),
        roles: Collection[str] | None = None,
    ) -> Regulation:
        """Read a regulation, or an overlay that says only what differs, from a TOML file.

        Args:
            path: the file.
            bases: what ``extends`` may name.
            parameters: everything that is read; a setting beyond them is refused with its line. None asks nothing.
            norms: everything that is enforced.
            roles: the ids of those that are declared; None lets any pass.

        Raises:
            RegulationFileError: the file cannot be opened, is not TOML, or does not hold a regulation; or it says what
                nothing reads. Names the file and the line where it can.
        """
        import tomllib

        try:
            text = Path(path).read_text(encoding="utf-8-sig")
            raw = tomllib.loads(text)
        except OSError as wrong:
            raise RegulationFileError(f"cannot read the regulation {str(path)!r}: {wrong.strerror}") from wrong
        except UnicodeDecodeError as wrong:
            line = wrong.object[: wrong.start].count(b"\n") + 1
            raise RegulationFileError(f"{path}:{line}: it is not TOML in UTF-8: save it in that encoding") from wrong
        except tomllib.TOMLDecodeError as wrong:
            raise RegulationFileError(f"{str(path)!r} is not TOML: {wrong}") from wrong
        except RecursionError as wrong:
            raise RegulationFileError(f"{str(path)!r} is not TOML of a regulation: it is nested too deeply") from wrong
        try:
            found = cls.from_dict(raw, bases)
        except RegulationFileError as wrong:
            raise RegulationFileError(f"{path}{line_of(text, str(wrong))}: {wrong}") from wrong
        problems = [] if parameters is None else list(islice(found.mismatches(parameters, norms, roles), _MOST))
        if problems:
            lines = [f"{path}{line_of(text, problem)}: {problem}" for problem in problems]
            lines += [f"{path}: and maybe more: only the first {_MOST} are named"] * (len(problems) == _MOST)
            raise RegulationFileError("; ".join(lines))
        return found

    def dump(self, path: str | Path) -> None:
        """Write the regulation as TOML, which `load` reads back to an equal one."""
        Path(path).write_text(toml_text(self.to_dict()), encoding="utf-8")

    def texts(self) -> tuple[NormText, ...]:
        """The norms as people read and acknowledge them, each with the term that this regulation gives it."""
        return tuple(self._text(norm) for norm in self.norms)

    def _text(self, norm: Norm) -> NormText:
        term, left_open = norm.term, ""
        if isinstance(term, Parameter):
            known = term.name in self.settings or term.default is not UNSET
            term, left_open = (self.value(term), "") if known else (None, term.name)
        return NormText(
            norm.id,
            norm.text,
            norm.translations,
            clause=norm.clause,
            strength=str(norm.strength),
            binds=tuple(norm.binds),
            term="" if term is None else str(term),
            left_open=left_open,
            control=norm.control,
            metric=norm.metric,
        )

    def check(self, departments: Mapping[str, Iterable[str]] | None = None) -> tuple[LintFinding, ...]:
        """What is wrong with the regulation as it is written (R85, R91, R93).

        A rule needs a control and a metric; a deadline needs somebody it binds; no two norms may contradict each other;
        and no department's norms may be longer than the page limit, where one is set. A deadline that the regulation
        leaves open is a warning.

        Args:
            departments: the ids of the roles in each department.

        >>> Regulation("acme").check()
        ()
        """
        limited = PAGE_LIMIT.name in self.settings
        texts = self.texts()
        found = lint(texts, self.value(PAGE_LIMIT) if limited else None, departments or {})
        try:
            return (*found, *(unmeetable(texts, self.calendar) if self.schedule is not None else ()))
        except BusinessTimeError:  # a country without days off, which the rulebook's own check names
            return found

    def to_acknowledge(self, other: Regulation) -> frozenset[str]:
        """The ids of the roles that have to acknowledge anew what `other` says otherwise (R84, R88).

        Only rules count. A rule that binds everybody is for every role that either of the two names.
        """
        mine, theirs = ({one.id: one for one in each.texts() if one.is_rule} for each in (self, other))
        changed = [
            one
            for name in {*mine, *theirs}
            if _canonical(mine.get(name)) != _canonical(theirs.get(name))
            for one in (mine.get(name), theirs.get(name))
            if one is not None
        ]
        if any(not one.binds for one in changed):
            changed = [*mine.values(), *theirs.values()]
        return frozenset(role for one in changed for role in one.binds)

    def diff(self, other: Regulation) -> tuple[Change, ...]:
        """What `other` says differently, norm by norm and value by value (R83).

        >>> Regulation("acme").diff(Regulation("acme", version="1.1"))
        (Change(subject='version', kind='changed', before='1.0', after='1.1', roles=frozenset()),)
        """
        mine, theirs = _flat(self), _flat(other)
        roles = {norm.id: frozenset(map(str, norm.binds)) for norm in (*self.norms, *other.norms)}
        found = []
        for place in dict.fromkeys((*mine, *theirs)):
            before, after = mine.get(place), theirs.get(place)
            subject = place[1]
            if before != after and not _same_term(before, after):
                kind = "added" if before is None else "removed" if after is None else "changed"
                found.append(Change(subject, kind, before, after, roles.get(subject, frozenset())))
        return tuple(found)


_TEXTS: Final = ("id", "version", "title", "rulebook", "country", "subdivision")
_MOST: Final = 100
_SECTIONS: Final = ("translations", "schedule", "settings", "norms", "responsibilities")


def _same_term(before: object, after: object) -> bool:
    """Whether two texts are one term in other words, such as in two languages."""
    try:
        return all(isinstance(one, str) for one in (before, after)) and Term.parse(str(before)) == Term.parse(
            str(after)
        )
    except TermSyntaxError:
        return False


def _canonical(norm: NormText | None) -> list[str] | None:
    return None if norm is None else norm.canonical()


def _roles_in(given: object) -> Iterator[str]:
    """The ids of the roles in a value: one, several, or one for each span of days."""
    if isinstance(given, Role):
        yield given.id
    elif isinstance(given, frozenset | tuple):
        for one in given:
            yield from _roles_in(one)
    elif isinstance(given, Dated):
        for _, one in given.steps:
            yield from _roles_in(one)


def _guess(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {near[0]!r}?" if near else ""


def _flat(regulation: Regulation) -> dict[tuple[str, str], object]:
    """Everything that can differ, by what it is and its name: a norm and its parameter may share one."""
    whole = regulation.to_dict()
    settings, norms, zones = whole.pop("settings"), whole.pop("norms"), whole.pop("responsibilities", {})
    found: dict[tuple[str, str], object] = {("", name): given for name, given in whole.items()}
    found |= {("norm", name): given for name, given in norms.items()}
    found |= {("setting", name): given["value"] for name, given in settings.items()}
    return found | {("zone", f"responsible:{activity}"): rows for activity, rows in zones.items()}


def _not_set(missing: Iterable[Parameter[Any]], *, hours: bool = False) -> ParameterNotSet:
    lines = [f"{p.name} ({p.clause or 'no clause'}; give {p.wanted})" for p in missing]
    names = [p.name for p in missing]
    if hours:
        lines.append(
            'schedule (R40, R42; give working hours such as WorkSchedule.standard(start="09:00", end="18:00"))'
        )
        names.append("schedule")
    return ParameterNotSet(
        f"the regulation leaves open {len(lines)} value{'s' * (len(lines) != 1)} that this needs: {'; '.join(lines)}. "
        'Give them with regulation.with_settings({"name": value}) or start from salesreg.example()',
        names,
    )
