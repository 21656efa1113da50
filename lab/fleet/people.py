"""Customers of one shop: they come without end, buy, recharge, join, bring things back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from terminal.core.commands import Booked, BookIntent, BookIntentEnd, BookRecharge, Command, IntentEnd
from terminal.core.errors import OutcomeUnknown, Refused, TerminalFault
from terminal.core.rights import Floor, Want
from terminal.core.values import WalletId

if TYPE_CHECKING:
    from lab.fleet.machine import Machine
    from lab.fleet.town import Purse
    from lab.fleet.world import World

_BETWEEN_S = 14.0
_CARDS_FIRST = 10
_WHOLE, _GIVEN = 0.6, 0.3
FLOOR = Floor(wallet=30_00, site=200_00)


class Customers:
    def __init__(self, world: World, machine: Machine) -> None:
        self._world = world
        self._machine = machine
        self._town = world.town
        self._till = machine.till
        self._dice = world.dice
        self._doings: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.02, self._issue),
            (0.16, self._recharge),
            (0.50, self._buy),
            (0.61, self._bring_back),
            (0.67, self._coupon),
            (0.76, self._use_coupon),
            (0.83, self._points),
            (0.91, self._haircut),
            (0.94, self._join),
            (1.00, self._pay_by_code),
        )

    async def come(self) -> None:
        """Until the machine dies or the day ends."""
        while not self._world.calm:
            await asyncio.sleep(self._dice.expovariate(1 / _BETWEEN_S))
            if self._world.calm or not self._machine.sells:
                continue
            doing = self._issue if len(self._town.purses) < _CARDS_FIRST else self._drawn()
            try:
                await doing()
            except OutcomeUnknown as fault:
                self._world.faults.append(f"{self._machine.name}: {fault}")
            except Refused as refusal:
                self._town.counts[f"refused: {type(refusal).__name__}"] += 1
            except TerminalFault as fault:  # Forked, swapped, taken over just now: nothing was booked.
                self._town.counts[f"not now: {type(fault).__name__}"] += 1

    def _drawn(self) -> Callable[[], Awaitable[None]]:
        drawn = self._dice.random()
        return next(doing for share, doing in self._doings if drawn <= share)

    def _somebody(self) -> Purse:
        return self._town.somebody(self._machine.site)

    async def _served(self, purse: Purse, command: Command) -> Booked:
        booked = await self._machine.booked(command)
        self._town.was_served(self._machine.site, purse)
        return booked

    # What they do

    async def _issue(self) -> None:
        command, private, purse = self._till.issue()
        await self._machine.booked(command, private)
        self._town.purses.append(purse)
        self._town.was_served(self._machine.site, purse)

    async def _join(self) -> None:
        command, private, purse = self._till.join()
        booked = await self._machine.booked(command, private)
        self._town.purses.append(purse)
        opens = getattr(booked.command, "opens", None)
        if opens is not None:
            self._town.coupons += [(purse.wallet, one.coupon) for one in opens.coupons]

    async def _recharge(self) -> None:
        purse = self._somebody()
        await self._served(purse, self._till.recharge(purse))

    async def _buy(self) -> None:
        purse, due = self._somebody(), self._till.price()
        floor = await self._brought(purse, ("principal", due), ("bonus", due))
        booked = await self._served(purse, self._till.sale(purse, due, floor))
        self._town.has_bought(booked, self._machine.site, purse.wallet, due)

    async def _bring_back(self) -> None:
        bought = self._town.some_purchase()
        if bought is None:
            return
        if bought.site != self._machine.site and self._machine.uplink is not None:
            await self._machine.uplink.asker.bring((), sales=(bought.entry,))
        part = bought.due if self._dice.random() < _WHOLE else max(1, bought.due // 3)
        await self._machine.booked(self._till.refund(bought, part))

    async def _coupon(self) -> None:
        purse = self._somebody()
        command, name = self._till.coupon(purse)
        await self._machine.booked(command)
        self._town.coupons.append((purse.wallet, name))

    async def _use_coupon(self) -> None:
        held = self._town.some_coupon()
        if held is None:
            return
        purse, coupon = held
        due = self._till.price()
        floor = await self._brought(purse, (f"coupon:{coupon}", 1), ("principal", due))
        booked = await self._machine.booked(self._till.sale(purse, due, floor, (coupon,)))
        self._town.has_bought(booked, self._machine.site, purse.wallet, due)

    async def _points(self) -> None:
        purse, points = self._somebody(), self._dice.randrange(5, 60)
        await self._brought(purse, ("points:goods", points))
        await self._machine.booked(self._till.redeem(purse, points))

    async def _haircut(self) -> None:
        purse = self._somebody()
        if self._dice.random() < _GIVEN:
            await self._machine.booked(self._till.uses(purse))
            return
        await self._brought(purse, ("count:haircut", 1))
        await self._machine.booked(self._till.haircut(purse))

    async def _pay_by_code(self) -> None:
        """The intent first; the payer's bank says yes or no; then the recharge it was for, or its end."""
        purse = self._somebody()
        intent = self._till.intent(purse)
        if not isinstance(intent, BookIntent):
            raise TypeError
        await self._machine.booked(intent)
        paid = self._town.pays(intent.id)
        await asyncio.sleep(self._dice.expovariate(1 / 3))
        await self._settle(intent, paid=paid)

    async def _settle(self, intent: BookIntent, *, paid: bool) -> None:
        if paid:
            done = BookRecharge(
                id=intent.consumed_by,
                at=self._till.at(),
                wallet=intent.wallet or WalletId(""),
                card=None,
                principal=intent.amount,
                bonus=0,
                received=intent.amount,
            )
            await self._machine.booked(done)
        else:
            end = BookIntentEnd(
                id=self._till.new_id(),
                at=self._till.at(),
                intent=intent.id,
                end=IntentEnd.UNDONE,
                evidence="closed",
            )
            await self._machine.booked(end)

    async def _brought(self, purse: Purse, *wants: tuple[str, int]) -> Floor | None:
        """Asks headquarters where something is short here; how far below it may go where nobody answers."""
        machine = self._machine
        if machine.uplink is None or machine.ledger is None:
            return None
        asked = tuple(Want(account=f"wallet:{purse.wallet}:{unit}", amount=amount) for unit, amount in wants)
        brought = await machine.uplink.asker.bring(asked)
        if self._dice.random() < _WHOLE:  # Others go away and say nothing.
            machine.uplink.asker.forget()
        return None if brought.reached else FLOOR
