"""Invariant I4: what was loaded and not spent lies with exactly one holder, account by account."""

from __future__ import annotations

from collections.abc import Iterable

from hq.ports import Total


def astray(totals: Iterable[Total]) -> list[str]:
    """A sentence for each account where the two sides differ; debts are owed, not held."""
    return [
        f"{one.account}: {one.facts} were loaded and not spent, {_accounted(one)} are accounted for"
        for one in totals
        if one.facts != _accounted(one)
    ]


def _accounted(one: Total) -> int:
    return one.pool + one.withdrawn + one.held + one.transit + one.settled - one.overdrawn
