"""A member chooses a PIN, by the card and the PIN of before (product.md B10, B13)."""

from __future__ import annotations

from terminal.core.commands import BookPin
from terminal.core.errors import UnknownCard
from terminal.core.ports import Desk
from terminal.flows.proving import chosen_twice, vouched


async def choose_pin(desk: Desk) -> None:
    card = await desk.read_card("Present the card whose PIN is chosen")
    holder = await desk.holder(card)
    if holder is None:
        raise UnknownCard(f"{card}")
    vouches = await vouched(desk, card, holder, "The member keys the PIN of before")
    pin = await chosen_twice(desk, "The member chooses a PIN of six digits")
    desk.still_there(card)
    await desk.book_pin(  # Point of no return.
        BookPin(id=desk.new_id(), at=desk.occasion(vouches), wallet=holder.wallet), pin
    )
    return await desk.say("The PIN is chosen.")
