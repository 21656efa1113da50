"""Checks and steps that several kinds of transaction share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from terminal.core import accounts as chart
from terminal.core.commands import CardState, CouponGrant, Grant, Opens, PaidBy
from terminal.core.errors import BadAmount, CardExpired, CardNotUsable, NotBookable, UnknownCard
from terminal.core.ledger.draft import Draft, Terms
from terminal.core.ledger.effects import (
    CardAdded,
    CardChanged,
    ConsentKept,
    CouponAdded,
    Effect,
    KeysAdded,
    KeysDropped,
    PinKept,
    ProfileKept,
    Refers,
    WalletOpened,
)
from terminal.core.ledger.state import Card, State, Wallet
from terminal.core.money import AMOUNT_MAX, CASH_STEP_MAX
from terminal.core.values import CardId, EntryId, MemberId, WalletId

LINES_MAX = 500
COUPONS_MAX = 100
VOUCHERS_MAX = 50

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TIER = re.compile(r"[\w.-]{1,64}")
"""As long as ids are: releases before booked such."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNIT = re.compile(r"[^\x00-\x1f:]{1,64}(:[^\x00-\x1f]{1,100})?")


def check_amount(fen: int, what: str, *, least: int = 0) -> None:
    """Raises `BadAmount` for what no honest counter sends."""
    if not least <= fen <= AMOUNT_MAX:
        raise BadAmount(f"{what} is {fen}")


def check_id(text: str, what: str) -> None:
    """Ids stand in account names, between colons."""
    if not _ID.fullmatch(text):
        raise NotBookable(f"{what} is no id")


def check_tier(tier: str) -> None:
    """Raises `NotBookable` for no name of a tier, in whatever script."""
    if not _TIER.fullmatch(tier):
        raise NotBookable("tier is no name of one")


def check_kind(kind: str) -> None:
    """Raises `NotBookable` for no name of a kind of card; empty: none was given."""
    if kind:
        check_id(kind, "kind")


def check_unit(unit: str, *heads: str) -> str:
    """One of those kinds, with its name where it needs one. Answers the kind."""
    head, _, rest = unit.partition(":")
    if (
        head not in heads
        or not _UNIT.fullmatch(unit)
        or (head in {"bonus", "cashback", "principal"}) == bool(rest)
    ):
        raise NotBookable("a unit that cannot be given here")
    return head


def open_wallet(wallet: WalletId, state: State) -> Wallet:
    """Raises `UnknownCard` where there is none, or it was merged into another."""
    known = state.wallet(wallet)
    if known is None or known.into is not None:
        raise UnknownCard("no such wallet")
    return known


def current(wallet: WalletId, state: State) -> WalletId:
    """Where its value is now: wallets that were merged lead on."""
    known = state.wallet(wallet)
    while known is not None and known.into is not None:
        wallet, known = known.into, state.wallet(known.into)
    return wallet


def ended(card: Card, day: str, state: State) -> bool:
    """Whether its last day is over: of a card without a name; what lies on its wallet stays."""
    if not card.until or card.until >= day:
        return False
    wallet = state.wallet(card.wallet)
    return wallet is not None and wallet.member is None


def check_until(until: str, day: str, member: MemberId | None) -> None:
    """Raises `NotBookable` for a last day that is over, and for any of a card with a name: it has none."""
    if until and (member is not None or until < day or not _DAY.fullmatch(until)):
        raise NotBookable("a last day that such a card cannot have")


def check_holder(
    wallet: WalletId, card: CardId | None, opens: Opens | None, state: State, *, day: str
) -> None:
    """The wallet is there, or begins here and now; the card belongs to it and may be used."""
    if opens is not None:
        if opens.wallet != wallet or opens.card != card:
            raise NotBookable("opens another wallet than it books on")
        if opens.new:
            raise NotBookable("a card that is not given out yet")
        return
    open_wallet(wallet, state)
    if card is None:
        return
    known = state.card(card)
    if known is None or known.wallet != wallet:
        raise UnknownCard("no such card of this wallet")
    if not known.active:
        raise CardNotUsable("card is not active")
    if ended(known, day, state):
        raise CardExpired(f"its last day was {known.until}")


def opening(draft: Draft, opens: Opens) -> None:
    """A new wallet, its card and keys, and the coupons it begins with."""
    check_id(opens.wallet, "wallet")
    if opens.new and (opens.member is not None or opens.card is None or opens.until):
        raise NotBookable("a name or a last day of a card that is not given out yet, or no card")
    if draft.state.wallet(opens.wallet) or (opens.card is not None and draft.state.card(opens.card)):
        raise NotBookable("the wallet or card exists")
    draft.effects.append(WalletOpened(wallet=opens.wallet, member=opens.member))
    if opens.card is not None:
        check_id(opens.card, "card")
        check_until(opens.until, draft.at.business_day, opens.member)
        check_kind(opens.kind)
        draft.effects.append(
            CardAdded(
                card=opens.card,
                wallet=opens.wallet,
                until=opens.until,
                kind=opens.kind,
                state=CardState.NEW if opens.new else CardState.ACTIVE,
            )
        )
    elif opens.boxed is not None:
        raise NotBookable("a number out of the box for no card")
    draft.effects += unboxed(opens.boxed, draft.state)
    draft.effects.append(KeysAdded(wallet=opens.wallet, card=opens.card))
    if opens.member is not None:
        check_id(opens.member, "member")
        draft.effects.append(ProfileKept(member=opens.member, wallet=opens.wallet))
    if len({one.purpose for one in opens.consents}) < len(opens.consents):
        raise NotBookable("yes and no to one purpose")
    if opens.member is not None:
        draft.effects += [ConsentKept(member=opens.member, consent=one) for one in opens.consents]
    if opens.introduced_by is not None:
        _check_introduced(opens, draft.state)
        draft.effects.append(Refers(of=introduction(opens.wallet)))
    if opens.pin:
        draft.effects.append(PinKept(wallet=opens.wallet))
    grant_coupons(draft, opens.wallet, opens.coupons)
    grant_vouchers(draft, opens.wallet, opens.vouchers)


