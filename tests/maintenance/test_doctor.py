"""Green or red, the reason, the next step: on a screen of 80x24."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from terminal.core.commands import ClockTrust
from terminal.core.events import DeviceHealth
from terminal.maintenance.doctor import Finding, as_text, findings
from terminal.maintenance.facts import (
    ClockFacts,
    DeviceFacts,
    DiskFacts,
    Facts,
    LedgerFacts,
    QueueFacts,
    disk_of,
    synchronised,
)

NOW = 1_780_000_000_000
WELL = Facts(
    terminal="S1/T1",
    running=True,
    pid=812,
    devices=(DeviceFacts(name="front", kind="reader", health=DeviceHealth.READY),),
    ledger=LedgerFacts(path="/var/lib/t/ledger.db", entries=1204, checked=1000),
    queue=QueueFacts(configured=True, waiting=3, acked=1201, online=True, acked_age_ms=130_000),
    clock=ClockFacts(wall_ms=NOW, trust=ClockTrust.NETWORK, synchronised=True, drift_ms=-40),
    disk=DiskFacts(path="/var/lib/t", free_bytes=3 << 30, total_bytes=8 << 30, read_only=False),
)


def but(part: str, **changes: object) -> Facts:
    """The well terminal with one part changed."""
    changed: Facts = msgspec.structs.replace(
        WELL, **{part: msgspec.structs.replace(getattr(WELL, part), **changes)}
    )
    return changed


def red(facts: Facts) -> list[Finding]:
    return [finding for finding in findings(facts) if not finding.well]


def test_a_well_terminal_is_green_throughout() -> None:
    assert red(WELL) == []
    assert [finding.subject for finding in findings(WELL)] == [
        "terminal",
        "front",
        "ledger",
        "queue",
        "clock",
        "disk",
    ]


@pytest.mark.parametrize(
    ("facts", "subject", "reason"),
    [
        (but("ledger", fault="L103 chain breaks at seq 17"), "ledger", "L103 chain breaks at seq 17"),
        (but("queue", online=False), "queue", "headquarters is not reached; 3 waiting"),
        (but("queue", waiting=9_999), "queue", "more waiting than is usual"),
        (but("clock", wall_ms=1_600_000_000_000), "clock", "it was never set"),
        (but("ledger", last_entry_ms=NOW + 3_600_000), "clock", "it is behind the last entry"),
        (but("clock", drift_ms=120_000), "clock", "it is wrong; trust network, synchronised, +120.0 s"),
        (but("disk", read_only=True), "disk", "read-only"),
        (but("disk", free_bytes=1 << 20), "disk", "nearly full; 1 of 8192 MiB"),
        (msgspec.structs.replace(WELL, running=False, pid=0), "terminal", "S1/T1 does not run"),
    ],
)
def test_each_fault_is_red_with_a_reason_and_a_next_step(facts: Facts, subject: str, reason: str) -> None:
    (finding,) = red(facts)
    assert finding.subject == subject
    assert reason in finding.reason
    assert finding.next_step


@pytest.mark.parametrize("kind", ["reader", "scanner", "printer", "service"])
def test_a_device_that_is_down_says_why_and_what_to_do(kind: str) -> None:
    down = DeviceFacts(
        name="x", kind=kind, health=DeviceHealth.DOWN, why="OSError: No such device", crashes=4
    )
    (finding,) = red(msgspec.structs.replace(WELL, devices=(down,)))
    assert finding.reason == f"{kind} down: OSError: No such device (4 restarts)"
    assert finding.next_step


def test_services_that_run_share_a_line_and_one_that_does_not_has_its_own() -> None:
    services = [
        DeviceFacts(name=name, kind="service", health=DeviceHealth.READY) for name in ("counter", "kiosk")
    ]
    down = DeviceFacts(name="uplink", kind="service", health=DeviceHealth.DOWN, why="OSError: x", crashes=2)
    found = findings(msgspec.structs.replace(WELL, devices=(*services, down)))
    assert [(one.subject, one.reason) for one in found[1:3]] == [
        ("uplink", "service down: OSError: x (2 restarts)"),
        ("services", "counter, kiosk run"),
    ]


def test_without_headquarters_the_queue_is_green() -> None:
    assert red(but("queue", configured=False, online=False)) == []


@pytest.mark.parametrize("devices", [0, 1, 12, 40])
@pytest.mark.parametrize("health", list(DeviceHealth))
def test_the_screen_has_80_columns_and_its_green_part_fits_24_rows(
    devices: int, health: DeviceHealth
) -> None:
    many = tuple(
        DeviceFacts(name=f"reader-{n:02}-by-the-window", kind="reader", health=health, why="w" * 200)
        for n in range(devices)
    )
    found = findings(msgspec.structs.replace(WELL, devices=many))
    lines = as_text(found, colours=False).splitlines()
    assert max(map(len, lines)) <= 80
    if not any(not finding.well for finding in found):
        assert len(lines) <= 23
    assert lines[-1].endswith(f"{0 if health is DeviceHealth.READY else devices} red")


def test_what_is_red_comes_first_and_is_said_in_words_too() -> None:
    lines = as_text(findings(but("disk", read_only=True)), colours=True).splitlines()
    assert lines[0].startswith("\x1b[31mRED  \x1b[0m disk ")
    assert "-> Nothing can be booked." in lines[1]
    assert lines[3].startswith("\x1b[32mgreen\x1b[0m terminal")


def test_the_disk_is_asked_even_before_the_folder_is_there(tmp_path: Path) -> None:
    disk = disk_of(tmp_path / "not" / "yet" / "ledger.db")
    assert disk.path == str(tmp_path)
    assert 0 < disk.free_bytes <= disk.total_bytes


def test_the_kernel_says_whether_its_clock_is_synchronised() -> None:
    assert synchronised() in {True, False, None}
