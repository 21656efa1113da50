"""What is known of whoever stands there beside the money: for the attendant, and for prices that ask."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from msgspec.structs import replace

from terminal.core.calls import Lasting, NothingLasts
from terminal.core.card_kinds import CardKind, kind_of
from terminal.core.cart import VOUCHER
from terminal.core.commands import BookSale
from terminal.core.errors import TerminalFault
from terminal.core.ledger import State
from terminal.core.ledger.allowances import had_of
from terminal.core.ledger.locked import locks_of
from terminal.core.ledger.looked_up import original
from terminal.core.locks import LITRES, Lock
from terminal.core.picture import NOTHING, UNSEEN, Picture, Seen, notes
from terminal.core.ports import Books
from terminal.core.pricing import Buyer, Counted
from terminal.core.screens import Message, says
from terminal.core.services import Service
from terminal.core.trust import Holder
from terminal.core.units import POURED
from terminal.core.values import EntryId, StaffId, WalletId
from terminal.core.vouchers import HeldVoucher, vouchers

NOTES_MAX = 7
"""So many fit on every screen beside what is asked, however small it is; what matters least comes last."""
_LOOKED_AT = 4
"""That were written down last: the last may be corrected by those after it."""

log = logging.getLogger(__name__)


T = TypeVar("T")


class AsksLedger(Protocol):
    def __call__(self, question: Callable[[State], T]) -> Awaitable[T]: ...


class Pictures:
    """Of the last who was looked at. What cannot be read is not known, and in the way of nobody who buys."""

    def __init__(  # noqa: PLR0913  each from somewhere else
        self,
        books: Books,
        today: Callable[[], str],
        lasting: Lasting | None = None,
        ask: AsksLedger | None = None,
        called: Callable[[StaffId], str] = lambda _staff: "",
        *,
        services: bool = False,
        kinds: Sequence[CardKind] = (),
    ) -> None:
        """`called`: the name of somebody who works here, empty of anybody else.

        `services`: what was done on visits is written down here, and looked for; `kinds`: of cards.
        """
        self._services = services
        self._kinds = kinds
        self._lasting = lasting or NothingLasts()
        self._ask = ask
        self._allowed: tuple[WalletId, tuple[Message, ...]] | None = None
        self._books = books
        self._today = today
        self._called = called
        self._last: tuple[WalletId, Picture] | None = None
        self._seen = UNSEEN
        """Of the last, too: looked at once, however many screens show it."""

    async def look(self, holder: Holder) -> Picture:
        try:
            picture = await self._books.picture(holder)
        except TerminalFault as fault:
            log.warning("what is known of a member beside the money cannot be read: %s", fault)
            picture = NOTHING
        self._last = holder.wallet, picture
        self._seen = Seen(
            used_up=tuple(self._lasting.of(holder.wallet)),
            habits=self._lasting.habits(holder.wallet),
            served=await self._served(holder),
            vouchers=await self._vouchers(holder),
        )
        return picture

    async def _served(self, holder: Holder) -> Service | None:
        if not self._services or holder.member is None:
            return None
        try:
            return next(iter(await self._books.services_of(holder.member, _LOOKED_AT)), None)
        except TerminalFault as fault:
            log.warning("what was done for a member cannot be read: %s", fault)
            return None

    async def _vouchers(self, holder: Holder) -> tuple[HeldVoucher, ...]:
        if self._ask is None or not holder.may_have(VOUCHER):
            return ()
        try:
            return await self._ask(partial(vouchers, wallet=holder.wallet, business_day=self._today()))
        except TerminalFault as fault:
            log.warning("a member's cash vouchers cannot be read: %s", fault)
            return ()

    async def of(self, holder: Holder) -> Buyer:
        """See `core.pricing.Benefits`."""
        known = self._last
        picture = known[1] if known and known[0] == holder.wallet else await self.look(holder)
        return Buyer(tier=holder.tier, born=picture.born, newcomer=picture.joined == self._today())

    async def had(self, holder: Holder, counted: Collection[Counted]) -> Mapping[Counted, int] | None:
        """See `core.pricing.Benefits`. A card without a name is nobody's, and the next one costs little."""
        if self._ask is None or holder.member is None:
            return None
        try:
            return await self._ask(partial(had_of, wallet=holder.wallet, counted=tuple(counted)))
        except TerminalFault as fault:
            log.warning("what a member had before cannot be read: %s", fault)
            return None

    async def locks(self, holder: Holder) -> tuple[Lock, ...]:
        """See `core.pricing.Benefits`."""
        if self._ask is None or not holder.may_have(LITRES):
            return ()
        try:
            return await self._ask(partial(locks_of, wallet=holder.wallet, day=self._today()))
        except TerminalFault as fault:
            log.warning("a member's locked prices cannot be read: %s", fault)
            return ()

    async def filled(self, holder: Holder) -> bool:
        """See `core.pricing.Benefits`. A fill that was undone is none."""
        if self._ask is None:
            return False
        try:
            sales = await self._books.receipts_of(holder.wallet, ("sale",))
            return await self._ask(partial(_poured, sales=tuple(one.entry for one in sales)))
        except TerminalFault as fault:
            log.warning("what a member filled before cannot be read: %s", fault)
            return False

    def allows(self, holder: Holder, told: tuple[Message, ...]) -> None:
        """Told with the rest: what they may have free."""
        self._allowed = holder.wallet, told

    def notes(self, holder: Holder) -> tuple[Message, ...]:
        """For the screen."""
        if self._last is None or self._last[0] != holder.wallet:
            return ()
        kind = kind_of(self._kinds, holder.card_kind)
        named = (says("Kind of card: {name}", name=kind.shown),) if kind else ()
        picture = self._last[1]
        if holder.member is None:  # Who was given a card without a name today joined nothing.
            picture = replace(picture, joined="")
        about = notes(picture, self._today(), self._seen, self._called)
        told = (*named, *about)[:NOTES_MAX]
        allowed = self._allowed
        return (*told, *allowed[1]) if allowed and allowed[0] == holder.wallet else told


def _poured(state: State, sales: Sequence[EntryId]) -> bool:
    """Whether fuel was sold with one of them, and not all of it came back."""
    found = [one for sale in sales if (one := original(state, sale, "")) and not one.gone]
    lines = (line for one in found if isinstance(one.command, BookSale) for line in one.command.lines)
    return any(line.measured in POURED for line in lines)
