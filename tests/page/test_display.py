"""The second screen: what the customer sees, and that it is no more than that."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import served
from lab.screens.scenes import STATUS, scenes
from terminal.core.facing import NOTHING, facing
from terminal.core.screens import says
from terminal.core.texts import TABLES
from terminal.kiosk.settings import LANGUAGES, Settings
from tests.page.test_axe import AXE, against
from tests.page.test_layout import HOLDER, MEASURED, SIZES, extremes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, Page

JOIN = "https://members.example/m/M1"


@asynccontextmanager
async def opened(
    browser: Browser,
    front: ScriptedFront,
    language: str = "en",
    size: tuple[int, int] = (1024, 600),
    **more: Any,
) -> AsyncGenerator[Page, None]:
    settings = Settings(port=0, display=True, **more)
    async with served(front, settings) as place:
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
        asked: list[str] = []
        page.on("request", lambda one: None if one.url.startswith(place.url) else asked.append(one.url))
        page.on("pageerror", lambda fault: asked.append(str(fault)))
        await page.goto(place.link(language, "display"))
        await page.wait_for_selector("#stage[data-state]:not([data-state=lost])")
        yield page
        await page.close()
        assert asked == []


async def shows(page: Page, front: ScriptedFront, screen: Any) -> str:
    front.show(screen)
    await page.wait_for_selector(f"#stage[data-state={screen.state.value}]")
    return await page.inner_text("body")


async def test_it_shows_the_amount_and_then_that_it_is_paid(browser: Browser) -> None:
    every = scenes("en")
    front = ScriptedFront(every["idle"], STATUS)
    async with opened(browser, front) as page:
        assert "Welcome" in await page.inner_text("body")
        assert "Amount due" in await shows(page, front, every["confirm"])
        assert every["confirm"].amount.replace("¥", "") in await page.inner_text(".row.large .value")
        assert "Paid" in await shows(page, front, every["approved"])
        assert "Declined" in await shows(page, front, every["declined"])
        assert "Welcome" in await shows(page, front, every["idle"])
        assert await page.locator("button, a, input").count() == 0


async def test_of_the_member_it_shows_the_balance_alone_and_not_even_that_where_so_set(
    browser: Browser,
) -> None:
    screen = replace(scenes("en")["confirm"], holder=replace(HOLDER, balance="¥77.77"))
    front = ScriptedFront(scenes("en")["idle"], STATUS)
    async with opened(browser, front) as page:
        shown = await shows(page, front, screen)
        assert "77.77" in shown
        assert HOLDER.name not in shown
        assert HOLDER.number not in shown
        assert HOLDER.tier not in shown
    async with opened(browser, front, display_balance=False) as page:
        assert "77.77" not in await shows(page, front, screen)


async def test_it_is_sent_nothing_that_it_does_not_show(browser: Browser) -> None:
    front = ScriptedFront(replace(scenes("en")["confirm"], holder=HOLDER), STATUS)
    async with opened(browser, front) as page:
        told = await page.evaluate(
            """() => new Promise((done) => {
              const source = new EventSource("/display/events");
              const all = [];
              source.addEventListener("hello", (event) => all.push(event.data));
              source.addEventListener("view", (event) => {
                all.push(event.data);
                source.close();
                done(all.join());
              });
            })"""
        )
        assert HOLDER.name not in told
        assert HOLDER.number not in told
        assert '"run":""' in told
        assert STATUS.attendant not in told


async def test_a_code_to_join_stands_there_while_nothing_is_sold(browser: Browser) -> None:
    front = ScriptedFront(scenes("en")["idle"], STATUS)
    async with opened(browser, front, display_join=JOIN) as page:
        await page.wait_for_function("() => document.querySelector('img')?.naturalWidth > 0")
        assert "Scan to become a member" in await page.inner_text("body")
        await shows(page, front, scenes("en")["confirm"])
        assert await page.locator("img").count() == 0
    async with opened(browser, front) as page:
        await shows(page, front, scenes("en")["idle"])
        assert await page.locator("img").count() == 0
        assert (await page.evaluate("async () => (await fetch('/display/join.svg')).status")) == 404


async def test_without_the_terminal_no_amount_stands_there(browser: Browser) -> None:
    front = ScriptedFront(scenes("en")["confirm"], STATUS)
    page = await browser.new_page()
    async with served(front, Settings(port=0, display=True)) as place:
        await page.goto(place.link("en", "display"))
        await page.wait_for_selector(".row.large")
    await page.wait_for_selector("#stage[data-state=lost]", state="attached")
    assert await page.inner_text("#stage") == ""
    await page.close()


async def test_closed_and_training_are_said(browser: Browser) -> None:
    front = ScriptedFront(scenes("en")["idle"], STATUS)
    async with opened(browser, front) as page:
        front.tell(replace(STATUS, training=True))
        await page.wait_for_selector("#training:visible")
        front.tell(replace(STATUS, halted=says("Full")))
        await page.wait_for_function("() => document.body.innerText.includes('Not open')")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_fits_and_breaks_no_rule(
    browser: Browser, language: str, size: tuple[int, int]
) -> None:
    every = scenes(language) | {f"long-{name}": screen for name, screen in extremes().items()}
    # One of each kind of picture: what the rows are called, and how long what stands in them is.
    kinds = {
        tuple((row.label and row.label.text, len(row.value)) for row in facing(screen, balance=True)): name
        for name, screen in every.items()
    }
    every = {name: every[name] for name in ("idle", *kinds.values())}
    front = ScriptedFront(every["idle"], STATUS)
    found: dict[str, list[str]] = {}
    async with opened(browser, front, language, size, display_join=JOIN) as page:
        await page.evaluate(AXE)
        for name, screen in every.items():
            shown = await shows(page, front, screen)
            found[name] = await page.evaluate(MEASURED)
            if facing(screen, balance=True) != NOTHING and language == LANGUAGES[0] and size == SIZES[0]:
                found[name] += await against(page)
            assert language == "en" or not any(
                row.label and row.label.text in shown and row.label.text in TABLES[language]
                for row in facing(screen, balance=True)
            )
    assert {name: broken for name, broken in found.items() if broken} == {}
