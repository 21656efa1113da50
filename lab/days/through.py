"""Lines of the day through the counter's own flows: what a hand answers, and what was booked of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from lab.days.answers import finding, goods, one_way, paid, presented, quantity_of, who_came
from lab.days.flow import AtTheCounter, NotOnPaper, number_of, on_paper
from lab.days.hand import PIN, Act, Hand, Served, first, key, pick, scan, tap, touch
from lab.days.house import House
from lab.days.people import coupons_of, key_of, noted
from lab.days.said import back_said, reason_said, sale_said
from lab.days.till import Person, Till
from lab.days.told import Facts, Line
from lab.days.totals import FEN_A_POINT, moved, points_of
from terminal.core.codes import spoken
from terminal.core.commands import (
    BookCashMove,
    BookDeposit,
    BookJoin,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    SaleLine,
)
from terminal.core.held_coupons import held_coupons
from terminal.core.ledger.referral import rewarded
from terminal.core.money import plain

_GOODS, _ORDERED = "Scan the goods, or key an amount", "Scan what is ordered"
_YES = pick("yes")


class Sold(Struct, frozen=True):
    """A sale that may come back in parts."""

    number: str
    """Of its receipt."""
    lines: Sequence[SaleLine]
    coupon: str
    """The one that was used, by the day's name; empty: none."""


class Ordered(Struct, frozen=True):
    """What is picked up another day."""

    number: str
    """As people name it."""
    line: Line


