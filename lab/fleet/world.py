"""A town with shops and their headquarters, a day of it, and all that may go wrong on such a day."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Coroutine, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hq import decisions
from hq.policy import Policy
from lab.fleet.loop import SeededLoop
from lab.fleet.machine import MERCHANT, Machine
from lab.fleet.network import CALM, Network, Weather
from lab.fleet.office import Office
from lab.fleet.people import Customers
from lab.fleet.town import Town
from terminal.core.commands import CardState
from terminal.core.errors import TerminalFault
from terminal.core.values import EntryId, SiteId
from terminal.core.wire.journal import HELLO_PATH
from terminal.core.wire.link import LinkCondition
from terminal.store.answers import entry_id
from terminal.uplink.courier import Reply


@dataclass(frozen=True)
class Chances:
    """Of each misfortune, whenever fate looks: about once a minute."""

    cut: float = 0.4
    crash: float = 0.4
    copy: float = 0.3
    put_back: float = 0.15
    back_up: float = 0.2
    restore: float = 0.1
    clone: float = 0.06
    clock: float = 0.1
    card_lost: float = 0.1
    merge: float = 0.05


CHANCES = Chances()
ROUNDS, ROUNDS_FORKED = 3, 5

POLICY = Policy(floor=30_00, cap=200_00, reserve=50_00, reserve_low=12_50)
"""Small, so that a short day reaches every limit."""


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
    weather: Weather = field(default_factory=Weather)


PLANS: dict[str, Plan] = {
    "plain": Plan(),
    "rollback": Plan(rollbacks=True),
    "hq": Plan(hq_restores=True),
    "clone": Plan(clones=True),
    "all": Plan(rollbacks=True, hq_restores=True, clones=True),
}


class World:
    def __init__(self, loop: SeededLoop, plan: Plan, folder: Path) -> None:
        self.loop = loop
        self.plan = plan
        self.dice = loop.dice
        self.folder = folder
        self.faults: list[str] = []
        """What no machine may ever do: found while it ran."""
        self.town = Town(loop.dice)
        self.office = Office(loop, POLICY, self.faults.append)
        self.network = Network(loop, self._answered, plan.weather)
        self.machines: dict[SiteId, Machine] = {}
        """The one that is the shop, as far as a person knows."""
        self.clones: list[Machine] = []
        self.calm = False
        self.wiped: set[EntryId] = set()
        """Told to people and on no disk any more: a person put an older one in."""
        self.rolled_back: set[SiteId] = set()
        self.damaged = False
        """Some disk, here or at headquarters, was put back: forks are no false alarm from here on."""
        self._copies: dict[SiteId, Path] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        for number in range(plan.sites):
            self._open(SiteId(f"s{number}"))

    async def _answered(self, path: str, body: bytes) -> Reply:
        return await self.office.answered(path, body)

    def _open(self, site: SiteId) -> None:
        self.machines[site] = self._machine(site, site)

    def _machine(self, site: SiteId, name: str) -> Machine:
        return Machine(self.loop, self.network, self.town, self.folder / name, site, name, self.faults.append)

    def all_machines(self) -> Sequence[Machine]:
        return [*self.machines.values(), *self.clones]

    # The day

    async def day(self) -> None:
        for machine in self.machines.values():
            await self._started(machine)
        self._spawn(self._chaos())
        end = self.loop.time() + self.plan.day_s
        while self.loop.time() < end and not self.faults:
            await asyncio.sleep(self.dice.expovariate(1 / 200))

    async def quiet(self) -> None:
        """The network heals, everything is switched on, nobody sells."""
        self.calm = True
        self.network.weather = CALM
        self.network.cut.clear()
        for clone in list(self.clones):
            await self._decide(clone.site)
        for machine in self.machines.values():
            if not machine.up:
                await self._started(machine)
        while self.network.under_way[self.plan.weather]:
            await asyncio.sleep(1)
        for machine in self.machines.values():
            self._spawn(self._arrives(machine))

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

    def _is_there(self, machine: Machine) -> bool:
        """Whether all that was approved by now has arrived."""
        claims = self.office.books.claims
        return all(
            entry in claims or entry in self.wiped
            for entry, (site, _) in self.town.told.items()
            if site == machine.site
        )

    async def _started(self, machine: Machine) -> None:
        try:
            await machine.start()
        except TerminalFault as fault:
            self.faults.append(f"{machine.name} does not start: {type(fault).__name__}: {fault}")
            return
        if not self.calm:
            machine.spawn(Customers(self, machine).come())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def over(self) -> None:
        for task in self._tasks:
            task.cancel()
        for machine in self.all_machines():
            machine.kill()

    # What goes wrong

    async def _chaos(self) -> None:
        while not self.calm:
            await asyncio.sleep(self.dice.expovariate(1 / 60))
            if self.calm:
                return
            self._weather()
            self._power()
            self._disks()
            self._clocks()
            await self._people_decide()

    def _weather(self) -> None:
        if not self.plan.cuts or self.dice.random() > CHANCES.cut:
            return
        name = self.dice.choice(list(self.machines))
        self.network.cut.add(name)
        self.loop.call_later(self.dice.expovariate(1 / 300), self.network.cut.discard, name)

    def _power(self) -> None:
        if self.plan.crashes and self.dice.random() < CHANCES.crash:
            self._crash(self.dice.choice(self.all_machines()))

    def _crash(self, machine: Machine) -> None:
        if machine.up:
            machine.kill()
            self.town.counts["crashes"] += 1
            self.loop.call_later(self.dice.expovariate(1 / 20), self._back, machine)

    def _back(self, machine: Machine) -> None:
        if machine in self.all_machines() and not machine.up:
            self._spawn(self._started(machine))

    def _disks(self) -> None:
        site = self.dice.choice(list(self.machines))
        machine = self.machines[site]
        if self.plan.rollbacks and self.dice.random() < CHANCES.copy and machine.up:
            self._copies[site] = copy = self.folder / f"copy-{site}"
            machine.copy_disk(copy)
        if self.plan.rollbacks and self.dice.random() < CHANCES.put_back and site in self._copies:
            self._put_back(machine)
        if self.plan.hq_restores and self.dice.random() < CHANCES.back_up:
            self.office.back_up()
        if self.plan.hq_restores and self.dice.random() < CHANCES.restore and self.office.restore():
            self.damaged = True
            self.town.counts["hq restores"] += 1
            self._what_is_wiped()
        if self.plan.clones and self.dice.random() < CHANCES.clone and not self.clones and machine.up:
            self._clone(machine)

    def _put_back(self, machine: Machine) -> None:
        machine.kill()
        machine.put_back(self._copies[machine.site])
        self.damaged = True
        self.rolled_back.add(machine.site)
        self.town.counts["rollbacks"] += 1
        self._what_is_wiped()
        self.loop.call_later(self.dice.expovariate(1 / 20), self._back, machine)

    def _clone(self, machine: Machine) -> None:
        """Somebody copies the card and lets both run."""
        number = self.town.counts["clones"] = self.town.counts["clones"] + 1
        clone = self._machine(machine.site, f"{machine.site}-clone{number}")
        shutil.rmtree(clone.folder)
        machine.copy_disk(clone.folder)
        self.damaged = True
        self.clones.append(clone)
        self._spawn(self._started(clone))
        after_s = self.dice.expovariate(1 / 200)
        self.loop.call_later(after_s, lambda: self._spawn(self._decide(machine.site)))

    async def _decide(self, site: SiteId) -> None:
        """A person takes the copy away again; what it alone has booked is gone with it."""
        for clone in [one for one in self.clones if one.site == site]:
            clone.kill()
            self.clones.remove(clone)
            self._what_is_wiped()

    def _clocks(self) -> None:
        if self.plan.clocks and self.dice.random() < CHANCES.clock:
            machine = self.dice.choice(self.all_machines())
            machine.clock.off_ms = self.dice.choice((0, -86_400_000, 3_600_000, -90_000))

    async def _people_decide(self) -> None:
        """At headquarters: a card is lost, two memberships are one person's."""
        with suppress(decisions.NotDecided):
            if self.town.purses and self.dice.random() < CHANCES.card_lost:
                purse = self.dice.choice(self.town.purses)
                if purse.card is not None:
                    await decisions.set_card(
                        self.office.exchange, MERCHANT, purse.card, CardState.LOST, by="ST-0001"
                    )
            if len(self.town.purses) > 1 and self.dice.random() < CHANCES.merge:
                one, two = self.dice.sample(self.town.purses, 2)
                await decisions.merge_members(
                    self.office.exchange, MERCHANT, one.wallet, two.wallet, by="ST-0001"
                )
                self.town.counts["merges"] += 1

    def _what_is_wiped(self) -> None:
        there = set(self.office.books.claims)
        for machine in self.all_machines():
            there |= entries_on(machine.path)
        self.wiped |= {entry for entry in self.town.told if entry not in there}


def entries_on(path: Path) -> set[EntryId]:
    """Ids of what the file holds, as another reader of it sees."""
    if not path.exists():
        return set()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as seen:
        return {entry_id(row[0]) for row in seen.execute("SELECT id FROM entries")}
