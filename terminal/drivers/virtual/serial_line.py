"""A serial line that is not there: a pseudo-terminal whose other end somebody plays."""

from __future__ import annotations

import contextlib
import os
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 4096


class SerialLine:
    """Drivers open `path`, a symbolic link that stays the same when the line is unplugged and replugged.

    Pseudo-terminals have no modem lines and no baud rate of their own: all rates are the same here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: tuple[int, int] | None = None
        self.replug()

    @property
    def plugged(self) -> bool:
        return self._ends is not None

    @property
    def fd(self) -> int | None:
        """The device's end, to wait at; None while it is unplugged."""
        return None if self._ends is None else self._ends[0]

    def send(self, data: bytes) -> int:
        """What the device says. Returns how many bytes the line took: it drops what nobody reads."""
        if self._ends is None:
            return 0
        taken = 0
        with contextlib.suppress(BlockingIOError):
            while taken < len(data):
                taken += os.write(self._ends[0], data[taken:])
        return taken

    def answered(self) -> bytes:
        """What the driver sent to the device since the last time."""
        got = bytearray()
        with contextlib.suppress(OSError):  # Nothing more, or unplugged.
            while self._ends is not None and (chunk := os.read(self._ends[0], _CHUNK_BYTES)):
                got += chunk
        return bytes(got)

    def unplug(self) -> None:
        """The adapter is pulled: whoever has it open sees the line end, and the path is gone."""
        if self._ends is None:
            return
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def replug(self) -> None:
        if self._ends is not None:
            return
        device, driver = os.openpty()
        tty.setraw(driver)  # The driver's end stays open here too, or bytes sent before it opens were lost.
        os.set_blocking(device, False)
        self._ends = device, driver
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(driver))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
