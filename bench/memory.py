"""Resident memory of an idle terminal with millions of members: ledger and flows, without its page.

The terminal that `terminal run` starts, with all that it has before it imports the page: ledger, counter,
flows, printing. There it stays, and a second later it is looked at.

`BENCH_MEMBERS`, `BENCH_FOLDER` and `BENCH_KEPT` as for `bench growth`.

    python -m bench.memory CONFIG     that terminal, until it is killed
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.result import Ratio, Result, middle
from terminal.app import Terminal
from terminal.config import load
from terminal.runtime.notify import notifier_of_this_process

if TYPE_CHECKING:
    from terminal.kiosk.server import Kiosk

ROOT = Path(__file__).parents[1]
_GOAL_MB = 45
_CONFIG = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"
socket = "terminal.sock"

[shop]
name = "Bench"

[ledger]
path = "{ledger}"
"""


def measured() -> Result:
    from bench.growth import FOLDER, KEPT, MEMBERS, ROUNDS, SIZES, made

    found: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        paths = {name: made(Path(KEPT or folder), SIZES[name]) for name in ("few", "all")}
        for _ in range(ROUNDS):
            for name, ledger in paths.items():
                config = Path(folder) / f"{name}.toml"
                config.write_text(_CONFIG.format(ledger=ledger.absolute()))
                found[f"{name}_resident_kb"].append(_idle_kb(config))
    held = {name: middle(values) for name, values in found.items()}
    ratios = {"idle_megabytes": Ratio(held["all_resident_kb"] * 1024 / 1e6, _GOAL_MB)}
    return Result(ratios=ratios, figures={**held, "members": MEMBERS, "rounds": ROUNDS})


def _idle_kb(config: Path) -> float:
    from bench.floor_start import killed

    command = [sys.executable, "-m", "bench.memory", str(config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as terminal:
        if terminal.stdout is None or terminal.stdout.readline() != b"idle\n":
            raise RuntimeError("the terminal did not come up")
        time.sleep(1)
        return float(killed(terminal).resident_kib)


# The variant, in its own process.


class _WithoutPage(Terminal):
    async def _opened_page(self) -> Kiosk:
        sys.stdout.write("idle\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
        raise RuntimeError("nobody ends that wait")


if __name__ == "__main__":
    asyncio.run(_WithoutPage(load(Path(sys.argv[1])), notifier_of_this_process()).run())
