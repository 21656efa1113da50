"""The making of data sets: who was met where, what changed, which parts lag, what each site is given.

Runs beside the calls, in short turns of its own; what it has not come to is found in the books the next time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Collection, Sequence

from msgspec.structs import replace

from hq import parts
from hq.boxes import Boxes
from hq.exchange import Exchange
from hq.giving import Pace, give_members, give_published, next_look, publish_cards, seal_anew
from hq.ports import Turn
from hq.sets_ports import SHARED, Change, SetSite, is_due, place_of
from terminal.core.values import SiteId
from terminal.core.wire.sets import SetName

_DAY_MS = 86_400_000


class SetMaker:
    def __init__(self, exchange: Exchange, boxes: Boxes, pace: Pace | None = None) -> None:
        self._exchange = exchange
        self._boxes = boxes
        self._pace = pace or Pace()

    async def round(self) -> None:
        """All that waits, up to a bound; the rest has its turn in the next one.

        Raises what went wrong first, after everybody else had their turn.
        """
        store, pace = self._exchange.store, self._pace
        faults: list[Exception] = []
        for merchant in await store.merchants_changed(pace.sites):
            faults += await _tried(self.changes(merchant))
        for merchant, site in await store.sites_to_look_at(self._exchange.clock.wall_ms(), pace.sites):
            faults += await _tried(self.visit(merchant, site) if site else self.visit_merchant(merchant))
        if faults:
            raise faults[0]

    async def changes(self, merchant: str) -> None:
        """From what changed to the parts that hold it."""
        async with self._exchange.store.turn(merchant, SHARED) as turn:
            await turn.lock_sets()
            changes = await turn.take_changes(self._pace.changes)
            cards = [one.key for one in changes if one.set == SetName.CARDS]
            await turn.spoil(SetName.CARDS, {(SHARED, place_of(card)) for card in cards})
            members = [one for one in changes if one.set == SetName.MEMBERS]
            if members:
                await self._people_changed(turn, members)

    async def _people_changed(self, turn: Turn, changes: Sequence[Change]) -> None:
        roots = await turn.roots({one.key for one in changes})
        await self._merged(turn, {wallet: root for wallet, root in roots.items() if root != wallet})
        met = {(roots[one.key], one.site) for one in changes if one.site != SHARED}
        await turn.saw(met, self._today())
        await turn.spoil(SetName.MEMBERS, await turn.seen_at(set(roots.values())))

    async def _merged(self, turn: Turn, root_by_wallet: dict[str, str]) -> None:
        """Whoever was met under the name that is gone was met under the one that is left."""
        gone = await turn.unsee(root_by_wallet) if root_by_wallet else ()
        await turn.spoil(SetName.MEMBERS, {(site, place_of(wallet)) for wallet, site, _ in gone})
        by_day: dict[int, set[tuple[str, SiteId]]] = defaultdict(set)
        for wallet, site, day in gone:
            by_day[day].add((root_by_wallet[wallet], site))
        for day, met in sorted(by_day.items()):
            await turn.saw(met, day)

    def _today(self) -> int:
        return self._exchange.clock.wall_ms() // _DAY_MS

    # One site

    async def visit(self, merchant: str, site: SiteId) -> None:
        async with self._exchange.store.turn(merchant, site) as turn:
            row = await turn.peek()
        if row is None or row.written_off_ms:
            return
        key = await self._boxes.key_of(merchant, site, row.instance)
        state = await self._looked_through(merchant, site, key)
        if state is None:
            return
        if key is not None and is_due(state.due_ms, self._exchange.clock.wall_ms()):
            await self._build(merchant, site, SetName.MEMBERS, key)
        async with self._exchange.work(merchant, site) as work:
            await work.turn.lock_sets()
            state = await work.turn.set_site()
            if state is None or state.box_key != key:
                return
            await give_published(work, self._boxes, key)
            due_ms = await give_members(work, self._pace) if key is not None else 0
            await work.turn.forget_given()
            behind = row.acked > state.read_seq
            look_ms = work.now_ms if behind else await next_look(work, self._pace)
            await work.turn.save_set_site(replace(state, look_ms=look_ms, due_ms=due_ms))

    async def _looked_through(self, merchant: str, site: SiteId, key: bytes | None) -> SetSite | None:
        """Takes what is new in its chain. None: it cannot be done now."""
        async with self._exchange.work(merchant, site) as work:
            row = await work.turn.peek()
            if work.idle or row is None:
                return None
            await work.turn.lock_sets()
            state = await work.turn.set_site() or await self._begun(work.turn)
            upto = min(row.acked, state.read_seq + self._pace.entries)
            await self._met(work.turn, state.read_seq, upto)
            if state.box_key != key:
                await seal_anew(work.turn)
                state = replace(state, due_ms=0)
            state = replace(state, read_seq=upto, instance=row.instance, box_key=key)
            await work.turn.save_set_site(state)
        return state

    async def _begun(self, turn: Turn) -> SetSite:
        """A site that is new begins with those whom the others have met."""
        await turn.adopt_seen(self._pace.adopted)
        count = await turn.count_keys(SetName.MEMBERS)
        await turn.save_parts(SetName.MEMBERS, parts.first_parts(count))
        return SetSite()

    async def _met(self, turn: Turn, after: int, upto: int) -> None:
        wallets = await turn.posted_wallets(after, upto) if upto > after else ()
        fresh: Collection[tuple[SiteId, int]] = ()
        if wallets:
            roots = await turn.roots(wallets)
            fresh = await turn.saw({(root, turn.name) for root in roots.values()}, self._today())
        if came := await turn.came_wallets(after, upto) if upto > after else ():
            await turn.came(set((await turn.roots(came)).values()), self._today())
        before = self._today() - self._pace.held_days
        old = await turn.forget_seen(before, self._pace.forgotten)
        await turn.spoil(SetName.MEMBERS, {*fresh, *old})

    async def _build(self, merchant: str, site: SiteId, name: SetName, key: bytes) -> None:
        """Some of the parts that lag."""
        store = self._exchange.store
        for _ in range(self._pace.parts):
            async with store.turn(merchant, site) as turn:
                part = await turn.lagging(name)
                if part is None:
                    return
                items = await parts.items_of(turn, name, part)
            if items is None:
                made = [parts.Made(part=half, body=None) for half in parts.halves(part)]
            else:
                made = await parts.built(self._boxes, name, part, items, key)
            async with store.turn(merchant, site) as turn:
                await turn.lock_sets()
                state = await turn.set_site()
                if state is not None and (state.box_key or b"") == key:  # Else it was for another machine.
                    await parts.put(turn, name, part, made)

    # What all sites of a merchant share

    async def visit_merchant(self, merchant: str) -> None:
        async with self._exchange.store.turn(merchant, SHARED) as turn:
            await turn.lock_sets()
            if await turn.set_site() is None:
                count = await turn.count_keys(SetName.CARDS)
                await turn.save_parts(SetName.CARDS, parts.first_parts(count))
                await turn.save_set_site(SetSite())
        await self._build(merchant, SHARED, SetName.CARDS, b"")
        async with self._exchange.work(merchant, SHARED) as work:
            await work.turn.lock_sets()
            state = await work.turn.set_site()
            if state is not None and not work.idle:
                await work.turn.save_set_site(await publish_cards(work, self._pace, state))
                await work.turn.forget_published(work.now_ms)
        await self.sweep(merchant)

    async def sweep(self, merchant: str) -> int:
        """Drops what no manifest names that a site has or is to have; how many went."""
        gone, after = 0, b""
        while True:
            async with self._exchange.store.turn(merchant, SHARED) as turn:
                await turn.lock_sets()
                after, some = await turn.sweep_blobs(after, self._pace.swept)
            gone += some
            if not after:
                return gone


async def _tried(work: Awaitable[None]) -> list[Exception]:
    """One merchant's trouble is nobody else's."""
    try:
        await work
    except Exception as fault:  # noqa: BLE001  raised by whoever called for it
        return [fault]
    return []
