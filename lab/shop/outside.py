"""What is outside of a shop while it sells: a headquarters that directs, a cloud that takes its entries."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
from aiohttp import web

from hq.decisions import set_card
from hq.embedded import looking
from hq.exchange import Exchange
from hq.giving import named
from hq.postgres import connected
from hq.sets_ports import Given
from lab.shop.setting import MERCHANT, SITE
from terminal.core.commands import CardState
from terminal.core.directives import Activate
from terminal.core.values import SiteId
from terminal.core.wire.sets import Row, SetName
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7

_HQ_EPOCH = 1
_OPERATOR = "Li Wei"


@asynccontextmanager
async def _headquarters(folder: Path) -> AsyncGenerator[Exchange, None]:
    """A worker of its own beside the one that runs."""
    async with looking(folder / "hq") as dsn:
        store, clock = await connected(dsn), SystemClock()
        try:
            yield Exchange(
                store,
                clock,
                hq_epoch=_HQ_EPOCH,
                new_nonce=lambda: secrets.token_hex(16),
                ids=Uuid7(clock, secrets.token_bytes),
            )
        finally:
            await store.close()


async def directs(folder: Path, times: int) -> None:
    """So many cards that nobody has here are frozen everywhere."""
    async with _headquarters(folder) as exchange:
        for _ in range(times):
            await set_card(exchange, MERCHANT, secrets.token_hex(8), CardState.FROZEN, by=_OPERATOR)


async def publishes(folder: Path, parts: int) -> None:
    """A new price list, in so many parts of one article each: members and cards headquarters makes itself."""
    bodies = [msgspec.json.encode([Row(key=secrets.token_hex(8), value=b"100")]) for _ in range(parts)]
    version, name = secrets.token_hex(4), SetName.PRICES
    async with _headquarters(folder) as exchange, exchange.work(MERCHANT, SiteId(SITE)) as work:
        turn = work.turn
        await turn.lock_sets()
        await turn.add_blobs({sha256(body).hexdigest(): body for body in bodies})
        manifest = await named(turn, name, version, [(sha256(body).digest(), 1) for body in bodies])
        before = max((row.n for row in await turn.given() if row.set == name), default=0)
        await turn.give(
            Given(
                set=name,
                n=before + 1,
                published=0,
                manifest=manifest,
                id=work.direct(turn.name, Activate(set=name, version=version, hash=manifest.hex())),
                hq_epoch=_HQ_EPOCH,
                given_ms=work.now_ms,
            )
        )


class Cloud:
    """A shop's own: takes every entry that is posted, and knows which came."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self._came = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[str, None]:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.seqs.append(int(request.headers["CT-Seq"]))
        self._came.set()
        return web.Response(status=204)

    async def has(self, entries: int) -> None:
        """Waits until so many came."""
        while len(set(self.seqs)) < entries:
            self._came.clear()
            await self._came.wait()

    def out_of_order(self) -> Sequence[int]:
        """What came before the one that precedes it had ever come."""
        highest, found = 0, []
        for seq in self.seqs:
            if seq > highest + 1:
                found.append(seq)
            highest = max(highest, seq)
        return found


def with_cloud(config: Path, url: str) -> None:
    """Into the terminal's file, with the secret that both have."""
    secret = config.parent / "cloud.secret"
    secret.write_text(secrets.token_hex(32))
    text = config.read_text(encoding="utf-8")
    hook = f'[webhook]\nurl = "{url}"\nsecret_file = "{secret}"\nheartbeat_s = 1.0\nretry_s_max = 2.0\n\n'
    config.write_text(text.replace("[policy]\n", f"{hook}[policy]\n"), encoding="utf-8")
