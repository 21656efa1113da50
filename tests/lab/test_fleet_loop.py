"""The seeded loop: virtual time, drawn order, the same seed the same run."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from lab.fleet.loop import SeededLoop, Stuck, ran


async def a_day(loop: SeededLoop) -> list[str]:
    said: list[str] = []

    async def shop(name: str) -> None:
        for number in range(5):
            await asyncio.sleep(loop.dice.choice((0, 60, 3600)))
            said.append(f"{name}{number} {await asyncio.to_thread(str.upper, name)}")

    await asyncio.gather(*(shop(name) for name in "abcd"))
    return said


def test_the_same_seed_is_the_same_run() -> None:
    (first, one), (again, two) = ran(7, a_day), ran(7, a_day)
    assert first == again
    assert (one.trace, one.steps) == (two.trace, two.steps)


def test_another_seed_is_another_order() -> None:
    assert len({tuple(ran(seed, a_day)[0]) for seed in range(6)}) > 1


def test_a_day_passes_without_waiting() -> None:
    async def main(loop: SeededLoop) -> float:
        begun = loop.time()
        await asyncio.sleep(86_400)
        return loop.time() - begun

    assert ran(1, main)[0] == pytest.approx(86_400)


def test_what_would_run_in_a_thread_runs_here() -> None:
    async def main(_: SeededLoop) -> Any:
        return await asyncio.to_thread(threading.get_ident)

    assert ran(1, main)[0] == threading.get_ident()


def test_a_program_that_waits_for_ever_is_named() -> None:
    async def main(loop: SeededLoop) -> None:
        await loop.create_future()

    with pytest.raises(Stuck):
        ran(1, main)


def test_a_day_ends_though_somebody_tidies_up_for_ever_and_others_begin_meanwhile() -> None:
    ended: list[str] = []

    async def on_a_dead_machine(loop: SeededLoop) -> None:
        try:
            await asyncio.sleep(9)
        finally:
            loop.call_later(0.5, lambda: loop.create_task(begun_late()))
            try:
                await loop.create_future()
            finally:
                ended.append("first")

    async def begun_late() -> None:
        try:
            await asyncio.sleep(3_600)
        finally:
            ended.append("late")

    async def main(loop: SeededLoop) -> None:
        late = loop.create_task(on_a_dead_machine(loop))
        await asyncio.sleep(1)
        assert not late.done()

    ran(1, main)
    assert sorted(ended) == ["first", "late"]
