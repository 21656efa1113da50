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
    CardFound,
    CardPresented,
    CardRemoved,
    CodeScanned,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.trust import Credential, Medium
from terminal.drivers import serial_reader, serial_scanner, serial_stripe
from terminal.drivers.codecs.em4100 import frame
from terminal.drivers.codecs.stripe import Track
from terminal.drivers.codecs.stripe_bits import ARM, bits_of, framed
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.runtime.clock import SystemClock
from terminal.runtime.serial_port import opened

TAG = "62E3086CED"
END_S = 60
"""Nothing here is measured; a test that hangs ends."""


@pytest.fixture
def line(tmp_path: Path) -> SerialLine:
    return SerialLine(tmp_path / "dev" / "scanner")


def _scanner(line: SerialLine, **changes: object) -> serial_scanner.SerialScanner:
    settings = serial_scanner.Settings(path=line.path, silence_ms=100)
    return serial_scanner.build("front", replace(settings, **changes), SystemClock())


class Later(SystemClock):
    """Whoever opened the port has listened for a long while when the next byte comes."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def mono_ms(self) -> int:
        self._looks += 1
        return super().mono_ms() + (0 if self._looks == 1 else 60_000)


def _reader(
    line: SerialLine, clock: SystemClock | None = None, *, silent_ms: int = 100
) -> serial_reader.SerialReader:
    settings = serial_reader.Settings(path=line.path, silent_ms=silent_ms)
    return serial_reader.build("fuel", settings, clock or SystemClock())


async def _next(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), END_S)


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
    async with aclosing(_reader(line, Later()).events()) as events:
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
    device = _reader(line, silent_ms=1_000)  # Time enough to be heard in, on a busy machine too.
    for run in range(3):
        async with aclosing(device.events()) as events:
            await _next(events)
            line.send(frame(TAG))
            # Heard so soon, it may have lain there all the while, at the first start, too.
            card = Credential(medium=Medium.EM4100, number=TAG)
            assert await _next(events) == CardFound(reader="fuel", credential=card), run
            assert await _next(events) == CardRemoved(reader="fuel")
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
            await asyncio.wait_for(waiting, END_S)


async def test_a_line_that_another_program_has_is_not_shared(line: SerialLine) -> None:
    with opened(line.path, baud=9600, device="else"):
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
    await asyncio.wait_for(started.wait(), END_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with opened(line.path, baud=9600, device="else"):
        pass


def test_a_line_that_nobody_reads_takes_no_more_than_its_buffer(line: SerialLine) -> None:
    taken = line.send(b"x" * 1_000_000)
    assert 0 < taken < 1_000_000
    line.unplug()
    assert line.send(b"x") == 0
    assert line.answered() == b""


def _stripe(line: SerialLine, spelling: serial_stripe.Spelling) -> serial_stripe.SerialStripe:
    settings = serial_stripe.Settings(path=line.path, spelling=spelling, silence_ms=50)
    return serial_stripe.build("msr", settings, SystemClock())


SWIPES = {
    serial_stripe.Spelling.LINE: b"%E?;7012345=0?\r\n",
    serial_stripe.Spelling.LINES: b"%E?\r\n;7012345=0?\r\n",
    serial_stripe.Spelling.RAW: framed({Track.TWO: bits_of(Track.TWO, "7012345=0")}),
}
BANK = {
    serial_stripe.Spelling.LINE: b";4111111111111111=2912?\r\n",
    serial_stripe.Spelling.LINES: b"%E?\r\n;4111111111111111=2912?\r\n",
    serial_stripe.Spelling.RAW: framed({Track.TWO: bits_of(Track.TWO, "4111111111111111=2912")}),
}


@pytest.mark.parametrize("spelling", serial_stripe.Spelling)
async def test_a_stripe_comes_and_goes_and_a_bank_card_leaves_nothing(
    line: SerialLine, spelling: serial_stripe.Spelling, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with aclosing(_stripe(line, spelling).events()) as events:
        await _next(events)
        for _ in range(2):
            line.send(SWIPES[spelling])
            card = Credential(medium=Medium.STRIPE, number="7012345")
            assert await _next(events) == CardPresented(reader="msr", credential=card)
            assert await _next(events) == CardRemoved(reader="msr")
        line.send(BANK[spelling])
        refused = await _next(events)
        assert isinstance(refused, Unreadable)
        assert refused.code == "A117"
        line.send(SWIPES[spelling][:-3])
        torn = await _next(events)
        assert isinstance(torn, Unreadable)
        assert torn.code == "D101"
    assert "4111" not in caplog.text
    armed = line.answered()
    assert armed == (ARM * 5 if spelling is serial_stripe.Spelling.RAW else b"")
