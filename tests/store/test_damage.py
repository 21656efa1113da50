"""Whatever is changed behind the ledger's back is found, by its seq, and stops the start where it must."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from terminal.checkup import verdict_on
from terminal.core.entry import chained
from terminal.core.errors import LedgerClosed, LedgerDamaged, NotBookable, TerminalFault
from terminal.core.values import SiteId
from terminal.store import checkpoints
from terminal.store.beside import verified_whole
from terminal.store.epochs import Epochs
from terminal.store.ledger import News
from terminal.store.settings import Settings
from terminal.store.verify import Verified, verified, verified_tail
from tests.store.conftest import opened_at
from tests.store.facts import an_id, issue, opens, recharge, sale

ENTRIES = 7


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A card with two recharges, two sales paid from it, somebody who joined, and a sale in cash."""
    where = tmp_path / "ledger.db"
    ledger = await opened_at(where)
    submit = ledger.committer.submit
    await submit(*issue(1))
    await submit(recharge(2, principal=10000, bonus=1000))
    await submit(recharge(3, principal=5000))
    await submit(sale(4, 1200, number=1, stored=1200, points=12))
    await submit(sale(5, 11000, number=1, stored=11000, points=110))
    await submit(sale(6, 20000, points=200, begins=opens(7, member=True, coupons=3)))
    await submit(sale(7, 990))
    await ledger.close()
    return where


def tampered(path: Path, *statements: str) -> None:
    """As somebody would with the `sqlite3` command and a root password."""
    connection = sqlite3.connect(path)
    for trigger in (
        "entries_are_immutable",
        "entries_are_gapless",
        "entries_stay",
        "postings_are_immutable",
        "postings_come_first",
        "postings_stay",
        "accounts_stay",
        "lots_stay",
        "epochs_are_immutable",
        "epochs_stay",
    ):
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    for statement in statements:
        done = connection.execute(statement)
        assert done.rowcount, statement
    connection.commit()
    connection.close()


def fault(path: Path, walk: Callable[[sqlite3.Connection], Verified] = verified) -> str:
    connection = sqlite3.connect(path)
    try:
        with pytest.raises(LedgerDamaged) as found:
            walk(connection)
    finally:
        connection.close()
    return str(found.value)


REPLACES_5 = (
    "INSERT OR REPLACE INTO entries SELECT 8, id, 'sale', zeroblob(32), x'7b7d' FROM entries WHERE seq = 5"
)
BODY_OF_4 = "UPDATE entries SET body = replace(CAST(body AS TEXT), '1200', '1300') WHERE seq = 4"
TAMPERINGS = [
    ("a body", (BODY_OF_4.replace("replace", "CAST(replace").replace("'1300')", "'1300') AS BLOB)"),), 4),
    ("a hash", ("UPDATE entries SET hash = zeroblob(32) WHERE seq = 3",), 3),
    ("the last hash", ("UPDATE entries SET hash = zeroblob(32) WHERE seq = 7",), 7),
    ("an id", ("UPDATE entries SET id = randomblob(16) WHERE seq = 5",), 5),
    ("a kind", ("UPDATE entries SET kind = 'gift' WHERE seq = 5",), 5),
    ("a deleted entry", ("DELETE FROM entries WHERE seq = 4",), 4),
    ("the first entry", ("DELETE FROM entries WHERE seq = 1",), 1),
    (
        "a renumbered end",
        ("DELETE FROM entries WHERE seq = 6", "UPDATE entries SET seq = 6 WHERE seq = 7"),
        6,
    ),
    ("a posting", ("UPDATE postings SET amount = amount + 1 WHERE posting / 4096 = 4 AND amount > 0",), 4),
    ("a posting's number", ("UPDATE postings SET posting = posting + 100 WHERE posting = 4096 * 7 + 1",), 7),
    (
        "an owner",
        ("UPDATE postings SET owner = 'wallet:w9' WHERE posting / 4096 = 5 AND unit = 'principal'",),
        5,
    ),
    ("a balance on the way", ("UPDATE postings SET balance = balance + 1 WHERE posting = 4096 * 5",), 5),
    ("a first posting", ("UPDATE postings SET before = 0 WHERE before IS NULL AND posting > 4096 * 6",), 6),
    ("a deleted posting", ("DELETE FROM postings WHERE posting / 4096 = 5 AND unit = 'principal'",), 5),
]
WHOLE_ONLY = [
    (
        "an added posting",
        ("INSERT INTO postings SELECT 28700, owner, unit, 1, 2, last FROM accounts WHERE unit LIKE '%k7-0'",),
    ),
    ("the last entry", ("DELETE FROM entries WHERE seq = 7",)),
    ("a balance", ("UPDATE accounts SET balance = balance + 100 WHERE unit = 'principal'",)),
    ("a lot", ("UPDATE lots SET rest = rest + 100 WHERE unit = 'principal' AND seq = 3",)),
    ("a deleted lot", ("DELETE FROM lots WHERE unit = 'bonus'",)),
    (
        "an account of nothing",
        ("INSERT INTO accounts VALUES ('wallet:w9', 'bonus', 1, 1)",),
    ),
]


