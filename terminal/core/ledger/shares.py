"""How much of a sale comes back with one of its refunds, and what of its rewards goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple

from terminal.core.commands import BookSale, PointsEarned, Returned, SaleLine


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


class Paid(NamedTuple):
    """Of what earns points: all of it, and what is left of it before this refund and after it."""

    whole: int
    before: int
    after: int


class Shares(NamedTuple):
    """How much of a sale comes back, by what it cost and by what was paid so that it earned points."""

    span: Span
    out_of: int
    paid: Paid
    nets: Sequence[int]
    """Of its lines."""
    undone: tuple[Sequence[int], Sequence[int]]
    """Of each line, before this refund and after it."""

    def rest_of(self, amount: int) -> int:
        """Of what came with the sale: what the rest of it still earns is rounded down, as it was."""
        rest = Span(self.out_of - self.span.end, self.out_of - self.span.begin)
        return rest.of(amount, self.out_of)

    def points_of(self, earned: PointsEarned) -> int:
        """Counted again on what is left, where it is known how."""
        whole, *left = self._left(earned.places) if earned.places else self.paid
        if not earned.step or not whole:
            return self.rest_of(earned.points)
        before, after = (earned.base * part // whole for part in left)
        return earned.left(before) - earned.left(after)

    def _left(self, places: Sequence[int]) -> tuple[int, int, int]:
        """Of those lines: what they cost, and what of it is left before and after. What cost nothing is 0."""
        whole = sum(self.nets[at] for at in places)
        before, after = (sum(min(self.nets[at], each[at]) for at in places) for each in self.undone)
        return whole, whole - before, whole - after


def beside_points(fen: int, points: int, each: int, due: int) -> int:
    """Of `fen` that came back of `due`, what is not of the points that paid a part of it, `each` fen a point.

    Points come back whole, rounded down. What lies between two of them is of the other ways, but never so
    much that less would be left for these once the next point comes back.
    """
    came = points * fen // due
    next_at = -(-(came + 1) * due // points)
    return min(fen - came * each, next_at - (came + 1) * each)


def whole_of(net: int) -> int:
    """All of a line: its fen; one, where it cost nothing and comes back at once or not at all."""
    return net or 1


def counting(lines: Sequence[SaleLine]) -> list[bool]:
    """What cost nothing brings nothing back, unless nothing else was sold: then all of it is the sale."""
    return [bool(line.net) or not any(one.net for one in lines) for line in lines]


def part_of(one: Returned, net: int) -> int:
    """Of all of a line, in the same measure; pieces that are worth less than a fen come back for nothing."""
    return one.net if net else 1


def returned_of(nets: Sequence[int], returned: Iterable[Returned]) -> list[int]:
    """Of each line, in all."""
    found = [0] * len(nets)
    for one in returned:
        found[one.line] += part_of(one, nets[one.line])
    return found


def rewarding(sale: BookSale, undone: Sequence[int]) -> tuple[int, int]:
    """How much is undone of what its cashback and vouchers came for, and of how much.

    What uses paid brings nothing, unless they paid all. `undone`: of each line.
    """
    back = sum(compress(undone, counting(sale.lines)))
    used = [tender for tender in sale.tenders if tender.places]
    rest = sale.due - sum(tender.amount for tender in used)
    if not rest:
        return back, sale.due or len(sale.lines)
    return back - sum(undone[at] for tender in used for at in tender.places), rest
