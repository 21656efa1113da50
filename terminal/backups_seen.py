"""How it stands with backups, from their record and their timer: for the doctor and for figures."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from terminal.maintenance.doctor_machine import EPOCH_MS
from terminal.maintenance.facts import BackupFacts
from terminal.store.backup_record import Moment, record_of, record_path
from terminal.store.secret_copy import taken

TIMER = Path("/etc/systemd/system/timers.target.wants/terminal-backup.timer")
"""The link by which systemd starts it; a shop that takes it away wants none."""
_MS_PER_S = 1000


def backup_facts(ledger: Path, timer: Path = TIMER) -> BackupFacts | None:
    """None: nobody expects any, or whoever asks may not look. Blocks."""
    seen = _tries(ledger, timer)
    return replace(seen, secret_taken=taken(ledger)) if seen is not None else None


def _tries(ledger: Path, timer: Path) -> BackupFacts | None:
    expected = _expected(timer)
    try:
        record = record_of(ledger)
    except ValueError:
        fault = f"{record_path(ledger)}: cannot be read"
        return BackupFacts(nightly=expected is not None, fault=fault)
    except OSError:
        return None
    if record is None:
        return BackupFacts(nightly=True, since_ms=_known_ms(expected)) if expected is not None else None
    done = record.done
    since = done.at if done is not None else record.first
    return BackupFacts(
        nightly=expected is not None,
        since_ms=_known_ms(since),
        done_ms=done.at.wall_ms if done is not None else None,
        folder=done.folder if done is not None else "",
        same_disk=done is not None and done.same_disk,
        begun_ms=None if record.ended else record.last.wall_ms,
        failed=record.failed,
        why=record.why,
    )


def _expected(timer: Path) -> Moment | None:
    """Since when. A machine that was never told the time made that link in the past."""
    try:
        made_ms = int(timer.lstat().st_mtime * _MS_PER_S)
    except OSError:
        return None
    return Moment(wall_ms=made_ms, believed=made_ms >= EPOCH_MS)


def _known_ms(moment: Moment) -> int | None:
    return moment.wall_ms if moment.believed else None
