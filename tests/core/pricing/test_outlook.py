"""Bounds of what comes off the whole: they hold, and they are no looser than they say."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cart import Cart
from terminal.core.money import AMOUNT_MAX
from terminal.core.pricing import Tariff, Visit
from terminal.core.pricing.basket import basket
from terminal.core.pricing.order import Orders
from terminal.core.pricing.outlook import Counted, Off, Outlook
from terminal.core.pricing.promotion import Coupon, Promotion
from terminal.core.pricing.rules.coupon_amount import CouponAmount
from terminal.core.pricing.rules.coupon_gift import CouponGift
from terminal.core.pricing.sight import sight
from tests.core.pricing.drawn import drawn

SHOPS = range(500)
MORE = 40
"""Fen, so few that every one of them is tried."""


def orders(cart: Cart, visit: Visit, tariff: Tariff) -> tuple[Orders, list[int]]:
    """And what each part costs by the list."""
    parts = basket(cart).parts
    live = tariff.live(visit)
    return Orders(parts, live, sight(cart, live, visit, tariff), visit), [part.gross for part in parts]


def seen(seed: int) -> Outlook:
    found, nets = orders(*drawn(seed))
    return found.outlook(nets)


def after(outlook: Outlook, off: Off, more: int) -> int:
    """What comes off with that discount on the order, as `Outlook.most` finds it where there is no other."""
    coupons = [one for one in outlook.coupons if not one.terms.alone]
    left = replace(
        outlook,
        discounts=[],
        coupons=[replace(one, counted=less(outlook, off, one.counted)) for one in coupons],
        gifts=[(gift, less(outlook, off, counted)) for gift, counted in outlook.gifts],
    )
    return off.amount + left.most(more)


def less(outlook: Outlook, off: Off, counted: Counted) -> Counted:
    """Without what it has of the discount: all where that lies in it, else its part, a fen less a line."""
    row, other = off.counted.row.places, counted.row.places
    share = off.amount
    if not row <= other:
        common = sum(outlook.nets[at] for at in row & other)
        share = max(0, off.amount * common // sum(outlook.nets[at] for at in row) - len(row & other))
    return replace(counted, spent=counted.spent - share)


def for_everything(one: Promotion) -> Promotion:
    wide = replace(one, skus=(), categories=())
    if isinstance(wide, CouponGift):
        return CouponAmount(id=wide.id, name=wide.name, less=AMOUNT_MAX, threshold=wide.threshold)
    return replace(wide, one_piece=False) if isinstance(wide, Coupon) else wide


def test_the_most_is_that_of_the_best_discount() -> None:
    for seed in SHOPS:
        outlook = seen(seed)
        for more in (0, 1, 7, MORE, 500):
            found = [after(outlook, off, more) for off in outlook.offs(more)]
            found.append(replace(outlook, discounts=[]).most(more))
            assert outlook.most(more) == max(found), (seed, more)


def test_near_is_the_first_fen_at_which_more_comes_off() -> None:
    for seed in SHOPS:
        outlook = seen(seed)
        brings = [outlook.most(more) - more for more in range(MORE + 1)]
        for over in {brings[0] - 1, brings[0], brings[0] + 1, max(brings) - 1, max(brings)}:
            for least, within in ((1, MORE), (3, MORE), (3, 9), (9, 9)):
                first = next((at for at in range(least, within + 1) if brings[at] > over), None)
                assert outlook.near(least, within, over) == first, (seed, over, least, within)


def test_no_more_comes_off_than_the_most_and_just_that_where_all_is_for_everything() -> None:
    for seed in SHOPS:
        cart, visit, tariff = drawn(seed)
        found, nets = orders(cart, visit, tariff)
        assert found.best(nets).off <= found.outlook(nets).most(0), seed
        found, nets = orders(cart, visit, Tariff(for_everything(one) for one in tariff.promotions))
        assert found.best(nets).off == found.outlook(nets).most(0), seed


def test_what_costs_nothing_has_no_share() -> None:
    for seed in SHOPS:
        found, nets = orders(*drawn(seed))
        assert found.outlook([0] * len(nets)).most(MORE) >= found.best([0] * len(nets)).off, seed


def test_discounts_on_the_order_come_highest_first() -> None:
    for seed in SHOPS:
        amounts = [off.amount for off in seen(seed).offs(MORE)]
        assert amounts == sorted(amounts, reverse=True), seed
