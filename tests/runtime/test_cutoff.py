"""A thread that blocks reports in order, waits for the loop when it must, and can be left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from terminal.runtime.cutoff import Blocking

WITHIN_MS = 10_000
Say = Callable[[int], None]


def _started(work: Callable[[Say], None], interrupt: Callable[[], None] = lambda: None) -> Blocking[int]:
    thread: Blocking[int] = Blocking("test", work, interrupt)
    thread.start()
    return thread


async def _ended(thread: Blocking[int]) -> None:
    await asyncio.to_thread(thread._thread.join, WITHIN_MS / 1000)
    assert not thread.alive


async def test_reports_come_in_order_and_then_the_end() -> None:
    def work(say: Say) -> None:
        for number in range(100):
            say(number)

    thread = _started(work)
    assert [await thread.heard(WITHIN_MS) for _ in range(100)] == list(range(100))
    with pytest.raises(EOFError):
        await thread.heard(WITHIN_MS)


async def test_what_the_thread_raises_is_raised_after_what_it_said() -> None:
    def work(say: Say) -> None:
        say(1)
        raise OSError(19, "No such device")

    thread = _started(work)
    assert await thread.heard(WITHIN_MS) == 1
    with pytest.raises(OSError, match="No such device"):
        await thread.heard(WITHIN_MS)


async def test_a_thread_that_is_not_heard_waits_and_does_not_fill_the_memory() -> None:
    said: list[int] = []

    def work(say: Say) -> None:
        for number in range(1_000):
            say(number)
            said.append(number)

    thread = _started(work)
    assert await thread.heard(WITHIN_MS) == 0
    await asyncio.sleep(0)
    assert len(said) < 50
    for number in range(1, 1_000):
        assert await thread.heard(WITHIN_MS) == number


async def test_a_thread_that_hangs_is_left_behind_and_what_it_says_later_is_not_heard() -> None:
    hanging, interrupted = threading.Event(), threading.Event()

    def work(say: Say) -> None:
        say(1)
        hanging.wait(WITHIN_MS / 1000)
        say(2)

    thread = _started(work, interrupted.set)
    assert await thread.heard(WITHIN_MS) == 1
    with pytest.raises(TimeoutError):
        await thread.heard(1)
    thread.cut_off()
    assert interrupted.is_set()
    assert thread.alive
    assert thread.was_cut
    hanging.set()
    await _ended(thread)
    with pytest.raises(TimeoutError):
        await thread.heard(1)


async def test_a_thread_that_waits_to_be_heard_ends_when_it_is_cut_off() -> None:
    def work(say: Say) -> None:
        while True:
            say(0)

    thread = _started(work)
    await thread.heard(WITHIN_MS)
    thread.cut_off()
    await _ended(thread)


def test_a_thread_outlives_its_loop_without_a_word() -> None:
    hanging = threading.Event()

    async def begin() -> Blocking[int]:
        def work(say: Say) -> None:
            hanging.wait(WITHIN_MS / 1000)
            say(1)

        return _started(work)

    thread = asyncio.run(begin())
    hanging.set()
    thread._thread.join(WITHIN_MS / 1000)
    assert not thread.alive


async def test_a_report_that_came_while_the_loop_stood_still_is_in_time() -> None:
    thread = _started(lambda say: say(1))
    thread._thread.join(WITHIN_MS / 1000)  # The loop knows nothing of it yet.
    assert await thread.heard(0) == 1
