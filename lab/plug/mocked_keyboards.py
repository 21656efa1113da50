"""Keyboards that are not there, for unmodified evdev: umockdev answers its ioctls from here.

Runs under Debian's python3 (for gi) inside umockdev-wrapper. Orders come as JSON lines on stdin:

    {"plug": 5, "name": "...", "phys": "...", "keys": [2, 28], "link": "usb-...-event-kbd"}
    {"read": ["python", "program.py", "..."]}               starts a program whose stdout is ours
    {"keys": 5, "events": [[1, 30, 1], [0, 0, 0]]}          type, code, value
    {"unplug": 5}
    {"grabbed": 5}                                           answers whether it is

Each is answered by one JSON line {"done": ...}.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

IOCTL_OF_EVDEV = ord("E")
EBUSY, EINVAL = 16, 22
GID, GVERSION, GNAME, GPHYS, GUNIQ, GEFFECTS, GBIT, GRAB = 0x02, 0x01, 0x06, 0x07, 0x08, 0x84, 0x20, 0x90

_TIOCGPTN = 0x80045430
"""Of asm-generic/ioctls.h."""


class Answers(UMockdev.IoctlBase):  # type: ignore[misc]  # gi has no types
    """One node's ioctls (linux/input.h)."""

    def __init__(self, name: str, phys: str, keys: list[int]) -> None:
        super().__init__()
        self.name, self.phys, self.keys = name, phys, keys
        self.grabbed_by: Any = None
        self.connect("client-vanished", self.vanished)

    def vanished(self, _node: object, client: object) -> None:
        if self.grabbed_by == client:
            self.grabbed_by = None

    def do_handle_ioctl(self, client: Any) -> bool:  # noqa: ANN401  gi has no types
        request = client.get_request() & 0xFFFFFFFF
        number, kind, size = request & 0xFF, (request >> 8) & 0xFF, (request >> 16) & 0x3FFF
        if kind != IOCTL_OF_EVDEV:
            return False
        if number == GRAB:
            return self.grab(client)
        known = {
            GVERSION: struct.pack("i", 0x010001),
            GID: struct.pack("HHHH", 3, 0x0C2E, 0x0B61, 0x111),
            GNAME: self.name.encode() + b"\0",
            GPHYS: self.phys.encode() + b"\0",
            GUNIQ: b"\0",
            GEFFECTS: struct.pack("i", 0),
        }
        if GBIT <= number < GBIT + 0x20:
            bits = (0, 1, 4) if number == GBIT else self.keys if number == GBIT + 1 else ()
            answer = bytearray(size)
            for bit in bits:
                answer[bit // 8] |= 1 << (bit % 8)
            known[number] = bytes(answer)
        if number not in known:
            client.complete(-1, EINVAL)
            return True
        told = known[number][:size]
        client.get_arg().resolve(0, size).update(0, told + bytes(size - len(told)))
        client.complete(len(told) if number in {GNAME, GPHYS, GUNIQ} else 0, 0)
        return True

    def grab(self, client: Any) -> bool:  # noqa: ANN401
        """The argument is a number, not a pointer; the library only ever takes."""
        if self.grabbed_by is not None:
            client.complete(-1, EBUSY)
            return True
        self.grabbed_by = client
        client.complete(0, 0)
        return True


class Bench:
    def __init__(self) -> None:
        self.testbed = UMockdev.Testbed.new()
        self.nodes: dict[int, tuple[Answers, int, str, Path | None]] = {}
        self.readers: list[subprocess.Popen[bytes]] = []
        self.pending = b""

    def plug(self, number: int, name: str, phys: str, keys: list[int], link: str | None) -> bool:
        base = f"/devices/pci0000:00/usb1/1-{number}/1-{number}:1.0/input/input{number}"
        path = f"/dev/input/event{number}"
        self.testbed.add_from_string(
            f"P: {base}/event{number}\nN: input/event{number}\nE: DEVNAME={path}\nE: SUBSYSTEM=input\n"
            f"E: MAJOR=13\nE: MINOR={64 + number}\nA: dev=13:{64 + number}\n"
        )
        answers = Answers(name, phys, keys)
        self.testbed.attach_ioctl(path, answers)
        links = Path(self.testbed.get_root_dir()) / "dev/input/by-id"
        if link:
            links.mkdir(parents=True, exist_ok=True)
            (links / link).symlink_to(f"../event{number}")
        fd = self.testbed.get_dev_fd(path)
        self.nodes[number] = (answers, fd, f"/sys{base}/event{number}", links / link if link else None)
        return True

    def unplug(self, number: int) -> bool:
        _, fd, sys_path, link = self.nodes.pop(number)
        self.testbed.detach_ioctl(f"/dev/input/event{number}")
        if link:
            link.unlink()
        self.testbed.remove_device(sys_path)
        os.close(fd)
        # umockdev keeps a note of each pseudo-terminal, and trips over it when its number comes again.
        for note in (Path(self.testbed.get_root_dir()) / "dev/.ptymap").iterdir():
            if note.name not in {_slave(one[1]).replace("/", "_") for one in self.nodes.values()}:
                note.unlink()
        return True

    def keys(self, number: int, events: list[tuple[int, int, int]]) -> bool:
        for kind, code, value in events:
            os.write(self.nodes[number][1], struct.pack("llHHi", 0, 0, kind, code, value))
        return True

    def obey(self, order: dict[str, Any]) -> bool:
        if "plug" in order:
            return self.plug(order["plug"], order["name"], order["phys"], order["keys"], order.get("link"))
        if "read" in order:
            self.readers.append(subprocess.Popen(order["read"]))
            return True
        if "keys" in order:
            return self.keys(order["keys"], order["events"])
        if "unplug" in order:
            return self.unplug(order["unplug"])
        return self.nodes[order["grabbed"]][0].grabbed_by is not None

    def heard(self, fd: int, _condition: object) -> bool:
        chunk = os.read(fd, 65536)
        if not chunk:
            loop.quit()
            return False
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            answer = json.dumps({"done": self.obey(json.loads(line))}) + "\n"
            os.write(sys.stdout.fileno(), answer.encode())  # Whole, among the lines of the readers.
        return True

    def close(self) -> None:
        for reader in self.readers:
            reader.terminate()
            reader.wait(5)


def _slave(fd: int) -> str:
    """The other end of a pseudo-terminal (os.ptsname came with Python 3.13)."""
    number = fcntl.ioctl(fd, _TIOCGPTN, bytes(4))
    return f"/dev/pts/{int.from_bytes(number, sys.byteorder)}"


loop = GLib.MainLoop()
bench = Bench()
GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, bench.heard)
try:
    loop.run()
finally:
    bench.close()
