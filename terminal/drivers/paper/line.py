"""A line of bytes to a printer and back: any descriptor of the kernel, waited for so that it can be cut."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import termios
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

from terminal.core.ports import Clock
from terminal.runtime.trace import What, noted

_CHUNK_BYTES = 4096
_COUNT_BYTES = 4
_LOOK_MS = 5
"""Between two looks at what no descriptor tells: a modem line, bytes still in the kernel."""
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Opened(Struct, frozen=True, kw_only=True):
    """What a transport opened."""

    fd: int
    """Does not block."""
    ready: Callable[[], bool] = lambda: True
    """Whether the device takes bytes now, where a wire of its own says so."""
    piece_bytes: int = _CHUNK_BYTES
    """So many at once, with a look at `ready` before each."""
    empty_ends: bool = True
    """Whether reading nothing means that the other end has gone."""
    stale_ms: int = 0
    """What comes within this was an answer to the job before, which the line still held."""


class Transport(Protocol):
    """The way to one printer. Used in the printer's own thread; may block there."""

    @property
    def where(self) -> str:
        """The printer's name and place, for the technician."""
        ...

    @property
    def open_ms(self) -> int:
        """The longest that opening takes as a rule."""
        ...

    def opened(self) -> AbstractContextManager[Opened]:
        """Raises OSError or ValueError: it is not there, not ours, or cannot be."""
        ...


class Cut:
    """Makes whatever waits on a line end, from any thread and at any time."""

    def __init__(self) -> None:
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.done = False

    @property
    def fd(self) -> int:
        return self._event

    def cut(self) -> None:
        self.done = True
        with contextlib.suppress(OSError, ValueError):  # The job ended a moment ago; closed, it is -1.
            os.eventfd_write(self._event, 1)

    def close(self) -> None:
        event, self._event = self._event, -1
        os.close(event)


class Line:
    """An open line. Times are of the monotonic clock, milliseconds.

    All raise TimeoutError: not done until then, or cut; ConnectionError or another OSError: it is gone.
    """

    def __init__(self, opened: Opened, cut: Cut, clock: Clock, device: str) -> None:
        self._opened = opened
        self._device = device
        self._cut = cut
        self._clock = clock

    def settle(self) -> None:
        """Before the first question: nobody else's answers are taken for its."""
        until = self._clock.mono_ms() + self._opened.stale_ms
        with contextlib.suppress(TimeoutError):
            while True:
                self.receive(until)

    def send(self, data: bytes, until: int, *, on_first: Callable[[], None] = lambda: None) -> None:
        """All of it, to the kernel. `on_first` is called before a byte may leave."""
        noted(self._device, What.SENT, len(data).to_bytes(_COUNT_BYTES, "big"))
        left = memoryview(data)
        while left:
            self._wait_writable(until)
            on_first()
            with contextlib.suppress(BlockingIOError):
                left = left[os.write(self._opened.fd, left[: self._opened.piece_bytes]) :]

    def receive(self, until: int) -> bytes:
        """What came; never nothing."""
        while True:
            what = self._wait(select.POLLIN, until)
            with contextlib.suppress(BlockingIOError):
                if data := os.read(self._opened.fd, _CHUNK_BYTES):
                    noted(self._device, What.IN, data)
                    return data
                if self._opened.empty_ends or what & _GONE:
                    raise ConnectionResetError("the printer hung up")
                self._rest(until)

    def drain(self, until: int) -> None:
        """Until the kernel has handed on what was sent: closing a line may throw away what it still holds."""
        while _unsent(self._opened.fd):
            self._rest(until)
        if self._wait(select.POLLOUT, until) & _GONE:
            raise ConnectionResetError("the line is gone")

    def _wait_writable(self, until: int) -> None:
        while not self._opened.ready():
            self._rest(until)
        self._wait(select.POLLOUT, until)

    def _wait(self, wanted: int, until: int) -> int:
        """What happened to it."""
        poll = select.poll()
        poll.register(self._cut.fd, select.POLLIN)
        poll.register(self._opened.fd, wanted)
        happened = dict(poll.poll(self._left_ms(until)))
        if not happened or self._cut.done:
            raise TimeoutError
        what = happened.get(self._opened.fd, 0)
        if what & _GONE and not what & wanted:
            raise ConnectionResetError("the line is gone")
        return what

    def _rest(self, until: int) -> None:
        poll = select.poll()
        poll.register(self._cut.fd, select.POLLIN)
        poll.poll(min(_LOOK_MS, self._left_ms(until)))

    def _left_ms(self, until: int) -> int:
        left = until - self._clock.mono_ms()
        if self._cut.done or left <= 0:
            raise TimeoutError
        return left


def _unsent(fd: int) -> int:
    """Bytes that the kernel still holds: a serial port's, or a TCP connection's that nobody acknowledged."""
    try:
        return int(struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:  # A device that keeps no such count.
        return 0
