"""A forecourt controller on the network (docs/forecourt-controller.md). Not yet proven on hardware."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncGenerator
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.errors import DeviceMissing
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.dispensing.controller import Controller
from terminal.runtime.serial_port import BytePort, DescriptorPort, PlayedPort
from terminal.runtime.trace import played

KIND: Final = "forecourt"


class Settings(Value, frozen=True, kw_only=True):
    """Where it is."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9_110
    connect_ms: Annotated[int, Meta(ge=50, le=30_000)] = 3_000
    answer_ms: Annotated[int, Meta(ge=50, le=30_000)] = 2_000
    """For an answer to a command, which is said three times."""


def build(name: str, settings: Settings, clock: Clock) -> Controller:
    @contextlib.asynccontextmanager
    async def opened() -> AsyncGenerator[BytePort, None]:
        if playback := played(name):
            yield PlayedPort(playback)
            return
        connection = await _connected(settings)
        with connection:
            yield DescriptorPort(where, connection.fileno(), name)

    where = f"{settings.host}:{settings.port}"
    return Controller(name, opened, answer_ms=settings.answer_ms, where=where, clock=clock)


async def _connected(settings: Settings) -> socket.socket:
    """Raises DeviceMissing."""
    where = f"{settings.host}:{settings.port}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.connect_ms / 1000):
            found = await loop.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
            family, kind, protocol, _, address = found[0]
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(0)
            try:
                await loop.sock_connect(connection, address)
            except BaseException:
                connection.close()
                raise
    except (OSError, TimeoutError) as fault:
        number = getattr(fault, "errno", None)
        why = os.strerror(number) if number and number > 0 else "it does not answer"
        raise DeviceMissing(f"{where}: {why}") from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
