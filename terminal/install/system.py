"""What lies outside the slots: links into the one that runs, so that one rename changes units and program.

Only Debian's own files and what a person wrote are real files; the rest is links to `current/systemd/...`.
"""

from __future__ import annotations

import re
from pathlib import Path

from terminal.install import firewall
from terminal.install.box import Box
from terminal.install.slots import CURRENT, HOME

CONFIG = "/etc/card-terminal/terminal.toml"
UNITS = "/etc/systemd/system"
SCREEN, HEADQUARTERS = "terminal-kiosk.service", "hq.service"
_SERVED = "/etc/card-terminal/headquarters-again"
_SERVED_SAYS = (
    f"{HEADQUARTERS} began with this machine when the program was taken away. The next installation lets it"
    " begin again, and takes this file away.\n"
)
COMMAND = "/usr/local/bin/terminal"
_WANTED_BY = re.compile(r"^WantedBy=(\S+)$", re.MULTILINE)
_OURS = (".service", ".timer")
_PLACES = {
    "card-terminal.sysusers": "/etc/sysusers.d/card-terminal.conf",
    "card-terminal.tmpfiles": "/etc/tmpfiles.d/card-terminal.conf",
    "card-terminal.rules": "/etc/polkit-1/rules.d/50-card-terminal.rules",
    "61-card-terminal.udev": "/etc/udev/rules.d/61-card-terminal.rules",
    "journald-card-terminal.conf": "/etc/systemd/journald.conf.d/card-terminal.conf",
    "watchdog-card-terminal.conf": "/etc/systemd/system.conf.d/card-terminal.conf",
    "pcscd.socket.d/card-terminal.conf": f"{UNITS}/pcscd.socket.d/card-terminal.conf",
    "pcscd.service.d/card-terminal.conf": f"{UNITS}/pcscd.service.d/card-terminal.conf",
}
_SEARCHED = (
    "/etc/systemd/system", "/etc/systemd/journald.conf.d", "/etc/systemd/system.conf.d", "/etc/sysusers.d",
    "/etc/tmpfiles.d", "/etc/polkit-1/rules.d", "/etc/udev/rules.d", "/usr/local/bin",
)  # fmt: skip
_PINS = (f"{UNITS}/terminal.service.d/gpio.conf", "[Service]\nSupplementaryGroups=gpio\n")


def wanted(box: Box, slot: str, *, screen: bool, serves: bool) -> dict[str, str]:
    """Units of that slot that begin with the machine, and with what: as their [Install] says."""
    left_out = {name for name, asked_for in ((SCREEN, screen), (HEADQUARTERS, serves)) if not asked_for}
    found = {}
    for unit in sorted(box.at(f"{slot}/systemd").iterdir()):
        if unit.suffix in _OURS and unit.name not in left_out:
            target = _WANTED_BY.search(unit.read_text(encoding="utf-8"))
            if target is not None:
                found[unit.name] = target[1]
    return found


def begins(box: Box, unit: str) -> bool:
    """That service begins with the machine."""
    return box.at(f"{UNITS}/multi-user.target.wants/{unit}").is_symlink()


def serves(box: Box) -> bool:
    """This machine is headquarters, or was when the program was taken away."""
    return begins(box, HEADQUARTERS) or box.at(_SERVED).exists()


def remember(box: Box) -> None:
    """What no configuration says, before the links that say it are taken away."""
    if begins(box, HEADQUARTERS):
        box.write(_SERVED, _SERVED_SAYS)


def forget(box: Box) -> None:
    """It is so again, and from now on the links say it."""
    box.at(_SERVED).unlink(missing_ok=True)


def put(box: Box, units: dict[str, str], *, tried: bool = False) -> int:
    """Every link that the version that runs needs, and none of one before. Gives how many were changed.

    While it is `tried`, and may yet be gone back from, what only the one before has stays.
    """
    changed = 0
    folder = box.at(f"{CURRENT}/systemd")
    for unit in sorted(one.name for one in folder.iterdir() if one.suffix in _OURS):
        changed += box.link(f"{UNITS}/{unit}", f"{CURRENT}/systemd/{unit}")
    for name, place in _PLACES.items():
        changed += box.link(place, f"{CURRENT}/systemd/{name}")
    # Not `systemctl enable`: it would follow the link, and name the slot.
    for unit, target in units.items():
        changed += box.link(f"{UNITS}/{target}.wants/{unit}", f"{UNITS}/{unit}")
    changed += box.link(COMMAND, f"{CURRENT}/.venv/bin/terminal")
    if _group(box, "gpio"):
        changed += box.write(*_PINS)
    config = box.at(CONFIG).read_text(encoding="utf-8", errors="replace")
    changed += firewall.put(box, config, screen=SCREEN in units, tried=tried)
    lost = [] if tried else [link for link in ours(box) if _leads_nowhere(box, link)]
    for link in lost:
        link.unlink()
    return changed + len(lost)


def take_away(box: Box) -> int:
    """Every link of ours, and what was added to others' files. Gives how many."""
    links = ours(box)
    for link in links:
        link.unlink()
    pins = box.at(_PINS[0])
    pins.unlink(missing_ok=True)
    firewall.take_away(box)
    return len(links)


def ours(box: Box) -> list[Path]:
    """Links that let a unit of ours begin, then those that lead into a slot.

    Taken away in this order none stays behind, whenever that is cut off: the first are known by the others.
    """
    found = [link for folder in _SEARCHED for link in sorted(box.at(folder).rglob("*"))]
    links = [link for link in found if link.is_symlink() and _is_ours(box, str(link.readlink()))]
    return sorted(links, key=lambda link: str(link.readlink()).startswith(f"{HOME}/"))


def _is_ours(box: Box, target: str) -> bool:
    if target.startswith(f"{HOME}/"):
        return True
    behind = box.at(target)
    return (
        target.startswith(f"{UNITS}/")
        and behind.is_symlink()
        and str(behind.readlink()).startswith(f"{HOME}/")
    )


def _leads_nowhere(box: Box, link: Path) -> bool:
    """Of a link of ours: what it leads to is not in the version that runs."""
    target = str(link.readlink())
    if target.startswith(f"{UNITS}/"):
        target = str(box.at(target).readlink())
    return not box.at(target).exists()


def _group(box: Box, name: str) -> bool:
    groups = box.at("/etc/group")
    return groups.is_file() and any(
        line.startswith(f"{name}:") for line in groups.read_text(encoding="utf-8").splitlines()
    )
