"""Cards and the people behind them (product.md B10, B14, G7). No value moves but what is owed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from terminal.core.commands import (
    CLAIMED,
    STAFF_PIN,
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
    BookService,
    BookTier,
    BookTransfer,
    CardState,
    Command,
    Consent,
)
from terminal.core.entry import POSTINGS_MAX
from terminal.core.errors import (
    CardExpired,
    CardNotUsable,
    ErasureDecidedElsewhere,
    ErasureWaits,
    GivenMeanwhile,
    MergeUnderWay,
    NotBookable,
    UnknownCard,
    ValueElsewhere,
)
from terminal.core.ledger.allowances import theirs
from terminal.core.ledger.claimed import collected
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import (
    CardAdded,
    CardChanged,
    ConsentKept,
    Effect,
    Erased,
    ErasureNoted,
    HolderChanged,
    KeysAdded,
    KeysDropped,
    PinDropped,
    PinKept,
    ProfileKept,
    RecordsKept,
    Refers,
    ServiceKept,
    ServicesDropped,
    StaffPinKept,
    TierChanged,
)
from terminal.core.ledger.gifts import write_off
from terminal.core.ledger.left_over import end_with_card, keeps_from_erasure
from terminal.core.ledger.merging import begun, begun_merges
from terminal.core.ledger.pumps import check_note
from terminal.core.ledger.referral import reward
from terminal.core.ledger.rules import (
    check_holder,
    check_id,
    check_kind,
    check_tier,
    check_until,
    current,
    ended,
    merged_into,
    open_wallet,
    opening,
    unboxed,
)
from terminal.core.ledger.state import Card, Posted, State, Wallet
from terminal.core.times import made_ms, made_then
from terminal.core.values import MemberId, StaffId, WalletId

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


def issue(command: BookIssue | BookJoin, state: State) -> Posted:
    """Raises `Refused` when the wallet or the card exists."""
    draft = Draft(command.at, command.id, state)
    opening(draft, command.opens)
    if isinstance(command, BookJoin):
        reward(draft, command.opens.wallet, command.reward, command.opens)
    return draft.posted(command.opens.wallet)


def card_state(command: BookCardState, state: State) -> Posted:
    card = state.card(command.card)
    if card is None:
        raise UnknownCard("no such card")
    day, over = command.at.business_day, ended(card, command.at.business_day, state)
    said = command.state is CardState.EXPIRED  # Once: for those who do not know its last day.
    stands = CardState.EXPIRED if over and card.active and not said else card.state
    if command.state not in NEXT_STATES[stands]:
        raise CardNotUsable(f"a card that is {stands} cannot become {command.state}")
    wallet = open_wallet(card.wallet, state)
    if wallet.member is None and command.state is CardState.LOST:
        raise CardNotUsable("an unnamed card cannot be reported lost")
    check_until(command.until, day, wallet.member)
    if command.state is not CardState.ACTIVE and command.until:
        raise NotBookable("a last day of a card that does not pay")
    if command.state is CardState.ACTIVE and over and not command.until:
        raise CardExpired("it is used again until another day")
    changed = CardChanged(card=command.card, state=command.state, until=command.until or None)
    effects: list[Effect] = [changed]
    if card.state is CardState.NEW and command.state is CardState.ACTIVE:
        effects.append(
            KeysAdded(wallet=card.wallet, card=command.card)
        )  # Other sites hear of it from now on.
    if command.state is CardState.CANCELLED:
        effects.append(KeysDropped(wallet=card.wallet, card=command.card))
    draft = Draft(command.at, command.id, state)
    draft.effects += effects
    _ends_with(draft, command, card, wallet.member)
    return draft.posted(card.wallet)


def _ends_with(draft: Draft, command: BookCardState, card: Card, member: MemberId | None) -> None:
    """What lies on a card that is nobody's goes when it is cancelled. Raises `Refused` for what may not."""
    if command.state is not CardState.CANCELLED or member is not None:
        if command.ends:
            raise NotBookable("with a card that has a name, or goes on, nothing ends")
        return
    if card.state is not CardState.NEW and not draft.state.alone():
        raise ValueElsewhere("unnamed, in a chain")
    end_with_card(draft, card.wallet, command.ends)


