"""From a scan to changed pixels in Chromium, what a page weighs, and what four of them cost the terminal.

The whole terminal, its counter open: a serial scanner on a pseudo-terminal scans an article, and the time
runs from before its bytes are written to the frame that shows the cart changed, as the browser's compositor
stamps it. "Ours" ends when the page has the view; what follows, drawing with our script and the browser's
own frame, is the browser's part. The page's answer to an event of its own (the floor) takes turns with it.

Then four pages watch while BENCH_EVENTS scans come, a sale in between now and then: memory of the terminal's
process at the end beside that when a fifth of them had come. The ledger is verified at the end.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.floor_page import Frames, local_ms
from bench.floor_start import resident
from bench.result import Ratio, Result, middle
from lab.screens.pictures import chromium
from lab.shop.counter import watching, way_in
from lab.shop.processes import Process, told
from terminal.core.money import plain
from terminal.drivers.virtual.serial_line import SerialLine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page, Response

    from lab.shop.counter import Hand

ROUNDS: Final = 4 * int(os.environ.get("BENCH_ROUNDS", "5"))
EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "10000"))
PAGES: Final = 4
PIXELS_GOAL: Final = 3.0
WEIGHT_GOAL: Final = 150_000
MEMORY_GOAL: Final = 1.02
_A_ROUND: Final = 8
_QUIET_S: Final = 1.0
_PAUSE_S: Final = 0.37
"""Not a multiple of a frame: events fall anywhere in one. Longer than buttons settle."""
_A_SALE: Final = 200
_APART_S: Final = 0.004
_SHOWN_S: Final = 30.0
_FONTS: Final = ("font/woff2", "application/octet-stream")
_ARTICLE: Final = "6901234567892"
_PRICE: Final = 350
_CASH: Final = "1000"
_CONFIG: Final = """
[terminal]
merchant = "demo"
site = "S1"
id = "T1"
socket = "{folder}/terminal.sock"
[shop]
name = "Bench"
[kiosk]
port = 0
[ledger]
path = "{folder}/ledger.db"
[[catalogue.article]]
sku = "M01"
name = "Milk"
category = "dairy"
price = {price}
barcodes = ["{article}"]
[device.scanner]
driver = "serial_scanner"
path = "{folder}/scanner"
baud = 115200
"""
_OVERHEARD: Final = """
const plain = EventSource.prototype.addEventListener;
window.viewed = 0;
EventSource.prototype.addEventListener = function (name, does, ...more) {
  const told = name !== "view" ? does : (event) => {
    window.viewed = performance.timeOrigin + performance.now();
    return does(event);
  };
  return plain.call(this, name, told, ...more);
};
"""


class Differs(Exception):
    """What was measured did not do what it is to do."""


def measured() -> Result:
    """Raises Differs."""
    with tempfile.TemporaryDirectory(prefix="card-terminal-page-") as name:
        return asyncio.run(_measured(Path(name)))


async def _measured(folder: Path) -> Result:
    async with _terminal(folder) as shop, chromium() as browser:
        page, weight = await _first(browser, shop.link)
        local, device, ours = await _pixels(page, shop)
        await page.close()
        early, late = await _watched_by_four(browser, shop)
        sales = shop.sales
    ledger = await told("terminal", "ledger", "verify", "--config", str(folder / "terminal.toml"), "--json")
    with closing(sqlite3.connect(folder / "ledger.db")) as database:
        (sold,) = database.execute("SELECT count(*) FROM entries WHERE kind = 'sale'").fetchone()
    if ledger["fault"] or sold != sales:
        raise Differs(f"{sales} sales, {sold} booked; the ledger: {ledger}")
    return Result(
        ratios={
            "scan to changed pixels, p50, to an event of the page": Ratio(
                middle(device) / middle(local), PIXELS_GOAL
            ),
            "bytes of the page without fonts": Ratio(weight, WEIGHT_GOAL),
            "memory after all events, to that after a fifth": Ratio(late / early, MEMORY_GOAL),
        },
        figures={
            "local_p50_ms": middle(local),
            "device_p50_ms": middle(device),
            "device_p95_ms": _p95(device),
            "local_p95_ms": _p95(local),
            "ours_p50_ms": middle(ours),
            "browser_p50_ms": middle([whole - own for whole, own in zip(device, ours, strict=True)]),
            "scans_measured": len(device),
            "events": EVENTS,
            "pages": PAGES,
            "memory_fifth_kib": early,
            "memory_end_kib": late,
            "sales": sales,
        },
    )


class _Shop:
    """A terminal that runs, and its scanner."""

    def __init__(self, process: Process, scanner: SerialLine) -> None:
        self._process = process
        self._scanner = scanner
        self.sales = 0

    @property
    def link(self) -> Path:
        return Path(self._process.said["link"])

    @property
    def memory_kib(self) -> int:
        return resident(self._process.pid)

    def scan(self) -> None:
        self._scanner.send(f"{_ARTICLE}\r".encode())


@asynccontextmanager
async def _terminal(folder: Path) -> AsyncIterator[_Shop]:
    config = folder / "terminal.toml"
    config.write_text(_CONFIG.format(folder=folder, article=_ARTICLE, price=_PRICE), encoding="utf-8")
    process = Process("terminal", folder / "terminal.log")
    async with AsyncExitStack() as ends:
        scanner = ends.enter_context(SerialLine(folder / "scanner"))
        ends.push_async_callback(process.stop)
        await process.start("terminal", "run", "--config", str(config))
        yield _Shop(process, scanner)
        if code := await process.stop():
            raise Differs(f"the terminal ended with {code}")


async def _first(browser: Browser, link: Path) -> tuple[Page, int]:
    """A page that nothing is kept of yet, and the bytes of all that it asked for, fonts apart."""
    page = await browser.new_page(viewport={"width": 1024, "height": 600})
    await page.add_init_script(_OVERHEARD)
    came: list[Response] = []
    page.on("response", lambda one: came.append(one))  # noqa: PLW0108  the library marks what it is given
    await _entered(page, link)
    weight = 0
    for one in came:
        kind = one.headers.get("content-type", "").split(";")[0]
        if one.status != 200 or kind == "text/event-stream" or kind in _FONTS:  # noqa: PLR2004  HTTP's word for OK
            continue
        weight += (await one.request.sizes())["responseBodySize"]
    return page, weight


async def _entered(page: Page, link: Path) -> None:
    await page.goto(way_in(str(link)).replace("#", "?lang=zh-Hans#"))
    await page.wait_for_selector('#stage[data-settled="yes"]')
    await asyncio.sleep(_QUIET_S)


async def _pixels(page: Page, shop: _Shop) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds: the page's own event, a scan, and of each scan the part until the page was told."""
    frames = Frames(await page.context.new_cdp_session(page))
    await frames.begin()
    local: list[float] = []
    device: list[float] = []
    ours: list[float] = []
    async with watching(str(shop.link)) as hand:
        for _ in range(ROUNDS):
            local += await local_ms(page, frames, _A_ROUND, _PAUSE_S)
            shop.scan()  # From idle to a cart: a larger change than those that are measured.
            await hand.state("cart")
            await asyncio.sleep(_PAUSE_S)
            for _ in range(_A_ROUND):
                began_ms = time.time() * 1000
                shop.scan()
                shown_ms = await frames.after(began_ms)
                told_ms = float(await page.evaluate("window.viewed"))
                shown_ms = max(shown_ms, await frames.after(told_ms))
                device.append(shown_ms - began_ms)
                ours.append(told_ms - began_ms)
                await asyncio.sleep(_PAUSE_S)
            await _left(hand)
            await asyncio.sleep(_PAUSE_S)
    if min(ours) <= 0:
        raise Differs("a page was told before the scan: the clocks of page and bench differ")
    return local, device, ours