@pytest.mark.parametrize(("what", "how", "seq"), TAMPERINGS, ids=[one[0] for one in TAMPERINGS])
def test_what_was_changed_in_the_journal_is_found_by_its_seq(
    path: Path, what: str, how: tuple[str, ...], seq: int
) -> None:
    tampered(path, *how)
    assert fault(path).startswith(f"seq {seq}:"), what
    assert fault(path, lambda file: verified_tail(file, ENTRIES)).startswith(f"seq {seq}:")


@pytest.mark.parametrize(("what", "how"), WHOLE_ONLY, ids=[one[0] for one in WHOLE_ONLY])
def test_what_was_changed_beside_the_journal_is_found_by_the_whole_walk(
    path: Path, what: str, how: tuple[str, ...]
) -> None:
    tampered(path, *how)
    assert fault(path), what


@pytest.mark.parametrize(
    ("how", "seq"),
    [
        ("UPDATE accounts SET balance = balance + 100 WHERE unit = 'principal'", 5),
        ("UPDATE lots SET rest = rest + 100 WHERE unit = 'principal' AND seq = 3", 3),
    ],
)
def test_what_belongs_to_an_entry_is_named_by_it(path: Path, how: str, seq: int) -> None:
    tampered(path, how)
    assert fault(path).startswith(f"seq {seq}:")


def test_what_moved_from_lot_to_lot_of_a_wallet_is_found(path: Path) -> None:
    """The sum stays; which recharge is used up, and so what may be refunded or invoiced, does not."""
    tampered(
        path,
        "UPDATE lots SET rest = rest + 100, laid = laid + 100 WHERE unit = 'principal' AND seq = 2",
        "UPDATE lots SET rest = rest - 100 WHERE unit = 'principal' AND seq = 3",
    )
    assert fault(path).startswith("seq 2: a lot of principal")


@pytest.mark.parametrize(
    ("how", "seq"),
    [
        ("UPDATE lots SET unit = 'bonus' WHERE unit = 'principal' AND seq = 3", 3),
        ("UPDATE lots SET unit = 'principal2' WHERE unit = 'principal'", 3),
        ("UPDATE lots SET wallet = 'w9' WHERE unit = 'bonus'", 2),
        ("DELETE FROM lots WHERE unit = 'bonus'", 2),
    ],
)
def test_a_lot_that_was_moved_or_taken_away_is_named_by_the_entry_that_laid_it(
    path: Path, how: str, seq: int
) -> None:
    tampered(path, how)
    assert fault(path).startswith(f"seq {seq}: a lot of ")


def test_two_balances_that_make_up_for_each_other_are_found(path: Path) -> None:
    sales = "SELECT posting FROM postings WHERE unit = 'revenue:fruit' ORDER BY posting"
    tampered(
        path,
        f"UPDATE postings SET balance = balance + 1 WHERE posting = ({sales} LIMIT 1)",  # noqa: S608
        f"UPDATE postings SET balance = balance - 1 WHERE posting = ({sales} LIMIT 1 OFFSET 1)",  # noqa: S608
    )
    assert fault(path).startswith("seq 4: a balance")


