"""Who gave a membership away and joins again at another shop has no second pack (product.md B5).

That shop could not know it. What was used by then stays used, and the owner is told; so are they where cash
vouchers came with it, which no directive names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hq.ports import ExceptionKind
from hq.rights import settle
from hq.work import Work

WHY = "second pack: a member before, by a membership that they gave away"


async def phones_left(work: Work, wallet: str) -> Sequence[str]:
    """Tokens by which it is found now."""
    persons = await work.turn.persons([wallet])
    return [key.token for person in persons for key in person.keys if key.card is None]


async def withdraw_packs(work: Work, wallets: Collection[str]) -> None:
    """Of those that somebody joined with who had been a member; alone. Nothing yet where none is known."""
    for wallet, pack in (await marked(work, wallets)).items():
        pots = await work.open({f"wallet:{wallet}:coupon:{coupon}" for coupon in pack})
        await settle(work, pots)
        await work.finish()


async def marked(work: Work, wallets: Collection[str]) -> Mapping[str, Sequence[str]]:
    """By wallet the coupons that end wherever they are found from now on; each time people are told."""
    packs = {wallet: await work.turn.pack(wallet) for wallet in await work.turn.rejoined(wallets)}
    found = {wallet: pack for wallet, pack in packs.items() if pack}
    for wallet, pack in found.items():
        await work.turn.end_coupons(dict.fromkeys(pack, WHY))
        why = (
            f"joined again after a membership was given away: {len(pack)} coupons of joining are withdrawn."
            " See whether one was used by then, and whether cash vouchers came with them: these stay"
        )
        await work.turn.open_exception(ExceptionKind.PHONE, wallet, why, work.now_ms)
    return found
