"""Dispensers' records held against what was released: can they be sold as they are (product.md C2)?"""

from __future__ import annotations

import logging

from terminal.core.cart import Fill
from terminal.core.commands import BookHold
from terminal.core.forecourt import Dispensed, Stage
from terminal.core.policy import Policy
from terminal.core.released import is_released

log = logging.getLogger(__name__)

GOING = frozenset({Stage.RELEASED, Stage.FLOWING})
_UNCLEAR_LOOKS = 3
"""On end, before somebody is told: a record may be right when it is asked for again (product.md C2)."""


class Records:
    """By looks, each of which begins with `begin`."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._before: dict[str, int] = {}
        """Fills whose record cannot be sold as it is: in how many looks on end it was so."""
        self._now: dict[str, int] = {}
        """The same, as far as the look goes."""

    def begin(self) -> None:
        self._now = {}

    def end(self) -> None:
        """It went over all that the controller has. One that was cut short counts for nothing."""
        self._before = self._now

    @property
    def unclear(self) -> int:
        """How many records stayed so."""
        return sum(looks >= _UNCLEAR_LOOKS for looks in self._before.values())

    @property
    def asks_again(self) -> bool:
        """Whether one may be right yet, when it is asked for again."""
        return any(looks < _UNCLEAR_LOOKS for looks in self._now.values())

    def is_noted(self, fill: str) -> bool:
        """In this look."""
        return fill in self._now

    def doubts(self, one: Dispensed, hold: BookHold | None, *, is_another: bool = False) -> bool:
        """Whether it is over and its record cannot be sold as it is; noted.

        `is_another`: its id was sold, and not so. A controller that counts from the beginning again says the
        ids of before of fills that nobody paid.
        """
        if one.stage in GOING or is_nothing(one):
            return False
        why = "that id was sold as another fill" if is_another else self.doubt(one, hold)
        if not why:
            return False
        self._now[one.id] = self._before.get(one.id, 0) + 1
        if self._now[one.id] == _UNCLEAR_LOOKS:
            log.warning("a record cannot be sold as it is: nozzle=%s why=%s", one.nozzle, why)
        return True

    def doubt(self, one: Dispensed, hold: BookHold | None) -> str:
        """Why the record cannot be sold as it is, at the price released; empty: it can."""
        if not is_released(one, hold):
            return "another nozzle or grade was released"
        if not one.agrees:
            return "contradicts itself, or the price at which it was released"
        return "" if self.fill_of(one) is not None else "no grade of policy.grades"

    def fill_of(self, one: Dispensed) -> Fill | None:
        """None: of a grade that this station does not name."""
        grade = self._policy.grade(one.grade)
        if grade is None:
            return None
        return Fill(
            grade=grade.priced(one.price),
            centilitres=one.centilitres,
            fen=one.fen,
            of=one.id,
            nozzle=one.nozzle,
        )


def is_nothing(one: Dispensed) -> bool:
    """A nozzle that was lifted and hung up again is a fill of nothing: there is nothing to sell.

    Nor is there of a hundredth without an amount.
    """
    return (one.agrees or (one.centilitres == 1 and one.stage is Stage.ENDED)) and not (
        one.centilitres and one.fen
    )
