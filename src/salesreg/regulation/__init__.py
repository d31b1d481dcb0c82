"""What a rule is: norms, the parameters they leave open, and the regulation that gives their values."""

from salesreg.regulation.lint import LintFinding, Severity
from salesreg.regulation.norms import UNSET, Norm, Parameter, Strength, Unset
from salesreg.regulation.regulation import PAGE_LIMIT, Change, Origin, Regulation, Setting

__all__ = [
    "PAGE_LIMIT",
    "UNSET",
    "Change",
    "LintFinding",
    "Norm",
    "Origin",
    "Parameter",
    "Regulation",
    "Setting",
    "Severity",
    "Strength",
    "Unset",
]
