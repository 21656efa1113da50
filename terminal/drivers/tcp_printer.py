"""An ESC/POS printer on the network, usually port 9100, through python-escpos. One job is one connection."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.ports import Clock
from terminal.drivers.paper.line import Opened
from terminal.drivers.paper.printer import Printer
from terminal.drivers.paper.settings import AnsweringSettings

KIND: Final = "printer"

_STALE_MS = 20
"""A box between network and serial line hands what comes late to whoever is connected then."""

_IMPORT_MS = 5_000
"""What loading python-escpos may take: with the first receipt, in its own thread, and never at the start."""


class Settings(AnsweringSettings, frozen=True, kw_only=True):
    """Where the printer is and what it can do."""

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 9100
    connect_ms: Annotated[int, Meta(ge=50, le=30_000)] = 3_000


def build(name: str, settings: Settings, clock: Clock) -> Printer:
    return Printer(name, TcpTransport(name, settings), settings, clock)


class TcpTransport:
    """`Transport` over TCP."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._address = settings.host, settings.port
        self._connect_ms = settings.connect_ms
        self.open_ms = _IMPORT_MS + settings.connect_ms
        self.where = f"{name} at {settings.host}:{settings.port}"

    @contextlib.contextmanager
    def opened(self) -> Iterator[Opened]:
        from escpos.printer import Network  # noqa: PLC0415

        network = Network(*self._address)
        # Not network.open(): it knows no IPv6, and leaks its socket when nobody is there.
        connection = socket.create_connection(self._address, timeout=self._connect_ms / 1000)
        network.device = connection
        with contextlib.closing(network):
            connection.settimeout(0)
            yield Opened(fd=connection.fileno(), stale_ms=_STALE_MS)
            # Only where all went well: the printer hears that this was all.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
