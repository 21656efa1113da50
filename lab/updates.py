"""`python -m lab updates [--times N] [--seed S] [--mutant NAME] [--json]`: updates are killed at every step.

A maker signs bundles; a machine with two slots takes one, tries it, keeps it, gives it up or goes back, in a
process that is killed (SIGKILL) at each place that the product names in turn. What was not on the disk yet is
then spoilt: files of a slot that is not called whole, and new files that were not put in place, are cut short
or gone. Now both links must lead to a slot that holds its release, byte for byte, and so must what runs.
Half of the kills are power cuts: `systemd/back-to-steady` runs, and after it what runs is what proved well
last. In the other half the same boot goes on. In the end the update is there, or given up, as it should be.
As long as it is not kept, what the other slot held is there to go back to, in it or set aside; where there is
no room for three that is given up. Every kill has a directory of its own. Ends at the first violation, with
exit 1.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from lab.environment import ROOT
from lab.made_releases import HERE, Box, Maker, laid, machine, tree_of
from lab.telling import concluded, fast_folder
from terminal.install import slots
from terminal.install.box import NotInstalled
from terminal.install.slots import MARK, NAMES, Slots, Wanted
from terminal.maintenance.update import bundle, settling, taking, unpack
from terminal.maintenance.update.settling import settled
from terminal.maintenance.update.taking import taken
from terminal.runtime import steps
from terminal.runtime.steps import reached

_MODULES: tuple[ModuleType, ...] = (bundle, settling, slots, taking, unpack)
_BOOT, _NEXT_BOOT = "boot-1", "boot-2"
_SIGKILL = 9
BEFORE, OLD, NEW = "0.9.0", "1.0.0", "2.0.0"
SCENES = ("well", "tight", "ill", "refused", "back")
"""A release that runs well, also where there is no room for three; one that does not; one that does not load;
and the way back to the one before."""
_KEPT = ("well", "ill", "refused")
"""In these what the other slot held is kept meanwhile."""


class Violated(Exception):
    """No version that works, or another than it should be."""


@dataclass
class Findings:
    kills: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    """So many of them were power cuts."""
    violation: str = ""


class Running(Box):
    """The terminal's unit is no child of who updates: what it runs is kept in files."""

    def __init__(self, found: Slots, *, ill: frozenset[str]) -> None:
        self._file = found.root.with_suffix(".running")
        super().__init__(found, ill=ill)
        if self._file.exists():
            name, restarts = self._file.read_text(encoding="utf-8").split()
            self.runs, self.restarts = name, int(restarts)

    def restart(self) -> None:
        super().restart()
        self._file.write_text(f"{self.runs} {self.restarts}", encoding="utf-8")