def test_two_postings_that_go_on_from_one_are_named_by_the_second(path: Path) -> None:
    """Each balance is right by itself; the first of the two is lost from the account's story."""
    fruit = "UPDATE postings SET balance = BALANCE WHERE unit = 'revenue:fruit' AND posting / 4096 = "
    of_4 = "(SELECT posting FROM postings WHERE unit = 'revenue:fruit' AND posting / 4096 = 4)"
    tampered(
        path,
        f"{fruit.replace('BALANCE', f'1200 + amount, before = {of_4}')} 6",
        f"{fruit.replace('BALANCE', '21200 + amount')} 7",
        "UPDATE accounts SET balance = 22190 WHERE unit = 'revenue:fruit'",
    )
    assert fault(path).startswith("seq 6: goes on from")


def test_an_account_that_is_gone_is_named_by_its_last_posting(path: Path) -> None:
    tampered(path, "DELETE FROM accounts WHERE unit = 'issued:coupon'")
    assert fault(path).startswith("seq 6: a posting that no account knows")


def test_a_posting_of_no_entry_is_named(path: Path) -> None:
    tampered(path, "INSERT INTO postings VALUES (4096 * 9, 'site:S1', 'tax', 0, 0, NULL)")
    assert fault(path).startswith("seq 9: a posting of no entry")


@pytest.mark.parametrize("more", ["1", "0x1fffffffffffffff", "0x3ffffffffffffffe"])
def test_no_two_balances_look_alike(path: Path, more: str) -> None:
    """Hashes of numbers repeat from 2^61 - 1 on, and those of -1 and -2 are one."""
    tampered(
        path, "UPDATE accounts SET balance = balance - MORE WHERE unit LIKE 'drawer:%'".replace("MORE", more)
    )
    assert fault(path).startswith("seq 7:")


def test_a_last_posting_that_is_none_is_found(path: Path) -> None:
    tampered(path, "UPDATE accounts SET last = last + 0x1fffffffffffffff WHERE unit = 'principal'")
    assert fault(path)


def test_an_account_cannot_be_cut_elsewhere(path: Path) -> None:
    """`wallet` and `w1:principal` would read the same, and be nobody's lots."""
    move = "SET owner = 'wallet', unit = substr(owner, 8) || ':' || unit WHERE owner = 'wallet:w1'"
    tampered(path, f"UPDATE postings {move}", f"UPDATE accounts {move}")
    assert fault(path).startswith("seq 2:")


async def of_epochs(path: Path, *epochs: int, began: bool = True) -> None:
    """Entries 8, 9, ... of those epochs, as a program does that believes what a damaged file says."""

    def goes_on(shelf: Any, epoch: int) -> None:
        if began and epoch > Epochs(shelf.connection).last:
            shelf.begin_epoch(epoch)
        shelf.epoch = epoch

    ledger = await opened_at(path)
    for number, epoch in enumerate(epochs, ENTRIES + 1):
        await ledger.committer.do(partial(goes_on, epoch=epoch))
        await ledger.committer.submit(sale(number, 100))
    await ledger.close()


@pytest.mark.parametrize("more", [0, 40])
async def test_an_epoch_that_goes_back_is_named_by_the_entry_that_does(path: Path, more: int) -> None:
    """Also where it lies before the last few, whose bodies a start reads."""
    await of_epochs(path, 2, 1, *[2] * more)
    for walk in (verified, lambda file: verified_tail(file, 45)):
        assert fault(path, walk).startswith("seq 9: is of epoch 1, and 2 was the last that had begun")


async def test_an_epoch_that_nothing_began_is_named_by_its_first_entry(path: Path) -> None:
    await of_epochs(path, 77, began=False)
    assert fault(path).startswith("seq 8: is of epoch 77, and 1 was the last that had begun")
    assert fault(path, lambda file: verified_tail(file, ENTRIES)).startswith("seq 8: is of epoch 77")


