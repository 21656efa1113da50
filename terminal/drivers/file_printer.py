"""Receipts into a file, a pipe, or a device that takes bytes and never answers, such as /dev/lp0."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.ports import Clock
from terminal.drivers.paper.line import Opened
from terminal.drivers.paper.printer import Printer
from terminal.drivers.paper.settings import AnsweringSettings, PaperSettings

KIND: Final = "printer"

_MODE = 0o600


class Settings(PaperSettings, frozen=True, kw_only=True):
    """Where the bytes go, and for what paper they are made."""

    path: Path
    print_ms: Annotated[int, Meta(ge=1_000, le=120_000)] = 20_000
    """For a whole receipt."""


def build(name: str, settings: Settings, clock: Clock) -> Printer:
    unasked = AnsweringSettings(
        columns=settings.columns,
        charset=settings.charset,
        cutter=settings.cutter,
        drawer=settings.drawer,
        print_ms=settings.print_ms,
        asks_status=False,
    )
    return Printer(name, FileTransport(name, settings), unasked, clock)


class FileTransport:
    """`Transport` of a file: each receipt is appended, whole and durable, or not at all."""

    open_ms = 1_000

    def __init__(self, name: str, settings: Settings) -> None:
        self._path = settings.path
        self.where = f"{name} at {settings.path}"

    @contextlib.contextmanager
    def opened(self) -> Iterator[Opened]:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        fd = os.open(self._path, flags, _MODE)
        try:
            seen = os.fstat(fd)
            if not stat.S_ISREG(seen.st_mode):
                yield Opened(fd=fd)
                return
            try:
                yield Opened(fd=fd)
                os.fsync(fd)
            except BaseException:
                os.ftruncate(fd, seen.st_size)
                raise
        finally:
            os.close(fd)
