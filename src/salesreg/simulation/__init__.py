"""What if: how many people it takes, from a log and the rules that it is held to."""

from salesreg.errors import need

need("numpy", extra="audit", why="a simulation needs NumPy and PyArrow")
need("pyarrow", extra="audit", why="a simulation needs NumPy and PyArrow")

from salesreg.simulation.queue import erlang_c, in_time, waits  # noqa: E402 - what it needs is asked for first
from salesreg.simulation.staffing import Demand, Level, Staffing, demand, staffing  # noqa: E402

__all__ = ["Demand", "Level", "Staffing", "demand", "erlang_c", "in_time", "staffing", "waits"]
