"""`terminal update`: another release from a bundle, how that stands, and back to the one before."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from terminal.checkup import from_outside
from terminal.config import load
from terminal.core.commands import ClockTrust
from terminal.core.errors import BundleRefused, NoReleaseBefore, NoUpdateHere, TerminalFault, UpdateWentBack
from terminal.core.values import Value
from terminal.install.box import Box, NotInstalled
from terminal.install.environment import check, make, python_here
from terminal.install.lasting import LAID, lost
from terminal.install.over import lays_itself, no_headquarters, peopled, tried, units_of, without_trial
from terminal.install.slots import HOME, NAMES, Last, Release, Slots, alone, no_way
from terminal.maintenance.facts import Facts
from terminal.maintenance.socket import TECHNICIAN, Unanswered, asked
from terminal.maintenance.update.settling import settled
from terminal.maintenance.update.trial import Seen
from terminal.runtime.clock import boot_id
from terminal.store.migrations import OURS

ROOT = Path(HOME)
WORDS = ("status", "back", "settle")
_UNIT = "terminal"
_SYSTEMCTL = "/usr/bin/systemctl"
_ASK_S = 30.0
_SYSTEMCTL_S = 60.0
_LOOK_S = 10.0
_LOOKS_MAX = 90
"""A quarter of an hour: whoever began it waits at the console."""


def run(config: Path, what: str, root: Path = ROOT, box: Box | None = None) -> int:
    """`what`: a bundle, or one of `WORDS`. Exit 1: it was not done. Raises BadConfig."""
    slots, box = Slots(root), Box() if box is None else box
    try:
        if what == "status":
            _say(*status(slots))
            return 0
        # Whoever waits for the trial lets it have the place.
        with alone(root, "settle.lock" if what == "settle" else "update.lock"):
            return _done(config, what, slots, box)
    except NotInstalled as why:
        return _failed(NoUpdateHere(str(why)))
    except TerminalFault as fault:
        return _failed(fault)
    except OSError as fault:
        sys.stderr.write(f"{fault.filename or what}: {fault.strerror or fault}\n")
    return 1


def _failed(fault: TerminalFault) -> int:
    sys.stderr.write(f"{fault.code} {fault}\n{fault.for_technician}\n")
    return 1


def _done(config: Path, what: str, slots: Slots, box: Box) -> int:
    if what == "settle":
        ended = settled(slots, Unit(load(config).file.terminal.socket, slots.root, box), boot_id())
        with suppress(NotInstalled), alone(slots.root):  # Whoever waits for the trial does it.
            slots.go_on()
        _say(_told(ended) if ended else "nothing is to be tried")
        return 0
    if why := lost(box, LAID):
        raise NoUpdateHere(why)
    if slots.wanted() is not None:
        raise NoUpdateHere("a release is being tried: terminal update settle, or start the machine anew")
    slots.current  # noqa: B018  raises where nobody laid it so
    slot = slots.other
    with slots.held(lambda name: _say(f"slot {name} holds what it held before")):
        if what == "back":
            release = slots.release_in(slot)
            if release is None:
                raise NoReleaseBefore("the other slot holds no release that is whole")
            _check_way(release, slots)
            if why := no_headquarters(box, slots, slot):
                raise NoReleaseBefore(f"release {release.version}: {why}")
        else:
            os.umask(0o022)  # What runs there is not root.
            release = _taken(config, Path(what), slots, box)
        return _over(config, slots, slot, release, box)


def _check_way(before: Release, slots: Slots) -> None:
    """Raises NoReleaseBefore: it does not run here any more, or one could not open the other's ledger."""
    if before.python != (here := python_here()):
        why = f"it is for Python {before.python}, and this machine has Python {here}"
        raise NoReleaseBefore(f"release {before.version}: {why}")
    runs = slots.release_in(slots.current)
    if runs is not None and (why := no_way(before, runs.schema, runs.openable_from)):
        raise NoReleaseBefore(f"release {before.version}: {why}")


def _over(config: Path, slots: Slots, slot: str, release: Release, box: Box) -> int:
    path = f"{HOME}/{slot}"
    peopled(box, path)
    if not box.runs:
        without_trial(box, slots, slot, units_of(box, path))
        _say(f"release {release.version} in slot {slot} begins with the next start of this machine")
        return 0
    _rested(load(config).file.terminal.socket)
    _say(f"release {release.version} is whole in slot {slot}; it is tried now, which takes a minute or more")
    last = tried(box, slots, slot)
    if not last.well:
        raise UpdateWentBack(f"release {release.version}: {last.why}")
    _say(_told(last))
    return 0


def _rested(socket: Path) -> None:
    """Until nobody is served, which a trial would interrupt. Raises NoUpdateHere: somebody still is.

    One that does not answer serves nobody, and may be what is to be mended.
    """
    for look in range(_LOOKS_MAX):
        try:
            served = asked(socket, TECHNICIAN, _Served, "", "served", within_s=_ASK_S).lines
        except Unanswered:
            return
        if not served:
            return
        if not look:
            _say(f"it waits: {served[0]}")
        time.sleep(_LOOK_S)
    raise NoUpdateHere(f"waited for {_LOOKS_MAX * _LOOK_S / 60:.0f} minutes: {served[0]}")


