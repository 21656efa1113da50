"""What was known of two members who turn out to be one person (product.md B10, G7)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Private
from terminal.core.particulars import HEALTH


def together(stays: Private, goes: Private, *, health: bool) -> Private:
    """What the member who stays said is so; of the other what only they said. `health`: they agree to it."""
    known = {what for what, _ in stays.told}
    told = (*stays.told, *(one for one in goes.told if one[0] not in known))
    return replace(
        stays,
        name=stays.name or goes.name,
        phone=stays.phone or goes.phone,
        plate=stays.plate or goes.plate,
        told=tuple(one for one in told if health or one[0] not in HEALTH),
    )
