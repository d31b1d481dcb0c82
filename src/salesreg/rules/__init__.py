"""What a rule is: roles, norms, the parameters they leave open, and the regulation that gives their values."""

from salesreg.rules.chapters import Chapter
from salesreg.rules.instants import Instant, to_utc
from salesreg.rules.lint import LintFinding, Severity
from salesreg.rules.norms import Norm, NormText, Strength, open_norm
from salesreg.rules.parameters import UNSET, Dated, Parameter, Unset
from salesreg.rules.people import SYSTEM_ACTOR, Absence, Actor, Delegation, Employee
from salesreg.rules.regulation import PAGE_LIMIT, Change, Origin, Regulation, Setting
from salesreg.rules.responsibilities import Letter, Responsibility, ResponsibilityMatrix
from salesreg.rules.roles import SYSTEM, Department, Role, role_ids
from salesreg.rules.texts import Locale, Texts

__all__ = [
    "PAGE_LIMIT",
    "SYSTEM",
    "SYSTEM_ACTOR",
    "UNSET",
    "Absence",
    "Actor",
    "Change",
    "Chapter",
    "Dated",
    "Delegation",
    "Department",
    "Employee",
    "Instant",
    "Letter",
    "LintFinding",
    "Locale",
    "Norm",
    "NormText",
    "Origin",
    "Parameter",
    "Regulation",
    "Responsibility",
    "ResponsibilityMatrix",
    "Role",
    "Setting",
    "Severity",
    "Strength",
    "Texts",
    "Unset",
    "open_norm",
    "role_ids",
    "to_utc",
]
