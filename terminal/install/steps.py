"""The order of an installation. Nothing that runs is touched until the link is changed; that can go back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from terminal.install import environment, firewall, over, release, system
from terminal.install.answers import Answers, configuration
from terminal.install.box import Box, NotInstalled
from terminal.install.data import DATA, ready
from terminal.install.lasting import INSTALLED, LAID, lost
from terminal.install.memory import TOO_LITTLE, bears_browser
from terminal.install.slots import HOME, NAMES, STATE, Release, Slots, no_way

CONFIG = system.CONFIG
PACKAGES = ("python3-venv", "python3-pyscard", "python3-evdev", "pcscd", "libccid", "kbd", "nftables")
SCREEN_PACKAGES = ("cage", "chromium", "fonts-noto-cjk")
PINS_PACKAGE = "python3-rpi-lgpio"
_UP_S = 10.0
"""A terminal that is still up after this, and was not started again meanwhile, runs."""
_ENDED = ("terminal-kiosk.service", "terminal-backup.timer", "terminal.service", "hq.service", firewall.UNIT)


class Installation:
    """Of one version on one box.

    Args:
        source: the checkout, or a slot.
        answered: asks what must be known; called only where there is no configuration yet.
        serves: this machine is headquarters, too.
    """

    def __init__(
        self,
        box: Box,
        source: Path,
        answered: Callable[[], Answers],
        *,
        serves: bool = False,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._box, self._source, self._answered, self._wait = box, source, answered, wait
        self._slots = Slots(box.at(HOME))
        self._serves = serves or system.serves(box)

    def run(self) -> None:
        """All of it; what is done already is only said. Raises NotInstalled."""
        _check_place(self._box, INSTALLED)
        _check_settled(self._slots)
        with self._slots.held(lambda slot: self._box.say(f"   {HOME}/{slot} holds what it held before")):
            self._run()

    def _run(self) -> None:
        box = self._box
        new = not box.at(CONFIG).exists()
        answers = self._answered() if new else self._as_it_is()
        if new and answers.screen and not bears_browser(box):
            raise NotInstalled(f"screen: {TOO_LITTLE}")
        box.say("1. Debian's packages")
        self._packages(screen=answers.screen)
        box.say("2. This version, beside the one that runs")
        slot = self._made()
        path = f"{HOME}/{slot}"
        box.say("3. Users, folders and the place for data")
        # What is named before is handed over first.
        over.peopled(box, path)
        ready(box, answers.data)
        box.say("4. Its configuration")
        self._configured(path, answers if new else None)
        box.say("5. Over to this version")
        self._over(slot, system.wanted(box, path, screen=answers.screen, serves=self._serves))
        system.forget(box)

    def _as_it_is(self) -> Answers:
        """An installed box is asked nothing."""
        return Answers(screen=over.screen(self._box))

    def _packages(self, *, screen: bool) -> None:
        box = self._box
        needed = [*PACKAGES, *(SCREEN_PACKAGES if screen else ())]
        if _is_pi(box):
            needed.append(PINS_PACKAGE)
        missing = [one for one in needed if not _installed(box, one)]
        if not missing:
            box.say("   are here")
            return
        box.say(f"   {' '.join(missing)}")
        box.do("/usr/bin/apt-get", "update", "-qq")
        if PINS_PACKAGE in missing and box.try_to("/usr/bin/apt-cache", "show", PINS_PACKAGE)[0]:
            missing.remove(PINS_PACKAGE)
            box.say(f"   {PINS_PACKAGE} is not known here: lamps, buzzer and drawer on pins cannot be driven")
        box.do("/usr/bin/apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)

    def _made(self) -> str:
        """The slot that holds this version, whole."""
        box, slots = self._box, self._slots
        for name in NAMES:
            if self._source == slots.folder(name).resolve():
                found = slots.release_in(name)
                if found is None:
                    raise NotInstalled(f"{HOME}/{name} is not whole: install from a checkout")
                if found.python != environment.python_here():
                    raise NotInstalled(f"{HOME}/{name} is for Python {found.python}: install from a checkout")
                self._check_way(found, name)
                box.say(f"   it is {HOME}/{name}")
                return name
        made_of = release.made_of(self._source)
        for name in (slots.runs, slots.other):
            found = slots.release_in(name) if name else None
            if found is not None and found.made_of == made_of:
                self._check_way(found, name)
                box.say(f"   stands whole in {HOME}/{name}")
                return name
        name = slots.other
        box.say(f"   making {HOME}/{name}")
        if not slots.set_aside(name):
            box.say(f"   no room to keep what {HOME}/{name} held meanwhile")
        release.copy(self._source, slots.folder(name))
        environment.make(box, f"{HOME}/{name}")
        release_ = environment.named(box, f"{HOME}/{name}", made_of)
        self._check_way(release_, name)  # Before it is whole: nobody goes to it then.
        slots.complete(name, release_)
        return name

    def _check_way(self, new: Release, name: str) -> None:
        """As an update does, of what lies in that slot. Raises NotInstalled."""
        runs = self._slots.release_in(self._slots.runs) if self._slots.runs else None
        why = no_way(new, runs.schema, runs.openable_from) if runs is not None else ""
        if why := why or over.no_headquarters(self._box, self._slots, name):
            raise NotInstalled(f"version {new.version}: {why}")

    def _configured(self, path: str, answers: Answers | None) -> None:
        """Tried by this version before anything is changed; a new one is written only when it can be used."""
        box = self._box
        if answers is None:
            environment.check(box, path, CONFIG)
            box.say(f"   {CONFIG} stays as it is")
            return
        tried = f"{CONFIG}.new"
        try:
            box.write(tried, configuration(answers), 0o640)
            environment.check(box, path, tried)
            box.do("/usr/bin/chgrp", "card-terminal", str(box.at(tried)))
            box.at(tried).replace(box.at(CONFIG))
        finally:
            box.at(tried).unlink(missing_ok=True)
        box.say(f"   wrote {CONFIG}")

    def _over(self, slot: str, units: dict[str, str]) -> None:
        box, before = self._box, self._slots.runs
        if not box.runs:
            over.without_trial(box, self._slots, slot, units)
            box.say("   it begins with the next start of this machine")
        elif before in {"", slot} or self._is_of_another_python(before):
            self._began(slot, units)
        else:
            box.say("   it is tried, which takes a minute or more")
            last = over.tried(box, self._slots, slot)
            if not last.well:
                raise NotInstalled(f"the version before runs again: {last.why}")
            if system.put(box, units):  # What was asked for here alone, as headquarters is.
                box.do("/usr/bin/systemctl", "daemon-reload")
                over.begun(box, units)
            box.say("   it runs: sudo terminal doctor")

    def _is_of_another_python(self, before: str) -> bool:
        """As after Debian itself was upgraded: what lies there runs no more, and so tries no other."""
        there, here = self._slots.release_in(before), environment.python_here()
        if there is None or there.python == here:
            return False
        gone = f"Python {there.python}, which this machine has no more"
        self._box.say(f"   {HOME}/{before} is for {gone}: no way back to it")
        return True

    def _began(self, slot: str, units: dict[str, str]) -> None:
        """Where there is nothing to go back to. Raises NotInstalled when it does not stay up."""
        box = self._box
        changed = over.without_trial(box, self._slots, slot, units)
        box.do("/usr/bin/systemctl", "daemon-reload")
        if not changed and self._runs_from(slot):
            box.say("   it runs already")
            return
        over.reloaded(box)
        box.try_to("/usr/bin/systemctl", "reset-failed", *units)
        box.do("/usr/bin/systemctl", "restart", over.FIRST)
        began = self._starts()
        self._wait(_UP_S)
        if not self._is_up() or self._starts() != began:
            raise NotInstalled("the terminal does not stay up: journalctl -u terminal")
        over.begun(box, units)
        box.say("   it runs: sudo terminal doctor")

    def _is_up(self) -> bool:
        return self._box.try_to("/usr/bin/systemctl", "is-active", "--quiet", over.FIRST)[0] == 0

    def _runs_from(self, slot: str) -> bool:
        """Its first word is the interpreter of its slot; what was cut off before the start is seen so."""
        if not self._is_up():
            return False
        show = ("/usr/bin/systemctl", "show", "--property=MainPID", "--value", over.FIRST)
        line = self._box.at(f"/proc/{self._box.do(*show).strip()}/cmdline")
        return line.is_file() and line.read_bytes().startswith(f"{HOME}/{slot}/".encode())

    def _starts(self) -> str:
        show = ("/usr/bin/systemctl", "show", "--property=NRestarts", "--value", over.FIRST)
        return self._box.try_to(*show)[1]


def uninstall(box: Box) -> None:
    """Program, units and rules go; configuration, keys, ledger and packages stay. Raises NotInstalled."""
    _check_place(box, LAID)
    slots = Slots(box.at(HOME))
    _check_settled(slots)
    if box.runs:
        box.say("1. The terminal ends")
        # The screen that says why it does not run starts it again when it ends.
        box.try_to("/usr/bin/systemctl", "stop", "terminal-maintenance.service")
        box.try_to("/usr/bin/systemctl", "stop", *_ENDED)
    box.say("2. Units, rules and the command go")
    system.remember(box)
    box.say(f"   {system.take_away(box)} links")
    box.say("3. The program goes")
    for name in STATE:
        (slots.root / name).unlink(missing_ok=True)
    slots.drop_aside()
    for name in NAMES:
        if slots.folder(name).is_dir():
            slots.clear(name)
            slots.folder(name).rmdir()
    if slots.root.is_dir() and not any(slots.root.iterdir()):
        slots.root.rmdir()
    if box.runs:
        box.do("/usr/bin/systemctl", "daemon-reload")
    box.say(f"Kept: {DATA} (the ledger and its keys), /etc/card-terminal, users, Debian's packages.")
    if system.serves(box):
        box.say(f"Kept: {DATA}-hq (headquarters' database and keys). An installation lets it begin again.")


def _check_place(box: Box, folders: Iterable[str]) -> None:
    """A root that is only being made may lie anywhere. Raises NotInstalled."""
    if box.runs and (why := lost(box, folders)):
        raise NotInstalled(why)


def _check_settled(slots: Slots) -> None:
    """A trial goes on by its unit, whoever began it and left: it needs both slots. Raises NotInstalled."""
    if slots.wanted() is not None:
        raise NotInstalled("an update is being tried: sudo terminal update status")


def _installed(box: Box, package: str) -> bool:
    code, said = box.try_to("/usr/bin/dpkg-query", "-W", "-f", "${Status}", package)
    return code == 0 and said == "install ok installed"


def _is_pi(box: Box) -> bool:
    model = box.at("/proc/device-tree/model")
    return model.is_file() and "Raspberry Pi" in model.read_text(encoding="utf-8", errors="replace")
