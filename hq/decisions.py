"""What people decide at headquarters. Each says who; where two must agree, the second is another person."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hq.exchange import Exchange
from hq.forks import heal
from hq.merging import merge
from hq.ports import Cause, Decision, ExceptionKind, SiteRow
from hq.rights import settle
from hq.work import Work
from terminal.core.commands import CardState
from terminal.core.directives import CardStanding, Directive, TierSet
from terminal.core.values import CardId, SiteId, WalletId


class NotDecided(Exception):
    """The decision cannot be taken; nothing changed. `str()` says why."""


async def decide_instance(
    exchange: Exchange, merchant: str, site: SiteId, instance: str, *, by: str
) -> SiteRow:
    """Which of two machines is the site. The winner gets a higher number, the others stay refused.

    Raises:
        NotDecided: no such site, or no such machine has ever called for it.
    """
    _signed(by)
    async with exchange.work(merchant, site, alone=True) as work:
        row = await _site(work)
        claimants = {row.instance, *await work.turn.subjects(ExceptionKind.INSTANCE)}
        if instance not in claimants:
            raise NotDecided("no such machine has called for this site")
        row = replace(row, instance=instance, instance_no=row.instance_no + 1, nonce="")
        await work.turn.save(row)
        for loser in sorted(claimants - {instance}):  # It goes on calling, and that opens nothing any more.
            await work.turn.open_exception(ExceptionKind.INSTANCE, loser, "it was the site", work.now_ms)
        decision = Decision(words=f"{instance} is the site", by=by)
        for one in sorted(claimants):
            cause = Cause(kind=ExceptionKind.INSTANCE, site=site, subject=one)
            await work.turn.close_exception(cause, decision, work.now_ms)
    return row


async def write_off(exchange: Exchange, merchant: str, site: SiteId, *, by: str, second: str) -> None:
    """A site that is dead for good: what it held is the pool's, and nothing waits for it any more.

    Raises:
        NotDecided: no such site, it is written off, or both signatures are one person's.
    """
    _signed(by)
    _signed(second)
    if by == second:
        raise NotDecided("the second signature is the first one's")
    async with exchange.work(merchant, site, alone=True) as work:
        row = await _site(work)
        await work.turn.save(replace(row, written_off_ms=work.now_ms, nonce=""))
        accounts = await work.turn.write_off(site)
        why = f"its head was {row.said}, {row.acked} are held here"
        await work.turn.open_exception(ExceptionKind.WRITTEN_OFF, site, why, work.now_ms)
        cause = Cause(kind=ExceptionKind.WRITTEN_OFF, site=site, subject=site)
        decision = Decision(words="written off", by=by, second=second)
        await work.turn.close_exception(cause, decision, work.now_ms)
        await heal(work)
        if accounts:
            await settle(work, await work.open(accounts))


async def merge_members(exchange: Exchange, merchant: str, wallet: str, into: str, *, by: str) -> None:
    """Two wallets are one person's; all sites are told.

    Raises:
        NotDecided: one of them is not known, they are one already, or headquarters is being restored.
    """
    _signed(by)
    async with exchange.work(merchant, SiteId(""), alone=True) as work:
        families = await work.turn.families({wallet, into})
        if not all(families[one].root.opened_ms for one in (wallet, into)):
            raise NotDecided("no such wallet")
        if work.idle:
            raise NotDecided("headquarters was restored, and not every site has called since")
        if not await merge(work, wallet, into, because=f"decided by {by}"):
            raise NotDecided("they are one already")
        for site in await work.turn.sites():
            cause = Cause(kind=ExceptionKind.PHONE, site=site, subject=wallet)
            await work.turn.close_exception(cause, Decision(words=f"merged into {into}", by=by), work.now_ms)


async def close(exchange: Exchange, merchant: str, cause: Cause, decision: Decision) -> None:
    """A person has looked at it: a breach, a fork, a quarantined entry.

    Raises:
        NotDecided: there is none that is open, or the decision says nothing.
    """
    _signed(decision.by)
    _signed(decision.words)
    async with exchange.work(merchant, cause.site) as work:
        if not await work.turn.close_exception(cause, decision, work.now_ms):
            raise NotDecided("no such exception is open")


async def set_tier(exchange: Exchange, merchant: str, wallet: str, tier: str, *, by: str) -> None:
    """Up or down, for all sites; only headquarters takes a tier away."""
    _signed(by)
    async with exchange.work(merchant, SiteId("")) as work:
        root = (await work.turn.families({wallet}))[wallet].root
        if not root.opened_ms:
            raise NotDecided("no such wallet")
        await work.turn.set_tier(root.wallet, tier)
        why = f"decided by {by}"[:100]
        await _everywhere(work, lambda: TierSet(wallet=WalletId(root.wallet), tier=tier, why=why))


async def set_card(exchange: Exchange, merchant: str, card: str, state: CardState, *, by: str) -> None:
    """Onto the hot list, or off it (`active`)."""
    _signed(by)
    async with exchange.work(merchant, SiteId("")) as work:
        await work.turn.list_cards({card: state}, work.now_ms)
        await _everywhere(work, lambda: CardStanding(card=CardId(card), state=state))


async def _everywhere(work: Work, directive: Callable[[], Directive]) -> None:
    for site, row in (await work.turn.sites()).items():
        if not row.written_off_ms:
            work.direct(site, directive())


async def _site(work: Work) -> SiteRow:
    row = await work.turn.site()
    if row is None:
        raise NotDecided("no such site")
    if row.written_off_ms:
        raise NotDecided("this site is written off")
    return row


def _signed(by: str) -> None:
    if not by.strip():
        raise NotDecided("somebody must sign")
