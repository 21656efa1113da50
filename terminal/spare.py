"""What may leave the ledger's file system when that is nearly full: asked for the doctor's advice alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from terminal.maintenance.doctor_machine import FREE_BYTES_MIN
from terminal.maintenance.facts import BackupFacts, DiskFacts, SpareFacts
from terminal.store.begun import kept_aside

_BYTES_MIN = 1 << 20
_SHOWN_MAX = 3
_BACKUPS = Path("/mnt/backup")
"""Where backups lie that were made before a stick was missed."""
_KEPT = ("ledger-*", ".unfinished-*")
_UNREAD = ("keys-damaged", "parked-unreadable", "invoices-unreadable")
_COMMANDS = {
    "var/cache/apt/archives": "sudo apt-get clean",
    "var/log/journal": "sudo journalctl --vacuum-size=50M",
}
"""What the system keeps, where the ledger has no partition of its own."""


def spare_facts(
    ledger: Path, disk: DiskFacts, backups: BackupFacts | None, root: Path = Path("/")
) -> tuple[SpareFacts, ...]:
    """The largest first; nothing while there is room. `root`: of the system's files. Blocks."""
    if disk.free_bytes >= FREE_BYTES_MIN:
        return ()
    try:
        device = ledger.parent.stat().st_dev
        found = [*_beside(ledger), *_copies(backups, device), *_of_the_system(root, device)]
    except OSError:
        return ()
    large = sorted((one for one in found if one.bytes >= _BYTES_MIN), key=lambda one: -one.bytes)
    return tuple(large[:_SHOWN_MAX])


def _beside(ledger: Path) -> Iterator[SpareFacts]:
    """Ledgers that another took the place of, and files that could not be read: nobody opens them again."""
    for _, aside in kept_aside(ledger):
        if aside.stat().st_nlink > 1:  # A healing that was cut off: it is the ledger itself.
            continue
        parts = [Path(f"{aside}{ending}") for ending in ("", "-wal", "-shm")]
        yield SpareFacts(what=f"{aside}*", bytes=sum(map(_size, parts)))
    for ending in _UNREAD:
        path = ledger.with_suffix(f".{ending}")
        yield SpareFacts(what=str(path), bytes=_size(path))


def _copies(backups: BackupFacts | None, device: int) -> Iterator[SpareFacts]:
    """Backups that were made on the ledger's own file system."""
    folders = {_BACKUPS, *([Path(backups.folder)] if backups and backups.folder else [])}
    for folder in sorted(folders):
        if _is_on(folder, device):
            kept = [one for name in _KEPT for one in folder.glob(name) if not one.is_symlink()]
            yield SpareFacts(what=str(folder), bytes=sum(map(_size, kept)))


def _of_the_system(root: Path, device: int) -> Iterator[SpareFacts]:
    for place, command in _COMMANDS.items():
        if _is_on(root / place, device):
            yield SpareFacts(what=command, bytes=_size(root / place), command=True)


def _is_on(folder: Path, device: int) -> bool:
    try:
        return folder.stat().st_dev == device
    except OSError:
        return False


def _size(path: Path) -> int:
    """Bytes that it takes on the disk, a folder with all in it; what nobody may see counts for none."""
    taken = 0
    for folder, _, names in os.walk(path):
        taken += sum(_taken(os.path.join(folder, name)) for name in names)  # noqa: PTH118  as walk gives it
    return taken or _taken(path)


def _taken(path: str | Path) -> int:
    try:
        return os.lstat(path).st_blocks * 512
    except OSError:
        return 0
