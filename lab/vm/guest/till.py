"""Devices of the kernel on a terminal that was installed, and somebody who sells with them.

python -m lab.vm.guest.till plug          scanner and header are there from now on
python -m lab.vm.guest.till sell LINK     a card is recharged and pays for what is scanned; says the numbers
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path

from lab.shop.counter import Hand, NotSeen, watching
from lab.vm.guest import usb
from lab.vm.guest.pins import Header
from lab.vm.guest.sale import PRINTER_PORT, exactly, number
from terminal.drivers.virtual.paper import VirtualPrinter
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot

SCANNER = Path("/dev/input/by-id/usb-Lab_Bench_Scanner_A1-event-kbd")
APPLES = "6901234567892"
DRAWER, GREEN = 23, 17
DEVICES = f"""
[device.box]
driver = "pins"
lamps = {{ green = {GREEN} }}
drawer = {{ pin = {DRAWER}, pulse_ms = 500 }}

[[catalogue.article]]
sku = "A01"
name = "Apples"
category = "fruit"
price = 1280
barcodes = ["{APPLES}"]
"""
"""For `terminal.toml`, beside what an installation asks."""
_VPCD_PORT = 0x8C7B
"""Debian's vsmartcard-vpcd listens there."""
_CARD = VirtualCard(uid=bytes.fromhex("04A1B2C3D4E5F6"))
_PATIENCE_S = 120.0
_PRINTED_S, _LOOK_S = 60.0, 0.1


def plugged() -> Header:
    """Everything on its cable; nothing where it is so already."""
    if not SCANNER.exists():
        usb.keyboard(0, "Bench Scanner", serial="A1").plug()
        usb.appeared(SCANNER)
    return Header()


async def sold(link: str) -> list[str]:
    """The receipts' numbers, of a recharge and of a checkout. Raises NotSeen."""
    header, printer, slot = plugged(), VirtualPrinter(), VirtualSlot(_VPCD_PORT)
    await printer.start(port=PRINTER_PORT)
    try:
        async with watching(link, _PATIENCE_S) as hand:
            await hand.state("idle")
            return [await _recharged(hand, header, slot), await _bought(hand, header, slot, printer)]
    finally:
        await printer.close()


async def _recharged(hand: Hand, header: Header, slot: VirtualSlot) -> str:
    await hand.touch("start", "recharge")
    await _with_card(slot, hand.state("confirm"))
    await hand.touch("confirm")
    await hand.touch("key", "100")
    await exactly(hand)
    await hand.state("confirm")
    opened = asyncio.ensure_future(asyncio.to_thread(header.becomes, DRAWER, 1, _PRINTED_S))
    await hand.touch("confirm")
    await hand.state("approved")
    if not await opened:
        raise NotSeen("the drawer did not open for cash")
    said = number(hand)
    await hand.touch("done")
    await hand.state("idle")
    return said


async def _bought(hand: Hand, header: Header, slot: VirtualSlot, printer: VirtualPrinter) -> str:
    await asyncio.to_thread(usb.types, usb.Gadget(0, "", {}), f"{APPLES}\n")
    await hand.until("what was scanned", lambda seen: bool(seen.screen.get("lines")))
    await hand.touch("done")
    await hand.state("ready")
    await _with_card(slot, hand.state("choosing"))
    await hand.touch("pick", "stored")
    await hand.state("confirm")
    shone = asyncio.ensure_future(asyncio.to_thread(header.becomes, GREEN, 1, _PRINTED_S))
    await hand.touch("confirm")
    await hand.state("approved")
    if not await shone:
        raise NotSeen("the lamp did not become green")
    said = number(hand)
    await _printed(printer, said)
    return said


async def _printed(printer: VirtualPrinter, number: str) -> None:
    until = asyncio.get_running_loop().time() + _PRINTED_S
    while not any(number in receipt.text for receipt in printer.receipts):
        if asyncio.get_running_loop().time() > until:
            raise NotSeen(
                f"{number} was not printed; on paper stands {[one.text for one in printer.receipts]}"
            )
        await asyncio.sleep(_LOOK_S)


async def _with_card(slot: VirtualSlot, seen: Awaitable[object]) -> None:
    await asyncio.to_thread(slot.insert, _CARD)
    try:
        await seen
    finally:
        await asyncio.to_thread(slot.remove)


def main(arguments: list[str]) -> int:
    if arguments == ["plug"]:
        print(plugged().environment["RPI_LGPIO_CHIP"])
        return 0
    try:
        print(*asyncio.run(sold(arguments[1])))
    except NotSeen as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
