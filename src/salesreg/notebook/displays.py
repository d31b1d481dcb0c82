"""How things show themselves in a notebook: tables and pictures that read on a light page and on a dark one."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, cast

import attrs

from salesreg.decide import Availability
from salesreg.documents import CaseFile, ProcessPage, Sheet, picture, svg
from salesreg.documents.html import fragment_html
from salesreg.documents.sections import Block, Figure, Section
from salesreg.engine import ProcessEngine, Task
from salesreg.engine.evidence import Evidence
from salesreg.errors import CaseNotFound, DeclarationError, Refusal, StepRefused
from salesreg.process import Case, Event, Process, Rulebook
from salesreg.process.case import Obligation
from salesreg.rules import Locale, Regulation
from salesreg.rules.regulation import Change
from salesreg.rules.texts import Texts

MOST: Final = 20
"""So many rows of a collection are shown; `frame` has them all."""


@attrs.define
class _Meant:
    """Whose texts and cases are meant in this notebook."""

    engine: ProcessEngine | None = None
    rulebook: Rulebook | None = None
    lang: str = "en"

    @property
    def locale(self) -> Locale:
        return (Texts({}) if self.rulebook is None else self.rulebook.texts).locale(self.lang)


_meant: Final = _Meant()


@attrs.frozen(repr=False)
class Shown:
    """Something as a notebook shows it."""

    title: str
    html: str

    def __repr__(self) -> str:
        return f"<Shown: {self.title}>"

    def _repr_html_(self) -> str:
        style = Path(__file__).with_name("notebook.css").read_text("utf-8")
        return f'<div class="salesreg-notebook"><style>{style}</style>{self.html}</div>'


def use(engine: ProcessEngine | None = None, *, rulebook: Rulebook | None = None, lang: str = "en") -> None:
    """Say whose cases and texts are meant.

    Args:
        engine: the engine, for the history of its cases and their deadlines.
        rulebook: the rulebook, where there is no engine.
        lang: the language.

    Raises:
        UnknownLanguage: the rulebook has no texts in that language.
    """
    book = rulebook if engine is None else engine.rulebook
    (Texts({}) if book is None else book.texts).locale(lang)
    _meant.engine, _meant.rulebook, _meant.lang = engine, book, lang


def show(thing: Any, *, most: int = MOST) -> Shown:
    """Anything of the library as a notebook shows it: a case, a process, a regulation, a refusal, several of a kind.

    Args:
        thing: what to show.
        most: so many rows of a collection.

    Raises:
        TypeError: there is no other way to show it than to print it.
    """
    for kind, known in _SHOWN.items():
        if isinstance(thing, kind) or (isinstance(thing, type) and issubclass(thing, kind)):
            return known(thing)
    if shown := _BY_NAME.get((type(thing).__module__, type(thing).__name__)):
        return shown(thing)
    if isinstance(thing, Iterable) and not isinstance(thing, str | bytes):
        return _several(list(thing.values() if isinstance(thing, Mapping) else thing), most)
    raise TypeError(f"a notebook has no display of a {type(thing).__name__}: print it")


# -- one thing ---------------------------------------------------------------------------------------------------------


def _case(case: Case[Any]) -> Shown:
    if _meant.engine is not None:
        with contextlib.suppress(CaseNotFound):
            return _evidence(_meant.engine.evidence(case))
    page = _page(case.process)
    drawn = svg(picture(page, current=case.stage))
    return _shown(case.id, [Section("state", f"{page.title}: {case.id}", (Figure(drawn, page.title),))])


def _evidence(found: Evidence) -> Shown:
    if _meant.rulebook is None:
        raise _nobody()
    file = CaseFile(_meant.rulebook, found, _meant.locale)
    sections = file.sections()
    return _shown(file.title, [attrs.evolve(sections[0], title=file.title), *sections[1:]])


def _process(process: type[Process[Any]]) -> Shown:
    page = _page(process.id)
    blocks: list[Block] = [Figure(svg(picture(page)), page.title), *page.sheets()]
    return _shown(page.title, [Section("process", page.title, tuple(blocks))])


def _regulation(regulation: Regulation) -> Shown:
    locale = _meant.locale
    rows = [
        (locale.title(f"norm.{one.id}"), one.term or "—", one.clause or "—", one.strength) for one in regulation.texts()
    ]
    sheet = Sheet(f"{regulation.id} {regulation.version}", ("Rule", "Term", "Clause", "Strength"), tuple(rows))
    return _shown(repr(regulation), [Section("regulation", sheet.title, (attrs.evolve(sheet, title=""),))])


def _refused(refused: StepRefused) -> Shown:
    return _several(list(refused.refusals), MOST, title="Refused")


def _audit(audit: Any) -> Shown:
    from salesreg.audit.report import AuditReport

    report = AuditReport(audit, _meant.locale)
    sections = report.sections()
    return _shown(report.title, [Section("audit", report.title, (report.edition, *sections[0].blocks)), sections[-1]])


def _findings(findings: Any) -> Shown:
    rows = [(one.kind, one.norm, one.case, one.step, one.person or "—", f"{one.at:%Y-%m-%d %H:%M}")
            for _, one in zip(range(MOST), findings, strict=False)]  # fmt: skip
    return _table(repr(findings), ("What", "Rule", "Case", "Step", "Who", "When (UTC)"), rows, len(findings))


# -- several of a kind -------------------------------------------------------------------------------------------------


def _several(things: Sequence[Any], most: int, title: str = "") -> Shown:
    if not things:
        return _table(title or "nothing", ("",), [], 0)
    kind = next((one for one in _ROWS if all(isinstance(thing, one) for thing in things)), None)
    if kind is None:
        names = ", ".join(sorted({type(one).__name__ for one in things}))
        raise TypeError(f"a notebook has no table of {names}: show them one by one")
    head, row = _ROWS[kind]
    return _table(title or f"{len(things)} × {kind.__name__}", head, list(map(row, things[:most])), len(things))


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], count: int) -> Shown:
    more = "" if count <= len(rows) else f"<p>The first {len(rows)} of {count}; <code>frame</code> has them all.</p>"
    names = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(_printable(cell))}</td>' for cell in row)}</tr>" for row in rows)
    caption = f"<h4>{escape(_printable(title))}</h4>"
    return Shown(title, f"{caption}<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>{more}")


def _of_case(case: Case[Any]) -> tuple[str, ...]:
    locale = _meant.locale
    called = case.id if _meant.rulebook is None else _meant.rulebook.process(case.process).known_as(case)
    stage = locale.title(f"{case.process}.stage.{case.stage}")
    return case.id, locale.title(f"{case.process}.title"), called, stage, f"{case.last_at:%Y-%m-%d %H:%M}"


def _of_event(event: Event) -> tuple[str, ...]:
    step = _meant.locale.title(f"{event.process}.step.{event.step}")
    return event.case, f"{event.at:%Y-%m-%d %H:%M}", step, event.by, event.target, ", ".join(event.clauses)


def _of_obligation(one: Obligation) -> tuple[str, ...]:
    due = "—" if one.due is None else f"{one.due:%Y-%m-%d %H:%M}"
    norm = _meant.locale.title(f"norm.{one.norm}")
    return one.case, norm, one.person or one.role or "—", due, one.status.replace("_", " "), one.clause


def _of_task(one: Task) -> tuple[str, ...]:
    due = "—" if one.due is None else f"{one.due:%Y-%m-%d %H:%M}"
    owed = "" if one.obligation is None else _meant.locale.title(f"norm.{one.obligation.norm}")
    return (due, *_of_case(one.case)[1:4], owed)


def _of_refusal(one: Refusal) -> tuple[str, ...]:
    return _meant.locale.refusal(one), one.clause or "—"


def _of_answer(one: Availability) -> tuple[str, ...]:
    locale, page = _meant.locale, cast("type[Process[Any]]", one.step.page)
    why = "; ".join(map(locale.refusal, one.refusals))
    return locale.title(f"{page.id}.step.{one.step.id}"), "yes" if one.allowed else "no", why or "—"


def _of_change(one: Change) -> tuple[str, ...]:
    return one.subject, one.kind, *("—" if side is None else str(side) for side in (one.before, one.after))


_ROWS: Final[dict[type, tuple[tuple[str, ...], Callable[[Any], tuple[str, ...]]]]] = {
    Case: (("Case", "Process", "What", "Stage", "Last event (UTC)"), _of_case),
    Event: (("Case", "When (UTC)", "Step", "By", "Stage", "Clause"), _of_event),
    Obligation: (("Case", "Rule", "Who", "Due (UTC)", "Verdict", "Clause"), _of_obligation),
    Task: (("Due (UTC)", "Process", "What", "Stage", "What is owed"), _of_task),
    Availability: (("Step", "Allowed", "Why not"), _of_answer),
    Refusal: (("Why not", "Clause"), _of_refusal),
    Change: (("What", "How", "Before", "After"), _of_change),
}
_SHOWN: Final[dict[type, Callable[[Any], Shown]]] = {
    Case: _case,
    Evidence: _evidence,
    Process: _process,
    Regulation: _regulation,
    StepRefused: _refused,
}
_BY_NAME: Final[Mapping[tuple[str, str], Callable[[Any], Shown]]] = {
    ("salesreg.audit.audit", "Audit"): _audit,
    ("salesreg.audit.findings", "Findings"): _findings,
}
"""What is shown without being imported."""


def _page(process: str) -> ProcessPage:
    if _meant.rulebook is None:
        raise _nobody()
    regulation = None if _meant.engine is None else _meant.engine.regulation
    return ProcessPage(_meant.rulebook.process(process), _meant.locale, regulation, _meant.rulebook.reactions)


def _nobody() -> DeclarationError:
    return DeclarationError("nobody has said whose process it is: nb.use(engine), or nb.use(rulebook=RULES)")


def _shown(title: str, sections: Iterable[Section]) -> Shown:
    return Shown(title, fragment_html(sections, level=4))


def _printable(text: object) -> str:
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in str(text))


# -- IPython -----------------------------------------------------------------------------------------------------------


def load_ipython_extension(shell: Any) -> None:
    """Let things of the library show themselves: what ``%load_ext salesreg.notebook`` calls."""
    formatter = shell.display_formatter.formatters["text/html"]
    for kind, shown in _SHOWN.items():
        if kind is not Process:  # a class shows as a class
            formatter.for_type(kind, lambda thing, shown=shown: shown(thing)._repr_html_())
    for (module, name), shown in _BY_NAME.items():
        formatter.for_type_by_name(module, name, lambda thing, shown=shown: shown(thing)._repr_html_())


if (_ipython := sys.modules.get("IPython")) is not None and (_shell := _ipython.get_ipython()) is not None:
    load_ipython_extension(_shell)
