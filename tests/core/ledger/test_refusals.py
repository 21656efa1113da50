"""What no honest counter sends is refused and changes nothing; the last fen that a limit allows is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookCashMove,
    BookConsent,
    BookDeposit,
    BookErasure,
    BookExpiry,
    BookFleetFunds,
    BookGrant,
    BookHold,
    BookImport,
    BookIntent,
    BookIntentEnd,
    BookInvoice,
    BookIssue,
    BookLegalHold,
    BookMerge,
    BookPin,
    BookProfile,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookSale,
    BookService,
    BookShiftClose,
    BookShiftOpen,
    BookTier,
    BookTransfer,
    BookVoid,
    CardState,
    Cashback,
    CouponGrant,
    Discount,
    Grant,
    IntentEnd,
    PaidBy,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.errors import (
    BadAmount,
    CardNotUsable,
    CouponNotUsable,
    InsufficientFunds,
    NotBookable,
    NotInDrawer,
    Refused,
    UnknownCard,
)
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import CardId, MemberId, WalletId
from tests.core.ledger.book import C1, C2, M1, M2, TWO, W1, W2, Book, opening
from tests.core.ledger.test_value import line, load, sell

NO_ID = "no:id"
UNKNOWN = WalletId("w-unknown")
NEW = WalletId("w9")
CARD_OF_W2 = C2
MOST_LINES, MOST_COUPONS, MOST_GRANTS = 500, 100, 50


def stocked() -> Book:
    """Two members with a card each; the first has 100 yuan, 20 of bonus, 50 points and the coupon k1."""
    book = Book().with_member(card=C1).with_member(W2, M2, card=CARD_OF_W2)
    book.book(BookShiftOpen, opening_cash=1000)
    load(book, 10000, 2000)
    coupon = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    points = Grant(unit="points:goods", amount=50)
    book.book(BookGrant, wallet=W1, why="x", grants=(points,), coupons=(coupon,))
    book.book(BookFleetFunds, company="haulage", amount=500, paid_by=None)
    return book


def coupons(count: int) -> tuple[CouponGrant, ...]:
    return tuple(CouponGrant(coupon=f"n{n}", kind="c3", face=300, threshold=0) for n in range(count))


def recharge(**wrong: Any) -> Callable[[Book], Any]:
    fields = {"wallet": W1, "card": None, "principal": 100, "bonus": 0, "received": 100}
    return lambda book: book.book(BookRecharge, **{**fields, **wrong})


def sale(**wrong: Any) -> Callable[[Book], Any]:
    """Ten yuan in cash by the first member."""
    cash = Tender(kind=TenderKind.CASH, amount=1000)
    fields = {"wallet": W1, "card": None, "lines": (line(1000),), "due": 1000, "tenders": (cash,)}
    return lambda book: book.book(BookSale, **{**fields, "received": 1000, **wrong})


def to_nobody(**wrong: Any) -> Callable[[Book], Any]:
    return sale(wallet=None, **wrong)


def pays(kind: str, amount: int, of: str = "", units: int = 0) -> dict[str, Any]:
    """As if all of a sale was paid so."""
    tender = Tender(kind=TenderKind(kind), amount=amount, of=of, units=units)
    return {"lines": (line(amount),), "due": amount, "tenders": (tender,), "received": 0}


def priced(**wrong: Any) -> dict[str, Any]:
    """A sale in cash of one line that is so wrong."""
    one = replace(line(1000), **wrong)
    cash = Tender(kind=TenderKind.CASH, amount=one.net)
    return {
        "lines": (one,),
        "due": one.net,
        "tenders": (cash,) if one.net else (),
        "received": max(0, one.net),
    }


def grant(**wrong: Any) -> Callable[[Book], Any]:
    return lambda book: book.book(BookGrant, **{"wallet": W1, "why": "x", **wrong})


def imported(unit: str, amount: int, wallet: WalletId = W1) -> Callable[[Book], Any]:
    grants = (Grant(unit=unit, amount=amount),)
    return lambda book: book.book(BookImport, at=TWO, wallet=wallet, paper="17", grants=grants)


def redeem(points: int = 10, family: str = "goods", **wrong: Any) -> Callable[[Book], Any]:
    fields = {"wallet": W1, "card": None, "what": "毛巾", "worth": 100, **wrong}
    return lambda book: book.book(BookRedeem, points=PointsEarned(family=family, points=points), **fields)


def hold(**wrong: Any) -> Callable[[Book], Any]:
    return lambda book: book.book(
        BookHold, **{"wallet": W1, "card": None, "amount": 100, "for_what": "pump:1", **wrong}
    )


def deposit(**wrong: Any) -> Callable[[Book], Any]:
    fields = {"wallet": W1, "card": None, "of": "presale:cake", "amount": 100, "received": 100}
    return lambda book: book.book(BookDeposit, **{**fields, **wrong})


def plain(kind: Any, **fields: Any) -> Callable[[Book], Any]:
    return lambda book: book.book(kind, **fields)


def refund(returned: tuple[Returned, ...]) -> Callable[[Book], Any]:
    def of_a_sale(book: Book) -> None:
        sold = sell(book, line(500), line(500))
        before = book.standing()
        try:
            book.book(BookRefund, of=sold.id, returned=returned, why="x")
        finally:
            assert book.standing() == before
            book.book(BookVoid, of=sold.id, why="as if it had not been")

    return of_a_sale


def recharge_refund(**wrong: Any) -> Callable[[Book], Any]:
    fields = {"wallet": W1, "lot": "1", "reason": RechargeRefundReason.MEMBER}
    return lambda book: book.book(
        BookRechargeRefund, **{**fields, "lot": next(iter(book.laid[W1, "principal"])), **wrong}
    )


def opens(wallet: WalletId = NEW, member: MemberId | None = None, card: str | None = "c9") -> Any:
    return opening(wallet, member, None if card is None else CardId(card))


def intent(**wrong: Any) -> Callable[[Book], Any]:
    fields = {"what": "code_payment", "amount": 500}
    return lambda book: book.book(BookIntent, **{**fields, "consumed_by": book.next_id(), **wrong})


CASES: dict[str, tuple[type[Refused], Callable[[Book], Any]]] = {
    "a recharge of nothing": (BadAmount, recharge(principal=0)),
    "less than nothing": (BadAmount, recharge(principal=-1)),
    "a bonus that takes": (BadAmount, recharge(bonus=-1)),
    "a bonus beyond all limits": (BadAmount, recharge(bonus=AMOUNT_MAX + 1)),
    "a recharge beyond all limits": (BadAmount, recharge(principal=AMOUNT_MAX + 1, received=AMOUNT_MAX + 1)),
    "more cash than there is": (BadAmount, recharge(received=AMOUNT_MAX + 1)),
    "less cash than principal": (BadAmount, recharge(received=99)),
    "a recharge of no wallet": (UnknownCard, recharge(wallet=UNKNOWN)),
    "a recharge with nobody's card": (UnknownCard, recharge(card="c-unknown")),
    "a recharge with somebody else's card": (UnknownCard, recharge(card=CARD_OF_W2)),
    "a wallet opened beside the one booked on": (NotBookable, recharge(opens=opens())),
    "a wallet opened with the card of another": (NotBookable, recharge(card="c9", opens=opens())),
    "a wallet opened with another card": (NotBookable, recharge(wallet="w9", card="c8", opens=opens())),
    "a wallet opened that is there": (NotBookable, recharge(card="c9", opens=opens(W1))),
    "a wallet opened with a card that is there": (
        NotBookable,
        recharge(wallet="w9", card=C1, opens=opens(card=C1)),
    ),
    "a wallet that is no id": (NotBookable, recharge(wallet=NO_ID, card="c9", opens=opens(WalletId(NO_ID)))),
    "a card that is no id": (NotBookable, recharge(wallet="w9", card=NO_ID, opens=opens(card=NO_ID))),
    "a member that is no id": (
        NotBookable,
        recharge(wallet="w9", card="c9", opens=opens(member=MemberId(NO_ID))),
    ),
    "a wallet issued twice": (NotBookable, plain(BookIssue, opens=opens(W1))),
    # What a sale says of itself.
    "a sale of nothing": (NotBookable, sale(lines=(), due=0, tenders=(), received=0)),
    "too many lines": (
        NotBookable,
        sale(
            lines=(line(1),) * (MOST_LINES + 1),
            due=MOST_LINES + 1,
            tenders=(Tender(kind=TenderKind.CASH, amount=MOST_LINES + 1),),
        ),
    ),
    "a line beyond all limits": (
        BadAmount,
        sale(**priced(gross=AMOUNT_MAX + 1, discounts=(Discount(name="x", amount=AMOUNT_MAX),), net=1)),
    ),
    "no piece of it": (BadAmount, sale(**priced(quantity=0))),
    "less than no piece of it": (BadAmount, sale(**priced(quantity=-1))),
    "a discount that adds": (
        BadAmount,
        sale(**priced(discounts=(Discount(name="x", amount=5), Discount(name="y", amount=-5)))),
    ),
    "a net that is not gross less discounts": (BadAmount, sale(**priced(net=999))),
    "a net below nothing": (
        BadAmount,
        sale(
            lines=(line(1000), replace(line(5), discounts=(Discount(name="x", amount=10),), net=-5)),
            due=995,
            tenders=(Tender(kind=TenderKind.CASH, amount=995),),
        ),
    ),
    "a tax below nothing": (BadAmount, sale(**priced(tax_bp=-1))),
    "a tax above a hundred percent": (BadAmount, sale(**priced(tax_bp=10_001))),
    "due beyond all limits": (
        BadAmount,
        sale(
            lines=(line(AMOUNT_MAX), line(1)),
            due=AMOUNT_MAX + 1,
            tenders=(Tender(kind=TenderKind.CODE, amount=AMOUNT_MAX + 1),),
        ),
    ),
    "cash beyond all limits": (BadAmount, sale(received=AMOUNT_MAX + 1)),
    "due that is not the sum of the nets": (
        BadAmount,
        sale(due=999, tenders=(Tender(kind=TenderKind.CASH, amount=999),)),
    ),
    "tenders that pay less than is due": (
        BadAmount,
        sale(tenders=(Tender(kind=TenderKind.CASH, amount=999),)),
    ),
    "tenders that pay more than is due": (
        BadAmount,
        sale(tenders=(Tender(kind=TenderKind.CASH, amount=1001),), received=1001),
    ),
    "one tender twice": (
        BadAmount,
        sale(tenders=(Tender(kind=TenderKind.CASH, amount=400), Tender(kind=TenderKind.CASH, amount=600))),
    ),
    "a tender of nothing": (
        BadAmount,
        sale(tenders=(Tender(kind=TenderKind.CASH, amount=1000), Tender(kind=TenderKind.CODE, amount=0))),
    ),
    "a tender that takes": (
        BadAmount,
        sale(
            tenders=(Tender(kind=TenderKind.CASH, amount=1001), Tender(kind=TenderKind.CODE, amount=-1)),
            received=1001,
        ),
    ),
    "rounding that adds": (
        BadAmount,
        sale(tenders=(Tender(kind=TenderKind.CASH, amount=1005),), rounding=-5, received=1005),
    ),
    "rounding without cash": (
        BadAmount,
        sale(tenders=(Tender(kind=TenderKind.CODE, amount=995),), rounding=5, received=0),
    ),
    "less cash than its tender": (BadAmount, sale(received=999)),
    "goods for nothing without a discount": (BadAmount, sale(**priced(gross=0, net=0))),
    # Who takes part.
    "a sale to no wallet": (UnknownCard, sale(wallet=UNKNOWN)),
    "a card with a sale to nobody": (NotBookable, to_nobody(card=C1)),
    "a wallet that begins with a sale to nobody": (NotBookable, to_nobody(opens=opens())),
    "points for nobody": (NotBookable, to_nobody(points=(PointsEarned(family="goods", points=1),))),
    "cashback for nobody": (NotBookable, to_nobody(cashback=Cashback(amount=1, since=""))),
    "a coupon used by nobody": (NotBookable, to_nobody(coupons_used=("k1",))),
    "a coupon given to nobody": (NotBookable, to_nobody(coupons=coupons(1))),
    "uses sold to nobody": (
        NotBookable,
        to_nobody(lines=(line(1000, sells=Sells(unit="count:wash", amount=1)),)),
    ),
    "stored value of nobody": (NotBookable, to_nobody(**pays("stored", 100))),
    # What it sells and gives.
    "no use sold": (BadAmount, sale(lines=(line(1000, sells=Sells(unit="count:wash", amount=0)),))),
    "money sold": (NotBookable, sale(lines=(line(1000, sells=Sells(unit="principal", amount=5)),))),
    "points of one family twice": (
        BadAmount,
        sale(points=(PointsEarned(family="goods", points=1), PointsEarned(family="goods", points=2))),
    ),
    "no points earned": (BadAmount, sale(points=(PointsEarned(family="goods", points=0),))),
    "points of no family": (NotBookable, sale(points=(PointsEarned(family="\n", points=1),))),
    "no cashback earned": (BadAmount, sale(cashback=Cashback(amount=0, since=""))),
    "a coupon that nobody gave": (CouponNotUsable, sale(coupons_used=("k-unknown",))),
    "somebody else's coupon": (CouponNotUsable, sale(wallet=W2, coupons_used=("k1",))),
    "one coupon used twice": (CouponNotUsable, sale(coupons_used=("k1", "k1"))),
    # How it is paid.
    "a payment outside without a name for it": (NotBookable, sale(**pays("code", 100, of="\n"))),
    "a company that is no id": (NotBookable, sale(**pays("fleet", 100, of=NO_ID))),
    "more than a company may spend": (InsufficientFunds, sale(**pays("fleet", 501, of="haulage"))),
    "more than the wallet holds": (InsufficientFunds, sale(**pays("stored", 12001))),
    "no points": (BadAmount, sale(**pays("points", 100, "goods", 0))),
    "fewer than no points": (BadAmount, sale(**pays("points", 100, "goods", -1))),
    "more points than there are": (InsufficientFunds, sale(**pays("points", 100, "goods", 51))),
    "no use": (BadAmount, sale(**pays("uses", 100, "count:wash", 0))),
    "uses of money": (NotBookable, sale(**pays("uses", 100, "principal", 1))),
    "a hold that is none": (NotBookable, sale(**pays("held", 100, of="x"))),
    # Other value.
    "a gift of nothing": (NotBookable, grant()),
    "a gift to no wallet": (UnknownCard, grant(wallet=UNKNOWN, coupons=coupons(1))),
    "a gift with an entry that is not here": (NotBookable, grant(with_entry="x", coupons=coupons(1))),
    "too many gifts at once": (
        NotBookable,
        grant(grants=tuple(Grant(unit=f"count:{n}", amount=1) for n in range(MOST_GRANTS + 1))),
    ),
    "two lots of one unit": (NotBookable, grant(grants=(Grant(unit="bonus", amount=1),) * 2)),
    "too many coupons": (NotBookable, grant(coupons=coupons(MOST_COUPONS + 1))),
    "one coupon twice": (NotBookable, grant(coupons=coupons(1) * 2)),
    "a coupon that is there": (
        NotBookable,
        grant(coupons=(CouponGrant(coupon="k1", kind="c3", face=1, threshold=0),)),
    ),
    "a coupon that is no id": (
        NotBookable,
        grant(coupons=(CouponGrant(coupon=NO_ID, kind="c3", face=1, threshold=0),)),
    ),
    "a paper balance of no wallet": (UnknownCard, imported("principal", 1, UNKNOWN)),
    "a paper balance of nothing": (BadAmount, imported("principal", 0)),
    "a paper debt": (NotBookable, imported("debt:points:goods", 1)),
    "a paper hold": (NotBookable, imported("held:x", 1)),
    "points redeemed with somebody else's card": (UnknownCard, redeem(card=CARD_OF_W2)),
    "no points redeemed": (BadAmount, redeem(0)),
    "worth less than nothing": (BadAmount, redeem(worth=-1)),
    "points for nothing": (NotBookable, redeem(what="")),
    "points of a family that cannot be": (NotBookable, redeem(family="\n")),
    "an expiry of no wallet": (UnknownCard, plain(BookExpiry, wallet=UNKNOWN, unit="points:goods")),
    "an expiry of money": (NotBookable, plain(BookExpiry, wallet=W1, unit="principal")),
    "an expiry of uses": (NotBookable, plain(BookExpiry, wallet=W1, unit="count:wash")),
    "a hold with somebody else's card": (UnknownCard, hold(card=CARD_OF_W2)),
    "a hold of nothing": (BadAmount, hold(amount=0)),
    "a hold of more than there is": (InsufficientFunds, hold(amount=12001)),
    "a release of nothing": (NotBookable, plain(BookRelease, hold="x")),
    "a deposit of no wallet": (UnknownCard, deposit(wallet=UNKNOWN)),
    "a deposit of nothing": (BadAmount, deposit(amount=0)),
    "a deposit of nothing at all": (BadAmount, deposit(amount=0, received=0)),
    "a deposit with too little cash": (BadAmount, deposit(received=99)),
    "a deposit for nothing known": (NotBookable, deposit(of="cake")),
    "a deposit for what nobody keeps": (NotBookable, deposit(of="rent:1")),
    "a merge of no wallet": (UnknownCard, plain(BookMerge, wallet=UNKNOWN, into=W1)),
    "a merge into no wallet": (UnknownCard, plain(BookMerge, wallet=W1, into=UNKNOWN)),
    "a wallet into itself": (BadAmount, plain(BookMerge, wallet=W1, into=W1)),
    "an invoice of no wallet": (UnknownCard, plain(BookInvoice, wallet=UNKNOWN, lot="x", number="1")),
    "an invoice of no lot": (NotBookable, plain(BookInvoice, wallet=W1, lot="x", number="1")),
    "a refund of no line": (NotBookable, refund(())),
    "a refund of too many lines": (NotBookable, refund((Returned(line=0, net=1),) * (MOST_LINES + 1))),
    "a refund of the line after the last": (BadAmount, refund((Returned(line=2, net=1),))),
    "a refund of the line before the first": (BadAmount, refund((Returned(line=-1, net=1),))),
    "a refund of nothing of a line": (BadAmount, refund((Returned(line=0, net=0),))),
    "a refund of more than its line": (BadAmount, refund((Returned(line=0, net=501),))),
    "a refund of no sale": (
        NotBookable,
        plain(BookRefund, of="x", returned=(Returned(line=0, net=1),), why="x"),
    ),
    "a recharge refunded from no wallet": (UnknownCard, recharge_refund(wallet=UNKNOWN)),
    "a recharge refunded that is none": (NotBookable, recharge_refund(lot="x")),
    "less than nothing was used": (BadAmount, recharge_refund(listed=-1)),
    "less than nothing was used, whatever the reason": (
        BadAmount,
        recharge_refund(listed=-1, reason=RechargeRefundReason.COOLING_OFF),
    ),
    "less than nothing was agreed": (BadAmount, recharge_refund(agreed=-1)),
    "more agreed than was paid in": (BadAmount, recharge_refund(agreed=10001)),
    # The drawer, companies, the outside.
    "a shift that opens with a debt": (BadAmount, plain(BookShiftOpen, opening_cash=-1)),
    "cash moved for no reason": (NotBookable, plain(BookCashMove, amount=1, reason="")),
    "cash moved beyond all limits": (BadAmount, plain(BookCashMove, amount=AMOUNT_MAX + 1, reason="safe")),
    "no cash moved": (BadAmount, plain(BookCashMove, amount=0, reason="safe")),
    "more cash out than is in": (NotInDrawer, plain(BookCashMove, amount=-11001, reason="safe")),
    "less than nothing counted": (BadAmount, plain(BookShiftClose, counted=-1, left=-1)),
    "more counted than there may be": (BadAmount, plain(BookShiftClose, counted=AMOUNT_MAX + 1)),
    "less than nothing left": (BadAmount, plain(BookShiftClose, counted=5, left=-1)),
    "more left than was counted": (BadAmount, plain(BookShiftClose, counted=5, left=6)),
    "no funds": (BadAmount, plain(BookFleetFunds, company="haulage", amount=0, paid_by=None)),
    "funds of a company that is no id": (
        NotBookable,
        plain(BookFleetFunds, company=NO_ID, amount=1, paid_by=None),
    ),
    "an intent of less than nothing": (BadAmount, intent(amount=-1)),
    "an end of no intent": (
        NotBookable,
        plain(BookIntentEnd, intent="x", end=IntentEnd.DONE, evidence=""),
    ),
    # Cards and people.
    "a state of no card": (UnknownCard, plain(BookCardState, card="c-unknown", state=CardState.LOST)),
    "a card for no wallet": (UnknownCard, plain(BookCard, wallet=UNKNOWN, card="c9")),
    "a card that is there": (NotBookable, plain(BookCard, wallet=W1, card=C1)),
    "another card that is no id": (NotBookable, plain(BookCard, wallet=W1, card=NO_ID)),
    "a card in the place of none": (UnknownCard, plain(BookCard, wallet=W1, card="c9", replaces="c8")),
    "a card in the place of somebody else's": (
        UnknownCard,
        plain(BookCard, wallet=W1, card="c9", replaces=CARD_OF_W2),
    ),
    "a card that becomes what it is": (
        CardNotUsable,
        plain(BookCardState, card=C1, state=CardState.ACTIVE),
    ),
    "a transfer with somebody else's card": (
        UnknownCard,
        plain(BookTransfer, wallet=W1, card=CARD_OF_W2, to="m9", commitment="", terms="1"),
    ),
    "a transfer to nobody": (
        NotBookable,
        plain(BookTransfer, wallet=W1, card=None, to=NO_ID, commitment="", terms="1"),
    ),
    "a transfer to whose it is": (
        NotBookable,
        plain(BookTransfer, wallet=W1, card=None, to=M1, commitment="", terms="1"),
    ),
    "a tier of no wallet": (UnknownCard, plain(BookTier, wallet=UNKNOWN, tier="gold", why="x")),
    "a tier that is no id": (NotBookable, plain(BookTier, wallet=W1, tier=NO_ID, why="x")),
    "a PIN of no wallet": (UnknownCard, plain(BookPin, private=Private(pin="v"), wallet=UNKNOWN)),
    "a consent of no wallet": (
        UnknownCard,
        plain(BookConsent, wallet=UNKNOWN, purpose="x", version="1", given=True),
    ),
    "a profile of no wallet": (UnknownCard, plain(BookProfile, wallet=UNKNOWN, commitment="")),
    "a service of no wallet": (UnknownCard, plain(BookService, wallet=UNKNOWN, commitment="ab")),
    "a service of which nothing is written": (NotBookable, plain(BookService, wallet=W1)),
    "a service that ends what it writes": (
        NotBookable,
        plain(BookService, wallet=W1, commitment="ab", ends=True),
    ),
    "an erasure of another member": (NotBookable, plain(BookErasure, wallet=W1, member=M2)),
    "records of nobody": (NotBookable, plain(BookLegalHold, member=NO_ID, until="2027-01-01", why="x")),
}


@pytest.mark.parametrize("what", CASES)
def test_it_is_refused_and_nothing_changed(what: str) -> None:
    error, act = CASES[what]
    book = stocked()
    before, effects = book.standing(), (dict(book.wallets), dict(book.cards), dict(book.coupons))
    with pytest.raises(Refused) as refused:
        act(book)
    assert type(refused.value) is error
    assert book.standing() == before
    assert (book.wallets, book.cards, book.coupons) == effects


ALLOWED: dict[str, Callable[[Book], Any]] = {
    "one fen": recharge(principal=1, received=1),
    "as much as may be": recharge(principal=AMOUNT_MAX, bonus=AMOUNT_MAX, received=AMOUNT_MAX),
    "as much as may be sold": sale(
        lines=(line(AMOUNT_MAX),), due=AMOUNT_MAX, tenders=(Tender(kind=TenderKind.CODE, amount=AMOUNT_MAX),)
    ),
    "as many lines as may be": sale(
        lines=(line(1),) * MOST_LINES,
        due=MOST_LINES,
        tenders=(Tender(kind=TenderKind.CASH, amount=MOST_LINES),),
    ),
    "a tax of a hundred percent": sale(**priced(tax_bp=10_000)),
    "one kind of payment at two acquirers": sale(
        tenders=(
            Tender(kind=TenderKind.CODE, amount=400, of="wechat"),
            Tender(kind=TenderKind.CODE, amount=600, of="alipay"),
        )
    ),
    "goods for nothing when something was taken off": sale(
        lines=(line(0, off=300), replace(line(0), gross=0)), due=0, tenders=(), received=0
    ),
    "goods for nothing beside a line that was reduced": sale(
        lines=(replace(line(0), gross=0), line(0, off=300)), due=0, tenders=(), received=0
    ),
    "every way of paying without a wallet at once": sale(
        wallet=None,
        tenders=(
            Tender(kind=TenderKind.CASH, amount=400),
            Tender(kind=TenderKind.CODE, amount=100),
            Tender(kind=TenderKind.CARD, amount=100),
            Tender(kind=TenderKind.FLEET, amount=400, of="haulage"),
        ),
        received=400,
    ),
    "all of a wallet": sale(**pays("stored", 12000)),
    "all of a company's credit": sale(**pays("fleet", 500, of="haulage")),
    "one point": sale(**pays("points", 5, "goods", 1)),
    "all points": sale(**pays("points", 250, "goods", 50)),
    "one point earned": sale(points=(PointsEarned(family="goods", points=1),)),
    "one fen of cashback": sale(cashback=Cashback(amount=1, since="")),
    "one use sold": sale(lines=(line(1000, sells=Sells(unit="count:wash", amount=1)),)),
    "one point redeemed": redeem(1),
    "points for coupons alone": redeem(what="", worth=0, coupons=coupons(1)),
    "a hold of one fen": hold(amount=1),
    "a hold of all": hold(amount=12000),
    "a deposit of one fen": deposit(amount=1, received=1),
    "a deposit for a session": deposit(of="session:9"),
    "as many gifts as may be": grant(
        grants=tuple(Grant(unit=f"count:{n}", amount=1) for n in range(MOST_GRANTS))
    ),
    "as many coupons as may be": grant(coupons=coupons(MOST_COUPONS)),
    "one fen given": grant(grants=(Grant(unit="bonus", amount=1),)),
    "all cash out of the drawer": plain(BookCashMove, amount=-11000, reason="bank"),
    "as much cash as may be": plain(BookCashMove, amount=AMOUNT_MAX, reason="bank"),
    "all that was counted stays": plain(BookShiftClose, counted=11000, left=11000),
    "one fen of funds": plain(BookFleetFunds, company="haulage", amount=1, paid_by=PaidBy.CARD),
    "an intent of nothing yet": intent(amount=0),
    "a refund of as many parts as may be": lambda book: book.book(
        BookRefund,
        of=sell(book, line(MOST_LINES)).id,
        returned=(Returned(line=0, net=1),) * MOST_LINES,
        why="x",
    ),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_the_last_that_a_limit_allows_is_booked(what: str) -> None:
    book = stocked()
    before = book.seq
    ALLOWED[what](book)
    assert book.seq > before
