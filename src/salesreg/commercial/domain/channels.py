"""How documents and messages travel: open values, known by an id (R19, R32, R43)."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

Channel: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=40)]
"""The id of a channel, such as ``"email"``; a firm may have others than those below."""

EMAIL: Final = "email"
FAX: Final = "fax"
POST: Final = "post"
COURIER: Final = "courier"
IN_PERSON: Final = "in_person"
EDI: Final = "edi"
PHONE: Final = "phone"
WEBSITE: Final = "website"
MESSENGER: Final = "messenger"
BASE: Final = "base"
"""A mark in a base of contacts."""
