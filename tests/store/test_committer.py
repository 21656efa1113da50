"""The writer keeps house when nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.core.errors import LedgerClosed
from terminal.store import committer
from terminal.store.ledger import News
from tests.store.conftest import opened_at
from tests.store.facts import an_id, sale

SALES = 20


async def ran(path: Path) -> list[str]:
    """Statements of a writer that has that many sales waiting, and commits them one by one."""
    ledger = await opened_at(path, batch_max=1)
    seen: list[str] = []
    gate = threading.Event()

    def held_up(shelf: Any) -> None:
        shelf.connection.set_trace_callback(seen.append)
        gate.wait()

    submit = ledger.committer.submit
    waiting = asyncio.gather(
        ledger.committer.do(held_up), *(submit(sale(n, 1000)) for n in range(1, 1 + SALES))
    )
    await asyncio.sleep(0)  # All of them are submitted.
    gate.set()
    await waiting
    await ledger.close()
    return [one for one in seen if one == "COMMIT" or one.startswith("PRAGMA wal_checkpoint")]


@pytest.fixture(autouse=True)
def _a_log_that_is_soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "_LOG_IDLE_KIB", 1)
    monkeypatch.setattr(committer, "_LOG_DUE_KIB", 1)
    monkeypatch.setattr(committer, "_PAUSE_S", 0.0)


async def test_a_log_is_written_back_in_a_pause_and_not_while_somebody_waits(tmp_path: Path) -> None:
    statements = await ran(tmp_path / "ledger.db")
    assert statements[: 1 + SALES] == ["COMMIT"] * (1 + SALES)
    assert statements[1 + SALES :] == ["PRAGMA wal_checkpoint(PASSIVE)"]


async def test_a_log_that_fills_the_disk_is_written_back_though_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "_LOG_FULL_KIB", 60)
    statements = await ran(tmp_path / "ledger.db")
    between = statements[: len(statements) - statements[::-1].index("COMMIT")]
    assert between.count("PRAGMA wal_checkpoint(PASSIVE)") == (1 + SALES) // 6  # Each is held to be 11 KiB.


@pytest.mark.parametrize("where", ["among its writes", "before its COMMIT"])
async def test_a_reader_waits_for_no_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Asked while the writer stands in the middle of one, it answers before that or another is committed."""
    heads: list[int] = []
    ledger = await opened_at(tmp_path / "ledger.db", batch_max=1, news=News(changed=lambda: heads.append(1)))
    await ledger.committer.submit(sale(1, 1000))
    loop, inside, gate = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def stand() -> None:
        loop.call_soon_threadsafe(inside.set)
        gate.wait(60)

    def writes(shelf: Any) -> None:
        shelf.settle()
        if where == "among its writes":
            stand()

    if where == "before its COMMIT":
        monkeypatch.setattr(committer, "reached", _once(stand, "ledger.before_commit"))
    waiting = asyncio.gather(
        ledger.committer.do(writes), *(ledger.committer.submit(sale(n, 1000)) for n in range(2, 10))
    )
    await asyncio.wait_for(inside.wait(), 60)
    committed = len(heads)
    found = await asyncio.wait_for(ledger.books.booked(an_id(1)), 60)
    assert found.seq == 1
    assert len(heads) == committed
    assert not gate.is_set()
    gate.set()
    await waiting
    await ledger.close()


def _once(then: Callable[[], None], wanted: str) -> Callable[[str], None]:
    left = [wanted]

    def reached(step: str) -> None:
        if step in left:
            left.remove(step)
            then()

    return reached


async def test_many_submitted_at_once_share_a_commit(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    seen: list[str] = []
    gate = threading.Event()

    def held_up(shelf: Any) -> None:
        gate.wait()
        shelf.connection.set_trace_callback(seen.append)

    waiting = asyncio.gather(
        ledger.committer.do(held_up),
        ledger.committer.submit_all([(sale(n, 1000), None) for n in range(1, 1 + SALES)]),
    )
    await asyncio.sleep(0)
    gate.set()
    _, answers = await waiting
    await ledger.close()
    assert [one.seq for one in answers] == list(range(1, 1 + SALES))
    assert seen.count("COMMIT") in {1, 2}  # With what held them up, or after it.


@pytest.mark.parametrize(("count", "booked"), [(4, 4), (5, 0)])
async def test_of_many_for_whom_there_is_no_room_none_is_booked(
    tmp_path: Path, count: int, booked: int
) -> None:
    ledger = await opened_at(tmp_path / "ledger.db", queue_max=4)
    answers = await ledger.committer.submit_all([(sale(1 + n, 1000), None) for n in range(count)])
    assert sum(not isinstance(one, LedgerClosed) for one in answers) == booked
    assert len(answers) == count
    assert (await ledger.outbox.head())[0] == booked
    await ledger.close()
