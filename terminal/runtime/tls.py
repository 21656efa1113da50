"""The HTTPS end: TLS 1.3, our own certificate, and clients' of our own authority where they bring one."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from typing import NoReturn

from terminal.core.commands import ClockTrust
from terminal.core.ports import Clock
from terminal.runtime.authority import EARLIER, SERVER_LIFE, Authority
from terminal.runtime.openssl import NO_CHECK_TIME

LOOK_S = 10.0
"""Between two looks whether its certificate fits the clock: somebody may set that."""


class Server:
    """Its certificate is made at the start, in the last third of its life, and where it is of another time.

    Its key is on no disk.
    """

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
        """`strict`: nobody comes in without a certificate of the authority, whose time who serves judges."""
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
        if strict:
            self.context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        self.context.num_tickets = 0  # Connections are kept; a resumed one would save nothing.
        self._made_ms = self._made_mono_ms = 0
        """When, by the wall clock and by the monotonic one."""
        self._believed = False
        """That wall clock was."""
        self._renew()

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> NoReturn:
        while True:
            await sleep(LOOK_S)
            if not self._fits():
                with suppress(ValueError):  # By a clock that is beyond the authority's own life.
                    self._renew()

    def _fits(self) -> bool:
        """A clock that nobody believes says nothing against what was made by one that was believed."""
        good_ms = SERVER_LIFE // timedelta(milliseconds=1) * 2 // 3
        if self._believed and self._clock.trust is ClockTrust.UNKNOWN:
            return self._clock.mono_ms() - self._made_mono_ms < good_ms
        earlier_ms = EARLIER // timedelta(milliseconds=1)
        return -earlier_ms < self._clock.wall_ms() - self._made_ms < good_ms

    def _renew(self) -> None:
        now_ms = self._clock.wall_ms()
        pem, _ = self._authority.server(
            self._names, serial=self._new_serial(), now_ms=now_ms, called=self._called
        )
        self._made_ms, self._made_mono_ms = now_ms, self._clock.mono_ms()
        self._believed = self._clock.trust is not ClockTrust.UNKNOWN
        # OpenSSL reads files only; this one is in memory.
        descriptor = os.memfd_create("server-certificate")
        try:
            os.write(descriptor, pem)
            self.context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)


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
