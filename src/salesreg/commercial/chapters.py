"""What the document of the commercial service says beside its processes: checklists, manners, pay, how it comes in."""

from __future__ import annotations

from typing import Final

from salesreg.rules import Chapter

CHAPTERS: Final = (
    Chapter(
        "motivation",
        "Pay and bonus",
        (
            "the hours of the position",
            "leave, and how time off is taken",
            "in which order pay is settled",
            "the dates on which salary, bonus and leave pay are paid",
            "how attainment of the plan is found",
            "the level of the salary",
            "how the bonus is accrued",
            "on which conditions a bonus is earned",
            "how keeping the regulation counts: to the full, in part, not at all",
        ),
        text="For each position the compensation plan says, and the employee acknowledges before the period begins:",
        clause="R101, R102",
    ),
    Chapter(
        "onboarding",
        "First days",
        (
            "The regulation in force is read, questions asked, and it is acknowledged before the first step.",
            "The acknowledgement is signed as an annex to the employment contract.",
            "The compensation plan of the position is acknowledged.",
            "Accounts in the system are open, with the roles of the position and no others.",
            "The pass is ordered by the employee through the building's own site.",
            "The superior and the deputy are known by name.",
            "The base price list in force, the script and the questionnaire of the client are read.",
            "A first call, inquiry or order is gone through together with a colleague.",
        ),
        clause="R48, R84, R98, R99",
        boxes=True,
    ),
    Chapter(
        "manners",
        "On the telephone and in letters",
        (
            "Answer by the third ring: the firm, your name, and how you can help.",
            "Find out the name, the firm and the question; write them down while you listen.",
            "Say who will answer and by when; do not promise what is another's to promise.",
            "Connect to whoever is responsible, with a word on what it is about; the caller tells it once.",
            "End with what was agreed and by when.",
            "A letter in reply: thank, answer the question, say the next step and its date, sign.",
            "An acknowledgement says when the answer comes, and is not the answer.",
        ),
        clause="R49, R51, R88",
    ),
    Chapter(
        "leaving",
        "When somebody leaves",
        (
            "Every case that they are in charge of has somebody else in charge, and the clients concerned know whom.",
            "What they owe is done, passed on, or given another date in writing.",
            "Promises to clients that are on nobody's record are written down.",
            "Signed originals, powers of attorney and client files are handed over by a list.",
            "Accounts, mail and telephone numbers are passed on or closed on the last day.",
            "The pass and the company's things are returned.",
            "Pay, bonus and leave are settled, and disputes answered.",
            "A talk about why they leave is on record.",
        ),
        clause="R104",
        boxes=True,
    ),
    Chapter(
        "coming_in",
        "How the regulation comes in",
        (
            "What goes wrong today is written down, with figures.",
            "The draft is written by those who do the work, and read by all whom it binds.",
            "What nobody can check, and what changes no result, is crossed out.",
            "Every open value is given.",
            "The director approves, and the day is named from which it is in force.",
            "Everybody acknowledges it, and has asked what was not clear.",
            "For the first month breaches are talked over, and nobody is charged.",
            "After three months practice is compared with the text, and the text is amended.",
            "The next review has its date.",
        ),
        clause="R82, R85, R97, R100",
        boxes=True,
    ),
)
