"""The certification body's own suite, as it runs outside the repository; its machines CI drives, on the wheel."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples" / "certification"
PAGES = sorted(FOLDER.glob("certification/*.py"))


def test_its_suite_passes():
    alone = ["-p", "no:salesreg", "-p", "salesreg.testing.plugin", "-p", "no:cacheprovider", "-W", "error"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one), "PYTEST_ADDOPTS": ""}
    suite = [sys.executable, "-m", "pytest", "-q", *alone, "-k", "not keeps_its_promises and not is_loaded"]
    done = subprocess.run(suite, cwd=FOLDER, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_it_imports_nothing_of_the_shipped_regulation():
    for page in (*PAGES, FOLDER / "main.py"):
        text = page.read_text("utf-8")
        assert "commercial" not in text, page.name


def test_it_is_read_in_ten_minutes():
    lines = [line for page in PAGES for line in page.read_text("utf-8").splitlines()]
    assert len([line for line in lines if line.strip()]) < 450
    assert max(len(page.read_text("utf-8").splitlines()) for page in PAGES) < 110
