"""Who brought a member earns points, goods or a service: in the same entry, and undone with it (B9).

What was given is counted on accounts of the site, by day and month and by who was brought: so what is undone
makes room again, and a fork, a copy and `verify` see it like all else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from terminal.core import accounts as chart
from terminal.core.accounts import Account, named
from terminal.core.cart import Family
from terminal.core.commands import (
    BookDirective,
    BookMerge,
    BookRecharge,
    BookSale,
    CouponGrant,
    Opens,
    Reward,
    opens_of,
)
from terminal.core.directives import Merge
from terminal.core.entry import Entry
from terminal.core.errors import NotBookable
from terminal.core.ledger.allowances import came_since, counted_as, theirs, wallet_counted
from terminal.core.ledger.back import take_back
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.payers import paid_before, payers
from terminal.core.ledger.rules import check_amount, current, grant_coupons, introduction, merged_into
from terminal.core.ledger.state import State
from terminal.core.values import MemberId, WalletId

_MONTH_CHARS = len("2026-11")


def introducer(wallet: WalletId, state: State) -> WalletId | None:
    """Where the value is now of whoever was named.

    None: nobody was, here, or one of the two gave their wallet away since.
    """
    for entry in state.referring(introduction(wallet)):
        if opens := opens_of(entry.payload):
            return _named_in(opens, state) if _as_named(entry, wallet, opens, state) else None
    return None


def _named_in(opens: Opens, state: State) -> WalletId | None:
    return None if opens.introduced_by is None else current(opens.introduced_by, state)


def _as_named(entry: Entry, wallet: WalletId, opens: Opens, state: State) -> bool:
    """Whether both are whose they were then; of who was merged into another since, that one too."""
    by = opens.introduced_by or wallet
    if not all(came_since(entry, one, state) for one in (wallet, by)):
        return False
    while (known := state.wallet(by)) is not None and known.into is not None:
        became = (one for one in state.referring(merged_into(known.into)) if _gone_by(one) == by)
        if not any(came_since(one, known.into, state) for one in became):
            return False
        by = known.into
    return True


def _gone_by(entry: Entry) -> WalletId | None:
    """Which wallet a merge brought into another."""
    match entry.payload:
        case BookMerge(wallet=wallet) | BookDirective(directive=Merge(wallet=wallet)):
            return wallet
    return None


def reward(
    draft: Draft,
    wallet: WalletId,
    asked: Reward | None,
    opens: Opens | None = None,
    paid: BookSale | BookRecharge | None = None,
) -> None:
    """To two people at most, each known here by name; never to whoever did it, by any wallet of theirs.

    What one of the two `paid` for brings nobody anything; it was the first all the same, so that the next of
    the same newcomer brings nothing either.
    """
    if asked is None:
        return
    for number in (asked.points, asked.further, asked.a_day, asked.a_month):
        check_amount(number, "a reward")
    if asked.gift is not None and (asked.further or not asked.points):
        raise NotBookable("goods for two, or such as count for nothing")
    if not asked.always and _counted_before(draft, wallet):
        return
    earning = tuple(zip(_brought_by(wallet, opens, draft.state), (asked.points, asked.further), strict=False))
    by_themselves = any(paid_before(draft.state, by, payers(draft, paid)) for by, _ in earning)
    for by, points in earning if not by_themselves else ():
        room = _room(draft, by, asked)
        if asked.gift is None:
            _give(draft, wallet, by, min(points, room))
        elif 0 < points <= room:
            _give(draft, wallet, by, points, asked.gift)
    if earning:
        _count(draft, chart.introduced(draft.site, wallet), 1)
        if opens is None:  # Else the entry refers to it already.
            draft.effects.append(Refers(of=introduction(wallet)))


def _counted_before(draft: Draft, wallet: WalletId) -> bool:
    """On any wallet of theirs: who came twice, and turns out to be one, comes first once.

    What was first on one that they were given was another person's, and nothing is counted on it since.
    """
    state = draft.state
    wallets = (one for one in theirs(wallet, state, merged_into) if counted_as(one, state) == one)
    return any(draft.balance(chart.introduced(draft.site, one)) for one in wallets)


def bringer_of(wallet: WalletId, opens: Opens | None, state: State) -> WalletId | None:
    """Where the value is now of who brought that wallet's holder; None: nobody did, or they themselves."""
    return next(_brought_by(wallet, opens, state), None)


