"""From a sum to what is paid in cash, from an amount to its bonus."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.money import Fen
from terminal.core.policy import Rung


def in_cash(due: Fen, step: int) -> tuple[Fen, Fen]:
    """(what is paid, what is dropped) when `due` is paid in cash: down to a whole `step`, never up.

    A sum below one step is paid as it is: rounding never gives goods away.
    """
    dropped = due % step if due >= step else 0
    return Fen(due - dropped), Fen(dropped)


def rung_for(principal: int, ladder: Sequence[Rung]) -> Rung | None:
    """What a recharge earns: the highest rung it reaches, once."""
    reached = [rung for rung in ladder if rung.reach <= principal]
    return max(reached, key=lambda rung: rung.reach, default=None)
