"""PROFILE: what sites know of people, and one phone that joined twice."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from hq.ports import EditKept, ExceptionKind, SiteRow
from hq.word import card_stands, everywhere
from hq.work import Work
from terminal.core.cards import CardState
from terminal.core.directives import GivenAway
from terminal.core.values import MemberId, SiteId, WalletId
from terminal.core.wire.people import TOKENS_MAX, Profile, ProfileEdit


async def kept(work: Work, profile: Profile, site: SiteRow) -> SiteRow:
    """Applies every edit once; whoever is found to have joined twice waits to be merged. The row after it."""
    sent = {edit.id: edit for edit in reversed(profile.edits)}
    news = await work.turn.note_edits(sent.keys())
    if not news:
        return site
    site = replace(site, edits=site.edits + len(news))
    await work.turn.save(site)
    for edit in (edit for edit in reversed(sent.values()) if edit.id in news):
        joined = not await work.turn.joined(edit.wallet)
        had = await work.turn.has(edit.wallet)
        before = await _cards_before(work, edit)
        phones = [key.token for key in edit.keys if key.card is None]
        leads = await work.turn.phones(phones) if phones else {}
        took = await work.turn.edit(edit, work.now_ms)
        if took is EditKept.WHOLE:
            await _met(work, edit, set(leads.values()), joined=joined)
            await _end(work, before - {key.card for key in edit.keys})
            if edit.since > had.since and not joined:  # Of whom nothing was known no other site knows.
                await _given(work, edit.wallet)
        elif took is EditKept.NOTHING:
            await _end(work, await _cards_unheard_of(work, edit))
            await _given(work, edit.wallet, only=work.turn.name)
    return site


async def _given(work: Work, wallet: WalletId, *, only: SiteId | None = None) -> None:
    """Every other site hears whose it is now, or the one that told of whoever had it before.

    Of one that was merged into another that one's holder stays.
    """
    has = await work.turn.has(wallet)
    root = (await work.turn.families({wallet}))[wallet].root.wallet
    if has.member is None or root != wallet:
        return
    (person,) = await work.turn.persons([wallet], hot=True)
    cards = tuple(key.card for key in person.keys if key.card is not None)[:TOKENS_MAX]
    given = GivenAway(wallet=wallet, member=MemberId(has.member), since=has.since, cards=cards)
    if only is not None:
        work.direct(only, given)
    else:
        await everywhere(work, lambda: given, but=work.turn.name)


async def _end(work: Work, cards: AbstractSet[str]) -> None:
    for card in sorted(cards):
        await card_stands(work, card, CardState.CANCELLED)


async def _cards_before(work: Work, edit: ProfileEdit) -> frozenset[str]:
    """That led to the wallet until it was given to another person; none where it was not since then.

    Those that another site gave out are not known where it was given: with these, whoever had it before would
    go on paying. A card without a name may get it where its key is not known, and stays. What leads to nobody
    was merged into another wallet, and its cards are that one's.
    """
    has = await work.turn.has(edit.wallet)
    handed_over = any(key.card is not None for key in edit.keys)
    by_phone = bool(edit.keys) and has.member is not None
    if edit.since <= has.since or not (handed_over or by_phone):
        return frozenset()
    root = (await work.turn.families({edit.wallet}))[edit.wallet].root.wallet
    keys = [key for person in await work.turn.persons([root]) for key in person.keys]
    return frozenset(key.card for key in keys if key.card is not None)


async def _cards_unheard_of(work: Work, edit: ProfileEdit) -> frozenset[str]:
    """What a site gave out of a wallet before it heard that it was given to another person."""
    known = await work.turn.keys([key.token for key in edit.keys])
    return frozenset(key.card for key in edit.keys if key.card is not None and key.token not in known)


async def _met(work: Work, edit: ProfileEdit, leads: set[str], *, joined: bool) -> None:
    """Who joins with a phone that is known is the same person; a changed phone is for people to judge."""
    if edit.member is None or not leads:
        return
    families = await work.turn.families({edit.wallet, *leads})
    mine = families[edit.wallet].root.wallet
    others = sorted({families[lead].root.wallet for lead in leads} - {mine})
    if not others:
        return
    if not joined:
        why = f"its new phone leads to {others[0]}"
        await work.turn.open_exception(ExceptionKind.PHONE, edit.wallet, why, work.now_ms)
        return
    await work.turn.add_conflict(edit.wallet, others[0])
