"""Whoever has no wallet any more can ask for what is known of them, and is forgotten when the law lets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookErasure,
    BookJoin,
    BookLegalHold,
    BookTransfer,
    ClockTrust,
    ErasureReason,
    Private,
)
from terminal.core.errors import ErasureWaits, NotBookable
from terminal.core.retention import Parted
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, StaffId, WalletId
from terminal.desk import parting
from terminal.desk.parting import LOOKED_AT, Parting
from terminal.runtime.ids import Uuid7
from terminal.store import people
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens

TOLD = (
    ("document", "citizen:11010519491231002X"),
    ("skin", "干"),
    ("hair", "细软"),
    ("birthday", "1990-08-30"),
)
DAY = "2026-11-24"


class Days:
    """Of a counter: which day it is."""

    def __init__(self) -> None:
        self.today = DAY

    def occasion(self, operator: StaffId | None) -> Any:
        by = operator or AT.operator
        return replace(AT, business_day=self.today, operator=by, clock=ClockTrust.NETWORK)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(tmp_path / "ledger.db")
    yield opened
    await opened.close()


def phone(number: int) -> Credential:
    return Credential(medium=Medium.PHONE, number=f"1900000{number:04d}")


async def joins(ledger: Any, number: int, phone_of: int = 0) -> None:
    key = phone(phone_of or number)
    private = Private(credentials=(key,), name="王小明", phone=key.number, told=TOLD)
    await ledger.committer.submit(
        BookJoin(id=an_id(10 * number), at=AT, opens=opens(number, member=True)), private
    )


async def gives_away(ledger: Any, number: int, *, to: str = "") -> None:
    new = MemberId(to or f"n{number}")
    key = phone(9_000 + number)
    private = Private(credentials=(key,), name="韩梅", phone=key.number, told=TOLD)
    command = BookTransfer(
        id=an_id(10 * number + 5),
        at=AT,
        wallet=WalletId(f"w{number}"),
        card=None,
        to=new,
        commitment="",
        terms="1",
    )
    await ledger.committer.submit(command, private)


def made(ledger: Any, days: Days, records_days: int = 10) -> Parting:
    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    return Parting(ledger.people, records_days, Uuid7(ManualTime(), bytes), days.occasion, at_once)


async def last(ledger: Any) -> Any:
    head = (await ledger.outbox.head())[0]
    return decoded((await ledger.outbox.after(head - 1, 1))[0].body).payload


async def known(ledger: Any, number: int) -> list[str] | None:
    kept = await ledger.people.by(MemberId(f"m{number}"))
    return None if kept is None else [what for what, _ in kept.private.told]


async def test_who_gave_one_of_two_wallets_away_still_has_one(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    await gives_away(ledger, 2, to="m1")
    await gives_away(ledger, 1)
    kept = await ledger.people.by(MemberId("m1"))
    assert [purse.wallet for purse in kept.purses] == ["w2"]
    assert await ledger.people.parted("", 9) == ("", [Parted(member=MemberId("m2"), until="")])


async def test_they_are_found_by_the_phone_that_was_theirs_and_by_no_other(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "LOOKED_AT", 2)
    for number in (1, 2, 3, 4, 5):
        await joins(ledger, number)
    await gives_away(ledger, 1)
    await gives_away(ledger, 4)
    assert (await ledger.people.by(phone(1))).member == "m1"
    assert (await ledger.people.by(phone(4))).member == "m4"
    assert await ledger.people.by(phone(6)) is None
    assert await ledger.people.by(replace(phone(4), medium=Medium.CODE)) is None
    assert (await ledger.people.by(phone(3))).member == "m3"


async def test_whoever_joins_again_with_that_phone_is_the_one_who_is_found(ledger: Any) -> None:
    await joins(ledger, 1)
    await gives_away(ledger, 1)
    await joins(ledger, 2, phone_of=1)
    assert (await ledger.people.by(phone(1))).member == "m2"


async def test_they_are_forgotten_after_the_days_of_the_law_and_not_on_the_last_of_them(ledger: Any) -> None:
    await joins(ledger, 1)
    await joins(ledger, 2)
    await gives_away(ledger, 1)
    days = Days()
    parts = made(ledger, days)
    assert await parts.round(DAY) == 0
    hold = await last(ledger)
    assert isinstance(hold, BookLegalHold)
    assert (hold.member, hold.until, hold.at.operator) == ("m1", "2026-12-04", "retention")
    wish = BookErasure(id=an_id(70), at=AT, wallet=WalletId("none"), member=MemberId("m1"))
    with pytest.raises(ErasureWaits):
        await ledger.committer.submit(wish)
    days.today = "2026-12-04"
    assert await parts.round(days.today) == 0
    assert (await ledger.people.by(MemberId("m1"))).records_until == "2026-12-04"
    days.today = "2026-12-05"
    assert await parts.round(days.today) == 1
    said = await last(ledger)
    assert isinstance(said, BookErasure)
    assert (said.member, said.why, said.at.operator) == ("m1", ErasureReason.RETENTION, "retention")
    assert await ledger.people.by(MemberId("m1")) is None
    assert await ledger.people.by(phone(1)) is None
    assert await known(ledger, 2) is not None
    assert await parts.round(days.today) == 0


async def test_where_no_law_keeps_records_they_are_forgotten_at_once(ledger: Any) -> None:
    await joins(ledger, 1)
    await gives_away(ledger, 1)
    assert await made(ledger, Days(), 0).round(DAY) == 1
    assert await known(ledger, 1) is None


async def test_of_many_each_is_looked_at(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parting, "LOOKED_AT", 2)
    for number in (1, 2, 3, 4, 5):
        await joins(ledger, number)
    for number in (2, 4, 5):
        await gives_away(ledger, number)
    assert await made(ledger, Days(), 0).round(DAY) == 3
    assert LOOKED_AT == 1_000
    assert [await known(ledger, number) is None for number in (1, 2, 3, 4, 5)] == [
        False, True, False, True, True,
    ]  # fmt: skip


async def test_who_has_a_wallet_again_or_is_forgotten_already_is_left_alone(ledger: Any) -> None:
    await joins(ledger, 1)
    there = Parted(member=MemberId("m1"), until="")
    gone = Parted(member=MemberId("m7"), until="")
    erasure = BookErasure(id=an_id(70), at=AT, wallet=WalletId("none"), member=MemberId("m1"))
    assert not await ledger.people.book_of_parted(there, erasure)
    assert not await ledger.people.book_of_parted(gone, replace(erasure, member=MemberId("m7")))
    assert await known(ledger, 1) is not None


async def test_one_who_cannot_be_forgotten_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done = list[str]()

    class People:
        async def parted(self, after: str, limit: int) -> tuple[str, list[Parted]]:
            assert (after, limit) == ("", LOOKED_AT)
            return "", [Parted(member=MemberId(one), until=DAY) for one in ("m1", "m2")]

        async def book_of_parted(self, one: Parted, _command: object) -> bool:
            if one.member == "m1":
                raise NotBookable("not now")
            done.append(one.member)
            return True

    days = Days()
    kept = Parting(People(), 10, Uuid7(ManualTime(), bytes), days.occasion)
    assert await kept.round("2026-11-25") == 1
    assert done == ["m2"]
    assert "known on: not now" in caplog.text


async def test_it_is_done_once_a_day() -> None:
    rounds = list[str]()

    class People:
        async def parted(self, after: str, _limit: int) -> tuple[str, list[Parted]]:
            rounds.append(after)
            return "", []

        async def book_of_parted(self, *_: object) -> bool:
            raise AssertionError

    async def slept(_seconds: float) -> None:
        if len(rounds) == 1:
            raise asyncio.CancelledError

    kept = Parting(People(), 10, Uuid7(ManualTime(), bytes), Days().occasion, slept)
    with pytest.raises(asyncio.CancelledError):
        await kept.run()
    assert rounds == [""]
