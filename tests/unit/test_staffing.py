"""How many people it takes: the queue agrees with the books, and the past is played before anything else is said."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from salesreg.audit import LogMapping, audit, bind
from salesreg.cli import main
from salesreg.errors import StudyError
from salesreg.simulation import demand, erlang_c, in_time, staffing, waits
from salesreg.simulation.staffing import _student

GIVEN: dict[str, Any] = {
    "source": [{"path": "log.csv", "case": "c", "step": "s", "at": "t", "person": "p"}],
    "calendar": {"country": "RU", "timezone": "Europe/Moscow", "day": ["09:00-18:00"], "lunch": "13:00-14:00"},
    "deadline": [{"norm": "issue", "after": "ask", "then": "issue", "within": "30 working minutes"}],
}


def rows(per_day: int, officers: int, minutes: float, seed: int = 3, days: int = 40) -> list[dict[str, Any]]:
    """Requests of so many working days of 2026, served first come, first served by so many officers."""
    random, found = np.random.default_rng(seed), []
    calendar = bind(LogMapping.from_dict(GIVEN)).calendar
    free = [dt.datetime(2026, 1, 12, 6, tzinfo=dt.UTC)] * officers
    for day in list(calendar.working_days(dt.date(2026, 1, 12), dt.date(2026, 12, 31)))[:days]:
        for minute in np.sort(random.uniform(0, 480, random.poisson(per_day))):
            opens = dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone(dt.timedelta(hours=3)))
            asked = calendar.add_working_time(opens, dt.timedelta(minutes=float(minute)))
            who = min(range(officers), key=free.__getitem__)
            takes = dt.timedelta(minutes=float(random.lognormal(np.log(minutes) - np.log(2) / 2, np.sqrt(np.log(2)))))
            done = calendar.add_working_time(max(asked, free[who]), takes)
            free[who] = done
            case = f"I-{len(found) // 2}"
            found += [_row(case, "ask", asked, "client"), _row(case, "issue", done, f"officer {who}")]
    return found


def _row(case: str, step: str, at: dt.datetime, person: str) -> dict[str, Any]:
    return {"c": case, "s": step, "t": at.astimezone(dt.UTC).isoformat(timespec="microseconds"), "p": person}


def _table(some: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(some)


def test_the_queue_agrees_with_erlang() -> None:
    random = np.random.default_rng(1)
    shape = 20, 4000
    arrivals = np.cumsum(random.exponential(6, shape), axis=1)
    handling = random.exponential(10, shape)
    waited = waits(arrivals, handling, 2)[:, 400:]
    done = (waited + handling[:, 400:] <= 30).mean(axis=1)
    for seen, said in ((waited > 0, erlang_c(1 / 6, 1 / 10, 2)), (done, in_time(1 / 6, 1 / 10, 2, 30))):
        mean = seen.reshape(20, -1).mean(axis=1)
        assert abs(mean.mean() - said) < 4 * mean.std(ddof=1) / 20**0.5
    assert in_time(0.1, 0.1, 2, 30) == pytest.approx(in_time(0.1 + 1e-7, 0.1, 2, 30), abs=1e-4)


def test_one_more_never_lets_anybody_wait_longer() -> None:
    random = np.random.default_rng(2)
    arrivals, handling = np.cumsum(random.exponential(5, (3, 300)), axis=1), random.lognormal(2, 1, (3, 300))
    for fewer, more in pairwise(waits(arrivals, handling, servers) for servers in range(1, 6)):
        assert (more <= fewer + 1e-9).all()


def test_the_past_is_reproduced_and_the_fewest_that_are_enough_are_found() -> None:
    found = audit(LogMapping.from_dict(GIVEN), tables=[_table(rows(60, 2, 8))])
    study = staffing(demand(found, "issue"), minutes=8, target=0.9)
    assert study.reproduces
    assert study.answer is not None
    assert study.levels[study.answer - 1].low >= 0.9
    assert all(one.low < 0.9 for one in study.levels[: study.answer - 1])
    assert all(b.share >= a.share - 1e-9 for a, b in pairwise(study.levels))
    assert study.levels[-1].share <= study.ceiling + 0.01
    assert staffing(demand(found, "issue"), minutes=8, target=0.9) == study
    assert staffing(demand(found, "issue"), minutes=8, target=0.9999).answer is None
    assert not staffing(demand(found, "issue"), minutes=60).reproduces


def test_what_a_log_does_not_show_is_said() -> None:
    found = audit(LogMapping.from_dict(GIVEN), tables=[_table(rows(5, 1, 8, days=3))])
    with pytest.raises(StudyError, match="no term of 'isue' ran in the log; there are issue"):
        demand(found, "isue")
    with pytest.raises(StudyError, match="give a target between 0 and 1"):
        staffing(demand(found, "issue"), minutes=8, target=1.5)
    coarse = GIVEN | {"source": [GIVEN["source"][0] | {"at": {"column": "t", "precision": "day"}}]}
    with pytest.raises(StudyError, match="days and not times"):
        demand(audit(LogMapping.from_dict(coarse), tables=[_table(rows(30, 1, 4, days=9))]), "issue")


def test_students_quantile() -> None:
    assert [round(_student(freedom), 2) for freedom in (5, 10, 29)] == [2.57, 2.23, 2.05]


def test_the_command_says_the_past_the_ceiling_and_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = rows(60, 2, 8)
    lines = "\n".join(",".join(str(value) for value in row.values()) for row in some)
    (tmp_path / "log.csv").write_text("c,s,t,p\n" + lines + "\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        '[[source]]\npath = "log.csv"\ncase = "c"\nstep = "s"\nat = "t"\nperson = "p"\n'
        '[calendar]\ncountry = "RU"\ntimezone = "Europe/Moscow"\nday = ["09:00-18:00"]\nlunch = "13:00-14:00"\n'
        '[[deadline]]\nnorm = "issue"\nafter = "ask"\nthen = "issue"\nwithin = "30 working minutes"\n',
        encoding="utf-8",
    )
    asked = ["simulate", "staff", str(tmp_path / "m.toml"), "--norm", "issue", "--minutes"]
    assert main([*asked, "8", "--target", "0.9"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("The past: 2 people kept ")
    assert "the fewest with 90% in time, interval included." in said
    assert main([*asked, "60", "--lang", "ru"]) == 1
    assert "не воспроизводит прошлое" in capsys.readouterr().out
    assert main([*asked, "8", "--json", "--target", "0.9"]) == 0
    assert json.loads(capsys.readouterr().out)["reproduces"]
