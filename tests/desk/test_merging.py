"""A merge that was cut off between its parts is finished by the terminal itself, once and by nobody twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    Booked,
    BookJoin,
    BookMerge,
    BookMergePart,
    BookRecharge,
    BookTransfer,
    Command,
    Private,
)
from terminal.core.errors import LedgerClosed
from terminal.core.ledger import merging
from terminal.core.ledger.merging import begun
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from terminal.desk.merging import LOOK_S, Merging
from terminal.runtime.ids import Uuid7
from tests.desk.fakes import FaultyLedger, ManualTime
from tests.store.facts import AT, an_id, opens

W1, W2, W3 = WalletId("w1"), WalletId("w2"), WalletId("w3")
BOSS = StaffId("ST-9")


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "ROOM", 4)


async def members(*, recharges: int = 9) -> FaultyLedger:
    """Three; the first with so many recharges of 5 yuan."""
    ledger = FaultyLedger()
    for number in (1, 2, 3):
        begins = opens(number, member=True)
        await ledger.submit(BookJoin(id=an_id(number), at=AT, opens=begins), Private())
    for number in range(recharges):
        load = BookRecharge(
            id=an_id(10 + number), at=AT, wallet=W1, card=None, principal=500, bonus=0, received=500
        )
        await ledger.submit(load)
    return ledger


async def begins(ledger: FaultyLedger, number: int, into: WalletId = W2, tier: str = "") -> None:
    at = replace(AT, second=BOSS)
    await ledger.submit(BookMergePart(id=an_id(number), at=at, wallet=W1, into=into, begins=True, tier=tier))


class Roll:
    """What was said before it was booked, and what came onto paper."""

    def __init__(self) -> None:
        self.expected: list[EntryId] = []
        self.printed: list[Booked] = []

    def expect(self, entry: EntryId) -> None:
        self.expected.append(entry)

    def original(self, booked: Booked) -> None:
        self.printed.append(booked)


def made(ledger: Any, sleep: Any = asyncio.sleep, roll: Roll | None = None) -> Merging:
    def occasion(operator: StaffId | None) -> Any:
        return replace(AT, operator=operator or StaffId("nobody"), wall_ms=AT.wall_ms + 60_000)

    return Merging(ledger, Uuid7(ManualTime(), bytes), occasion, roll or Roll(), sleep)


def ahead(ledger: FaultyLedger) -> Sequence[Command]:
    return [one for one in ledger.submitted if isinstance(one, BookMergePart | BookMerge)]


async def test_its_slip_is_printed_when_it_is_done_and_only_of_the_merge_itself() -> None:
    ledger, roll = await members(), Roll()
    await begins(ledger, 30)
    assert await made(ledger, roll=roll).round() == 1
    *_, merge = ahead(ledger)
    (slip,) = roll.printed
    assert slip.command == merge
    assert isinstance(merge, BookMerge)
    assert roll.expected == [merge.id]
    assert await made(ledger, roll=roll).round() == 0
    assert len(roll.printed) == 1


async def test_what_cannot_go_on_prints_nothing() -> None:
    ledger, roll = await members(), Roll()
    await begins(ledger, 30)
    ledger.fails_at = BookMerge
    looks = made(ledger, roll=roll)
    with pytest.raises(LedgerClosed):
        await looks.round()
    assert roll.printed == []
    ledger.fails_at = None
    assert await looks.round() == 1
    assert len(roll.printed) == 1


async def test_where_nothing_was_cut_off_nothing_is_done() -> None:
    ledger = await members()
    assert await made(ledger).round() == 0
    assert ahead(ledger) == []


@pytest.mark.parametrize("parts", [0, 1, 2, 3])
async def test_what_was_there_at_the_start_is_finished_by_whoever_decided_it(parts: int) -> None:
    ledger = await members()
    await begins(ledger, 30)
    for number in range(parts):
        await ledger.submit(BookMergePart(id=an_id(31 + number), at=AT, wallet=W1, into=W2))
    assert dict(ledger.holdings(W1))["principal"] == 500 * (9 - 3 * parts) if parts < 3 else True
    assert await made(ledger).round() == 1
    assert (dict(ledger.holdings(W1)), dict(ledger.holdings(W2))) == ({}, {"principal": 4500})
    last = ahead(ledger)[-1]
    assert isinstance(last, BookMerge)
    assert (last.at.operator, last.at.second, last.at.wall_ms) == (AT.operator, BOSS, AT.wall_ms + 60_000)
    assert await ledger.ask(begun) == []
    assert await made(ledger).round() == 0


async def test_it_sets_the_tier_that_was_decided_when_it_began() -> None:
    ledger = await members()
    await begins(ledger, 30, tier="gold")
    assert ledger.wallets[W2].tier == "regular"
    assert await made(ledger).round() == 1
    assert ledger.wallets[W2].tier == "gold"


async def test_one_that_begins_later_is_under_way_until_it_is_seen_again() -> None:
    ledger = await members()
    looks = made(ledger)
    assert await looks.round() == 0
    await begins(ledger, 30)
    assert await looks.round() == 0
    assert len(ahead(ledger)) == 1
    assert await looks.round() == 1
    assert dict(ledger.holdings(W2)) == {"principal": 4500}


async def test_what_cannot_go_on_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ledger = await members()
    await begins(ledger, 30, W3)
    await begins(ledger, 31)
    assert await made(ledger).round() == 1, "the last one; the first has nothing to go on with"
    assert "cannot go on" in caplog.text
    assert dict(ledger.holdings(W2)) == {"principal": 4500}


async def test_it_goes_to_where_the_one_that_stays_went_meanwhile() -> None:
    ledger = await members()
    await begins(ledger, 30)
    await ledger.submit(BookMerge(id=an_id(32), at=AT, wallet=W2, into=W3))
    assert await made(ledger).round() == 1
    assert dict(ledger.holdings(W3)) == {"principal": 4500}


async def test_it_looks_again_after_a_while_where_the_ledger_is_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = await members()
    await begins(ledger, 30)
    ledger.fails_at = BookMerge
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        ledger.fails_at = None
        if len(slept) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await made(ledger, sleep).run()
    assert slept == [LOOK_S] * 3
    assert dict(ledger.holdings(W2)) == {"principal": 4500}
    assert "wait" in caplog.text


async def test_a_transfer_to_a_member_that_was_cut_off_is_finished_with_its_tier() -> None:
    ledger = await members(recharges=2)
    given = BookTransfer(
        id=an_id(30), at=replace(AT, second=BOSS), wallet=W1, card=None, to=MemberId("m9"),
        commitment="", terms="", onto=W2, tier="gold",
    )  # fmt: skip
    await ledger.submit(given, Private())
    assert await made(ledger).round() == 1
    assert (dict(ledger.holdings(W1)), dict(ledger.holdings(W2))) == ({}, {"principal": 1000})
    last, theirs = ahead(ledger)[-1], ledger.wallet(W2)
    assert isinstance(last, BookMerge)
    assert (last.at.operator, last.at.second, last.tier) == (AT.operator, BOSS, "gold")
    assert theirs is not None
    assert (theirs.tier, theirs.member != "m9") == ("gold", True)
