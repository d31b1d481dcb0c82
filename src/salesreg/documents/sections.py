"""What documents are made of: titled sections of sentences, lists, tables and pictures, and their Markdown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from salesreg.documents.page import Sheet, plain
from salesreg.rules import Locale


@attrs.frozen
class Items:
    """A list, perhaps of boxes to tick."""

    items: tuple[str, ...]
    boxes: bool = False


@attrs.frozen
class Figure:
    """A picture with what it shows."""

    svg: str
    caption: str


@attrs.frozen
class Year:
    """A year as a calendar, as HTML; in plain text its norm is enough."""

    html: str
    text: str


Block = str | Items | Sheet | Figure | Year


@attrs.frozen
class Section:
    """A titled part of the document, with its parts."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()


def local_time(instant: dt.datetime | None, zone: dt.tzinfo, locale: Locale) -> str:
    """An instant in a zone, to the second; a dash for none."""
    if instant is None:
        return "—"
    local = instant.astimezone(zone)
    day = f"{local:%d.%m.%Y}" if locale.lang == "ru" else f"{local:%Y-%m-%d}"
    return f"{day} {local:%H:%M:%S}"


def written(title: str, edition: str, sections: Iterable[Section]) -> str:
    """A document as Markdown; pictures are left to the HTML."""
    lines = [f"# {plain(title)}", plain(edition)]
    for section in sections:
        lines += _markdown(section, 2)
    return "\n\n".join(lines) + "\n"


def _markdown(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {plain(section.title)}"
    for block in section.blocks:
        if isinstance(block, Items):
            yield "\n".join(f"- {'[ ] ' if block.boxes else ''}{plain(one)}" for one in block.items)
        elif isinstance(block, Sheet):
            yield block.markdown(level + 1)
        elif isinstance(block, Figure):
            continue
        else:
            yield plain(block.text if isinstance(block, Year) else block)
    for part in section.parts:
        yield from _markdown(part, level + 1)
