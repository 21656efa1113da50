"""Uses of count cards: which are left, what they may pay for, and that no promotion looks at it."""

from __future__ import annotations

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.cart import Article, Cart, CartLine, Fill
from terminal.core.commands import BookSale, Grant, Measured, SaleLine, Sells, Tender, TenderKind
from terminal.core.errors import BadQuantity, TwoAlike
from terminal.core.ledger.state import Wallet
from terminal.core.payment import Payment, Payments, points_for
from terminal.core.policy import Policy
from terminal.core.pricing import Buyer, HeldCoupon, Tariff, Visit, parsed, priced, priced_with_uses
from terminal.core.sold import Out, Scope, SoldAs, spelt
from terminal.core.uses import (
    NotNow,
    UsesLeft,
    check_sells,
    in_force,
    may_use,
    not_now,
    sells_anything,
    sells_uses,
    tenders_of,
    uses_left,
    version_of,
    without,
)
from terminal.core.values import MemberId, WalletId
from tests.core.ledger.book import AT, Book
from tests.core.ledger.test_value import line, sell
from tests.flows.shop import PETROL

WALLET = WalletId("w1")
DAY = "2026-11-24"
CUT = Article(sku="H01", name="剪发", category="service", price=68_00)
WASH = Article(sku="H02", name="洗发", category="service", price=20_00)
TEN = Article(
    sku="K10", name="十次卡", category="card", price=450_00, uses=10, uses_of=("H01",), uses_days=30
)
EVER = Article(sku="K20", name="洗剪卡", category="card", price=300_00, uses=5, uses_of=("H01", "H02"))
NAMED = {one.sku: one for one in (CUT, WASH, TEN, EVER)}.get
VISIT = Visit(business_day=DAY, buyer=Buyer(tier="gold"))


def tariff(**rows: dict[str, object]) -> Tariff:
    found, refused = parsed(rows.items())
    assert not refused
    return found


def test_what_is_given_is_given_as_it_is_sold_today_unless_something_else_is_said() -> None:
    lunch = replace(TEN, uses_in=Scope(sites=("S1",)))
    named = {one.sku: one for one in (CUT, lunch)}.get
    today = spelt(SoldAs(name="十次卡", uses_of=("H01",), scope=Scope(sites=("S1",))))
    cut = spelt(SoldAs(name="剪发", uses_of=("H01",)))
    units = ("count:K10", "count:K30", "count:H01", "bonus", "K10", "H01")
    given = in_force([Grant(unit=unit, amount=1) for unit in units], named)
    assert [(one.unit, one.sold) for one in given] == list(
        zip(units, (today, "", cut, "", "", ""), strict=True)
    )
    assert in_force([Grant(unit="count:K10", amount=1, sold="x")], named)[0].sold == "x"


def test_a_card_is_sold_for_where_and_when_the_shop_says() -> None:
    lunch = replace(TEN, uses_in=Scope(weekdays=(1,)))
    (line,) = priced(Cart().scanned(lunch), VISIT, tariff()).lines
    assert line.sells is not None
    assert line.sells.scope == Scope(weekdays=(1,))


def bought(book: Book, unit: str, amount: int, until: str = "", paid: int = 100_00) -> None:
    line = SaleLine(
        sku="K", name="卡", category="card", quantity=1, unit_price=paid, gross=paid, net=paid,
        sells=Sells(unit=unit, amount=amount, until=until),
    )  # fmt: skip
    book.keep_command(
        BookSale(
            id=book.next_id(),
            at=AT,
            wallet=WALLET,
            card=None,
            lines=(line,),
            due=paid,
            tenders=(Tender(kind=TenderKind.CASH, amount=paid),),
            received=paid,
        )
    )


def at_home() -> Book:
    book = Book()
    book.wallets[WALLET] = Wallet(member=MemberId("m1"))
    return book


