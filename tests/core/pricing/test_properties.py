"""What holds for every shop, cart and customer."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.cart import Article, Cart, CartLine
from terminal.core.commands import BookRefund, Measured, Returned
from terminal.core.pricing import (
    Birthday,
    Buyer,
    HeldCoupon,
    Priced,
    Tariff,
    Visit,
    given_back,
    parsed,
    priced,
    shared,
)
from terminal.core.texts.prices_zh import ZH_HANS
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import sell
from tests.core.pricing.drawn import drawn
from tests.core.pricing.every_way import most_off

SKUS = ("A", "B", "C", "D")
CATEGORIES = ("food", "drink")


@st.composite
def articles(draw: st.DrawFn) -> list[Article]:
    return [
        Article(
            sku=sku,
            name=sku,
            category=draw(st.sampled_from(CATEGORIES)),
            price=draw(st.integers(1, 50_00)),
            measured=Measured.GRAM if sku == "D" else Measured.PIECE,
            member_price=draw(st.none() | st.integers(1, 50_00)),
        )
        for sku in SKUS
    ]


def carts(goods: list[Article]) -> st.SearchStrategy[Cart]:
    line = st.builds(
        lambda article, count, minute: CartLine(
            article=article, quantity=count * 137 if article.sku == "D" else count, minute=minute
        ),
        st.sampled_from(goods),
        st.integers(1, 5),
        st.sampled_from([None, 9 * 60, 21 * 60]),
    )
    return st.lists(line, min_size=1, max_size=4).map(lambda lines: Cart(lines=tuple(lines)))


fen = st.integers(1, 60_00) | st.integers(1, 50).map(lambda yuan: yuan * 1_00)
places = st.integers(0, 8)
percent = st.integers(0, 100)
scope = st.fixed_dictionaries(
    {},
    optional={
        "categories": st.lists(st.sampled_from(CATEGORIES), max_size=2),
        "skus": st.lists(st.sampled_from(SKUS), max_size=2),
        "but_not": st.lists(st.sampled_from(SKUS), max_size=1),
        "members": st.booleans(),
        "opens": st.just("20:00"),
        "closes": st.sampled_from(["22:00", "08:00"]),
    },
)


def rule(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda head, body: {"rule": name, "name": name, **head, **body}, scope, st.fixed_dictionaries(fields)
    )


less = st.tuples(fen, fen).map(lambda two: {"reach": max(two), "less": min(two)})
every = st.tuples(fen, fen).map(lambda two: {"every": max(two), "less": min(two)})
by_category = st.dictionaries(st.sampled_from(CATEGORIES), percent)
step = st.fixed_dictionaries({"people": st.integers(2, 4), "pay": by_category})
line_prices = st.one_of(
    rule("member_price"),
    rule("percent_off", pay=percent),
    rule("nth_item", nth=st.integers(2, 4), pay=percent),
    rule("entitled", to=st.just("drink")),
    rule("free_trial", pay=percent),
    rule("bring_a_friend", pay=percent),
    rule("birthday", pay=percent, around=st.integers(0, 31)),
    rule("tier_price", pay=st.fixed_dictionaries({"gold": by_category})),
    rule("group_visit", steps=st.lists(step, min_size=1, max_size=2)),
)
packs = rule(
    "pack",
    price=fen,
    contents=st.lists(
        st.tuples(st.sampled_from(SKUS[:3]), st.integers(1, 2)),
        min_size=1,
        max_size=2,
        unique_by=lambda x: x[0],
    ),
)
orders = st.one_of(
    rule("spend_less", rungs=st.lists(less, min_size=1, max_size=3)),
    st.builds(lambda one, two: {**one, **two}, rule("every_less"), every),
)
gifts = st.one_of(
    rule("spend_get", reach=fen, sku=st.just("G"), article=st.just("G"), price=st.integers(1, 10_00)),
    rule("spend_coupon", reach=fen, kind=st.just("later"), face=fen),
    rule("spend_voucher", reach=fen, worth=st.integers(1, 30_00)),
)
amounts = rule("coupon_amount", less=fen, threshold=fen, alone=st.booleans(), on_list=st.booleans())
percents = st.one_of(
    rule("coupon_percent", off=st.integers(0, 99), at_most=fen, threshold=fen, one_piece=st.booleans()),
    rule("coupon_gift", threshold=fen, alone=st.booleans(), on_list=st.booleans()),
)


def shops(
    *others: st.SearchStrategy[dict[str, Any]], always: st.SearchStrategy[dict[str, Any]] | None = None
) -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """As many line prices and packs as the engine compares in every choice; some are kept apart."""
    parts = [
        st.lists(line_prices, max_size=4),
        st.lists(packs, max_size=1),
        st.lists(st.one_of(*others), max_size=4),
    ]
    parts += [st.tuples(always)] if always is not None else []
    return st.builds(_apart, st.tuples(*parts), st.lists(st.tuples(places, places), max_size=2))


def _apart(some: tuple[list[dict[str, Any]], ...], pairs: list[tuple[int, int]]) -> dict[str, dict[str, Any]]:
    found = {f"{at}{one['rule']}": one for at, one in enumerate(chain.from_iterable(some))}
    ids = list(found)
    for one, other in pairs:
        if max(one, other) < len(ids):
            found[ids[one]] = {**found[ids[one]], "not_with": [ids[other]]}
    return found


EXACT = shops(orders, gifts, amounts)
ALL = shops(orders, gifts, amounts, percents)
WITH_PERCENTAGE = shops(orders, gifts, amounts, always=percents)


@st.composite
def sales(draw: st.DrawFn, shop: st.SearchStrategy[dict[str, dict[str, Any]]]) -> Any:
    goods = draw(articles())
    promotions = draw(shop)
    held = tuple(
        HeldCoupon(coupon=f"held-{id_}", kind=id_)
        for id_, one in promotions.items()
        if "coupon" in one["rule"]
    )
    born = Birthday(month=10, day=28)
    known = Buyer(tier="gold", born=born, coupons=held, had={})
    buyer = draw(st.none() | st.just(known))
    visit = Visit(
        business_day="2026-10-28",
        minute=draw(st.sampled_from([0, 10 * 60, 20 * 60, 21 * 60 + 59])),
        buyer=buyer,
        people=draw(st.integers(1, 4)),
        friend=draw(st.booleans()),
    )
    return draw(carts(goods)), visit, promotions, goods


def off(bill: Priced) -> int:
    return sum(line.gross - line.net for line in bill.lines)


def by(promotions: dict[str, dict[str, Any]]) -> Tariff:
    tariff, refused = parsed(promotions.items())
    assert not refused
    return tariff


@given(sales(ALL))
def test_every_sum_is_whole_and_nothing_is_below_nothing(sale: Any) -> None:
    cart, visit, promotions, _ = sale
    bill = priced(cart, visit, by(promotions))
    for line in bill.lines:
        assert line.net == line.gross - sum(one.amount for one in line.discounts) >= 0
        assert all(one.amount > 0 for one in line.discounts)
    assert bill.due == sum(line.net for line in bill.lines)
    assert len(bill.places) == len(bill.lines)
    for place, line in enumerate(cart.lines):
        parts = [one for one, at in zip(bill.lines, bill.places, strict=True) if at == place]
        assert sum(one.quantity for one in parts) == line.quantity
    assert len(bill.coupons) <= 1
    assert {one.promotion for one in bill.missed} <= {one["name"] for one in promotions.values()}


@given(sales(ALL))
def test_each_promotion_touches_the_sale_or_says_why_not(sale: Any) -> None:
    cart, visit, promotions, _ = sale
    bill = priced(cart, visit, by({id_: {**one, "name": id_} for id_, one in promotions.items()}))
    coupons_held = {one.kind for one in visit.buyer.coupons} if visit.buyer else set()
    asked = {id_ for id_, one in promotions.items() if "coupon_" not in one["rule"] or id_ in coupons_held}
    said = {one.promotion for one in bill.missed}
    assert asked <= said | set(bill.touched)
    assert {one.promotion for one in bill.missed if not one.missing}.isdisjoint(bill.touched)
    texts = {one.why.text for one in bill.missed}
    assert texts <= ZH_HANS.keys()


@given(sales(ALL))
def test_no_promotion_makes_it_dearer(sale: Any) -> None:
    cart, visit, promotions, _ = sale
    bill = priced(cart, visit, by(promotions))
    for left_out in promotions:
        others = {id_: one for id_, one in promotions.items() if id_ != left_out}
        assert off(priced(cart, visit, by(others))) <= off(bill), left_out


@given(sales(ALL))
def test_no_other_combination_takes_more_off(sale: Any) -> None:
    cart, visit, promotions, _ = sale
    tariff = by(promotions)
    assert off(priced(cart, visit, tariff)) == most_off(cart, visit, tariff)


@pytest.mark.parametrize("hundred", range(12))
def test_no_other_combination_takes_more_off_where_thresholds_are_near(hundred: int) -> None:
    for seed in range(100 * hundred, 100 * hundred + 100):
        cart, visit, tariff = drawn(seed)
        assert off(priced(cart, visit, tariff)) == most_off(cart, visit, tariff), seed


@pytest.mark.parametrize(("seed", "touched"), [(6452, ("00", "01", "04")), (7729, ("00",))])
def test_of_equal_plans_one_that_leaves_no_line_price_out_is_taken(
    seed: int, touched: tuple[str, ...]
) -> None:
    """Drawn so that bounds do not tell beforehand that the other is no better."""
    assert priced(*drawn(seed)).touched == touched


@given(sales(EXACT), st.data())
def test_what_is_off_never_falls_as_more_is_bought(sale: Any, data: st.DataObject) -> None:
    cart, visit, promotions, goods = sale
    tariff = by(promotions)
    before = off(priced(cart, visit, tariff))
    assert off(priced(_more(cart, goods, data), visit, tariff)) >= before


@given(sales(WITH_PERCENTAGE), st.data())
def test_under_a_percentage_coupon_sharing_moves_a_fen_at_most(sale: Any, data: st.DataObject) -> None:
    cart, visit, promotions, goods = sale
    tariff = by(promotions)
    before = off(priced(cart, visit, tariff))
    assert off(priced(_more(cart, goods, data), visit, tariff)) >= before - 1


def _more(cart: Cart, goods: list[Article], data: st.DataObject) -> Cart:
    at = data.draw(st.integers(0, len(cart.lines)))
    if at == len(cart.lines):
        article = data.draw(st.sampled_from(goods))
        return Cart(lines=(*cart.lines, CartLine(article=article, quantity=data.draw(st.integers(1, 5)))))
    line = cart.lines[at]
    more = replace(line, quantity=line.quantity + data.draw(st.integers(1, 3)))
    return Cart(lines=(*cart.lines[:at], more, *cart.lines[at + 1 :]))


@given(st.integers(0, 10_000), st.lists(st.integers(0, 5_000), min_size=1, max_size=8))
def test_shares_add_up_and_none_is_above_its_line(whole: int, weights: list[int]) -> None:
    assume(sum(weights) >= whole)
    shares = shared(whole, weights)
    assert sum(shares) == whole
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(st.integers(0, 100_000), st.lists(st.integers(1, 500), min_size=1, max_size=6), st.integers(0, 500))
def test_nobody_gains_by_cutting_a_refund(net: int, pieces: list[int], kept: int) -> None:
    sold = sum(pieces) + kept
    back, before = 0, 0
    for piece in pieces:
        back += given_back(net, sold, before, piece)
        before += piece
    assert back == given_back(net, sold, 0, sum(pieces)) <= net
    assert kept or back == net


@given(sales(EXACT), st.data())
def test_what_was_sold_so_comes_back_in_pieces_and_leaves_nothing(sale: Any, data: st.DataObject) -> None:
    cart, visit, promotions, _ = sale
    bill = priced(cart, replace(visit, buyer=None), by(promotions))
    assume(bill.due)
    book = Book().with_member()
    before = book.standing()
    sold = sell(book, *bill.lines)
    pieces = [
        (at, size)
        for at, line in enumerate(bill.lines)
        for size in _cut(line.quantity, data.draw(st.integers(1, line.quantity)))
    ]
    came, back = [0] * len(bill.lines), 0
    for at, size in data.draw(st.permutations(pieces)):
        line = bill.lines[at]
        fen = given_back(line.net, line.quantity, came[at], size)
        came[at] += size
        back += fen
        assert fen >= 0
        assert back <= bill.due
        if fen:
            book.book(BookRefund, of=sold.id, returned=(Returned(line=at, net=fen),), why="a piece")
    assert back == bill.due
    assert book.of(W1, "principal") == 0
    if all(line.net for line in bill.lines):  # What cost nothing comes back by another entry.
        assert book.standing() == before


def _cut(quantity: int, first: int) -> list[int]:
    return [one for one in (first, quantity - first) if one]