async def test_epochs_that_began_one_by_one_are_well(path: Path) -> None:
    await of_epochs(path, 2, 3, 5)
    assert not verdict_on(Settings(path=path), SiteId("S1")).fault
    await (await opened_at(path)).close()


@pytest.mark.parametrize(
    "how",
    [
        "DELETE FROM epochs WHERE epoch = 2",
        "DELETE FROM epochs",
        "UPDATE epochs SET epoch = 77 WHERE epoch = 2",
        "UPDATE epochs SET after = 99 WHERE epoch = 2",
        "UPDATE epochs SET after = 3 WHERE epoch = 2",
        "UPDATE epochs SET after = 3 WHERE epoch = 1",
    ],
)
async def test_what_is_changed_of_the_epochs_is_found_by_the_start_and_by_verify(
    path: Path, how: str
) -> None:
    await of_epochs(path, 2)
    tampered(path, how)
    assert verdict_on(Settings(path=path), SiteId("S1")).damaged
    with pytest.raises(LedgerDamaged, match=r"epoch"):
        await opened_at(path)


def test_another_spelling_is_found_under_a_chain_made_to_fit(path: Path) -> None:
    connection = sqlite3.connect(path)
    (_, before), (body, _) = connection.execute("SELECT body, hash FROM entries WHERE seq > 5 ORDER BY seq")
    connection.close()
    spelt = body.replace(b"{", b"{ ", 1)
    forged = "UPDATE entries SET body = x'BODY', hash = x'HASH' WHERE seq = 7"
    tampered(path, forged.replace("BODY", spelt.hex()).replace("HASH", chained(before, spelt).hex()))
    assert fault(path).startswith("seq 7: another spelling")


def test_an_honest_ledger_is_walked_without_a_fault(path: Path) -> None:
    connection = sqlite3.connect(path)
    whole, tail = verified(connection), verified_tail(connection, 3)
    connection.close()
    assert (whole.entries, whole.checked) == (ENTRIES, ENTRIES)
    assert (tail.entries, tail.checked, tail.head) == (ENTRIES, 3, whole.head)


async def test_a_tail_that_does_not_agree_is_not_sold_upon(path: Path) -> None:
    tampered(path, "UPDATE postings SET amount = amount + 1 WHERE posting / 4096 = 7 AND amount > 0")
    with pytest.raises(LedgerDamaged, match="seq 7"):
        await opened_at(path)


def test_a_start_on_a_file_with_a_sector_of_zeros_says_what_it_is(path: Path) -> None:
    async def started() -> None:
        await (await opened_at(path)).close()

    whole = path.read_bytes()
    said = set()
    for place in range(0, len(whole), 512):
        path.write_bytes(whole[:place] + bytes(512) + whole[place + 512 :])
        try:
            asyncio.run(started())
        except (LedgerDamaged, LedgerClosed) as fault:
            said.add(type(fault))
        path.with_name("ledger.db-wal").unlink(missing_ok=True)
    assert LedgerDamaged in said


@pytest.mark.parametrize("value", ["body = NULL", "hash = NULL", "body = 'text'"])
async def test_a_row_that_holds_what_was_never_written_there_is_damage(path: Path, value: str) -> None:
    schema = "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'entries'"
    strict = "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'entries'"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(schema)
    connection.execute(strict)
    connection.commit()
    connection.close()
    tampered(path, f"UPDATE entries SET {value} WHERE seq = 4")  # noqa: S608  words of ours
    assert fault(path).startswith("seq 4:")
    assert fault(path, lambda file: verified_tail(file, ENTRIES)).startswith("seq 4:")


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("name = 'site'", "which site's"),
        ("name = 'instance'", "which machine's"),
        ("name = 'epoch'", "its epoch"),
        ("name = 'acked'", "how much of it headquarters has"),
        ("name = 'proof'", "which secret"),
        ("name <> 'openable_from'", "which site's"),
    ],
)
async def test_a_file_with_entries_that_does_not_say_whose_it_is_is_damaged_and_left_alone(
    path: Path, lost: str, said: str
) -> None:
    tampered(path, f"DELETE FROM meta WHERE {lost}")  # noqa: S608  words of ours
    assert said in fault(path, lambda file: verified_whole(file, None)[0])
    with contextlib.closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT * FROM meta").fetchall()
        with pytest.raises(LedgerDamaged, match=said):
            await opened_at(path)
        assert connection.execute("SELECT * FROM meta").fetchall() == before