def card(command: BookCard, state: State) -> Posted:
    """One more card, or another in the place of one: the number dies, the wallet stays."""
    check_until(command.until, command.at.business_day, open_wallet(command.wallet, state).member)
    check_id(command.card, "card")
    check_kind(command.kind)
    if state.card(command.card) is not None:
        raise NotBookable("the card exists")
    effects: list[Effect] = []
    kind = command.kind
    if command.replaces is not None:
        old = state.card(command.replaces)
        if old is None or old.wallet != command.wallet or not NEXT_STATES[old.state]:
            raise UnknownCard("no such card to replace")
        kind = kind or old.kind
        effects.append(CardChanged(card=command.replaces, state=CardState.REPLACED))
        effects.append(KeysDropped(wallet=command.wallet, card=command.replaces))
    added = CardAdded(card=command.card, wallet=command.wallet, until=command.until, kind=kind)
    effects += (added, *unboxed(command.boxed, state))
    effects.append(KeysAdded(wallet=command.wallet, card=command.card))
    return Posted(wallet=command.wallet, effects=tuple(effects))


def transfer(command: BookTransfer, state: State) -> Posted:
    """The PIN goes with whoever chose it: until the new holder chooses one, the wallet has none.

    Raises `MergeUnderWay`: what the new holder pays in would go along.
    """
    check_holder(command.wallet, command.card, None, state, day=command.at.business_day)
    check_id(command.to, "member")
    if any(command.wallet in (one.wallet, one.into) for one in begun(state)):
        raise MergeUnderWay("a merge in parts is not done")
    if open_wallet(command.wallet, state).member == command.to:
        raise NotBookable("it is theirs")
    if command.onto == command.wallet or (command.onto and open_wallet(command.onto, state).member is None):
        raise NotBookable("onto itself, or onto a membership without a name")
    return Posted(
        wallet=command.wallet,
        effects=(
            HolderChanged(wallet=command.wallet, member=command.to),
            PinDropped(wallet=command.wallet),
            *_cancelled(command, state),
            KeysDropped(wallet=command.wallet, card=None),
            KeysAdded(wallet=command.wallet, card=None),
            ProfileKept(member=command.to, wallet=command.wallet),
            *((Refers(of=begun_merges()),) if command.onto else ()),
        ),
    )


def following(command: BookTransfer, state: State) -> BookTransfer:
    """It as it stands after every transfer of which this site has heard, whatever the clocks say.

    Of two transfers the one with the later id stands: by a clock that ran ahead the one before would undo it.
    """
    known = state.wallet(command.wallet)
    if known is None or known.given < made_ms(command.id):
        return command
    return replace(command, id=made_then(command.id, known.given + 1))


def check_follows(command: Command, state: State) -> None:
    """Of what somebody books now: what an entry of before says stands. Raises `GivenMeanwhile`."""
    if isinstance(command, BookTransfer) and following(command, state) != command:
        raise GivenMeanwhile("this site has heard of a later transfer")


def _cancelled(command: BookTransfer, state: State) -> Iterator[Effect]:
    """Raises `UnknownCard` for one that is of another wallet, or dead, and `NotBookable` for too many."""
    if len(command.cancels) > POSTINGS_MAX:
        raise NotBookable("more cards than one entry cancels")
    if len({command.card, *command.cancels}) <= len(command.cancels):
        raise NotBookable("a card twice, or the one that is handed over")
    for one in command.cancels:
        known = state.card(one)
        if known is None or known.wallet != command.wallet or not NEXT_STATES[known.state]:
            raise UnknownCard("no such card to cancel")
        yield CardChanged(card=one, state=CardState.CANCELLED)
        yield KeysDropped(wallet=command.wallet, card=one)


def tier(command: BookTier, state: State) -> Posted:
    open_wallet(command.wallet, state)
    check_tier(command.tier)
    return Posted(wallet=command.wallet, effects=(TierChanged(wallet=command.wallet, tier=command.tier),))


