"""A restore brings back all that was backed up, and hides nothing that was lost."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hq.exchange import Exchange
from hq.memory import MemoryStore
from terminal.core.commands import BookErasure, ClockTrust
from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.trust import Credential, Medium, masked_phone
from terminal.core.values import MemberId, SiteId, WalletId
from terminal.core.wire.journal import HELLO_PATH, Hello, Push
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store import restore as restoring
from terminal.store.backup import KEPT_MS, BackupRefused, back_up
from terminal.store.beside import check_beside
from terminal.store.restore import Restored, forget_in_old_asides, restore
from terminal.store.sealed import MemberKeys, Secret
from terminal.store.verify import verified
from terminal.uplink.courier import Reply
from tests.store.conftest import opened_at
from tests.store.copies import NUMBER, PHONE, At, join
from tests.store.facts import AT, an_id, issue, recharge, sale
from tests.uplink.making import made_forwarder

S1 = SiteId("S1")
CARD = Credential(medium=Medium.EM4100, number="0A00BC0001")


class Line:
    """To a headquarters in this process, which keeps what it holds."""

    def __init__(self, store: MemoryStore) -> None:
        self.nonces = 0
        self.exchange = Exchange(
            store, SystemClock(), hq_epoch=1, new_nonce=self.nonce, ids=Uuid7(SystemClock(), os.urandom)
        )

    def nonce(self) -> str:
        self.nonces += 1
        return f"n{self.nonces}"

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        del bytes_max, wait_s
        if path == HELLO_PATH:
            said: Any = await self.exchange.hello(msgspec.json.decode(body, type=Hello))
        else:
            said = await self.exchange.push(msgspec.json.decode(body, type=Push))
        return Reply(status=200, body=msgspec.json.encode(said))

    async def close(self) -> None:
        pass


async def forwarded(ledger: Any, store: MemoryStore) -> LinkCondition:
    """Until headquarters holds everything, or says FORK."""
    states: list[LinkState] = []
    over = asyncio.Event()

    def heard(state: LinkState) -> None:
        states.append(state)
        if state.condition is LinkCondition.FORK or not ledger.outbox.waiting():
            over.set()

    forwarder = made_forwarder(
        ledger.outbox,
        ledger.link,
        Line(store),
        merchant="M1",
        instance=ledger.instance,
        on_state=heard,
    )
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(forwarder.run())
        await over.wait()
        running.cancel()
    return states[-1].condition


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Entries 1-4: a card with 10000.00 on it, a member, a sale."""
    where = tmp_path / "data" / "ledger.db"
    ledger = await opened_at(where)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=1_000_000))
    await ledger.committer.submit(*join(3))
    await ledger.committer.submit(sale(4, 1000, number=1, stored=1000))
    await ledger.close()
    return where


@pytest.fixture
def stick(path: Path, tmp_path: Path) -> Path:
    back_up(path, tmp_path / "stick", clock=At())
    return tmp_path / "stick"


async def sold(path: Path, *entries: int) -> None:
    ledger = await opened_at(path)
    for entry in entries:
        await ledger.committer.submit(sale(entry, 1000, number=1, stored=1000))
    await ledger.close()


