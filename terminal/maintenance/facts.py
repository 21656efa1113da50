"""What can be seen of a terminal, from within while it runs or from outside while it does not."""

from __future__ import annotations

import errno
import os
from enum import StrEnum
from pathlib import Path

from terminal.core.commands import ClockTrust
from terminal.core.events import DeviceHealth
from terminal.core.hook import Held
from terminal.core.values import Value
from terminal.core.wire.link import LinkTrouble


class DeviceFacts(Value, frozen=True, kw_only=True):
    """A device, or a service of the terminal that a technician should know of."""

    name: str
    kind: str
    """As its driver says it, such as `reader`; or `service`."""
    health: DeviceHealth
    why: str = ""
    crashes: int = 0
    receipts: int = 0
    """Of a printer: how many wait for it."""
    left: bool = False
    """Of a printer: a receipt was given up, and waits for Reprint."""
    opened: bool = False
    """Of a switch under the lid: the case was open since the start."""


class LedgerTrouble(StrEnum):
    """What kind of thing is wrong with the ledger."""

    ABSENT = "absent"  # no file: before the first start that is right
    NO_PLACE = "no_place"  # no file, and none can be made there
    UNSEEN = "unseen"  # whoever asks may not look at it
    HELD = "held"  # another process has it
    UNREAD = "unread"  # the disk does not let anybody read it now
    OLDER = "older"  # the next start brings it to this program's schema
    NEWER = "newer"  # only a newer program may open it
    REFUSED = "refused"  # it is whole; what lies beside it does not belong to it
    DAMAGED = "damaged"


class IntentFacts(Value, frozen=True, kw_only=True):
    """Something that was begun outside and of which nobody knows yet how it ended (I11)."""

    id: str
    """Under which the outside knows it."""
    what: str
    amount: int
    """Fen."""
    since_ms: int


class ErasureFacts(Value, frozen=True, kw_only=True):
    """A member who asked to be forgotten and is not yet."""

    member: str
    since: str
    """Business day."""
    until: str = ""
    """Business day until which records are kept; empty: value is left."""
    told: bool = False
    """Headquarters sees to it."""


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
    believed_ms: int | None = None
    """When the latest of those that were checked says it was, of those whose clock was believed."""
    signed_ms: int | None = None
    """As `believed_ms`, of those whose clock agreed with headquarters' signed time."""
    openable_from: int | None = None
    """The first schema whose program opens it; None: it could not be looked at."""
    fault: str = ""
    """The first thing that does not agree, or why it could not be looked at."""
    trouble: LedgerTrouble = LedgerTrouble.DAMAGED
    """Of `fault`, where there is one."""
    holder: str = ""
    """Which process holds its lock."""
    intents: tuple[IntentFacts, ...] = ()
    """Those that are open, oldest first; the first hundred."""
    erasures: tuple[ErasureFacts, ...] = ()
    """Those that wait, oldest first; the first hundred."""
    keys_fault: str = ""
    """Why members' names and phones cannot be read, though everything else is well."""


class SecondFacts(Value, frozen=True, kw_only=True):
    """The second copy of the journal."""

    path: str
    entries: int = 0
    """Seq of the last one on it."""
    why: str = ""
    """Why it is not level with the ledger; empty when it is."""
    required: bool = False
    same_disk: bool = False
    """It lies on the disk of the ledger."""
    aside: tuple[str, ...] = ()
    """Files that were kept because they contradict the ledger."""


class QueueFacts(Value, frozen=True, kw_only=True):
    configured: bool
    waiting: int = 0
    """Entries that headquarters has not acknowledged."""
    acked: int = 0
    online: bool = False
    why: str = ""
    trouble: LinkTrouble | None = None
    forked: bool = False
    feed: str = ""
    """What headquarters' directives wait for; empty when they are applied as they come."""
    """Headquarters holds other entries than we do."""
    acked_age_ms: int | None = None
    """Since the last acknowledgement of this run."""


class EnrolmentFacts(Value, frozen=True, kw_only=True):
    """How this machine stands with headquarters' door."""

    terminal: str = ""
    """As which one it was enrolled; empty: it was not."""
    since_ms: int = 0
    until_ms: int = 0
    """Of its certificate, by headquarters' clock."""
    why: str = ""
    """What is in the way of enrolling or renewing."""


class HandheldFacts(Value, frozen=True, kw_only=True):
    """A handheld that may be a till."""

    name: str
    until_ms: int
    """Of its certificate; then no page can tell it why it is refused."""


class HookFacts(Value, frozen=True, kw_only=True):
    """Of webhook mode: entries to the shop's own cloud."""

    online: bool
    why: str = ""
    held: tuple[Held, ...] = ()
    """In quarantine."""


class InvoiceFacts(Value, frozen=True, kw_only=True):
    """Of requests for invoices that somebody outside writes."""

    waiting: int
    """All that have no number yet."""
    people: int
    """Those of them that wait for people."""
    since_ms: int | None = None
    """When the oldest was asked for."""
    why: str = ""
    """Why the last could not be sent, or asked about."""


class ClockFacts(Value, frozen=True, kw_only=True):
    wall_ms: int
    trust: ClockTrust
    synchronised: bool | None
    """What the kernel says; None when it cannot be asked."""
    drift_ms: int | None = None
    """Our clock less headquarters'; None before it told us its time."""
    right_ms: int = 0
    """By how much headquarters' time sets it right: the machine's own is behind by so much."""


