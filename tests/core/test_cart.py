from __future__ import annotations

from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.cart import (
    COUNTED,
    COUPONS_MAX,
    GRAMS_MAX,
    LINES_MAX,
    PIECES_MAX,
    USES_MAX,
    Article,
    Cart,
    CartLine,
    Family,
    Fill,
    Grade,
    by_barcode,
    called,
    grams,
    people,
    pieces,
)
from terminal.core.commands import Measured
from terminal.core.errors import BadAmount, BadQuantity, CartFull, CatalogueUnread, OneFillASale

TEA = Article(sku="T", name="茶", category="drinks", price=3_00)
RICE = Article(sku="R", name="米", category="food", price=7_99, measured=Measured.GRAM)
WEIGHED = Cart().weighed(RICE, 1000)


def quantities(cart: Cart) -> list[tuple[int, int]]:
    return [(line.quantity, line.tare) for line in cart.lines]


def test_a_line_is_counted_anew() -> None:
    cart = Cart().scanned(TEA).keyed(1_00, TEA)
    assert quantities(cart.counted(0, PIECES_MAX)) == [(PIECES_MAX, 0), (1, 0)]
    assert quantities(cart.counted(1, 1)) == [(1, 0), (1, 0)]
    for place, count in ((0, 0), (0, -1), (0, PIECES_MAX + 1), (2, 1), (-1, 1)):
        with pytest.raises(BadQuantity):
            cart.counted(place, count)


def test_a_weight_has_its_tare_in_it() -> None:
    assert quantities(WEIGHED.tared(0, 30)) == [(970, 30)]
    assert quantities(WEIGHED.tared(0, 30).tared(0, 50)) == [(950, 50)]
    assert quantities(WEIGHED.tared(0, 30).tared(0, 0)) == [(1000, 0)]
    assert quantities(WEIGHED.tared(0, 30).counted(0, 2000)) == [(1970, 30)]
    assert quantities(WEIGHED.counted(0, GRAMS_MAX)) == [(GRAMS_MAX, 0)]
    assert quantities(WEIGHED.tared(0, 999)) == [(1, 999)]
    for wrong in (1000, 1001, -1):
        with pytest.raises(BadQuantity):
            WEIGHED.tared(0, wrong)
    for weight in (30, 0, GRAMS_MAX + 31):
        with pytest.raises(BadQuantity):
            WEIGHED.tared(0, 30).counted(0, weight)


def test_what_was_measured_elsewhere_is_not_changed_here() -> None:
    labelled = Cart().weighed(RICE, 1000, None, 7_99)
    poured = Cart().weighed(replace(RICE, measured=Measured.CENTILITRE), 1000)
    for cart in (labelled, poured):
        with pytest.raises(BadQuantity):
            cart.counted(0, 5)
        with pytest.raises(BadQuantity):
            cart.tared(0, 5)
    with pytest.raises(BadQuantity):
        Cart().scanned(TEA).tared(0, 0)


def test_two_bags_are_two_lines() -> None:
    assert quantities(WEIGHED.weighed(RICE, 500, 7)) == [(1000, 0), (500, 0)]


def test_goods_of_another_minute_begin_another_line() -> None:
    cart = Cart().scanned(TEA, 5).scanned(TEA, 5).scanned(TEA, 6).scanned(TEA)
    assert [(line.quantity, line.minute) for line in cart.lines] == [(2, 5), (1, 6), (1, None)]


def test_a_count_card_of_another_minute_grows_its_line() -> None:
    card = replace(TEA, uses=10, uses_of=("T",))
    cart = Cart().scanned(card, 5).scanned(card, 6)
    assert [(line.quantity, line.minute) for line in cart.lines] == [(2, 5)]


def test_a_cart_at_todays_prices() -> None:
    cart = Cart().scanned(TEA, 5).weighed(RICE, 100, 5, 80).keyed(1_00, replace(TEA, sku="KEYED"))
    dearer = {"T": replace(TEA, price=4_00), "R": replace(RICE, price=9_99)}
    renewed = cart.renewed(dearer.get, 9)
    assert [(line.article.price, line.minute) for line in renewed.lines] == [(4_00, 9), (7_99, 9), (1_00, 9)]


@pytest.mark.parametrize(
    ("text", "counted"), [("1.25", 1250), ("0.005", 5), (" 12 ", 12_000), ("9999.999", 9_999_999)]
)
def test_kilograms_as_people_key_them(text: str, counted: int) -> None:
    assert grams(text) == counted


@pytest.mark.parametrize("text", ["", "1.2345", "-1", "1,5", "10000", "1e3", "１"])
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(BadQuantity):
        grams(text)


def test_a_count_as_people_key_it() -> None:
    assert [pieces(text) for text in ("1", " 12", "999", "0")] == [1, 12, 999, 0]
    for text in ("", "1000", "1.5", "-1", "x", "１"):
        with pytest.raises(BadQuantity):
            pieces(text)


