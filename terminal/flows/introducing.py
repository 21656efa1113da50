"""Which member brought somebody who joins: asked where the shop gives anything for it (product.md B9)."""

from __future__ import annotations

from terminal.core.errors import (
    CardNotUsable,
    IntroducedByNobody,
    IntroducedByStaff,
    UnknownCard,
    UnknownPhone,
)
from terminal.core.money import Fen
from terminal.core.ports import Desk
from terminal.core.trust import Credential, Holder, Medium

_NOTHING = Fen(0)


async def introduced(desk: Desk) -> Holder | None:
    """None: nobody, or nobody is asked. Whoever works here earns nothing for whom they bring."""
    if not desk.policy.referral.runs and not desk.gives_bringers:
        return None
    while card := await desk.offer_card(
        "Which member brought them? Present the card, or key the phone number",
        skip="Nobody brought them",
        amount=_NOTHING,
    ):
        try:
            return await _known(desk, card)
        except (UnknownCard, CardNotUsable, IntroducedByNobody, IntroducedByStaff) as refusal:
            await desk.decline(refusal)
    return None


async def _known(desk: Desk, card: Credential) -> Holder:
    holder = await desk.holder(card)
    if holder is None:
        raise (UnknownPhone if card.medium is Medium.PHONE else UnknownCard)(f"{card}")
    if holder.member is None:
        raise IntroducedByNobody("a card without a name")
    if await desk.is_staffs(holder):
        raise IntroducedByStaff("by who works here")
    return holder
