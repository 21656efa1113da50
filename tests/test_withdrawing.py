"""`terminal withdraw` asks the terminal that runs: coupons end by the word of whoever may say so."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.__main__ import main
from terminal.core.accounts import coupon
from terminal.core.commands import BookJoin, BookWithdrawal, CouponGrant, Private
from terminal.core.errors import LedgerClosed
from terminal.core.staff import Role
from terminal.core.values import StaffId, WalletId
from terminal.desk.settings import Settings, StaffMember
from terminal.maintenance.socket import Answering
from terminal.withdrawing import COUPONS_MAX, Withdrawing
from tests.counter_config import COUNTER
from tests.desk.fakes import Bench
from tests.store.facts import AT, an_id, opens

PIN = "200731"
STAFF = (
    StaffMember(id=StaffId("E01"), name="店员", badge="ST-0301"),
    StaffMember(id=StaffId("E02"), name="店长", badge="ST-0302", role=Role.MANAGER),
    StaffMember(id=StaffId("E03"), name="技术", badge="ST-0303", role=Role.TECHNICIAN),
)
Capture = pytest.CaptureFixture[str]


class Running:
    def __init__(self, folder: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench, self.ledger, self._patch = bench, bench.ledger, monkeypatch
        self.config = folder / "terminal.toml"
        self.config.write_text(COUNTER)

    async def typed(self, *words: str, by: str = "E02", pin: str = PIN, why: str = "printed twice") -> int:
        self._patch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))
        said = ["withdraw", *words, "--by", by, "--why", why, "--config", str(self.config)]
        return await asyncio.to_thread(main, said)

    @property
    def withdrawn(self) -> list[BookWithdrawal]:
        entries = [one.payload for one in self.ledger.entries.values()]
        return [one for one in entries if isinstance(one, BookWithdrawal)]


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Running, None]:
    async with Bench(settings=Settings(staff=STAFF)) as bench:
        ledger: Any = bench.ledger
        begins = replace(
            opens(7, member=True),
            coupons=tuple(
                CouponGrant(coupon=f"k{n}", kind="c3" if n else "c5", face=300, threshold=0) for n in range(4)
            ),
        )
        await ledger.committer.submit(BookJoin(id=an_id(1), at=AT, opens=begins), Private())
        for one in STAFF:
            ledger.staff_pins[one.id] = await ledger.pin_book.verifier(PIN), False
        terminal = Withdrawing(bench.counter, ledger.committer, ledger.books, ledger.pin_book)
        answering = Answering(tmp_path / "t.sock", {"withdraw": terminal.answer})
        task = asyncio.create_task(answering.run())
        await answering.listens.wait()
        yield Running(tmp_path, bench, monkeypatch)
        task.cancel()
        await asyncio.wait([task])


async def test_each_is_one_entry_with_who_and_why(running: Running, capsys: Capture) -> None:
    assert await running.typed("k1", "k0") == 0
    assert capsys.readouterr().out == "2 withdrawn\n"
    assert [(one.coupon, one.why, one.at.operator) for one in running.withdrawn] == [
        ("k1", "printed twice", "E02"),
        ("k0", "printed twice", "E02"),
    ]


async def test_all_of_a_kind_that_are_held_here_and_again_none(running: Running, capsys: Capture) -> None:
    assert await running.typed("k2") == 0
    assert await running.typed("--kind", "c3") == 0
    assert {one.coupon for one in running.withdrawn} == {"k1", "k2", "k3"}
    assert await running.typed("--kind", "c3") == 0
    assert capsys.readouterr().out.splitlines() == ["1 withdrawn", "2 withdrawn", "0 withdrawn"]


@pytest.mark.parametrize("alone", [True, False])
async def test_those_of_a_kind_that_were_used_come_back_no_more_where_nobody_tells(
    running: Running, capsys: Capture, monkeypatch: pytest.MonkeyPatch, *, alone: bool
) -> None:
    monkeypatch.setattr(running.ledger, "alone", lambda: alone)
    running.ledger.balances[coupon(WalletId("w7"), "k1")] = 0
    assert await running.typed("--kind", "c3") == 0
    assert await running.typed("--kind", "c3") == 0
    said = "2 withdrawn" + "; 1 that were used come back no more" * alone
    assert capsys.readouterr().out.splitlines() == [said, "0 withdrawn"]
    assert {one.coupon for one in running.withdrawn} == ({"k1", "k2", "k3"} if alone else {"k2", "k3"})
    assert await running.typed("k0") == 0, "by its id, nothing else is asked"
    assert capsys.readouterr().out == "1 withdrawn\n"


async def test_what_is_not_held_here_is_said_and_the_others_end(running: Running, capsys: Capture) -> None:
    assert await running.typed("nobodys", "k1") == 1
    assert capsys.readouterr().out == ("1 withdrawn; 1 are not held here: used, over, or at another shop\n")


@pytest.mark.parametrize("by", ["E01", "E03", "E77"])
async def test_only_the_highest_of_the_shop_may(running: Running, capsys: Capture, by: str) -> None:
    assert await running.typed("k1", by=by) == 1
    assert "nobody who may" in capsys.readouterr().err
    assert running.withdrawn == []


async def test_their_pin_is_asked_for_and_one_that_was_only_given_does_not_do(
    running: Running, capsys: Capture
) -> None:
    assert await running.typed("k1", pin="999999") == 1
    assert await running.typed("k1", pin="") == 1
    verifier, _ = running.ledger.staff_pins[StaffId("E02")]
    running.ledger.staff_pins[StaffId("E02")] = verifier, True
    assert await running.typed("k1") == 1
    assert "a PIN of their own first" in capsys.readouterr().err
    del running.ledger.staff_pins[StaffId("E02")]
    assert await running.typed("k1") == 1
    assert running.withdrawn == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "x"),
        (("k1", "--kind", "c3"), "x"),
        (tuple(f"k{n}" for n in range(COUPONS_MAX + 1)), "x"),
        (("k1",), " "),
        (("k1",), "x" * 101),
    ],
)
async def test_what_is_no_command_is_said(running: Running, words: tuple[str, ...], why: str) -> None:
    assert await running.typed(*words, why=why) == 2
    assert running.withdrawn == []


async def test_as_many_as_may_be_named_and_the_longest_reason_fit_into_one_question(running: Running) -> None:
    ids = [str(an_id(500 + n)) for n in range(COUPONS_MAX)]
    assert await running.typed(*ids, why="因" * 100) == 1, "none of them is here"


async def test_a_ledger_that_takes_nothing_ends_it(
    running: Running, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(*_: Any) -> list[Any]:
        return [LedgerClosed("no more")]

    monkeypatch.setattr(running.ledger, "submit_all", closed)
    assert await running.typed("k1") == 1
    assert capsys.readouterr().out == "0 withdrawn\n"


async def test_nobody_answers_where_no_terminal_runs(running: Running, tmp_path: Path) -> None:
    (tmp_path / "t.sock").unlink()
    assert await running.typed("k1") == 1
