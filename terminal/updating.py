"""`terminal update`: another release from a bundle, how that stands, and back to the one before."""

from __future__ import annotations

import asyncio
import fcntl
import os
import platform
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terminal.checkup import from_outside
from terminal.config import load
from terminal.core.commands import ClockTrust
from terminal.core.errors import NoReleaseBefore, NoUpdateHere, TerminalFault, UpdateWentBack
from terminal.core.values import Value
from terminal.maintenance.facts import Facts
from terminal.maintenance.socket import Unanswered, asked
from terminal.maintenance.update.settling import settled
from terminal.maintenance.update.slots import NAMES, Last, Release, Slots, Wanted
from terminal.maintenance.update.trial import Seen
from terminal.runtime.clock import SystemClock, boot_id
from terminal.store.migrations import OURS

ROOT = Path("/opt/card-terminal")
WORDS = ("status", "back", "settle")
_UNIT = "terminal"
_SYSTEMCTL = "/usr/bin/systemctl"
_SETTLING = "terminal-update.service"
_ASK_S = 30.0
_SYSTEMCTL_S = 60.0
_SETTLE_S = 1_900.0
_PREPARE_S = 1_200.0
_LOST_AT_RESTART = {"overlay", "tmpfs", "ramfs"}
_GUARD = ("systemd/terminal-back.service", "systemd/back-to-steady")
_SCRIPT = """#!{python} -I
import sys

from terminal.__main__ import main

sys.exit(main())
"""


def run(config: Path, what: str, root: Path = ROOT) -> int:
    """`what`: a bundle, or one of `WORDS`. Exit 1: it was not done. Raises BadConfig."""
    slots = Slots(root)
    try:
        if what == "status":
            _say(*status(slots))
            return 0
        with _alone(root, what):
            return _done(config, what, slots)
    except TerminalFault as fault:
        sys.stderr.write(f"{fault.code} {fault}\n{fault.for_technician}\n")
    except OSError as fault:
        sys.stderr.write(f"{fault.filename or what}: {fault.strerror or fault}\n")
    return 1


def _done(config: Path, what: str, slots: Slots) -> int:
    if what == "settle":
        ended = settled(slots, Unit(load(config).file.terminal.socket, slots.root), boot_id())
        _say(_told(ended) if ended else "nothing is to be tried")
        return 0
    _check_place(slots.root)
    name_current(slots)
    slot = slots.other
    if what == "back":
        release = slots.release_in(slot)
        if release is None:
            raise NoReleaseBefore("the other slot holds no release that is whole")
        if slots.wanted() is not None:
            raise NoUpdateHere("a release is being tried: terminal update settle")
    else:
        release = _taken(config, Path(what), slots)
    _say(f"release {release.version} is whole in slot {slot}; it is tried now, which takes a minute or more")
    slots.want(Wanted(slot=slot, boot=boot_id()))
    return _tried(slots, release)


def _taken(config: Path, bundle: Path, slots: Slots) -> Release:
    from terminal.maintenance.update.taking import Here, taken  # noqa: PLC0415  the one that needs python-tuf

    settings, clock = load(config), SystemClock()
    try:
        facts = asked(settings.file.terminal.socket, "doctor", Facts, within_s=_ASK_S)
    except Unanswered:
        facts = asyncio.run(from_outside(settings))
    trusts = {clock.trust, facts.clock.trust}  # Only the running terminal knows what headquarters said.
    believed = trusts != {ClockTrust.UNKNOWN}
    if not believed:
        _say("the clock is not believed: the bundle is judged by the last time that was")
    here = Here(
        machine=platform.machine(),
        python=python_here(),
        schema=OURS.version,
        clock_ms=clock.wall_ms() if believed else None,
        ledger_ms=facts.ledger.believed_ms,
    )
    return taken(slots, bundle, here, prepare)


def _tried(slots: Slots, release: Release) -> int:
    """By systemd, so that nothing hangs on this console."""
    _systemctl("start", _SETTLING, within_s=_SETTLE_S)
    last = slots.last()
    if last is None or slots.wanted() is not None:
        raise NoUpdateHere(f"it was not tried to the end: journalctl -u {_SETTLING}")
    if not last.well:
        raise UpdateWentBack(f"release {release.version}: {last.why}")
    _say(_told(last))
    return 0


