"""Whether the writer goes on, as the watchdog asks: a disk that hangs is met, one that refuses is not."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.core.errors import LedgerClosed
from terminal.store.committer import BUSY_S, WALK_S, Writer
from tests.store.conftest import opened_at
from tests.store.facts import sale

LIMIT_S = 60


def soon(writer: Writer) -> bool:
    """Whether it turns within the limit; asked in a thread's own time, not the loop's."""
    for _ in range(LIMIT_S * 1000):
        if writer.turned():
            return True
        time.sleep(0.001)
    return False


async def test_an_idle_writer_turns_as_often_as_it_is_asked(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    assert ledger.committer.turned()
    assert all(soon(ledger.committer) for _ in range(3))
    assert ledger.committer.may_take_s == BUSY_S
    await ledger.close()


async def held(ledger: Any, call: Callable[[Callable[[Any], None]], Awaitable[Any]]) -> tuple[bool, float]:
    """While the work of `call` stands still: whether the writer turns, and how long it may take."""
    inside, gate = threading.Event(), threading.Event()

    def stands(_: Any) -> None:
        inside.set()
        gate.wait(LIMIT_S)

    assert soon(ledger.committer)
    waiting = asyncio.ensure_future(call(stands))
    await asyncio.to_thread(inside.wait, LIMIT_S)
    ledger.committer.turned()  # What it was given before may have been taken up.
    seen = (ledger.committer.turned(), ledger.committer.may_take_s)
    gate.set()
    await waiting
    assert soon(ledger.committer)
    assert ledger.committer.may_take_s == BUSY_S
    return seen


async def test_a_writer_that_stands_in_a_commit_does_not_turn_until_it_comes_out(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    assert await held(ledger, ledger.committer.do) == (False, BUSY_S)
    await ledger.close()


async def test_what_takes_long_may(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    writer = ledger.committer
    assert await held(ledger, lambda work: writer.book_many(work, 2)) == (False, WALK_S)
    assert await held(ledger, lambda work: writer.book_many(work, 1)) == (False, BUSY_S)
    assert await held(ledger, writer.exchange) == (False, WALK_S)
    await ledger.close()


async def test_so_may_opening_the_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    allowed: list[float] = []
    really = ledger.committer._reopen

    def reopened() -> Any:
        allowed.append(ledger.committer.may_take_s)
        return really()

    monkeypatch.setattr(ledger.committer, "_reopen", reopened)
    monkeypatch.setattr(ledger.committer, "_sound", False)
    await ledger.committer.submit(sale(1, 1000))
    assert allowed == [WALK_S]
    assert all(soon(ledger.committer) for _ in range(2))  # The second is taken up after all of that.
    assert ledger.committer.may_take_s == BUSY_S
    await ledger.close()


async def test_a_disk_that_refuses_is_no_writer_that_hangs(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")

    def refused(_: Any) -> None:
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise full

    with pytest.raises(LedgerClosed):
        await ledger.committer.do(refused)
    assert soon(ledger.committer)
    await ledger.close()


async def test_a_closed_writer_is_asked_for_nothing(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    assert ledger.committer.turned()
    await ledger.close()
    assert soon(ledger.committer)
    assert ledger.committer.turned()  # It would not come back from a queue that nobody reads.
    assert ledger.committer.turned()


async def test_what_was_submitted_beside_it_is_booked(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    gate = threading.Event()
    first = asyncio.ensure_future(ledger.committer.do(lambda _: gate.wait(LIMIT_S)))
    await asyncio.sleep(0)
    ledger.committer.turned()
    booking = asyncio.ensure_future(ledger.committer.submit(sale(1, 1000)))
    await asyncio.sleep(0)
    gate.set()
    await first
    assert (await booking).seq == 1
    await ledger.close()
