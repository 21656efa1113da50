"""Whoever is asked about money outside: the acquirer of codes, and who verifies a platform's vouchers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from msgspec import Struct, field

from terminal.core.acquirer import CODE_PAYMENT, Acquirer, Order, Outcome, PayCode, Said
from terminal.core.card_terminal import CardTerminal, Printed, after, before_of
from terminal.core.commands import BookIntent
from terminal.core.errors import TerminalFault, VoucherEnded, VoucherRefused, VoucherUnasked, VoucherUsed
from terminal.core.group_buy import Bought, GroupBuy, WhyNot, is_platform, verifying
from terminal.core.ledger import State
from terminal.core.ports import Committer
from terminal.core.values import EntryId

Ask = Callable[[Order], Awaitable[Said]]
UNKNOWN = Said(outcome=Outcome.UNKNOWN)
_REFUSALS: dict[WhyNot, type[TerminalFault]] = {
    WhyNot.UNKNOWN: VoucherRefused,
    WhyNot.USED: VoucherUsed,
    WhyNot.ENDED: VoucherEnded,
    WhyNot.AWAY: VoucherUnasked,
}


def refusal(why: WhyNot) -> TerminalFault:
    """What the attendant is told of a voucher that pays nothing."""
    return _REFUSALS[why](f"the service says {why}")


def _unmarked(_payer: str) -> str:
    return ""


class Services(Struct, frozen=True, kw_only=True):
    """Who an intent is about is told by its name. What nobody is there for is UNKNOWN."""

    acquirer: Acquirer | None = None
    group_buy: GroupBuy | None = None
    cards: CardTerminal | None = None
    marked: Callable[[str], str] = _unmarked
    """The mark of a payer, by which nobody else knows them; empty: none is kept."""
    taken: dict[EntryId, int] = field(default_factory=dict)
    """By intent, the receipt that the bank's terminal was heard to print for it, in this run."""

    def charges(self, code: PayCode) -> Ask:
        if self.acquirer is None:
            raise RuntimeError("there is no acquirer")
        acquirer = self.acquirer
        return lambda order: acquirer.pay(order, code)

    def redeems(self, voucher: Bought) -> Ask:
        if self.group_buy is None:
            raise RuntimeError("nobody verifies vouchers")
        group_buy = self.group_buy
        return lambda order: group_buy.redeem(order, voucher.code)

    def charges_card(self) -> Ask:
        if self.cards is None:
            raise RuntimeError("there is no bank's terminal")
        return self._taken_by_card

    async def _taken_by_card(self, order: Order) -> Said:
        said = await self.cards.pay(order) if self.cards else UNKNOWN
        if said.outcome is Outcome.PAID:
            self.taken[order.id] = said.receipt
        return said

    async def query(self, begun: BookIntent) -> Said:
        order = Order(id=begun.id, amount=begun.amount)
        if (before := before_of(begun.what)) is not None:
            said = after(order, before, await self.cards.last()) if self.cards else UNKNOWN
            if said.outcome is Outcome.PAID:
                self.taken[order.id] = said.receipt
            return said
        if verifying(begun.what):
            return await self.group_buy.query(order) if self.group_buy else UNKNOWN
        return await self.acquirer.query(order) if self.acquirer else UNKNOWN

    async def undo(self, begun: BookIntent, *, served: bool) -> Said:
        """Of what was never booked. `served`: its customer still stands there."""
        order = Order(id=begun.id, amount=begun.amount)
        if (before := before_of(begun.what)) is not None:
            return await self._card_undone(order, before, served=served)
        if verifying(begun.what):
            return await self.group_buy.cancel(order) if self.group_buy else UNKNOWN
        return await self.acquirer.reverse(order) if self.acquirer else UNKNOWN

    async def _card_undone(self, order: Order, before: int, *, served: bool) -> Said:
        """What it was heard to take is reversed; what only its receipts say, while the customer stands there.

        Later the same amount may have been keyed into it by hand, for the same goods.
        """
        if self.cards is None:
            return UNKNOWN
        await self.cards.stop(order)
        receipt = self.taken.get(order.id, 0)
        if not receipt:
            said = after(order, before, await self.cards.last())
            if not (served and said.outcome is Outcome.PAID):
                return said if said.outcome is Outcome.UNDONE else UNKNOWN
            receipt = said.receipt
        said = await self.cards.reverse(Printed(number=receipt, amount=order.amount, done=True))
        return said if said.outcome is Outcome.UNDONE else UNKNOWN

    async def back(self, begun: BookIntent, of: str, committer: Committer) -> Said:
        """Of what was booked. PAID: it went back. `of`: a payment, a voucher, or a platform."""
        if is_platform(of):  # Of a voucher a part: nobody can take that back, so nobody is asked.
            return Said(outcome=Outcome.REFUSED)
        order = Order(id=begun.id, amount=begun.amount)
        paid = await committer.ask(partial(_begun, id_=EntryId(of)))
        if paid is None or not verifying(paid.what):
            return await self.acquirer.refund(order, EntryId(of)) if self.acquirer else UNKNOWN
        if self.group_buy is None:
            return UNKNOWN
        said = await self.group_buy.cancel(Order(id=paid.id, amount=paid.amount))
        match said.outcome:
            case Outcome.UNDONE:
                return Said(outcome=Outcome.PAID, evidence=said.evidence)
            case Outcome.REFUSED:
                return said
            case _:
                return UNKNOWN


def is_payment(begun: BookIntent) -> bool:
    """Whether it takes money, which goes back where nothing is booked with it."""
    by_card = before_of(begun.what) is not None
    return begun.what == CODE_PAYMENT or by_card or verifying(begun.what) is not None


def _begun(state: State, id_: EntryId) -> BookIntent | None:
    entry = state.entry(id_)
    return entry.payload if entry and isinstance(entry.payload, BookIntent) else None