def pin(command: BookPin, state: State) -> Posted:
    open_wallet(command.wallet, state)
    return Posted(wallet=command.wallet, effects=(PinKept(wallet=command.wallet),))


def consent(command: BookConsent, state: State) -> Posted:
    member = open_wallet(command.wallet, state).member
    said = Consent(purpose=command.purpose, version=command.version, given=command.given)
    effects = () if member is None else (ConsentKept(member=member, consent=said),)
    return Posted(wallet=command.wallet, effects=effects)


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


def service(command: BookService, state: State) -> Posted:
    """Of a member with a name: what nobody could ask for, correct or have erased is not written down."""
    member = _member(command.wallet, state)
    if command.ends == bool(command.commitment):
        raise NotBookable("it is written down, or nothing is kept any more")
    effect = ServicesDropped(member=member) if command.ends else ServiceKept(member=member)
    return Posted(wallet=command.wallet, effects=(effect,))


def erasure(command: BookErasure, state: State) -> Posted:
    """Of all that a person is here, by whichever wallet they ask.

    What they owe is written off; where there is a headquarters, it keeps what is owed to it. A wish that
    waits is noted, whatever is left. Raises `ErasureWaits` while value is left on any of their wallets, or
    records are kept.
    """
    wallets = tuple(state.wallets_of(command.member))
    own = current(command.wallet, state) in wallets if wallets else state.is_known(command.member)
    if not own:
        raise NotBookable("another member's wallet")
    others = _merged_in(wallets, state)
    until = max(state.kept_until(one) for one in (command.member, *others))
    if command.waits:
        return Posted(wallet=command.wallet, effects=(ErasureNoted(asked=command, until=until),))
    if keeps_from_erasure(wallets, state):
        raise ErasureWaits("value is left")
    if command.at.business_day <= until:
        raise ErasureWaits(f"records are kept until {until}")
    draft = Draft(command.at, command.id, state)
    for wallet in wallets if state.alone() else ():
        write_off(draft, wallet)
    draft.effects.append(Erased(member=command.member, wallets=wallets))
    draft.effects += [Erased(member=one, wallets=(of,)) for one, of in others.items()]
    return draft.posted(command.wallet)


def check_decided_here(command: Command, state: State) -> None:
    """Of what somebody books now: what an entry of before says stands. Raises `ErasureDecidedElsewhere`."""
    if isinstance(command, BookErasure) and not command.waits and not decided_here(command.member, state):
        raise ErasureDecidedElsewhere("headquarters knows what is left elsewhere")


def decided_here(member: MemberId, state: State) -> bool:
    """Whether this site alone says when they are forgotten: no other one holds anything of theirs."""
    return state.alone() or not state.wallets_of(member)


def _merged_in(wallets: Sequence[WalletId], state: State) -> dict[MemberId, WalletId]:
    """Who turned out to be them, and the wallet that went: what is left of these, anywhere, is theirs."""
    found: dict[MemberId, WalletId] = {}
    for wallet in (one for each in wallets for one in theirs(each, state, merged_into)):
        match state.wallet(wallet):
            case Wallet(member=str() as was) if not state.wallets_of(MemberId(was)):
                found[MemberId(was)] = wallet
    return found


def legal_hold(command: BookLegalHold, state: State) -> Posted:
    del state
    check_id(command.member, "member")
    return Posted(effects=(RecordsKept(member=command.member, until=command.until),))


def note(command: BookNote, state: State) -> Posted:
    check_note(command)
    if command.what == CLAIMED:
        return collected(command, state)
    if command.what != STAFF_PIN:
        return Posted()
    check_id(command.detail, "staff")
    given = command.at.operator != command.detail
    return Posted(effects=(StaffPinKept(staff=StaffId(command.detail), given=given),))


def _member(wallet: WalletId, state: State) -> MemberId:
    member = open_wallet(wallet, state).member
    if member is None:
        raise NotBookable("nobody's name is on this wallet")
    return member
