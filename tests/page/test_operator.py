"""The operator's pages in a real browser: their own policy lets their style and forms through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.hq.process import Headquarters
from tests.hq.test_pages import code_for
from tests.hq.test_service import push
from tests.uplink.journal import Journal

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.hq


@pytest.fixture(scope="module")
def shop_hq(tmp_path_factory: pytest.TempPathFactory) -> Generator[Headquarters, None, None]:
    hq = Headquarters(tmp_path_factory.mktemp("hq") / "data")
    hq.start()
    journal = Journal("S1", booked=5)
    journal.book(b"poison")
    push(hq, "demo", journal)
    push(hq, "demo", Journal("S2", booked=3))
    yield hq
    hq.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[tuple[Page, list[str]]]:
    """It does not know our authority, as no browser does before it was told."""
    opened = await browser.new_page(
        viewport={"width": 1280, "height": 900}, ignore_https_errors=True, java_script_enabled=False
    )
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("requestfailed", lambda asked: complaints.append(f"{asked.method} {asked.url}"))
    yield opened, complaints
    await opened.close()


async def test_a_person_logs_in_decides_and_leaves(
    shop_hq: Headquarters, page: tuple[Page, list[str]]
) -> None:
    seen, complaints = page
    await seen.goto(shop_hq.url)
    await seen.fill("input[name=merchant]", "demo")
    await seen.fill("input[name=code]", code_for(shop_hq, "demo"))
    await seen.click("text=Log in")
    assert await seen.is_visible("text=entry that cannot be read")
    assert await seen.evaluate("getComputedStyle(document.querySelector('.figures')).display") == "flex"
    await seen.fill("input[placeholder='What was found']", "A test entry of the installer")
    await seen.click("text=Decided")
    assert await seen.is_visible("text=Nothing.")
    await seen.click("text=Log out")
    assert await seen.is_visible("text=Log in")
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_lies_beside_the_page(
    shop_hq: Headquarters, page: tuple[Page, list[str]], width: int
) -> None:
    seen, _ = page
    await seen.set_viewport_size({"width": width, "height": 900})
    await seen.goto(f"{shop_hq.url}/login")
    await seen.fill("input[name=merchant]", "demo")
    await seen.fill("input[name=code]", code_for(shop_hq, "demo"))
    await seen.click("text=Log in")
    assert await seen.is_visible("text=Terminals")
    wide = await seen.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
