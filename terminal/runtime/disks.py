"""Which disk a file lies on: a whole one, since its partitions are lost together.

As sysfs(5) has it: `dev/block/MAJOR:MINOR` leads to the device, a partition lies in the folder of its disk,
and `slaves` names what a mapped device (LVM, LUKS, RAID) is made of.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from terminal.runtime.durable import mounted

_SYSFS = Path("/sys")
_MOUNTS = Path("/proc/self/mounts")
_ELSEWHERE = frozenset({"nfs", "nfs4", "cifs", "smb3", "ceph", "fuse.sshfs", "fuse.glusterfs"})
"""File systems of another machine."""
_IN_MEMORY = ("ram", "zram")
_DEPTH_MAX = 8
"""Devices over devices: RAID, LUKS, LVM and an image in it are four."""


def device_of(path: Path) -> int:
    """Of the file system that holds it. Raises OSError."""
    return path.stat().st_dev


@dataclass(frozen=True, slots=True, kw_only=True)
class Disks:
    """What this machine says of its disks."""

    sysfs: Path = _SYSFS
    mounts: Path = _MOUNTS
    """As proc(5) has them."""
    device_of: Callable[[Path], int] = device_of

    def one(self, this: Path, other: Path) -> bool | None:
        """Whether both are lost with one disk; None: nobody can say. Both exist. Raises OSError."""
        if self.device_of(this) == self.device_of(other):
            return True
        ours, theirs = self._under(this, _DEPTH_MAX), self._under(other, _DEPTH_MAX)
        return None if ours is None or theirs is None else bool(ours & theirs)

    def on_the_root(self, path: Path) -> bool:
        """Nothing is mounted there. Raises OSError.

        By the file system: a unit of systemd that may write there has its folder mounted over itself.
        """
        return self.device_of(path) == self.device_of(Path("/"))

    def _under(self, path: Path, depth: int) -> frozenset[str] | None:
        source, kind, _ = mounted(path.absolute().resolve(), self.mounts)
        if kind in _ELSEWHERE:
            return frozenset({source})
        number = self.device_of(path)
        block = self.sysfs / "dev/block" / f"{os.major(number)}:{os.minor(number)}"
        if not block.exists() and source.startswith("/dev/"):  # Of btrfs, which has a number of its own.
            block = self.sysfs / "class/block" / Path(source).name
        return self._made_of(block, depth) if block.exists() else None

    def _made_of(self, block: Path, depth: int) -> frozenset[str] | None:
        node = block.resolve()
        if (node / "partition").is_file():
            node = node.parent
        if depth == 0 or node.name.rstrip("0123456789") in _IN_MEMORY:
            return None
        image = node / "loop/backing_file"
        if image.is_file():
            file = Path(image.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n"))
            return self._under(file, depth - 1) if file.exists() else None
        slaves = sorted((node / "slaves").iterdir()) if (node / "slaves").is_dir() else []
        if not slaves:
            return frozenset({str(node)})
        below = [self._made_of(slave, depth - 1) for slave in slaves]
        known = [one for one in below if one is not None]
        return frozenset().union(*known) if len(known) == len(below) else None
