"""A rulebook and a regulation as a page."""

from salesreg.documents.bpmn import bpmn
from salesreg.documents.page import ProcessPage, Sheet

__all__ = ["ProcessPage", "Sheet", "bpmn"]
