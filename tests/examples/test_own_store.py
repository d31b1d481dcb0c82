"""A team's own store, notifier and process: its suite, built on the public kit alone (CI runs it on the wheel)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

OWN = Path(__file__).parents[2] / "examples" / "own_store"


@pytest.mark.parametrize("tests", ["test_complaints.py", "test_notifier.py"])
def test_their_suite_passes(tests):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one), "PYTEST_ADDOPTS": ""}
    alone = ["-p", "no:salesreg", "-p", "salesreg.testing.plugin", "-p", "no:cacheprovider"]  # installed or not
    command = [sys.executable, "-m", "pytest", "-q", *alone]
    done = subprocess.run([*command, f"tests/{tests}"], cwd=OWN, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


def test_it_rests_on_nothing_that_is_private():
    for path in OWN.rglob("*.py"):
        assert not re.search(r"salesreg[\w.]*\._|import _", path.read_text("utf-8")), f"{path} imports what is private"
