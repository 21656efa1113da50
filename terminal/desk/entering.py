"""What a flow books: once, shown while it lasts, printed when it is durable."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from terminal.core.buyer import AskedFor
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookJoin,
    BookMerge,
    BookNote,
    BookPin,
    BookProfile,
    BookRecharge,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookSale,
    BookService,
    BookShiftClose,
    BookShiftOpen,
    BookTier,
    BookTransfer,
    BookVoid,
    Command,
    Listed,
    OwnSlip,
    Private,
)
from terminal.core.errors import OutcomeUndecided, TerminalFault
from terminal.core.going_ahead import go_ahead
from terminal.core.ledger.membership import following
from terminal.core.screens import State, says
from terminal.core.values import EntryId, WalletId
from terminal.desk.acquiring import Acquiring
from terminal.desk.booking import Booking
from terminal.desk.filling import Filling
from terminal.desk.means import Means
from terminal.desk.own import OwnCards
from terminal.desk.paying_back import GivesBack
from terminal.desk.points import PointsDesk
from terminal.desk.shift import Shifts
from terminal.desk.shown import paid_shown
from terminal.desk.stage import Stage
from terminal.desk.tiers import TierDesk
from terminal.desk.undoing import Undoing

log = logging.getLogger(__name__)


class Entering(Undoing):
    """With the receipt of what was undone, where something was."""

    _means: Means
    _stage: Stage
    _own: OwnCards
    _shifts: Shifts
    _booking: Booking
    _acquiring: Acquiring | None
    _filling: Filling | None
    _points: PointsDesk
    _tiers: TierDesk
    _booked: Booked | None
    _show_face: Callable[[Booked], None]
    new_id: Callable[[], EntryId]

    async def book_care(
        self, command: BookCard | BookCardState | BookTransfer | BookMerge, private: Private | None = None
    ) -> Booked:
        if isinstance(command, BookTransfer):
            command = await self._means.committer.ask(partial(following, command))
        booked = await self._book(command, private)
        if isinstance(command, BookTransfer) and command.onto is not None:
            await self._onto(command, command.onto)
        return booked

    async def _onto(self, given: BookTransfer, onto: WalletId) -> None:
        """What does not go now is gone on with as any merge that was cut off."""
        joined = BookMerge(id=self.new_id(), at=given.at, wallet=given.wallet, into=onto, tier=given.tier)
        self._means.printing.expect(joined.id)
        try:
            self._means.printing.original(await self._booked_whole(joined, None))
        except TerminalFault as fault:
            log.warning("what was given to a member is not on their membership yet: %s", fault)

    async def book_kept(self, command: BookService | BookProfile, private: Private) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._booking.book(command, private)

    async def book_pin(self, chosen: BookPin, pin: str) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._booking.book(chosen, Private(pin=await self._means.pins.verifier(pin)))

    async def book_staff_pin(self, note: BookNote, pin: str) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._booking.book(note, Private(pin=await self._means.pins.verifier(pin)))

    async def book_tier(self, command: BookGrant | BookTier) -> None:
        self._stage.show(State.PROCESSING, says("Booking. Do not remove the card."))
        await self._own.check(command)
        await self._booking.book(command, None)
        await self._tiers.look(command.wallet)

    async def book_import(self, imported: BookImport) -> Booked:
        return await self._book(imported, None)

    async def book_redeem(self, redeemed: BookRedeem) -> Booked:
        return await self._book(redeemed, None)

    async def book_grant(self, grant: BookGrant) -> Booked:
        return await self._book(grant, None)

    async def book_claimed(self, note: BookNote) -> Booked:
        return await self._book(note, None)

    async def book_deposit(self, deposit: BookDeposit) -> Booked:
        return await self._book(deposit, None)

    async def book_funds(self, funds: BookFleetFunds) -> Booked:
        return await self._book(funds, None)

    async def book_join(self, join: BookJoin, private: Private, pin: str | None) -> Booked:
        verifier = await self._means.pins.verifier(pin) if pin else ""
        return await self._book(join, replace(private, pin=verifier))

    async def book_sale(self, sale: BookSale, private: Private | None = None) -> Booked:
        return await self._book(sale, private)

    async def book_recharge(self, recharge: BookRecharge, private: Private | None = None) -> Booked:
        return await self._book(recharge, private)

    async def book_shift(self, command: BookShiftOpen | BookCashMove | BookShiftClose | BookNote) -> Booked:
        booked = await self._book(command, None)
        await self._shifts.look()
        return booked

    async def book_back(self, command: BookVoid | BookRefund | BookRechargeRefund) -> Booked:
        booked = await self._book(command, None)
        if self._filling is not None and isinstance(command, BookVoid):
            self._filling.undone()
        return booked

    async def _book(
        self,
        command: Command,
        private: Private | None,
        listed: Listed | None = None,
        asked: AskedFor | None = None,
        own: OwnSlip | None = None,
    ) -> Booked:
        """`listed`, `asked`, `own`: what is printed of it, and stands in no entry."""
        if self._booked is not None:
            raise RuntimeError("a flow books once")
        await self._own.check(command)
        self._stage.show(
            State.PROCESSING, says("Booking. Do not remove the card."), amount=paid_shown(command)
        )
        if not isinstance(command, BookShiftOpen):
            await self._shifts.begin(self._booking, self.new_id())
        if isinstance(command, BookShiftOpen | BookShiftClose):
            self._shifts.now = None  # Also where nobody learns whether it was booked.
        if self._acquiring is not None and isinstance(command, GivesBack):
            await self._acquiring.owes(command)
        self._means.printing.expect(command.id)
        try:
            booked = await self._booked_whole(command, private)
        except OutcomeUndecided:
            self._served(undecided=True)
            raise
        finally:
            self._served()
        booked = await self._shifts.with_figures(booked)
        self._booked = replace(await self._with_original(booked), listed=listed, asked=asked, own=own)
        self._booked = await self._told(self._booked)
        self._means.printing.original(self._booked)
        self._show_face(self._booked)
        self._means.beside.booked(self._booked)
        return self._booked

    async def _told(self, booked: Booked) -> Booked:
        """With what its receipt says of points, uses and tier."""
        return await self._tiers.told(await self._points.told(booked))

    async def _booked_whole(self, command: Command, private: Private | None) -> Booked:
        """Of a merge first what has no room in its entry."""
        if isinstance(command, BookMerge):
            await go_ahead(
                command.wallet,
                command.into,
                ask=self._means.committer.ask,
                book=lambda part: self._booking.book(part, None),
                new_id=self.new_id,
                at=lambda: command.at,
                begins=True,
                tier=command.tier,
            )
        return await self._booking.book(command, private)

    def _served(self, *, undecided: bool = False) -> None:
        """What was paid outside is booked by now, or it goes back."""
        if self._acquiring is not None:
            self._acquiring.over(undecided=undecided)
