"""Pictures of processes: nothing stands over anything else, every step is there, and a case is marked."""

import itertools
from xml.etree import ElementTree as ET

import pytest

from salesreg import COMMERCIAL, example
from salesreg.commercial import Sale
from salesreg.documents import ProcessPage
from salesreg.documents.lettering import width, wrapped
from salesreg.documents.picture import picture
from salesreg.documents.svg import svg
from salesreg.rules import Locale

SVG = "{http://www.w3.org/2000/svg}"
PAGES = {
    f"{process.id} {lang} {'example' if regulation else 'open'}": ProcessPage(
        process, COMMERCIAL.texts.locale(lang), regulation, COMMERCIAL.reactions
    )
    for process in COMMERCIAL.processes
    for lang in ("en", "ru")
    for regulation in (None, example())
}


def rectangle(one, margin=0.0):
    return one.x + margin, one.y + margin, one.x + one.w - margin, one.y + one.h - margin


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def stretches(arrow):
    for (ax, ay), (bx, by) in itertools.pairwise(arrow.points):
        yield min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_over_anything_else(name):
    drawn = picture(PAGES[name])
    boxes, labels = [rectangle(box, 1) for box in drawn.boxes], [rectangle(label) for label in drawn.labels]
    for one, other in itertools.combinations(boxes + labels, 2):
        assert not overlap(one, other)
    for line in (line for arrow in drawn.arrows for line in stretches(arrow)):
        assert not any(overlap(line, label) for label in labels)
        assert not any(overlap(line, box) for box in boxes)
    for x1, y1, x2, y2 in boxes + labels:
        assert x1 > 0
        assert y1 > 0
        assert x2 < drawn.width
        assert y2 < drawn.height


@pytest.mark.parametrize("name", PAGES)
def test_arrows_are_straight_and_end_at_a_box(name):
    drawn = picture(PAGES[name])
    boxes = [rectangle(box, -0.1) for box in drawn.boxes]
    for arrow in drawn.arrows:
        for (ax, ay), (bx, by) in itertools.pairwise(arrow.points):
            assert ax == pytest.approx(bx) or ay == pytest.approx(by)
        x, y = arrow.points[-1]
        assert any(x1 <= x <= x2 and y1 <= y <= y2 for x1, y1, x2, y2 in boxes)


@pytest.mark.parametrize("name", PAGES)
def test_text_fits_its_box_and_every_stage_and_step_is_there(name):
    page = PAGES[name]
    drawn = picture(page)
    for box in drawn.boxes:
        assert all(width(line.text, line.size, bold=line.bold) <= box.w - 22 for line in box.lines)
    said = " ".join(" ".join(line.text for line in box.lines) for box in drawn.boxes)
    said += " " + " ".join(" ".join(label.lines) for label in drawn.labels)
    for stage in page.process.stages.values():
        assert page.stage(stage) in said
    for step in page.process.steps.values():
        assert page.step(step) in said


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_is_xml_of_real_text_without_style_script_or_anything_from_elsewhere(name):
    document = svg(picture(PAGES[name]))
    root = ET.fromstring(document)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "rect", "path", "polygon", "circle", "text",
    }  # fmt: skip
    assert "http" not in document.replace("http://www.w3.org/2000/svg", "")
    assert "id=" not in document.replace(' width="', "")
    assert root.find(f"{SVG}title").text == PAGES[name].title


def test_the_terms_are_those_of_the_regulation():
    said = svg(picture(PAGES["sale ru example"]))
    assert "Срок: 1 рабочий день" in said
    assert "sale.price_approval" in svg(picture(PAGES["sale ru open"]))


def test_the_stage_of_a_case_and_the_way_it_went_are_marked():
    page = PAGES["sale en example"]
    plain = picture(page)
    marked = picture(
        page, current="negotiating_price", taken={(None, "prospecting"), ("prospecting", "negotiating_price")}
    )
    assert [box.lines[0].text for box in marked.boxes if box.current] == [page.stage(Sale.negotiating_price)]
    assert [arrow.points for arrow in marked.arrows if arrow.taken] == [arrow.points for arrow in plain.arrows[:2]]
    assert not any(box.current for box in plain.boxes)
    assert svg(marked) != svg(plain)
    assert svg(marked).count('stroke-width="3"') == 2


class Hostile(Locale):
    """Texts that nobody would want in a document."""

    def title(self, key):
        return '<script>alert("1")</script> & \x1b[31m' + "verylongword" * 9


def test_hostile_titles_are_shown_as_they_are_and_broken_where_they_are_too_long():
    texts = Hostile.__new__(Hostile)
    texts.__dict__.update(vars(COMMERCIAL.texts.locale("en")))
    drawn = svg(picture(ProcessPage(Sale, texts)))
    assert ET.fromstring(drawn) is not None
    assert "<script" not in drawn
    assert "\x1b" not in drawn


def test_lines_break_between_words_and_inside_only_what_is_too_long():
    assert wrapped("one two three", 10, 40) == ["one two", "three"]
    assert "".join(wrapped("unbelievable", 10, 30)) == "unbelievable"
    assert all(width(line, 10) <= 30 for line in wrapped("unbelievable", 10, 30))
    assert width("Ж", 1000) == 923
    assert width("abc", 1000, bold=True) > width("abc", 1000)
