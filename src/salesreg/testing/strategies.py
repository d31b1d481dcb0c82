"""Hypothesis strategies for what salesreg works with: valid by construction, and small when they shrink.

``@given`` resolves our types by their annotations too, see `salesreg.testing.annotations`. Entities of one's own that
cannot be drawn attribute by attribute are taught with `teach`.

* business time: `instants`, `terms`, `schedules`, `calendars`;
* people: `employees`, `staff`, `absences`, `delegations`, `directories`, `roles_of`;
* what is given: `payloads` of a step, `regulations` of a process, `flawed_regulations`;
* what comes of it: `cases` of a process in any stage, `histories` with the commands that led there;
* what others recorded: `foreign_logs` of legal histories, with one thing altered or with none.
"""

from salesreg.testing._cases import (
    History,
    Scene,
    Tried,
    Usually,
    cases,
    histories,
    leads_off,
    person,
    possible,
    weight,
)
from salesreg.testing._logs import ALTERATIONS, ForeignLog, Row, foreign_logs
from salesreg.testing._payloads import Flawed, flawed_regulations, payloads, regulations, teach
from salesreg.testing._people import absences, delegations, directories, employees, roles_of, staff
from salesreg.testing._times import calendars, instants, schedules, terms

__all__ = [
    "ALTERATIONS", "Flawed", "ForeignLog", "History", "Row", "Scene", "Tried", "Usually", "absences", "calendars",
    "cases", "delegations", "directories", "employees", "flawed_regulations", "foreign_logs", "histories", "instants",
    "leads_off", "payloads", "person", "possible", "regulations", "roles_of", "schedules", "staff", "teach", "terms",
    "weight",
]  # fmt: skip
