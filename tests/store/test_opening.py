"""What is there when a terminal starts: nothing, its own ledger, or something it must not touch."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.checkup import ledger_facts, verdict_on
from terminal.core.errors import LedgerClosed, LedgerDamaged, LedgerHeld, LedgerNewer
from terminal.core.values import SiteId
from terminal.maintenance.facts import LedgerTrouble
from terminal.store.backup import read_only
from terminal.store.claim import check_claimed
from terminal.store.file import Lock
from terminal.store.migrations import OURS
from terminal.store.settings import Settings
from tests.store.conftest import opened_at
from tests.store.facts import PHONE, an_id, issue, recharge, sale


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    where = tmp_path / "ledger.db"
    ledger = await opened_at(where)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    await ledger.close()
    return where


def changed(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def test_while_much_waits_acknowledgements_are_written_down_for_many_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.store.ledger._ACKED_STEP", 3)
    ledger = await opened_at(path)
    for number in range(3, 9):
        await ledger.committer.submit(sale(number, 1000))
    written = []
    for seq in range(1, 9):
        await ledger.outbox.acknowledge(seq)
        assert await ledger.outbox.acked() == seq
        written.append(await ledger.committer.do(lambda shelf: shelf.acked()))
    await ledger.close()
    assert written == [0, 0, 3, 3, 3, 6, 7, 8]


async def test_what_is_to_be_sent_never_runs_ahead_of_the_head_that_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await opened_at(path)
    news: list[int] = []
    with monkeypatch.context() as late:
        late.setattr(ledger.outbox, "committed", news.append)
        await ledger.committer.submit(sale(3, 1000))
        await ledger.committer.submit(sale(4, 1000))
        before = [await ledger.outbox.after(seq, 100) for seq in (0, 2, 3)]
        head, _ = await ledger.outbox.head()
    ledger.outbox.committed(news[-1])
    after = await ledger.outbox.after(0, 100)
    await ledger.close()
    assert ([[link.seq for link in links] for links in before], head) == ([[1, 2], [], []], 2)
    assert [link.seq for link in after] == [1, 2, 3, 4]


async def test_a_restart_keeps_everything(path: Path) -> None:
    ledger = await opened_at(path)
    first = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.outbox.acknowledge(2)
    before = (await ledger.outbox.head(), ledger.instance)
    await ledger.close()
    ledger = await opened_at(path)
    assert (await ledger.outbox.head(), ledger.instance) == before
    assert await ledger.outbox.acked() == 2
    assert await ledger.books.booked(an_id(3)) == replace(first, again=True)
    assert list(await ledger.books.waiting_prints()) == [an_id(2), an_id(3)]
    later = await ledger.committer.submit(sale(4, 500, number=1, stored=500))
    assert later.receipt_no.startswith("T1-1-3-")
    await ledger.close()


async def test_a_name_with_every_sign_in_it_is_a_name(tmp_path: Path) -> None:
    where = tmp_path / "店 #1?mode=memory&%41" / "ledger.db"
    ledger = await opened_at(where)
    await ledger.committer.submit(sale(1, 1000))
    assert await ledger.books.holder(PHONE) is None
    assert (await ledger.outbox.head())[0] == 1
    await ledger.close()
    assert where.exists()


@contextmanager
def held_by_another(path: Path) -> Iterator[int]:
    program = "import sys, pathlib; from terminal.store.file import Lock\n"
    program += "held = Lock(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"1\n"
        yield holder.pid
        holder.kill()


async def test_a_ledger_that_another_process_holds_is_refused_by_its_number(path: Path) -> None:
    with held_by_another(path) as pid, pytest.raises(LedgerClosed, match=f"process {pid}"):
        await opened_at(path)
    await (await opened_at(path)).close()


@pytest.mark.parametrize("link", [os.symlink, os.link])
async def test_a_ledger_has_one_writer_under_whatever_name(
    path: Path, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    """Beside the second name lies everything that a writer asks for."""
    other = tmp_path / "two" / "other.db"
    other.parent.mkdir()
    with held_by_another(path):
        for suffix in (".db", ".secret", ".made"):
            link(path.with_suffix(suffix), other.with_suffix(suffix))
        with pytest.raises(LedgerClosed, match="link"):
            await opened_at(other)


async def test_a_folder_may_have_two_names(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.symlink_to(path.parent)
    with held_by_another(path) as pid, pytest.raises(LedgerHeld, match=f"process {pid}"):
        await opened_at(folder / path.name)
    await (await opened_at(folder / path.name)).close()


async def test_one_process_cannot_open_it_twice(path: Path) -> None:
    ledger = await opened_at(path)
    with pytest.raises(LedgerClosed, match=str(os.getpid())):
        await opened_at(path)
    await ledger.close()


async def test_who_lost_the_lock_to_another_books_nothing_more(path: Path) -> None:
    """Somebody deleted the file: the next who opens the ledger makes one, and is alone with it."""
    ledger = await opened_at(path)
    path.with_suffix(".lock").unlink()
    with held_by_another(path) as pid, pytest.raises(LedgerClosed, match=f"process {pid}"):
        await ledger.committer.submit(sale(3, 1000))
    other = await opened_at(path)
    booked = await other.committer.submit(sale(4, 1000))
    with pytest.raises(LedgerClosed, match="held by process"):
        await ledger.committer.submit(sale(5, 1000))
    await other.close()
    later = await ledger.committer.submit(sale(6, 1000))
    assert later.seq == booked.seq + 1
    await ledger.close()
    assert verdict_on(Settings(path=path), SiteId("S1")).fault == ""


async def test_a_lock_that_was_deleted_is_taken_again_and_selling_goes_on(path: Path) -> None:
    ledger = await opened_at(path)
    path.with_suffix(".lock").unlink()
    await ledger.committer.submit(sale(3, 1000))
    with pytest.raises(LedgerHeld):
        await opened_at(path)
    await ledger.close()


async def test_a_lock_is_of_the_file_that_has_its_name_when_it_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted between its opening and its taking: whoever comes next would make another."""
    lock, real, times = path.with_suffix(".lock"), os.open, 0

    def opened(*said: Any, **more: Any) -> int:
        nonlocal times
        descriptor = real(*said, **more)
        if said[0] == lock and (times := times + 1) == 1:
            lock.unlink()
        return descriptor

    monkeypatch.setattr(os, "open", opened)
    ledger = await opened_at(path)
    with pytest.raises(LedgerHeld):
        await opened_at(path)
    await ledger.close()


