"""The sentences in which every store refuses a batch."""

from __future__ import annotations

from salesreg.errors import KeyTaken, VersionConflict
from salesreg.processes import CaseId

__all__ = ["key_taken", "version_conflict"]


def version_conflict(case_id: CaseId, expected: int) -> VersionConflict:
    """A case is not at the version that a batch rests on; 0 means that it was not to exist."""
    if expected:
        text = f"case {case_id!r} is no longer at version {expected}: somebody else wrote it first, so load it again"
    else:
        text = f"a case {case_id!r} exists already"
    return VersionConflict(text, case_id)


def key_taken(key: str, holder: CaseId) -> KeyTaken:
    """Another case holds a unique key."""
    return KeyTaken(f"the unique key {key!r} is held by case {holder!r}", key, holder)
