"""The rulebook: roles, processes, reactions and texts, as an app installs and extends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import attrs

from salesreg.calendars import ProductionCalendar
from salesreg.errors import BusinessTimeError, DeclarationError, Refusal, RegulationMismatch, UnknownProcess
from salesreg.process.case import Obligation
from salesreg.process.check import unread
from salesreg.process.page import Process
from salesreg.process.reaction import Look, Reaction
from salesreg.process.templates import CLIENT, GIVEN, OF_RUNG, OF_STEP, RUNGS, TEMPLATES, Template
from salesreg.rules.chapters import Chapter
from salesreg.rules.conduct import KERNEL_PARAMETERS, OPTIONAL_PARAMETERS
from salesreg.rules.lint import LintFinding, missing_sections, unlike, untimely
from salesreg.rules.norms import Norm
from salesreg.rules.parameters import Dated, Parameter
from salesreg.rules.regulation import Regulation
from salesreg.rules.responsibilities import Letter, Responsibility
from salesreg.rules.roles import SYSTEM, Role, known_by
from salesreg.rules.texts import ZONES, Texts

Pages: TypeAlias = tuple[type[Process[Any]], ...]
Gate: TypeAlias = Callable[[Look, str, frozenset[str]], frozenset[str]]
"""Of some roles of an employee, by id, those in which they may not act yet; the look is at the present store."""
Excuses: TypeAlias = Callable[[Look, Obligation], Iterable[Refusal]]
"""Of a late obligation that somebody owes in person, all that speaks against laying that to their charge."""


_KINDS: Final[Mapping[str, type]] = {
    "roles": Role,
    "reactions": Reaction,
    "norms": Norm,
    "parameters": Parameter,
    "templates": Template,
    "chapters": Chapter,
    "locale": Path,
}


def _tuple(given: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(given)


def _latest(given: Iterable[Any]) -> tuple[Any, ...]:
    """Each once, by its id, where it first stood, as it was said last; strangers stay, to be named."""
    return tuple({getattr(one, "id", number): one for number, one in enumerate(given)}.values())


@attrs.frozen(eq=False, slots=False)
class Rulebook:
    """Everything that a firm's regulation is written with; the kernel knows nothing else of the firm.

    Composition errors (two roles of one id, a reaction of a missing process, a role that nobody declared, a parameter
    that nothing reads) are all named at once, when the rulebook is made.

    Attributes:
        id: unique, such as ``"acme"``; cases keep the id of the rulebook whose page they run under.
        roles: every role that a page, a norm or a reaction names.
        processes: the process classes, one an id.
        reactions: what one process does to another.
        norms: those that no page enforces: recommendations, definitions, clauses of the kernel's own refusals.
        parameters: those that reactions and the gate read, beside the pages' own.
        templates: the words of messages; a later one of the same kind wins.
        chapters: parts of the document that no program enforces; a later one of the same id wins.
        titles: what else has a name that catalogues translate, in English, by its key, such as ``"indicator.K1"``.
        locale: folders of catalogues; a later one wins.
        regulations: the regulations written for it, by the name that an overlay extends.
        gate: who may not act in a role yet, such as before acknowledging its rules.
        gate_keys: the unique keys whose holders the gate looks at; they are looked up with the case of each command.
        excuses: why somebody does not answer for what they were late with, such as rules that they did not know.
        earlier: replaced processes, known as long as cases run on them.
        base: the rulebook that it extends.

    Raises:
        DeclarationError: names every composition error.
    """

    id: str
    roles: tuple[Role, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    processes: Pages = attrs.field(default=(), converter=_tuple, kw_only=True)
    reactions: tuple[Reaction, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    norms: tuple[Norm, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    parameters: tuple[Parameter[Any], ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    templates: tuple[Template, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    chapters: tuple[Chapter, ...] = attrs.field(default=(), converter=_latest, kw_only=True)
    titles: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    locale: tuple[Path, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    regulations: Mapping[str, Callable[[], Regulation]] = attrs.field(factory=dict, kw_only=True)
    gate: Gate | None = attrs.field(default=None, kw_only=True)
    gate_keys: tuple[str, ...] = attrs.field(default=(), converter=_tuple, kw_only=True)
    excuses: Excuses | None = attrs.field(default=None, kw_only=True)
    earlier: Pages = attrs.field(default=(), converter=_tuple, kw_only=True)
    base: Rulebook | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        strange = [
            f"{one!r} among the {name} is no {kind.__name__}"
            for name, kind in _KINDS.items()
            for one in getattr(self, name)
            if not isinstance(one, kind)
        ]
        strange += [
            f"{one!r} among the {name} is no process class"
            for name in ("processes", "earlier")
            for one in getattr(self, name)
            if not (isinstance(one, type) and issubclass(one, Process))
        ]
        if strange:
            raise DeclarationError(f"rulebook {self.id!r}: " + "; ".join(strange))
        known_by("rulebook", self.id)
        if problems := list(dict.fromkeys(self._problems())):
            raise DeclarationError(f"rulebook {self.id!r}: " + "; ".join(problems))

    def __repr__(self) -> str:
        return f"Rulebook({self.id!r}, {len(self.processes)} processes, {len(self.roles)} roles)"

    def extended(
        self,
        id: str,
        *,
        roles: Iterable[Role] = (),
        processes: Iterable[type[Process[Any]]] = (),
        reactions: Iterable[Reaction] = (),
        norms: Iterable[Norm] = (),
        parameters: Iterable[Parameter[Any]] = (),
        templates: Iterable[Template] = (),
        chapters: Iterable[Chapter] = (),
        titles: Mapping[str, str] | None = None,
        locale: Iterable[Path] = (),
        regulations: Mapping[str, Callable[[], Regulation]] | None = None,
        earlier: Iterable[type[Process[Any]]] = (),
        without: Iterable[type[Process[Any]] | Reaction] = (),
    ) -> Rulebook:
        """A rulebook of one's own on top of this one.

        A process of the same id takes the place of the old one, which stays known as `earlier`; so does a norm.

        Args:
            id: the new rulebook's id.
            roles, processes, reactions, norms, parameters, templates, chapters, titles: what is added or replaced.
            locale, regulations, earlier: the same.
            without: processes and reactions that are left out.
        """
        left_out = list(without)
        for one in left_out:
            if one not in self.processes and one not in self.reactions:
                raise DeclarationError(f"rulebook {id!r} goes without {one!r}, which {self.id!r} does not have")
        mine = list(processes)
        kept = [page for page in self.processes if page not in left_out]
        replaced = [page for page in kept if page.id in {one.id for one in mine}]
        return Rulebook(
            id,
            roles=(*self.roles, *roles),
            processes=_in_place(kept, mine),
            reactions=(*(one for one in self.reactions if one not in left_out), *reactions),
            norms=_in_place(self.norms, list(norms)),
            parameters=(*self.parameters, *parameters),
            templates=(*self.templates, *templates),
            chapters=(*self.chapters, *chapters),
            titles={**self.titles, **(titles or {})},
            locale=(*self.locale, *locale),
            regulations={**self.regulations, **(regulations or {})},
            gate=self.gate,
            gate_keys=self.gate_keys,
            excuses=self.excuses,
            earlier=(*self.earlier, *replaced, *earlier),
            base=self,
        )

    # -- looking up -----------------------------------------------------------------------------------------------

    def lineage(self) -> Iterator[Rulebook]:
        """This rulebook and those that it extends, the nearest first."""
        one: Rulebook | None = self
        while one is not None:
            yield one
            one = one.base

    def process(self, process_id: str) -> type[Process[Any]]:
        """The process that new cases of an id begin with.

        Raises:
            UnknownProcess: there is none.
        """
        for page in self.processes:
            if page.id == process_id:
                return page
        known = ", ".join(sorted(page.id for page in self.processes))
        raise UnknownProcess(f"no process {process_id!r}; rulebook {self.id!r} has {known or 'none'}")

    @cached_property
    def staff(self) -> frozenset[str]:
        """The ids of the roles of the company's own people, which are those of some department."""
        return frozenset(role.id for role in self.roles if role.department is not None)

    @cached_property
    def homes(self) -> Mapping[type[Process[Any]], str]:
        """The id of the rulebook that first held each process class."""
        pages: list[Any] = [*self.processes, *self.earlier]
        found: dict[Any, str] = {}
        for book in self.lineage():
            found |= {page: book.id for page in pages if page in book.processes or page in book.earlier}
        return MappingProxyType(found)

    @cached_property
    def pages(self) -> Mapping[tuple[str, int, str], type[Process[Any]]]:
        """Every process class, by its id, its version and the id of its rulebook."""
        every = (*self.earlier, *self.processes)
        return MappingProxyType({(page.id, page.version, self.homes[page]): page for page in every})

    def enforced(self) -> tuple[Norm, ...]:
        """Every norm: those that the pages enforce, then the others."""
        found = [norm for page in self.processes for norm in page.norms()]
        return tuple({norm.id: norm for norm in (*found, *self.norms)}.values())

    def read(self) -> tuple[Parameter[Any], ...]:
        """Every parameter whose value is needed."""
        found = [*KERNEL_PARAMETERS, *self.parameters]
        found += [parameter for page in self.processes for parameter in page.parameters()]
        found += [norm.term for norm in self.norms if isinstance(norm.term, Parameter)]
        return tuple({one.name: one for one in found}.values())

    def departments(self) -> Mapping[str, frozenset[str]]:
        """The ids of the roles in each department."""
        found: dict[str, set[str]] = {}
        for role in self.roles:
            if role.department is not None:
                found.setdefault(role.department.id, set()).add(role.id)
        return {department: frozenset(roles) for department, roles in found.items()}

    def superiors(self, role_id: str) -> tuple[str, ...]:
        """The ids of the roles above one, the nearest first."""
        found = next((role for role in self.roles if role.id == role_id), None)
        return () if found is None else tuple(role.id for role in found.superiors())

    # -- regulations ----------------------------------------------------------------------------------------------

    def bind(self, regulation: Regulation) -> None:
        """Check that a regulation gives everything that the pages need, and says nothing that nobody reads.

        Raises:
            RegulationMismatch: it is written for another rulebook, or says what nothing reads; names everything.
            ParameterNotSet: it leaves open what is needed; names everything.
        """
        if regulation.rulebook and regulation.rulebook not in {book.id for book in self.lineage()}:
            known = ", ".join(repr(book.id) for book in self.lineage())
            raise RegulationMismatch(
                f"regulation {regulation.id!r} is written for the rulebook {regulation.rulebook!r}, not for {known}"
            )
        extra = [one for one in OPTIONAL_PARAMETERS if one.name in regulation.settings]
        regulation.bind((*self.read(), *extra), self.enforced(), [role.id for role in self.roles])

    def stated(self) -> tuple[Norm, ...]:
        """Every norm, said in each language that there is a catalogue of."""
        texts = self.texts
        locales = [texts.locale(lang) for lang in texts.languages if lang != "en"]
        return tuple(
            attrs.evolve(norm, translations={one.lang: one.title(f"norm.{norm.id}") for one in locales})
            for norm in self.enforced()
        )

    def written(self, id: str, zones: Iterable[Responsibility] = ()) -> Regulation:
        """The regulation that its pages make, in each language that it has; what they leave open is open in it too.

        Its title is what `titles` have under ``"regulation.title"``.

        Args:
            id: the regulation's id.
            zones: whose zone is what, beside the steps of the pages.
        """
        texts, key = self.texts, "regulation.title"
        others = (texts.locale(lang) for lang in texts.languages if lang != "en")
        return Regulation(
            id,
            title=self.english.get(key, ""),
            translations={one.lang: one.title(key) for one in others if key in self.english},
            rulebook=self.id,
            norms=self.stated(),
            responsibilities=(*zones, *(row for page in self.processes for row in page.responsibilities())),
        )

    def regulation(self, name: str) -> Regulation:
        """The regulation of a name; one that was written for a rulebook which this one extends, as `adopted`."""
        return self.adopted(self.regulations[name]())

    def adopted(self, regulation: Regulation) -> Regulation:
        """A regulation that was written for a rulebook which this one extends, with what this one says beyond that.

        The norms and zones of responsibility of its own pages join it; a norm that it words anew takes the place of
        the old one. One of its own stays as it is.
        """
        base = next((book for book in self.lineage() if book.id == regulation.rulebook), self)
        if base is self:
            return regulation
        known = {norm.id: norm for norm in base.enforced()}
        new = {norm.id for norm in self.enforced() if known.get(norm.id) != norm}
        mine = {norm.id: norm for norm in self.stated() if norm.id in new}
        pages = [page for page in self.processes if page not in base.processes]
        zones = [row for page in pages for row in page.responsibilities()]
        gone = tuple(f"{page.id}." for page in pages)
        return attrs.evolve(
            regulation,
            rulebook=self.id,
            norms=(*(mine.pop(norm.id, norm) for norm in regulation.norms), *mine.values()),
            responsibilities=(*(r for r in regulation.responsibilities if not r.activity.startswith(gone)), *zones),
        )

    def load(self, path: str | Path) -> Regulation:
        """Read a regulation, or an overlay of one of `regulations`, from a TOML file.

        Raises:
            RegulationFileError: the file holds no regulation, or says what nothing reads; names file and line.
        """
        read = (*self.read(), *OPTIONAL_PARAMETERS)
        norms, roles = self.enforced(), [role.id for role in self.roles]
        bases = {name: partial(self.regulation, name) for name in self.regulations}
        return Regulation.load(path, bases=bases, parameters=read, norms=norms, roles=roles)

    def check(self, regulation: Regulation, held: Callable[[str], bool] | None = None) -> tuple[LintFinding, ...]:
        """What is wrong with a regulation as text, with the pages that enforce it, and what is not written (R85).

        Args:
            regulation: the regulation.
            held: whether anybody holds a role, by its id; where it is given, roles with duties that nobody holds are
                found too.
        """
        stated = {norm.id for norm in regulation.norms}
        found = [
            *regulation.check(self.departments()),
            *missing_sections(regulation.texts(), regulation.responsibilities),
            *unlike(*map(self._numbers, (regulation, self._example(regulation)))),
            *untimely(self._numbers(regulation), regulation.schedule),
            *self._unknown_days(regulation),
            *self._forbidden(regulation),
        ]
        for page in self.processes:
            found += [LintFinding(one.code, f"{page.id}.{one.subject}", one.message, "R91") for one in page.check()]
            found += [
                LintFinding("not_written", norm.id, "is enforced, but not written in the regulation", "R86")
                for norm in page.norms()
                if norm.id not in stated
            ]
        if held is not None:
            busy = {role for norm in regulation.texts() for role in norm.binds}
            busy |= {row.role for row in regulation.matrix.rows if row.role and row.letter in "RA"}
            for role in self.roles:
                if role.id in busy and not held(role.id):
                    found.append(LintFinding("nobody_holds", role.id, "has duties, and nobody holds it", "R91"))
        return tuple(found)

    def _example(self, instead: Regulation) -> Regulation:
        return self.regulation("example") if "example" in self.regulations else instead

    def _numbers(self, regulation: Regulation) -> dict[str, object]:
        """The values of a regulation that can be compared; of a value that changes, the latest."""
        read = (one for one in (*self.read(), *OPTIONAL_PARAMETERS) if one.name in regulation.settings)
        found = {one.name: regulation.value(one) for one in read}
        return {name: given.steps[-1][1] if isinstance(given, Dated) else given for name, given in found.items()}

    def _unknown_days(self, regulation: Regulation) -> Iterator[LintFinding]:
        try:
            ProductionCalendar.country(regulation.country, regulation.subdivision)
        except BusinessTimeError as wrong:
            yield LintFinding("no_calendar", "country", "has no days off here: {got}", "R40", facts={"got": str(wrong)})

    def _forbidden(self, regulation: Regulation) -> Iterator[LintFinding]:
        """The steps that the table of responsibilities gives to a role which the page keeps from taking them."""
        by_code = attrs.evolve(
            regulation, responsibilities=[row for page in self.processes for row in page.responsibilities()]
        ).matrix
        steps = {f"{page.id}.{step.id}": step for page in self.processes for step in page.steps.values()}
        for row in regulation.matrix.rows:
            step = steps.get(row.activity)
            if step is None or row.letter is not Letter.RESPONSIBLE:
                continue
            allowed = by_code.who_is_responsible(row.activity)
            if all(isinstance(who, Role | Parameter) for who in step.by) and row.role not in allowed:
                text = "is given to {role}, and only {allowed} may do it"
                facts = {"role": row.role, "allowed": allowed}
                yield LintFinding("not_allowed", row.activity, text, "R79", facts=facts)

    # -- texts ----------------------------------------------------------------------------------------------------

    @cached_property
    def texts(self) -> Texts:
        """What people read, in every language that there is a catalogue of."""
        return Texts(self.english, self.locale)

    @cached_property
    def words(self) -> Mapping[str, Template]:
        """The template of each kind of message, by what it is about."""
        return MappingProxyType({one.about: one for one in (*TEMPLATES, *self.templates)})

    @cached_property
    def english(self) -> Mapping[str, str]:
        """Everything that the declarations name, in English, by the key of the catalogues."""
        out = {f"role.{role.id}": role.title for role in (SYSTEM, *self.roles)}
        out |= self.titles
        out |= {f"zone.{zone}": zone.rpartition("/")[2] for zone in ZONES}
        for words in self.words.values():
            out |= {f"template.{words.about}.subject": words.subject, f"template.{words.about}.text": words.text}
        out |= {f"department.{one.id}": one.title for role in self.roles if (one := role.department) is not None}
        for page in (*self.earlier, *self.processes):
            out[f"{page.id}.title"] = page.title
            out |= {f"{page.id}.stage.{stage.id}": stage.title for stage in page.stages.values()}
            out |= {f"{page.id}.no_term.{one.id}": one.no_term for one in page.stages.values() if one.no_term}
            out |= {f"{page.id}.step.{step.id}": step.title for step in page.steps.values()}
            out |= {f"norm.{norm.id}": norm.text for norm in page.norms()}
            specs = page.table.specs.values()
            out |= {f"field.{f.name}": f.name.replace("_", " ") for spec in specs for f in spec.payload.fields}
            out |= {f"who.{who.title}": who.title for who in page.table.whos() if not isinstance(who, Role | Parameter)}
        out |= {f"norm.{norm.id}": norm.text for norm in self.enforced()}
        for norm in self.enforced():
            # An indicator of a catalogue, such as K7, is called so in every language.
            said = {"control": norm.control, "metric": "" if f"indicator.{norm.metric}" in self.titles else norm.metric}
            out |= {f"{kind}.{norm.id}": text for kind, text in said.items() if text}
        for chapter in self.chapters:
            key = f"chapter.{chapter.id}"
            out |= {f"{key}.title": chapter.title} | ({f"{key}.text": chapter.text} if chapter.text else {})
            out |= {f"{key}.{number}": item for number, item in enumerate(chapter.items, 1)}
        own_terms = {norm.id for norm in self.enforced()}
        out |= {
            f"parameter.{one.name}": one.title
            for one in self.read()
            if one.name not in own_terms or one.title != out.get(f"norm.{one.name}")
        }
        return MappingProxyType(out)

    # -- is it whole ----------------------------------------------------------------------------------------------

    def _problems(self) -> Iterator[str]:
        if self.base is not None and self.id in {book.id for book in self.base.lineage()}:
            yield "it extends a rulebook of the same id: give it one of its own"
        roles: dict[str, Role] = {}
        for role in self.roles:
            known = roles.setdefault(role.id, role)
            mine, other = ((one.title, one.superior, getattr(one.department, "id", None)) for one in (role, known))
            if mine != other:
                yield f"two roles are called {role.id!r}"
        missing = {
            above.id: role.id for role in reversed(self.roles) for above in role.superiors() if above.id not in roles
        }
        yield from (f"the superior of {one!r} is {above!r}, which nobody declares" for above, one in missing.items())
        if SYSTEM.id in roles:
            yield f"the role {SYSTEM.id!r} is the engine's own"
        pages: dict[str, type[Process[Any]]] = {}
        for page in self.processes:
            if pages.setdefault(page.id, page) is not page:
                yield f"two processes are called {page.id!r}"
        yield from self._page_problems(pages, roles)
        yield from self._reaction_problems(pages)
        yield from self._rule_problems(roles)
        yield from self._template_problems(pages, roles)

    def _reaction_problems(self, pages: Mapping[str, type[Process[Any]]]) -> Iterator[str]:
        """Reactions of steps that are not there, and such as follow from one another in a circle."""
        after: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for one in self.reactions:
            for verb, (process, step) in (
                ("follows on", (one.process, one.step)),
                *(("asks for", it) for it in one.then),
            ):
                if process not in pages:
                    yield f"the reaction {one.id!r} {verb} process {process!r}, which is not there"
                elif step not in pages[process].steps:
                    yield f"the reaction {one.id!r} {verb} {process}.{step}, which is not there"
            after.setdefault((one.process, one.step), set()).update(one.then)
        for first, then in after.items():
            seen, waiting = set[tuple[str, str]](), list(then)
            while waiting:
                step_after = waiting.pop()
                if step_after not in seen:
                    seen.add(step_after)
                    waiting += after.get(step_after, ())
            if first in seen:
                yield f"what follows on {'.'.join(first)} leads back to it: break the loop"

    def _page_problems(self, pages: Mapping[str, type[Process[Any]]], roles: Mapping[str, Role]) -> Iterator[str]:
        for page in self.processes:
            for named, where in _named_roles(page):
                if named not in roles and named != SYSTEM.id:
                    yield f"{where} names the role {named!r}, which nobody declares"
            yield from (f"{page.id}.{finding}" for finding in unread(page.table))
            for step in page.steps.values():
                for child in step.children:
                    if child not in pages:
                        yield f"{page.id}.{step.id} looks at cases of process {child!r}, which is not there"
        found: dict[tuple[str, int, str], type[Process[Any]]] = {}
        homes: Any = self.homes  # mypy holds that a class is not hashable
        for page in (*self.earlier, *self.processes):
            key = (page.id, page.version, homes[page])
            if found.setdefault(key, page) is not page:
                yield f"two pages of {key[2]!r} are version {page.version} of {page.id!r}: raise the new one's"

    def _template_problems(self, pages: Mapping[str, type[Process[Any]]], roles: Mapping[str, Role]) -> Iterator[str]:
        """Templates of what is not there, and such as name what they are not given."""
        ends = {f".{one}" for one in (*roles, CLIENT)}
        norms = {norm.id for norm in self.enforced()}
        for one in self.templates:
            end = next((end for end in ends if one.about.endswith(end)), "")
            about = one.about.removesuffix(end)
            rung, _, norm = about.partition(".")
            page, step = pages.get(rung), norm
            if about in {"step", CLIENT, "digest"}:
                continue
            if page is not None and step in page.steps:
                fields = {field.name for field in page.table.specs[step].payload.fields}
                given = GIVEN | OF_STEP | page.told().keys() | fields
            elif rung in RUNGS and (not norm or norm in norms):
                owner = pages.get(norm.partition(".")[0])
                given = GIVEN | OF_RUNG | (owner.told().keys() if owner is not None else frozenset())
            else:
                yield f"the template {one.about!r} is about no step, and no rung or norm"
                continue
            if strange := sorted(one.names - given):
                yield f"the template {one.about!r} names {', '.join(map(repr, strange))}, which nothing gives"

    def _rule_problems(self, roles: Mapping[str, Role]) -> Iterator[str]:
        for norm in self.norms:
            for named in sorted(norm.binds - roles.keys()):
                yield f"norm {norm.id!r} names the role {named!r}, which nobody declares"
        declared: dict[str, Parameter[Any]] = {}
        every = [*KERNEL_PARAMETERS, *self.parameters, *(one for page in self.processes for one in page.parameters())]
        for parameter in every:
            known_one = declared.setdefault(parameter.name, parameter)
            if (known_one.type, known_one.default) != (parameter.type, parameter.default):
                yield f"two parameters are called {parameter.name!r}"
        norms: dict[str, Norm] = {}
        for norm in (*self.norms, *(one for page in self.processes for one in page.norms())):
            if norms.setdefault(norm.id, norm) != norm:
                yield f"two norms are called {norm.id!r}"


def _in_place(old: Iterable[Any], new: list[Any]) -> tuple[Any, ...]:
    """What there is, each with what takes its place by id, and then what is new."""
    first = {one.id: one for one in reversed(new)}
    placed = [first.get(one.id, one) for one in old]
    return (*placed, *(one for one in new if not any(one is other for other in placed)))


def _named_roles(page: type[Process[Any]]) -> Iterator[tuple[str, str]]:
    """Every role that a page names, with where."""
    for who in page.table.whos():
        if isinstance(who, Role):
            yield who.id, f"process {page.id!r}"
    for duty in page.duties.values():
        yield duty.per.id, f"{page.id}.{duty.id}"
    for norm in page.norms():
        yield from ((role, f"norm {norm.id!r}") for role in sorted(norm.binds))
    for spec in page.table.specs.values():
        for field in spec.payload.people:
            if field.held is not None and field.held.role is not None:
                yield field.held.role.id, f"{page.id}.{spec.step.id}({field.name})"
