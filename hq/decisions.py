"""What people decide at headquarters. Each says who; where two must agree, the second is another person."""

from __future__ import annotations

import unicodedata

import msgspec
from msgspec.structs import replace

from hq.exchange import Exchange
from hq.forks import heal
from hq.ladder import ladder
from hq.merging import merge, which_goes
from hq.ports import Cause, Decision, ExceptionKind, Noted, SiteRow
from hq.rights import settle
from hq.sets_ports import Act
from hq.word import card_stands, tier_stands
from hq.work import Work
from terminal.core.accounts import TIER_UNIT
from terminal.core.commands import CardState
from terminal.core.values import SiteId
from terminal.core.wire.forms import Card


class NotDecided(Exception):
    """The decision cannot be taken; nothing changed. `str()` says why."""


async def decide_instance(  # noqa: PLR0913
    exchange: Exchange, merchant: str, site: SiteId, instance: str, *, saw: int, by: str
) -> SiteRow:
    """Which of two machines is the site. The winner gets a higher number, the others stay refused.

    `saw`: the machine's number that whoever decides was shown. The same decision again changes nothing.

    Raises:
        NotDecided: no such site, no such machine has ever called for it, or somebody else decided meanwhile.
    """
    signed(by)
    async with exchange.work(merchant, site, alone=True) as work:
        row = await _site(work)
        claimants = {row.instance, *await work.turn.subjects(ExceptionKind.INSTANCE)}
        if instance not in claimants:
            raise NotDecided("no such machine has called for this site")
        causes = [Cause(kind=ExceptionKind.INSTANCE, site=site, subject=one) for one in sorted(claimants)]
        noted = {cause: await work.turn.noted(cause) for cause in causes}
        known = [one for one in noted.values() if one is not None]
        if instance == row.instance and all(one.decision for one in known):
            return row
        if saw != row.instance_no:
            raise _meanwhile(max(known, key=lambda one: one.decided_ms, default=None))
        row = replace(row, instance=instance, instance_no=row.instance_no + 1, nonce="")
        await work.turn.save(row)
        decision = Decision(words=f"{instance} is the site", by=by)
        for cause, one in noted.items():  # Losers go on calling, and that opens nothing any more.
            await work.turn.open_exception(
                cause.kind,
                cause.subject,
                one.why if one else "it was the site",
                work.now_ms,
                since_ms=work.now_ms + 1,
            )
            await work.turn.close_exception(cause, decision, work.now_ms)
        await said(work, by, f"machine {instance} is site {site}")
    return row


def _meanwhile(noted: Noted | None) -> NotDecided:
    """What somebody was shown is not how it stands."""
    if noted is None or noted.decision is None:
        return NotDecided("it stands otherwise by now: look again")
    who = noted.decision.by or "headquarters itself"
    return NotDecided(f"decided by {who} meanwhile: {noted.decision.words}")


async def said(work: Work, by: str, what: str) -> None:
    await work.turn.act(Act(at_ms=work.now_ms, who=by, what=what))


async def write_off(exchange: Exchange, merchant: str, site: SiteId, *, by: str, second: str) -> None:
    """A site that is dead for good: what it held is the pool's, and nothing waits for it any more.

    Raises:
        NotDecided: no such site, it is written off, or both signatures are one person's.
    """
    must_be_two(by, second)
    async with exchange.work(merchant, site, alone=True) as work:
        row = await _site(work)
        row = replace(
            row,
            written_off_ms=work.now_ms,
            nonce="",
            transit=await work.turn.in_transit(site),
            unsure=row.confirmed < work.hq_epoch,
        )
        await work.turn.save(row)
        accounts = await work.turn.write_off(site)
        why = f"its head was {row.said}, {row.acked} are held here"
        await work.turn.open_exception(ExceptionKind.WRITTEN_OFF, site, why, work.now_ms)
        cause = Cause(kind=ExceptionKind.WRITTEN_OFF, site=site, subject=site)
        decision = Decision(words="written off", by=by, second=second)
        await work.turn.close_exception(cause, decision, work.now_ms)
        await heal(work)
        if accounts:
            await settle(work, await work.open(accounts))


async def known_gone(exchange: Exchange, merchant: str, site: SiteId, *, by: str, second: str) -> None:
    """The machine of a site that was written off sells nowhere any more: what it might spend is no risk now.

    That its certificate is revoked, or its journal was brought, does not say so: it may sell on, offline.

    Raises:
        NotDecided: no such site, it is not written off, it is known already, or both signatures are one
            person's.
    """
    must_be_two(by, second)
    async with exchange.work(merchant, site, alone=True) as work:
        row = await work.turn.site()
        if row is None or not row.written_off_ms:
            raise NotDecided("no such site was written off")
        if row.gone_ms:
            raise NotDecided("that is known already")
        await work.turn.save(replace(row, gone_ms=work.now_ms))
        await said(work, f"{by}, {second}", f"the machine of {site} is gone: it sells nowhere any more")


