"""In a notebook things show themselves, become frames, and are drawn."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell

import salesreg.notebook as nb
from salesreg.commercial import COMMERCIAL, Sale, example
from salesreg.errors import DeclarationError, Refusal, StepRefused
from salesreg.testing.commercial import Desk
from salesreg.testing.commercial.people import STAFF


@pytest.fixture
def desk() -> Any:
    desk = Desk()
    desk.begin("sale", "register_prospect", case="D")
    desk.take("D", "start_price_negotiation", "complete_questionnaire", "confirm_client_readiness")
    desk.take("D", "submit_for_approval")
    desk.later(dt.timedelta(days=5)).take("D", "approve_quote")
    nb.use(desk.engine)
    yield desk
    nb.use()


def test_a_case_shows_where_it_stands_the_way_it_went_and_what_was_owed(desk):
    shown = nb.show(desk.case("D"))
    html = shown._repr_html_()
    assert html.count("<svg") == 1
    assert "met late" in html
    assert repr(shown) == "<Shown: Sale: D>"
    nb.use(desk.engine, lang="ru")
    assert "Продажа" in nb.show(desk.case("D")).html


def test_several_of_a_kind_are_a_table_and_no_more_of_it_than_one_can_read(desk):
    engine = desk.engine
    events = nb.show(engine.history("D")).html
    assert "Submit for approval" in events
    assert "late" in nb.show(engine.obligations(limit=100)).html
    assert "Sale" in nb.show(engine.cases()).html
    assert "<td>" in nb.show(next(filter(None, (engine.tasks(one) for one in STAFF)))).html
    few = nb.show(engine.history("D"), most=2).html
    assert few.count("<tr>") == 3
    assert "The first 2 of 6" in few
    changes = example().diff(example().with_settings({"invoice.issue": "1 working hour"}))
    assert "1 working hour" in nb.show(changes).html


def test_a_process_a_regulation_and_a_refusal_show_themselves(desk):
    assert "<svg" in nb.show(Sale).html
    assert "R31" in nb.show(example()).html
    with pytest.raises(StepRefused) as refused:
        desk.take("D", "approve_quote")
    assert "Why not" in nb.show(refused.value).html


def test_what_data_hold_is_text_and_no_markup(desk):
    hostile = Refusal("x", "<script>alert(1)</script>\x1b[31m")
    html = nb.show([hostile]).html
    assert "<script>" not in html
    assert "\x1b" not in html


def test_what_has_no_display_is_said(desk):
    with pytest.raises(TypeError, match="no display of a int"):
        nb.show(1)
    with pytest.raises(TypeError, match="no table of str"):
        nb.show(["a"])
    assert nb.show([]).title == "nothing"
    with pytest.raises(DeclarationError, match=r"no texts in .xx."):
        nb.use(desk.engine, lang="xx")
    nb.use()
    with pytest.raises(DeclarationError, match=r"nb\.use"):
        nb.show(Sale)
    nb.use(rulebook=COMMERCIAL)
    assert "<svg" in nb.show(desk.case("D")).html


def test_ipython_shows_them_at_the_end_of_a_cell(desk):
    shell = InteractiveShell.instance()
    try:
        shell.run_line_magic("load_ext", "salesreg.notebook")
        html, _ = shell.display_formatter.format(desk.case("D"))
        assert "<svg" in html["text/html"]
        assert "<Case D" in html["text/plain"]
        with_findings, _ = shell.display_formatter.format(_audit().findings)
        assert "late" in with_findings["text/html"]
        assert "<svg" not in nb.show(_audit()).html
    finally:
        InteractiveShell.clear_instance()


def _audit() -> Any:
    from salesreg.audit import LogMapping, audit

    rows = [{"c": "A", "s": s, "t": t} for s, t in (("in", "2026-02-02T09:00:00Z"), ("out", "2026-02-20T09:00:00Z"))]
    given = {
        "source": [{"path": "x", "case": "c", "step": "s", "at": "t"}],
        "calendar": {"country": "RU", "timezone": "Europe/Moscow", "day": ["09:00-18:00"]},
        "deadline": [{"norm": "answer", "after": "in", "then": "out", "within": "2 business days"}],
    }
    return audit(LogMapping.from_dict(given), tables=[pa.Table.from_pylist(rows)])


def test_a_frame_has_a_row_for_each_and_a_column_for_each_attribute(desk):
    import duckdb

    events = nb.frame(desk.engine.history("D"))
    assert events.num_rows == 6
    assert events["at"].type == pa.timestamp("us", "UTC")
    cases = nb.frame(desk.engine.cases())
    assert "data.client" in cases.column_names
    assert duckdb.sql("SELECT count(*) FROM events WHERE step = 'approve_quote'").fetchall() == [(1,)]
    assert list(events.to_pandas()["version"]) == [1, 2, 3, 4, 5, 6]
    owed = nb.frame(desk.engine.obligations(limit=100))
    assert "met_late" in owed["status"].to_pylist()
    assert nb.frame(_audit().findings).num_rows == 1
    assert nb.frame(_audit().rates())["late"].to_pylist() == [1]
    assert nb.frame([]).num_rows == 0
    with pytest.raises(TypeError, match="no attributes"):
        nb.frame(["a"])


def test_time_and_funnels_are_drawn(desk, tmp_path: Path):
    found = desk.engine.evidence("D")
    figure = nb.timeline(found)
    figure.savefig(tmp_path / "timeline.png")
    assert [one.get_text() for one in figure.axes[0].get_yticklabels()] == [one.norm for one in found.obligations]
    nb.lateness(found.obligations, at=found.at).savefig(tmp_path / "late.png")
    counted = sum(bar.get_height() for bars in nb.lateness(found.obligations).axes[0].containers for bar in bars)
    assert counted == sum(one.closed_at is not None and one.status != "cancelled" for one in found.obligations)
    steps = [type("Step", (), {"id": name, "reached": count}) for name, count in (("asked", 9), ("won", 2))]
    bars = nb.funnel(steps).axes[0].patches
    assert [bar.get_width() for bar in bars] == [9, 2]


def test_nothing_is_imported_before_it_is_used():
    code = "import salesreg.notebook, sys; assert not {'matplotlib', 'pyarrow', 'IPython', 'attrs'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert nb.__all__ == dir(nb)
