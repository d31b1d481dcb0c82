"""A process of two stages and two steps, with what a test puts on top of it."""

from __future__ import annotations

import types
from typing import Any

import attrs
import pytest
from ask import CHIEF

from salesreg.calendars import Term
from salesreg.errors import DeclarationError
from salesreg.process import Checks, Process, Refusal, Stage, Step, start, step
from salesreg.rules import Norm

DAY = Norm("tiny.day", "In a day.", "R1", term=Term.parse("1 business day"))
IDLE = Norm("tiny.idle", "Nobody keeps this.", "R2")


@attrs.frozen
class Count:
    n: int = 0


def begin(self: Any) -> Count:
    return Count()


def stage(title: str = "To do", owner: Any = CHIEF, **more: Any) -> Stage:
    """An open stage that is complete."""
    return Stage(title, owner, **{"no_term": "a test", **more})


def page(*bases: Any, without: tuple[str, ...] = (), kw: dict[str, Any] | None = None, **body: Any) -> Any:
    """A process class: by default `todo`, `done`, and the steps `begin` and `finish`; ``body`` adds and replaces."""
    todo = body.pop("todo", None) or stage()
    done = body.pop("done", None) or Stage("Done", final=True)
    parts = {"id": "tiny", "todo": todo, "done": done, "begin": step(start(todo), "Begin", by=CHIEF)(begin), **body}
    if "finish" not in parts and todo is not done:
        parts["finish"] = Step(todo.to(done), "Finish", by=CHIEF)
    return made("Tiny", *(bases or (Process[Count],)), kw=kw, **{k: v for k, v in parts.items() if k not in without})


def made(name: str, /, *bases: Any, kw: dict[str, Any] | None = None, **body: Any) -> Any:
    """A class as its statement would make it; errors of ``__set_name__`` and all."""
    body = {"__module__": __name__, "__doc__": f"{name}.", **body}
    return types.new_class(name, bases, kw or {}, lambda space: space.update(body))


def refused(**body: Any) -> str:
    """What is wrong with a page that cannot be."""
    with pytest.raises(DeclarationError) as wrong:
        page(**body)
    return str(wrong.value)


def codes(**body: Any) -> list[tuple[str, str]]:
    """What `check` finds, but for the norm that no test uses."""
    return [(finding.code, finding.subject) for finding in page(**body).check() if finding.code != "unused_norm"]


def drops(count: Count) -> Checks:
    """A check that lives beside the page."""
    yield Refusal("never", "never")
