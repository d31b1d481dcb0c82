"""The regulation as people read it: a table of stages, of steps and of deadlines, and a diagram (R39, R96)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import attrs

from salesreg.domain.people import Role
from salesreg.errors import MissingExtraError, ParameterNotSet
from salesreg.processes import STAGE_OWNER, Assigned, Contact, Each, Process, Stage, Step
from salesreg.regulation import Norm, Parameter, Regulation

__all__ = ["Table", "markdown", "mermaid", "participants", "stage_note", "step_note", "svg", "tables", "who_text"]

Lang = Literal["en", "ru"]


@attrs.frozen
class Table:
    """A titled table of text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table as a Markdown section."""
        lines = [f"## {self.title}", "", _row(self.head), _row(["---"] * len(self.head)), *map(_row, self.rows)]
        return "\n".join(lines)


_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "stages": "Stages", "stage": "Stage", "owner": "Responsible", "term": "Term", "clause": "Clause",
        "steps": "Steps", "step": "Step", "from": "From", "to": "To", "by": "By", "told": "Told",
        "agreed": "the instant named in the case",
        "slas": "Deadlines of their own", "starts": "Starts with", "stops": "Stops with", "norm": "Rule",
        "begin": "(begin)", "stays": "stays", "end": "end", "open": "every open stage", "but": "not in: ",
        "left": "left open", "none": "no term: ", "only": "only ", "never": "not ",
        "diagram": "Diagram", "participants": "Participants",
    },
    "ru": {
        "stages": "Этапы", "stage": "Этап", "owner": "Ответственный", "term": "Срок", "clause": "Пункт",
        "steps": "Шаги", "step": "Шаг", "from": "Откуда", "to": "Куда", "by": "Кто", "told": "Кого известить",
        "agreed": "момент, названный в деле",
        "slas": "Отдельные сроки", "starts": "Начинается с", "stops": "Заканчивается с", "norm": "Правило",
        "begin": "(начало)", "stays": "без перехода", "end": "конец", "open": "любой открытый этап", "but": "кроме: ",
        "left": "не задан", "none": "без срока: ", "only": "только: ", "never": "кроме: ",
        "diagram": "Схема", "participants": "Участники",
    },
}  # fmt: skip


_ANY: Final = "every_open_stage"
_WIDE: Final = '%%{init: {"flowchart": {"wrappingWidth": 300}}}%%'
_ESCAPES: Final = str.maketrans({sign: f"#{ord(sign)};" for sign in '"#;<>'})


def tables(process: type[Process[Any]], lang: Lang = "en", regulation: Regulation | None = None) -> tuple[Table, ...]:
    """The stages, steps and deadlines of a process.

    Args:
        process: the process class.
        lang: ``"en"`` or ``"ru"``.
        regulation: gives the values of parameters; without one their names are shown.
    """
    words = _WORDS[lang]
    stage_rows = [
        (
            stage.text(lang),
            words["end"] if stage.ended else who_text(stage.owner, lang, regulation),
            *_term(stage, lang, regulation),
        )
        for stage in process.stages.values()
    ]
    found = [
        Table(words["stages"], (words["stage"], words["owner"], words["term"], words["clause"]), tuple(stage_rows)),
        Table(
            words["steps"],
            (words["step"], words["from"], words["to"], words["by"], words["told"], words["clause"]),
            tuple(_step_row(process, step, lang, regulation) for step in process.steps.values()),
        ),
    ]
    if process.slas:
        rows = tuple(
            (
                sla.norm.words(lang),
                ", ".join(step.text(lang) for step in sla.start),
                ", ".join(step.text(lang) for step in sla.stop),
                who_text(sla.owner, lang, regulation),
                _norm_term(sla.norm, lang, regulation) if sla.due is None else words["agreed"],
                sla.norm.clause,
            )
            for sla in process.slas.values()
        )
        head = (words["norm"], words["starts"], words["stops"], words["owner"], words["term"], words["clause"])
        found.append(Table(words["slas"], head, rows))
    return tuple(found)


def markdown(process: type[Process[Any]], lang: Lang = "en", regulation: Regulation | None = None) -> str:
    """A process as a page of Markdown: participants, diagram, stages, steps, deadlines."""
    words = _WORDS[lang]
    title = process.ru if lang == "ru" else process.title
    people = "\n".join(f"- {name}" for name in participants(process, lang, regulation))
    diagram = f"```mermaid\n{mermaid(process, lang)}```"
    parts = [f"# {title}", f"## {words['participants']}", people, f"## {words['diagram']}", diagram]
    parts += [table.markdown() for table in tables(process, lang, regulation)]
    return "\n\n".join(parts) + "\n"


def participants(
    process: type[Process[Any]], lang: Lang = "en", regulation: Regulation | None = None
) -> tuple[str, ...]:
    """Everybody who owns a stage or takes a step, in order of appearance (R3, R37)."""
    whos = [stage.owner for stage in process.stages.values() if stage.owner is not None]
    whos += [who for step in process.steps.values() for who in step.by if who is not STAGE_OWNER]
    return tuple(dict.fromkeys(who_text(who, lang, regulation) for who in whos))


def mermaid(process: type[Process[Any]], lang: Lang = "en") -> str:
    """A process as a Mermaid state diagram: every stage, every step.

    A box lists the steps that leave the case where it is. Steps possible in every open stage stand in a box of their
    own, for arrows from everywhere would hide the way.
    """
    words = _WORDS[lang]
    lines = [_WIDE, "stateDiagram-v2", "    direction TB"]
    inside: dict[str, list[str]] = {stage_id: [] for stage_id in (*process.stages, _ANY)}
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in process.steps.values():
        for source, target, label in _arrows(process, step, lang):
            if target is None:
                inside[source].append(label)
            else:
                arrows.setdefault((source, target), []).append(label)
    lines += [
        f'    state "{_box(stage.text(lang), inside[stage.id])}" as {stage.id}' for stage in process.stages.values()
    ]
    if inside[_ANY] or any(source == _ANY for source, _ in arrows):
        lines += [f'    state "{_box(words["open"], inside[_ANY])}" as {_ANY}', f"    class {_ANY} everywhere"]
    for (source, target), labels in arrows.items():
        lines.append(f"    {source} --> {target}: {_listed(labels)}")
    lines += [f"    {stage.id} --> [*]" for stage in process.stages.values() if stage.ended]
    ended = [stage.id for stage in process.stages.values() if stage.ended]
    lines += [f"    class {','.join(ended)} ended"] if ended else []
    lines += ["    classDef ended fill:#e8f3e8,stroke:#5a8f5a", "    classDef everywhere fill:#fff8dc,stroke:#b8a04a"]
    return "\n".join(lines) + "\n"


def _arrows(process: type[Process[Any]], step: Step, lang: Lang) -> Iterator[tuple[str, str | None, str]]:
    """Where a step leads from and to (None: it stays), and what is written there."""
    ways = [way for routes in process.table[step.id].values() for way in routes]
    label = step.text(lang)
    general = [way for way in ways if way.general]
    if general:
        left_out = [
            stage.text(lang)
            for stage in process.stages.values()
            if not stage.ended and all(way.source is not stage for way in general)
        ]
        said = f"{label} ({_WORDS[lang]['but']}{', '.join(left_out)})" if left_out else label
        yield from dict.fromkeys((_ANY, None if way.stays else way.target.id, said) for way in general)
    for way in ways:
        if not way.general:
            yield ("[*]" if way.source is None else way.source.id), (None if way.stays else way.target.id), label


def _box(title: str, steps: Sequence[str]) -> str:
    return "<br/>".join([f"<b>{_plain(title)}</b>", *(f"↻ {_plain(step)}" for step in steps)])


def _listed(labels: Sequence[str]) -> str:
    """What is written at an arrow; several steps as a list, for long titles are wrapped."""
    said = [_plain(label) for label in dict.fromkeys(labels)]
    return said[0] if len(said) == 1 else "<br/>".join(f"• {one}" for one in said)


def _plain(text: str) -> str:
    """Text that Mermaid takes for text."""
    return text.translate(_ESCAPES)


def svg(process: type[Process[Any]], lang: Lang = "en") -> str:
    """A process as an SVG picture, drawn without a browser.

    Raises:
        MissingExtraError: the extra ``notebook`` is not installed.
    """
    try:
        import mermaidx
    except ImportError as missing:
        raise MissingExtraError("drawing SVG needs mermaidx: pip install 'salesreg[notebook]'", "notebook") from missing
    return str(mermaidx.render(mermaid(process, lang)).svg())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def who_text(who: object, lang: Lang = "en", regulation: Regulation | None = None) -> str:
    """Who is meant, for people; a parameter by its value, or by its name where it has none."""
    if isinstance(who, Parameter):
        try:
            who = who if regulation is None else regulation.value(who)
        except ParameterNotSet:
            return f"{_WORDS[lang]['left']} ({who.name})"
    if isinstance(who, Parameter):
        return f"‹{who.name}›"
    if who is STAGE_OWNER:
        return _WORDS[lang]["owner"].lower()
    return who.text(lang) if isinstance(who, Role | Assigned | Contact | Each) else "—"


def stage_note(stage: Stage, lang: Lang = "en", regulation: Regulation | None = None) -> str:
    """Who is responsible for a stage, and how long they have, in one line; empty for an end."""
    if stage.owner is None:
        return ""
    words = _WORDS[lang]
    term, clause = _term(stage, lang, regulation)
    behind = "" if clause == "—" else f" ({clause})"
    return f"{words['owner']}: {who_text(stage.owner, lang, regulation)}. {words['term']}: {term}{behind}."


def step_note(process: type[Process[Any]], step: Step, lang: Lang = "en", regulation: Regulation | None = None) -> str:
    """Who takes a step, who is told, and the clauses behind it, in one line."""
    words = _WORDS[lang]
    _, _, _, by, told, clauses = _step_row(process, step, lang, regulation)
    return f"{words['by']}: {by}. {words['told']}: {told}. {words['clause']}: {clauses}."


def _term(stage: Stage, lang: Lang, regulation: Regulation | None) -> tuple[str, str]:
    if stage.term is None:
        reason = stage.no_term_text(lang)
        return (_WORDS[lang]["none"] + reason if reason else "—"), "—"
    return _norm_term(stage.term, lang, regulation), stage.term.clause


def _norm_term(norm: Norm, lang: Lang, regulation: Regulation | None) -> str:
    if norm.term is None:
        return "—"
    if not isinstance(norm.term, Parameter):
        return norm.term.text(lang)
    if regulation is None:
        return f"‹{norm.term.name}›"
    try:
        return regulation.value(norm.term).text(lang)
    except ParameterNotSet:
        return f"{_WORDS[lang]['left']} ({norm.term.name})"


def _step_row(process: type[Process[Any]], step: Step, lang: Lang, regulation: Regulation | None) -> tuple[str, ...]:
    words = _WORDS[lang]
    ways = [way for routes in process.table[step.id].values() for way in routes]
    if any(way.general for way in ways):
        sources = words["open"]
    else:
        sources = _join(words["begin"] if way.source is None else way.source.text(lang) for way in ways)
    targets = _join(words["stays"] if way.stays else way.target.text(lang) for way in ways)
    by = _join(who_text(who, lang, regulation) for who in step.by)
    if step.only is not None:
        by += f"; {words['only']}{step.only.text(lang)}"
    if step.never is not None:
        by += f"; {words['never']}{step.never.text(lang)}"
    told = _join(who_text(who, lang, regulation) for who in step.notify) or "—"
    return step.text(lang), sources, targets, by, told, ", ".join(step.clauses) or "—"


def _join(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(parts))
