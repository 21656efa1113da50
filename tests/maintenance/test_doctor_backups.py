"""A terminal whose backups fail says so before the disk does."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import ClockTrust
from terminal.maintenance.doctor import findings
from terminal.maintenance.doctor_backups import FAILED_MAX, LATE_MS, LOST_MS
from terminal.maintenance.doctor_text import as_text
from terminal.maintenance.doctor_zh import ZH
from terminal.maintenance.facts import BackupFacts, Facts, MachineFacts
from terminal.maintenance.finding import Finding
from terminal.maintenance.sentences import CHINESE, Sentences
from tests.maintenance.test_doctor import NOW, WELL

HOUR_MS = 3_600_000
NO_STICK = (
    "/mnt/backup: no disk is mounted there. Plug in the stick, sudo mount /mnt/backup, then again."
    " Where no other disk can be had, say --same-disk"
)


def made(ago_ms: int, **more: Any) -> BackupFacts:
    done = {"since_ms": NOW - ago_ms, "done_ms": NOW - ago_ms, "folder": "/mnt/backup"}
    return BackupFacts(**{"nightly": True, **done, **more})


def none_yet(ago_ms: int | None, **more: Any) -> BackupFacts:
    return BackupFacts(nightly=True, since_ms=None if ago_ms is None else NOW - ago_ms, **more)


def unsure(facts: Facts) -> Facts:
    return replace(facts, clock=replace(facts.clock, trust=ClockTrust.UNKNOWN))


def found(seen: BackupFacts, facts: Facts = WELL) -> Finding:
    (one,) = [one for one in findings(replace(facts, backups=seen)) if one.subject == "backups"]
    return one


def level(seen: BackupFacts, facts: Facts = WELL) -> str:
    one = found(seen, facts)
    return "red" if not one.well else "amber" if one.amber else "green"


@pytest.mark.parametrize(
    ("folder", "looked_at"),
    [("/media/shop", "findmnt -T /media/shop;"), ("", "findmnt -T /mnt/backup;")],
)
def test_what_is_looked_at_is_where_the_last_one_was_made(folder: str, looked_at: str) -> None:
    """A shop may have said another one to its unit."""
    assert looked_at in found(made(LOST_MS + 1, folder=folder)).next_step


def test_where_nobody_expects_any_nothing_is_said() -> None:
    assert [one for one in findings(WELL) if one.subject == "backups"] == []


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (made(HOUR_MS), "green"),
        (made(LATE_MS), "green"),
        (made(LATE_MS + 1), "amber"),
        (made(LOST_MS), "amber"),
        (made(LOST_MS + 1), "red"),
        (made(HOUR_MS, failed=1, why="x"), "amber"),
        (made(HOUR_MS, failed=9, why="x"), "amber"),
        (made(LOST_MS + 1, failed=3, why="x"), "red"),
        (none_yet(HOUR_MS), "green"),
        (none_yet(HOUR_MS, failed=1, why="x"), "amber"),
        (none_yet(LATE_MS + 1), "amber"),
        (none_yet(LOST_MS + 1), "red"),
        (none_yet(None), "green"),
        (none_yet(None, failed=FAILED_MAX - 1, why="x"), "amber"),
        (none_yet(None, failed=FAILED_MAX, why="x"), "red"),
        (made(HOUR_MS, begun_ms=NOW - HOUR_MS), "green"),
        (made(HOUR_MS, begun_ms=NOW - 3 * HOUR_MS), "amber"),
        (replace(made(LOST_MS + 1), nightly=False), "green"),
        (replace(made(LOST_MS + 1, failed=FAILED_MAX, why="x"), nightly=False), "amber"),
        (BackupFacts(nightly=True, fault="/data/ledger.backups: cannot be read"), "amber"),
    ],
)
def test_a_night_without_one_is_amber_and_three_days_are_red(seen: BackupFacts, wanted: str) -> None:
    assert level(seen) == wanted
    assert bool(found(seen).next_step) == (wanted != "green")


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (made(LOST_MS + 1), "green"),
        (made(LOST_MS + 1, failed=FAILED_MAX - 1, why="x"), "amber"),
        (made(HOUR_MS, failed=FAILED_MAX, why="x"), "red"),
        (none_yet(LOST_MS + 1), "green"),
    ],
)
def test_where_nobody_believes_the_clock_tries_are_counted_and_that_is_said(
    seen: BackupFacts, wanted: str
) -> None:
    assert level(seen, unsure(WELL)) == wanted
    assert "tries are counted and not days" in found(seen, unsure(WELL)).reason
    assert "tries are counted" not in found(seen).reason


def test_one_that_the_clock_dates_in_the_future_is_not_counted_from() -> None:
    assert level(made(-10 * LOST_MS)) == "green"
    assert "tries are counted and not days" in found(made(-10 * LOST_MS)).reason


def test_after_days_without_power_the_next_one_is_waited_for() -> None:
    def up(seconds: int) -> Facts:
        return replace(WELL, machine=MachineFacts(up_s=seconds))

    assert level(made(LOST_MS + 1), up(60)) == "amber"
    assert level(made(LOST_MS + 1), up(2 * 3_600)) == "red"
    assert level(made(LOST_MS + 1, failed=1, why="x"), up(60)) == "red"


def test_it_says_when_where_and_why_not() -> None:
    assert found(made(HOUR_MS)).reason == "the last one, in /mnt/backup, is of 2026-05-28 UTC"
    same = found(made(HOUR_MS, same_disk=True, failed=1, why=NO_STICK))
    assert same.reason == (
        "the last one, in /mnt/backup, is of 2026-05-28 UTC"
        f"; on the disk of the ledger, so it outlives no disk; the last try failed: {NO_STICK}"
    )
    assert found(none_yet(HOUR_MS)).reason == "none was made here yet"
    assert found(made(HOUR_MS, begun_ms=NOW - 3 * HOUR_MS)).reason.endswith("; the last try was cut off")


@pytest.mark.parametrize("language", CHINESE)
def test_why_it_failed_is_told_in_chinese(language: str) -> None:
    seen = made(LOST_MS + 1, same_disk=True, failed=1, why=NO_STICK)
    text = as_text(
        findings(replace(WELL, backups=seen)), colours=False, words=Sentences(language, ZH).in_chinese
    )
    assert "U" in text
    for english in ("stick", "last", "disk of", "mounted", "Selling"):
        assert english not in text


def test_amber_stands_between_red_and_green_and_is_counted() -> None:
    facts = replace(WELL, disk=replace(WELL.disk, read_only=True), backups=made(LATE_MS + 1))
    lines = as_text(findings(facts), colours=True).splitlines()
    heads = [line.split("\x1b[0m")[0] for line in lines if "\x1b[0m" in line]
    assert heads[:3] == ["\x1b[31mRED  ", "\x1b[33mamber", "\x1b[32mgreen"]
    assert lines[-1] == "6 green, 1 amber, 1 red"
    assert as_text(findings(WELL), colours=False).splitlines()[-1] == "7 green, 0 red"
