"""What is wrong with a process as it is written: stages that nothing leads to, checks whose refusals are dropped."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from salesreg.process.stages import Stage
from salesreg.process.steps import AnyStep
from salesreg.process.table import Table
from salesreg.process.who import STAGE_OWNER
from salesreg.rules.norms import Norm


@attrs.frozen
class Finding:
    """Something wrong with a process as it is written."""

    code: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


def findings(table: Table, beside: Iterable[Norm] = ()) -> Iterator[Finding]:
    """Everything that is wrong with a page, given the norms that are written beside it."""
    edges: dict[str | None, set[str]] = {}
    for routes in table.routes.values():
        for source, ways in routes.items():
            edges.setdefault(source, set()).update(way.target.id for way in ways)
    reached = _closure(edges.get(None, set()), edges)
    if not table.first_steps():
        yield Finding("no_start", table.id, "no step begins a case")
    for stage in table.stages.values():
        if stage.id not in reached:
            yield Finding("unreachable", stage.id, "no step leads here")
        if not stage.ended:
            yield from _stage_findings(table, stage, edges)
    for step in table.steps.values():
        yield from _step_findings(table, step)
    yield from _rule_findings(table, beside)
    for function in table.functions:
        for name in _dropped(table, function):
            message = f"it calls {name} and drops its refusals: write `yield from`"
            yield Finding("dropped_check", function.__name__, message)


def _rule_findings(table: Table, beside: Iterable[Norm]) -> Iterator[Finding]:
    for sla in table.slas.values():
        if sla.norm.term is None and sla.due is None:
            yield Finding("no_time", sla.id, "its norm has no term, and the data name no instant")
        fields = {field.name for step in (*sla.start, *sla.stop) for field in table.specs[step].payload.fields}
        for name in sla.occurred:
            if name not in fields:
                yield Finding("no_such_field", sla.id, f"no step that starts or stops it has a field {name!r}")
    used = {norm.id for norm in table.norms()}
    for norm in beside:
        if norm.id not in used:
            yield Finding("unused_norm", norm.id, "no stage, deadline or step uses it")
    yield from unread(table)


def unread(table: Table) -> Iterator[Finding]:
    """The parameters that a page declares and nothing on it reads."""
    read = {name for function in table.functions for name in _names_in(function.__code__)}
    whos = table.whos()
    for attribute, parameter in table.parameters.items():
        if attribute not in read and not any(parameter is who for who in whos):
            yield Finding("unused_parameter", attribute, f"nothing on the page reads {parameter.name}")


def _step_findings(table: Table, step: AnyStep) -> Iterator[Finding]:
    for source in table.routes[step.id] if step.by else [""]:
        if all(who is STAGE_OWNER and not (source and table.stages[source].owner) for who in step.by):
            yield Finding("nobody", step.id, f"nobody may take it{f' in {source}' if source else ''}")
    if not table.routes[step.id]:
        yield Finding("nowhere", step.id, "it is possible in no stage")
    try:
        table.specs[step.id].payload.schema()
    except TypeError as wrong:
        yield Finding("no_schema", step.id, f"its payload cannot be read: {wrong}")


def _stage_findings(table: Table, stage: Stage, edges: Mapping[str | None, set[str]]) -> Iterator[Finding]:
    if not any(table.stages[other].ended for other in _closure({stage.id}, edges)):
        yield Finding("dead_end", stage.id, "no way leads from here to an end")
    if stage.owner is None:
        yield Finding("no_owner", stage.id, "nobody is responsible here")
    if stage.term is None and not stage.no_term:
        yield Finding("no_term", stage.id, "neither a term nor a reason for having none")
    if stage.term is not None and stage.term.term is None:
        yield Finding("no_time", stage.id, f"its norm {stage.term.id} sets no term")


def _names_in(code: Any) -> Iterator[str]:
    """The attributes that a function reads, its inner functions included."""
    yield from code.co_names
    for inner in code.co_consts:
        if inspect.iscode(inner):
            yield from _names_in(inner)


def _dropped(table: Table, run: Any) -> Iterator[str]:
    """Checks that are called as a statement: a generator that nobody runs refuses nothing."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(run)))
    except (OSError, SyntaxError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Name) and _refuses(run.__globals__.get(called.id)):
                yield called.id
            elif isinstance(called, ast.Attribute) and _is_check(table, run, called):
                yield called.attr


def _is_check(table: Table, run: Any, called: ast.Attribute) -> bool:
    """Whether ``module.name``, ``self.name`` or ``super().name`` refuses; a step asked for in this way always does."""
    match called.value:
        case ast.Name("self" | "cls") | ast.Call(ast.Name("super")):
            return called.attr in table.steps or any(
                one.__name__ == called.attr and _refuses(one) for one in table.functions
            )
        case ast.Name(beside):
            return _refuses(getattr(run.__globals__.get(beside), called.attr, None))
    return False


def _refuses(target: Any) -> bool:
    """Whether it is a generator when it is called: a function, or a guard such as `Must`."""
    return any(map(inspect.isgeneratorfunction, (target, vars(type(target)).get("__call__"))))


def _closure(seeds: Iterable[str], edges: Mapping[str | None, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(seeds)
    while waiting:
        stage = waiting.pop()
        if stage not in seen:
            seen.add(stage)
            waiting.extend(edges.get(stage, ()))
    return seen
