"""A process as people read it: a table of stages, of steps, of deadlines, a diagram, and its guarantees (R39, R96)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import attrs

from salesreg.calendars import Term, Unit
from salesreg.errors import ParameterNotSet
from salesreg.process import STAGE_OWNER, Process, Stage
from salesreg.process.reaction import Reaction
from salesreg.process.steps import AnyStep
from salesreg.process.table import Transition
from salesreg.rules import Locale, Norm, Parameter, Regulation, Role

ANYWHERE: Final = "every_open_stage"
"""What stands for every open stage in a diagram, for arrows from everywhere would hide the way."""
BEGIN: Final = "[*]"
"""What stands for the beginning of a case."""
_WIDE: Final = '%%{init: {"flowchart": {"wrappingWidth": 300}}}%%'
_ESCAPES: Final = str.maketrans({sign: f"#{ord(sign)};" for sign in '"#;<>'})


@attrs.frozen
class Sheet:
    """A titled table of text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self, level: int = 2) -> str:
        """The table as a Markdown section, or as a table alone where it has no title."""
        lines = [
            *([f"{'#' * level} {self.title}", ""] if self.title else []),
            _row(self.head),
            _row(["---"] * len(self.head)),
            *map(_row, self.rows),
        ]
        return "\n".join(lines)


