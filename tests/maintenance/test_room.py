"""No sale is begun where it could not be booked, and selling begins again by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from terminal.core.errors import (
    DiskFailing,
    DiskFull,
    DiskReadOnly,
    LedgerClosed,
    LedgerDamaged,
    SecondMissing,
    TerminalFault,
)
from terminal.maintenance.facts import DiskFacts
from terminal.maintenance.room import TRY_S, Bookable, watch_room

MIB = 1 << 20


class EndOfDay(Exception):
    pass


async def told_over(disks: Iterator[DiskFacts]) -> list[type[LedgerClosed] | None]:
    told: list[type[LedgerClosed] | None] = []

    def look() -> DiskFacts:
        try:
            return next(disks)
        except StopIteration:
            raise EndOfDay from None

    async def sleep(seconds: float) -> None:
        assert 0 < seconds < 1  # Selling stops within a second.

    with pytest.raises(EndOfDay):
        await watch_room(look, lambda fault: told.append(type(fault) if fault else None), sleep)
    return told


def disk(free_mib: int, *, read_only: bool = False) -> DiskFacts:
    return DiskFacts(path="/", free_bytes=free_mib * MIB, total_bytes=1 << 33, read_only=read_only)


async def test_plenty_of_room_is_no_news() -> None:
    assert await told_over(iter([disk(500), disk(400)])) == []


async def test_a_full_disk_stops_and_room_begins_again() -> None:
    assert await told_over(iter([disk(500), disk(3), disk(2), disk(80), disk(80)])) == [DiskFull, None]


async def test_a_disk_that_turned_read_only_stops() -> None:
    assert await told_over(iter([disk(500), disk(500, read_only=True)])) == [DiskReadOnly]


async def test_a_full_disk_that_turns_read_only_is_told_anew() -> None:
    assert await told_over(iter([disk(3), disk(3, read_only=True)])) == [DiskFull, DiskReadOnly]


# From all who know


def told(*steps: Callable[[Bookable], None]) -> list[str]:
    """The codes that the counter hears; empty for "it can again"."""
    heard: list[str] = []
    bookable = Bookable(lambda fault: heard.append(fault.code if fault else ""))
    for step in steps:
        step(bookable)
    return heard


async def test_the_disk_says_better_than_the_ledger_what_is_wrong() -> None:
    assert told(
        lambda one: one.ledger(DiskFailing("disk I/O error")),
        lambda one: one.room(DiskReadOnly("read-only")),
        lambda one: one.room(None),
        lambda one: one.ledger(None),
    ) == ["L109", "L108", "L109", ""]


async def test_damage_outlasts_everything() -> None:
    assert told(
        lambda one: one.ledger(LedgerDamaged("malformed")),
        lambda one: one.ledger(None),
        lambda one: one.room(DiskFull("full")),
    ) == ["L103"]


async def test_nothing_is_told_twice() -> None:
    assert told(
        lambda one: one.second(SecondMissing("gone")),
        lambda one: one.second(SecondMissing("gone")),
        lambda one: one.second(None),
        lambda one: one.second(None),
    ) == ["L106", ""]


class Tried:
    """A ledger that can be written to at the n-th try; time passes by itself."""

    def __init__(self, works_at: int) -> None:
        self.works_at, self.tries = works_at, 0
        self.slept: list[float] = []
        self.heard: list[TerminalFault | None] = []
        self.bookable = Bookable(self.heard.append)

    async def attempt(self) -> None:
        self.tries += 1
        if self.tries < self.works_at:
            raise DiskFailing("disk I/O error")

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) > 20:
            raise EndOfDay
        await asyncio.sleep(0)

    async def mended(self) -> None:
        mending = asyncio.create_task(self.bookable.mend(self.attempt, self.sleep))
        for _ in range(200):
            await asyncio.sleep(0)
        mending.cancel()
        await asyncio.wait([mending])


async def test_a_ledger_that_failed_is_tried_ever_more_seldom_until_it_works() -> None:
    tried = Tried(works_at=9)
    tried.bookable.ledger(DiskFailing("disk I/O error"))
    await tried.mended()
    assert tried.heard[-1] is None
    assert tried.slept == [*TRY_S, *[TRY_S[-1]] * 3]


async def test_nothing_is_written_while_there_is_no_room() -> None:
    tried = Tried(works_at=1)
    tried.bookable.room(DiskFull("full"))
    tried.bookable.ledger(DiskFull("full"))
    await tried.mended()
    assert tried.tries == 0
    assert len(tried.slept) > 20


async def test_a_damaged_ledger_is_not_tried() -> None:
    tried = Tried(works_at=1)
    tried.bookable.ledger(LedgerDamaged("malformed"))
    mending = asyncio.create_task(tried.bookable.mend(tried.attempt, tried.sleep))
    for _ in range(10):
        await asyncio.sleep(0)
    mending.cancel()
    assert tried.slept == []
