"""The `salesreg` command."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from salesreg.errors import MissingExtraError, SalesregError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 for success, 1 for a found problem, 2 for bad input."""
    try:
        from salesreg.cli.app import run

        _say_everything()
        return run(sys.argv[1:] if argv is None else argv)
    except SalesregError as wrong:
        return _complain(wrong)
    except ImportError as missing:
        if (missing.name or "").partition(".")[0] not in {"typer", "rich"}:
            raise
        return _complain(
            MissingExtraError("the salesreg command needs typer and rich: pip install 'salesreg[cli]'", "cli")
        )
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as wrong:
        return _complain(wrong)


def _say_everything() -> None:
    """Write UTF-8 to files and pipes; a terminal that cannot show a letter shows a question mark instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _complain(wrong: SalesregError | OSError) -> int:
    said = "".join(sign if sign.isprintable() else " " for sign in str(wrong))
    print(f"salesreg: {' '.join(said.split())}", file=sys.stderr)
    return 2
