"""`terminal webhook` asks the terminal that runs: what is held, once more, or no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from terminal.__main__ import main
from terminal.maintenance.facts import HookFacts
from terminal.maintenance.socket import Answering
from terminal.quarantine import Outcome, decided, lines
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at
from tests.store.facts import an_id, issue, recharge, sale
from tests.uplink.test_webhook import Cloud, hooked


class Running:
    """A terminal as far as the command knows it."""

    def __init__(self, folder: Path, ledger: Any) -> None:
        self.cloud = Cloud()
        self.ledger = ledger
        self._config = folder / "terminal.toml"
        self._config.write_text(COUNTER)
        self.webhook: Any = None

    async def hook_now(self) -> HookFacts:
        return HookFacts(online=True, held=tuple(await self.ledger.hook.held()))

    async def typed(self, *words: str) -> int:
        return await asyncio.to_thread(main, ["webhook", *words, "--config", str(self._config)])


@pytest.fixture
async def running(tmp_path: Path) -> AsyncGenerator[Running, None]:
    ledger = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=1000))
    await ledger.committer.submit(sale(3, 100))
    terminal: Any = Running(tmp_path, ledger)
    terminal.cloud.answers[an_id(2)] = 422
    answering = Answering(tmp_path / "t.sock", {"webhook": lambda said: decided(terminal, said)})
    async with hooked(ledger, terminal.cloud) as states:
        terminal.webhook = states.webhook
        task = asyncio.create_task(answering.run())
        await answering.listens.wait()
        await terminal.cloud.until(lambda: an_id(3) in terminal.cloud.taken)
        yield terminal
        task.cancel()
        await asyncio.wait([task])
    await ledger.close()


async def test_what_is_held_is_listed_with_what_the_cloud_answered(running: Running, capsys: Any) -> None:
    assert await running.typed() == 1
    out = capsys.readouterr().out
    assert out.startswith("entry 2, since 2026-")
    assert out.endswith(" UTC: answered 422: no such shop\n")


async def test_once_it_is_mended_it_is_sent_again_by_command(running: Running, capsys: Any) -> None:
    assert await running.typed("again") == 1
    assert capsys.readouterr().out.startswith("0 were taken\nentry 2")
    running.cloud.answers.clear()
    assert await running.typed("again") == 0
    assert capsys.readouterr().out == "1 were taken\nnothing is in quarantine\n"
    assert an_id(2) in running.cloud.taken


async def test_while_it_is_down_it_says_so(running: Running, capsys: Any) -> None:
    running.cloud.answers[an_id(2)] = 503
    assert await running.typed("again") == 1
    assert capsys.readouterr().err == "answered 503: no such shop\n"


async def test_a_person_with_a_name_gives_an_entry_up(running: Running, capsys: Any) -> None:
    assert await running.typed("give-up", "2") == 2
    assert await running.typed("give-up", "--by", "owner") == 2
    assert await running.typed("give-up", "3", "--by", "owner") == 1
    assert "3 is not held" in capsys.readouterr().err
    assert await running.typed("give-up", "2", "--by", "owner") == 0
    assert capsys.readouterr().out == "entry 2 is given up\nnothing is in quarantine\n"


async def test_without_a_terminal_that_runs_nothing_can_be_said(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "terminal.toml").write_text(COUNTER)
    assert main(["webhook", "--config", str(tmp_path / "terminal.toml")]) == 1
    assert capsys.readouterr().err


def test_where_there_is_no_cloud_it_says_so_once() -> None:
    assert lines(Outcome()) == ["there is no [webhook], or nothing was sent to it yet"]
    assert lines(Outcome(why="not understood")) == ["not understood"]
