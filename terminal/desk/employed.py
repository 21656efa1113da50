"""Who works here as headquarters publishes it: the rows of the data set `staff`, by staff id.

A row is hostile until it was parsed. Its `pin` is a verifier, as this site or another of the merchant made it
(`terminal staff-pin ID --verifier`), and counts where it was made later than what was chosen here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.sets import Row
from terminal.desk.settings import StaffKey, StaffMember


class StaffRow(Struct, frozen=True, kw_only=True):
    """Value of a row of the set `staff`; what a later terminal knows of them is passed over."""

    name: str
    badge: str = ""
    card: StaffKey | None = None
    own: tuple[StaffKey, ...] = ()
    role: Role = Role.ATTENDANT
    pin: str = ""
    """A verifier; empty: they choose it here."""


class Employed(Struct, frozen=True, kw_only=True):
    """Everybody who works here."""

    staff: Sequence[StaffMember]
    verifiers: Mapping[StaffId, str] = {}


_row = msgspec.json.Decoder(StaffRow)


async def employed(rows: AsyncIterator[Row], refused: list[str]) -> Employed | None:
    """None: not one of them can be used, and whoever worked here before goes on."""
    staff: list[StaffMember] = []
    verifiers: dict[StaffId, str] = {}
    badges: set[str] = set()
    async for row in rows:
        try:
            said = _row.decode(row.value)
        except UNREADABLE:
            refused.append(f"staff {row.key}: cannot be read")  # What is in it is about a person.
            continue
        if said.badge and said.badge in badges:
            refused.append(f"staff {row.key}: somebody else has that badge")
            continue
        badges.add(said.badge)
        who = StaffId(row.key)
        staff.append(
            StaffMember(
                id=who, name=said.name, badge=said.badge, card=said.card, own=said.own, role=said.role
            )
        )
        if said.pin:
            verifiers[who] = said.pin
    return Employed(staff=staff, verifiers=verifiers) if staff else None
