"""Everything of the shop, opened in order and closed in the other one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from lab.shop.processes import Process, printed
from lab.shop.road import Road
from lab.shop.setting import CARDS, CODES, MERCHANT, READER_PCSC, SITE, TERMINAL, GivenCard, written
from lab.shop.stock import stocked
from terminal.core.trust import Medium
from terminal.drivers.virtual.paper import Condition, VirtualPrinter
from terminal.drivers.virtual.paper_page import as_html
from terminal.drivers.virtual.pcscd import PcscdUnavailable, VirtualPcscd
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot

_REPEAT_S = 0.1
"""A 125 kHz reader says a tag again and again for as long as it lies there."""
_PAPER_SHOWN = 12
_ANOTHER_SHOP_S = 60.0
"""Only one pcscd runs on a machine; a test's is gone soon."""


class World:
    """The devices on the bench and the processes behind them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hq = Process("headquarters", folder / "hq.log")
        self.terminal = Process("terminal", folder / "terminal.log")
        self.printed = asyncio.Event()
        self.printer = VirtualPrinter(on_change=self.printed.set)
        self.rfid: SerialLine
        self.scanner: SerialLine
        self.slot: VirtualSlot | None = None
        self.road: Road
        self.morning = 0
        """Seq of the last entry when the shop opened."""
        self.without_pcsc = ""
        """Why there is no virtual chip card, and what to do."""
        self.config = folder / "terminal.toml"
        self.kiosk = ""
        self._lying: dict[str, asyncio.Task[None]] = {}

    # Hands.

    def present(self, card: GivenCard) -> None:
        if card.id in self._lying:
            return
        self._lying[card.id] = asyncio.get_running_loop().create_task(self._lie(card))

    async def take_away(self, card: GivenCard) -> None:
        if task := self._lying.pop(card.id, None):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def lies(self, card: GivenCard) -> bool:
        return card.id in self._lying

    def scan(self, text: str) -> None:
        self.scanner.send(text.encode() + b"\r")

    async def _lie(self, card: GivenCard) -> None:
        if card.credential.medium is Medium.UID:
            await self._lie_on_chip_reader(card)
            return
        number = bytes.fromhex(card.credential.number)
        checksum = 0
        for byte in number:
            checksum ^= byte
        while True:
            self.rfid.send(b"\x02" + f"{card.credential.number}{checksum:02X}".encode() + b"\x03")
            await asyncio.sleep(_REPEAT_S)

    async def _lie_on_chip_reader(self, card: GivenCard) -> None:
        if self.slot is None:
            return
        slot = self.slot
        await asyncio.to_thread(slot.insert, VirtualCard(uid=bytes.fromhex(card.credential.number)))
        try:
            await asyncio.Event().wait()
        finally:
            slot.remove()

    # What the bench page shows.

    def shown(self) -> dict[str, object]:
        cards = [card for card in CARDS if card.credential.medium is not Medium.UID or self.slot]
        return {
            "kiosk": self.kiosk,
            "cards": [
                {"id": card.id, "label": card.label, "note": card.note, "present": self.lies(card)}
                for card in cards
            ],
            "codes": [{"label": code.label, "text": code.text} for code in CODES],
            "switches": [
                _switch("network", "Network to headquarters", self.road.open, "Cut", "Mend"),
                _switch("paper", "Paper", not self.printer.condition.paper_out, "Take out", "New roll"),
                _switch("printer", "Printer", not self.printer.condition.silent, "Switch off", "Switch on"),
                _switch("scanner", "Scanner cable", self.scanner.plugged, "Pull", "Plug in"),
                _switch("rfid", "125 kHz reader cable", self.rfid.plugged, "Pull", "Plug in"),
            ],
            "paper": [as_html(receipt) for receipt in list(self.printer.receipts)[: -_PAPER_SHOWN - 1 : -1]],
            "note": self.without_pcsc,
        }

    async def act(self, what: str, value: str) -> None:
        """Raises KeyError for what is not on the bench."""
        match what:
            case "scan":
                self.scan(value)
            case "card":
                card = {card.id: card for card in CARDS}[value]
                if self.lies(card):
                    await self.take_away(card)
                else:
                    self.present(card)
            case "switch":
                self._switches()[value]()
            case _:
                raise KeyError(what)

    def _switches(self) -> dict[str, Callable[[], None]]:
        return {
            "network": self.road.cut if self.road.open else self.road.mend,
            "paper": self._paper,
            "printer": self._power,
            "scanner": self.scanner.unplug if self.scanner.plugged else self.scanner.replug,
            "rfid": self.rfid.unplug if self.rfid.plugged else self.rfid.replug,
        }

    def _paper(self) -> None:
        if self.printer.condition.paper_out:
            self.printer.mend()
        else:
            self.printer.condition = Condition(paper_out=True)

    def _power(self) -> None:
        if self.printer.condition.silent:
            self.printer.mend()
        else:
            self.printer.condition = Condition(silent=True)

    # Opening and closing.

    async def start_terminal(self, **env: str) -> None:
        said = await self.terminal.start("terminal", "run", "--config", str(self.config), env=env)
        self.kiosk = str(said["kiosk"])

    async def close(self) -> None:
        for card in CARDS:
            await self.take_away(card)


@asynccontextmanager
async def opened(folder: Path, *, kiosk_port: int = 0, chips: bool = True) -> AsyncGenerator[World, None]:
    """The shop, selling. Raises NotStarted, or LedgerClosed where another shop holds the folder."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    world = World(folder)
    async with AsyncExitStack() as closing:
        world.morning = await stocked(folder / "ledger.db")
        closing.push_async_callback(world.hq.stop)
        said = await world.hq.start("hq", "run", "--data", str(folder / "hq"), "--port", "0")
        world.road = Road("127.0.0.1", _port_of(said))
        await world.road.start()
        closing.push_async_callback(world.road.close)
        await world.printer.start()
        closing.push_async_callback(world.printer.close)
        world.rfid = closing.enter_context(SerialLine(folder / "rfid"))
        world.scanner = closing.enter_context(SerialLine(folder / "scanner"))
        if chips:
            _start_pcscd(world, closing)
        world.config = written(
            folder,
            kiosk_port=kiosk_port,
            printer_port=world.printer.port,
            headquarters=f"https://127.0.0.1:{world.road.port}",
            code=await code_for(folder),
            pcsc=world.slot is not None,
        )
        closing.push_async_callback(world.close)
        closing.push_async_callback(world.terminal.stop)
        await world.start_terminal()
        yield world