def test_a_line_bears_the_minute_at_which_it_came() -> None:
    cart = Cart().scanned(TEA, 7).keyed(1_00, TEA, 8).weighed(RICE, 500, 9)
    assert [line.minute for line in cart.lines] == [7, 8, 9]


def test_a_tonne_lies_on_one_line_at_most() -> None:
    assert GRAMS_MAX == 1_000_000


def test_articles_are_found_by_what_a_scanner_can_deliver() -> None:
    both = replace(TEA, barcodes=("6901234567892", "no barcode"))
    assert by_barcode([both, RICE]) == {"6901234567892": both}


def test_who_come_together_are_one_or_more() -> None:
    assert [people(text) for text in ("1", " 5 ", "99")] == [1, 5, 99]
    for text in ("0", "100", "", "-1", "two"):
        with pytest.raises(BadQuantity):
            people(text)


@pytest.mark.parametrize(
    ("rate", "can_be"), [(-1, False), (0, True), (13_00, True), (100_00, True), (100_01, False)]
)
def test_a_tax_rate_is_a_part_of_a_price(rate: int, *, can_be: bool) -> None:
    said = {"sku": "T", "name": "tea", "category": "-", "price": 1, "tax_bp": rate}
    if can_be:
        assert convert(said, Article).tax_bp == rate
        return
    with pytest.raises(ValidationError):
        convert(said, Article)


def test_a_cart_has_so_many_coupons_and_a_count_card_so_many_uses_that_do_not_end() -> None:
    assert (COUPONS_MAX, USES_MAX, COUNTED) == (10, 1000, "count:")
    assert RICE.uses_days == 0
    assert CartLine(article=RICE, quantity=1).used == ""


def test_what_is_sold_no_more_goes_by_its_number() -> None:
    sold = {"K02": Article(sku="K02", name="剪发两次卡", category="card", price=100_00)}
    assert called(sold.get, "K02") == "剪发两次卡"
    assert called(sold.get, "K03") == "K03"


PETROL = Grade(grade="92", name="92号汽油", family=Family.PETROL, price=7_38)


def test_a_fill_that_was_keyed_has_no_amount_but_litres_times_price() -> None:
    fill = Fill(grade=PETROL, centilitres=27_10)
    assert (fill.fen, fill.nozzle, fill.of) == (None, 0, "")
    (line,) = fill.cart.lines
    assert (line.quantity, line.labelled, line.article.price) == (27_10, None, 7_38)
    assert (line.article.sku, line.article.name, line.article.category) == ("fuel-92", "92号汽油", "petrol")
    assert line.article.measured is Measured.CENTILITRE


def test_a_fill_that_was_recorded_has_the_dispensers_amount_and_price() -> None:
    (line,) = Fill(grade=PETROL.priced(7_26), centilitres=27_10, fen=196_75, nozzle=1, of="f").cart.lines
    assert (line.quantity, line.labelled, line.article.price) == (27_10, 196_75, 7_26)
    assert PETROL.priced(7_26) == replace(PETROL, price=7_26)
    assert Fill(grade=PETROL.priced(40), centilitres=1, fen=1).cart.lines[0].labelled == 1


def test_a_grade_costs_what_the_catalogue_says_of_that_fuel_in_its_measure() -> None:
    fuel = Article(sku="fuel-92", name="n", category="c", price=7_26, measured=Measured.CENTILITRE)
    assert PETROL.as_sold({"fuel-92": fuel, "92": TEA}.get) == PETROL.priced(7_26)
    assert PETROL.as_sold({"fuel-92": replace(fuel, measured=Measured.PIECE)}.get) == PETROL
    assert PETROL.as_sold({"fuel-95": fuel, "92": fuel}.get) == PETROL


def test_a_catalogue_that_cannot_be_read_leaves_the_price_of_the_policy() -> None:
    def unread(_sku: str) -> Article | None:
        raise CatalogueUnread("the disk")

    assert PETROL.as_sold(unread) == PETROL


def test_a_fill_stands_among_goods_as_what_it_is_of() -> None:
    fill = Fill(grade=PETROL, centilitres=27_10, fen=200_01, nozzle=1, of="f")
    cart = Cart().scanned(TEA)
    assert (cart.fill, Cart().fill, CartLine(article=TEA, quantity=1).fill) == (None, None, None)
    both = cart.filled(fill)
    assert both.fill == fill
    assert both.lines == (*cart.lines, replace(fill.cart.lines[0], fill=fill))
    assert both.without(1) == cart
    with pytest.raises(OneFillASale):
        both.filled(replace(fill, of="g"))
    with pytest.raises(BadAmount):
        cart.filled(replace(fill, fen=0))
    with pytest.raises(BadQuantity):
        both.counted(1, 5)


