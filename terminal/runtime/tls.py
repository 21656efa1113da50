"""The HTTPS end: TLS 1.3, our own certificate, and clients' of our own authority where they bring one."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NoReturn

from terminal.core.ports import Clock
from terminal.runtime.authority import SERVER_LIFE, Authority

_LOOK_AGAIN = timedelta(hours=6)


class Server:
    """Its certificate is made at the start and again in the last third of its life; its key is on no disk."""

    def __init__(  # noqa: PLR0913  whose it is, and how strict
        self,
        authority: Authority,
        names: Sequence[str],
        clock: Clock,
        new_serial: Callable[[], int],
        *,
        called: str = "headquarters",
        strict: bool = False,
    ) -> None:
        """`strict`: nobody comes in without a certificate of the authority."""
        self._called = called
        self._authority = authority
        self._names = names
        self._clock = clock
        self._new_serial = new_serial
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        # At headquarters enrolling must be reached without one; every other call refuses whoever brings none.
        self.context.verify_mode = ssl.CERT_REQUIRED if strict else ssl.CERT_OPTIONAL
        self.context.load_verify_locations(cadata=authority.pem)
        self.context.num_tickets = 0  # Connections are kept; a resumed one would save nothing.
        self._until = self._renew()

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> NoReturn:
        while True:
            await sleep(_LOOK_AGAIN.total_seconds())
            if self._until.timestamp() - self._clock.wall_ms() / 1000 < SERVER_LIFE.total_seconds() / 3:
                self._until = self._renew()

    def _renew(self) -> datetime:
        pem, until = self._authority.server(
            self._names, serial=self._new_serial(), now_ms=self._clock.wall_ms(), called=self._called
        )
        # OpenSSL reads files only; this one is in memory.
        descriptor = os.memfd_create("server-certificate")
        try:
            os.write(descriptor, pem)
            self.context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        return until


def names_of(host: str, more: Sequence[str]) -> list[str]:
    """What its certificate says: what was given, where it listens, what this machine is called."""
    names = [*more]
    try:
        everywhere = ip_address(host).is_unspecified
        loopback = ip_address(host).is_loopback
    except ValueError:
        everywhere, loopback = False, False
    if not everywhere:
        names.append(host)
    if everywhere or loopback or host == "localhost":
        names += ["localhost", "127.0.0.1", "::1"]
    if everywhere:
        called = socket.gethostname()
        names += [called, *_addresses(called)]
    return list(dict.fromkeys(name for name in names if name.isascii()))


def _addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        return []
    return [str(address[0]).partition("%")[0] for *_, address in found]
