"""`python -m lab vm install`: the machine becomes a terminal by `install.sh`, as a box does, and is tried.

The machine has no network: Debian's packages are in it, the lock's wheels come on the disk with the checkout.
Cage and Chromium are not tried: a screen of 512 MB of emulated memory would say nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.environment import ROOT
from lab.vm.guest.till import DEVICES, SCANNER
from lab.vm.machine import Machine, MachineFault
from lab.vm.ready import PINS, READY, copy, ready
from lab.vm.recipe import FOLDER, CannotBuild, file_system, tell
from terminal.install import release
from terminal.install.data import DATA
from terminal.install.steps import CONFIG

DISK = FOLDER / "installed.qcow2"
SNAPSHOT = "installed"
LEDGER = FOLDER / "installed.raw"
"""The data disk of that snapshot, which was let go of in order."""
_STAMP = FOLDER / "installed.stamp"
_DATA_BYTES = 128 << 20
_INSTALL_S, SALE_S, _SETTLED_S, _GIVEN_UP_S = 3600.0, 900.0, 900.0, 900.0
"""After which something is taken for wrong; the machine is emulated, on processors that others use, too."""
_LOOK_S = 1.0
_WHEELS = FOLDER.parent / "wheels"
_OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/product/wheels"}
_ANSWERS = f"""
merchant = "M1"
site = "S1"
terminal = "T1"
shop = "Corner Shop"
language = "en"
printer = "tcp:127.0.0.1"
screen = false
data = "/dev/disk/by-id/virtio-data"
readers = [{{ driver = "keyboard_scanner", path = "{SCANNER}" }}, {{ driver = "pcsc" }}]
"""
LINK = f"{DATA}/ledger.link"
PYTHON = "PYTHONPATH=/product/lab /opt/card-terminal/current/.venv/bin/python -B -m"
SITE = "$(echo /opt/card-terminal/current/.venv/lib/python3*/site-packages)"
_ENDS = "import os, sys; 'run' in sys.orig_argv and os._exit(1)"
"""Put in: a terminal that ends as soon as it is started; what looks from outside does not."""
_GPIO = 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"'
_AS_A_PI = f"""groupadd --system gpio
echo '{_GPIO}' > /etc/udev/rules.d/99-com.rules
udevadm control --reload
"""
_BENCH = f"""[Unit]
Before=terminal.service
RequiresMountsFor=/product
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '{PYTHON} lab.vm.guest.till plug'
[Install]
WantedBy=multi-user.target
"""
_PINS = """[Service]
Environment=RPI_LGPIO_CHIP={chip} RPI_LGPIO_REVISION=c03114
"""
_TITLE, _LAST = "THE TERMINAL DOES NOT RUN", "It is tried again in"
"""Of what stands on the console then."""
_NO_STICK = """[Service]
Environment=SAME_DISK=--same-disk
"""
_KEY = "/etc/card-terminal/keys/acquirer"
_ACQUIRER = """
[acquirer]
url = "https://127.0.0.1:9"
secret_file = "/run/credentials/terminal.service/keys_acquirer"
"""


def standing() -> None:
    """DISK and LEDGER of this checkout; made when they are not. Raises CannotBuild, MachineFault."""
    ready()
    if not _STAMP.exists() or _STAMP.read_text(encoding="ascii") != _version():
        trial()


def _version() -> str:
    """Of the product, and of how it was installed and tried."""
    here = Path(__file__)
    own = [here, here.with_name("recipe.py"), *sorted((here.parent / "guest").glob("*.py"))]
    return hashlib.sha256(
        b"".join([release.made_of(ROOT).encode(), *(one.read_bytes() for one in own)])
    ).hexdigest()


def trial() -> dict[str, float]:
    """Seconds that each part took. Raises CannotBuild, MachineFault: something is not as it should be.

    What is left is DISK with its SNAPSHOT, and LEDGER: a terminal that was installed, and ended in order.
    """
    took: dict[str, float] = {}
    made, disk = ready()
    for old in (_STAMP, DISK):
        old.unlink(missing_ok=True)
    shutil.copyfile(disk, DISK)
    with LEDGER.open("wb") as blank:
        blank.truncate(_DATA_BYTES)
    with product() as disk_of_it, Machine(made, DISK, READY) as machine:
        machine.attach(disk_of_it, "product")
        machine.attach(LEDGER, "data", writable=True)
        for name, part in _PARTS.items():
            begun = time.monotonic()
            part(machine)
            took[name] = round(time.monotonic() - begun, 1)
            tell(f"{name}: {took[name]} s")
        _let_go(machine)
        machine.save(SNAPSHOT)
    _STAMP.write_text(_version(), encoding="ascii")
    return took


def _installed(machine: Machine) -> None:
    line = "/dev/disk/by-id/virtio-product /product ext4 ro,nofail 0 0"
    done(machine, f"mkdir -p /product && echo '{line}' >> /etc/fstab && mount /product")
    done(machine, _AS_A_PI)
    done(machine, "/product/src/install.sh --answers /product/answers.toml", _INSTALL_S)
    _runs(machine)
    mounted = done(machine, f"findmnt --noheadings --output OPTIONS {DATA}")
    if not {"noexec", "nosuid", "nodev", "noatime"} <= set(mounted.strip().split(",")):
        raise MachineFault(f"the data partition is mounted with {mounted}")
    done(machine, "nft list table inet card_terminal_shop")
    again = done(machine, "/product/src/install.sh", _INSTALL_S)
    if "it runs already" not in again:
        raise MachineFault(f"a second time did something: {again}")


def _with_devices(machine: Machine) -> None:
    """Pins are what an installation does not ask for."""
    chip = done(machine, f"{PYTHON} lab.vm.guest.till plug").strip()
    written(machine, "/etc/systemd/system/terminal.service.d/bench.conf", _PINS.format(chip=chip))
    written(machine, f"{SITE}/bench.pth", "/product/packages\n")
    written(machine, "/etc/systemd/system/bench.service", _BENCH)
    written(machine, CONFIG, DEVICES, more=True)
    done(machine, "systemctl daemon-reload && systemctl enable bench")
    started(machine)
    said = done(machine, f"{PYTHON} lab.vm.guest.till sell {LINK}", SALE_S).split()
    if [one[:5] for one in said] != ["T1-1-", "T1-1-"]:
        raise MachineFault(f"no sales: {said}")


def _a_key(machine: Machine) -> None:
    """Of root alone, handed over by systemd. Without it one start fails: the console says where it goes."""
    written(machine, CONFIG, _ACQUIRER, more=True)
    typed = _given_up(machine, "its configuration cannot be used", _KEY)
    if (restarts := shown(machine, "NRestarts")) != "0":
        raise MachineFault(f"it was started again {restarts} times")
    written(machine, _KEY, "0123456789abcdef0123456789abcdef")
    done(machine, f"chmod 600 {_KEY}; {typed}", SALE_S)
    _runs_again(machine)
    as_it = "setpriv --reuid card-terminal --regid card-terminal --init-groups"
    done(machine, f"{as_it} test -r {CONFIG} && {as_it} test ! -r {_KEY}")


def _ends_at_once(machine: Machine) -> None:
    """Whatever ends it each time: not for ever, and what to type on the console helps at once."""
    written(machine, f"{SITE}/fault.pth", f"{_ENDS}\n")
    typed = _given_up(machine, "(exit-code, code 1)", "It was started again")
    done(machine, f"rm {SITE}/fault.pth; {typed}", SALE_S)
    _runs_again(machine)


def _given_up(machine: Machine, *wanted: str) -> str:
    """What the console says to type, once it stands there with what is wanted."""
    machine.run(["systemctl", "restart", "terminal"], wait_s=SALE_S)
    ends, seen = time.monotonic() + _GIVEN_UP_S, ""
    while not all(one in seen.replace("\n  ", "") for one in (_TITLE, *wanted, _LAST)):
        if time.monotonic() > ends:
            raise MachineFault(f"on the console stands {seen}")
        time.sleep(_LOOK_S)
        seen = done(machine, "fold -w 80 /dev/vcs8")
    done(machine, "systemctl is-active terminal-maintenance")
    typed = re.search(r"^ +(sudo systemctl .+?) *$", seen, re.MULTILINE)
    if typed is None:
        raise MachineFault(f"the console does not say what to type: {seen}")
    return typed[1].replace("sudo ", "")


def _runs_again(machine: Machine) -> None:
    _runs(machine)
    if machine.run(["systemctl", "is-active", "terminal-maintenance"]).code == 0:
        raise MachineFault("the console says that it does not run, and it does")


def _backups(machine: Machine) -> None:
    """This machine has no stick: none is made on its own disk before somebody says that it may.

    One that was missed at night is made some minutes after the next start, where it may.
    """
    done(machine, "install -d -o card-terminal -g card-terminal /mnt/backup")
    if machine.run(["systemctl", "start", "terminal-backup"], wait_s=SALE_S).code == 0:
        raise MachineFault("a backup was made without a stick")
    left = done(machine, "systemctl reset-failed terminal-backup; ls -A /mnt/backup")
    if left or "no disk is mounted there" not in (said := _examined(machine)):
        raise MachineFault(f"without a stick there is {left or 'nothing'}, and the doctor says {said}")
    written(machine, "/etc/systemd/system/terminal-backup.service.d/bench.conf", _NO_STICK)
    done(machine, "systemctl daemon-reload && systemctl start terminal-backup", SALE_S)
    if "the last one, in /mnt/backup, is of " not in (said := _examined(machine)):
        raise MachineFault(f"a backup was made, and the doctor says {said}")


def _examined(machine: Machine) -> str:
    """What the doctor says, red or not."""
    return done(
        machine, f"/opt/card-terminal/current/.venv/bin/terminal doctor --json --config {CONFIG}; true"
    )


def _after_a_restart(machine: Machine) -> None:
    machine.restart()
    machine.run(["systemctl", "is-system-running", "--wait"], wait_s=_SETTLED_S)
    _runs(machine)
    sale(machine)
    failed = done(machine, "systemctl --failed --plain --no-legend").strip()
    if failed:
        raise MachineFault(f"units that failed: {failed}")


_PARTS: dict[str, Callable[[Machine], None]] = {
    "install": _installed,
    "sale with devices": _with_devices,
    "a key": _a_key,
    "an end at once": _ends_at_once,
    "backups": _backups,
    "restart of the machine": _after_a_restart,
}


@contextmanager
def going_on(product: Path, plugs: Callable[[Machine], None]) -> Iterator[Machine]:
    """The installed terminal, started on whatever data disk `plugs` gives it. Raises MachineFault."""
    made, _ = ready()
    with Machine(made, DISK, SNAPSHOT) as machine:
        done(machine, f"date --set=@{time.time():.0f}")
        machine.attach(product, "product")
        plugs(machine)
        done(machine, f"mount /product && mount {DATA}")
        done(machine, "systemctl start bench")
        started(machine)
        yield machine


def _let_go(machine: Machine) -> None:
    """As it is before the data disk is there."""
    done(machine, f"systemctl stop terminal && umount {DATA} && systemctl stop bench && umount /product")
    for name in ("data", "product"):
        machine.detach(name)


def _runs(machine: Machine) -> None:
    done(machine, "systemctl is-active terminal terminal-backup.timer terminal-firewall")


def started(machine: Machine) -> None:
    """Anew. Where a start takes longer than its unit allows, systemd tries it again by itself.

    Raises MachineFault: it never runs.
    """
    machine.run(["systemctl", "restart", "terminal"], wait_s=SALE_S)
    until(machine, "systemctl is-active terminal", "the terminal", SALE_S)


def shown(machine: Machine, name: str) -> str:
    """A property that systemd has of the terminal."""
    return done(machine, f"systemctl show --property={name} --value terminal").strip()


def sale(machine: Machine) -> str:
    """For cash, at the page: the receipt's number. Raises MachineFault."""
    said = done(machine, f"{PYTHON} lab.vm.guest.sale {LINK}", SALE_S).strip()
    if not said.startswith("T1-1-"):
        raise MachineFault(f"no sale: {said}")
    return said


