"""Who works at the body of this example; another reads its own tables, see examples/acme."""

from certification.roles import DECIDER, DIRECTOR, EXPERT, HEAD, OFFICE, PANEL
from salesreg import Employee
from salesreg.adapters.memory import MemoryDirectory

PEOPLE = [
    Employee("vera", "Vera Orlova", [DIRECTOR], email="vera@body.example"),
    Employee("hugo", "Hugo Lind", [HEAD], email="hugo@body.example"),
    Employee("olga", "Olga Reis", [OFFICE], email="olga@body.example"),
    Employee("egor", "Egor Panin", [EXPERT, DECIDER], email="egor@body.example"),
    Employee("elsa", "Elsa Moor", [EXPERT], email="elsa@body.example"),
    Employee("dina", "Dina Kern", [DECIDER], email="dina@body.example"),
    Employee("dmitri", "Dmitri Sokol", [DECIDER, PANEL], email="dmitri@body.example"),
    Employee("paula", "Paula Weiss", [PANEL], email="paula@body.example"),
    Employee("pavel", "Pavel Gora", [PANEL], email="pavel@body.example"),
]
DIRECTORY = MemoryDirectory(PEOPLE)
