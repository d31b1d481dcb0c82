"""`import salesreg` beside importing attrs, pendulum and python-statemachine, and `salesreg --help` beside a bare one.

Run: ``python bench/import_time.py``. Fresh interpreters take turns; prints the medians and their ratios.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from _timing import verdict

ROUNDS, BUDGET, WHOLE, HELP = 15, 0.2, 1.5, 2.0
BARE = """
import typer
app = typer.Typer()
@app.command()
def one(): "One."
@app.command()
def two(): "Two."
app(["--help"])
"""
PROGRAMS = {
    "nothing": "pass",
    "peers": "import attrs, pendulum, statemachine",
    "salesreg": "import salesreg",
    "engine": "from salesreg import open_engine",
    "bare help": BARE,
    "help": "from salesreg.cli import main; main(['--help'])",
}


def main() -> None:
    """Start interpreters in turn and print what they took beyond an empty one."""
    took: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as compiled:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        for number in range(ROUNDS + 1):
            for name, program in PROGRAMS.items():
                begun = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-c", program],
                    check=True,
                    env={**kept, "PYTHONPYCACHEPREFIX": compiled},
                    stdout=subprocess.DEVNULL,
                )
                if number:  # what is compiled the first time is read from then on
                    took[name].append(time.perf_counter() - begun)
    median = {name: statistics.median(times) - statistics.median(took["nothing"]) for name, times in took.items()}
    ratio = median["salesreg"] / median["peers"]
    print(f"attrs, pendulum, python-statemachine  {median['peers'] * 1e3:7.1f} ms")
    held = f"budget {BUDGET}x: {verdict(ratio <= BUDGET)}"
    print(f"import salesreg                       {median['salesreg'] * 1e3:7.1f} ms  {ratio:5.2f}x ({held})")
    whole = median["engine"] / median["peers"]
    print(
        f"from salesreg import open_engine      {median['engine'] * 1e3:7.1f} ms  {whole:5.2f}x "
        f"(budget {WHOLE}x: {verdict(whole <= WHOLE)})"
    )
    bare, ours = (statistics.median(took[name]) for name in ("bare help", "help"))
    print(f"--help of a bare typer app            {bare * 1e3:7.1f} ms")
    held = f"budget {HELP}x: {verdict(ours / bare <= HELP)}"
    print(f"salesreg --help                       {ours * 1e3:7.1f} ms  {ours / bare:5.2f}x ({held})")


if __name__ == "__main__":
    main()
