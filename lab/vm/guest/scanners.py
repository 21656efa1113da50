"""Scanners: USB keyboards, uinput keyboards and serial lines, as the kernel shows real ones."""

from __future__ import annotations

import asyncio
import errno
import os
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import evdev
from evdev import ecodes

from lab.vm.guest import usb
from lab.vm.guest.stand import RECOVERED_S, Stand, Wrong, standing
from terminal.drivers import keyboard_scanner, serial_scanner
from terminal.drivers.codecs.hid_keys import keys_of
from terminal.drivers.keyboard_scanner import KeyboardScanner
from terminal.runtime.clock import SystemClock

_BY_ID, _BY_PATH = Path("/dev/input/by-id"), Path("/dev/input/by-path")
_EAN, _MEMBER = "6901234567892", "MC-0042_A"
_BEL = b"\x07"
_CLOCK = SystemClock()


def _scanner(name: str, path: Path) -> KeyboardScanner:
    return keyboard_scanner.build(name, keyboard_scanner.Settings(path=path), _CLOCK)


async def a_keyboard_scanner_is_read_and_types_into_nothing_else() -> None:
    gadget = usb.keyboard(0, "Bench Scanner", serial="A1")
    gadget.plug()
    path = await asyncio.to_thread(usb.appeared, _BY_ID / "usb-Lab_Bench_Scanner_A1-event-kbd")
    onlooker = evdev.InputDevice(str(path))
    async with standing(_scanner("front", path)) as stand:
        await stand.ready()
        for text in (_EAN, _MEMBER):
            await asyncio.to_thread(usb.types, gadget, f"{text}\n")
            await stand.scanned(text, "front")
        if onlooker.read_one() is not None:
            raise Wrong("somebody else saw the keys of a grabbed scanner")
        try:
            onlooker.grab()
        except OSError as fault:
            if fault.errno != errno.EBUSY:
                raise
        else:
            raise Wrong("a second grab was allowed")


async def a_scanner_pulled_in_the_middle_of_a_scan_is_missed_and_comes_back_by_its_name() -> None:
    gadget = usb.keyboard(0, "Bench Scanner", serial="A1")
    gadget.plug()
    path = await asyncio.to_thread(usb.appeared, _BY_ID / "usb-Lab_Bench_Scanner_A1-event-kbd")
    async with standing(_scanner("front", path)) as stand:
        await stand.ready()
        for _ in range(3):
            await asyncio.to_thread(usb.types, gadget, _EAN[:5])
            gadget.pull()
            await stand.noticed()
            gadget.plug()
            await stand.ready(RECOVERED_S)
            await asyncio.to_thread(usb.types, gadget, f"{_EAN}\n")
            await stand.scanned(_EAN, "front")


async def two_scanners_that_are_alike_keep_their_places() -> None:
    gadgets = [usb.keyboard(port, "Twin Scanner") for port in (0, 1)]
    for gadget in gadgets:
        gadget.plug()
    paths = [_BY_PATH / f"platform-dummy_hcd.{port}-usb-0:1:1.0-event-kbd" for port in (0, 1)]
    for path in paths:
        await asyncio.to_thread(usb.appeared, path)
    async with standing(_scanner("left", paths[0]), _scanner("right", paths[1])) as stand:
        await stand.ready()
        await stand.ready()
        for order in ((0, 1), (1, 0)):
            for gadget in gadgets:
                gadget.pull()
            for _ in gadgets:
                await stand.noticed()
            for one in order:
                gadgets[one].plug()
                await stand.ready(RECOVERED_S)
            for gadget, name in zip(gadgets, ("left", "right"), strict=True):
                await asyncio.to_thread(usb.types, gadget, f"{name}\n")
                await stand.scanned(name, name)


async def all_event_nodes_of_one_scanner_are_read_and_grabbed() -> None:
    gadget = usb.keyboard(0, "Wide Scanner", serial="W1", nodes=2)
    gadget.plug()
    path = await asyncio.to_thread(usb.appeared, _BY_ID / "usb-Lab_Wide_Scanner_W1-event-kbd")
    await asyncio.to_thread(usb.appeared, _BY_ID / "usb-Lab_Wide_Scanner_W1-if01-event-kbd")
    async with standing(_scanner("front", path)) as stand:
        await stand.ready()
        for node in (1, 0, 1):
            await asyncio.to_thread(usb.types, gadget, f"{node}{_EAN}\n", node)
            await stand.scanned(f"{node}{_EAN}", "front")


async def a_uinput_keyboard_is_read_and_its_end_is_noticed() -> None:
    keyboard = evdev.UInput({ecodes.EV_KEY: list(range(1, 128))}, name="Handheld 7")
    settings = keyboard_scanner.Settings(match="Handheld")
    await asyncio.to_thread(usb.appeared, Path(keyboard.device.path))
    async with standing(keyboard_scanner.build("front", settings, _CLOCK)) as stand:
        await stand.ready()
        for code, value in keys_of(_EAN):
            keyboard.write(ecodes.EV_KEY, code, value)
            keyboard.syn()
        await stand.scanned(_EAN, "front")
        keyboard.close()
        why = await stand.noticed()
        if "No such device" not in why:
            raise Wrong(f"it was pulled out, and the technician reads: {why}")


async def a_serial_scanner_is_read_answered_and_comes_back() -> None:
    gadget = usb.serial_line(0, "Line Scanner", serial="L1")
    gadget.plug()
    path = await asyncio.to_thread(usb.appeared, Path("/dev/serial/by-id/usb-Lab_Line_Scanner_L1-if00"))
    settings = serial_scanner.Settings(path=path, beep=True)
    async with standing(serial_scanner.build("side", settings, _CLOCK)) as stand:
        await stand.ready()
        await _scanned_over(stand, _EAN)
        gadget.pull()
        await stand.noticed()
        gadget.plug()
        await stand.ready(RECOVERED_S)
        await _scanned_over(stand, _MEMBER)


async def _scanned_over(stand: Stand, text: str) -> None:
    with _far_end() as line:
        os.write(line, f"{text}\r\n".encode())
        await stand.scanned(text, "side")
        answer = await asyncio.to_thread(os.read, line, 1)
    if answer != _BEL:
        raise Wrong(f"the scanner was answered with {answer!r}")


@contextmanager
def _far_end() -> Iterator[int]:
    """The scanner's own end of the line."""
    with usb.opened(usb.appeared(Path("/dev/ttyGS0")), os.O_RDWR | os.O_NOCTTY) as line:
        tty.setraw(line)
        yield line
