"""What was booked and may come back: each line with what of it came back before (product.md B3)."""

from __future__ import annotations

from terminal.core.cards import CardState
from terminal.core.commands import (
    BookDeposit,
    BookRecharge,
    BookRedeem,
    BookRefund,
    BookSale,
    Command,
    Returned,
    SaleLine,
)
from terminal.core.errors import BadQuantity
from terminal.core.pricing.sharing import given_back
from terminal.core.values import EntryId, Value


class Receipt(Value, frozen=True, kw_only=True):
    """What has a receipt number."""

    entry: EntryId
    number: str


Undoable = BookSale | BookRecharge | BookDeposit | BookRedeem
"""What a counter undoes."""


class Rest(Value, frozen=True, kw_only=True):
    """What of a line can still come back."""

    net: int
    """Fen."""
    quantity: int | None
    """Pieces, grams or hundredths of a litre; None: it came back in part, and nobody counted."""
    came_back: int = 0
    """So many of them came back."""
    day: str = ""
    """Business day on which some of it came back last."""
    gone: bool = False
    """All of it is back."""


class Original(Value, frozen=True, kw_only=True):
    """A transaction, and what of it was undone by now, oldest first."""

    command: Undoable
    receipt_no: str
    undone: tuple[Command, ...] = ()
    elsewhere: bool = False
    """The right to undo it lies with headquarters or another site."""
    card: CardState | None = None
    """Of the card that was presented then."""
    waits: bool = False
    """Its claim code was not used yet: nothing was handed over."""
    came_back: tuple[int, ...] = ()
    """Lines whose count card holds uses, though some of it was paid back: these may be paid back too."""

    @property
    def voided(self) -> bool:
        """It was undone as a whole."""
        return any(not isinstance(one, BookRefund) for one in self.undone)

    @property
    def lines(self) -> tuple[SaleLine, ...]:
        """Of a sale."""
        return self.command.lines if isinstance(self.command, BookSale) else ()

    @property
    def rests(self) -> tuple[Rest, ...]:
        """Line by line."""
        return tuple(self._rest(at, line) for at, line in enumerate(self.lines))

    @property
    def gone(self) -> bool:
        """Nothing of it can come back any more."""
        if isinstance(self.command, BookRedeem):  # It comes back whole.
            return bool(self.undone)
        return self.voided or (isinstance(self.command, BookSale) and all(one.gone for one in self.rests))

    def _rest(self, at: int, line: SaleLine) -> Rest:
        net = quantity = 0
        counted, day = True, ""
        for undoing in self.undone:
            for one in undoing.returned if isinstance(undoing, BookRefund) else ():
                if one.line != at:
                    continue
                net += one.net
                quantity += one.quantity
                counted = counted and bool(one.quantity)
                day = undoing.at.business_day
        whole = net == line.net if line.net else bool(day)
        if line.sells is not None and day:  # What was not used of it ended with the part that was paid back.
            if at in self.came_back:
                return Rest(net=line.net - net, quantity=None, day=day)
            return Rest(net=0, quantity=0, came_back=quantity, day=day, gone=True)
        none_left = whole and (not counted or not line.net or quantity == line.quantity)
        left = line.quantity - quantity if counted else None
        return Rest(net=line.net - net, quantity=left, came_back=quantity, day=day, gone=none_left)


def all_of(original: Original, *, spoiled: bool = False) -> tuple[Returned, ...]:
    """Whatever of a sale can still come back."""
    rests = enumerate(original.rests)
    return tuple(whole_of(at, rest, spoiled=spoiled) for at, rest in rests if not rest.gone)


def whole_of(at: int, rest: Rest, *, spoiled: bool = False) -> Returned:
    """All that is left of one line."""
    return Returned(line=at, net=rest.net, quantity=rest.quantity or 0, spoiled=spoiled)


def some_of(original: Original, at: int, quantity: int, *, spoiled: bool = False) -> Returned:
    """So many pieces, grams or hundredths of one line: shares that add up to all of it.

    Raises:
        BadQuantity: nothing, or more than is left of it.
    """
    rest, line = original.rests[at], original.lines[at]
    if rest.quantity is None or not 0 < quantity <= rest.quantity:
        raise BadQuantity(f"{quantity} of {rest.quantity}")
    if quantity == rest.quantity:
        return whole_of(at, rest, spoiled=spoiled)
    net = given_back(line.net, line.quantity, rest.came_back, quantity)
    return Returned(line=at, net=net, quantity=quantity, spoiled=spoiled)


def parts(line: SaleLine, rest: Rest) -> bool:
    """Whether less than what is left of a line may come back: not of what is used later, nor of a gift."""
    return line.sells is None and line.net > 0 and rest.quantity is not None and rest.quantity > 1
