"""One person who joined twice: headquarters keeps the join it accepted first, and tells every site."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hq.ports import ExceptionKind, WalletRow
from hq.pot import POOL
from hq.rights import settle, withdraw
from hq.work import Work
from terminal.core.directives import Merge
from terminal.core.values import SiteId, WalletId


def kept_first(one: WalletRow, other: WalletRow) -> tuple[WalletRow, WalletRow]:
    """(that goes, that stays): the join that headquarters accepted first stays."""
    first, second = sorted((one, other), key=lambda row: (row.opened_ms, row.wallet))
    return second, first


async def merge(work: Work, wallet: str, into: str, *, because: str, tell: bool = True) -> bool:
    """All of `wallet` is of `into` from here on. False where they are one already.

    Where `wallet` had been merged into a third one, the person is all three: `into` follows it.
    """
    families = await work.turn.families({wallet, into})
    goes, stays = families[wallet].root.wallet, families[into].root.wallet
    if goes == stays:
        return False
    if goes != wallet:
        goes, stays = stays, goes
    accounts = await work.turn.unite(goes, stays)
    work.forget()
    why = f"into {stays}: {because}"
    await work.turn.open_exception(ExceptionKind.MERGE, goes, why, work.now_ms, at=POOL)
    if tell:
        await _tell(work, goes, stays, await _sites(work))
    if accounts:
        pots = await work.open(accounts)
        if not work.idle:
            for pot in pots:
                withdraw(pot)
        await settle(work, pots)
        await work.finish()
    return True


async def _sites(work: Work) -> list[SiteId]:
    return [site for site, row in (await work.turn.sites()).items() if not row.written_off_ms]


async def _tell(work: Work, wallet: str, into: str, sites: Collection[SiteId]) -> None:
    pack = tuple(await work.turn.pack(wallet))
    told = set(await work.turn.told(wallet))
    news = [site for site in sites if site not in told or pack]  # An attendant's own merge withdraws nothing.
    for site in news:
        work.direct(site, Merge(wallet=WalletId(wallet), into=WalletId(into), withdrawn=pack))
    await work.turn.tell(wallet, news)


async def late_pack(work: Work, wallets: Sequence[str]) -> None:
    """The entry that opened a wallet came after its merge: only now are its coupons known."""
    families = await work.turn.families(wallets)
    for wallet in wallets:
        root = families[wallet].root.wallet
        pack = tuple(await work.turn.pack(wallet))
        if root == wallet or not pack:
            continue
        for site in await _sites(work):
            work.direct(site, Merge(wallet=WalletId(wallet), into=WalletId(root), withdrawn=pack))


async def retell(work: Work) -> None:
    """After a restore: sites whose chain and feed both lack a merge that these books know of."""
    sites = await _sites(work)
    for wallet, root in sorted((await work.turn.merged()).items()):
        told = set(await work.turn.told(wallet))
        pack = tuple(await work.turn.pack(wallet))
        lacking = [site for site in sites if site not in told]
        for site in lacking:
            work.direct(site, Merge(wallet=WalletId(wallet), into=WalletId(root), withdrawn=pack))
        if lacking:
            await work.turn.tell(wallet, lacking)


async def merge_waiting(work: Work) -> None:
    """Joins of one person that were found while nothing could be merged."""
    for wallet, into in sorted((await work.turn.conflicts()).items()):
        families = await work.turn.families({wallet, into})
        goes, stays = kept_first(families[wallet].root, families[into].root)
        await merge(work, goes.wallet, stays.wallet, because="one phone joined twice")
        await work.turn.end_conflict(wallet)
