"""Moving a running case to another version of its page, or to another regulation (pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
from msgspec.structs import replace

from salesreg.decide.obligations import cancelled, fold, open_obligation, with_pause
from salesreg.decide.plan import Bound, bind, who_owes
from salesreg.decide.replay import MIGRATED
from salesreg.errors import MigrationRefused, ParameterNotSet, RecordError
from salesreg.process.case import Case, Event, Obligation, ObligationStatus
from salesreg.process.page import Process
from salesreg.process.who import Each
from salesreg.rules.regulation import Regulation
from salesreg.rules.roles import SYSTEM


def migrate(
    case: Case[Mapping[str, Any]],
    page: type[Process[Any]],
    *,
    at: dt.datetime,
    regulation: Regulation,
    rulebook: str,
    stages: Mapping[str, str] = {},
    data: Mapping[str, Any] = {},
) -> tuple[Case[Any], Event]:
    """The case on another page, and the event that says so.

    Obligations whose norms the page still enforces keep their due instants and pass to whom it names; the others are
    given up, and so is what was owed in a stage that the case leaves. A stage that has a term of its own starts it,
    unless the case owes it already.

    Args:
        case: the case as it is stored, its data as JSON-like values.
        page: the process to move it to.
        at: when, aware UTC.
        regulation: what it runs under from then on.
        rulebook: the id of the rulebook whose page it is.
        stages: the new stage of each old one that is gone.
        data: values of attributes that the stored data lack or have in another form.

    Raises:
        MigrationRefused: the stage is gone, an attribute has no value, or a parameter is unset; names everything.
    """
    problems: list[str] = []
    stage_id = stages.get(case.stage, case.stage)
    if stage_id not in page.stages:
        problems.append(f"the stage {stage_id!r} is gone: say where it leads with stages={{{case.stage!r}: ...}}")
    fields = {field.name: field for field in attrs.fields(page.data)}
    given = {name: value for name, value in {**case.data, **data}.items() if name in fields}
    lost = [name for name in case.data if name not in fields and case.data[name] not in (None, "", [], {})]
    problems += [
        f"{name} has no place in {page.data.__name__} any more: let it go with data={{{name!r}: None}}"
        for name in lost
        if name not in data
    ]
    unknown = [name for name in data if name not in fields and name not in case.data]
    problems += [f"{page.data.__name__} has no attribute {name!r}" for name in unknown]
    without = [name for name, field in fields.items() if name not in given and field.default is attrs.NOTHING]
    problems += [f"{name} has no value: give one with data={{{name!r}: ...}}" for name in without]
    try:
        bound = bind(page, regulation)
    except ParameterNotSet as unset:
        problems.append(str(unset))
    entity: Any = None
    if not without:
        try:
            decoded = page.table.decode_changes(given)
            entity = page.data(**decoded)
        except (RecordError, ValueError, TypeError) as wrong:
            problems.append(str(wrong))
    if problems:
        raise MigrationRefused(f"case {case.id!r} cannot be moved: {'; '.join(problems)}", [(case.id, problems)])

    version, stage = case.version + 1, page.stages[stage_id]
    own = {sla.norm.id for sla in page.slas.values()} | ({stage.term.id} if stage.term is not None else set())
    elsewhere = {one.term.id for one in page.stages.values() if one.term is not None} - own
    kept = set() if stage.ended else {norm.id for norm in page.norms()} - elsewhere
    closed = tuple(cancelled(one, at) for one in case.obligations if one.norm not in kept)
    owners: dict[str, Any] = {sla.norm.id: sla.owner for sla in page.slas.values() if not isinstance(sla.owner, Each)}
    owners |= {} if stage.term is None else {stage.term.id: stage.owner}
    opened = tuple(_passed_on(bound, owners, [one for one in case.obligations if one.norm in kept], entity, at))
    term = None if stage.term is None else bound.term(stage.term)
    if stage.term is not None and term is not None and all(one.norm != stage.term.id for one in case.obligations):
        fresh = open_obligation(
            bound.norm(stage.term),
            term,
            case_id=case.id,
            version=version,
            who=who_owes(bound.owner(stage.owner), entity),
            since=at,
            regulation=regulation,
        )
        rests = stage.term.id in bound.pausable and bound.on_hold is not None and bound.on_hold(entity)
        opened += (with_pause(fresh, at, regulation) if rests else fresh,)
    event = Event(
        id=f"{case.id}:{version}",
        case=case.id,
        version=version,
        process=page.id,
        process_version=page.version,
        step=MIGRATED,
        source=case.stage,
        target=stage_id,
        at=at,
        by=SYSTEM.id,
        role=SYSTEM.id,
        regulation=regulation.content_hash,
        payload={
            "process_version": case.process_version,
            "rulebook": case.rulebook,
            "regulation": case.regulation,
        },
        changes=dict(zip(bound.names, bound.values(entity), strict=True)),
        opened=opened,
        closed=closed,
        rulebook=rulebook,
    )
    moved = Case(
        case.id,
        page.id,
        page.version,
        stage_id,
        version,
        entity,
        regulation.content_hash,
        at,
        fold(case.obligations, opened, closed),
        rulebook,
        case.begun_at,
    )
    return moved, event


def _passed_on(
    bound: Bound, owners: Mapping[str, Any], owed: Iterable[Obligation], entity: object, at: dt.datetime
) -> Iterator[Obligation]:
    """What the page says that somebody else owes; what is overdue stays with whoever let it become so."""
    for one in owed:
        if one.norm in owners and one.status_at(at) is not ObligationStatus.BREACHED:
            role, person = who_owes(bound.owner(owners[one.norm]), entity)
            if (role, person) != (one.role, one.person):
                yield replace(one, role=role, person=person)