def unboxed(card: CardId | None, state: State) -> tuple[Effect, ...]:
    """What becomes of a card out of the box whose number another card has now. Raises `NotBookable`."""
    if card is None:
        return ()
    known = state.card(card)
    if known is None or known.state is not CardState.NEW or state.holdings(known.wallet):
        raise NotBookable("no new card, or value on it")
    return CardChanged(card=card, state=CardState.CANCELLED), KeysDropped(wallet=known.wallet, card=card)


def _check_introduced(opens: Opens, state: State) -> None:
    """Raises `NotBookable`: by nobody who is known here by name, or with a card that is nobody's."""
    by = state.wallet(opens.introduced_by) if opens.introduced_by is not None else None
    if opens.member is None or by is None or by.member is None:
        raise NotBookable("brought by nobody who is known by name, or nobody was brought")


def grant_coupons(draft: Draft, wallet: WalletId, coupons: Sequence[CouponGrant]) -> None:
    """Each in an account of its own."""
    if len(coupons) > COUPONS_MAX or len({one.coupon for one in coupons}) < len(coupons):
        raise NotBookable("too many coupons, or one twice")
    for one in coupons:
        check_id(one.coupon, "coupon")
        if draft.state.coupon(one.coupon) is not None:
            raise NotBookable("a coupon that exists")
        draft.move(chart.coupon(wallet, one.coupon), 1)
        draft.effects.append(CouponAdded(wallet=wallet, coupon=one))
    if coupons:
        draft.issue("coupon", len(coupons))


def grant_vouchers(draft: Draft, wallet: WalletId, vouchers: Sequence[Grant]) -> None:
    """Cash vouchers, each in an account of its own."""
    if len(vouchers) > VOUCHERS_MAX:
        raise NotBookable("too many vouchers")
    for one in vouchers:
        check_unit(one.unit, "voucher")
        check_amount(one.amount, "a voucher", least=1)
        draft.lay(wallet, one.unit, one.amount, terms=Terms(one.since, one.until))
        draft.move(chart.voucher_expense(draft.site), -one.amount)


def introduction(wallet: WalletId) -> EntryId:
    """What refers to it named who brought that wallet's holder, or rewarded them: no entry has that id."""
    return standing_for(f"introduced: {wallet}")


def merged_into(wallet: WalletId) -> EntryId:
    """What refers to it brought another wallet into that one."""
    return standing_for(f"merged: {wallet}")


def allowance(wallet: WalletId) -> EntryId:
    """What refers to it was the first to count what that wallet's holder had, or brought such a wallet in."""
    return standing_for(f"had: {wallet}")


def payers_of(wallet: WalletId) -> EntryId:
    """What refers to it was the first to say who paid for that wallet, or brought such a wallet in."""
    return standing_for(f"payers: {wallet}")


def paid_for(mark: str, wallet: WalletId) -> EntryId:
    """What refers to it was the first that whoever has that mark paid for that wallet."""
    return standing_for(f"paid: {mark} {wallet}")


def refer_once(draft: Draft, about: EntryId) -> None:
    """The first to do so is enough."""
    if not draft.state.referring(about):
        draft.effects.append(Refers(of=about))


def standing_for(what: str) -> EntryId:
    """What entries about it refer to: no entry has that id."""
    name = sha256(what.encode()).hexdigest()
    return EntryId(f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}")


def check_step(step: int) -> None:
    """Raises `BadAmount`: a step of cash so wide that it would give away what is not the member's."""
    if not 1 <= step <= CASH_STEP_MAX:
        raise BadAmount(f"cash in steps of {step}")


def check_change(rounding: int, amount: int, received: int, paid_by: PaidBy) -> None:
    """Raises `BadAmount`: there is no change to round, or it is rounded by more than any step of cash."""
    changes = paid_by is PaidBy.CASH and received > amount
    if not 0 <= rounding < (min(amount, CASH_STEP_MAX) if changes else 1):
        raise BadAmount(f"change rounded by {rounding}")


def came_in(draft: Draft, amount: int, paid_by: PaidBy, through: str) -> None:
    """Money from outside; negative: paid out. Raises `NotBookable`: cash comes through nobody."""
    if through:
        check_unit(f"outside:{through}", "outside")
    if paid_by is not PaidBy.CASH:
        draft.move(chart.outside(draft.site, through or paid_by), -amount)
    elif through:
        raise NotBookable("cash comes through nobody")
    else:
        draft.cash(amount)
