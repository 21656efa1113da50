"""Who asked to be forgotten and had to wait is, once nothing is in the way any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookDirective,
    BookErasure,
    BookGuest,
    BookJoin,
    BookLegalHold,
    BookTransfer,
    ClockTrust,
    ErasureReason,
    Occasion,
    Private,
)
from terminal.core.directives import NEVER_MIND, Directed, Lapse, Lapsing
from terminal.core.errors import ErasureDecidedElsewhere, ErasureWaits, LedgerClosed
from terminal.core.ledger.lapsing import lapsing
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, StaffId, WalletId
from terminal.desk.forgetting import AGAIN_S, Forgetting
from terminal.runtime.ids import Uuid7
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens, recharge, sale

TOMORROW = replace(AT, business_day="2026-11-25", operator=StaffId("E00"), clock=ClockTrust.NETWORK)
TOOK, APPROVED = StaffId("E05"), StaffId("E09")


def phone(number: int) -> Credential:
    return Credential(medium=Medium.PHONE, number=f"1900000{number:04d}")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(tmp_path / "ledger.db")
    yield opened
    await opened.close()


async def member(ledger: Any, number: int, *, holds: int = 0) -> None:
    private = Private(credentials=(phone(number),), name="王", phone=phone(number).number)
    joined = BookJoin(id=an_id(10 * number), at=AT, opens=opens(number, member=True))
    await ledger.committer.submit(joined, private)
    if holds:
        load = replace(recharge(10 * number + 1, number, principal=holds), card=None)
        await ledger.committer.submit(load)


async def asks(ledger: Any, number: int, why: ErasureReason | None = ErasureReason.MISTAKE) -> None:
    wish = BookErasure(
        id=an_id(10 * number + 2),
        at=replace(AT, operator=TOOK, second=APPROVED),
        wallet=WalletId(f"w{number}"),
        member=MemberId(f"m{number}"),
        why=why,
    )
    with pytest.raises(ErasureWaits):
        await ledger.committer.submit(wish)


async def spends(ledger: Any, number: int, fen: int) -> None:
    await ledger.committer.submit(replace(sale(10 * number + 3, fen, number=number, stored=fen), card=None))


async def keeps(ledger: Any, number: int, until: str) -> None:
    hold = BookLegalHold(
        id=an_id(5_000 + number + bool(until) * 500),
        at=AT,
        member=MemberId(f"m{number}"),
        until=until,
        why="x",
    )
    await ledger.committer.submit(hold)


def occasion(operator: StaffId | None) -> Occasion:
    return replace(TOMORROW, operator=operator or TOMORROW.operator)


def forgetting(ledger: Any, **more: Any) -> Forgetting:
    return Forgetting(ledger.wishes, ledger.committer, Uuid7(ManualTime(), bytes), occasion, **more)


async def known(ledger: Any, number: int) -> bool:
    return await ledger.books.holder(phone(number)) is not None


async def test_value_that_is_left_keeps_them_until_it_is_spent(ledger: Any) -> None:
    await member(ledger, 1, holds=500)
    await asks(ledger, 1)
    head = await ledger.outbox.head()
    assert await forgetting(ledger).again() == 0
    assert await ledger.outbox.head() == head
    await spends(ledger, 1, 500)
    assert await forgetting(ledger).again() == 1
    assert not await known(ledger, 1)
    assert await ledger.wishes.waiting("", 10) == []
    assert await forgetting(ledger).again() == 0


async def test_the_entry_names_who_took_the_wish_and_who_approved_it(ledger: Any) -> None:
    await member(ledger, 1, holds=500)
    await asks(ledger, 1)
    await spends(ledger, 1, 500)
    await forgetting(ledger).again()
    (seq, _) = await ledger.outbox.head()
    (link,) = await ledger.outbox.after(seq - 1, 1)
    entry = decoded(link.body)
    assert (entry.kind, entry.at.operator, entry.at.second) == ("erasure", TOOK, APPROVED)
    assert entry.at.business_day == TOMORROW.business_day
    assert entry.payload.why is ErasureReason.MISTAKE


async def test_a_wish_of_before_has_no_reason_until_somebody_says_one(ledger: Any) -> None:
    await member(ledger, 1, holds=500)
    await asks(ledger, 1, None)
    assert [one.why for one in await ledger.wishes.waiting("", 9)] == [None]
    await asks(ledger, 1, ErasureReason.WITHDRAWN)
    assert [one.why for one in await ledger.wishes.waiting("", 9)] == [ErasureReason.WITHDRAWN]


async def test_a_hold_that_is_over_or_was_lifted_keeps_nobody(ledger: Any) -> None:
    for number, until in ((1, "2026-11-24"), (2, "2026-11-25"), (3, "2026-12-31")):
        await member(ledger, number)
        await keeps(ledger, number, until)
        await asks(ledger, number)
    await keeps(ledger, 3, "")
    assert await forgetting(ledger).again() == 2
    assert [await known(ledger, number) for number in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("clock", [ClockTrust.UNKNOWN, ClockTrust.NETWORK, ClockTrust.HEADQUARTERS])
async def test_a_clock_that_ran_ahead_ends_nothing_that_is_kept(ledger: Any, clock: ClockTrust) -> None:
    """Ten years on by a clock that nobody vouches for; the one without records goes, whatever the day."""
    await member(ledger, 1)
    await keeps(ledger, 1, "2026-12-31")
    await asks(ledger, 1)
    await member(ledger, 2, holds=500)
    await asks(ledger, 2)
    await spends(ledger, 2, 500)
    kept = [wish.kept for wish in await ledger.wishes.waiting("", 10)]
    assert kept == [True, False]

    def ahead(operator: StaffId | None) -> Occasion:
        return replace(occasion(operator), business_day="2036-12-01", clock=clock)

    service = Forgetting(ledger.wishes, ledger.committer, Uuid7(ManualTime(), bytes), ahead)
    assert await service.again() == (1 if clock is ClockTrust.UNKNOWN else 2)
    assert await known(ledger, 1) is (clock is ClockTrust.UNKNOWN)
    assert not await known(ledger, 2)


async def test_one_who_waits_on_holds_up_nobody_however_many_they_are(ledger: Any) -> None:
    for number in range(1, 110):
        await member(ledger, number, holds=500)
        await asks(ledger, number)
    await spends(ledger, 99, 500)  # The last by name.
    assert await forgetting(ledger).again() == 1
    assert not await known(ledger, 99)
    assert len(await ledger.wishes.waiting("", 1_000)) == 108


async def test_it_is_tried_at_a_start_and_every_hour_also_after_a_ledger_that_was_shut(ledger: Any) -> None:
    await member(ledger, 1, holds=500)
    await asks(ledger, 1)
    rounds: list[float] = []
    fails = [LedgerClosed("for a moment")]
    done = asyncio.Event()

    class Closed:
        async def waiting(self, after: str, limit: int) -> Any:
            if fails:
                raise fails.pop()
            return await ledger.wishes.waiting(after, limit)

    async def hour(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            await spends(ledger, 1, 500)
        if len(rounds) == 3:
            done.set()
            await asyncio.Event().wait()

    service = Forgetting(Closed(), ledger.committer, Uuid7(ManualTime(), bytes), occasion, hour)
    running = asyncio.create_task(service.run())
    async with asyncio.timeout(60):
        await done.wait()
    running.cancel()
    await asyncio.wait([running])
    assert rounds == [AGAIN_S] * 3
    assert not await known(ledger, 1)


# In a chain


async def joins_headquarters(ledger: Any) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))


async def kinds(ledger: Any) -> list[tuple[str, bool]]:
    links = await ledger.outbox.after(0, 99)
    entries = [decoded(link.body) for link in links]
    return [(one.at.operator, one.payload.waits) for one in entries if one.kind == "erasure"]


@pytest.mark.parametrize("holds", [0, 500])
async def test_in_a_chain_the_wish_becomes_an_entry_once_and_headquarters_says_when(
    ledger: Any, holds: int
) -> None:
    await joins_headquarters(ledger)
    await member(ledger, 1, holds=holds)
    await asks(ledger, 1)
    (noted,) = await ledger.wishes.waiting("", 9)
    assert (noted.told, await kinds(ledger)) == (False, [])
    for _ in range(2):
        assert await forgetting(ledger).again() == 0
        assert await kinds(ledger) == [(TOOK, True)]
    (wish,) = await ledger.wishes.waiting("", 9)
    assert wish == replace(noted, told=True)
    assert await known(ledger, 1)
    await asks_again(ledger, 1)
    assert (await ledger.wishes.waiting("", 9)) == [wish]


async def asks_again(ledger: Any, number: int) -> None:
    wish = BookErasure(
        id=an_id(7_000), at=AT, wallet=WalletId(f"w{number}"), member=MemberId(f"m{number}"),
        why=ErasureReason.MISTAKE,
    )  # fmt: skip
    with pytest.raises(ErasureDecidedElsewhere):
        await ledger.committer.submit(wish)


async def test_a_wish_of_before_the_shop_joined_is_told_though_records_are_kept_and_no_clock_is_sure(
    ledger: Any,
) -> None:
    await member(ledger, 1)
    await keeps(ledger, 1, "2026-12-31")
    await asks(ledger, 1)
    await joins_headquarters(ledger)

    def unsure(operator: StaffId | None) -> Occasion:
        return replace(occasion(operator), clock=ClockTrust.UNKNOWN)

    service = Forgetting(ledger.wishes, ledger.committer, Uuid7(ManualTime(), bytes), unsure)
    assert await service.again() == 0
    assert await kinds(ledger) == [(TOOK, True)]


async def test_who_has_no_wallet_any_more_is_forgotten_by_their_own_site(ledger: Any) -> None:
    await joins_headquarters(ledger)
    await member(ledger, 1)
    await asks(ledger, 1)
    service = forgetting(ledger)
    assert await service.again() == 0
    away = BookTransfer(
        id=an_id(8_000), at=AT, wallet=WalletId("w1"), card=None, to=MemberId("m9"), commitment="", terms="1"
    )
    await ledger.committer.submit(away, Private(name="李", phone="19000000009"))
    assert await service.again() == 1
    assert await ledger.wishes.waiting("", 9) == []
    assert await kinds(ledger) == [(TOOK, True), (TOOK, False)]


@pytest.mark.parametrize("visitor", [False, True])
async def test_once_headquarters_says_so_nobody_waits_any_more(ledger: Any, *, visitor: bool) -> None:
    await joins_headquarters(ledger)
    if visitor:
        guest = BookGuest(id=an_id(9), at=AT, wallet=WalletId("w1"), member=MemberId("m1"), card=None)
        await ledger.committer.submit(guest)
    else:
        await member(ledger, 1)
    await asks(ledger, 1)
    await forgetting(ledger).again()
    what = Lapse(kind=Lapsing.MEMBER, upto=NEVER_MIND, wallets=(WalletId("w1"),))
    gone = await ledger.committer.ask(lambda state: lapsing(what, AT.business_day, state))
    said = BookDirective(
        id=an_id(9_000), at=AT, directed=Directed(hq_epoch=1, m=1), directive=what,
        lapsed=gone.wallets, erased=gone.erased,
    )  # fmt: skip
    await ledger.committer.submit(said)
    assert await ledger.wishes.waiting("", 9) == []
