"""A pseudo-terminal with a program in it: keys go in, what it draws is kept as a screen of 80 by 24."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import pyte

from lab.environment import ROOT

COLUMNS, LINES = 80, 24
WAIT_S = 90.0
"""A machine that does other things, too."""


class Console:
    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.written = b""
        """All that was ever drawn, as it came."""
        self._stream = pyte.ByteStream(self.screen)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", LINES, COLUMNS, 0, 0))
        self._ours = ours
        self.process = subprocess.Popen(
            # So that Ctrl-C reaches it, also where a shell in the background had it ignored.
            ["env", "--default-signal=INT", "setsid", "-c", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **environ},
            cwd=ROOT,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._ours)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    @property
    def shown(self) -> str:
        """Row by row, without the blanks at their ends. A wide character stands in two cells."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, *texts: str) -> str:
        """What is shown once all of them are. Raises TimeoutError with what is shown instead."""
        ends = time.monotonic() + WAIT_S
        while not all(one in self.shown for one in texts):
            if time.monotonic() > ends:
                raise TimeoutError(f"{texts}\n{self.shown}")
            self._read(0.2)
        return self.shown

    def ended(self) -> int:
        """Its exit code. Raises TimeoutError."""
        ends = time.monotonic() + WAIT_S
        while self.process.poll() is None:
            if time.monotonic() > ends:
                raise TimeoutError(self.shown)
            self._read(0.05)
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if not ready:
            return
        try:
            some = os.read(self._ours, 65_536)
        except OSError:  # It ended, and nobody holds the other side.
            return
        self.written += some
        self._stream.feed(some)
