"""A rulebook and a regulation as a page."""

from salesreg.documents.bpmn import bpmn
from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.picture import Picture, picture
from salesreg.documents.svg import svg

__all__ = ["Picture", "ProcessPage", "Sheet", "bpmn", "picture", "svg"]
