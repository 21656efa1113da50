"""What became of the last backups: a small file beside the ledger, read while no terminal runs, too."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from msgspec.structs import replace

from terminal.core.commands import ClockTrust
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.core.wire.forms import Count
from terminal.runtime.durable import put

log = logging.getLogger(__name__)

_BYTES_MAX = 16 << 10
_WHY_CHARS_MAX = 1_000


class Moment(Value, frozen=True, kw_only=True):
    """By the clock of whoever made the backup."""

    wall_ms: int
    believed: bool


class Done(Value, frozen=True, kw_only=True):
    """The last backup that was written and verified."""

    at: Moment
    folder: str
    same_disk: bool
    """It lies on the disk of the ledger."""


class Record(Value, frozen=True, kw_only=True):
    first: Moment
    """Of all tries."""
    last: Moment
    ended: bool = False
    """The last one; else it goes on, or was cut off."""
    why: str = ""
    """Why the last one that ended made none; empty: it made one, or none has ended."""
    failed: Count = 0
    """Tries in a row that made none; of those that were cut off, the ones before the last."""
    done: Done | None = None


def record_path(ledger: Path) -> Path:
    return ledger.with_suffix(".backups")


def record_of(ledger: Path) -> Record | None:
    """None: no backup was ever tried. Raises OSError; ValueError: it is damaged."""
    try:
        with record_path(ledger).open("rb") as file:
            return msgspec.json.decode(file.read(_BYTES_MAX), type=Record)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        raise ValueError(str(fault)) from fault


class Try:
    """One try: noted before anything is written, so that one that is cut off is known, too.

    What cannot be noted is said in the log, and costs no backup.
    """

    def __init__(self, ledger: Path, clock: Clock) -> None:
        self._ledger = ledger
        now = Moment(wall_ms=clock.wall_ms(), believed=clock.trust is not ClockTrust.UNKNOWN)
        before = self._before()
        if before is None:
            self._record = Record(first=now, last=now)
        else:
            cut_off = not before.ended
            self._record = replace(before, last=now, ended=False, failed=before.failed + cut_off)
        self._note()

    def failed(self, why: str) -> None:
        record = self._record
        self._record = replace(record, ended=True, why=why[:_WHY_CHARS_MAX], failed=record.failed + 1)
        self._note()

    def done(self, folder: Path, *, same_disk: bool) -> None:
        record = self._record
        kept = Done(at=record.last, folder=str(folder), same_disk=same_disk)
        self._record = replace(record, ended=True, why="", failed=0, done=kept)
        self._note()

    def _before(self) -> Record | None:
        try:
            return record_of(self._ledger)
        except (OSError, ValueError) as fault:
            log.warning("%s: cannot be read: %s", record_path(self._ledger), fault)
            return None

    def _note(self) -> None:
        try:
            put(record_path(self._ledger), msgspec.json.encode(self._record))
        except OSError as fault:
            log.warning("%s: %s", record_path(self._ledger), fault.strerror or fault)
