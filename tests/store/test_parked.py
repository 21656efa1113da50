"""Parked carts outlive a restart, and a file that cannot be read costs no sale."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.core.cart import Cart
from terminal.core.errors import LedgerClosed, TooManyParked
from terminal.core.parked import PARKED_MAX, ParkedCart
from terminal.store.parked import ParkedFile
from tests.flows.shop import BREAD, MILK


def parked(id_: str) -> ParkedCart:
    cart = Cart().scanned(MILK, 600).scanned(BREAD)
    return ParkedCart(id=id_, cart=cart, wall_ms=1_795_478_400_000, business_day="2026-11-24", due=15_84)


async def test_they_are_there_after_a_restart_and_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.parked"
    carts = ParkedFile(path)
    for id_ in ("a", "b"):
        await carts.put(parked(id_))
    again = ParkedFile(path)
    assert list(again.all()) == [parked("a"), parked("b")]
    assert await again.take("a") == parked("a")
    assert await again.take("a") is None
    assert [one.id for one in ParkedFile(path).all()] == ["b"]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    carts = ParkedFile(tmp_path / "p")
    for place in range(PARKED_MAX):
        await carts.put(parked(str(place)))
    with pytest.raises(TooManyParked):
        await carts.put(parked("one more"))
    assert len(carts.all()) == PARKED_MAX


@pytest.mark.parametrize("damage", [b"", b"[{", b"\xff", b'[{"id": 1}]', b"{}"])
async def test_a_file_that_cannot_be_read_is_put_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "p"
    path.write_bytes(damage)
    carts = ParkedFile(path)
    assert carts.all() == ()
    assert (tmp_path / "p-unreadable").read_bytes() == damage
    await carts.put(parked("a"))
    assert [one.id for one in ParkedFile(path).all()] == ["a"]


async def test_what_the_disk_does_not_take_is_not_parked(tmp_path: Path) -> None:
    carts = ParkedFile(tmp_path / "gone" / "p")
    with pytest.raises(LedgerClosed):
        await carts.put(parked("a"))
    assert carts.all() == ()
