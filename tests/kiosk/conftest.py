from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from lab.screens.front import ScriptedFront
from lab.screens.scenes import STATUS, scenes
from lab.screens.visitor import Serve, Served
from terminal.kiosk.server import Kiosk
from terminal.kiosk.settings import Settings

TEXTS = {"zh-Hans": {"Cancel": "取消"}, "en": {}}


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def started(**settings: object) -> Served:
            front = ScriptedFront(scenes("en")["idle"], STATUS)
            kiosk = Kiosk(front, Settings(port=0, **settings), texts=TEXTS)  # type: ignore[arg-type]
            running = asyncio.create_task(kiosk.run())
            client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
            served = Served(kiosk, front, await kiosk.url(), client)
            served.running = running
            stack.push_async_callback(served.close)
            return served

        yield started
