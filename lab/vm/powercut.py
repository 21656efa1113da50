"""`python -m lab vm powercut --installed [--cuts N] [--seed S]`: an installed machine loses its power.

The terminal that `install.sh` made sells for cash at its page, and prints, with its ledger on a disk whose
writes are durable only once they are flushed. In the middle of it the emulator is killed; what was not
flushed is lost, is there, or by chance. Then the machine starts again with what is left, and it is held to
what people were told: what was approved is booked (I1), once (I2), in balance and chained (I3, I7), every
number on paper belongs to an entry (I8), no intent is left hanging (I11). The next cut goes on from there.

What is cut is the data partition. The machine itself starts each time as it was when it was installed, as
where the root is read only.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from lab.vm import installed
from lab.vm.flushed import Flushed, Left
from lab.vm.guest.sale import PRICE
from lab.vm.installed import LEDGER, LINK, PYTHON, done
from lab.vm.machine import Machine, MachineFault
from lab.vm.recipe import tell
from terminal.install.data import DATA

_PRICE_FEN = int(PRICE.replace(".", ""))
_SELLS_S = (4.0, 14.0)
_FIRST_S = 600.0
"""Until somebody sold something, in an emulated machine."""
_LOOK_S = 0.2
_SAID = re.compile(r"^(SOLD|PAPER) (\S+)\r?\n", re.MULTILINE)
"""Whole lines: what was said when the power went may be cut short."""


class Violation(Exception):
    """Something is not as people were told."""


@dataclass
class Findings:
    cuts: int = 0
    left: Counter[str] = field(default_factory=Counter)
    blocks: int = 0
    """That were written and not flushed when the power went."""
    sold: int = 0
    """That somebody saw approved."""
    on_paper: int = 0
    booked: int = 0
    flushes: int = 0
    seconds: float = 0.0


@dataclass
class Told:
    """By the counter, in all the days so far."""

    sold: list[str] = field(default_factory=list)
    on_paper: list[str] = field(default_factory=list)
    cash: int = 0
    """Fen in the drawer, and how many receipts there are, before the first of these cuts."""
    receipts: int = 0


def campaign(cuts: int, seed: str) -> Findings:
    """Raises CannotBuild, MachineFault, Violation."""
    installed.standing()
    found, told, dice = Findings(), Told(), random.Random(seed)
    begun = time.monotonic()
    with (
        installed.product() as product,
        tempfile.TemporaryDirectory(prefix="card-terminal-nbd-") as folder,
        Flushed(Path(folder) / "nbd", LEDGER.read_bytes()) as disk,
    ):
        counter = _Counter(product, disk, told)
        for _ in range(cuts):
            counter.sells(dice.uniform(*_SELLS_S))
            left = dice.choice(list(Left))
            found.blocks += disk.cut(left, dice)
            found.cuts += 1
            found.left[left] += 1
            tell(f"cut {found.cuts}, {left} of what was on its way left: {len(told.sold)} sold")
        found.booked = counter.still_agrees()
    found.sold, found.on_paper, found.flushes = len(told.sold), len(told.on_paper), disk.flushes
    found.seconds = round(time.monotonic() - begun, 1)
    return found


@dataclass(frozen=True)
class _Counter:
    """The machine with what is left on its disk, again and again."""

    product: Path
    disk: Flushed
    told: Told

    def sells(self, seconds: float) -> None:
        """It starts, is looked at, and sells until the plug is pulled. Raises MachineFault, Violation."""
        with self._started() as machine:
            _looked(machine, self.told)
            _sells(machine, self.told, seconds)

    def still_agrees(self) -> int:
        """How many receipts are booked. Raises MachineFault, Violation."""
        with self._started() as machine:
            return _looked(machine, self.told)

    def _started(self) -> AbstractContextManager[Machine]:
        return installed.going_on(self.product, lambda machine: machine.attach_served(self.disk.path, "data"))


def _sells(machine: Machine, told: Told, seconds: float) -> None:
    """What is said on the console is outside the machine, and not lost."""
    before = len(machine.console)
    sells = f"{PYTHON} lab.vm.guest.sale {LINK} on > /dev/ttyS0"
    done(machine, f"systemd-run --quiet --unit=counter sh -c '{sells}'")
    until = time.monotonic() + _FIRST_S
    while "SOLD" not in machine.console[before:]:
        if time.monotonic() > until:
            raise MachineFault(f"nothing was sold: {done(machine, 'journalctl --unit=counter --no-pager')}")
        time.sleep(_LOOK_S)
    time.sleep(seconds)
    machine.pull()
    for what, number in _SAID.findall(machine.console[before:]):
        (told.sold if what == "SOLD" else told.on_paper).append(number)


def _looked(machine: Machine, told: Told) -> int:
    """How many receipts there are. Raises Violation."""
    ran = machine.run(
        ["/bin/sh", "-c", "terminal ledger verify --json"], {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    )
    if ran.code:
        raise Violation(f"I3, I7: {ran.out[-1000:]}{ran.err[-1000:]}")
    said = json.loads(done(machine, f"{PYTHON} lab.vm.guest.look {DATA}/ledger.db"))
    receipts = said["receipts"]
    if not told.receipts:
        told.receipts, told.cash = len(receipts), said["drawer"]
    if lost := [one for one in told.sold if one not in receipts]:
        raise Violation(f"I1: {len(lost)} of {len(told.sold)} that were approved are gone: {lost[:5]}")
    if len(set(receipts)) != len(receipts):
        raise Violation("I2: a number was given twice")
    if said["drawer"] - told.cash != (len(receipts) - told.receipts) * _PRICE_FEN:
        raise Violation(f"I3: {said['drawer']} fen in the drawer after {len(receipts)} receipts")
    if lost := [one for one in told.on_paper if one not in receipts]:
        raise Violation(f"I8: on paper, and in no entry: {lost[:5]}")
    if said["open"]:
        raise Violation(f"I11: {said['open']} intents are open that nobody made")
    return len(receipts)
