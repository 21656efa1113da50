from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.commands import Grant
from terminal.core.payment import vouchers_for
from terminal.core.pricing import GivenVoucher, parsed
from tests.core.pricing.goods import CREAM, GUEST, MILK, sold, tariff, why

VOUCHER: dict[str, Any] = {"rule": "spend_voucher", "reach": 198_00, "worth": 20_00}


def given(**said: Any) -> GivenVoucher:
    (found,) = sold((CREAM, 1), voucher={**VOUCHER, **said}).vouchers
    return found


def test_who_spends_enough_gets_one_that_pays_from_tomorrow() -> None:
    bill = sold((CREAM, 1), voucher=VOUCHER)
    assert bill.vouchers == (GivenVoucher(worth=20_00, count=1, since="2026-10-29"),)
    assert (bill.due, bill.gives, bill.bringer, bill.touched, bill.missed) == (
        198_00,
        (),
        (),
        ("voucher",),
        (),
    )


def test_a_little_less_brings_none() -> None:
    bill = sold((CREAM, 1), voucher={**VOUCHER, "reach": 198_01})
    assert (bill.vouchers, why(bill, "voucher")) == ((), "¥0.01 more for voucher")
    other = sold((MILK, 1), voucher={**VOUCHER, "reach": 0, "skus": ["P"]})
    assert (other.vouchers, why(other, "voucher")) == ((), "For other articles")


def test_they_have_a_window_of_their_own() -> None:
    assert given(use_from=0) == GivenVoucher(worth=20_00, count=1)
    assert given(use_days=30, count=5) == GivenVoucher(
        worth=20_00, count=5, since="2026-10-29", until="2026-11-27"
    )
    assert (given(use_days=1).since, given(use_days=1).until) == ("2026-10-29", "2026-10-29")
    assert (given(use_from=3).since, given(use_from=3).until) == ("2026-10-31", "")
    assert given(use_until="2026-12-31").until == "2026-12-31"
    assert given(use_from=3650, use_days=3650).since == given(use_from=3650, use_days=3650).until


def test_nobody_in_particular_gets_none() -> None:
    bill = sold((CREAM, 1), to=GUEST, voucher=VOUCHER)
    assert (bill.vouchers, why(bill, "voucher")) == ((), "For members")


@pytest.mark.parametrize(
    ("said", "why_not"),
    [
        ({"use_days": 7, "use_until": "2026-11-30"}, "use_until and use_days: one of them"),
        ({"use_from": 2, "use_days": 1}, "use_days: it would end before it begins"),
        ({"use_days": 0}, "use_days: it would end before it begins"),
    ],
)
def test_what_cannot_be_is_refused(said: dict[str, Any], why_not: str) -> None:
    _, (refused,) = parsed([("a", {**VOUCHER, "name": "n", **said})])
    assert str(refused) == f"a: {why_not}"


@pytest.mark.parametrize(
    "said",
    [{"worth": 0}, {"count": 0}, {"count": 6}, {"use_from": -1}, {"use_from": 3651}, {"use_days": 3651}],
)
def test_what_no_sale_could_book_is_refused(said: dict[str, Any]) -> None:
    assert len(parsed([("a", {**VOUCHER, "name": "n", **said})])[1]) == 1


def test_each_is_booked_under_an_id_of_its_own() -> None:
    ids = iter(("a", "b", "c"))
    more = {"rule": "spend_voucher", "worth": 1, "use_from": 0}
    bill = sold((CREAM, 1), a={**VOUCHER, "count": 2, "use_days": 7}, b=more)
    twenty = Grant(unit="voucher:a", amount=20_00, since="2026-10-29", until="2026-11-04")
    assert vouchers_for(bill, lambda: next(ids)) == (
        twenty,
        Grant(unit="voucher:b", amount=20_00, since="2026-10-29", until="2026-11-04"),
        Grant(unit="voucher:c", amount=1),
    )


def test_vouchers_that_are_sold_count_for_none_and_other_campaigns_look_at_them() -> None:
    paper = Article(sku="Q01", name="代金券", category="card", price=198_00, voucher=200_00)
    bill = sold((paper, 1), voucher=VOUCHER)
    assert (bill.vouchers, why(bill, "voucher")) == ((), "For other articles")
    beside = sold((paper, 1), (MILK, 1), voucher=VOUCHER)
    assert (beside.vouchers, why(beside, "voucher")) == ((), "¥189.10 more for voucher")
    assert len(sold((paper, 1), (CREAM, 1), voucher=VOUCHER).vouchers) == 1
    coupon = {"rule": "spend_coupon", "reach": 198_00, "kind": "x", "face": 5_00}
    assert len(sold((paper, 1), coupon=coupon).gives) == 1


def test_an_article_of_the_same_number_that_is_no_voucher_counts() -> None:
    """A data set may change what an article is, while the shop sells."""
    paper = Article(sku="P", name="代金券", category="card", price=198_00, voucher=200_00)
    plain = replace(paper, voucher=None)
    rules = tariff(voucher=VOUCHER)
    assert not rules.covering(paper)
    assert [one.id for one in rules.covering(plain)] == ["voucher"]
    assert not rules.covering(paper)
