"""A pause ends by its time, or because somebody says so."""

from __future__ import annotations

import asyncio

from terminal.uplink.pauses import Pauses


async def test_a_pause_lasts_as_long_as_it_should() -> None:
    loop, pauses = asyncio.get_running_loop(), Pauses()
    began = loop.time()
    await pauses.sleep(0.02)
    assert loop.time() - began >= 0.02


async def test_all_pauses_end_when_somebody_says_so_and_no_later_one() -> None:
    pauses = Pauses()
    waiting = [asyncio.create_task(pauses.sleep(3_600)) for _ in range(2)]
    await asyncio.sleep(0)
    pauses.end()
    await asyncio.gather(*waiting)
    later = asyncio.create_task(pauses.sleep(3_600))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not later.done()
    later.cancel()
    await asyncio.wait([later])
