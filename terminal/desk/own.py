"""The memberships of those who work here: nobody puts value on their own card (product.md B13)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from terminal.core.cards import CardState
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookGrant,
    BookImport,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookShiftOpen,
    BookTier,
    BookTransfer,
    BookVoid,
    Command,
    wallet_of,
)
from terminal.core.errors import CardNotUsable, LedgerClosed, OwnMembership, OwnSheet, TerminalFault
from terminal.core.own_wallets import OwnWallet, OwnWallets, still_theirs
from terminal.core.ports import Books, Committer
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId, WalletId
from terminal.desk.settings import StaffMember
from terminal.runtime.log import told

log = logging.getLogger(__name__)


class Roster(Protocol):
    @property
    def staff(self) -> Sequence[StaffMember]: ...

    def member(self, staff: StaffId) -> StaffMember | None: ...


class OwnCards:
    """A key of theirs that is dead is theirs all the same: where it led before is kept."""

    def __init__(
        self,
        books: Books,
        shifts: Roster,
        *,
        committer: Committer,
        kept: OwnWallets,
        known: Callable[[Credential], Awaitable[bool]],
    ) -> None:
        """`known`: whether headquarters answered whose that is, which the books know then."""
        self._books = books
        self._shifts = shifts
        self._committer = committer
        self._kept = kept
        self._known = known
        self._asked: set[tuple[str, Credential]] = set()
        """Keys that lead nowhere here, by the business day on which headquarters was asked for them."""

    async def holds(self, staff: StaffId, holder: Holder, asks_on: str = "") -> bool:
        """Whether that is the membership of that person, by whichever of its cards.

        `asks_on`: the business day, where headquarters may be asked for a key that leads nowhere here.
        """
        for own in await self._of(staff, asks_on):
            if own.wallet == holder.wallet or (own.member is not None and own.member == holder.member):
                return True
        return False

    async def anybodys(self, holder: Holder) -> bool:
        """Whether it is the membership of anybody who works here."""
        for who in self._shifts.staff:
            if await self.holds(who.id, holder):
                return True
        return False

    async def check(self, command: Command) -> None:
        """Before it is booked. Raises OwnMembership, OwnSheet."""
        if _ends_a_number(command) or isinstance(command, BookShiftOpen):
            await self.learn()
        wallet = await self._gaining(command)
        if wallet is None:
            return
        day = command.at.business_day
        if any(own.wallet == wallet for own in await self._of(command.at.operator, day)):
            raise OwnMembership("by its own holder")
        second = command.at.second if isinstance(command, BookImport) else None
        if second is not None and any(own.wallet == wallet for own in await self._of(second, day)):
            raise OwnSheet("its second signature is its own holder's")

    async def learn(self) -> None:
        """Where everybody's keys lead, as long as they lead anywhere."""
        for who in self._shifts.staff:
            await self._of(who.id)

    async def _of(self, staff: StaffId, asks_on: str = "") -> list[OwnWallet]:
        who = self._shifts.member(staff)
        found: list[OwnWallet] = []
        for own in who.own if who else ():
            found += await self._by(Credential(medium=own.medium, number=own.number), asks_on)
        return found

    async def _by(self, key: Credential, asks_on: str) -> list[OwnWallet]:
        former = await self._kept.led_to(key)
        found = [(one, each.wallet) for each in former if (one := await self._still(each))]
        holder = await self._led_to(key)
        if holder is None and not former and asks_on and await self._asks(key, asks_on):
            holder = await self._led_to(key)
        if holder is not None:
            found.append((OwnWallet(wallet=holder.wallet, member=holder.member), holder.wallet))
        for one, was in found:
            try:
                await self._kept.keep(key, one, was=was)
            except LedgerClosed as fault:  # It is kept the next time; what is known now holds now.
                log.warning("an own membership is not kept: why=%s", told(fault))
        return [one for one, _ in found]

    async def _asks(self, key: Credential, day: str) -> bool:
        """Once a day: who has no membership in the chain would wait for headquarters at each sale."""
        if (day, key) in self._asked:
            return False
        self._asked = {one for one in self._asked if one[0] == day} | {(day, key)}
        try:
            return await self._known(key)
        except CardNotUsable:
            return False

    async def _still(self, former: OwnWallet) -> OwnWallet | None:
        try:
            return await self._committer.ask(partial(still_theirs, of=former))
        except TerminalFault as fault:
            log.warning("an own membership is taken as it was: why=%s", told(fault))
            return former

    async def _led_to(self, key: Credential) -> Holder | None:
        """In whatever state the card is: by another one value comes to the same wallet."""
        try:
            return await self._books.holder(key)
        except CardNotUsable:
            held = await self._books.cards_held(key)
            return held.holder if held else None

    async def _gaining(self, command: Command) -> WalletId | None:
        """Whose wallet value comes to, or money for what is on it."""
        match command:
            case BookRecharge() | BookRechargeRefund() | BookImport() | BookGrant() | BookTier():
                return wallet_of(command)
            case BookMerge(into=into):
                return into
            case BookTransfer(onto=onto):
                return onto
            case BookRefund(of=of) | BookVoid(of=of):
                original = await self._books.booked(of)
                return wallet_of(original.command) if original else None
            case _:
                return None


def _ends_a_number(command: Command) -> bool:
    match command:
        case BookCard(replaces=old):
            return old is not None
        case BookCardState(state=state):
            return state is CardState.CANCELLED
        case _:
            return isinstance(command, BookTransfer)
