"""The pure decision: who may, what follows, what is owed; and the case that its events lead to."""

from salesreg.decide.decide import Availability, available, decide
from salesreg.decide.ladder import Rung, ladder
from salesreg.decide.outcome import Decision
from salesreg.decide.replay import replay

__all__ = ["Availability", "Decision", "Rung", "available", "decide", "ladder", "replay"]
