"""What the types promise: a wrong case does not type-check, a right one does."""

import re
from pathlib import Path

import pytest
from mypy import api

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ERROR = re.compile(r"(?P<file>[^:]+):(?P<line>\d+)(?::\d+)?: error: ")


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    cache = tmp_path_factory.mktemp("mypy")
    snippets = sorted(map(str, HERE.glob("snippet_*.py")))
    out, err, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache), *snippets])
    assert not err
    return out.splitlines()


@pytest.mark.parametrize("path", sorted(HERE.glob("snippet_*.py")), ids=lambda path: path.stem)
def test_a_snippet_has_exactly_the_errors_that_it_marks(messages, path):
    errors = [error for error in map(ERROR.match, messages) if error and Path(error["file"]).name == path.name]
    lines = path.read_text(encoding="utf-8").splitlines()
    marked = {number for number, line in enumerate(lines, start=1) if line.endswith("  # E")}
    assert {int(error["line"]) for error in errors} == marked
