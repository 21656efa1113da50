"""The hq_epoch beside the database, not in it: a restored database must not bring an old one back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from terminal.runtime.durable import put

_FILE = "hq-epoch"


class EpochUnusable(Exception):
    """The file does not hold one, or the one that is given was used before; `str()` says which."""


def kept_epoch(data: Path, given: int = 0) -> int:
    """The one in force.

    Args:
        data: where the file lies.
        given: by whoever starts it after a restore, and kept from then on; 0 where it is as it was.

    Raises:
        EpochUnusable: nothing was changed.
    """
    kept, epoch = data / _FILE, 0
    with suppress(FileNotFoundError):
        try:
            epoch = int(kept.read_text())
        except ValueError as fault:
            raise EpochUnusable(f"{kept} does not hold a number") from fault
    if given and given < epoch:
        raise EpochUnusable(f"{kept} says {epoch}: no epoch comes a second time")
    if given > epoch or not epoch:
        epoch = given or 1
        keep_epoch(data, epoch)
    return epoch


def keep_epoch(data: Path, hq_epoch: int) -> None:
    """Durable when it returns. Raises OSError."""
    put(data / _FILE, f"{hq_epoch}\n".encode())
