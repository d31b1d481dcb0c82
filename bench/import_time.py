"""`import salesreg` beside importing attrs, pendulum and python-statemachine, each in fresh interpreters taking turns.

Run: ``python bench/import_time.py``. Prints the medians and their ratio.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from _timing import verdict

ROUNDS, BUDGET, WHOLE = 15, 0.2, 1.5
PROGRAMS = {
    "nothing": "pass",
    "peers": "import attrs, pendulum, statemachine",
    "salesreg": "import salesreg",
    "engine": "from salesreg import open_engine",
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
                    [sys.executable, "-c", program], check=True, env={**kept, "PYTHONPYCACHEPREFIX": compiled}
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


if __name__ == "__main__":
    main()
