"""Which version of the regulation was in force at an instant (R84)."""

from __future__ import annotations

import datetime as dt

from salesreg.commercial.domain.versions import RegulationVersion
from salesreg.commercial.processes.regulation_version import RegulationVersionProcess
from salesreg.engine import ProcessEngine
from salesreg.rules.instants import to_utc


def version_in_force(engine: ProcessEngine, at: dt.datetime | None = None) -> RegulationVersion | None:
    """The version that was in force at an aware instant, by default now; None where there was none.

    Its `norms` are the text of that day, and `enacts` the content hash of the `Regulation` run with it.
    """
    when, after = engine.now() if at is None else to_utc(at), None
    while page := engine.cases(RegulationVersionProcess, after=after):
        for case in page:
            if case.data.in_force_at(when):
                return case.data
        after = page[-1]
    return None