async def test_a_new_file_whose_claim_is_lost_in_part_is_damaged_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    await (await opened_at(path)).close()
    tampered(path, "DELETE FROM meta WHERE name = 'site'")
    with pytest.raises(LedgerDamaged, match="which site's"):
        await opened_at(path)


async def test_an_entry_that_is_missing_where_a_start_begins_to_look_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    for number in range(1, 41):
        await ledger.committer.submit(sale(number, 990))
    await ledger.close()
    for seq in (20, 19, 10):
        tampered(path, f"DELETE FROM entries WHERE seq = {seq:d}")  # noqa: S608  a number of ours
        assert fault(path, lambda file: verified_tail(file, 30)).startswith(f"seq {seq}: missing")


def test_a_journal_that_ends_before_what_headquarters_holds_has_lost_its_end(path: Path) -> None:
    """The sign of a disk that went back in time. All that is left agrees with itself."""
    tampered(path, "UPDATE meta SET value = 7 WHERE name = 'acked'")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert verified(connection).entries == ENTRIES
    tampered(path, "UPDATE meta SET value = 99 WHERE name = 'acked'")
    assert fault(path).startswith("seq 8: is missing, and headquarters holds entries up to 99")


async def vouched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SIGNED_EVERY", 1)
    ledger = await opened_at(path)
    await ledger.committer.do(lambda shelf: shelf.vouch())
    await ledger.close()


async def test_what_lies_before_the_tail_does_not_hold_up_the_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vouched(path, monkeypatch)
    tampered(path, "UPDATE postings SET amount = amount + 1 WHERE posting / 4096 = 2 AND amount > 0")
    ledger = await opened_at(path, verified_at_start=3)
    await ledger.close()
    assert fault(path).startswith("seq 2:")


async def test_more_than_a_start_looks_at_without_a_checkpoint_is_verified_whole(path: Path) -> None:
    slow: list[None] = []
    news = News(slow=lambda: slow.append(None))
    await (await opened_at(path, verified_at_start=3, news=news)).close()
    assert slow
    tampered(path, "UPDATE postings SET amount = amount + 1 WHERE posting / 4096 = 2 AND amount > 0")
    with pytest.raises(LedgerDamaged, match="seq 2:"):
        await opened_at(path, verified_at_start=3)


def test_the_file_itself_refuses_to_change_or_skip_an_entry(path: Path) -> None:
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="immutable"):
        connection.execute("UPDATE entries SET kind = 'gift' WHERE seq = 1")
    with pytest.raises(sqlite3.IntegrityError, match="next one"):
        connection.execute("INSERT INTO entries VALUES (9, zeroblob(16), 'sale', zeroblob(32), x'7b7d')")
    with pytest.raises(sqlite3.IntegrityError, match="an entry already"):
        connection.execute(REPLACES_5)
    posting = "INSERT INTO postings VALUES (?, 'site:S1', ?, ?, ?, NULL)"
    connection.execute(posting, (8 * 4096, "over_short", -500, -500))
    connection.execute(posting, (8 * 4096 + 1, "outside:code", 501, 501))
    with pytest.raises(sqlite3.IntegrityError, match="sum to zero"):
        connection.execute("INSERT INTO entries VALUES (8, zeroblob(16), 'sale', zeroblob(32), x'7b7d')")
    with pytest.raises(sqlite3.IntegrityError, match="stands already"):
        connection.execute(posting, (7 * 4096 + 9, "over_short", 1, 1))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        connection.execute(posting, (8 * 4096 + 2, "over_short", 1, 1))
    with pytest.raises(sqlite3.IntegrityError, match="stay"):
        connection.execute("DELETE FROM postings WHERE unit = 'principal'")
    for table in ("accounts", "lots"):
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} stay"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  words of ours
    for acked, why in ((0, "not acknowledged this entry"), (3, "not acknowledged"), (7, "entries stay, and")):
        connection.execute("UPDATE meta SET value = ? WHERE name = 'acked'", (acked,))
        with pytest.raises(sqlite3.IntegrityError, match=why):
            connection.execute("DELETE FROM entries WHERE seq > 3")
    connection.execute("UPDATE meta SET value = 0 WHERE name = 'acked'")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute("UPDATE accounts SET balance = -1 WHERE unit = 'principal'")
    connection.close()


