"""A rulebook, a regulation and a case as people read them."""

from salesreg.documents.bpmn import bpmn
from salesreg.documents.case_file import CaseFile
from salesreg.documents.html import case_html, regulation_html
from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.picture import Picture, picture
from salesreg.documents.regulation import Reader, RegulationDocument
from salesreg.documents.svg import svg

__all__ = [
    "CaseFile",
    "Picture",
    "ProcessPage",
    "Reader",
    "RegulationDocument",
    "Sheet",
    "bpmn",
    "case_html",
    "picture",
    "regulation_html",
    "svg",
]
