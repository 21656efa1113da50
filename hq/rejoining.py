"""Who gave a membership away and joins again at another shop has no second pack (product.md B5).

That shop could not know it. What was used by then stays used, and the owner is told; so are they where cash
vouchers came with it, which no directive names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hq.ports import ExceptionKind, HolderRow
from hq.rights import settle
from hq.work import Work

WHY = "second pack: a member before, by a membership that they gave away"


async def keep_phones(work: Work, wallet: str, gets: HolderRow) -> None:
    """By which whoever had it was found, when it is heard first that it was given: by the chain or a profile.

    Only then: whoever had it may have been forgotten when the other word comes.
    """
    had = await work.turn.told_of(wallet)
    known = (await work.turn.holders({wallet})).get(wallet, had)
    if had.member in {None, gets.member} or known.since >= gets.since:
        return
    persons = await work.turn.persons([wallet])
    phones = [key.token for person in persons for key in person.keys if key.card is None]
    if phones:
        await work.turn.gave_phones(phones, wallet, str(had.member))


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
