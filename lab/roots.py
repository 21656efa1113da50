"""Installs the product in roots of Debian, from a checkout, as on a fresh machine.

    python -m lab roots [bookworm] [trixie] [--arm64]

Each root is made once by mmdebstrap, kept in .cache/roots, and copied for each trial; no systemd runs in it.
That of arm64 is Debian 12 under user emulation: what is installed there are the wheels and packages of a Pi,
and then `./run --once` plays its day. It says nothing of a Pi's speed or devices. Exit 1 when a trial fails.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.bundle import Keys, given_out, new_keys, release_of
from lab.environment import ROOT, install
from terminal.install import release

FOLDER = ROOT / ".cache" / "roots"
"""May be removed at any time, and is made again."""
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
ARM = "arm64"
SUITES = {"bookworm": ("bookworm", "amd64"), "trixie": ("trixie", "amd64"), ARM: ("bookworm", "arm64")}
"""By name: the release of Debian, and the machine that it is for."""
INSIDE = ("systemd", "systemd-sysv", "udev", "ca-certificates", "python3")
"""What every Debian has; what the product needs, its installer brings."""
_GIVEN = ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt")
_TRIAL_S = 600
_SLOW_S = 3_600
_ANSWERS = """
merchant = "M1"
site = "S1"
terminal = "T1"
shop = "Corner Shop"
language = "en"
screen = false
found = true
"""
_IN_ROOT = (
    'root=$1; shift; ip link set lo up; mount -t proc proc "$root/proc" && '
    'mount -t devpts -o ptmxmode=0666 devpts "$root/dev/pts" && mount -t tmpfs tmpfs "$root/dev/shm" && '
    'exec chroot "$root" "$@"'
)


class CannotTry(Exception):
    """No root can be made here; `str()` says what to do."""


class Wrong(Exception):
    """What was installed is not as it should be."""


class Root:
    """A machine's file system, and commands in it."""

    def __init__(self, folder: Path, wait_s: float) -> None:
        self.folder, self._wait_s = folder, wait_s

    def run(self, *command: str, network: bool = True) -> tuple[int, str]:
        """Its exit code and all it said. It has a /proc of its own, and without network a loopback."""
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        # How this machine reaches registries is told to it; a list of local packages is not there.
        env |= {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
        env.pop("PIP_FIND_LINKS", None)
        apart = ["unshare", "--mount", *([] if network else ["--net"])]
        done = subprocess.run(
            [*apart, "sh", "-c", _IN_ROOT, "sh", str(self.folder), *command],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=self._wait_s,
        )
        return done.returncode, done.stdout

    def do(self, *command: str) -> str:
        """Raises Wrong: it failed."""
        code, said = self.run(*command)
        if code:
            raise Wrong(f"{' '.join(command)}: ended with {code}\n{said[-3_000:]}")
        return said

    def read(self, path: str) -> str:
        return (self.folder / path.removeprefix("/")).read_text(encoding="utf-8")


@contextmanager
def fresh(name: str) -> Iterator[Root]:
    """A copy of that root with the checkout in /src and answers beside it. Raises CannotTry."""
    base = _base(name)
    with tempfile.TemporaryDirectory(prefix="card-terminal-root-", dir=FOLDER) as folder:
        root = Path(folder) / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
        for given in _GIVEN:
            shutil.copyfile(Path("/") / given, root / given)
        (root / "src").mkdir()
        release.copy(ROOT, root / "src")
        shutil.copytree(ROOT / "lab", root / "lab/lab", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "run", root / "src/run")
        shutil.copytree(root / "lab/lab", root / "src/lab")
        (root / "src/answers.toml").write_text(_ANSWERS, encoding="utf-8")
        yield Root(root, _SLOW_S if name == ARM else _TRIAL_S)


def _base(name: str) -> Path:
    base = FOLDER / name
    if name == ARM:
        _foreign()
    if (base / "usr/bin/python3").exists():
        return base
    if os.geteuid() != 0:
        raise CannotTry("needs root: sudo .venv/bin/python -m lab roots")
    suite, architecture = SUITES[name]
    install(("mmdebstrap",))
    if shutil.which("mmdebstrap") is None:
        raise CannotTry("sudo apt-get install mmdebstrap")
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = FOLDER / f"{name}.new"
    shutil.rmtree(made, ignore_errors=True)
    command = [
        "mmdebstrap", "--quiet", "--variant=minbase", f"--architectures={architecture}",
        '--aptopt=Acquire::Languages "none"', f"--include={','.join(INSIDE)}", suite, str(made),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotTry(f"mmdebstrap ended with {done.returncode}: {done.stderr[-2_000:]}")
    made.rename(base)
    return base


def _foreign() -> None:
    """The kernel starts programs of arm64 through the emulator, also in a root that has none (flag F)."""
    registered = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
    if registered.exists():
        return
    if os.geteuid() != 0:
        raise CannotTry("needs root: sudo .venv/bin/python -m lab roots --arm64")
    install(("qemu-user-static", "arch-test"))
    if not registered.parent.joinpath("register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "none", str(registered.parent)], check=False)
    emulator = shutil.which("qemu-aarch64-static")
    if emulator is None or not registered.parent.joinpath("register").exists():
        raise CannotTry("sudo apt-get install qemu-user-static, on a kernel that has binfmt_misc")
    # The head of an ELF file, 64 bits, little-endian, machine 183 (include/uapi/linux/elf-em.h).
    magic = r"\x7fELF\x02\x01\x01" + r"\x00" * 9 + r"\x02\x00\xb7\x00"
    mask = r"\xff" * 7 + r"\x00" + r"\xff" * 8 + r"\xfe\xff\xff\xff"
    registered.parent.joinpath("register").write_text(f":qemu-aarch64:M::{magic}:{mask}:{emulator}:F\n")


def tried(name: str) -> dict[str, object]:
    """Installed, twice, cut off, upgraded, by a bundle too, taken away. Raises Wrong, CannotTry."""
    with fresh(name) as root:
        begun = time.monotonic()
        keys = new_keys(root.folder / "keys", _until())
        first = root.do("/src/install.sh", "--answers", "/src/answers.toml", "--maker", "/keys/root.json")
        took = time.monotonic() - begun
        _stands(root, "a", first)
        again = root.do("/src/install.sh")
        _expect("stands whole in /opt/card-terminal/a" in again and "stays as it is" in again, again)
        _runs(root, "1-1")
        readme = root.folder / "src/README.md"
        readme.write_text(f"{readme.read_text(encoding='utf-8')}\n", encoding="utf-8")
        code, said = root.run("/src/install.sh", network=False)
        _expect(code == 1 and "is there a network?" in said, said)
        _stands(root, "a", said)
        _stands(root, "b", root.do("/src/install.sh"))
        _runs(root, "1-2")
        _updated(root, keys, name)
        # From the slots themselves, as it is done where no checkout is left.
        _stands(root, "a", root.do("/opt/card-terminal/a/install.sh"))
        said = root.do("/opt/card-terminal/current/install.sh", "--uninstall")
        kept = sorted(one.name for one in (root.folder / "opt/card-terminal").iterdir())
        _expect(kept == ["root.json", "trusted.json"], f"{kept}: {said}")
        _expect((root.folder / "var/lib/card-terminal/ledger.db").exists(), said)
        _expect((root.folder / "etc/card-terminal/terminal.toml").exists(), said)
        code, left = root.run("find", "/etc", "/usr/local", "-lname", "*card-terminal*")
        _expect((code, left) == (0, ""), left)
    return {"root": name, "install_s": round(took, 1)}


def _updated(root: Root, keys: Keys, name: str) -> None:
    """By a bundle, where an installation made both slots; and back."""
    links = _links(root)
    _bundle(root, keys, name)
    said = root.do("terminal", "update", "/out.bundle")
    _stands(root, "a", said)
    _expect(_links(root) == links, f"an update leaves other links than an installation: {_links(root)}")
    _runs(root, "1-3")
    # What the release booked is read by the version before, which an installation had made.
    _stands(root, "b", root.do("terminal", "update", "back"))
    _runs(root, "1-4")
    code, said = root.run("terminal", "update", "/cut.bundle")
    _expect(code == 1 and said.splitlines()[-2].startswith("A388 "), said)
    _stands(root, "b", said)


def _until() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


def _bundle(root: Root, keys: Keys, name: str) -> None:
    """This checkout as a maker gives it out, and the same cut short."""
    out = root.folder / "out.bundle"
    source = root.folder / "src"
    given_out(keys, out, source, release_of(source, platform.machine(), PYTHONS[name]), _until())
    shutil.copyfile(out, root.folder / "cut.bundle")
    os.truncate(root.folder / "cut.bundle", out.stat().st_size // 2)


def _links(root: Root) -> list[str]:
    said = root.do("find", "/etc", "/usr/local", "-lname", "*card-terminal*", "-printf", "%p %l\n")
    return sorted(said.splitlines())


def emulated() -> dict[str, object]:
    """Installed in a root of arm64, which sells; then a day of `./run --once`. Raises Wrong, CannotTry."""
    with fresh(ARM) as root:
        begun = time.monotonic()
        said = root.do("/src/install.sh", "--answers", "/src/answers.toml")
        installed = time.monotonic()
        _stands(root, "a", said)
        _runs(root, "1-1")
        sold = time.monotonic()
        said = root.do("/src/run", "--once")
        day = json.loads(said.splitlines()[-1])
        _expect(day["ledger"] == day["hq"] == "ok", said)
        played = time.monotonic()
        machine = root.do("uname", "-m").strip()
    seconds = {"install_s": installed - begun, "sale_s": sold - installed, "run_once_s": played - sold}
    return {"root": ARM, "machine": machine, **{name: round(took, 1) for name, took in seconds.items()}}


def _stands(root: Root, slot: str, said: str) -> None:
    """That slot would begin with the machine."""
    _expect(str((root.folder / "opt/card-terminal/current").readlink()) == slot, said)
    states = {
        "terminal": "enabled",
        "terminal-backup.timer": "enabled",
        "terminal-firewall": "enabled",
        "hq": "linked",
    }
    for unit, state in states.items():
        shown = root.run("systemctl", "is-enabled", unit)[1].strip()
        _expect(shown == state, f"{unit}: {shown}")
    shown = root.run("systemd-analyze", "verify", "--man=no", "terminal.service")[1]
    _expect(not [line for line in shown.splitlines() if "terminal.service:" in line], shown)
    owned = root.do("stat", "-c", "%U:%G %a %n", "/etc/card-terminal/terminal.toml", "/var/lib/card-terminal")
    wanted = ["root:card-terminal 640", "card-terminal:card-terminal 750"]
    _expect([line.rpartition(" ")[0] for line in owned.splitlines()] == wanted, owned)
    _expect(root.run("sh", "-c", "command -v cc || command -v gcc")[0] != 0, "a compiler was installed")


def _runs(root: Root, sale: str) -> None:
    """As its own user, without devices: it sells, its doctor sees the ledger, and it ends when told."""
    script = (
        "mkdir -p /run/card-terminal && chown card-terminal: /run/card-terminal && cd /run/card-terminal\n"
        "setpriv --reuid card-terminal --regid card-terminal --init-groups terminal run & began=$!\n"
        "for _ in $(seq 600); do [ -s $LINK ] && break; sleep 0.1; done\n"
        "PYTHONPATH=/lab /opt/card-terminal/current/.venv/bin/python -B -m lab.vm.guest.sale $LINK\n"
        "terminal doctor; kill -TERM $began; wait $began\n"
    )
    code, said = root.run("sh", "-c", f"LINK=/var/lib/card-terminal/ledger.link\n{script}", network=False)
    _expect(code == 0 and "ledger" in said and f"\nT1-{sale}-" in f"\n{said}", said)


def _expect(good: bool, said: str) -> None:  # noqa: FBT001  reads as what is expected
    if not good:
        raise Wrong(said[-3_000:])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab roots")
    parser.add_argument("roots", nargs="*", choices=[[], "bookworm", "trixie"])
    parser.add_argument("--arm64", action="store_true", help="that of arm64 alone, and ./run --once in it")
    wanted = parser.parse_args(arguments)
    wrong = 0
    for name in [ARM] if wanted.arm64 else wanted.roots or ("bookworm", "trixie"):
        try:
            print(emulated() if name == ARM else tried(name), flush=True)
        except Wrong as why:
            wrong += 1
            print(f"{name}: {why}", flush=True)
        except CannotTry as why:
            print(f"lab roots: {why}", file=sys.stderr)
            return 2
    return 1 if wrong else 0