def test_what_ends_first_is_in_front_and_what_has_ended_is_not_there() -> None:
    book = at_home()
    bought(book, "count:K20", 5)
    bought(book, "count:K10", 10, "2026-11-24")
    bought(book, "count:K10", 10, "2026-12-24")
    bought(book, "count:K30", 3, "2026-11-23")
    assert uses_left(book, wallet=WALLET, day=DAY) == (
        UsesLeft(unit="count:K10", left=20, until="2026-11-24"),
        UsesLeft(unit="count:K20", left=5),
    )
    assert uses_left(book, wallet=WALLET, day="2026-11-25") == (
        UsesLeft(unit="count:K10", left=10, until="2026-12-24"),
        UsesLeft(unit="count:K20", left=5),
    )
    assert uses_left(book, wallet=WalletId("w2"), day=DAY) == ()


LUNCH = Scope(sites=("S1",), weekdays=(1, 2), opens="09:00", closes="17:00")


def lunch(book: Book, count: int, name: str = "lunch", scope: Scope | None = LUNCH) -> None:
    sells = Sells(unit="count:K10", amount=count, uses_of=("H01",), scope=scope)
    sell(book, replace(line(1_000, sells=sells), name=name))


@pytest.mark.parametrize(
    ("day", "clock", "out"),
    [
        (DAY, "09:00", None),
        (DAY, "16:59", None),
        (DAY, "17:00", Out.HOUR),
        ("2026-11-25", "12:00", Out.WEEKDAY),
        (DAY, "", None),
        ("2026-11-25", "", None),
    ],
)
def test_what_keeps_a_use_from_here_and_now_is_told_with_it(day: str, clock: str, out: Out | None) -> None:
    book = at_home()
    lunch(book, 3)
    (one,) = uses_left(book, wallet=WALLET, day=day, clock=clock)
    assert (one.left, one.scope, one.out) == (3, LUNCH, out)
    may = may_use(Cart().scanned(CUT), (one,), NAMED)
    assert (may is None) is bool(out)
    why = not_now(Cart().scanned(CUT), (one,), NAMED)
    assert why == ((NotNow(name="lunch", out=out, opens="09:00", closes="17:00"),) if out else ())


def test_a_card_of_other_sites_is_not_good_here() -> None:
    book = at_home()
    lunch(book, 3, scope=Scope(sites=("S2", "S3")))
    left = uses_left(book, wallet=WALLET, day=DAY, clock="12:00")
    cart = Cart().scanned(CUT).scanned(CUT)
    assert not_now(cart, left, NAMED) == (NotNow(name="lunch", out=Out.SITE, opens="00:00", closes="24:00"),)
    assert not_now(Cart().scanned(WASH), left, NAMED) == ()
    assert not_now(cart.paid_by_uses(0, "count:K20", 2), left, NAMED) == ()
    assert not_now(cart, [replace(left[0], left=0)], NAMED) == ()


def test_where_another_card_is_good_nothing_is_said_of_the_one_that_is_not() -> None:
    book = at_home()
    lunch(book, 3, scope=Scope(weekdays=(7,)))
    lunch(book, 2, "always", scope=None)
    left = uses_left(book, wallet=WALLET, day=DAY, clock="12:00")
    assert [(one.name, one.out) for one in left] == [("always", None), ("lunch", Out.WEEKDAY)]
    assert not_now(Cart().scanned(CUT), left, NAMED) == ()
    may = may_use(Cart().scanned(CUT), left, NAMED)
    assert may is not None
    assert may.name == "always"


def test_of_versions_that_differ_in_nothing_else_the_one_that_is_good_everywhere_is_first() -> None:
    book = at_home()
    lunch(book, 3)
    lunch(book, 2, scope=None)
    left = uses_left(book, wallet=WALLET, day=DAY, clock="12:00")
    assert [(one.left, one.scope) for one in left] == [(2, None), (3, LUNCH)]


def test_hours_go_from_midnight_to_midnight_where_nobody_says_them() -> None:
    said = (None, Scope(weekdays=(1,)), Scope(opens="09:00"), Scope(closes="17:00"))
    assert [UsesLeft(unit="count:K", left=1, scope=one).hours for one in said] == [
        ("00:00", "24:00"),
        ("00:00", "24:00"),
        ("09:00", "24:00"),
        ("00:00", "17:00"),
    ]


