"""A rulebook and a regulation as a page."""

from salesreg.documents.bpmn import bpmn
from salesreg.documents.html import regulation_html
from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.picture import Picture, picture
from salesreg.documents.regulation import Reader, RegulationDocument
from salesreg.documents.svg import svg

__all__ = [
    "Picture",
    "ProcessPage",
    "Reader",
    "RegulationDocument",
    "Sheet",
    "bpmn",
    "picture",
    "regulation_html",
    "svg",
]