def done(machine: Machine, script: str, wait_s: float = 300.0) -> str:
    """What it said. Raises MachineFault with what it said where it failed."""
    ran = machine.run(["/bin/sh", "-c", script], _OFFLINE, wait_s)
    if ran.code:
        raise MachineFault(f"{script}: ended with {ran.code}\n{ran.out[-3000:]}{ran.err[-3000:]}")
    return ran.out


def until(machine: Machine, script: str, what: str, within_s: float) -> None:
    """Looks until that ends well. Raises MachineFault, with how the terminal stands: not in that time."""
    ends = time.monotonic() + within_s
    while machine.run(["/bin/sh", "-c", script]).code:
        if time.monotonic() > ends:
            stands = machine.run(["systemctl", "status", "--lines=40", "--no-pager", "terminal"]).out
            raise MachineFault(f"waited for {what}: {stands}")
        time.sleep(_LOOK_S)


def written(machine: Machine, path: str, text: str, *, more: bool = False) -> None:
    """A file in the guest; `more`: at the end of what it holds."""
    quoted = text.replace("'", "'\\''")
    done(machine, f"mkdir -p $(dirname {path}) && printf %s '{quoted}' {'>>' if more else '>'} {path}")


@contextmanager
def product() -> Iterator[Path]:
    """Checkout, wheels and answers, as a read-only file system."""
    wheels = _wheels()
    with tempfile.TemporaryDirectory(prefix="card-terminal-vm-") as name:
        content = Path(name) / "content"
        (content / "src").mkdir(parents=True)
        release.copy(ROOT, content / "src")
        shutil.copytree(wheels, content / "wheels")
        shutil.copytree(ROOT / "lab", content / "lab/lab", ignore=shutil.ignore_patterns("__pycache__"))
        for distribution in PINS:
            copy(distribution, content / "packages")
        (content / "answers.toml").write_text(_ANSWERS, encoding="utf-8")
        disk = Path(name) / "product.raw"
        file_system(disk, content, "1G")
        yield disk


def _wheels() -> Path:
    """Those of the lock for the machine's Python, which is this one's. Raises CannotBuild."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--require-hashes", "--only-binary", ":all:"]
    lock = str(ROOT / "requirements.lock")
    env = {key: value for key, value in os.environ.items() if key != "PIP_FIND_LINKS"}
    done = subprocess.run(
        [*command, "-r", lock, "-d", str(_WHEELS)], capture_output=True, text=True, env=env, check=False
    )
    if done.returncode:
        raise CannotBuild(f"the wheels of the lock could not be fetched: {done.stderr[-1000:]}")
    return _WHEELS