class Through(AtTheCounter):
    def __init__(self, house: House, till: Till, hand: Hand) -> None:
        super().__init__(house, till, hand)
        self.sales: dict[str, Sold] = {}
        """By the day's names."""
        self.orders: dict[str, Ordered] = {}
        """The same: what was left a deposit on."""

    # The drawer.

    async def open(self, line: Line) -> Facts:
        cash = line.given["cash"]
        self.hand.dispensers_show(line.given.get("totals", {}))
        await self.booked(
            BookShiftOpen,
            "shift",
            {"Count the cash in the drawer": [pick("sum"), key(plain(cash))]},
            {"What about the shift?": pick("open"), "Who is at the drawer?": pick(self.badge(line.by))},
        )
        return {}

    async def paid_out(self, line: Line) -> Facts:
        await self.booked(
            BookCashMove,
            "shift",
            {
                "What about the shift?": [pick("paid_out")],
                "Why is cash taken out?": [pick("purchase")],
                "How much is taken out?": [key(plain(line.given["cash"]))],
            },
        )
        return {}

    async def close(self, line: Line) -> Facts:
        counted = line.given["counted_cash"]
        self.hand.dispensers_show(line.given.get("totals", {}))
        came = await self.booked(
            BookShiftClose,
            "shift",
            {
                "What about the shift?": [pick("close")],
                "Count all the cash in the drawer": [pick("sum"), key(plain(counted))],
                "How much stays for the next shift?": [pick("0")],
            },
        )
        figures = await self._till.ledger.books.figures(came.command.id)
        if figures.differences:
            raise NotOnPaper(f"receipts and ledger: {figures.differences}")
        told: Facts = {
            "expected_cash": figures.in_drawer,
            "counted_cash": came.command.counted,
            "over_short": figures.over,
        }
        if figures.grades:
            told["nozzles"] = {
                one.grade: {
                    "booked_and_tests": one.sold + one.tested,
                    "totaliser_difference": one.flowed,
                    "over": one.over,
                }
                for one in figures.grades
            }
            on_paper(came.served, *(one.over for one in figures.grades))
        return told

    # Sales.

    async def sale(self, line: Line, person: Person | None) -> Facts:
        said = line.given
        coupons, used = await self._coupons(said, person)
        answers = {
            _GOODS: [*goods(self._house, said), *who_came(said), *used, touch("done")],
            **finding(self._house, said),
            **paid(said, vouchers=len(self._house.vouchers(said))),
        }
        answers |= presented(person)
        if said.get("group"):
            answers["How many came together?"] = [key(str(said["group"]))]
        came = await self.booked(
            BookSale, "checkout", answers, {"Which coupon comes off?": coupons or pick("none")}
        )
        coupon = said["coupons"][0] if came.command.coupons_used else ""
        self.sales[line.expect["id"]] = Sold(number_of(came.served), came.command.lines, coupon)
        found = sale_said(came.command, came.entry)
        on_paper(came.served, came.command.due, *found["tenders"].values(), found.get("change", 0))
        if short := self._short(came.served):
            found["warning"] = {"low_stock": short}
        names = {one.wallet: name for name, one in self._till.people.items()}
        if brought := {names[one.wallet]: one.points for one in rewarded(came.entry)}:
            found["referral"] = brought
        return found

    async def joins(self, line: Line) -> Person:
        """Before the sale: there is no flow that does both."""
        said = line.given
        answers: dict[str, Sequence[Act]] = {
            "Scan the newcomer's code, or key the phone number": [key(key_of(said).number)],
            "The member chooses a PIN of six digits": [key(PIN)],
            "The same PIN once more": [key(PIN)],
            "Present the card that is handed out": [touch("skip")],
        }
        if by := said.get("referrer"):
            shows = self._till.people[by].shows
            answers["Which member brought them? Present the card, or key the phone number"] = [tap(shows)]
        otherwise = {
            "Who won this member?": pick(self.badge(line.by)),
            "May the shop send offers?": _YES if said.get("consent") else pick("no"),
            "May partners of the shop send offers?": pick("no"),
        }
        came = await self.booked(BookJoin, "member", answers, otherwise)
        return noted(self._till, line.expect["joined"], key_of(said), came.command.opens)

    async def presale(self, line: Line) -> Facts:
        said = line.given
        (way,) = said["tenders"]
        answers = {
            "What is it for?": [pick("articles")],
            _ORDERED: [*goods(self._house, said), touch("done")],
            **finding(self._house, said),
            **presented(self._till.people[said["member"]]),
            "How much is left as a deposit?": [key(plain(said["deposit"]))],
            **one_way(way, said),
        }
        came = await self.booked(BookDeposit, "deposit", answers, {"What about the deposit?": pick("take")})
        deposit = came.command
        on_paper(came.served, deposit.amount, deposit.rest)
        self.orders[line.expect["order"]] = Ordered(spoken(number_of(came.served)), line)
        return {
            "deposit": deposit.amount,
            "rest_at_pickup": deposit.rest,
            "tenders": {deposit.paid_by.value: deposit.amount},
            "points_earned": moved(came.entry, "wallet", "points:"),
        }

    async def picked_up(self, order: Ordered) -> Facts:
        """All that was ordered, the rest by code: nothing is said of that day but its date."""
        said = order.line.given
        person = self._till.people[said["member"]]
        answers = {
            "What about the deposit?": [pick("settle")],
            "Scan what is picked up": [*goods(self._house, said), touch("done")],
            **finding(self._house, said),
            **presented(person),
        }
        otherwise = {"How is it paid?": pick("code"), "How is the rest paid?": pick("code")}
        came = await self.booked(BookSale, "deposit", answers, otherwise)
        found = sale_said(came.command, came.entry)
        on_paper(came.served, came.command.due, *found["tenders"].values())
        return found

    async def refund(self, line: Line) -> Facts:
        said, sold = line.given, self.sales[line.given["of"]]
        at = {one.sku: str(place) for place, one in reversed([*enumerate(sold.lines)])}
        answers = {
            "Scan the receipt of what comes back, or present the card": [key(sold.number)],
            "Why does it come back?": [pick(said.get("reason", "unwanted"))],
            "What comes back?": [pick(at[sku]) for sku, _ in said["items"]],
        }
        amounts = [quantity_of(sold.lines[int(at[sku])], quantity) for sku, quantity in said["items"]]
        otherwise = {"What comes back?": pick("done")}
        otherwise |= dict.fromkeys(("How many {name} come back?", "How much {name} comes back?"), amounts[0])
        came = await self.booked(BookRefund, "refund", answers, otherwise | self.second(said))
        amount = sum(one.net for one in came.command.returned)
        on_paper(came.served, amount)
        back = back_said(came.entry)
        points = back.get("points_value", 0) // FEN_A_POINT
        named = {"coupon_back": sold.coupon} if moved(came.entry, "wallet", "coupon:") > 0 else {}
        return named | {
            "amount": amount,
            "tenders_back": back,
            "rounding_to_member": -moved(came.entry, "site", "cash_rounding"),
            "points_given_back": points,
            "points_taken_back": points - moved(came.entry, "wallet", "points:"),
        }

    # Value.

    async def recharge(self, line: Line) -> Facts:
        said = line.given
        person = self._till.people[said["member"]]
        answers = {
            "Present the card to recharge": [tap(person.shows)],
            "How much is recharged?": [key(plain(said["amount"]))],
            **one_way(said["tender"], said),
        }
        came = await self.booked(BookRecharge, "recharge", answers)
        recharge = came.command
        on_paper(came.served, recharge.principal, recharge.bonus)
        found = {
            "principal": recharge.principal,
            "bonus": recharge.bonus,
            "tenders": {recharge.paid_by.value: recharge.principal},
            "points_earned": points_of(recharge.points),
            "gift_points": recharge.gift_points,
        }
        if said["tender"] == "cash":
            found |= {"received": recharge.received, "change": recharge.received - recharge.principal}
        return found

    async def refund_recharge(self, line: Line) -> Facts:
        said = line.given
        answers = {
            "Present the card that is paid back": [tap(self._till.people[said["member"]].shows)],
            "Whose wish is it?": [pick(reason_said(said["reason"]).value)],
        }
        came = await self.booked(
            BookRechargeRefund, "recharge_refund", answers, {"Which recharge?": first()} | self.second(said)
        )
        amount = -moved(came.entry, "wallet", "principal")
        on_paper(came.served, amount)
        return {
            "reason": came.command.reason.value,
            "amount": amount,
            "tenders_back": back_said(came.entry),
            "bonus_taken_back": -moved(came.entry, "wallet", "bonus"),
        }

    # What a hand answers.

    async def _coupons(self, said: Facts, person: Person | None) -> tuple[Act | None, list[Act]]:
        """The one that is handed over, as it is touched; and what is held no more, by its code."""
        kinds = {self._house.coupon(name) for name in said.get("coupons", ())}
        if person is None or not kinds:
            return None, []
        held = await self._till.ledger.committer.ask(partial(held_coupons, wallet=person.wallet))
        theirs = [one for one, there in coupons_of(self._till, person) if not there]
        gone = kinds - {one.kind for one in held}
        touched = next((pick(one.coupon) for one in held if one.kind in kinds), None)
        return touched, [scan(f"CP-{one.coupon}") for one in theirs if one.kind in gone]

    def _short(self, served: Served) -> dict[str, int]:
        """What the counter warned of, at the last screen of the cart."""
        advice = served.cart.advice if served.cart else None
        if advice is None or advice.text != "{left} of {name} left. Tell the manager.":
            return {}
        skus = {article.name: sku for sku, article in self._house.by_sku.items()}
        return {skus[advice.values["name"]]: int(advice.values["left"])}
