"""References: how the data of one case name another."""

from __future__ import annotations

from typing import Annotated, get_args, get_origin

import attrs

CaseId = str


@attrs.frozen
class Ref:
    """Marks a payload field or a data attribute as the id of a related case.

    Use it in an annotation: ``deal: Annotated[CaseId, Ref(Deal, process="sale")]``, also inside ``| None`` and
    ``tuple[..., ...]``. A case that is referred to by data is a parent: it learns that the child began or ended.
    """

    data: type
    process: str = attrs.field(kw_only=True)


def referred(value: object) -> tuple[CaseId, ...]:
    """The case ids in the value of a field marked with `Ref`: none, one or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple | list) else ()


def ref_of(annotation: object) -> Ref | None:
    """The `Ref` inside an annotation, also behind ``| None`` and inside a tuple."""
    if get_origin(annotation) is Annotated:
        return next((extra for extra in get_args(annotation)[1:] if isinstance(extra, Ref)), None)
    return next((ref for part in get_args(annotation) if (ref := ref_of(part)) is not None), None)
