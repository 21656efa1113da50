"""`terminal staff-pin` asks the terminal that runs: a first PIN, drawn at random, for whoever works here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.core.commands import BookNote
from terminal.core.errors import LedgerClosed
from terminal.core.pin import chosen
from terminal.core.values import StaffId
from terminal.first_pin import IN_TRAINING, Given, given
from terminal.maintenance.socket import Answering
from tests.counter_config import COUNTER
from tests.desk.fakes import Bench


class Running:
    def __init__(self, folder: Path, bench: Bench) -> None:
        self.bench = bench
        self.config = folder / "terminal.toml"
        self.config.write_text(COUNTER)

    async def typed(self, who: str, *words: str) -> int:
        return await asyncio.to_thread(main, ["staff-pin", who, *words, "--config", str(self.config)])


@pytest.fixture
async def running(tmp_path: Path) -> AsyncGenerator[Running, None]:
    async with Bench() as bench:
        ledger, staff = bench.ledger, [one.id for one in bench.counter.staff]
        answering = Answering(
            tmp_path / "t.sock",
            {
                "staff-pin": lambda said: given(
                    bench.counter, ledger.committer, ledger.pin_book, said, staff=staff
                )
            },
        )
        task = asyncio.create_task(answering.run())
        await answering.listens.wait()
        yield Running(tmp_path, bench)
        task.cancel()
        await asyncio.wait([task])


async def test_it_is_said_once_and_counts_as_given(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await running.typed("E01") == 0
    pin = capsys.readouterr().out.strip()
    assert chosen(pin) == pin
    assert IN_TRAINING not in capsys.readouterr().err
    assert await running.bench.ledger.pin_book.check_staff(StaffId("E01"), pin)
    note = running.bench.booked[-1].command
    assert isinstance(note, BookNote)
    assert (note.what, note.detail, note.at.operator) == ("staff_pin", "E01", "console")


async def test_in_training_it_is_said_that_it_counts_there_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ledger to learn with has it; in the shop whoever forgot theirs would try it until that locks."""
    async with Bench(training=True) as bench:
        ledger, staff = bench.ledger, [one.id for one in bench.counter.staff]
        given_to = await given(bench.counter, ledger.committer, ledger.pin_book, ("E01",), staff=staff)
    assert (len(given_to.pin), given_to.training) == (6, True)
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER)

    async def answer(_said: tuple[str, ...]) -> Given:
        return given_to

    answering = Answering(tmp_path / "t.sock", {"staff-pin": answer})
    task = asyncio.create_task(answering.run())
    await answering.listens.wait()
    assert await asyncio.to_thread(main, ["staff-pin", "E01", "--config", str(config)]) == 0
    task.cancel()
    await asyncio.wait([task])
    told = capsys.readouterr()
    assert (told.out, told.err) == (f"{given_to.pin}\n", f"{IN_TRAINING}\n")


async def test_each_is_another(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        await running.typed("E01")
    assert len(set(capsys.readouterr().out.split())) == 3


async def test_headquarters_is_given_what_a_chosen_one_is_checked_against_and_no_pin(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await running.typed("E01", "--verifier") == 1
    assert "chose no PIN" in capsys.readouterr().err
    verifier = await running.bench.ledger.pin_book.verifier("200731")
    running.bench.ledger.staff_pins[StaffId("E01")] = verifier, False
    assert await running.typed("E01", "--verifier") == 0
    assert capsys.readouterr().out.strip() == verifier
    assert running.bench.booked == []


async def test_whoever_does_not_work_here_gets_none(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await running.typed("E77") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "there are: E01" in said.err
    assert running.bench.booked == []


async def test_what_cannot_be_booked_gives_none(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    running.bench.ledger.fails = [LedgerClosed("full")]
    assert await running.typed("E01") == 1
    assert capsys.readouterr().out == ""


async def test_it_is_told_where_no_terminal_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER)
    assert await asyncio.to_thread(main, ["staff-pin", "E01", "--config", str(config)]) == 1
    assert capsys.readouterr().out == ""
