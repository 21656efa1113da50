"""A ledger of millions of entries, verified step by step as `terminal ledger verify` does; time and memory.

    python -m lab million --members 5000000 --folder DIR [--keep] [--json]

Two entries a member. Every step runs in a process of its own; what it peaks at is held against the same step
on a ledger of 1,000 members. Exit 1 when a step finds a fault, or its memory grows with the journal.

    python -m lab.million STEP PATH     one step, as one line of JSON
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from lab.crowd import make_crowd
from lab.environment import ROOT
from terminal.store.backup import read_only
from terminal.store.beside import check_beside
from terminal.store.verify import check_file, verified_journal

SMALL = 1_000
_GROWS = 1.15
_SORT_KB = 12_000
"""SQLite's own page caches, which a small ledger does not fill: of the file, and of what is told anew."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab million", description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, help="where there is room: about 4 kB a member")
    parser.add_argument("--keep", action="store_true", help="leave the ledger there, for `bench growth`")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="million-", dir=chosen.folder) as folder:
        small = Path(folder) / "small" / "ledger.db"
        make_crowd(small, SMALL)
        path, made_s = _large(chosen, Path(folder))
        said: dict[str, Any] = {
            "members": chosen.members,
            "entries": 2 * chosen.members,
            "bytes": path.stat().st_size,
            "made_s": made_s,
            "small": {step: _step_of(step, small) for step in STEPS},
            "steps": {step: _step_of(step, path) for step in STEPS},
        }
    said["violations"] = list(_violations(said))
    print(json.dumps(said) if chosen.json else json.dumps(said, indent=2))
    return 1 if said["violations"] else 0


def _large(chosen: argparse.Namespace, folder: Path) -> tuple[Path, float]:
    """Made now, unless `--keep` left it there."""
    kept = chosen.folder and kept_crowd(chosen.folder, chosen.members)
    path = kept if chosen.keep and kept else folder / "large" / "ledger.db"
    if path.exists():
        return path, 0
    begun = time.monotonic()
    make_crowd(path, chosen.members)
    return path, round(time.monotonic() - begun, 1)


def kept_crowd(folder: Path, members: int) -> Path:
    """Where a ledger of so many members lies that is used more than once."""
    return folder / f"members-{members}" / "ledger.db"


def _violations(said: dict[str, Any]) -> list[str]:
    found = []
    for step, one in said["steps"].items():
        if one["fault"]:
            found.append(f"{step}: {one['fault']}")
        elif one["peak_kb"] > _GROWS * said["small"][step]["peak_kb"] + _SORT_KB:
            found.append(f"{step}: {one['peak_kb']} kB, {said['small'][step]['peak_kb']} kB for {SMALL}")
    return found


def _step_of(step: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "lab.million", step, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# One step, in its own process.

STEPS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "file": check_file,
    "journal": verified_journal,
    "beside": check_beside,
}


def _measured(step: str, path: Path) -> dict[str, Any]:
    fault = ""
    begun, worked = time.monotonic(), time.process_time()
    with closing(read_only(path)) as connection:
        try:
            STEPS[step](connection)
        except Exception as found:  # noqa: BLE001  said, and held against the ledger
            fault = f"{type(found).__name__}: {found}"
    return {
        "seconds": round(time.monotonic() - begun, 1),
        "cpu_seconds": round(time.process_time() - worked, 1),
        "peak_kb": peak_kb(),
        "fault": fault,
    }


def peak_kb() -> int:
    """Of this process alone: what getrusage says begins with the peak of the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    print(json.dumps(_measured(sys.argv[1], Path(sys.argv[2]))))
