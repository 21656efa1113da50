"""The member's phone page in a real browser, as wide as a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from hq.phone.texts import Language
from tests.hq.phone import LI, PhoneWorld, phones_over
from tests.hq.process import Headquarters
from tests.page.test_axe import AXE, against

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

pytestmark = pytest.mark.hq


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path) -> AsyncIterator[PhoneWorld]:
    hq = Headquarters(tmp_path / "data")
    hq.start("--no-sets")
    async with phones_over(hq, tmp_path) as made:
        shop = await made.chain.shop("S1")
        await shop.join("w1", "k1", "k2")
        await shop.recharge("w1", 100_00, 50_00)
        await shop.sell("w1", 20_00, points=20)
        await shop.sync()
        await made.known(shop, "w1", LI)
        yield made
    hq.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, world: PhoneWorld) -> AsyncIterator[Page]:
    opened = await browser.new_page(viewport={"width": 360, "height": 740}, ignore_https_errors=True)
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if "403" not in said.text else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda one: None if one.url.startswith(world.url) else complaints.append(one.url))
    yield opened
    await opened.close()
    assert [one for one in complaints if "favicon" not in one] == []


async def _fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    small = await page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=hidden]), a")]
           .filter((one) => one.getBoundingClientRect().height < 48).map((one) => one.outerHTML)"""
    )
    assert small == []
    await page.evaluate(AXE)
    assert await against(page) == []


@pytest.mark.parametrize("language", list(Language))
async def test_a_member_signs_in_looks_and_leaves(page: Page, world: PhoneWorld, language: Language) -> None:
    await page.goto(f"{world.url}/m/{world.chain.merchant}?lang={language}")
    await _fits(page)
    await page.fill("input[name=phone]", LI)
    await page.press("input[name=phone]", "Enter")
    await page.wait_for_selector("input[name=code]")
    await _fits(page)
    await page.fill("input[name=code]", "x")
    await page.click("main form button")
    await page.wait_for_selector("[role=alert]")
    await world.served.channels.settled()
    await page.fill("input[name=code]", world.sent()[-1]["code"])
    await page.click("main form button")
    await page.wait_for_selector(".large")
    assert await page.inner_text(".large") == "¥130.00"
    assert await page.evaluate("document.documentElement.lang") == language
    assert await page.evaluate("getComputedStyle(document.querySelector('.large')).fontWeight") == "600"
    await _fits(page)
    await page.click("a[href$=show]")
    await page.locator("#code img").evaluate("(one) => one.decode()")
    await _fits(page)
    await page.click("a.button:not(.plain)")
    await page.click("a[href*=receipt]")
    await page.wait_for_selector(".receipt")
    await _fits(page)
    await page.click("a.button")
    await page.click("header button")
    await page.wait_for_selector("input[name=phone]")


async def _signed_in(page: Page, world: PhoneWorld) -> None:
    await page.goto(f"{world.url}/m/{world.chain.merchant}?lang=en")
    await page.fill("input[name=phone]", LI)
    await page.click("main form button")
    await page.wait_for_selector("input[name=code]")
    await world.served.channels.settled()
    await page.fill("input[name=code]", world.sent()[-1]["code"])
    await page.click("main form button")
    await page.wait_for_selector(".large")


async def test_the_code_is_fetched_anew_before_it_ends(page: Page, world: PhoneWorld) -> None:
    fetched: list[str] = []
    page.on("request", lambda one: fetched.append(one.url) if "code.svg" in one.url else None)
    await page.clock.install()
    await _signed_in(page, world)
    await page.click("text=Show my code")
    await page.locator("#code img").evaluate("(one) => one.decode()")
    await page.clock.fast_forward(44_000)
    assert len(fetched) == 1
    async with page.expect_response(lambda answer: "code.svg" in answer.url) as answered:
        await page.clock.fast_forward(2_000)
    assert (await answered.value).status == 200
    assert len(set(fetched)) == 2
    await page.locator("#code img").evaluate("(one) => one.decode()")
    assert await page.is_hidden("[role=status]")


async def test_who_is_signed_out_elsewhere_is_told_that_no_code_comes(page: Page, world: PhoneWorld) -> None:
    await page.clock.install()
    await _signed_in(page, world)
    await page.click("text=Show my code")
    await page.locator("#code img").evaluate("(one) => one.decode()")
    await page.context.clear_cookies()
    await page.clock.fast_forward(46_000)
    await page.wait_for_selector("[role=status]:not([hidden])")
    assert await page.is_hidden("#code img")


async def test_where_the_network_takes_the_request_and_says_nothing_the_old_code_goes(
    page: Page, world: PhoneWorld
) -> None:
    await page.clock.install()
    await _signed_in(page, world)
    await page.click("text=Show my code")
    await page.locator("#code img").evaluate("(one) => one.decode()")
    held: list[Route] = []

    def never_answered(route: Route) -> None:
        held.append(route)

    await page.route("**/code.svg*", never_answered)
    for _ in range(3):
        await page.clock.fast_forward(46_000)
        await page.clock.run_for(11_000)
        await page.wait_for_selector("[role=status]:not([hidden])")
        assert await page.is_hidden("#code img")
    assert held
