"""The pins, on a stand-in that keeps the rules of RPi.GPIO; the real one is driven in the virtual machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Self

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import DeviceMissing
from terminal.core.events import ButtonPressed, CaseOpened, DeviceChanged, DeviceEvent, DeviceHealth, Does
from terminal.core.signals import Cue
from terminal.drivers import pins
from terminal.drivers.codecs.contact import Contact
from terminal.drivers.header import board
from terminal.drivers.header.settings import Button, Buzzer, Drawer, Lamps, Lid
from terminal.drivers.virtual.gpio import VirtualGpio
from terminal.runtime.clock import SystemClock

BUZZER, GREEN, AMBER, RED, DRAWER, CONFIRM, CANCEL, LID = 18, 17, 27, 22, 23, 5, 6, 13
END_S = 60
"""Nothing here is measured; a test that hangs ends."""
SETTINGS = pins.Settings(
    buzzer=Buzzer(pin=BUZZER),
    lamps=Lamps(green=GREEN, amber=AMBER, red=RED),
    drawer=Drawer(pin=DRAWER, pulse_ms=20),
    buttons=(Button(pin=CONFIRM, does=Does.CONFIRM), Button(pin=CANCEL, does=Does.CANCEL)),
    lid=Lid(pin=LID),
    debounce_ms=10,
)


class Header(VirtualGpio):
    """One whose case is closed, and that remembers what came out of it."""

    def __init__(self) -> None:
        self.came: list[tuple[int, float]] = []
        self._news = asyncio.Event()
        super().__init__(self._remember)
        self.pull(LID, up=False)

    def _remember(self, pin: int, value: float) -> None:
        self.came.append((pin, value))
        self._news.set()

    def of(self, pin: int) -> list[float]:
        return [value for one, value in self.came if one == pin]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(END_S):
            while not true():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def header(monkeypatch: pytest.MonkeyPatch) -> Header:
    made = Header()
    monkeypatch.setattr(pins, "module", lambda: made)
    return made


def _pins(**changes: object) -> pins.Pins:
    return pins.build("box", msgspec.structs.replace(SETTINGS, **changes), SystemClock())


READY = DeviceChanged(device="box", health=DeviceHealth.READY)


class Running:
    """The device under a listener."""

    def __init__(self, device: pins.Pins) -> None:
        self.device = device
        self._said: asyncio.Queue[DeviceEvent] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        assert await self.said() == READY
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async with aclosing(self.device.events()) as events:
            async for event in events:
                self._said.put_nowait(event)

    async def said(self) -> DeviceEvent:
        return await asyncio.wait_for(self._said.get(), END_S)

    @property
    def silent(self) -> bool:
        return self._said.empty()


async def test_what_was_accepted_sounds_twice_high_and_lights_green_for_a_while(header: Header) -> None:
    async with Running(_pins()) as box:
        box.device.signal(Cue.ACCEPTED)
        await header.until(lambda: header.of(GREEN) == [0, 1, 0] and len(header.of(BUZZER)) == 5)
        assert header.of(BUZZER) == [0, 2_700, 0, 2_700, 0]
        assert (header.of(AMBER), header.of(RED)) == ([0], [0])


async def test_a_refusal_stays_red_until_the_next_result(header: Header) -> None:
    async with Running(_pins()) as box:
        box.device.signal(Cue.REJECTED)
        await header.until(lambda: header.of(BUZZER) == [0, 1_200, 0])
        assert header.of(RED) == [0, 1]
        box.device.signal(Cue.ACCEPTED)
        await header.until(lambda: header.of(BUZZER)[3:4] == [2_700])
        await header.until(lambda: header.of(GREEN)[:2] == [0, 1])
        assert header.of(RED) == [0, 1, 0]
        box.device.signal(None)
        await header.until(lambda: header.of(GREEN) == [0, 1, 0])


async def test_a_buzzer_with_a_tone_of_its_own_is_switched_on_and_off(header: Header) -> None:
    async with Running(_pins(buzzer=Buzzer(pin=BUZZER, sounds="level", active="low"))) as box:
        box.device.signal(Cue.USED)
        await header.until(lambda: header.of(BUZZER) == [1, 0, 1, 0, 1])


async def test_the_drawer_gets_one_pulse_and_none_that_was_asked_for_before_it_was_there(
    header: Header,
) -> None:
    device = _pins()
    device.open_drawer()
    async with Running(device):
        device.open_drawer()
        await header.until(lambda: header.of(DRAWER) == [0, 1, 0])


class Late(SystemClock):
    """Of a machine that is busy."""

    late_ms = 0

    def mono_ms(self) -> int:
        return super().mono_ms() + self.late_ms


async def test_a_machine_that_comes_to_it_late_opens_the_drawer_all_the_same(header: Header) -> None:
    clock = Late()
    device = pins.build("box", SETTINGS, clock)
    async with Running(device):
        device.open_drawer()
        clock.late_ms = 1_000
        await header.until(lambda: header.of(DRAWER) == [0, 1, 0])


async def test_a_machine_that_comes_to_it_late_sounds_and_lights_all_the_same(header: Header) -> None:
    clock = Late()
    device = pins.build("box", SETTINGS, clock)
    async with Running(device):
        device.signal(Cue.ACCEPTED)
        clock.late_ms = 2_000
        await header.until(lambda: header.of(GREEN) == [0, 1, 0] and len(header.of(BUZZER)) == 5)


async def test_a_press_is_told_once_and_a_button_that_is_held_not_again(header: Header) -> None:
    async with Running(_pins()) as box:
        for does, pin in ((Does.CONFIRM, CONFIRM), (Does.CANCEL, CANCEL)):
            for up in (False, True, False, True, False):  # It bounces.
                header.pull(pin, up=up)
            assert await box.said() == ButtonPressed(device="box", does=does)
        assert box.silent


async def test_the_case_is_told_to_be_open_when_it_is_opened_and_at_a_start(header: Header) -> None:
    async with Running(_pins()) as box:
        header.pull(LID, up=True)
        assert await box.said() == CaseOpened(device="box")
    async with Running(_pins()) as box:
        assert await box.said() == CaseOpened(device="box")


async def test_at_its_end_everything_is_off_and_let_go_and_it_can_begin_again(header: Header) -> None:
    device = _pins(drawer=Drawer(pin=DRAWER, pulse_ms=500))
    for _ in range(2):
        async with Running(device):
            assert header.claimed == set(SETTINGS.pins())
            begins = len(header.came)
            device.open_drawer()
            device.signal(Cue.FAULT)
            await header.until(lambda: {(DRAWER, 1), (BUZZER, 1_200)} <= set(header.came[begins:]))  # noqa: B023
        assert {pin: header.of(pin)[-1] for pin in (BUZZER, RED, DRAWER)} == {BUZZER: 0, RED: 0, DRAWER: 0}
        assert header.claimed == frozenset()
        assert not header.waves


async def _first(events: AsyncGenerator[DeviceEvent, None]) -> DeviceEvent:
    async with aclosing(events):
        return await anext(events)


async def test_pins_that_another_program_has_are_said_to_be_missing(
    header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object, **_more: object) -> None:
        raise RuntimeError("GPIO busy")

    monkeypatch.setattr(header, "setup", busy)
    with pytest.raises(DeviceMissing, match="GPIO busy"):
        await _first(_pins().events())


async def test_a_machine_without_such_pins_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pi(_name: str) -> None:
        raise RuntimeError("This module can only be run on a Raspberry Pi!")

    monkeypatch.setattr(board.importlib, "import_module", no_pi)
    with pytest.raises(DeviceMissing, match="only be run on a Raspberry Pi"):
        await _first(_pins().events())


_IMPORTED = """
import os, sys
from terminal.drivers.header.board import module
try:
    module()
