"""An opened case is booked once, whatever is in the way of the ledger meanwhile."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from terminal.core.commands import CASE_OPENED, Booked, BookNote, Command, Private
from terminal.core.errors import LedgerClosed
from terminal.desk.lid import AGAIN_MS, Lid
from terminal.desk.session import Session
from tests.desk.fakes import Bench, ManualTime, settled


class Ids:
    def __init__(self) -> None:
        self._next = count(1)

    def new(self) -> str:
        return f"id-{next(self._next)}"


class Books:
    """`Committer`; `closed`: so many submissions are refused first."""

    def __init__(self, closed: int = 0) -> None:
        self.closed = closed
        self.taken: list[BookNote] = []
        self.asked: list[str] = []

    async def submit(self, command: Command, private: Private | None = None) -> Booked:
        assert private is None
        assert isinstance(command, BookNote)
        self.asked.append(command.id)
        if self.closed:
            self.closed -= 1
            raise LedgerClosed("not now")
        self.taken.append(command)
        return Booked(command=command, seq=len(self.taken), receipt_no="")

    async def look_up(self, entry: str) -> Booked | None:
        raise AssertionError(entry)


async def the_session(time: ManualTime) -> Session:
    async with Bench() as bench:
        return Session(bench.session.duty, time, "boot")


async def test_an_opened_case_is_booked_once_a_minute_for_each_device() -> None:
    time, books = ManualTime(), Books()
    lid = Lid(books, Ids(), await the_session(time))
    running = asyncio.create_task(lid.run())
    for _ in range(5):
        lid.opened("box")
        await time.pass_s(10)
    lid.opened("annex")
    await settled()
    assert [(one.what, one.detail) for one in books.taken] == [(CASE_OPENED, "box"), (CASE_OPENED, "annex")]
    await time.pass_s(AGAIN_MS / 1000)
    lid.opened("box")
    await settled()
    assert [one.detail for one in books.taken] == ["box", "annex", "box"]
    running.cancel()


async def test_what_could_not_be_booked_is_booked_by_the_next_run_under_the_same_id() -> None:
    books = Books(closed=2)
    lid = Lid(books, Ids(), await the_session(ManualTime()))
    lid.opened("box")
    for _ in range(2):
        with pytest.raises(LedgerClosed):
            await lid.run()
    running = asyncio.create_task(lid.run())
    await settled()
    assert books.asked == ["id-1"] * 3
    assert [one.detail for one in books.taken] == ["box"]
    running.cancel()