def _brought_by(wallet: WalletId, opens: Opens | None, state: State) -> Iterator[WalletId]:
    """Nearest first; it ends where somebody comes a second time, or nobody knows whose a wallet is."""
    seen = {None, _member(wallet, state)}
    by = _named_in(opens, state) if opens is not None else introducer(wallet, state)
    while by is not None and (member := _member(by, state)) not in seen:
        yield by
        seen.add(member)
        by = introducer(by, state)


def _member(wallet: WalletId, state: State) -> MemberId | None:
    known = state.wallet(wallet)
    return known.member if known is not None else None


def _room(draft: Draft, wallet: WalletId, asked: Reward) -> int:
    """What is left of both caps, by what was given here and, as far as it was told, elsewhere.

    On any wallet of theirs: two people who turn out to be one have one cap.
    """
    day = draft.at.business_day
    wallets = theirs(wallet, draft.state, merged_into)
    caps = ((asked.a_day, day), (asked.a_month, day[:_MONTH_CHARS]))
    return max(0, min(cap - _given(draft, wallets, period) for cap, period in caps))


def _given(draft: Draft, wallets: Collection[WalletId], period: str) -> int:
    """Elsewhere never less than nothing: another site may have taken back what a third one gave.

    Of a wallet that they were given from then on.
    """
    names = [counted_as(one, draft.state) for one in wallets]
    here = sum(draft.balance(chart.rewarded(draft.site, period, one)) for one in names)
    told = sum(draft.balance(chart.rewarded_elsewhere(draft.site, period, one)) for one in names)
    return here + max(0, told)


def _times(draft: Draft, wallet: WalletId) -> tuple[Account, Account]:
    day, counted = draft.at.business_day, counted_as(wallet, draft.state)
    return (
        chart.rewarded(draft.site, day, counted),
        chart.rewarded(draft.site, day[:_MONTH_CHARS], counted),
    )


def _times_of(entry: Entry, wallet: WalletId) -> Iterator[Account]:
    """Of what it gave them, as its own postings say: whoever has that wallet by now."""
    for name, _ in entry.postings:
        account = named(name)
        head, _, rest = account.unit.partition(":")
        if head == chart.REWARDED and wallet_counted(rest.partition(":")[2]) == wallet:
            yield account


def _count(draft: Draft, account: Account, amount: int) -> None:
    draft.move(account, amount)
    draft.issue(chart.REWARDED, amount)


def _give(
    draft: Draft, newcomer: WalletId, wallet: WalletId, points: int, gift: CouponGrant | None = None
) -> None:
    if gift is None:
        held = chart.points(wallet, Family.GOODS)
        draft.move(held, points)
        draft.issue(held.unit, points)
    else:
        grant_coupons(draft, wallet, (gift,))
    for account in (
        *_times(draft, wallet),
        chart.brought(draft.site, newcomer, wallet, gift.coupon if gift else ""),
    ):
        _count(draft, account, points)


class Given(NamedTuple):
    newcomer: WalletId
    wallet: WalletId
    """As it was then."""
    points: int
    """Or what the coupon counted as."""
    coupon: str
    """In place of points; else empty."""


def rewarded(entry: Entry) -> Iterator[Given]:
    """What it gave to who had brought somebody."""
    for name, amount in entry.postings:
        head, _, rest = named(name).unit.partition(":")
        if head == chart.BROUGHT:
            newcomer, _, rest = rest.partition(":")
            wallet, _, coupon = rest.partition(":")
            yield Given(WalletId(newcomer), WalletId(wallet), amount, coupon)


