"""Each import rule of pyproject.toml is broken in a copy of the tree, and seen to be caught."""

from __future__ import annotations

import json
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


NOTED = """
import builtins, importlib, json, sys
import aiohttp.web, aiosqlite, asyncpg, click, cryptography.x509, msgspec  # As above.
needs, plain = {name: [] for name in sys.argv[1:]}, builtins.__import__
def noting(name, globals=None, locals=None, fromlist=(), level=0):
    if globals and (by := globals.get("__name__")) in needs:
        needs[by] += [name, *(f"{name}.{one}" for one in fromlist or ())]
        assert not level, by
    return plain(name, globals, locals, fromlist, level)
builtins.__import__ = noting
for name in needs:
    importlib.import_module(name)
print(json.dumps(needs))
"""
"""Imports all, and tells for each what it asked for while that was done."""


def of_the_product(script: str, *names: str, root: Path = ROOT) -> str:
    """What it prints, of names; it must succeed and complain of nothing."""
    command = [sys.executable, "-W", "error", "-c", script, *names]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def with_packages(name: str) -> set[str]:
    """Python imports those a module lies in before it."""
    parts = name.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def in_circles(needs: dict[str, list[str]]) -> set[str]:
    """Those that need themselves, by way of others."""
    known = needs.keys()
    edges = {
        name: (set().union(*map(with_packages, asked)) | with_packages(name)) & known - {name}
        for name, asked in needs.items()
    }

    def reached(name: str) -> set[str]:
        found, waiting = set[str](), [name]
        while waiting:
            new = edges[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    return {name for name in known if name in reached(name)}


def test_each_module_of_the_product_can_be_imported_first() -> None:
    """Which one of a circle comes first matters to that circle alone, and to nobody outside it."""
    files = (file for top in ("terminal", "hq") for file in sorted((ROOT / top).rglob("*.py")))
    names = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files
    ]
    assert "terminal.core.directives" in names
    circles = in_circles(json.loads(of_the_product(NOTED, *names)))
    assert {"terminal.core.ledger", "terminal.core.ledger.merging"} <= circles
    assert of_the_product(ALONE, *sorted(circles)) == ""


def test_a_module_that_must_not_come_first_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import two\nTHERE = 1\n")
    (tmp_path / "two.py").write_text("from one import THERE\n")
    (tmp_path / "outside.py").write_text("import two\n")
    circles = in_circles(json.loads(of_the_product(NOTED, "two", "one", "outside", root=tmp_path)))
    assert circles == {"one", "two"}
    said = of_the_product(ALONE, *sorted(circles), root=tmp_path)
    assert re.fullmatch(r"ImportError\(.*\): one\n", said)
