"""In which ways a sale was paid, and what each of them gives back of a part that is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import NamedTuple

from terminal.core.commands import BookSale, Tender, TenderKind
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.holds import Hold, hold_of
from terminal.core.ledger.shares import Paid, Shares, Span, beside_points, counting, rewarding
from terminal.core.ledger.state import State
from terminal.core.money import apportioned
from terminal.core.points import EARN_NOTHING
from terminal.core.values import EntryId


class Leg(NamedTuple):
    """One way in which a sale was paid. `tender` is None for cash rounding."""

    tender: Tender | None
    unit: str
    amount: int
    lots: Sequence[LotTaken]
    kept: Hold | None = None
    """Of what is neither stored value nor tendered as such: litres or a company's credit that were held."""

    @property
    def earns(self) -> bool:
        """What does at the sale (product.md B4), also what headquarters covers of it."""
        given = self.kept is not None or self.unit == "bonus"
        return self.tender is not None and self.tender.kind not in EARN_NOTHING and not given


def given_by(sale: BookSale, legs: Sequence[Leg], undone: Sequence[int]) -> list[int]:
    """Of so much that is undone of each line what each leg gives back: no share shrinks when more is undone.

    What pays for no voucher comes back with the goods alone. Else a voucher that is kept would be paid with
    it by then, and what it had paid had come back as money.
    """
    fen, own, sold = by_legs(sale, undone), goods_only(sale, legs), _vouchers(sale)
    amounts = [leg.amount for leg in compress(legs, own)]
    rest = sum(leg.amount for leg in legs) - sum(amounts) - sum(sale.lines[at].net for at in sold)
    goods = fen - sum(undone[at] for at in sold)
    mine = apportioned(goods, [*amounts, rest] if rest else amounts)[: len(amounts)]
    others = _shared(fen - sum(mine), [leg for leg, is_own in zip(legs, own, strict=True) if not is_own])
    given = {True: iter(mine), False: iter(others)}
    return [next(given[is_own]) for is_own in own]


def goods_only(sale: BookSale, legs: Sequence[Leg]) -> list[bool]:
    """Of each, whether it pays for goods and for no voucher that was sold with them."""
    apart = bool(_vouchers(sale))
    return [apart and leg.tender is not None and leg.tender.for_goods for leg in legs]


def _vouchers(sale: BookSale) -> list[int]:
    """Lines that sold one: no uses pay them."""
    return [at for at, line in enumerate(sale.lines) if line.goods < line.net]


def _shared(fen: int, legs: Sequence[Leg]) -> list[int]:
    amounts = [leg.amount for leg in legs]
    places = [at for at, leg in enumerate(legs) if leg.tender and leg.tender.kind is TenderKind.POINTS]
    tender = legs[places[0]].tender if len(places) == 1 else None
    if tender is None or tender.amount % tender.units:
        return apportioned(fen, amounts)
    others = amounts[: places[0]] + amounts[places[0] + 1 :]
    left = beside_points(fen, tender.units, tender.amount // tender.units, sum(amounts))
    found = apportioned(left, others)
    found.insert(places[0], fen - left)
    return found


def legs_of(state: State, found: Entry, sale: BookSale) -> Iterator[Leg]:
    for tender in sale.tenders:
        if tender.places:  # They come back with their lines.
            continue
        kept = hold_of(state, EntryId(tender.of)) if tender.kind is TenderKind.HELD else None
        lots = lots_of(found, tender, kept)
        stored = tender.kind is TenderKind.STORED
        if kept is not None:
            stored = not (kept.unit or kept.command.company)
        if stored:
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
            yield Leg(tender, kept.unit if kept else _unit_of(tender), tender.amount, lots, kept)
    if sale.rounding:
        yield Leg(None, "", sale.rounding, ())


def lots_of(found: Entry, tender: Tender, kept: Hold | None) -> Sequence[LotTaken]:
    if kept is not None:  # All that were held, principal first: the fill took of the first of them.
        return kept.lots
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


def by_legs(sale: BookSale, undone: Sequence[int]) -> int:
    """Of so much of each line what the legs give back: what uses paid comes back as these."""
    used = sum(undone[at] for tender in sale.tenders for at in tender.places)
    return sum(compress(undone, counting(sale.lines))) - used


def shares_of(
    state: State, found: Entry, sale: BookSale, before: Sequence[int], after: Sequence[int]
) -> Shares:
    """Of each line, what is undone before a refund and after it."""
    legs = list(legs_of(state, found, sale))
    earns = [leg.earns for leg in legs]
    whole = sum(leg.amount for leg in compress(legs, earns))
    left = (whole - sum(compress(given_by(sale, legs, each), earns)) for each in (before, after))
    (begin, rewarded), (end, _) = (rewarding(sale, each) for each in (before, after))
    nets = [line.net for line in sale.lines]
    return Shares(Span(begin, end), rewarded, Paid(whole, *left), nets, (before, after))


def points_due(sale: BookSale, back: Shares) -> Counter[str]:
    """By unit, of the points that came with it those that go back with such a part."""
    due = Counter[str]()
    for one in sale.points:
        due[f"points:{one.family}"] += back.points_of(one)
    return due