class ProcessPage:
    """A process in one language, under a regulation that gives the values of parameters, or with their names.

    Args:
        process: the process class.
        locale: the language, from the texts of its rulebook.
        regulation: gives the values of parameters; without one their names are shown.
        reactions: what follows from its steps in other cases, as its rulebook has it.
        staff: the ids of all roles of the company's own people; where all of them may do a thing, anybody may.
    """

    def __init__(
        self,
        process: type[Process[Any]],
        locale: Locale,
        regulation: Regulation | None = None,
        reactions: Iterable[Reaction] = (),
        staff: Iterable[str] = (),
    ) -> None:
        self._staff: frozenset[str] = frozenset(staff)
        self._follows: dict[str, list[str]] = {}
        for one in reactions:
            if one.process == process.id:
                titles = [f"{locale.title(f'{p}.title')}: {locale.title(f'{p}.step.{s}')}" for p, s in one.then]
                behind = f" ({one.clause})" if one.clause else ""
                self._follows.setdefault(one.step, []).append(", ".join(titles) + behind)
        self.process: type[Process[Any]] = process
        self.locale: Locale = locale
        self.regulation: Regulation | None = regulation

    # -- names ----------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The process's title."""
        return self.locale.title(f"{self.process.id}.title")

    def stage(self, stage: Stage) -> str:
        """A stage's title."""
        return self.locale.title(f"{self.process.id}.stage.{stage.id}")

    def step(self, step: AnyStep) -> str:
        """A step's title."""
        return self.locale.title(f"{self.process.id}.step.{step.id}")

    def role(self, role_id: str) -> str:
        """A role's title; a parameter that nobody has given stands by its name."""
        return role_id if role_id.startswith("‹") else self.locale.title(f"role.{role_id}")

    def who(self, who: Any) -> str:
        """Who is meant; a parameter by its value, or by its name where it has none."""
        if isinstance(who, Parameter):
            try:
                who = self._unset(who) if self.regulation is None else self.regulation.value(who)
            except ParameterNotSet:
                who = self._unset(who)
        if who is None or isinstance(who, str):
            return who or "—"
        return self.role(who.id) if isinstance(who, Role) else self.locale.title(f"who.{who.title}")

    def people(self, several: Iterable[Any]) -> str:
        """Several of them in one line; all roles of the company's people as one."""
        return _join(anybody([self.who(one) for one in several], map(self.role, self._staff), self.locale))

    def _unset(self, parameter: Parameter[Any]) -> str:
        """A parameter by its name: no regulation is given, or it leaves the value open."""
        if self.regulation is None:
            return f"‹{parameter.name}›"
        return self.locale.say("page.left_open", "left open ({name})", name=parameter.name)

    def ways(self, step: AnyStep) -> tuple[Transition, ...]:
        """The ways that a step goes, whatever stage they leave."""
        return tuple(way for candidates in self.process.table.routes[step.id].values() for way in candidates)

    # -- tables ---------------------------------------------------------------------------------------------------

    def sheets(self) -> tuple[Sheet, ...]:
        """The stages, steps and deadlines of the process."""
        say, table = self.locale.say, self.process.table
        stage, owner, term = say("page.stage", "Stage"), say("page.owner", "Responsible"), say("page.term", "Term")
        clause, step, end = say("page.clause", "Clause"), say("page.step", "Step"), say("page.end", "end")
        stages = tuple(
            (self.stage(one), end if one.ended else self.who(one.owner), *self._stage_term(one))
            for one in table.stages.values()
        )
        moves = say("page.from", "From"), say("page.to", "To"), say("page.by", "By"), say("page.told", "Told")
        found = [
            Sheet(say("page.stages", "Stages"), (stage, owner, term, clause), stages),
            Sheet(say("page.steps", "Steps"), (step, *moves, clause), tuple(map(self._step_row, table.steps.values()))),
        ]
        if table.slas:
            agreed = say("page.agreed", "the instant named in the case")
            rows = tuple(
                (
                    self.locale.title(f"norm.{sla.norm.id}"),
                    _join(self.step(table.steps[one]) for one in sla.start),
                    _join(self.step(table.steps[one]) for one in sla.stop),
                    self.who(sla.owner),
                    self.norm_term(sla.norm) if sla.due is None else agreed,
                    sla.norm.clause,
                )
                for sla in table.slas.values()
            )
            starts, stops = say("page.starts", "Starts with"), say("page.stops", "Stops with")
            head = (say("page.norm", "Rule"), starts, stops, owner, term, clause)
            found.append(Sheet(say("page.slas", "Deadlines of their own"), head, rows))
        if self._follows:
            followed = tuple((self.step(table.steps[one]), "; ".join(all_)) for one, all_ in self._follows.items())
            title = say("page.follows", "What follows in other cases")
            found.append(Sheet(title, (step, say("page.then", "Then")), followed))
        return tuple(found)

    def guarantees(self) -> tuple[Sheet, ...]:
        """What every case has been through in each stage, and who could lead one to an end alone."""
        say, found = self.locale.say, self.process.guarantees(self.regulation)
        steps, stages = self.process.steps, self.process.stages
        behind = tuple(
            (self.stage(stages[stage]), ", ".join(self.step(steps[one]) for one in several) or "—")
            for stage, several in found.behind.items()
        )
        both, itself = say("page.both", " and "), say("page.itself", "nobody: the system does by itself")

        def held(several: Iterable[frozenset[str]]) -> str:
            named = [both.join(map(self.role, sorted(one))) or itself for one in several]
            return "; ".join(anybody(named, map(self.role, self._staff), self.locale)) or "—"

        alone = tuple(
            (self.stage(stages[end]), held(several), held(found.unless_barred[end]))
            for end, several in found.alone.items()
        )
        before = say("page.stage", "Stage"), say("page.always", "Always taken before")
        barred = say("page.unless_barred", "Or, where the case names nobody else who may not")
        holding = say("page.an_end", "End"), say("page.holding", "Holding"), barred
        return (
            Sheet(say("page.behind", "What stands behind each stage"), before, behind),
            Sheet(say("page.alone", "Who could reach an end alone"), holding, alone),
        )

    def participants(self) -> tuple[str, ...]:
        """Everybody who owns a stage or takes a step, in order of appearance (R3, R37)."""
        whos = [stage.owner for stage in self.process.stages.values() if stage.owner is not None]
        whos += [who for step in self.process.steps.values() for who in step.by if who is not STAGE_OWNER]
        return tuple(dict.fromkeys(map(self.who, whos)))

    def markdown(self, picture: str = "") -> str:
        """The page as Markdown: participants, diagram, stages, steps, deadlines, guarantees.

        The diagram is the picture at a path or an address, if one is given, else Mermaid code.
        """
        say = self.locale.say
        people = "\n".join(f"- {name}" for name in self.participants())
        diagram = f"![{self.title}]({picture})" if picture else f"```mermaid\n{self.mermaid()}```"
        parts = [f"# {self.title}", f"## {say('page.participants', 'Participants')}", people]
        parts += [f"## {say('page.diagram', 'Diagram')}", diagram]
        parts += [sheet.markdown() for sheet in (*self.sheets(), *self.guarantees())]
        return "\n\n".join(parts) + "\n"

    def stage_note(self, stage: Stage) -> str:
        """Who is responsible for a stage, and how long they have, in one line; empty for an end."""
        if stage.owner is None:
            return ""
        term, clause = self._stage_term(stage)
        term += "" if clause == "—" else f" ({clause})"
        note = "Responsible: {owner}. Term: {term}."
        return self.locale.say("page.stage_note", note, owner=self.who(stage.owner), term=term)

    def owned(self, stage: Stage) -> tuple[str, str]:
        """Who is responsible for a stage, and how long they have; nothing where nothing is said."""
        if stage.owner is None or stage.ended:
            return "", ""
        term = self.norm_term(stage.term) if stage.term is not None else ""
        return self.who(stage.owner), self.locale.say("page.within", "Term: {term}", term=term) if term else ""

    def timers(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """The deadlines that begin on entering a stage: in words, and as a length that ISO 8601 can say."""
        norms = [stage.term] if stage.term is not None else []
        for sla in self.process.table.slas.values():
            entering = (way for one in sla.start for way in self.ways(self.process.steps[one]))
            if sla.due is None and sla.norm not in norms and any(way.target is stage for way in entering):
                norms.append(sla.norm)
        for norm in norms:
            term = self.term(norm)
            if term is not None and (lasts := iso_duration(term)):
                yield self.norm_term(norm), lasts

    def term(self, norm: Norm) -> Term | None:
        """The term that a norm has here; None where it has none or is left open."""
        if self.regulation is not None:
            with contextlib.suppress(ParameterNotSet):
                return self.regulation.term(norm)
        return norm.term if isinstance(norm.term, Term) else None

    def step_note(self, step: AnyStep) -> str:
        """Who takes a step, who is told, and the clauses behind it, in one line."""
        _, _, _, by, told, clauses = self._step_row(step)
        note = "By: {by}. Told: {told}. Clause: {clause}."
        return self.locale.say("page.step_note", note, by=by, told=told, clause=clauses)

    def _stage_term(self, stage: Stage) -> tuple[str, str]:
        if stage.term is not None:
            return self.norm_term(stage.term), stage.term.clause
        if not stage.no_term:
            return "—", "—"
        reason = self.locale.title(f"{self.process.id}.no_term.{stage.id}")
        return self.locale.say("page.no_term", "no term: {reason}", reason=reason), "—"

    def norm_term(self, norm: Norm) -> str:
        """The term of a norm in words, or that it is left open."""
        term = norm.term
        if self.regulation is not None:
            with contextlib.suppress(ParameterNotSet):
                term = self.regulation.term(norm)
        if isinstance(term, Parameter):
            return self._unset(term)
        return "—" if term is None else in_words(term, self.locale)

    def _step_row(self, step: AnyStep) -> tuple[str, ...]:
        say = self.locale.say
        ways = self.ways(step)
        sources = self.every_open_stage()
        if not any(way.general for way in ways):
            begin = say("page.begin", "(begin)")
            sources = _join(begin if way.source is None else self.stage(way.source) for way in ways)
        stays = say("page.stays", "stays")
        targets = _join(stays if way.stays else self.stage(way.target) for way in ways)
        by = self.taken_by(step)
        told = self.people(step.notify) or "—"
        return self.step(step), sources, targets, by, told, ", ".join(step.clauses) or "—"

    def taken_by(self, step: AnyStep) -> str:
        """Who takes a step, and who alone or never does."""
        say, by = self.locale.say, self.people(step.by)
        if step.only is not None:
            by += say("page.only", "; only {who}", who=self.who(step.only))
        if step.never is not None:
            by += say("page.never", "; not {who}", who=self.who(step.never))
        return by

    def every_open_stage(self) -> str:
        """How every open stage is called."""
        return self.locale.say("page.open", "every open stage")

    # -- a diagram ------------------------------------------------------------------------------------------------

    def mermaid(self) -> str:
        """The process as a Mermaid state diagram: every stage, every step.

        A box lists the steps that leave the case where it is. Steps possible in every open stage stand in a box of
        their own, for arrows from everywhere would hide the way.
        """
        process = self.process
        lines = [_WIDE, "stateDiagram-v2", "    direction TB"]
        inside: dict[str, list[str]] = {stage_id: [] for stage_id in (*process.stages, ANYWHERE)}
        arrows: dict[tuple[str, str], list[str]] = {}
        for step in process.steps.values():
            for source, target, label in self.arrows(step):
                if target is None:
                    inside[source].append(label)
                else:
                    arrows.setdefault((source, target), []).append(label)
        lines += [
            f'    state "{_box(self.stage(stage), inside[stage.id])}" as {stage.id}'
            for stage in process.stages.values()
        ]
        if inside[ANYWHERE] or any(source == ANYWHERE for source, _ in arrows):
            lines += [
                f'    state "{_box(self.every_open_stage(), inside[ANYWHERE])}" as {ANYWHERE}',
                f"    class {ANYWHERE} everywhere",
            ]
        for (source, target), labels in arrows.items():
            lines.append(f"    {source} --> {target}: {_listed(labels)}")
        ended = [stage.id for stage in process.stages.values() if stage.ended]
        lines += [f"    {stage_id} --> [*]" for stage_id in ended]
        lines += [f"    class {','.join(ended)} ended"] if ended else []
        lines += [
            "    classDef ended fill:#e8f3e8,stroke:#5a8f5a",
            "    classDef everywhere fill:#fff8dc,stroke:#b8a04a",
        ]
        return "\n".join(lines) + "\n"

    def arrows(self, step: AnyStep) -> Iterator[tuple[str, str | None, str]]:
        """Where a step leads from and to (None: it stays), and what is written there."""
        ways, label = self.ways(step), self.step(step)
        general = [way for way in ways if way.general]
        if general:
            left_out = [
                self.stage(stage)
                for stage in self.process.stages.values()
                if not stage.ended and all(way.source is not stage for way in general)
            ]
            if left_out:
                label = self.locale.say("page.but", "{step} (not in: {stages})", step=label, stages=", ".join(left_out))
            yield from dict.fromkeys((ANYWHERE, None if way.stays else way.target.id, label) for way in general)
        for way in ways:
            if not way.general:
                yield (BEGIN if way.source is None else way.source.id), (None if way.stays else way.target.id), label


def in_words(term: Term, locale: Locale) -> str:
    """A term in the language of a document; no business days are the rest of the day."""
    if term == Term(0, Unit.BUSINESS_DAY):
        return locale.say("page.same_day", "by the close of the same business day")
    return term.text("ru" if locale.lang == "ru" else "en")


def anybody(named: Sequence[str], staff: Iterable[str], locale: Locale) -> list[str]:
    """Names of roles, all of the company's own people made one."""
    own = frozenset(staff)
    if len(own) < 3 or not own <= {*named}:
        return [*named]
    return [locale.say("page.anybody", "any employee"), *(one for one in named if one not in own)]


def iso_duration(term: Term) -> str:
    """A term by the wall clock, for engines that know no working time; nothing where ISO 8601 has no words for it."""
    letters = {Unit.BUSINESS_DAY: "D", Unit.CALENDAR_DAY: "D", Unit.WEEK: "W", Unit.MONTH: "M"}
    if term.amount <= 0 or term.is_recurring:
        return ""
    return f"P{term.amount}{letters[term.unit]}" if term.unit in letters else f"PT{term.minutes}M"


def _box(title: str, steps: Sequence[str]) -> str:
    return "<br/>".join([f"<b>{_plain(title)}</b>", *(f"↻ {_plain(step)}" for step in steps)])


def _listed(labels: Sequence[str]) -> str:
    """What is written at an arrow; several steps as a list, for long titles are wrapped."""
    said = [_plain(label) for label in dict.fromkeys(labels)]
    return said[0] if len(said) == 1 else "<br/>".join(f"• {one}" for one in said)


def _plain(text: str) -> str:
    """Text that Mermaid takes for text."""
    return text.translate(_ESCAPES)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(plain(cell).replace("|", "\\|") for cell in cells) + " |"


def plain(text: str) -> str:
    """A text as Markdown shows it: one line, no tag, no sign that steers what shows it."""
    said = "".join(sign if sign.isprintable() or sign.isspace() else "\ufffd" for sign in " ".join(text.split()))
    return said.replace("<", "&lt;")


def _join(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(parts))
