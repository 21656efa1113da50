"""Waiting for a file descriptor on the event loop."""

from __future__ import annotations

import asyncio


async def readable(fd: int, within_ms: int | None = None) -> bool:
    """There is something to read, or it has come to its end. False: nothing in that time."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def settle() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(fd, settle)
    try:
        async with asyncio.timeout(None if within_ms is None else within_ms / 1000):
            await ready
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(fd)
    return True