def broken_page(path: Path, table: str) -> None:
    """Nonsense where the rows of that table are."""
    connection = sqlite3.connect(path)
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("rb+") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


async def test_damage_that_a_reader_meets_is_told(path: Path) -> None:
    broken_page(path, "print_jobs")
    heard: list[TerminalFault | None] = []
    ledger = await opened_at(path, news=News(trouble=heard.append))
    with pytest.raises(LedgerDamaged, match="malformed"):
        await ledger.books.waiting_prints()
    assert [type(one) for one in heard] == [LedgerDamaged]
    await ledger.close()


async def test_damage_that_the_writer_meets_is_told(path: Path) -> None:
    broken_page(path, "shifts")
    heard: list[TerminalFault | None] = []
    ledger = await opened_at(path, news=News(trouble=heard.append))
    with pytest.raises(LedgerDamaged, match="malformed"):
        await ledger.committer.submit(sale(8, 990))
    assert LedgerDamaged in [type(one) for one in heard]
    await ledger.close()


async def test_a_body_that_reads_as_nothing_is_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes of something else in the middle of ours: SQLite itself may see nothing wrong."""
    await vouched(path, monkeypatch)
    tampered(path, "UPDATE entries SET body = CAST('not JSON' AS BLOB) WHERE seq = 4")
    heard: list[TerminalFault | None] = []
    ledger = await opened_at(path, news=News(trouble=heard.append), verified_at_start=2)
    with pytest.raises(LedgerDamaged):
        await ledger.books.booked(an_id(4))
    assert [type(one) for one in heard] == [LedgerDamaged]
    await ledger.close()


async def test_damage_that_only_the_second_copy_meets_stops_the_start(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads every entry that it copies; the start looks at the last ones alone."""
    await vouched(path, monkeypatch)
    connection = sqlite3.connect(path)
    (entry_hash,) = connection.execute("SELECT hash FROM entries WHERE seq = 1").fetchone()
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with path.open("rb+") as file:
        file.seek(file.read().index(entry_hash) // size * size)
        file.write(b"\xa5" * size)
    copy = tmp_path / "stick"
    copy.mkdir()
    with pytest.raises(LedgerDamaged, match="second copy"):
        await opened_at(path, second=copy, verified_at_start=2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TRIGGER entries_stay", "entries_stay is missing"),
        ("DROP INDEX coupons_of", "coupons_of is missing"),
        ("CREATE TRIGGER quiet AFTER INSERT ON entries BEGIN SELECT 1; END", "quiet is not ours"),
        (
            "DROP TRIGGER lots_stay; CREATE TRIGGER lots_stay BEFORE DELETE ON lots BEGIN SELECT 1; END",
            "changed",
        ),
    ],
)
def test_a_schema_that_is_not_ours_is_found(path: Path, change: str, said: str) -> None:
    assert not verdict_on(Settings(path=path), SiteId("S1")).fault
    connection = sqlite3.connect(path)
    connection.executescript(change)
    connection.close()
    assert said in verdict_on(Settings(path=path), SiteId("S1")).fault


async def test_on_our_own_connection_nothing_is_replaced_past_the_triggers(path: Path) -> None:
    ledger = await opened_at(path)

    def replace(shelf: Any) -> None:
        shelf.connection.execute("DROP TRIGGER entries_replace_none")
        shelf.connection.execute(REPLACES_5)

    with pytest.raises(NotBookable, match="not acknowledged this entry"):
        await ledger.committer.do(replace)
    await ledger.close()
