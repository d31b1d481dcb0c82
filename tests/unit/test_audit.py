"""A foreign log is held to the rules: each planted fault is found, and only it; what cannot be known is not guessed."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from salesreg.audit import Audit, LogMapping, audit, audit_table, bind
from salesreg.audit.rates import rates_table, wilson
from salesreg.calendars.files import toml_text
from salesreg.cli import main
from salesreg.commercial import InvoiceProcess, example
from salesreg.errors import MappingError
from salesreg.rules import Norm

Row = dict[str, Any]
STEPS = {"request_invoice": "sonja", "issue_invoice": "finn", "send_invoice": "sonja", "record_payment": "finn"}
MAPPING: dict[str, Any] = {
    "log": {"process": "invoice", "timezone": "Europe/Moscow"},
    "source": [
        {
            "path": "log.csv", "case": "Счёт", "step": "Операция", "at": "Когда", "person": "Кто",
            "recorded_at": "Внесено", "evidence": {"issue_invoice": ["Файл"]},
        }
    ],
    "step": {
        "request_invoice": "Запрос счёта", "issue_invoice": {"match": "^Сч[её]т оформлен"},
        "send_invoice": "Отправлен", "record_payment": ["Оплачен", "Оплата"], "ignore": "Комментарий",
    },
    "person": {
        "sonja": {"roles": ["commercial_specialist"], "acknowledged": dt.date(2026, 1, 12)},
        "finn": {"employee": "Finn F.", "roles": ["finance"], "acknowledged": dt.date(2026, 1, 12)},
    },
    "recording": {"within": "1 business day", "bulk": {"events": 5, "within": "2 minutes"}},
}  # fmt: skip
NAMES = {
    "request_invoice": "Запрос счёта", "issue_invoice": "Счет оформлен и подписан", "send_invoice": "Отправлен",
    "record_payment": "Оплачен",
}  # fmt: skip


def history(case: str = "A-1", day: int = 10) -> list[Row]:
    """An invoice as it should be, in February 2026: asked for at 10:00, issued by 10:20, sent, paid the day after."""
    when = [(day, "10:00"), (day, "10:20"), (day, "11:00"), (day + 1, "12:00")]
    return [
        {
            "Счёт": case, "Операция": NAMES[step], "Когда": f"2026-02-{day:02} {clock}:00", "Кто": person,
            "Внесено": f"2026-02-{day:02} {clock}:30", "Файл": "scan.pdf",
        }
        for (step, person), (day, clock) in zip(STEPS.items(), when, strict=True)
    ]  # fmt: skip


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows)


def found(rows: list[Row], **log: Any) -> Audit:
    given = MAPPING | {"log": MAPPING["log"] | log}
    return audit(LogMapping.from_dict(given), InvoiceProcess, example(), tables=[table(rows)])


def kinds(rows: list[Row], **log: Any) -> dict[str, int]:
    return found(rows, **log).findings.kinds()


def test_a_history_as_it_should_be_has_no_finding() -> None:
    rows = [*history(), *history("A-2", 11), *history("A-3", 17)]
    assert kinds(rows) == {}
    kept = {one.norm: (one.kept, one.known) for one in found(rows).rates()}
    assert kept["invoice.issue"] == kept["order"] == (3, 3)


def test_each_planted_fault_is_found_and_nothing_else() -> None:
    def planted(change: Any) -> dict[str, int]:
        rows = [*history(), *history("A-2", 11)]
        change(rows)
        return kinds(rows)

    def late(rows: list[Row]) -> None:
        rows[1] |= {"Когда": "2026-02-10 10:30:00.000001", "Внесено": "2026-02-10 10:31:00"}

    assert planted(late) == {"late": 1}
    assert planted(lambda rows: rows[1].update({"Когда": "2026-02-10 10:30:00", "Внесено": ""})) == {}
    assert planted(lambda rows: rows[1].update({"Кто": "sonja"})) == {"wrong_role": 1}
    assert planted(lambda rows: rows[1].update({"Файл": "  "})) == {"no_record": 1}
    assert planted(lambda rows: rows[2].update({"Внесено": "2026-02-12 18:00:00"})) == {"backdated": 1}
    assert planted(lambda rows: rows[2].update({"Внесено": "2026-02-10 10:59:00"})) == {"recorded_before_event": 1}
    assert planted(lambda rows: rows.pop(1)) == {"skipped": 1, "no_result": 1}
    assert planted(lambda rows: rows.insert(2, dict(rows[1]))) == {"repeated": 1}
    again = history()[2] | {"Когда": "2026-02-13 10:00:00", "Внесено": "2026-02-13 10:00:00"}
    assert kinds([*history(), again], complete=True) == {"after_end": 1}
    many = [history(f"B-{n}", 12)[0] | {"Когда": f"2026-02-12 10:00:{n:02}", "Внесено": ""} for n in range(9)]
    assert planted(lambda rows: rows.extend(many)).get("bulk_recorded") == 9


def test_a_finding_says_where_it_stands_by_whom_and_by_how_much() -> None:
    rows = history()
    rows[1] |= {"Когда": "2026-02-10 11:00:00", "Внесено": "2026-02-10 11:00:00"}
    (one,) = found(rows).findings
    assert (one.kind, one.norm, one.case, one.step, one.source, one.row) == (
        "late", "invoice.issue", "A-1", "issue_invoice", "log.csv", 2,
    )  # fmt: skip
    assert (one.person, one.delay, one.other) == ("Finn F.", dt.timedelta(minutes=30), ("log.csv", 1))
    assert one.due == dt.datetime(2026, 2, 10, 7, 30, tzinfo=dt.UTC)
    assert one.chargeable
    said = found(rows).explain(one)
    assert "30 working minutes from Tuesday 10 February 2026, 10:00 (MSK)" in said
    assert found(list(reversed(rows))).findings.kinds() == {"late": 1}


def test_what_is_not_there_is_named_and_one_gap_is_one_finding() -> None:
    rows = history()
    (one,) = [one for one in found([rows[0], rows[3]]).findings if one.norm == "order"]
    assert (one.kind, one.step, one.facts) == ("skipped", "record_payment", ("issue_invoice",))


def test_whoever_did_not_know_the_rule_a_robot_or_nobody_answers_for_nothing() -> None:
    late = history()
    late[1] |= {"Когда": "2026-02-10 11:00:00", "Внесено": ""}
    assert [one.why_not for one in found(late, in_force_from=dt.date(2026, 3, 1)).findings] == [("not_in_force",)]
    people = MAPPING["person"]
    for person, why in (
        ({"roles": ["finance"], "acknowledged": dt.date(2026, 2, 10)}, ("not_acknowledged",)),
        ({"roles": ["finance"], "robot": True}, ("robot",)),
    ):
        given = MAPPING | {"person": people | {"finn": person}}
        (one,) = audit(LogMapping.from_dict(given), InvoiceProcess, example(), tables=[table(late)]).findings
        assert one.why_not == why
    nobody = [one | {"Кто": None} for one in late]
    assert [one.why_not for one in found(nobody).findings] == [("person_unknown",)]
    assert found(nobody).unknown()["roles", "the log does not say who did it"] == 4


def test_of_a_day_without_a_time_only_what_is_certain_is_said() -> None:
    given = MAPPING | {"source": [MAPPING["source"][0] | {"at": {"column": "Когда", "precision": "day"}}]}

    def verdicts(issued: str) -> Any:
        rows = history()
        rows[1] |= {"Когда": issued, "Внесено": ""}
        seen = audit(LogMapping.from_dict(given), InvoiceProcess, example(), tables=[table(rows)])
        (rate,) = [one for one in seen.rates() if one.norm == "invoice.issue"]
        return rate.kept, rate.late, rate.unknown

    assert verdicts("2026-02-10 10:20:00") == (0, 0, 1)
    assert verdicts("2026-02-11 10:20:00") == (0, 0, 1)  # asked for at the close of the 10th, it is due on the 11th
    assert verdicts("2026-02-12 10:20:00") == (0, 1, 0)


def test_a_clock_that_runs_at_the_end_of_the_log_is_no_breach_before_its_time() -> None:
    at = dt.datetime(2026, 2, 10, 7, 20, tzinfo=dt.UTC)
    assert kinds(history()[:1], as_of=at) == {}
    assert kinds(history()[:1], as_of=at + dt.timedelta(minutes=10)) == {}
    assert kinds(history()[:1], as_of=at + dt.timedelta(minutes=11)) == {"no_result": 1}


def test_of_a_case_that_began_before_the_log_the_past_is_unknown_and_not_missing() -> None:
    rows = history()[1:]
    assert kinds(rows) == {"skipped": 1}
    assert kinds(rows, covers_from=dt.date(2026, 2, 11)) == {}


def test_steps_at_one_instant_are_taken_in_any_legal_order() -> None:
    rows = history()
    for one in rows[:3]:
        one |= {"Когда": "2026-02-10 10:00:00", "Внесено": ""}
    assert kinds([rows[2], rows[1], rows[0], rows[3]]) == {}


def test_parts_add_up_to_the_whole() -> None:
    rows = [one for number in range(20) for one in history(f"A-{number}", 10 + number % 3)]
    rows[5] |= {"Когда": "2026-02-12 18:00:00"}
    given = MAPPING | {"recording": {"within": "1 business day"}}
    given |= {"log": MAPPING["log"] | {"as_of": dt.datetime(2026, 3, 1, tzinfo=dt.UTC)}}
    mapping = LogMapping.from_dict(given)
    bound = bind(mapping, InvoiceProcess, example())
    whole = audit_table(table(rows), mapping, bound)
    parts = [audit_table(table(rows[begin : begin + 20]), mapping, bound) for begin in range(0, 80, 20)]
    assert sorted(pa.concat_tables([one for one, _ in parts])["id"].to_pylist()) == sorted(whole[0]["id"].to_pylist())
    counts = ["kept", "late", "broken", "unknown", "open"]
    assert [sum(sum(part[name].to_pylist()) for _, part in parts) for name in counts] == [
        sum(whole[1][name].to_pylist()) for name in counts
    ]


def test_a_rule_of_every_log_says_what_the_regulation_says_of_it() -> None:
    ours = Norm("order", "One after another.", "I1", translations={"ru": "Одно за другим."})
    eyes = Norm("eyes", "Four eyes.", "I2")
    regulation = attrs.evolve(example(), norms=(*example().norms, ours, eyes))
    asked = MAPPING | {"separate": [{"norm": "eyes", "steps": ["issue_invoice", "record_payment"]}]}
    rules = bind(LogMapping.from_dict(asked), InvoiceProcess, regulation).rules
    said = {norm: (rule.text, rule.clause) for norm, rule in rules.items()}
    assert (said["order"], said["eyes"]) == (("One after another.", "I1"), ("Four eyes.", "I2"))
    assert rules["order"].translations == {"ru": "Одно за другим."}
    assert said["roles"] == ("A step is taken by whoever may take it.", "R79")
    asked["separate"][0] |= {"text": "Two people.", "clause": "I3"}
    assert bind(LogMapping.from_dict(asked), InvoiceProcess, regulation).rules["eyes"].text == "Two people."


def test_two_steps_left_to_one_person_are_found_in_any_log() -> None:
    given = {
        "source": [{"path": "x.csv", "case": "c", "step": "s", "at": "t", "person": "p"}],
        "calendar": {"country": "NL", "timezone": "Europe/Amsterdam", "day": ["09:00-17:00"]},
        "deadline": [{"norm": "answer", "after": "in", "then": "out", "within": "2 business days", "first": True}],
        "separate": [{"norm": "eyes", "steps": ["check", "sign"]}],
    }

    def verdict(*people: str | None, strict: bool = False) -> str:
        steps = ["check", "sign", "check"][: len(people)]
        rows = [
            {"c": "1", "s": step, "t": f"2011-10-1{n}T10:00:00+02:00", "p": person}
            for n, (step, person) in enumerate(zip(steps, people, strict=True))
        ]
        own = given | {"separate": [given["separate"][0] | {"strict": strict}]}  # type: ignore[index]
        (rate,) = [one for one in audit(LogMapping.from_dict(own), tables=[table(rows)]).rates() if one.norm == "eyes"]
        return "kept" if rate.kept else "broken" if rate.broken else "unknown"

    assert [verdict("a", "b"), verdict("a", "a"), verdict("a", None), verdict(None, None)] == [
        "kept", "broken", "unknown", "unknown",
    ]  # fmt: skip
    assert [verdict("a", "a", "b"), verdict("a", "a", "b", strict=True)] == ["kept", "broken"]
    late = table([{"c": "1", "s": step, "t": f"2011-10-{day}T10:00:00+02:00", "p": "a"} for step, day in
                  (("in", 13), ("in", 17), ("out", 18))])  # fmt: skip
    (one,) = audit(LogMapping.from_dict(given), tables=[late]).findings
    assert (one.norm, one.kind) == ("answer", "late")


# -- reading -----------------------------------------------------------------------------------------------------------


def written(folder: Path, rows: list[Row], **source: Any) -> Path:
    """A mapping beside a CSV file of the rows."""
    text = io.StringIO()
    lines = csv.DictWriter(text, list(rows[0]), delimiter=source.get("delimiter", ","))
    lines.writeheader()
    lines.writerows(rows)
    (folder / "log.csv").write_text(text.getvalue(), encoding=source.get("encoding", "utf-8"))
    given = MAPPING | {"source": [MAPPING["source"][0] | source]}
    file = folder / "mapping.toml"
    source_text = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in given["source"][0].items()
        if key != "evidence"
    )
    rest = {key: value for key, value in given.items() if key not in ("source", "person", "step")}
    steps = "".join(f"{key} = {_inline(value)}\n" for key, value in given["step"].items())
    people = "".join(
        f"[person.{name}]\nroles = {json.dumps(one['roles'])}\nacknowledged = {one['acknowledged']}\n"
        for name, one in given["person"].items()
    )
    file.write_text(f"[[source]]\n{source_text}[step]\n{steps}{people}{toml_text(rest)}", encoding="utf-8")
    return file


def _inline(value: Any) -> str:
    return f'{{ match = "{value["match"]}" }}' if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("how", [{}, {"delimiter": ";"}, {"encoding": "cp1251"}])
def test_csv_is_read_as_it_is_written(tmp_path: Path, how: dict[str, Any]) -> None:
    rows = [*history(), *history("A-2", 11)]
    rows[1] |= {"Когда": "2026-02-10 11:00:00", "Внесено": ""}
    mapping = LogMapping.load(written(tmp_path, rows, **how))
    assert audit(mapping, InvoiceProcess, example(), folder=tmp_path).findings.kinds() == {"late": 1}


def test_parquet_and_packed_csv_and_xes_say_the_same(tmp_path: Path) -> None:
    rows = history()
    rows[1] |= {"Когда": "2026-02-10 11:00:00", "Внесено": ""}
    written(tmp_path, rows)
    pq.write_table(table(rows), tmp_path / "log.parquet")
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress((tmp_path / "log.csv").read_bytes()))
    events = "".join(
        f'<event><string key="concept:name" value="{one["Операция"]}"/><date key="time:timestamp" '
        f'value="{one["Когда"].replace(" ", "T")}+03:00"/><string key="org:resource" value="{one["Кто"]}"/></event>'
        for one in rows
    )
    xes = f'<log><trace><string key="concept:name" value="A-1"/>{events}</trace></log>'
    (tmp_path / "log.xes").write_text(xes, encoding="utf-8")
    own = {"path": "log.xes", "case": "case:concept:name", "step": "concept:name", "at": "time:timestamp",
           "person": "org:resource"}  # fmt: skip
    for source, zone in (
        (MAPPING["source"][0] | {"path": "log.parquet"}, {"timezone": "Europe/Moscow"}),
        (MAPPING["source"][0] | {"path": "log.csv.gz"}, {"timezone": "Europe/Moscow"}),
        (own, {}),
    ):
        given = MAPPING | {"source": [source], "log": {"process": "invoice"} | zone}
        (one,) = audit(LogMapping.from_dict(given), InvoiceProcess, example(), folder=tmp_path).findings
        assert (one.kind, one.delay) == ("late", dt.timedelta(minutes=30))


def test_one_row_a_case_is_a_step_for_each_column_of_instants() -> None:
    given = {
        "log": {"timezone": "Europe/Moscow"},
        "calendar": {"country": "RU", "timezone": "Europe/Moscow", "day": ["09:00-18:00"]},
        "source": [
            {
                "path": "crm.csv", "case": "id", "person": "who",
                "wide": {
                    "engage": {"column": "from", "format": "%d-%m-%Y", "precision": "day"},
                    "won": {"column": "to", "format": "%d-%m-%Y", "precision": "day", "when": {"stage": "Won"}},
                },
            }
        ],
        "deadline": [{"norm": "close", "after": "engage", "then": "won", "within": "30 calendar days"}],
    }  # fmt: skip
    rows = [
        {"id": "1", "who": "a", "from": "20-10-2016", "to": "01-11-2016", "stage": "Won"},
        {"id": "2", "who": "a", "from": "20-10-2016", "to": "01-03-2017", "stage": "Won"},
        {"id": "3", "who": "a", "from": "20-10-2016", "to": "01-03-2017", "stage": "Lost"},
        {"id": "4", "who": "a", "from": "01-03-2017", "to": "", "stage": "Engaging"},
    ]
    (rate,) = audit(LogMapping.from_dict(given), tables=[table(rows)]).rates()
    assert (rate.kept, rate.late, rate.broken, rate.open) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": []}, r"no \[\[source\]\] says where the log is"),
        ({"log": {"process": "invoice", "timezone": "Mars/Base"}}, "'Mars/Base' is no time zone"),
        ({"log": {"process": "invoice"}}, r"instants without a zone: say \[log\] timezone"),
        ({"step": {"ignore": []}}, "'Запрос счёта' is no step"),
        ({"step": MAPPING["step"] | {"pay": "x"}}, "'pay', which the process does not have"),
        ({"step": MAPPING["step"] | {"ignore": {"match": "("}}}, "no regular expression"),
        ({"colour": 1}, "no such key as 'colour'"),
        ({"recording": {"within": "soon"}}, "recording: within"),
        ({"recording": {"within": "each Monday"}}, "counts from no event"),
        ({"separate": [{"norm": "x", "steps": ["a", "a"]}]}, "takes two or more"),
    ],
)
def test_what_a_mapping_gets_wrong_is_said_in_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(MappingError, match=said):
        audit(LogMapping.from_dict(MAPPING | change), InvoiceProcess, example(), tables=[table(history())])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("Счёт", None, "1 rows have no case"),
        ("Когда", "yesterday", "is no ISO 8601"),
        ("Когда", "2026-02-10 10:00:00+03:00", "have an offset and the others none"),
        ("Когда", "", "rows have no 'Когда'"),
    ],
)
def test_what_a_log_gets_wrong_is_said_with_its_column(column: str, value: Any, said: str) -> None:
    rows = history()
    rows[2][column] = value
    with pytest.raises(MappingError, match=said):
        found(rows)
    with pytest.raises(MappingError, match="has no column 'Операция'; it has"):
        found([{key: one for key, one in row.items() if key != "Операция"} for row in rows])


@pytest.mark.parametrize(
    "junk", [b"", b"\x00\xff" * 50, b"a,b\n1", b"\x1f\x8b\x08junk", b"<log", b"<!DOCTYPE a []><log/>"]
)
def test_files_that_are_no_logs_are_one_error_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], junk: bytes
) -> None:
    mapping = written(tmp_path, history())
    text = mapping.read_text("utf-8")
    for name in ("log.csv", "log.csv.gz", "log.parquet", "log.xes"):
        (tmp_path / name).write_bytes(junk)
        mapping.write_text(text.replace("log.csv", name), encoding="utf-8")
        assert main(["audit", "run", str(mapping)]) == 2
        out, err = capsys.readouterr()
        assert err.startswith("salesreg: ")
        assert "Traceback" not in out + err


# -- rates and the command ---------------------------------------------------------------------------------------------


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert [round(one, 3) for one in wilson(252, 1300) or ()] == [0.173, 0.216]
    assert wilson(0, 0) is None
    assert wilson(0, 5)[0] == 0  # type: ignore[index]
    assert rates_table(found(history()).rates())["share"].to_pylist() == [1.0] * 8


def test_the_command_audits_writes_and_explains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*history(), *history("A-2", 11)]
    rows[1] |= {"Когда": "2026-02-10 11:00:00", "Внесено": ""}
    mapping, out = written(tmp_path, rows), tmp_path / "out"
    assert main(["audit", "run", str(mapping), "--out", str(out), "--lang", "ru"]) == 1
    said = capsys.readouterr().out
    assert "Соблюдено: 1 · С опозданием: 1 · Доля соблюдения, интервал 95 %: 1 из 2\n" in said
    assert "1 нарушение, из них с ответственным лицом: 1" in said
    assert {one.name for one in out.iterdir()} == {
        "findings.csv", "findings.parquet", "rates.csv", "rates.parquet", "report.html",
    }  # fmt: skip
    page = (out / "report.html").read_text("utf-8")
    assert "опоздание" in page
    assert "https://" not in page.replace("https://www.w3.org", "")
    (name,) = pq.read_table(out / "findings.parquet")["id"].to_pylist()
    assert main(["audit", "explain", str(mapping), name]) == 0
    assert "due Tuesday 10 February 2026, 10:30 (MSK)" in capsys.readouterr().out
    assert main(["audit", "explain", str(mapping), "f00"]) == 2
    assert "no finding 'f00'" in capsys.readouterr().err
    assert main(["audit", "run", str(mapping), "--fail-on", "never", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == {"late": 1}


def test_a_first_mapping_is_drafted_and_can_be_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [one | {"Операция": step} for one, step in zip(history(), STEPS, strict=True)]
    written(tmp_path, [*rows, *(one | {"Счёт": "A-2"} for one in rows)])
    assert main(["audit", "map", str(tmp_path / "log.csv"), "--process", "invoice"]) == 0
    draft = capsys.readouterr().out
    (tmp_path / "draft.toml").write_text(draft, encoding="utf-8")
    mapping = LogMapping.load(tmp_path / "draft.toml")
    assert (mapping.sources[0].case, mapping.sources[0].step) == ("Счёт", "Операция")
    assert set(mapping.steps) == set(STEPS)
    assert audit(mapping, InvoiceProcess, example(), folder=tmp_path).findings.kinds() == {}
