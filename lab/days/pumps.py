"""Fills of the day: released at the counter and settled by themselves, or paid once they flowed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from lab.days.answers import Asked, presented
from lab.days.flow import AtTheCounter, Declined, on_paper
from lab.days.hand import PIN, Act, NotAnswered, key, pick, scan, tap, touch
from lab.days.people import card_key, key_of, noted
from lab.days.said import sale_said
from lab.days.till import Person
from lab.days.told import Facts, Line
from terminal.core.cart import FUEL, Article
from terminal.core.commands import BookHold, BookNote, BookSale, Measured
from terminal.core.entry import Entry
from terminal.core.held_coupons import held_coupons
from terminal.core.money import plain

_PATIENCE_S = 60


class Pumps(AtTheCounter):
    async def fill(self, line: Line) -> Facts:
        self._priced(line)
        if "card" in line.given:
            return await self._by_company(line)
        if line.given["tenders"] == ["value"]:
            return await self._held(line)
        return await self._paid_afterwards(line)

    async def tested(self, line: Line) -> Facts:
        """By hand at the dispenser; keyed at the counter, and seen by somebody else."""
        said = line.given
        self.hand.pumps.tested(said["nozzle"], said["litres"])
        answers = {
            "What about the shift?": [pick("tested")],
            "Which nozzle was tested?": [pick(str(said["nozzle"]))],
            "How much went back into the tank?": [key(plain(said["litres"]))],
            "Who saw it? Scan that badge": [scan(self.badge(said["witness"]))],
        }
        came = await self.booked(BookNote, "shift", answers)
        (tested,) = came.command.pumps.tested if came.command.pumps else ()
        return {"returned_to_tank": tested.centilitres}

    def _priced(self, line: Line) -> None:
        """The price is that of the minute in which the nozzle is released."""
        at = line.given.get("authorised_at", line.at)
        self._till.clock.stands_at(self._house.day.wall_ms(at))
        self._costs(at)

    def _flows_on(self, line: Line) -> None:
        """Until the line's own minute, when the next car pays the new price."""
        self._till.begin(line)
        self._costs(line.at)

    def _costs(self, at: str) -> None:
        """At that local time, by what dispensers show and by what the station has published."""
        articles = {}
        for grade, told in self._house.day.fuel_at(at).items():
            self.hand.pumps.priced(grade, told["price"])
            sku = f"{FUEL}{grade}"
            articles[sku] = Article(
                sku=sku,
                name=told["name"],
                category=told["family"],
                price=told["price"],
                measured=Measured.CENTILITRE,
            )
        self.hand.fuel_costs(articles)

    async def _by_company(self, line: Line) -> Facts:
        """Its vehicle's card is scanned; where it is not for that, nothing is released."""
        said = line.given
        wanted = said.get("wanted_litres") or said.get("dispensed", {}).get("litres", 1_00)
        answers = {
            **self._at(line),
            "How much fuel?": [pick("litres")],
            "How many litres?": [key(plain(wanted))],
            "Present the member card or code": [tap(card_key(said["card"]))],
        }
        served = await self.hand.serve("release", answers, {})
        begun = await self._till.heard()
        if served.refused is not None and not begun:
            grade = next(one["grade"] for one in self._house.day.nozzles if one["nozzle"] == said["nozzle"])
            raise Declined(served.refused, f"grade {grade} not permitted on this card")
        ((hold, entry),) = [(one.payload, one) for one in begun if isinstance(one.payload, BookHold)]
        self._flows(line)
        told: dict[str, Any] = await self._settled(entry)
        told["tenders"] = {"fleet": told["due"]}
        if "wanted_litres" in said and hold.fleet is not None:
            told["authorised_litres"] = hold.fleet.litres
        return told

    async def _held(self, line: Line) -> Facts:
        """The hold, then what the dispenser says of it; nobody stands at the counter for the second."""
        person = self._till.people[line.given["member"]]
        answers = {
            **self._at(line),
            "How much fuel?": [pick("full")],
            **presented(person),
            **await self._coupon(line.given, person),
        }
        served = await self.hand.serve("release", answers, {})
        if served.refused is not None:
            raise NotAnswered(f"not released: {served.refused.code}")
        begun = await self._till.heard()
        ((hold, entry),) = [(one.payload, one) for one in begun if isinstance(one.payload, BookHold)]
        self._flows_on(line)
        self._flows(line)
        told: dict[str, Any] = await self._settled(entry)
        if hold.amount != line.given.get("hold", hold.amount):
            told["hold"] = hold.amount
        return told

    async def joins(self, line: Line) -> Facts:
        """A newcomer's fill: the plate is asked, and the pack is in the same entry."""
        said, name = line.given, line.expect["joined"]
        self._priced(line)
        whose = key_of(said)
        asked = {"Number plate": [key(said["plate"])]}
        sale, entry = await self._sold(line, key(whose.number), "A new member. Grade and litres?", asked)
        opens = sale.opens
        if opens is None:
            raise NotAnswered("nobody joined")
        noted(self._till, name, whose, opens)
        return sale_said(sale, entry) | {"coupon_pack_value": sum(one.face for one in opens.coupons)}

    async def _paid_afterwards(self, line: Line) -> Facts:
        member = self._till.people.get(line.given["member"] or "")
        if member is None:
            sold = await self._sold(line, touch("skip"), "Grade and litres?", {})
        else:
            greets = "Welcome back, {name}. Grade and litres?"
            if line.given.get("coupons"):
                await self._pin_chosen(line, member)
            coupon = await self._coupon(line.given, member)
            sold = await self._sold(line, key(member.key.number), greets, coupon)
        return sale_said(*sold)

    async def _coupon(self, said: Facts, person: Person) -> Asked:
        """By its kind, as the days of a station call them; whoever has some and uses none says so."""
        held = await self._till.ledger.committer.ask(partial(held_coupons, wallet=person.wallet))
        wanted = [one.coupon for kind in said.get("coupons", ()) for one in held if one.kind == kind]
        return {"Which coupon comes off?": [pick(wanted[0])]} if wanted else {}

    async def _pin_chosen(self, line: Line, person: Person) -> None:
        """A phone number alone uses no coupon: whoever joined by it at the pump chooses a PIN first."""
        answers = {
            "Present the card whose PIN is chosen, or key the phone": [touch("phone")],
            "Key the member's phone number": [key(person.key.number)],
            "Scan your badge: you vouch for the member": [scan(self.badge(line.by))],
            "The member chooses a PIN of six digits": [key(PIN)],
            "The same PIN once more": [key(PIN)],
        }
        await self.hand.serve("pin", answers, {})
        await self._till.heard()

    async def _sold(self, line: Line, who: Act, greets: str, more: Asked) -> tuple[BookSale, Entry]:
        """Released without a card, filled, and paid at the counter."""
        said = line.given
        released = {
            **self._at(line),
            "How much fuel?": [pick("sum" if "preset_money" in said else "full")],
            "Present the member card or code": [touch("skip")],
        }
        if "preset_money" in said:
            released["For how much?"] = [key(plain(said["preset_money"]))]
        await self.hand.serve("release", released, {})
        fill = self._flows(line)
        (way,) = said["tenders"]
        answers = {
            "Scan your badge": [scan(self.badge(line.by))],
            "Scan the driver's code or card, or key the phone number": [who],
            greets: [pick(f"fill:{fill}")],
            "How is it paid?": [pick(way)],
            **more,
        }
        if way == "cash":
            answers["How much cash was given?"] = [key(plain(said["received"]))]
        came = await self.booked(BookSale, "join", answers)
        told = sale_said(came.command, came.entry)
        on_paper(came.served, came.command.due, *told["tenders"].values(), told.get("change", 0))
        return came.command, came.entry

    def _at(self, line: Line) -> dict[str, list[Act]]:
        nozzle = str(line.given["nozzle"])
        return {"Scan your badge": [scan(self.badge(line.by))], "Which nozzle?": [pick(nozzle)]}

    def _flows(self, line: Line) -> str:
        """As the day's dispenser counted it, or as far as it came before its power went."""
        nozzle = line.given["nozzle"]
        flowed = line.given.get("dispensed") or line.given["power_cut_at"]
        fill = self.hand.pumps.pump(nozzle, flowed["litres"], flowed["amount"])
        self.hand.hangs_up(nozzle)
        return fill.id

    async def _settled(self, hold: Entry) -> Facts:
        """Raises NotAnswered: it is not sold by itself."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    await self._till.ledger.outbox.grown(len(self._till.entries))
                    for one in await self._till.heard():
                        if isinstance(one.payload, BookSale):
                            return sale_said(one.payload, one, hold)
        except TimeoutError:
            raise NotAnswered("what flowed is not sold by itself") from None
