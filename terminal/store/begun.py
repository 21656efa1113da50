"""Which epochs restores have begun, as what they left behind says: ledgers put aside, marks in backups.

Two restores must never begin the same one, or a site would have two chains and two receipts under one number.
Beside the ledger they are told by the ledgers that were put aside; where its disk was lost, by the backups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from terminal.runtime.durable import sync_folder
from terminal.store.backup import BackupRefused, Manifest, backups_in
from terminal.store.file import ASIDE
from terminal.store.sealed import Secret

_MARK = "restored-epoch-"
"""An empty file in the backup that was restored, before the number of the epoch that it began."""
_NUMBER = re.compile(r"[1-9]\d{0,8}")


def begun(ledger: Path, backup: Path, manifest: Manifest, secret: Secret) -> Iterator[int]:
    """Also the epochs of all backups of the site that lie beside this one."""
    yield manifest.epoch
    yield from _marks(backup)
    for epoch, _ in kept_aside(ledger):
        yield epoch
    for where, other in backups_in(backup.absolute().parent, secret):
        if other.site == manifest.site:
            yield other.epoch
            yield from _marks(where)


def mark(backup: Path, epoch: int) -> None:
    """Durable when it returns. Raises BackupRefused where the backup cannot keep it."""
    try:
        (backup / f"{_MARK}{epoch}").touch(mode=0o600)
        sync_folder(backup)
    except OSError as fault:
        raise BackupRefused(
            f"{backup}: {fault.strerror}. A restore leaves a mark in it, or the next one could begin the same"
            " epoch. Copy that folder to where it can be written, and restore the copy"
        ) from fault


def kept_aside(ledger: Path) -> list[tuple[int, Path]]:
    """Ledgers that another took the place of, with the epoch that began then; the last one last."""
    name = re.compile(re.escape(ledger.stem + ASIDE) + r"(\d{1,15})\.db")
    found = ((name.fullmatch(one.name), one) for one in ledger.parent.iterdir())
    return sorted((int(match[1]), one) for match, one in found if match)


def _marks(backup: Path) -> Iterator[int]:
    for one in backup.iterdir():
        number = one.name.removeprefix(_MARK)
        if number != one.name and _NUMBER.fullmatch(number):
            yield int(number)
