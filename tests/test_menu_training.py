"""Training begun and ended by the menu, over a terminal that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.config import load
from terminal.core.called import NOT_IN_TRAINING
from terminal.kiosk.handhelds import beside
from terminal.maintenance.facts import Facts
from terminal.maintenance.socket import asked
from terminal.menu import Machine
from terminal.runtime.clock import SystemClock
from terminal.store.backup_record import Try
from terminal.withdrawing import Ended
from tests.counter_config import COUNTER
from tests.test_app import Daemon
from tests.test_menu_tmux import PIN, SHOP, stocked


async def test_whoever_looks_after_the_terminal_is_let_in_while_it_trains_and_ends_it(tmp_path: Path) -> None:
    """By the PIN that they chose in the shop: in training nobody has one."""
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER + SHOP)
    settings = load(config)
    settings.file.ledger.path.parent.mkdir(parents=True, exist_ok=True)
    await stocked(settings.file.ledger.path)
    daemon = Daemon(tmp_path, {})
    try:
        assert not daemon.ready()["training"]
        menu = Machine(config, settings)
        assert menu.enter("T01", PIN).well
        assert menu.ask("training").well
        assert daemon.ready()["training"]
        wrong = menu.enter("T01", "000111")
        assert not wrong.well
        assert menu.enter("T01", PIN).well
        assert menu.ask("training").well
        assert not daemon.ready()["training"]
        assert menu.enter("T01", PIN).well
    finally:
        daemon.process.terminate()
        daemon.ended()
        daemon.close()


async def test_in_training_the_doctor_goes_by_the_shops_backups_and_handhelds(tmp_path: Path) -> None:
    """A ledger to learn with has none: it would be said that none was ever made."""
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER + SHOP)
    settings = load(config)
    ledger, socket = settings.file.ledger.path, settings.file.terminal.socket
    ledger.parent.mkdir(parents=True, exist_ok=True)
    await stocked(ledger)
    Try(ledger, SystemClock()).done(Path("/mnt/backup"), same_disk=False)
    kept = beside(ledger).enrol("till-2", settings.file.terminal.site_id, "x" * 20, serial=7, now_ms=0)
    daemon = Daemon(tmp_path, {})
    try:
        assert not daemon.ready()["training"]
        before = asked(socket, "doctor", Facts, within_s=30)
        menu = Machine(config, settings)
        assert menu.enter("T01", PIN).well
        assert menu.ask("training").well
        assert daemon.ready()["training"]
        seen = asked(socket, "doctor", Facts, within_s=30)
    finally:
        daemon.process.terminate()
        daemon.ended()
        daemon.close()
    assert kept.p12
    assert seen.terminal.startswith("TRAINING/")
    assert before.backups is not None
    assert before.backups.folder == "/mnt/backup"
    assert [one.name for one in before.handhelds] == ["till-2"]
    assert (seen.backups, seen.handhelds) == (before.backups, before.handhelds)


async def test_what_is_asked_of_the_shops_members_is_not_answered_out_of_a_ledger_to_learn_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It knows nobody: a list would be empty, and whoever asks what is known of them be told: nothing."""
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER + SHOP)
    settings = load(config)
    settings.file.ledger.path.parent.mkdir(parents=True, exist_ok=True)
    await stocked(settings.file.ledger.path)
    daemon = Daemon(tmp_path, {})
    try:
        daemon.ready()
        menu = Machine(config, settings)
        assert menu.enter("T01", PIN).well
        assert menu.ask("training").well
        assert daemon.ready()["training"]
        assert menu.enter("T01", PIN).well
        for what, *words in (
            ["coupons", "tea"],
            ["cards", "PT1-PT9"],
            ["cards-cancel", "PT1-PT9", *[""] * 5],
        ):
            assert menu.ask(what, *words).lines == (NOT_IN_TRAINING,)
        members, calls = tmp_path / "members.csv", tmp_path / "calls.csv"
        ended = [
            main([*words, "--config", str(config)])
            for words in (
                ["member", "show", "13812345678"],
                ["members", "export", str(members)],
                ["members", "calls", str(calls)],
                ["webhook", "again"],
            )
        ]
        ended_of = asked(settings.file.terminal.socket, "withdraw", Ended, *["x"] * 4, within_s=30)
    finally:
        daemon.process.terminate()
        daemon.ended()
        daemon.close()
    told = capsys.readouterr()
    assert ended == [1, 1, 1, 1]
    assert ended_of.why == NOT_IN_TRAINING
    assert told.err.count(NOT_IN_TRAINING) == len(ended)