@dataclass
class Place:
    """One directory, of one kill."""

    root: Path
    file: Path
    """The bundle."""
    scene: str

    @property
    def slots(self) -> Slots:
        return Slots(self.root)

    @property
    def running(self) -> Running:
        return Running(self.slots, ill=frozenset([NEW]) if self.scene == "ill" else frozenset())

    @property
    def expected(self) -> str:
        return NEW if self.scene in {"well", "tight"} else OLD

    def work(self, boot: str) -> None:
        """As the command and its unit do it, from wherever it stands."""
        found = self.slots
        if found.wanted() is not None:
            settled(found, self.running, boot)
            found.go_on()
            return
        with _no_room(self.scene), suppress(NotInstalled), found.held(lambda _: None):
            if self.scene != "back":
                taken(found, self.file, HERE, self._made)
            elif (
                self.version(found.current) == OLD
            ):  # It was gone back to already, and killed before its end.
                return
            found.want(Wanted(slot=found.other, boot=boot))
            last = settled(found, self.running, boot)
            if last is None or not last.well:
                raise NotInstalled("it went back")

    def _made(self, _slot: Path) -> None:
        if self.scene == "refused":
            raise NotInstalled("it does not load")

    def version(self, name: str) -> str:
        made = self.slots.release_in(name)
        return made.version if made else ""

    def look(self, what: str, name: str) -> None:
        """That slot holds its release. Raises Violated."""
        version = self.version(name)
        if not version:
            raise Violated(f"{what} leads to slot {name}, which is not whole")
        if _files_in(self.slots.folder(name)) != tree_of(version):
            raise Violated(f"{what} leads to slot {name}, whose files are not those of {version}")

    def look_at_all(self) -> None:
        """Raises Violated."""
        try:
            current, steady = self.slots.current, self.slots.steady
        except Exception as fault:
            raise Violated(str(fault)) from fault
        for what, name in (("current", current), ("steady", steady), ("what runs", self.running.runs)):
            self.look(what, name)
        for name in NAMES:
            if self.version(name):
                self.look("the way back", name)
        if self.scene in _KEPT and self.version(steady) == OLD:
            self.look_at_way_back()

    def look_at_way_back(self) -> None:
        """Raises Violated: what the other slot held is neither there nor set aside for it."""
        name = self.slots.other if self.slots.current == self.slots.steady else self.slots.current
        aside = self.slots.aside_of(name)
        if (aside.version if aside else self.version(name)) != BEFORE:
            raise Violated(f"slot {name} does not hold {BEFORE} any more, and nothing keeps it for it")
        if aside is not None and _files_in(self.root / f"{name}.aside") != tree_of(BEFORE):
            raise Violated(f"what is set aside for slot {name} is not whole")

    def spoil(self, dice: random.Random) -> None:
        """What the disk may have lost: all that nobody waited for."""
        named = {self.slots.current, self.slots.steady}
        loose = [self.root / "incoming", *self.root.glob("*-new"), *self.root.glob("*/*-new")]
        for name in NAMES:
            if name not in named and self.slots.release_in(name) is None:
                loose += [path for path in self.slots.folder(name).rglob("*") if path.is_file()]
        for path in loose:
            if path.is_file() and not path.is_symlink() and dice.random() < 1 / 2:
                if dice.random() < 1 / 2:
                    path.unlink()
                else:
                    os.truncate(path, dice.randrange(path.stat().st_size + 1))

    def boot(self) -> None:
        """The machine starts. Raises Violated."""
        if (self.root / "wanted.json").exists():
            script = ROOT / "systemd" / "back-to-steady"
            subprocess.run([str(script), str(self.root)], check=True, stdout=subprocess.DEVNULL)
        self.root.with_suffix(".running").write_text(f"{self.slots.current} 0", encoding="utf-8")
        found = self.slots
        if found.tried:
            raise Violated("after a power cut something runs that did not prove well")
        if (cut := found.cut()) is not None and cut.slot == found.current:
            raise Violated("after a power cut what runs and proved well is said to be given up")
        self.look_at_all()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab updates")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args(arguments)
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="updates-", dir=fast_folder()))
    found = campaign(folder, wanted.times, wanted.seed, wanted.mutant)
    said = {
        "kills": found.kills.total(),
        "power_cuts": found.cuts,
        "at": dict(sorted(found.kills.items())),
    }
    return concluded(said, found.violation, wanted, folder=folder, seconds=time.monotonic() - begun)


def campaign(folder: Path, times: int, seed: int, mutant: str | None = None) -> Findings:
    """Each place in turn, in each scene in which it comes."""
    found = Findings()
    with _put_in(mutant):
        makers = Maker(folder / "maker")
        file = makers.bundle()
        places = [
            (scene, label, count)
            for scene in SCENES
            for label, count in _passed(_place(folder / f"dry-{scene}", makers, file, scene)).items()
        ]
        random.Random(seed).shuffle(places)
        for turn in range(times):
            scene, label, count = places[turn % len(places)]
            dice = random.Random(f"{seed}/{turn}")
            nth = dice.randint(1, count)
            found.kills[label] += 1
            place = _place(folder / f"kill-{turn}", makers, file, scene)
            try:
                found.cuts += _killed(place, label, nth, dice)
            except Violated as fault:
                found.violation = f"seed {seed}, kill {turn}, {scene} at {label}:{nth}: {fault}"
                return found
            shutil.rmtree(place.root)
    return found


def _files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARK
    }


@contextmanager
def _no_room(scene: str) -> Iterator[None]:
    """For three releases, in that scene alone."""
    kept = slots._ROOM_TIMES  # noqa: SLF001
    slots._ROOM_TIMES = 1 << 60 if scene == "tight" else kept  # noqa: SLF001
    try:
        yield
    finally:
        slots._ROOM_TIMES = kept  # noqa: SLF001


