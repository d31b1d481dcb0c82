"""What a log shows beyond its findings: duties of each day, another regulation, practice beside rule, many machines."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dask
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from dask.distributed import Client, LocalCluster

from salesreg.audit import Audit, LogMapping, Practice, Rate, added, audit, audit_table, bind, compared
from salesreg.audit.report import AuditReport
from salesreg.cli import main
from salesreg.commercial import COMMERCIAL, DocumentPackageProcess, InvoiceProcess, example
from salesreg.documents import ProcessPage
from salesreg.errors import MappingError
from salesreg.process import Process
from salesreg.testing import plain_regulation

SOURCE = {"path": "log.csv", "case": "case", "step": "step", "at": "at", "person": "who"}
PEOPLE: dict[str, Any] = {"sonja": {"roles": ["commercial_specialist"]}, "finn": {"roles": ["finance"]}}
LONGER = example().with_settings({"invoice.issue": "1 working hour"})
AS_OF = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
INVOICE: dict[str, Any] = {
    "log": {"process": "invoice", "as_of": AS_OF}, "source": [SOURCE], "person": PEOPLE,
}  # fmt: skip
STEPS = (("request_invoice", "sonja"), ("issue_invoice", "finn"), ("send_invoice", "sonja"), ("record_payment", "finn"))


def rows(case: str, *minutes: int, day: int = 10, steps: Any = STEPS) -> list[dict[str, str]]:
    """A case from 10:00 Moscow time on, each step so many minutes after the one before."""
    at, found = dt.datetime(2026, 2, day, 7, tzinfo=dt.UTC), []
    for (step, who), later in zip(steps, (0, *minutes), strict=False):
        at += dt.timedelta(minutes=later)
        found.append({"case": case, "step": step, "at": at.isoformat(), "who": who})
    return found


def table(found: list[dict[str, str]]) -> pa.Table:
    return pa.Table.from_pylist(found)


def of_invoices(found: list[dict[str, str]], text: Any = None, **more: Any) -> Audit:
    mapping = LogMapping.from_dict(INVOICE | more)
    return audit(mapping, InvoiceProcess, text or example(), tables=[table(found)])


# -- what comes back each day ------------------------------------------------------------------------------------------


def daily(*days: int, **more: Any) -> Audit:
    """Records of sonja at 12:00 on some days of February 2026, of whom a request is asked each working day."""
    found = [{"case": f"D{day}", "step": "ask", "at": f"2026-02-{day:02}T09:00:00Z", "who": "sonja"} for day in days]
    found.append({"case": "X", "step": "other", "at": "2026-02-02T06:30:00Z", "who": "sonja"})
    duty = {"norm": "daily", "step": "ask", "role": "commercial_specialist", "every": "each working day, at 18:00"}
    given = {
        "log": {"as_of": dt.datetime(2026, 2, 6, 16, tzinfo=dt.UTC)}, "source": [SOURCE], "duty": [duty],
        "calendar": {"country": "RU", "timezone": "Europe/Moscow", "day": ["09:00-18:00"]},
        "person": {"sonja": PEOPLE["sonja"], "absent": PEOPLE["sonja"]},
    }  # fmt: skip
    return audit(LogMapping.from_dict(given | more), tables=[table(found)])


def test_a_duty_of_each_day_is_missed_on_the_days_without_a_record() -> None:
    seen = daily(3, 4, 6)
    (one,) = seen.findings
    assert (one.kind, one.person, one.case, one.step) == ("duty_missed", "sonja", "", "ask")
    assert one.due == dt.datetime(2026, 2, 5, 15, tzinfo=dt.UTC)
    assert [(r.kept, r.broken) for r in seen.rates()] == [(3, 1)]
    assert "Thursday 5 February 2026" in seen.explain(one)
    assert seen.findings.table()["row"].to_pylist() == [0]


def test_whoever_held_the_role_for_a_while_owes_it_for_that_while() -> None:
    held = {"role": "commercial_specialist", "from": dt.date(2026, 2, 3), "to": dt.date(2026, 2, 4)}
    assert len(daily().findings) == 4
    assert len(daily(person={"sonja": {"roles": [held]}}).findings) == 1  # the 4th; the 3rd had begun
    assert len(daily(person={"sonja": {"roles": ["finance"]}}).findings) == 0


def test_of_a_coarse_instant_a_duty_is_kept_broken_or_unknown() -> None:
    coarse = SOURCE | {"at": {"column": "at", "precision": "day"}}
    assert daily(3, 4, 5, 6, source=[coarse]).unknown() == {("daily", "the day is known and the time is not"): 4}


def test_a_duty_that_comes_back_by_the_process_is_owed_by_every_holder_of_its_role() -> None:
    found = [{"case": "A", "step": "request_signed_package", "at": "2026-02-02T07:00:00Z", "who": "sonja"}]
    given = INVOICE | {"log": {"process": "document_package", "as_of": dt.datetime(2026, 2, 5, tzinfo=dt.UTC)}}
    seen = audit(LogMapping.from_dict(given), DocumentPackageProcess, example(), tables=[table(found)])
    missed = [one for one in seen.findings if one.kind == "duty_missed"]
    assert {one.norm for one in missed} == {"document_package.daily_request"}
    assert [one.due.day for one in missed if one.due] == [3, 4]


@pytest.mark.parametrize("every", ["2 business days", "each week"])
def test_a_duty_that_does_not_come_back_by_itself_is_refused(every: str) -> None:
    duty = {"norm": "daily", "step": "ask", "role": "finance", "every": every}
    with pytest.raises(MappingError, match="does not come back by itself"):
        LogMapping.from_dict({"source": [SOURCE], "duty": [duty]})


# -- object-centric logs -----------------------------------------------------------------------------------------------


def ocel(folder: Path) -> Path:
    """Two invoices; the second payment is of both."""
    found = [*rows("A", 20, 5, 60), *rows("B", 40, 5, 60)]
    objects = [{"id": name, "type": "invoice"} for name in "AB"]
    objects += [{"id": name, "type": "employee"} for name in PEOPLE]
    events = []
    for number, one in enumerate(found):
        related = [one["case"], one["who"], *(["A"] if number == 7 else [])]
        events.append(
            {
                "id": f"e{number}", "type": one["step"], "time": one["at"], "attributes": [{"name": "sum", "value": 7}],
                "relationships": [{"objectId": name, "qualifier": "of"} for name in related],
            }
        )  # fmt: skip
    types = {"objectTypes": [], "eventTypes": []}
    path = folder / "log.json"
    path.write_text(json.dumps(types | {"objects": objects, "events": events}), encoding="utf-8")
    return path


def test_an_object_centric_log_is_read_by_the_objects_that_are_its_cases(tmp_path: Path) -> None:
    ocel(tmp_path)
    source = {
        "path": "log.json", "case": "object:invoice", "step": "ocel:type", "at": "ocel:time",
        "person": "object:employee",
    }  # fmt: skip
    mapping = LogMapping.from_dict(INVOICE | {"source": [source]})
    seen = audit(mapping, InvoiceProcess, example(), folder=tmp_path)
    assert len(seen.log) == 9, "an event of two invoices is one of each"
    assert [(one.kind, one.case) for one in seen.findings if one.kind == "late"] == [("late", "B")]
    with pytest.raises(MappingError, match=r"no column 'object:order'; it has .*'object:invoice'"):
        audit(LogMapping.from_dict(INVOICE | {"source": [source | {"case": "object:order"}]}), InvoiceProcess,
              example(), folder=tmp_path)  # fmt: skip


def test_a_mapping_is_drafted_for_an_object_centric_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "map", str(ocel(tmp_path)), "--process", "invoice"]) == 0
    said = capsys.readouterr().out
    assert 'step = "ocel:type"' in said
    assert 'at = "ocel:time"' in said


@pytest.mark.parametrize("content", [b"", b"[]", b'{"events": 1}', b'{"events": [{"id": 1}], "objects": []}', b"\xff"])
def test_what_is_no_object_centric_log_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.json").write_bytes(content)
    source = {"path": "log.json", "case": "object:invoice", "step": "ocel:type", "at": "ocel:time"}
    with pytest.raises(MappingError, match="is not the ocel it should be"):
        audit(LogMapping.from_dict(INVOICE | {"source": [source]}), InvoiceProcess, example(), folder=tmp_path)


# -- another regulation ------------------------------------------------------------------------------------------------


def test_the_same_log_under_another_regulation_is_compared_case_by_case() -> None:
    found = [one for n, late in enumerate([10] * 20 + [40] * 8 + [90] * 2) for one in rows(f"C{n:02}", late, 5, 60)]
    now, then = of_invoices(found), of_invoices(found, LONGER)
    (one,) = [one for one in compared(now, then) if one.norm == "invoice.issue"]
    assert (one.both, one.only_now, one.only_then, one.neither, one.unsure) == (20, 0, 8, 2, 0)
    assert one.difference == pytest.approx(8 / 30)
    low, high = one.interval or (0, 0)
    assert (low, high) == pytest.approx((0.0768, 0.4232), abs=1e-4)
    back = {one.norm: one for one in compared(then, now)}["invoice.issue"]
    assert (back.only_now, back.only_then) == (8, 0)
    assert all(one.only_now == one.only_then == 0 for one in compared(now, now))
    with pytest.raises(MappingError, match="of the same log"):
        compared(now, of_invoices(found[4:]))


def test_the_command_compares_two_regulations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = [one for number in range(25) for one in rows(f"C{number}", 40, 5, 60)]
    mapping = written(tmp_path, found)
    LONGER.dump(tmp_path / "then.toml")
    assert main(["audit", "compare", str(mapping), "--then", str(tmp_path / "then.toml"), "--json"]) == 0
    changes = {one["norm"]: one for one in json.loads(capsys.readouterr().out)}
    assert (changes["invoice.issue"]["only_then"], changes["invoice.issue"]["difference"]) == (25, 1.0)
    assert main(["audit", "compare", str(mapping), "--then", str(tmp_path / "then.toml"), "--lang", "ru"]) == 0
    assert "Только" in capsys.readouterr().out
    assert main(["audit", "compare", str(mapping), "--then", "nowhere.toml"]) == 2


def written(folder: Path, found: list[dict[str, str]], process: str = "invoice") -> Path:
    lines = [",".join(found[0]), *(",".join(one.values()) for one in found)]
    (folder / "log.csv").write_text("\n".join(lines), encoding="utf-8")
    calendar = '[calendar]\ncountry = "RU"\ntimezone = "Europe/Moscow"\nday = ["09:00-18:00"]\n'
    people = "".join(f"[person.{name}]\nroles = {json.dumps(one['roles'])}\n" for name, one in PEOPLE.items())
    source = "[[source]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in SOURCE.items())
    path = folder / "mapping.toml"
    path.write_text((f'[log]\nprocess = "{process}"\n' if process else calendar) + source + people, encoding="utf-8")
    return path


# -- practice ----------------------------------------------------------------------------------------------------------


def loaded(folder: Path, lines: Any) -> type[Process[Any]]:
    path = folder / "drafted.py"
    path.write_text("\n".join(lines), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("drafted", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    draft: type[Process[Any]] = module.Draft
    return draft


def habits() -> list[dict[str, str]]:
    found = [one for number in range(40) for one in rows(f"C{number:02}", 10 + number, 5, 60)]
    again = (("request_invoice", "sonja"), ("send_invoice", "sonja"), ("issue_invoice", "finn"))
    found += rows("odd", 10, 10, steps=again)
    return found + rows("open")


def test_a_draft_of_a_process_is_a_page_that_stands_and_allows_what_was_done(tmp_path: Path) -> None:
    seen = of_invoices(habits(), log={"as_of": AS_OF, "process": ""}, calendar={
        "country": "RU", "timezone": "Europe/Moscow", "day": ["09:00-18:00"],
    })  # fmt: skip
    practice = Practice(seen.log, seen.bound.calendar, seen.bound.people, share=0)
    page = loaded(tmp_path, practice.page("habit"))
    assert page.check() == ()
    assert {"request_invoice", "issue_invoice", "send_invoice", "record_payment"} <= set(page.steps)
    assert practice.roles(seen.log.steps.index("issue_invoice")) == ("finance",)
    mapping = LogMapping.from_dict(INVOICE | {"log": {"process": "habit", "as_of": AS_OF}})
    again = audit(mapping, page, plain_regulation(), tables=[table(habits())])
    assert again.findings.kinds() == {}, "everything that was done is in a draft that leaves nothing out"


def test_what_is_rare_is_left_out_of_a_draft(tmp_path: Path) -> None:
    seen = daily()
    assert len(Practice(seen.log, seen.bound.calendar, {}, share=0).stays) == 1
    found = of_invoices(habits())
    page = loaded(tmp_path, Practice(found.log, found.bound.calendar, {}, share=0.05).page("habit"))
    seen = audit(
        LogMapping.from_dict(INVOICE | {"log": {"process": "habit", "as_of": AS_OF}}), page, plain_regulation(),
        tables=[table(habits())],
    )  # fmt: skip
    assert {one.case for one in seen.findings if one.norm == "order"} == {"odd"}


def test_names_that_are_no_python_become_such(tmp_path: Path) -> None:
    names = ("Счёт: запрошен", "class", "1", "1!", "steps", 'Say "so"\\', "begin")
    found = rows("A", *[5] * 6, steps=[(name, "sonja") for name in names])
    given = {"calendar": {"country": "RU", "timezone": "Europe/Moscow", "day": ["09:00-18:00"]}, "log": {}}
    seen = audit(LogMapping.from_dict(INVOICE | given), tables=[table(found)])
    page = loaded(tmp_path, Practice(seen.log, seen.bound.calendar, {}, share=0).page("habit"))
    assert page.check() == ()
    assert {one.title for one in page.steps.values()} >= set(names)


def test_practice_stands_beside_the_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swapped = (("request_invoice", "sonja"), ("send_invoice", "sonja"), ("issue_invoice", "finn"))
    found = [one for number in range(30) for one in rows(f"C{number:02}", 50, 5, steps=swapped)]
    seen = of_invoices(found)
    page = ProcessPage(InvoiceProcess, COMMERCIAL.texts.locale("en"), example(), COMMERCIAL.reactions)
    never, usual, asked = AuditReport(seen, COMMERCIAL.texts.locale("en"), page).practice()
    assert any("payment" in row[0].lower() for row in never.rows)
    assert usual.rows[0][-1] == "30 (100%)"
    assert any("Can it be kept at all?" in row for row in asked.rows)
    assert main(["audit", "discover", str(written(tmp_path, found))]) == 0
    assert "Steps that nobody recorded" in capsys.readouterr().out
    assert main(["audit", "discover", str(written(tmp_path, found, "")), "--name", "habit"]) == 0
    assert "class Draft(Process[Data]):" in capsys.readouterr().out
    assert main(["audit", "discover", str(written(tmp_path, found, "")), "--share", "2"]) == 2


def test_the_rates_stand_on_the_picture_and_each_person_has_a_page() -> None:
    found = [one for number in range(30) for one in rows(f"C{number:02}", 50 if number < 12 else 10, 5, 60)]
    found += rows("odd", 5, steps=(("request_invoice", "sonja"), ("send_invoice", "sonja")))
    texts = COMMERCIAL.texts.locale("en")
    report = AuditReport(of_invoices(found), texts, ProcessPage(InvoiceProcess, texts, example(), ()))
    rules, _, people, *_ = report.sections()
    drawn = " ".join(re.sub("<[^>]*>", " ", rules.blocks[1].svg).split())  # type: ignore[union-attr]
    assert "60% in time" in drawn
    assert "out of order: 1" in drawn
    assert [one.title for one in people.parts] == ["finn", "sonja"]
    finn = people.parts[0]
    assert any("12" in row for row in finn.blocks[0].rows)  # type: ignore[union-attr]
    assert len(finn.blocks[1].rows) == 12  # type: ignore[union-attr]


# -- more than one machine ---------------------------------------------------------------------------------------------


def cut(whole: pa.Table, column: str, parts: int = 4) -> list[pa.Table]:
    names = sorted({one or "" for one in whole[column].to_pylist()})
    return [whole.filter(pc.is_in(whole[column], pa.array(names[number::parts]))) for number in range(parts)]


def of_part(rows: pa.Table, mapping: LogMapping, bound: Any) -> Any:
    return audit_table(rows, mapping, bound)


def spread() -> tuple[pa.Table, LogMapping, Any]:
    found = [one for n in range(200) for one in rows(f"C{n:03}", n % 60, 5, 60, day=2 + n % 20)]
    duty = {"norm": "daily", "step": "issue_invoice", "role": "finance", "every": "each working day, at 18:00"}
    more = {"duty": [duty], "recording": {"bulk": {"events": 5, "within": "2 minutes"}}}
    mapping = LogMapping.from_dict(INVOICE | more)
    return table(found), mapping, bind(mapping, InvoiceProcess, example())


def same(parts: list[Any], whole: Audit) -> None:
    ids = sorted(one for findings, _ in parts for one in findings["id"].to_pylist())
    assert ids == sorted(one.id for one in whole.findings)
    assert {one.kind for one in whole.findings} >= {"late", "duty_missed", "bulk_recorded"}
    rates = {(one.norm, one.person, one.month): one for one in added([counts for _, counts in parts])}
    for one in whole.rates(by_person=True, by_month=True):
        assert rates.pop((one.norm, one.person, one.month)) == one
    assert not rates


def test_cut_by_case_and_by_person_the_parts_say_what_the_whole_does() -> None:
    whole, mapping, bound = spread()
    parts = [of_part(one, mapping, bound.by_case) for one in cut(whole, "case")]
    parts += [of_part(one, mapping, bound.by_person) for one in cut(whole, "who", 2)]
    same(parts, audit(mapping, InvoiceProcess, example(), tables=[whole]))
    assert not set(bound.by_case.rules) & set(bound.by_person.rules)


def test_a_part_that_cannot_be_judged_alone_is_refused() -> None:
    whole, mapping, bound = spread()
    with pytest.raises(MappingError, match=r"take bound\.by_case or bound\.by_person"):
        audit_table(whole, mapping, bound)
    open_end = LogMapping.from_dict(INVOICE | {"log": {"process": "invoice"}})
    with pytest.raises(MappingError, match=r"say \[log\] as_of"):
        audit_table(whole, open_end, bound.by_case)


@pytest.mark.parametrize("where", ["threads", "two workers"])
def test_dask_runs_the_parts_with_the_same_result(where: str) -> None:
    whole, mapping, bound = spread()
    work = [(one, mapping, bound.by_case) for one in cut(whole, "case")]
    work += [(one, mapping, bound.by_person) for one in cut(whole, "who", 2)]
    if where == "threads":
        parts = list(dask.compute(*(dask.delayed(audit_table)(*one) for one in work), scheduler="threads"))
    else:
        quiet = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
        with LocalCluster(**quiet) as cluster, Client(cluster) as client:
            parts = client.gather(client.map(audit_table, *zip(*work, strict=True)))
    same(parts, audit(mapping, InvoiceProcess, example(), tables=[whole]))


def test_what_a_log_is_held_to_can_be_sent_to_another_machine() -> None:
    _, _, bound = spread()
    assert pickle.loads(pickle.dumps(bound)).rules == bound.rules


def test_rates_of_parts_add_up() -> None:
    from salesreg.audit.rates import rates_table

    assert added([rates_table([Rate("a", kept=1)]), rates_table([Rate("a", kept=2, late=1), Rate("b", open=4)])]) == [
        Rate("a", kept=3, late=1), Rate("b", open=4),
    ]  # fmt: skip


def test_dask_is_asked_of_nobody_who_does_not_use_it() -> None:
    code = "import salesreg.audit, sys; assert not {'dask', 'distributed', 'duckdb', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
