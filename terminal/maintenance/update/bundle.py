"""A bundle: one tar file with the maker's metadata and, for each kind of machine, a release packed as tar.gz.

Nothing of it is believed yet when it is opened here: every size is limited, and only plain files count.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import msgspec
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import TargetFile

from terminal.core.errors import BundleRefused, NoUpdateHere
from terminal.install.slots import Release
from terminal.runtime.steps import reached

BUNDLE_BYTES_MAX = 512 << 20
_METADATA_BYTES_MAX = 1 << 20
_MEMBERS_MAX = 300
_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20
"""Room that is left to the machine."""


def copied(bundle: Path, to: Path) -> None:
    """A stick may say something else when it is read a second time: what is judged lies here.

    Raises:
        BundleRefused: too large.
        NoUpdateHere: no room.
        OSError: it cannot be read, or the copy not be written.
    """
    size = bundle.stat().st_size
    if size > BUNDLE_BYTES_MAX:
        raise BundleRefused(f"it is too large: {size} bytes")
    to.unlink(missing_ok=True)
    check_room(to.parent, size)
    left = BUNDLE_BYTES_MAX
    with bundle.open("rb") as source, to.open("xb") as copy:
        while chunk := source.read(_CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise BundleRefused("it is too large, and grows")
            copy.write(chunk)
            reached("update.copying")


def check_room(folder: Path, size: int) -> None:
    """Raises NoUpdateHere."""
    free = shutil.disk_usage(folder).free
    if free < with_spare(size):
        raise NoUpdateHere(f"{folder}: {free >> 20} MiB are free, {with_spare(size) >> 20} are needed")


def with_spare(size: int) -> int:
    """Bytes that must be free for so many."""
    return size + _SPARE_BYTES


class Bundle:
    """An open one."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises BundleRefused: it is none, or is cut short."""
        try:
            self._tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115  whoever opened the file closes it
            self._members = _members(self._tar)
        except (tarfile.TarError, EOFError, ValueError) as fault:
            raise BundleRefused(f"it is no bundle, or cut short: {fault}") from fault

    def metadata(self) -> Mapping[str, bytes]:
        """The maker's files by name."""
        names = [name for name in self._members if name.endswith(".json")]
        return {name: self._read(name) for name in names}

    def _read(self, name: str) -> bytes:
        if self._members[name].size > _METADATA_BYTES_MAX:
            raise BundleRefused(f"it is too large: {name}")
        with self._open(name) as file:
            data = file.read()
        if len(data) != self._members[name].size:
            raise BundleRefused(f"it is cut short: {name}")
        return data

    def payload(self, path: str, said: TargetFile) -> IO[bytes]:
        """That release, at its first byte, after all of it was compared with what the maker signed.

        Raises:
            BundleRefused: it is missing, cut short or another.
        """
        if path not in self._members:
            raise BundleRefused(f"it is cut short: {path} is missing")
        file = self._open(path)
        try:
            said.verify_length_and_hashes(file)
        except (RepositoryError, OSError, EOFError, tarfile.TarError) as fault:
            raise BundleRefused(f"{path} is not what was signed, or is cut short: {fault}") from fault
        file.seek(0)
        return file

    def _open(self, name: str) -> IO[bytes]:
        file = self._tar.extractfile(self._members[name])
        if file is None:
            raise BundleRefused(f"{name} is no file")
        return file


def _members(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        if not member.isreg() or "/" in member.name or member.name in found or len(found) == _MEMBERS_MAX:
            raise BundleRefused(f"{member.name[:80]!r} has no place in a bundle")
        found[member.name] = member
    return found


def chosen(targets: Mapping[str, TargetFile], machine: str, python: str) -> tuple[str, Release]:
    """The release for such a machine. Raises BundleRefused: there is none, or nothing is said of it."""
    others = []
    for path, target in sorted(targets.items()):
        try:
            release = msgspec.convert(target.custom, Release)
        except msgspec.ValidationError as fault:
            raise BundleRefused(f"{path}: what it is for cannot be read: {fault}") from fault
        if (release.machine, release.python) == (machine, python):
            return path, release
        others.append(f"{release.machine} with Python {release.python}")
    raise BundleRefused(f"it is for {', '.join(others) or 'nothing'}; this is {machine} with Python {python}")
