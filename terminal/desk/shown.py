"""What the screen says of a transaction that is booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from terminal.core.accounts import TIER_FAMILY
from terminal.core.cart import COUNTED, Family
from terminal.core.claim_codes import claim_shown
from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookIntent,
    BookInvoice,
    BookJoin,
    BookNote,
    BookRecharge,
    BookRedeem,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    Command,
    CouponGrant,
    Grant,
    Measured,
    Opens,
    PaidBy,
    PointsEarned,
    TenderKind,
)
from terminal.core.money import shown
from terminal.core.screens import Line, Message, back_lines, says
from terminal.core.shift import DRAWER
from terminal.core.units import in_litres

_POINTS: Mapping[str, Message] = MappingProxyType(
    {
        Family.GOODS: says("Goods points"),
        Family.PETROL: says("Petrol points"),
        Family.DIESEL: says("Diesel points"),
        Family.GAS: says("Gas points"),
    }
)


_OF_MONEY = (
    BookSale,
    BookDeposit,
    BookFleetFunds,
    BookInvoice,
    BookIntent,
    BookRecharge,
    BookShiftOpen,
    BookShiftClose,
    BookCashMove,
)


def paid(command: Command) -> int:
    """The large number, in fen."""
    match command:
        case BookSale(tenders=tenders):
            return sum(tender.amount for tender in tenders)
        case (
            BookDeposit(amount=amount)
            | BookFleetFunds(amount=amount)
            | BookInvoice(amount=amount)
            | BookIntent(amount=amount)
        ):
            return amount
        case BookRecharge(principal=principal):
            return principal
        case BookShiftOpen(opening_cash=cash) | BookShiftClose(counted=cash):
            return cash
        case BookCashMove(amount=amount):
            return abs(amount)
        case _:
            return 0


def amount_shown(booked: Booked) -> str:
    """The large number of what is booked."""
    if booked.back is None:
        return paid_shown(booked.command)
    of_points = booked.undid is not None and isinstance(booked.undid.command, BookRedeem)
    return "" if of_points else shown(booked.back.money)


def paid_shown(command: Command) -> str:
    """Empty where no money moves: of who joins, of a slip, of points for a gift, of a red letter."""
    if isinstance(command, BookInvoice) and command.red:
        return ""
    return shown(paid(command)) if isinstance(command, _OF_MONEY) else ""


def takes_cash(booked: Booked) -> bool:
    """Whether the drawer is needed: for cash that came or goes back, and for what is about itself."""
    if booked.back is not None:
        return bool(booked.back.cash)
    return _takes_cash(booked.command)


def _takes_cash(command: Command) -> bool:
    match command:
        case BookSale(tenders=tenders):
            return any(tender.kind is TenderKind.CASH for tender in tenders)
        case BookRecharge(paid_by=paid_by) | BookDeposit(paid_by=paid_by) | BookFleetFunds(paid_by=paid_by):
            return paid_by is PaidBy.CASH
        case BookShiftOpen() | BookShiftClose() | BookCashMove():
            return True
        case BookNote(what=what):
            return what == DRAWER
        case _:
            return False


def _in_cash(command: BookSale | BookRecharge | BookDeposit) -> int:
    """What of it was due in cash: of a sale in parts only that one."""
    if isinstance(command, BookSale):
        return sum(tender.amount for tender in command.tenders if tender.kind is TenderKind.CASH)
    return paid(command) - command.rounding


def _earned(points: Sequence[PointsEarned], settles: Mapping[str, int]) -> list[Line]:
    """Of each family all together, whatever its lines earned; and what of them went to what was owed."""
    sums = Counter[str]()
    for given in points:
        if given.family != TIER_FAMILY:
            sums[given.family] += given.points
    lines: list[Line] = []
    for family, count in sums.items():
        if count:
            lines.append(Line(label=_POINTS.get(family, says("Points")), value=f"+{count}"))
        if settled := settles.get(family):
            lines.append(Line(label=says("Settles points owed"), value=str(-settled)))
    return lines


def _redeemed(command: BookRedeem) -> list[Line]:
    """The claim code first: the customer may write it down."""
    claim = [Line(label=says("Claim code"), value=claim_shown(command.claim))] if command.claim else []
    taken = Line(label=_POINTS.get(command.points.family, says("Points")), value=f"-{command.points.points}")
    return [*claim, taken, *_given(command.coupons, command.vouchers)]


def _cashback(booked: Booked, fen: int) -> list[Line]:
    """What came back, and what of it goes to what is owed."""
    lines = [Line(label=says("Cashback earned"), value=f"+{shown(fen)}")]
    if booked.cashback_settles:
        lines.append(Line(label=says("Settles cashback owed"), value=shown(-booked.cashback_settles)))
    return lines


def _of_kind(booked: Booked) -> list[Line]:
    command = booked.command
    match command:
        case BookDeposit(price=price, rest=rest) if price:
            return [Line(label=says("Rest at pick-up"), value=shown(rest))]
        case BookRecharge(bonus=bonus):
            gift = PointsEarned(family=Family.GOODS, points=command.gift_points)
            given = [Line(label=says("Bonus"), value=shown(bonus))] if bonus else []
            vouchers = _given((), command.vouchers)
            return [*given, *_earned((*command.points, gift), booked.points_settle), *vouchers]
        case BookSale(points=points, opens=opens, cashback=back):
            came = _cashback(booked, back.amount) if back else []
            return [
                *_earned(points, booked.points_settle),
                *came,
                *_pack(opens),
                *_given((), command.vouchers),
            ]
        case BookRedeem():
            return _redeemed(command)
        case (
            BookJoin(opens=Opens(coupons=coupons, vouchers=vouchers))
            | BookGrant(coupons=coupons, grants=vouchers)
        ):
            return _given(coupons, vouchers)
        case _:
            return []


def _pack(opens: Opens | None) -> list[Line]:
    return _given(opens.coupons, opens.vouchers) if opens else []


def _given(coupons: Sequence[CouponGrant], vouchers: Sequence[Grant]) -> list[Line]:
    """How many of each, where there are any."""
    lines = [Line(label=says("Coupons"), value=f"+{len(coupons)}")] if coupons else []
    worths = Counter(one.amount for one in vouchers)
    return lines + [
        Line(label=says("Voucher: {sum}", sum=shown(fen)), value=f"+{count}") for fen, count in worths.items()
    ]


def _uses_left(booked: Booked, article: Callable[[str], str]) -> list[Line]:
    """Of count cards that a sale sold or used, as a customer asks who has just had one."""
    command = booked.command
    if not isinstance(command, BookSale) or booked.after is None:
        return []
    units = [one.of for one in command.tenders if one.kind is TenderKind.USES]
    units += [line.sells.unit for line in command.lines if line.sells]
    skus = [unit.removeprefix(COUNTED) for unit in dict.fromkeys(units) if unit.startswith(COUNTED)]
    return [
        Line(
            label=says("Uses left, {name}", name=booked.after.called.get(sku) or article(sku)),
            value=f"x{booked.after.uses.get(sku, 0)}",
        )
        for sku in skus
    ]


def approved_lines(
    booked: Booked,
    article: Callable[[str], str] = str,
    measured: Callable[[str], Measured] = in_litres,
) -> tuple[Line, ...]:
    """Change first: that is what the attendant needs now.

    `article`: what it is called, by its SKU; `measured`: in what a grade is.
    """
    command = booked.command
    lines: list[Line] = []
    if (
        isinstance(command, BookSale | BookRecharge | BookDeposit)
        and command.received
        and _takes_cash(command)
    ):
        lines.append(Line(label=says("Change"), value=shown(command.received - _in_cash(command))))
    lines += _of_kind(booked)
    lines += _uses_left(booked, article)
    lines += back_lines(booked.back, article, measured) if booked.back else ()
    if booked.figures is not None and booked.figures.counted is not None:
        lines.append(_over(booked.figures.over))
    if booked.after is not None:
        lines.append(
            Line(label=says("Balance after"), value=shown(booked.after.principal + booked.after.bonus))
        )
    if booked.receipt_no:
        lines.append(Line(label=says("Number"), value=booked.receipt_no))
    return tuple(lines)


def _over(fen: int) -> Line:
    return Line(label=says("Short") if fen < 0 else says("Over"), value=shown(abs(fen)))
