"""The device bench in a browser: cards to present, codes to scan, cables to pull, paper to read."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, Protocol

from aiohttp import web

_HERE = Path(__file__).parent
_FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_BODY_MAX = 4096


class Bench(Protocol):
    """What stands on the bench."""

    def shown(self) -> dict[str, object]:
        """Kiosk address, cards, codes, switches and paper, as `page.js` wants them."""
        ...

    async def act(self, what: str, value: str) -> None:
        """`card`, `scan` or `switch`. Raises KeyError for a thing that is not there."""
        ...


class BenchPage:
    """Serves one bench on loopback; every watcher gets the whole state when it changed."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._changed = asyncio.Condition()

    async def changed(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def start(self, port: int) -> tuple[str, Callable[[], Awaitable[None]]]:
        """Its address, and how to close it."""
        app = web.Application(client_max_size=_BODY_MAX)
        for path in _FILES:
            app.router.add_get(path, self._file)
        app.router.add_get("/events", self._events)
        app.router.add_post("/do", self._do)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        host, bound = runner.addresses[0][:2]
        return f"http://{host}:{bound}/", runner.cleanup

    async def _file(self, request: web.Request) -> web.Response:
        name, kind = _FILES[request.path]
        return web.Response(body=(_HERE / name).read_bytes(), content_type=kind, charset="utf-8")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await answer.prepare(request)
        with contextlib.suppress(ConnectionResetError):  # The page was closed.
            await self._told(answer)
        return answer

    async def _told(self, answer: web.StreamResponse) -> NoReturn:
        """All that changes. Raises ConnectionResetError."""
        said = ""
        while True:
            now = json.dumps(self._bench.shown(), ensure_ascii=False)
            if now != said:
                await answer.write(f"data: {now}\n\n".encode())
                said = now
            async with self._changed:
                try:
                    await asyncio.wait_for(self._changed.wait(), 0.5)
                except TimeoutError:
                    continue

    async def _do(self, request: web.Request) -> web.Response:
        if "X-Bench" not in request.headers:  # Another page in the same browser cannot send it.
            raise web.HTTPForbidden
        asked = await request.json()
        try:
            await self._bench.act(str(asked["what"]), str(asked["value"]))
        except KeyError as unknown:
            raise web.HTTPBadRequest(text=f"nothing like that on the bench: {unknown}") from unknown
        await self.changed()
        return web.Response(status=204)
