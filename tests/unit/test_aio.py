"""The engine for asyncio does what the engine does."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest
from ask import ANNA, HELEN, Ask, moscow, requests_engine

from salesreg import AsyncProcessEngine, ProcessEngine
from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import StepRefused, StoreUnavailable
from salesreg.testing import ManualClock


def opened(path: Path) -> AsyncProcessEngine:
    return AsyncProcessEngine(requests_engine(SqliteStore(path), ManualClock(moscow("2026-03-02 10:00"))))


def test_it_has_every_method_of_the_engine_with_its_signature_and_no_other():
    methods = {name for name, _ in inspect.getmembers(ProcessEngine, inspect.isfunction) if name[0] != "_"}
    found = {name for name, _ in inspect.getmembers(AsyncProcessEngine, inspect.isfunction) if name[0] != "_"}
    assert found == methods
    for name in methods:
        there, here = getattr(ProcessEngine, name), getattr(AsyncProcessEngine, name)
        assert inspect.iscoroutinefunction(here), name
        assert inspect.signature(here) == inspect.signature(there), name
        assert here.__doc__ == there.__doc__, name


def test_eight_tasks_at_once_lose_and_double_nothing(tmp_path: Path):
    async def work(engine: AsyncProcessEngine, number: int) -> None:
        case = await engine.start(Ask.ask(text="May I?"), by=ANNA, case_id=f"r{number}", command_key=f"{number}/0")
        for one in range(1, 6):
            case = await engine.perform(case, Ask.answer(text=f"{one}"), by=HELEN, command_key=f"{number}/{one}")
            await engine.perform("shared", "answer", {"text": f"{number}.{one}"}, by=HELEN)

    async def main() -> None:
        async with opened(tmp_path / "r.db") as engine:
            await engine.start(Ask.ask(text="May we?"), by=ANNA, case_id="shared")
            await asyncio.gather(*(work(engine, number) for number in range(8)), engine.tick())
            assert await engine.count(Ask) == 9
            shared = await engine.case("shared")
            assert sorted(shared.data.answers) == sorted(f"{n}.{one}" for n in range(8) for one in range(1, 6))
            assert [len(await engine.history(f"r{number}")) for number in range(8)] == [6] * 8
            assert await engine.verify() == ()
        with pytest.raises(StoreUnavailable):
            await engine.count()

    asyncio.run(main())


def test_a_refusal_reaches_whoever_awaits(tmp_path: Path):
    async def main() -> None:
        async with opened(tmp_path / "r.db") as engine:
            with pytest.raises(StepRefused, match="is for asker"):
                await engine.start(Ask.ask(text="May I?"), by=HELEN)
            assert await engine.cases() == ()

    asyncio.run(main())


def test_a_command_whose_task_was_cancelled_is_settled_by_its_key(tmp_path: Path):
    async def main() -> None:
        async with opened(tmp_path / "r.db") as engine:
            for number in range(20):
                key = f"key {number}"
                begun = asyncio.create_task(engine.start(Ask.ask(text="May I?"), by=ANNA, command_key=key))
                await asyncio.sleep(0.0005 * (number % 4))
                begun.cancel()
                await asyncio.gather(begun, return_exceptions=True)
                again = await engine.start(Ask.ask(text="May I?"), by=ANNA, command_key=key)
                assert [event.command_key for event in await engine.history(again)] == [key]
            assert await engine.count(Ask) == 20

    asyncio.run(main())
