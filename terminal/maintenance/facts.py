"""What can be seen of a terminal, from within while it runs or from outside while it does not."""

from __future__ import annotations

import os
from pathlib import Path

from terminal.core.commands import ClockTrust
from terminal.core.events import DeviceHealth
from terminal.core.values import Value


class DeviceFacts(Value, frozen=True, kw_only=True):
    """A device, or a service of the terminal that a technician should know of."""

    name: str
    kind: str
    """`reader`, `scanner`, `printer` or `service`."""
    health: DeviceHealth
    why: str = ""
    crashes: int = 0


class LedgerFacts(Value, frozen=True, kw_only=True):
    path: str
    entries: int = 0
    """Seq of the last one."""
    checked: int = 0
    """How many of the last ones were verified just now."""
    acked: int = 0
    """Seq up to which headquarters holds them."""
    last_entry_ms: int | None = None
    """When the last entry says it was."""
    fault: str = ""
    """The first thing that does not agree, or why it could not be looked at."""
    holder: str = ""
    """Which process holds its lock."""


class QueueFacts(Value, frozen=True, kw_only=True):
    configured: bool
    waiting: int = 0
    """Entries that headquarters has not acknowledged."""
    acked: int = 0
    online: bool = False
    why: str = ""
    acked_age_ms: int | None = None
    """Since the last acknowledgement of this run."""


class ClockFacts(Value, frozen=True, kw_only=True):
    wall_ms: int
    trust: ClockTrust
    synchronised: bool | None
    """What the kernel says; None when it cannot be asked."""
    drift_ms: int | None = None
    """Our clock less headquarters'; None before it told us its time."""


class DiskFacts(Value, frozen=True, kw_only=True):
    path: str
    free_bytes: int
    total_bytes: int
    read_only: bool


class Facts(Value, frozen=True, kw_only=True):
    """Everything at one moment."""

    terminal: str
    running: bool
    pid: int = 0
    devices: tuple[DeviceFacts, ...]
    ledger: LedgerFacts
    queue: QueueFacts
    clock: ClockFacts
    disk: DiskFacts


def disk_of(path: Path) -> DiskFacts:
    """The file system that holds `path`, or would once it is there."""
    there = path.absolute()
    while not there.exists():
        there = there.parent
    seen = os.statvfs(there)
    return DiskFacts(
        path=str(there),
        free_bytes=seen.f_bavail * seen.f_frsize,
        total_bytes=seen.f_blocks * seen.f_frsize,
        read_only=bool(seen.f_flag & os.ST_RDONLY),
    )


_TIME_ERROR = 5
_TIMEX_BYTES = 512
"""More than struct timex has on any platform; all zero asks and changes nothing."""


def synchronised() -> bool | None:
    """What the kernel thinks of its clock: adjtimex(2)."""
    import ctypes  # noqa: PLC0415  the running terminal does without it

    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else state != _TIME_ERROR
