# ruff: noqa: ASYNC240  the loop has nothing else to do
"""The second copy has what was answered, never anything else, and brings back what a disk lost."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, Self
from unittest import mock

import pytest
from msgspec.structs import replace

from terminal.checkup import second_facts, verdict_on
from terminal.core.commands import (
    BookCardState,
    BookErasure,
    BookGrant,
    BookJoin,
    BookRedeem,
    BookVoid,
    CardState,
    Grant,
    PointsEarned,
    Private,
    Tender,
    TenderKind,
)
from terminal.core.entry import Link
from terminal.core.errors import LedgerDamaged, SecondMissing
from terminal.core.site import Standing
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.store import second, segments, shelf
from terminal.store.backup import BackupRefused, back_up
from terminal.store.ledger import News
from terminal.store.restore import restore
from terminal.store.settings import Settings
from tests.store.conftest import opened_at
from tests.store.copies import At, join
from tests.store.facts import AT, CARD, PHONE, an_id, issue, opens, recharge, sale

S1 = SiteId("S1")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "card" / "ledger.db"


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    with mock.patch.object(second, "RETRY_S", (0.01,)), mock.patch.object(second, "FREE_BYTES_MIN", 0):
        yield


class Watched:
    """A ledger with a second copy, and what it tells of it."""

    def __init__(self, path: Path, copy: Path, **settings: Any) -> None:
        self.path, self.copy, self.settings = path, copy, settings
        self.changed = asyncio.Event()
        self.ledger: Any = None

    async def __aenter__(self) -> Self:
        news = News(second=self.changed.set)
        self.ledger = await opened_at(self.path, news=news, second=self.copy, **self.settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ledger.close()

    async def book(self, *submission: Any) -> Any:
        return await self.ledger.committer.submit(*submission)

    async def until(self, wanted: Callable[[second.SecondState], bool]) -> None:
        async with asyncio.timeout(60):
            while not wanted(self.ledger.second):
                await self.changed.wait()
                self.changed.clear()

    async def until_level(self) -> None:
        await self.until(lambda state: state.level)


def entries(copy: Path) -> list[Link]:
    return list(segments.links(copy, S1, 0, bytes(32)))


def journal(path: Path) -> list[Link]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT seq, body, hash FROM entries ORDER BY seq").fetchall()
    return [Link(seq=row[0], body=row[1], hash=row[2]) for row in rows]


def aside(copy: Path) -> list[str]:
    return [one.name for one in segments.put_aside(copy, S1)]


async def three(path: Path, copy: Path) -> None:
    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        await shop.book(recharge(2))
        await shop.book(sale(3, 1000, number=1, stored=1000))


# While it sells


async def test_what_is_answered_is_on_the_copy_already(path: Path, copy: Path) -> None:
    async with Watched(path, copy) as shop:
        for number, submission in enumerate([issue(1), (recharge(2),), (sale(3, 1000),)], 1):
            await shop.book(*submission)
            assert [link.seq for link in entries(copy)] == list(range(1, number + 1))
    assert entries(copy) == journal(path)


async def test_a_group_goes_with_one_write_and_one_sync(path: Path, copy: Path) -> None:
    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        with mock.patch.object(segments, "synced", side_effect=segments.synced) as synced:
            await asyncio.gather(*(shop.book(sale(10 + n, 1000)) for n in range(20)))
        assert len(entries(copy)) == 21
        assert synced.call_count < 10


async def test_only_its_owner_reads_it_and_no_person_is_in_it(path: Path, copy: Path) -> None:
    async with Watched(path, copy) as shop:
        await shop.book(*join(1))
        await shop.book(*issue(2))
    (file,) = segments.paths(copy, S1)
    assert file.stat().st_mode & 0o077 == 0
    written = file.read_bytes()
    for word in (PHONE.number, CARD.number, "王小明", "WXM"):
        assert word.encode() not in written


async def test_a_restart_goes_on_in_the_same_file(path: Path, copy: Path) -> None:
    await three(path, copy)
    async with Watched(path, copy) as shop:
        assert shop.ledger.second.level
        await shop.book(sale(4, 1000))
    assert len(segments.paths(copy, S1)) == 1
    assert entries(copy) == journal(path)


async def test_a_long_copy_goes_on_in_the_next_file(path: Path, copy: Path) -> None:
    with mock.patch.object(segments, "SEGMENT_BYTES", 2000):
        async with Watched(path, copy) as shop:
            for number in range(1, 10):
                await shop.book(sale(number, 1000))
        async with Watched(path, copy) as shop:
            await shop.book(sale(10, 1000))
    assert len(segments.paths(copy, S1)) > 2
    assert entries(copy) == journal(path)
    assert verdict_on(Settings(path=path, second=copy), S1).copied == 10


async def test_a_ledger_that_sold_before_is_copied_from_its_first_entry(path: Path, copy: Path) -> None:
    ledger = await opened_at(path)
    for number in range(1, 6):
        await ledger.committer.submit(sale(number, 1000))
    await ledger.close()
    async with Watched(path, copy) as shop:
        await shop.until_level()
    assert entries(copy) == journal(path)


async def test_the_files_of_another_site_are_left_alone(path: Path, copy: Path) -> None:
    other = copy / "S2-000000000001.journal"
    other.write_bytes(b"theirs")
    await three(path, copy)
    assert other.read_bytes() == b"theirs"
    assert entries(copy) == journal(path)


# A medium that is not well


async def test_selling_goes_on_without_the_stick_and_the_copy_catches_up(path: Path, copy: Path) -> None:
    await three(path, copy)
    gone = copy.with_name("pocket")
    copy.rename(gone)
    async with Watched(path, copy) as shop:
        assert not shop.ledger.second.level
        assert shop.ledger.second.why == "No such file or directory"
        await shop.book(sale(4, 1000))
        assert not copy.exists()
        gone.rename(copy)
        await shop.until_level()
        await shop.book(sale(5, 1000))
        assert len(entries(copy)) == 5


@pytest.mark.parametrize("operation", ["written", "synced"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
async def test_a_stick_that_fails_in_the_middle_of_the_day_is_said_and_mended(
    path: Path, copy: Path, operation: str, number: int
) -> None:
    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        with mock.patch.object(segments, operation, side_effect=OSError(number, os.strerror(number))):
            assert (await shop.book(recharge(2))).seq == 2
            await shop.until(lambda state: not state.level)
            assert shop.ledger.second.why == os.strerror(number)
            assert (await shop.book(sale(3, 1000))).seq == 3
        await shop.until_level()
    assert entries(copy) == journal(path)
    assert aside(copy) == []


async def test_half_a_write_is_cut_off_and_written_again(path: Path, copy: Path) -> None:
    written = segments.written

    def half(descriptor: int, data: bytes) -> None:
        written(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "full")

    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        with mock.patch.object(segments, "written", half):
            await shop.book(recharge(2))
            await shop.until(lambda state: not state.level)
        await shop.until_level()
    assert entries(copy) == journal(path)


async def test_a_stick_that_hangs_keeps_one_customer_waiting_and_nobody_after(path: Path, copy: Path) -> None:
    hang, synced = threading.Event(), segments.synced

    def stuck(descriptor: int) -> None:
        hang.wait(10)
        synced(descriptor)

    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        with mock.patch.object(segments, "synced", stuck), mock.patch.object(second, "WAIT_S", 0.05):
            assert (await shop.book(recharge(2))).seq == 2
            assert "did not take an entry" in shop.ledger.second.why
            with mock.patch.object(second, "WAIT_S", 60):
                assert (await shop.book(sale(3, 1000))).seq == 3
            hang.set()
            await shop.until_level()
    assert entries(copy) == journal(path)


async def test_a_file_that_somebody_removes_is_begun_again(path: Path, copy: Path) -> None:
    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        for file in segments.paths(copy, S1):
            file.unlink()
        await shop.book(recharge(2))
        await shop.until_level()
        await shop.book(sale(3, 1000))
        assert entries(copy) == journal(path)


async def test_where_the_copy_is_required_nothing_is_sold_without_it(path: Path, copy: Path) -> None:
    gone = copy.with_name("pocket")
    copy.rename(gone)
    async with Watched(path, copy, second_required=True) as shop:
        with pytest.raises(SecondMissing, match="No such file"):
            await shop.book(*issue(1))
        gone.rename(copy)
        await shop.until_level()
        assert (await shop.book(*issue(1))).seq == 1
        with mock.patch.object(segments, "written", side_effect=OSError(errno.EIO, "broken")):
            assert (await shop.book(recharge(2))).seq == 2  # It is in the ledger, and that is the truth.
            with pytest.raises(SecondMissing):
                await shop.book(sale(3, 1000))
        await shop.until_level()
        assert (await shop.book(sale(3, 1000))).seq == 3
    assert entries(copy) == journal(path)


async def test_the_oldest_file_goes_only_when_headquarters_has_had_it_for_long(
    path: Path, copy: Path
) -> None:
    day_ms = 24 * 3600 * 1000
    with mock.patch.object(segments, "SEGMENT_BYTES", 1500):
        async with Watched(path, copy, second_bytes_max=6000) as shop:
            for number in range(1, 20):
                await shop.book(later(sale(number, 1000), 91 * day_ms * (number > 4)))
            assert "second_bytes_max" in shop.ledger.second.why
            before = segments.paths(copy, S1)
            await shop.ledger.outbox.acknowledge(3)
            await shop.until_level()
            assert segments.paths(copy, S1)[0] != before[0]
            assert entries(copy) == []  # No longer from the first one on ...
    kept = segments.read(segments.paths(copy, S1)[0]).records[0].seq
    assert kept <= 3  # ... and nothing went that headquarters had not.
    assert not verdict_on(Settings(path=path, second=copy), S1).fault


def later(command: Any, ms: int) -> Any:
    changed = {name: getattr(command, name) for name in command.__struct_fields__}
    at = {name: getattr(command.at, name) for name in command.at.__struct_fields__}
    return type(command)(**{**changed, "at": type(command.at)(**{**at, "wall_ms": command.at.wall_ms + ms})})


# A start


@pytest.mark.parametrize("cut", [1, 3, 40, 200, 100_000])
async def test_a_torn_end_is_written_again(path: Path, copy: Path, cut: int) -> None:
    await three(path, copy)
    (file,) = segments.paths(copy, S1)
    os.truncate(file, max(0, file.stat().st_size - cut))
    async with Watched(path, copy) as shop:
        await shop.until_level()
    assert entries(copy) == journal(path)
    assert aside(copy) == []


@pytest.mark.parametrize("at", [0, 30, 200, 700, -60])
async def test_a_damaged_stretch_is_written_again_when_the_ledger_has_all_that_follows(
    path: Path, copy: Path, at: int
) -> None:
    await three(path, copy)
    (file,) = segments.paths(copy, S1)
    data = bytearray(file.read_bytes())
    data[at] ^= 0xFF
    file.write_bytes(data)
    async with Watched(path, copy) as shop:
        await shop.until_level()
    assert entries(copy) == journal(path)
    assert aside(copy) == []


def rolled_back(path: Path, to: Path) -> None:
    """The disk shows what it had before."""
    shutil.rmtree(path.parent)
    shutil.copytree(to, path.parent)


async def a_day_that_is_lost(path: Path, copy: Path) -> tuple[list[Link], list[Any]]:
    """Entries and answers after the state that the disk falls back to."""
    await three(path, copy)
    shutil.copytree(path.parent, path.parent.with_name("before"))
    async with Watched(path, copy) as shop:
        private = Private(credentials=(PHONE,), phone=PHONE.number, name="王小明")
        answers = [
            await shop.book(recharge(4)),
            await shop.book(sale(5, 20000, begins=opens(7, member=True)), private),
            await shop.book(sale(6, 700, number=1, stored=700)),
        ]
        await shop.ledger.print_jobs.printed(an_id(4))
    whole = journal(path)
    rolled_back(path, path.parent.with_name("before"))
    return whole, answers


async def test_what_the_disk_lost_comes_back_to_the_last_byte(
    path: Path, copy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, answers = await a_day_that_is_lost(path, copy)
    assert journal(path) == whole[:3]
    assert second_facts(Settings(path=path, second=copy), S1, None).why.endswith(  # type: ignore[union-attr]
        "holds 3 entries that the ledger has not"
    )
    async with Watched(path, copy) as shop:
        for answer in answers:
            again = await shop.ledger.committer.look_up(answer.command.id)
            assert (again.seq, again.receipt_no, again.after) == (answer.seq, answer.receipt_no, answer.after)
        assert (await shop.book(sale(7, 100, number=1, stored=100))).receipt_no.startswith("T1-1-6-")
    assert "3 are back from the second copy" in caplog.text
    assert "1 of them without cards, phones or names" in caplog.text
    assert journal(path)[:6] == whole
    assert entries(copy) == journal(path)
    assert aside(copy) == []
    assert verdict_on(Settings(path=path, second=copy), S1).fault == ""


async def test_a_copy_of_another_history_is_kept_aside_and_named(path: Path, copy: Path) -> None:
    await a_day_that_is_lost(path, copy)
    ledger = await opened_at(path)  # Somebody sells on without the stick.
    await ledger.committer.submit(sale(8, 1000))
    await ledger.close()
    kept = segments.paths(copy, S1)[0].read_bytes()
    async with Watched(path, copy) as shop:
        await shop.until_level()
        assert [Path(one).name for one in shop.ledger.second.aside] == aside(copy)
        facts = second_facts(Settings(path=path, second=copy), S1, shop.ledger.second)
    (name,) = aside(copy)
    assert (copy / name).read_bytes() == kept
    assert facts is not None
    assert facts.aside == (str(copy / name),)
    assert entries(copy) == journal(path)
    assert "contradicts" in verdict_on(Settings(path=path, second=copy), S1).fault


async def test_what_does_not_come_out_as_it_was_stays_on_the_copy(
    path: Path, copy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, _ = await a_day_that_is_lost(path, copy)
    ledger = await opened_at(path)
    await ledger.committer.do(lambda shelf: shelf.begin_epoch(2))
    await ledger.close()
    async with Watched(path, copy) as shop:
        await shop.until_level()
        assert (await shop.book(sale(9, 1000))).seq == 4
    assert "entry 4 does not come out as it was" in caplog.text
    assert len(aside(copy)) == 1
    assert journal(path)[:3] == whole[:3]


async def test_a_new_ledger_does_not_begin_beside_a_copy_that_holds_sales(path: Path, copy: Path) -> None:
    await three(path, copy)
    shutil.rmtree(path.parent)
    for _ in range(2):
        with pytest.raises(LedgerDamaged, match=r"the ledger is new, and .* holds 3 entries of S1"):
            await opened_at(path, second=copy)
    assert len(entries(copy)) == 3


# Restore


async def test_a_restore_takes_what_followed_on_the_backup_from_the_copy(
    tmp_path: Path, path: Path, copy: Path
) -> None:
    await three(path, copy)
    kept = back_up(path, tmp_path / "backups", clock=At())
    async with Watched(path, copy) as shop:
        answer = await shop.book(sale(4, 700, number=1, stored=700))
        await shop.book(*join(5))
    whole = journal(path)
    path.unlink()
    done = restore(kept, path, site=S1, second=copy)
    assert (done.seq, done.back, done.nameless, done.why, done.epoch) == (5, 2, 1, "", 2)
    assert journal(path) == whole
    async with Watched(path, copy) as shop:
        again = await shop.ledger.committer.look_up(an_id(4))
        assert (again.receipt_no, again.after) == (answer.receipt_no, answer.after)
        assert (await shop.book(sale(6, 100))).receipt_no.startswith("T1-2-1-")
    assert entries(copy) == journal(path)
    assert aside(copy) == []


@pytest.mark.parametrize("joins", [False, True])
async def test_what_settled_a_debt_and_what_did_not_come_back_as_they_were_booked(
    tmp_path: Path,
    path: Path,
    copy: Path,
    joins: bool,  # noqa: FBT001
) -> None:
    """A site settles debts until it joins a headquarters; the backup is from before that."""
    points = {"wallet": WalletId("w1"), "at": AT}
    gift = (Grant(unit="points:goods", amount=100),)
    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
        await shop.book(BookGrant(id=an_id(2), why="x", grants=gift, **points))
        spent = PointsEarned(family="goods", points=100)
        await shop.book(BookRedeem(id=an_id(3), card=None, points=spent, what="mug", **points))
        await shop.book(BookVoid(id=an_id(4), at=AT, of=an_id(2), why="not theirs"))
    kept = back_up(path, tmp_path / "backups", clock=At())
    async with Watched(path, copy) as shop:
        if joins:
            await shop.ledger.link.stands(Standing(epoch=1, hq_epoch=1))
        answer = await shop.book(BookGrant(id=an_id(5), why="x", grants=gift, **points))
        assert bool(answer.after.points) == joins
    whole = journal(path)
    path.unlink()
    assert (restore(kept, path, site=S1, second=copy).back, journal(path)) == (1, whole)


@pytest.mark.parametrize("as_it_was", [True, False])
async def test_uses_settle_what_is_owed_in_a_chain_and_came_back_as_they_were_booked_before_that(
    tmp_path: Path,
    path: Path,
    copy: Path,
    as_it_was: bool,  # noqa: FBT001
) -> None:
    """In a gift beside points, whose debt headquarters settles. Shops of a chain once settled neither."""
    wallet = {"wallet": WalletId("w1"), "at": AT}
    free, points = Grant(unit="count:free", amount=1), Grant(unit="points:goods", amount=100)
    newcomer = replace(opens(2, member=True), introduced_by=WalletId("w1"))
    async with Watched(path, copy) as shop:
        await shop.ledger.link.stands(Standing(epoch=1, hq_epoch=1))
        await shop.book(BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private())
        await shop.book(BookJoin(id=an_id(2), at=AT, opens=newcomer), Private())
        await shop.book(replace(sale(3, 1000, number=2), card=None, bringer=(free,)))
        use = Tender(kind=TenderKind.USES, amount=1000, of="count:free", units=1)
        await shop.book(replace(sale(4, 1000, number=1), card=None, tenders=(use,), received=0))
        await shop.book(BookVoid(id=an_id(5), at=AT, of=an_id(3), why="x"))
        await shop.book(BookGrant(id=an_id(6), why="x", grants=(points,), **wallet))
        spent = PointsEarned(family="goods", points=100)
        await shop.book(BookRedeem(id=an_id(7), card=None, points=spent, what="mug", **wallet))
        await shop.book(BookVoid(id=an_id(8), at=AT, of=an_id(6), why="not theirs"))
    kept = back_up(path, tmp_path / "backups", clock=At())
    before = mock.patch.object(shelf, "settles", lambda _, *, alone: alone)
    async with Watched(path, copy) as shop:
        with before if as_it_was else nullcontext():
            answer = await shop.book(BookGrant(id=an_id(9), why="x", grants=(points, free), **wallet))
        assert (answer.after.points, answer.after.uses) == ({"goods": 100}, {"free": 1} if as_it_was else {})
    whole = journal(path)
    path.unlink()
    assert (restore(kept, path, site=S1, second=copy).back, journal(path)) == (1, whole)


@pytest.mark.parametrize("hq_epoch", [0, 1])
async def test_who_was_forgotten_or_asked_for_it_comes_back_as_it_was_booked(
    tmp_path: Path, path: Path, copy: Path, hq_epoch: int
) -> None:
    async with Watched(path, copy) as shop:
        for n in (1, 2):
            await shop.book(BookJoin(id=an_id(n), at=AT, opens=opens(n, member=True)), Private())
    kept = back_up(path, tmp_path / "backups", clock=At())
    async with Watched(path, copy) as shop:
        one = BookErasure(id=an_id(3), at=AT, wallet=WalletId("w1"), member=MemberId("m1"))
        await shop.book(one)
        await shop.ledger.link.stands(Standing(epoch=1, hq_epoch=hq_epoch))
        await shop.book(
            replace(one, id=an_id(4), wallet=WalletId("w2"), member=MemberId("m2"), waits=bool(hq_epoch))
        )
    whole = journal(path)
    path.unlink()
    assert (restore(kept, path, site=S1, second=copy).back, journal(path)) == (2, whole)
    with closing(sqlite3.connect(path)) as run:
        waiting = run.execute("SELECT member, told FROM erasures_waiting").fetchall()
    assert waiting == ([("m2", 1)] if hq_epoch else [])


async def test_a_restore_without_the_stick_is_refused(tmp_path: Path, path: Path, copy: Path) -> None:
    await three(path, copy)
    kept = back_up(path, tmp_path / "backups", clock=At())
    path.unlink()
    copy.rename(tmp_path / "pocket")
    with pytest.raises(BackupRefused, match="stick"):
        restore(kept, path, site=S1, second=copy)
    assert not path.exists()


async def test_verify_names_the_entry_of_the_copy_that_is_another(path: Path, copy: Path) -> None:
    await three(path, copy)
    settings = Settings(path=path, second=copy)
    assert (verdict_on(settings, S1).copied, verdict_on(settings, S1).fault) == (3, "")
    (file,) = segments.paths(copy, S1)
    rows = [(link.seq, link.hash, link.body) for link in entries(copy)]
    file.unlink()
    head = segments.Head(v=1, site=S1, instance="i")
    descriptor, _, _ = segments.begun(copy, head, 0, bytes(32))
    other = segments.chained(rows[0][1], b"{}")
    segments.added(descriptor, [rows[0], (2, other, b"{}")])
    os.close(descriptor)
    assert "seq 2 is not the ledger's" in verdict_on(settings, S1).fault


@pytest.mark.parametrize("joins", [False, True])
async def test_a_card_without_a_name_that_a_shop_of_its_own_cancelled_comes_back_cancelled(
    tmp_path: Path,
    path: Path,
    copy: Path,
    joins: bool,  # noqa: FBT001
) -> None:
    """Whether it may be was judged then; no shop of a chain may (A395)."""
    async with Watched(path, copy) as shop:
        await shop.book(*issue(1))
    kept = back_up(path, tmp_path / "backups", clock=At())
    async with Watched(path, copy) as shop:
        await shop.book(BookCardState(id=an_id(2), at=AT, card=CardId("c1"), state=CardState.CANCELLED))
        if joins:
            await shop.ledger.link.stands(Standing(epoch=1, hq_epoch=1))
    whole = journal(path)
    path.unlink()
    done = restore(kept, path, site=S1, second=copy)
    assert (done.back, done.why, journal(path)) == (1, "", whole)
