from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from lab.screens.front import ScriptedFront
from lab.screens.scenes import STATUS, scenes
from lab.screens.visitor import Serve, Served
from terminal.kiosk.server import Kiosk
from terminal.kiosk.sessions import beside
from terminal.kiosk.settings import Settings

TEXTS = {"zh-Hans": {"Cancel": "取消"}, "en": {}}


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def started(**settings: object) -> Served:
            front = ScriptedFront(scenes("en")["idle"], STATUS)
            sessions = beside(Path(tempfile.mkdtemp(dir=tmp_path)) / "ledger.db", "")
            kiosk = Kiosk(front, Settings(port=0, **settings), texts=TEXTS, sessions=sessions)  # type: ignore[arg-type]
            running = asyncio.create_task(kiosk.run())
            cookies = aiohttp.CookieJar(unsafe=True)  # Else none for an address without a name.
            client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), cookie_jar=cookies)
            served = Served(kiosk, front, await kiosk.url(), client)
            served.running = running
            await served.enter()
            stack.push_async_callback(served.close)
            return served

        yield started