def test_who_does_not_ask_when_is_told_of_all() -> None:
    book = at_home()
    lunch(book, 3, scope=Scope(opens="09:00", closes="09:01"))
    assert [one.out for one in uses_left(book, wallet=WALLET, day=DAY)] == [None]


def test_each_line_is_looked_at_for_itself() -> None:
    book = at_home()
    lunch(book, 3, scope=Scope(sites=("S2",)))
    left = uses_left(book, wallet=WALLET, day=DAY, clock="12:00")
    cart = Cart().scanned(WASH).scanned(CUT).paid_by_uses(0, "count:K20", 1)
    assert [one.name for one in not_now(cart, left, NAMED)] == ["lunch"]
    cart = Cart(lines=(CartLine(article=CUT, quantity=1, labelled=5), CartLine(article=CUT, quantity=1)))
    assert [one.name for one in not_now(cart, left, NAMED)] == ["lunch"]


def test_a_line_with_a_label_is_nothing_that_a_use_pays() -> None:
    book = at_home()
    lunch(book, 3, scope=Scope(sites=("S2",)))
    left = uses_left(book, wallet=WALLET, day=DAY, clock="12:00")
    line = CartLine(article=CUT, quantity=1, labelled=500)
    assert not_now(Cart(lines=(line,)), left, NAMED) == ()


def test_a_use_says_when_it_was_offered_where_that_matters() -> None:
    cart = Cart().scanned(CUT).scanned(WASH).paid_by_uses(0, "count:K20", 1, "16:59")
    cart = cart.paid_by_uses(1, "count:K20", 1)
    assert [one.offered for one in cart.lines] == ["16:59", ""]
    (paid,) = tenders_of(cart, priced_with_uses(cart, VISIT, tariff()), NAMED)
    assert paid.offered == "16:59"
    cart = Cart().scanned(CUT).scanned(WASH).paid_by_uses(0, "count:K20", 1)
    cart = cart.paid_by_uses(1, "count:K10", 1, "16:59")
    paid, late = tenders_of(cart, priced_with_uses(cart, VISIT, tariff()), NAMED)
    assert (paid.offered, late.offered) == ("", "16:59")


@pytest.mark.parametrize(
    "wrong", [{"weekdays": [0]}, {"weekdays": [8]}, {"opens": "24:00"}, {"closes": "9:00"}]
)
def test_a_scope_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        convert(wrong, Scope)
    said = {"sku": "K", "name": "K", "category": "c", "price": 1, "uses_in": {"sites": ["S1"]}}
    with pytest.raises(ValidationError, match="of no uses"):
        convert(said, Article)
    assert convert({**said, "uses": 1, "uses_of": ["H01"]}, Article).uses_in == Scope(sites=("S1",))


def test_other_things_on_the_wallet_are_no_uses() -> None:
    book = at_home()
    bought(book, "litres:92", 10_000)
    assert uses_left(book, wallet=WALLET, day=DAY) == ()


def test_each_version_of_a_card_is_told_by_itself_with_what_it_was_sold_for() -> None:
    book = at_home()
    for count, name, services, until in (
        (10, "old", ("H01",), "2026-12-24"),
        (1, "old", ("H01",), "2026-12-01"),
        (5, "new", ("H01", "H02"), "2026-12-24"),
        (2, "new", ("H02",), ""),
    ):
        sold(book, count, name, services, until)
    bought(book, "count:K10", 3)
    told = [(one.name, one.uses_of, one.left, one.until) for one in uses_left(book, wallet=WALLET, day=DAY)]
    assert told == [
        ("old", ("H01",), 11, "2026-12-01"),
        ("new", ("H01", "H02"), 5, "2026-12-24"),
        ("", (), 3, ""),
        ("new", ("H02",), 2, ""),
    ]


def sold(book: Book, count: int, name: str, services: tuple[str, ...], until: str = "") -> None:
    sells = Sells(unit="count:K10", amount=count, until=until, uses_of=services)
    sell(book, replace(line(1000, sells=sells), name=name))


