"""A pcscd of our own with virtual readers that have names: for ./run and the tests.

pcscd has one socket, whose path is built in: only one can run on a machine. Ours is started where none
runs, and a lock keeps two of ours from trying at the same time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

_PCSCD = Path("/usr/sbin/pcscd")
_SOCKET = Path("/run/pcscd/pcscd.comm")
_LIBRARY_GLOBS = ("pcsc/drivers/serial/libifdvpcd.so", "*/pcsc/drivers/serial/libifdvpcd.so")
_LOCK = Path("/tmp/card-terminal-pcscd.lock")  # noqa: S108  the same for every user: the socket is too
_LOOK_S = 0.02
_START_S = 60.0
_STOP_S = 5.0
_CONFIG = """FRIENDLYNAME "{name}"
DEVICENAME /dev/null:{port:#06x}
LIBPATH {library}
CHANNELID {port:#06x}
"""


class PcscdUnavailable(Exception):
    """No pcscd of ours can run here; the text says what to do."""


class NotInstalled(PcscdUnavailable):
    pass


class AnotherRuns(PcscdUnavailable):
    pass


class NotPermitted(PcscdUnavailable):
    pass


def why_not() -> str:
    """What keeps us from starting one, and what to do; empty when nothing does."""
    try:
        _library()
        _check_free()
    except PcscdUnavailable as fault:
        return str(fault)
    return ""


def available() -> bool:
    return not why_not()


class VirtualPcscd:
    """pcscd with one virtual reader for each name.

    Args:
        folder: for its configuration, its copies of the driver and its log; made when it is not there.
        readers: their names; PC/SC adds ` 00 00` to each, and ` 00 01` for a second slot of no use here.
        wait_s: how long another pcscd of ours may take to end.
    """

    def __init__(self, folder: Path, readers: Sequence[str], *, wait_s: float = 0.0) -> None:
        self._folder = folder
        self._readers = tuple(readers)
        self._wait_s = wait_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._ports: dict[str, int] = {}

    @property
    def ports(self) -> Mapping[str, int]:
        """Where `VirtualSlot` presents cards to the reader of that name."""
        return self._ports

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns when readers answer. Blocks; it ends with the thread that started it.

        Raises:
            NotInstalled, AnotherRuns, NotPermitted: see the text.
        """
        if self._process is not None:
            raise ValueError("it runs")
        library = _library()
        if self._lock is None:
            self._lock = _locked(self._wait_s)
        try:
            _check_free()
            self._configure(library)
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """It, and no other. The readers keep their ports for the next start."""
        self._end(kill=False)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def kill(self) -> None:
        """As a crash would: SIGKILL, nothing tidied up. `start` brings it back."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_S)

    def _configure(self, library: Path) -> None:
        config = self._folder / "reader.conf.d"
        shutil.rmtree(config, ignore_errors=True)
        config.mkdir(parents=True)
        for number, name in enumerate(self._readers):
            # A library that is loaded once shares its state: each reader needs a copy.
            copy = self._folder / f"libvpcd-{number}.so"
            shutil.copyfile(library, copy)
            port = self._ports.setdefault(name, _free_port(set(self._ports.values())))
            text = _CONFIG.format(name=name, port=port, library=copy.resolve())
            (config / f"reader-{number}").write_text(text, encoding="ascii")

    def _launch(self) -> None:
        config = (self._folder / "reader.conf.d").resolve()
        command = [str(_PCSCD), "--foreground", "--info", *_polkit_off(), "--config", str(config)]
        if die_with_us := shutil.which("setpriv"):
            command = [die_with_us, "--pdeathsig", "TERM", "--", *command]
        log = self._folder / "pcscd.log"
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self._process = process
        until = time.monotonic() + _START_S
        while not (_answers() and all(_listens(port) for port in self._ports.values())):
            if process.poll() is not None or time.monotonic() > until:
                raise PcscdUnavailable(f"pcscd did not start; its log is {log}")
            time.sleep(_LOOK_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _library() -> Path:
    """The driver of vpcd. Raises NotInstalled."""
    found = [path for glob in _LIBRARY_GLOBS for path in Path("/usr/lib").glob(glob)]
    if not _PCSCD.exists() or not found or find_spec("smartcard") is None:
        raise NotInstalled("virtual cards need: apt-get install pcscd vsmartcard-vpcd python3-pyscard")
    return found[0]


def _polkit_off() -> list[str]:
    """Newer ones ask polkit who may use a card, and without its daemon nobody may."""
    shown = subprocess.run([str(_PCSCD), "--help"], capture_output=True, text=True, check=False)
    return ["--disable-polkit"] if "--disable-polkit" in shown.stdout + shown.stderr else []


def _check_free() -> None:
    if os.geteuid() != 0:
        raise NotPermitted("a pcscd of our own needs root: its socket is in /run/pcscd")
    if _answers():
        raise AnotherRuns("another pcscd runs here: systemctl stop pcscd.socket pcscd.service")


def _answers() -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        return line.connect_ex(str(_SOCKET)) == 0


def _listens(port: int) -> bool:
    """By the kernel's list: a connection would be a card."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                local, _, state = line.split()[1:4]
                if local.endswith(wanted) and state == "0A":
                    return True
    return False


def _free_port(taken: set[int]) -> int:
    """One that is free together with the next: vpcd opens both, one for each slot."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            if {port - 1, port, port + 1} & taken:
                continue
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def _locked(wait_s: float) -> int:
    """Raises AnotherRuns."""
    try:
        fd = os.open(_LOCK, os.O_RDWR)
    except FileNotFoundError:
        fd = os.open(_LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(fd)
                raise AnotherRuns(
                    "another ./run or test suite has its own pcscd; wait until it ends"
                ) from None
            time.sleep(_LOOK_S * 5)
        else:
            return fd