class CardKeyFacts(Value, frozen=True, kw_only=True):
    """Keys by which cards prove themselves here."""

    keys: int
    fault: str = ""
    """Why they cannot be used: every card is `open` then."""


class Renewed(Value, frozen=True, kw_only=True):
    """The terminal has heard that the shop's own catalogue is another one."""

    by_headquarters: bool
    """It sells what headquarters publishes, and none of it."""


class StockFacts(Value, frozen=True, kw_only=True):
    """Of the articles that people counted."""

    counted: int
    short: tuple[str, ...] = ()
    """Of which little is left, with how much; the first hundred."""
    fault: str = ""
    """Why it cannot be told of all of them."""


class Counted(Value, frozen=True, kw_only=True):
    """The terminal has taken a count."""

    articles: int


class BackupFacts(Value, frozen=True, kw_only=True):
    """Of the backups that this machine makes."""

    nightly: bool
    """A timer makes them."""
    since_ms: int | None = None
    """When the last one was made; before the first, since when they are expected. None: no clock knew."""
    done_ms: int | None = None
    """What the clock said at the last one; None: none was made."""
    folder: str = ""
    same_disk: bool = False
    """It lies on the disk of the ledger."""
    begun_ms: int | None = None
    """When a try began that has not ended."""
    failed: int = 0
    """Tries since, in a row, that made none."""
    why: str = ""
    """Why the last of them made none."""
    fault: str = ""
    """Why nothing of this can be said."""
    secret_taken: bool | None = None
    """Whether what opens them was taken off this machine; None: nobody can say."""


class DiskFacts(Value, frozen=True, kw_only=True):
    path: str
    free_bytes: int
    total_bytes: int
    read_only: bool


class SpareFacts(Value, frozen=True, kw_only=True):
    """What may leave the disk of the ledger."""

    what: str
    """A path, with `*` for what belongs to it, or a command."""
    bytes: int
    command: bool = False


class MachineFacts(Value, frozen=True, kw_only=True):
    """Of the machine that it runs on; None and empty: it does not say."""

    model: str = ""
    celsius: int | None = None
    throttled: int | None = None
    """Bits of a Raspberry Pi: 0 too little power now, 1 and 2 slowed down now; 16 to 18 since it started."""
    free_kib: int | None = None
    up_s: int | None = None


class Facts(Value, frozen=True, kw_only=True):
    """Everything at one moment."""

    terminal: str
    running: bool
    silent: bool = False
    """It does run, and did not answer; seen from outside."""
    pid: int = 0
    devices: tuple[DeviceFacts, ...]
    ledger: LedgerFacts
    second: SecondFacts | None = None
    """None where none is configured."""
    queue: QueueFacts
    enrolment: EnrolmentFacts = EnrolmentFacts()
    webhook: HookFacts | None = None
    """None where none is configured, or nothing was sent yet."""
    invoices: InvoiceFacts | None = None
    """None where they are written by hand alone, or it does not run."""
    card_keys: CardKeyFacts | None = None
    """None where none were ever given."""
    stock: StockFacts | None = None
    """None where nothing was ever counted, or it does not run."""
    strays: tuple[str, ...] = ()
    """SKUs that promotions are for and nobody sells, each in a few words; the first hundred."""
    backups: BackupFacts | None = None
    """None where no timer makes any and none was tried, or whoever asks may not look."""
    handhelds: tuple[HandheldFacts, ...] = ()
    tiers_apart: str = ""
    """Tiers of the shop that headquarters has another order of; empty too where it does not run."""
    clock: ClockFacts
    disk: DiskFacts
    spare: tuple[SpareFacts, ...] = ()
    """The largest first; empty too while there is room."""
    machine: MachineFacts | None = None
    """None: whoever asked did not look."""


def there_of(path: Path) -> Path:
    """`path`, or the nearest folder above it that whoever asks can see."""
    there = path.absolute()
    while not os.path.exists(there):  # noqa: PTH110  Path.exists raises where we may not look
        there = there.parent
    return there


def obstacle(path: Path) -> str:
    """Why nobody could make that file, folders included; empty where somebody can."""
    there = there_of(path)
    disk = disk_of(path)
    if not there.is_dir():
        return f"{there} is not a folder"
    if not disk.total_bytes:
        return f"{there} keeps no files"
    return f"{there} is read-only" if disk.read_only else ""


def disk_of(path: Path) -> DiskFacts:
    """The file system that holds `path`, or would once it is there. Nothing is written."""
    there = there_of(path)
    seen = os.statvfs(there)
    return DiskFacts(
        path=str(there),
        free_bytes=seen.f_bavail * seen.f_frsize,
        total_bytes=seen.f_blocks * seen.f_frsize,
        read_only=bool(seen.f_flag & os.ST_RDONLY) or _refuses_writers(path.with_suffix(".lock")),
    )


def _refuses_writers(lock: Path) -> bool:
    """With newer kernels (seen: 6.18) an ext4 that met an error still says "rw", and takes nothing.

    Never asked of the ledger's own file: closing it would drop the locks that SQLite holds on it.
    """
    try:
        os.close(os.open(lock, os.O_WRONLY | os.O_CLOEXEC))
    except OSError as fault:
        return fault.errno == errno.EROFS
    return False


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
