"""Runs the checks in two lanes, says what failed and what was left out, ends with one countable line."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from lab.environment import ROOT

BIN = Path(sys.executable).parent
CACHE = ROOT / ".cache" / "suites"
IN_CI = os.environ.get("CI", "") not in {"", "0", "false"}


@dataclass(frozen=True)
class Suite:
    """One command. `marks` makes it a pytest run."""

    name: str
    command: tuple[str, ...] = ()
    marks: str = ""
    where: tuple[str, ...] = ()
    """What pytest is told of folders; empty: all."""

    def line(self) -> list[str]:
        if self.command:
            return list(self.command)
        report = CACHE / f"{self.name}.xml"
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return [*pytest, "-m", self.marks, f"--junitxml={report}", *self.where]


@dataclass
class Outcome:
    suite: Suite
    code: int
    seconds: float
    passed: int = 0
    failed: int = 0
    left_out: list[str] = field(default_factory=list)


STATIC = (
    Suite("lint", (str(BIN / "ruff"), "check", ".")),
    Suite("format", (str(BIN / "ruff"), "format", "--check", ".")),
    Suite("types", (str(BIN / "mypy"),)),
    Suite("imports", (str(BIN / "lint-imports"), "--no-cache")),
)
UNIT = Suite("unit", marks="not device and not page and not hq and not campaign and not fleet and not vm")
DEVICES = Suite("devices", marks="device and not campaign")
PAGES = Suite("pages", marks="page and not campaign and not device")
FLEET = Suite("fleet and hq", marks="(hq or fleet) and not device and not page and not campaign")
CAMPAIGNS = Suite("ledger campaigns", marks="campaign")
MACHINE = Suite("virtual machine", marks="vm")

_INNER = ("tests/core", "tests/store", "tests/drivers", "tests/desk", "tests/flows")
INNER = Suite("unit, inner", marks=UNIT.marks, where=_INNER)
OUTER = Suite("unit, outer", marks=UNIT.marks, where=tuple(f"--ignore={one}" for one in _INNER))
"""The same tests as `UNIT`, in two runs of about the same length."""

LANES = ((*STATIC, UNIT, CAMPAIGNS, MACHINE), (DEVICES, FLEET, PAGES))
"""Nothing in one lane needs what the other one holds (pcscd, Chromium, the processor to itself)."""


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    CACHE.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("CARD_TERMINAL_SEED", _commit())
    print(f"seed {os.environ['CARD_TERMINAL_SEED']}", flush=True)
    if arguments == ["--quick"]:
        return _closed(_lanes(((*STATIC, INNER), (OUTER,))))
    if arguments:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode
    return _closed(_lanes(LANES))


def _commit() -> str:
    shown = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:12] or "0"


def _lanes(lanes: Sequence[Sequence[Suite]]) -> list[Outcome]:
    outcomes: list[Outcome] = []

    def walk(lane: Sequence[Suite]) -> None:
        outcomes.extend(_run(suite) for suite in lane)

    threads = [threading.Thread(target=walk, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _run(suite: Suite) -> Outcome:
    started = time.monotonic()
    log = CACHE / f"{suite.name}.log"
    with log.open("wb") as out:
        code = subprocess.run(suite.line(), stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    outcome = Outcome(suite, code, time.monotonic() - started)
    if suite.marks:
        _count(outcome)
    print(f"{suite.name:18} {'ok' if code == 0 else 'FAILED':7} {outcome.seconds:6.1f} s", flush=True)
    if code:
        print(log.read_text(errors="replace")[-20_000:], flush=True)
    return outcome


def _count(outcome: Outcome) -> None:
    """From pytest's own report. A run that collected nothing (code 5) has failed."""
    report = CACHE / f"{outcome.suite.name}.xml"
    if not report.exists():
        outcome.failed += 1
        return
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314  written by our own run
        name = f"{case.get('classname')}::{case.get('name')}"
        if (skipped := case.find("skipped")) is not None:
            outcome.left_out.append(f"{name}: {skipped.get('message')}")
        elif case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        else:
            outcome.passed += 1


def _closed(outcomes: Sequence[Outcome]) -> int:
    left_out = [one for outcome in outcomes for one in outcome.left_out]
    bad = [outcome.suite.name for outcome in outcomes if outcome.code]
    for one in left_out:
        print(f"left out: {one}")
    if bad:
        print(f"failed suites: {', '.join(bad)}")
    passed, failed = sum(outcome.passed for outcome in outcomes), sum(outcome.failed for outcome in outcomes)
    print(f"{passed} passed, {max(failed, len(bad))} failed, {len(left_out)} skipped")
    if bad:
        return 1
    return 1 if left_out and IN_CI else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
