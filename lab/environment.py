"""Makes `.venv` from the lock. Standard library only: `./run` and `./test` start with nothing else.

The interpreter is Debian's own where it is new enough, with its site packages in view: pyscard and evdev
come from Debian, built for its own pcscd and kernel, so that nothing compiles here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PYTHON_MIN = (3, 11)

SHOP_PACKAGES = ("python3-venv", "python3-pyscard", "python3-evdev", "pcscd", "vsmartcard-vpcd")
"""What a shop with virtual devices is made of."""

TEST_PACKAGES = (
    *SHOP_PACKAGES,
    "git",
    "python3-apsw",
    "python3-gi",
    "umockdev",
    "gir1.2-umockdev-1.0",
    "chromium",
    "fonts-wqy-zenhei",
    "mmdebstrap",
    "qemu-system-x86",
    "qemu-utils",
    "gcc",
    "libc6-dev",
    "make",
    "xz-utils",
    "zbar-tools",
    "systemd",
    "udev",
    "nftables",
    "iproute2",
)


class NotReady(Exception):
    """The environment could not be made; `str()` says the one thing to do."""


def prepared(*, test: bool) -> Path:
    """The interpreter of a ready environment. Does nothing, and needs no network, when it stands.

    Raises:
        NotReady: and what to type.
    """
    lock = ROOT / ("requirements-test.lock" if test else "requirements.lock")
    stamp = VENV / f".{lock.stem}"
    wanted = hashlib.sha256(lock.read_bytes() + str(ROOT).encode()).hexdigest()
    if PYTHON.exists() and _text(stamp) == wanted:
        return PYTHON
    install(TEST_PACKAGES if test else SHOP_PACKAGES)
    _make_venv()
    _say(f"installing {lock.name}")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    # Wheels only: what has none (pyscard, evdev) comes from Debian.
    done = subprocess.run(
        [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)], cwd=ROOT, check=False
    )
    if done.returncode:
        raise NotReady("the packages of the lock could not be installed: is there a network?")
    _make_findable()
    stamp.write_text(wanted)
    return PYTHON


def install(packages: tuple[str, ...]) -> None:
    """Debian packages that are not here yet, when we may; else says which are missing."""
    missing = [package for package in packages if not _installed(package)]
    if not missing:
        return
    become = _become_root()
    if become is None or shutil.which("apt-get") is None:
        _say(f"not installed, and no right to: sudo apt-get install {' '.join(missing)}")
        return
    _say(f"installing Debian packages: {' '.join(missing)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*become, "apt-get", "update", "-qq"], env=env, check=False, stdout=sys.stderr)
    for wanted in (
        missing,
        *([package] for package in missing),
    ):  # One that is not there must not cost the rest.
        command = [*become, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted]
        done = subprocess.run(command, env=env, check=False, stdout=subprocess.DEVNULL)
        if done.returncode == 0 and len(wanted) == len(missing):
            return


def _installed(package: str) -> bool:
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    try:
        shown = subprocess.run(query, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return False
    return shown.stdout == "install ok installed"


def _become_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    # Without a terminal nobody could type a password.
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]


def _make_venv() -> None:
    python = _interpreter()
    if PYTHON.exists():
        return
    _say(f"making {VENV.name} with {python}")
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([python, "-m", "venv", "--system-site-packages", str(VENV)], check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise NotReady("type: sudo apt-get install python3-venv")


def _interpreter() -> str:
    """Debian's own, for its packages; else the one that runs us."""
    for candidate in ("/usr/bin/python3", sys.executable):
        if Path(candidate).exists() and _version(candidate) >= PYTHON_MIN:
            return candidate
    raise NotReady(f"Python {'.'.join(map(str, PYTHON_MIN))} or newer is needed")


def _version(python: str) -> tuple[int, ...]:
    code = "import sys; print(*sys.version_info[:2])"
    shown = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return tuple(int(part) for part in shown.stdout.split())


def _make_findable() -> None:
    """The checkout itself is what runs; `terminal` becomes a command of the environment."""
    for site in VENV.glob("lib/python3*/site-packages"):
        (site / "card-terminal.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "terminal"
    command.write_text(f"#!{PYTHON}\nimport sys\nfrom terminal.__main__ import main\nsys.exit(main())\n")
    command.chmod(0o755)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _say(what: str) -> None:
    sys.stderr.write(f"-- {what}\n")
    sys.stderr.flush()
