"""Customers of one shop: they come without end, buy, recharge, join, bring things back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from lab.fleet.town import FLOOR, TIERS, Kept, Purse
from terminal.core.commands import (
    Booked,
    BookIntent,
    BookIntentEnd,
    BookRecharge,
    CardState,
    Command,
    Grant,
    IntentEnd,
    PaidBy,
    Private,
    Tender,
    TenderKind,
)
from terminal.core.errors import OutcomeUnknown, Refused, TerminalFault
from terminal.core.ledger.membership import following
from terminal.core.rights import Floor, Want
from terminal.core.values import WalletId

if TYPE_CHECKING:
    from lab.fleet.machine import Machine
    from lab.fleet.world import World

_BETWEEN_S = 14.0
_CARDS_FIRST = 10
_WHOLE, _GIVEN = 0.6, 0.3
_APART = 0.5
_GIFT = 0.15
"""Share of the sales that give a cash voucher."""
_PREPAID = {"count:haircut": 10, "litres:92": 5_000}
"""Given at once, by unit; a use of the one is 1, of the other a tank of them."""
_USED = {"count:haircut": 1, "litres:92": 1_500}
COMPANIES = ("transport-1", "taxi-2")


class Customers:
    def __init__(self, world: World, machine: Machine) -> None:
        self._world = world
        self._machine = machine
        self._town = world.town
        self._till = machine.till
        self._dice = world.dice
        self._doings: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = (
            (0.02, self._issue),
            (0.14, self._recharge),
            (0.37, self._buy),
            (0.42, self._fill),
            (0.53, self._bring_back),
            (0.57, self._coupon),
            (0.58, self._expire),
            (0.65, self._use_coupon),
            (0.71, self._points),
            (0.78, self._prepaid),
            (0.805, self._join),
            (0.825, self._corrected),
            (0.86, self._pay_by_code),
            (0.91, self._fleet),
            (0.94, self._voucher),
            (0.962, self._cashback),
            (0.97, self._give_away),
            (0.985, self._tier),
            (1.00, self._card),
        )

    async def come(self) -> None:
        """Until the machine dies or the day ends."""
        while not self._world.calm:
            await asyncio.sleep(self._dice.expovariate(1 / _BETWEEN_S))
            if self._world.calm or not self._machine.sells:
                continue
            doing = self._issue if len(self._town.purses) < _CARDS_FIRST else self._drawn()
            await self._tried(doing)

    async def _tried(self, doing: Callable[[], Awaitable[None]]) -> None:
        try:
            await doing()
        except OutcomeUnknown as fault:
            self._world.faults.append(f"{self._machine.name}: {fault}")
        except Refused as refusal:
            self._town.counts[f"refused: {type(refusal).__name__}"] += 1
        except TerminalFault as fault:  # Forked, swapped, taken over just now: nothing was booked.
            self._town.counts[f"not now: {type(fault).__name__}"] += 1

    async def resolve(self, intents: Sequence[BookIntent]) -> None:
        """After a start: what was begun outside is asked there, and booked or ended."""
        for intent in intents:
            await asyncio.sleep(self._dice.expovariate(1 / 5))
            await self._tried(partial(self._settle, intent, paid=self._town.pays(intent.id)))

    def _drawn(self) -> Callable[[], Awaitable[None]]:
        drawn = self._dice.random()
        return next(doing for share, doing in self._doings if drawn <= share)

    def _somebody(self) -> Purse:
        return self._town.somebody(self._machine.site)

    async def _served(self, purse: Purse, command: Command, private: Private | None = None) -> Booked:
        booked = await self._machine.booked(command, private)
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
        booked = await self._served(purse, command, private)
        self._town.purses.append(purse)
        self._town.named[booked.command.id] = private.name
        opens = getattr(booked.command, "opens", None)
        if opens is not None:
            self._town.coupons += [(purse.wallet, one.coupon) for one in opens.coupons]

    async def _corrected(self) -> None:
        """A member says how the name is written."""
        members = [purse for purse in self._town.purses if purse.member is not None]
        if members:
            purse = self._dice.choice(members)
            command, private = self._till.profile(purse)
            booked = await self._machine.booked(command, private)
            self._town.named[booked.command.id] = private.name

    async def _recharge(self) -> None:
        purse = self._somebody()
        await self._served(purse, self._till.recharge(purse))

    async def _buy(self) -> None:
        purse, due = self._somebody(), self._till.price()
        floor = await self._brought(purse, ("principal", due), ("bonus", due))
        gift = str(self._till.new_id()) if self._dice.random() < _GIFT else ""
        given = (Grant(unit=f"voucher:{gift}", amount=1_000),) if gift else ()
        booked = await self._served(purse, self._till.sale(purse, due, floor, vouchers=given))
        if gift:
            self._town.vouchers.append((purse, gift))
            self._town.counts["vouchers given with sales"] += 1
        self._town.counts["rewarded"] += bool(booked.introducer_earned)
        self._town.has_bought(booked, self._machine.site, purse.wallet, due)
        if purse.member is not None and self._world.all_known:
            self._town.counts["tiers reached"] += await self._machine.reaches_tier(purse.wallet)

    async def _fill(self) -> None:
        """Value is set aside, perhaps with a coupon; what flowed is taken of it later, or nothing did."""
        kept = self._town.some_kept(self._machine.site)
        if kept is None or self._dice.random() < _GIVEN:
            await self._set_aside()
        if kept is None:
            return
        if self._dice.random() < _GIVEN:
            await self._machine.booked(self._till.release(kept))
        else:
            due, takes = self._dice.randrange(1, kept.amount + 1), self._dice.random() < _WHOLE
            await self._machine.booked(self._till.filled(kept, due, takes=takes))
            self._town.counts["coupons taken by fills"] += bool(kept.coupon and takes)
        self._town.counts["coupons set aside and back"] += bool(kept.coupon)

    async def _set_aside(self) -> None:
        purse, coupon = self._somebody(), ""
        if self._dice.random() < _WHOLE and (held := self._town.some_coupon()) is not None:
            purse, coupon = held
            await self._served(purse, self._till.recharge(purse))
        amount = self._till.price()
        await self._brought(purse, ("principal", amount), *([(f"coupon:{coupon}", 1)] if coupon else []))
        booked = await self._served(purse, self._till.hold(purse, amount, coupon))
        self._town.kept.append(Kept(booked.command.id, self._machine.site, purse, amount, coupon))

    async def _give_away(self) -> None:
        """A membership goes to somebody else, with all that lies on it, wherever it lies.

        Some give it once more at a shop that has not heard of it.
        """
        members = [one for one in self._town.regulars.get(self._machine.site, ()) if one.member is not None]
        if not members:
            return
        purse = self._dice.choice(members)
        theirs = await self._gives(self._machine, purse)
        others = [one for one in self._world.machines.values() if one.site != self._machine.site]
        known = [one for one in others if one.sells and theirs in self._town.regulars.get(one.site, ())]
        if known and self._dice.random() < _APART:
            await self._gives(self._dice.choice(known), purse)

    async def _gives(self, machine: Machine, purse: Purse) -> Purse:
        command, private, theirs = machine.till.transfer(purse)
        if machine.ledger is not None:
            command = await machine.ledger.committer.ask(partial(following, command))
        booked = await machine.booked(command, private)
        self._town.was_served(machine.site, purse)
        self._town.is_given(booked.command.id, purse, theirs)
        self._town.named[booked.command.id] = private.name
        return theirs

    async def _bring_back(self) -> None:
        bought = self._town.some_purchase()
        if bought is None:
            return
        if bought.site != self._machine.site and self._machine.uplink is not None:
            await self._machine.uplink.asker.bring((), sales=(bought.entry,))
        part = bought.due if self._dice.random() < _WHOLE else max(1, bought.due // 3)
        await self._machine.booked(self._till.refund(bought, part))
        if self._world.all_known:
            await self._machine.reaches_tier(bought.wallet)

    async def _coupon(self) -> None:
        purse = self._somebody()
        command, given = self._till.coupon(purse)
        if given.until:
            self._town.over[given.coupon] = self._machine.site
        await self._machine.booked(command)
        self._town.coupons.append((purse.wallet, given.coupon))

    async def _expire(self) -> None:
        """What the shop does once a day; here by and by, of whom it may hold some."""
        here = {coupon for coupon, site in self._town.over.items() if site == self._machine.site}
        wallets = {wallet for wallet, coupon in self._town.coupons if coupon in here}
        purses = [purse for purse in self._town.purses if purse.wallet in wallets]
        if purses:
            await self._machine.booked(self._till.expiry(self._dice.choice(purses)))

    async def _use_coupon(self) -> None:
        held = self._town.some_coupon()
        if held is None:
            return
        purse, coupon = held
        self._town.comes_with(coupon, self._machine.site)
        due = self._till.price()
        floor = await self._brought(purse, (f"coupon:{coupon}", 1), ("principal", due))
        booked = await self._machine.booked(self._till.sale(purse, due, floor, (coupon,)))
        self._town.has_bought(booked, self._machine.site, purse.wallet, due)

    async def _points(self) -> None:
        purse, points = self._somebody(), self._dice.randrange(5, 60)
        await self._brought(purse, ("points:goods", points))
        await self._machine.booked(self._till.redeem(purse, points))

    async def _prepaid(self) -> None:
        purse, unit = self._somebody(), self._dice.choice(sorted(_PREPAID))
        if self._dice.random() < _GIVEN:
            await self._machine.booked(self._till.given(purse, unit, _PREPAID[unit]))
            return
        await self._brought(purse, (unit, _USED[unit]))
        await self._machine.booked(self._till.uses(purse, unit, _USED[unit]))

    async def _voucher(self) -> None:
        """One account each, its value in one lot that lies with one holder."""
        held = self._town.some_voucher()
        if held is None or self._dice.random() < _GIVEN:
            purse, name = self._somebody(), str(self._till.new_id())
            await self._machine.booked(self._till.given(purse, f"voucher:{name}", 1_000))
            self._town.vouchers.append((purse, name))
            return
        purse, name = held
        await self._brought(purse, (f"voucher:{name}", 1_000))
        tender = Tender(kind=TenderKind.VOUCHER, amount=self._dice.randrange(500, 1_001), of=name)
        await self._machine.booked(self._till.paid_with(purse, tender))

    async def _cashback(self) -> None:
        purse, amount = self._somebody(), self._dice.randrange(50, 500)
        if self._dice.random() < _WHOLE:
            await self._machine.booked(self._till.given(purse, "cashback", amount))
            return
        await self._brought(purse, ("cashback", amount))
        tender = Tender(kind=TenderKind.CASHBACK, amount=amount)
        await self._machine.booked(self._till.paid_with(purse, tender))

    async def _fleet(self) -> None:
        """A company's driver fills up; its credit is rights, too."""
        company = self._dice.choice(COMPANIES)
        if self._dice.random() < _GIVEN:
            await self._machine.booked(self._till.fleet_funds(company))
            return
        due = self._dice.randrange(3_000, 20_000)
        await self._wanted((Want(account=f"company:{company}:credit", amount=due),))
        await self._machine.booked(self._till.fuel_on_credit(company, due))

    async def _tier(self) -> None:
        if self._world.all_known:
            purse = self._somebody()
            await self._machine.booked(self._till.tier(purse, self._dice.choice(TIERS)))
            await self._machine.reaches_tier(purse.wallet)

    async def _card(self) -> None:
        """Somebody calls: a card is lost, or was found."""
        cards = [purse.card for purse in self._town.purses if purse.card is not None]
        if cards and self._world.all_known:
            state = self._dice.choice((CardState.FROZEN, CardState.ACTIVE))
            await self._machine.booked(self._till.card_state(self._dice.choice(cards), state))

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
                paid_by=PaidBy.CODE,
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
        """How far it may go below what is here, where nobody answers."""
        return await self._wanted(
            tuple(Want(account=f"wallet:{purse.wallet}:{unit}", amount=amount) for unit, amount in wants)
        )

    async def _wanted(self, wants: tuple[Want, ...]) -> Floor | None:
        """Asks headquarters where something is short here."""
        machine = self._machine
        if machine.uplink is None or machine.ledger is None:
            return None
        brought = await machine.uplink.asker.bring(wants)
        if self._dice.random() < _WHOLE:  # Others go away and say nothing.
            machine.uplink.asker.forget()
        return None if brought.reached else FLOOR