def test_what_a_card_was_sold_for_it_stays_good_for() -> None:
    """Whatever the shop calls it now, sells it for now, or sells it no more."""
    then = UsesLeft(unit="count:K10", left=2, name="old", uses_of=("H02",))
    for known in ({}, {"K10": TEN}):
        one = may_use(Cart().scanned(CUT).scanned(WASH), (then,), known.get)
        assert one is not None
        assert (one.place, one.service, one.name, one.left) == (1, WASH, "old", then)
        assert may_use(Cart().scanned(CUT), (then,), known.get) is None
    now = UsesLeft(unit="count:K10", left=1)
    one = may_use(Cart().scanned(CUT), (then, now), NAMED)
    assert one is not None
    assert (one.name, one.left) == (TEN.name, now)
    assert without((then, now), then, 2) == (replace(then, left=0), now)
    other = replace(then, uses_of=("H01", "H02"), until="2026-12-01")
    asked = {("H02", version_of(other)), ("H02", version_of(now))}
    one = may_use(Cart().scanned(WASH), (other, then), {}.get, asked)
    assert one is not None
    assert one.left == then


def test_a_use_that_is_named_for_a_service_is_good_for_it_alone() -> None:
    free = UsesLeft(unit="count:H01", left=1)
    one = may_use(Cart().scanned(WASH).scanned(CUT), (free,), NAMED)
    assert one is not None
    assert (one.place, one.service, one.name, one.quantity) == (1, CUT, "剪发", 1)
    assert may_use(Cart().scanned(WASH), (free,), NAMED) is None
    cart = Cart().scanned(CUT).scanned(WASH).paid_by_uses(0, "count:H01", 1).paid_by_uses(1, "count:H01", 1)
    (tender,) = tenders_of(cart, priced_with_uses(cart, VISIT, tariff()), NAMED)
    assert (tender.places, tender.as_sold) == ((0, 1), (1,))


@pytest.mark.parametrize(
    "other",
    [
        replace(CUT, measured=Measured.GRAM),
        replace(CUT, voucher=100),
        replace(CUT, litres=100, grade="92"),
    ],
)
def test_a_use_is_of_nothing_that_is_weighed_or_goes_onto_a_wallet(other: Article) -> None:
    free, named = UsesLeft(unit="count:H01", left=1), {"H01": other}.get
    assert may_use(Cart().scanned(CUT), (free,), named) is None
    assert in_force([Grant(unit="count:H01", amount=1)], named)[0].sold == ""


LEFT = (UsesLeft(unit="count:K10", left=2), UsesLeft(unit="count:K20", left=1))


def test_the_first_line_that_fits_is_paid_by_the_first_card_that_fits() -> None:
    cart = Cart().scanned(WASH).scanned(CUT).scanned(CUT).scanned(CUT)
    one = may_use(cart, LEFT, NAMED)
    assert one is not None
    assert (one.place, one.service, one.name, one.quantity) == (0, WASH, EVER.name, 1)
    one = may_use(cart, LEFT, NAMED, {("H02", version_of(LEFT[1]))})
    assert one is not None
    assert (one.place, one.name, one.quantity) == (1, TEN.name, 2)
    asked = {("H02", version_of(LEFT[1])), ("H01", version_of(LEFT[0])), ("H01", version_of(LEFT[1]))}
    assert may_use(cart, LEFT, NAMED, asked) is None


def test_nothing_fits_without_a_use_an_article_or_a_line_that_is_not_paid_yet() -> None:
    cart = Cart().scanned(CUT)
    assert may_use(cart, without(LEFT[:1], LEFT[0], 2), NAMED) is None
    assert may_use(cart, (UsesLeft(unit="count:gone", left=9),), NAMED) is None
    assert may_use(cart.paid_by_uses(0, "count:K10", 1), LEFT, NAMED) is None
    labelled = Cart().weighed(CUT, 1, labelled=68_00)
    assert may_use(labelled, LEFT, NAMED) is None
    assert without(LEFT, LEFT[0], 1) == (UsesLeft(unit="count:K10", left=1), LEFT[1])


