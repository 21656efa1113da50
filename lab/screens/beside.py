"""Pictures of what others see: the customer's second screen, a phone that joins, a handheld."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.screens.front import ScriptedFront
from lab.screens.pictures import TEXTS, Place, appeared, chromium, picture, served
from lab.screens.scenes import STATUS, scenes
from terminal.kiosk.join_page import AT_ONCE, EVERY_MS, Joining
from terminal.kiosk.settings import LANGUAGES, JoinPage, Settings
from terminal.runtime.clock import SystemClock
from terminal.runtime.knocks import Knocks

if TYPE_CHECKING:
    from playwright.async_api import Browser, ViewportSize

DISPLAY: Final = ("idle", "cart", "confirm", "approved", "closed")
HANDHELD: Final = ("idle", "cart", "confirm", "keying-phone", "approved")
_WIDE: Final[ViewportSize] = {"width": 1280, "height": 720}
_PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
_PHONE_NO: Final = "13800000001"


async def taken_beside(folder: Path, languages: tuple[str, ...] = LANGUAGES) -> list[Path]:
    """As `display-NAME`, `handheld-NAME` and `join-NAME`, in every language."""
    made: list[Path] = []
    async with chromium() as browser:
        for language in languages:
            front = ScriptedFront(scenes(language)["idle"], STATUS)
            settings = Settings(port=0, display=True, display_join="https://members.example/m/M1")
            async with served(front, settings) as place:
                made += await _display(browser, front, place, folder, language)
                made += await _handheld(browser, front, place, folder, language)
            made += await _join(browser, folder, language)
    return made


async def _display(
    browser: Browser, front: ScriptedFront, place: Place, folder: Path, language: str
) -> list[Path]:
    every, made = scenes(language), []
    page = await browser.new_page(viewport=_WIDE, reduced_motion="reduce")
    await page.goto(place.link(language, "display"))
    for name in DISPLAY:
        if name in every:
            front.show(every[name])
            await page.wait_for_selector(f'#stage[data-state="{every[name].state}"]')
            if name == "idle":
                await page.wait_for_function("document.querySelector('#stage img')?.complete")
            made.append(await picture(page, folder / f"display-{name}.{language}.1280x720.png"))
    await page.close()
    return made


async def _handheld(
    browser: Browser, front: ScriptedFront, place: Place, folder: Path, language: str
) -> list[Path]:
    every, made = scenes(language), []
    page = await browser.new_page(viewport=_PHONE, reduced_motion="reduce")
    await page.goto(place.link(language))
    for name in HANDHELD:
        await appeared(page, front.show(every[name]), settled=False)
        made.append(await picture(page, folder / f"handheld-{name}.{language}.360x740.png"))
    await page.close()
    return made


async def _join(browser: Browser, folder: Path, language: str) -> list[Path]:
    settings = JoinPage(address="127.0.0.1", port=0, language=language)
    knocks = Knocks(SystemClock(), at_once=AT_ONCE, every_ms=EVERY_MS)
    joining = Joining(settings, STATUS.shop, texts=TEXTS, knocks=knocks, cars=True)
    running = asyncio.create_task(joining.run())
    try:
        host, port = await joining.address()
        context = await browser.new_context(viewport=_PHONE, locale=language)
        page = await context.new_page()
        await page.goto(f"http://{host}:{port}/")
        await page.wait_for_selector("#asking:visible")
        made = [await picture(page, folder / f"join-asking.{language}.360x740.png")]
        await page.fill("#phone", _PHONE_NO)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#showing:visible")
        made.append(await picture(page, folder / f"join-code.{language}.360x740.png"))
        await context.close()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return made
