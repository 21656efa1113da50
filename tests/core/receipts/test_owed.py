"""While something is owed that was given, every receipt with balances says so, as of points."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import Balances
from terminal.core.receipts import ShopHead, as_text, document_of, drawn
from terminal.core.receipts.sections import Copy

Owed = dict[str, tuple[int, int]]


def owed(name: str, of: Owed) -> list[list[str]]:
    booked = replace(SPECIMENS[name].booked, after=Balances(owed=of))
    paper = document_of(booked, ShopHead(name="x"), language="en", copy=Copy.ORIGINAL)
    return [line.rsplit(maxsplit=1) for line in as_text(drawn(paper, 48)).splitlines() if " owed " in line]


@pytest.mark.parametrize(
    ("of", "rows"),
    [
        ({}, []),
        ({"coupon:a": (1, 0)}, [["Coupons owed", "-1"]]),
        ({"coupon:a": (1, 1)}, []),
        ({"coupon:a": (1, 1), "coupon:b": (1, 0), "coupon:c": (1, 0)}, [["Coupons owed", "-2"]]),
        ({"voucher:a": (10_00, 0)}, [["Vouchers owed", "-10.00"]]),
        ({"voucher:a": (10_00, 9_99)}, [["Vouchers owed", "-0.01"]]),
        ({"voucher:a": (10_00, 10_00)}, []),
        ({"voucher:a": (10_00, 20_00), "voucher:b": (10_00, 0)}, [["Vouchers owed", "-10.00"]]),
        ({"cashback": (1, 5)}, [["Cashback owed", "-0.01"]]),
        (
            {"voucher:a": (5_00, 0), "coupon:a": (1, 0), "cashback": (8_40, 0)},
            [["Cashback owed", "-8.40"], ["Coupons owed", "-1"], ["Vouchers owed", "-5.00"]],
        ),
    ],
)
@pytest.mark.parametrize("name", ["sale-cashback", "recharge"])
def test_what_is_owed_and_did_not_come_back_is_said(name: str, of: Owed, rows: list[list[str]]) -> None:
    assert owed(name, of) == rows
