"""From one version to another, for an installation and an update alike: laid by itself, tried by a unit."""

from __future__ import annotations

from terminal.install import firewall, system
from terminal.install.answers import has_screen
from terminal.install.box import Box, NotInstalled
from terminal.install.environment import python
from terminal.install.slots import CURRENT, Last, Slots, Wanted

FIRST = "terminal.service"
TRYING = "terminal-update.service"
_NOT_AGAIN = {FIRST, "terminal-back.service", firewall.UNIT}
_LAY = ("-I", "-B", "-m", "terminal.install", "--lay")
_STARTS = 3
_BOOT = "/proc/sys/kernel/random/boot_id"


def peopled(box: Box, slot: str) -> None:
    """Users, groups and folders that this version needs. Raises NotInstalled."""
    box.do("/usr/bin/systemd-sysusers", f"{slot}/systemd/card-terminal.sysusers")
    box.do("/usr/bin/systemd-tmpfiles", "--create", f"{slot}/systemd/card-terminal.tmpfiles")


def screen(box: Box) -> bool:
    """A screen is joined to this machine, as its configuration says."""
    file = box.at(system.CONFIG)
    return file.is_file() and has_screen(file.read_text(encoding="utf-8", errors="replace"))


def units_of(box: Box, slot: str) -> dict[str, str]:
    """Those of that slot that begin with this machine, as it is."""
    return system.wanted(box, slot, screen=screen(box), serves=system.begins(box, system.HEADQUARTERS))


def no_headquarters(box: Box, slots: Slots, slot: str) -> str:
    """See `Slots.no_headquarters`; empty, too, where this machine is none."""
    return slots.no_headquarters(slot) if system.begins(box, system.HEADQUARTERS) else ""


def without_trial(box: Box, slots: Slots, slot: str, units: dict[str, str]) -> int:
    """From the next start on that slot runs. Gives how many links were changed."""
    before = slots.runs
    slots.switch(slot)
    try:
        return system.put(box, units)
    except OSError:
        if before:
            slots.switch(before)
        raise


def tried(box: Box, slots: Slots, slot: str) -> Last:
    """How it ended: by a unit, so that nothing hangs on this console. Raises NotInstalled: it did not."""
    slots.want(Wanted(slot=slot, boot=box.at(_BOOT).read_text(encoding="ascii").strip()))
    said = ""
    for _ in range(_STARTS):  # Killed, it goes on where it was; so does whoever waits for it.
        _, said = box.try_to("/usr/bin/systemctl", "start", TRYING)
        if slots.wanted() is None and (last := slots.last()) is not None:
            return last
    if slots.tried:
        raise NotInstalled(f"it was not tried to the end: journalctl -u {TRYING}")
    box.try_to("/usr/bin/systemctl", "stop", TRYING)
    slots.forget_wanted()
    raise NotInstalled(f"nothing tries it here: {said.strip()}")


def lays_itself(box: Box, when: str) -> str:
    """The version that `current` leads to knows best what it needs in /etc: `laid` by its own program.

    `when`: `tried` or `kept`. Gives what is wrong; empty: nothing.
    """
    code, said = box.try_to(python(CURRENT), *_LAY, when)
    return "" if not code else said.strip() or f"ended with {code}"


def laid(box: Box, slots: Slots, when: str) -> None:
    """Links, and what reads them. Raises OSError."""
    units = units_of(box, CURRENT)
    changed = system.put(box, units, tried=slots.tried)
    if when == "tried":
        reloaded(box)
        return
    if changed:
        box.try_to("/usr/bin/systemctl", "daemon-reload")
    begun(box, units)


def reloaded(box: Box) -> None:
    """All that reads what links lead to reads it anew; what does not is said."""
    for command in (
        ("/usr/bin/systemctl", "daemon-reload"),
        ("/usr/bin/udevadm", "control", "--reload"),
        ("/usr/bin/udevadm", "trigger", "--subsystem-match=input", "--subsystem-match=usbmisc"),
        ("/usr/bin/systemctl", "try-restart", "systemd-journald.service"),
        ("/usr/bin/systemctl", "restart", "pcscd.socket"),
        ("/usr/bin/systemctl", "reload-or-restart", firewall.UNIT),
    ):
        code, said = box.try_to(*command)
        if code:
            box.say(f"   {' '.join(command)}: {said.strip() or code}")


def begun(box: Box, units: dict[str, str]) -> None:
    """The others; a screen or a headquarters that does not begin does not cost the counter its terminal."""
    for unit in units:
        if unit not in _NOT_AGAIN:
            code, said = box.try_to("/usr/bin/systemctl", "restart", unit)
            if code:
                box.say(f"   {unit}: {said.strip()}")
