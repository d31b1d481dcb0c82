"""How what fails is tried again: pauses that grow over days, a last try, and one readable line about what was wrong."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Final

from salesreg.errors import SalesregError
from salesreg.ports import Claim, Dead, Retry

BACK_OFF: Final = dt.timedelta(minutes=1)
LONGEST_BACK_OFF: Final = dt.timedelta(hours=6)
MAX_TRIES: Final = 36
"""With these pauses the last try comes after a week."""
A_WEEK: Final = dt.timedelta(days=7)

_LONGEST_LINE: Final = 500


def pause(of: str, failures: int) -> dt.timedelta:
    """How long to wait after so many failures: twice as long each time, up to six hours.

    A fifth of it differs from one piece of work to the next, so that what failed together comes back one by one.
    """
    share = zlib.crc32(f"{of}:{failures}".encode(errors="replace")) / 2**32
    longest: dt.timedelta = min(BACK_OFF * (1 << min(failures, 20)), LONGEST_BACK_OFF)
    return longest * (1 + share / 4)


def failed(claim: Claim, wrong: object, now: dt.datetime, *, not_before: dt.timedelta = BACK_OFF) -> Retry | Dead:
    """What becomes of work that failed: another try after a pause, or none after the last."""
    reason, tries = line(wrong), claim.attempts + 1
    if tries >= MAX_TRIES:
        return Dead(f"given up after {tries} tries: {reason}")
    return Retry(now + max(pause(claim.id, claim.attempts), not_before), reason)


def given_up(claim: Claim, now: dt.datetime) -> Dead | None:
    """What becomes of work that has been due for a week, and each time ended whoever took it: nobody takes it again."""
    if claim.attempts < MAX_TRIES or now - claim.wake_at < A_WEEK:
        return None
    return Dead(f"given up after {claim.attempts} tries: nobody who took it lived to say what came of it")


def line(wrong: object) -> str:
    """What was wrong in a line that any store can keep: our own errors say it, others are named."""
    try:
        text = str(wrong)
        if isinstance(wrong, BaseException) and not isinstance(wrong, SalesregError):
            text = f"{type(wrong).__name__}: {text}"
    except Exception:  # noqa: BLE001 - a stranger's error may fail to say what it is
        text = f"{type(wrong).__name__}, which cannot say what is wrong"
    plain = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
    return " ".join(plain[:_LONGEST_LINE].split())
