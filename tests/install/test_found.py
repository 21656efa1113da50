"""What is plugged in, by names that stay; as udev and the kernel leave it behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.install.found import readers
from tests.install.machine import Machine

CH340 = {"idVendor": "1a86", "idProduct": "7523"}
ADAPTER = "usb-1a86_USB_Serial-if00-port0"
KINDS = {"serial": ("tty", "ttyUSB{}", "port0"), "input": ("input", "event{}", "event-kbd")}


def plugged(box: Machine, kind: str, socket: int, by_id: str, says: dict[str, str]) -> None:
    """As node `socket`, which takes the name from whichever had it."""
    of, node, end = KINDS[kind]
    node = node.format(socket)
    usb = box.at(f"/sys/devices/usb1/1-{socket}")
    inside = usb / f"1-{socket}:1.0/{node}/{of}/{node}"
    inside.mkdir(parents=True)
    for name, text in says.items():
        (usb / name).write_text(f"{text}\n")
    above = "../" if kind == "serial" else ""
    linked(box.at(f"/sys/class/{of}/{node}"), str(inside))
    place = box.at(f"/dev/{'' if kind == 'serial' else 'input/'}{node}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    for bus in ("usb", "usbv2"):  # Newer versions of udev have both.
        linked(box.at(f"/dev/{kind}/by-path/platform-xhci-{bus}-0:{socket}:1.0-{end}"), f"{above}../{node}")
    linked(box.at(f"/dev/{kind}/by-id/{by_id}"), f"{above}../{node}")


def linked(link: Path, target: str) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize(("kind", "name"), [("serial", ADAPTER), ("input", "usb-Sycreader-event-kbd")])
def test_readers_that_are_alike_are_each_found_by_their_socket(
    tmp_path: Path, kind: str, name: str, order: tuple[int, ...]
) -> None:
    box = Machine(tmp_path / "box")
    for socket in order:
        plugged(box, kind, socket, name, CH340)
    end = KINDS[kind][2]
    paths = [f"platform-xhci-usb-0:{socket}:1.0-{end}" for socket in (1, 2)]
    assert [(one.name, one.path) for one in readers(box)] == [
        (f"{name}, {path}", f"/dev/{kind}/by-path/{path}") for path in paths
    ]


def test_what_says_who_it_is_keeps_that_name_whatever_else_is_there(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    plugged(box, "serial", 1, ADAPTER, CH340)
    plugged(box, "serial", 2, ADAPTER, CH340)
    plugged(box, "serial", 3, "usb-FTDI_A1-if00-port0", {**CH340, "serial": "A1"})
    plugged(box, "serial", 4, "usb-FTDI_A2-if00-port0", {**CH340, "serial": "A2"})
    assert [one.path.rpartition("/")[2] for one in readers(box)] == [
        "platform-xhci-usb-0:1:1.0-port0",
        "platform-xhci-usb-0:2:1.0-port0",
        "usb-FTDI_A1-if00-port0",
        "usb-FTDI_A2-if00-port0",
    ]


def test_one_alone_goes_by_its_name_and_a_keyboard_without_one_is_no_reader(tmp_path: Path) -> None:
    """One of PS/2, say; and the second node of one device is no second device."""
    box = Machine(tmp_path / "box")
    plugged(box, "input", 1, "usb-Sycreader-event-kbd", CH340)
    for socket, place in ((8, "/sys/devices/i8042/event8"), (9, "/sys/devices/usb1/1-1/1-1:1.0/event9")):
        box.at(place).mkdir(parents=True)
        linked(box.at(f"/sys/class/input/event{socket}"), str(box.at(place)))
        box.at(f"/dev/input/event{socket}").touch()
        linked(box.at(f"/dev/input/by-path/platform-{socket}-event-kbd"), f"../event{socket}")
    assert [one.path for one in readers(box)] == ["/dev/input/by-id/usb-Sycreader-event-kbd"]
