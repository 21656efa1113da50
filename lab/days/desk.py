"""What a sale is made of: the cart, who buys, what each way of paying takes."""

from __future__ import annotations

from functools import partial

from lab.days.house import House
from lab.days.till import Person, Till
from lab.days.told import Facts
from terminal.core.cart import Cart
from terminal.core.commands import Measured, Tender, TenderKind
from terminal.core.held_coupons import held_coupons
from terminal.core.labels import label_in, weighed
from terminal.core.membership import Newcomer
from terminal.core.money import Fen
from terminal.core.payment import Payment, Payments, by_points, paid_by
from terminal.core.pricing import Buyer, HeldCoupon, Visit
from terminal.core.trust import Holder
from terminal.core.vouchers import cashback

_WAYS = {"value": TenderKind.STORED, "code": TenderKind.CODE, "cash": TenderKind.CASH}


class Desk:
    def __init__(self, house: House, till: Till) -> None:
        self._house = house
        self._till = till

    def cart(self, said: Facts) -> Cart:
        cart, minute = Cart(), self._house.tariff.stretch(self._till.minute)
        for code in said.get("scan", ()):
            label = label_in(code, self._house.policy.scale_labels)
            article = self._house.plus[label.plu] if label else self._house.by_barcode[code]
            if label is None:
                cart = cart.scanned(article, minute)
            else:
                found = weighed(label, article)
                cart = cart.weighed(article, found.quantity, minute, found.labelled)
        for sku, quantity in said.get("items", ()):
            article = self._house.by_sku[sku]
            if article.measured is Measured.GRAM:
                cart = cart.weighed(article, quantity, minute)
            for part in (article.of or (sku,)) * quantity if article.measured is Measured.PIECE else ():
                cart = cart.scanned(self._house.by_sku[part], minute)
        return cart

    async def coupons(self, said: Facts, person: Person) -> tuple[HeldCoupon, ...]:
        """Of those they hold, the ones that they hand over."""
        kinds = {self._house.coupon(name) for name in said.get("coupons", ())}
        held = await self._till.ledger.committer.ask(partial(held_coupons, wallet=person.wallet))
        return tuple(one for one in held if one.kind in kinds)

    async def visit(
        self, said: Facts, person: Person | None, holder: Holder | None, begins: Newcomer | None
    ) -> Visit:
        buyer = Buyer(tier="regular", newcomer=True, had={}) if begins else None
        if person is not None and holder is not None:
            coupons = await self.coupons(said, person)
            buyer = Buyer(tier=holder.tier, born=self._house.born(person.name), coupons=coupons)
        return Visit(
            business_day=self._till.occasion().business_day,
            minute=self._till.minute,
            buyer=buyer,
            people=said.get("group", 1),
            friend=said.get("bring_a_friend", False),
        )

    async def paid(self, due: Fen, said: Facts, holder: Holder | None) -> Payments:
        """Each way takes what it can of what the ones before it left."""
        found, bill = Payments(), due
        if points := said.get("use_points"):
            found = found.then(by_points(points, self._house.policy.points_worth))
            due = Fen(due - found.amount)
        if said.get("use_cashback") and holder is not None:
            day = self._till.occasion().business_day
            ask = partial(cashback, wallet=holder.wallet, business_day=day)
            held = await self._till.ledger.committer.ask(ask)
            some = self._house.policy.cashback.most(held, bill, due)
            found = found.then(Payment(tender=Tender(kind=TenderKind.CASHBACK, amount=some)))
            due = Fen(due - some)
        for way in said["tenders"]:
            kind = _WAYS[way]
            part = min(due, holder.spendable) if kind is TenderKind.STORED and holder else due
            if not part:
                continue
            payment = paid_by(kind, Fen(part), holder, self._house.policy)
            if kind is TenderKind.CASH:
                payment = payment.handed(said["received"])
            found = found.then(payment)
            due = Fen(due - part)
        return found