def test_some_pieces_of_a_line_may_be_paid_so_and_the_rest_is_a_line_of_its_own() -> None:
    cart = Cart().scanned(WASH).scanned(CUT).scanned(CUT).scanned(CUT)
    some = cart.paid_by_uses(1, "count:K10", 2)
    assert [(line.article.sku, line.quantity, line.used) for line in some.lines] == [
        ("H02", 1, ""), ("H01", 2, "count:K10"), ("H01", 1, ""),
    ]  # fmt: skip
    whole = cart.paid_by_uses(1, "count:K10", 3)
    assert [line.used for line in whole.lines] == ["", "count:K10"]
    for pieces in (0, 4, -1):
        with pytest.raises(BadQuantity):
            cart.paid_by_uses(1, "count:K10", pieces)


def test_no_use_pays_for_what_is_weighed() -> None:
    with pytest.raises(BadQuantity):
        Cart().weighed(replace(CUT, measured=Measured.GRAM), 500).paid_by_uses(0, "count:K10", 1)


GOLD = tariff(
    gold={"rule": "tier_price", "name": "会员价", "pay": {"gold": {"service": 90}}},
    less={"rule": "spend_less", "name": "满100减20", "rungs": [{"reach": 100_00, "less": 20_00}]},
)


def test_a_use_is_at_list_price_and_reaches_no_promotion() -> None:
    cart = Cart().scanned(CUT).scanned(CUT).paid_by_uses(0, "count:K10", 1)
    bill = priced_with_uses(cart, VISIT, GOLD)
    assert (bill.lines[0].net, bill.lines[0].discounts) == (68_00, ())
    assert bill.lines[1:] == priced(Cart().scanned(CUT), VISIT, GOLD).lines
    assert bill.due == 68_00 + 61_20
    assert bill.places == (0, 1)
    (tender,) = tenders_of(cart, bill, NAMED)
    assert tender == Tender(kind=TenderKind.USES, amount=68_00, of="count:K10", units=1, places=(0,))
    plain = Cart().scanned(CUT).scanned(CUT)
    assert priced_with_uses(plain, VISIT, GOLD) == priced(plain, VISIT, GOLD)
    assert tenders_of(plain, priced(plain, VISIT, GOLD), NAMED) == ()


def test_a_coupon_of_its_own_face_does_not_touch_a_use() -> None:
    held = HeldCoupon(coupon="x", kind="c2", face=2_00, threshold=10_00)
    visit = replace(VISIT, buyer=Buyer(tier="gold", coupons=(held,)))
    alone = priced_with_uses(Cart().scanned(CUT).paid_by_uses(0, "count:K10", 1), visit, Tariff())
    assert (alone.due, alone.coupons, alone.lines[0].discounts) == (68_00, (), ())
    cart = Cart().scanned(CUT).scanned(WASH).paid_by_uses(0, "count:K10", 1)
    bill = priced_with_uses(cart, visit, Tariff())
    assert [line.net for line in bill.lines] == [68_00, 18_00]
    assert bill.coupons == ("x",)


def test_points_are_earned_by_what_is_paid_now_alone() -> None:
    twice = tariff(twice={"rule": "points_times", "name": "洗发双倍", "times": 2, "skus": ["H02"]})
    cart = Cart().scanned(CUT).scanned(WASH).paid_by_uses(0, "count:K10", 1)
    bill = priced_with_uses(cart, VISIT, twice)
    assert (bill.ahead, len(bill.lines)) == (1, 2)
    paid = Payments(
        parts=(
            *(Payment(tender=one) for one in tenders_of(cart, bill, NAMED)),
            Payment(tender=Tender(kind=TenderKind.CASH, amount=20_00)),
        )
    )
    assert [one.points for one in points_for(bill, paid, Policy(), DAY)] == [40]


def test_each_count_card_is_one_tender() -> None:
    cart = Cart().scanned(CUT).scanned(CUT).scanned(WASH)
    cart = cart.paid_by_uses(1, "count:K20", 1).paid_by_uses(0, "count:K10", 1)
    cart = cart.paid_by_uses(1, "count:K20", 1)
    bill = priced_with_uses(cart, VISIT, GOLD)
    assert tenders_of(cart, bill, NAMED) == (
        Tender(kind=TenderKind.USES, amount=68_00, of="count:K10", units=1, places=(0,)),
        Tender(kind=TenderKind.USES, amount=88_00, of="count:K20", units=2, places=(1, 2)),
    )
    assert bill.due == 156_00


