from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from lab.screens.front import ScriptedFront
from lab.screens.pictures import OpenPage, appeared, chromium, served
from lab.screens.scenes import STATUS, scenes

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def front() -> ScriptedFront:
    return ScriptedFront(scenes("en")["idle"], STATUS)


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, front: ScriptedFront, complaints: list[str]) -> AsyncIterator[OpenPage]:
    """Opens pages on the front of this test. What they ask of other hosts, or complain of, fails it."""
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(served(front))

        async def opened(
            width: int = 1024, height: int = 600, language: str = "en", **context: object
        ) -> Page:
            page = await browser.new_page(viewport={"width": width, "height": height}, **context)  # type: ignore[arg-type]
            stack.push_async_callback(page.close)
            _overhear(page, place.url, complaints)
            await page.goto(place.link(language))
            await appeared(page, front.view().screen.step)
            return page

        yield opened
    assert complaints == []


def _overhear(page: Page, url: str, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
    page.on("request", lambda asked: None if asked.url.startswith(url) else complaints.append(asked.url))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all that share the browser; only this folder."""
    for item in items:
        if "tests/page/" in item.path.as_posix():
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.page)
