"""Points that were taken for something come back: as a void in the shift, later as a refund."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.approval import Approved, Permit
from terminal.core.cart import Presented
from terminal.core.commands import (
    CLAIMED,
    BookGrant,
    BookNote,
    BookRedeem,
    BookRefund,
    BookVoid,
    CouponGrant,
    Grant,
    PointsEarned,
    Returned,
)
from terminal.core.entry import Entry
from terminal.core.errors import (
    AlreadyUndone,
    CouponGone,
    CouponInCart,
    NoSuchClaim,
    OfAnotherShift,
    StaffPinLocked,
)
from terminal.core.ledger.again import good_until
from terminal.core.ledger.claimed import waiting
from terminal.core.policy import Policy
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.flows.refund import refund
from terminal.flows.void import void
from tests.core.ledger.book import C1, W1, Book
from tests.core.ledger.test_value import line, sell
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import WANG, WANG_CARD

CLAIM = "523061836"
PACK = tuple(CouponGrant(coupon=f"k{n}", kind="c5", face=5_00, threshold=0) for n in (1, 2))
LEAD = Permit(what=Approved.VOID, role=Role.SHIFT_LEAD, above=24_99)
REST = PointsEarned(family="goods", points=100)
BOTH = pytest.mark.parametrize("flow", [void, refund])
NUMBER = "T1-1-4-9F3A01BC"


class Shop:
    """A member with 600 points, of which 500 were taken for something."""

    def __init__(self, *, policy: Policy | None = None, until: str = "2026-12-31", **taken: Any) -> None:
        holders = {WANG_CARD: replace(WANG, wallet=W1, card=C1)}
        self.desk = ScriptedDesk((), holders=holders, policy=policy)
        self.book: Book = self.desk.sold.book.with_card()
        self.book.on_day(min("2026-11-24", until))
        for last in (until, ""):
            grants = (Grant(unit="points:goods", amount=300, until=last),)
            self.book.book(BookGrant, wallet=W1, why="x", grants=grants)
        self.before = self.book.standing()
        points = PointsEarned(family="goods", points=500)
        fields = {"what": "柔肤水", "worth": 25_00, **taken}
        self.taken = self.book.book(BookRedeem, wallet=W1, card=C1, points=points, **fields)
        self.book.on_day("2026-11-24")

    def plays(self, flow: Any, *script: tuple[str, Any]) -> Any:
        self.desk.answers(script)
        return play(flow(self.desk))

    def by_receipt(self, flow: Any, *script: tuple[str, Any], of: Entry | None = None) -> Any:
        return self.plays(flow, ("ask_original", self.desk.sold.number_of(of or self.taken)), *script)

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(one.label.text.format(**one.label.values), one.value) for one in self.desk.lines]


YES: Script = (("choose", "other"), ("confirm", True))


@BOTH
def test_all_points_come_back_for_a_gift_that_is_taken_back(flow: Any) -> None:
    shop = Shop()
    shop.by_receipt(flow, *YES)
    (booked,) = shop.desk.booked
    assert booked.to_shelf
    assert isinstance(booked, BookVoid if flow is void else BookRefund)
    assert (booked.of, booked.why) == (shop.taken.id, "other")
    assert shop.shown == [
        ("11-24 08:00  500 points  柔肤水", ""),
        ("Goods points", "+500"),
        ("Take back: 柔肤水", ""),
        ("Of receipt", NUMBER),
    ]
    assert shop.desk.shown == [0]
    assert shop.book.standing() == shop.before
    assert shop.desk.handed_over == ["Booked. Hand over the receipt."]
    assert shop.desk.pin_fen == []


@BOTH
@pytest.mark.parametrize("collected", [False, True])
def test_a_claim_code_that_nobody_used_ends_and_what_was_collected_is_taken_back(
    flow: Any,
    collected: bool,  # noqa: FBT001  a case of the parametrization
) -> None:
    shop = Shop(claim=CLAIM)
    if collected:
        shop.book.book(BookNote, what=CLAIMED, detail=CLAIM)
    shop.by_receipt(flow, *YES)
    said = ("Take back: 柔肤水", "") if collected else ("Its claim code ends", "523 061 836")
    assert [one.to_shelf for one in shop.desk.booked] == [collected]
    assert shop.shown[2:3] == [said]
    with pytest.raises(NoSuchClaim):
        waiting(shop.book, CLAIM)


def test_what_is_spoiled_goes_onto_no_shelf() -> None:
    shop = Shop()
    shop.by_receipt(refund, ("choose", "spoiled"), ("confirm", True))
    (booked,) = shop.desk.booked
    assert (booked.why, booked.to_shelf) == ("spoiled", False)


@pytest.mark.parametrize("days", [0, 1, 30])
def test_points_that_ended_meanwhile_are_said_to_or_are_good_for_some_days(days: int) -> None:
    until = {0: "", 1: "2026-11-24", 30: "2026-12-23"}[days]
    for of_a_sale in (False, True):
        shop = Shop(policy=Policy(points_anew_days=days), until="2026-11-20")
        of = shop.taken
        shop.book.on_day("2026-11-19")
        if of_a_sale:
            shop.book.book(BookVoid, of=of.id, why="x")
            of = sell(shop.book, line(5_00), pays={"points": (5_00, "goods", 300)})
        shop.book.on_day("2026-11-24")
        shop.by_receipt(refund, *YES, of=of)
        (booked,) = shop.desk.booked
        assert booked.anew == until
        said = f"Points, cashback, vouchers that had ended: until {until}"
        assert (
            said if days else "Points, cashback or vouchers come back that ended on 2026-11-20",
            "",
        ) in shop.shown
        lots = [(lot.until, lot.rest) for lot in shop.book.lots(W1, "points:goods") if lot.rest]
        assert lots == [(until or "2026-11-20", 300)]


@pytest.mark.parametrize(("came", "lies"), [(0, 300), (1, 299), (299, 1), (300, 0)])
def test_of_goods_that_came_back_too_no_more_is_said_than_is_true(came: int, lies: int) -> None:
    shop = Shop(policy=Policy(points_anew_days=30), until="2026-11-20")
    shop.book.on_day("2026-11-19")
    shop.book.book(BookVoid, of=shop.taken.id, why="x")
    sell(shop.book, line(5_00), pays={"points": (5_00, "goods", 300)})
    earned = (PointsEarned(family="goods", points=300, until="2026-11-20"),)
    sale = sell(shop.book, line(300), points=earned, card=C1)
    paid = sell(shop.book, line(5_00), pays={"points": (5_00, "goods", 300)})
    shop.book.on_day("2026-11-24")
    if came:
        returned = (Returned(line=0, net=came),)
        shop.book.book(BookRefund, of=sale.id, returned=returned, why="x")
    shop.by_receipt(refund, *YES, of=paid)
    again = "Points, cashback, vouchers that had ended: until 2026-12-23"
    over = "Points, cashback or vouchers come back that ended on 2026-11-20"
    said = [again] * (lies > 0) + [over] * (came > 0)
    assert [label for label, _ in shop.shown if "ended" in label] == said
    (booked,) = shop.desk.booked
    assert booked.anew == "2026-12-23"
    good = [lot.rest for lot in shop.book.lots(W1, "points:goods") if lot.until == "2026-12-23"]
    assert sum(good) == lies
    assert good_until(shop.book.done.lots) == ("2026-12-23" if lies else "")


@BOTH
def test_coupons_go_with_their_points_unless_one_was_used(flow: Any) -> None:
    shop = Shop(what="", worth=0, coupons=PACK)
    shop.by_receipt(flow, *YES)
    assert shop.shown == [
        ("11-24 08:00  500 points  c5", ""),
        ("Coupons", "-2"),
        ("Goods points", "+500"),
        ("Of receipt", NUMBER),
    ]
    assert shop.book.standing() == shop.before
    used = Shop(what="", worth=0, coupons=PACK)
    sell(used.book, line(10_00, off=5_00), coupons_used=("k2",))
    assert isinstance(used.by_receipt(flow, ("choose", "other")), CouponGone)
    assert used.desk.booked == []


@BOTH
def test_not_while_a_cart_keeps_one_of_the_coupons(flow: Any) -> None:
    shop = Shop(what="", worth=0, coupons=PACK)
    shop.desk.parked_coupons = (Presented(coupon="k9"), Presented(coupon="k2"))
    assert isinstance(shop.by_receipt(flow), CouponInCart)
    shop.desk.parked_coupons = (Presented(coupon="k9"),)
    shop.by_receipt(flow, *YES)
    assert shop.book.standing() == shop.before


def test_a_later_shift_gives_them_back_by_the_card_and_once() -> None:
    shop = Shop()
    shop.book.in_shift("S0")
    shop.taken = shop.book.book(BookRedeem, wallet=W1, card=C1, points=REST, what="梳子")
    shop.book.in_shift("S1")
    assert isinstance(shop.by_receipt(void, ("ask_original", CANCEL)), BaseException)
    assert shop.desk.declined == [OfAnotherShift.code]
    shop.plays(refund, ("ask_original", WANG_CARD), ("choose", shop.taken.id), *YES)
    assert shop.book.of(W1, "points:goods") == 100
    shop.by_receipt(refund, ("ask_original", CANCEL))
    assert shop.desk.declined[1:] == [AlreadyUndone.code]


@BOTH
def test_it_is_one_of_what_was_done_today(flow: Any) -> None:
    shop = Shop()
    sold = sell(shop.book, line(5_00), at=shop.taken.at)
    shop.plays(flow, ("ask_original", SKIP), ("choose", shop.taken.id), *YES)
    assert shop.desk.offered[0] == (sold.id, shop.taken.id)
    assert shop.book.of(W1, "points:goods") == 600


@pytest.mark.parametrize("taken", [{}, {"worth": 0, "costs": 25_00}])
def test_what_the_points_come_to_decides_who_must_approve_it(taken: dict[str, Any]) -> None:
    for flow, what in ((void, Approved.VOID), (refund, Approved.REFUND)):
        shop = Shop(policy=Policy(permits=(replace(LEAD, what=what),)), **taken)
        shop.desk.roles = {StaffId("E09"): Role.SHIFT_LEAD}
        shop.by_receipt(flow, *YES, ("second", "E09"))
        assert [one.at.second for one in shop.desk.booked] == ["E09"]
        assert shop.desk.shown == [0, 25_00]


TWO = Policy(second_person=(Approved.VOID, Approved.REFUND))
LONGEST: Script = (("ask_original", SKIP), ("choose", "other"), ("confirm", True), ("second", "E09"))


@BOTH
@pytest.mark.parametrize("answer", [CANCEL, StaffPinLocked("x")])
@pytest.mark.parametrize("at", range(len(LONGEST)))
def test_left_at_any_step_it_books_nothing(at: int, answer: Any, flow: Any) -> None:
    shop = Shop(policy=TWO)
    if answer != CANCEL and LONGEST[at][0] != "second":
        answer = False if LONGEST[at][0] == "confirm" else CANCEL
    shop.plays(flow, *LONGEST[:at], (LONGEST[at][0], answer))
    assert shop.desk.finished
    assert (shop.desk.booked, shop.desk.handed_over) == ([], [])


@BOTH
def test_points_beside_money_go_back_as_points_and_the_money_as_it_was_paid(flow: Any) -> None:
    shop = Shop()
    before = shop.book.standing()
    earned = (PointsEarned(family="goods", points=15),)
    pays = {"points": (10_00, "goods", 100), "code": 15_00}
    sale = sell(shop.book, line(25_00), pays=pays, points=earned)
    shop.by_receipt(flow, *YES, of=sale)
    assert ("Goods points", "+85") in shop.shown
    assert ("Back by code payment", "¥15.00") in shop.shown
    assert shop.book.standing() == before
