"""Whether every public type is stated, by pyright's ``--verifytypes``; what the pages of a process declare is left out.

``draft = Stage("Draft")`` in the body of a process, and ``client = Contact[Deal](...)`` beside it, has the type it is
called with. To write it twice on every line would make the page harder to read than the regulation. So have the methods
of the engine for asyncio, which are those of the engine, types and all. Everything else that is public is annotated.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

DECLARED = re.compile(r"salesreg\.commercial\.processes\.[a-z]\w*\.[A-Z]\w*\.\w+")
BESIDE = re.compile(r"salesreg\.commercial\.processes\.[a-z]\w*\.[a-z]\w*")
AWAITED = re.compile(r"salesreg(\.engine(\.aio)?)?\.AsyncProcessEngine(\.\w+)?")
PAGE = re.compile(r"salesreg\.commercial(\.processes\.[a-z]\w*)?\.[A-Z]\w*")


def _on_a_page(symbol: dict[str, Any]) -> bool:
    name = symbol["name"]
    return bool(
        DECLARED.fullmatch(name)
        or AWAITED.fullmatch(name)
        or BESIDE.fullmatch(name)
        or (PAGE.fullmatch(name) and not symbol["diagnostics"])
    )


def main() -> int:
    """Print what is not stated, one line each."""
    ran = subprocess.run(
        ["pyright", "--ignoreexternal", "--verifytypes", "salesreg", "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(ran.stdout)["typeCompleteness"]
    symbols = [one for one in report["symbols"] if one["isExported"]]
    if not report.get("pyTypedPath") or not symbols:
        print(f"pyright did not find salesreg with its py.typed: {ran.stdout[:500]}{ran.stderr[:500]}")
        return 1
    loose = [one for one in symbols if not one["isTypeKnown"] or one["isTypeAmbiguous"]]
    wrong = [one for one in loose if not _on_a_page(one)]
    for one in wrong:
        print(one["name"], *(line["message"].splitlines()[0] for line in one["diagnostics"]), sep=": ")
    print(
        f"{len(symbols)} public symbols, {len(loose) - len(wrong)} declared on process pages, {len(wrong)} not stated"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
