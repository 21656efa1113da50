"""Where the ledger lies: a partition of its own, or a folder. What holds something is never formatted."""

from __future__ import annotations

from terminal.install.box import Box, NotInstalled

DATA = "/var/lib/card-terminal"
LABEL = "terminal"
_FSTAB = "/etc/fstab"
_BEFORE = (
    "noatime,nodev,nosuid,noexec,data=ordered,barrier=1,commit=5,errors=remount-ro"
    ",x-systemd.before=terminal.service"
)
OPTIONS = f"{_BEFORE},nofail"
"""`nofail`: one that cannot be mounted costs the terminal, not the network, the logins and the console."""
_NOTHING = 2
"""blkid: no file system is known there, and nothing else."""
MADE_WITH = ("-q", "-L", LABEL, "-m", "1", "-E", "lazy_itable_init=0,lazy_journal_init=0")
"""Of mkfs.ext4."""


def ready(box: Box, partition: str) -> None:
    """The folder stands, on its partition where there is one. Raises NotInstalled.

    The partition is formatted only when it is blank; empty: the one that is labelled `terminal`.
    """
    if partition:
        _formatted(box, partition)
    folder = box.at(DATA)
    if partition or box.at(f"/dev/disk/by-label/{LABEL}").exists():
        _mounted(box)
    elif not folder.exists():
        box.say(f"   {DATA}, on the system's own file system")
    folder.mkdir(parents=True, exist_ok=True)
    box.do("/usr/bin/chown", "card-terminal:card-terminal", str(folder))
    box.do("/usr/bin/chmod", "0750", str(folder))


def _formatted(box: Box, partition: str) -> None:
    code, said = box.try_to("/usr/sbin/blkid", "-p", "-o", "export", partition)
    if code == _NOTHING:
        box.say(f"   {partition} is blank: an ext4 file system called {LABEL}")
        box.do("/usr/sbin/mkfs.ext4", *MADE_WITH, partition)
        return
    lines = set(said.splitlines())
    if code or not {f"LABEL={LABEL}", "TYPE=ext4"} <= lines:
        raise NotInstalled(
            f"{partition} is no blank partition and none called {LABEL}: it is not touched.\n"
            f"To lose all that is on it: wipefs --all {partition}"
        )


def _mounted(box: Box) -> None:
    file = box.at(_FSTAB)
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    if any(line.split()[1:2] == [DATA] for line in text.splitlines() if not line.startswith("#")):
        box.say(f"   {DATA}, as {_FSTAB} says")
        box.write(_FSTAB, text.replace(_line(_BEFORE), _line(OPTIONS)))  # As earlier versions wrote it.
    else:
        if (folder := box.at(DATA)).is_dir() and any(folder.iterdir()):
            raise NotInstalled(f"{DATA} is not empty: a partition over it would hide what lies there")
        box.say(f"   {DATA} is the partition called {LABEL}")
        end = (
            "" if text.endswith("\n") or not text else "\n"
        )  # Else two lines become one that mounts neither.
        box.write(_FSTAB, f"{text}{end}{_line(OPTIONS)}")
    box.at(DATA).mkdir(parents=True, exist_ok=True)
    if box.runs and box.try_to("/usr/bin/mountpoint", "-q", DATA)[0]:
        box.do("/usr/bin/systemctl", "daemon-reload")
        box.do("/usr/bin/mount", DATA)


def _line(options: str) -> str:
    return f"LABEL={LABEL}  {DATA}  ext4  {options}  0  2\n"
