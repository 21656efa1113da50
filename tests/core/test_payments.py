"""How a bill's parts are called, and what a part of nothing comes to."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Had, Tender, TenderKind
from terminal.core.group_buy import Bought, GroupCode, Offer
from terminal.core.money import Fen
from terminal.core.payment import AHEAD, TENDERS, Payment, Payments, coupon_lines
from terminal.core.pricing import NotYet, Priced
from terminal.core.screens import Line, says
from terminal.core.values import EntryId


def test_a_part_of_nothing_is_no_tender() -> None:
    assert Payment(tender=Tender(kind=TenderKind.CASH, amount=0)).tenders == ()


def test_a_coupon_that_a_little_more_would_bring_is_told_below_the_goods() -> None:
    why = says("{sum} more for {name}", sum="¥2.00", name="c3")
    missed = NotYet(promotion="c3", why=why, missing=2_00, held=True)
    bill = Priced(lines=(), due=Fen(10_00), missed=(missed,))
    assert coupon_lines(bill) == (Line(label=why),)
    assert coupon_lines(replace(bill, coupons=("c",))) == ()
    assert coupon_lines(replace(bill, missed=(replace(missed, held=False),))) == ()


def test_what_a_member_has_only_so_often_is_told_below_the_goods_and_why_it_is_not_had_again() -> None:
    had = Had(what="a", period="ever", name="drink", count=1, most=2)
    bill = Priced(lines=(), due=Fen(10_00), had=(had,))
    told = Line(label=says("{name}: {count} of {most}", name="drink", count="1", most="2"))
    assert coupon_lines(bill) == (told,)
    why = says("{name}: once a person only", name="trial")
    missed = NotYet(promotion="trial", why=why, missing=0, used_up=True)
    assert coupon_lines(replace(bill, missed=(missed,))) == (told, Line(label=why))
    assert coupon_lines(replace(bill, missed=(replace(missed, used_up=False),))) == (told,)


def test_whatever_an_attendant_may_pick_to_pay_with_is_called_what_people_call_it() -> None:
    assert {kind: name.text for kind, name in TENDERS.items()} == {
        TenderKind.STORED: "Stored value",
        TenderKind.FLEET: "Company account",
        TenderKind.VOUCHER: "Voucher",
        TenderKind.POINTS: "Points",
        TenderKind.CASHBACK: "Cashback",
        TenderKind.CASH: "Cash",
        TenderKind.CODE: "Outside code payment",
        TenderKind.CARD: "Bank terminal",
        TenderKind.DEPOSIT: "Deposit",
        TenderKind.USES: "Count card",
        TenderKind.GROUP_BUY: "Group-buy voucher",
    }


def test_vouchers_points_and_what_was_paid_ahead_pay_first_whenever_they_are_said() -> None:
    def part(kind: TenderKind) -> Payment:
        return Payment(tender=Tender(kind=kind, amount=1))

    assert {TenderKind.DEPOSIT, TenderKind.USES} == AHEAD
    cash = Payments().then(part(TenderKind.CASH))
    for kind in (TenderKind.VOUCHER, TenderKind.POINTS, TenderKind.GROUP_BUY, *AHEAD):
        said = cash.then(part(kind)).then(part(TenderKind.CODE))
        assert [one.kind for one in said.parts] == [kind, TenderKind.CASH, TenderKind.CODE]


def bought(amount: int, *intents: str, of: str = "meituan", settles: int = 0) -> Payment:
    tender = Tender(
        kind=TenderKind.GROUP_BUY,
        amount=amount,
        of=of,
        vouchers=tuple(map(EntryId, intents)),
        settles=settles,
    )
    offer = Offer(platform=of, worth=amount)
    return Payment(tender=tender, voucher=Bought(code=GroupCode(text=f"{amount}"), offer=offer))


def test_a_platforms_vouchers_are_one_tender_and_all_else_stays_apart() -> None:
    code = Payment(tender=Tender(kind=TenderKind.CODE, amount=5, of="meituan"))
    nothing = Payment(tender=Tender(kind=TenderKind.CASH, amount=0))
    parts = (
        bought(1, "a", settles=10),
        bought(2, "b", of="douyin"),
        bought(4, "c", "d", settles=20),
        code,
        nothing,
        code,
    )
    payments = Payments(parts=parts)
    assert payments.tenders == (
        Tender(
            kind=TenderKind.GROUP_BUY,
            amount=5,
            of="meituan",
            vouchers=(EntryId("a"), EntryId("c"), EntryId("d")),
            settles=30,
        ),
        bought(2, "b", of="douyin").tender,
        code.tender,
        code.tender,
    )
    assert [one.offer.worth for one in payments.vouchers] == [1, 2, 4]
    assert payments.amount == 17
    assert Payments().vouchers == Payments().tenders == ()


def test_what_is_no_voucher_has_no_rest_that_ends() -> None:
    assert Payment(tender=Tender(kind=TenderKind.CASH, amount=1)).ends == 0
