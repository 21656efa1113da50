"""The counter's page on a handheld, in a browser with a certificate, beside the screen at the counter."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab.screens.pictures import appeared
from lab.screens.scenes import scenes
from tests.kiosk.test_till_page import PASSPHRASE, Stood, standing
from tests.page.test_axe import AXE, against

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

SCENES = scenes("en")


async def came(browser: Browser, there: Stood, name: str = "one") -> BrowserContext:
    made = there.made(name)
    return await browser.new_context(
        viewport={"width": 360, "height": 740},
        reduced_motion="reduce",
        ignore_https_errors=True,  # The authority of this terminal is installed nowhere here.
        client_certificates=[
            {"origin": there.url.rstrip("/"), "pfx": made.p12, "passphrase": PASSPHRASE},
        ],
    )


async def opened(context: BrowserContext, there: Stood) -> Page:
    """Its certificate is known within half a second."""
    page = await context.new_page()
    while (answer := await page.goto(f"{there.url}?lang=en")) is None or answer.status == 403:
        await page.wait_for_timeout(100)
    await appeared(page, there.front.view().screen.step)
    return page


async def at_the_counter(browser: Browser, there: Stood) -> Page:
    page = await browser.new_page()
    await page.goto(there.kiosk.link.read_text(encoding="ascii").strip().replace("#", "?lang=en#"))
    await appeared(page, there.front.view().screen.step)
    return page


async def test_a_handheld_shows_the_counters_page_as_wide_as_it_is(browser: Browser, tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        context = await came(browser, there)
        page = await opened(context, there)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
        await page.evaluate(AXE)
        for name in ("idle", "cart", "confirm", "keying-phone", "approved"):
            await appeared(page, there.front.show(SCENES[name]))
            assert await page.evaluate("document.documentElement.scrollWidth") == 360
            assert await against(page) == []
        assert complaints == []
        await context.close()


async def test_both_press_the_same_step_and_it_is_taken_once(browser: Browser, tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        context = await came(browser, there)
        pages = [await opened(context, there), await at_the_counter(browser, there)]
        for round_ in range(1, 4):
            step = there.front.show(SCENES["confirm"])
            for page in pages:
                await appeared(page, step)
            await asyncio.gather(*(page.locator(".primary").click() for page in pages))
            await there.front.touched(2 * round_)
            after = there.front.show(SCENES["approved"])
            for page in pages:
                await appeared(page, after)
            assert [intent.do for intent in there.front.taken] == ["confirm"] * round_
        await context.close()
        await pages[1].close()


async def test_a_handheld_finds_the_terminal_again(browser: Browser, tmp_path: Path) -> None:
    async with standing(tmp_path) as there:
        port = urlsplit(there.url).port or 0
        context = await came(browser, there)
        page = await opened(context, there)
    await page.wait_for_selector("#lost:visible")
    async with standing(tmp_path, port) as back:
        step = back.front.show(SCENES["confirm"])
        await page.wait_for_selector("#lost", state="hidden")
        await appeared(page, step)
        await page.locator(".primary").click()
        await back.front.touched(1)
        await appeared(page, back.front.show(SCENES["approved"]))
        assert [intent.do for intent in back.front.taken] == ["confirm"]
    assert there.front.taken == []
    await context.close()


async def test_a_handheld_that_is_revoked_shows_nothing_that_can_be_touched(
    browser: Browser, tmp_path: Path
) -> None:
    async with standing(tmp_path) as there:
        context = await came(browser, there)
        page = await opened(context, there)
        await appeared(page, there.front.show(SCENES["confirm"]))
        assert there.handhelds.revoke("one")
        await page.wait_for_selector("#lost:visible")
        assert await page.locator("#stage button:not(:disabled)").count() == 0
        await context.close()
