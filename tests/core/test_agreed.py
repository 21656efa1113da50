"""What was agreed when a deposit was left stands at pick-up: the lower price, for so much as was ordered."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.agreed import at_agreed, ordered
from terminal.core.cart import Cart, Goods
from terminal.core.commands import Measured, Ordered
from terminal.core.override import Override
from terminal.core.values import StaffId
from tests.flows.shop import BREAD, GOODS, MILK

KEYED = Goods(sku="KEYED", name="商品", category="goods")
PEAR = replace(MILK, sku="P01", measured=Measured.GRAM, price=9_80)
AGREED = (Ordered(sku="M01", quantity=2, unit_price=3_50),)


def dear(pieces: int, price: int = 4_00) -> Cart:
    cart = Cart()
    for _ in range(pieces):
        cart = cart.scanned(replace(MILK, price=price))
    return cart


def told(cart: Cart) -> list[tuple[str, int, int]]:
    return [(line.article.sku, line.quantity, line.article.price) for line in cart.lines]


def test_what_has_a_price_to_look_up_is_noted_with_it() -> None:
    cart = GOODS.weighed(PEAR, 500).weighed(PEAR, 300, labelled=2_94).keyed(5_00, KEYED)
    assert ordered(cart, "KEYED") == (
        Ordered(sku="M01", quantity=2, unit_price=3_50),
        Ordered(sku="B01", quantity=1, unit_price=12_34),
        Ordered(sku="P01", quantity=500, unit_price=9_80),
    )


def test_what_went_up_costs_what_was_agreed_and_what_was_not_ordered_does_not() -> None:
    cart = at_agreed(dear(2).scanned(BREAD), AGREED)
    assert told(cart) == [("M01", 2, 3_50), ("B01", 1, 12_34)]
    assert told(at_agreed(Cart().scanned(BREAD), AGREED)) == [("B01", 1, 12_34)]


def test_more_than_was_ordered_costs_what_it_does_today() -> None:
    assert told(at_agreed(dear(3), AGREED)) == [("M01", 2, 3_50), ("M01", 1, 4_00)]
    assert told(at_agreed(dear(1), AGREED)) == [("M01", 1, 3_50)]


def test_over_two_lines_it_is_no_more_either() -> None:
    two = dear(1).scanned(replace(MILK, price=4_00), minute=5).scanned(replace(MILK, price=4_00), minute=6)
    assert told(at_agreed(two, AGREED)) == [("M01", 1, 3_50), ("M01", 1, 3_50), ("M01", 1, 4_00)]


def test_at_two_prices_each_stands_for_its_own_part() -> None:
    agreed = (replace(AGREED[0], quantity=1), replace(AGREED[0], quantity=2, unit_price=3_80))
    assert told(at_agreed(dear(4), agreed)) == [("M01", 1, 3_50), ("M01", 2, 3_80), ("M01", 1, 4_00)]


def test_what_went_down_or_stayed_costs_what_it_does_today_and_uses_up_nothing() -> None:
    for price in (3_49, 3_50):
        assert told(at_agreed(dear(3, price), AGREED)) == [("M01", 3, price)]
    assert told(at_agreed(dear(1, 3_51), AGREED)) == [("M01", 1, 3_50)]
    first = Ordered(sku="M01", quantity=1, unit_price=5_00)
    assert told(at_agreed(dear(2), (first, *AGREED))) == [("M01", 2, 3_50)]


def test_what_a_label_says_or_a_person_took_off_stays() -> None:
    agreed = (*AGREED, Ordered(sku="P01", quantity=500, unit_price=9_00))
    labelled = Cart().weighed(PEAR, 300, labelled=2_94)
    assert at_agreed(labelled, agreed) == labelled
    lowered = dear(2).overridden(0, Override(reason="x", by=StaffId("E01"), percent=10))
    assert at_agreed(lowered, agreed) == lowered


def test_weight_is_counted_in_grams() -> None:
    agreed = (Ordered(sku="P01", quantity=500, unit_price=9_00),)
    assert told(at_agreed(Cart().weighed(PEAR, 700), agreed)) == [("P01", 500, 9_00), ("P01", 200, 9_80)]


def test_nothing_agreed_changes_nothing() -> None:
    assert at_agreed(GOODS, ()) == GOODS
