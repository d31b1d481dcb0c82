"""Every example runs: the doctests of the library, and the Python blocks of the README and the docs."""

import os
import re
import tempfile
from collections.abc import Iterator
from doctest import ELLIPSIS
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser


def _enter(namespace: dict[str, Any]) -> None:
    """Let a page write its files into an empty folder."""
    namespace["_home"], namespace["_folder"] = os.getcwd(), tempfile.TemporaryDirectory()
    os.chdir(namespace["_folder"].name)


def _leave(namespace: dict[str, Any]) -> None:
    engine = namespace.get("engine")
    if engine is not None:
        engine.close()
    os.chdir(namespace["_home"])
    namespace["_folder"].cleanup()


def _written(example: Example) -> None:
    """A block of TOML that begins with the name of a file is that file."""
    if named := re.match(r"# (\S+\.toml)\n", example.parsed):
        Path(named[1]).write_text(example.parsed, encoding="utf-8")


pages = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        CodeBlockParser("toml", _written),
        SkipParser(),
    ],
    patterns=["README.md", "docs/**/*.md"],
    setup=_enter,
    teardown=_leave,
    name="pages",
)
docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS)],
    patterns=["src/salesreg/**/*.py", "src/salesreg/*.py"],
    document_types={".py": PythonDocStringDocument},
    name="docstrings",
)
pytest_collect_file = (pages + docstrings).pytest()


@pytest.fixture(autouse=True, scope="session")
def _plain_terminal() -> Iterator[None]:
    """Keep what the command prints the same on every machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FORCE_COLOR", "PY_COLORS", "TERMINAL_WIDTH", "TTY_COMPATIBLE"):
            patch.delenv(name, raising=False)
        patch.setenv("COLUMNS", "80")
        yield
