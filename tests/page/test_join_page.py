"""The page where people join, in a browser as small as a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import segno

from terminal.core.codes import JoinCode, scanned
from tests.kiosk.test_join_page import standing
from tests.page.test_axe import AXE, against

if TYPE_CHECKING:
    from playwright.async_api import Browser, Request

PHONES = ("13800000001", "19999999999", "10000000000", "15912345678")


def code_of(path: str) -> set[tuple[int, int]]:
    """The black modules, row first, without the quiet zone of four."""
    return {(int(y) - 4, int(x) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}


def wanted(text: str) -> set[tuple[int, int]]:
    rows = segno.make(text, error="m", mask=0, boost_error=False, micro=False).matrix
    return {(y, x) for y, row in enumerate(rows) for x, black in enumerate(row) if black}


async def test_the_code_is_one_that_scanners_read_and_the_number_goes_nowhere(browser: Browser) -> None:
    async with standing() as there:
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="zh-CN")
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  marked by playwright
        await page.goto(f"http://127.0.0.1:{there.port}/")
        for phone in PHONES:
            await page.get_by_label("手机号").fill(phone)
            await page.get_by_role("button", name="显示二维码").click()
            drawn = await page.locator("#code path").get_attribute("d")
            assert drawn is not None
            assert code_of(drawn) == wanted(f"JOIN:{phone}")
            await page.get_by_role("button", name="换一个号码").click()
        assert {request.method for request in asked} == {"GET"}
        assert not [request.url for request in asked if any(phone in request.url for phone in PHONES)]
        kept = "[document.cookie, localStorage.length, sessionStorage.length].join()"
        assert await page.evaluate(kept) == ",0,0"
        await page.close()


CODES = (
    ("", "", ""),
    ("", "#ST-0301", "::ST-0301"),
    ("浙A·12345", "", ":.6D59A12345"),
    ("新a d12345", "#ST-00000301", ":.65B0AD12345:ST-00000301"),
    ("粤Z1234港", "#ST-0301", ":.7CA4Z1234.6E2F:ST-0301"),
    ("浙A12345", "#E01", ":.6D59A12345"),
    ("浙A12345", "#ST-0301:x", ":.6D59A12345"),
)


async def test_a_driver_keys_phone_and_plate_at_the_page_that_the_attendants_code_leads_to(
    browser: Browser,
) -> None:
    async with standing(cars=True) as there:
        for plate, badge, more in CODES:
            page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="zh-CN")
            await page.goto(f"http://127.0.0.1:{there.port}/{badge}")
            await page.get_by_label("手机号").fill(PHONES[0])
            await page.get_by_label("车牌号").fill(plate)
            await page.get_by_role("button", name="显示二维码").click()
            drawn = await page.locator("#code path").get_attribute("d")
            assert drawn is not None
            text = f"JOIN:{PHONES[0]}{more}"
            assert code_of(drawn) == wanted(text)
            said = scanned(text)
            assert isinstance(said, JoinCode)
            assert (said.phone, bool(said.plate), bool(said.won_by)) == (PHONES[0], bool(plate), "ST" in more)
            await page.close()


async def test_where_phones_are_not_used_at_the_pumps_it_says_to_show_the_code_in_the_shop(
    browser: Browser,
) -> None:
    for at_pumps in (True, False):
        async with standing(cars=True, at_pumps=at_pumps) as there:
            page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="zh-CN")
            await page.goto(f"http://127.0.0.1:{there.port}/")
            await page.get_by_label("手机号").fill(PHONES[0])
            await page.get_by_role("button", name="显示二维码").click()
            assert await page.get_by_text("请出示给店员扫码。").is_visible() is at_pumps
            assert await page.get_by_text("请到店内出示，加油区不使用手机。").is_visible() is not at_pumps
            await page.close()


async def test_what_is_no_plate_makes_no_code_and_where_no_cars_come_none_is_asked(browser: Browser) -> None:
    async with standing(cars=True) as there, standing() as shop:
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="en-GB")
        await page.goto(f"http://127.0.0.1:{there.port}/")
        await page.get_by_label("Phone number").fill(PHONES[0])
        for wrong in ("A12345", "浙A1234", "浙I12345", "浙A123456789"):
            await page.get_by_label("Number plate").fill(wrong)
            await page.keyboard.press("Enter")
            await page.get_by_text("This is not a number plate.").wait_for()
            assert await page.locator("#code").is_hidden()
        await page.get_by_label("Number plate").fill("浙A12345")
        await page.keyboard.press("Enter")
        await page.get_by_text("Show this to the attendant.").wait_for()
        await page.goto(f"http://127.0.0.1:{shop.port}/")
        await page.get_by_label("Phone number").fill(PHONES[0])
        assert await page.locator("#plate").is_hidden()
        await page.close()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("138 0000 0001", "138 0000 0001"),
        ("+86 138-0000-0001", "138 0000 0001"),
        ("8613800000001", "138 0000 0001"),
        ("1380000000", ""),
        ("138000000011", ""),
        ("23800000001", ""),
        ("one", ""),
    ],
)
async def test_only_a_mobile_phone_number_becomes_a_code(browser: Browser, typed: str, shown: str) -> None:
    async with standing() as there:
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="en-GB")
        await page.goto(f"http://127.0.0.1:{there.port}/")
        await page.get_by_label("Phone number").fill(typed)
        await page.keyboard.press("Enter")
        if shown:
            await page.get_by_text("Show this to the attendant.").wait_for()
            assert await page.locator("#number").text_content() == shown
        else:
            await page.get_by_text("This is not a mobile phone number.").wait_for()
            assert await page.locator("#code").is_hidden()
        await page.close()


@pytest.mark.parametrize(
    ("locale", "first"),
    [
        ("zh-CN", "加入会员"),
        ("zh-TW", "加入會員"),
        ("zh-Hant-HK", "加入會員"),
        ("en-US", "Become a member"),
        ("fr-FR", "加入会员"),
    ],
)
async def test_it_speaks_as_the_phone_does_and_can_be_switched(
    browser: Browser, locale: str, first: str
) -> None:
    async with standing() as there:
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale=locale)
        await page.goto(f"http://127.0.0.1:{there.port}/")
        await page.get_by_role("heading", name=first).wait_for()
        for name, heading in (("English", "Become a member"), ("繁體", "加入會員"), ("简体", "加入会员")):
            await page.get_by_role("button", name=name).click()
            await page.get_by_role("heading", name=heading).wait_for()
        await page.close()


async def test_it_fits_a_phone_and_breaks_no_rule(
    browser: Browser,
) -> None:
    async with standing(shop="Li's Fruit and Vegetables at the Corner of the Long Road", cars=True) as there:
        page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="en-GB")
        await page.goto(f"http://127.0.0.1:{there.port}/")
        await page.evaluate(AXE)
        for asks in (True, False):
            if not asks:
                await page.get_by_label("Phone number").fill(PHONES[0])
                await page.keyboard.press("Enter")
            assert await page.evaluate("document.documentElement.scrollWidth") == 360
            assert await against(page) == []
            for button in await page.locator("button:visible, input:visible").all():
                box = await button.bounding_box()
                assert box is not None
                assert min(box["height"], box["width"]) >= 48
        await page.close()
