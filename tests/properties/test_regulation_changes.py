"""A regulation that is written and read is the same, and one change is found where it was made and nowhere else."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from salesreg.calendars.files import toml_text
from salesreg.commercial import COMMERCIAL, commercial_service, example
from salesreg.errors import SalesregError
from salesreg.rules import Regulation

Path = tuple[str | int, ...]
NEW = {
    "term": st.sampled_from(["1 working hour", "3 business days", "2 calendar days", "45 working minutes"]),
    "strength": st.sampled_from(["recommendation", "definition", "rule"]),
    "timezone": st.sampled_from(["Asia/Yekaterinburg", "Asia/Vladivostok", "Europe/Berlin"]),
}
"""Values for what not every text may stand for, by the name of the attribute."""


@cache
def written(name: str) -> dict[str, Any]:
    return {"example": example, "commercial_service": commercial_service}[name]().to_dict()


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path


@cache
def places(name: str) -> list[Path]:
    return [path for path in leaves(written(name)) if path[-1] != "origin"]


def other(value: Any, name: str | int) -> st.SearchStrategy[Any]:
    """Another value of the same kind."""
    if name in NEW:
        return NEW[str(name)]
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.integers(1, 500)
    if isinstance(value, str) and re.fullmatch(r"[0-9]+ [a-z ]+", value):
        return NEW["term"]
    if isinstance(value, str) and re.fullmatch(r"[0-9.]+", value):
        return st.decimals("0.01", "90", places=2).map(str)
    return st.text(st.characters(codec="utf-8", categories=["L", "Nd", "P", "Zs"]), min_size=1, max_size=30)


def subject(path: Path) -> str:
    """What `diff` calls the thing that a value belongs to."""
    section, *inside = path
    if section in ("norms", "settings"):
        return str(inside[0])
    return f"responsible:{inside[0]}" if section == "responsibilities" else str(section)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Regulation, Regulation, str]:
    """A regulation, the same with one value changed or left out, and whose value that is."""
    name = draw(st.sampled_from(["example", "commercial_service"]))
    path, whole = draw(st.sampled_from(places(name))), copy.deepcopy(written(name))
    inside: Any = whole
    for key in path[:-1]:
        inside = inside[key]
    if draw(st.booleans()):
        inside[path[-1]] = draw(other(inside[path[-1]], path[-1]))
    else:
        del inside[path[-1]]
    try:
        return Regulation.from_dict(written(name)), Regulation.from_dict(whole), subject(path)
    except SalesregError:
        assume(False)
        raise


@given(changes())
def test_one_change_is_found_where_it_was_made_and_nowhere_else(change: tuple[Regulation, Regulation, str]) -> None:
    before, after, where = change
    found = before.diff(after)
    assert (found == ()) == (before.content_hash == after.content_hash)
    assert {one.subject for one in found} <= {where}
    back = after.diff(before)
    assert [(one.subject, one.before, one.after) for one in back] == [(o.subject, o.after, o.before) for o in found]


@given(changes())
def test_what_is_written_to_a_file_reads_back_equal(change: tuple[Regulation, Regulation, str]) -> None:
    _, changed, _ = change
    again = Regulation.from_dict(changed.to_dict())
    assert (again.content_hash, changed.diff(again)) == (changed.content_hash, ())


def test_every_value_of_the_shipped_regulations_can_be_changed() -> None:
    """So that the changes above reach every section."""
    for name in ("example", "commercial_service"):
        assert {path[0] for path in places(name)} >= {"norms", "responsibilities", "title", "version"}
    assert {path[0] for path in places("example")} >= {"schedule", "settings"}


def test_a_file_of_it_reads_back_equal(tmp_path: Any) -> None:
    file = tmp_path / "whole.toml"
    for regulation in (example(), commercial_service()):
        file.write_text(toml_text(regulation.to_dict()), encoding="utf-8")
        again = COMMERCIAL.load(file)
        assert (again.content_hash, regulation.diff(again)) == (regulation.content_hash, ())
