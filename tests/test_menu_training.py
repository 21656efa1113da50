"""Training begun and ended by the menu, over a terminal that runs."""

from __future__ import annotations

from pathlib import Path

from terminal.config import load
from terminal.menu import Machine
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
