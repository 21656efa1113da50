"""The disk fails in the middle: what was answered stands, what was not is there once or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.core.commands import Private
from terminal.core.errors import LedgerClosed, NotBookable, OutcomeUnknown, TerminalFault
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import PHONE, an_id, issue, opens, recharge, sale
from tests.store.faulty import Disk, faulty_disk

WAL = "-wal"


@pytest.fixture
def disk() -> Iterator[Disk]:
    with faulty_disk() as found:
        yield found


@pytest.fixture
async def ledger(disk: Disk, tmp_path: Path) -> AsyncGenerator[Any, None]:
    del disk
    opened = await opened_at(tmp_path / "ledger.db")
    await opened.committer.submit(*issue(1))
    await opened.committer.submit(recharge(2))
    yield opened
    await opened.close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    verified(connection)
    connection.close()


async def seqs(ledger: Any) -> list[int]:
    return [link.seq for link in await ledger.outbox.after(0, 100)]


async def test_a_commit_that_raised_before_anything_was_durable_is_answered_by_what_stands(
    ledger: Any, disk: Disk
) -> None:
    disk.fail("sync", WAL)
    try:
        booked = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    except LedgerClosed:
        booked = None
    assert disk.failed == 1
    assert (booked is not None) == (await ledger.committer.look_up(an_id(3)) is not None)
    again = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    assert again.seq == 3
    assert again.after.principal == 9000
    assert await seqs(ledger) == [1, 2, 3]


async def test_a_commit_that_raised_after_it_was_durable_says_what_stands(ledger: Any, disk: Disk) -> None:
    disk.fail("synced", WAL)
    with contextlib.suppress(LedgerClosed):
        await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    again = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    assert (again.seq, again.after.principal) == (3, 9000)
    assert (await ledger.outbox.head())[0] == 3
    assert ledger.outbox.waiting() == 3


async def test_what_was_answered_as_not_booked_does_not_come_back_with_the_log(
    ledger: Any, disk: Disk, tmp_path: Path
) -> None:
    disk.fail("synced", WAL)
    answer: object = None
    try:
        answer = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    except LedgerClosed as closed:
        answer = closed
    # A power cut now: the files as they lie there, recovered by somebody else.
    cut = tmp_path / "cut"
    cut.mkdir()
    for name in ("ledger.db", "ledger.db-wal"):
        (cut / name).write_bytes((tmp_path / name).read_bytes())
    connection = sqlite3.connect(cut / "ledger.db")
    stands = connection.execute("SELECT count(*) FROM entries WHERE seq = 3").fetchone()[0]
    connection.close()
    assert stands == (not isinstance(answer, LedgerClosed))


async def test_while_the_disk_stays_broken_the_ledger_is_closed_and_then_opens_again(
    ledger: Any, disk: Disk
) -> None:
    disk.fail("sync", "", times=1000)
    with pytest.raises(OutcomeUnknown):
        await ledger.committer.submit(sale(3, 1000))
    for _ in range(3):
        with pytest.raises(LedgerClosed, match="nothing was booked"):
            await ledger.committer.submit(sale(4, 1000))
    with pytest.raises(LedgerClosed):
        await ledger.committer.look_up(an_id(3))
    assert await ledger.books.holder(PHONE) is None
    disk.heal()
    assert (await ledger.committer.submit(sale(3, 1000))).seq == 3
    assert (await ledger.committer.submit(sale(4, 1000))).seq == 4


async def test_what_is_in_doubt_is_no_part_of_the_journal_until_it_was_looked_up(
    ledger: Any, disk: Disk
) -> None:
    disk.fail("sync", "", times=1000)
    with pytest.raises(OutcomeUnknown):
        await ledger.committer.submit(sale(3, 1000))
    assert (await ledger.outbox.head())[0] == 2
    assert ledger.outbox.waiting() == 2
    disk.heal()
    assert (await ledger.committer.submit(sale(4, 1000))).seq == (await ledger.outbox.head())[0]


async def test_a_full_disk_closes_the_ledger_and_space_opens_it(ledger: Any, disk: Disk) -> None:
    disk.fail("write", "", times=1000, full=True)
    for number in (3, 4):
        with pytest.raises(LedgerClosed, match="full"):
            await ledger.committer.submit(sale(number, 1000))
    assert await seqs(ledger) == [1, 2]
    disk.heal()
    assert (await ledger.committer.submit(sale(3, 1000))).receipt_no.startswith("T1-1-2-")


@pytest.mark.parametrize("nth", range(1, 25))
async def test_whichever_write_fails_a_group_is_booked_once_each(ledger: Any, disk: Disk, nth: int) -> None:
    disk.fail("write", WAL, nth=nth)
    commands = [sale(10 + n, 1000, number=1, stored=1000) for n in range(4)]
    await asyncio.gather(*map(ledger.committer.submit, commands), return_exceptions=True)
    again = await asyncio.gather(*map(ledger.committer.submit, commands))
    assert sorted(one.seq for one in again) == [3, 4, 5, 6]
    assert min(one.after.principal for one in again) == 6000
    numbers = [one.receipt_no.rpartition("-")[0] for one in again]
    assert sorted(numbers) == ["T1-1-2", "T1-1-3", "T1-1-4", "T1-1-5"]


@pytest.mark.parametrize("operation", ["write", "sync"])
async def test_the_file_of_keys_that_fails_books_nothing(ledger: Any, disk: Disk, operation: str) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number)
    command = sale(3, 20000, begins=opens(7, member=True))
    disk.fail(operation, ".keys")
    with pytest.raises(TerminalFault):
        await ledger.committer.submit(command, private)
    assert disk.failed == 1
    assert await ledger.books.holder(PHONE) is None
    assert (await ledger.committer.submit(command, private)).seq == 3
    assert (await ledger.books.holder(PHONE)).member == "m7"


async def test_a_member_that_exists_keeps_the_key_of_what_was_sealed(ledger: Any) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number, name="王小明")
    await ledger.committer.submit(sale(3, 20000, begins=opens(7, member=True)), private)
    other = opens(8, member=True)
    with pytest.raises(NotBookable, match="member exists"):
        await ledger.committer.submit(
            sale(4, 20000, begins=type(other)(**{**_fields(other), "member": "m7"})), Private(phone="1")
        )
    opened = await ledger.committer.do(_profile)
    assert opened.name == "王小明"


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


def _profile(shelf: Any) -> Private | None:
    (sealed,) = shelf.connection.execute("SELECT sealed FROM profiles WHERE member = 'm7'").fetchone()
    found: Private | None = shelf._effects._keys.unseal("m7", sealed)
    return found


async def test_a_defect_is_told_without_what_it_quotes(ledger: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> None:
        raise ValueError("王小明 19000000301")

    with pytest.raises(NotBookable, match="ValueError"):
        await ledger.committer.do(broken)
    assert "broken" in caplog.text
    assert "19000000301" not in caplog.text
    assert (await ledger.committer.submit(sale(3, 1000))).seq == 3


async def test_a_caller_that_gave_up_waiting_has_booked(ledger: Any) -> None:
    waiting = asyncio.ensure_future(ledger.committer.submit(sale(3, 1000)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await ledger.committer.submit(sale(3, 1000))).again


async def test_closing_books_what_was_submitted_and_takes_no_more(ledger: Any) -> None:
    waiting = [asyncio.ensure_future(ledger.committer.submit(sale(n, 1000))) for n in range(3, 9)]
    await asyncio.sleep(0)
    await ledger.close()
    assert [one.seq for one in await asyncio.gather(*waiting)] == [3, 4, 5, 6, 7, 8]
    with pytest.raises(LedgerClosed):
        await ledger.committer.submit(sale(9, 1000))
    with pytest.raises(LedgerClosed):
        await ledger.books.booked(an_id(3))


async def test_more_than_may_wait_is_refused_at_once(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db", queue_max=4)
    answers = await asyncio.gather(
        *(ledger.committer.submit(sale(n, 1000)) for n in range(1, 101)), return_exceptions=True
    )
    booked = [one.seq for one in answers if not isinstance(one, BaseException)]
    assert booked == list(range(1, len(booked) + 1))
    assert {type(one) for one in answers if isinstance(one, BaseException)} == {LedgerClosed}
    await ledger.close()


def test_a_process_that_forgets_to_close_ends_all_the_same(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys, pathlib\n"
        "from tests.store.conftest import opened_at\n"
        "from tests.store.facts import sale\n"
        "async def main():\n"
        "    ledger = await opened_at(pathlib.Path(sys.argv[1]))\n"
        "    await ledger.committer.submit(sale(1, 1000))\n"
        "    for n in range(2, 50): asyncio.ensure_future(ledger.committer.submit(sale(n, 1000)))\n"
        "    await asyncio.sleep(0)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "ledger.db")],
        cwd=root,
        timeout=60,
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
