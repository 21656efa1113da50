"""Whose tries are counted: of wallets by their id, of whoever works here beside them."""

from __future__ import annotations

from terminal.core.values import StaffId


def of_staff(staff: StaffId) -> str:
    return f"staff:{staff}"
