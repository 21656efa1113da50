"""Joining headquarters while no terminal runs."""

from __future__ import annotations

from pathlib import Path

from lab.menu.box import MadeUp
from terminal.maintenance.menu.sending import sync
from tests.counter_config import COUNTER
from tests.test_app import terminal


def test_a_code_that_is_none_begins_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "terminal.toml").write_text(COUNTER)
    done = terminal(tmp_path, "enrol", "ABCD-EFGH", "--url", "https://127.0.0.1:1/")
    assert (done.returncode, done.stdout) == (1, "")
    assert "a code has 8, 24 and 16" in done.stderr
    assert list(tmp_path.rglob("ledger*")) == []


def test_the_menu_joins_nothing_while_the_terminal_does_not_run() -> None:
    items = sync(MadeUp(runs=False)).items
    assert items is not None
    join = next(one for one in items() if one.label == "Join headquarters")
    assert join.do is not None
    said = join.do(["ABCDEFGH", ""])
    assert not said.well
    assert said.lines[0].startswith("The terminal does not run.")
