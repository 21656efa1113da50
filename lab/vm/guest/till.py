"""Devices of the kernel on a terminal that was installed, and somebody who sells with them.

python -m lab.vm.guest.till plug          scanner and header are there from now on
python -m lab.vm.guest.till sell LINK     a card is recharged and pays for what is scanned; says the numbers
"""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
import time
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path

import evdev
from evdev import ecodes

from lab.shop.counter import Hand, NotSeen, watching
from lab.vm.guest import usb
from lab.vm.guest.pins import Header
from lab.vm.guest.sale import PRINTER_PORT, exactly, number
from terminal.drivers.codecs.hid_keys import keys_of
from terminal.drivers.virtual.paper import VirtualPrinter
from terminal.drivers.virtual.vpcd_card import VirtualCard, VirtualSlot

SCANNER = Path("/dev/input/by-id/usb-Lab_Bench_Scanner_A1-event-kbd")
APPLES, PEARS = "6901234567892", "6901234567908"
_HANDHELD = "Handheld Scanner 7"
DRAWER, GREEN = 23, 17
DEVICES = f"""
[device.box]
driver = "pins"
lamps = {{ green = {GREEN} }}
drawer = {{ pin = {DRAWER}, pulse_ms = 500 }}

[device.handheld]
driver = "keyboard_scanner"
match = "{_HANDHELD}"

[[catalogue.article]]
sku = "A01"
name = "Apples"
category = "fruit"
price = 1280
barcodes = ["{APPLES}"]

[[catalogue.article]]
sku = "A02"
name = "Pears"
category = "fruit"
price = 980
barcodes = ["{PEARS}"]
"""
"""For `terminal.toml`, beside what an installation asks."""
_VPCD_PORT = 0x8C7B
"""Debian's vsmartcard-vpcd listens there."""
_CARD = VirtualCard(uid=bytes.fromhex("04A1B2C3D4E5F6"))
_PATIENCE_S, _PRINTED_S, _FOUND_S, _LOOK_S = 300.0, 300.0, 300.0, 0.1


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


def _handheld() -> evdev.UInput:
    """A scanner without USB, such as one by radio: a keyboard that is there until it is closed."""
    return evdev.UInput({ecodes.EV_KEY: list(range(1, 128))}, name=_HANDHELD)


def _types(handheld: evdev.UInput, text: str) -> None:
    for code, value in keys_of(text):
        handheld.write(ecodes.EV_KEY, code, value)
        handheld.syn()


def _is_the_terminals(node: Path) -> None:
    """Our udev rule keeps it from the screen, and the terminal has taken it. Raises NotSeen."""
    shown = ["udevadm", "info", "--query=property", "--property=LIBINPUT_IGNORE_DEVICE", "--value", str(node)]
    until = time.monotonic() + _FOUND_S
    while not _grabbed(node):
        if time.monotonic() > until:
            raise NotSeen(f"the terminal did not take {node}")
        time.sleep(_LOOK_S)
    if subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip() != "1":
        raise NotSeen(f"{node} would type into the page")


def _grabbed(node: Path) -> bool:
    with closing(evdev.InputDevice(str(node))) as onlooker:
        try:
            onlooker.grab()
        except OSError as fault:
            if fault.errno != errno.EBUSY:
                raise
            return True
    return False


async def _recharged(hand: Hand, header: Header, slot: VirtualSlot) -> str:
    await hand.touch("start", "recharge")
    await _with_card(slot, hand.state("confirm"))
    await hand.touch("confirm")
    await hand.touch("key", "100")
    await exactly(hand)
    await hand.state("confirm")
    header.notes()
    await hand.touch("confirm")
    await hand.state("approved")
    if not await asyncio.to_thread(header.went, DRAWER, 1, _PRINTED_S):
        raise NotSeen("the drawer did not open for cash")
    said = number(hand)
    await hand.touch("done")
    await hand.state("idle")
    return said


async def _bought(hand: Hand, header: Header, slot: VirtualSlot, printer: VirtualPrinter) -> str:
    with closing(_handheld()) as handheld:
        for node in (SCANNER, usb.appeared(Path(handheld.device.path))):
            await asyncio.to_thread(_is_the_terminals, node)
        await asyncio.to_thread(usb.types, usb.Gadget(0, "", {}), f"{APPLES}\n")
        await hand.until("what was scanned", lambda seen: len(seen.screen.get("lines", ())) == 1)
        await asyncio.to_thread(_types, handheld, PEARS)
        await hand.until("that of the other scanner", lambda seen: len(seen.screen.get("lines", ())) > 1)
    await hand.touch("done")
    await hand.state("ready")
    await _with_card(slot, hand.state("choosing"))
    await hand.touch("pick", "stored")
    await hand.state("confirm")
    # What told of the card may still shine, and go on into the next: then nothing is driven anew.
    if not await asyncio.to_thread(header.becomes, GREEN, 0, _PATIENCE_S):
        raise NotSeen("the lamp stayed green")
    header.notes()
    await hand.touch("confirm")
    await hand.state("approved")
    if not await asyncio.to_thread(header.went, GREEN, 1, _PRINTED_S):
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
