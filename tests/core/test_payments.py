"""How a bill's parts are called, and what a part of nothing comes to."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Tender, TenderKind
from terminal.core.money import Fen
from terminal.core.payment import AHEAD, TENDERS, Payment, Payments, coupon_lines
from terminal.core.pricing import NotYet, Priced
from terminal.core.screens import Line, says


def test_a_part_of_nothing_is_no_tender() -> None:
    assert Payment(tender=Tender(kind=TenderKind.CASH, amount=0)).tenders == ()


def test_a_coupon_that_a_little_more_would_bring_is_told_below_the_goods() -> None:
    why = says("{sum} more for {name}", sum="¥2.00", name="c3")
    missed = NotYet(promotion="c3", why=why, missing=2_00, held=True)
    bill = Priced(lines=(), due=Fen(10_00), missed=(missed,))
    assert coupon_lines(bill) == (Line(label=why),)
    assert coupon_lines(replace(bill, coupons=("c",))) == ()
    assert coupon_lines(replace(bill, missed=(replace(missed, held=False),))) == ()


def test_whatever_an_attendant_may_pick_to_pay_with_is_called_what_people_call_it() -> None:
    assert {kind: name.text for kind, name in TENDERS.items()} == {
        TenderKind.STORED: "Stored value",
        TenderKind.VOUCHER: "Voucher",
        TenderKind.POINTS: "Points",
        TenderKind.CASHBACK: "Cashback",
        TenderKind.CASH: "Cash",
        TenderKind.CODE: "Outside code payment",
        TenderKind.CARD: "Bank terminal",
        TenderKind.DEPOSIT: "Deposit",
        TenderKind.USES: "Count card",
    }


def test_vouchers_points_and_what_was_paid_ahead_pay_first_whenever_they_are_said() -> None:
    def part(kind: TenderKind) -> Payment:
        return Payment(tender=Tender(kind=kind, amount=1))

    assert {TenderKind.DEPOSIT, TenderKind.USES} == AHEAD
    cash = Payments().then(part(TenderKind.CASH))
    for kind in (TenderKind.VOUCHER, TenderKind.POINTS, *AHEAD):
        said = cash.then(part(kind)).then(part(TenderKind.CODE))
        assert [one.kind for one in said.parts] == [kind, TenderKind.CASH, TenderKind.CODE]


def test_what_is_no_voucher_has_no_rest_that_ends() -> None:
    assert Payment(tender=Tender(kind=TenderKind.CASH, amount=1)).ends == 0
