"""The numbers that a shop has before it says anything, and what nobody has to say."""

from __future__ import annotations

from msgspec.structs import asdict

from terminal.core.cart import CENTILITRES_MAX, LINES_MAX, PIECES_MAX, Article, Goods
from terminal.core.commands import Balances, Booked, BookNote, CardState, Measured, Private, SpendOrder
from terminal.core.ledger import Card, Intent, Lot, Wallet
from terminal.core.payment import Payment
from terminal.core.points import STANDARD
from terminal.core.policy import Offline, Policy
from tests.core.ledger.book import AT, W1
from tests.core.test_points import cash


def test_a_shop_that_says_nothing_has_these_numbers() -> None:
    assert asdict(Policy()) == {
        "points": STANDARD,
        "recharge_ladder": (),
        "recharge_at_most": 5_000_00,
        "unnamed_at_most": 1_000_00,
        "unnamed_rewards": True,
        "card_stays": False,
        "spend_order": SpendOrder.BONUS_LAST,
        "cash_step": 10,
        "join_pack": (),
        "terms": "1",
        "grades": (),
        "offline": Offline(secure=100_00, signed=30_00, open=0, site=1_000_00),
        "keyed_article": Goods(sku="KEYED", name="商品", category="goods"),
    }


def test_a_cart_holds_200_lines_of_999_pieces_and_a_fill_1000_litres() -> None:
    assert (LINES_MAX, PIECES_MAX, CENTILITRES_MAX) == (200, 999, 1_000_00)


def test_what_nobody_says_is_nothing() -> None:
    assert set(asdict(Private()).values()) == {(), ""}
    assert asdict(Lot(lot="x", rest=1)) == {
        "lot": "x",
        "rest": 1,
        "laid": 0,
        "paid": 0,
        "since": "",
        "until": "",
        "invoice": "",
    }
    assert (Wallet().member, Wallet().tier, Wallet().into) == (None, "regular", None)
    assert Card(wallet=W1).state is CardState.ACTIVE
    assert Intent(intent="i", consumed_by="c", amount=1).end == ""
    article = Article(sku="a", name="a", category="a", price=1)
    assert (article.measured, article.barcodes) == (Measured.PIECE, ())
    balances = Balances()
    assert (balances.principal, balances.bonus, balances.points, balances.coupons) == (0, 0, {}, 0)
    payment = Payment(tender=cash(5))
    assert (payment.rounding, payment.received, payment.spent.principal, payment.spent.bonus) == (0, 0, 0, 0)


def test_an_answer_of_which_nothing_is_known_says_nothing() -> None:
    booked = Booked(command=BookNote(id="x", at=AT, what="x", detail=""), seq=1, receipt_no="")
    assert (booked.principal_spent, booked.bonus_spent, booked.after) == (0, 0, None)
    assert (booked.card_shown, booked.again) == ("", False)
