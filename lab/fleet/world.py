"""A town with shops and their headquarters, a day of it, and all that may go wrong on such a day."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.fleet.board import Board
from lab.fleet.fate import Fate
from lab.fleet.loop import SeededLoop
from lab.fleet.machine import MERCHANT, Keys, Machine, entries_on
from lab.fleet.network import CALM, Network, Weather
from lab.fleet.office import Office
from lab.fleet.paper import Roll
from lab.fleet.people import Customers
from lab.fleet.town import POLICY, Town
from terminal.core.errors import TerminalFault
from terminal.core.values import EntryId, SiteId
from terminal.core.wire.journal import HELLO_PATH
from terminal.core.wire.link import LinkCondition
from terminal.core.wire.sets import SetName
from terminal.runtime.box import box_public
from terminal.uplink.courier import Reply

ROUNDS, ROUNDS_FORKED = 3, 5
_TRIES, _WAY_S = 8, 5
"""A question may meet a session that is just beginning anew."""
PRINTERS = 1
"""Shops with a receipt printer: one is as good as four, and drawing receipts costs time."""


@dataclass(frozen=True)
class Plan:
    """What may happen on this day."""

    sites: int = 4
    day_s: float = 2_500
    crashes: bool = True
    cuts: bool = True
    clocks: bool = True
    rollbacks: bool = False
    hq_restores: bool = False
    clones: bool = False
    deaths: bool = False
    weather: Weather = field(default_factory=Weather)


PLANS: dict[str, Plan] = {
    "plain": Plan(),
    "rollback": Plan(rollbacks=True),
    "hq": Plan(hq_restores=True),
    "clone": Plan(clones=True),
    "dead": Plan(hq_restores=True, deaths=True),
    "all": Plan(rollbacks=True, hq_restores=True, clones=True, deaths=True),
}


class World:
    def __init__(self, loop: SeededLoop, plan: Plan, folder: Path) -> None:
        self.loop = loop
        self.plan = plan
        self.dice = loop.dice
        self.folder = folder
        self.faults: list[str] = []
        """What no machine may ever do: found while it ran."""
        self.town = Town(loop.dice, loop.dice.randbytes(32))
        self.office = Office(loop, POLICY, self.faults.append)
        self.network = Network(loop, self._answered, plan.weather)
        self.rolls = {f"s{number}": Roll() for number in range(PRINTERS)}
        self.machines: dict[SiteId, Machine] = {}
        """The one that is the shop, as far as a person knows."""
        self.clones: list[Machine] = []
        self.cloned: set[SiteId] = set()
        """Sites of which two machines ever ran."""
        self.ghosts: list[Machine] = []
        """Of shops that are given up for dead, and still sell somewhere without a network."""
        self.dead: set[SiteId] = set()
        self.calm = False
        self.calm_since = math.inf
        self.wiped: set[EntryId] = set()
        """Told to people and on no disk any more: a person put an older one in."""
        self.rolled_back: set[SiteId] = set()
        self.damaged = False
        """Some disk, here or at headquarters, was put back: forks are no false alarm from here on."""
        self._site_keys: dict[SiteId, bytes] = {}
        self.fate, self.board = Fate(self), Board(self)
        self._tasks: set[asyncio.Task[None]] = set()
        for number in range(plan.sites):
            self._open(SiteId(f"s{number}"))

    async def _answered(self, path: str, body: bytes) -> Reply:
        return await self.office.answered(path, body)

    def _open(self, site: SiteId) -> None:
        self._site_keys[site] = self.dice.randbytes(32)
        self.office.machine_keys[site] = box_public(self._site_keys[site])
        self.machines[site] = self.machine(site, site)

    def machine(self, site: SiteId, name: str) -> Machine:
        return Machine(
            self.loop,
            self.network,
            self.town,
            self.folder / name,
            site,
            name,
            Keys(own=self._site_keys[site], hq=self.office.box_public),
            self.rolls.get(name),
            self.faults.append,
        )

    def all_machines(self) -> Sequence[Machine]:
        return [*self.machines.values(), *self.clones, *self.ghosts]

    @property
    def all_known(self) -> bool:
        """To headquarters. What is said to all before comes to a new site with its data sets."""
        return len(self.office.books.sites) >= self.plan.sites

    # The day

    async def day(self) -> None:
        for machine in self.machines.values():
            await self.started(machine)
        self.spawn(self.fate.strikes())
        self.spawn(self.board.meets())
        self.spawn(self.board.makes_sets())
        end = self.loop.time() + self.plan.day_s
        while self.loop.time() < end and not self.faults:
            await asyncio.sleep(self.dice.expovariate(1 / 200))

    async def quiet(self) -> None:
        """The network heals, everything is switched on, nobody sells."""
        self.calm = True
        self.calm_since = self.loop.time()
        self.network.weather = CALM
        self.network.cut.clear()
        for clone in list(self.clones):
            self.fate.taken_away(clone.site)
        for machine in [*self.machines.values(), *self.ghosts]:
            machine.clock.off_ms = 0  # A technician sees to it.
            if not machine.up:
                await self.started(machine)
        while self.network.under_way[self.plan.weather]:
            await asyncio.sleep(1)
        await self.board.gives_up_the_dead()
        self.what_is_wiped()
        for machine in self.machines.values():
            self.spawn(self._arrives(machine))
        self.spawn(self._settles_the_dead())

    async def _arrives(self, machine: Machine) -> None:
        """I9: once no old message is in flight, few rounds bring every fact to headquarters."""
        forked = machine.link.condition is LinkCondition.FORK
        before = self.network.heard[machine.name, HELLO_PATH]
        while not self._is_there(machine):
            await asyncio.sleep(0.5)
            forked = forked or machine.link.condition is LinkCondition.FORK
            rounds = self.network.heard[machine.name, HELLO_PATH] - before
            if rounds > (ROUNDS_FORKED if forked else ROUNDS):
                self.faults.append(f"I9: {machine.name} has facts of its own after {rounds} rounds")
                return

    async def _settles_the_dead(self) -> None:
        """Section 3: what a dead site sold may be undone elsewhere: the right to it is not lost with it.

        What it sold and never told is brought.
        """
        claims, machine = self.office.books.claims, next(iter(self.machines.values()))
        while machine.uplink is None or not machine.link.online or await self.restoring():
            await asyncio.sleep(1)
        await self.board.brings_the_dead()
        for site in sorted(self.dead):
            sold = [one.entry for one in self.town.bought if one.site == site and one.entry in claims]
            if not sold or self.office.books.entries[site, claims[sold[-1]].seq].fault:
                continue
            for _ in range(_TRIES):
                await machine.uplink.asker.bring((), sales=(sold[-1],))
                if self.office.books.sale_holders.get(sold[-1], site) != site:
                    break
                await asyncio.sleep(_WAY_S)
            else:
                self.faults.append(f"I4: the right to undo {sold[-1]} is lost with {site}")

    async def restoring(self) -> bool:
        """Whether headquarters moves nothing yet."""
        async with self.office.store.turn(MERCHANT, SiteId("")) as turn:
            return (await turn.standing(self.office.hq_epoch)).restoring

    def _is_there(self, machine: Machine) -> bool:
        """Whether all that was approved by now has arrived."""
        claims = self.office.books.claims
        return all(
            entry in claims or entry in self.wiped
            for entry, (site, _) in self.town.told.items()
            if site == machine.site
        )

    async def started(self, machine: Machine) -> None:
        try:
            await machine.start()
        except TerminalFault as fault:
            self.faults.append(f"{machine.name} does not start: {type(fault).__name__}: {fault}")
            return
        await self._looks_at_intents(machine)
        if not self.calm:
            machine.spawn(Customers(self, machine).come())

    async def _looks_at_intents(self, machine: Machine) -> None:
        """I11: a start lists all that was begun outside and has not ended; people ask the outside."""
        if machine.ledger is None:
            return
        intents = await machine.ledger.books.open_intents()
        begun = self.town.begun_outside(machine.site) - self.wiped - machine.ended_intents()
        if machine.site not in self.rolled_back and (lost := begun - {intent.id for intent in intents}):
            self.faults.append(f"I11: {machine.name} has forgotten {len(lost)} that it began outside")
        if not self.calm:
            machine.spawn(Customers(self, machine).resolve(intents))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def lacking(self) -> list[str]:
        """I9: what a machine that runs lacks of its data sets."""
        found = []
        for machine in self.machines.values():
            active = machine.ledger.link.standing().sets if machine.ledger else {}
            half = [name for name in await machine.half_sets() if not self._lost(name, active.get(name, ""))]
            if half:
                found.append(f"I9: {machine.name} reads {half[0]} and has not all of it")
            if self.town.purses and not {SetName.CARDS, SetName.MEMBERS} <= active.keys():
                found.append(f"I9: {machine.name} has no set of members and cards: {sorted(active)}")
        return found

    def _lost(self, name: str, manifest: str) -> bool:
        """Published after the copy that headquarters came back from, and gone with the shop's own disk.

        Nobody has it any more; people publish it again. Members and cards are made of what the chains say.
        """
        derived = {SetName.MEMBERS, SetName.CARDS}
        return bool(self.office.restored) and name not in derived and manifest not in self.office.books.blobs

    def over(self) -> None:
        for task in self._tasks:
            task.cancel()
        for machine in self.all_machines():
            machine.kill()

    def what_is_wiped(self) -> None:
        """What no disk holds any more from which headquarters will hear of it."""
        there = set(self.office.books.claims)
        for machine in self.all_machines():
            if machine.site not in self.dead:
                there |= entries_on(machine.path)
        self.wiped |= {entry for entry in self.town.told if entry not in there}
