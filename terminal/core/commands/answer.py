"""What the ledger answers."""

from __future__ import annotations

from terminal.core.buyer import AskedFor
from terminal.core.commands.kept import OwnSlip
from terminal.core.commands.union import Command
from terminal.core.figures import ShiftFigures
from terminal.core.given_back import GivenBack
from terminal.core.points_notice import PointsNotice
from terminal.core.values import Value, WalletId


class Balances(Value, frozen=True, kw_only=True):
    """A wallet after the transaction."""

    principal: int = 0
    bonus: int = 0
    points: dict[str, int] = {}
    """By family."""
    coupons: int = 0
    """That may be used: not those that are owed."""
    owed: dict[str, tuple[int, int]] = {}
    """Of cashback, coupons and vouchers, by unit: how much had to be given back and was spent by then; and
    how much lies there, usable today or not."""
    uses: dict[str, int] = {}
    """Of count cards, by the SKU they were sold under; hundredths of litres, by their unit.

    The counter leaves out those that have ended.
    """
    called: dict[str, str] = {}
    """What these were sold as, by SKU; of others the catalogue says it."""


class Undid(Value, frozen=True, kw_only=True):
    """What was undone, as its own receipt says it."""

    command: Command
    receipt_no: str
    """Without its last eight digits where it was booked at another site."""


class Listed(Value, frozen=True, kw_only=True):
    """Numbers of the cards that were done, and (number, fen) of the accounts that were left out.

    None: nobody said what lies on it.
    """

    done: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int | None], ...] = ()
    left: int = 0
    """Of a list that is read back: so many accounts were left out; which, no entry says."""

    def __repr__(self) -> str:
        """Without the numbers."""
        return f"Listed({len(self.done)}, {len(self.left_out)})"

    __str__ = __repr__


class Booked(Value, frozen=True, kw_only=True):
    """The answer after COMMIT: durable, with a number that belongs to this entry alone."""

    command: Command
    seq: int
    receipt_no: str
    """terminal-epoch-counter-HASH8; empty where the kind prints no receipt."""
    principal_spent: int = 0
    bonus_spent: int = 0
    after: Balances | None = None
    wallet: WalletId | None = None
    """Whose they are, as it was called then; None: nobody's value is named."""
    points_ending: int = 0
    """Goods points that end next, soon."""
    points_end: str = ""
    """The last business day of those."""
    points_owed: int = 0
    """Goods points that were taken back after they were spent; the next ones settle them."""
    points_others: tuple[PointsNotice, ...] = ()
    """The same of petrol and diesel points, of which there is something to say."""
    cashback_settles: int = 0
    """Fen of the cashback that came with it which go to what is owed, at once or once headquarters asks."""
    points_settle: dict[str, int] = {}
    """Of the points that came with it, by family, those that settled what was owed of them."""
    tier_next: str = ""
    """The member's from the next sale on, where this changes it; said once, when it was booked."""
    introducer_earned: int = 0
    """Goods points, by whoever brought the member."""
    introducer_uses: int = 0
    """Of a service, that whoever brought the member got."""
    card_shown: str = ""
    """Masked number for the receipt."""
    figures: ShiftFigures | None = None
    """Of an X or Z report, where it is to be printed or shown."""
    back: GivenBack | None = None
    """Of what undoes another transaction."""
    undid: Undid | None = None
    """Which one, where it is to be printed or shown."""
    listed: Listed | None = None
    """Of work on many cards, for its list; what is read back has the numbers masked."""
    own: OwnSlip | None = None
    """Of what a member asked of their own data, for its slip; it is printed once, when it was done."""
    asked: AskedFor | None = None
    """Of a request for an invoice, while it is in hand."""
    again: bool = False
    """True when the id was booked before and this is the same answer."""
