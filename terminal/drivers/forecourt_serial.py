"""A forecourt controller on a serial line (docs/forecourt-controller.md). Not yet proven on hardware."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.dispensing.controller import Controller
from terminal.runtime.serial_port import BytePort
from terminal.runtime.serial_port import opened as opened_port

KIND: Final = "forecourt"


class Settings(Value, frozen=True, kw_only=True):
    """Where it is. 8N1."""

    path: Path
    baud: Annotated[int, Meta(ge=1_200, le=921_600)] = 19_200
    answer_ms: Annotated[int, Meta(ge=50, le=30_000)] = 3_000
    """For an answer to a command, which is said three times."""


def build(name: str, settings: Settings, clock: Clock) -> Controller:
    @contextlib.asynccontextmanager
    async def opened() -> AsyncGenerator[BytePort, None]:
        with opened_port(settings.path, baud=settings.baud, device=name) as port:
            yield port

    return Controller(name, opened, answer_ms=settings.answer_ms, where=str(settings.path), clock=clock)
