"""A card that nobody has is handed out."""

from __future__ import annotations

from msgspec import Struct

from terminal.core.card_kinds import CardUse
from terminal.core.cards_held import CardHeld
from terminal.core.errors import CardNew, CardNotFor, CardNotUsable, CardTaken, NotForHandingOut
from terminal.core.ports import Desk
from terminal.core.screens import says
from terminal.core.trust import Credential, Medium
from terminal.flows.picking import picked

_PROMPT = "Present the card that is handed out"
_KIND = "Which kind of card?"


class GivenOut(Struct, frozen=True):
    """A card that nobody has."""

    card: Credential
    boxed: CardHeld | None = None
    """It was issued by number, and not given out until now."""


async def new_card(desk: Desk) -> GivenOut:
    """Asked until it is one that nobody has."""
    while True:
        if (given := await _free(desk, await desk.read_card(_PROMPT))) is not None:
            return given


async def offered_card(desk: Desk, skip: str) -> GivenOut | None:
    """The same, of who may do without: None when `skip` was pressed."""
    while True:
        card = await desk.offer_new_card(_PROMPT, skip=skip)
        if card is None:
            return None
        if (given := await _free(desk, card)) is not None:
            return given


async def _free(desk: Desk, card: Credential) -> GivenOut | None:
    """None: somebody has it, or nobody can keep it, and that was said."""
    if card.medium is Medium.SHOWN:
        await desk.decline(NotForHandingOut("a code of a phone page"))
        return None
    try:
        if await desk.holder(card) is None:
            return GivenOut(card)
    except CardNew:
        held = await desk.cards_held(card)
        if held is not None and not held.holder.units:
            return GivenOut(card, held.presented)
    except CardNotUsable:
        pass
    await desk.decline(CardTaken("by another wallet"))
    return None


async def kind_given(desk: Desk, given: GivenOut) -> str:
    """Of that card; asked where it has none yet."""
    return given.boxed.kind if given.boxed else await kind_of_card(desk)


async def kind_of_card(desk: Desk, use: CardUse | None = None) -> str:
    """Of one that is given out; asked where there are several. `use`: what it must be for.

    Empty: the shop makes no difference. Raises CardNotFor: no kind is for that.
    """
    kinds = {one.name: one.shown for one in desk.policy.card_kinds if use is None or use in one.uses}
    if not desk.policy.card_kinds:
        return ""
    if not kinds:
        raise CardNotFor(f"no kind of card is for {use}")
    if len(kinds) == 1:
        return next(iter(kinds))
    return await picked(desk, _KIND, {name: says("{name}", name=shown) for name, shown in kinds.items()})