@pytest.mark.parametrize(
    ("today", "as_sold"), [(("H01", "H02"), ()), (("H02",), (0,)), (("H01",), (1,)), (None, (0, 1))]
)
def test_a_tender_says_of_which_lines_no_use_is_good_by_what_the_shop_sells_today(
    today: tuple[str, ...] | None, as_sold: tuple[int, ...]
) -> None:
    cart = Cart().scanned(CUT).scanned(WASH).paid_by_uses(0, "count:K20", 1).paid_by_uses(1, "count:K20", 1)
    named = {} if today is None else {"K20": replace(EVER, uses_of=today)}
    (tender,) = tenders_of(cart, priced_with_uses(cart, VISIT, GOLD), named.get)
    assert (tender.places, tender.as_sold) == ((0, 1), as_sold)


def test_a_count_card_that_is_sold_goes_onto_the_wallet_until_its_last_day() -> None:
    bill = priced(Cart().scanned(TEN).scanned(TEN).scanned(EVER).scanned(CUT), VISIT, Tariff())
    assert [line.sells for line in bill.lines] == [
        Sells(unit="count:K10", amount=20, until="2026-12-24", uses_of=("H01",)),
        Sells(unit="count:K20", amount=5, uses_of=("H01", "H02")),
        None,
    ]
    assert sells_anything(bill)
    assert not sells_anything(priced(Cart().scanned(CUT), VISIT, Tariff()))


def test_what_is_sold_for_later_is_uses_or_something_else() -> None:
    assert sells_uses(priced(Cart().scanned(CUT).scanned(TEN), VISIT, Tariff()))
    assert not sells_uses(priced(Cart().scanned(CUT), VISIT, Tariff()))
    bill = priced(Cart().scanned(TEN), VISIT, Tariff())
    litres = replace(bill.lines[0], sells=Sells(unit="litres:92", amount=100))
    assert not sells_uses(replace(bill, lines=(litres,)))


@pytest.mark.parametrize(
    "wrong",
    [{"uses": 10}, {"uses_of": ["H01"]}, {"uses": 1, "uses_of": ["H01"], "measured": "gram"}, {"uses": 0}],
)
def test_a_count_card_says_what_it_is_for_and_is_sold_by_the_piece(wrong: dict[str, object]) -> None:
    said = {"sku": "K1", "name": "卡", "category": "card", "price": 100, **wrong}
    with pytest.raises(ValidationError):
        convert(said, Article)


def test_litres_pay_for_their_grade_whoever_sold_them() -> None:
    fill = Fill(grade=PETROL, centilitres=20_00).cart.poured_ahead(0, "litres:92", 5_00)
    bill = priced_with_uses(fill, VISIT, tariff(half={"rule": "percent_off", "name": "half", "pay": 50}))
    assert [(line.quantity, line.net) for line in bill.lines] == [(5_00, 36_90), (15_00, 55_35)]
    assert tenders_of(fill, bill, NAMED) == (
        Tender(kind=TenderKind.USES, amount=36_90, of="litres:92", units=5_00, places=(0,)),
    )


def test_what_litres_put_onto_a_wallet_is_sold_to_a_member() -> None:
    article = Article(
        sku="L", name="油卡", category="card", price=1_540_00, litres=200_00, grade="95", uses_days=30
    )
    for one, unit in ((article, "litres:95"), (replace(article, locked=7_70), "litres:95@770")):
        bill = priced(Cart().scanned(one, 1).scanned(one, 2), VISIT, Tariff())
        (line,) = bill.lines
        assert line.sells == Sells(unit=unit, amount=400_00, until="2026-12-24")
        assert sells_anything(bill)
        assert not sells_uses(bill)


def test_the_same_count_card_is_not_on_two_lines_of_one_sale() -> None:
    one = priced(Cart().scanned(TEN), VISIT, Tariff())
    check_sells(one)
    with pytest.raises(TwoAlike):
        check_sells(replace(one, lines=(*one.lines, *one.lines)))
