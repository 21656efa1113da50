import asyncio

from terminal.kiosk.latest import Latest


async def test_the_newest_frame_is_there_at_once() -> None:
    latest = Latest()
    latest.show(b"one")
    latest.show(b"two")
    assert await latest.after(0) == (2, b"two")


async def test_who_has_the_newest_waits_for_the_next() -> None:
    latest = Latest()
    latest.show(b"one")
    waiting = [asyncio.create_task(latest.after(1)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    latest.show(b"two")
    assert await asyncio.gather(*waiting) == [(2, b"two")] * 3


async def test_closing_ends_all_waiting_now_and_later() -> None:
    latest = Latest()
    waiting = asyncio.create_task(latest.after(0))
    await asyncio.sleep(0)
    latest.close()
    assert await waiting is None
    assert await latest.after(0) is None
