"""Everything of the shop, opened in order and closed in the other one."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hq.keys import keys_in
from hq.member_codes import printed as printed_code
from hq.member_codes import shown
from hq.phone.settings import SETTINGS_FILE
from lab.shop import benefits, goods, people
from lab.shop.box import Box
from lab.shop.chips import CHIPS, KINDS, give_master_key, hand_over_keys, made
from lab.shop.counter import watching
from lab.shop.members import MEMBERS
from lab.shop.paying import PAID_WITH, Till
from lab.shop.processes import Process, printed
from lab.shop.road import Road
from lab.shop.setting import (
    MERCHANT,
    NOZZLES,
    PRINTED,
    READER_PCSC,
    SHOWN,
    SIGNED,
    SITE,
    STRIPES,
    TAGS,
    TERMINAL,
    GivenCard,
    Stripe,
    written,
)
from lab.shop.stock import stocked
from terminal.core.values import StaffId
from terminal.drivers.virtual.bank_terminal import VirtualBankTerminal
from terminal.drivers.virtual.forecourt import Forecourt, served
from terminal.drivers.virtual.paper import VirtualPrinter
from terminal.drivers.virtual.pcscd import PcscdUnavailable, VirtualPcscd
from terminal.drivers.virtual.rewriter import VirtualRewriter
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.drivers.virtual.vpcd_card import VirtualSlot

_REPEAT_S = 0.1
"""A 125 kHz reader says a tag again and again for as long as it lies there."""
_ANOTHER_SHOP_S = 60.0
"""Only one pcscd runs on a machine; a test's is gone soon."""


CARDS: Mapping[str, GivenCard] = MappingProxyType(
    {card.id: card for card in (*TAGS, *(one.card for one in MEMBERS), *STRIPES, *CHIPS)}
)
"""Everything that can be presented, by id."""


class World:
    """The devices on the bench and the processes behind them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hq = Process("headquarters", folder / "hq.log")
        self.terminal = Process("terminal", folder / "terminal.log")
        self.acquirer = Till(folder)
        self.platforms = Till(folder, "group_buy")
        # A kept shop has sold what was filled in runs before: no fill goes by an id of theirs.
        self.pumps = Forecourt(*NOZZLES, counted=int(time.time()))
        self.printed = asyncio.Event()
        self.printer = VirtualPrinter(on_change=self.printed.set)
        self.rfid: SerialLine
        self.scanner: SerialLine
        self.stripe: SerialLine
        self.rewriter: VirtualRewriter
        self.bank: VirtualBankTerminal
        self.box: Box
        self.slot: VirtualSlot | None = None
        self.road: Road
        self.morning = 0
        """Seq of the last entry when the shop opened."""
        self.without_pcsc = ""
        """Why there is no virtual chip card, and what to do."""
        self.config = folder / "terminal.toml"
        self.link = ""
        """The file that says how a browser gets to the counter's page."""
        self.pins: Mapping[StaffId, str] = {}
        """Of the people of a whole shop, as they were drawn."""
        self._chips = made()
        self._lying: dict[str, asyncio.Task[None]] = {}

    # Hands.

    def present(self, card: GivenCard) -> None:
        if isinstance(card, Stripe):
            self.stripe.send(card.tracks.encode() + b"\r")
            return
        if card.id in self._lying:
            return
        self._lying[card.id] = asyncio.get_running_loop().create_task(self._lie(card))

    async def take_away(self, card: GivenCard) -> None:
        if task := self._lying.pop(card.id, None):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def lies(self, card: GivenCard) -> bool:
        return card.id in self._lying

    async def hold(self, card: GivenCard) -> None:
        """To its reader, or away from it. The chip reader takes one card at a time."""
        if self.lies(card):
            return await self.take_away(card)
        for other in CHIPS if card.id in self._chips else ():
            await self.take_away(other)
        return self.present(card)

    def scan(self, text: str) -> None:
        if text in {SIGNED, SHOWN}:
            text = self.signed(dynamic=text == SHOWN)
        if text in PAID_WITH:
            text = PAID_WITH[text]()
        self.scanner.send(text.encode() + b"\r")

    def signed(self, *, dynamic: bool) -> str:
        """As headquarters gives it to a printer or a phone."""
        now_ms = time.time_ns() // 1_000_000
        keys = keys_in(self.folder / "hq", serial=1, now_ms=now_ms)
        if dynamic:
            return shown(keys, MERCHANT, PRINTED.number, now_ms=now_ms, random=os.urandom)
        return printed_code(keys, MERCHANT, PRINTED.number)

    async def _lie(self, card: GivenCard) -> None:
        if card.id in self._chips:
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
        await asyncio.to_thread(slot.insert, self._chips[card.id])
        try:
            await asyncio.Event().wait()
        finally:
            slot.remove()

    @property
    def whole(self) -> bool:
        """Whether it has people with roles, and an acquirer."""
        return bool(self.acquirer.url)

    # Opening and closing.

    async def start_terminal(self, module: str = "terminal", **env: str) -> None:
        """`module`: `python -m` what."""
        said = await self.terminal.start(
            module, "run", "--config", str(self.config), env=self.box.environment | env
        )
        self.link = str(said["link"])

    async def close(self) -> None:
        for card in CARDS.values():
            await self.take_away(card)


