"""What is keyed on the pad: as much of it as the thing may have, and in what it is counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import appeared
from lab.screens.pumped import pumped
from lab.screens.scenes import scenes
from terminal.core.cart import totaliser
from terminal.core.forecourt import TOTAL_MAX
from terminal.core.money import plain
from terminal.core.screens import Intent, Keying

if TYPE_CHECKING:
    from playwright.async_api import Page


@pytest.mark.parametrize("total", [0, 1, 99_99, 231_000_765, TOTAL_MAX - 1])
async def test_a_totaliser_is_keyed_whole(open_page: Page, front: ScriptedFront, total: int) -> None:
    """It counts since the pump was made: what the pad left out would be fuel that is missing."""
    page = await open_page(1024, 600, "en", reduced_motion="reduce")
    step = front.show(pumped()["shift-totaliser"])
    await appeared(page, step)
    for key in plain(total):
        await page.locator(f'.keys [data-key="{key}"]').click()
    assert await page.inner_text("#typed") == plain(total)
    await page.keyboard.press("Enter")
    await front.touched(1)
    assert front.taken == [Intent(step=step, do="key", value=plain(total))]
    assert totaliser(front.taken[0].value) == total


@pytest.mark.parametrize(
    ("language", "name", "unit"),
    [
        ("en", "station-gas-kilograms", "kg"),
        ("zh-Hans", "station-gas-kilograms", "kg"),
        ("en", "station-gas-cubic-metres", "m³"),
        ("zh-Hans", "station-gas-cubic-metres", "立方米"),
        ("en", "keying-litres", "L"),
        ("zh-Hans", "keying-litres", "升"),
        ("en", "shift-totaliser", ""),
    ],
)
async def test_what_flows_is_keyed_in_what_it_is_counted_in(
    open_page: Page, front: ScriptedFront, language: str, name: str, unit: str
) -> None:
    page = await open_page(1024, 600, language, reduced_motion="reduce")
    await appeared(page, front.show(scenes(language)[name]))
    assert await page.locator("#typed .unit").all_inner_texts() == ([unit] if unit else [])


async def stands(page: Page, typed: str) -> None:
    await page.locator("#typed", has_text=re.compile(rf"^{re.escape(typed)}$")).wait_for()


async def test_what_codes_have_keyed_stands_on_the_page_and_goes_on_there(
    open_page: Page, front: ScriptedFront
) -> None:
    page = await open_page(1024, 600, "en", reduced_motion="reduce")
    step = front.show(scenes("en")["keying-litres"])
    await appeared(page, step)
    for typed in ("1", "18", "18."):
        front.types(typed)
        await stands(page, f"{typed}L")
    await page.keyboard.press("6")
    assert await page.inner_text("#typed :first-child") == "18.6"
    front.types("18.")
    front.types("")
    await page.locator("#typed .none").wait_for()
    front.types("20")
    await stands(page, "20L")
    await page.keyboard.press("Enter")
    await front.touched(1)
    assert front.taken == [Intent(step=step, do="key", value="20")]


async def test_of_a_pin_by_codes_the_page_has_dots_and_its_enter_hands_it_over(
    open_page: Page, front: ScriptedFront
) -> None:
    page = await open_page(1024, 600, "en", reduced_motion="reduce")
    step = front.show(replace(scenes("en")["keying-litres"], keying=Keying.PIN))
    await appeared(page, step)
    front.types("●●●●")
    await stands(page, "●●●●")
    await page.keyboard.press("Enter")
    await front.touched(1)
    assert front.taken == [Intent(step=step, do="key", value="")]


async def test_a_quantity_and_its_unit_stay_on_one_line(open_page: Page, front: ScriptedFront) -> None:
    page = await open_page(1024, 600, "en", reduced_motion="reduce")
    await appeared(page, front.show(pumped()["station-gas-fill"]))
    said = await page.locator("#stage").inner_text()
    assert "27.10\u00a0m³" in said
    assert "48.25\u00a0kg" in said


@pytest.mark.parametrize("by", ["touch", "keyboard", "keyboard with hyphens"])
async def test_a_day_is_keyed_on_the_pad_of_digits_and_reads_as_a_day(
    open_page: Page, front: ScriptedFront, by: str
) -> None:
    page = await open_page(1024, 600, "zh-Hans", reduced_motion="reduce")
    step = front.show(scenes("zh-Hans")["keying-birthday"])
    await appeared(page, step)
    assert await page.locator(".keys .key").count() == 12
    if by == "touch":
        for key in "19900830":
            await page.locator(f'.keys [data-key="{key}"]').click()
    else:
        await page.keyboard.type("1990-08-30" if "hyphens" in by else "19900830")
    await stands(page, "1990-08-30")
    await page.keyboard.press("1")
    await stands(page, "1990-08-30")  # A day has no ninth digit.
    await page.keyboard.press("Enter")
    await front.touched(1)
    assert front.taken == [Intent(step=step, do="key", value="19900830")]


async def test_a_count_has_as_many_digits_as_there_may_be_points(
    open_page: Page, front: ScriptedFront
) -> None:
    page = await open_page(1024, 600, "en", reduced_motion="reduce")
    step = front.show(replace(scenes("en")["keying-litres"], keying=Keying.COUNT))
    await appeared(page, step)
    await page.keyboard.type("9.999999")
    await stands(page, "9999999")
    await page.locator('.keys [data-key="Delete"]').click()
    await page.locator("#typed .none").wait_for()
