"""The roles of the people who work here (product.md B13)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from terminal.core.errors import SellsNothing

_RISES = ("attendant", "shift_lead", "manager")
"""Each may do what those before may."""


class Role(StrEnum):
    ATTENDANT = "attendant"
    SHIFT_LEAD = "shift_lead"
    MANAGER = "manager"
    TECHNICIAN = "technician"  # looks after the machine: sells nothing and approves nothing


def reaches(role: Role, asked: Role) -> bool:
    """Whether somebody of that role may do what is asked of the other."""
    if role is Role.TECHNICIAN or asked is Role.TECHNICIAN:
        return role is asked
    return _RISES.index(role) >= _RISES.index(asked)


def gives_pin(by: Role, to: Role) -> bool:
    """Whether the one may give the other a PIN: who gives it can become them.

    Of whoever approves only those who may what they may, so that no technician approves by another's name.
    """
    return reaches(by, to) or not reaches(to, Role.SHIFT_LEAD)


def check_sells(role: Role) -> None:
    """Raises SellsNothing."""
    if role is Role.TECHNICIAN:
        raise SellsNothing("a technician")


def highest(roles: Collection[Role]) -> Role | None:
    """Of those that rise; None of none."""
    return max(roles, key=_RISES.index, default=None)


def led(roles: Collection[Role]) -> bool:
    """Whether a shop tells its people apart: one that names neither shift lead nor manager does not."""
    return any(reaches(role, Role.SHIFT_LEAD) for role in roles)