def test_a_sale_that_is_full_takes_no_fill() -> None:
    lines = tuple(CartLine(article=RICE, quantity=1) for _ in range(LINES_MAX))
    with pytest.raises(CartFull):
        Cart(lines=lines).filled(Fill(grade=PETROL, centilitres=1_00))
    assert len(Cart(lines=lines[1:]).filled(Fill(grade=PETROL, centilitres=1_00)).lines) == LINES_MAX


def test_of_a_fill_that_was_paid_ahead_in_part_both_lines_are_that_fill() -> None:
    fill = Fill(grade=PETROL, centilitres=27_10, of="f")
    both = Cart().scanned(TEA).filled(fill).poured_ahead(1, "litres:92", 10_00)
    assert [one.fill for one in both.lines] == [None, fill, fill]


@pytest.mark.parametrize(
    ("price", "centilitres", "fen"),
    [(40, 1, None), (40, 1, 0), (7_38, 1, 0), (40, 0, 5), (40, -1, 5), (40, 0, None), (40, 1, -1)],
)
def test_a_fill_that_costs_nothing_is_none(price: int, centilitres: int, fen: int | None) -> None:
    with pytest.raises(BadAmount):
        _ = Fill(grade=PETROL.priced(price), centilitres=centilitres, fen=fen).cart


def test_half_a_fen_of_a_keyed_fill_is_one() -> None:
    assert len(Fill(grade=PETROL.priced(50), centilitres=1).cart.lines) == 1


LITRES = Article(sku="L", name="油卡", category="card", price=1_540_00, litres=200_00, grade="95")


def test_an_article_puts_litres_onto_a_wallet() -> None:
    assert (LITRES.puts, LITRES.unit_put) == (200_00, "litres:95")
    assert replace(LITRES, locked=7_70).unit_put == "litres:95@770"
    card = replace(TEA, uses=10, uses_of=("T",))
    assert (card.puts, card.unit_put) == (10, card.unit_of_uses)
    assert TEA.puts == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"litres": None},
        {"grade": ""},
        {"litres": None, "grade": "", "locked": 7_70},
        {"uses": 10, "uses_of": ("T",)},
        {"measured": Measured.GRAM},
    ],
)
def test_an_article_of_litres_says_which_and_how_many_and_is_sold_by_the_piece(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="L: "):
        replace(LITRES, **wrong)


def test_a_fill_is_cut_where_what_was_paid_ahead_ends() -> None:
    fill = Fill(grade=PETROL, centilitres=30_01, fen=221_47).cart
    cut = fill.poured_ahead(0, "litres:92", 10_00)
    assert [(one.quantity, one.labelled, one.used) for one in cut.lines] == [
        (10_00, 73_80, "litres:92"),
        (20_01, 147_67, ""),
    ]
    whole = fill.poured_ahead(0, "litres:92", 30_01)
    assert [(one.quantity, one.labelled, one.used) for one in whole.lines] == [(30_01, 221_47, "litres:92")]
    told = Fill(grade=PETROL, centilitres=30_01, fen=221_50).cart.poured_ahead(0, "litres:92", 10_00)
    assert [one.labelled for one in told.lines] == [73_81, 147_69]
    two = replace(fill, lines=(fill.lines[0], fill.lines[0]))
    assert [one.used for one in two.poured_ahead(1, "litres:92", 1).lines] == ["", "litres:92", ""]
    beside = two.poured_ahead(0, "litres:92", 30_00)
    assert [(one.quantity, one.labelled) for one in beside.lines] == [
        (30_00, 221_40),
        (1, 7),
        (30_01, 221_47),
    ]


def test_each_cash_voucher_is_a_line_of_its_own_and_one_piece() -> None:
    paper = replace(TEA, voucher=100_00)
    cart = Cart().scanned(paper).scanned(paper)
    assert [line.quantity for line in cart.lines] == [1, 1]
    assert cart.counted(0, 1) == cart
    with pytest.raises(BadQuantity):
        cart.counted(0, 2)
    assert (paper.puts, paper.unit_put) == (100_00, "voucher:")
    assert [line.quantity for line in Cart().scanned(TEA).scanned(TEA).lines] == [2]


@pytest.mark.parametrize("more", [{"uses": 10, "uses_of": ("T",)}, {"litres": 1, "grade": "92"}])
def test_a_voucher_is_nothing_else_besides(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="several articles"):
        replace(TEA, voucher=1, **more)
    with pytest.raises(ValueError, match="sold by the piece"):
        replace(TEA, voucher=1, measured=Measured.GRAM)


def test_an_article_puts_no_more_litres_onto_a_wallet_than_may_be() -> None:
    said = {"sku": "L", "name": "油卡", "category": "card", "price": 1, "grade": "95"}
    assert convert({**said, "litres": 10_000_000}, Article).puts == 10_000_000
    for litres in (0, 10_000_001):
        with pytest.raises(ValidationError):
            convert({**said, "litres": litres}, Article)


def test_a_line_is_cut_for_no_lock() -> None:
    assert CartLine(article=TEA, quantity=1).lock == ""
