"""A part of a sale comes back: each kind of value as it was taken, pro rata and cumulative (product.md B3).

Every leg is a function of how much of the sale is undone in all; a refund books the difference between
before and after it. So a refund cut in pieces comes to the same as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress
from typing import NamedTuple

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.cart import COUNTED
from terminal.core.commands import (
    BookDeposit,
    BookRedeem,
    BookRefund,
    BookSale,
    PaidBy,
    Returned,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import BadAmount, HeldElsewhere, InsufficientFunds, NotBookable
from terminal.core.ledger.allowances import had_back
from terminal.core.ledger.back import pay_cash_back, take_back, undoing
from terminal.core.ledger.came_over import CASHBACK, gift_due, not_again
from terminal.core.ledger.coupons import coupons_back, take_coupons
from terminal.core.ledger.debts import as_given
from terminal.core.ledger.draft import Draft, between
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.friends import bringer_back
from terminal.core.ledger.gifts import gifts_back
from terminal.core.ledger.holds import Hold, earned_so_far, unearned
from terminal.core.ledger.legs import Leg, given_by, goods_only, legs_of, lots_of, points_due, shares_of
from terminal.core.ledger.listed import check_unused, ended_before, listed_upto
from terminal.core.ledger.locked import locked_back
from terminal.core.ledger.points_over import points_back
from terminal.core.ledger.referral import rewards_back
from terminal.core.ledger.rules import LINES_MAX, came_in, check_step, current
from terminal.core.ledger.shares import (
    Shares,
    Span,
    counting,
    part_of,
    returned_of,
    whole_of,
)
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.taxes import taxes_booked
from terminal.core.ledger.undo import undoable, undone
from terminal.core.ledger.vouchers import take_vouchers
from terminal.core.locks import LITRES
from terminal.core.values import EntryId, WalletId

_OUTSIDE = frozenset({TenderKind.CODE, TenderKind.CARD, TenderKind.GROUP_BUY})


class Undone(NamedTuple):
    """How much of what is shared by all ways of paying is undone, before this refund and after it.

    Apart from those that come back with goods alone.
    """

    span: Span
    due: int


def refund(command: BookRefund, state: State) -> Posted:
    """Raises `Refused` above what was sold or left, for what was voided, or for uses that began."""
    check_step(command.cash_step)
    if command.anew and command.anew < command.at.business_day:
        raise NotBookable("a last day that is over")
    found = state.entry(command.of)
    if command.coupons and not (found and isinstance(found.payload, BookSale)):
        raise NotBookable("coupons with what used none")
    if state.sale_left(command.of):
        raise HeldElsewhere("the right to undo it lies elsewhere")
    if found is None:
        raise NotBookable("no such entry to refund")
    match found.payload:
        case BookSale() as sale:
            return _sale_back(command, as_given(found), sale, state)
        case BookDeposit() as left:
            return _deposit_back(command, found, left, state)
        case BookRedeem() if not command.returned:
            return undone(command, undoable(command.of, state), state)
        case _:
            raise NotBookable("no such sale, deposit or redemption, or not that part of it")


def _deposit_back(command: BookRefund, found: Entry, left: BookDeposit, state: State) -> Posted:
    """To whoever left it, as it came; what a sale has taken of it is not there any more."""
    if any(one.quantity for one in command.returned):
        raise BadAmount("pieces of a deposit")
    before = returned_of([left.amount], _earlier(command.of, state))
    after = _returned_after(command, [left.amount], before)
    span = Span(sum(before), sum(after))
    draft = Draft(command.at, command.id, state)
    wallet = current(left.wallet, state)
    account = chart.held_by(wallet, f"deposit:{left.of}")
    if draft.balance(account) < span.length:
        raise InsufficientFunds("it was used by now")
    draft.move(account, -span.length)
    if left.paid_by is PaidBy.CASH:
        pay_cash_back(draft, command.of, span, command.cash_step, at_most=left.amount - left.rounding)
    else:
        came_in(draft, -span.length, left.paid_by, left.through)
    _gifts_back(draft, found, span, left.amount)
    draft.effects.append(Refers(of=command.of))
    return draft.posted(wallet)


def _sale_back(command: BookRefund, found: Entry, sale: BookSale, state: State) -> Posted:
    """As it was booked, on the wallet where its value is now."""
    sale = replace(sale, wallet=current(sale.wallet, state)) if sale.wallet is not None else sale
    nets = [line.net for line in sale.lines]
    earlier = _earlier(command.of, state)
    before = returned_of(nets, earlier)
    _check_counted(command, sale, earlier)
    after = _returned_after(command, nets, before)
    draft = Draft(command.at, command.id, state)
    draft.anew, draft.not_again = command.anew, partial(not_again, draft)
    counts = counting(sale.lines)
    span = Span(sum(compress(before, counts)), sum(compress(after, counts)))
    for tender in sale.tenders:
        _used_back(draft, found, sale, tender, (before, after))
    _pay_back(draft, command, found, sale, (before, after))
    taxes = taxes_booked(found, sale)
    for at, (line, begin, end) in enumerate(zip(sale.lines, before, after, strict=True)):
        if end == begin:
            continue
        _commission_back(draft, line, Span(begin, end))
        if line.sells is None:
            _income_back(draft, line, Span(begin, end), taxes[at])
        elif end - begin == whole_of(line.net):
            _sold_back(draft, found, sale, line)
        elif line.sells.unit.startswith((COUNTED, LITRES)):
            _unused_back(draft, found, sale, line.sells, _ended(command, at))
        else:
            raise NotBookable("what is used later comes back whole, or once what is not used of it")
    _rewards_back(draft, found, sale, shares_of(state, found, sale, before, after))
    coupons_back(draft, sale, before, after, command.coupons)
    had_back(draft, sale, before, after)
    locked_back(draft, found, sale, before, after)
    _gifts_back(draft, found, span, sale.due or len(nets))
    draft.effects.append(Refers(of=command.of))
    return draft.posted(sale.wallet)


def _returned_after(command: BookRefund, nets: Sequence[int], before: Sequence[int]) -> list[int]:
    after = list(before)
    if not 1 <= len(command.returned) <= LINES_MAX:
        raise NotBookable(f"{len(command.returned)} lines")
    for one in command.returned:
        if not 0 <= one.line < len(after) or one.net < 0 or one.quantity < 0:
            raise BadAmount("a line that is not there, or less than nothing of it")
        if nets[one.line] and not (one.net or one.quantity):
            raise BadAmount("nothing of a line")
        after[one.line] += part_of(one, nets[one.line])
        if after[one.line] > whole_of(nets[one.line]) or one.net > nets[one.line]:
            raise BadAmount("more than was sold")
    return after


def _check_counted(command: BookRefund, sale: BookSale, earlier: Sequence[Returned]) -> None:
    """Raises `BadAmount` where more pieces come back than went out."""
    came = Counter[int]()
    for one in (*earlier, *command.returned):
        came[one.line] += one.quantity
    if any(came[at] > line.quantity for at, line in enumerate(sale.lines)):
        raise BadAmount("more pieces than were sold")


def _earlier(of: EntryId, state: State) -> list[Returned]:
    """What refunds before this one undid of it."""
    found = list[Returned]()
    for earlier in undoing(of, state):
        if not isinstance(earlier.payload, BookRefund):
            raise NotBookable("it was voided")
        found += earlier.payload.returned
    return found


def _pay_back(
    draft: Draft,
    command: BookRefund,
    found: Entry,
    sale: BookSale,
    undone: tuple[Sequence[int], Sequence[int]],
) -> None:
    legs = list(legs_of(draft.state, found, sale))
    before, after = (given_by(sale, legs, each) for each in undone)
    own = goods_only(sale, legs)
    begin, end, due = (
        sum(fen for fen, is_own in zip(each, own, strict=True) if not is_own)
        for each in (before, after, [leg.amount for leg in legs])
    )
    others = Undone(Span(begin, end), due)
    for leg, begin, end in zip(legs, before, after, strict=True):
        if leg.tender is not None and leg.tender.kind is TenderKind.CASH:
            pay_cash_back(draft, command.of, Span(begin, end), command.cash_step, at_most=leg.amount)
        elif end > begin or leg.unit.startswith("points:"):
            _leg_back(draft, sale, leg, Span(begin, end), others)


def _leg_back(draft: Draft, sale: BookSale, leg: Leg, span: Span, undone: Undone) -> None:
    tender, site = leg.tender, draft.site
    if tender is None:
        draft.move(chart.cash_rounding(site), span.length)
    elif tender.kind in _OUTSIDE:
        draft.move(chart.outside(site, tender.of or tender.kind), span.length)
    elif company := _company_of(tender, leg.kept):
        draft.move(chart.company_credit(company), span.length)
    elif sale.wallet is None:
        raise NotBookable("a leg of no wallet")
    elif tender.kind is TenderKind.POINTS:
        units = Span(*(tender.units * fen // undone.due for fen in undone.span))
        draft.give_back(sale.wallet, leg.unit, leg.lots, after=units.begin, upto=units.end)
        draft.issue(leg.unit, units.length)
        draft.move(chart.points_expense(site), span.length)
    elif tender.kind is TenderKind.USES or leg.kept is not None:
        if span != (0, leg.amount):
            raise NotBookable("a use comes back whole")
        _uses_back(draft, sale.wallet, leg, Span(0, tender.units), leg.amount)
    elif leg.unit == "uncovered":  # Headquarters covers it, or has: it comes back as a lot of its own.
        draft.lay(sale.wallet, "principal", span.length, paid=span.length)
    else:  # Lots where it has them; a deposit has none.
        draft.give_back(sale.wallet, leg.unit, leg.lots, after=span.begin, upto=span.end)


def _company_of(tender: Tender, kept: Hold | None) -> str:
    if kept is not None:
        return kept.command.company
    return tender.of if tender.kind is TenderKind.FLEET else ""


def _used_back(
    draft: Draft, found: Entry, sale: BookSale, tender: Tender, undone: tuple[Sequence[int], Sequence[int]]
) -> None:
    """Uses come back with the lines that they paid, and with no others."""
    if not tender.places or sale.wallet is None:
        return
    fen = Span(*(sum(each[at] for at in tender.places) for each in undone))
    lots, back, passed = lots_of(found, tender, None), list[LotTaken](), 0
    for at in tender.places:
        line, (begin, end) = sale.lines[at], (each[at] for each in undone)
        units = Span(passed + _uses_of(line, begin), passed + _uses_of(line, end))
        back += _came(lots, units, partial(listed_upto, sale, tender))
        passed += line.quantity
    leg = Leg(tender, tender.of, fen.length, _by_lot(back))
    _uses_back(draft, sale.wallet, leg, Span(0, -sum(lot.amount for lot in back)), fen.length)


def _came(lots: Sequence[LotTaken], units: Span, listed: Callable[[int], int]) -> Iterator[LotTaken]:
    """Those uses of all that were taken, each at its own list price, as far as the lots say any."""
    passed = units.begin
    for lot in between(lots, units.begin, units.end):
        upto = passed - lot.amount
        yield replace(lot, listed=listed(upto) - listed(passed) if lot.listed else 0)
        passed = upto


def _by_lot(parts: Sequence[LotTaken]) -> list[LotTaken]:
    """One row for each of them."""
    found: dict[str, LotTaken] = {}
    for one in parts:
        there = found.get(one.lot, replace(one, amount=0, listed=0))
        found[one.lot] = replace(there, amount=there.amount + one.amount, listed=there.listed + one.listed)
    return list(found.values())


def _uses_of(line: SaleLine, undone: int) -> int:
    """How many uses so much of a line is."""
    uses, rest = divmod(line.quantity * undone, line.net)
    if rest:
        raise NotBookable("a use comes back whole")
    return uses


def _uses_back(draft: Draft, wallet: WalletId, leg: Leg, units: Span, worth: int) -> None:
    draft.give_back(wallet, leg.unit, leg.lots, after=units.begin, upto=units.end)
    draft.issue(leg.unit, units.length)
    earned = unearned(draft.state, wallet, leg.unit, between(leg.lots, units.begin, units.end))
    draft.move(chart.deferred(draft.site, leg.unit), earned)
    draft.move(chart.prepaid_difference(draft.site), worth - earned)


def _income_back(draft: Draft, line: SaleLine, span: Span, booked: int) -> None:
    """`booked`: the tax that its sale posted for all of it."""
    site = draft.site
    parts = (line.net, booked, line.gross - line.net)
    net, tax, off = (span.of(part, whole_of(line.net)) for part in parts)
    draft.move(chart.revenue(site, line.category), -(net + off - tax))
    if tax:
        draft.move(chart.tax(site), -tax)
    if off:
        draft.move(chart.samples(site) if line.sample else chart.discount(site), off)


def _commission_back(draft: Draft, line: SaleLine, span: Span) -> None:
    if earned := line.commission:
        back = span.of(earned.amount, whole_of(line.net))
        draft.move(chart.commission(draft.site, earned.by), -back)
        draft.move(chart.commission_expense(draft.site), back)


def _sold_back(draft: Draft, found: Entry, sale: BookSale, line: SaleLine) -> None:
    sells = line.sells
    if sells is None or sale.wallet is None:
        raise NotBookable("nothing was put on a wallet")
    laid = [lot for lot in found.lots if lot.unit == sells.unit and lot.amount > 0]
    take_back(draft, chart.held_by(sale.wallet, sells.unit), sells.amount, laid)
    if sells.unit.startswith("voucher:"):
        draft.move(chart.voucher_expense(draft.site), sells.amount - line.net)
    else:
        draft.issue(sells.unit, -sells.amount)
        draft.move(chart.deferred(draft.site, sells.unit), -line.net)


def _ended(command: BookRefund, at: int) -> Returned:
    ended, *more = (one for one in command.returned if one.line == at)
    if more:
        raise NotBookable("one count card ends once")
    return ended


def _unused_back(draft: Draft, found: Entry, sale: BookSale, sells: Sells, ended: Returned) -> None:
    """All uses that are left end, for so much of what was paid; what was used stays earned.

    Also those that came back to a card that had ended.
    """
    if sale.wallet is None:
        raise NotBookable("nothing was put on a wallet")
    lot = draft.state.lot(sale.wallet, sells.unit, found.id)
    if lot is None or not lot.rest:
        raise InsufficientFunds("all of it was used")
    if lot.rest == lot.laid:
        raise NotBookable("what nobody used comes back whole")
    check_unused(ended, lot, ended_before(draft.state, found.id, sells.unit, ended.line))
    left, back = lot.paid - earned_so_far(lot), ended.net
    draft.take_lot(sale.wallet, sells.unit, lot.lot, lot.rest)
    draft.issue(sells.unit, -lot.rest)
    draft.move(chart.deferred(draft.site, sells.unit), -left)
    other = chart.forfeited if back < left else chart.refund_compensation
    draft.move(other(draft.site), left - back)


def _gifts_back(draft: Draft, found: Entry, span: Span, out_of: int) -> None:
    """And what it brought to who had brought the buyer."""
    rest = Span(out_of - span.end, out_of - span.begin)
    whole = span.begin < span.end == out_of
    gifts_back(draft, found.id, lambda gift: rest.of(gift, out_of), whole=whole)
    rewards_back(draft, found, lambda points: rest.of(points, out_of), whole=whole)
    if whole:
        bringer_back(draft, found)


def _rewards_back(draft: Draft, found: Entry, sale: BookSale, back: Shares) -> None:
    if sale.wallet is None:
        return
    take_vouchers(draft, sale.wallet, found, sale.vouchers, back.rest_of)
    given = points_due(sale, back)
    if sale.cashback is not None:
        given[CASHBACK] = back.rest_of(sale.cashback.amount)
    for unit, part in given.items():
        if not part:
            continue
        laid = [lot for lot in found.lots if lot.unit == unit and lot.amount > 0]
        held = chart.held_by(sale.wallet, unit)
        if unit == CASHBACK:
            taken, laid = gift_due(draft, held, found, part, laid)
            draft.move(chart.cashback_expense(draft.site), taken)
        else:
            taken, laid = points_back(draft, sale.wallet, unit, part, laid)
            draft.issue(unit, -taken)
        take_back(draft, held, taken, laid)
    if back.span.begin < back.span.end == back.out_of:
        take_coupons(draft, sale.wallet, sale.coupons)
