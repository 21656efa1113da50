"""What a voucher's code looks like, what it may be worth, and what it pays."""

from __future__ import annotations

import pytest

from terminal.core.acquirer import Wallet
from terminal.core.commands import SaleLine
from terminal.core.group_buy import (
    GROUP_BUY,
    VOUCHERS_MAX,
    GroupCode,
    Offer,
    WhyNot,
    begun_for,
    group_code,
    is_platform,
    verifying,
)
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import EntryId


def line(sku: str, category: str, net: int) -> SaleLine:
    return SaleLine(
        sku=sku, name=sku, category=category, quantity=1, unit_price=net, gross=net, net=net, tax_bp=0
    )


LINES = (line("apples", "fruit", 12_00), line("pears", "fruit", 8_00), line("milk", "dairy", 5_00))


def offer(worth: int = 30_00, **more: object) -> Offer:
    return Offer(platform="meituan", worth=worth, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0123 4567 8901", "012345678901"),
        ("]Q10123456789", "0123456789"),
        ("https://v.douyin.com/a1?code=x_y", "https://v.douyin.com/a1?code=x_y"),
        ("A" * 6, "A" * 6),
        ("A" * 400, "A" * 400),
    ],
)
def test_a_code_is_what_a_platform_shows_without_its_spaces(text: str, code: str) -> None:
    assert group_code(text) == GroupCode(text=code)


@pytest.mark.parametrize(
    "text",
    ["", "12345", "A" * 401, "]012345678", "-123456", "12345678\n", "1234567é", "123456;7", "１２３４５６"],
)
def test_what_is_none_is_none(text: str) -> None:
    assert group_code(text) is None


def test_a_scanners_prefix_is_taken_off_once() -> None:
    assert group_code("]Q1]Q1234567") is None
    assert group_code("1]Q1234567") is None


def test_no_code_is_told_of_by_accident() -> None:
    code = GroupCode(text="012345678901")
    assert f"{code} {code!r} {[code]}" == "GroupCode(...) GroupCode(...) [GroupCode(...)]"


@pytest.mark.parametrize("name", ["meituan", "douyin", "dy", "a2_b", "a" * 16])
def test_a_platform_is_called_so_in_the_books(name: str) -> None:
    assert is_platform(name)


@pytest.mark.parametrize(
    "name", ["", "a", "a" * 17, "2a", "_a", "Meituan", "mei tuan", "mei:tuan", "美团", "ab\n", *Wallet]
)
def test_and_not_so(name: str) -> None:
    assert not is_platform(name)


@pytest.mark.parametrize("name", ["code", "card", "cash", "transfer"])
def test_nor_as_other_money_outside(name: str) -> None:
    assert not is_platform(name)


def test_an_intent_names_platform_and_sale() -> None:
    sale = EntryId("01936000-0000-7000-8000-000000000001")
    what = begun_for("meituan", sale)
    assert what == f"{GROUP_BUY}meituan:{sale}" == f"group_buy:meituan:{sale}"
    assert verifying(what) == ("meituan", sale)
    assert verifying("code_payment") is None
    assert verifying(f"x{what}") is None
    assert verifying("group_buy") is None
    assert verifying("group_buy:meituan") == ("meituan", "")


@pytest.mark.parametrize("worth", [1, AMOUNT_MAX])
@pytest.mark.parametrize("settles", [0, 1, AMOUNT_MAX])
def test_sums_that_can_be(worth: int, settles: int) -> None:
    assert offer(worth, settles=settles).worth == worth


@pytest.mark.parametrize("sums", [(0, 0), (-1, 0), (AMOUNT_MAX + 1, 0), (1, -1), (1, AMOUNT_MAX + 1)])
def test_sums_that_cannot_be(sums: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a sum that cannot be"):
        offer(sums[0], settles=sums[1])


def test_nor_a_platform_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="no platform is called so"):
        Offer(platform="wechat", worth=1)


@pytest.mark.parametrize(
    ("only", "most"),
    [((), 25_00), (("fruit",), 20_00), (("milk",), 5_00), (("milk", "pears"), 13_00), (("tea",), 0)],
)
def test_it_pays_what_it_is_for(only: tuple[str, ...], most: int) -> None:
    assert sum(line.net for line in LINES if offer(only=only).pays(line)) == most


def test_an_offer_says_no_more_than_it_must() -> None:
    assert (offer().settles, offer().title, offer().only, offer().several) == (0, "", (), False)


def test_why_not_is_what_the_protocol_says() -> None:
    assert [*WhyNot] == ["used", "ended", "unknown", "away"]
    assert VOUCHERS_MAX == 20
