"""A part of a sale comes back: each kind of value as it was taken, pro rata and cumulative (product.md B3).

Every leg is a function of how much of the sale is undone in all; a refund books the difference between
before and after it. So a refund cut in pieces comes to the same as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.commands import BookRefund, BookSale, SaleLine, Tender, TenderKind
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import BadAmount, HeldElsewhere, NotBookable
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Undoes
from terminal.core.ledger.rules import LINES_MAX, current
from terminal.core.ledger.sale import tax_of
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.tenders import held_lots, unearned
from terminal.core.ledger.undo import take_back
from terminal.core.money import apportioned
from terminal.core.values import EntryId, WalletId


class Span(NamedTuple):
    """How much was undone before this refund, and how much is after it."""

    begin: int
    end: int

    def of(self, whole: int, out_of: int) -> int:
        """Its share of another sum, rounded down at both ends."""
        return whole * self.end // out_of - whole * self.begin // out_of

    @property
    def length(self) -> int:
        return self.end - self.begin


class Leg(NamedTuple):
    """One way in which a sale was paid. `tender` is None for cash rounding."""

    tender: Tender | None
    unit: str
    amount: int
    lots: Sequence[LotTaken]


def refund(command: BookRefund, state: State) -> Posted:
    """Raises `Refused` above what was sold, for what was voided, or for uses that began."""
    found, sale = _sale_of(command, state)
    before = _returned_before(command.of, sale, state)
    after = _returned_after(command, sale, before)
    draft = Draft(command.at, command.id, state)
    span = Span(sum(before), sum(after))
    _pay_back(draft, found, sale, span)
    for line, begin, end in zip(sale.lines, before, after, strict=True):
        if end == begin:
            continue
        if line.sells is None:
            _income_back(draft, line, Span(begin, end))
        elif end - begin == line.net:
            _sold_back(draft, found, sale, line)
        else:
            raise NotBookable("what is used later comes back whole")
    _rewards_back(draft, found, sale, span)
    draft.effects.append(Undoes(of=command.of))
    return draft.posted(sale.wallet)


def _sale_of(command: BookRefund, state: State) -> tuple[Entry, BookSale]:
    """As it was booked, on the wallet where its value is now."""
    found = state.entry(command.of)
    if state.sale_left(command.of):
        raise HeldElsewhere("the right to undo it lies elsewhere")
    if found is None or not isinstance(found.payload, BookSale):
        raise NotBookable("no such sale")
    sale = found.payload
    return found, replace(sale, wallet=current(sale.wallet, state)) if sale.wallet is not None else sale


def _returned_after(command: BookRefund, sale: BookSale, before: Sequence[int]) -> list[int]:
    after = list(before)
    if not 1 <= len(command.returned) <= LINES_MAX:
        raise NotBookable(f"{len(command.returned)} lines")
    for one in command.returned:
        if not 0 <= one.line < len(after) or one.net <= 0:
            raise BadAmount("a line that is not there, or nothing of it")
        after[one.line] += one.net
        if after[one.line] > sale.lines[one.line].net:
            raise BadAmount("more than was sold")
    return after


def _returned_before(of: EntryId, sale: BookSale, state: State) -> list[int]:
    """Fen of each line that earlier refunds undid."""
    before = [0] * len(sale.lines)
    for earlier in state.referring(of):
        if not isinstance(earlier.payload, BookRefund):
            raise NotBookable("it was voided")
        for one in earlier.payload.returned:
            before[one.line] += one.net
    return before


def _pay_back(draft: Draft, found: Entry, sale: BookSale, span: Span) -> None:
    legs = list(_legs(draft.state, found, sale))
    before, after = (apportioned(sum_undone, [leg.amount for leg in legs]) for sum_undone in span)
    for leg, begin, end in zip(legs, before, after, strict=True):
        if end > begin:
            _leg_back(draft, sale, leg, Span(begin, end))


def _legs(state: State, found: Entry, sale: BookSale) -> Iterator[Leg]:
    for tender in sale.tenders:
        lots = _lots_of(state, found, tender)
        if tender.kind in {TenderKind.STORED, TenderKind.HELD}:
            left = tender.amount
            for unit in ("principal", "bonus"):
                mine = [lot for lot in lots if lot.unit == unit]
                part = min(left, -sum(lot.amount for lot in mine))
                left -= part
                if part:
                    yield Leg(tender, unit, part, mine)
            if left:
                yield Leg(tender, "uncovered", left, ())
        else:
            yield Leg(tender, _unit_of(tender), tender.amount, lots)
    if sale.rounding:
        yield Leg(None, "", sale.rounding, ())


def _lots_of(state: State, found: Entry, tender: Tender) -> Sequence[LotTaken]:
    if tender.kind is TenderKind.HELD and isinstance(found.payload, BookSale) and found.payload.wallet:
        return held_lots(state, EntryId(tender.of), found.payload.wallet)
    taken = [lot for lot in found.lots if lot.amount < 0]
    if tender.kind is TenderKind.STORED:
        return taken
    return [lot for lot in taken if lot.unit == _unit_of(tender)]


def _unit_of(tender: Tender) -> str:
    match tender.kind:
        case TenderKind.POINTS | TenderKind.VOUCHER | TenderKind.DEPOSIT:
            head = {"points": "points", "voucher": "voucher", "deposit": "deposit"}[tender.kind]
            return f"{head}:{tender.of}"
        case TenderKind.CASHBACK:
            return "cashback"
        case TenderKind.USES:
            return tender.of
        case _:
            return ""


def _leg_back(draft: Draft, sale: BookSale, leg: Leg, span: Span) -> None:
    tender, site = leg.tender, draft.site
    if tender is None:
        draft.move(chart.cash_rounding(site), span.length)
    elif tender.kind is TenderKind.CASH:
        draft.cash(-span.length)
    elif tender.kind in {TenderKind.CODE, TenderKind.CARD}:
        draft.move(chart.outside(site, tender.of or tender.kind), span.length)
    elif tender.kind is TenderKind.FLEET:
        draft.move(chart.company_credit(tender.of), span.length)
    elif sale.wallet is None:
        raise NotBookable("a leg of no wallet")
    elif tender.kind is TenderKind.POINTS:
        units = [tender.units * x // leg.amount for x in span]
        draft.give_back(sale.wallet, leg.unit, leg.lots, after=units[0], upto=units[1])
        draft.issue(leg.unit, units[1] - units[0])
        draft.move(chart.points_expense(site), span.length)
    elif tender.kind is TenderKind.USES:
        if span != (0, leg.amount):
            raise NotBookable("a use comes back whole")
        _uses_back(draft, sale.wallet, leg, tender.units)
    elif leg.unit == "uncovered":  # Headquarters covers it, or has: it comes back as a lot of its own.
        draft.lay(sale.wallet, "principal", span.length, paid=span.length)
    else:  # Lots where it has them; a deposit has none.
        draft.give_back(sale.wallet, leg.unit, leg.lots, after=span.begin, upto=span.end)


def _uses_back(draft: Draft, wallet: WalletId, leg: Leg, units: int) -> None:
    draft.give_back(wallet, leg.unit, leg.lots, after=0, upto=units)
    draft.issue(leg.unit, units)
    earned = unearned(draft.state, wallet, leg.unit, leg.lots)
    draft.move(chart.deferred(draft.site, leg.unit), earned)
    draft.move(chart.prepaid_difference(draft.site), leg.amount - earned)


def _income_back(draft: Draft, line: SaleLine, span: Span) -> None:
    site = draft.site
    tax, off = span.of(tax_of(line), line.net), span.of(line.gross - line.net, line.net)
    draft.move(chart.revenue(site, line.category), -(span.length + off - tax))
    if tax:
        draft.move(chart.tax(site), -tax)
    if off:
        draft.move(chart.samples(site) if line.sample else chart.discount(site), off)


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


def _rewards_back(draft: Draft, found: Entry, sale: BookSale, span: Span) -> None:
    if sale.wallet is None:
        return
    given = [(f"points:{one.family}", one.points) for one in sale.points]
    if sale.cashback is not None:
        given.append(("cashback", sale.cashback.amount))
    for unit, amount in given:
        # What the rest of the sale still earns is rounded down, as it was.
        rest = Span(sale.due - span.end, sale.due - span.begin)
        part = rest.of(amount, sale.due)
        if not part:
            continue
        laid = [lot for lot in found.lots if lot.unit == unit and lot.amount > 0]
        take_back(draft, chart.held_by(sale.wallet, unit), part, laid)
        if unit == "cashback":
            draft.move(chart.cashback_expense(draft.site), part)
        else:
            draft.issue(unit, -part)
    if span.end == sale.due:
        for one in sale.coupons:
            take_back(draft, chart.coupon(sale.wallet, one.coupon), 1, [])
            draft.issue("coupon", -1)
        for used in sale.coupons_used:
            draft.move(chart.coupon(sale.wallet, used), 1)
            draft.issue("coupon", 1)
