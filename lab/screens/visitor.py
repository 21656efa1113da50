"""A page's way to its server without a browser: what it hears, what it sends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import msgspec

from lab.screens.front import ScriptedFront
from lab.shop.counter import entered
from terminal.core.screens import View
from terminal.kiosk.guard import RUN_HEADER
from terminal.kiosk.server import Kiosk

HEARING_S = 10.0


class Watching:
    """One page's stream of events, read as they come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, str]:
        """(event, data); ("", "") at the end."""
        block = b""
        async with asyncio.timeout(HEARING_S):
            while line := await self._response.content.readline():
                if line == b"\n":
                    break
                block += line
        if not block:
            return "", ""
        fields = dict(line.split(": ", 1) for line in block.decode().splitlines())
        return fields["event"], fields["data"]

    async def view(self) -> View:
        while True:
            event, data = await self.next()
            if event == "view":
                return msgspec.json.decode(data, type=View)

    async def run(self) -> str:
        event, data = await self.next()
        if event != "hello":
            raise AssertionError(f"{event} before hello")
        return str(msgspec.json.decode(data)["run"])


class Served:
    """The server under test and a browser's way to it."""

    def __init__(self, kiosk: Kiosk, front: ScriptedFront, url: str, client: aiohttp.ClientSession) -> None:
        self.kiosk = kiosk
        self.front = front
        self.url = url
        self.origin = url.rstrip("/")
        self.client = client
        self.running: asyncio.Task[None] | None = None
        self._open = AsyncExitStack()

    async def enter(self) -> None:
        """By the newest link."""
        await entered(self.client, str(self.kiosk.link))

    async def get(self, path: str, **headers: str) -> aiohttp.ClientResponse:
        return await self._open.enter_async_context(self.client.get(self.origin + path, headers=headers))

    async def watch(self, **headers: str) -> Watching:
        response = await self.get("/events", **headers)
        response.raise_for_status()
        return Watching(response)

    async def post(self, body: bytes, **changes: str) -> int:
        headers = {
            "Origin": self.origin,
            "Content-Type": "application/json",
            RUN_HEADER: self.kiosk.token,
        }
        for name, value in changes.items():
            headers[name.replace("_", "-")] = value
        kept = {name: value for name, value in headers.items() if value}
        async with self.client.post(self.origin + "/intent", data=body, headers=kept) as response:
            return response.status

    async def close(self) -> None:
        await self._open.aclose()
        await self.client.close()
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)


Serve = Callable[..., Awaitable[Served]]
"""Starts a server with these settings."""
