"""`salesreg process`: the processes as tables, pages, drawings and schemas, and what they guarantee."""

import json
from xml.etree import ElementTree as ET

import pytest

from salesreg.cli import main
from salesreg.commercial import COMMERCIAL, Sale, example
from salesreg.documents import ProcessPage, bpmn


def page(lang="en"):
    return ProcessPage(Sale, COMMERCIAL.texts.locale(lang), example(), COMMERCIAL.reactions)


def printed(capsys, *argv):
    assert main(["process", *argv]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def complaint(capsys, *argv):
    assert main(["process", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("salesreg: ")
    assert err.count("\n") == 1
    return err


def test_the_list_names_every_process(capsys):
    lines = printed(capsys, "list").splitlines()
    assert [line.split()[0] for line in lines] == ["process", *(process.id for process in COMMERCIAL.processes)]
    russian = printed(capsys, "list", "--lang", "ru")
    assert russian.startswith("процесс ")
    assert "Продажа" in russian


def test_the_list_as_json(capsys):
    sale = next(one for one in json.loads(printed(capsys, "list", "--json")) if one["id"] == "sale")
    assert sale["stages"] == list(Sale.stages)
    assert sale["steps"] == list(Sale.steps)


def test_json_has_the_payload_of_each_step(capsys):
    data = json.loads(printed(capsys, "show", "sale", "--json"))
    assert set(data["payloads"]) == set(Sale.steps)
    assert data["payloads"]["reject_quote"]["type"] == "object"


def test_the_schema_of_each_step_says_what_its_payload_demands(capsys):
    schemas = json.loads(printed(capsys, "show", "sale", "--format", "schema"))
    assert schemas == json.loads(json.dumps({step: Sale.payload_schema(step) for step in Sale.steps}))
    assert schemas["reject_quote"]["required"] == ["reason"]


def test_markdown_mermaid_and_bpmn_are_what_the_library_gives(capsys):
    assert printed(capsys, "show", "sale", "--format", "md", "--lang", "ru") == page("ru").markdown()
    assert printed(capsys, "show", "sale", "--format", "mermaid") == page().mermaid()
    assert printed(capsys, "show", "sale", "--format", "bpmn") == bpmn(page())


def test_svg_is_a_picture_with_the_titles_in_it(capsys):
    root = ET.fromstring(printed(capsys, "show", "sale", "--format", "svg", "--lang", "ru"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Подготовка договора" in "".join(root.itertext())


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("command", ["show", "guarantees"])
def test_a_table_breaks_no_word_and_no_line(capsys, monkeypatch, command, width, lang):
    monkeypatch.setenv("COLUMNS", str(width))
    text = printed(capsys, command, "sale", "--lang", lang)
    assert "…" not in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= width
    words = set(text.split())
    for sheet in page(lang).sheets() if command == "show" else page(lang).guarantees():
        for row in sheet.rows:
            assert set(" ".join(row).split()) <= words


def test_guarantees_as_json(capsys):
    data = json.loads(printed(capsys, "guarantees", "sale", "--json"))
    assert data["process"] == "sale"
    assert "approve_quote" in data["behind"]["opening"]
    assert list(data["alone"]) == ["closed", "lost", "cancelled"]
    assert data["alone"]["closed"] == []


def test_a_regulation_of_your_own_gives_the_terms(capsys, tmp_path):
    file = tmp_path / "regulation.toml"
    file.write_text('extends = "example"\n[settings]\n"sale.price_approval" = "7 business days"\n', "utf-8")
    assert "7 business days" in printed(capsys, "show", "sale", "--format", "md", "--regulation", str(file))


def test_what_nothing_reads_is_named_with_its_line(capsys, tmp_path):
    file = tmp_path / "regulation.toml"
    file.write_text('extends = "example"\n[settings]\n"sale.price_aproval" = "7 business days"\n', "utf-8")
    said = complaint(capsys, "show", "sale", "--regulation", str(file))
    assert "regulation.toml:3: " in said
    assert "did you mean 'sale.price_approval'" in said


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["show", "sael"], "sael"),
        (["guarantees", "sael"], "sael"),
        (["show"], "Missing argument 'PROCESS'"),
        (["show", "sale", "--format", "gif"], "'gif' is not one of 'table', 'md', 'mermaid', 'svg', 'bpmn', 'schema'"),
        (["show", "sale", "--regulation", "missing.toml"], "missing.toml"),
        (["show", "sale", "--lang", "de"], "no texts in 'de': there are en, ru"),
    ],
)
def test_bad_input_ends_with_two_and_one_line(capsys, argv, said):
    assert said in complaint(capsys, *argv)
