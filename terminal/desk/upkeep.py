"""What a technician does at this counter through the maintenance menu, beside whoever is served."""

from __future__ import annotations

from terminal.core.commands import Booked, BookNote, BookShiftClose
from terminal.core.errors import StaffPinGiven
from terminal.core.screens import State
from terminal.core.staff import Role, highest
from terminal.core.values import StaffId
from terminal.desk.booking import Booking
from terminal.desk.means import Means
from terminal.desk.pins import PinDesk
from terminal.desk.shift import Shifts
from terminal.desk.stage import Stage

_AT_REST = {State.IDLE, State.CLOSED}


class Upkeep:
    _means: Means
    _pins: PinDesk
    _shifts: Shifts
    _booking: Booking
    _stage: Stage

    @property
    def at_rest(self) -> bool:
        """Nobody is served."""
        return self._stage.view().screen.state in _AT_REST

    @property
    def looks_after(self) -> frozenset[StaffId]:
        """Who may: technicians; where the shop names none, whoever is highest."""
        staff = self._shifts.staff
        roles = {one.role for one in staff}
        asked = Role.TECHNICIAN if Role.TECHNICIAN in roles else highest(roles)
        return frozenset(one.id for one in staff if one.role is asked)

    async def proved_by_pin(self, staff: StaffId, pin: str) -> None:
        """One try. Raises PinRefused, StaffPinGiven where the PIN was not chosen by themselves."""
        if await self._pins.of_staff(staff, pin):
            raise StaffPinGiven("not chosen by themselves")

    async def book_beside(self, command: BookNote | BookShiftClose) -> Booked:
        """Also printed, and the drawer opens where that is what was booked.

        Raises what `Booking.book` does.
        """
        self._means.printing.expect(command.id)
        booked = await self._shifts.with_figures(await self._booking.book(command, None))
        self._means.printing.original(booked)
        self._means.beside.booked(booked)
        if isinstance(command, BookShiftClose):
            await self._shifts.find()
        return booked
