"""What headquarters says is not kept any more of members who came to none of its sites (product.md G8).

It decides by what it was told. The site knows better of itself: who was here since, on whose wallets value is
left or whose records are kept stays, and the entry says by which wallets something went.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminal.core.commands import BookDirective
from terminal.core.directives import Lapse, Lapsing
from terminal.core.errors import NotBookable
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Effect, Erased, NotesDropped, ServicesDropped, VisitorForgotten
from terminal.core.ledger.left_over import keeps_from_erasure
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.retention import PARTICULARS
from terminal.core.values import MemberId, Value, WalletId


class Lapsed(Value, frozen=True, kw_only=True):
    """What an entry says that applies it."""

    wallets: tuple[WalletId, ...] = ()
    erased: tuple[MemberId, ...] = ()


def lapsing(what: Lapse, day: str, state: State) -> Lapsed:
    """What of it goes here on that business day."""
    gone = {member: wallet for wallet, member in _lapsed(what, day, state)}
    erased = [member for member in gone if what.kind is Lapsing.MEMBER and state.is_known(member)]
    return Lapsed(wallets=tuple(gone.values()), erased=tuple(erased))


def _lapsed(what: Lapse, day: str, state: State) -> Iterator[tuple[WalletId, MemberId]]:
    for wallet in what.wallets:
        known = state.wallet(current(wallet, state))
        if known is None or known.member is None:
            continue
        if what.members and known.member not in what.members:
            continue
        wallets = state.wallets_of(known.member)
        if any(state.came_last(one) > what.upto for one in wallets):
            continue
        if what.kind is not Lapsing.MEMBER or not _stays(known.member, wallets, day, state):
            yield wallet, known.member


def _stays(member: MemberId, wallets: Sequence[WalletId], day: str, state: State) -> bool:
    return day <= state.kept_until(member) or keeps_from_erasure(wallets, state)


def lapse(draft: Draft, what: Lapse, command: BookDirective) -> None:
    """Raises `NotBookable` where more is to go than may: it is looked at anew."""
    state, may = draft.state, dict(_lapsed(what, command.at.business_day, draft.state))
    if not may.keys() >= set(command.lapsed):
        raise NotBookable("they came since, or value is left, or records are kept")
    for wallet in command.lapsed:
        member = may[wallet]
        wallets = tuple(state.wallets_of(member))
        draft.effects.append(_effect(what.kind, member, wallets, erased=member in command.erased))


def _effect(kind: Lapsing, member: MemberId, wallets: tuple[WalletId, ...], *, erased: bool) -> Effect:
    if kind is Lapsing.SERVICES:
        return ServicesDropped(member=member)
    if kind is not Lapsing.MEMBER:
        return NotesDropped(member=member, wallets=wallets, what=PARTICULARS[kind])
    if erased:
        return Erased(member=member, wallets=wallets)
    return VisitorForgotten(member=member, wallets=wallets)
