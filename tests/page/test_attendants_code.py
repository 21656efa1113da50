"""A driver scans the attendant's code off the printed sheet, joins on their phone, and counts for them.

Real is all but hands and eyes: the sheet that the command prints, a picture of it, zbar, the page that a
running terminal serves to the phone, a picture of it, a scanner's line, the X on paper (product.md C1, C6).
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.shop.counter import Hand, watching
from terminal.core.forecourt import Nozzle
from terminal.drivers.virtual.escpos_reader import Paper, Tokens
from terminal.drivers.virtual.forecourt import Forecourt, served
from terminal.drivers.virtual.serial_line import SerialLine
from tests.counter_config import COUNTER
from tests.test_app import Daemon

if TYPE_CHECKING:
    from playwright.async_api import Browser

STATION = """
[counter]
language = "zh-Hans"

[[counter.staff]]
id = "E01"
name = "李雷"
badge = "ST-0301"

[[counter.staff]]
id = "E02"
name = "韩梅梅"
badge = "ST-0302"

[policy]
confirmed = ["code"]
join_fields = [{{ of = "plate" }}]

[[policy.grades]]
grade = "92"
name = "92号汽油"
family = "petrol"
price = 738

[join_page]
address = "127.0.0.1"
port = {port}

[device.pumps]
driver = "forecourt_tcp"
host = "127.0.0.1"
port = {pumps}

[device.hand]
driver = "serial_scanner"
path = "{folder}/hand"

[device.paper]
driver = "file_printer"
path = "{folder}/paper.bin"
"""
A4 = {"width": 794, "height": 1123}
"""At 96 dots an inch; the picture has twice as many, as a cheap printer has three times."""
PHONE = {"width": 360, "height": 740}
ATTENDANT, SERVING = "ST-0301", "ST-0302"


@pytest.fixture
def zbar() -> str:
    found = shutil.which("zbarimg")
    if found is None:
        pytest.skip("zbarimg is missing: apt-get install zbar-tools")
    return found


async def read(zbar: str, picture: Path) -> list[str]:
    """What a camera makes of it."""
    done = await asyncio.to_thread(
        subprocess.run, [zbar, "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def papers(folder: Path) -> list[str]:
    """All that came out of the printer."""
    paper, tokens = Paper("gbk"), Tokens()
    data = (folder / "paper.bin").read_bytes()
    return [receipt.text for token in tokens.feed(data) if (receipt := paper.take(token))]


async def pictured_sheet(browser: Browser, folder: Path) -> Path:
    """The sheet as it lies on the counter, laminated."""
    sheet, picture = folder / "sheet.html", folder / "sheet.png"
    command = [sys.executable, "-m", "terminal", "print-command-sheet", str(sheet)]
    config = ["--config", str(folder / "terminal.toml")]
    await asyncio.to_thread(subprocess.run, [*command, *config], check=True, capture_output=True)
    context = await browser.new_context(viewport=A4, device_scale_factor=2)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.emulate_media(media="print")
    await page.goto(sheet.as_uri())
    await page.screenshot(path=picture, full_page=True)
    await context.close()
    return picture


async def shown_on_phone(browser: Browser, link: str, folder: Path) -> Path:
    """The driver keys phone and plate at the page that the code leads to."""
    picture = folder / "phone.png"
    context = await browser.new_context(viewport=PHONE, device_scale_factor=2, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_label("手机号").fill("13800138000")
    await page.get_by_label("车牌号").fill("浙A12345")
    await page.get_by_role("button", name="显示二维码").click()
    await page.locator("#code path").wait_for()
    await page.screenshot(path=picture)
    await context.close()
    return picture


async def paid(hand: Hand) -> None:
    """The fill that waits, outside."""
    await hand.until("the fill", lambda at: "fill:hand-1" in picks(at))
    await hand.touch("pick", "fill:hand-1")
    await hand.until("the ways to pay", lambda at: "code" in picks(at))
    await hand.touch("pick", "code")
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")
    await hand.touch("done")
    await hand.state("idle")


def ready(hand: Hand) -> set[str]:
    return {one["name"] for one in hand.status["devices"] if one["health"] == "ready"}


def picks(hand: Hand) -> list[str]:
    return [one["value"] for one in hand.screen["choices"] if one["do"] == "pick"]


async def test_who_joins_by_an_attendants_code_off_the_sheet_counts_for_that_attendant(
    browser: Browser, tmp_path: Path, zbar: str
) -> None:
    there = Forecourt(Nozzle(number=1, grade="92", price=7_38))
    line = SerialLine(tmp_path / "hand")
    async with served(there) as pumps:
        more = STATION.format(port=free_port(), pumps=pumps, folder=tmp_path)
        (tmp_path / "terminal.toml").write_text(COUNTER + more, encoding="utf-8")
        daemon = await asyncio.to_thread(Daemon, tmp_path, {})
        try:
            said = await asyncio.to_thread(daemon.ready)
            codes = await read(zbar, await pictured_sheet(browser, tmp_path))
            links = {one.rpartition("#")[2]: one for one in codes if one.startswith("http")}
            assert set(links) == {ATTENDANT, SERVING}
            (code,) = await read(zbar, await shown_on_phone(browser, links[ATTENDANT], tmp_path))
            assert code.startswith("JOIN:13800138000:")
            assert code.endswith(f":{ATTENDANT}")
            there.by_hand(1, 5_00)
            async with watching(said["link"]) as hand:
                await hand.until("its devices", lambda at: ready(at) >= {"pumps", "hand"})
                line.send(f"{SERVING}\r\n".encode())
                await hand.state("keying")
                line.send(f"{code}\r\n".encode())
                await paid(hand)
                await hand.touch("start", "shift")
                await hand.touch("pick", "x")
                await hand.state("confirm")
                await hand.touch("confirm")
                await hand.state("approved")
                await hand.until("it is printed", lambda _at: len(papers(tmp_path)) == 2)
        finally:
            await asyncio.to_thread(daemon.close)
    sale, report = papers(tmp_path)
    assert "36.90" in sale
    lines = [one.split() for one in report.splitlines()]
    won = lines.index(["新入会", "1"])
    assert lines[won + 1] == ["E01", "1"], "whose code it was, not who served them"
    assert "E02" not in report[report.index("新入会") :]
