"""A card that nobody has is handed out."""

from __future__ import annotations

from terminal.core.card_kinds import CardUse
from terminal.core.errors import CardNotFor, CardNotUsable, CardTaken
from terminal.core.ports import Desk
from terminal.core.screens import says
from terminal.core.trust import Credential
from terminal.flows.picking import picked

_PROMPT = "Present the card that is handed out"
_KIND = "Which kind of card?"


async def new_card(desk: Desk) -> Credential:
    """Asked until it is one that nobody has."""
    while True:
        card = await desk.read_card(_PROMPT)
        if await _free(desk, card):
            return card


async def offered_card(desk: Desk, skip: str) -> Credential | None:
    """The same, of who may do without: None when `skip` was pressed."""
    while True:
        card = await desk.offer_new_card(_PROMPT, skip=skip)
        if card is None or await _free(desk, card):
            return card


async def _free(desk: Desk, card: Credential) -> bool:
    try:
        taken = await desk.holder(card) is not None
    except CardNotUsable:
        taken = True
    if taken:
        await desk.decline(CardTaken("by another wallet"))
    return not taken


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
