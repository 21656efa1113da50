"""Which member brought somebody who joins: asked where the shop gives anything for it (product.md B9)."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from terminal.core.commands import Reward
from terminal.core.errors import (
    CardNotUsable,
    IntroducedByNobody,
    IntroducedByStaff,
    UnknownCard,
    UnknownPhone,
)
from terminal.core.ledger.referral import introducer
from terminal.core.money import Fen
from terminal.core.ports import Desk
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import WalletId

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


async def to_introducer(desk: Desk, holder: Holder | None, reward: Reward | None) -> Reward | None:
    """What it brings whoever brought that member; nothing to who works here by now."""
    if holder is None or reward is None:
        return None
    by = await desk.ask_ledger(partial(introducer, holder.wallet))
    if by is None:
        return reward
    if await _works_here(desk, holder, by):
        return None
    beyond = await desk.ask_ledger(partial(introducer, by)) if reward.further else None
    if beyond is not None and await _works_here(desk, holder, beyond):
        return replace(reward, further=0)
    return reward


async def _works_here(desk: Desk, buyer: Holder, wallet: WalletId) -> bool:
    return await desk.is_staffs(replace(buyer, wallet=wallet, member=None))


async def _known(desk: Desk, card: Credential) -> Holder:
    holder = await desk.holder(card)
    if holder is None:
        raise (UnknownPhone if card.medium is Medium.PHONE else UnknownCard)(f"{card}")
    if holder.member is None:
        raise IntroducedByNobody("a card without a name")
    if await desk.is_staffs(holder):
        raise IntroducedByStaff("by who works here")
    return holder
