"""A member chooses a PIN, by the card or phone and the PIN of before (product.md A10, B10, B13)."""

from __future__ import annotations

from terminal.core.commands import BookPin
from terminal.core.errors import UnknownCard, UnknownPhone
from terminal.core.ports import Desk
from terminal.core.trust import Medium
from terminal.flows.proving import chosen_twice, vouched


async def choose_pin(desk: Desk) -> None:
    """Who has no card pays by phone, with the PIN from the first fen: that is chosen here, too."""
    card = await desk.read_member("Present the card whose PIN is chosen, or key the phone")
    holder = await desk.holder(card)
    if holder is None:
        raise (UnknownPhone if card.medium is Medium.PHONE else UnknownCard)(f"{card}")
    vouches = await vouched(desk, card, holder, "The member keys the PIN of before")
    pin = await chosen_twice(desk, "The member chooses a PIN of six digits")
    desk.still_there(card)
    await desk.book_pin(  # Point of no return.
        BookPin(id=desk.new_id(), at=desk.occasion(vouches), wallet=holder.wallet), pin
    )
    return await desk.say("The PIN is chosen.")
