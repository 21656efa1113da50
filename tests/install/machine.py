"""A machine to install in a folder: its commands leave behind what the real ones do, and can be cut off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from terminal.install.answers import Answers, Reader
from terminal.install.box import Box
from terminal.install.over import laid
from terminal.install.slots import HOME, Slots
from terminal.install.steps import CONFIG, Installation
from terminal.maintenance.update.settling import settled
from terminal.maintenance.update.trial import Seen

ANSWERS = Answers(
    merchant="M1", site="S1", terminal="T1", shop="青山便利店", screen=False, readers=(Reader(driver="pcsc"),)
)
PARTS = (
    "terminal/__init__.py",
    "hq/__init__.py",
    "systemd/terminal.service",
    "systemd/terminal-backup.timer",
)
FILES = (
    *PARTS, "systemd/terminal-kiosk.service", "systemd/hq.service", "systemd/card-terminal.sysusers",
    "systemd/card-terminal.tmpfiles", "systemd/card-terminal.rules", "systemd/61-card-terminal.udev",
    "systemd/journald-card-terminal.conf", "systemd/watchdog-card-terminal.conf",
    "systemd/pcscd.socket.d/card-terminal.conf", "systemd/pcscd.service.d/card-terminal.conf",
    "systemd/card-terminal-page.nft", "systemd/card-terminal-shop.nft", "systemd/terminal-back.service",
    "systemd/terminal-firewall.service",
    "systemd/back-to-steady", "systemd/terminal-update.service", "install.sh", "requirements.lock",
)  # fmt: skip


_BEGIN = {
    "systemd/terminal.service": "multi-user.target",
    "systemd/terminal-backup.timer": "timers.target",
    "systemd/terminal-kiosk.service": "multi-user.target",
    "systemd/hq.service": "multi-user.target",
    "systemd/terminal-firewall.service": "sysinit.target",
}


PROGRAMS = {
    *(f"/usr/bin/{name}" for name in ("apt-cache", "apt-get", "chgrp", "chmod", "chown", "dpkg-query")),
    *(f"/usr/bin/{name}" for name in ("mount", "mountpoint", "python3", "systemctl", "systemd-sysusers")),
    *(f"/usr/bin/{name}" for name in ("systemd-tmpfiles", "udevadm")),
    "/usr/sbin/blkid",
    "/usr/sbin/mkfs.ext4",
    "/usr/sbin/nft",
}
"""Where Debian has them."""


class Cut(BaseException):
    """The power went."""


class Machine(Box):
    """One box, and what was typed on it."""

    def __init__(self, root: Path, *, up: bool = True) -> None:
        super().__init__(root, self.ran, self.heard)
        self.said: list[str] = []
        self.commands: list[str] = []
        self.packages: set[str] = set()
        self.fails: dict[str, tuple[int, str]] = {}
        """By a part of a command: how it ends."""
        self.runs_of = ""
        """The version that the terminal runs, as its text; empty: none."""
        self.slot = ""
        """From where it runs that."""
        self.broken = ""
        """A version that ends at once."""
        self.schema = "8 8"
        """Of the version that is asked, and the first whose program still opens its ledger."""
        self.steps_left = -1
        """Until the power goes; -1: never."""
        root.mkdir(exist_ok=True)
        for folder in (
            "etc",
            "proc/7",
            "proc/sys/kernel/random",
            "dev",
            "var/lib",
            "usr/local/bin",
            *(["run/systemd/system"] if up else []),
        ):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "proc/sys/kernel/random/boot_id").write_text("boot\n")
        (root / "proc/self").mkdir(exist_ok=True)
        (root / "proc/self/mounts").write_text("/dev/root / ext4 rw 0 0\n")

    def heard(self, line: str) -> None:
        self.said.append(line)

    def step(self) -> None:
        if self.steps_left == 0:
            raise Cut
        self.steps_left -= 1

    def write(self, path: str, text: str, mode: int = 0o644) -> bool:
        self.step()
        return super().write(path, text, mode)

    def link(self, path: str, target: str) -> bool:
        self.step()
        return super().link(path, target)

    def ran(self, command: Sequence[str]) -> tuple[int, str]:
        self.step()
        if command[0] not in PROGRAMS and not command[0].endswith("/.venv/bin/python"):
            return 127, "there is no such program"
        typed = " ".join(command)
        self.commands.append(typed)
        for part, end in self.fails.items():
            if part in typed:
                return end
        return self._done(list(command))

    def _done(self, command: list[str]) -> tuple[int, str]:
        if command[0] == "/usr/bin/systemctl":
            return self._systemctl(command[1:])
        match [command[0].rpartition("/")[2], *command[1:]]:
            case ["dpkg-query", *_, package]:
                return (0, "install ok installed") if package in self.packages else (1, "")
            case ["apt-get", "install", *packages]:
                self.packages |= {one for one in packages if not one.startswith("-")}
            case ["python", "-I", "-B", "-c", code] if "OURS" in code:
                return 0, f"{self.schema}\n"
            case ["python3", "-I", "-m", "venv", *_, folder]:
                (self.at(folder) / "lib/python3.11/site-packages").mkdir(parents=True)
                (self.at(folder) / "bin").mkdir()
            case ["mountpoint", *_]:
                return 1, ""
        return 0, ""

    def _systemctl(self, words: list[str]) -> tuple[int, str]:
        match words:
            case ["restart", "terminal.service"]:
                self.begin()
                return (1, "failed") if self.runs_of == self.broken else (0, "")
            case ["start", "terminal-update.service"]:
                settled(Slots(self.at(HOME)), Unit(self), "boot")
            case ["stop", *units] if "terminal.service" in units:
                self.runs_of = ""
            case ["is-active", *_]:
                return (0 if self.runs_of and self.runs_of != self.broken else 3), ""
            case ["show", "--property=MainPID", *_]:
                return 0, "7\n"
        return 0, ""

    def begin(self) -> None:
        self.runs_of = self.version
        self.slot = str(self.at("/opt/card-terminal/current").readlink())
        self.at("/proc/7/cmdline").write_text(f"/opt/card-terminal/{self.slot}/.venv/bin/python\0terminal")

    @property
    def version(self) -> str:
        """What stands in the slot that would begin; empty where nothing would."""
        unit = self.at("/etc/systemd/system/terminal.service")
        if not unit.is_symlink():
            return ""
        return self.at(str(unit.readlink())).read_text().partition("\n")[0]


class Unit:
    """`settling.Machine` of it: each version lays itself, and runs unless it is the broken one."""

    def __init__(self, box: Machine) -> None:
        self._box, self._s, self._unlaid = box, 0.0, ""

    def restart(self) -> None:
        self._unlaid = ""
        try:
            laid(self._box, Slots(self._box.at(HOME)), "tried")
        except OSError as why:
            self._unlaid = str(why)
        self._box.begin()

    def follow(self) -> None:
        laid(self._box, Slots(self._box.at(HOME)), "kept")

    def seen(self) -> Seen:
        return Seen(
            active=self._box.runs_of != self._box.broken,
            slot=self._box.slot,
            pid=7,
            fed_us=int(self._s) + 1,
            unlaid=self._unlaid,
            ledger="",
        )

    def mono_s(self) -> float:
        return self._s

    def wait(self, seconds: float) -> None:
        self._s += seconds


def version(folder: Path, text: str) -> Path:
    """A checkout whose every file says that text."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        wanted_by = _BEGIN.get(name)
        (folder / name).write_text(f"{text}\n[Install]\nWantedBy={wanted_by}\n" if wanted_by else text)
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{text}"\n')
    return folder


def installed(box: Box, source: Path, answers: Answers = ANSWERS, *, serves: bool = False) -> None:
    Installation(box, source, lambda: answers, serves=serves, wait=lambda _: None).run()


def links(box: Box) -> dict[str, str]:
    """All links outside the slots."""
    root = box.at("/")
    found = [*root.joinpath("etc").rglob("*"), *root.joinpath("usr").rglob("*")]
    return {f"/{one.relative_to(root)}": str(one.readlink()) for one in sorted(found) if one.is_symlink()}


def leads_somewhere(box: Box, target: str) -> bool:
    """A link to it is good, on the box."""
    file = box.at(target)
    return leads_somewhere(box, str(file.readlink())) if file.is_symlink() else file.exists()


def config(box: Box) -> str:
    return box.at(CONFIG).read_text()
