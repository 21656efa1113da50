"""The keyboard scanner with the unmodified evdev, on keyboards that umockdev plays."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.plug.keyboards import PHYS, Events, KeyboardBench, keyboard_bench, missing, typed
from terminal.core.errors import DeviceMissing
from terminal.drivers import keyboard_scanner
from terminal.drivers.codecs.hid_keys import keys_of
from terminal.drivers.codecs.layouts import LayoutName
from terminal.drivers.wedge.nodes import KeyEvent
from terminal.runtime.clock import SystemClock

pytestmark = pytest.mark.device

HERE = Path(__file__).parent
SHIFT, ENTER = 42, 28
WITHIN_S = 60


def _key(code: int) -> Events:
    return [[1, code, 1], [0, 0, 0], [1, code, 0], [0, 0, 0]]


class Bench(KeyboardBench):
    """With a driver that reads."""

    async def read(self, driver: str = "keyboard_scanner", **settings: object) -> None:
        await self.run([sys.executable, str(HERE / "keyboard_reader.py"), driver, json.dumps(settings)])

    async def ready(self) -> None:
        said = await self.next()
        assert said.get("health") == "ready", said

    async def next(self) -> dict[str, Any]:
        """What the product said next."""
        return await asyncio.wait_for(self.said.get(), WITHIN_S)


@asynccontextmanager
async def _bench() -> AsyncIterator[Bench]:
    if reason := missing():
        pytest.skip(reason)
    async with keyboard_bench(Bench) as bench:
        yield bench


async def test_a_scanner_is_found_by_its_name_grabbed_and_read() -> None:
    async with _bench() as bench:
        await bench.plug(4, name="Power Button", phys="PNP0C0C/button/input0", keys=[116])
        await bench.plug(5)
        assert not await bench.grabbed(5)
        await bench.read(match="honeywell")
        await bench.ready()
        assert await bench.grabbed(5)
        assert not await bench.grabbed(4)
        await bench.type(5, "6901234567892\nMC-Ab~12\n")
        for text in ("6901234567892", "MC-Ab~12"):
            assert await bench.next() == {"event": "CodeScanned", "scanner": "front", "text": text}


async def test_a_scanner_is_found_by_its_link_and_all_its_nodes_are_read() -> None:
    async with _bench() as bench:
        await bench.plug(5, link="usb-Honeywell-event-kbd")
        await bench.plug(6, phys=PHYS.replace("input0", "input1"))
        await bench.plug(7, phys="usb-0000:00:14.0-2/input0")
        await bench.read(path="/dev/input/by-id/usb-Honeywell-event-kbd")
        await bench.ready()
        assert [await bench.grabbed(node) for node in (5, 6, 7)] == [True, True, False]
        await bench.type(6, "FIRST\n")
        assert (await bench.next())["text"] == "FIRST"
        await bench.type(7, "NOT OURS\n")
        await bench.type(5, "SECOND\n")
        assert (await bench.next())["text"] == "SECOND"


async def test_prefix_suffix_and_tab_are_as_the_scanner_is_set() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read(match="Barcode", prefix="~", suffix="#", ends_with="tab")
        await bench.ready()
        await bench.send(5, typed("~690#") + _key(15))
        assert (await bench.next())["text"] == "690"
        await bench.type(5, "690\n")
        unread = await bench.next()
        assert (unread["event"], unread["code"]) == ("Unreadable", "30")


async def test_a_scan_that_was_cut_lost_keys_or_has_control_characters_is_unreadable() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read(match="Barcode")
        await bench.ready()
        dropped = [[0, 3, 0]]
        escape = [[1, 29, 1], *_key(26), [1, 29, 0]]
        for events, why in (
            (typed("690123"), "cut off after 6 characters"),
            (typed("690") + dropped + typed("892\n"), "events were lost"),
            (typed("690") + escape + typed("892\n"), "control characters"),
            (typed("690") + _key(59) + typed("892\n"), "stands for no character"),
        ):
            await bench.send(5, events)
            unread = await bench.next()
            assert (unread["event"], unread["code"]) == ("Unreadable", "30"), why
            assert why in unread["why"]
            assert "690" not in unread["why"]
        await bench.type(5, "6901234567892\n")
        assert (await bench.next())["text"] == "6901234567892"


async def test_the_separator_of_a_label_is_not_lost() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read(match="Barcode")
        await bench.ready()
        separator = [[1, 29, 1], *_key(27), [1, 29, 0]]
        await bench.send(5, typed("]C10106901234567892") + typed("10AB") + separator + typed("2142\n"))
        assert (await bench.next())["text"] == "]C1010690123456789210AB\x1d2142"


async def test_a_scanner_that_is_set_to_another_country_is_read_by_its_own_layout() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read(match="Barcode", layout="de")
        await bench.ready()
        await bench.send(5, [[1, code, value] for code, value in keys_of("MC-ZY12@", LayoutName.DE)])
        assert (await bench.next())["text"] == "MC-ZY12@"


async def test_silence_ends_a_scan_where_the_scanner_sends_nothing_behind() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read(match="Barcode", ends_with="silence", silence_ms=500)
        await bench.ready()
        await bench.type(5, "6901234567892")
        assert (await bench.next())["text"] == "6901234567892"


async def test_an_unplugged_scanner_is_missed_at_once_and_read_again_when_it_is_back() -> None:
    async with _bench() as bench:
        await bench.plug(5, link="scanner")
        await bench.read(path="/dev/input/by-id/scanner")
        for node in (5, 6, 7):
            await bench.ready()
            await bench.type(node, "OK-1\n")
            assert (await bench.next())["text"] == "OK-1"
            await bench.send(node, typed("69012"))
            await bench.unplug(node)
            assert f"event{node}: " in (await bench.next())["missing"]
            assert "No such file" in (await bench.next())["missing"]
            await bench.plug(node + 1, link="scanner")  # The kernel counts on.


async def test_a_scanner_that_another_program_holds_is_not_read() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read(match="Barcode")
        await bench.ready()
        await bench.read(match="Barcode")
        assert "another program has grabbed it" in (await bench.next())["missing"]


async def test_two_alike_are_told_apart_by_path_and_an_absent_one_is_named() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.plug(6, phys="usb-0000:00:14.0-2/input0")
        await bench.read(match="Barcode")
        assert "2 keyboards are called" in (await bench.next())["missing"]
        await bench.read()
        assert "neither path nor match" in (await bench.next())["missing"]
        await bench.read(match="Zebra")
        assert "Honeywell" in (await bench.next())["missing"]


@pytest.mark.parametrize("ends_with", ["enter", "silence"])
async def test_a_stripe_reader_that_types_is_grabbed_and_a_bank_card_is_refused(ends_with: str) -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read("keyboard_stripe", match="Barcode", ends_with=ends_with, silence_ms=1_000)
        await bench.ready()
        assert await bench.grabbed(5)
        between = "\n" if ends_with == "silence" else ""
        await bench.type(5, f"%E?{between};7012345=0?\n")
        presented = await bench.next()
        assert presented["credential"] == {"medium": "stripe", "number": "7012345", "trust": "open"}
        assert (await bench.next())["event"] == "CardRemoved"
        await bench.type(5, f"%B4111111111111111^N/N^2912?{between};4111111111111111=2912?\n")
        assert (await bench.next())["code"] == "A117"
        await bench.send(5, typed(";70123") + _key(59) + typed("45?\n"))
        assert (await bench.next())["code"] == "D101"


async def test_a_tag_reader_that_types_is_read_in_its_own_spelling() -> None:
    async with _bench() as bench:
        await bench.plug(5)
        await bench.read("keyboard_reader", match="Barcode", spelling="10d")
        await bench.ready()
        await bench.type(5, "3808980205\n")
        presented = await bench.next()
        assert presented["credential"] == {"medium": "em4100", "number": "00E3086CED", "trust": "open"}
        assert (await bench.next())["event"] == "CardRemoved"
        await bench.type(5, "808980205\n")
        assert (await bench.next())["code"] == "D101"


async def _fault_of(path: Path) -> str:
    settings = keyboard_scanner.Settings(path=path)
    scanner = keyboard_scanner.build("front", settings, SystemClock())
    async with aclosing(scanner.events()) as events:
        with pytest.raises(DeviceMissing) as raised:
            async for _ in events:
                pass
    return str(raised.value)


async def test_a_scanner_that_is_not_there_or_no_keyboard_is_said_to_be_so(tmp_path: Path) -> None:
    assert "No such file" in await _fault_of(tmp_path / "event9")
    master, other = os.openpty()
    try:
        assert "no input device" in await _fault_of(Path(os.ttyname(other)))
    finally:
        os.close(master)
        os.close(other)


class Pulled:
    """A device as evdev shows it after its cable was pulled: readable, and every read fails."""

    name, phys, uniq = "Scanner", "usb-1/input0", ""

    def __init__(self, fault: OSError | None, grab: OSError | None = None) -> None:
        self.fd, self._end = os.pipe()
        self._fault, self._grab = fault, grab
        os.close(self._end)

    def capabilities(self) -> dict[int, list[int]]:
        return {1: [ENTER]}

    def read(self) -> Iterable[KeyEvent]:
        if self._fault:
            raise self._fault
        return []

    def grab(self) -> None:
        if self._grab:
            raise self._grab

    def close(self) -> None:
        os.close(self.fd)


@pytest.mark.parametrize(
    ("device", "said"),
    [
        (lambda: Pulled(OSError(errno.ENODEV, os.strerror(errno.ENODEV))), "No such device"),
        (lambda: Pulled(None), "came to its end"),
        (lambda: Pulled(None, OSError(errno.EBUSY, "busy")), "another program has grabbed it"),
    ],
)
async def test_a_pulled_or_grabbed_scanner_ends_the_driver(
    monkeypatch: pytest.MonkeyPatch, device: Callable[[], Pulled], said: str
) -> None:
    monkeypatch.setattr("evdev.InputDevice", lambda _: device())
    assert said in await asyncio.wait_for(_fault_of(Path("/dev/input/event0")), WITHIN_S)
