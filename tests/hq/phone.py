"""The phone page over a real PostgreSQL and real HTTPS, with a clock that is turned by hand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp

from hq.door import about_token_key
from hq.door_postgres import PostgresDoor
from hq.keys import Keys, keys_in
from hq.phone.serving import Phones
from hq.phone.settings import FileChannel, PhoneMerchant
from hq.phone.store import PhoneStore
from hq.postgres import PostgresStore, connected
from hq.sql import SQL
from terminal.core.codes import phone
from terminal.core.wire.people import KeyToken, token_of
from terminal.runtime.box import sealed_to
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server
from tests.hq.process import Headquarters
from tests.hq.shop import Chain, Hand, Shop

LI, WANG = "13800000001", "13800000002"
TOKEN_KEY = bytes(range(32))
_FORM_KEY = re.compile(r'name="form_key" value="([0-9a-f]{64})"')


class Ticking(Hand):
    """Its monotonic part is turned apart: how often an address knocks is told by it."""

    mono = 0

    def mono_ms(self) -> int:
        return self.mono


class Answer(NamedTuple):
    status: int
    body: str
    headers: Mapping[str, str]


class PhoneWorld:
    """One merchant with a phone page, and a neighbour."""

    def __init__(self, store: PostgresStore, folder: Path, url: str) -> None:
        self.store = store
        self.chain, self.neighbour = Chain(store), Chain(store)
        self.clock = self.chain.clock = Ticking()
        self.folder = folder
        self.keys: Keys = keys_in(folder / "keys", serial=1, now_ms=SystemClock().wall_ms())
        self.phones = PhoneStore(store)
        self.served = Phones(self.phones, self.keys, self.clock, self.merchants)
        self.url = url

    @property
    def outbox(self) -> Path:
        return self.folder / "codes.jsonl"

    @property
    def merchants(self) -> dict[str, PhoneMerchant]:
        channel = FileChannel(path=str(self.outbox))
        return {
            one.merchant: PhoneMerchant(
                id=one.merchant, name=name, channel=channel, join=join, card_kinds=kinds
            )
            for one, name, join, kinds in (
                (self.chain, "Li's <Fruit>", False, {"all": "Member card", "points": "Points <card>"}),
                (self.neighbour, "Other", True, {}),
            )
        }

    async def known(self, shop: Shop, wallet: str, number: str, *cards: KeyToken, since: int = 0) -> None:
        """As a site tells of a member."""
        key = KeyToken(token=token_of(TOKEN_KEY, phone(number)).hex(), shown=f"{number[:3]}****{number[-4:]}")
        await shop.profile(wallet, key, *cards, since=since)

    def sent(self) -> list[dict[str, str]]:
        if not self.outbox.exists():
            return []
        return [json.loads(line) for line in self.outbox.read_text().splitlines()]

    async def give_token_key(self) -> None:
        door = PostgresDoor(self.store)
        for merchant in self.merchants:
            about = about_token_key(merchant)
            box = sealed_to(self.keys.box_key, TOKEN_KEY, about=about, fresh=os.urandom(32))
            async with door.of(merchant) as connection:
                await connection.execute(SQL["keep_token_key"], merchant, box)


class Phone:
    """A browser as far as the page needs one: cookies, forms, and headers that a test may forge."""

    def __init__(self, world: PhoneWorld, client: aiohttp.ClientSession, language: str = "en") -> None:
        self.world = world
        self.merchant = world.chain.merchant
        self._client = client
        self.cookies: dict[str, str] = {}
        self.language = language
        self.last = Answer(0, "", {})

    @property
    def home(self) -> str:
        return f"/m/{self.merchant}"

    async def get(self, path: str = "", **headers: str) -> Answer:
        return await self._ask("GET", path or self.home, None, headers)

    async def post(self, do: str, fields: Mapping[str, str], **headers: str) -> Answer:
        return await self._ask("POST", f"{self.home}/{do}", fields, {"Origin": self.world.url, **headers})

    async def code(self, number: str = LI) -> str:
        """Asks for one and reads it off the phone. Empty: none came."""
        before = len(self.world.sent())
        await self.post("code", {"phone": number})
        await self.world.served.channels.settled()  # It is written beside the answer.
        sent = self.world.sent()
        return sent[-1]["code"] if len(sent) > before else ""

    async def sign_in(self, number: str = LI) -> Answer:
        return await self.post("in", {"phone": number, "code": await self.code(number)})

    def form_key(self) -> str:
        found = _FORM_KEY.search(self.last.body)
        assert found is not None
        return found[1]

    async def _ask(
        self, method: str, path: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Answer:
        sent = {"Accept-Language": self.language, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {name: value for name, value in sent.items() if value}
        async with self._client.request(
            method, self.world.url + path, data=fields, headers=sent, ssl=False, allow_redirects=False
        ) as answer:
            for name, cookie in answer.cookies.items():
                self.cookies[name] = cookie.value
            self.last = Answer(answer.status, await answer.text(), dict(answer.headers))
        return self.last


@asynccontextmanager
async def phones_over(standing: Headquarters, folder: Path) -> AsyncGenerator[PhoneWorld, None]:
    store = await connected(standing.dsn())
    world = PhoneWorld(store, folder, "")
    await world.give_token_key()
    tls = Server(world.keys.authority, ["127.0.0.1"], SystemClock(), lambda: 3).context
    try:
        async with world.served.serving("127.0.0.1", 0, ["127.0.0.1"], tls) as server:
            world.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield world
    finally:
        await store.close()
