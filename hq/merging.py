"""One person who joined twice: headquarters keeps the join it accepted first, and tells every site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hq.ladder import ranks
from hq.ports import ExceptionKind, Family, WalletRow
from hq.pot import POOL
from hq.rights import settle
from hq.word import tell_what_stands, tier_stands
from hq.work import Work
from terminal.core.directives import HolderNamed, Merge, TierSet
from terminal.core.ranks import BEGINS
from terminal.core.values import MemberId, SiteId, WalletId


def kept_first(one: WalletRow, other: WalletRow) -> tuple[WalletRow, WalletRow]:
    """(that goes, that stays): the join that headquarters accepted first stays."""
    first, second = sorted((one, other), key=lambda row: (row.opened_ms, row.wallet))
    return second, first


def which_goes(families: Mapping[str, Family], wallet: str, into: str) -> tuple[WalletRow, WalletRow]:
    """(that goes, that stays), where `wallet` is to go into `into`.

    Where `wallet` had been merged into a third one, the person is all three: `into` follows it.
    """
    goes, stays = families[wallet].root, families[into].root
    return (goes, stays) if goes.wallet == wallet else (stays, goes)


async def merge(work: Work, wallet: str, into: str, *, because: str, tell: bool = True) -> bool:
    """All of `wallet` is of `into` from here on, as `which_goes` says. False where they are one already."""
    families = await work.turn.families({wallet, into})
    gone, kept = which_goes(families, wallet, into)
    goes, stays = gone.wallet, kept.wallet
    tier = gone.tier if await ranks(work, gone.tier) > await ranks(work, kept.tier) else kept.tier
    if goes == stays:
        return False
    accounts = await work.turn.unite(goes, stays)
    work.forget()
    why = f"into {stays}: {because}"
    await work.turn.open_exception(ExceptionKind.MERGE, goes, why, work.now_ms, at=POOL)
    # A site that had merged them before, and headquarters forgot, took words on either for words on both.
    again, given = kept.tier != gone.tier, None if tier == kept.tier else False
    await tier_stands(work, stays, tier, why=f"merged with {goes}"[:100], again=again, given=given)
    if tell:
        await _tell(work, goes, stays)
    if accounts:
        pots = await work.open(accounts)
        await settle(work, pots)
        await work.finish()
    return True


async def _sites(work: Work) -> list[SiteId]:
    return [site for site, row in (await work.turn.sites()).items() if not row.written_off_ms]


async def _tell(work: Work, wallet: str, into: str) -> None:
    root = (await work.turn.families({into}))[into].root
    pack = tuple(await work.turn.pack(wallet))
    told = set(await work.turn.told(wallet))
    news = [site for site in await _sites(work) if site not in told or pack]
    for site in news:  # An attendant's own merge withdraws nothing.
        _directed(work, site, Merge(wallet=WalletId(wallet), into=WalletId(into), withdrawn=pack), root)
    await work.turn.tell(wallet, news)


async def tell_one(work: Work, wallet: str, site: SiteId) -> None:
    """What comes there is of `wallet`, and it was no site yet when that was merged. Kept when it says so."""
    root = (await work.turn.families({wallet}))[wallet].root
    if root.wallet == wallet or site in await work.turn.told(wallet):
        return
    pack = tuple(await work.turn.pack(wallet))
    _directed(work, site, Merge(wallet=WalletId(wallet), into=WalletId(root.wallet), withdrawn=pack), root)


def _directed(work: Work, site: SiteId, merge: Merge, root: WalletRow) -> None:
    """The wallet that is left may begin with it there, and begins with the lowest tier and nobody's name."""
    work.direct(site, merge)
    if root.tier != BEGINS:
        work.direct(site, TierSet(wallet=merge.into, tier=root.tier, why="headquarters", given=None))
    if root.member is not None:
        work.direct(site, HolderNamed(wallet=merge.into, member=MemberId(root.member)))


async def opened_late(work: Work, wallets: Sequence[str]) -> None:
    """More was known of a wallet before the entry that opened it came: sites are told now.

    That it was merged, of which only now the coupons to withdraw are known; its tier, where it was opened.
    """
    families = await work.turn.families(wallets)
    for wallet in wallets:
        root = families[wallet].root
        pack = tuple(await work.turn.pack(wallet))
        if root.wallet != wallet and pack:
            merge = Merge(wallet=WalletId(wallet), into=WalletId(root.wallet), withdrawn=pack)
            for site in await _sites(work):
                _directed(work, site, merge, root)
        elif root.tier != BEGINS:
            tell_what_stands(work, root.wallet, root.tier)


async def retell(work: Work) -> None:
    """After a restore: sites whose chain and feed both lack a merge that these books know of."""
    sites = await _sites(work)
    for wallet, into in sorted((await work.turn.merged()).items()):
        root = (await work.turn.families({into}))[into].root
        told = set(await work.turn.told(wallet))
        pack = tuple(await work.turn.pack(wallet))
        lacking = [site for site in sites if site not in told]
        for site in lacking:
            _directed(work, site, Merge(wallet=WalletId(wallet), into=WalletId(into), withdrawn=pack), root)
        if lacking:
            await work.turn.tell(wallet, lacking)


async def merge_waiting(work: Work) -> None:
    """Joins of one person that were found while nothing could be merged."""
    for wallet, into in sorted((await work.turn.conflicts()).items()):
        families = await work.turn.families({wallet, into})
        goes, stays = kept_first(families[wallet].root, families[into].root)
        await merge(work, goes.wallet, stays.wallet, because="one phone joined twice")
        await work.turn.end_conflict(wallet)
