"""No sale is begun where it could not be booked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terminal.maintenance.facts import DiskFacts
from terminal.maintenance.room import watch_room

MIB = 1 << 20


class EndOfDay(Exception):
    pass


async def told_over(disks: Iterator[DiskFacts]) -> list[bool]:
    told: list[bool] = []

    def look() -> DiskFacts:
        try:
            return next(disks)
        except StopIteration:
            raise EndOfDay from None

    async def sleep(seconds: float) -> None:
        assert seconds > 0

    with pytest.raises(EndOfDay):
        await watch_room(look, told.append, sleep)
    return told


def disk(free_mib: int, *, read_only: bool = False) -> DiskFacts:
    return DiskFacts(path="/", free_bytes=free_mib * MIB, total_bytes=1 << 33, read_only=read_only)


async def test_plenty_of_room_is_no_news() -> None:
    assert await told_over(iter([disk(500), disk(400)])) == []


async def test_a_full_disk_stops_and_room_begins_again() -> None:
    assert await told_over(iter([disk(500), disk(3), disk(2), disk(80), disk(80)])) == [False, True]


async def test_a_disk_that_turned_read_only_stops() -> None:
    assert await told_over(iter([disk(500), disk(500, read_only=True)])) == [False]
