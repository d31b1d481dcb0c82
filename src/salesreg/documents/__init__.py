"""A rulebook, a regulation, a case and what is on record of a person, as people read them."""

from salesreg.documents.bpmn import bpmn
from salesreg.documents.case_file import CaseFile
from salesreg.documents.html import case_html, person_html, regulation_html
from salesreg.documents.page import ProcessPage, Sheet
from salesreg.documents.person import ControlSheet, HandOverSheet, PersonFile, PersonPage
from salesreg.documents.picture import Picture, picture
from salesreg.documents.regulation import Reader, RegulationDocument
from salesreg.documents.svg import svg

__all__ = [
    "CaseFile",
    "ControlSheet",
    "HandOverSheet",
    "PersonFile",
    "PersonPage",
    "Picture",
    "ProcessPage",
    "Reader",
    "RegulationDocument",
    "Sheet",
    "bpmn",
    "case_html",
    "person_html",
    "picture",
    "regulation_html",
    "svg",
]
