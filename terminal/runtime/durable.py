"""Small files that appear whole or not at all, whatever the power does."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_MOUNTS = Path("/proc/self/mounts")
_FSTAB = Path("/etc/fstab")
_OCTAL = re.compile(r"\\([0-7]{3})")
_IN_MEMORY = {"overlay", "tmpfs", "ramfs"}


def put(path: Path, data: bytes) -> None:
    """Only its owner may read it. Durable when it returns; what was there before stays until then.

    What root puts belongs to whoever owns the folder.
    """
    fresh = path.with_name(f"{path.name}-new")
    fresh.unlink(missing_ok=True)  # A leftover may be another's, or wider, or lead elsewhere.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        give_to_owner(fresh)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    sync_folder(path.parent)


def put_link(path: Path, target: str) -> None:
    """A symbolic link in place of whatever lies there, by one rename. Durable when it returns."""
    fresh = path.with_name(f"{path.name}-new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(path)
    sync_folder(path.parent)


def read_or_make(path: Path, size: int) -> bytes:
    """So many random bytes, made at the first call. Raises ValueError when others are there."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        kept = os.urandom(size)
        put(path, kept)
    if len(kept) != size:
        raise ValueError(f"{path}: {len(kept)} bytes instead of {size}")
    return kept


def give_to_owner(path: Path, of: Path | None = None) -> None:
    """What root made is whose the folder is, `of` or the one it lies in: the terminal runs as that one.

    Only what is root's own, and no file that has a second name: it may be of another folder. Raises OSError.
    """
    if os.geteuid() != 0:
        return
    owner, kept = (of or path.parent).stat(), path.lstat()
    if kept.st_uid == 0 and (stat.S_ISDIR(kept.st_mode) or kept.st_nlink == 1):
        with suppress(PermissionError):  # A stick's file system may know one owner of all.
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def give_folder_to_owner(path: Path) -> None:
    """As `give_to_owner`, a folder that root made and the files in it, to whoever owns the folder it lies in.

    That owner may put another in its place meanwhile: what is given is what was opened. Raises OSError.
    """
    if os.geteuid() != 0:
        return
    owner = path.parent.stat()
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_uid != 0:
            return
        with suppress(PermissionError):  # As there.
            for name in os.listdir(descriptor):  # noqa: PTH208  of what was opened
                kept = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                if kept.st_uid == 0 and stat.S_ISREG(kept.st_mode) and kept.st_nlink == 1:
                    os.chown(name, owner.st_uid, owner.st_gid, dir_fd=descriptor, follow_symlinks=False)
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)


def lost_at_restart(path: Path, mounts: Path = _MOUNTS) -> str:
    """A sentence where what is written there lies in memory, as over a read-only root; else empty.

    `mounts`: as proc(5) has it. Raises OSError.
    """
    kind = mounted(path.absolute().resolve(), mounts).kind
    if kind not in _IN_MEMORY:
        return ""
    return (
        f"{path} lies in memory ({kind}), and is as before after a restart:"
        " make the root writable for the time (docs/appliance.md, 1.)"
    )


def laid_over(path: Path, mounts: Path = _MOUNTS) -> str:
    """A sentence where an overlay lies over that whose upper layer is in memory; else empty.

    So overlayroot lays one over the root, and over each file system of fstab(5) unless it is told
    `recurse=0`. `mounts`: as proc(5) has it. Raises OSError.
    """
    _, kind, options = mounted(path.absolute().resolve(), mounts)
    upper = next(
        (one.removeprefix("upperdir=") for one in options.split(",") if one.startswith("upperdir=")), ""
    )
    if kind != "overlay" or not upper or mounted(Path(upper), mounts).kind not in {"tmpfs", "ramfs"}:
        return ""
    return f"an overlay in memory lies over {path}: what is written there is gone after a restart"


class Mount(NamedTuple):
    """A line of proc(5)'s mounts."""

    source: str
    """A device's path, or a file system's own word for where it comes from."""
    kind: str
    options: str


def mounted(place: Path, mounts: Path = _MOUNTS) -> Mount:
    """The file system that holds it; what was mounted last lies on top. Raises OSError.

    `place`: absolute, without links.
    """
    found, longest = Mount("", "", ""), 0
    for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        source, folder, kind, options, *_ = map(_spelt, line.split())
        if place.is_relative_to(folder) and len(folder) >= longest:
            found, longest = Mount(source, kind, options), len(folder)
    return found


def not_mounted(path: Path, fstab: Path = _FSTAB, mounts: Path = _MOUNTS) -> str:
    """A sentence where that lies on a file system which should be mounted, as fstab(5) says, and is not.

    Else empty; also where no such list is there. `mounts`: as proc(5) has it. Raises OSError.
    """
    if not fstab.is_file():
        return ""
    place, there = path.absolute().resolve(), _folders(mounts)
    for folder in _folders(fstab):
        if place.is_relative_to(folder.resolve()) and folder.resolve() not in there:
            return f"{folder} is on a disk of its own, which is not mounted: sudo mount {folder}"
    return ""


def _folders(table: Path) -> list[Path]:
    """Where file systems are mounted, by the second word of each line."""
    lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    words = [line.split() for line in lines if not line.lstrip().startswith("#")]
    named = [_spelt(line[1]) for line in words if len(line) > 1]
    return [Path(one) for one in named if one.startswith("/")]


def _spelt(word: str) -> str:
    """A space in it stands as its number."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), word)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
