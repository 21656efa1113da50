"""What is known of the last backups, whatever became of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terminal.core.commands import ClockTrust
from terminal.store.backup_record import Moment, Record, Try, record_of, record_path

DAY_MS = 86_400_000


class Nights:
    """A clock that is put from night to night."""

    def __init__(self) -> None:
        self.night, self.trust = 0, ClockTrust.NETWORK

    def wall_ms(self) -> int:
        return 1_795_000_000_000 + self.night * DAY_MS

    def mono_ms(self) -> int:
        return self.wall_ms()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def kept(ledger: Path) -> Record:
    record = record_of(ledger)
    assert record is not None
    return record


def test_before_the_first_try_nothing_is_known(ledger: Path) -> None:
    assert record_of(ledger) is None


def test_one_that_is_made_ends_what_failed_before(ledger: Path) -> None:
    clock = Nights()
    first = Moment(wall_ms=clock.wall_ms(), believed=True)
    for _ in range(2):
        Try(ledger, clock).failed("no stick")
        clock.night += 1
    assert kept(ledger).first == first
    assert (kept(ledger).failed, kept(ledger).why, kept(ledger).done) == (2, "no stick", None)
    clock.trust = ClockTrust.UNKNOWN
    Try(ledger, clock).done(Path("/stick"), same_disk=True)
    done = kept(ledger).done
    assert done is not None
    assert (done.folder, done.same_disk) == ("/stick", True)
    assert done.at == Moment(wall_ms=clock.wall_ms(), believed=False)
    assert (kept(ledger).failed, kept(ledger).why) == (0, "")
    Try(ledger, clock).failed("x" * 5_000)
    assert (kept(ledger).failed, kept(ledger).done, len(kept(ledger).why)) == (1, done, 1_000)


def test_one_that_was_cut_off_is_known_and_counted_by_the_next(ledger: Path) -> None:
    clock = Nights()
    Try(ledger, clock)
    assert (kept(ledger).ended, kept(ledger).failed) == (False, 0)
    clock.night = 1
    Try(ledger, clock).failed("no stick")
    assert (kept(ledger).ended, kept(ledger).failed) == (True, 2)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 16_000])
def test_a_damaged_one_is_said_and_made_anew(ledger: Path, damage: bytes) -> None:
    record_path(ledger).write_bytes(damage)
    with pytest.raises(ValueError, match=r"."):
        record_of(ledger)
    Try(ledger, Nights()).failed("no stick")
    assert kept(ledger).failed == 1


def test_it_is_its_owners_and_what_cannot_be_noted_costs_no_backup(ledger: Path) -> None:
    Try(ledger, Nights()).failed("no stick")
    assert record_path(ledger).stat().st_mode & 0o777 == 0o600
    record_path(ledger).with_name("ledger.backups-new").mkdir()
    Try(ledger, Nights()).done(Path("/stick"), same_disk=False)
    assert kept(ledger).failed == 1
    os.rmdir(record_path(ledger).with_name("ledger.backups-new"))  # noqa: PTH106