async def merge_members(exchange: Exchange, merchant: str, wallet: str, into: str, *, by: str) -> None:
    """Two wallets are one person's; all sites are told.

    Raises:
        NotDecided: one of them is not known, they are one already, headquarters is being restored, or the
            one that would stay has no name and the other has.
    """
    signed(by)
    async with exchange.work(merchant, SiteId(""), alone=True) as work:
        families = await work.turn.families({wallet, into})
        if not all(families[one].root.opened_ms for one in (wallet, into)):
            raise NotDecided("no such wallet")
        if work.idle:
            raise NotDecided("headquarters was restored, and not every site has called since")
        goes, stays = which_goes(families, wallet, into)
        if goes.member is not None and stays.member is None:
            raise NotDecided(f"{stays.wallet} has no name: merge it into {goes.wallet}")
        if not await merge(work, wallet, into, because=f"decided by {by}"):
            raise NotDecided("they are one already")
        for site in await work.turn.sites():
            cause = Cause(kind=ExceptionKind.PHONE, site=site, subject=wallet)
            await work.turn.close_exception(cause, Decision(words=f"merged into {into}", by=by), work.now_ms)


async def close(exchange: Exchange, merchant: str, cause: Cause, decision: Decision, *, saw: str) -> None:
    """A person has looked at it: a breach, a fork, a quarantined entry.

    `saw`: what whoever decides was shown of it (`ports.seen_as`).

    Raises:
        NotDecided: there is none that is open, it grew or was decided meanwhile, or nothing is said.
    """
    signed(decision.by)
    signed(decision.words)
    async with exchange.work(merchant, cause.site) as work:
        noted = await work.turn.noted(cause)
        if noted is None:
            raise NotDecided("no such exception is open")
        if noted.decision is not None or noted.seen != saw:
            raise _meanwhile(noted)
        await work.turn.close_exception(cause, decision, work.now_ms)
        await said(work, decision.by, f"{cause.kind} {cause.subject}: {decision.words}")


async def set_tier(exchange: Exchange, merchant: str, wallet: str, tier: str, *, by: str) -> None:
    """Up or down, for all sites; it stays, whatever counts, until a word that raises it or another of these.

    Raises:
        NotDecided: no such wallet or tier.
    """
    signed(by)
    async with exchange.work(merchant, SiteId("")) as work:
        if not (await work.turn.families({wallet}))[wallet].root.opened_ms:
            raise NotDecided("no such wallet")
        order = await ladder(work.turn, work.policy, work.now_ms)
        if tier not in order:
            raise NotDecided(f"a tier is one of {', '.join(order)}")
        await tier_stands(work, wallet, tier, why=f"decided by {by}"[:100], given=True)
        await said(work, by, f"tier of wallet {wallet}: {tier}")


async def set_card(exchange: Exchange, merchant: str, card: str, state: CardState, *, by: str) -> None:
    """Onto the hot list, or off it (`active`).

    Raises:
        NotDecided: no card has such a name, it is replaced or cancelled, or it would be for good although
            nobody's name and nothing else leads to what lies on its wallet.
    """
    signed(by)
    try:
        msgspec.convert(card, Card)
    except msgspec.ValidationError as fault:
        raise NotDecided("a card has 1 to 64 characters, none of them a control character") from fault
    async with exchange.work(merchant, SiteId("")) as work:
        stood = await work.turn.stood(card)
        if stood is not None and stood.state.final and stood.state is not state:
            raise NotDecided(f"this card is {stood.state}, which is for ever: give its owner another one")
        if state.final and await _alone_leads_to_value(work, card):
            raise NotDecided("nobody's name, and value on it: a shop pays it back first")
        await card_stands(work, card, state)
        await said(work, by, f"card {card}: {state}")


async def _alone_leads_to_value(work: Work, card: str) -> bool:
    wallet = await work.turn.leads_to(card)
    if wallet is None:
        return False
    family = (await work.turn.families({wallet}))[wallet]
    held = await work.turn.held_of(family.members)
    return family.root.member is None and any(
        amount > 0 and unit != TIER_UNIT for unit, amount in held.items()
    )


async def _site(work: Work) -> SiteRow:
    row = await work.turn.site()
    if row is None:
        raise NotDecided("no such site")
    if row.written_off_ms:
        raise NotDecided("this site is written off")
    return row


def must_be_two(by: str, second: str) -> None:
    """Raises `NotDecided` unless two people signed."""
    signed(by)
    signed(second)
    if _one_name(by) == _one_name(second):
        raise NotDecided("the second signature is the first one's")


def _one_name(by: str) -> str:
    """However somebody writes it."""
    return " ".join(unicodedata.normalize("NFKC", by).casefold().split())


def signed(by: str) -> None:
    """Raises `NotDecided` unless somebody did."""
    if not by.strip():
        raise NotDecided("somebody must sign")
