"""Whether pyright refuses the lines of tests/typing marked ``# E``, and no others; pytest asks mypy the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Print every line on which pyright disagrees with its mark."""
    snippets = sorted((ROOT / "tests" / "typing").glob("snippet_*.py"))
    ran = subprocess.run(
        ["pyright", "--pythonpath", sys.executable, "--outputjson", *map(str, snippets)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(ran.stdout)
    refused: dict[tuple[str, int], str] = {}
    for one in report["generalDiagnostics"]:
        if one["severity"] == "error":
            place = (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
            refused.setdefault(place, one["message"].splitlines()[0])
    marked = {
        (path.name, number)
        for path in snippets
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.endswith("  # E")
    }
    for name, number in sorted(marked - refused.keys()):
        print(f"tests/typing/{name}:{number}: pyright lets it pass")
    for name, number in sorted(refused.keys() - marked):
        print(f"tests/typing/{name}:{number}: {refused[name, number]}")
    wrong = len(marked ^ refused.keys())
    print(f"{len(snippets)} snippets, {len(marked)} lines that must not type-check, {wrong} on which pyright disagrees")
    return 1 if wrong or not marked else 0


if __name__ == "__main__":
    sys.exit(main())
