"""`python -m lab vm build`, `devices [--only TEXT]`, `install`, `watchdog` and `powercut [--cuts N]`."""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.telling import tell
from lab.vm import cuts, installed, powercut, watched
from lab.vm.guest.trials import TRIALS
from lab.vm.machine import MachineFault
from lab.vm.ready import counter, product_disk, ready
from lab.vm.recipe import CannotBuild
from lab.vm.writing import waiting

_TRIAL_S = 240.0
_INSIDE = {"PYTHONPATH": "/product:/product/packages", "PYTHONDONTWRITEBYTECODE": "1"}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab vm")
    chosen = parser.add_subparsers(dest="what", required=True)
    chosen.add_parser("build", help="the machine, booted and saved; one to three minutes")
    devices = chosen.add_parser("devices", help="the product's drivers on devices of the machine's kernel")
    devices.add_argument("--only", default="", metavar="TEXT", help="trials whose names hold it")
    devices.add_argument("--json", action="store_true")
    box = chosen.add_parser("install", help="install.sh in the machine: units, sales with devices")
    box.add_argument("--json", action="store_true")
    watched_by = chosen.add_parser("watchdog", help="what stops in that terminal, and systemd ends it")
    watched_by.add_argument("--json", action="store_true")
    cut = chosen.add_parser("powercut", help="the disk of a ledger under load loses its power")
    cut.add_argument("--mutant", choices=cuts.MUTANTS, default="", help="a fault that must be found")
    cut.add_argument("--moments", type=int, default=0, help="looked at before each cut")
    cut.add_argument("--minutes", type=float, default=math.inf, help="after so many no more are cut")
    cut.add_argument("--installed", action="store_true", help="the plug of the installed terminal instead")
    cut.add_argument("--cuts", type=int, default=10)
    cut.add_argument("--seed", default=os.environ.get("CARD_TERMINAL_SEED", "1"))
    cut.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    try:
        return _WHATS[wanted.what](wanted)
    except CannotBuild as why:
        sys.stderr.write(f"lab vm: {why}\n")
        return 2


def _build(_: argparse.Namespace) -> int:
    """Raises CannotBuild."""
    ready()
    return 0


def _tried(trial: Callable[[], dict[str, float]], *, as_json: bool) -> int:
    """Raises CannotBuild."""
    try:
        seconds = trial()
    except MachineFault as why:
        print(why)
        return 1
    tell({"wrong": 0, "seconds": seconds}, as_json=as_json)
    return 0


def _cut(wanted: argparse.Namespace) -> int:
    """Raises CannotBuild."""
    if wanted.installed:
        return _installed_cut(wanted.cuts, wanted.seed, as_json=wanted.json)
    with tempfile.TemporaryDirectory(prefix="card-terminal-vm-") as folder:
        try:
            with waiting(Path(folder)) as machine:
                asked = (wanted.cuts, wanted.seed, wanted.mutant)
                found = cuts.campaign(machine, *asked, moments=wanted.moments, minutes=wanted.minutes)
        except MachineFault as why:
            print(f"MachineFault: {why}")
            return 1
    said = {**vars(found), "left": _by_name(found.left), "shown": found.violation}
    said["violation"] = int(bool(found.violation))
    tell({**said, "seed": wanted.seed, "mutant": wanted.mutant}, as_json=wanted.json)
    return 1 if found.violation else 0


def _installed_cut(times: int, seed: str, *, as_json: bool) -> int:
    """Raises CannotBuild."""
    try:
        found = powercut.campaign(times, seed)
    except (MachineFault, powercut.Violation) as why:
        print(f"{type(why).__name__}: {why}")
        return 1
    tell({**vars(found), "left": _by_name(found.left), "violations": 0, "seed": seed}, as_json=as_json)
    return 0


def _by_name(left: Mapping[str, int]) -> dict[str, int]:
    return {str(one): count for one, count in left.items()}


def _devices(only: str, *, as_json: bool) -> int:
    """Raises CannotBuild."""
    ready()
    seconds: dict[str, float] = {}
    wrong = 0
    with product_disk() as product:
        for name in TRIALS:
            if only in name:
                begun = time.monotonic()
                why = tried(product, name)
                seconds[name] = round(time.monotonic() - begun, 1)
                if why:
                    wrong += 1
                    print(f"{name}:\n{why}")
    tell({"trials": len(seconds), "wrong": wrong, "seconds": seconds}, as_json=as_json)
    return 1 if wrong or not seconds else 0


def tried(product: Path, name: str) -> str:
    """One trial in a fresh machine: what went wrong; empty when nothing did."""
    with counter(product) as machine:
        try:
            ran = machine.run(["python3", "-m", "lab.vm.guest", name], _INSIDE, _TRIAL_S)
        except MachineFault as fault:
            return str(fault)
    return "" if ran.code == 0 else ran.err or ran.out or f"ended with {ran.code}"


_WHATS: dict[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "devices": lambda wanted: _devices(wanted.only, as_json=wanted.json),
    "install": lambda wanted: _tried(installed.trial, as_json=wanted.json),
    "watchdog": lambda wanted: _tried(watched.trial, as_json=wanted.json),
    "powercut": _cut,
}
