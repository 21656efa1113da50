"""What a shop's staff know of its customers: of each wallet never more than is there."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from terminal.core.commands import BookSale
from terminal.core.values import CardId, EntryId, MemberId, WalletId

WHAT_IS_HELD = (
    "money",
    "points",
    "uses",
    "litres",
    "locked",
    "cashback",
    "left",
    "deposits",
    "mugs",
    "invoices",
    "coupons",
    "vouchers",
    "ending",
)
"""Fields of a purse that go along when it is merged into another."""


@dataclass
class Purse:
    """One wallet; amounts in fen, points and uses."""

    wallet: WalletId
    member: MemberId | None = None
    card: CardId | None = None
    active: bool = True
    """Whether its card pays."""
    guest: bool = False
    """A member whose wallet is kept without value, so that they can be forgotten."""
    kept: bool = False
    """The law keeps this member's records."""
    money: int = 0
    points: int = 0
    uses: int = 0
    litres: int = 0
    """Hundredths."""
    locked: int = 0
    """Hundredths of a litre at a locked price."""
    cashback: int = 0
    left: int = 0
    """Paid for something later."""
    coupons: list[str] = field(default_factory=list)
    deposits: list[tuple[EntryId, int]] = field(default_factory=list)
    mugs: list[tuple[EntryId, int]] = field(default_factory=list)
    """What points became, with how many they were."""
    vouchers: list[tuple[str, int]] = field(default_factory=list)
    lots: list[tuple[EntryId, int]] = field(default_factory=list)
    """Recharges that were not refunded, each with its principal and bonus."""
    bills: list[EntryId] = field(default_factory=list)
    """Recharges without an invoice."""
    invoices: list[tuple[EntryId, str]] = field(default_factory=list)
    """Of recharges, with their numbers."""
    holds: list[tuple[EntryId, int, str, str]] = field(default_factory=list)
    """With what they hold, `money` or `litres`, and the coupon beside it."""
    ending: list[tuple[str, str]] = field(default_factory=list)
    """(unit, last day) of what is never used and will be written off."""
    moves: int = 0
    """Transactions on it so far."""

    def pays_with(self) -> CardId | None:
        return self.card if self.active else None


@dataclass
class Done:
    """A transaction that somebody may want undone."""

    entry: EntryId
    shift: str
    purse: Purse | None
    before: Purse | None
    moves: int
    nets: list[int] = field(default_factory=list)
    """Fen of each line of a sale that comes back in parts."""
    rest: list[int] = field(default_factory=list)
    """Of those, what was not refunded."""
    gave: frozenset[str] = frozenset()
    """Cash vouchers that came with it: what comes back takes its share of them."""

    @classmethod
    def of(cls, entry: EntryId, shift: str, purse: Purse | None) -> Done:
        moves = purse.moves + 1 if purse else 0
        return cls(entry, shift, purse, copy.deepcopy(purse), moves)

    def remembers(self, sale: BookSale, *, in_parts: bool) -> None:
        if in_parts and not any(line.sells for line in sale.lines):
            self.nets = [line.net for line in sale.lines]
            self.rest = list(self.nets)
            self.gave = frozenset(one.unit.partition(":")[2] for one in sale.vouchers)

    def untouched(self) -> bool:
        """Nothing followed it on its wallet: all of it is still there to be undone."""
        return (self.purse is None or self.purse.moves == self.moves) and self.rest == self.nets

    def forget(self) -> None:
        """The purse as it was before."""
        if self.purse is not None and self.before is not None:
            moves = self.purse.moves + 1
            vars(self.purse).update(vars(self.before), moves=moves)


class Staff:
    """Who is known, and a hand that picks among them."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.purses: list[Purse] = []
        self.done: list[Done] = []

    def customer(self, fits: Callable[[Purse], object] = lambda _: True) -> Purse | None:
        """Somebody whose wallet holds value, or may."""
        return self.anybody(lambda purse: not purse.guest and fits(purse))

    def anybody(self, fits: Callable[[Purse], object] = lambda _: True) -> Purse | None:
        found = [purse for purse in self.purses if fits(purse)]
        return self._dice.choice(found) if found else None

    def undoable(self, shift: str | None) -> Done | None:
        """Taken out of what is remembered."""
        found = [done for done in self.done if done.untouched() and shift in {None, done.shift}]
        return self._taken(found)

    def refundable(self) -> Done | None:
        """Stays remembered while something of it is left."""
        found = [done for done in self.done if any(done.rest)]
        return self._dice.choice(found) if found else None

    def merged(self, gone: Purse, into: Purse) -> None:
        """What was booked on the one concerns the other now, and is not undone as a whole any more."""
        self.purses.remove(gone)
        for done in self.done:
            if done.purse is gone:
                done.purse, done.moves = into, -1

    def _taken(self, found: list[Done]) -> Done | None:
        if not found:
            return None
        one = self._dice.choice(found)
        self.done.remove(one)
        return one
