"""One line of the day: through the counter's flows; by hand, which is said, where those do not do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from lab.days.cards import Cards
from lab.days.desk import Desk
from lab.days.hand import Hand
from lab.days.house import House
from lab.days.people import key_of, newcomer, noted
from lab.days.pumps import Pumps
from lab.days.said import line_said, tenders_said
from lab.days.through import Sold, Through
from lab.days.till import Till
from lab.days.told import Facts, Line
from lab.days.totals import points_of
from terminal.core.commands import (
    Booked,
    BookSale,
    Private,
    TenderKind,
)
from terminal.core.payment import Payments, counts_for, points_for, rewarded
from terminal.core.picture import born
from terminal.core.pricing import Priced, priced
from terminal.core.pricing.lunar import days_from_birthday

_NEWCOMERS = "the counter knows no newcomers: priced and booked by hand"


class Play:
    def __init__(self, house: House, till: Till, hand: Hand) -> None:
        self._house = house
        self._till = till
        self._desk = Desk(house, till)
        self._through = Through(house, till, hand)
        self._pumps = Pumps(house, till, hand)
        self._cards = Cards(house, till, hand)
        self.sales = self._through.sales
        self.orders = self._through.orders
        self.picked_up = self._through.picked_up
        self.apart: list[str] = []
        """Of the line that is played: what was done by hand, or taken from the day."""

    async def line(self, line: Line) -> Facts:
        """Raises Refused or Declined: it was declined."""
        through = self._through
        how: Mapping[str, Callable[[Line], Awaitable[Facts]]] = {
            "shift_open": through.open,
            "sale": self._sale,
            "fill": self._pumps.fill,
            "fill_interrupted": self._pumps.fill,
            "pump_test": self._pumps.tested,
            "join_and_fill": self._pumps.joins,
            "join_and_sale": self._sale,
            "recharge": through.recharge,
            "refund": through.refund,
            "refund_recharge": through.refund_recharge,
            "presale": through.presale,
            "paid_out": through.paid_out,
            "shift_close": through.close,
            "closing": through.close,
            "use_count": self._cards.use,
            "sale_and_use_count": self._sale_and_use,
            "refund_count_card": self._cards.refund_unused,
            "batch_cancel": self._cards.cancel_many,
            "call_list": self._calls,
        }
        self.apart = []
        return await how[line.do](line)

    async def _sale(self, line: Line) -> Facts:
        if why := self._by_hand(line):
            self.apart.append(why)
            return await self._sold_by_hand(line)
        joins = line.do == "join_and_sale"
        member = line.given.get("member")
        person = await self._through.joins(line) if joins else self._till.people.get(member or "")
        return await self._through.sale(line, person)

    def _by_hand(self, line: Line) -> str | None:
        """Why the counter cannot do it; None: it can."""
        said, rules = line.given, self._house.day.rules
        if line.do == "join_and_sale":
            return _NEWCOMERS if said.get("bring_a_friend") or "join_gift" in rules else None
        return None

    async def _calls(self, line: Line) -> Facts:
        """As the command tells them: what is used up, and who was born on that day."""
        day, names = line.given["date"], {one.wallet: name for name, one in self._till.people.items()}
        purchases = self._till.purchases(self._till.cycles)
        due = [[names[one.wallet], one.what] for one in purchases.due(day)]
        birthdays = []
        for name, person in self._till.people.items():
            edit = await self._till.known(person)
            born_on = born(Private(told=edit.known.told)) if edit and edit.known else None
            if born_on is not None and not days_from_birthday(born_on, date.fromisoformat(day)):
                birthdays.append(name)
        return {"due": due, "birthday": birthdays}

    # By hand.

    async def _sold_by_hand(self, line: Line) -> Facts:
        said = line.given
        begins, holder, person = None, None, None
        if line.do == "join_and_sale":
            begins = newcomer(self._till, key_of(said), self._house.policy)
            if by := said.get("referrer"):
                opens = replace(begins.opens, introduced_by=self._till.people[by].wallet)
                begins = replace(begins, opens=opens)
        elif said["member"]:
            person = self._till.people[said["member"]]
            holder = await self._till.holder(person)
        visit = await self._desk.visit(said, person, holder, begins)
        bill = priced(self._desk.cart(said), visit, self._house.tariff)
        payments = await self._desk.paid(bill.due, said, holder)
        earns = begins is not None or (holder is not None and rewarded(holder, self._house.policy))
        points = points_for(bill, payments, self._house.policy, visit.business_day) if earns else ()
        if begins is not None or (holder is not None and holder.member is not None):
            points += counts_for(payments, points, self._house.policy, visit.business_day)
        whose = begins or holder
        booked = await self._book(
            BookSale,
            begins.private if begins else None,
            wallet=whose.wallet if whose else None,
            card=whose.card if whose else None,
            lines=bill.lines,
            due=bill.due,
            tenders=payments.tenders,
            rounding=payments.rounding,
            received=payments.received,
            spend_order=self._house.policy.spend_order,
            points=points,
            coupons_used=bill.coupons,
            opens=begins.opens if begins else None,
            had=bill.had,
            bringer=bill.bringer,
        )
        self.sales[line.expect["id"]] = Sold(booked.receipt_no, bill.lines, "")
        if begins:
            noted(self._till, line.expect["joined"], key_of(said), begins.opens)
        told = _told(bill, payments, booked) | self._for_who_brought(line, bill, booked)
        return told | {"points_earned": points_of(points)}

    async def _sale_and_use(self, line: Line) -> Facts:
        """Two transactions: what is used lies on the wallet before."""
        came = await self._sale(line)
        (sku,) = (one[0] for one in line.given["items"])
        used = await self._cards.used(self._till.people[line.given["member"]], sku)
        return came | {name: used[name] for name in ("count_used", "income_recognised")}

    def _for_who_brought(self, line: Line, bill: Priced, booked: Booked) -> Facts:
        if not booked.introducer_uses:
            return {}
        (uses,) = bill.bringer
        what = self._house.day.uses_said(uses.unit)
        return {"friend_reward": {"member": line.given["referrer"], "count": what, "expires": uses.until}}

    async def _book(
        self,
        kind: Callable[..., Any],
        private: Any = None,  # noqa: ANN401  what goes beside it
        **fields: object,
    ) -> Booked:
        till = self._till
        command = kind(id=till.new_id(), at=till.occasion(), **fields)
        return await till.book(command, private)


def _told(bill: Priced, payments: Payments, booked: Booked) -> Facts:
    found: Facts = {
        "lines": [line_said(one) for one in bill.lines if not one.sample],
        "due": bill.due,
        "rounding": payments.rounding,
        "tenders": tenders_said(payments.tenders, booked),
        "points_redeemed": sum(one.units for one in payments.tenders if one.kind is TenderKind.POINTS),
    }
    if samples := [one.sku for one in bill.lines if one.sample]:
        (found["gift"],) = samples
    if payments.received:
        found |= {"received": payments.received, "change": payments.change}
    return found
