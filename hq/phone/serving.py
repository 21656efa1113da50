"""The listener of the phone page: nothing else is reached from it."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from hq.app import runner_of
from hq.keys import Keys
from hq.member_codes import shown_by_phone
from hq.phone.channels import Channels
from hq.phone.pages import PhonePages
from hq.phone.settings import PhoneMerchant, PhoneUnusable
from hq.phone.signing_in import SigningIn
from hq.phone.store import PhoneStore
from terminal.core.ports import Clock
from terminal.runtime.connections import Connections
from terminal.runtime.knocks import Knocks

KNOCKS_AT_ONCE, KNOCK_EVERY_MS = 20, 6_000
"""Codes asked for and tried from one address: shops and offices have one for many phones."""
SHOWN_AT_ONCE, SHOWN_EVERY_MS = 20, 5_000
"""Codes that one session fetches; the page itself does so every 45 s."""
STOP_S = 2.0


class Phones:
    def __init__(
        self, store: PhoneStore, keys: Keys, clock: Clock, merchants: Mapping[str, PhoneMerchant]
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._merchants = merchants
        self.channels = Channels(clock)

    @asynccontextmanager
    async def serving(
        self, host: str, port: int, names: Collection[str], tls: ssl.SSLContext
    ) -> AsyncGenerator[asyncio.Server, None]:
        """Until it is left. `names`: by which a browser may reach us. Raises OSError."""
        connections = Connections()
        pages = PhonePages(
            self._store,
            SigningIn(self._store, self._keys, self._clock, secrets.token_bytes),
            self.channels,
            self._clock,
            codes=self._code,
            knocks=Knocks(self._clock, at_once=KNOCKS_AT_ONCE, every_ms=KNOCK_EVERY_MS),
            shows=Knocks(self._clock, at_once=SHOWN_AT_ONCE, every_ms=SHOWN_EVERY_MS),
            merchants=self._merchants,
            names=names,
        )
        runner = runner_of(pages.application(connections), stop_s=STOP_S)
        await runner.setup()
        try:
            listening = await connections.listen(runner, host, port, tls)
            yield listening
            listening.close()
        finally:
            await self.channels.close()
            await runner.cleanup()

    def _code(self, merchant: str, phone: bytes) -> str:
        now_ms = self._clock.wall_ms()
        return shown_by_phone(self._keys, merchant, phone, now_ms=now_ms, random=secrets.token_bytes)

    async def tidy(self) -> None:
        """Old codes and sessions go; entries that came are noted, so that no page waits for that."""
        for merchant in self._merchants:
            await self._store.tidy(merchant, self._clock.wall_ms())
            more = True
            while more:
                more = await self._store.look_through(merchant)


def tls_of(pem: Path) -> ssl.SSLContext:
    """For browsers, with a certificate that they believe; `pem` holds it, its chain and its key.

    Raises PhoneUnusable.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(pem)
    except OSError as fault:  # An ssl.SSLError is one.
        raise PhoneUnusable(f"{pem}: no certificate with its key") from fault
    return context
