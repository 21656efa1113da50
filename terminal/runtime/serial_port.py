"""A line as an async source of bytes. Of a serial port: pyserial opens it, the event loop waits for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

from terminal.core.errors import DeviceMissing
from terminal.runtime.descriptor import Bell, readable
from terminal.runtime.trace import Playback, What, noted, played

_CHUNK_BYTES = 4096


_COUNT_BYTES = 4


class BytePort(Protocol):
    """An open port."""

    async def read(self, within_ms: int | None = None, *, bell: Bell | None = None) -> bytes:
        """What has come; b"" when nothing came in that time, or the bell rang.

        Raises:
            DeviceMissing: the port is gone. A pulled adapter shows as an end of file or as any OSError,
                depending on its driver; both mean the same.
        """
        ...

    def answer(self, data: bytes) -> None:
        """A few bytes to the device; lost when the line takes none now. Raises DeviceMissing."""
        ...


class DescriptorPort:
    """`BytePort` of an open descriptor that does not block. What is not read stays with the kernel."""

    def __init__(self, where: str, fd: int, device: str) -> None:
        self._where = where
        self._fd = fd
        self._device = device

    async def read(self, within_ms: int | None = None, *, bell: Bell | None = None) -> bytes:
        if not await readable(self._fd, within_ms, bell):
            return b""
        try:
            data = os.read(self._fd, _CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError as fault:
            raise DeviceMissing(f"{self._where}: {fault.strerror}") from None
        if not data:
            raise DeviceMissing(f"{self._where}: the line ended")
        noted(self._device, What.IN, data)
        return data

    def answer(self, data: bytes) -> None:
        noted(self._device, What.SENT, len(data).to_bytes(_COUNT_BYTES, "big"))
        try:
            with contextlib.suppress(BlockingIOError):
                os.write(self._fd, data)
        except OSError as fault:
            raise DeviceMissing(f"{self._where}: {fault.strerror}") from None


class PlayedPort:
    """`BytePort` of a recording. What is sent to it goes nowhere."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    async def read(self, within_ms: int | None = None, *, bell: Bell | None = None) -> bytes:  # noqa: ARG002  nobody rings in a recording
        record = self._playback.within(within_ms)
        return record.data if record else b""

    def answer(self, data: bytes) -> None:
        pass


@contextlib.contextmanager
def opened(path: Path, *, baud: int, device: str) -> Generator[BytePort, None, None]:
    """The port at `path`, ours alone, 8N1 without handshake; what came before it was opened is dropped.

    It is recorded or played by the name of its `device`.

    Raises:
        DeviceMissing: not there, not permitted, or another program has it.
    """
    if playback := played(device):
        yield PlayedPort(playback)
        return
    import serial  # noqa: PLC0415  only where a serial device is configured

    try:
        port = serial.Serial(str(path), baud, timeout=0, exclusive=True)
    except (OSError, ValueError) as fault:  # SerialException is an OSError.
        number = getattr(fault, "errno", None)
        why = os.strerror(number) if number else "it cannot be opened; does another program have it?"
        raise DeviceMissing(f"{path}: {why}") from None
    try:
        yield DescriptorPort(str(path), port.fileno(), device)
    finally:
        with contextlib.suppress(OSError):  # Closing what was pulled out.
            port.close()
