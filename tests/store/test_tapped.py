"""One read tells whose card it is and what the counter shows of them, the same as whoever looks twice."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookErasure,
    BookExpiry,
    BookGrant,
    BookJoin,
    BookMerge,
    CouponGrant,
    Grant,
    Private,
)
from terminal.core.errors import PeopleLocked, TerminalFault
from terminal.core.picture import Picture
from terminal.core.pricing.visit import Birthday
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, StaffId, WalletId
from terminal.store.ledger import News
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, opens, recharge, sale

CARD = Credential(medium=Medium.EM4100, number="0A00BC0009")
BORN = (("birthday", "1990-08-30"),)
DAY = "2026-11-24"


def phone(number: int) -> Credential:
    return Credential(medium=Medium.PHONE, number=f"1900000{number:04}")


def join(number: int, told: tuple[tuple[str, str], ...] = BORN) -> tuple[BookJoin, Private]:
    at = replace(AT, business_day="2026-11-20")
    private = Private(credentials=(phone(number),), phone=phone(number).number, told=told)
    return BookJoin(id=an_id(number), at=at, opens=opens(number, member=True)), private


def grant(entry: int, number: int, *grants: Grant, coupons: tuple[CouponGrant, ...] = ()) -> BookGrant:
    wallet = WalletId(f"w{number}")
    return BookGrant(id=an_id(entry), at=AT, wallet=wallet, why="x", grants=grants, coupons=coupons)


def points(amount: int, until: str) -> Grant:
    return Grant(unit="points:goods", amount=amount, until=until)


def coupon(name: str, until: str) -> CouponGrant:
    return CouponGrant(coupon=name, kind="c3", face=300, threshold=10000, until=until)


class Heard(list[TerminalFault | None]):
    """Of trouble with the ledger."""


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def ledger(path: Path, heard: Heard) -> AsyncGenerator[Any, None]:
    """Opened again when there is a member: from then on their keys are read with it."""
    opened = await opened_at(path)
    await opened.committer.submit(*join(1))
    await opened.close()
    opened = await opened_at(path, news=News(trouble=heard.append))
    yield opened
    await opened.close()


def nobody_else_looks(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def looked(_holder: object) -> Picture:
        raise AssertionError

    monkeypatch.setattr(ledger.books, "pictured", looked)


async def test_what_is_shown_is_read_with_whose_it_is(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = (*BORN, ("stylist", "ST-0301"))
    for command, private in (
        join(2, told),
        (replace(sale(3, 500, number=2), card=None), None),
        (grant(4, 2, coupons=(coupon("a", "2026-12-09"), coupon("b", ""), coupon("c", "2026-12-01"))), None),
    ):
        await ledger.committer.submit(command, private)
    holder = await ledger.books.holder(phone(2))
    nobody_else_looks(ledger, monkeypatch)
    assert await ledger.books.picture(holder) == Picture(
        born=Birthday(month=8, day=30),
        stylist=StaffId("ST-0301"),
        joined="2026-11-20",
        last=DAY,
        ends=("2026-12-01", "2026-12-09"),
    )
    first = await ledger.books.holder(phone(1))
    assert await ledger.books.picture(first) == Picture(born=Birthday(month=8, day=30), joined="2026-11-20")


async def test_it_is_what_the_keeper_of_people_says(ledger: Any) -> None:
    """Of who has no name, no birthday, value, a coupon, a last sale in cash."""
    card = await ledger.committer.submit(*issue(10, 9))
    await ledger.committer.submit(recharge(11, 9, principal=5000))
    await ledger.committer.submit(*join(12, ()))
    await ledger.committer.submit(grant(13, 12, points(50, ""), coupons=(coupon("a", "2026-12-31"),)))
    await ledger.committer.submit(replace(sale(14, 100, number=12), card=None))
    await ledger.committer.submit(grant(15, 1, points(50, "2027-12-31")))
    assert card.seq
    for key in (CARD, phone(12), phone(1)):
        holder = await ledger.books.holder(key)
        assert await ledger.books.picture(holder) == await ledger.people.picture(holder)


async def test_of_what_was_written_off_and_of_merged_wallets_the_keeper_is_asked(ledger: Any) -> None:
    await ledger.committer.submit(grant(20, 1, points(100, "2026-12-31")))
    at = replace(AT, business_day="2027-01-01")
    ended = BookExpiry(id=an_id(21), at=at, wallet=WalletId("w1"), unit="points:goods")
    await ledger.committer.submit(ended)
    holder = await ledger.books.holder(phone(1))
    assert (await ledger.books.picture(holder)).last == DAY
    await ledger.committer.submit(*join(2))
    await ledger.committer.submit(BookMerge(id=an_id(22), at=AT, wallet=WalletId("w2"), into=WalletId("w1")))
    holder = await ledger.books.holder(phone(2))
    assert await ledger.books.picture(holder) == await ledger.people.picture(holder)


async def test_it_is_looked_at_once_and_not_after_something_was_booked(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = await ledger.books.holder(phone(1))
    assert (await ledger.books.picture(holder)).last == ""
    holder = await ledger.books.holder(phone(1))
    await ledger.committer.submit(replace(sale(30, 500, number=1), card=None))
    assert (await ledger.books.picture(holder)).last == DAY
    holder = await ledger.books.holder(phone(1))
    again = replace(holder)
    nobody_else_looks(ledger, monkeypatch)
    with pytest.raises(AssertionError):
        await ledger.books.picture(again)  # Somebody else's, for all that is known.
    holder = await ledger.books.holder(phone(1))
    await ledger.books.picture(holder)
    with pytest.raises(AssertionError):
        await ledger.books.picture(holder)


async def test_whoever_was_forgotten_is_shown_with_nothing_of_themselves(ledger: Any) -> None:
    await ledger.committer.submit(*issue(10, 9))
    holder = await ledger.books.holder(phone(1))
    forgotten = BookErasure(id=an_id(11), at=AT, wallet=WalletId("w1"), member=MemberId("m1"))
    await ledger.committer.submit(forgotten)
    assert (await ledger.books.picture(holder)).born is None


async def test_keys_that_were_made_after_the_first_read_are_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    assert await ledger.books.holder(phone(1)) is None
    await ledger.committer.submit(*join(1))
    born = Birthday(month=8, day=30)
    holder = await ledger.books.holder(phone(1))
    assert (await ledger.books.picture(holder)).born == born
    nobody_else_looks(ledger, monkeypatch)
    holder = await ledger.books.holder(phone(1))
    assert (await ledger.books.picture(holder)).born == born
    await ledger.close()


@pytest.mark.parametrize("early", [True, False])
async def test_damage_to_the_keys_is_none_of_the_ledgers(
    path: Path, ledger: Any, heard: Heard, *, early: bool
) -> None:
    if early:
        assert await ledger.books.holder(phone(1)) is not None
    path.with_suffix(".keys").write_bytes(b"x" * 8192)
    for _ in range(2):
        holder = await ledger.books.holder(phone(1))
        assert holder.member == "m1"
        with pytest.raises(PeopleLocked):
            await ledger.books.picture(holder)
    assert not heard


async def test_a_reader_whose_keys_were_taken_off_reads_on_without_them_and_then_with_them(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await ledger.books.holder(phone(1)) is not None
    await ledger.books._open.execute("DETACH keys")
    holder = await ledger.books.holder(phone(1))
    assert holder.member == "m1"
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await ledger.books._open.execute("DELETE FROM tokens")
    assert (await ledger.books.picture(holder)).born is not None
    nobody_else_looks(ledger, monkeypatch)
    holder = await ledger.books.holder(phone(1))
    assert (await ledger.books.picture(holder)).born is not None


async def test_a_key_that_opens_nothing_is_told_by_who_keeps_the_keys(path: Path, ledger: Any) -> None:
    with closing(sqlite3.connect(path.with_suffix(".keys"))) as keys, keys:
        keys.execute("UPDATE keys SET wrapped = zeroblob(60)")
    holder = await ledger.books.holder(phone(1))
    with pytest.raises(PeopleLocked):
        await ledger.books.picture(holder)
