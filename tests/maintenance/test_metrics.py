"""What a collector of figures reads, as its format says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.commands import ClockTrust
from terminal.core.events import DeviceHealth
from terminal.maintenance.facts import BackupFacts, DeviceFacts, DiskFacts
from terminal.maintenance.metrics import Figures, Written, counted, exposed, written

FIGURES = Figures(
    terminal="S1/T1",
    entries=1_000_007,
    entries_new=4,
    waiting=3,
    online=True,
    devices=(
        DeviceFacts(name="front", kind="reader", health=DeviceHealth.READY),
        DeviceFacts(name='pa"p\\er\n', kind="printer", health=DeviceHealth.DOWN, crashes=2, receipts=5),
        DeviceFacts(name="feed", kind="service", health=DeviceHealth.STARTING, crashes=1),
    ),
    trust=ClockTrust.NETWORK,
    drift_ms=-1500,
    backups=BackupFacts(nightly=True, done_ms=1_795_000_000_500, failed=2),
    disk=DiskFacts(path="/", free_bytes=2_000_000_000_001, total_bytes=4_000_000_000_000, read_only=False),
    written=Written(disk=409_600, handed=90_000),
    written_new=Written(disk=40_960, handed=9_000),
)


def samples(figures: Figures) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in exposed(figures).splitlines() if not line.startswith("#"))


def test_every_figure_is_there_under_its_name() -> None:
    assert samples(FIGURES) == {
        'terminal_up{terminal="S1/T1"}': "1",
        "terminal_journal_entries_total": "1000007",
        "terminal_journal_entries_waiting": "3",
        "terminal_headquarters_online": "1",
        'terminal_device_up{device="front",kind="reader"}': "1",
        'terminal_device_up{device="pa\\"p\\\\er\\n",kind="printer"}': "0",
        'terminal_device_up{device="feed",kind="service"}': "0",
        'terminal_device_crashes_total{device="front",kind="reader"}': "0",
        'terminal_device_crashes_total{device="pa\\"p\\\\er\\n",kind="printer"}': "2",
        'terminal_device_crashes_total{device="feed",kind="service"}': "1",
        "terminal_receipts_waiting": "5",
        "terminal_clock_trusted": "1",
        "terminal_clock_drift_seconds": "-1.5",
        "terminal_backup_last_success_timestamp_seconds": "1795000000.5",
        "terminal_backup_tries_failed": "2",
        "terminal_disk_free_bytes": "2000000000001",
        "terminal_disk_total_bytes": "4000000000000",
        "terminal_disk_read_only": "0",
        "terminal_written_bytes_total": "409600",
        "terminal_handed_bytes_total": "90000",
        "terminal_written_bytes_per_entry": "10240",
    }


def test_each_is_explained_once_before_its_samples_and_what_grows_is_a_counter() -> None:
    told = exposed(FIGURES)
    assert told.endswith("\n")
    seen: list[str] = []
    lines = told.splitlines()
    while lines:
        about, kind = lines.pop(0), lines.pop(0)
        name = about.split()[2]
        assert about.startswith(f"# HELP {name} ")
        assert kind == f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}"
        assert re.fullmatch(r"terminal_[a-z_]+", name)
        assert lines[0].startswith(name)
        while lines and not lines[0].startswith("#"):
            assert re.split(r"[{ ]", lines.pop(0))[0] == name
        seen.append(name)
    assert len(seen) == len(set(seen)) == 17


def test_what_nobody_knows_is_left_out() -> None:
    unknown = replace(FIGURES, online=None, drift_ms=None, written=None)
    assert set(samples(FIGURES)) - set(samples(unknown)) == {
        "terminal_headquarters_online",
        "terminal_clock_drift_seconds",
        "terminal_written_bytes_total",
        "terminal_handed_bytes_total",
        "terminal_written_bytes_per_entry",
    }
    assert "terminal_headquarters_online" not in exposed(unknown)
    no_backups = {"terminal_backup_last_success_timestamp_seconds", "terminal_backup_tries_failed"}
    assert set(samples(FIGURES)) - set(samples(replace(FIGURES, backups=None))) == no_backups
    none_yet = replace(FIGURES, backups=BackupFacts(nightly=True))
    assert no_backups & set(samples(none_yet)) == {"terminal_backup_tries_failed"}


@pytest.mark.parametrize("less", [{"entries_new": 0}, {"entries_new": -1}, {"written_new": None}])
def test_before_the_first_entry_there_is_nothing_to_divide_by(less: dict[str, object]) -> None:
    assert set(samples(FIGURES)) - set(samples(replace(FIGURES, **less))) == {
        "terminal_written_bytes_per_entry"
    }
    assert samples(replace(FIGURES, entries_new=1))["terminal_written_bytes_per_entry"] == "40960"


def test_what_is_wrong_shows() -> None:
    bad = samples(
        replace(
            FIGURES,
            online=False,
            trust=ClockTrust.UNKNOWN,
            drift_ms=0,
            disk=replace(FIGURES.disk, read_only=True),
        )
    )
    assert bad["terminal_headquarters_online"] == bad["terminal_clock_trusted"] == "0"
    assert bad["terminal_disk_read_only"] == "1"
    assert bad["terminal_clock_drift_seconds"] == "0"


def test_the_kernel_says_what_was_written(tmp_path: Path) -> None:
    here = written()
    assert here is not None
    assert here.handed > 0
    io = tmp_path / "io"
    io.write_text("rchar: 1\nwchar: 23\nread_bytes: 4\nwrite_bytes: 4096\n")
    assert written(io) == Written(disk=4096, handed=23)


@pytest.mark.parametrize("said", [None, "", "wchar: 5\n", "wchar: 5\nwrite_bytes: many\n", "nonsense\n"])
def test_a_kernel_that_does_not_say_is_no_fault(said: str | None, tmp_path: Path) -> None:
    if said is not None:
        (tmp_path / "io").write_text(said)
    assert written(tmp_path / "io") is None


def test_a_technician_reads_the_same_line_by_line() -> None:
    assert counted(FIGURES) == (
        "entries of the journal: 1000007, of them since the start 4",
        "waiting for headquarters: 3",
        "receipts that wait for a printer: 5",
        "front: went down 0 times since the start",
        'pa"p\\er\n: went down 2 times since the start',
        "feed: went down 1 times since the start",
        "written to disks: 0.4 MiB",
        "written for one entry: 10240 bytes",
    )


@pytest.mark.parametrize("new", [0, 1])
def test_what_is_not_known_has_no_line(new: int) -> None:
    quiet = DeviceFacts(name="feed", kind="service", health=DeviceHealth.DOWN)
    assert counted(replace(FIGURES, devices=(quiet,)))[3].startswith("written to disks")
    bare = replace(FIGURES, online=None, devices=(), written=None, written_new=None)
    assert counted(bare) == (
        "entries of the journal: 1000007, of them since the start 4",
        "receipts that wait for a printer: 0",
    )
    lines = counted(replace(FIGURES, online=False, devices=(), entries_new=new))
    assert lines[1] == "waiting for headquarters: 3"
    assert ("written for one entry: 40960 bytes" in lines) is (new == 1)
