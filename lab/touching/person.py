"""In front of one page of the counter: what stands there, and what a hand does to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lab.shop.counter import way_in
from lab.touching.judging import Said

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response

_PATIENCE_MS: Final = 2_000
_SEEN: Final = """() => {
  const stage = document.getElementById("stage");
  return {
    step: Number(stage.dataset.step ?? 0),
    state: stage.className.split(" ")[0],
    title: stage.querySelector("h1")?.textContent ?? "",
    amount: stage.querySelector(".amount .number")?.textContent ?? "",
    keying: /for-(\\w+)/.exec(stage.querySelector(".keypad")?.className ?? "")?.[1] ?? "",
  };
}"""
_OVERHEARD: Final = """
const plain = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, does, ...more) {
  const told = name !== "view" ? does : (event) => {
    window.toldView = JSON.parse(event.data);
    return does(event);
  };
  return plain.call(this, name, told, ...more);
};
"""


_PRESSABLE: Final = """() => [...document.querySelectorAll('#stage button[aria-disabled="false"]')]
  .filter((one) => one.dataset.id && one.offsetParent).map((one) => one.dataset.id)"""
_UNSEEN: Final = {"state": "unseen", "amount": "", "title": "", "keying": ""}
"""Of a screen that came between the look and the touch: what is booked upon it, nobody confirmed."""


class Person:
    """In front of one page: by touch or by keys."""

    def __init__(self, page: Page, link: Path, taken: list[Said], *, touches: bool) -> None:
        self._page = page
        self._link = link
        self._taken = taken
        self._touches = touches
        self._seen: dict[int, dict[str, Any]] = {}

    async def enter(self) -> None:
        await self._page.add_init_script(_OVERHEARD)
        self._page.on("response", self._answered)
        await self._page.goto(way_in(str(self._link)).replace("#", "?lang=en#"))
        await self._page.wait_for_selector('#stage[data-settled="yes"]')

    async def look(self) -> dict[str, Any]:
        """What stands there, as soon as it may be touched."""
        await self._page.wait_for_selector('#stage[data-settled="yes"]')
        seen: dict[str, Any] = await self._page.evaluate(_SEEN)
        self._seen[seen["step"]] = seen
        return seen

    async def view(self) -> dict[str, Any]:
        """What the terminal told this page last."""
        told: dict[str, Any] = await self._page.evaluate("window.toldView")
        return told

    async def may_be_pressed(self) -> list[str]:
        found: list[str] = await self._page.evaluate(_PRESSABLE)
        return found

    async def press(self, id_: str) -> bool:
        """False: it went away meanwhile."""
        from playwright.async_api import TimeoutError as Gone

        button = self._page.locator(f'#stage [data-id="{id_}"]').first
        try:
            if self._touches:
                await button.click(timeout=_PATIENCE_MS)
            else:
                await button.focus(timeout=_PATIENCE_MS)
                await self._page.keyboard.press("Enter")
        except Gone:
            return False
        return True

    async def key(self, text: str) -> bool:
        """On the page's own keys, where it has them all. False: the screen went away meanwhile."""
        from playwright.async_api import TimeoutError as Gone

        if not self._touches or await self._page.locator("#stage .keypad input").count():
            await self._page.keyboard.type(text)
            await self._page.keyboard.press("Enter")
            return True
        try:
            for one in text.lower():
                await self._page.locator(f'#stage .key[data-key="{one}"]').click(timeout=_PATIENCE_MS)
            await self._page.locator('#stage [data-id="key:"]').click(timeout=_PATIENCE_MS)
        except Gone:
            return False
        return True

    async def reload(self) -> None:
        await self._page.reload()
        await self._page.wait_for_selector('#stage[data-settled="yes"]')

    def _answered(self, response: Response) -> None:
        request: Request = response.request
        if request.url.endswith("/intent") and response.status == 204:  # noqa: PLR2004  No Content: taken
            said = json.loads(request.post_data or "{}")
            seen = self._seen.get(said["step"], _UNSEEN)
            self._taken.append(
                Said(
                    step=said["step"],
                    do=said["do"],
                    value=said["value"],
                    state=seen["state"],
                    amount=seen["amount"],
                    title=seen["title"],
                    keying=seen["keying"],
                )
            )
