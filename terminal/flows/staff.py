"""PINs of those who work here: one's own, and the first that the manager gives (product.md B13)."""

from __future__ import annotations

from terminal.core.commands import STAFF_PIN, BookNote
from terminal.core.errors import SamePin
from terminal.core.ports import Desk
from terminal.core.screens import says
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.flows.proving import chosen_twice

_ACTS = {"own": says("Choose my own PIN"), "give": says("Give somebody a PIN")}


async def staff(desk: Desk) -> None:
    if await desk.choose("What about the staff?", _ACTS) == "own":
        return await _own(desk)
    return await _given(desk)


async def _own(desk: Desk) -> None:
    """In the place of the one before, which counts for this even where it was given."""
    who = await desk.prove_staff("Scan your badge", given=True)
    while True:
        pin = await chosen_twice(desk, "Choose a PIN of six digits")
        if not await desk.is_staff_pin(who, pin):
            break
        await desk.decline(SamePin("it was given, or is known by now"))
    await desk.book_staff_pin(_note(desk, who, who), pin)  # Point of no return.
    return await desk.say("The PIN is chosen.")


async def _given(desk: Desk) -> None:
    """Also to whoever forgot theirs, or whose tries are used up."""
    manager = await desk.prove_staff("The manager scans the badge", role=Role.MANAGER)
    who = await desk.choose_attendant("Whose PIN is it?")
    pin = await chosen_twice(desk, "Key the PIN that is given, six digits")
    await desk.book_staff_pin(_note(desk, manager, who), pin)  # Point of no return.
    return await desk.say("The PIN is given. Whoever has it chooses their own now.")


def _note(desk: Desk, by: StaffId, whose: StaffId) -> BookNote:
    return BookNote(id=desk.new_id(), at=desk.occasion(by), what=STAFF_PIN, detail=whose)
