"""Reactions at work: which follow from a step, and what each asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from salesreg.engine.workspace import Workspace
from salesreg.errors import DeclarationError, SalesregError, StepRefused
from salesreg.process.case import Case, Event
from salesreg.process.reaction import MAX_DEPTH, Reaction
from salesreg.process.steps import Follow, Opening

Take = Callable[[str, str, "Case[Any] | None", Any, str | None, Event, bool], "Case[Any] | None"]
"""Takes a step as the system: process, step, case, payload, new id, the event behind it, whether it may be skipped."""


class Reactions:
    """What follows from what, matched by process id and step id."""

    def __init__(self, reactions: Iterable[Reaction]) -> None:
        self._after: dict[tuple[str, str], list[Reaction]] = {}
        for one in reactions:
            self._after.setdefault((one.process, one.step), []).append(one)

    def follow(self, work: Workspace, case: Case[Any], event: Event, take: Take, depth: int = 0) -> None:
        """Let everything follow from an event, each reaction seeing what this command has changed already.

        Raises:
            SalesregError: reactions follow from one another without an end.
            DeclarationError: a reaction yields what is no command.
        """
        if depth > MAX_DEPTH:
            raise SalesregError(
                f"reactions to {event.process}.{event.step} follow from one another more than {MAX_DEPTH} times: "
                "break the loop"
            )
        number = 0
        for one in self._after.get((event.process, event.step), ()):
            look = work.look(work.regulation_of(case.regulation))
            for wanted in one.do(work.get(case.id), event, look) or ():
                number += 1
                skip = one.if_refused == "skip"
                if isinstance(wanted, Follow):
                    command: Any = wanted.command
                    subject: Case[Any] | None = work.of(wanted.case, command.page)
                    new_id = None
                elif isinstance(wanted, Opening):
                    subject, command, new_id = None, wanted, f"{event.id}.{number}"
                else:
                    raise DeclarationError(
                        f"the reaction {one.id!r} yields {wanted!r}: yield a command on a case, such as "
                        "Sale.cancel_deal(...).on(deal), or a first step"
                    )
                if one.then and (command.page.id, command.step) not in one.then:
                    raise DeclarationError(
                        f"the reaction {one.id!r} asks for {command.page.id}.{command.step}, which it does not name: "
                        "add the step to then="
                    )
                before = work.saved() if skip else None
                try:
                    done = take(command.page.id, command.step, subject, command.payload, new_id, event, skip)
                    if done is not None:
                        self.follow(work, done, work.last_event(done.id), take, depth + 1)
                except StepRefused as refused:
                    if before is None:
                        # What the caller may do instead is not what the system may.
                        refused.after, refused.allowed = refused.after or event.step, ()
                        raise
                    work.restore(before)
