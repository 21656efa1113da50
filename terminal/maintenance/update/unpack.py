"""A packed release becomes a tree: plain files and folders under one folder, no more than was signed."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from terminal.core.errors import BundleRefused
from terminal.install.slots import MARK, Release
from terminal.runtime.steps import reached

UNPACKED_BYTES_MAX = 1 << 30
FILES_MAX = 50_000
_PATH_MAX = 400
_CHUNK_BYTES = 1 << 20


def unpacked(source: IO[bytes], into: Path, release: Release) -> None:
    """Into an empty folder. Whose the files are and when they were made is not taken over.

    Raises:
        BundleRefused: something in it has no place in a release, or it is more than `release` says. What
            lies in the folder then is of no use.
        OSError: the disk did not take it.
    """
    if release.unpacked > UNPACKED_BYTES_MAX or release.files > FILES_MAX:
        raise BundleRefused(f"it is too large: {release.unpacked} bytes in {release.files} files")
    left_bytes, left = release.unpacked, release.files
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            for member in tar:
                left -= 1
                left_bytes -= member.size
                if left < 0 or left_bytes < 0:
                    raise BundleRefused("it is too large: more is in it than was signed")
                _put(tar, member, into)
                reached("update.unpacking")
    except (tarfile.TarError, EOFError, OSError, ValueError) as fault:
        if isinstance(fault, OSError) and fault.errno is not None:
            raise
        raise BundleRefused(f"it cannot be unpacked: {fault}") from fault
    if left or left_bytes:
        raise BundleRefused("it is cut short: less is in it than was signed")


def _put(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    place = into / _inside(member.name)
    if member.isdir():
        _make(place, into)
        return
    source = tar.extractfile(member) if member.isreg() else None
    if source is None:
        raise BundleRefused(f"{member.name!r} is neither file nor folder")
    _make(place.parent, into)
    mode = 0o755 if member.mode & 0o100 else 0o644
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        descriptor = os.open(place, flags, mode)
    except FileExistsError as fault:
        raise BundleRefused(f"{member.name!r} is in it twice") from fault
    with os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            file.write(chunk)
        os.fchmod(descriptor, mode)


def _make(folder: Path, into: Path) -> None:
    """With all above it; seen by everybody, whoever types the command."""
    if folder.is_dir():
        return
    if folder != into:
        _make(folder.parent, into)
    folder.mkdir()
    folder.chmod(0o755)


def _inside(name: str) -> PurePosixPath:
    """Raises BundleRefused: a path that leads out, or to what we write ourselves."""
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or not path.parts
    if odd or len(name.encode()) > _PATH_MAX or path.parts[0] in {MARK, f"{MARK}-new", ".venv"}:
        raise BundleRefused(f"{name[:80]!r} has no place in a release")
    return path
