"""The terminal goes away and comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import OpenPage, appeared, served
from lab.screens.scenes import STATUS, scenes
from terminal.kiosk.sessions import beside
from terminal.kiosk.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

SCENES = scenes("en")


async def test_a_page_says_that_the_terminal_is_gone_and_finds_it_again(
    browser: Browser, tmp_path: Path
) -> None:
    page = await browser.new_page()
    front = ScriptedFront(SCENES["confirm"], STATUS)
    sessions = beside(tmp_path / "ledger.db", "")
    async with served(front, sessions=sessions) as place:
        await page.goto(place.link("en"))
        await appeared(page, 1)
        assert await page.is_hidden("#lost")
    await page.wait_for_selector("#lost:visible")
    assert "Not connected" in await page.inner_text("#lost")
    assert await page.locator("#stage button:not(:disabled)").count() == 0
    assert await page.get_by_role("button", name="简体").is_enabled()

    back = ScriptedFront(SCENES["confirm"], STATUS)  # Another run: the same step, another screen.
    sessions = beside(tmp_path / "ledger.db", "")
    async with served(back, Settings(port=urlsplit(place.url).port or 0), sessions):
        await page.wait_for_selector("#lost", state="hidden")
        await page.locator(".primary").click()
        await page.wait_for_selector(".primary.sent")
        await back.touched(1)
        await appeared(page, back.show(SCENES["approved"]))
        assert [intent.do for intent in back.taken] == ["confirm"]
    assert front.taken == []
    await page.close()


async def test_a_line_that_hangs_counts_as_gone(browser: Browser) -> None:
    page = await browser.new_page()
    front = ScriptedFront(SCENES["idle"], STATUS)
    async with served(front, Settings(port=0, heartbeat_s=60)) as place:  # Connected, and says nothing.
        await page.goto(place.link("en"))
        await appeared(page, 1)
        async with page.expect_request("**/events") as asked:
            pass
        assert (await (await asked.value).response()) is not None
        await appeared(page, front.show(SCENES["confirm"]))
    await page.close()


async def test_a_touch_that_got_no_answer_may_be_made_again(browser: Browser) -> None:
    page = await browser.new_page()
    front = ScriptedFront(SCENES["confirm"], STATUS)
    async with served(front) as place:
        await page.goto(place.link("en"))
        await appeared(page, 1)
        await page.route("**/intent", lambda route: route.abort())
        await page.locator(".primary").click()
        await page.wait_for_function(
            "() => document.querySelector('#said').textContent === 'Not sent. Touch again.'"
        )
        await page.unroute("**/intent")
        async with page.expect_response("**/intent") as answer:
            await page.locator(".primary").click()
        assert (await answer.value).status == 204
    await page.close()


async def test_a_page_of_another_version_loads_itself_anew_once(browser: Browser) -> None:
    page = await browser.new_page()
    loads: list[str] = []
    page.on("load", lambda _: loads.append("load"))
    front = ScriptedFront(SCENES["idle"], STATUS)
    async with served(front) as place:

        async def older(route: Route) -> None:
            answer = await route.fetch()
            text = (await answer.text()).replace('data-version="', 'data-version="old')
            await route.fulfill(response=answer, body=text)

        await page.goto(place.link("en"))
        await appeared(page, 1)
        await page.route(f"{place.url}?lang=en", older)
        loads.clear()
        await page.goto(f"{place.url}?lang=en")
        await page.wait_for_function("() => sessionStorage.getItem('reloaded') !== null")
        await appeared(page, 1)
        step = front.show(SCENES["saying"])
        await appeared(page, step)
        assert loads == ["load", "load"]
    await page.close()


async def test_a_page_that_was_slow_draws_the_last_and_not_all_that_was(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    """What came while it was busy lies in the browser: a screen of seconds ago is no true state."""
    page = await open_page()
    await page.evaluate(
        "() => { window.draws = 0; new MutationObserver(() => { window.draws += 1; })"
        ".observe(document.getElementById('stage'), { attributeFilter: ['data-step'] }); }"
    )
    script = await page.context.new_cdp_session(page)
    await script.send("Debugger.enable")
    held = asyncio.get_running_loop().create_future()
    script.once("Debugger.paused", lambda _: held.set_result(None))
    await script.send("Debugger.pause")
    front.show(SCENES["cart"])
    await held
    for pieces in range(200):
        last = front.show(replace(SCENES["cart"], amount=f"¥{pieces}.00"))
        await asyncio.sleep(0.002)
    await script.send("Debugger.resume")
    await appeared(page, last)
    assert await page.evaluate("window.draws") < 50
