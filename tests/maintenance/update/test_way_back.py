"""A release that the one before could not open the ledger after is not taken; any other leaves it open."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lab.bundle import release_of
from lab.made_releases import HERE, Maker, machine, nothing, packed_tree, release
from terminal.core.errors import BundleRefused
from terminal.install.slots import Release
from terminal.maintenance.update.taking import taken
from terminal.store.migrations import OURS, Schema
from tests.store.conftest import opened_at
from tests.store.facts import an_id, issue, recharge, sale

ROOT = Path(__file__).parents[3]
EXPANDS = "ALTER TABLE cards ADD COLUMN sleeve TEXT NOT NULL DEFAULT 'none';"
CONTRACTS = "UPDATE meta SET value = 9999 WHERE name = 'openable_from';".replace(
    "9999", str(OURS.version + 1)
)


def next_release(tmp_path: Path, step: str) -> tuple[Release, Schema]:
    """Of a tree with one more step, as the maker signs it; and its schema."""
    tree = tmp_path / "tree"
    folder = tree / "terminal" / "store" / "schema"
    shutil.copytree(ROOT / "terminal" / "store" / "schema", folder)
    (folder / f"{OURS.version + 1:04}_next.sql").write_text(step)
    shutil.copy(ROOT / "pyproject.toml", tree)
    found = release_of(tree, "aarch64", "3.11")
    whole = release()
    return replace(found, version="2.0.0", unpacked=whole.unpacked, files=whole.files), Schema(folder)


async def test_after_a_release_that_is_taken_the_one_before_still_opens_the_ledger_and_books(
    tmp_path: Path,
) -> None:
    said, schema = next_release(tmp_path, EXPANDS)
    maker = Maker(tmp_path / "maker")
    slots = machine(tmp_path / "box", maker)
    here = HERE._replace(schema=OURS.version)
    assert taken(slots, maker.bundle(said=said, payload=packed_tree()), here, nothing) == said
    path = tmp_path / "ledger" / "ledger.db"
    ledger = await opened_at(path, schema=schema)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    await ledger.close()
    before = await opened_at(path)
    assert (await before.committer.submit(sale(3, 1000, number=1, stored=1000))).after.principal == 9000
    assert (await before.committer.look_up(an_id(2))).seq == 2
    await before.close()


def test_a_release_after_which_it_could_not_is_refused(tmp_path: Path) -> None:
    said, _ = next_release(tmp_path, CONTRACTS)
    assert (said.schema, said.openable_from) == (OURS.version + 1, OURS.version + 1)
    maker = Maker(tmp_path / "maker")
    slots = machine(tmp_path / "box", maker)
    bundle = maker.bundle(said=said, payload=packed_tree())
    with pytest.raises(BundleRefused, match="no way back"):
        taken(slots, bundle, HERE._replace(schema=OURS.version), nothing)
    assert slots.release_in("b") is None
