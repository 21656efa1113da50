"""Room for what arrives at once: first come, first served, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from hq.room import SMALL_BYTES, Crowded, Room

LARGE = SMALL_BYTES * 4


class Guests:
    """They come, stay until they are told to go, and are noted as they are let in."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.inside: list[str] = []
        self._stays: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, size: int = LARGE) -> asyncio.Task[None]:
        self._stays[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name, size))
        await self.settle()
        return self.tasks[name]

    async def _visit(self, name: str, size: int) -> None:
        async with self._room.place(size):
            self.inside.append(name)
            await self._stays[name].wait()

    async def go(self, name: str) -> None:
        self._stays[name].set()
        await self.tasks[name]
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_as_many_bytes_as_there_is_room_for_are_let_in_and_the_rest_in_the_order_they_came() -> None:
    guests = Guests(Room(2 * LARGE, 60))
    for name in "abcd":
        await guests.come(name)
    assert guests.inside == ["a", "b"]
    await guests.go("b")
    await guests.go("a")
    assert guests.inside == ["a", "b", "c", "d"]
    await guests.go("c")
    await guests.go("d")


async def test_a_large_one_is_not_passed_by_those_that_would_still_fit() -> None:
    guests = Guests(Room(2 * LARGE, 60))
    await guests.come("first")
    await guests.come("large", 2 * LARGE)
    await guests.come("last")
    assert guests.inside == ["first"]
    await guests.go("first")
    assert guests.inside == ["first", "large"]
    await guests.go("large")
    assert guests.inside[-1] == "last"
    await guests.go("last")


async def test_small_ones_need_no_room() -> None:
    guests = Guests(Room(LARGE, 60))
    await guests.come("large")
    await guests.come("waits")
    await guests.come("small", SMALL_BYTES)
    assert guests.inside == ["large", "small"]
    for name in ("small", "large", "waits"):
        await guests.go(name)


async def test_one_that_is_larger_than_all_the_room_comes_in_alone() -> None:
    guests = Guests(Room(LARGE, 60))
    await guests.come("huge", 100 * LARGE)
    await guests.come("next")
    assert guests.inside == ["huge"]
    await guests.go("huge")
    await guests.go("next")


async def test_who_waits_too_long_is_told_so_and_takes_no_room() -> None:
    room = Room(LARGE, 0)
    guests = Guests(room)
    await guests.come("first")
    with pytest.raises(Crowded):
        async with room.place(LARGE):
            raise AssertionError("there was no room")
    await guests.go("first")
    async with room.place(LARGE):
        pass


@pytest.mark.parametrize("when", ["while it waits", "as it is let in"])
async def test_who_gives_up_leaves_the_room_to_others(when: str) -> None:
    guests = Guests(Room(LARGE, 60))
    await guests.come("first")
    leaving = await guests.come("leaves")
    await guests.come("last")
    if when == "while it waits":
        leaving.cancel()
        await guests.settle()
        await guests.go("first")
    else:
        guests._stays["first"].set()
        await guests.tasks["first"]
        leaving.cancel()
        await guests.settle()
    with suppress(asyncio.CancelledError):
        await leaving
    assert guests.inside[-1] == "last"
    await guests.go("last")
