"""Takes the pictures with Debian's Chromium, from the real server of the page."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace
from PIL import Image

from lab.screens.front import ScriptedFront
from lab.screens.scenes import OFFLINE, STATUS, scenes
from terminal.core.ports import Front
from terminal.core.screens import Screen
from terminal.core.texts import TABLES
from terminal.kiosk.server import Kiosk
from terminal.kiosk.sessions import Sessions, beside
from terminal.kiosk.settings import LANGUAGES, Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

OpenPage = Callable[..., Awaitable["Page"]]
"""Opens a page of this size, in this language."""

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
COLOURS: Final = 96
"""Enough for flat areas and soft letters, at a third of the bytes."""

SIZES: Final = ((1024, 600), (1280, 800))
UPRIGHT: Final = (800, 1280)
MAIN: Final = frozenset(
    {
        "idle",
        "idle-more",
        "cart",
        "ready",
        "choosing",
        "choosing-grade",
        "keying-cash",
        "keying-refused",
        "keying-name",
        "confirm",
        "processing",
        "approved",
        "approved-join",
        "declined",
        "closed",
        "shift-pieces",
        "refund-lines",
        "station-idle",
        "station-many-nozzles",
        "station-way",
        "offline",
    }
)
"""What is drawn upright, too."""
_BESIDE: Final = ("training", "offline", "lost")
"""What no screen tells, but the terminal, or that nothing is heard of it."""
TEXTS: Final = {**TABLES, "en": {}}
TYPED: Final = {
    "cart": "12.5",
    "keying-amount": "500",
    "keying-cash": "120",
    "keying-phone": "1380013",
    "keying-birthday": "199008",
    "keying-pin": "2007",
    "staff-pin": "2007",
    "taking-off": "20",
    "keying-litres": "35.2",
    "station-gas-kilograms": "48.25",
    "station-gas-cubic-metres": "27.1",
    "shift-totaliser": "2310007.65",
    "keying-weight": "1.25",
    "keying-search": "hfs",
    "keying-name": "wxm",
    "refund-which": "t1-1-17",
    "refund-weight": "0.745",
    "shift-pieces": "12",
    "shift-rest": "300",
}
"""What stands on the keypad in the picture."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


class Place(NamedTuple):
    """Where a page is served, and how a browser gets in."""

    url: str
    file: Path
    """With the link."""

    def link(self, language: str, to: str = "") -> str:
        """Lets one browser in, once; `to` is the second screen, or nothing."""
        asked = f"?lang={language}&to={to}" if to else f"?lang={language}"
        return self.file.read_text(encoding="ascii").strip().replace("#", f"{asked}#")


@asynccontextmanager
async def served(
    front: Front, settings: Settings | None = None, sessions: Sessions | None = None
) -> AsyncIterator[Place]:
    """The page of that front, on a free port. Without `sessions` no browser is known yet."""
    folder = tempfile.TemporaryDirectory(prefix="card-terminal-page-")
    sessions = sessions or beside(Path(folder.name) / "ledger.db", "")
    kiosk = Kiosk(front, settings or Settings(port=0), texts=TEXTS, sessions=sessions)
    running = asyncio.create_task(kiosk.run())
    try:
        where = asyncio.create_task(kiosk.url())
        await asyncio.wait({where, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            where.cancel()
            await running
        yield Place(await where, kiosk.link)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        folder.cleanup()


async def appeared(page: Page, step: int, *, settled: bool = True) -> None:
    """Returns once the page shows that step and, if `settled`, its buttons may be pressed."""
    ready = '[data-settled="yes"]' if settled else ""
    await page.wait_for_selector(f'#stage[data-step="{step}"]{ready}')


async def taken(folder: Path, names: Collection[str] = ()) -> list[Path]:
    """Every scene, or those, in every size and language, as `NAME.LANGUAGE.WIDTHxHEIGHT.png`."""
    made: list[Path] = []
    async with chromium() as browser:
        for language in LANGUAGES:
            every = dict.fromkeys((*scenes(language), *_BESIDE))
            for width, height in (*SIZES, UPRIGHT):
                wanted = {one for one in every if one in MAIN or (width, height) != UPRIGHT}
                page = await browser.new_page(
                    viewport={"width": width, "height": height}, reduced_motion="reduce"
                )
                drawn = wanted.intersection(names) if names else wanted
                made += await _one_size(page, folder, language, f"{width}x{height}", drawn)
                await page.close()
    return made


async def _one_size(page: Page, folder: Path, language: str, size: str, names: Collection[str]) -> list[Path]:
    made: list[Path] = []
    every = scenes(language)
    front = ScriptedFront(every["idle"], STATUS)

    async def add(name: str) -> None:
        made.append(await picture(page, folder / f"{name}.{language}.{size}.png"))

    async with served(front) as place:
        await page.goto(place.link(language))
        for name in every:
            if name in names:
                await _shown(page, front, every[name], TYPED.get(name, ""))
                await add(name)
        for name, status in (("training", replace(STATUS, training=True)), ("offline", OFFLINE)):
            if name in names:
                front.tell(status)
                await _shown(page, front, every["idle"], "")
                await add(name)
    if "lost" in names:
        await page.wait_for_selector("#lost:visible")
        await add("lost")
    return made


async def _shown(page: Page, front: ScriptedFront, screen: Screen, typed: str) -> None:
    await appeared(page, front.show(screen), settled=False)
    for key in typed:
        await page.keyboard.press(key)


async def picture(page: Page, path: Path) -> Path:
    """What it shows now, in few colours."""
    await page.evaluate("document.fonts.ready")
    with Image.open(BytesIO(await page.screenshot())) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    return path
