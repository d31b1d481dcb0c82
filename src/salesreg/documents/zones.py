"""Who may do what and who answers for it: the responsibility matrix as tables, one a process (R79, R81)."""

from __future__ import annotations

import contextlib

from salesreg.documents.page import ProcessPage, Sheet, anybody
from salesreg.documents.sections import Section
from salesreg.errors import ParameterNotSet
from salesreg.process import Rulebook
from salesreg.process.steps import AnyStep
from salesreg.rules import SYSTEM, Locale, Parameter, Regulation, Role
from salesreg.rules.responsibilities import Letter


def takers_of(step: AnyStep, regulation: Regulation) -> frozenset[str]:
    """The ids of the roles that may take a step, those that the regulation names included."""
    found = {one.id for one in step.by if isinstance(one, Role)}
    for one in step.by:
        with contextlib.suppress(ParameterNotSet):
            found |= {regulation.value(one).id} if isinstance(one, Parameter) else set()
    return frozenset(found)


def zones_section(rulebook: Rulebook, regulation: Regulation, locale: Locale) -> Section:
    """Each activity with those responsible, accountable, consulted and informed; topics first, then each process."""
    say, matrix = locale.say, regulation.matrix
    staff = [locale.title(f"role.{one}") for one in rulebook.staff]
    pages = {one.id: ProcessPage(one, locale, regulation, staff=rulebook.staff) for one in rulebook.processes}
    known = {f"{page.id}.{one.id}": one for page in rulebook.processes for one in page.steps.values()}
    given = dict.fromkeys(row.activity for row in matrix.rows)
    rows: dict[str, list[tuple[str, ...]]] = {}
    for activity in (*(one for one in given if one not in known), *(one for one in known if one in given)):
        cells = [_named(activity, rulebook, locale)]
        for letter in Letter:
            held = [row.role for row in matrix.rows_for(activity) if row.letter is letter and row.role]
            if letter is Letter.RESPONSIBLE and activity in known and SYSTEM in known[activity].by:
                held.append(SYSTEM.id)
            cells.append(", ".join(anybody([locale.title(f"role.{one}") for one in held], staff, locale)) or "—")
        process = activity.partition(".")[0] if activity in known else ""
        if process and cells[1] == "—":  # a person whom the case names
            cells[1] = pages[process].people(known[activity].by)
        clauses = dict.fromkeys(row.clause for row in matrix.rows_for(activity))
        rows.setdefault(process, []).append((*cells, ", ".join(clauses)))
    head = (
        say("doc.activity", "What"),
        *(say(f"doc.letter.{letter.value}", letter.name.capitalize()) for letter in Letter),
        say("page.clause", "Clause"),
    )
    sheets = (Sheet(locale.title(f"{one}.title") if one else "", head, tuple(of)) for one, of in rows.items())
    return Section("zones", say("doc.zones", "Who is responsible for what"), tuple(sheets))


def _named(activity: str, rulebook: Rulebook, locale: Locale) -> str:
    process, _, step = activity.partition(".")
    if process == "topic":
        return locale.say(f"doc.topic.{step}", step.replace("_", " "))
    keys = (f"{process}.step.{step}", f"norm.{activity}")
    return next((locale.title(key) for key in keys if key in rulebook.english), activity)