@pytest.mark.parametrize("there", [True, False])
async def test_no_link_is_followed_where_the_lock_would_be(
    path: Path,
    tmp_path: Path,
    there: bool,  # noqa: FBT001
) -> None:
    """The folder is the terminal's own; whoever runs as it must not have root write elsewhere."""
    roots = tmp_path / "elsewhere"
    if there:
        roots.write_text("root's own")
    path.with_suffix(".lock").unlink()
    path.with_suffix(".lock").symlink_to(roots)
    with pytest.raises(LedgerClosed, match="is a link"):
        Lock(path)
    with pytest.raises(LedgerClosed, match="is a link"):
        await opened_at(path)
    assert roots.exists() is there
    assert not there or roots.read_text() == "root's own"
    path.with_suffix(".lock").unlink()
    await (await opened_at(path)).close()


async def test_the_ledger_of_another_site_is_left_alone(path: Path) -> None:
    with pytest.raises(LedgerDamaged, match="belongs to site S1, not S2"):
        await opened_at(path, site="S2")
    seen, verdict = ledger_facts(path, 10, SiteId("S2")), verdict_on(Settings(path=path), SiteId("S2"))
    assert "belongs to site S1, not S2" in seen.fault
    assert (seen.fault, verdict.damaged) == (verdict.fault, False)
    assert seen.trouble is LedgerTrouble.REFUSED
    await (await opened_at(path)).close()
    assert (ledger_facts(path, 10, SiteId("S1")).fault, ledger_facts(path, 10).fault) == ("", "")


async def test_another_programs_file_is_not_touched(tmp_path: Path) -> None:
    where = tmp_path / "ledger.db"
    changed(where, "CREATE TABLE songs (name)", "INSERT INTO songs VALUES ('one')")
    before = where.read_bytes()
    with pytest.raises(LedgerDamaged, match="not a ledger's"):
        await opened_at(where)
    assert where.read_bytes() == before


async def test_garbage_is_said_to_be_garbage(tmp_path: Path) -> None:
    where = tmp_path / "ledger.db"
    where.write_bytes(bytes(range(256)) * 64)
    with pytest.raises(LedgerDamaged, match="not a database"):
        await opened_at(where)


