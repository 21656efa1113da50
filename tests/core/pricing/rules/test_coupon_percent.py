from __future__ import annotations

from msgspec.structs import replace

from terminal.core.pricing import Buyer, HeldCoupon
from tests.core.pricing.goods import BOX, CREAM, DURIAN, MEMBER, MILK, sold, taken

SERUM = {"rule": "coupon_percent", "off": 15, "at_most": 40_00, "one_piece": True, "skus": ["P"]}
HOLDER = replace(MEMBER, buyer=Buyer(coupons=(HeldCoupon(coupon="id", kind="serum"),)))


def test_it_comes_after_the_discount_on_the_order() -> None:
    every = {"rule": "every_less", "every": 300_00, "less": 30_00}
    goods = [
        (replace(CREAM, price=258_00), 1),
        (replace(BOX, price=168_00), 1),
        (replace(MILK, price=79_00), 1),
    ]
    bill = sold(*goods, to=HOLDER, serum=SERUM, every=every)
    assert taken(bill)[0] == ("P", 258_00, [("every", 15_33), ("serum", 36_40)], 206_27)
    assert bill.due == 438_60


def test_it_is_capped() -> None:
    assert sold((replace(CREAM, price=300_00), 1), to=HOLDER, serum=SERUM).due == 260_00


def test_one_piece_or_all() -> None:
    assert sold((replace(CREAM, price=10_00), 3), to=HOLDER, serum=SERUM).due == 28_50
    assert sold((replace(CREAM, price=10_00), 3), to=HOLDER, serum={**SERUM, "one_piece": False}).due == 25_50
    weighed = {**SERUM, "skus": ["D"]}
    assert sold((DURIAN, 2000), to=HOLDER, serum=weighed).due == 103_20 - 15_48


def test_of_several_the_dearest_piece_counts() -> None:
    every = {**SERUM, "skus": []}
    assert (
        sold((MILK, 1), (replace(CREAM, price=10_00), 2), (BOX, 1), to=HOLDER, serum=every).due
        == 44_70 - 2_37
    )
