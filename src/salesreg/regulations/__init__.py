"""The shipped regulation, and how it is printed."""

from salesreg.regulations.commercial_service import EXAMPLE_VALUES, NORMS, PROCESSES, commercial_service, example

__all__ = ["EXAMPLE_VALUES", "NORMS", "PROCESSES", "commercial_service", "example"]
