"""One whole shift in a browser, at a real counter: by keyboard and by touch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest_asyncio
from msgspec.structs import replace

from lab.screens.pictures import appeared, served
from terminal.core.commands import BookCashMove, BookNote, BookSale, BookShiftClose, BookShiftOpen
from terminal.core.values import StaffId
from terminal.desk.settings import StaffMember
from tests.desk.fakes import SETTINGS, Bench

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

TWO = replace(SETTINGS, staff=(*SETTINGS.staff, StaffMember(id=StaffId("E02"), name="王二")))


class Counter:
    """A bench with its page: after each act the page shows what the counter does."""

    def __init__(self, bench: Bench, page: Page) -> None:
        self.bench = bench
        self.page = page

    async def _answered(self, before: int) -> None:
        async with asyncio.timeout(60):
            while self.bench.screen.step == before or not self.bench.screen.choices:
                await self.page.evaluate("0")
        await appeared(self.page, self.bench.screen.step)

    async def keys(self, *pressed: str) -> None:
        """All but the last are typed into the pad."""
        await appeared(self.page, before := self.bench.screen.step)
        for key in pressed:
            await self.page.keyboard.press(key)
        await self._answered(before)

    async def touches(self, *names: str) -> None:
        for name in names:
            await appeared(self.page, before := self.bench.screen.step)
            await self.page.locator("#stage").get_by_role("button", name=name).first.click()
            await self._answered(before)

    async def shift(self, *names: str) -> None:
        """Its button may lie behind another."""
        if not any(choice.value == "shift" for choice in self.bench.screen.choices):
            await self.touches("More")
        await self.touches("Shift", *names)

    async def pad(self, digits: str, then: str = "Continue") -> None:
        for digit in digits:
            await self.page.locator(f'.key[data-key="{digit}"]').click()
        await self.touches(then)


@pytest_asyncio.fixture(loop_scope="session")
async def counter(browser: Browser) -> AsyncIterator[Counter]:
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(Bench(settings=TWO))
        place = await stack.enter_async_context(served(bench.counter))
        page = await browser.new_page(viewport={"width": 1024, "height": 600}, has_touch=True)
        stack.push_async_callback(page.close)
        await page.goto(place.link("en"))
        yield Counter(bench, page)


async def test_a_whole_shift_from_one_count_to_the_other(counter: Counter) -> None:
    page = counter.page
    await counter.shift("Close the shift (Z)", "Note by note")  # It began by itself, with 150 yuan.
    await counter.pad("1")
    await counter.touches("Nothing")
    await counter.pad("2")
    await counter.touches("Nothing")
    await counter.pad("2")
    for _ in range(3):
        await counter.touches("Nothing")
    await counter.pad("50")
    await counter.touches("Confirm")
    assert "Over" in await page.inner_text(".say")
    await counter.touches("OK")
    assert "T1-2" in await page.inner_text("header")

    await counter.shift("王二", "As one sum")  # The next attendant, by keyboard.
    await counter.keys("5", "0", "Enter")
    assert "Left by the shift before" in await page.inner_text("#stage")
    await counter.keys("Enter")
    await counter.keys("Enter")
    assert "王二" in await page.inner_text("header")

    await counter.touches("Sale")
    await counter.keys("1", "2", "Enter")
    await counter.touches("That is all", "No card", "Exactly ¥12.00", "Confirm", "Next customer")
    await counter.shift("Put cash in", "Change from the bank")
    await counter.keys("2", "0", "Enter")
    await counter.touches("Confirm", "OK")
    await counter.shift("Open the drawer", "Give change", "Confirm", "OK")
    await counter.shift("X report", "Confirm", "OK")
    await counter.shift("Take cash out", "Into the safe")
    await counter.keys("9", "9", "Enter")
    await counter.touches("Confirm")
    assert "A131" in await page.inner_text("#stage")
    await counter.touches("OK")
    await counter.shift("Close the shift (Z)", "As one sum")
    await counter.keys("8", "1", "Enter")
    await counter.touches("All: ¥81.00", "Confirm")
    assert "Short" in await page.inner_text(".say")

    booked = [one.command for one in counter.bench.booked]
    assert [type(one) for one in booked] == [
        BookShiftClose, BookShiftOpen, BookSale, BookCashMove, BookNote, BookNote, BookShiftClose,
    ]  # fmt: skip
    assert {one.at.operator for one in booked[1:]} == {"E02"}
    figures = await counter.bench.ledger.figures(booked[-1].id)
    assert (figures.opening, figures.cash_sales, figures.in_drawer, figures.over) == (
        50_00,
        12_00,
        82_00,
        -1_00,
    )
    assert [(one.name, one.count) for one in figures.opened] == [("change", 1)]
