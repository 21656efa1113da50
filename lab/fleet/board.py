"""People at headquarters: what they decide in the course of a day, by the product's own decisions."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from hq import decisions, late, withdrawing
from hq.bringing import ledger_file
from hq.giving import named
from hq.sets_ports import SHARED, Published
from lab.fleet.machine import MERCHANT, Machine, entries_on
from lab.fleet.town import TIERS
from terminal.core.commands import CardState
from terminal.core.values import SiteId
from terminal.core.wire.sets import Row, SetName

if TYPE_CHECKING:
    from lab.fleet.world import World

_BY, _SECOND = "ST-0001", "ST-0002"
_MEETS_S = 60
_SETS_S = 60
SETS_END_S = 150


@dataclass(frozen=True)
class Chances:
    """Of each decision, whenever they meet: about once a minute."""

    card: float = 0.1
    merge: float = 0.1
    tier: float = 0.15
    withdraw: float = 0.2
    again: float = 0.7
    publish: float = 0.08
    write_off: float = 0.4
    reconnected: float = 0.3


CHANCES = Chances()


class Board:
    def __init__(self, world: World) -> None:
        self._world = world
        self._town = world.town
        self._dice = world.dice
        self._office = world.office
        self._published = 0

    async def meets(self) -> None:
        while not self._world.calm:
            await asyncio.sleep(self._dice.expovariate(1 / _MEETS_S))
            if self._world.calm:
                return
            if not self._world.all_known:
                continue
            for decide in (self._card, self._merge, self._tier, self._withdraw, self._publish, self._dead):
                with suppress(decisions.NotDecided):
                    await decide()

    async def makes_sets(self) -> None:
        """As headquarters' own task does: members, the hot list, what is published.

        It ends before the rest does: what it gives last must still be fetched. Where that was not enough, the
        end of the day goes on with it.
        """
        while True:
            await asyncio.sleep(self._dice.expovariate(1 / _SETS_S))
            if self._world.loop.time() >= self._world.calm_since + SETS_END_S:
                return
            await self._office.sets.round()

    async def _publish(self) -> None:
        """Articles, from a time on: a site whose clock is not believed waits, and a technician sets it."""
        for machine in self._world.all_machines():
            if machine.uplink is not None and "clock" in machine.uplink.feeding.why:
                machine.clock.off_ms = 0
        if self._dice.random() >= CHANCES.publish:
            return
        self._published += 1
        rows = [Row(key=f"A{number}", value=b"{}") for number in range(1, 2 + self._dice.randrange(5))]
        part = msgspec.json.encode(rows)
        digest = sha256(part)
        async with self._office.exchange.work(MERCHANT, SHARED) as work:
            await work.turn.lock_sets()
            await work.turn.add_blobs({digest.hexdigest(): part})
            parts, number = (
                [(digest.digest(), len(rows))],
                await work.turn.last_published(SetName.ARTICLES) + 1,
            )
            version = str(self._published)
            published = Published(
                set=SetName.ARTICLES,
                n=number,
                site=SHARED,
                version=version,
                not_before_ms=work.now_ms + self._dice.randrange(120_000),
                manifest=await named(work.turn, SetName.ARTICLES, version, parts),
                parts=(digest.digest(),),
                rows=(len(rows),),
            )
            await work.turn.publish(published)
            await work.turn.look_again(SHARED, work.now_ms)
        self._town.counts["published"] += 1

    async def _card(self) -> None:
        purse = self._dice.choice(self._town.purses) if self._town.purses else None
        if purse is not None and purse.card is not None and self._dice.random() < CHANCES.card:
            state = self._dice.choice((CardState.LOST, CardState.ACTIVE))
            await decisions.set_card(self._office.exchange, MERCHANT, purse.card, state, by=_BY)

    async def _merge(self) -> None:
        if len(self._town.purses) > 1 and self._dice.random() < CHANCES.merge:
            one, two = self._dice.sample(self._town.purses, 2)
            await decisions.merge_members(self._office.exchange, MERCHANT, one.wallet, two.wallet, by=_BY)
            self._town.counts["merges"] += 1

    async def _tier(self) -> None:
        """Up or down: only they take one away."""
        if self._town.purses and self._dice.random() < CHANCES.tier:
            wallet, tier = self._dice.choice(self._town.purses).wallet, self._dice.choice(TIERS)
            await decisions.set_tier(self._office.exchange, MERCHANT, wallet, tier, by=_BY)
            self._forget_tier(wallet)
            self._town.counts["tiers decided"] += 1

    async def _withdraw(self) -> None:
        """A coupon, a member's of one kind, or a kind, which mostly may be given again at once."""
        if not self._town.coupons or self._dice.random() >= CHANCES.withdraw:
            return
        wallet, coupon = self._dice.choice(self._town.coupons)
        which = self._dice.choice(
            (
                withdrawing.Which(coupon=coupon),
                withdrawing.Which(kind="c3", wallet=wallet),
                withdrawing.Which(kind="welcome"),
            )
        )
        exchange = self._office.exchange
        told = await withdrawing.withdraw(exchange, MERCHANT, which, why="misprinted", by=_BY)
        self._town.counts["coupons withdrawn"] += told.pool + sum(told.sites.values())
        if which.kind and not which.wallet and self._dice.random() < CHANCES.again:
            await withdrawing.give_again(exchange, MERCHANT, which.kind, by=_BY)

    def _forget_tier(self, wallet: str) -> None:
        """What was seen before does not bind any more."""
        rows = self._office.books.wallets
        root = rows[wallet].root
        for name, row in rows.items():
            if row.root == root:
                self._office.notes.tiers.pop(name, None)

    async def _dead(self) -> None:
        if self._dice.random() < CHANCES.write_off:
            await self.gives_up_the_dead()
        if self._dice.random() < CHANCES.reconnected:
            for ghost in self._world.ghosts:
                if ghost.site in self._office.notes.written_off:
                    self._world.network.cut.discard(ghost.name)
                    await self._brings(ghost)

    async def brings_the_dead(self) -> None:
        """Whoever was only given up is found, with all that it sold since."""
        for ghost in self._world.ghosts:
            await self._brings(ghost)

    async def _brings(self, ghost: Machine) -> None:
        """As often as people do; what cannot be decided now, or brings nothing, changes nothing."""
        with suppress(decisions.NotDecided), ledger_file(ghost.path) as journal:
            told = await late.take_in(
                self._office.exchange, MERCHANT, ghost.site, journal, by=_BY, second=_SECOND
            )
            self._office.notes.undone_apart += told.undone
            row = self._office.books.sites[ghost.site]
            self._office.notes.written_off[ghost.site] = row.acked
            self._town.counts["taken in"] += 1
            if lost := entries_on(ghost.path) - set(self._office.books.claims):
                self._world.faults.append(f"I1: {len(lost)} entries of {ghost.site} were not taken in")

    async def gives_up_the_dead(self) -> None:
        """Two must sign. After a restore of headquarters that forgot it they do so again."""
        for site in sorted(self._world.dead):
            row = self._office.books.sites.get(site)
            if row is None or row.written_off_ms:
                continue
            await self._signed_once(site)
            await decisions.write_off(self._office.exchange, MERCHANT, site, by=_BY, second=_SECOND)
            self._office.notes.written_off[site] = self._office.books.sites[site].acked
            self._town.counts["write-offs"] += 1
            self._world.what_is_wiped()

    async def _signed_once(self, site: SiteId) -> None:
        with suppress(decisions.NotDecided):
            await decisions.write_off(self._office.exchange, MERCHANT, site, by=_BY, second=_BY)
            self._world.faults.append(f"{site} was written off by one person")
