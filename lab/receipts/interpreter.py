"""An ESC/POS interpreter that is not ours: emupos (PyPI), started with a printer of a given width.

It needs Python 3.13. One that is on the machine is taken; else a Debian 13 root is made beside it.
What it does not know is kanji mode: Chinese text comes back as code page 437, byte for byte, so
`original_bytes` gives back what the printer got; Chinese to look at is sent as a picture.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

VERSION = "0.4.0"
CACHE = Path(__file__).parents[2] / ".cache"
_IN_ROOT = Path("/opt/emupos")
_DONE = "installed"
_START_S = 30.0
_RECEIPT_S = 10.0
_MINIMUM = (3, 13)
_PROFILE = """\
type: printer
name: {dots} dots
dpi: 203
width_dots: {dots}
font_a: {{ width: 12, height: 24 }}
font_b: {{ width: 9, height: 17 }}
code_pages: {{ 0: PC437 }}
default_code_page: 0
drawer_sensor_open_level: high
"""
_CONFIG = """\
schema: 1
api: {{ port: {control} }}
devices:
  - id: front
    type: printer
    profile: ./paper.yaml
    connections:
      - tcp: {{ port: {port} }}
"""


class CannotInterpret(Exception):
    """The interpreter is not to be had on this machine; says why."""


def original_bytes(text: str) -> bytes:
    """What the printer got, of a line that emupos read as code page 437."""
    return text.encode("cp437")


class Installed:
    """An emupos that can be run: in an environment of its own, or inside a Debian 13 root."""

    def __init__(self, environment: Path, root: Path | None) -> None:
        self._environment = environment
        self._root = root

    @contextmanager
    def workplace(self) -> Iterator[tuple[Path, list[str]]]:
        """A folder for its files and the command that runs it there."""
        beside = None if self._root is None else self._root / "tmp"
        with TemporaryDirectory(prefix="emupos-", dir=beside) as folder:
            if self._root is None:
                yield Path(folder), [str(self._environment / "bin" / "emupos"), "run"]
            else:
                inside = "/" + str(Path(folder).relative_to(self._root))
                script = f"cd {inside} && exec {self._environment}/bin/emupos run"
                yield Path(folder), ["chroot", str(self._root), "sh", "-c", script]


def _installed() -> Installed:
    """Installs it on the first call; later ones need no network. Raises CannotInterpret."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "emupos.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Several suites may want it at once.
        environment = CACHE / "emupos"
        if (environment / _DONE).exists():
            return Installed(environment, None)
        root = CACHE / "trixie"
        if (root / _IN_ROOT.relative_to("/") / _DONE).exists():
            return Installed(_IN_ROOT, root)
        python = _python()
        if python is None:
            return _in_root(root)
        _run([python, "-m", "venv", "--clear", str(environment)])
        _run([str(environment / "bin" / "pip"), "install", "-q", f"emupos=={VERSION}"])
        (environment / _DONE).touch()
        return Installed(environment, None)


def _python() -> str | None:
    """An interpreter that is new enough: ours, one on PATH, or one that pyenv keeps."""
    named = [found for found in map(shutil.which, ("python3.13", "python3.14")) if found]
    kept = sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.1[3-9]*/bin/python3"))
    check = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {_MINIMUM})"
    for candidate in (sys.executable, *named, *kept):
        if subprocess.run([candidate, "-c", check], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def _in_root(root: Path) -> Installed:
    """Debian 13 has Python 3.13."""
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        raise CannotInterpret("no Python 3.13, and no mmdebstrap with root rights to make a Debian 13 root")
    if not (root / "usr/bin/python3").exists():
        shutil.rmtree(root, ignore_errors=True)
        packages = "--include=python3-venv,ca-certificates"
        _run(["mmdebstrap", "--quiet", "--variant=minbase", packages, "trixie", str(root)])
    for name in ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"):
        shutil.copyfile(Path("/") / name, root / name)
    pip = _IN_ROOT / "bin" / "pip"
    _run(["chroot", str(root), "python3", "-m", "venv", str(_IN_ROOT)])
    _run(["chroot", str(root), str(pip), "install", "-q", f"emupos=={VERSION}"])
    (root / _IN_ROOT.relative_to("/") / _DONE).touch()
    return Installed(_IN_ROOT, root)


def _run(command: list[str]) -> None:
    # A list of local packages that the machine's pip was told of does not exist inside a root.
    environment = {name: value for name, value in os.environ.items() if name != "PIP_FIND_LINKS"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise CannotInterpret(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")


class Interpreter:
    """A running emupos: a port to print on, a control interface to look and to break things."""

    def __init__(self, port: int, control: int) -> None:
        self.port = port
        self._at = f"http://127.0.0.1:{control}/api/v1/devices/front"

    def fault(self, name: str, *, on: bool = True) -> None:
        """`paper-near-end`, `paper-out`, `cover-open` or `offline`."""
        self._call(f"/faults/{name}", "PUT" if on else "DELETE")

    @property
    def drawer_open(self) -> bool:
        return bool(json.loads(self._call(""))["state"]["drawer"] == "open")

    def close_drawer(self) -> None:
        self._call("/drawer/close", "POST")

    def receipts(self) -> list[dict[str, object]]:
        """In the order in which they were completed."""
        found: list[dict[str, object]] = json.loads(self._call("/receipts"))
        return sorted(found, key=lambda receipt: str(receipt["completed_at"]))

    def wait_for(self, count: int) -> list[dict[str, object]]:
        """Once so many receipts are complete. Raises CannotInterpret when they do not come."""
        until = monotonic() + _RECEIPT_S
        while len(found := self.receipts()) < count:
            if monotonic() > until:
                raise CannotInterpret(f"{len(found)} of {count} receipts")
            sleep(0.02)
        return found

    def text(self, receipt: dict[str, object]) -> str:
        return self._call(f"/receipts/{receipt['id']}/text").decode("utf-8")

    def png(self, receipt: dict[str, object]) -> bytes:
        return self._call(f"/receipts/{receipt['id']}/image")

    def _call(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(self._at + path, method=method)  # noqa: S310  always our own loopback
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return bytes(answer.read())


@contextmanager
def interpreter(*, dots: int) -> Iterator[Interpreter]:
    """A printer with that many dots across, until the block ends."""
    with _installed().workplace() as (folder, command):
        port, control = _free_ports()
        (folder / "paper.yaml").write_text(_PROFILE.format(dots=dots), encoding="utf-8")
        (folder / "emupos.yaml").write_text(_CONFIG.format(port=port, control=control), encoding="utf-8")
        log = folder / "emupos.log"
        with log.open("wb") as out:
            running = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        try:
            printer = Interpreter(port, control)
            _await_start(printer, running, log)
            yield printer
        finally:
            running.terminate()
            try:
                running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _await_start(printer: Interpreter, running: subprocess.Popen[bytes], log: Path) -> None:
    until = monotonic() + _START_S
    while True:
        try:
            printer.receipts()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if running.poll() is not None or monotonic() > until:
                raise CannotInterpret(log.read_text(errors="replace")[-2000:]) from None
            sleep(0.05)
        else:
            return


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])
