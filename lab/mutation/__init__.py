"""`python -m lab mutation [--module M ...] [--sample N --seed S] [--seconds S] [--json]`: a line is changed.

Changes what decides about money, one small thing at a time, and runs the tests of `terminal/core` that come
to the changed line. A change that no test notices is a hole in the tests, a line that does nothing, or says
the same in other words: docs/mutants.md lists the last, each with its reason. Exit 1 when any other survives,
or when that list names one that is not there or does not survive.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.environment import ROOT
from lab.mutation.changes import Change, changes_of
from lab.mutation.children import Fate
from lab.mutation.trial import tried

_PRICING = (
    "apart",
    "basket",
    "engine",
    "explained",
    "had",
    "limit",
    "free_piece",
    "locked",
    "lunar",
    "order",
    "outlook",
    "plans",
    "promotion",
    "sharing",
    "sight",
    "sums",
    "tariff",
    "visit",
)
"""All of it but the table of the Chinese calendar, which its own tests hold against another."""
MODULES = (
    "accounts",
    "agreed",
    "calls",
    "campaigns",
    "canonical",
    "card_kinds",
    "cart",
    "command_sheet",
    "commands",
    "companies",
    "entry",
    "figures",
    "fleet",
    "forecourt",
    "habits",
    "labels",
    "ledger",
    "locks",
    "money",
    "packs",
    "payment",
    "picture",
    "pin",
    "points",
    "policy",
    *(f"pricing/{name}" for name in _PRICING),
    "pricing/rules",
    "referral",
    "released",
    "shift",
    "spending",
    "vouchers",
)
"""Of `terminal.core`, packages with all that is in them."""
TESTS = ("tests/core", "tests/flows")
EXPLAINED = ROOT / "docs" / "mutants.md"

_EXPLANATION = re.compile(r"- (?P<name>`[^`]+`: `[^`]+` → `[^`]+`(?: #\d+)?)[:：] (?P<why>.+)")
_ALIVE = {Fate.SURVIVED, Fate.NOT_REACHED}


@dataclass
class Findings:
    fates: dict[Change, Fate] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    """Tests that fail without any change."""
    stale: list[str] = field(default_factory=list)
    """Explanations of what is not there, or is noticed."""

    def those(self, *fates: Fate) -> list[Change]:
        return [change for change, fate in self.fates.items() if fate in fates]

    def unexplained(self, explained: dict[str, str]) -> list[Change]:
        return [change for change in self.those(*_ALIVE) if change.name not in explained]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab mutation")
    parser.add_argument("--module", action="append", help="such as terminal.core.ledger.sale")
    parser.add_argument("--tests", action="append", help="such as tests/core/ledger")
    parser.add_argument("--sample", type=int, help="so many, drawn by the seed")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no more after so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    begun = time.monotonic()
    found = campaign(
        wanted.module or modules(),
        wanted.tests or TESTS,
        sample=wanted.sample,
        seed=wanted.seed,
        jobs=wanted.jobs,
        until=begun + wanted.seconds,
    )
    explained = explanations()
    left = found.unexplained(explained)
    said = {
        "mutants": len(found.fates),
        "killed": len(found.those(Fate.KILLED)),
        "timed_out": len(found.those(Fate.TIMED_OUT)),
        "explained": len(found.those(*_ALIVE)) - len(left),
        "survived": [_told(found, change) for change in left],
        "stale": found.stale,
        "untried": len(found.those(Fate.UNTRIED)),
        "broken": [change.name for change in found.those(Fate.BROKEN)],
        "failed_unchanged": found.failed,
        "seed": wanted.seed,
        "seconds": round(time.monotonic() - begun, 1),
    }
    print(json.dumps(said, ensure_ascii=False) if wanted.json else _page(said))
    return 1 if left or found.stale or said["broken"] or found.failed else 0


def _told(found: Findings, change: Change) -> str:
    where = f"{change.module.replace('.', '/')}:{change.lines[0]}"
    return (
        f"{where} {change.name}{' (no test comes here)' if found.fates[change] is Fate.NOT_REACHED else ''}"
    )


def _page(said: dict[str, object]) -> str:
    rows = []
    for what, value in said.items():
        if isinstance(value, list):
            rows += [f"{what}: {len(value)}", *(f"  {one}" for one in value)]
        else:
            rows.append(f"{what}: {value}")
    return "\n".join(rows)


def modules() -> list[str]:
    found = []
    for name in MODULES:
        path = ROOT / "terminal" / "core" / name
        paths = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        found += [_module(one) for one in paths]
    return found


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def explanations() -> dict[str, str]:
    """By the name of the change: why it changes nothing."""
    lines = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    found = [_EXPLANATION.fullmatch(line) for line in lines if line.startswith("- ")]
    return {one["name"]: one["why"] for one in found if one}


def campaign(  # noqa: PLR0913  what the command may ask
    of: Sequence[str],
    tests: Sequence[str] = TESTS,
    *,
    sample: int | None = None,
    seed: str = "1",
    jobs: int = 1,
    until: float = math.inf,
) -> Findings:
    """Tries all changes of those modules, or a sample of them."""
    found = Findings()
    changes = [change for module in of for change in changes_of(module)]
    if sample is not None and sample < len(changes):
        drawn = random.Random(seed).sample(range(len(changes)), sample)
        changes = [changes[number] for number in sorted(drawn)]

    def told(change: Change, fate: Fate) -> None:
        found.fates[change] = fate
        if sys.stderr.isatty():
            print(
                f"\r{len(found.fates)}/{len(changes)} {len(found.those(*_ALIVE))} ", end="", file=sys.stderr
            )

    found.failed = tried(changes, tests, jobs, until, told)
    found.fates = {change: found.fates[change] for change in changes if change in found.fates}
    found.stale = _stale(found)
    return found


def _stale(found: Findings) -> list[str]:
    everything = {change.name for module in modules() for change in changes_of(module)}
    noticed = {change.name for change in found.those(Fate.KILLED, Fate.TIMED_OUT)}
    return [name for name in explanations() if name not in everything or name in noticed]
