"""Which /dev/usb/lpN is meant, in a tree as the kernel's sysfs lays it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.drivers.paper.usb_names import node_of, plugged

NODES = Path("/dev/usb")


def _plug(tree: Path, node: str, port: str, **told: str) -> None:
    device = tree / "devices" / port
    interface = device / f"{port}:1.0"
    interface.mkdir(parents=True)
    for name, text in told.items():
        (device / name).write_text(f"{text}\n")
    entry = tree / "class" / node
    entry.mkdir(parents=True)
    (entry / "device").symlink_to(interface)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    _plug(tmp_path, "lp0", "1-1.3", idVendor="04b8", idProduct="0e15", product="TM-T20II", serial="J6")
    _plug(tmp_path, "lp1", "1-1.2", idVendor="0416", idProduct="5011", product="POS58")
    _plug(tmp_path, "lp2", "3-1", idVendor="0416", idProduct="5011", product="POS58")
    return tmp_path / "class"


def test_a_printer_is_found_by_any_part_of_its_name(tree: Path) -> None:
    assert [node_of(part, "", tree) for part in ("04b8:0e15", "TM-T20II", "J6")] == [NODES / "lp0"] * 3


def test_two_that_are_alike_keep_their_places_whatever_the_kernel_calls_them(tree: Path) -> None:
    assert [node_of("POS58", port, tree).name for port in ("1-1.2", "3-1")] == ["lp1", "lp2"]
    (tree / "lp1").rename(tree / "lp7")
    (tree / "lp2").rename(tree / "lp1")
    assert [node_of("POS58", port, tree).name for port in ("1-1.2", "3-1")] == ["lp7", "lp1"]


def test_which_of_two_is_never_guessed(tree: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"several .* 0416:5011 POS58 at 1-1.2, .* POS58 at 3-1"):
        node_of("POS58", "", tree)


def test_one_that_is_not_there_is_told_with_those_that_are(tree: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no USB printer is so; .* 04b8:0e15 TM-T20II J6 at 1-1.3"):
        node_of("Star", "", tree)


def test_a_machine_without_any_says_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there are: none"):
        node_of("", "", tmp_path)


def test_one_that_is_pulled_while_we_look_is_left_out(tree: Path) -> None:
    (tree / "lp9").mkdir()
    (tree / "lp9" / "device").symlink_to(tree / "gone")
    assert [one.node.name for one in plugged(tree, NODES)] == ["lp1", "lp0", "lp2"]
