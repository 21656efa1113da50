"""Customer displays: what stands on the glass, whatever the texts are, and on a line that comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.facing import NOTHING, FacingRow, Rows
from terminal.core.screens import says
from terminal.drivers import line_display
from terminal.drivers.codecs.line_display import Commands, DisplayProfile, Letters, begun, shown
from terminal.drivers.virtual.line_display import VirtualDisplay, watched
from terminal.drivers.virtual.serial_line import SerialLine
from terminal.runtime.clock import SystemClock

GBK = DisplayProfile(letters=Letters.GBK)
BOTH = [DisplayProfile(commands=one, letters=Letters.GBK) for one in Commands]
END_S = 60
"""Nothing here is measured; a test that hangs ends."""
TEXTS = st.text(st.characters(), max_size=60)


def _glass(profile: DisplayProfile, *several: tuple[tuple[str, str], tuple[str, str]]) -> tuple[str, str]:
    letters = "cp950" if profile.letters is Letters.BIG5 else profile.letters.value
    display = VirtualDisplay(letters, profile.columns)
    display.hear(begun(profile))
    for rows in several:
        display.hear(shown(rows, profile))
    assert display.unknown == []
    return display.rows


@pytest.mark.parametrize("profile", BOTH)
def test_labels_stand_left_and_amounts_right(profile: DisplayProfile) -> None:
    assert _glass(profile, (("牛奶 x 2", "7.00"), ("合计", "6.50"))) == (
        "牛奶 x 2        7.00",
        "合计            6.50",
    )


@pytest.mark.parametrize("profile", BOTH)
def test_new_rows_leave_nothing_of_the_old_ones_and_none_clear_it(profile: DisplayProfile) -> None:
    long = (("x" * 20, ""), ("y" * 20, ""))
    assert _glass(profile, long, (("", "1.00"), ("", ""))) == (" " * 16 + "1.00", "")
    assert _glass(profile, long, (("", ""), ("", ""))) == ("", "")


def test_a_display_without_chinese_shows_the_amounts_and_english_words() -> None:
    ascii_only = DisplayProfile()
    assert _glass(ascii_only, (("应收", "6.50"), ("Total", "6.50"))) == (
        "                6.50",
        "Total           6.50",
    )


def test_a_label_that_is_too_long_gives_way_to_the_amount() -> None:
    assert _glass(GBK, (("矿泉水矿泉水矿泉水矿泉水", "1234.50"), ("a" * 30, "5.00")))[0] == (
        "矿泉水矿泉水 1234.50"
    )


@given(TEXTS, TEXTS, st.sampled_from(Commands), st.sampled_from(Letters), st.integers(16, 40))
def test_no_text_is_a_command_or_runs_over_the_edge(
    label: str, value: str, commands: Commands, letters: Letters, columns: int
) -> None:
    profile = DisplayProfile(commands=commands, letters=letters, columns=columns)
    data = shown(((label, value), (label, value)), profile)
    if commands is Commands.CD5220 and data != b"\x0c":
        upper, lower, rest = data.split(b"\r")
        assert (upper[:3], lower[:3], rest) == (b"\x1bQA", b"\x1bQB", b"")
        texts = [upper[3:], lower[3:]]
    elif data != b"\x0c":
        _, upper, lower = data.split(b"\x1f$")
        assert (upper[:2], lower[:2]) == (b"\x01\x01", b"\x01\x02")
        texts = [upper[2:], lower[2:]]
    else:
        texts = []
    for text in texts:
        assert min(text, default=32) >= 32
        assert 127 not in text
        if letters is not Letters.UTF8:
            assert len(text) == columns


class Running:
    """The display under a listener, and what stands on its glass."""

    def __init__(self, line: SerialLine) -> None:
        self.line = line
        settings = line_display.Settings(path=line.path, letters=Letters.GBK)
        self.device = line_display.build("front", settings, SystemClock())
        self.rows = watched(line, VirtualDisplay())

    async def until(self, true: Callable[[], bool]) -> None:
        assert self.line.fd is not None
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.line.fd, came.set)
        try:
            async with asyncio.timeout(END_S):
                while not true():
                    await came.wait()
                    came.clear()
        finally:
            loop.remove_reader(self.line.fd)


DUE: Rows = (FacingRow(label=says("Amount due"), value="6.50"), FacingRow())


async def test_it_shows_the_latest_and_clears_and_comes_back_with_what_it_showed(tmp_path: Path) -> None:
    running = Running(SerialLine(tmp_path / "display"))
    for _ in range(2):
        async with aclosing(running.device.events()) as events:
            ready = DeviceChanged(device="front", health=DeviceHealth.READY)
            assert await asyncio.wait_for(anext(events), END_S) == ready
            listening = asyncio.ensure_future(_next(events))
            running.device.face(DUE)
            await running.until(lambda: running.rows() == ("应收            6.50", ""))
            running.device.face(NOTHING)
            await running.until(lambda: running.rows() == ("", ""))
            running.device.face(DUE)
            await running.until(lambda: running.rows()[0] != "")
            running.line.unplug()
            with pytest.raises(DeviceMissing):
                await asyncio.wait_for(listening, END_S)
        running.line.replug()


async def _next(events: object) -> DeviceEvent:
    return await anext(events)  # type: ignore[call-overload,no-any-return]
