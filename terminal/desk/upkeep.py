"""What a technician does at this counter through the maintenance menu, beside whoever is served."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core.batches import CardAccount, CutShort, Step
from terminal.core.commands import Booked, BookNote, BookShiftClose, Command, Listed
from terminal.core.errors import StaffPinGiven, TerminalFault
from terminal.core.screens import State
from terminal.core.staff import Role, gives_pin, highest
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

    async def pin_of(self, staff: StaffId) -> tuple[str, str]:
        """By what their PIN is known: another, once they have another PIN."""
        return await self._pins.staff_verifiers(staff)

    async def may_give_pin(self, by: StaffId, to: StaffId) -> bool:
        """Until somebody who may give it has a PIN, whoever looks after the terminal may: a new box."""
        roles = {one.id: one.role for one in self._shifts.staff}
        giver, taker = roles.get(by, Role.TECHNICIAN), roles.get(to, Role.ATTENDANT)
        if gives_pin(giver, taker):
            return True
        for one, role in roles.items():
            if gives_pin(role, taker) and await self._pins.has_staff(one):
                return False
        return True

    @abstractmethod
    async def _worked(
        self, steps: Sequence[Step], left_out: Sequence[CardAccount], note: BookNote, cut: CutShort | None
    ) -> tuple[BookNote, Listed]: ...

    async def objection(self, command: Command) -> TerminalFault | None:
        """See `Booking.objection`."""
        return await self._booking.objection(command)

    async def batch_beside(
        self, steps: Sequence[Step], left_out: Sequence[CardAccount], note: BookNote, cut: CutShort | None
    ) -> Listed:
        """As `Desk.book_batch`, without anybody at the counter."""
        ended, listed = await self._worked(steps, left_out, note, cut)
        await self.book_beside(ended, listed)
        return listed

    async def book_beside(self, command: BookNote | BookShiftClose, listed: Listed | None = None) -> Booked:
        """Also printed, with `listed`, and the drawer opens where that is what was booked.

        Raises what `Booking.book` does.
        """
        self._means.printing.expect(command.id)
        booked = await self._shifts.with_figures(await self._booking.book(command, None))
        booked = replace(booked, listed=listed)
        self._means.printing.original(booked)
        self._means.beside.booked(booked)
        if isinstance(command, BookShiftClose):
            await self._shifts.find()
        return booked