def spoilt(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[1024:] = os.urandom(len(raw) - 1024)
    path.write_bytes(raw)


def bytes_of(path: Path | str) -> bytes:
    return Path(path).read_bytes()


def only_in(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


async def left_with_a_log(path: Path) -> bytes:
    """As a power cut leaves it: sales in the log that are not in the file, which is damaged besides."""
    log = Path(f"{path}-wal")
    ledger = await opened_at(path)
    await ledger.committer.submit(sale(8, 1000, number=1, stored=1000))
    kept = bytes_of(log)
    await ledger.close()
    spoilt(path)
    put(log, kept)
    return kept


def put(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def everything(path: Path) -> dict[str, bytes]:
    return {
        one.name: one.read_bytes()
        for one in path.parent.iterdir()
        if not one.name.endswith((".lock", "-shm", "-wal"))
    }


async def test_a_damaged_ledger_comes_back_as_it_was_backed_up(path: Path, stick: Path) -> None:
    spoilt(path)
    damaged = bytes_of(path)
    with pytest.raises(LedgerDamaged):
        await opened_at(path)
    done = restore(stick, path, site=S1)
    assert done == Restored(
        backup=str(only_in(stick)),
        site=S1,
        epoch=2,
        seq=4,
        aside=str(path.with_name("ledger.before-epoch-2.db")),
        lost=None,
    )
    assert bytes_of(done.aside) == damaged
    ledger = await opened_at(path)
    holder = await ledger.books.holder(CARD)
    assert holder.principal == 999_000
    assert (await ledger.books.holder(PHONE)).name_shown.endswith("*")
    later = await ledger.committer.submit(sale(5, 1000, number=1, stored=1000))
    assert (later.seq, later.receipt_no[:6]) == (5, "T1-2-1")
    assert await ledger.outbox.epoch() == 2
    await ledger.close()
    connection = sqlite3.connect(path)
    assert verified(connection).entries == 5
    check_beside(connection)
    connection.close()


async def test_it_comes_back_on_another_machine_that_has_the_secret(path: Path, stick: Path) -> None:
    other = path.parents[1] / "other" / "ledger.db"
    other.parent.mkdir()
    with pytest.raises(BackupRefused, match="secret: is not there"):
        restore(stick, other, site=S1)
    assert list(other.parent.iterdir()) == []
    shutil.copyfile(path.with_suffix(".secret"), other.with_suffix(".secret"))
    done = restore(stick, other, site=S1)
    assert (done.epoch, done.aside, done.lost) == (2, "", 0)
    ledger = await opened_at(other)
    assert (await ledger.books.holder(CARD)).principal == 999_000
    await ledger.close()
    connection = sqlite3.connect(other)
    assert verified(connection).entries == 4
    check_beside(connection)
    assert connection.execute("SELECT seq, epoch FROM checkpoints").fetchall() == [(4, 2)]
    connection.close()
    sealed = sqlite3.connect(other).execute("SELECT sealed FROM profiles").fetchone()[0]
    keys = MemberKeys(other.with_suffix(".keys"), Secret(other.with_suffix(".secret")))
    private = keys.unseal(MemberId("m7"), sealed)
    keys.close()
    assert private is not None
    assert private.name == "王小明"


async def test_a_ledger_that_is_whole_and_holds_more_is_not_given_up(path: Path, stick: Path) -> None:
    await sold(path, 5, 6)
    before = everything(path)
    with pytest.raises(BackupRefused, match="could only lose sales"):
        restore(stick, path, site=S1)
    assert everything(path) == before
    done = restore(stick, path, site=S1, over_whole=True)
    assert (done.seq, done.lost) == (4, 2)


async def test_no_restore_begins_an_epoch_that_was_used_before(path: Path, stick: Path) -> None:
    epochs = []
    for entry in range(5, 8):
        await sold(path, entry)
        epochs.append(restore(stick, path, site=S1, over_whole=True).epoch)
    spoilt(path)
    epochs.append(restore(stick, path, site=S1).epoch)
    assert epochs == [2, 3, 4, 5]
    kept = sorted(one.name for one in path.parent.glob("*.before-epoch-*.db"))
    assert kept == [f"ledger.before-epoch-{epoch}.db" for epoch in epochs]


async def on_a_new_disk(path: Path, stick: Path) -> int:
    """Nothing is left of the machine but the copy of its secret."""
    secret = path.with_suffix(".secret").read_bytes()
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.with_suffix(".secret").write_bytes(secret)
    return restore(stick, path, site=S1).epoch


async def test_a_backup_knows_which_epochs_began_with_it_though_every_disk_is_lost(
    path: Path, stick: Path
) -> None:
    first = only_in(stick)
    assert [await on_a_new_disk(path, stick) for _ in range(3)] == [2, 3, 4]
    await sold(path, 5)
    back_up(path, stick, clock=At())
    assert await on_a_new_disk(path, stick) == 5
    assert await on_a_new_disk(path, first) == 6, "the others of the stick count too"
    moved = shutil.copytree(first, stick.parent / "elsewhere")
    assert await on_a_new_disk(path, moved) == 7


async def test_a_mark_that_is_none_is_passed_over(path: Path, stick: Path) -> None:
    for name in ("restored-epoch-", "restored-epoch-x", "restored-epoch-99999999999", "restored-epoch--7"):
        (only_in(stick) / name).touch()
    assert await on_a_new_disk(path, stick) == 2


async def test_a_backup_that_cannot_keep_its_mark_is_refused_and_changes_nothing(
    path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt(path)
    before = everything(path)

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "touch", read_only)
    with pytest.raises(BackupRefused, match=r"Read-only file system\. .* Copy that folder"):
        restore(stick, path, site=S1)
    assert everything(path) == before


async def test_a_restore_that_fails_leaves_nothing_of_itself(
    path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt(path)
    before = everything(path)

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(restoring, "_sync", full)
    with pytest.raises(LedgerClosed, match="No space"):
        restore(stick, path, site=S1)
    after = everything(path)
    assert before.items() <= after.items()
    assert after.keys() - before.keys() == {"ledger.site"}, "which a start makes too"


async def test_a_start_drops_what_a_power_cut_left_of_a_restore(path: Path) -> None:
    unfinished = path.with_suffix(".restoring")
    unfinished.write_bytes(bytes(1024))
    await sold(path, 5)
    assert not unfinished.exists()


async def test_what_is_damaged_is_refused_and_changes_nothing(path: Path, stick: Path) -> None:
    spoilt(path)
    made = only_in(stick)
    raw = bytearray((made / "ledger.db").read_bytes())
    raw[len(raw) // 2] ^= 1
    (made / "ledger.db").write_bytes(raw)
    before = everything(path)
    with pytest.raises(BackupRefused, match=r"ledger\.db: its SHA-256"):
        restore(stick, path, site=S1)
    with pytest.raises(BackupRefused, match="no such folder"):
        restore(stick / "nothing", path, site=S1)
    assert everything(path) == before


async def test_a_backup_of_another_site_is_refused(path: Path, stick: Path) -> None:
    spoilt(path)
    with pytest.raises(BackupRefused, match="of site S1, this is S2"):
        restore(stick, path, site=SiteId("S2"))


async def test_while_a_terminal_runs_nothing_is_restored(path: Path, stick: Path) -> None:
    ledger = await opened_at(path)
    with pytest.raises(LedgerClosed, match="held by process"):
        restore(stick, path, site=S1, over_whole=True)
    await ledger.close()


async def test_who_was_forgotten_after_the_backup_stays_forgotten(path: Path, stick: Path) -> None:
    ledger = await opened_at(path)
    erasure = BookErasure(id=an_id(9), at=AT, wallet=WalletId("w7"), member=MemberId("m7"))
    await ledger.committer.submit(erasure)
    await ledger.close()
    restore(stick, path, site=S1, over_whole=True)
    ledger = await opened_at(path)
    assert await ledger.books.holder(PHONE) is None
    assert list(await ledger.books.found("WXM")) == []
    await ledger.close()
    for name, rows in ((".keys", "SELECT * FROM keys"), (".db", "SELECT * FROM profiles")):
        connection = sqlite3.connect(path.with_suffix(name))
        assert connection.execute(rows).fetchall() == []
        connection.close()


async def forgotten(path: Path) -> None:
    ledger = await opened_at(path)
    await ledger.committer.submit(
        BookErasure(id=an_id(9), at=AT, wallet=WalletId("w7"), member=MemberId("m7"))
    )
    await ledger.close()


async def test_who_was_forgotten_stays_so_after_a_restore_over_a_ledger_that_cannot_be_read(
    path: Path, stick: Path
) -> None:
    await forgotten(path)
    path.write_bytes(b"x" * 4096)  # noqa: ASYNC240
    done = restore(stick, path, site=S1)
    assert done.lost is None
    ledger = await opened_at(path)
    assert await ledger.books.holder(PHONE) is None
    assert list(await ledger.books.found("WXM")) == []
    await ledger.close()
    for name, rows in ((".keys", "SELECT * FROM keys"), (".db", "SELECT * FROM profiles")):
        connection = sqlite3.connect(path.with_suffix(name))
        assert connection.execute(rows).fetchall() == []
        connection.close()


async def test_a_ledger_that_was_put_aside_knows_nobody_after_90_days(
    path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = Path(restore(stick, path, site=S1, over_whole=True).aside)
    assert masked_phone(NUMBER).encode() in aside.read_bytes()  # noqa: ASYNC240
    now_ms = SystemClock().wall_ms()
    forget_in_old_asides(path, now_ms + KEPT_MS - 60_000)
    assert masked_phone(NUMBER).encode() in aside.read_bytes()  # noqa: ASYNC240
    monkeypatch.setattr(restoring, "KEPT_MS", -1)
    monkeypatch.setattr(SystemClock, "trust", ClockTrust.UNKNOWN)
    await (await opened_at(path)).close()  # By a clock that nobody believes nothing is over.
    assert masked_phone(NUMBER).encode() in aside.read_bytes()  # noqa: ASYNC240
    monkeypatch.setattr(SystemClock, "trust", ClockTrust.NETWORK)
    await (await opened_at(path)).close()
    assert masked_phone(NUMBER).encode() not in aside.read_bytes()  # noqa: ASYNC240
    connection = sqlite3.connect(aside)
    assert verified(connection).entries == 4
    connection.close()


async def test_a_ledger_put_aside_that_cannot_be_read_goes_after_90_days(path: Path, stick: Path) -> None:
    spoilt(path)
    aside = Path(restore(stick, path, site=S1).aside)
    forget_in_old_asides(path, SystemClock().wall_ms() + KEPT_MS - 60_000)
    assert aside.exists()  # noqa: ASYNC240
    forget_in_old_asides(path, SystemClock().wall_ms() + KEPT_MS + 60_000)
    assert not aside.exists()  # noqa: ASYNC240


@pytest.mark.parametrize("step", ["restore.ready", "restore.aside", "restore.cleared", "restore.done"])
async def test_a_power_cut_leaves_the_old_ledger_or_none_and_the_restore_is_run_again(
    path: Path, stick: Path, step: str
) -> None:
    log = await left_with_a_log(path)
    assert killed_at(step, stick, path) == -signal.SIGKILL
    if step in {"restore.aside", "restore.cleared"}:
        with pytest.raises(LedgerDamaged, match="gone or empty"):
            await opened_at(path)
    if step != "restore.done":
        restore(stick, path, site=S1)
    (kept,) = path.parent.glob("ledger.before-epoch-*.db-wal")
    assert bytes_of(kept) == log
    await sold(path, 5)
    connection = sqlite3.connect(path)
    assert verified(connection).entries == 5
    check_beside(connection)
    connection.close()


def killed_at(step: str, stick: Path, path: Path) -> int:
    script = (
        "import sys; from pathlib import Path; from terminal.store.restore import restore;"
        "restore(Path(sys.argv[1]), Path(sys.argv[2]), site='S1')"
    )
    run = [sys.executable, "-c", script, str(stick), str(path)]
    return subprocess.run(
        run, check=False, env={**os.environ, "TERMINAL_DIE_AT": step}, timeout=60
    ).returncode


async def test_headquarters_adopts_the_epoch_when_it_holds_no_more_than_the_backup(
    path: Path, stick: Path
) -> None:
    hq = MemoryStore()
    ledger = await opened_at(path)
    assert await forwarded(ledger, hq) is LinkCondition.ONLINE
    await ledger.close()
    spoilt(path)
    restore(stick, path, site=S1)
    ledger = await opened_at(path)
    await ledger.committer.submit(sale(5, 1000, number=1, stored=1000))
    assert await forwarded(ledger, hq) is LinkCondition.ONLINE
    seq, head = await ledger.outbox.head()
    await ledger.close()
    row = hq.merchants["M1"].sites[S1]
    assert (row.epoch, row.acked, row.head) == (2, seq, head)
    assert hq.merchants["M1"].exceptions == {}
    assert all(not entry.fault for entry in hq.merchants["M1"].entries.values())


@pytest.mark.parametrize("sold_since", [(), (7,), (7, 8), (7, 8, 9)])
async def test_headquarters_that_holds_more_takes_nothing_and_says_so(
    path: Path, stick: Path, sold_since: tuple[int, ...]
) -> None:
    hq = MemoryStore()
    await sold(path, 5, 6)
    ledger = await opened_at(path)
    assert await forwarded(ledger, hq) is LinkCondition.ONLINE
    await ledger.close()
    held = [entry.hash for entry in hq.merchants["M1"].entries.values()]
    spoilt(path)
    restore(stick, path, site=S1)
    await sold(path, *sold_since)
    ledger = await opened_at(path)
    assert await forwarded(ledger, hq) is LinkCondition.FORK
    assert await forwarded(ledger, hq) is LinkCondition.FORK
    assert (await ledger.outbox.head())[0] == 4 + len(sold_since)
    assert [await ledger.books.booked(an_id(one)) is not None for one in sold_since] == [True] * len(
        sold_since
    )
    await ledger.close()
    assert [entry.hash for entry in hq.merchants["M1"].entries.values()] == held
    assert hq.merchants["M1"].sites[S1].epoch == 3
    assert [kind for kind, _, _ in hq.merchants["M1"].exceptions] == ["fork"]
