"""Tiers and the hot list: many speak, the last word that headquarters took stands, and every site hears it.

Whoever said it hears it too: another word may be in its feed that it had not applied when it spoke, and its
own must not stay under that one. What a site was told before a restore, and headquarters forgot, is a word
like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from hq.directed import Directives
from hq.ladder import ranks
from hq.taken import Taken
from hq.work import Work
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import CardState
from terminal.core.directives import CardStanding, Directive, TierSet
from terminal.core.ranks import BEGINS
from terminal.core.values import CardId, SiteId, WalletId


async def everywhere(work: Work, directive: Callable[[], Directive], *, but: SiteId | None = None) -> None:
    for site, row in (await work.turn.sites()).items():
        if not row.written_off_ms and site != but:
            work.direct(site, directive())


async def tiers_said(work: Work, entries: Sequence[Taken], directed: Directives) -> None:
    """Up at once; down by headquarters, and where the wallet began by what counts there (product.md B8)."""
    for one in entries:
        if one.tier:
            await _said(work, *one.tier, fell_from=one.fell_from)
        elif isinstance(one.directive, TierSet) and one.id in directed.forgotten:
            word = one.directive
            await tier_stands(work, str(word.wallet), word.tier, why="headquarters", given=word.given)
    await _told_again(work, {one.redone for one in entries if one.redone})


async def _told_again(work: Work, wallets: Collection[str]) -> None:
    """A wallet that begins with a fact of a lost branch begins without the tier that a grant had brought."""
    if not wallets:
        return
    roots = {family.root.wallet: family.root for family in (await work.turn.families(wallets)).values()}
    for wallet, root in sorted(roots.items()):
        if root.tier != BEGINS:
            tell_what_stands(work, wallet, root.tier)


def tell_what_stands(work: Work, wallet: str, tier: str) -> None:
    """Here, and once more: nobody says it anew."""
    here: SiteId = work.turn.name
    work.direct(here, TierSet(wallet=WalletId(wallet), tier=tier, why="headquarters", given=None))


async def _said(work: Work, wallet: str, tier: str, *, fell_from: str) -> None:
    root = (await work.turn.families({wallet}))[wallet].root
    falls = fell_from == root.tier and await _counts_here_alone(work, root.wallet)
    if falls or await ranks(work, tier) >= await ranks(work, root.tier):
        await tier_stands(work, wallet, tier, why="headquarters")
    else:
        tell_what_stands(work, root.wallet, root.tier)


async def _counts_here_alone(work: Work, wallet: str) -> bool:
    """This site is the wallet's home, and these books say of nothing that counts that it lies elsewhere."""
    here = work.turn.name
    if work.idle or (await work.turn.began_at({wallet})).get(wallet) != here:
        return False
    (pot,) = await work.open([f"wallet:{wallet}:{TIER_UNIT}"])
    others = [one for one in pot.held if one.balance > 0 and one.site != here and not one.gone]
    return not (pot.balance or others or any(one.granted for one in pot.moving))


async def tier_stands(  # noqa: PLR0913  what is told, and to whom anew
    work: Work, wallet: str, tier: str, *, why: str, again: bool = False, given: bool | None = False
) -> None:
    """Of the person that the wallet belongs to, by now.

    `again`: sites may have heard otherwise since. `given`: by a person here; None: as it was.
    """
    root = (await work.turn.families({wallet}))[wallet].root
    if root.tier == tier and not again:
        return
    await work.turn.set_tier(root.wallet, tier)
    await everywhere(work, lambda: TierSet(wallet=WalletId(root.wallet), tier=tier, why=why, given=given))


async def cards_said(
    work: Work, entries: Sequence[Taken], directed: Directives, *, freed: bool = True
) -> None:
    """`freed`: whether a card may be said to be usable again."""
    for place, one in enumerate(entries):
        said = one.cards
        if isinstance(one.directive, CardStanding) and one.id in directed.forgotten:
            said = ((str(one.directive.card), str(one.directive.state)),)
        heard_later = {
            CardStanding(card=later.directive.card, state=later.directive.state)
            for later in entries[place + 1 :]
            if isinstance(later.directive, CardStanding) and directed.heard(later)
        }
        for card, state in said:
            if one.expired and await _has_a_name(work, one.expired):
                await _stays_in_use(work, card)
            elif freed or state != CardState.ACTIVE:
                await _said_of_card(work, card, CardState(state), heard_later)


async def _has_a_name(work: Work, wallet: str) -> bool:
    return (await work.turn.families({wallet}))[wallet].root.member is not None


async def _stays_in_use(work: Work, card: str) -> None:
    """It got a name elsewhere, and never ends: that is told where it was thought to have a last day."""
    stood = await work.turn.stood(card)
    state = stood.state if stood is not None else CardState.ACTIVE
    work.direct(work.turn.name, CardStanding(card=CardId(card), state=state))


async def _said_of_card(
    work: Work, card: str, state: CardState, heard_later: Collection[CardStanding]
) -> None:
    """A dead number stays dead. Who frees a card must have heard why others stopped it."""
    here: SiteId = work.turn.name
    stood = await work.turn.stood(card)
    if stood is not None and stood.state != state:
        stands = CardStanding(card=CardId(card), state=stood.state)
        unheard = stood.said_by != here and (stands in heard_later or await work.turn.waits(stands))
        if stood.state.final or (state is CardState.ACTIVE and unheard):
            work.direct(here, stands)
            return
    await card_stands(work, card, state)


async def card_stands(work: Work, card: str, state: CardState) -> None:
    if await work.turn.list_cards({card: str(state)}, work.now_ms):
        await everywhere(work, lambda: CardStanding(card=CardId(card), state=state))
