"""Once a day what has ended is written off, of whoever does not come any more too, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookCardState,
    BookExpiry,
    BookGrant,
    CardState,
    ClockTrust,
    CouponGrant,
    Grant,
)
from terminal.core.errors import NotBookable
from terminal.core.rights import Want
from terminal.core.values import SiteId, WalletId
from terminal.desk.expiring import AT_ONCE, EXPIRING, Expiring
from terminal.runtime.ids import Uuid7
from terminal.store.memory import MemoryLedger
from tests.desk.fakes import ManualTime
from tests.store.facts import AT, an_id, issue

ENDS = "2026-12-31"
AFTER = "2027-01-01"


def occasion(operator: Any) -> Any:
    return replace(AT, operator=operator or AT.operator, business_day=AFTER, clock=ClockTrust.NETWORK)


async def at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


def made(ledger: Any, reserved: Callable[[], Sequence[Want]] = tuple) -> Expiring:
    return Expiring(ledger, ledger, Uuid7(ManualTime(), bytes), occasion, at_once, reserved=reserved)


async def with_points(count: int) -> Any:
    ledger = MemoryLedger(SiteId("S1"))
    for number in range(count):
        await ledger.submit(*issue(2 * number + 1, number))
        opens = ledger.entries[an_id(2 * number + 1)].payload
        given = (Grant(unit="points:goods", amount=10, until=ENDS), Grant(unit="cashback", amount=50))
        await ledger.submit(
            BookGrant(id=an_id(2 * number + 2), at=AT, wallet=opens.opens.wallet, why="x", grants=given)
        )
    return ledger


def written_off(ledger: Any) -> list[BookExpiry]:
    return [one.payload for one in ledger.entries.values() if isinstance(one.payload, BookExpiry)]


async def test_everybodys_that_have_ended_are_written_off_and_cashback_that_has_not_stays() -> None:
    ledger = await with_points(AT_ONCE + 3)
    assert await made(ledger).round(ENDS) == 0, "their last day is not over"
    assert await made(ledger).round(AFTER) == AT_ONCE + 3
    assert {(one.unit, one.at.operator) for one in written_off(ledger)} == {("points:goods", EXPIRING)}
    assert not any(amount for of, amount in ledger.balances.items() if of.unit == "points:goods")
    assert sum(amount for of, amount in ledger.balances.items() if of.unit == "cashback") == 50 * (
        AT_ONCE + 3
    )
    assert await made(ledger).round(AFTER) == 0


async def with_coupons(count: int) -> Any:
    ledger = MemoryLedger(SiteId("S1"))
    for number in range(count):
        await ledger.submit(*issue(2 * number + 1, number))
        opens = ledger.entries[an_id(2 * number + 1)].payload
        some = tuple(
            CouponGrant(coupon=f"c{number}-{name}", kind="c", face=1, threshold=0, until=until)
            for name, until in (("a", ENDS), ("b", ENDS), ("later", AFTER), ("ever", ""))
        )
        given = BookGrant(id=an_id(2 * number + 2), at=AT, wallet=opens.opens.wallet, why="x", coupons=some)
        await ledger.submit(given)
    return ledger


def held(ledger: Any) -> set[str]:
    return {
        of.unit.rpartition("-")[2]
        for of, amount in ledger.balances.items()
        if "coupon:" in of.unit and amount > 0
    }


async def test_coupons_that_have_ended_are_written_off_all_of_a_wallet_in_one_entry() -> None:
    ledger = await with_coupons(AT_ONCE + 3)
    assert await made(ledger).round(ENDS) == 0, "their last day is not over"
    assert await made(ledger).round(AFTER) == AT_ONCE + 3
    assert {(one.unit, one.at.operator) for one in written_off(ledger)} == {("coupon", EXPIRING)}
    assert len(written_off(ledger)) == AT_ONCE + 3
    assert held(ledger) == {"later", "ever"}
    assert await made(ledger).round(AFTER) == 0


async def test_what_a_cart_waits_for_ends_on_another_day() -> None:
    ledger = await with_coupons(2)
    waits, other = sorted(ledger.wallets)
    coupon = next(name for name, (wallet, _) in ledger.coupons.items() if wallet == waits)
    wanted = [Want(account=f"wallet:{waits}:coupon:{coupon}", amount=1)]
    ending = made(ledger, lambda: wanted)
    assert await ending.round(AFTER) == 1
    assert [one.wallet for one in written_off(ledger)] == [other]
    wanted.clear()
    assert await ending.round(AFTER) == 1
    assert [one.wallet for one in written_off(ledger)] == [other, waits]


async def test_cards_without_a_name_whose_last_day_is_over_are_told_to_all_once() -> None:
    ledger: Any = MemoryLedger(SiteId("S1"))
    for number in range(1, AT_ONCE + 4):
        issued, private = issue(number, number)
        await ledger.submit(replace(issued, opens=replace(issued.opens, until=ENDS)), private)
    await ledger.submit(*issue(AT_ONCE + 4, AT_ONCE + 4))
    assert await made(ledger).round(ENDS) == 0, "their last day is not over"
    assert await made(ledger).round(AFTER) == AT_ONCE + 3
    said = [one.payload for one in ledger.entries.values() if isinstance(one.payload, BookCardState)]
    assert {(one.state, one.at.operator) for one in said} == {(CardState.EXPIRED, EXPIRING)}
    assert len({one.card for one in said}) == len(said) == AT_ONCE + 3
    assert await made(ledger).round(AFTER) == 0


async def test_whose_owner_came_meanwhile_is_passed_over() -> None:
    ledger = await with_points(2)

    class Refuses:
        async def submit(self, command: Any) -> object:
            if command.wallet == min(ledger.wallets):
                raise NotBookable("nothing of it has ended")
            return await ledger.submit(command)

    ending = Expiring(ledger, Refuses(), Uuid7(ManualTime(), bytes), occasion, at_once)
    assert await ending.round(AFTER) == 1


async def test_it_runs_once_a_day() -> None:
    ledger, days = await with_points(1), []

    async def ended(_after: Any, today: str, _limit: int) -> list[tuple[WalletId, str]]:
        days.append(today)
        return []

    looks = iter(range(3))

    async def slept(_seconds: float) -> None:
        if next(looks, None) is None:
            raise asyncio.CancelledError

    ledger.ended = ended
    ending = Expiring(ledger, ledger, Uuid7(ManualTime(), bytes), occasion, slept)
    with pytest.raises(asyncio.CancelledError):
        await ending.run()
    assert days == [AFTER]