def introductions(entry: Entry) -> set[WalletId]:
    """Whose holders' coming it names, or rewards: it refers to these."""
    found = {
        WalletId(unit.removeprefix(f"{chart.INTRODUCED}:"))
        for name, amount in entry.postings
        if amount > 0 and (unit := named(name).unit).startswith(f"{chart.INTRODUCED}:")
    }
    opens = opens_of(entry.payload)
    return {opens.wallet} if opens is not None and opens.introduced_by is not None else found


def rewards_back(draft: Draft, found: Entry, share: Callable[[int], int], *, whole: bool) -> None:
    """Of each `share` of it, and no more than is not back yet; what is spent by now is owed.

    A coupon goes back with all of it. Of an entry of another site's nothing is counted here.
    """
    here = found.site == draft.site
    for one in rewarded(found):
        account = chart.brought(draft.site, one.newcomer, one.wallet, one.coupon)
        asked = one.points * whole if one.coupon else share(one.points)
        part = min(asked, draft.balance(account)) if here else asked
        _take(draft, one.wallet, part, one.coupon)
        for counted in (*_times_of(found, one.wallet), account) if here else ():
            _count(draft, counted, -part)
    if whole and here:
        for name, amount in found.postings:
            if (account := named(name)).unit.startswith(f"{chart.INTRODUCED}:"):
                _count(draft, account, -amount)


def _take(draft: Draft, wallet: WalletId, points: int, coupon: str) -> None:
    """A coupon only whole."""
    wallet = current(wallet, draft.state)
    if not coupon:
        held = chart.points(wallet, Family.GOODS)
        take_back(draft, held, points, [])
        draft.issue(held.unit, -points)
    elif points:
        take_back(draft, chart.coupon(wallet, coupon), 1, [])
        draft.issue("coupon", -1)


def without_rewards(postings: Mapping[Account, int], found: Entry, state: State) -> dict[Account, int]:
    """What else it did; `postings`: by the wallets of today."""
    left = {account: amount for account, amount in postings.items() if account.measure != chart.REWARDED}
    for one in rewarded(found):
        wallet = current(one.wallet, state)
        held = chart.coupon(wallet, one.coupon) if one.coupon else chart.points(wallet, Family.GOODS)
        part = 1 if one.coupon else one.points
        unit = "coupon" if one.coupon else held.unit
        for account, amount in ((held, part), (chart.issued(found.site, unit), -part)):
            left[account] = left.get(account, 0) - amount
    return left


def brought_oneself(draft: Draft, wallet: WalletId, into: WalletId) -> None:
    """They turn out to be one person's: what either was given for the other is taken back.

    It makes room again in the caps of the days and months in which it was given.
    """
    state = draft.state
    for newcomer, other in ((wallet, into), (into, wallet)):
        for entry, one in _given_for(newcomer, state):
            if current(one.wallet, state) != other:
                continue
            account = chart.brought(draft.site, one.newcomer, one.wallet, one.coupon)
            points = one.points + _came_back(entry, account, state)
            _take(draft, into, points, one.coupon)
            for counted in (*_times_of(entry, one.wallet), account):
                _count(draft, counted, -points)
    if state.referring(introduction(wallet)):
        draft.effects.append(Refers(of=introduction(into)))


def _came_back(of: Entry, account: Account, state: State) -> int:
    """Never above zero: what has undone that entry took so much of it back."""
    undone = (posted for one in state.referring(of.id) for posted in one.postings)
    return sum(amount for name, amount in undone if name == account.name)


def _given_for(newcomer: WalletId, state: State) -> Iterator[tuple[Entry, Given]]:
    """By which entries; also for whoever was merged into them."""
    for entry in state.referring(introduction(newcomer)):
        match entry.payload:
            case BookMerge(wallet=other) | BookDirective(directive=Merge(wallet=other)):
                yield from _given_for(other, state)
            case _:
                yield from ((entry, one) for one in rewarded(entry))
