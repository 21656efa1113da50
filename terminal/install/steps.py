"""The order of an installation. Nothing that runs is touched until the link is changed; that can go back."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from terminal.install import environment, firewall, release, system
from terminal.install.answers import Answers, configuration, has_screen
from terminal.install.box import Box, NotInstalled
from terminal.install.data import DATA, ready
from terminal.install.slots import CURRENT, HOME, NAMES, Slots

CONFIG = system.CONFIG
PACKAGES = ("python3-venv", "python3-pyscard", "python3-evdev", "pcscd", "libccid", "kbd", "nftables")
SCREEN_PACKAGES = ("cage", "chromium", "fonts-noto-cjk")
PINS_PACKAGE = "python3-rpi-lgpio"
_UP_S = 10.0
"""A terminal that is still up after this, and was not started again meanwhile, runs."""
_FIRST = "terminal.service"
_ENDED = ("terminal-kiosk.service", "terminal-backup.timer", "terminal.service", "hq.service")


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
        self._slots = Slots(box)
        self._serves = serves or system.begins(box, system.HEADQUARTERS)

    def run(self) -> None:
        """All of it; what is done already is only said. Raises NotInstalled."""
        box = self._box
        if self._slots.tried:
            raise NotInstalled("an update is being tried: sudo terminal update status")
        new = not box.at(CONFIG).exists()
        answers = self._answered() if new else self._as_it_is()
        box.say("1. Debian's packages")
        self._packages(screen=answers.screen)
        box.say("2. This version, beside the one that runs")
        slot = self._made()
        path = self._slots.path(slot)
        box.say("3. Users, folders and the place for data")
        # What is named before is handed over first.
        box.do("/usr/bin/systemd-sysusers", f"{path}/systemd/card-terminal.sysusers")
        box.do("/usr/bin/systemd-tmpfiles", "--create", f"{path}/systemd/card-terminal.tmpfiles")
        ready(box, answers.data)
        box.say("4. Its configuration")
        self._configured(path, answers if new else None)
        box.say("5. Over to this version")
        self._over(slot, system.wanted(box, path, screen=answers.screen, serves=self._serves))

    def _as_it_is(self) -> Answers:
        """An installed box is asked nothing."""
        return Answers(screen=has_screen(self._box.at(CONFIG).read_text(encoding="utf-8", errors="replace")))

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
            if self._source == box.at(slots.path(name)).resolve():
                if not slots.is_whole(name):
                    raise NotInstalled(f"{slots.path(name)} is not whole: install from a checkout")
                box.say(f"   it is {slots.path(name)}")
                return name
        made_of = release.made_of(self._source)
        for name in (slots.current, slots.spare):
            if slots.made_of(name) == made_of:
                box.say(f"   stands whole in {slots.path(name)}")
                return name
        name = slots.spare
        box.say(f"   making {slots.path(name)}")
        slots.clear(name)
        release.copy(self._source, box.at(slots.path(name)))
        environment.make(box, slots.path(name))
        slots.seal(name, made_of)
        return name

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
        box, slots = self._box, self._slots
        before = slots.current
        slots.switch(slot)
        try:
            changed = system.put(box, units)
        except OSError:
            if before:
                slots.switch(before)
            raise
        if not box.runs:
            box.say("   it begins with the next start of this machine")
            return
        box.do("/usr/bin/systemctl", "daemon-reload")
        if not changed and self._runs_from(slot):
            box.say("   it runs already")
            return
        try:
            self._started(units)
        except NotInstalled as why:
            if before in {"", slot}:
                raise
            box.say(f"   it does not run: back to {slots.path(before)}")
            slots.switch(before)
            system.put(box, units)
            self._started(units)
            raise NotInstalled(f"the version before runs again: {why}") from None
        box.say("   it runs: sudo terminal doctor")

    def _started(self, units: dict[str, str]) -> None:
        """Raises NotInstalled when it does not stay up."""
        box = self._box
        box.do("/usr/bin/systemctl", "daemon-reload")
        for command in (
            ("/usr/bin/udevadm", "control", "--reload"),
            ("/usr/bin/udevadm", "trigger", "--subsystem-match=input", "--subsystem-match=usbmisc"),
            ("/usr/bin/systemctl", "try-restart", "systemd-journald.service"),
            ("/usr/bin/systemctl", "restart", "pcscd.socket"),
            ("/usr/bin/systemctl", "reload-or-restart", firewall.UNIT),
        ):
            code, said = box.try_to(*command)
            if code:
                box.say(f"   {' '.join(command)}: {said.strip() or code}")
        box.try_to("/usr/bin/systemctl", "reset-failed", *units)
        box.do("/usr/bin/systemctl", "restart", _FIRST)
        began = self._starts()
        self._wait(_UP_S)
        if not self._is_up() or self._starts() != began:
            raise NotInstalled("the terminal does not stay up: journalctl -u terminal")
        # A screen or a headquarters that does not begin does not cost the counter its terminal.
        for unit in units:
            if unit != _FIRST:
                code, said = box.try_to("/usr/bin/systemctl", "restart", unit)
                if code:
                    box.say(f"   {unit}: {said.strip()}")

    def _is_up(self) -> bool:
        return self._box.try_to("/usr/bin/systemctl", "is-active", "--quiet", _FIRST)[0] == 0

    def _runs_from(self, slot: str) -> bool:
        """Its first word is the interpreter of its slot; what was cut off before the start is seen so."""
        if not self._is_up():
            return False
        show = ("/usr/bin/systemctl", "show", "--property=MainPID", "--value", _FIRST)
        line = self._box.at(f"/proc/{self._box.do(*show).strip()}/cmdline")
        return line.is_file() and line.read_bytes().startswith(f"{self._slots.path(slot)}/".encode())

    def _starts(self) -> str:
        return self._box.try_to("/usr/bin/systemctl", "show", "--property=NRestarts", "--value", _FIRST)[1]


def uninstall(box: Box) -> None:
    """Program, units and rules go; configuration, keys, ledger and packages stay. Raises NotInstalled."""
    if box.runs:
        box.say("1. The terminal ends")
        # The screen that says why it does not run starts it again when it ends.
        box.try_to("/usr/bin/systemctl", "stop", "terminal-maintenance.service")
        box.try_to("/usr/bin/systemctl", "stop", *_ENDED)
    box.say("2. Units, rules and the command go")
    box.say(f"   {system.take_away(box)} links")
    box.say("3. The program goes")
    slots = Slots(box)
    for link in (CURRENT, f"{HOME}/steady"):
        box.at(link).unlink(missing_ok=True)
    for name in NAMES:
        slots.clear(name)
        box.at(slots.path(name)).rmdir()
    box.do("/usr/bin/find", str(box.at(HOME)), "-maxdepth", "0", "-empty", "-delete")
    if box.runs:
        box.do("/usr/bin/systemctl", "daemon-reload")
        box.try_to("/usr/bin/systemctl", "try-reload-or-restart", firewall.UNIT)
    box.say(f"Kept: {DATA} (the ledger and its keys), /etc/card-terminal, users, Debian's packages.")


def _installed(box: Box, package: str) -> bool:
    code, said = box.try_to("/usr/bin/dpkg-query", "-W", "-f", "${Status}", package)
    return code == 0 and said == "install ok installed"


def _is_pi(box: Box) -> bool:
    model = box.at("/proc/device-tree/model")
    return model.is_file() and "Raspberry Pi" in model.read_text(encoding="utf-8", errors="replace")
