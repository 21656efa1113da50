"""Figures of a running terminal in Prometheus' text format, version 0.0.4. No label names a person or a card.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from terminal.core.commands import ClockTrust
from terminal.core.events import DeviceHealth
from terminal.core.values import Value
from terminal.maintenance.facts import BackupFacts, DeviceFacts, DiskFacts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SERVICE = "service"
"""The `kind` of what is no device."""
_IO = Path("/proc/self/io")
_MS = 1000
_MIB = 1 << 20


class Written(Value, frozen=True, kw_only=True):
    """Bytes of this process since it began, by proc(5)."""

    disk: int
    """Pages that it made the block layer write; what the file system and the card add is not in it."""
    handed: int
    """Given to the kernel."""


class Figures(Value, frozen=True, kw_only=True):
    """Everything at one moment."""

    terminal: str
    entries: int
    """Seq of the last one."""
    entries_new: int
    """Of those, since the terminal began to answer."""
    waiting: int
    online: bool | None
    """None: there is no headquarters."""
    devices: tuple[DeviceFacts, ...]
    """Services among them."""
    trust: ClockTrust
    drift_ms: int | None
    backups: BackupFacts | None = None
    """None: nobody expects any."""
    disk: DiskFacts
    written: Written | None
    """None: the kernel does not say."""
    written_new: Written | None
    """Since the terminal began to answer."""


class Family(Value, frozen=True, kw_only=True):
    """One name and its samples, by their labels."""

    name: str
    help: str
    samples: tuple[tuple[tuple[tuple[str, str], ...], float], ...]
    counter: bool = False


def written(io: Path = _IO) -> Written | None:
    """None: the kernel does not say."""
    try:
        said = dict(line.split(": ") for line in io.read_text(encoding="ascii").splitlines())
        return Written(disk=int(said["write_bytes"]), handed=int(said["wchar"]))
    except (OSError, ValueError, KeyError):
        return None


def counted(of: Figures) -> tuple[str, ...]:
    """The same for a technician, line by line, without what nobody says and services that never went down."""
    said = [f"entries of the journal: {of.entries}, of them since the start {of.entries_new}"]
    if of.online is not None:
        said.append(f"waiting for headquarters: {of.waiting}")
    said.append(f"receipts that wait for a printer: {sum(one.receipts for one in of.devices)}")
    told = [one for one in of.devices if one.kind != SERVICE or one.crashes]
    said += [f"{one.name}: went down {one.crashes} times since the start" for one in told]
    if of.written is not None:
        said.append(f"written to disks: {of.written.disk / _MIB:.1f} MiB")
    if of.written_new is not None and of.entries_new > 0:
        said.append(f"written for one entry: {of.written_new.disk / of.entries_new:.0f} bytes")
    return tuple(said)


def exposed(figures: Figures) -> str:
    """The whole answer; it ends with a line feed."""
    return "".join(_told(family) for family in _families(figures) if family.samples)


def _families(of: Figures) -> Iterator[Family]:
    yield _one("up", "1 while it answers.", 1, (("terminal", of.terminal),))
    yield _one("journal_entries_total", "Entries of the journal.", of.entries, counter=True)
    yield _one("journal_entries_waiting", "Entries that headquarters has not acknowledged.", of.waiting)
    yield _maybe("headquarters_online", "1 while headquarters answers.", of.online)
    yield Family(
        name="device_up",
        help="1 while the device, or the service of the terminal, is ready.",
        samples=tuple(
            ((("device", one.name), ("kind", one.kind)), float(one.health is DeviceHealth.READY))
            for one in of.devices
        ),
    )
    yield Family(
        name="device_crashes_total",
        help="How often it went down since the terminal started.",
        samples=tuple(((("device", one.name), ("kind", one.kind)), one.crashes) for one in of.devices),
        counter=True,
    )
    yield _one("receipts_waiting", "Receipts that wait for a printer.", sum(d.receipts for d in of.devices))
    yield _one("clock_trusted", "1 while the wall clock is believed.", of.trust is not ClockTrust.UNKNOWN)
    drift_s = None if of.drift_ms is None else of.drift_ms / _MS
    yield _maybe("clock_drift_seconds", "Our clock less headquarters'.", drift_s)
    yield from _backups(of.backups)
    yield _one("disk_free_bytes", "Free where the ledger lies.", of.disk.free_bytes)
    yield _one("disk_total_bytes", "Size of where the ledger lies.", of.disk.total_bytes)
    yield _one("disk_read_only", "1 where the ledger's disk takes nothing.", of.disk.read_only)
    yield from _writes(of)


def _backups(seen: BackupFacts | None) -> Iterator[Family]:
    if seen is None or seen.fault:
        return
    done_s = None if seen.done_ms is None else seen.done_ms / _MS
    name = "backup_last_success_timestamp_seconds"
    yield _maybe(name, "When the last verified backup was made, by the clock of then.", done_s)
    yield _one("backup_tries_failed", "Tries since the last backup that made none, in a row.", seen.failed)


def _writes(of: Figures) -> Iterator[Family]:
    if of.written is None:
        return
    yield _one("written_bytes_total", "Pages written to disks.", of.written.disk, counter=True)
    yield _one("handed_bytes_total", "Bytes given to the kernel to write.", of.written.handed, counter=True)
    if of.written_new is not None and of.entries_new > 0:
        yield _one(
            "written_bytes_per_entry",
            "Pages written to disks for one entry of the journal, since the start.",
            of.written_new.disk / of.entries_new,
        )


def _one(
    name: str, words: str, value: float, labels: tuple[tuple[str, str], ...] = (), *, counter: bool = False
) -> Family:
    return Family(name=name, help=words, samples=((labels, value),), counter=counter)


def _maybe(name: str, words: str, value: float | None) -> Family:
    return Family(name=name, help=words, samples=() if value is None else (((), value),))


def _told(family: Family) -> str:
    name = f"terminal_{family.name}"
    kind = "counter" if family.counter else "gauge"
    head = f"# HELP {name} {family.help}\n# TYPE {name} {kind}\n"
    return head + "".join(f"{name}{_labelled(labels)} {_number(value)}\n" for labels, value in family.samples)


def _labelled(labels: Sequence[tuple[str, str]]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}" if labels else ""


def _number(value: float) -> str:
    """Whole ones to the last digit."""
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
