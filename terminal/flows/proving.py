"""The steps in which a PIN is keyed, and chosen (product.md A10, B13)."""

from __future__ import annotations

from terminal.core.errors import PinLocked, PinsDiffer, WeakPin, WrongPin
from terminal.core.money import Fen
from terminal.core.pin import chosen
from terminal.core.ports import Desk
from terminal.core.screens import Message
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import StaffId


async def proved(desk: Desk, card: Credential, holder: Holder, fen: Fen, *, points: int = 0) -> bool:
    """Whether the PIN was keyed for `fen` of stored value; False: it is not needed.

    `points`: so many are taken, which come to `fen`, and that is what the member reads.
    Raises PinRefused: it is needed, and none is known or the tries are used up.
    """
    cause = await desk.pin_cause(card, holder, fen)
    if cause is None:
        return False
    await keyed_right(
        desk, card, holder, "The member keys the PIN", amount=fen, points=points, why=cause.value
    )
    return True


async def vouched(
    desk: Desk,
    card: Credential,
    holder: Holder,
    prompt: str = "The member keys the PIN",
    *,
    blocked: bool = False,
) -> StaffId | None:
    """Who says that it is the member, where a PIN does not; their name is in the entry.

    None: the PIN was keyed; or none was ever chosen, and they hold the card. That of a wallet which was given
    to them says nothing until they chose a PIN: whoever had it before may hold it. Nor does one that is
    `blocked`: whoever found it may.
    """
    if not await desk.has_pin(card, holder):
        holds = card.medium is not Medium.PHONE and not blocked
        if holds and not await desk.was_given(card, holder):
            return None
    else:
        try:
            if await keyed_right(desk, card, holder, prompt, amount=Fen(0), skip="Forgotten"):
                return None
        except PinLocked as locked:
            await desk.decline(locked)
    return await desk.read_badge("Scan your badge: you vouch for the member")


async def chosen_twice(desk: Desk, prompt: str) -> str:
    """A new PIN, keyed twice the same and strong enough."""
    return await offered(desk, prompt) or ""


async def offered(desk: Desk, prompt: str, skip: str = "") -> str | None:
    """The same, of who may do without: None when `skip` was pressed."""
    while True:
        keyed = await desk.ask_pin(prompt, amount=Fen(0), skip=skip)
        if keyed is None and skip:
            return None
        try:
            pin = chosen(keyed or "")
        except WeakPin as weak:
            await desk.decline(weak)
            continue
        if await desk.ask_pin("The same PIN once more", amount=Fen(0)) == pin:
            return pin
        await desk.decline(PinsDiffer("the second time"))


async def keyed_right(  # noqa: PLR0913  whose it is, and what stands on the screen
    desk: Desk,
    card: Credential,
    holder: Holder,
    prompt: str,
    *,
    amount: Fen,
    points: int = 0,
    why: Message | None = None,
    skip: str = "",
) -> bool:
    """Asked until it is right; False when `skip` was pressed. Raises PinLocked after too many tries."""
    left: int | None = None
    while True:
        pin = await desk.ask_pin(prompt, amount=amount, points=points, why=why, left=left, skip=skip)
        if pin is None:
            return False
        try:
            await desk.check_pin(card, holder, pin)
        except WrongPin as wrong:
            await desk.decline(wrong)
            left = wrong.left
        else:
            return True
