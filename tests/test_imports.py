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


ALONE = """
import importlib, os, sys
import aiohttp.web, aiosqlite, asyncpg, click, cryptography.x509, msgspec  # Shared by all; ours by none.
for name in sys.argv[1:]:
    if child := os.fork():
        if os.waitpid(child, 0)[1]:
            print(name)
    else:
        try:
            importlib.import_module(name)
        except BaseException as fault:
            print(repr(fault), end=": ", flush=True)
            os._exit(1)
        os._exit(0)
"""
"""A process that imports for each name is forked off one that has everybody else's packages."""


def test_each_module_of_the_product_can_be_imported_first() -> None:
    files = (file for top in ("terminal", "hq") for file in sorted((ROOT / top).rglob("*.py")))
    names = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files
    ]
    assert "terminal.core.directives" in names
    command = [sys.executable, "-W", "error", "-c", ALONE, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
