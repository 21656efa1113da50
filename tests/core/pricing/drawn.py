"""Shops and carts by lot, small and cheap, so that every threshold is near: many, in little time."""

from __future__ import annotations

from random import Random
from typing import Any

from terminal.core.cart import Article, Cart, CartLine
from terminal.core.pricing import Buyer, HeldCoupon, Tariff, Visit, parsed

SKUS = "ABCD"
CATEGORIES = ("food", "drink")


def drawn(seed: int) -> tuple[Cart, Visit, Tariff]:
    draw = Random(seed)
    top = draw.choice([30, 100, 1000])
    rows = [
        *(_line_price(draw) for _ in range(draw.randint(0, 6))),
        *(_pack(draw, top) for _ in range(draw.random() < 0.4)),
        *(_order_discount(draw, top) for _ in range(draw.randint(0, 3))),
        *(_gift(draw, top) for _ in range(draw.randint(0, 2))),
        *(_coupon(draw, top) for _ in range(draw.randint(0, 3))),
    ]
    named = {f"{at:02d}": {"name": f"{at:02d}", **row, **_scope(draw)} for at, row in enumerate(rows)}
    for id_, row in named.items():
        if row["rule"] == "entitled":
            row["to"] = f"drink {id_}"
    tariff, refused = parsed(named.items())
    assert not refused
    coupons = tuple(
        HeldCoupon(coupon=f"held-{id_}", kind=id_) for id_, row in named.items() if "coupon" in row["rule"]
    )
    buyer = Buyer(coupons=coupons, had={})
    return _cart(draw, top), Visit(business_day="2026-10-28", buyer=buyer), tariff


def _cart(draw: Random, top: int) -> Cart:
    goods = [
        Article(
            sku=sku,
            name=sku,
            category=draw.choice(CATEGORIES),
            price=draw.randint(1, top),
            member_price=draw.choice([None, draw.randint(1, top)]),
        )
        for sku in SKUS
    ]
    count = draw.randint(1, 5)
    return Cart(
        lines=tuple(CartLine(article=draw.choice(goods), quantity=draw.randint(1, 3)) for _ in range(count))
    )


def _scope(draw: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.random() < 0.4:
        found["skus"] = draw.sample(SKUS, draw.randint(1, 3))
    if draw.random() < 0.3:
        found["categories"] = [draw.choice(CATEGORIES)]
    return found


def _line_price(draw: Random) -> dict[str, Any]:
    some: list[dict[str, Any]] = [
        {"rule": "member_price"},
        {"rule": "percent_off", "pay": draw.randint(50, 100)},
        {"rule": "nth_item", "nth": draw.randint(2, 3), "pay": draw.randint(0, 100)},
        {"rule": "entitled", "to": "drink"},
        {"rule": "free_trial", "pay": draw.randint(0, 100)},
    ]
    return draw.choice(some)


def _pack(draw: Random, top: int) -> dict[str, Any]:
    contents = [["A", 1], ["B", draw.randint(1, 2)]]
    return {"rule": "pack", "price": draw.randint(1, top), "contents": contents}


def _order_discount(draw: Random, top: int) -> dict[str, Any]:
    if draw.random() < 0.5:
        reaches = [draw.randint(1, 4 * top) for _ in range(draw.randint(1, 3))]
        rungs = [{"reach": reach, "less": draw.randint(1, reach)} for reach in reaches]
        return {"rule": "spend_less", "rungs": rungs}
    every = draw.randint(1, 3 * top)
    less = draw.randint(1, every)
    return {"rule": "every_less", "every": every, "less": less, "at_most": draw.randint(1, 5)}


def _gift(draw: Random, top: int) -> dict[str, Any]:
    gift = {"sku": "G", "article": "G", "price": draw.randint(1, top), "count": draw.randint(1, 2)}
    return {"rule": "spend_get", "reach": draw.randint(0, 4 * top), **gift}


def _coupon(draw: Random, top: int) -> dict[str, Any]:
    more = {
        "threshold": draw.randint(0, 4 * top),
        "alone": draw.random() < 0.4,
        "on_list": draw.random() < 0.3,
    }
    if draw.random() < 0.5:
        return {"rule": "coupon_amount", "less": draw.randint(1, top), **more}
    off, at_most = draw.randint(0, 100), draw.randint(1, 3 * top)
    piece = draw.random() < 0.5
    if piece and off == 100:
        return {"rule": "coupon_gift", **more}
    return {"rule": "coupon_percent", "off": off, "at_most": at_most, "one_piece": piece, **more}
