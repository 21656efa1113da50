"""A worker does what is put before it, in order and in batches, rests when nobody comes, and leaves last."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from terminal.runtime.threads import Empty, Inbox, RealThreads


class Notes:
    def __init__(self, patience_s: float | None = None) -> None:
        self.batches: list[list[int]] = []
        self.rests = 0
        self.left = False
        self.go = threading.Event()
        self.rested = threading.Event()
        self.threads: set[int] = set()
        self._patience_s = patience_s

    def work(self, batch: Sequence[int]) -> None:
        self.go.wait(10)
        self.batches.append(list(batch))
        self.threads.add(threading.get_ident())

    def rest(self) -> None:
        self.rests += 1
        self.rested.set()

    def patience_s(self) -> float | None:
        return self._patience_s

    def leave(self) -> None:
        self.left = True


async def test_all_that_waits_is_done_together_in_order_and_no_more_than_a_batch() -> None:
    notes = Notes()
    worker = RealThreads().worker("test", notes, batch_max=4)
    for number in range(10):
        worker.put(number)
    notes.go.set()
    await worker.end()
    assert [one for batch in notes.batches for one in batch] == list(range(10))
    assert max(len(batch) for batch in notes.batches) <= 4
    assert notes.left
    assert notes.threads.isdisjoint({threading.get_ident()})
    assert len(notes.threads) == 1


async def test_it_rests_when_nobody_comes() -> None:
    notes = Notes(patience_s=0.001)
    worker = RealThreads().worker("test", notes, batch_max=4)
    assert await asyncio.to_thread(notes.rested.wait, 10)
    await worker.end()
    assert notes.rests


async def test_what_waits_can_be_counted() -> None:
    notes = Notes()
    worker = RealThreads().worker("test", notes, batch_max=1)
    for number in range(5):
        worker.put(number)
    assert 4 <= worker.waiting() <= 5
    notes.go.set()
    await worker.end()
    assert worker.waiting() == 0


def _waited(rounds: int) -> int:
    ended = 0
    for _ in range(rounds):
        try:
            Inbox[int]().get(1e-6)
        except Empty:
            ended += 1
    return ended


async def test_a_wait_ends_though_its_time_was_up_before_it_began() -> None:
    rounds = 2_000
    ended: list[int] = []
    # A daemon: were one of the waits endless, the test fails and the process still ends.
    waits = threading.Thread(target=lambda: ended.append(_waited(rounds)), daemon=True)
    waits.start()
    await asyncio.to_thread(waits.join, 30)
    assert ended == [rounds]


async def test_many_put_and_one_takes_all_of_it() -> None:
    inbox: Inbox[int] = Inbox()

    def puts(first: int) -> None:
        for number in range(first, first + 1_000):
            inbox.put(number)

    def takes() -> list[int]:
        return [inbox.get(10) for _ in range(4_000)]

    taken = asyncio.create_task(asyncio.to_thread(takes))
    await asyncio.gather(*(asyncio.to_thread(puts, 1_000 * at) for at in range(4)))
    assert sorted(await taken) == list(range(4_000))
    assert inbox.waiting() == 0
