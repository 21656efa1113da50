"""What comes off the whole: one discount on the order, one coupon, and gifts; the best together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from terminal.core.money import half_up
from terminal.core.pricing.outlook import Counted, CouponSeen, Off, Outlook, Row
from terminal.core.pricing.promotion import Coupon, Gift, OrderDiscount, Part, Promotion
from terminal.core.pricing.sharing import shared
from terminal.core.pricing.sight import Sight
from terminal.core.pricing.tariff import Live
from terminal.core.pricing.visit import HeldCoupon, Visit


class Share(NamedTuple):
    """What one promotion took off which part."""

    name: str
    coupon: str
    """By which of the member's; empty: by none."""
    fen: dict[int, int]


class Order(Struct, frozen=True, kw_only=True):
    """What was chosen."""

    off: int
    """Fen, gifts at their price among them."""
    discount: OrderDiscount | None
    coupon: tuple[HeldCoupon, Coupon] | None
    gifts: tuple[Gift, ...]
    shares: tuple[Share, ...]
    before: Sequence[int]
    left: Sequence[int]
    """By part: what it cost before the discount on the order, and after it."""
    free: int | None = None
    """The part of which the coupon makes one piece free."""


class Orders:
    """Which parts each counts, found once for all the nets they are tried with."""

    def __init__(self, parts: Sequence[Part], live: Live, seen: Sight, visit: Visit) -> None:
        self._parts = parts
        self._seen = seen
        self._visit = visit
        self._rows: dict[frozenset[int], Row] = {}
        self._discounts = [(one, row) for one in live.orders if (row := self._row(one)).at]
        self._coupons = [(held, one, row) for held, one in live.coupons if (row := self._row(one)).at]
        self._gifts = [(one, self._row(one)) for one in live.gifts if seen.there(one)]

    def _row(self, one: Promotion) -> Row:
        """One for all promotions that reach the same lines."""
        places = self._seen.open.get(one.id, frozenset())
        row = self._rows.get(places)
        if row is None:
            at = self._seen.reached(one, self._parts)
            row = Row(at=at, places=frozenset(at), listed=sum([self._parts[place].gross for place in at]))
            self._rows[places] = row
        return row

    def best(self, nets: Sequence[int], outlook: Outlook | None = None) -> Order:
        """For parts that cost that much by now; `outlook`: theirs, where it is known."""
        best = self._with(nets, None)
        seen = outlook or self.outlook(nets)
        beside = seen.beside(0)
        for off in seen.offs(0):
            if off.amount + beside <= best.off:  # No later stage makes up for it.
                break
            found = self._with(nets, off)
            best = found if found.off > best.off else best
        return best

    def outlook(self, nets: Sequence[int]) -> Outlook:
        """What could come of it if parts cost more than that."""
        spent = {row.places: Counted(row, row.spent(nets)) for row in self._rows.values()}
        return Outlook(
            nets=nets,
            discounts=[(one, spent[row.places]) for one, row in self._discounts],
            coupons=[
                CouponSeen(one, spent[row.places], self._dearest(nets, one, row))
                for _, one, row in self._coupons
            ],
            gifts=[(one, spent[row.places]) for one, row in self._gifts],
            visit=self._visit,
        )

    def _with(self, nets: Sequence[int], taken: Off | None) -> Order:
        """With that discount shared out, the gifts; then the best coupon."""
        left = list(nets)
        shares: list[Share] = []
        if taken:
            shares.append(Share(taken.discount.name, "", _shared(taken.amount, left, taken.counted.row)))
        after = tuple(left)
        gifts = tuple(one for one, row in self._gifts if one.due(row.spent(left), self._visit))
        off, used = 0, None
        for held, terms, row in self._coupons:
            if not (terms.alone and taken) and (amount := self._coupon(left, terms, row)) > off:
                off, used = amount, (held, terms, row)
        free = self._dearest_at(left, used[2]) if used and used[1].GIVES_PIECE else None
        if used:
            fen = _shared(off, left, used[2]) if free is None else {free: off}
            shares.append(Share(used[1].name, used[0].coupon, fen))
        return Order(
            off=(taken.amount if taken else 0) + off + sum([one.price * one.count for one in gifts]),
            discount=taken.discount if taken else None,
            coupon=(used[0], used[1]) if used else None,
            gifts=gifts,
            shares=tuple(shares),
            before=nets,
            left=after,
            free=free,
        )

    def _coupon(self, nets: Sequence[int], terms: Coupon, row: Row) -> int:
        spent = row.spent(nets)
        if (row.listed if terms.on_list else spent) < terms.threshold:
            return 0
        return terms.amount(spent, self._dearest(nets, terms, row))

    def _dearest(self, nets: Sequence[int], terms: Coupon, row: Row) -> int:
        """What the dearest piece costs, where that matters."""
        if not terms.one_piece:
            return 0
        return self._piece(nets, self._dearest_at(nets, row))

    def _dearest_at(self, nets: Sequence[int], row: Row) -> int:
        """Of equals the first."""
        return max(row.at, key=lambda at: self._piece(nets, at))

    def _piece(self, nets: Sequence[int], at: int) -> int:
        return half_up(nets[at], self._parts[at].pieces)


def _shared(amount: int, left: list[int], row: Row) -> dict[int, int]:
    """What each part has of it, and takes off what is left of it."""
    share = dict(zip(row.at, shared(amount, [left[at] for at in row.at]), strict=True))
    for at, fen in share.items():
        left[at] -= fen
    return share
