"""What the fleet's check of vouchers says of books that it does not reach by itself in a few days."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lab.fleet.counted import _owed
from terminal.core.rights import LotTerms

GAVE = "01a0c450-6c01-7000-8000-005331000001"


@pytest.mark.parametrize(
    ("owed", "ended", "dead", "said"),
    [(800, 200, False, False), (801, 200, False, True), (801, 200, True, False), (1000, 0, False, False)],
)
def test_more_owed_of_a_voucher_than_it_paid_is_named(
    owed: int, ended: int, *, dead: bool, said: bool
) -> None:
    books = SimpleNamespace(
        balances={
            ("wallet:w1:debt:voucher:v", "S1"): SimpleNamespace(balance=-owed),
            (f"site:S2:had:{GAVE}:ever:rest.v", "S2"): SimpleNamespace(balance=ended),
        },
        sites={"S1": SimpleNamespace(written_off_ms=int(dead)), "S2": SimpleNamespace(written_off_ms=0)},
        lot_terms={("voucher:v", GAVE): LotTerms(unit="voucher:v", lot=GAVE, laid=1000)},
    )
    world: Any = SimpleNamespace(office=SimpleNamespace(books=books), wiped=False)
    assert bool(list(_owed(world))) is said
