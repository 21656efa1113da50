"""How a fill is asked for: by what the station's grades are counted in (product.md C8)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.commands import Measured
from terminal.core.policy import Policy
from terminal.core.screens import Message, says
from terminal.core.values import Value


class _Asked(Value, frozen=True, kw_only=True):
    anybody: Message
    newcomer: Message
    member: Message


_BY: Mapping[Measured | None, _Asked] = MappingProxyType(
    {
        Measured.CENTILITRE: _Asked(
            anybody=says("Grade and litres?"),
            newcomer=says("A new member. Grade and litres?"),
            member=says("Welcome back, {name}. Grade and litres?"),
        ),
        Measured.DECAGRAM: _Asked(
            anybody=says("Grade and kilograms?"),
            newcomer=says("A new member. Grade and kilograms?"),
            member=says("Welcome back, {name}. Grade and kilograms?"),
        ),
        Measured.CENTICUBIC: _Asked(
            anybody=says("Grade and cubic metres?"),
            newcomer=says("A new member. Grade and cubic metres?"),
            member=says("Welcome back, {name}. Grade and cubic metres?"),
        ),
        None: _Asked(
            anybody=says("Grade and quantity?"),
            newcomer=says("A new member. Grade and quantity?"),
            member=says("Welcome back, {name}. Grade and quantity?"),
        ),
    }
)
"""None: of several units."""
_HOW_MANY: Mapping[Measured, Message] = MappingProxyType(
    {
        Measured.CENTILITRE: says("How many litres?"),
        Measured.DECAGRAM: says("How many kilograms?"),
        Measured.CENTICUBIC: says("How many cubic metres?"),
    }
)


def fill_of_anybody(policy: Policy) -> Message:
    return _asked(policy).anybody


def fill_of_newcomer(policy: Policy) -> Message:
    return _asked(policy).newcomer


def fill_of_member(policy: Policy, name: str) -> Message:
    """`name`: as a screen shows it."""
    return says(_asked(policy).member.text, name=name)


def how_many(measured: Measured) -> Message:
    """Once it is known of what."""
    return _HOW_MANY[measured]


def one_unit(policy: Policy) -> Measured | None:
    """In which all its grades are counted; None: in more than one."""
    units = {one.unit.measured for one in policy.grades} or {Measured.CENTILITRE}
    return units.pop() if len(units) == 1 else None


def _asked(policy: Policy) -> _Asked:
    return _BY[one_unit(policy)]
