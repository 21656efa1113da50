"""The floor under `bench page`: how soon a browser shows new pixels for an event of its own.

In the page that is measured, in the same run, an element of the floor's own changes one word in answer to a
DOM event. The time runs from the event to the frame that shows the change, as the browser's compositor
stamps it. Nothing of the terminal is used here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

FRAME_S = 5.0

_BEGUN = """() => {
  const box = document.createElement("output");
  box.style.cssText = "position:fixed;right:0;bottom:0;z-index:99;background:#fff;color:#000";
  box.textContent = "floor 0";
  box.addEventListener("floor", () => { box.textContent = `floor ${++box.dataset.count}`; });
  box.dataset.count = 0;
  document.body.append(box);
  window.floorBox = box;
}"""
_EVENT = """() => {
  const at = performance.timeOrigin + performance.now();
  window.floorBox.dispatchEvent(new Event("floor"));
  return at;
}"""
_ENDED = "() => window.floorBox.remove()"


class Frames:
    """The frames of one page while something changes in it (Chrome DevTools Protocol, Page.screencastFrame).

    Chromium sends none while nothing changes.
    """

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._coming: asyncio.Queue[float] = asyncio.Queue()
        self._newest = 0.0
        self._acknowledging: set[asyncio.Task[Any]] = set()

    async def begin(self) -> None:
        self._session.on("Page.screencastFrame", self._came)
        await self._session.send(
            "Page.startScreencast", {"format": "jpeg", "quality": 1, "maxWidth": 64, "maxHeight": 64}
        )

    async def after(self, at_ms: float) -> float:
        """The first frame that is later, milliseconds since 1970. Raises TimeoutError: there is none."""
        async with asyncio.timeout(FRAME_S):
            while self._newest <= at_ms:
                self._newest = await self._coming.get()
        return self._newest

    def _came(self, event: dict[str, Any]) -> None:
        self._coming.put_nowait(event["metadata"]["timestamp"] * 1000)
        acknowledged = asyncio.ensure_future(
            self._session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        )
        self._acknowledging.add(acknowledged)
        acknowledged.add_done_callback(self._acknowledging.discard)


async def local_ms(page: Page, frames: Frames, times: int, pause_s: float) -> list[float]:
    """From the page's own event to the frame with the changed word, milliseconds, so many times."""
    await page.evaluate(_BEGUN)
    await asyncio.sleep(pause_s)
    found = []
    for _ in range(times):
        at_ms = await page.evaluate(_EVENT)
        found.append(await frames.after(at_ms) - at_ms)
        await asyncio.sleep(pause_s)
    await page.evaluate(_ENDED)
    await asyncio.sleep(pause_s)
    return found
