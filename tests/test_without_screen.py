"""A terminal as on a Zero 2 W: no browser anywhere, and nobody looks at a screen (product.md G12).

The attendant has a scanner, the printed sheet and a buzzer on the header; the driver reads the line display.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from lab.shop.box import DEVICES, Box
from lab.shop.counter import watching
from terminal.command_sheets import everything
from terminal.config import load
from terminal.core.command_sheet import Order, Says
from terminal.drivers.virtual.escpos_reader import Paper, Tokens
from terminal.drivers.virtual.forecourt import served
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.sheet_key import command_sheet
from tests.counter_config import COUNTER
from tests.test_app import Daemon
from tests.test_forecourt_app import Heard

STATION = """
[[counter.staff]]
id = "E01"
name = "李雷"
badge = "ST-0301"

[[policy.grades]]
grade = "92"
name = "92号汽油"
family = "petrol"
price = 738

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
MEMORY_KIB = 512 * 1024 // 3
"""A third of what a Zero 2 W has: the rest is the system's."""


def papers(folder: Path) -> Sequence[str]:
    file, paper, tokens = folder / "paper.bin", Paper("gbk"), Tokens()
    data = file.read_bytes() if file.exists() else b""
    return [receipt.text for token in tokens.feed(data) if (receipt := paper.take(token))]


def most_kib(process: int) -> int:
    """Of memory that it ever had at once."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


async def test_a_driver_joins_and_pays_by_scanner_buzzer_and_line_display_alone(tmp_path: Path) -> None:
    """The test looks at the screens only to know when the next scan is due: the attendant hears it."""
    there, line = Heard(), SerialLine(tmp_path / "hand")
    async with served(there) as pumps:
        path = tmp_path / "terminal.toml"
        more = STATION.format(pumps=pumps, folder=tmp_path) + DEVICES.format(folder=tmp_path)
        path.write_text(COUNTER + more, encoding="utf-8")
        with Box(tmp_path) as box:
            daemon = await asyncio.to_thread(Daemon, tmp_path, box.environment)
            try:
                said = await asyncio.to_thread(daemon.ready)
                async with asyncio.timeout(60):
                    await there.asked_unsettled.wait()
                settings = load(path)
                sheet = command_sheet(settings)
                exact, confirm = Order(says=Says.EXACT), Order(says=Says.CONFIRM)
                assert {exact, confirm} <= {one.order for one in everything(settings, 1)}
                there.by_hand(1, 5_00)
                async with watching(said["link"]) as seen:
                    for code, state in (
                        ("ST-0301", "keying"),
                        ("JOIN:13800138000", "choosing"),
                        (sheet.code(exact), "confirm"),
                        (sheet.code(confirm), "approved"),
                    ):
                        line.send(f"{code}\r\n".encode())
                        await seen.state(state)
                        if state == "confirm":
                            await box.until(lambda: "36.90" in "".join(box.display.rows))
                await box.until(lambda: box.opened == 1)
                await box.until(lambda: any("high" in one for one in box.heard))
                assert not [one for one in box.heard if "low" in one or "red" in one], "nothing was refused"
                assert most_kib(daemon.process.pid) < MEMORY_KIB
            finally:
                await asyncio.to_thread(daemon.close)
    (receipt,) = papers(tmp_path)
    assert "36.90" in receipt
    assert "不同意" in receipt, "a new member, who agreed to no offers"
