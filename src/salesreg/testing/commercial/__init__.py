"""The commercial department as a test has it: people, and a desk at which every step is taken as usual."""

from salesreg.testing.commercial.desk import Desk
from salesreg.testing.commercial.people import (
    ALLA,
    ANNA,
    BOSS,
    DINA,
    DORA,
    FELIX,
    FINN,
    HILDA,
    IGOR,
    IRINA,
    KIRA,
    LENA,
    OLEG,
    PETR,
    ROMAN,
    STAFF,
    SVETA,
    moscow,
)
from salesreg.testing.commercial.usual import USUAL

__all__ = [
    "ALLA",
    "ANNA",
    "BOSS",
    "DINA",
    "DORA",
    "FELIX",
    "FINN",
    "HILDA",
    "IGOR",
    "IRINA",
    "KIRA",
    "LENA",
    "OLEG",
    "PETR",
    "ROMAN",
    "STAFF",
    "SVETA",
    "USUAL",
    "Desk",
    "moscow",
]
