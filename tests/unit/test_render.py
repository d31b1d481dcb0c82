"""The regulation as people read it: tables, Markdown and the Mermaid diagram."""

import re
from xml.etree import ElementTree as ET

import pytest

from salesreg.processes.sale import Sale
from salesreg.regulations import PROCESSES, bpmn, commercial_service, example, render


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_the_diagram_holds_every_stage_and_every_step(process, lang):
    diagram = render.mermaid(process, lang)
    assert all(stage.text(lang) in diagram for stage in process.stages.values())
    assert all(step.text(lang) in diagram for step in process.steps.values())


def test_a_step_possible_everywhere_leaves_from_one_box_that_names_the_exceptions():
    assert (
        "every_open_stage --> lost: Record the client's refusal (not in: Contract in force, taking orders)"
        in render.mermaid(Sale)
    )


def test_a_step_that_stays_is_written_inside_its_stage():
    box = next(line for line in render.mermaid(Sale).splitlines() if line.endswith(" as preparing_contract"))
    assert "<br/>↻ Draft the contract<br/>" in box


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_a_page_has_a_table_of_deadlines_only_where_there_are_any(process, lang):
    titles = [table.title for table in render.tables(process, lang, example())]
    assert len(titles) == (3 if process.slas else 2)


LATIN_IN_RUSSIAN = {"IT"}
"""What Russian business writes in Latin letters."""


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_what_is_said_in_russian_is_all_russian(process):
    cells = [process.ru, *render.participants(process, "ru", example())]
    for table in render.tables(process, "ru", example()):
        cells += [table.title, *table.head, *(cell for row in table.rows for cell in row)]
    drawing = ET.fromstring(bpmn.bpmn(process, "ru", example()))
    cells += [text for element in drawing.iter() for text in (element.get("name"), _documentation(element)) if text]
    latin = {cell: _latin_words(cell) - LATIN_IN_RUSSIAN for cell in cells}
    assert {cell: words for cell, words in latin.items() if words} == {}


def _documentation(element):
    return element.text if element.tag.endswith("documentation") else None


def _latin_words(text):
    """Words in Latin letters; the numbers of clauses are none."""
    return {word for word in re.findall(r"[A-Za-z]\w*", text) if not re.fullmatch(r"R\d+", word)}


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.id)
def test_a_reason_for_having_no_term_is_said_in_both_languages(process):
    for stage in process.stages.values():
        if stage.no_term is not None:
            english, russian = render.stage_note(stage, "en", example()), render.stage_note(stage, "ru", example())
            assert f"no term: {stage.no_term}." in english
            assert f"без срока: {stage.no_term_ru}." in russian
            assert stage.no_term_ru != stage.no_term


def test_signs_that_mean_something_to_mermaid_are_escaped():
    assert render._plain('a "b"; <c> #1') == "a #34;b#34;#59; #60;c#62; #35;1"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_page_names_the_participants_and_shows_the_tables(lang):
    page = render.markdown(Sale, lang, example())
    title, owner = (Sale.ru, "сотрудник финансового департамента") if lang == "ru" else (Sale.title, "finance officer")
    assert page.startswith(f"# {title}\n")
    assert f"- {owner}\n" in page
    assert page.count("\n## ") == 5
    assert "```mermaid\n" in page


def test_a_page_has_a_row_for_each_step_with_its_clause():
    rows = [line for line in render.markdown(Sale).splitlines() if line.startswith(f"| {Sale.approve_quote.title} ")]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].split("|")[1:-1]]
    assert cells[1] == Sale.awaiting_price_approval.title
    assert Sale.preparing_contract.title in cells[2].split(", ")
    assert "not the one who submitted the quote" in cells[3]
    assert cells[5] == "R10"


def test_what_the_regulation_leaves_open_is_said_so():
    assert re.search(
        r"\| Opening the deal \| left open \(sale\.deal_opener\) \|", render.markdown(Sale, "en", commercial_service())
    )
    assert "‹sale.deal_opener›" in render.markdown(Sale)


def test_a_regulation_gives_the_values():
    page = render.markdown(Sale, "ru", example())
    assert "| Открытие сделки | сотрудник IT-отдела | 2 рабочих дня | R13 |" in page
