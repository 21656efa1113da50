"""A machine whose counters wait for their disk: booted once, and gone on from at each power cut.

Memory and processor are as they were before the data disk was ever seen: all that a start knows of it is on
it. The root disk is the snapshot's, thrown away each time.
"""

from __future__ import annotations

import compileall
import random
import re
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from lab.environment import ROOT
from lab.vm.flushed import Flushed
from lab.vm.guest.writer import READY as WAITS
from lab.vm.installed import done
from lab.vm.machine import Machine, MachineFault
from lab.vm.ready import READY, copy, ready
from lab.vm.recipe import Built
from terminal.install.data import DATA, OPTIONS

_OURS = ("terminal/core", "terminal/runtime", "terminal/store", "lab/powercut", "lab/vm")
_NEEDS = ("msgspec", "aiosqlite", "cryptography", "cffi")
"""Of the lock, beside what is Debian's."""
_HERE = "/opt/writer"
_ORDERS = "/run/orders"
_WAITING = "waiting"
_LOOK_S = 0.02
_FAILED = "Traceback"
_STANDS = "detected stalls on CPUs"
"""The kernel's own word: once in some hundred times a processor of an emulator that goes on from a saved
state gets its timer's interrupts no more. Its power may go then as at any other time."""
_PATIENCE_S = 600.0
_AT_ANY_TIME = 0.25
"""Of the cuts come when nothing needs to be on its way; the others right after a write."""
_SELLING_S = 2.5
_WRITES = (15, 150)
"""At most: those of a start, or of a start and some seconds."""
_LINE = re.compile(rb"^((?:OPENED|ANSWERED|REFUSED|PRINTED|ACKED) .+?|DONE)\r?\n", re.MULTILINE)
"""Whole lines: what was said when the power went may be cut short."""

_OVER = re.compile(f"DONE|{_STANDS}")
_ANY = re.compile(f"ANSWERED|{_OVER.pattern}")

Line = tuple[int, str]
"""How much had been heard at its end, and what it says."""


@dataclass(frozen=True)
class Waiting:
    """Started anew as often as one likes, one at a time."""

    made: Built
    disk: Path

    def lives(self, disk: Flushed, order: str, dice: random.Random, times: int = 1) -> list[Line]:
        """From its start to its power cut, `times` as long: what was said. Raises MachineFault."""
        with Machine(self.made, self.disk, _WAITING) as machine:
            machine.attach_served(disk.path, "data")
            before = machine.heard()
            disk.remembers(machine.heard)
            at_any_time = dice.random() < _AT_ANY_TIME
            stopped = disk.stops_after(0 if at_any_time else dice.randint(1, times * dice.choice(_WRITES)))
            mount = f"mount -t ext4 -o {OPTIONS} /dev/disk/by-id/virtio-data {DATA}"
            # Nobody waits for its end: the disk may stop in the middle of the mount.
            machine.begin(["/bin/sh", "-c", f"{mount} && echo '{order}' > {_ORDERS}"])
            if at_any_time:
                _heard(machine, before, lambda said: _ANY.search(said) is not None)
                time.sleep(dice.uniform(0.0, times * _SELLING_S))
            else:
                _heard(machine, before, lambda said: stopped.is_set() or _OVER.search(said) is not None)
            machine.pull()
            _heard(machine, before, lambda _: True)
            return [(one.end(), one[1].decode()) for one in _LINE.finditer(machine.said, before)]


@contextmanager
def waiting(folder: Path) -> Iterator[Waiting]:
    """Made in that folder, of this checkout. Raises CannotBuild, MachineFault."""
    made, booted = ready()
    disk, program = folder / "writing.qcow2", folder / "program.tar"
    shutil.copyfile(booted, disk)
    _pack(folder / "program", program)
    with Machine(made, disk, READY) as machine:
        machine.attach(program, "program")
        done(machine, f"mkdir -p {_HERE} {DATA} && mkfifo {_ORDERS}")
        done(machine, f"tar -C {_HERE} -xf /dev/disk/by-id/virtio-program")
        machine.detach("program")
        runs = f"exec python3 -B -m lab.vm.guest.writer {_ORDERS} {DATA}/ledger.db > /dev/ttyS0 2>&1"
        path = f"--setenv=PYTHONPATH={_HERE}:{_HERE}/packages"
        done(machine, f"systemd-run --quiet --unit=writer {path} sh -c '{runs}'")
        _heard(machine, 0, lambda said: WAITS in said)
        machine.save(_WAITING)
    yield Waiting(made, disk)


def _pack(folder: Path, program: Path) -> None:
    """What the counters run, compiled here: an emulated machine takes as long for that as for all else."""
    for ours in _OURS:
        shutil.copytree(ROOT / ours, folder / ours, ignore=shutil.ignore_patterns("__pycache__"))
        for beside in (ROOT / ours).parent.glob("*.py"):
            shutil.copy(beside, (folder / ours).parent)
    for distribution in _NEEDS:
        copy(distribution, folder / "packages")
    compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    with tarfile.open(program, "w") as packed:
        packed.add(folder, ".")


def _heard(machine: Machine, before: int, what: Callable[[str], bool]) -> None:
    """Raises MachineFault: not for a long time, or the counters failed."""
    until = time.monotonic() + _PATIENCE_S
    while not what(said := machine.said[before:].decode(errors="replace")) or _FAILED in said:
        if time.monotonic() > until or _FAILED in said:
            raise MachineFault(f"the counters said: {said[-3000:]}")
        time.sleep(_LOOK_S)
