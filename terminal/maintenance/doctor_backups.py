"""What the doctor says of backups: whether one is written each night, and where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from terminal.core.commands import ClockTrust
from terminal.maintenance.facts import BackupFacts, ClockFacts, Facts
from terminal.maintenance.finding import Finding

SUBJECT = "backups"
NOT_TAKEN = "its secret was never taken to a safe: without it no backup opens on another disk"
TAKE = "Take it: sudo terminal menu, 7, 7; then into the owner's safe, apart from the backups."
_USUAL = "/mnt/backup"
LATE_MS = 36 * 3_600_000
"""A night, and a day on which the machine was off until the evening."""
LOST_MS = 3 * 86_400_000
FAILED_MAX = 3
"""In a row, where nobody believes the clock: a try a night."""
GOES_ON_MS = 2 * 3_600_000
"""So long its unit lets it."""
_JUST_UP_S = 3_600
"""One that was missed is made within the hour after a start."""


def backed_up(facts: Facts) -> Iterator[Finding]:
    """Where backups are expected: red after three days without one, amber after a night."""
    seen = facts.backups
    if seen is None:
        return
    if seen.secret_taken is False:
        yield Finding(subject="secret", well=True, amber=True, reason=NOT_TAKEN, next_step=TAKE)
    if seen.fault:
        step = "Back up: sudo terminal menu, then 7, 2. That writes it anew."
        yield Finding(subject=SUBJECT, well=True, amber=True, reason=seen.fault, next_step=step)
        return
    age_ms = _age_ms(seen, facts.clock)
    reason = _reason(seen, facts.clock, counted=age_ms is not None)
    failed, cut_off = seen.failed, _cut_off(seen, facts.clock)
    if cut_off:
        reason, failed = f"{reason}; the last try was cut off", failed + 1
    elif failed and seen.why:
        reason += f"; the last try failed: {seen.why}"
    late = seen.nightly and age_ms is not None and age_ms > LATE_MS
    lost = seen.nightly and (failed >= FAILED_MAX if age_ms is None else age_ms > LOST_MS)
    if lost and not (age_ms is not None and not failed and _just_up(facts)):
        step = (
            "Selling goes on; the sales since then are on this disk alone. Is the stick mounted?"
            f" findmnt -T {seen.folder or _USUAL}; then back up: sudo terminal menu, 7, 2."
        )
        yield Finding(subject=SUBJECT, well=False, reason=reason, next_step=step)
    elif failed or late:
        step = "Put it right, then back up: sudo terminal menu, 7, 2."
        if not failed:
            step = "Back up: sudo terminal menu, 7, 2. systemctl list-timers: is there one tonight?"
        yield Finding(subject=SUBJECT, well=True, amber=True, reason=reason, next_step=step)
    else:
        yield Finding(subject=SUBJECT, well=True, reason=reason)


def _reason(seen: BackupFacts, clock: ClockFacts, *, counted: bool) -> str:
    if seen.done_ms is None:
        reason = "none was made here yet"
    else:
        day = datetime.fromtimestamp(seen.done_ms / 1000, UTC).date().isoformat()
        reason = f"the last one, in {seen.folder}, is of {day} UTC"
        if seen.same_disk:
            reason += "; on the disk of the ledger, so it outlives no disk"
    if seen.nightly and not counted and (seen.done_ms is not None or clock.trust is ClockTrust.UNKNOWN):
        reason += "; nobody believed the clock, so tries are counted and not days"
    return reason


def _age_ms(seen: BackupFacts, clock: ClockFacts) -> int | None:
    """Since the last one, or since they are expected; None: nobody knows."""
    if seen.since_ms is None or clock.trust is ClockTrust.UNKNOWN:
        return None
    age_ms = clock.wall_ms - seen.since_ms
    return age_ms if age_ms >= 0 else None


def _cut_off(seen: BackupFacts, clock: ClockFacts) -> bool:
    """One that began just now may go on; where nobody knows how long ago, the next try tells."""
    if seen.begun_ms is None or clock.trust is ClockTrust.UNKNOWN:
        return False
    return clock.wall_ms - seen.begun_ms > GOES_ON_MS


def _just_up(facts: Facts) -> bool:
    up_s = facts.machine.up_s if facts.machine else None
    return up_s is not None and up_s < _JUST_UP_S