def _taken(config: Path, bundle: Path, slots: Slots, box: Box) -> Release:
    from terminal.maintenance.update.taking import Here, taken  # noqa: PLC0415  the one that needs python-tuf

    settings = load(config)
    try:
        facts = asked(settings.file.terminal.socket, "doctor", Facts, within_s=_ASK_S)
    except Unanswered:
        facts = asyncio.run(from_outside(settings))
    clock_ms, sure_ms = _times(facts, slots.release_in(slots.current))
    if clock_ms is None:
        _say("the clock is not believed: the bundle is judged by the last time that was")
    elif sure_ms is not None and clock_ms < sure_ms:
        _say("the clock is behind what is surely past: the bundle is judged by that")
    here = Here(
        machine=platform.machine(),
        python=python_here(),
        schema=OURS.version,
        openable_from=max(OURS.openable_from, facts.ledger.openable_from or 0),
        clock_ms=clock_ms,
        ledger_ms=facts.ledger.believed_ms,
        sure_ms=sure_ms,
    )

    def made(slot: Path) -> None:
        if why := no_headquarters(box, slots, slot.name):
            raise BundleRefused(why)
        prepare(box, config, slot)

    return taken(slots, bundle, here, made, say=_say)


def _times(facts: Facts, runs: Release | None) -> tuple[int | None, int | None]:
    """What the clock says where it is believed, and what is past for sure, both Unix in milliseconds.

    The clock is the terminal's: it alone knows what headquarters said of the machine's, and by how much that
    sets it right. As long as headquarters vouches for it nothing else is needed.
    """
    clock = facts.clock
    if clock.trust is ClockTrust.HEADQUARTERS:
        return clock.wall_ms, None
    made_ms = runs.made_s * 1000 if runs is not None else 0
    sure_ms = max(made_ms, facts.ledger.signed_ms or 0)
    return clock.wall_ms if clock.trust is ClockTrust.NETWORK else None, sure_ms


def prepare(box: Box, config: Path, slot: Path) -> None:
    """Its environment, as an installation makes it.

    Raises NotInstalled: it does not load, cannot use this configuration, or no boot would go back from it.
    """
    make(box, str(slot))
    check(box, str(slot), str(config.absolute()))


def status(slots: Slots) -> Iterator[str]:
    """How it stands, line by line. Raises NoUpdateHere."""
    current, steady = slots.current, slots.steady
    for name in NAMES:
        release = slots.release_in(name)
        uses = [word for word, slot in (("runs", current), ("proved well", steady)) if slot == name]
        what = f"release {release.version}, schema {release.schema}" if release else "nothing that is whole"
        yield f"slot {name}: {what}{'; ' if uses else ''}{', '.join(uses)}"
        if (aside := slots.aside_of(name)) is not None and name not in {current, steady}:
            yield f"slot {name} held release {aside.version}, and holds it again unless another proves well"
    if wanted := slots.wanted():
        kept = wanted.slot == current == steady
        yield f"slot {wanted.slot} {'proved well; the others follow it' if kept else 'is being tried'}"
    if cut := slots.cut():
        yield f"the machine was started anew while slot {cut.slot} was being tried; it was given up"
    if last := slots.last():
        yield _told(last)


def _told(last: Last) -> str:
    if last.well:
        return f"release {last.version} proved well"
    return f"release {last.version} was given up: {last.why}"


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Served(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """See `Technician`; one that is older says only that it does not know."""

    lines: tuple[str, ...] = ()


class _Ledger(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    fault: str = ""


class _Answer(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What both releases say of themselves, whatever else the newer one knows."""

    ledger: _Ledger


class Unit:
    """The terminal's unit, as systemd and its own socket tell of it: `settling.Machine`."""

    def __init__(self, socket: Path, root: Path, box: Box) -> None:
        self._socket, self._root, self._box = socket, root, box
        self._unlaid = ""

    def restart(self) -> None:
        """Units are links into the slot that `current` leads to: they have just changed with it."""
        self._unlaid = self._laid("tried")
        _systemctl("daemon-reload")
        _systemctl("reset-failed", _UNIT)
        _systemctl("restart", "--no-block", _UNIT)

    def follow(self) -> None:
        """It proved well: what goes wrong here is said, and is no reason to go back."""
        self._laid("kept")

    def _laid(self, when: str) -> str:
        wrong = lays_itself(self._box, when)
        if wrong:
            sys.stderr.write(f"units and rules: {wrong}\n")
        return wrong

    def seen(self) -> Seen:
        told = dict(
            line.split("=", 1)
            for line in _systemctl(
                "show", _UNIT, "--property=ActiveState,MainPID,WatchdogTimestampMonotonic"
            ).splitlines()
            if "=" in line
        )
        pid, active = int(told.get("MainPID") or 0), told.get("ActiveState") == "active"
        return Seen(
            active=active,
            failed=told.get("ActiveState") == "failed",
            slot=slot_of(self._root, Path(f"/proc/{pid}/cmdline")) if pid else "",
            pid=pid,
            fed_us=int(told.get("WatchdogTimestampMonotonic") or 0),
            ledger=self._ledger() if active else None,
            unlaid=self._unlaid,
        )

    def _ledger(self) -> str | None:
        try:
            return asked(self._socket, "doctor", _Answer, within_s=_ASK_S).ledger.fault
        except Unanswered:
            return None

    def mono_s(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def slot_of(root: Path, cmdline: Path) -> str:
    """From which slot a process runs: its interpreter is that slot's own. Empty: from none."""
    try:
        program = Path(cmdline.read_bytes().split(b"\0")[0].decode(errors="replace"))
    except OSError:
        return ""
    for name in NAMES:
        if program.is_relative_to(root / name):
            return name
    return ""


def _systemctl(*words: str, within_s: float = _SYSTEMCTL_S) -> str:
    done = subprocess.run(
        [_SYSTEMCTL, *words],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        timeout=within_s,
        check=False,
    )
    return done.stdout
