"""Receipts call a count card as it was sold, and as the catalogue does where nobody says it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import Balances, Booked, CouponGrant
from terminal.core.receipts import ShopHead, as_text, document_of, drawn
from terminal.core.receipts.rows import Columns
from terminal.core.receipts.sections import Copy, coupon_pack
from terminal.core.receipts.words import Words

UNDONE = next(
    name
    for name, one in SPECIMENS.items()
    if one.booked.back is not None and any(unit == "count:K03" for unit, _ in one.booked.back.value)
)


def printed(booked: Booked, after: Balances) -> str:
    shop = ShopHead(name="x")
    paper = document_of(replace(booked, after=after), shop, language="en", copy=Copy.ORIGINAL)
    return as_text(drawn(paper, 48))


@pytest.mark.parametrize(("calls", "name"), [({"bubble": "Bubble bath"}, "Bubble bath"), ({}, "Coupons")])
def test_a_coupon_without_a_face_is_called_as_the_shop_calls_it(calls: dict[str, str], name: str) -> None:
    given = CouponGrant(coupon="c1", kind="bubble", face=0, threshold=0)
    words = Words("en", coupon=lambda kind: calls.get(kind, ""))
    assert coupon_pack((given,), words)[1] == Columns(left=name, right="x1", indent=2)


def test_a_coupon_with_a_face_says_what_it_takes_off() -> None:
    given = CouponGrant(coupon="c1", kind="bubble", face=300, threshold=0)
    assert coupon_pack((given,), Words("en"))[1] == Columns(left="3.00 off", right="x1", indent=2)


@pytest.mark.parametrize(("called", "name"), [({}, "K03"), ({"K03": "Three cuts"}, "Three cuts")])
def test_a_card_is_called_as_it_was_sold(called: dict[str, str], name: str) -> None:
    sale = SPECIMENS["sale"].booked
    assert f"Uses left, {name} " in printed(sale, Balances(uses={"K03": 2}, called=called))
    back = printed(SPECIMENS[UNDONE].booked, Balances(called=called))
    assert sum(line.startswith(f"Uses, {name} ") or name in line for line in back.splitlines()) >= 1
