"""What the words of the regulation mean, for those who sign it (R90)."""

from __future__ import annotations

from typing import Final

from salesreg.rules import Norm, Strength


def _meaning(word: str, text: str, clause: str = "R90") -> Norm:
    return Norm(f"meaning.{word}", text, clause, strength=Strength.DEFINITION)


DEFINITIONS: Final = (
    _meaning("case", "A case is one deal, order, invoice or the like, with the record of every step: by whom, when."),
    _meaning("stage", "A stage is where a case stands, and whose it is meanwhile; a step is what moves it on."),
    _meaning("result", "A result is what is on record; what is not on record has not been done.", "R46"),
    _meaning(
        "working_time", "Working hours and minutes pass while the company works: not over lunch, not on days off."
    ),
    _meaning(
        "days",
        "A term in days begins on the day after the event and ends with the close of its last day; one in calendar "
        "days that ends on a day off ends on the next working day, unless the rule says otherwise.",
    ),
    _meaning("deal", "A deal is all that is done with one client, from the first contact to the end of the contract."),
    _meaning("price", "The base price list is the company's for all; a quote is what is agreed with one client."),
    _meaning("order", "An order is one work or several that a client orders under a contract in force."),
    _meaning(
        "main_documents",
        "Main documents are what the client pays for, such as certificates and policies; a draft is one before the "
        "client has agreed to it.",
        "R2",
    ),
    _meaning("copies", "A scan is a signed copy by e-mail; an original is the same on paper.", "R20"),
    _meaning("lead", "A lead is a contact whose need a caller has put on record.", "R58"),
    _meaning("inquiry", "An inquiry is any call, letter or visit, about sales or not.", "R43"),
)
