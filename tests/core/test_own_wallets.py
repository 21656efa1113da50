"""Whose the wallets are by now that the staff's own keys led to."""

from __future__ import annotations

import pytest

from terminal.core.ledger.state import Wallet
from terminal.core.own_wallets import OwnWallet, OwnWalletsNow, still_theirs
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, WalletId

CARD = Credential(medium=Medium.UID, number="04A1B2C3D4E5F6")
OTHER = Credential(medium=Medium.EM4100, number="04A1B2C3D4E5F6")


def wallet(number: int, member: str = "") -> OwnWallet:
    return OwnWallet(wallet=WalletId(f"w{number}"), member=MemberId(member) if member else None)


async def test_a_key_leads_to_all_that_it_ever_led_to_and_that_did_not_go_into_another() -> None:
    kept = OwnWalletsNow()
    assert await kept.led_to(CARD) == ()
    await kept.keep(CARD, wallet(1))
    await kept.keep(CARD, wallet(2, "m2"))
    assert await kept.led_to(CARD) == (wallet(1), wallet(2, "m2"))
    assert await kept.led_to(OTHER) == ()
    await kept.keep(CARD, wallet(3), was=WalletId("w1"))
    await kept.keep(CARD, wallet(3), was=WalletId("w1"))
    assert await kept.led_to(CARD) == (wallet(2, "m2"), wallet(3))


class Wallets:
    """As much of the ledger as follows a merge."""

    def __init__(self, **known: Wallet) -> None:
        self._known = known

    def wallet(self, wallet: WalletId) -> Wallet | None:
        return self._known.get(wallet)


@pytest.mark.parametrize(
    ("stands", "was", "is_"),
    [
        ({}, wallet(1, "m1"), wallet(1, "m1")),  # A visitor's.
        ({"w1": Wallet(member=MemberId("m1"))}, wallet(1, "m1"), wallet(1, "m1")),
        ({"w1": Wallet(member=MemberId("m2"))}, wallet(1, "m1"), None),
        ({"w1": Wallet(member=MemberId("m2"))}, wallet(1), wallet(1, "m2")),  # It got a name.
        ({"w1": Wallet()}, wallet(1), wallet(1)),
        (
            {"w1": Wallet(member=MemberId("m1"), into=WalletId("w2")), "w2": Wallet(member=MemberId("m2"))},
            wallet(1, "m1"),
            wallet(2, "m2"),
        ),
        (
            {"w1": Wallet(member=MemberId("m1"), into=WalletId("w2")), "w2": Wallet(member=MemberId("m1"))},
            wallet(1, "m1"),
            wallet(2, "m1"),
        ),
    ],
)
def test_whose_it_is_by_now(stands: dict[str, Wallet], was: OwnWallet, is_: OwnWallet | None) -> None:
    assert still_theirs(Wallets(**stands), was) == is_  # type: ignore[arg-type]