except Exception as fault:
    print(fault)
print("lgpio" in sys.modules, os.listdir("."))
"""


def imported(folder: Path, **by: object) -> list[str]:
    """What a process says that works in that folder and has the test lock's library."""
    command = [sys.executable, "-c", _IMPORTED]
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, check=True, **by)  # type: ignore[call-overload]
    return list(said.stdout.splitlines())


def test_the_librarys_pipe_is_left_in_no_folder(tmp_path: Path) -> None:
    """Here no pins are: it is imported, and then finds none."""
    assert imported(tmp_path)[-1] == "True []"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_where_it_may_leave_none_that_is_said() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        os.chmod(name, 0o755)  # noqa: PTH101, S103  another user must be able to be in it
        said = imported(Path(name), user=12_345, group=12_345, extra_groups=[])
    assert said == [
        f"RPi.GPIO cannot be used: its library may not leave a pipe in {name}",
        "False []",
    ]


async def test_pins_that_fail_while_they_are_used_end_the_driver(
    header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_channel: int) -> int:
        raise OSError("No such device")

    async with aclosing(_pins().events()) as events:
        await anext(events)
        monkeypatch.setattr(header, "input", gone)
        with pytest.raises(DeviceMissing, match="No such device"):
            await asyncio.wait_for(anext(events), END_S)


@pytest.mark.parametrize(
    "told",
    [
        {"buzzer": {"pin": 17}, "lamps": {"green": 17}},
        {"buttons": [{"pin": 5, "does": "confirm"}, {"pin": 5, "does": "cancel"}]},
        {"drawer": {"pin": 28}},
        {"drawer": {"pin": 4, "pulse_ms": 5_000}},
        {"buttons": [{"pin": 5, "does": "explode"}]},
    ],
)
def test_pins_that_cannot_be_are_refused_by_the_settings(told: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, pins.Settings)


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans())))
def test_a_contact_changes_only_after_it_was_still_and_never_twice_in_a_row(
    looks: list[tuple[int, bool]],
) -> None:
    contact = Contact(30, closed=False)
    now, told, since, seen = 0, False, 0, False
    for ms, closed in looks:
        now += ms
        if closed is not seen:
            seen, since = closed, now
        changed = contact.looked(now, closed=closed)
        assert changed is (seen is not told and now - since >= 30)
        if changed:
            told = seen
        assert contact.closed is told
        assert (contact.look_at_ms is None) is (seen is told)
