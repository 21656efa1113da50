"""`terminal ledger backup`, `restore` and `export`, as a technician types them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.core.commands import BookFleetFunds, PaidBy
from terminal.core.errors import LedgerHeld
from terminal.store import backup as backups
from terminal.store.file import Lock
from tests.counter_config import COUNTER
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


async def test_a_stick_that_is_not_there_is_not_made_on_the_disk_of_the_ledger(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await opened_at(site.ledger)).close()
    for where in (site.stick, site.stick / "of" / "the" / "shop"):
        assert site.typed("backup", where) == 1
        assert "lies on the disk of the ledger" in capsys.readouterr().err
    assert not site.stick.exists()
    devices = {site.ledger: 1, site.folder: 2}
    monkeypatch.setattr(backups, "device_of", devices.__getitem__)
    assert site.typed("backup", site.stick) == 0


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
    await ledger.close()
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    assert site.typed("export", "--company", "haulage", *days, site.folder / "haulage.csv") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("haulage.csv: 1 cards")
    assert said[1:] == ["  funds: 0.00 L, -1000.00", "  van-1: 10.00 L, 73.80"]
    assert [row["what"] for row in site.rows("haulage.csv")] == ["funds", "fill"]
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
