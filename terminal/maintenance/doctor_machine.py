"""What the doctor says of the machine itself: its clock, its disk, its power and memory."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.maintenance.facts import ClockFacts, DiskFacts, MachineFacts, SpareFacts
from terminal.maintenance.finding import Finding

FREE_BYTES_MIN = 64 << 20
"""Below this a busy day of entries and the file system's own housekeeping do not fit for sure."""
DRIFT_MS_MAX = 60_000
EPOCH_MS = 1_767_225_600_000
"""2026-01-01: a clock before this was never set."""
BEHIND_MS_MAX = 5 * 60_000
HOT_CELSIUS = 80
"""At 80 a Raspberry Pi begins to slow itself down, by its makers' documentation."""
FREE_KIB_MIN = 32 * 1024
"""What one try of a PIN takes (19 MiB), and some."""
_UNDER_VOLTAGE = 1 << 0 | 1 << 16
_SLOWED = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 17 | 1 << 18 | 1 << 19
_MIB = 1 << 20


def clock_told(clock: ClockFacts, last_entry_ms: int | None) -> Finding:
    step = "Set the time: timedatectl; check the network's time server and the clock's battery."
    told = {True: "synchronised", False: "not synchronised", None: "kernel cannot be asked"}
    reason = f"trust {clock.trust}, {told[clock.synchronised]}"
    if clock.drift_ms is not None:
        reason += f", {clock.drift_ms / 1000:+.1f} s from headquarters"
    if clock.right_ms:
        reason += f"; set right by {clock.right_ms / 1000:+.1f} s"
    for wrong in _clock_faults(clock, last_entry_ms):
        return Finding(subject="clock", well=False, reason=f"{wrong}; {reason}", next_step=step)
    return Finding(subject="clock", well=True, reason=reason)


def _clock_faults(clock: ClockFacts, last_entry_ms: int | None) -> Iterator[str]:
    if clock.wall_ms < EPOCH_MS:
        yield "it was never set"
    if last_entry_ms is not None and clock.wall_ms < last_entry_ms - BEHIND_MS_MAX:
        yield "it is behind the last entry of the ledger"
    if clock.drift_ms is not None and abs(clock.drift_ms) > DRIFT_MS_MAX:
        yield "it is wrong"
    if abs(clock.right_ms) > DRIFT_MS_MAX:
        yield "the machine's own is wrong; headquarters' time is used"


def disk_seen(disk: DiskFacts, spare: tuple[SpareFacts, ...]) -> Finding:
    reason = f"{disk.free_bytes // _MIB} of {disk.total_bytes // _MIB} MiB free at {disk.path}"
    if not disk.total_bytes:
        step = "Set ledger.path to a folder on a disk."
        return Finding(subject="disk", well=False, reason=f"{disk.path} is on no disk", next_step=step)
    if disk.read_only:
        step = "Nothing can be booked. Look at dmesg; the card may be worn out."
        return Finding(subject="disk", well=False, reason=f"read-only; {reason}", next_step=step)
    if disk.free_bytes < FREE_BYTES_MIN:
        step = _room_made(spare)
        return Finding(subject="disk", well=False, reason=f"nearly full; {reason}", next_step=step)
    return Finding(subject="disk", well=True, reason=reason)


def _room_made(spare: tuple[SpareFacts, ...]) -> str:
    """What lies beside the ledger is moved and not deleted: it may hold what is nowhere else."""
    moved = ", ".join(_sized(one) for one in spare if not one.command)
    typed = ", ".join(_sized(one) for one in spare if one.command)
    if moved and typed:
        return f"Make room: move to another disk {moved}. Then type {typed}."
    if moved:
        return f"Make room: move to another disk {moved}."
    if typed:
        return f"Make room: {typed}."
    return "Nothing is known here that may go: back up, then restore onto a larger card."


def _sized(one: SpareFacts) -> str:
    return f"{one.what} ({one.bytes // _MIB} MiB)"


def machine_seen(machine: MachineFacts) -> Finding:
    parts = [
        machine.model or "machine",
        *([] if machine.celsius is None else [f"{machine.celsius} C"]),
        *([] if machine.free_kib is None else [f"{machine.free_kib // 1024} MiB of memory free"]),
        *([] if machine.up_s is None else [f"up {machine.up_s // 3600} h"]),
    ]
    reason = ", ".join(parts)
    for wrong, step in _machine_faults(machine):
        return Finding(subject="machine", well=False, reason=f"{wrong}; {reason}", next_step=step)
    return Finding(subject="machine", well=True, reason=reason)


def _machine_faults(machine: MachineFacts) -> Iterator[tuple[str, str]]:
    """The most frequent cause of all first."""
    bits = machine.throttled or 0
    if bits & _UNDER_VOLTAGE:
        step = (
            "Another supply (5.1 V) and a shorter cable, nothing that draws power from USB; then restart it."
        )
        yield f"too little power since it started (throttled {bits:#x})", step
    if (machine.celsius or 0) >= HOT_CELSIUS or bits & _SLOWED:
        yield "too hot", "Give it air: out of the sun, away from the heater, a heat sink or a fan."
    if machine.free_kib is not None and machine.free_kib < FREE_KIB_MIN:
        yield "little memory is left", "Restart it; if it comes back, tell whoever helps: ps aux --sort -rss"
