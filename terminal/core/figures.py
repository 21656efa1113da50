"""Where a shift stands, and the figures of its X and Z report (product.md B12)."""

from __future__ import annotations

from terminal.core.values import ShiftId, StaffId, Value

CASH = ""
"""What a difference of cash is called; all others are called by whom the money came."""


class ShiftNow(Value, frozen=True, kw_only=True):
    """The shift of a terminal, as the ledger says."""

    shift: ShiftId
    open: bool = False
    """Whether its opening cash was counted, or taken over. Cash may be booked on it either way."""
    operator: StaffId | None = None
    """Who opened it."""
    since_day: str = ""
    """The business day on which it was opened."""
    after: ShiftId | None = None
    """The shift that was closed before it, while it is not open."""
    left: int = 0
    """Fen that the shift before it left in the drawer, while it is not open."""
    in_drawer: int = 0
    """Fen that must lie in its drawer, by the ledger; also of a shift that nobody opened."""


class Tallied(Value, frozen=True, kw_only=True):
    """How many, and how much they come to in fen."""

    count: int = 0
    amount: int = 0


class Named(Value, frozen=True, kw_only=True):
    """One line of a report: of a way to pay, a reason, an attendant, a day."""

    name: str
    count: int
    amount: int = 0


class Won(Value, frozen=True, kw_only=True):
    """Members whom one attendant won on one business day (product.md C6)."""

    by: StaffId
    day: str
    count: int


class Difference(Value, frozen=True, kw_only=True):
    """Where receipts and ledger disagree."""

    what: str
    """`CASH`, or by whom an outside payment came."""
    receipts: int
    ledger: int


class NozzleFigures(Value, frozen=True, kw_only=True):
    """What one totaliser said, in hundredths. None: nobody read it."""

    nozzle: int
    grade: str
    began: int | None
    ended: int | None

    @property
    def began_again(self) -> bool:
        """It stands below where it began: it rolled over, was replaced, or was keyed wrong."""
        return self.began is not None and self.ended is not None and self.ended < self.began


class GradeFigures(Value, frozen=True, kw_only=True):
    """What became of one grade, in hundredths (product.md C9)."""

    grade: str
    sold: int
    """By the receipts of the shift, less what was voided."""
    tested: int
    """Poured back into the tank."""
    flowed: int | None = None
    """By the totalisers; None: one of its nozzles was not read at both ends, or began again."""
    unpaid_first: int = 0
    """What had flowed before the shift and nobody had paid then: sold now, it makes `over` less."""
    unpaid_last: int = 0
    """What has flowed and nobody has paid yet: it makes `over` more."""

    @property
    def over(self) -> int:
        """So much more flowed than anybody booked; below zero: less. 0 where nobody knows."""
        return 0 if self.flowed is None else self.flowed - self.sold - self.tested


class ShiftFigures(Value, frozen=True, kw_only=True):
    """What an X or Z report says. Sums are fen."""

    shift: ShiftId
    from_ms: int
    """When its first entry was booked."""
    days: tuple[Named, ...]
    """Sales of each business day that it lies in."""
    attendants: tuple[Named, ...]
    """Sales of each."""
    sales: Tallied
    discounts: int
    overrides: tuple[Named, ...]
    """Of them what people took off, by reason."""
    rounding: int
    tenders: tuple[Named, ...]
    """How the sales were paid, by `TenderKind`."""
    recharges: Tallied
    bonus: int
    others: Tallied
    """Deposits, and what companies paid ahead."""
    voids: Tallied
    refunds: Tallied
    """Goods, deposits and recharges that were paid back."""
    outside: tuple[Named, ...]
    """Through whom money came that is not in the drawer, less what went back."""
    in_doubt: Tallied
    """Begun outside in this shift, or at this terminal before it, and nobody knows how it ended."""
    filling: Tallied
    """Of value that is held for fills which are not over: no sale of this shift yet."""
    joined: int
    opening: int
    handed: int | None
    """What the shift before left in the drawer; None: there was none."""
    cash_sales: int
    cash_recharges: int
    cash_others: int
    cash_back: int
    """Paid out of the drawer for what was undone; at or below zero."""
    moves: tuple[Named, ...]
    """Cash that was put in (positive) or taken out, by reason."""
    opened: tuple[Named, ...]
    """The drawer without a sale, by reason."""
    x_reports: int
    expected: int
    """What must lie in the drawer, by the receipts."""
    counted: int | None = None
    """On a Z."""
    left: int = 0
    differences: tuple[Difference, ...] = ()
    commissions: tuple[Named, ...] = ()
    """What each earned with services that they did, less what went back with those; of how many sales."""
    recharge_rounding: int = 0
    """What the change of recharges was rounded up by."""
    vouchers: tuple[Named, ...] = ()
    """Of each platform how many paid sales of this shift, and what it said that it will pay for them."""
    nozzles: tuple[NozzleFigures, ...] = ()
    """Of a station, as they are numbered."""
    grades: tuple[GradeFigures, ...] = ()
    unpaid: Tallied = Tallied()
    """Fills that ended, and that nobody has paid: no sale of this shift yet."""
    unclear: int = 0
    """Records of dispensers that nobody can sell as they are."""
    was_filling: Tallied = Tallied()
    """Of `filling`, or of what was so, as the shift before left it: sales of this shift, as they end."""
    won: tuple[Won, ...] = ()
    """Of those who joined: in the order in which somebody first won one."""

    @property
    def over(self) -> int:
        """Above what the ledger says should be there; below zero: short."""
        return 0 if self.counted is None else self.counted - self.in_drawer

    @property
    def in_drawer(self) -> int:
        """What must lie in the drawer, by the ledger."""
        return next((one.ledger for one in self.differences if one.what == CASH), self.expected)
