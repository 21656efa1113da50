"""The memberships of those who work here: nobody puts value on their own card (product.md B13)."""

from __future__ import annotations

from terminal.core.commands import (
    BookGrant,
    BookImport,
    BookMerge,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookTier,
    BookVoid,
    Command,
    wallet_of,
)
from terminal.core.errors import CardNotUsable, OwnMembership, OwnSheet
from terminal.core.ports import Books
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId, WalletId
from terminal.desk.shift import Shifts


class OwnCards:
    def __init__(self, books: Books, shifts: Shifts) -> None:
        self._books = books
        self._shifts = shifts

    async def holds(self, staff: StaffId, holder: Holder) -> bool:
        """Whether that is the membership of that person, by whichever of its cards."""
        for own in await self._of(staff):
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
        wallet = await self._gaining(command)
        if wallet is None:
            return
        if any(own.wallet == wallet for own in await self._of(command.at.operator)):
            raise OwnMembership("by its own holder")
        second = command.at.second if isinstance(command, BookImport) else None
        if second is not None and any(own.wallet == wallet for own in await self._of(second)):
            raise OwnSheet("its second signature is its own holder's")

    async def _of(self, staff: StaffId) -> list[Holder]:
        who = self._shifts.member(staff)
        found = []
        for own in who.own if who else ():
            holder = await self._led_to(Credential(medium=own.medium, number=own.number))
            found += [holder] if holder else []
        return found

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
            case BookRefund(of=of) | BookVoid(of=of):
                original = await self._books.booked(of)
                return wallet_of(original.command) if original else None
            case _:
                return None
