"""Which whole disks files lie on, as a machine's sysfs and mounts have it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from terminal.runtime.disks import Disks

CARD, USB = "devices/platform/mmc/block/mmcblk0", "devices/pci/usb/block/sda"


class Laid:
    """A machine: what is mounted, and of which devices."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sysfs = folder, folder / "sys"
        self._mounts, self._devices = ["proc /proc proc rw 0 0"], dict[Path, int]()
        (self.sysfs / "dev/block").mkdir(parents=True)
        (self.sysfs / "class/block").mkdir(parents=True)

    def device(
        self, where: str, minor: int, *, partition: bool = False, made_of: Sequence[str] = (), image: str = ""
    ) -> None:
        """At `where` below sysfs, under the number 8:`minor`."""
        node = self.sysfs / where
        (node / "slaves").mkdir(parents=True)
        (self.sysfs / f"dev/block/8:{minor}").symlink_to(node)
        (self.sysfs / "class/block" / node.name).symlink_to(node)
        if partition:
            (node / "partition").write_text("1\n")
        for one in made_of:
            (node / "slaves" / Path(one).name).symlink_to(self.sysfs / one)
        if image:
            (node / "loop").mkdir()
            (node / "loop/backing_file").write_text(f"{self.folder / image}\n")

    def mounted(self, name: str, number: int, kind: str = "ext4", source: str = "/dev/x") -> Path:
        """A folder, and its file system of that device number."""
        place = self.folder / name
        place.mkdir(parents=True, exist_ok=True)
        self._mounts.append(f"{source} {str(place).replace(' ', chr(92) + '040')} {kind} rw 0 0")
        self._devices[place] = number
        return place

    def disks(self) -> Disks:
        (self.folder / "mounts").write_text("\n".join(self._mounts) + "\n")
        return Disks(sysfs=self.sysfs, mounts=self.folder / "mounts", device_of=self._device_of)

    def _device_of(self, path: Path) -> int:
        above = [one for one in (path, *path.parents) if one in self._devices]
        return self._devices[above[0]] if above else 1


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    machine = Laid(tmp_path)
    machine.device(CARD, 0)
    machine.device(f"{CARD}/mmcblk0p2", 2, partition=True)
    machine.device(f"{CARD}/mmcblk0p3", 3, partition=True)
    machine.device(USB, 16)
    machine.device(f"{USB}/sda1", 17, partition=True)
    machine.device("devices/virtual/block/dm-0", 30, made_of=[f"{CARD}/mmcblk0p2"])
    machine.device("devices/virtual/block/dm-1", 31, made_of=["devices/virtual/block/dm-0"])
    machine.device("devices/virtual/block/md0", 32, made_of=[f"{CARD}/mmcblk0p2", f"{USB}/sda1"])
    machine.device("devices/virtual/block/zram0", 40)
    machine.mounted("ledger", os.makedev(8, 3))
    return machine


@pytest.mark.parametrize(
    ("minor", "one"),
    [(3, True), (2, True), (0, True), (17, False), (16, False), (30, True), (31, True), (32, True)],
)
def test_partitions_and_what_is_made_of_them_are_lost_with_their_disk(
    laid: Laid, minor: int, *, one: bool
) -> None:
    place = laid.mounted("stick", os.makedev(8, minor))
    assert laid.disks().one(place, laid.folder / "ledger") is one
    assert laid.disks().one(laid.folder / "ledger", place) is one


@pytest.mark.parametrize(("lies_in", "one"), [("ledger", True), ("usb", False)])
def test_an_image_is_lost_with_the_disk_that_its_file_lies_on(laid: Laid, lies_in: str, *, one: bool) -> None:
    laid.mounted("usb", os.makedev(8, 17))
    (laid.folder / lies_in / "backups.img").touch()
    laid.device("devices/virtual/block/loop0", 50, image=f"{lies_in}/backups.img")
    place = laid.mounted("stick", os.makedev(8, 50))
    assert laid.disks().one(place, laid.folder / "ledger") is one
    (laid.folder / lies_in / "backups.img").unlink()
    assert laid.disks().one(place, laid.folder / "ledger") is None


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_another_machines_disk_is_another(laid: Laid, kind: str) -> None:
    place = laid.mounted("a share", os.makedev(0, 60), kind, "//office/backups")
    assert laid.disks().one(place, laid.folder / "ledger") is False


@pytest.mark.parametrize(("source", "one"), [("/dev/mmcblk0p2", True), ("/dev/sda1", False)])
def test_a_file_system_with_a_number_of_its_own_is_known_by_its_source(
    laid: Laid, source: str, *, one: bool
) -> None:
    place = laid.mounted("stick", os.makedev(0, 61), "btrfs", source)
    assert laid.disks().one(place, laid.folder / "ledger") is one


@pytest.mark.parametrize(
    ("number", "kind", "source"),
    [
        (os.makedev(0, 62), "zfs", "pool/a"),
        (os.makedev(0, 63), "9p", "host"),
        (os.makedev(8, 40), "ext4", "z"),
    ],
)
def test_of_others_nobody_can_say(laid: Laid, number: int, kind: str, source: str) -> None:
    place = laid.mounted("stick", number, kind, source)
    assert laid.disks().one(place, laid.folder / "ledger") is None


def test_devices_over_devices_end_somewhere(laid: Laid) -> None:
    laid.device("devices/virtual/block/dm-8", 58, made_of=["devices/virtual/block/dm-9"])
    laid.device("devices/virtual/block/dm-9", 59, made_of=["devices/virtual/block/dm-8"])
    place = laid.mounted("stick", os.makedev(8, 58))
    assert laid.disks().one(place, laid.folder / "ledger") is None


def test_this_machines_own_are_asked(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert Disks().one(tmp_path / "a", tmp_path) is True
    assert Disks().on_the_root(Path("/"))
    assert not Disks().on_the_root(Path("/proc"))
    assert Disks().one(Path("/proc"), tmp_path) is None
