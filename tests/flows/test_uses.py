"""Count cards in the dialogue of a sale: bought, used in the place of money, left alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article, Cart
from terminal.core.commands import (
    BookGrant,
    BookSale,
    CouponGrant,
    Grant,
    SaleLine,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.errors import MemberNeeded, TerminalFault, UsesElsewhere, UsesOtherDays, UsesOtherHours
from terminal.core.ledger.state import Wallet
from terminal.core.pin import PinCause
from terminal.core.sold import Scope
from terminal.flows.checkout import checkout
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import HOLDERS, MILK, POLICY, WANG, WANG_CARD

CUT = Article(sku="H01", name="剪发", category="service", price=68_00)
WASH = Article(sku="H02", name="洗发", category="service", price=20_00)
TEN = Article(
    sku="K10", name="剪发十次卡", category="card", price=450_00, uses=10, uses_of=("H01",), uses_days=365
)
BOTH = Article(sku="K20", name="洗剪卡", category="card", price=300_00, uses=5, uses_of=("H01", "H02"))
ARTICLES = {one.sku: one for one in (CUT, WASH, TEN, BOTH, MILK)}


def shop(script: Script, *bought: Article) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders=HOLDERS, policy=POLICY)
    desk.articles = ARTICLES
    desk.sold.book.wallets.setdefault(WANG.wallet, Wallet(member=WANG.member))
    for card in bought:
        line = {"sku": card.sku, "name": card.name, "category": card.category}
        desk.sold.book.keep_command(_bought(desk, card, line))
    return desk


def _bought(desk: ScriptedDesk, card: Article, line: dict[str, str]) -> BookSale:

    until = "2026-11-30" if card.uses_days else ""
    return BookSale(
        id=desk.new_id(),
        at=desk.occasion(),
        wallet=WANG.wallet,
        card=None,
        lines=(
            SaleLine(
                **line,
                quantity=1,
                unit_price=card.price,
                gross=card.price,
                net=card.price,
                sells=Sells(
                    unit=card.unit_of_uses,
                    amount=card.uses or 0,
                    until=until,
                    uses_of=card.uses_of,
                    scope=card.uses_in,
                ),
            ),
        ),
        due=card.price,
        tenders=(Tender(kind=TenderKind.CASH, amount=card.price),),
        received=card.price,
    )


def cart(*articles: Article) -> Cart:
    found = Cart()
    for one in articles:
        found = found.scanned(one)
    return found


def sale_of(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    (command,) = desk.booked
    assert isinstance(command, BookSale)
    return command


def test_a_count_card_that_is_bought_lies_on_the_wallet_with_its_last_day() -> None:
    desk = shop(
        (
            ("fill_cart", cart(TEN)),
            ("offer_card", WANG_CARD),
            ("choose_tender", TenderKind.CASH),
            ("ask_cash", 450_00),
            ("confirm", True),
        )
    )
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert sale.lines[0].sells == Sells(unit="count:K10", amount=10, until="2027-11-24", uses_of=("H01",))
    assert sale.points[0].points == 450


def test_nobody_buys_one_without_a_membership() -> None:
    desk = shop(
        (
            ("fill_cart", cart(TEN)),
            ("offer_card", SKIP),
            ("offer_card", CANCEL),
        )
    )
    play(checkout(desk))
    assert desk.declined == [MemberNeeded.code]
    assert not desk.booked


USED: Script = (
    ("fill_cart", cart(CUT)),
    ("offer_card", WANG_CARD),
    ("choose", "use"),
    ("confirm", True),
)


PAID: Script = (
    ("fill_cart", cart(CUT)),
    ("offer_card", WANG_CARD),
    ("choose_tender", TenderKind.CASH),
    ("ask_cash", 68_00),
    ("confirm", True),
)


def test_a_use_pays_for_its_service_at_list_price_and_earns_nothing() -> None:
    desk = shop(USED, TEN)
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert sale.tenders == (Tender(kind=TenderKind.USES, amount=68_00, of="count:K10", units=1, places=(0,)),)
    assert (sale.due, sale.points) == (68_00, ())
    assert desk.asked[2] == ("choose", "剪发: use the count card?")
    assert desk.asked[3] == ("confirm", "Take it off the count card?")


@pytest.mark.parametrize(
    ("scope", "said", "advice"),
    [
        (Scope(sites=("S9",)), UsesElsewhere, {"name": "剪发十次卡"}),
        (Scope(weekdays=(1,)), UsesOtherDays, {"name": "剪发十次卡"}),
        (
            Scope(opens="03:00", closes="03:01"),
            UsesOtherHours,
            {"name": "剪发十次卡", "opens": "03:00", "closes": "03:01"},
        ),
    ],
)
def test_where_a_card_is_not_good_no_use_is_offered_and_it_is_said_why(
    scope: Scope, said: type[TerminalFault], advice: dict[str, str]
) -> None:
    desk = shop(PAID, replace(TEN, uses_in=scope))
    assert play(checkout(desk)) is None
    assert desk.declined == [said.code]
    assert desk.advised == [advice]
    assert sale_of(desk).tenders[0].kind is TenderKind.CASH


@pytest.mark.parametrize(
    ("scope", "offered"),
    [(Scope(weekdays=(2,)), ""), (Scope(opens="00:00"), "08:00"), (Scope(closes="08:01"), "08:00")],
)
def test_a_use_that_is_not_good_at_every_hour_says_when_it_was_offered(scope: Scope, offered: str) -> None:
    desk = shop(USED, replace(TEN, uses_in=scope))
    assert play(checkout(desk)) is None
    (paid,) = sale_of(desk).tenders
    assert (paid.kind, paid.offered) == (TenderKind.USES, offered)


@pytest.mark.parametrize("known", [(), (replace(TEN, name="洗发十次卡", uses_of=("H02",)),)])
def test_a_card_that_the_shop_changed_or_sells_no_more_is_used_as_it_was_sold(
    known: tuple[Article, ...],
) -> None:
    desk = shop(USED, TEN)
    desk.articles = {one.sku: one for one in (CUT, *known)}
    assert play(checkout(desk)) is None
    (paid,) = sale_of(desk).tenders
    assert (paid.kind, paid.of) == (TenderKind.USES, "count:K10")


def test_what_goes_beside_it_is_paid_as_ever() -> None:
    desk = shop(
        (
            ("fill_cart", cart(CUT, MILK)),
            ("offer_card", WANG_CARD),
            ("choose", "use"),
            ("choose_tender", TenderKind.CASH),
            ("ask_cash", 5_00),
            ("confirm", True),
        ),
        TEN,
    )
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert [(one.kind, one.amount) for one in sale.tenders] == [
        (TenderKind.USES, 68_00), (TenderKind.CASH, 3_50),
    ]  # fmt: skip
    assert sale.points[0].points == 3


def with_coupon(desk: ScriptedDesk, less: int, threshold: int) -> ScriptedDesk:
    one = CouponGrant(coupon="one", kind="c", face=less, threshold=threshold)
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="gift", coupons=(one,))
    return desk


def test_a_coupon_is_left_where_uses_pay_all_of_it() -> None:
    desk = with_coupon(shop(USED, TEN), 2_00, 30_00)
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert (sale.lines[0].discounts, sale.coupons_used, sale.due) == ((), (), 68_00)
    assert [(one.kind, one.amount) for one in sale.tenders] == [(TenderKind.USES, 68_00)]
    desk.sold.book.keep_command(replace(sale, card=None))
    assert desk.sold.book.of(WANG.wallet, "coupon:one") == 1


def test_a_coupon_comes_once_off_what_goes_beside_a_use() -> None:
    script: Script = (
        ("fill_cart", cart(CUT, MILK)),
        ("offer_card", WANG_CARD),
        ("choose", "use"),
        ("choose", "one"),
        ("choose_tender", TenderKind.CASH),
        ("ask_cash", 5_00),
        ("confirm", True),
    )
    desk = with_coupon(shop(script, TEN), 2_00, 3_50)
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert [line.net for line in sale.lines] == [68_00, 1_50]
    assert [(one.kind, one.amount) for one in sale.tenders] == [
        (TenderKind.USES, 68_00),
        (TenderKind.CASH, 1_50),
    ]
    assert sale.coupons_used == ("one",)


def test_a_coupon_is_not_reached_by_what_uses_pay() -> None:
    script: Script = (
        ("fill_cart", cart(CUT, MILK)),
        ("offer_card", WANG_CARD),
        ("choose", "use"),
        ("choose_tender", TenderKind.CASH),
        ("ask_cash", 5_00),
        ("confirm", True),
    )
    desk = with_coupon(shop(script, TEN), 2_00, 3_51)
    assert play(checkout(desk)) is None
    assert [line.net for line in sale_of(desk).lines] == [68_00, 3_50]
    assert sale_of(desk).coupons_used == ()


def test_whoever_rather_pays_is_not_asked_for_that_card_again() -> None:
    desk = shop(
        (
            ("fill_cart", cart(CUT)),
            ("offer_card", WANG_CARD),
            ("choose", "pay"),
            ("choose_tender", TenderKind.STORED),
            ("confirm", True),
        ),
        TEN,
    )
    assert play(checkout(desk)) is None
    assert sale_of(desk).tenders == (Tender(kind=TenderKind.STORED, amount=68_00),)


def test_of_several_pieces_some_are_used_and_what_ends_first_is_asked_for_first() -> None:
    desk = shop(
        (
            ("fill_cart", cart(CUT, CUT, CUT)),
            ("offer_card", WANG_CARD),
            ("choose", "use"),
            ("ask_quantity", 2),
            ("choose", "pay"),
            ("choose_tender", TenderKind.CASH),
            ("ask_cash", 70_00),
            ("confirm", True),
        ),
        BOTH,
        TEN,
    )
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert sale.tenders[0] == Tender(
        kind=TenderKind.USES, amount=136_00, of="count:K10", units=2, places=(0,)
    )
    assert sale.tenders[1].amount == 68_00
    assert [line.quantity for line in sale.lines] == [2, 1]


def test_one_card_may_be_of_several_services() -> None:
    desk = shop(
        (
            ("fill_cart", cart(CUT, WASH)),
            ("offer_card", WANG_CARD),
            ("choose", "use"),
            ("choose", "use"),
            ("confirm", True),
        ),
        BOTH,
    )
    assert play(checkout(desk)) is None
    assert sale_of(desk).tenders == (
        Tender(kind=TenderKind.USES, amount=88_00, of="count:K20", units=2, places=(0, 1)),
    )


def test_of_two_cards_each_use_is_booked_of_one_that_is_good_for_it() -> None:
    """Whatever was answered: what ends first is not taken for a service that the other card pays too."""
    desk = shop(
        (
            ("fill_cart", cart(CUT, WASH)),
            ("offer_card", WANG_CARD),
            ("choose", "pay"),
            ("choose", "use"),
            ("choose", "use"),
            ("confirm", True),
        ),
        replace(BOTH, uses=1, uses_days=7, name="a"),
        replace(BOTH, uses_of=("H01",), name="b"),
    )
    assert play(checkout(desk)) is None
    desk.sold.book.keep_command(replace(sale_of(desk), card=None))
    lots = desk.sold.book.lots(WANG.wallet, BOTH.unit_of_uses)
    assert [(lot.until, lot.rest) for lot in lots] == [("", 4)]


def test_a_use_that_was_given_for_another_service_stays_where_it_is() -> None:
    """The shop sells the card for washing by now; what it sold for cutting pays for that alone."""
    desk = shop(USED, replace(BOTH, uses_of=("H01",)))
    desk.articles = {one.sku: one for one in (CUT, WASH, replace(BOTH, uses_of=("H02",)))}
    given = Grant(unit=BOTH.unit_of_uses, amount=1, until="2026-11-30")
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="gift", grants=(given,))
    assert play(checkout(desk)) is None
    desk.sold.book.keep_command(replace(sale_of(desk), card=None))
    lots = desk.sold.book.lots(WANG.wallet, BOTH.unit_of_uses)
    assert sorted((lot.until, lot.rest) for lot in lots) == [("", 4), ("2026-11-30", 1)]


def test_uses_want_the_pin_as_value_does_and_without_it_they_are_left() -> None:
    desk = shop((*USED[:3], ("ask_pin", "200731"), USED[-1]), TEN)
    desk.pin = "200731"
    desk.pin_cause_is = PinCause.PHONE if hasattr(PinCause, "PHONE") else next(iter(PinCause))
    assert play(checkout(desk)) is None
    assert sale_of(desk).by_pin
    assert desk.pin_fen[0] == 68_00


@pytest.mark.parametrize("by_pin", [False, True])
def test_a_coupon_beside_uses_counts_with_them_where_no_pin_was_keyed_for_these(*, by_pin: bool) -> None:
    pin: Script = (("ask_pin", "200731"),) if by_pin else ()
    cash: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 20_00), ("confirm", True))
    desk = shop(
        (
            ("fill_cart", cart(CUT, WASH)),
            ("offer_card", WANG_CARD),
            ("choose", "use"),
            *pin,
            ("choose", "five"),
            *cash,
        ),
        TEN,
    )
    coupon = CouponGrant(coupon="five", kind="c5", face=5_00, threshold=0)
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="autumn", coupons=(coupon,))
    desk.pin_cause_is, desk.pin = PinCause.ABOVE if by_pin else None, "200731"
    assert play(checkout(desk)) is None
    assert (sale_of(desk).coupons_used, sale_of(desk).by_pin) == (("five",), by_pin)
    assert desk.pin_fen == ([68_00] if by_pin else [68_00, 73_00])


def test_the_pin_that_uses_asked_for_is_booked_with_a_sale_whose_coupon_is_kept() -> None:
    script = (
        *USED[:3],
        ("ask_pin", "200731"),
        ("choose", "none"),
        ("choose_tender", TenderKind.CASH),
        ("ask_cash", 20_00),
        ("confirm", True),
    )
    desk = shop((("fill_cart", cart(CUT, WASH)), *script[1:]), TEN)
    coupon = CouponGrant(coupon="five", kind="c5", face=5_00, threshold=0)
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="autumn", coupons=(coupon,))
    desk.pin_cause_is, desk.pin = PinCause.ABOVE, "200731"
    assert play(checkout(desk)) is None
    assert (sale_of(desk).coupons_used, sale_of(desk).by_pin) == ((), True)


@pytest.mark.parametrize("at", range(len(USED)))
def test_it_can_be_left_at_every_question_with_nothing_booked(at: int) -> None:
    desk = shop((*USED[:at], (USED[at][0], CANCEL)), TEN)
    play(checkout(desk))
    assert desk.finished
    assert not desk.booked


def test_a_card_that_no_article_of_the_shop_explains_is_not_offered() -> None:
    desk = shop(
        (
            ("fill_cart", cart(CUT)),
            ("offer_card", WANG_CARD),
            ("choose_tender", TenderKind.STORED),
            ("confirm", True),
        ),
    )
    gift = Grant(unit=TEN.unit_of_uses, amount=1)
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="gift", grants=(gift,))
    desk.articles = {}
    assert play(checkout(desk)) is None
    assert sale_of(desk).tenders[0].kind is TenderKind.STORED


PAPER = Article(sku="Q01", name="百元代金券", category="card", price=95_00, voucher=100_00)


def test_cash_vouchers_are_sold_to_members_alone_each_under_an_id_of_its_own() -> None:
    cart = Cart().scanned(PAPER).scanned(PAPER)
    script: Script = (
        ("fill_cart", cart),
        ("offer_card", SKIP),
        ("offer_card", WANG_CARD),
        ("choose_tender", TenderKind.CASH),
        ("ask_cash", 190_00),
        ("confirm", True),
    )
    desk = ScriptedDesk(script, holders=HOLDERS, policy=POLICY)
    assert play(checkout(desk)) is None
    assert desk.declined == [MemberNeeded.code]
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    sells = [line.sells for line in sale.lines if line.sells]
    assert [(one.amount, one.until, line.net) for one, line in zip(sells, sale.lines, strict=True)] == [
        (100_00, "", 95_00),
        (100_00, "", 95_00),
    ]
    ids = {one.unit for one in sells}
    assert len(ids) == 2
    assert all(one.startswith("voucher:") and len(one) > len("voucher:") for one in ids)
