"""All of C1 and C2 with a scanner, a printed sheet and a buzzer, in a running terminal (product.md, G13)."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from lab.shop.box import DEVICES, Box
from lab.shop.counter import Hand, watching
from terminal.command_sheets import everything
from terminal.config import load
from terminal.core.command_sheet import CommandSheet, Order, Says
from terminal.core.forecourt import Preset
from terminal.desk.ordering import AGAIN_MS
from terminal.drivers.virtual.forecourt import served
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.sheet_key import command_sheet
from tests.counter_config import COUNTER
from tests.test_app import Daemon
from tests.test_forecourt_app import Heard
from tests.test_without_screen import STATION, papers

PHONE = "13812345678"
BADGE = "ST-0301"


class Scanner:
    """It reads codes of the printed sheet, and a badge. Watched only to know when the next scan is due."""

    def __init__(self, line: SerialLine, sheet: CommandSheet, printed: frozenset[Order], seen: Hand) -> None:
        self._line = line
        self._sheet = sheet
        self._printed = printed
        self._seen = seen
        self._last = ""

    async def _reads(self, text: str) -> None:
        if text == self._last:  # Held on a code, a scanner reads it again; the terminal waits that long.
            await asyncio.sleep(AGAIN_MS / 1_000)
        self._last = text
        self._line.send(f"{text}\r\n".encode())

    async def badge(self) -> None:
        step = self._seen.screen["step"]
        await self._reads(BADGE)
        await self._seen.until("what comes behind a badge", lambda at: at.screen["step"] > step)

    async def reads(self, says: Says, value: str, title: str) -> None:
        """A code of the sheet, behind which that is on the screen."""
        order = Order(says=says, value=value)
        assert order in self._printed
        step = self._seen.screen["step"]
        await self._reads(self._sheet.code(order))
        await self._seen.until(
            title, lambda at: at.screen["step"] > step and at.screen["title"]["text"] == title
        )

    async def number(self, keys: str, title: str) -> None:
        """Digit by digit, then what hands it over."""
        for place, key in enumerate(keys, 1):
            order = Order(says=Says.POINT) if key == "." else Order(says=Says.DIGIT, value=key)
            assert order in self._printed
            await self._reads(self._sheet.code(order))
            await self._seen.until("one more digit", partial(_stands, keys[:place]))
        await self.reads(Says.CONFIRM, "", title)

    async def released(self, how: str, keys: str, asks: str) -> None:
        await self.reads(Says.START, "release", "Scan your badge")
        await self.badge()
        await self.reads(Says.NOZZLE, "1", "How much fuel?")
        card = "Present the member card or code"
        if keys:
            await self.reads(Says.PRESET, how, asks)
            await self.number(keys, card)
        else:
            await self.reads(Says.PRESET, how, card)
        await self.reads(Says.SKIP, "", "Release nozzle {number}, grade {grade}?")
        await self.reads(Says.CONFIRM, "", "Released. It is paid afterwards, under Fuel and join.")
        await self.reads(Says.CONFIRM, "", "What shall it be?")

    async def paid(self, *, received: str = "") -> None:
        """In cash: exactly, or what came over the counter."""
        sure = "Take the cash, give {change} back?"
        if received:
            await self.reads(Says.TENDER, "cash", "How much cash was given?")
            await self.number(received, sure)
        else:
            await self.reads(Says.EXACT, "", sure)
        await self._reads(self._sheet.code(Order(says=Says.CONFIRM)))
        await self._seen.state("approved")
        await self.reads(Says.CONFIRM, "", "What shall it be?")


def _stands(typed: str, at: Hand) -> bool:
    return bool(at.screen["typed"] == typed)


async def test_each_way_to_preset_to_join_and_to_pay_goes_by_scanned_codes_alone(tmp_path: Path) -> None:
    there, line = Heard(), SerialLine(tmp_path / "hand")
    async with served(there) as pumps:
        path = tmp_path / "terminal.toml"
        more = STATION.format(pumps=pumps, folder=tmp_path) + DEVICES.format(folder=tmp_path)
        path.write_text(COUNTER + '[policy]\ntrade = "fuel"\n' + more, encoding="utf-8")
        with Box(tmp_path) as box:
            daemon = await asyncio.to_thread(Daemon, tmp_path, box.environment)
            try:
                said = await asyncio.to_thread(daemon.ready)
                async with asyncio.timeout(60):
                    await there.asked_unsettled.wait()
                settings = load(path)
                printed = frozenset(one.order for one in everything(settings, 1))
                async with watching(said["link"]) as seen:
                    scanner = Scanner(line, command_sheet(settings), printed, seen)
                    await _drive(scanner, there, box)
            finally:
                await asyncio.to_thread(daemon.close)
    assert list(there.presets.values()) == [
        Preset(fen=137_50),
        Preset(centilitres=18_63),
        Preset(),
    ]
    receipts = papers(tmp_path)
    assert len(receipts) == 4
    for receipt, sums in zip(
        receipts, (("137.50",), ("137.49", "140.20"), ("73.80",), ("274.91", "37.25")), strict=True
    ):
        for sum_ in sums:
            assert sum_ in receipt
    assert "不同意" in receipts[0], "a new member, who agreed to no offers"


async def _drive(scanner: Scanner, there: Heard, box: Box) -> None:
    # An odd sum; then the driver joins by a phone number that is scanned, and pays.
    await scanner.released("sum", "137.50", "For how much?")
    there.pump(1)
    there.hang(1)
    await scanner.reads(Says.START, "join", "Scan your badge")
    await scanner.badge()
    await scanner.number(PHONE, "Number plate")
    await scanner.reads(Says.SKIP, "", "A new member. Grade and litres?")
    await scanner.reads(Says.NOZZLE, "1", "How is it paid?")
    await scanner.paid()
    # An odd quantity, with change; by now that phone is a member's.
    await scanner.released("litres", "18.63", "How many litres?")
    there.pump(1)
    there.hang(1)
    await scanner.badge()
    await scanner.number(PHONE, "Welcome back, {name}. Grade and litres?")
    await scanner.reads(Says.NOZZLE, "1", "How is it paid?")
    await scanner.paid(received="140.20")
    # A full tank.
    await scanner.released("full", "", "")
    there.pump(1, 10_00)
    there.hang(1)
    await scanner.badge()
    await scanner.reads(Says.SKIP, "", "Grade and litres?")
    await scanner.reads(Says.NOZZLE, "1", "How is it paid?")
    await scanner.paid()
    # No controller told it: grade and litres.
    await scanner.badge()
    await scanner.reads(Says.SKIP, "", "Grade and litres?")
    await scanner.reads(Says.GRADE, "92", "Grade and litres?")
    await scanner.number("37.25", "How is it paid?")
    await scanner.paid()
    assert not [one for one in box.heard if "low" in one or "red" in one], "nothing was refused"
