"""The keyboard scanner with the unmodified evdev, on a keyboard that umockdev plays."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import aclosing
from pathlib import Path

import pytest

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged
from terminal.drivers import keyboard_scanner
from terminal.drivers.codecs.hid_keys import keys_of
from terminal.runtime.clock import SystemClock

pytestmark = pytest.mark.device

PLAY = Path(__file__).with_name("keyboard_play.py")
WRAPPER = shutil.which("umockdev-wrapper")


@pytest.mark.skipif(WRAPPER is None, reason="apt-get install umockdev gir1.2-umockdev-1.0 python3-gi")
def test_what_a_scanner_types_is_scanned_whole_and_grabbed_from_everybody_else(tmp_path: Path) -> None:
    script = tmp_path / "keys.json"
    control, cut = [(29, 1), (46, 1), (46, 0), (29, 0), (28, 1), (28, 0)], keys_of("690")[:-2]
    script.write_text(
        json.dumps([keys_of("6901234567892"), keys_of("MC-Abc!~"), control, cut, keys_of("OK")])
    )
    done = subprocess.run(
        [str(WRAPPER), sys.executable, str(PLAY), "play", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "grabbed",
        "DeviceChanged(device='front', health=<DeviceHealth.READY: 'ready'>, why='')",
        "CodeScanned(scanner='front', text='6901234567892')",
        "CodeScanned(scanner='front', text='MC-Abc!~')",
        "Unreadable(device='front', code='30', why='a control character')",
        "Unreadable(device='front', code='30', why='the scan was cut off after 3 characters')",
        "CodeScanned(scanner='front', text='OK')",
    ]


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

    def __init__(self, fault: OSError | None, grab: OSError | None = None) -> None:
        self.fd, self._end = os.pipe()
        self._fault, self._grab = fault, grab
        os.close(self._end)

    def read(self) -> Iterable[keyboard_scanner.KeyEvent]:
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
    assert said in await asyncio.wait_for(_fault_of(Path("/dev/input/event0")), 10)


async def test_ready_is_said_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evdev.InputDevice", lambda _: Pulled(None))
    settings = keyboard_scanner.Settings(path=Path("/dev/input/event0"), grab=False)
    async with aclosing(keyboard_scanner.build("front", settings, SystemClock()).events()) as events:
        assert isinstance(await asyncio.wait_for(anext(events), 10), DeviceChanged)
