"""Where USB devices are plugged in, in a tree as the kernel's sysfs lays it out."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from terminal.drivers.usb.ports import Plugged, Port, is_there, plugged


def _plug(tree: Path, folder: str, bus: int, address: int) -> None:
    (tree / folder).mkdir(parents=True)
    (tree / folder / "busnum").write_text(f"{bus}\n")
    (tree / folder / "devnum").write_text(f"{address}\n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    _plug(tmp_path, "usb1", 1, 1)  # The root hub, which is plugged into nothing.
    _plug(tmp_path, "1-1", 1, 2)
    _plug(tmp_path, "1-1.3", 1, 7)
    _plug(tmp_path, "2-1", 2, 7)
    (tmp_path / "1-1.3:1.0").mkdir()  # An interface of it.
    return tmp_path


def test_a_device_is_found_by_bus_and_address_together(tree: Path) -> None:
    assert plugged(1, 7, tree) == Plugged(port="1-1.3", bus=1, address=7)
    assert plugged(2, 7, tree) == Plugged(port="2-1", bus=2, address=7)


def test_what_is_not_there_is_not_found_and_the_root_hub_is_in_no_port(tree: Path) -> None:
    assert [plugged(1, 8, tree), plugged(3, 7, tree), plugged(1, 1, tree)] == [None] * 3
    assert plugged(1, 7, tree / "no such folder") is None


def test_another_one_in_the_same_port_is_not_the_same_one(tree: Path) -> None:
    first = plugged(1, 7, tree)
    assert first is not None
    assert is_there(first, tree)
    shutil.rmtree(tree / "1-1.3")
    assert not is_there(first, tree)
    _plug(tree, "1-1.3", 1, 8)
    assert not is_there(first, tree)


@pytest.mark.parametrize("port", ["", "1-1", "3-1.4.2", "12-10"])
def test_a_port_is_written_as_the_kernel_writes_it(port: str) -> None:
    assert msgspec.convert(port, Port) == port


@pytest.mark.parametrize("port", ["usb1", "1", "1-", "1-1.", "1-1:1.0", "../1-1", "1-1\n2"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(port, Port)
