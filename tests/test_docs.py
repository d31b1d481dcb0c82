"""The docs: what is generated is current, and what is linked is there."""

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from salesreg.cli import main

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#]*)#?(?P<heading>[^)]*)\)")


def _generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()
PRESCRIBED = dict(GENERATOR.pages())


@pytest.mark.parametrize("path", PRESCRIBED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_generated_page_is_current(path):
    assert path.read_text(encoding="utf-8") == PRESCRIBED[path], "run: python docs/generate.py"


def test_a_generated_picture_is_current():
    for path, picture in GENERATOR.pictures():
        assert _words(path.read_text(encoding="utf-8")) == _words(picture), "run: python docs/generate.py"


def test_no_generated_page_is_left_behind():
    kept = {
        path
        for path in (ROOT / "docs" / "reference").rglob("*.md")
        if GENERATOR.NOTE in path.read_text(encoding="utf-8")
    }
    assert kept == set(PRESCRIBED)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = LINK.finditer(CODE.sub("", page.read_text(encoding="utf-8")))
    targets = [(page.parent / link["path"] if link["path"] else page, link["heading"]) for link in links]
    assert [target for target, _ in targets if not target.exists()] == []
    assert [(target, heading) for target, heading in targets if heading and heading not in _headings(target)] == []


def test_every_test_that_the_guarantees_name_is_there_and_every_promise_names_one():
    page = (ROOT / "docs" / "explanation" / "guarantees.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "tests/" in line]
    promises = [line for line in page.split("## For hours")[0].splitlines() if line.startswith("| ")]
    assert len(rows) == len([line for line in promises if not line.startswith("| promise ")])
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) == page.count("`tests/")
    for path, test in named:
        assert re.search(rf"^(async )?def {test or 'test_'}", (ROOT / path).read_text("utf-8"), re.MULTILINE), (
            path,
            test,
        )


def test_the_russian_readme_shows_what_the_command_prints(capsys):
    asked = ["deadline", "2 рабочих дня", "--from", "2024-04-26T10:00+03:00", "--explain", "--lang", "ru"]
    assert main(asked) == 0
    assert capsys.readouterr().out in (ROOT / "README.ru.md").read_text("utf-8")


def test_the_picture_of_the_house_shows_its_words_wherever_it_is_opened():
    drawn = {element.tag.rpartition("}")[2] for element in ET.parse(ROOT / "docs" / "pictures" / "house.svg").iter()}
    assert "text" in drawn
    assert "foreignObject" not in drawn, "HTML inside a picture is shown by browsers only"


def _headings(page):
    """The anchors of a page's headings, as GitHub makes them."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    lines = [line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", line).replace(" ", "-") for line in lines}


def _words(svg):
    # Another release of the drawing program may place a box a little differently; what is said must be the same.
    elements = ET.fromstring(svg).iter()
    return sorted(element.text for element in elements if element.text and "style" not in element.tag)
