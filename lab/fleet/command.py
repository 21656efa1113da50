"""`python -m lab fleet --seeds N [--first S] [--plan NAME] [--mutant NAME] [--jobs J] [--json]`.

Days of a chain of shops and its headquarters, product code on both sides, on virtual time: the network
loses, delays, repeats and is cut, machines die at any step, disks are put back and cloned, headquarters is
restored, clocks jump. The invariants of the ledger are looked at all the time and once the town has come to
rest. A seed repeats its day step by step; the hash of all steps is printed. Exit 1 at the first violation.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, nullcontext
from itertools import islice
from typing import Any

from lab.fleet.campaign import Outcome, one_day
from lab.fleet.mutants import MUTANTS
from lab.fleet.world import PLANS
from lab.telling import fast_folder, tell

_SHOWN = 5
_TRACE = 16
_AHEAD = 4


def main(arguments: list[str]) -> int:
    wanted = _wanted(arguments)
    begun = time.monotonic()
    total: Counter[str] = Counter()
    traces: list[str] = []
    bad = None
    for outcome in _days(wanted):
        traces.append(outcome.trace[:_TRACE])
        total += outcome.counts + Counter({"steps": outcome.steps})
        if outcome.violations:
            bad = outcome
            break
    said = _told(wanted, traces, total, bad)
    said["seconds"] = round(time.monotonic() - begun, 1)
    if not wanted.json:
        said["traces"] = f"{len(traces)}, the last {traces[-1] if traces else ''}"
    tell(said, as_json=wanted.json)
    return 1 if bad else 0


def _wanted(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab fleet")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--plan", choices=sorted(PLANS))
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def _days(wanted: argparse.Namespace) -> Iterator[Outcome]:
    """In the order of the seeds, whatever the number of jobs."""
    plans = [wanted.plan] if wanted.plan else [MUTANTS[wanted.mutant][0]] if wanted.mutant else sorted(PLANS)
    with ExitStack() as within:
        # One folder for all: a process that is ended in the middle of a day leaves its own behind.
        folder = within.enter_context(tempfile.TemporaryDirectory(prefix="fleet-", dir=fast_folder()))
        pool = within.enter_context(ProcessPoolExecutor(wanted.jobs))
        tasks = (
            (seed, plans[seed % len(plans)], wanted.mutant, folder)
            for seed in range(wanted.first, wanted.first + wanted.seeds)
        )
        waiting = [pool.submit(_one, *task) for task in islice(tasks, wanted.jobs * _AHEAD)]
        while waiting:
            outcome = waiting.pop(0).result()
            waiting += [pool.submit(_one, *task) for task in islice(tasks, 1)]
            try:
                yield outcome
            except GeneratorExit:
                _end_now(pool)
                raise


def _end_now(pool: ProcessPoolExecutor) -> None:
    """Days that were begun beside the one that says enough are not lived to their end."""
    pool.shutdown(wait=False, cancel_futures=True)
    for process in multiprocessing.active_children():
        process.terminate()


def _one(seed: int, plan: str, mutant: str | None, folder: str) -> Outcome:
    logging.disable(logging.CRITICAL)
    with MUTANTS[mutant][1]() if mutant else nullcontext():
        return one_day(seed, plan, folder)


def _told(
    wanted: argparse.Namespace, traces: list[str], total: Counter[str], bad: Outcome | None
) -> dict[str, Any]:
    return {
        "commit": _commit(),
        "days": len(traces),
        "first": wanted.first,
        "mutant": wanted.mutant or "",
        "counts": dict(sorted(total.items())),
        "violation": "" if bad is None else f"seed {bad.seed}, plan {bad.plan}, trace {bad.trace[:_TRACE]}",
        "shown": [] if bad is None else bad.violations[:_SHOWN],
        "traces": traces,
    }


def _commit() -> str:
    shown = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()
