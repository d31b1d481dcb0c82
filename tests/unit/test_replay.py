"""Replay: the case that its events lead to, without running a function again."""

from __future__ import annotations

from typing import Any

import pytest
from ask import ANNA, FAINA, HELEN, IVAN, Ask, taken
from msgspec.structs import replace

from salesreg.decide import replay
from salesreg.errors import CaseMismatch, UnknownStage
from salesreg.process import Event

ASKED = ("ask", ANNA, "2026-03-02 10:00", {"text": "May I?"})
ANSWERED = ("answer", HELEN, "2026-03-02 11:00", {"text": "yes"})
DECIDED = ("decide", HELEN, "2026-03-02 12:00")


def history(*commands: tuple[Any, ...]) -> tuple[Any, list[Event]]:
    case, events = None, []
    for step_id, by, at, *payload in commands:
        decision = taken(case, step_id, by, at, **(payload[0] if payload else {}))
        case = decision.case
        events.append(decision.event)
    return case, events


def test_replay_folds_the_events_to_the_case_and_runs_no_function(monkeypatch: pytest.MonkeyPatch):
    case, events = history(
        ASKED, ANSWERED, ("pause", HELEN, "2026-03-02 11:10"), ("resume", HELEN, "2026-03-03 11:10"),
        ("decide", HELEN, "2026-03-03 12:00"), ("confirm", FAINA, "2026-03-03 13:00"),
        ("reopen", IVAN, "2026-03-04 12:00"),
    )  # fmt: skip
    for one in Ask.steps.values():
        monkeypatch.setattr(one, "run", None)
    assert replay(Ask, events) == case
    assert replay(Ask, iter(events)) == case
    assert replay(Ask, events[:1]).version == 1


def test_replay_misses_an_event_and_says_which():
    _, events = history(ASKED, ANSWERED, DECIDED)
    with pytest.raises(CaseMismatch, match="the events of case 'r1' are not whole: expected version 2, got 3"):
        replay(Ask, [events[0], events[2]])
    with pytest.raises(CaseMismatch, match="expected version 1, got 2"):
        replay(Ask, events[1:])
    with pytest.raises(CaseMismatch, match="a case without events cannot be replayed"):
        replay(Ask, [])
    with pytest.raises(UnknownStage):
        replay(Ask, [replace(events[0], target="limbo")])
