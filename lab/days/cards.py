"""Count cards of the day, and work on many cards, through the counter's own flows."""

from __future__ import annotations

from lab.days.answers import as_fen, finding, goods, presented
from lab.days.flow import AtTheCounter, on_paper
from lab.days.hand import NotAnswered, key, pick, scan, touch
from lab.days.said import back_said, reason_said
from lab.days.till import Person
from lab.days.told import Facts, Line
from lab.days.totals import moved
from terminal.core.commands import (
    BookCardState,
    BookRefund,
    BookSale,
    TenderKind,
)

_GOODS = "Scan the goods, or key an amount"


class Cards(AtTheCounter):
    async def use(self, line: Line) -> Facts:
        return await self.used(self._till.people[line.given["member"]], line.given["card"])

    async def used(self, person: Person, sku: str) -> Facts:
        """One of the service that the count card is for, paid by a use of it."""
        (service,) = self._house.by_sku[sku].uses_of
        said: Facts = {"items": [[service, 1]]}
        answers = {
            _GOODS: [*goods(self._house, said), touch("done")],
            **finding(self._house, said),
            **presented(person),
            "{name}: use the count card?": [pick("use")],
        }
        came = await self.booked(BookSale, "checkout", answers)
        uses = [one for one in came.command.tenders if one.kind is TenderKind.USES]
        return {
            "due": came.command.due - sum(one.amount for one in uses),
            "count_used": {one.of.partition(":")[2]: one.units for one in uses},
            "income_recognised": sum(abs(moved(came.entry, "site", f"deferred:{one.of}")) for one in uses),
            "points_earned": sum(one.points for one in came.command.points),
        }

    async def refund_unused(self, line: Line) -> Facts:
        """What was bought before the day: the sale of it comes back whole, by its receipt."""
        said = line.given
        bought = await self._till.ledger.books.booked(self._till.people[said["member"]].bought[said["card"]])
        if bought is None:
            raise LookupError(said["card"])
        answers = {
            "Scan the receipt of what comes back, or present the card": [key(bought.receipt_no)],
            "Why does it come back?": [pick("unwanted")],
        }
        came = await self.booked(BookRefund, "refund", answers, self.second(said))
        back = back_said(came.entry)
        on_paper(came.served, *back.values())
        return {
            "reason": reason_said(said["reason"]).value,
            "amount": sum(back.values()),
            "tenders_back": back,
            "points_taken_back": -moved(came.entry, "wallet", "points:"),
        }

    async def cancel_many(self, line: Line) -> Facts:
        said = line.given
        answers = {
            "The manager scans the badge": [scan(self.badge(line.by))],
            "What about many cards?": [pick("cancel")],
            "Which cards?": [pick("numbers")],
            "First and last number, such as PT0001-PT0100": [key(f"{said['from']}-{said['to']}")],
        }
        served = await self.hand.serve("cards", answers, {})
        entries = await self._till.heard()
        if served.refused is not None or served.confirmed is None:
            raise NotAnswered("the cards are not cancelled")
        shown = served.confirmed.lines
        numbers = {one.card: one.number for one in self._till.people.values() if one.card}
        cancelled = [one.payload.card for one in entries if isinstance(one.payload, BookCardState)]
        return {
            "preview": {
                "cancel": [numbers[card] for card in cancelled],
                "count": next(int(one.value) for one in shown if one.label.text == "Cards without value"),
                "sum": sum(abs(amount) for one in entries for _, amount in one.postings),
                "left_out": [
                    [one.label.values["card"].lower(), as_fen(one.value)]
                    for one in shown
                    if one.label.text == "{card}"
                ],
            }
        }
