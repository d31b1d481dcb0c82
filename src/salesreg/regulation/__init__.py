"""What a rule is: norms, the parameters they leave open, and the regulation that gives their values."""

from salesreg.regulation.norms import UNSET, Norm, Parameter, Strength, Unset
from salesreg.regulation.regulation import Change, Origin, Regulation, Setting

__all__ = ["UNSET", "Change", "Norm", "Origin", "Parameter", "Regulation", "Setting", "Strength", "Unset"]
