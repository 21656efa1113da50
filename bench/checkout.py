"""A cart of twenty lines under thirty promotions and ten coupons, priced and explained, beside a bare commit.

The floor commits one sale on memory with an emulated disk (`lab/slowsync.c`, 5 ms a sync) in a process of its
own; the two take turns, so that what else the machine does hits both alike. Priced are the whole cart as it
comes back after a card was shown, and the cart again after one more article was scanned. How long it takes
depends on how near thresholds are: the same is told of carts drawn by lot.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from bench.commit import FOLDER, ROOT, SYNC_US, slow_disk
from bench.result import Ratio, Result, middle
from terminal.core.cart import Article, Cart, CartLine
from terminal.core.pricing import Buyer, HeldCoupon, Tariff, Visit, parsed, priced

ROUNDS = 20 * int(os.environ.get("BENCH_ROUNDS", "5"))
LINES = 20
_DRAWN = 500
_CATEGORIES = ("fruit", "dairy", "bakery", "drinks", "care", "service")


def measured() -> Result:
    tariff, visit, cart = _tariff(), _visit(), _cart()
    found: dict[str, list[float]] = {"commit_ms": [], "priced_ms": [], "again_ms": []}
    more = Cart(lines=(*cart.lines, CartLine(article=_article(LINES), quantity=1)))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder, _floor(Path(folder)) as floor:
        for _ in range(ROUNDS):
            found["commit_ms"].append(_committed(floor))
            found["priced_ms"].append(_timed(cart, visit, tariff))
            found["again_ms"].append(_timed(more, visit, tariff))
    drawn = sorted(_timed(one, visit, tariff) for one in _drawn())
    middles = {name: middle(values) for name, values in found.items()}
    bill = priced(cart, visit, tariff)
    return Result(
        ratios={
            "priced": Ratio(middles["priced_ms"] / middles["commit_ms"], 0.6),
            "one_more_line": Ratio(middles["again_ms"] / middles["commit_ms"], 0.2),
        },
        figures={
            **middles,
            "drawn_p50_ms": drawn[len(drawn) // 2],
            "drawn_p99_ms": drawn[len(drawn) * 99 // 100],
            "drawn_most_ms": drawn[-1],
            "lines": len(bill.lines),
            "promotions": len(tariff.promotions) - _COUPONS,
            "coupons": _COUPONS,
            "touched": len(bill.touched),
            "explained": len(bill.missed),
            "rounds": ROUNDS,
            "sync_us": SYNC_US,
        },
    )


def _timed(cart: Cart, visit: Visit, tariff: Tariff) -> float:
    begun = time.perf_counter_ns()
    priced(cart, visit, tariff)
    return (time.perf_counter_ns() - begun) / 1e6


def _floor(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.floor_checkout", folder / "floor.db"],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(slow_disk()), "SLOWSYNC_US": str(SYNC_US)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _committed(floor: subprocess.Popen[str]) -> float:
    asks, answers = _piped(floor)
    asks.write("\n")
    asks.flush()
    return float(answers.readline())


def _piped(floor: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if floor.stdin is None or floor.stdout is None:
        raise RuntimeError("the floor has no pipes")
    return floor.stdin, floor.stdout


# The shop


_COUPONS = 10


def _article(at: int) -> Article:
    return Article(
        sku=f"S{at:02d}",
        name=f"article {at}",
        category=_CATEGORIES[at % len(_CATEGORIES)],
        price=5_00 + 1_37 * at,
        member_price=4_80 + 1_31 * at,
    )


def _cart() -> Cart:
    return Cart(lines=tuple(CartLine(article=_article(at), quantity=1 + at % 3) for at in range(LINES)))


def _drawn() -> list[Cart]:
    draw = random.Random(1).randrange
    return [
        Cart(
            lines=tuple(
                CartLine(article=_article(draw(2 * LINES)), quantity=1 + draw(3)) for _ in range(LINES + 1)
            )
        )
        for _ in range(_DRAWN)
    ]


def _visit() -> Visit:
    held = tuple(HeldCoupon(coupon=f"held-{at}", kind=f"coupon{at}") for at in range(_COUPONS))
    return Visit(business_day="2026-10-28", minute=10 * 60, buyer=Buyer(tier="gold", coupons=held))


def _tariff() -> Tariff:
    """Of every stage several, so that most lines have a choice; and ten coupons."""
    rows: dict[str, dict[str, Any]] = {
        "members": {"rule": "member_price"},
        "tiers": {"rule": "tier_price", "pay": {"gold": dict.fromkeys(_CATEGORIES[:4], 94)}},
        "group": {"rule": "group_visit", "steps": [{"people": 2, "pay": {"service": 80}}]},
        "friend": {"rule": "bring_a_friend", "pay": 70, "categories": ["service"]},
        "night": {
            "rule": "percent_off",
            "pay": 50,
            "categories": ["bakery"],
            "opens": "20:00",
            "closes": "22:00",
        },
    }
    for at in range(9):
        rows[f"percent{at}"] = {"rule": "percent_off", "pay": 88 + at, "categories": [_CATEGORIES[at % 6]]}
    for at in range(6):
        rows[f"nth{at}"] = {"rule": "nth_item", "nth": 2 + at % 2, "pay": 50, "skus": [f"S{3 * at:02d}"]}
    for at in range(2):
        contents = [[f"S{2 * at:02d}", 1], [f"S{2 * at + 1:02d}", 1]]
        rows[f"pack{at}"] = {"rule": "pack", "price": 9_00 + 5_00 * at, "contents": contents}
    for at in range(3):
        rungs = [{"reach": reach, "less": reach // 12 + at} for reach in (50_00, 100_00, 200_00, 400_00)]
        rows[f"less{at}"] = {"rule": "spend_less", "rungs": rungs, "categories": list(_CATEGORIES[at:])}
    for at in range(2):
        rows[f"every{at}"] = {"rule": "every_less", "every": 150_00 + 50_00 * at, "less": 10_00}
    for at in range(3):
        gift = {"sku": "G", "article": "gift", "price": 5_00}
        rows[f"gift{at}"] = {"rule": "spend_get", "reach": 150_00 * (at + 1), **gift}
    for at in range(_COUPONS):
        amount = {
            "rule": "coupon_amount",
            "less": 3_00 + at * 50,
            "threshold": 60_00 * at,
            "alone": at % 2 == 0,
        }
        percent = {
            "rule": "coupon_percent",
            "off": 5 + at,
            "at_most": 20_00,
            "categories": [_CATEGORIES[at % 6]],
        }
        rows[f"coupon{at}"] = percent if at % 3 == 0 else amount
    tariff, refused = parsed((id_, {"name": id_, **said}) for id_, said in rows.items())
    if refused:
        raise RuntimeError(f"{refused}")
    return tariff