def _place(root: Path, maker: Maker, file: Path, scene: str) -> Place:
    """1.0.0 runs, 0.9.0 lies beside it; for the way back 2.0.0 runs, and 1.0.0 lies beside it."""
    laid(machine(root, maker), "b", BEFORE)
    place = Place(root, file, scene)
    root.with_suffix(".running").unlink(missing_ok=True)
    if scene == "back":
        Place(root, file, "well").work(_BOOT)
    return place


def _passed(place: Place) -> Counter[str]:
    """Every named place that this scene passes, and how often."""
    passed: Counter[str] = Counter()
    modules = (*_MODULES, sys.modules[__name__])
    kept = [module.__dict__["reached"] for module in modules]
    for module in modules:
        module.__dict__["reached"] = lambda label: passed.update([label])
    try:
        place.work(_BOOT)
    finally:
        for module, one in zip(modules, kept, strict=True):
            module.__dict__["reached"] = one
    if place.version(place.slots.current) != place.expected:
        raise RuntimeError(f"{place.scene} ends with {place.version(place.slots.current)}")
    return passed


def _killed(place: Place, label: str, nth: int, dice: random.Random) -> bool:
    """Whether it was a power cut. Raises Violated."""
    if (ended := _died(place, label, nth)) != _SIGKILL:
        raise Violated(f"it was not killed there: {ended}")
    place.look_at_all()
    cut = dice.random() < 1 / 2
    if cut:
        place.spoil(dice)
        place.look_at_all()
        place.boot()
    place.work(_NEXT_BOOT if cut else _BOOT)
    if place.version(place.slots.current) != place.expected:  # It had ended, or was given up: once more.
        place.work(_NEXT_BOOT if cut else _BOOT)
    place.look_at_all()
    found = place.slots
    ends = {"current": found.current, "steady": found.steady, "what runs": place.running.runs}
    for what, name in ends.items():
        if place.version(name) != place.expected:
            raise Violated(f"in the end {what} is {place.version(name)}, not {place.expected}")
    if found.wanted() is not None or (
        place.scene in {"ill", "refused"} and place.version(found.other) != BEFORE
    ):
        raise Violated("in the end a release that was given up may still be tried, or the one before is gone")
    if left := list(place.root.glob("*.aside")):
        raise Violated(f"in the end {left[0].name} takes room")
    return cut


def _died(place: Place, label: str, nth: int) -> int:
    """The signal that ended the process; 0: none did."""
    child = os.fork()
    if not child:
        code = 1
        try:
            steps._LABEL, steps._left = label, nth  # noqa: SLF001  as the environment would say
            place.work(_BOOT)
            code = 0
        finally:
            os._exit(code)  # Nothing of who forked us may be done twice.
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * -1


def _link_in_two_steps(self: Slots, name: str, slot: str) -> None:
    (self.root / name).unlink(missing_ok=True)
    reached("update.between")
    (self.root / name).symlink_to(slot)


def _clear_its_mark_last(self: Slots, name: str) -> None:
    folder = self.folder(name)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.name != MARK:
            path.rmdir() if path.is_dir() else path.unlink()
    reached("update.cleared")
    (folder / MARK).unlink(missing_ok=True)
    folder.mkdir(exist_ok=True)


def _clear_at_once(self: Slots, name: str, needed: int = 0) -> bool:
    del needed
    self.clear(name)
    return True


def _forget_first(self: Slots) -> None:
    steady = self.steady
    self.forget_wanted()
    self._link("current", steady)
    reached("update.back")


MUTANTS: dict[str, dict[str, Callable[..., Any] | property]] = {
    "link-in-two-steps": {"_link": _link_in_two_steps},
    "mark-last": {"clear": _clear_its_mark_last},
    "cleared-at-once": {"set_aside": _clear_at_once},
    "forgotten-before-back": {"go_back": _forget_first},
}
"""Faults that are put in, to see that they are found."""


@contextmanager
def _put_in(mutant: str | None) -> Iterator[None]:
    changes = MUTANTS[mutant] if mutant else {}
    kept = {name: Slots.__dict__[name] for name in changes}
    for name, change in changes.items():
        setattr(Slots, name, change)
    try:
        yield
    finally:
        for name, one in kept.items():
            setattr(Slots, name, one)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
