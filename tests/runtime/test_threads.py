"""A worker does what is put before it, in order and in batches, rests when nobody comes, and leaves last."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from terminal.runtime.threads import RealThreads


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
