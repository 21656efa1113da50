"""What a member has only so often is counted with each sale, and comes back with it (product.md B7, B8).

Own counts lie on `had` of the site, what other sites counted on `had_elsewhere`; the other side of both is
`issued`. So a void, a fork and `verify` need no rule of their own. A member has it by any of their wallets,
those that were merged into these too. Whoever was given a wallet begins anew: under another name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import compress
from typing import TypeVar

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.commands import (
    HAD_NAME,
    HAD_PERIOD,
    BookDirective,
    BookGrant,
    BookMerge,
    BookSale,
    Claim,
    Had,
)
from terminal.core.directives import HadThere, Merge
from terminal.core.entry import Entry
from terminal.core.errors import BadAmount, HadBefore, NotBookable
from terminal.core.following import is_after
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rules import allowance, check_amount, current, refer_once
from terminal.core.ledger.shares import Span, counting, whole_of
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, WalletId

_NAME_MAX = 64
"""Characters of an id within the name of an account."""
_GIVEN = re.compile(r"\.g[1-9][0-9]*\Z", re.ASCII)
"""What `counted_as` adds."""
C = TypeVar("C", bound=tuple[str, str])


def had_so_far(state: State | Draft, wallets: Collection[WalletId], period: str, what: str) -> int:
    """By whoever holds those, at all sites as far as it is known here; never less than nothing."""
    books = state.state if isinstance(state, Draft) else state
    accounts = (
        account(state.site, counted_as(wallet, books), period, what)
        for wallet in wallets
        for account in (chart.had, chart.had_elsewhere)
    )
    return max(0, sum(state.balance(one) for one in accounts))


def had_of(state: State, *, wallet: WalletId, counted: Collection[C]) -> dict[C, int]:
    """Of each (what, period), by whoever holds that wallet."""
    wallets = theirs(current(wallet, state), state)
    return {one: had_so_far(state, wallets, one[1], one[0]) for one in counted}


def counted_as(wallet: WalletId, state: State) -> WalletId:
    """Under what name it is counted for whoever holds that one: of its holder before nothing counts."""
    since = _given(wallet, state)
    named = f"{wallet}.g{since}"
    return WalletId(named) if since and len(named) <= _NAME_MAX else wallet


def wallet_counted(name: str) -> WalletId:
    """Whose name that is, or the one that `counted_as` made of it."""
    return WalletId(_GIVEN.sub("", name))


def _given(wallet: WalletId, state: State) -> int:
    known = state.wallet(wallet)
    return known.given if known is not None else 0


def came_since(entry: Entry, wallet: WalletId, state: State) -> bool:
    """Whether it is of whoever holds that wallet now, and not of a holder before."""
    known = state.wallet(wallet)
    return known is None or is_after(entry, known.given, known.given_seq)


def theirs(
    wallet: WalletId, state: State, about: Callable[[WalletId], EntryId] = allowance
) -> tuple[WalletId, ...]:
    """All wallets of whoever holds that one, and what was merged into them.

    `about`: what a merge refers to where there is anything to find on the wallet that went.
    """
    known = state.wallet(current(wallet, state))
    others = state.wallets_of(known.member) if known is not None and known.member is not None else ()
    return tuple(dict.fromkeys(one for each in (wallet, *others) for one in _with_merged(each, state, about)))


def _with_merged(wallet: WalletId, state: State, about: Callable[[WalletId], EntryId]) -> Iterator[WalletId]:
    yield wallet
    for entry in state.referring(about(wallet)):
        if not came_since(entry, wallet, state):
            continue  # It was another person's that came into it.
        match entry.payload:
            case BookMerge(wallet=other) | BookDirective(directive=Merge(wallet=other)):
                yield from _with_merged(other, state, about)


def count_had(draft: Draft, command: BookSale, wallet: WalletId) -> None:
    """Raises `HadBefore` where it is more than there is."""
    if not command.had:
        return
    wallets = theirs(wallet, draft.state)
    for one in command.had:
        _check(one, len(command.lines))
        if had_so_far(draft, wallets, one.period, one.what) + one.count > one.most:
            raise HadBefore(f"{one.what} of {one.period}")
        named = counted_as(wallet, draft.state)
        count(draft, chart.had(draft.site, named, one.period, one.what), one.count)
    refer(draft, wallet)


def refer(draft: Draft, wallet: WalletId) -> None:
    """So that a merge knows of it."""
    refer_once(draft, allowance(wallet))


def _check(one: Had, lines: int) -> None:
    check_amount(one.count, "what was had", least=1)
    check_amount(one.most, "what may be had", least=1)
    if not HAD_NAME.fullmatch(one.what) or not HAD_PERIOD.fullmatch(one.period):
        raise NotBookable("what is counted has no such name or period")
    if len(set(one.places)) < len(one.places) or not set(one.places) <= set(range(lines)):
        raise BadAmount("had with a line that is not there, or is named twice")


def count(draft: Draft, account: Account, amount: int) -> None:
    """What is counted holds nothing: the other side is `issued`."""
    draft.move(account, amount)
    draft.issue(chart.HAD, amount)


def had_back(draft: Draft, sale: BookSale, before: Sequence[int], after: Sequence[int]) -> None:
    """Its share of what the lines that have it come back by; a whole one only with the last of them.

    `before`, `after`: of each line, what of its net is back.
    """
    if sale.wallet is None:
        return
    named = _counted_under(sale, draft.state.entry(sale.id)) or sale.wallet
    for one in sale.had:
        places = one.places or range(len(sale.lines))
        there = list(compress(places, counting([sale.lines[at] for at in places])))
        whole = sum(whole_of(sale.lines[at].net) for at in there)
        span = Span(sum(before[at] for at in there), sum(after[at] for at in there))
        account = chart.had(draft.site, named, one.period, one.what)
        count(draft, account, -span.of(one.count, whole))


def _counted_under(sale: BookSale, booked: Entry | None) -> WalletId | None:
    """As its own postings say it: whoever has the wallet by now, it was theirs that had it then."""
    told = (chart.had_of(name) for name, _ in (booked.postings if booked is not None else ()))
    counted = {(one.period, one.what) for one in sale.had}
    return next((had[0] for had in told if had is not None and had[1:] in counted), None)


def hear_of_had(draft: Draft, said: HadThere) -> None:
    """What was had at that site by now takes the place of what was told of it before."""
    for one in said.hads:
        told = chart.had_told(draft.site, one.wallet, one.period, one.what, said.site)
        news = one.count - draft.balance(told)
        holder = current(one.wallet, draft.state)
        count(draft, told, news)
        count(draft, chart.had_elsewhere(draft.site, holder, one.period, one.what), news)
    for wallet in heard_of(said):
        refer(draft, wallet)


def heard_of(said: HadThere) -> tuple[WalletId, ...]:
    """The wallets that it is of, whatever name it is counted under."""
    return tuple(dict.fromkeys(wallet_counted(one.wallet) for one in said.hads))


def had_by_both(draft: Draft, wallet: WalletId, into: WalletId) -> None:
    """What was had by either was had by both."""
    if draft.state.referring(allowance(wallet)):
        draft.effects.append(Refers(of=allowance(into)))


def counted_for(entry: Entry) -> tuple[WalletId, ...]:
    """For which wallets it counts: it refers to them where nothing did before it."""
    match entry.payload:
        case BookSale(wallet=str(wallet), had=had) if had:
            return (WalletId(wallet),)
        case BookDirective(directive=HadThere() as said):
            return heard_of(said)
        case BookGrant(wallet=wallet, claim=Claim()):
            return (wallet,)
        case _:
            return ()
