"""A serial port as an async source of bytes: pyserial opens it, the event loop waits for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

from terminal.core.errors import DeviceMissing
from terminal.runtime.descriptor import readable

_CHUNK_BYTES = 4096


class SerialPort:
    """An open port. It keeps nothing: what is not read stays with the kernel, whose buffer has its limit."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd

    async def read(self, within_ms: int | None = None) -> bytes:
        """What has come; b"" when nothing came in that time.

        Raises:
            DeviceMissing: the port is gone. A pulled adapter shows as an end of file or as any OSError,
                depending on its driver; both mean the same.
        """
        if not await readable(self._fd, within_ms):
            return b""
        try:
            data = os.read(self._fd, _CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError as fault:
            raise DeviceMissing(f"{self._path}: {fault.strerror}") from None
        if not data:
            raise DeviceMissing(f"{self._path}: the line ended")
        return data

    def answer(self, data: bytes) -> None:
        """A byte or two back to the device; lost when the line takes none now. Raises DeviceMissing."""
        try:
            with contextlib.suppress(BlockingIOError):
                os.write(self._fd, data)
        except OSError as fault:
            raise DeviceMissing(f"{self._path}: {fault.strerror}") from None


@contextlib.contextmanager
def opened(path: Path, *, baud: int) -> Generator[SerialPort, None, None]:
    """The port at `path`, ours alone, 8N1 without handshake; what came before it was opened is dropped.

    Raises:
        DeviceMissing: not there, not permitted, or another program has it.
    """
    import serial  # noqa: PLC0415  only where a serial device is configured

    try:
        port = serial.Serial(str(path), baud, timeout=0, exclusive=True)
    except (OSError, ValueError) as fault:  # SerialException is an OSError.
        number = getattr(fault, "errno", None)
        why = os.strerror(number) if number else "it cannot be opened; does another program have it?"
        raise DeviceMissing(f"{path}: {why}") from None
    try:
        yield SerialPort(path, port.fileno())
    finally:
        with contextlib.suppress(OSError):  # Closing what was pulled out.
            port.close()
