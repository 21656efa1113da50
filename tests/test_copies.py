"""`terminal ledger backup`, `restore` and `export`, as a technician types them."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from terminal import copies
from terminal.__main__ import main
from terminal.core.commands import BookFleetFunds, Measured, PaidBy
from terminal.core.errors import LedgerHeld, LedgerMismatched
from terminal.maintenance.doctor_backups import NOT_TAKEN, TAKE
from terminal.runtime.disks import Disks
from terminal.store import backup as backups
from terminal.store.backup_record import record_of
from terminal.store.file import Lock
from terminal.store.secret_copy import note_taken
from tests.counter_config import COUNTER
from tests.runtime.test_disks import CARD, USB, Laid
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, recharge, sale
from tests.store.test_export import filled


class Site:
    def __init__(self, folder: Path) -> None:
        self.ledger = folder / "data" / "ledger.db"
        self.stick = folder / "stick"
        self.folder = folder
        (folder / "terminal.toml").write_text(COUNTER)

    def typed(self, *words: object) -> int:
        return main(["ledger", *map(str, words), "--config", str(self.folder / "terminal.toml")])

    def spoil(self) -> None:
        self.ledger.write_bytes(self.ledger.read_bytes()[:2048])

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def names(self) -> set[str]:
        return {one.name for one in self.ledger.parent.iterdir()}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_from_the_backup_beside_sales_to_the_restored_ledger(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    assert site.typed("backup", site.stick, "--same-disk") == 0
    assert "written and verified" in capsys.readouterr().out
    assert site.typed("restore", site.stick, "--over-whole") == 1
    assert "nothing was restored" in capsys.readouterr().err
    await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.close()
    assert site.typed("restore", site.stick) == 1
    assert "could only lose sales" in capsys.readouterr().err
    assert site.typed("restore", site.stick, "--over-whole") == 0
    said = capsys.readouterr().out
    assert "2 entries restored, epoch 2 begins" in said
    assert "1 entries are only in it" in said
    site.spoil()
    assert site.typed("restore", site.stick) == 0
    said = capsys.readouterr().out
    assert "epoch 3 begins" in said
    assert "it cannot be read" in said
    assert site.typed("verify") == 0
    assert {"ledger.before-epoch-2.db", "ledger.before-epoch-3.db"} < site.names()


async def test_where_the_configuration_cannot_be_used_the_ledger_is_named(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, config = await opened_at(site.ledger), site.folder / "terminal.toml"
    await ledger.committer.submit(*issue(1))
    await ledger.close()
    assert site.typed("backup", site.stick, "--same-disk") == 0
    site.spoil()
    config.write_text(COUNTER.replace("port = 0", "port = zero"))
    assert site.typed("restore", site.stick) == 2
    for text, why in (("", "terminal.site cannot be read"), (COUNTER.replace('"S1"', '"S2"'), "site S1")):
        config.write_text(text)
        assert site.typed("restore", site.stick, "--ledger", site.ledger) == 1
        assert why in capsys.readouterr().err
    config.write_text(COUNTER.replace("port = 0", "port = zero"))
    assert site.typed("restore", site.stick, "--ledger", site.ledger) == 0
    said = capsys.readouterr().out
    assert "no second copy was looked for" in said
    assert "1 entries restored, epoch 2 begins" in said
    config.write_text(COUNTER)
    assert site.typed("verify") == 0


@pytest.fixture
def box(site: Site) -> tuple[Site, Laid]:
    """A card with the root and the data partition, and a machine with a place for a stick."""
    laid = Laid(site.folder)
    laid.device(CARD, 0)
    for minor in (2, 3):
        laid.device(f"{CARD}/mmcblk0p{minor}", minor, partition=True)
    laid.device(USB, 16)
    laid.mounted("data", os.makedev(8, 3))
    return site, laid


def kept(box: tuple[Site, Laid], *, same_disk: bool = False) -> int:
    site, laid = box
    return copies.backup(site.folder / "terminal.toml", site.stick, same_disk=same_disk, disks=laid.disks())


async def test_without_a_stick_nothing_is_made_on_the_card(
    box: tuple[Site, Laid], capsys: pytest.CaptureFixture[str]
) -> None:
    site, _ = box
    await (await opened_at(site.ledger)).close()
    assert kept(box) == 1
    said = f"{site.stick}: no disk is mounted there. Plug in the stick, sudo mount {site.stick}, then again"
    assert said in capsys.readouterr().err
    assert not site.stick.exists()
    site.stick.mkdir()
    assert kept(box) == 1
    assert said in capsys.readouterr().err
    assert list(site.stick.iterdir()) == []


@pytest.mark.parametrize("minor", [2, 0])
async def test_another_partition_of_the_card_is_lost_with_it(
    box: tuple[Site, Laid], capsys: pytest.CaptureFixture[str], minor: int
) -> None:
    site, laid = box
    await (await opened_at(site.ledger)).close()
    laid.mounted("stick", os.makedev(8, minor))
    assert kept(box) == 1
    assert "lies on the disk of the ledger, and would be lost with it" in capsys.readouterr().err
    assert list(site.stick.iterdir()) == []
    assert kept(box, same_disk=True) == 0
    said = capsys.readouterr().out
    first, *more = said.splitlines()
    assert first.endswith(": written and verified; on the disk of the ledger, so it outlives no disk")
    assert more == [NOT_TAKEN, TAKE]


async def test_on_a_stick_it_is_made_and_no_more_is_said(
    box: tuple[Site, Laid], capsys: pytest.CaptureFixture[str]
) -> None:
    site, laid = box
    await (await opened_at(site.ledger)).close()
    laid.mounted("stick", os.makedev(8, 16))
    note_taken(site.ledger, site.ledger.with_suffix(".secret").read_bytes())
    assert kept(box) == 0
    assert capsys.readouterr().out.endswith(": written and verified\n")


async def test_where_nobody_can_say_it_takes_a_word(
    box: tuple[Site, Laid], capsys: pytest.CaptureFixture[str]
) -> None:
    site, laid = box
    await (await opened_at(site.ledger)).close()
    laid.mounted("stick", os.makedev(0, 70), "9p", "host")
    assert kept(box) == 1
    assert "nobody can say whether it lies on the disk of the ledger" in capsys.readouterr().err
    assert kept(box, same_disk=True) == 0


@pytest.mark.parametrize("same_disk", [False, True])
async def test_in_memory_none_is_made_for_anybody(
    box: tuple[Site, Laid], capsys: pytest.CaptureFixture[str], *, same_disk: bool
) -> None:
    site, laid = box
    await (await opened_at(site.ledger)).close()
    laid.mounted("stick", os.makedev(0, 71), "tmpfs", "tmpfs")
    assert kept(box, same_disk=same_disk) == 1
    assert "lies in memory, and is gone after a restart" in capsys.readouterr().err
    assert list(site.stick.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize(
    ("mount", "said"),
    [
        ("mount --bind {0} {0}", "no disk is mounted there"),  # As a unit of systemd sees what it may write.
        ("mount -t tmpfs t {0}", "lies in memory"),
    ],
)
async def test_what_is_no_stick_is_told_from_one_by_the_kernels_own_word(
    site: Site, mount: str, said: str
) -> None:
    await (await opened_at(site.ledger)).close()
    site.stick.mkdir()
    if not Disks().on_the_root(site.stick):
        pytest.skip("the folder of tests is mounted by itself")
    typed = f"-m terminal ledger backup {site.stick} --config {site.folder / 'terminal.toml'}"
    line = f"{mount.format(site.stick)} && {sys.executable} {typed}; code=$?; ls {site.stick}; exit $code"
    ran = await asyncio.to_thread(
        subprocess.run,
        ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert f"{site.stick}: {said}" in ran.stderr


async def test_while_a_backup_is_made_without_a_terminal_none_starts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await opened_at(site.ledger)).close()
    held: list[str] = []

    def between(step: str) -> None:
        if step == "backup.copied":
            with pytest.raises(LedgerHeld) as refused:
                Lock(site.ledger)
            held.append(str(refused.value))

    monkeypatch.setattr(backups, "reached", between)
    assert site.typed("backup", site.stick, "--same-disk") == 0
    assert len(held) == 1
    Lock(site.ledger).release()


async def test_where_a_link_lies_for_the_lock_that_is_said_and_the_backup_counts_as_failed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    await (await opened_at(site.ledger)).close()
    lock = site.ledger.with_suffix(".lock")
    lock.unlink()
    lock.symlink_to(site.folder / "elsewhere")
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    for words in (
        ("backup", site.stick, "--same-disk"),
        ("export", *days, site.folder / "days.csv"),
        ("export", "--company", "haulage", *days, site.folder / "haulage.csv"),
    ):
        assert site.typed(*words) == 1
        assert f"{lock}: is a link" in capsys.readouterr().err
    tried = record_of(site.ledger)
    assert tried is not None
    assert (tried.failed, "is a link" in tried.why) == (1, True)
    doctor = ["doctor", "--whole", "--config", str(site.folder / "terminal.toml")]
    assert await asyncio.to_thread(main, doctor) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "is a link, and nobody follows it" in said
    assert LedgerMismatched.for_technician in said


async def test_a_period_and_a_statement_are_exported(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    await ledger.close()
    assert site.typed("export", "--from", "2026-11-24", "--to", "2026-11-25", site.folder / "days.csv") == 0
    assert site.typed("export", "--wallet", "w1", site.folder / "w1.csv") == 0
    assert "w1.csv: 1 postings" in capsys.readouterr().out
    assert {row["amount"] for row in site.rows("days.csv")} == {"100.00", "-100.00"}
    assert [row["balance"] for row in site.rows("w1.csv")] == ["100.00"]
    assert site.typed("export", "--coupons", "--from", "2026-11-24", site.folder / "coupons.csv") == 0
    assert "coupons.csv: 0 coupons" in capsys.readouterr().out
    assert site.typed("export", "--coupons", "--wallet", "w1", site.folder / "x.csv") == 2
    assert "--coupons goes with --from" in capsys.readouterr().err
    assert site.typed("export", "--wallet", "w1", site.folder / "w1.csv") == 1
    assert "is there already" in capsys.readouterr().err


async def test_a_company_reads_what_its_cards_took(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = await opened_at(site.ledger)
    funds = BookFleetFunds(id=an_id(1), at=AT, company="haulage", amount=1_000_00, paid_by=PaidBy.TRANSFER)
    await ledger.committer.submit(funds)
    await ledger.committer.submit(filled(2, "2026-11-25", "van-1"))
    await ledger.committer.submit(filled(3, "2026-11-26", "van-1", "lng", Measured.DECAGRAM))
    await ledger.close()
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    assert site.typed("export", "--company", "haulage", *days, site.folder / "haulage.csv") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("haulage.csv: 1 cards")
    assert said[1:] == ["  funds: -1000.00", "  van-1: 10.00 L, 10.00 kg, 147.60"]
    assert [(row["what"], row["unit"]) for row in site.rows("haulage.csv")] == [
        ("funds", ""),
        ("fill", "L"),
        ("fill", "kg"),
    ]
    assert site.typed("export", "--company", "haulage", *days, site.folder / "haulage.csv") == 1
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--company", "haulage", "--wallet", "w1"),
        ("--company", "haulage", "--from", "2026-11-25", "--to", "2026-11-24"),
        ("--from", "24.11.2026"),
        ("--from", "2026-11-25", "--to", "2026-11-24"),
        ("--wallet", "w1", "--to", "2026-11-24"),
    ],
)
def test_days_that_are_none_are_refused_before_anything_is_read(site: Site, words: tuple[str, ...]) -> None:
    assert site.typed("export", *words, site.folder / "x.csv") == 2
    assert not site.ledger.parent.exists()


def test_without_a_ledger_it_is_said_and_nothing_is_made(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.typed("backup", site.stick) == 1
    assert site.typed("restore", site.stick) == 1
    assert site.typed("export", "--from", "2026-11-24", site.folder / "x.csv") == 1
    assert capsys.readouterr().err.count("nothing") == 2
    assert not site.ledger.parent.exists()


async def test_the_doctor_and_the_ticket_know_what_became_of_it(
    box: tuple[Site, Laid], capsys: pytest.CaptureFixture[str]
) -> None:
    site, laid = box
    typed = ["doctor", "--config", str(site.folder / "terminal.toml")]
    await (await opened_at(site.ledger)).close()
    await asyncio.to_thread(main, typed)
    assert "backups" not in capsys.readouterr().out
    assert kept(box) == 1
    await asyncio.to_thread(main, typed)
    said = " ".join(capsys.readouterr().out.split())
    assert "amber backups none was made here yet; the last try failed: " in said
    assert "no disk is mounted there. Plug in the stick" in said
    laid.mounted("stick", os.makedev(8, 16))
    assert kept(box) == 0
    capsys.readouterr()
    await asyncio.to_thread(main, [*typed, "--json"])
    (found,) = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["subject"] == "backups"]
    assert found["well"]
    assert not found.get("amber")
    assert f"the last one, in {site.stick}, is of " in found["reason"]
