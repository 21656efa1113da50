"""Each import rule of pyproject.toml is broken in a copy of the tree, and seen to be caught."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = Path(sys.executable).parent / "lint-imports"

BREAKS = {
    "Dependencies point down": [
        ("terminal/runtime/clock.py", "import terminal.config"),
        ("terminal/core/money.py", "import terminal.runtime.clock"),
        ("terminal/drivers/tcp_printer.py", "import terminal.store"),
        ("terminal/config.py", "import terminal.app"),
        ("terminal/uplink/settings.py", "import terminal.kiosk"),
    ],
    "Core and flows are pure": [
        ("terminal/core/money.py", "import time"),
        ("terminal/flows/checkout.py", "import asyncio"),
        ("terminal/drivers/codecs/escpos.py", "import socket"),
    ],
    "Flows know only the core": [("terminal/flows/checkout.py", "import terminal.runtime.clock")],
    "Headquarters shares the core and the runtime, nothing else": [
        ("hq/__init__.py", "import terminal.store")
    ],
    "The product does not know its labs": [
        ("terminal/app.py", "import lab"),
        ("hq/__init__.py", "import bench"),
    ],
}


def linted(tree: Path) -> tuple[int, dict[str, str]]:
    """Exit code, and KEPT or BROKEN by contract."""
    shown = subprocess.run(
        [LINT, "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
    )
    verdicts = re.findall(r"^(.+?) (KEPT|BROKEN)", shown.stdout, re.MULTILINE)
    return shown.returncode, dict(verdicts)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for package in ("terminal", "hq", "lab", "bench"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contracts() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [contract["name"] for contract in project["tool"]["importlinter"]["contracts"]]


def test_every_contract_has_something_that_breaks_it() -> None:
    assert sorted(BREAKS) == sorted(contracts())


def test_the_tree_as_it_is_keeps_them_all(tree: Path) -> None:
    assert linted(tree) == (0, dict.fromkeys(contracts(), "KEPT"))


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [(contract, path, line) for contract, breaks in BREAKS.items() for path, line in breaks],
)
def test_a_broken_rule_is_caught(tree: Path, contract: str, path: str, line: str) -> None:
    broken = tree / path
    broken.write_text(f"{broken.read_text()}\n{line}\n")
    code, verdicts = linted(tree)
    assert code == 1
    assert verdicts[contract] == "BROKEN"
