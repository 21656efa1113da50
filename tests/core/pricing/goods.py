"""A shop's goods, and a sale by a few promotions."""

from __future__ import annotations

from typing import Any

from terminal.core.cart import Article, Cart, CartLine
from terminal.core.commands import Measured
from terminal.core.pricing import Buyer, Priced, Tariff, Visit, parsed, priced

BOX = Article(sku="X", name="果切盒", category="cut", price=15_80)
MILK = Article(sku="Y", name="酸奶", category="dairy", price=8_90)
DURIAN = Article(
    sku="D", name="榴莲", category="fruit", price=51_60, measured=Measured.GRAM, member_price=45_60
)
CREAM = Article(sku="P", name="面霜", category="goods", price=198_00)
FACIAL = Article(sku="F", name="护理", category="service", price=168_00)

GUEST = Visit(business_day="2026-10-28", minute=10 * 60)
MEMBER = Visit(business_day="2026-10-28", minute=10 * 60, buyer=Buyer(tier="silver"))


def tariff(**promotions: dict[str, Any]) -> Tariff:
    """Each by its id; its name is the id."""
    found, refused = parsed((id_, {"name": id_, **said}) for id_, said in promotions.items())
    assert not refused, [str(one) for one in refused]
    return found


def cart(*goods: tuple[Article, int]) -> Cart:
    return Cart(lines=tuple(CartLine(article=article, quantity=count) for article, count in goods))


def sold(*goods: tuple[Article, int], to: Visit = MEMBER, **promotions: dict[str, Any]) -> Priced:
    return priced(cart(*goods), to, tariff(**promotions))


def taken(bill: Priced) -> list[tuple[str, int, list[tuple[str, int]], int]]:
    """Each line: article, gross, what was off by name, net."""
    return [
        (line.sku, line.gross, [(off.name, off.amount) for off in line.discounts], line.net)
        for line in bill.lines
    ]


def why(bill: Priced, promotion: str) -> str:
    """What is said of one that did not touch the sale."""
    (found,) = (one for one in bill.missed if one.promotion == promotion)
    return found.why.text.format(**found.why.values)
