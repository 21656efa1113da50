"""A forecourt controller: its lines, and conversations over TCP and over a pseudo-terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceHealth
from terminal.core.forecourt import Dispensed, NotReleased, Nozzle, Preset, Stage
from terminal.drivers import forecourt_serial, forecourt_tcp
from terminal.drivers.codecs import forecourt_line as wire
from terminal.drivers.codecs.forecourt_line import LINE_BYTES_MAX, Lines
from terminal.drivers.dispensing.controller import Controller
from terminal.drivers.virtual.forecourt import Forecourt, OnSerialLine, Whim, served
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.runtime.clock import SystemClock

WITHIN_S = 60
NOZZLES = (
    Nozzle(number=1, grade="92", price=738, total=123_456_700),
    Nozzle(number=2, grade="95", price=787),
)
FILL = Dispensed(id="f-1", nozzle=1, grade="92", price=738, stage=Stage.ENDED, centilitres=2710, fen=20_000)


# The codec.


def test_a_line_is_an_object_its_check_and_a_line_feed() -> None:
    assert wire.line(wire.AskNozzles(n=7)) == b'{"do":"nozzles","n":7}*e7b1dbb4\n'
    assert wire.asked(b'{"do":"nozzles","n":7}*e7b1dbb4') == wire.AskNozzles(n=7)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"*",
        b'{"do":"nozzles","n":7}',
        b'{"do":"nozzles","n":7}*00000000',
        b'{"do":"nozzles","n":7}*E7B1DBB4',
        wire.line(wire.AskNozzles(n=7)).replace(b"7", b"8")[:-1],
        wire.line(wire.SaidSettled(n=7))[:-1],
    ],
)
def test_what_does_not_check_was_never_said(text: bytes) -> None:
    assert wire.asked(text) is None


def test_a_controller_is_believed_within_bounds_only() -> None:
    good = wire.line(wire.SaidFill(n=1, fill=FILL))[:-1]
    assert wire.said(good) == wire.SaidFill(n=1, fill=FILL)
    body = good.rpartition(b"*")[0]
    for old, new in (
        (b'"centilitres":2710', b'"centilitres":100001'),
        (b'"fen":20000', b'"fen":-1'),
        (b'"nozzle":1', b'"nozzle":100'),
        (b'"id":"f-1"', b'"id":"../f"'),
        (b'"grade":"92"', b'"grade":"92","more":1'),
        (b'"stage":"ended"', b'"stage":"soon"'),
    ):
        assert old in body
        changed = body.replace(old, new)
        unclear = wire.SaidUnclear(1, (), 1)
        assert wire.said(changed + b"*%08x" % wire.crc32(changed)) == unclear, new


def test_one_record_that_cannot_be_takes_no_other_with_it() -> None:
    some = (FILL, replace(FILL, id="f-2"), replace(FILL, id="f-3"))
    body = wire.line(wire.SaidFills(n=9, fills=some)).rpartition(b"*")[0]
    for old, new in ((b"2710", b"100001"), (b'"f-1"', b"7"), (b'{"id":"f-1"', b'{"x":{},"id":"f-1"')):
        changed = body.replace(old, new, 1)
        assert wire.said(changed + b"*%08x" % wire.crc32(changed)) == wire.SaidUnclear(9, some[1:], 1)
    none = body.replace(b"2710", b"-1")
    assert wire.said(none + b"*%08x" % wire.crc32(none)) == wire.SaidUnclear(9, (), 3)
    nobodys = body.replace(b'"n":9', b'"n":0')
    assert wire.said(nobodys + b"*%08x" % wire.crc32(nobodys)) is None


@given(st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))), st.integers(1, 7))
def test_lines_are_cut_wherever_the_line_was_cut(said: list[bytes], size: int) -> None:
    data = b"".join(one + b"\n" for one in said) + b"rest"
    lines = Lines()
    found = [one for at in range(0, len(data), size) for one in lines.feed(data[at : at + size])]
    assert found == said


def test_a_line_without_end_costs_no_memory_and_no_other_line() -> None:
    lines = Lines()
    for _ in range(10):
        assert lines.feed(b"x" * LINE_BYTES_MAX) == []
    assert lines.feed(b"x\nnext\n") == [b"next"]
    assert lines.feed(b"y" * (LINE_BYTES_MAX - 1) + b"\n") == [b"y" * (LINE_BYTES_MAX - 1)]


# The conversation.

Made = Callable[[], Controller]
Reached = Callable[[AsyncExitStack, Forecourt, Path], Made]


@asynccontextmanager
async def _listening(device: Controller) -> AsyncIterator[asyncio.Task[None]]:
    ready = asyncio.Event()

    async def listen() -> None:
        with suppress(DeviceMissing):
            async with aclosing(device.events()) as events:
                async for event in events:
                    assert event.health is DeviceHealth.READY  # type: ignore[union-attr]  # only that is said
                    ready.set()

    task = asyncio.create_task(listen())
    async with asyncio.timeout(WITHIN_S):
        await ready.wait()
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def forecourt(by: str, folder: Path) -> AsyncIterator[tuple[Controller, Forecourt]]:
    there = Forecourt(*NOZZLES)
    async with AsyncExitStack() as stack, asyncio.timeout(WITHIN_S):
        if by == "tcp":
            port = await stack.enter_async_context(served(there))
            over_tcp = forecourt_tcp.Settings(host="127.0.0.1", port=port, answer_ms=300)
            device = forecourt_tcp.build("pumps", over_tcp, SystemClock())
        else:
            line = stack.enter_context(SerialLine(folder / "line"))
            stack.enter_context(OnSerialLine(there, line))
            over_serial = forecourt_serial.Settings(path=line.path, answer_ms=300)
            device = forecourt_serial.build("pumps", over_serial, SystemClock())
        await stack.enter_async_context(_listening(device))
        yield device, there


both = pytest.mark.parametrize("by", ["tcp", "serial"])


async def test_many_fills_that_wait_and_one_that_cannot_be_leave_the_forecourt_up(tmp_path: Path) -> None:
    async with forecourt("tcp", tmp_path) as (device, there):
        for number in range(200):
            there.fills[f"h-{number}"] = replace(FILL, id=f"h-{number}")
        assert len(await device.unsettled() or ()) == 200
        there.fills["h-7"] = replace(FILL, id="h-7", centilitres=100_001)
        assert len(await device.unsettled() or ()) == 199
        assert await device.fill("h-7") is None
        assert await device.fill("h-8") == replace(FILL, id="h-8")
        for number in range(200, 400):
            there.fills[f"h-{number}"] = replace(FILL, id=f"h-{number}")
        there.fills["now"] = replace(FILL, id="now", stage=Stage.FLOWING)
        told = await device.unsettled() or ()
        assert [one.id for one in told[:2]] == ["now", "h-0"]
        assert len(told) > 200
        assert device.present


@both
async def test_a_nozzle_is_released_once_and_says_what_flowed(tmp_path: Path, by: str) -> None:
    async with forecourt(by, tmp_path) as (device, there):
        assert device.present
        assert await device.nozzles() == NOZZLES
        released = await device.release("f-1", 1, 738, Preset(fen=20_000))
        assert isinstance(released, Dispensed)
        assert released.stage is Stage.RELEASED
        assert await device.release("f-1", 1, 738, Preset(fen=20_000)) == released
        assert await device.release("f-2", 1, 738, Preset()) is NotReleased.BUSY
        there.pump(1)
        there.hang(1)
        assert await device.fill("f-1") == FILL
        assert await device.unsettled() == (FILL,)
        assert await device.release("f-2", 1, 738, Preset()) is NotReleased.BUSY
        assert await device.settle("f-1")
        assert await device.unsettled() == ()
        nozzles = await device.nozzles()
        assert nozzles is not None
        assert nozzles[0].total == 123_456_700 + 2710


@both
async def test_each_change_of_a_fill_is_told(tmp_path: Path, by: str) -> None:
    async with forecourt(by, tmp_path) as (device, there):
        changes = device.changes()
        seen: list[Dispensed] = []

        async def watch() -> None:
            async for fill in changes:
                seen.append(fill)
                if fill.stage is Stage.ENDED:
                    break

        watching = asyncio.create_task(watch())
        await device.release("f-1", 2, 787, Preset(centilitres=1000))
        there.pump(2, 400)
        there.pump(2, 700)
        there.hang(2)
        await watching
        await changes.aclose()
        assert [(fill.stage, fill.centilitres, fill.fen) for fill in seen] == [
            (Stage.RELEASED, 0, 0),
            (Stage.FLOWING, 400, 3148),
            (Stage.FLOWING, 1000, 7870),
            (Stage.ENDED, 1000, 7870),
        ]


@both
@pytest.mark.parametrize("whim", [Whim.DEAF, Whim.MUTE, Whim.SPOILT])
async def test_a_lost_command_or_answer_is_said_again(tmp_path: Path, by: str, whim: Whim) -> None:
    async with forecourt(by, tmp_path) as (device, there):
        there.whims.append(whim)
        released = await device.release("f-1", 1, 738, Preset())
        assert isinstance(released, Dispensed)
        assert list(there.fills) == ["f-1"]


async def test_an_id_that_was_asked_for_in_vain_releases_nothing_later(tmp_path: Path) -> None:
    async with forecourt("tcp", tmp_path) as (device, there):
        asked = await device.fill("f-9")
        assert asked is not None
        assert asked.stage is Stage.CANCELLED
        assert await device.release("f-9", 1, 738, Preset()) is NotReleased.CANCELLED
        assert there.open() == []


async def test_what_is_stopped_is_recorded_as_it_flowed(tmp_path: Path) -> None:
    async with forecourt("tcp", tmp_path) as (device, there):
        await device.release("f-1", 1, 738, Preset())
        there.pump(1, 1237, 9129)
        stopped = await device.stop("f-1")
        assert stopped is not None
        assert (stopped.stage, stopped.centilitres, stopped.fen) == (Stage.ENDED, 1237, 9129)
        await device.release("f-2", 2, 787, Preset())
        never = await device.stop("f-2")
        assert never is not None
        assert never.stage is Stage.CANCELLED


async def test_what_it_will_not_release_it_says(tmp_path: Path) -> None:
    async with forecourt("tcp", tmp_path) as (device, _):
        assert await device.release("f-1", 1, 737, Preset()) is NotReleased.PRICE
        assert await device.release("f-2", 9, 738, Preset()) is NotReleased.UNKNOWN


async def test_a_record_that_does_not_agree_says_so(tmp_path: Path) -> None:
    async with forecourt("tcp", tmp_path) as (device, there):
        await device.release("f-1", 1, 738, Preset())
        there.pump(1, 2000)
        there.hang(1)
        there.whims.append(Whim.APART)
        apart = await device.fill("f-1")
        assert apart is not None
        assert not apart.agrees
        found = await device.fill("f-1")
        assert found is not None
        assert (found.fen, found.agrees) == (14_760, True)


async def test_what_is_filled_by_hand_waits_to_be_settled(tmp_path: Path) -> None:
    async with forecourt("tcp", tmp_path) as (device, there):
        by_hand = there.by_hand(2, 3_000)
        assert await device.unsettled() == (by_hand,)
        assert by_hand.stage is Stage.ENDED


async def test_a_controller_that_goes_leaves_nobody_waiting(tmp_path: Path) -> None:
    there = Forecourt(*NOZZLES)
    async with asyncio.timeout(WITHIN_S):
        with SerialLine(tmp_path / "line") as line, OnSerialLine(there, line) as end:
            settings = forecourt_serial.Settings(path=line.path, answer_ms=300)
            device = forecourt_serial.build("pumps", settings, SystemClock())
            async with _listening(device) as listening:
                changes = device.changes()
                hearing = asyncio.create_task(anext(changes, None))
                await asyncio.sleep(0)
                there.whims.extend([Whim.DEAF] * 3)
                asking = asyncio.create_task(device.release("f-1", 1, 738, Preset()))
                await asyncio.sleep(0.05)
                end.unplug()
                assert await asking is NotReleased.AWAY
                assert await hearing is None
                await listening
            assert not device.present
            assert await device.nozzles() is None
            assert await device.unsettled() is None
            assert await device.fill("f-1") is None
            assert not await device.settle("f-1")
            end.replug()
            async with _listening(device):
                stopped = await device.stop("f-1")
                assert stopped is not None
                assert stopped.stage is Stage.CANCELLED


async def test_one_that_says_nothing_is_missing(tmp_path: Path) -> None:
    async with asyncio.timeout(WITHIN_S):
        with SerialLine(tmp_path / "line") as line:
            settings = forecourt_serial.Settings(path=line.path, answer_ms=50)
            device = forecourt_serial.build("pumps", settings, SystemClock())
            with pytest.raises(DeviceMissing, match="no forecourt controller answers"):
                await anext(device.events())


async def test_nobody_at_the_address_is_missing() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    device = forecourt_tcp.build("pumps", forecourt_tcp.Settings(host="127.0.0.1", port=port), SystemClock())
    with pytest.raises(DeviceMissing, match="Connection refused"):
        await anext(device.events())
