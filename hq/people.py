"""PROFILE: what sites know of people, and one phone that joined twice."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from hq.ports import EditKept, ExceptionKind, HolderRow, SiteRow
from hq.rejoining import keep_phones, withdraw_packs
from hq.taken import Taken
from hq.word import card_stands, everywhere
from hq.work import Work
from terminal.core.cards import CardState
from terminal.core.directives import GivenAway
from terminal.core.times import made_ms
from terminal.core.values import EntryId, MemberId, SiteId, WalletId
from terminal.core.wire.people import TOKENS_MAX, Profile, ProfileEdit

Word = tuple[WalletId, HolderRow]
"""Whose a wallet is, as it was said."""


async def kept(work: Work, profile: Profile, site: SiteRow) -> SiteRow:
    """Applies every edit once; whoever is found to have joined twice waits to be merged. The row after it."""
    sent = {edit.id: edit for edit in reversed(profile.edits)}
    news = await work.turn.note_edits(sent.keys())
    for edit in (edit for edit in reversed(sent.values()) if edit.id not in news):
        await _told_before(work, edit)
    if not news:
        return site
    site = replace(site, edits=site.edits + len(news))
    await work.turn.save(site)
    again: list[str] = []
    for edit in (edit for edit in reversed(sent.values()) if edit.id in news):
        joined = not await work.turn.joined(edit.wallet)
        had = await work.turn.told_of(edit.wallet)
        before = await _cards_before(work, edit)
        if edit.member is not None and not edit.visitor:
            await keep_phones(work, edit.wallet, HolderRow(member=edit.member, since=edit.since))
        phones = [key.token for key in edit.keys if key.card is None]
        leads = await work.turn.phones(phones) if phones else {}
        took = await work.turn.edit(edit, work.now_ms)
        if took is EditKept.WHOLE:
            await _met(work, edit, set(leads.values()), joined=joined)
            if joined and not leads:
                again.append(edit.wallet)
            await _end(work, before - {key.card for key in edit.keys})
            if _is_given(edit, had) and not (joined and _first_books(work)):
                await _given(work, edit.wallet, await work.turn.has(edit.wallet))
        elif took is EditKept.NOTHING:
            await _end(work, await _cards_unheard_of(work, edit))
            await _given(work, edit.wallet, await work.turn.has(edit.wallet), only=work.turn.name)
        else:
            await _told_before(work, edit)
    if again:
        await withdraw_packs(work, again)
    return site


async def _told_before(work: Work, edit: ProfileEdit) -> None:
    """A site was healed, which does not know any more who has the wallet: it hears it.

    Its older disk was put back, or it booked again that it gave it away, after it had told later words of it.
    """
    has = await work.turn.has(edit.wallet)
    if has.came_after(edit):
        await _given(work, edit.wallet, has, only=work.turn.name)


def _first_books(work: Work) -> bool:
    """Never restored: of whom nothing was known no other site knows. What was forgotten, sites may know."""
    return work.hq_epoch == 1


def _is_given(edit: ProfileEdit, had: HolderRow) -> bool:
    """To another than it was, or once more."""
    given = HolderRow(member=edit.member, since=edit.since)
    return given.stands_against(had.member, had.since)


async def gave(work: Work, entries: Sequence[Taken]) -> AbstractSet[Word]:
    """Keeps whose each wallet is by these; what no chain and no profile had said by then.

    Also by a word of headquarters' own, of which it may know nothing since it was restored: where the disk of
    the shop that gave it is lost, nobody else has it.
    """
    news: set[Word] = set()
    given = {word for one in entries if one.gives is not None and (word := _word(one)) is not None}
    for word in sorted({word for one in entries if (word := _word(one)) is not None}, key=_in_order):
        wallet, has = word
        await keep_phones(work, wallet, has)
        if await work.turn.gave(wallet, has, itself=word in given):
            news.add(word)
    return news


def _in_order(word: Word) -> tuple[str, int, str]:
    wallet, has = word
    return wallet, has.since, has.member or ""


def _word(one: Taken) -> Word | None:
    """On whose a wallet is."""
    if one.gives is not None and one.id is not None:
        return WalletId(one.gives[0]), HolderRow(member=one.gives[1], since=made_ms(EntryId(one.id)))
    if isinstance(one.directive, GivenAway) and one.directive.since:
        return one.directive.wallet, HolderRow(member=one.directive.member, since=one.directive.since)
    return None


async def given_there(work: Work, entries: Sequence[Taken], news: AbstractSet[Word], *, late: bool) -> None:
    """As their chain says it, which may come before who it is: a merge that follows is told after it.

    Of a wallet that this site gave before it heard that another did, people look at both; not where the site
    was written off (`late`), whose word on what it had heard was taken back.
    """
    for one in entries:
        word = _word(one)
        if word is None or not await work.turn.joined(word[0]):
            continue
        wallet, has = word
        if word in news and await work.turn.has(wallet) == has:
            await _given(work, wallet, has, cancelled=frozenset(card for card, _ in one.cards))
        if one.gives is None or one.again or late:
            continue
        unheard = await _unheard(work, wallet, one.seq)
        if unheard is not None:
            await _apart(work, wallet, has, unheard)


async def told_what_is_lost(work: Work) -> None:
    """This site, whose disk lost entries, hears of each transfer that no chain says and a profile told of.

    It may have been its own, and who had the wallet by the rest of its chain would have it there again.
    """
    for name, has in await work.turn.told_alone():
        wallet = WalletId(name)
        told = await work.turn.told_given(wallet)
        if all((one.member, one.since) != (has.member, has.since) for one, _ in told):
            await _given(work, wallet, has, only=work.turn.name)


async def _unheard(work: Work, wallet: WalletId, seq: int) -> GivenAway | None:
    """The last word on whose it is that this site had not applied when it gave it, at `seq` of its chain."""
    told = await work.turn.told_given(wallet)
    heard = {(one.member, one.since) for one, applied in told if applied is not None and applied < seq}
    return next((one for one, _ in reversed(told) if (one.member, one.since) not in heard), None)


async def _apart(work: Work, wallet: WalletId, here: HolderRow, there: GivenAway) -> None:
    """The later one stands, as everywhere: whoever it was given to first may have given it on.

    Every site is told, and the two that gave it say so to their technicians.
    """
    theirs = here.stands_against(there.member, there.since)
    later = here.member if theirs else there.member
    why = (
        f"given to {here.member} here and to {there.member} at another site, which had not heard of each"
        f" other: {later} has it. See what both paid in"
    )
    await work.turn.open_exception(ExceptionKind.GIVEN_TWICE, wallet, why, work.now_ms)
    if theirs:
        await _given(work, wallet, here, apart=True)
    else:
        await everywhere(work, lambda: replace(there, apart=True))


async def _given(  # noqa: PLR0913  whose it is now, and who hears it
    work: Work,
    wallet: WalletId,
    has: HolderRow,
    *,
    only: SiteId | None = None,
    cancelled: AbstractSet[str] = frozenset(),
    apart: bool = False,
) -> None:
    """Every other site hears whose it is now, or the one that told of whoever had it before.

    Of one that was merged into another that one's holder stays. `apart`: this site hears it, too.
    """
    root = (await work.turn.families({wallet}))[wallet].root.wallet
    if has.member is None or root != wallet or not await work.turn.joined(wallet):
        return
    (person,) = await work.turn.persons([wallet], hot=True)
    led = (key.card for key in person.keys if key.card is not None and key.card not in cancelled)
    given = GivenAway(
        wallet=wallet,
        member=MemberId(has.member),
        since=has.since,
        cards=tuple(led)[:TOKENS_MAX],
        apart=apart,
    )
    if only is not None:
        work.direct(only, given)
    else:
        await everywhere(work, lambda: given, but=None if apart else work.turn.name)


async def _end(work: Work, cards: AbstractSet[str]) -> None:
    for card in sorted(cards):
        await card_stands(work, card, CardState.CANCELLED)


async def _cards_before(work: Work, edit: ProfileEdit) -> frozenset[str]:
    """That led to the wallet until it was given to another person; none where it was not since then.

    Those that another site gave out are not known where it was given: with these, whoever had it before would
    go on paying. A card without a name may get it where its key is not known, and stays. What leads to nobody
    was merged into another wallet, and its cards are that one's.
    """
    has = await work.turn.told_of(edit.wallet)
    handed_over = any(key.card is not None for key in edit.keys)
    by_phone = bool(edit.keys) and has.member is not None
    if not _is_given(edit, has) or not (handed_over or by_phone):
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
