"""A document as one self-contained HTML page: light and dark, on a screen, a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from salesreg.documents.case_file import CaseFile
from salesreg.documents.page import Sheet
from salesreg.documents.person import PersonPage
from salesreg.documents.regulation import Reader, RegulationDocument
from salesreg.documents.sections import Block, Figure, Items, Section, Year
from salesreg.rules import Locale


def regulation_html(document: RegulationDocument, reader: Reader | None = None) -> str:
    """The document as HTML that needs nothing from elsewhere; for one reader, only what they have to acknowledge."""
    sections = document.sections() if reader is None else document.for_reader(reader)
    return page_html(document.title, document.edition, sections, document.locale)


def case_html(document: CaseFile) -> str:
    """A case as evidence, as HTML that needs nothing from elsewhere."""
    return page_html(document.title, document.edition, document.sections(), document.locale)


def person_html(document: PersonPage) -> str:
    """A page of one person, as HTML that needs nothing from elsewhere."""
    return page_html(document.title, document.edition, document.sections(), document.locale)


def page_html(title: str, edition: str, sections: Iterable[Section], locale: Locale) -> str:
    """Sections as one page that needs nothing from elsewhere."""
    sections, style = tuple(sections), Path(__file__).with_name("document.css").read_text("utf-8")
    contents = "".join(f'<li><a href="#{_safe(one.id)}">{_safe(one.title)}</a>{_inner(one)}</li>' for one in sections)
    heading = _safe(locale.say("doc.contents", "Contents"))
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{_safe(locale.lang)}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_safe(title)}</title>",
            f"<style>\n{style}</style></head><body>",
            f'<header><h1>{_safe(title)}</h1><p class="edition">{_safe(edition)}</p></header>',
            *([f'<nav aria-label="{heading}"><h2>{heading}</h2><ol>{contents}</ol></nav>'] * (len(sections) > 2)),
            "<main>",
            *(line for one in sections for line in _section(one, 2)),
            "</main></body></html>",
            "",
        ]
    )


def fragment_html(sections: Iterable[Section], *, level: int = 2) -> str:
    """Sections as a part of somebody else's page, their titles from a level of headings on; the style is the page's."""
    return "\n".join(line for one in sections for line in _section(one, level))


def _inner(section: Section) -> str:
    if not section.parts:
        return ""
    parts = "".join(f'<li><a href="#{_safe(one.id)}">{_safe(one.title)}</a></li>' for one in section.parts)
    return f"<ol>{parts}</ol>"


def _section(section: Section, level: int) -> Iterator[str]:
    kind = "process" if section.id.startswith("process-") else section.id.partition("-")[0]
    yield f'<section id="{_safe(section.id)}" class="{_safe(kind)}"><h{level}>{_safe(section.title)}</h{level}>'
    for block in section.blocks:
        yield _block(block, level + 1)
    for part in section.parts:
        yield from _section(part, level + 1)
    yield "</section>"


def _block(block: Block, level: int) -> str:
    if isinstance(block, Items):
        box = '<input type="checkbox"> ' if block.boxes else ""
        items = "".join(
            f"<li>{f'<label>{box}' if box else ''}{_safe(one)}{'</label>' if box else ''}</li>" for one in block.items
        )
        return f"<ul{' class=boxes' if block.boxes else ''}>{items}</ul>"
    if isinstance(block, Sheet):
        return _sheet(block, level)
    if isinstance(block, Figure):
        return f"<figure>{block.svg}<figcaption>{_safe(block.caption)}</figcaption></figure>"
    if isinstance(block, Year):
        return f'<p>{_safe(block.text)}</p><div class="year">{block.html}</div>'
    return f"<p>{_safe(block)}</p>"


def _sheet(sheet: Sheet, level: int) -> str:
    """A table; on a phone each row is a card, in which a cell says the name of its column."""
    title = f"<h{level}>{_safe(sheet.title)}</h{level}>" if sheet.title else ""
    head = "".join(f'<th scope="col">{_safe(one)}</th>' for one in sheet.head)
    rows = "".join(f"<tr>{''.join(_cells(sheet.head, row))}</tr>" for row in sheet.rows)
    return (
        f'{title}<table class="columns-{len(sheet.head)}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _cells(head: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    for name, cell in zip(head, row, strict=True):
        yield f'<td{" class=none" if cell == "—" else ""} data-name="{_safe(name)}">{_safe(cell)}</td>'


def _safe(text: str) -> str:
    return escape("".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text))