CODES_FILE = "phone-codes.jsonl"
"""Where headquarters writes what it would send to members' phones."""
_PHONES = f"""[[merchants]]
id = "{MERCHANT}"
name = "测试便利店"
card_kinds = {{all = "会员卡", points = "积分卡"}}
channel = {{type = "file", path = "{CODES_FILE}"}}
"""


@asynccontextmanager
async def opened(
    folder: Path, *, kiosk_port: int = 0, chips: bool = True, sets: bool = True, whole: bool = False
) -> AsyncGenerator[World, None]:
    """The shop, selling. Raises NotStarted, or LedgerClosed where another shop holds the folder.

    Without `sets` headquarters directs nothing by itself: no entry comes that nobody at the counter made.
    A whole one has an acquirer, roles with PINs, and all its goods; else one attendant sells two articles.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    world = World(folder)
    async with AsyncExitStack() as closing:
        world.morning = await _morning(folder, whole=whole)
        forecourt_port = 0
        if whole:
            world.pins = await asyncio.to_thread(people.pins_of, folder)
            closing.push_async_callback(world.acquirer.stop)
            await world.acquirer.start()
            closing.push_async_callback(world.platforms.stop)
            await world.platforms.start()
            forecourt_port = await closing.enter_async_context(served(world.pumps))
        closing.push_async_callback(world.hq.stop)
        await asyncio.to_thread((folder / "hq").mkdir, exist_ok=True)
        give_master_key(folder / "hq")
        made = "--sets" if sets else "--no-sets"
        await asyncio.to_thread((folder / "hq" / SETTINGS_FILE).write_text, _PHONES, "utf-8")
        where = ("--data", str(folder / "hq"), "--port", "0", "--phones", "0")
        said = await world.hq.start("hq", "run", *where, made)
        world.road = Road("127.0.0.1", _port_of(said))
        await world.road.start()
        closing.push_async_callback(world.road.close)
        await world.printer.start()
        closing.push_async_callback(world.printer.close)
        world.rfid = closing.enter_context(SerialLine(folder / "rfid"))
        world.scanner = closing.enter_context(SerialLine(folder / "scanner"))
        world.stripe = closing.enter_context(SerialLine(folder / "stripe"))
        faces = closing.enter_context(SerialLine(folder / "rewriter"))
        world.rewriter = closing.enter_context(VirtualRewriter(faces))
        cable = closing.enter_context(SerialLine(folder / "bank"))
        world.bank = closing.enter_context(VirtualBankTerminal(cable))
        world.bank.waits_always = True
        (folder / "bank.password").write_text(f"{world.bank.password}\n", encoding="ascii")
        world.box = closing.enter_context(Box(folder))
        if chips:
            _start_pcscd(world, closing)
        code = await code_for(folder)
        world.config = written(
            folder,
            kiosk_port=kiosk_port,
            printer_port=world.printer.port,
            headquarters=f"https://127.0.0.1:{world.road.port}",
            code=code,
            pcsc=world.slot is not None,
            acquirer=world.acquirer.url,
            group_buy=world.platforms.url,
            forecourt_port=forecourt_port,
        )
        if world.slot is not None:
            hand_over_keys(folder / "ledger.db")
            world.config.write_text(world.config.read_text("utf-8") + KINDS, encoding="utf-8")
        closing.push_async_callback(world.close)
        closing.push_async_callback(world.terminal.stop)
        await world.start_terminal()
        if whole:
            await _count(world)
        if whole and code:
            await _tiers(world)
        yield world


async def _morning(folder: Path, *, whole: bool) -> int:
    path = folder / "ledger.db"
    if not whole:
        return await stocked(path)
    return await stocked(path, partial(people.pins_drawn, folder), MEMBERS)


async def _tiers(world: World) -> None:
    """Headquarters' order of them is the shop's own, as soon as it has the shop."""
    async with watching(world.link) as hand:
        await hand.until("headquarters", lambda seen: seen.status["online"])
    where = ("--data", str(world.folder / "hq"), "--merchant", MERCHANT, "--by", "lab")
    await printed("hq", "tiers", "set", *benefits.TIERS, *where)


async def _count(world: World) -> None:
    """What lies on the shelves when the shop opens for the first time."""
    counted = world.folder / goods.COUNTED
    if not await asyncio.to_thread(counted.exists):
        await asyncio.to_thread(counted.write_text, goods.counted(), "utf-8")
        await printed("terminal", "catalogue", "count", str(counted), "--config", str(world.config))


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
