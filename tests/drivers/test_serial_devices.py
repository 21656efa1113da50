"""The serial drivers on real pseudo-terminals: read, cut, garbage, unplugged and plugged in again."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.errors import DeviceMissing
from terminal.core.events import (
    CardPresented,
    CardRemoved,
    CodeScanned,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.trust import Credential, Medium
from terminal.drivers import serial_reader, serial_scanner
from terminal.drivers.codecs.em4100 import frame
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.runtime.clock import SystemClock
from terminal.runtime.serial_port import opened

TAG = "62E3086CED"


@pytest.fixture
def line(tmp_path: Path) -> SerialLine:
    return SerialLine(tmp_path / "dev" / "scanner")


def _scanner(line: SerialLine, **changes: object) -> serial_scanner.SerialScanner:
    settings = serial_scanner.Settings(path=line.path, silence_ms=100)
    return serial_scanner.build("front", replace(settings, **changes), SystemClock())


def _reader(line: SerialLine) -> serial_reader.SerialReader:
    settings = serial_reader.Settings(path=line.path, silent_ms=100)
    return serial_reader.build("fuel", settings, SystemClock())


async def _next(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), 5)


async def test_a_scanner_is_ready_and_then_its_scans_come(line: SerialLine) -> None:
    async with aclosing(_scanner(line, beep=True).events()) as events:
        assert await _next(events) == DeviceChanged(device="front", health=DeviceHealth.READY)
        line.send(b"6901234567892\r\nMC-ABC123\r\n")
        assert await _next(events) == CodeScanned(scanner="front", text="6901234567892")
        assert await _next(events) == CodeScanned(scanner="front", text="MC-ABC123")
        assert line.answered() == b"\x07\x07"


async def test_what_was_scanned_before_anybody_listened_is_not_sold(line: SerialLine) -> None:
    line.send(b"6901234567892\r\n")
    async with aclosing(_scanner(line).events()) as events:
        await _next(events)
        line.send(b"SECOND\r\n")
        assert await _next(events) == CodeScanned(scanner="front", text="SECOND")


async def test_a_scan_with_control_characters_or_cut_off_is_said_to_be_unreadable(line: SerialLine) -> None:
    async with aclosing(_scanner(line).events()) as events:
        await _next(events)
        for sent in (b"690\x1b[2J\r", b"69012"):
            line.send(sent)
            event = await _next(events)
            assert isinstance(event, Unreadable)
            assert (event.device, event.code) == ("front", "30")
        line.send(b"OK-1\r")
        assert await _next(events) == CodeScanned(scanner="front", text="OK-1")


async def test_a_tag_is_presented_once_and_removed(line: SerialLine) -> None:
    async with aclosing(_reader(line).events()) as events:
        await _next(events)
        line.send(b"\x00\xff" + frame(TAG) * 3)
        card = Credential(medium=Medium.EM4100, number=TAG)
        assert await _next(events) == CardPresented(reader="fuel", credential=card)
        assert await _next(events) == CardRemoved(reader="fuel")
        line.send(frame(TAG)[:8])
        event = await _next(events)
        assert isinstance(event, Unreadable)
        assert event.code == "D101"


async def test_a_pulled_line_ends_the_driver_and_a_new_run_reads_again(line: SerialLine) -> None:
    device = _reader(line)
    for _ in range(3):
        async with aclosing(device.events()) as events:
            await _next(events)
            line.send(frame(TAG))
            assert isinstance(await _next(events), CardPresented)
            line.unplug()
            assert await _next(events) == CardRemoved(reader="fuel")
            with pytest.raises(DeviceMissing):
                await _next(events)
        async with aclosing(device.events()) as events:
            with pytest.raises(DeviceMissing, match="No such file"):
                await _next(events)
        line.replug()


async def test_a_pulled_scanner_is_noticed_while_nothing_is_scanned(line: SerialLine) -> None:
    async with aclosing(_scanner(line).events()) as events:
        await _next(events)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        line.unplug()
        with pytest.raises(DeviceMissing):
            await asyncio.wait_for(waiting, 5)


async def test_a_line_that_another_program_has_is_not_shared(line: SerialLine) -> None:
    with opened(line.path, baud=9600):
        async with aclosing(_scanner(line).events()) as events:
            with pytest.raises(DeviceMissing):
                await _next(events)
    gc.collect()  # A port left open would warn here.


async def test_a_cancelled_driver_lets_go_of_the_line(line: SerialLine) -> None:
    async def listen() -> None:
        async with aclosing(_scanner(line).events()) as events:
            async for _ in events:
                started.set()

    started = asyncio.Event()
    task = asyncio.create_task(listen())
    await asyncio.wait_for(started.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with opened(line.path, baud=9600):
        pass


def test_a_line_that_nobody_reads_takes_no_more_than_its_buffer(line: SerialLine) -> None:
    taken = line.send(b"x" * 1_000_000)
    assert 0 < taken < 1_000_000
    line.unplug()
    assert line.send(b"x") == 0
    assert line.answered() == b""
