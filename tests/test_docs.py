"""The docs: what is generated is current, and what is linked is there."""

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#]+)[^)]*\)")


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
    targets = [page.parent / link["path"] for link in LINK.finditer(page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not target.exists()] == []


def _words(svg):
    # Another release of the drawing program may place a box a little differently; what is said must be the same.
    elements = ET.fromstring(svg).iter()
    return sorted(element.text for element in elements if element.text and "style" not in element.tag)
