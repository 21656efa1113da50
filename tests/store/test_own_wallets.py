"""Where the staff's own keys led, over a new start: in the file, and in its twin."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from terminal.core.errors import LedgerClosed
from terminal.core.own_wallets import OwnWallet, OwnWallets, OwnWalletsNow
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, WalletId
from terminal.store.own_wallets import WALLETS_MAX, OwnWalletsFile

CARD = Credential(medium=Medium.UID, number="04A1B2C3D4E5F6")
SAME_DIGITS = Credential(medium=Medium.EM4100, number="04A1B2C3D4E5F6")


def marked(text: str) -> str:
    return text[::-1]


def wallet(number: int, member: str = "") -> OwnWallet:
    return OwnWallet(wallet=WalletId(f"w{number}"), member=MemberId(member) if member else None)


def in_file(folder: Path) -> OwnWalletsFile:
    return OwnWalletsFile(folder / "ledger.own-wallets", marked)


@pytest.fixture(params=["file", "memory"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> OwnWallets:
    return in_file(tmp_path) if request.param == "file" else OwnWalletsNow()


async def test_a_key_leads_to_all_that_it_ever_led_to(kept: OwnWallets) -> None:
    assert await kept.led_to(CARD) == ()
    await kept.keep(CARD, wallet(1))
    await kept.keep(SAME_DIGITS, wallet(3))
    await kept.keep(CARD, wallet(2, "m2"))
    await kept.keep(CARD, wallet(1, "m1"))
    assert sorted(await kept.led_to(CARD), key=lambda one: one.wallet) == [wallet(1, "m1"), wallet(2, "m2")]
    assert await kept.led_to(SAME_DIGITS) == (wallet(3),)


async def test_what_went_into_another_is_that_one_from_then_on(kept: OwnWallets) -> None:
    await kept.keep(CARD, wallet(1))
    await kept.keep(SAME_DIGITS, wallet(1))
    await kept.keep(CARD, wallet(2), was=WalletId("w1"))
    assert await kept.led_to(CARD) == (wallet(2),)
    assert await kept.led_to(SAME_DIGITS) == (wallet(1),)
    await kept.keep(CARD, wallet(2), was=WalletId("w1"))
    assert await kept.led_to(CARD) == (wallet(2),)
    await kept.keep(CARD, wallet(1))
    await kept.keep(CARD, wallet(2), was=WalletId("w1"))  # It was there, and the other goes.
    assert await kept.led_to(CARD) == (wallet(2),)


async def test_it_is_there_after_a_new_start_and_names_no_number(tmp_path: Path) -> None:
    before = in_file(tmp_path)
    await before.keep(CARD, wallet(1, "m1"))
    assert await in_file(tmp_path).led_to(CARD) == (wallet(1, "m1"),)
    assert CARD.number.encode() not in (tmp_path / "ledger.own-wallets").read_bytes()


async def test_what_is_known_is_not_written_again(tmp_path: Path) -> None:
    kept = in_file(tmp_path)
    await kept.keep(CARD, wallet(1))
    (tmp_path / "ledger.own-wallets").unlink()
    await kept.keep(CARD, wallet(1))
    assert not (tmp_path / "ledger.own-wallets").exists()


async def test_the_ones_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    kept = in_file(tmp_path)
    for number in range(WALLETS_MAX + 1):
        await kept.keep(CARD, wallet(number))
    led = await kept.led_to(CARD)
    assert (len(led), led[0], led[-1]) == (WALLETS_MAX, wallet(1), wallet(WALLETS_MAX))


@pytest.mark.parametrize("content", [b"{", b"\xff", b'[{"mark": 1}]', b"[" * 100_000])
async def test_a_file_that_cannot_be_read_is_begun_anew(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ledger.own-wallets").write_bytes(content)
    with caplog.at_level(logging.ERROR):
        kept = in_file(tmp_path)
    assert "begun anew" in caplog.text
    assert await kept.led_to(CARD) == ()
    await kept.keep(CARD, wallet(1))
    assert await in_file(tmp_path).led_to(CARD) == (wallet(1),)


async def test_a_folder_in_its_place_is_said_and_stops_no_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ledger.own-wallets").mkdir()
    kept = in_file(tmp_path)
    assert "begun anew" in caplog.text
    with pytest.raises(LedgerClosed):
        await kept.keep(CARD, wallet(1))
    assert await kept.led_to(CARD) == ()