def _start_pcscd(world: World, closing: AsyncExitStack) -> None:
    if os.geteuid() != 0:
        world.without_pcsc = "virtual chip cards need pcscd, which only root may start here"
        return
    pcscd = VirtualPcscd(world.folder / "pcscd", [READER_PCSC], wait_s=_ANOTHER_SHOP_S)
    try:
        pcscd.start()
    except PcscdUnavailable as why:
        world.without_pcsc = str(why)
        return
    closing.callback(pcscd.stop)
    world.slot = VirtualSlot(pcscd.ports[READER_PCSC])


async def code_for(folder: Path) -> str:
    """For the first start: a code of the headquarters that runs; later ones are enrolled already."""
    if (folder / "ledger.hq").exists():
        return ""
    here = ("--merchant", MERCHANT, "--site", SITE, "--terminal", TERMINAL)
    return await printed("hq", "enrol", "--data", str(folder / "hq"), *here)


def _port_of(said: dict[str, Any]) -> int:
    return int(str(said["url"]).rsplit(":", 1)[1].strip("/"))


def _switch(name: str, label: str, on: bool, off_label: str, on_label: str) -> dict[str, object]:  # noqa: FBT001
    return {"id": name, "label": label, "note": "", "on": on, "off_label": off_label, "on_label": on_label}
