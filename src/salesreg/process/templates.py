"""The words of messages: what people are told of, as special as a firm likes, in the language of the catalogues."""

from __future__ import annotations

from typing import Final

import attrs

from salesreg.errors import DeclarationError, placeholders

CLIENT: Final = "client"
"""Who stands at the end of the name of a template that is for somebody outside."""

RUNGS: Final = ("remind", "overdue", "superior", "second_superior")

GIVEN: Final = frozenset({"name", "process", "what", "case", "at", "title", "clauses", "by", "company"})
"""What every template may name; beside it what the page names in `facts` and `searchable`."""
OF_STEP: Final = frozenset({"owed", "signature"})
OF_RUNG: Final = frozenset({"due", "owner"})


@attrs.frozen
class Template:
    """Subject and text of one kind of message, in English.

    Other languages say them as ``template.<about>.subject`` and ``template.<about>.text``.

    Attributes:
        about: what it is about, the most special that there is: ``"sale.open_deal"`` (process and step),
            ``"overdue.sale.price_approval"`` (rung and norm) or ``"overdue"``, each also for one role, as in
            ``"sale.open_deal.finance"``; ``"sale.cancel_deal.client"`` is for somebody outside. ``"step"``,
            ``"client"`` and ``"digest"`` are for everything else.
        subject: one line, with ``{placeholders}``.
        text: the message. It may name the recipient's ``{name}``, the ``{process}``, ``{what}`` people know the case
            by, the ``{case}``, ``{at}``, the ``{title}`` of step or norm, its ``{clauses}``, who did it (``{by}``),
            the ``{company}``, and what the page's `Process.facts` and `Process.searchable` name; of a step also the
            fields of its payload, what is now ``{owed}`` by the recipient and the ``{signature}`` of a letter to a
            client; of a rung when it is ``{due}`` and its ``{owner}``.
    """

    about: str
    subject: str
    text: str

    def __attrs_post_init__(self) -> None:
        for words in attrs.astuple(self):
            if not isinstance(words, str) or not words.strip():
                raise DeclarationError(f"a template says what it is about, a subject and a text, not {words!r}")

    @property
    def names(self) -> frozenset[str]:
        """The facts that it names."""
        return placeholders(self.subject) | placeholders(self.text)


TEMPLATES: Final = (
    Template(
        "step", "Done: {title} — {what}", "Done: {title}\n{process}: {what}\n{by}, {at}{clauses}{owed}\n\nCase {case}"
    ),
    Template("client", "{process}", "Hello,\n\nThere is news for you: {title}.\n\n{signature}"),
    Template("remind", "Due soon: {title} — {what}", "{title}\n{process}: {what}\nDue {due}{clauses}\n\nCase {case}"),
    Template(
        "overdue", "Overdue: {title} — {what}", "{title}\n{process}: {what}\nWas due {due}{clauses}\n\nCase {case}"
    ),
    Template(
        "superior",
        "Overdue, for the superior: {title} — {what}",
        "{title}\n{process}: {what}\nWas due {due}{clauses}\nOwed by: {owner}\n\nCase {case}",
    ),
    Template(
        "second_superior",
        "Overdue, for the superior's superior: {title} — {what}",
        "{title}\n{process}: {what}\nWas due {due}{clauses}\nOwed by: {owner}\n\nCase {case}",
    ),
    Template("digest", "{n} {n:plural|message|messages}, {at}", "{messages}"),
)
"""What is said where nobody says anything more special."""
