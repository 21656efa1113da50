"""What comes back of a sale, and what of the next it pays."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.cashback import CashbackRate
from terminal.core.commands import Cashback, Tender, TenderKind
from terminal.core.money import Fen
from terminal.core.payment import Payment, Payments, cashback_for
from terminal.core.policy import Policy

THREE = CashbackRate(rate_bp=300, pays_percent=20)
DAY = "2026-12-31"


def paid(**fen: int) -> tuple[Tender, ...]:
    return tuple(Tender(kind=TenderKind(kind), amount=amount) for kind, amount in fen.items())


def test_a_part_of_what_was_paid_in_money_comes_back_rounded_down_and_from_the_next_day() -> None:
    assert THREE.of(paid(code=143_00), DAY) == Cashback(amount=4_29, since="2027-01-01")
    assert THREE.of(paid(cash=33, card=66), DAY) == Cashback(amount=2, since="2027-01-01")


def test_nothing_comes_back_of_what_was_given_or_paid_before() -> None:
    given = paid(stored=100_00, points=5_00, voucher=10_00, cashback=25_00, deposit=50_00, uses=10_00)
    assert THREE.of(given, DAY) is None
    assert THREE.of((*given, *paid(cash=1_00)), DAY) == Cashback(amount=3, since="2027-01-01")


def test_less_than_a_fen_is_nothing() -> None:
    assert THREE.of(paid(cash=33), DAY) is None
    assert THREE.of(paid(cash=34), DAY) == Cashback(amount=1, since="2027-01-01")


def test_no_more_comes_back_of_one_sale_than_the_shop_says() -> None:
    capped = replace(THREE, at_most=2_00)
    assert capped.of(paid(cash=100_00), DAY) == Cashback(amount=2_00, since="2027-01-01")
    assert capped.of(paid(cash=50_00), DAY) == Cashback(amount=1_50, since="2027-01-01")


def test_it_ends_after_so_many_days() -> None:
    ends = replace(THREE, days=30).of(paid(cash=100_00), DAY)
    assert ends == Cashback(amount=3_00, since="2027-01-01", until="2027-01-30")
    assert replace(THREE, days=1).of(paid(cash=100_00), DAY) == Cashback(
        amount=3_00, since="2027-01-01", until="2027-01-01"
    )


def test_it_pays_its_part_of_a_bill_and_never_more_than_is_held_or_left() -> None:
    assert THREE.most(25_00, 168_00, 168_00) == 25_00
    assert THREE.most(50_00, 168_00, 168_00) == 33_60
    assert THREE.most(50_00, 168_00, 10_00) == 10_00
    assert THREE.most(50_00, 9, 9) == 1
    assert CashbackRate().most(50_00, 9, 9) == 9


def test_it_is_for_those_of_its_tiers_in_the_place_of_points_or_for_everybody_beside_them() -> None:
    nobody, gold = CashbackRate(), replace(THREE, tiers=("gold",))
    assert [one.gives("gold") for one in (nobody, gold, THREE)] == [False, True, True]
    assert [one.gives("regular") for one in (nobody, gold, THREE)] == [False, False, True]
    assert [one.instead_of_points("gold") for one in (nobody, gold, THREE)] == [False, True, False]
    assert not replace(gold, rate_bp=0).instead_of_points("gold")


def test_a_member_has_it_of_all_that_a_bill_was_paid_with() -> None:
    payments = Payments(parts=tuple(Payment(tender=one) for one in paid(cashback=25_00, code=143_00)))
    shop = Policy(cashback=replace(THREE, tiers=("gold",)))
    assert cashback_for(payments, "regular", shop, DAY) is None
    assert cashback_for(payments, "gold", shop, DAY) == Cashback(amount=4_29, since="2027-01-01")


def test_vouchers_and_points_stand_before_the_other_ways_as_they_were_said() -> None:
    cash, voucher, points = (Payment(tender=one) for one in paid(cash=1, voucher=2, points=3))
    assert Payments().then(cash).then(voucher).then(points).parts == (voucher, points, cash)
    assert Payments().then(points).then(voucher).amount == Fen(5)