async def _watched_by_four(browser: Browser, shop: _Shop) -> tuple[int, int]:
    """KiB of the terminal after a fifth of the events, and after all; every page shows the last one."""
    pages = [await browser.new_page(viewport={"width": 1024, "height": 600}) for _ in range(PAGES)]
    for page in pages:
        await _entered(page, shop.link)
    early = 0
    async with watching(str(shop.link)) as hand:
        for sent in range(0, EVENTS, _A_SALE):
            if sent >= EVENTS // 5 and not early:
                early = shop.memory_kib
            await _scanned(hand, shop, _A_SALE)
            await _paid(hand)
            shop.sales += 1
        late = shop.memory_kib
        step = hand.screen["step"]
    for page in pages:
        async with asyncio.timeout(_SHOWN_S):
            while int(await page.evaluate("document.getElementById('stage').dataset.step")) < step:  # noqa: ASYNC110  a page of another program
                await asyncio.sleep(_APART_S)
        await page.close()
    return early, late


async def _scanned(hand: Hand, shop: _Shop, pieces: int) -> None:
    """One after the other, each as soon as the page shows the one before."""
    for count in range(1, pieces + 1):
        shop.scan()
        await hand.until(f"{count} pieces", partial(_due, _PRICE * count))


def _due(fen: int, hand: Hand) -> bool:
    return bool(hand.screen["amount"] == f"¥{plain(fen)}")


async def _paid(hand: Hand) -> None:
    await hand.touch("done")
    while hand.screen["state"] != "approved":
        await _answered(hand)
    await hand.touch("done")


async def _answered(hand: Hand) -> None:
    """Without a card, in cash, counted."""
    offered = [(one["do"], one["value"]) for one in hand.screen["choices"]]
    for way in (("skip", ""), ("pick", "cash"), ("confirm", "")):
        if way in offered:
            return await hand.touch(*way)
    if hand.screen["keying"]:
        return await hand.touch("key", _CASH)
    return await _gone_on(hand)


async def _gone_on(hand: Hand) -> None:
    step = hand.screen["step"]
    await hand.until("another screen", lambda seen: seen.screen["step"] != step)


async def _left(hand: Hand) -> None:
    """Back to idle, the cart empty."""
    while hand.screen["state"] != "idle":
        offered = [one["do"] for one in hand.screen["choices"]]
        do = next((way for way in ("cancel", "confirm", "done") if way in offered), None)
        if do:
            await hand.touch(do)
        else:
            await _gone_on(hand)


def _p95(values: list[float]) -> float:
    """Nearest rank."""
    return round(sorted(values)[-(-len(values) * 95 // 100) - 1], 3)
