"""A rewriter of visual cards: its words, and a conversation over a real pseudo-terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth, Unreadable
from terminal.drivers import card_rewriter
from terminal.drivers.codecs.rewriter import (
    DATA_BYTES_MAX,
    ETX,
    Answer,
    BadBlock,
    BlockDecoder,
    Code,
    Said,
    Sign,
    at_rest,
    block,
    text_data,
)
from terminal.drivers.virtual.rewriter import VirtualRewriter
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.runtime.clock import SystemClock

WITHIN_S = 60
FACE = ("青山便利店", "卡 ****4E", "余额 88.00")


# The codec


def test_a_command_is_as_the_manual_has_it() -> None:
    """Section 4-2: STX 40h ETX 43h."""
    assert block(Code.CLEAR) == bytes.fromhex("02400343")
    assert block(Code.CLEAR_ALL) == bytes.fromhex("0249034A")
    assert block(Code.RESET) == bytes.fromhex("025F035C")
    assert block(Code.STATUS) == bytes.fromhex("0259035A")


def _answer(code: int, status: int, data: bytes) -> bytes:
    return block(code, bytes([status]) + data)


def _fed(data: bytes, size: int) -> list[Said]:
    decoder = BlockDecoder()
    found = [one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])]
    return found + decoder.silence()


ANSWERS = st.tuples(
    st.sampled_from(Code),
    st.integers(0x20, 0x7F),
    st.binary(max_size=60).map(lambda data: data.replace(bytes([ETX]), b"")),
)


@given(st.lists(ANSWERS | st.sampled_from(Sign), max_size=6), st.integers(1, 50))
def test_everything_that_it_says_comes_out_in_any_chunking(
    said: list[tuple[Code, int, bytes] | Sign], size: int
) -> None:
    sent = b"".join(bytes([one]) if isinstance(one, Sign) else _answer(*one) for one in said)
    wanted = [
        one if isinstance(one, Sign) else Answer(code=one[0], status=one[1], data=one[2]) for one in said
    ]
    assert _fed(sent, size) == wanted


@given(st.binary(max_size=3000), st.integers(1, 100))
def test_garbage_never_raises_and_the_next_answer_is_heard(noise: bytes, size: int) -> None:
    decoder = BlockDecoder()
    for at in range(0, len(noise), size):
        decoder.feed(noise[at : at + size])
    decoder.silence()
    assert not decoder.waiting
    assert decoder.feed(_answer(Code.CLEAR, 0x20, b"")) == [Answer(code=Code.CLEAR, status=0x20)]


def test_an_answer_with_a_wrong_bit_is_none() -> None:
    sent = bytearray(_answer(Code.STATUS, 0x20, b"000000"))
    sent[3] ^= 1
    (bad,) = _fed(bytes(sent), 3)
    assert bad == BadBlock(why="the check character does not fit")


@given(st.lists(st.text(max_size=60), max_size=40), st.sampled_from(["gbk", "gb18030", "big5", "utf-8"]))
def test_no_line_of_a_face_is_a_command_and_none_says_where_it_stands(lines: list[str], charset: str) -> None:
    data = text_data(lines, charset)
    assert len(data) <= DATA_BYTES_MAX
    assert not set(data) & (set(range(32)) - {0x0A})
    assert all(part.startswith(b" ") for part in data.split(b"\n")[:-1])
    block(Code.TEXT, data)


@pytest.mark.parametrize(
    ("sensors", "status", "said"),
    [
        (b"000000", 0x20, "ready"),
        (b"200000", 0x20, "a card waits to be taken"),
        (b"000010", 0x20, "cover open"),
        (b"", 0x20, "ready"),
        (b"", 0x38, "card jam (38)"),
        (b"", 0x7E, "an error (7e)"),
    ],
)
def test_how_it_is_in_words(sensors: bytes, status: int, said: str) -> None:
    assert at_rest(Answer(code=Code.STATUS, status=status, data=sensors)) == said


# The driver


@asynccontextmanager
async def _standing(
    folder: Path, *, insert_s: int = 30, answer_ms: int = 20_000
) -> AsyncIterator[tuple[VirtualRewriter, card_rewriter.CardRewriter, AsyncGenerator[DeviceEvent, None]]]:
    line = SerialLine(folder / "dev" / "rewriter")
    settings = card_rewriter.Settings(path=line.path, answer_ms=answer_ms, insert_s=insert_s)
    driver = card_rewriter.build("faces", settings, SystemClock())
    with line, VirtualRewriter(line) as device:
        async with aclosing(driver.events()) as events:
            yield device, driver, events


async def _next(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    return await asyncio.wait_for(anext(events), WITHIN_S)


@asynccontextmanager
async def _running(events: AsyncGenerator[DeviceEvent, None]) -> AsyncIterator[None]:
    """The driver is at work, and says nothing."""
    running = asyncio.ensure_future(anext(events))
    async with asyncio.timeout(WITHIN_S):
        yield
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


READY = DeviceChanged(device="faces", health=DeviceHealth.READY)


async def test_a_card_that_is_put_in_shows_the_latest_face(tmp_path: Path) -> None:
    async with _standing(tmp_path) as (device, driver, events):
        assert await _next(events) == READY
        driver.show(("old",))
        driver.show(FACE)
        async with _running(events):
            assert await device.put_in() == " 青山便利店\n 卡 ****4E\n 余额 88.00\n"


async def test_an_answer_that_the_line_spoilt_is_asked_for_again(tmp_path: Path) -> None:
    async with _standing(tmp_path) as (device, driver, events):
        assert await _next(events) == READY
        device.spoils = 1
        driver.show(FACE)
        async with _running(events):
            await device.put_in()


async def test_a_face_that_nobody_put_a_card_in_for_is_given_up(tmp_path: Path) -> None:
    async with _standing(tmp_path, insert_s=1) as (device, driver, events):
        assert await _next(events) == READY
        driver.show(FACE)
        async with _running(events):
            while Code.CANCEL_WAIT not in device.commands:
                device.heard.clear()
                await device.heard.wait()
        assert not device.insert()


async def test_an_open_cover_is_said_at_the_counter(tmp_path: Path) -> None:
    async with _standing(tmp_path) as (device, driver, events):
        assert await _next(events) == READY
        device.cover_open = True
        driver.show(FACE)
        said = await _next(events)
        assert isinstance(said, Unreadable)
        assert (said.code, said.why) == ("D108", "cover open (40)")


async def test_one_that_does_not_answer_or_is_pulled_is_missing(tmp_path: Path) -> None:
    async with _standing(tmp_path, answer_ms=100) as (device, _driver, events):
        device.mute = True
        with pytest.raises(DeviceMissing, match="does not answer"):
            await _next(events)
    async with _standing(tmp_path / "again") as (device, _driver, events):
        assert await _next(events) == READY
        running = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        device.__exit__(None, None, None)
        device.line.unplug()
        device._fd = None
        with pytest.raises(DeviceMissing):
            await asyncio.wait_for(running, WITHIN_S)