@pytest.mark.parametrize("kept", [0, 1, 99, 100, 1024, 5000, 20000])
async def test_a_file_cut_short_is_not_sold_upon(path: Path, kept: int) -> None:
    with path.open("rb+") as file:
        assert os.fstat(file.fileno()).st_size > kept
        file.truncate(kept)
    with pytest.raises(LedgerDamaged, match=str(path)):
        await opened_at(path)


async def test_a_ledger_that_is_gone_does_not_begin_anew(path: Path) -> None:
    os.unlink(path)  # noqa: PTH108  the loop has nothing else to do
    with pytest.raises(LedgerDamaged, match="gone"):
        await opened_at(path)


async def test_a_secret_cut_short_is_said(path: Path) -> None:
    path.with_suffix(".secret").write_bytes(b"short")
    with pytest.raises(LedgerDamaged, match="5 bytes"):
        await opened_at(path)


async def test_a_newer_file_is_opened_while_it_says_so(path: Path) -> None:
    changed(path, f"PRAGMA user_version = {OURS.version + 1}")
    await (await opened_at(path)).close()


@pytest.mark.parametrize(
    "said",
    [
        "UPDATE meta SET value = 999 WHERE name = 'openable_from'",
        "UPDATE meta SET value = 'later' WHERE name = 'openable_from'",
        "DELETE FROM meta WHERE name = 'openable_from'",
    ],
)
async def test_a_newer_file_is_refused_when_it_asks_for_a_newer_program(path: Path, said: str) -> None:
    changed(
        path,
        f"PRAGMA user_version = {OURS.version + 1}",
        said,
    )
    with pytest.raises(LedgerNewer, match="needs a program of schema"):
        await opened_at(path)


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder would be")
    with pytest.raises(LedgerClosed, match="blocked"):
        await opened_at(blocked / "ledger.db")


@pytest.mark.parametrize("name", ["ledger.keys", "ledger.secret", "ledger.lock", "ledger"])
def test_the_ledger_cannot_be_named_like_what_lies_beside_it(name: str) -> None:
    with pytest.raises(ValueError, match=r"end with \.db"):
        Settings(path=Path(name))


async def test_only_its_owner_may_read_a_ledger(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(sale(1, 1000))
    modes = {one.name: one.stat().st_mode & 0o077 for one in tmp_path.iterdir()}  # noqa: ASYNC240  a look
    await ledger.close()
    assert modes["ledger.db"] == modes["ledger.db-wal"] == modes["ledger.secret"] == 0


async def test_print_jobs_that_are_done_do_not_pile_up(path: Path) -> None:
    ledger = await opened_at(path)
    for number in range(50, 60):
        await ledger.committer.submit(sale(number, 1000))
        await ledger.print_jobs.printed(an_id(number))
    await ledger.close()
    file = sqlite3.connect(path)
    done = file.execute("SELECT number FROM print_jobs WHERE state = 'printed'").fetchall()
    file.close()
    assert done == [(11,)]  # The recharge before them was the first.


async def test_a_schema_that_is_no_text_any_more_is_damage_to_whoever_reads_it(path: Path) -> None:
    changed(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = CAST(x'435245415445205441424C4520A1A2' AS TEXT),"
        " name = CAST(x'A1A2' AS TEXT) WHERE name = 'meta'",
    )
    with (
        closing(read_only(path)) as connection,
        pytest.raises(LedgerDamaged, match="its schema cannot be read"),
    ):
        OURS.version_of(connection)
    with pytest.raises(LedgerDamaged, match="its schema cannot be read"):
        await opened_at(path)


async def test_an_epoch_that_went_back_is_named_before_a_receipt_gets_a_number_twice(path: Path) -> None:
    ledger = await opened_at(path)
    await ledger.committer.do(lambda shelf: shelf.begin_epoch(2))
    await ledger.committer.submit(recharge(3))
    await ledger.close()
    changed(path, "UPDATE meta SET value = 1 WHERE name = 'epoch'")
    with pytest.raises(LedgerDamaged, match="epoch 1 are not what was written there"):
        await opened_at(path)
    with (
        closing(read_only(path)) as connection,
        pytest.raises(LedgerDamaged, match="epoch 2 began last"),
    ):
        check_claimed(connection, None)
