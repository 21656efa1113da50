"""Not a test: run by test_keyboard_scanner.py under `umockdev-wrapper`.

`play FILE`: a USB scanner that is not there types the lines of FILE while `listen` runs the driver; each
waits for the event of the one before. Prints what `listen` printed.
`listen PATH`: the driver with the unmodified evdev, one line for each event.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import subprocess
import sys
import threading
from contextlib import aclosing
from pathlib import Path

NODE = "/dev/input/event5"
SYS = "/devices/pci0000:00/usb1/1-5/1-5:1.0/input/input5/event5"
UEVENT = f"""P: {SYS}
N: input/event5
E: DEVNAME={NODE}
E: SUBSYSTEM=input
E: ID_INPUT=1
E: ID_INPUT_KEYBOARD=1
A: dev=13:69
"""
EVDEV = ord("E")
IDENTITY, NAME, KEYS_DOWN, TYPES, KEYS, GRAB = 0x02, 0x06, 0x18, 0x20, 0x21, 0x90
EINVAL = 22


def play(lines: list[list[list[int]]]) -> int:
    import gi

    gi.require_version("UMockdev", "1.0")
    from gi.repository import GLib, UMockdev

    class Scanner(UMockdev.IoctlBase):  # type: ignore[misc]
        """Answers the ioctls that evdev asks when it opens a device (linux/input.h)."""

        def do_handle_ioctl(self, client: UMockdev.IoctlClient) -> bool:
            request = client.get_request() & 0xFFFFFFFF
            number, kind, size = request & 0xFF, request >> 8 & 0xFF, request >> 16 & 0x3FFF
            if kind != EVDEV:
                return False
            if number == GRAB:
                _say("grabbed")
                client.complete(0, 0)
            elif size and number < GRAB:
                said = _answer(number, size)
                client.get_arg().resolve(0, size).update(0, said)
                client.complete(size, 0)
            else:
                client.complete(-1, EINVAL)
            return True

    bed = UMockdev.Testbed.new()
    bed.add_from_string(UEVENT)
    handler = Scanner()
    bed.attach_ioctl(NODE, handler)
    fd = bed.get_dev_fd(NODE)
    child = subprocess.Popen([sys.executable, __file__, "listen", NODE], stdout=subprocess.PIPE, text=True)
    loop = GLib.MainLoop()

    def follow() -> None:
        assert child.stdout is not None
        waiting = iter(lines)
        for said in child.stdout:
            _say(said.rstrip("\n"))
            keys = next(waiting, None)
            if keys is None:
                child.terminate()
                break
            os.write(fd, b"".join(_event(1, *key) + _event(0, 0, 0) for key in keys))
        child.wait()
        GLib.idle_add(loop.quit)

    threading.Thread(target=follow).start()
    loop.run()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _event(kind: int, code: int, value: int) -> bytes:
    return struct.pack("llHHi", 0, 0, kind, code, value)


def _answer(number: int, size: int) -> bytes:
    if number == IDENTITY:
        return struct.pack("HHHH", 3, 0x0C2E, 0x0B61, 0x111).ljust(size, b"\0")
    if number == NAME:
        return b"Barcode Scanner\0".ljust(size, b"\0")[:size]
    if number == TYPES:
        return bytes([0b0000_0011]).ljust(size, b"\0")  # EV_SYN and EV_KEY
    if number == KEYS:
        return (b"\xff" * 16).ljust(size, b"\0")[:size]
    return bytes(size)


async def listen(path: str) -> None:
    from terminal.drivers import keyboard_scanner
    from terminal.runtime.clock import SystemClock

    settings = keyboard_scanner.Settings(path=Path(path), silence_ms=100)
    async with aclosing(keyboard_scanner.build("front", settings, SystemClock()).events()) as events:
        async for event in events:
            _say(str(event))


if __name__ == "__main__":
    if sys.argv[1] == "play":
        sys.exit(play(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    asyncio.run(listen(sys.argv[2]))
