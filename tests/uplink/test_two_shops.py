"""Two shops and the real rules of headquarters: a member of one is known and pays in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from os import urandom
from typing import Any

import msgspec
import pytest

from hq.boxes import Boxes
from hq.conservation import astray
from hq.exchange import Exchange, RequestRefused
from hq.memory import MemoryStore
from terminal.core.errors import InsufficientFunds
from terminal.core.policy import Policy
from terminal.core.rights import Floor
from terminal.core.trust import Trust
from terminal.core.values import SiteId
from terminal.core.visit import stored_wants
from terminal.core.wire.journal import Hello, Pull, Push
from terminal.core.wire.people import Profile
from terminal.core.wire.problem import Problem
from terminal.core.wire.rights import Ask, Feed
from terminal.desk.elsewhere import Elsewhere
from terminal.runtime.box import box_public, opened
from terminal.runtime.ids import Uuid7
from terminal.store.memory import MemoryLedger
from terminal.uplink.courier import Reply, Unreachable
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Who
from terminal.uplink.uplink import Outside, Site, Uplink
from tests.desk.fakes import ManualTime
from tests.hq.shop import Hand
from tests.store.facts import AT, an_id, issue, recharge, sale
from tests.uplink.scripted_hq import BOX_KEY, HQ_BOX_KEY
from tests.uplink.test_feed import CARD1

TOKEN_KEY = bytes(32)
PATHS: dict[str, tuple[type[Any], str]] = {
    "/v1/hello": (Hello, "hello"),
    "/v1/push": (Push, "push"),
    "/v1/pull": (Pull, "pull"),
    "/v1/feed": (Feed, "feed"),
    "/v1/ask": (Ask, "ask"),
    "/v1/profile": (Profile, "profile"),
}


class Company:
    """Headquarters in this process, and its shops."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock, self.nonces = Hand(), count(1)
        self.down: set[str] = set()
        self.exchange = Exchange(
            self.store,
            self.clock,
            hq_epoch=1,
            new_nonce=lambda: f"n{next(self.nonces)}",
            ids=Uuid7(self.clock, urandom),
            boxes=Boxes(OneKey(), OneKey(), urandom),
        )


class OneKey:
    """Headquarters' own box key, and the one that all machines of this test have."""

    def opened(self, box: bytes, about: bytes) -> bytes:
        return opened(HQ_BOX_KEY, box, about=about)

    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        del merchant
        return box_public(BOX_KEY) if instance == f"machine-{site}" else None


class Road:
    """The `Courier` of one shop."""

    def __init__(self, company: Company, site: str) -> None:
        self._company, self._site = company, site

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        del bytes_max, wait_s
        await asyncio.sleep(0)
        if self._site in self._company.down:
            raise Unreachable("down")
        form, call = PATHS[path]
        try:
            question = msgspec.json.decode(body, type=form)
            answer = await getattr(self._company.exchange, call)(question)
        except RequestRefused as refusal:
            problem = Problem(code=refusal.code, why=str(refusal))
            return Reply(status=409, body=msgspec.json.encode(problem))
        return Reply(status=200, body=msgspec.json.encode(answer))

    async def close(self) -> None:
        """Nothing is open."""


class Shop:
    def __init__(self, company: Company, name: str) -> None:
        self.clock, self.ids = ManualTime(), Uuid7(Hand(), urandom)
        self.ledger = MemoryLedger(SiteId(name), f"machine-{name}", TOKEN_KEY)
        ledger: Any = self.ledger
        self.uplink = Uplink(
            Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
            Settings(heartbeat_s=1, visit_s=60),
            Who(merchant="m", site=SiteId(name), instance=f"machine-{name}"),
            Outside(
                courier=Road(company, name),
                clock=self.clock,
                ids=self.ids,
                random=urandom,
                occasion=lambda: AT,
                box_key=lambda: BOX_KEY,
                hq_box_key=lambda: box_public(HQ_BOX_KEY),
                sleep=_soon,
            ),
        )
        self.desk = Elsewhere(ledger.books, ledger.committer, self.ids, lambda: AT, Policy())
        self.desk.asking = self.uplink.asker

    async def level(self) -> None:
        """Headquarters has everything, people too."""
        async with asyncio.timeout(20):
            while self.ledger.outbox.waiting() or await self.ledger.link.edits(1):
                await _soon(0)


async def _soon(_: float) -> None:
    await asyncio.sleep(0.002)


@pytest.fixture
async def company() -> Company:
    return Company()


@asynccontextmanager
async def open_shops(company: Company, *names: str) -> AsyncGenerator[list[Shop], None]:
    shops = [Shop(company, name) for name in names]
    async with AsyncExitStack() as stack:
        for shop in shops:
            running = asyncio.create_task(shop.uplink.run())
            stack.callback(running.cancel)
            async with asyncio.timeout(20):
                await shop.uplink.forwarder.greeted.wait()
        yield shops


async def test_a_member_of_one_shop_is_known_and_pays_in_another(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        await home.ledger.submit(recharge(2, principal=500_00))
        await home.level()
        holder = await away.desk.holder(CARD1)
        assert holder is not None
        assert (holder.wallet, holder.spendable) == ("w1", 0)
        usable = await away.desk.bring(CARD1, holder, stored_wants(holder, 120_00))
        assert usable.floor is None
        for _ in range(200):  # Home must release it first.
            if usable.holder.principal >= 120_00:
                break
            usable = await away.desk.bring(CARD1, holder, stored_wants(holder, 120_00))
        await away.ledger.submit(sale(10, 120_00, number=1, stored=120_00))
        await away.level()
        await home.level()
        assert astray(await company.store.totals("m")) == []
        left = (await home.ledger.holder(CARD1)).principal + (await away.ledger.holder(CARD1)).principal
        assert left <= 380_00


async def test_cut_off_it_pays_as_far_as_the_floor_and_headquarters_covers_it_later(
    company: Company,
) -> None:
    signed = msgspec.structs.replace(CARD1, trust=Trust.SIGNED)
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        await home.ledger.submit(recharge(2, principal=500_00))
        await home.level()
        holder = await away.desk.holder(CARD1)
        assert holder is not None
        await away.level()
        company.down.add("S2")
        async with asyncio.timeout(20):
            while away.uplink.forwarder.greeted.is_set():
                await away.ledger.submit(sale(int(urandom(2).hex(), 16) + 1000, 1))
                await _soon(0)
        usable = await away.desk.bring(signed, holder, stored_wants(holder, 30_00))
        assert usable.floor == Floor(wallet=30_00, site=1_000_00)
        floored = msgspec.structs.replace(sale(11, 30_00, number=1, stored=30_00), floor=usable.floor)
        await away.ledger.submit(floored)
        with pytest.raises(InsufficientFunds):
            await away.ledger.submit(msgspec.structs.replace(floored, id=an_id(12)))
        company.down.clear()
        async with asyncio.timeout(20):
            while away.ledger.open_overdraft():
                await _soon(0)
        assert astray(await company.store.totals("m")) == []
