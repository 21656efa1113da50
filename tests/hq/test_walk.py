"""Random walks of a small chain: whatever happens in whatever order, nothing is lost, made or held twice."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from msgspec.structs import replace

from hq.decisions import NotDecided, merge_members
from hq.memory import MemoryStore
from hq.postgres import connected
from terminal.core.commands import BookMerge
from terminal.core.errors import Refused
from terminal.core.rights import Want
from terminal.core.values import WalletId
from terminal.core.wire.journal import Ack, Fork
from terminal.core.wire.people import KeyToken
from tests.hq.process import Headquarters
from tests.hq.shop import FLOOR, Chain, Shop
from tests.hq.test_healing import Backup, rolled_back

STEPS = 120
UNITS = ("principal", "bonus", "points:goods")


class Walk:
    def __init__(self, chain: Chain, seed: int, *, damage: bool) -> None:
        self.chain = chain
        self.random = Random(seed)
        self.damage = damage
        self.shops: list[Shop] = []
        self.wallets: list[str] = []
        self.kept: dict[str, int] = {}
        self.backup: Backup | None = None
        self.forked = False

    async def run(self) -> None:
        self.shops = [await self.chain.shop(f"S{n}") for n in (1, 2, 3)]
        for _ in range(STEPS):
            self.chain.clock.now_ms += self.random.choice((10, 1000, 30_000))
            await self.step()
            await self.chain.conserved()
        await self.settled()

    async def step(self) -> None:
        shop = self.random.choice(self.shops)
        often = (self.trade, self.trade, self.ask, self.push, self.sync)
        seldom = (self.break_disk, self.restore_hq) if self.damage else ()
        what = self.random.choice((*often, self.join, self.trade, self.back, self.merge, *seldom))
        with suppress(Refused, NotDecided):
            await what(shop)

    async def join(self, shop: Shop) -> None:
        wallet = f"w{len(self.wallets) + 1}"
        self.wallets.append(wallet)
        await shop.join(wallet, f"k{wallet}")
        if self.random.random() < 0.7:
            await shop.profile(wallet, KeyToken(token=f"{self.random.randrange(4):064x}"))

    async def trade(self, shop: Shop) -> None:
        if not self.wallets:
            return
        wallet = self.random.choice(self.wallets)
        amount = self.random.randrange(1, 400) * 100
        match self.random.randrange(4):
            case 0:
                await shop.recharge(wallet, amount, bonus=amount // 10)
            case 1:
                await shop.sell(wallet, amount // 4, cash=True, points=amount // 100)
            case _:
                await shop.sell(wallet, amount // 2, floor=FLOOR)

    async def ask(self, shop: Shop) -> None:
        wallet = self.random.choice(self.wallets or ["w1"])
        unit = self.random.choice((*UNITS, f"coupon:k{wallet}"))
        amount = 1 if unit.startswith("coupon") else self.random.randrange(1, 300) * 100
        await shop.ask((f"wallet:{wallet}:{unit}", amount))

    async def back(self, shop: Shop) -> None:
        held = [
            (account.name, balance)
            for account, balance in shop.ledger.balances.items()
            if account.owner == "wallet" and balance > 0
        ]
        if held:
            await shop.give_back(*self.random.sample(held, k=min(2, len(held))))

    async def push(self, shop: Shop) -> None:
        answer = await shop.push(self.random.choice((1, 3, 200)))
        if isinstance(answer, Fork):
            await shop.heal(answer.epoch)

    async def sync(self, shop: Shop) -> None:
        await self.push(shop)
        keeps = ()
        if self.wallets and self.random.random() < 0.2:
            keeps = (Want(account=f"wallet:{self.random.choice(self.wallets)}:principal", amount=10_000),)
        await shop.apply(*keeps)

    async def merge(self, shop: Shop) -> None:
        if len(self.wallets) < 2 or self.random.random() < 0.6:
            return
        one, other = self.random.sample(self.wallets, k=2)
        if self.random.random() < 0.5:
            await merge_members(self.chain.exchange, self.chain.merchant, one, other, by="Chen")
        else:
            await shop.book(BookMerge, wallet=WalletId(one), into=WalletId(other))

    async def break_disk(self, shop: Shop) -> None:
        if self.random.random() < 0.5:
            self.kept[shop.name] = len(shop.ledger.links)
        elif self.random.random() < 0.3 and shop.name in self.kept:
            rolled_back(shop, self.kept[shop.name])
            self.forked = True

    async def restore_hq(self, _shop: Shop) -> None:
        if self.random.random() < 0.3:
            self.backup = Backup(self.chain)
        elif self.backup is not None and self.random.random() < 0.1:
            self.backup.restore(self.chain)

    async def settled(self) -> None:
        """The network heals; nothing new is asked for."""
        self.chain.clock.now_ms += 10 * 60_000
        for _ in range(12):
            news = 0
            for shop in self.shops:
                await self.push(shop)
                answer = await shop.push()
                assert isinstance(answer, Ack), answer
                news += len(await shop.apply())
                await shop.push()
                await self.chain.conserved()
            await self.chain.exchange.tidy(self.chain.merchant)
            if not news:
                break
        assert not news, "headquarters goes on directing"
        await self.same()

    async def same(self) -> None:
        """What a site says it holds is what headquarters says; what is open nobody could cover."""
        totals = {one.account: one for one in await self.chain.store.totals(self.chain.merchant)}
        held: dict[str, int] = {}
        for shop in self.shops:
            for account, balance in shop.ledger.balances.items():
                if account.owner == "wallet" and not account.is_debt:
                    held[account.name] = held.get(account.name, 0) + balance
        assert sum(held.values()) == sum(one.held for one in totals.values())
        assert all(one.transit == 0 for one in totals.values())
        for one in totals.values():
            assert not (one.overdrawn and (one.pool or one.held)), one
        assert await self.chain.open_exceptions("breach") == []
        assert await self.chain.open_exceptions("negative") == []
        assert await self.chain.open_exceptions("quarantine") == []
        if not self.forked:
            assert await self.chain.open_exceptions("fork") == []


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_of_what_shops_do(seed: int) -> None:
    await Walk(Chain(MemoryStore()), seed, damage=False).run()


@pytest.mark.parametrize("seed", range(12))
async def test_any_order_with_disks_and_headquarters_restored(seed: int) -> None:
    await Walk(Chain(MemoryStore()), seed, damage=True).run()


@pytest.mark.hq
@pytest.mark.parametrize("seed", range(3))
async def test_both_stores_come_to_the_same(standing_hq: Headquarters, seed: int) -> None:
    store = await connected(standing_hq.dsn())
    ends = []
    for chain in (Chain(MemoryStore()), Chain(store)):
        await Walk(chain, seed, damage=False).run()
        ends.append([replace(one) for one in await chain.store.totals(chain.merchant)])
    await store.close()
    memory, postgres = ([one for one in end if any((one.facts, one.pool, one.held))] for end in ends)
    assert memory == postgres
