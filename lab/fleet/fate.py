"""All that goes wrong on a day: network, power, disks, clocks, and a shop that is lost for good."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.core.values import SiteId

if TYPE_CHECKING:
    from lab.fleet.machine import Machine
    from lab.fleet.world import World


@dataclass(frozen=True)
class Chances:
    """Of each misfortune, whenever fate looks: about once a minute."""

    cut: float = 0.4
    crash: float = 0.4
    copy: float = 0.3
    put_back: float = 0.15
    put_back_offline: float = 0.8
    """Then it sells on its old branch before anybody tells it."""
    back_up: float = 0.2
    restore: float = 0.1
    clone: float = 0.06
    clock: float = 0.1
    death: float = 0.06
    destroyed: float = 0.6
    """Of those that are given up for dead; the others only seem so."""


CHANCES = Chances()
_ALIVE_MIN = 2
_LOOKS_S = 60


class Fate:
    def __init__(self, world: World) -> None:
        self._world = world
        self._plan = world.plan
        self._loop = world.loop
        self._dice = world.dice
        self._copies: dict[SiteId, Path] = {}

    async def strikes(self) -> None:
        while not self._world.calm:
            await asyncio.sleep(self._dice.expovariate(1 / _LOOKS_S))
            if self._world.calm:
                return
            self._weather()
            self._power()
            self._disks()
            self._headquarters()
            self._clocks()
            self._death()

    def _chance(self, of: float) -> bool:
        return self._dice.random() < of

    def _soon(self, mean_s: float, machine: Machine) -> None:
        self._loop.call_later(self._dice.expovariate(1 / mean_s), self._back, machine)

    def _back(self, machine: Machine) -> None:
        if machine in self._world.all_machines() and not machine.up:
            self._world.spawn(self._world.started(machine))

    def _weather(self) -> None:
        if not self._plan.cuts or not self._chance(CHANCES.cut):
            return
        self._cut(self._dice.choice(list(self._world.machines)), 300)

    def _cut(self, name: str, mean_s: float) -> None:
        cut = self._world.network.cut
        cut.add(name)
        self._loop.call_later(self._dice.expovariate(1 / mean_s), cut.discard, name)

    def _power(self) -> None:
        if not self._plan.crashes or not self._chance(CHANCES.crash):
            return
        machine = self._dice.choice(self._world.all_machines())
        if machine.up:
            machine.kill()
            self._world.town.counts["crashes"] += 1
            self._soon(20, machine)

    def _clocks(self) -> None:
        if self._plan.clocks and self._chance(CHANCES.clock):
            machine = self._dice.choice(self._world.all_machines())
            machine.clock.off_ms = self._dice.choice((0, -86_400_000, 3_600_000, -90_000))

    # Disks

    def _disks(self) -> None:
        site = self._dice.choice(list(self._world.machines))
        machine = self._world.machines[site]
        if self._plan.rollbacks and self._chance(CHANCES.copy) and machine.up:
            self._copies[site] = copy = self._world.folder / f"copy-{site}"
            machine.copy_disk(copy)
        if self._plan.rollbacks and self._chance(CHANCES.put_back) and site in self._copies:
            self._put_back(machine)
        if self._plan.clones and self._chance(CHANCES.clone) and not self._world.clones and machine.up:
            self._clone(machine)

    def _put_back(self, machine: Machine) -> None:
        machine.kill()
        machine.put_back(self._copies[machine.site])
        self._world.damaged = True
        self._world.rolled_back.add(machine.site)
        self._world.town.counts["rollbacks"] += 1
        self._world.what_is_wiped()
        if self._chance(CHANCES.put_back_offline):
            self._cut(machine.name, 120)
        self._soon(20, machine)

    def _clone(self, machine: Machine) -> None:
        """Somebody copies the card and lets both run."""
        counts = self._world.town.counts
        counts["clones"] += 1
        clone = self._world.machine(machine.site, f"{machine.site}-clone{counts['clones']}")
        shutil.rmtree(clone.folder)
        machine.copy_disk(clone.folder)
        self._world.damaged = True
        self._world.rolled_back.add(machine.site)
        self._world.clones.append(clone)
        self._world.cloned.add(machine.site)
        self._world.spawn(self._world.started(clone))
        self._loop.call_later(self._dice.expovariate(1 / 200), self.taken_away, machine.site)

    def taken_away(self, site: SiteId) -> None:
        """A person takes the copy away again; what it alone has booked is gone with it."""
        for clone in [one for one in self._world.clones if one.site == site]:
            clone.kill()
            self._world.clones.remove(clone)
            self._world.what_is_wiped()

    def _headquarters(self) -> None:
        office = self._world.office
        if self._plan.hq_restores and self._world.all_known and self._chance(CHANCES.back_up):
            office.back_up()
        if self._plan.hq_restores and self._chance(CHANCES.restore) and office.restore():
            self._world.damaged = True
            self._world.town.counts["hq restores"] += 1
            self._world.what_is_wiped()

    # The end of a shop

    def _death(self) -> None:
        """It burns down, or its line is dead and people believe the worst."""
        world = self._world
        alive = [site for site in world.machines if not any(clone.site == site for clone in world.clones)]
        if not self._plan.deaths or not self._chance(CHANCES.death) or len(world.machines) <= _ALIVE_MIN:
            return
        if not alive:
            return
        machine = world.machines.pop(self._dice.choice(alive))
        world.dead.add(machine.site)
        if self._chance(CHANCES.destroyed):
            machine.kill()
            world.town.counts["sites destroyed"] += 1
        else:
            world.network.cut.add(machine.name)
            world.ghosts.append(machine)
            world.town.counts["sites given up"] += 1
        world.what_is_wiped()
