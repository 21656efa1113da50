"""A payment by stored value that goes beyond what is held here, while headquarters cannot be reached."""

from __future__ import annotations

import pytest

from terminal.core.commands import TenderKind
from terminal.core.errors import InsufficientFunds
from terminal.core.money import Fen
from terminal.core.payment import paid_by
from terminal.core.policy import Policy
from terminal.core.rights import Floor
from terminal.core.trust import Holder
from terminal.core.values import WalletId

HOLDER = Holder(
    wallet=WalletId("w1"),
    member=None,
    card=None,
    name_shown="",
    number_shown="",
    tier="regular",
    principal=2_000,
    bonus=500,
    points=0,
    coupons=0,
)
FLOOR = Floor(wallet=1_000, site=5_000)


@pytest.mark.parametrize(
    ("due", "principal", "bonus", "beyond"),
    [(1_000, 1_000, 0, 0), (2_500, 2_000, 500, 0), (2_501, 2_000, 500, 1), (3_500, 2_000, 500, 1_000)],
)
def test_all_that_is_held_goes_first(due: int, principal: int, bonus: int, beyond: int) -> None:
    payment = paid_by(TenderKind.STORED, Fen(due), HOLDER, Policy(), FLOOR)
    assert (payment.spent.principal, payment.spent.bonus, payment.beyond) == (principal, bonus, beyond)
    assert payment.amount == due


def test_beyond_the_floor_nothing_goes() -> None:
    with pytest.raises(InsufficientFunds):
        paid_by(TenderKind.STORED, Fen(3_501), HOLDER, Policy(), FLOOR)


def test_without_a_floor_only_what_is_held() -> None:
    with pytest.raises(InsufficientFunds):
        paid_by(TenderKind.STORED, Fen(2_501), HOLDER, Policy())
    assert paid_by(TenderKind.CODE, Fen(2_501), None, Policy()).beyond == 0
