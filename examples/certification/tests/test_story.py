"""What the README shows is what is printed."""

import runpy
from pathlib import Path

from salesreg.cli import main as salesreg

FOLDER = Path(__file__).parents[1]
README = (FOLDER / "README.md").read_text("utf-8")


def test_the_story_is_told_as_the_readme_tells_it(tmp_path, capsys):
    runpy.run_path(str(FOLDER / "main.py"))["story"](f"sqlite:///{tmp_path}/body.db")
    assert f"```text\n{capsys.readouterr().out}```" in README


def test_the_audit_finds_what_the_readme_says(monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    assert salesreg(["audit", "run", "log/mapping.toml"]) == 1
    assert f"```text\n{capsys.readouterr().out}```" in README


def test_the_code_that_the_readme_shows_stands_in_the_pages():
    shown = README.split("```python\n")[1].split("```")[0].strip().split("\n\n\n")
    pages = "\n".join(page.read_text("utf-8") for page in sorted((FOLDER / "certification").glob("*.py")))
    for one in shown:
        assert all(line.strip() in pages for line in one.splitlines()), one


def test_what_only_a_sales_department_has_is_refused_by_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    runpy.run_path("main.py")["story"](f"sqlite:///{tmp_path}/body.db")
    for command in (["report"], ["compensation", "explain", "A-17"]):
        assert salesreg([*command, "--db", str(tmp_path / "body.db")]) == 2
        assert "the rulebook 'certification' does not extend that" in capsys.readouterr().err