def name_current(slots: Slots) -> None:
    """Of what the installer laid, so that there is a way back to it."""
    current = slots.current
    if slots.release_in(current) is not None:
        return
    project = tomllib.loads((slots.folder(current) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    slots.complete(
        current,
        Release(
            version=project["version"],
            machine=platform.machine(),
            python=python_here(),
            schema=OURS.version,
            openable_from=OURS.version,
            unpacked=0,
            files=0,
        ),
    )


def status(slots: Slots) -> Iterator[str]:
    """How it stands, line by line. Raises NoUpdateHere."""
    current, steady = slots.current, slots.steady
    for name in NAMES:
        release = slots.release_in(name)
        uses = [word for word, slot in (("runs", current), ("proved well", steady)) if slot == name]
        what = f"release {release.version}, schema {release.schema}" if release else "nothing that is whole"
        yield f"slot {name}: {what}{'; ' if uses else ''}{', '.join(uses)}"
    if slots.wanted() is not None:
        yield f"slot {slots.other if current == steady else current} is being tried"
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


@contextmanager
def _alone(root: Path, what: str) -> Iterator[None]:
    """One at a time; whoever waits for the trial lets it have the place."""
    descriptor = os.open(
        root / ("settle.lock" if what == "settle" else "update.lock"), os.O_RDWR | os.O_CREAT, 0o600
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        raise NoUpdateHere("another update is at work") from fault
    else:
        yield
    finally:
        os.close(descriptor)


def _check_place(root: Path, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Raises NoUpdateHere: what is written there is gone after a restart."""
    inside = [
        (len(words[1]), words[2])
        for words in (line.split() for line in mounts.read_text(encoding="utf-8").splitlines())
        if root.is_relative_to(words[1])
    ]
    kind = max(inside)[1] if inside else ""
    if kind in _LOST_AT_RESTART:
        raise NoUpdateHere(
            f"{root} lies in memory ({kind}), and is as before after a restart: make the root writable first"
        )


def python_here() -> str:
    """Whose wheels this machine needs, such as `3.11`."""
    return "{}.{}".format(*sys.version_info[:2])


def prepare(slot: Path) -> None:
    """The environment of the release in that slot: Debian's interpreter and packages, and its own `site`.

    Raises NoUpdateHere: it cannot be made, the release does not even load, or no boot would go back from it.
    """
    for name in _GUARD:
        if not (slot / name).is_file():
            raise NoUpdateHere(f"the release has no {name}: after a power cut nothing would go back from it")
    python = slot / ".venv" / "bin" / "python"
    base = getattr(sys, "_base_executable", sys.executable)
    _must(base, "-I", "-m", "venv", "--without-pip", "--system-site-packages", str(slot / ".venv"))
    packages = slot / ".venv" / "lib" / f"python{python_here()}" / "site-packages"
    (packages / "release.pth").write_text(f"{slot / 'site'}\n{slot}\n", encoding="utf-8")
    script = slot / ".venv" / "bin" / "terminal"
    script.write_text(_SCRIPT.format(python=python), encoding="utf-8")
    script.chmod(0o755)
    # The service may not write there: what is not compiled now is compiled at each start.
    trees = [str(slot / name) for name in ("terminal", "hq", "site")]
    _must(str(python), "-I", "-m", "compileall", "-q", *trees)
    _must(str(python), "-I", "-c", "import terminal.app, terminal.updating")


def _must(*command: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=_PREPARE_S, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise NoUpdateHere(f"{command[0]}: did not end in time") from fault
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise NoUpdateHere(f"{' '.join(command[:4])}: {said[-1] if said else done.returncode}")


class _Ledger(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    fault: str = ""


class _Answer(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What both releases say of themselves, whatever else the newer one knows."""

    ledger: _Ledger


class Unit:
    """The terminal's unit, as systemd and its own socket tell of it: `settling.Machine`."""

    def __init__(self, socket: Path, root: Path) -> None:
        self._socket = socket
        self._root = root

    def restart(self) -> None:
        """Units are links into the slot that `current` leads to: they have just changed with it."""
        _systemctl("daemon-reload")
        _systemctl("reset-failed", _UNIT)
        _systemctl("restart", "--no-block", _UNIT)

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
