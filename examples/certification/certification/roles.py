"""Who is who in a certification body, and the shape of its deadlines."""

from salesreg import Norm, Role
from salesreg.rules import open_norm

DIRECTOR = Role("director", "director")
HEAD = Role("head", "head of certification", DIRECTOR)
OFFICE = Role("office", "registrar", HEAD)
EXPERT = Role("expert", "expert", HEAD)
DECIDER = Role("decision_maker", "decision maker", DIRECTOR)
PANEL = Role("appeals_panel", "member of the appeals panel", DIRECTOR)


def deadline(id: str, text: str, clause: str, owed_by: Role) -> Norm:
    """A rule whose term each body sets for itself; controlled by the record, measured by its share in time."""
    return open_norm(id, text, clause, owed_by, control="the step on record", metric="share kept in time")
