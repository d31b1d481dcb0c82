"""Audit of a log that another system wrote: what in it broke the regulation, by how much, and what cannot be known."""

from salesreg.errors import need

need("pyarrow", extra="audit", why="an audit needs NumPy and PyArrow")
need("numpy", extra="audit", why="an audit needs NumPy and PyArrow")

from salesreg.audit.audit import Audit, audit, audit_table  # noqa: E402 - what it needs is asked for first
from salesreg.audit.bound import Bound, bind  # noqa: E402
from salesreg.audit.discovery import Practice  # noqa: E402
from salesreg.audit.findings import Finding, Findings  # noqa: E402
from salesreg.audit.log import Log  # noqa: E402
from salesreg.audit.mapping import LogMapping  # noqa: E402
from salesreg.audit.rates import Rate, added, wilson  # noqa: E402
from salesreg.audit.what_if import Change, compared  # noqa: E402

__all__ = [
    "Audit",
    "Bound",
    "Change",
    "Finding",
    "Findings",
    "Log",
    "LogMapping",
    "Practice",
    "Rate",
    "added",
    "audit",
    "audit_table",
    "bind",
    "compared",
    "wilson",
]
