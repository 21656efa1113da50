"""What the X and Z report of a shift say (product.md B12).

The figures are never kept: they are told from the journal, each time from the same entries, so that a report
that is printed again says the same. Money is counted twice, by what the receipts of the shift say and by what
was posted; where the two differ the report says where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from terminal.core.accounts import named
from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookFleetFunds,
    BookIntent,
    BookIntentEnd,
    BookNote,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookReversal,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    BookVoid,
    Command,
    PaidBy,
    Pumps,
    TenderKind,
    opens_of,
)
from terminal.core.entry import Entry
from terminal.core.figures import CASH, Difference, Named, ShiftFigures, Tallied, Won
from terminal.core.filled import Filled, pumps_of, unpaid_of
from terminal.core.forecourt import PUMP_PRESET
from terminal.core.group_buy import vouchers_of
from terminal.core.invoicing import invoices
from terminal.core.values import EntryId, ShiftId, StaffId

X_REPORT, DRAWER = "x_report", "drawer"
"""What a note is called that says: the X report was read; the drawer was opened without a sale."""

_Undo = BookVoid | BookReversal | BookRefund | BookRechargeRefund

_OUTSIDE = "outside:"
_DRAWER = "drawer:"
_COMMISSION = "commission:"


def report_of(command: Command) -> bool:
    """Whether figures of a shift are printed with it."""
    return isinstance(command, BookShiftClose) or (isinstance(command, BookNote) and command.what == X_REPORT)


def figures_of(  # noqa: PLR0913  what lies before the shift, each by its name
    entries: Iterable[Entry],
    asked: Entry,
    *,
    handed: int | None,
    drawer: int,
    doubts: Iterable[BookIntent] = (),
    stood: Pumps | None = None,
) -> ShiftFigures:
    """What the report says that was booked as `asked`.

    `entries`: what was booked since the last shift was closed, up to and with `asked`, in order; those of
    other shifts are left out. `handed`: what that one left. `drawer`: its balance before `asked`.
    `doubts`: what was begun at this terminal before those entries, and had no end then.
    `stood`: what that one said of the nozzles.
    """
    tally = Tally(asked.at.shift, doubts, stood)
    for entry in entries:
        tally.add(entry)
    return tally.figures(asked, handed=handed, drawer=drawer)


def ahead_of(sale: BookSale) -> int:
    """What uses and litres pay, held before or not, was a sale when they were bought.

    Not what is held of a company, which has no wallet: its litres are only counted.
    """
    if sale.wallet is None:
        return 0
    bought = {TenderKind.USES, TenderKind.HELD}
    return sum(tender.amount for tender in sale.tenders if tender.kind in bought and tender.units)


class Tally:
    """Adds a shift up, entry by entry: of one that nobody ever closed no journal of years lies in memory."""

    def __init__(self, shift: ShiftId, doubts: Iterable[BookIntent] = (), stood: Pumps | None = None) -> None:
        """`doubts`: begun at this terminal in an earlier shift, and without an end when this one began.

        `stood`: what the last close said of the nozzles.
        """
        self._shift = shift
        self._filled = Filled(stood)
        self._from_ms = 0
        self._counts = Counter[str]()
        self._sums = Counter[str]()
        self._named: dict[str, dict[str, list[int]]] = {}
        self._booked: dict[EntryId, int] = {}
        """What each sale, recharge and deposit of this shift came to."""
        self._intents = {one.id: one for one in doubts if invoices(one) is None}
        self._was_filling = _all_of([one for one in self._intents.values() if one.what == PUMP_PRESET])
        self._receipts = Counter[str]()
        """Money that came in, by what the receipts say: `CASH`, or through whom."""
        self._posted = Counter[str]()
        self._won = Counter[tuple[StaffId, str]]()
        """Members, by who won them and the business day."""

    def add(self, entry: Entry) -> None:
        """In order; those of other shifts are left out."""
        self._end_intent(entry)
        if entry.at.shift != self._shift:
            return
        self._from_ms = self._from_ms or entry.at.wall_ms
        posted = _money(entry)
        self._posted.update(posted)
        self._filled.add(entry.payload)
        match entry.payload:
            case BookSale() as sale:
                self._sale(sale)
                self._commissions(entry, 1)
            case BookRecharge() as recharge:
                self._recharge(recharge)
            case BookDeposit() | BookFleetFunds() as other:
                self._other(other)
            case BookIntentEnd(by_hand=PaidBy()):
                self._went(posted)
            case BookVoid() | BookReversal() | BookRefund() | BookRechargeRefund() as undo:
                self._back(undo, posted, _ahead_back(entry))
                self._commissions(entry, 0)
            case command:
                self._drawer(command)
        if (opens := opens_of(entry.payload)) is not None and opens.member is not None:
            self._counts["joined"] += 1
            self._won[opens.recruiter, entry.at.business_day] += 1

    def _sale(self, sale: BookSale) -> None:
        due = sale.due - ahead_of(sale)
        self._came("sales", sale.id, due)
        self._name("days", sale.at.business_day, due)
        self._name("attendants", sale.at.operator, due)
        self._sums["discounts"] += sum(line.gross - line.net for line in sale.lines)
        for given in (one for line in sale.lines for one in line.discounts if one.by is not None):
            self._name("overrides", given.name, given.amount)
        self._sums["rounding"] += sale.rounding
        for tender in sale.tenders:
            self._name("tenders", tender.kind, tender.amount)
            if tender.kind is TenderKind.CASH:
                self._sums["cash_sales"] += tender.amount
                self._receipts[CASH] += tender.amount
            elif tender.kind in {TenderKind.CODE, TenderKind.CARD, TenderKind.GROUP_BUY}:
                self._outside(tender.of or tender.kind, tender.amount)
            if tender.vouchers:
                self._name("vouchers", tender.of, tender.settles, len(tender.vouchers))

    def _commissions(self, entry: Entry, count: int) -> None:
        for name, amount in entry.postings:
            unit = named(name).unit
            if unit.startswith(_COMMISSION):
                self._name("commissions", unit.removeprefix(_COMMISSION), amount, count)

    def _recharge(self, recharge: BookRecharge) -> None:
        self._came("recharges", recharge.id, recharge.principal)
        self._sums["bonus"] += recharge.bonus
        self._sums["recharge_rounding"] += recharge.rounding
        paid = recharge.principal - recharge.rounding
        self._paid("cash_recharges", paid, recharge.paid_by, recharge.through)

    def _other(self, other: BookDeposit | BookFleetFunds) -> None:
        if other.paid_by is None:  # Credit: nothing was paid.
            return
        self._came("others", other.id, other.amount)
        rounding = other.rounding if isinstance(other, BookDeposit) else 0
        self._sums["recharge_rounding"] += rounding
        self._paid("cash_others", other.amount - rounding, other.paid_by, other.through)

    def _paid(self, cash: str, amount: int, by: PaidBy, through: str) -> None:
        if by is PaidBy.CASH:
            self._sums[cash] += amount
            self._receipts[CASH] += amount
        else:
            self._outside(through or by, amount)

    def _outside(self, through: str, amount: int, count: int = 1) -> None:
        self._receipts[through] += amount
        self._name("outside", through, amount, count)

    def _back(self, undo: _Undo, posted: Counter[str], ahead: int) -> None:
        """How it went back stands in its postings alone. `ahead`: in uses, which were no sale either."""
        what, amount = "refunds", -sum(posted.values())
        if isinstance(undo, BookRefund):
            amount = sum(one.net for one in undo.returned) - ahead
        elif not isinstance(undo, BookRechargeRefund):
            what, amount = "voids", self._booked.get(undo.of, amount)
        self._counts[what] += 1
        self._sums[what] += amount
        self._went(posted)

    def _went(self, posted: Counter[str]) -> None:
        for where, moved in posted.items():
            if where == CASH:
                self._sums["cash_back"] += moved
                self._receipts[CASH] += moved
            else:
                self._outside(where, moved, 0)

    def _drawer(self, command: Command) -> None:
        match command:
            case BookShiftOpen(opening_cash=cash):
                self._sums["opening"] += cash
                self._receipts[CASH] += cash
            case BookCashMove(amount=amount, reason=reason):
                self._name("moves", reason, amount)
                self._receipts[CASH] += amount
            case BookNote(what=what, detail=detail) if what == DRAWER:
                self._name("opened", detail, 0)
            case BookNote(what=what) if what == X_REPORT:
                self._counts["x_reports"] += 1
            case BookIntent() as intent if invoices(intent) is None:  # Nobody owes for being asked.
                self._intents[intent.id] = intent

    def _end_intent(self, entry: Entry) -> None:
        """Also where what waited for it is booked; in whichever shift."""
        if isinstance(entry.payload, BookIntentEnd):
            self._intents.pop(entry.payload.intent, None)
        for used in vouchers_of(entry.payload):
            self._intents.pop(used, None)
        for intent in [one.id for one in self._intents.values() if one.consumed_by == entry.id]:
            del self._intents[intent]

    def _came(self, what: str, entry: EntryId, amount: int) -> None:
        self._counts[what] += 1
        self._sums[what] += amount
        self._booked[entry] = amount

    def _name(self, table: str, name: str, amount: int, count: int = 1) -> None:
        row = self._named.setdefault(table, {}).setdefault(str(name), [0, 0])
        row[0] += count
        row[1] += amount

    def _rows(self, table: str) -> tuple[Named, ...]:
        """In the order in which they came first."""
        return tuple(
            Named(name=name, count=count, amount=amount)
            for name, (count, amount) in self._named.get(table, {}).items()
        )

    def _tallied(self, what: str) -> Tallied:
        return Tallied(count=self._counts[what], amount=self._sums[what])

    def figures(self, asked: Entry, *, handed: int | None, drawer: int) -> ShiftFigures:
        close = asked.payload if isinstance(asked.payload, BookShiftClose) else None
        pumps = pumps_of(asked.payload)
        fills = [one for one in self._intents.values() if one.what == PUMP_PRESET]
        doubts = [one for one in self._intents.values() if one.what != PUMP_PRESET]
        return ShiftFigures(
            shift=self._shift,
            from_ms=self._from_ms,
            days=self._rows("days"),
            attendants=self._rows("attendants"),
            sales=self._tallied("sales"),
            discounts=self._sums["discounts"],
            overrides=self._rows("overrides"),
            rounding=self._sums["rounding"],
            tenders=self._rows("tenders"),
            recharges=self._tallied("recharges"),
            bonus=self._sums["bonus"],
            others=self._tallied("others"),
            voids=self._tallied("voids"),
            refunds=self._tallied("refunds"),
            outside=self._rows("outside"),
            in_doubt=_all_of(doubts),
            filling=_all_of(fills),
            joined=self._counts["joined"],
            opening=self._sums["opening"],
            handed=handed,
            cash_sales=self._sums["cash_sales"],
            cash_recharges=self._sums["cash_recharges"],
            cash_others=self._sums["cash_others"],
            cash_back=self._sums["cash_back"],
            moves=self._rows("moves"),
            opened=self._rows("opened"),
            x_reports=self._counts["x_reports"],
            expected=self._receipts[CASH],
            counted=close.counted if close else None,
            left=close.left if close else 0,
            differences=self._differences(-drawer),
            commissions=self._rows("commissions"),
            recharge_rounding=self._sums["recharge_rounding"],
            vouchers=self._rows("vouchers"),
            nozzles=self._filled.nozzles(pumps),
            grades=self._filled.grades(pumps),
            unpaid=unpaid_of(pumps),
            unclear=pumps.unclear if pumps else 0,
            was_filling=self._was_filling,
            won=tuple(Won(by=by, day=day, count=count) for (by, day), count in self._won.items()),
        )

    def _differences(self, drawer: int) -> tuple[Difference, ...]:
        posted = self._posted.copy()
        posted[CASH] = drawer  # The account's own balance, not a sum of ours.
        return tuple(
            Difference(what=what, receipts=self._receipts[what], ledger=posted[what])
            for what in sorted({*self._receipts, *posted})
            if self._receipts[what] != posted[what]
        )


def _money(entry: Entry) -> Counter[str]:
    """What came into the drawer of its shift (`CASH`), and what through whom, by its postings."""
    came = Counter[str]()
    for name, amount in entry.postings:
        account = named(name)
        if account.unit == f"{_DRAWER}{entry.at.shift}":
            came[CASH] -= amount
        elif account.unit.startswith(_OUTSIDE):
            came[account.unit.removeprefix(_OUTSIDE)] -= amount
    return came


def _ahead_back(entry: Entry) -> int:
    """Fen of what uses had paid, where these came back: what is owed for them again, and the difference."""
    units = {lot.unit for lot in entry.lots if lot.amount > 0}
    of = {"prepaid_difference", *(f"deferred:{unit}" for unit in units)}
    return sum(amount for name, amount in entry.postings if named(name).unit in of)


def _all_of(begun: Sequence[BookIntent]) -> Tallied:
    return Tallied(count=len(begun), amount=sum(one.amount for one in begun))
