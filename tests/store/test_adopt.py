"""Two machines sold for one site; the one that a person chose books what only the other has."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.errors import AnotherMachine, LedgerClosed, LedgerDamaged
from terminal.core.values import SiteId
from terminal.store.adopt import Adopted, adopt
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import an_id, recharge, sale
from tests.store.test_heal import COMMON, OURS, Booking, book, granted

S1 = SiteId("S1")
WINNERS: list[Booking] = [(sale(60, 4_000, number=1, stored=4_000), None)]


@pytest.fixture
async def loser(tmp_path: Path) -> Path:
    """The same card, cloned and sold on."""
    path = tmp_path / "loser" / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, [*COMMON, (granted(30, 1), None), *OURS])
    await ledger.close()
    return path


@pytest.fixture
async def winner(tmp_path: Path) -> Path:
    path = tmp_path / "winner" / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, COMMON + WINNERS)
    await ledger.close()
    return path


async def test_each_fact_is_booked_once_under_its_own_id_and_number(loser: Path, winner: Path) -> None:
    assert adopt(loser, winner, site=S1) == Adopted(entries=6, again=3)
    assert adopt(loser, winner, site=S1).again == 0
    ledger = await opened_at(winner)
    entries = [decoded(link.body) for link in await ledger.outbox.after(0, 100)]
    booked = await ledger.books.booked(an_id(10))
    await ledger.close()
    assert [entry.id for entry in entries] == [an_id(n) for n in (1, 2, 60, 10, 11, 12)]
    theirs = await opened_at(loser)
    assert booked.receipt_no == (await theirs.books.booked(an_id(10))).receipt_no
    await theirs.close()
    with closing(sqlite3.connect(winner)) as file:
        assert verified(file).entries == 6


async def test_it_goes_on_selling_with_new_numbers(loser: Path, winner: Path) -> None:
    adopt(loser, winner, site=S1)
    ledger = await opened_at(winner)
    booked = await ledger.committer.submit(recharge(70, principal=100))
    await ledger.close()
    assert booked.receipt_no.startswith("T1-1-3-")


async def test_another_sites_or_a_damaged_ledger_is_not_adopted(
    loser: Path, winner: Path, tmp_path: Path
) -> None:
    with pytest.raises(LedgerDamaged):
        adopt(loser, winner, site=SiteId("S2"))
    spoilt = tmp_path / "spoilt.db"
    shutil.copyfile(loser, spoilt)
    with closing(sqlite3.connect(spoilt)) as file:
        file.execute("DROP TRIGGER entries_are_immutable")
        file.execute("UPDATE entries SET hash = zeroblob(32) WHERE seq = 3")
        file.commit()
    with pytest.raises(LedgerDamaged):
        adopt(spoilt, winner, site=S1)
    with closing(sqlite3.connect(winner)) as file:
        assert verified(file).entries == 3


async def test_only_the_machine_that_headquarters_takes_adopts(loser: Path, winner: Path) -> None:
    ledger = await opened_at(winner)
    await ledger.link.stands(replace(ledger.link.standing(), refused=True))
    with pytest.raises(LedgerClosed, match="held"):
        adopt(loser, winner, site=S1)
    await ledger.close()
    with pytest.raises(AnotherMachine):
        adopt(loser, winner, site=S1)
