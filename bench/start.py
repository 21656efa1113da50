"""Processor time and memory of a start: until the readers live, and of the whole daemon when it is ready.

A real daemon with a serial reader on a pseudo-terminal, a page and a headquarters that is not there. Its
modules are compiled before, as an installed terminal's are. Variants take turns, so that what else the
machine does hits all of them alike.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import floor_start
from bench.floor_start import Spent
from bench.result import Ratio, Result, middle

ROOT = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
READERS_GOAL = 10.0
DAEMON_GOAL = 1.3

_CONFIG = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"
socket = "terminal.sock"

[shop]
name = "Bench"

[ledger]
path = "ledger.db"

[kiosk]
port = 0

[headquarters]
url = "https://127.0.0.1:9"

[device.front]
driver = "serial_reader"
path = "{reader}"
"""


def measured() -> Result:
    with shop() as start:
        start()  # Compiles; and makes the ledger, which a terminal does once in its life.
        _same_packages(start)
        nothing, imports, readers, daemon = [], [], [], []
        for _ in range(ROUNDS):
            nothing.append(floor_start.nothing())
            readers.append(_until_readers(start))
            imports.append(floor_start.imports())
            daemon.append(start())
    pass_ms, readers_ms = _ms(nothing), _ms(readers)
    imports_ms, daemon_ms = _ms(imports), _ms(daemon)
    imports_kib, daemon_kib = _kib(imports), _kib(daemon)
    return Result(
        ratios={
            "readers ready, processor, to python -c pass": Ratio(readers_ms / pass_ms, READERS_GOAL),
            "daemon ready, processor, to its imports": Ratio(daemon_ms / imports_ms, DAEMON_GOAL),
            "daemon ready, resident, to its imports": Ratio(daemon_kib / imports_kib, DAEMON_GOAL),
        },
        figures={
            "pass_ms": pass_ms,
            "readers_ms": readers_ms,
            "imports_ms": imports_ms,
            "daemon_ms": daemon_ms,
            "imports_kib": imports_kib,
            "daemon_kib": daemon_kib,
            "rounds": ROUNDS,
            "packages": list(floor_start.PACKAGES),
        },
    )


class _Start:
    """Starts the daemon of one shop, measures it when it is ready, and ends it."""

    def __init__(self, config: Path, bytecode: Path) -> None:
        self.ledger = config.parent / "ledger.db"
        self.command = [sys.executable, "-m", "terminal", "run", "--config", str(config)]
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(bytecode)}
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    def __call__(self) -> Spent:
        with subprocess.Popen(
            self.command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as daemon:
            said = daemon.stdout.readline() if daemon.stdout else b""
            if not said or json.loads(said).get("event") != "ready":
                raise RuntimeError("the daemon did not become ready")
            return floor_start.killed(daemon)


def _until_readers(start: _Start) -> Spent:
    """It ends itself at the place where the readers live."""
    environ = {**start.environ, "TERMINAL_DIE_AT": "terminal.readers_ready"}
    daemon = subprocess.Popen(
        start.command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return Spent(floor_start.ended(daemon))


@contextmanager
def shop() -> Iterator[_Start]:
    ours, theirs = pty.openpty()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
            config = Path(folder) / "terminal.toml"
            config.write_text(_CONFIG.format(reader=os.ttyname(theirs)))
            yield _Start(config, Path(folder) / "bytecode")
    finally:
        os.close(ours)
        os.close(theirs)


def _same_packages(start: _Start) -> None:
    """Raises RuntimeError when the daemon loads other third-party packages than the floor."""
    environ = {**start.environ, "TERMINAL_DIE_AT": "terminal.ready"}
    loaded = _third_party([sys.executable, "-X", "importtime", *start.command[1:]], environ)
    floor = f"import {', '.join(floor_start.PACKAGES)}"
    expected = _third_party([sys.executable, "-X", "importtime", "-c", floor], start.environ)
    if loaded != expected:
        raise RuntimeError(f"the daemon loads {sorted(loaded)}, its floor {sorted(expected)}")


def _third_party(command: list[str], environ: dict[str, str]) -> set[str]:
    shown = subprocess.run(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    tops = {
        name.split(".")[0] for name in re.findall(r"^import time:.*\|\s+(\S+)$", shown.stderr, re.MULTILINE)
    }
    return tops - sys.stdlib_module_names - {"terminal", "_distutils_hack", "sitecustomize"} - _startup()


def _startup() -> set[str]:
    """What an interpreter of this environment loads by itself."""
    code = "import sys; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in shown.stdout.split()}


def _ms(spent: list[Spent]) -> float:
    return middle([one.processor_ms for one in spent])


def _kib(spent: list[Spent]) -> float:
    return middle([float(one.resident_kib) for one in spent])
