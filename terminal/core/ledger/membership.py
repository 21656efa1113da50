"""Cards and the people behind them (product.md B10, B14, G7). No value moves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookConsent,
    BookErasure,
    BookIssue,
    BookJoin,
    BookLegalHold,
    BookNote,
    BookPin,
    BookProfile,
    BookTier,
    BookTransfer,
    CardState,
)
from terminal.core.errors import CardNotUsable, ErasureWaits, NotBookable, UnknownCard
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import (
    CardAdded,
    CardChanged,
    Effect,
    Erased,
    HolderChanged,
    KeysAdded,
    KeysDropped,
    PinKept,
    ProfileKept,
    RecordsKept,
    TierChanged,
)
from terminal.core.ledger.rules import check_holder, check_id, open_wallet, opening
from terminal.core.ledger.state import Posted, State
from terminal.core.values import MemberId, WalletId

NEXT_STATES: Final[Mapping[CardState, frozenset[CardState]]] = MappingProxyType(
    {
        CardState.NEW: frozenset({CardState.ACTIVE, CardState.CANCELLED}),
        CardState.ACTIVE: frozenset(
            {CardState.LOST, CardState.FROZEN, CardState.EXPIRED, CardState.CANCELLED}
        ),
        CardState.LOST: frozenset({CardState.ACTIVE, CardState.CANCELLED}),
        CardState.FROZEN: frozenset({CardState.ACTIVE, CardState.LOST, CardState.CANCELLED}),
        CardState.EXPIRED: frozenset({CardState.ACTIVE, CardState.CANCELLED}),
        CardState.REPLACED: frozenset(),
        CardState.CANCELLED: frozenset(),
    }
)
"""Replacing has a command of its own: it needs the new card."""

_KEEPS_FROM_ERASURE = frozenset(
    {"principal", "cashback", "voucher", "count", "litres", "deposit", "held", "debt"}
)
"""Value a person must have back, or owes, before they can be forgotten."""


def issue(command: BookIssue | BookJoin, state: State) -> Posted:
    """Raises `Refused` when the wallet or the card exists."""
    draft = Draft(command.at, command.id, state)
    opening(draft, command.opens)
    return draft.posted(command.opens.wallet)


def card_state(command: BookCardState, state: State) -> Posted:
    card = state.card(command.card)
    if card is None:
        raise UnknownCard("no such card")
    if command.state not in NEXT_STATES[card.state]:
        raise CardNotUsable(f"a card that is {card.state} cannot become {command.state}")
    wallet = open_wallet(card.wallet, state)
    if wallet.member is None and command.state is CardState.LOST:
        raise CardNotUsable("an unnamed card cannot be reported lost")
    effects: list[Effect] = [CardChanged(card=command.card, state=command.state)]
    if command.state is CardState.CANCELLED:
        if wallet.member is None and state.holdings(card.wallet):
            raise NotBookable("an unnamed card with value on it is refunded first")
        effects.append(KeysDropped(wallet=card.wallet, card=command.card))
    return Posted(wallet=card.wallet, effects=tuple(effects))


def card(command: BookCard, state: State) -> Posted:
    """One more card, or another in the place of one: the number dies, the wallet stays."""
    open_wallet(command.wallet, state)
    check_id(command.card, "card")
    if state.card(command.card) is not None:
        raise NotBookable("the card exists")
    effects: list[Effect] = []
    if command.replaces is not None:
        old = state.card(command.replaces)
        if old is None or old.wallet != command.wallet or not NEXT_STATES[old.state]:
            raise UnknownCard("no such card to replace")
        effects.append(CardChanged(card=command.replaces, state=CardState.REPLACED))
        effects.append(KeysDropped(wallet=command.wallet, card=command.replaces))
    effects.append(CardAdded(card=command.card, wallet=command.wallet))
    effects.append(KeysAdded(wallet=command.wallet, card=command.card))
    return Posted(wallet=command.wallet, effects=tuple(effects))


def transfer(command: BookTransfer, state: State) -> Posted:
    check_holder(command.wallet, command.card, None, state)
    check_id(command.to, "member")
    if open_wallet(command.wallet, state).member == command.to:
        raise NotBookable("it is theirs")
    return Posted(
        wallet=command.wallet,
        effects=(
            HolderChanged(wallet=command.wallet, member=command.to),
            KeysDropped(wallet=command.wallet, card=None),
            KeysAdded(wallet=command.wallet, card=None),
            ProfileKept(member=command.to, wallet=command.wallet),
        ),
    )


def tier(command: BookTier, state: State) -> Posted:
    open_wallet(command.wallet, state)
    check_id(command.tier, "tier")
    return Posted(wallet=command.wallet, effects=(TierChanged(wallet=command.wallet, tier=command.tier),))


def pin(command: BookPin, state: State) -> Posted:
    open_wallet(command.wallet, state)
    return Posted(wallet=command.wallet, effects=(PinKept(wallet=command.wallet),))


def consent(command: BookConsent, state: State) -> Posted:
    open_wallet(command.wallet, state)
    return Posted(wallet=command.wallet)


def profile(command: BookProfile, state: State) -> Posted:
    member = _member(command.wallet, state)
    return Posted(
        wallet=command.wallet,
        effects=(
            KeysDropped(wallet=command.wallet, card=None),
            KeysAdded(wallet=command.wallet, card=None),
            ProfileKept(member=member, wallet=command.wallet),
        ),
    )


def erasure(command: BookErasure, state: State) -> Posted:
    """Raises `ErasureWaits` while value is left or records are kept."""
    if _member(command.wallet, state) != command.member:
        raise NotBookable("another member's wallet")
    if any(unit.partition(":")[0] in _KEEPS_FROM_ERASURE for unit, _ in state.holdings(command.wallet)):
        raise ErasureWaits("value is left")
    if (until := state.kept_until(command.member)) and command.at.business_day <= until:
        raise ErasureWaits(f"records are kept until {until}")
    return Posted(wallet=command.wallet, effects=(Erased(member=command.member, wallet=command.wallet),))


def legal_hold(command: BookLegalHold, state: State) -> Posted:
    del state
    check_id(command.member, "member")
    return Posted(effects=(RecordsKept(member=command.member, until=command.until),))


def note(command: BookNote, state: State) -> Posted:
    del command, state
    return Posted()


def _member(wallet: WalletId, state: State) -> MemberId:
    member = open_wallet(wallet, state).member
    if member is None:
        raise NotBookable("nobody's name is on this wallet")
    return member
