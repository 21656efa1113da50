"""A card that nobody has is handed out."""

from __future__ import annotations

from terminal.core.errors import CardNotUsable, CardTaken
from terminal.core.ports import Desk
from terminal.core.trust import Credential

_PROMPT = "Present the card that is handed out"


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
