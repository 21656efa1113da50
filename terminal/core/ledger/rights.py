"""Rights that come, go and are covered; the hot list, keys and data sets: what headquarters directs.

See `core.rights`. Online or not, a sale is one local commit; these entries only move who holds what.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account, Owner, named
from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookDirective,
    BookGuest,
    BookRightsBack,
    CardState,
    CouponGrant,
    wallet_of,
)
from terminal.core.directives import (
    Activate,
    CardStanding,
    Covered,
    DayUsed,
    GivenAway,
    Grant,
    HadThere,
    HolderNamed,
    KeyTrusted,
    Lapse,
    Merge,
    Release,
    TierSet,
    Withdraw,
)
from terminal.core.entry import LotTaken
from terminal.core.errors import NotBookable
from terminal.core.ledger.allowances import count, hear_of_had
from terminal.core.ledger.day_limits import hear_of_day
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import (
    CardChanged,
    CardListed,
    CouponAdded,
    FeedRead,
    GivenElsewhere,
    GuestCard,
    HolderLearnt,
    Refers,
    SaleCame,
    SaleLeft,
    SetActivated,
    TierChanged,
    TrustChanged,
    WalletOpened,
)
from terminal.core.ledger.lapsing import lapse
from terminal.core.ledger.merging import united
from terminal.core.ledger.rests_elsewhere import hear_of_rests
from terminal.core.ledger.rules import check_id, check_kind, current, unboxed
from terminal.core.ledger.state import Posted, State
from terminal.core.ledger.vouchers import end_voucher, pack_of
from terminal.core.ledger.withdrawals import end_coupon, ending
from terminal.core.rights import Right, SaleRight, Want
from terminal.core.values import EntryId, MemberId, WalletId

WHOLE_LOTS = frozenset({"count", "litres", "voucher"})
"""What was paid for these is earned use by use: a lot of them lies with one holder, whole."""
_STAYS = frozenset({"held", "deposit", "debt"})
"""Promised to something that is under way here, or owed."""


def directive(command: BookDirective, state: State) -> Posted:
    """Never refused for what the site holds; raises `NotBookable` for what contradicts itself."""
    draft = Draft(command.at, command.id, state)
    read = FeedRead(hq_epoch=command.directed.hq_epoch, m=command.directed.m)
    match command.directive:
        case Grant() as what:
            _grant(draft, what)
        case Release() as what:
            _release(draft, what.wants, command.keeps, what.lots)
            draft.effects += [SaleLeft(sale=sale) for sale in what.sales if not state.sale_left(sale)]
        case Covered() as what:
            _cover(draft, what)
        case Merge() as what:
            _merge(draft, what, apart=command.apart)
        case Withdraw() as what:
            _withdraw(draft, what)
        case DayUsed() as what:
            hear_of_day(draft, what)
        case HadThere() as what:
            hear_of_had(draft, what)
            hear_of_rests(draft, what)
        case Lapse() as what:
            lapse(draft, what, command)
        case CardStanding() | TierSet() | GivenAway() | HolderNamed() | KeyTrusted() | Activate() as what:
            _stands(draft, what)
    draft.effects.append(read)
    return _lots_named(draft.posted(None), moved=isinstance(command.directive, Grant | Release))


def _stands(
    draft: Draft, what: CardStanding | TierSet | GivenAway | HolderNamed | KeyTrusted | Activate
) -> None:
    """What is said to all sites, and moves no value."""
    match what:
        case CardStanding():
            _card(draft, what)
        case TierSet():
            _tier(draft, what)
        case GivenAway(wallet=wallet):
            if draft.state.wallet(wallet) is not None:
                given = GivenElsewhere(wallet=wallet, member=what.member, since=what.since, cards=what.cards)
                draft.effects.append(given)
        case HolderNamed(wallet=named_wallet, member=member):
            here = current(named_wallet, draft.state)
            known = draft.state.wallet(here)
            if known is not None and known.member is None:
                draft.effects.append(HolderLearnt(wallet=here, member=member))
        case KeyTrusted():
            draft.effects.append(TrustChanged(use=what.use, public=what.public, ends=what.ends))
        case Activate():
            draft.effects.append(SetActivated(set=what.set, version=what.version, hash=what.hash))


def _tier(draft: Draft, what: TierSet) -> None:
    wallet = current(what.wallet, draft.state)
    if draft.state.wallet(wallet) is None:
        return
    draft.effects.append(TierChanged(wallet=wallet, tier=what.tier))
    if what.given is not None:
        noted = chart.tier_given(draft.site, wallet)
        count(draft, noted, what.given - draft.balance(noted))


def rights_back(command: BookRightsBack, state: State) -> Posted:
    """Raises `NotBookable` when nothing of it is held."""
    draft = Draft(command.at, command.id, state)
    _release(draft, command.wants, ())
    found = draft.posted(None)
    if not found.postings:
        raise NotBookable("nothing to give back")
    return _lots_named(found, moved=True)


def guest(command: BookGuest, state: State) -> Posted:
    """Of a wallet that is known here already only the card is new."""
    known = state.wallet(command.wallet)
    card = command.card
    new = card if card is not None and state.card(card) is None else None
    if known is not None and new is None and command.boxed is None:
        raise NotBookable("the wallet and its card are known")
    if command.boxed is not None and card is None:
        raise NotBookable("a number out of the box for no card")
    draft = Draft(command.at, command.id, state)
    if known is None:
        check_id(command.wallet, "wallet")
        draft.effects.append(WalletOpened(wallet=command.wallet, member=command.member, since=command.since))
        if command.tier != "regular":
            draft.effects.append(TierChanged(wallet=command.wallet, tier=command.tier))
    if new is not None:
        check_id(new, "card")
        check_kind(command.kind)
        wallet = current(command.wallet, state)
        draft.effects.append(GuestCard(card=new, wallet=wallet, kind=command.kind))
    draft.effects += unboxed(command.boxed, state)
    return draft.posted(None)


def _lots_named(found: Posted, *, moved: bool) -> Posted:
    """Whoever pays a recharge back must know what of it came or went."""
    lots = dict.fromkeys(one.lot for one in found.lots if moved and one.unit in {"principal", "bonus"})
    return replace(found, effects=(*(Refers(of=EntryId(lot)) for lot in lots), *found.effects))


def _grant(draft: Draft, grant: Grant) -> None:
    for right in grant.rights:
        account = _known(draft, named(right.account), grant)
        _check_lots(account, right)
        amount = right.amount
        if account.is_debt:  # Settled by headquarters; never more than is owed here still.
            amount = min(amount, -draft.balance(account))
        draft.move(account, amount)
        draft.move(chart.rights(draft.site, account.unit), -amount)
        if right.coupon is not None:
            _know(draft, WalletId(account.of), right.coupon)
        for part in right.lots:
            terms = part.terms
            known = draft.state.lot(WalletId(account.of), terms.unit, terms.lot)
            draft.move_lot(
                LotTaken(
                    unit=terms.unit,
                    lot=terms.lot,
                    amount=part.amount,
                    wallet=WalletId(account.of),
                    paid=terms.paid,
                    since=terms.since,
                    until=terms.until,
                    invoice=terms.invoice,
                    laid=terms.laid,
                    listed=terms.listed - (known.listed if known else 0),
                    sold=terms.sold,
                ),
                of=WalletId(account.of),
            )
    for sale in grant.sales:
        _came(draft, sale, grant)


def _came(draft: Draft, right: SaleRight, grant: Grant) -> None:
    """What comes back of the sale goes to where its wallet is now; coupons may be used there then.

    For these the wallet begins here where it is not here yet.
    """
    wallet = wallet_of(decoded(right.entry).payload)
    if wallet is None and (right.lots or right.coupons):
        raise NotBookable("lots or coupons of a sale without a wallet")
    here = current(wallet, draft.state) if wallet is not None else None
    draft.effects.append(SaleCame(right=right, wallet=here))
    if wallet is None:
        return
    for coupon in right.coupons:
        account = _known(draft, chart.coupon(wallet, coupon.coupon), grant)
        _know(draft, WalletId(account.of), coupon)


def _know(draft: Draft, wallet: WalletId, coupon: CouponGrant) -> None:
    """Its terms; of one that is known already they are the same."""
    added = any(isinstance(one, CouponAdded) and one.coupon.coupon == coupon.coupon for one in draft.effects)
    if draft.state.coupon(coupon.coupon) is None and not added:
        draft.effects.append(CouponAdded(wallet=wallet, coupon=coupon))


def _known(draft: Draft, account: Account, grant: Grant) -> Account:
    """The account as it is called here; its wallet begins with the grant where it is not here yet."""
    if account.owner is Owner.SITE:
        raise NotBookable("rights to an account of a site")
    check_id(account.of, "owner")
    if account.owner is not Owner.WALLET:
        return account
    wallet = current(WalletId(account.of), draft.state)
    begun = any(isinstance(one, WalletOpened) and one.wallet == wallet for one in draft.effects)
    known = draft.state.wallet(wallet)
    if known is None and not begun:
        draft.effects.append(WalletOpened(wallet=wallet, member=grant.member))
        if grant.tier != "regular":
            draft.effects.append(TierChanged(wallet=wallet, tier=grant.tier))
    elif known is not None and known.member is None and grant.member is not None:
        _learn(draft, wallet, grant.member, grant.tier)
    return chart.held_by(wallet, account.unit)


def _learn(draft: Draft, wallet: WalletId, member: MemberId, tier: str) -> None:
    """It began here with a fact booked again, or a merge, which does not say whose it is."""
    learnt = HolderLearnt(wallet=wallet, member=member)
    if learnt not in draft.effects:
        draft.effects += [learnt, TierChanged(wallet=wallet, tier=tier)]


def _check_lots(account: Account, right: Right) -> None:
    head = account.unit.partition(":")[0]
    total = sum(part.amount for part in right.lots)
    if any(part.terms.unit != account.unit for part in right.lots) or total > right.amount:
        raise NotBookable("lots of another unit, or more than the right")
    if head in {"principal", "bonus", "cashback", *WHOLE_LOTS} and total != right.amount:
        raise NotBookable("a right without its lots")
    if head == "coupon" and right.amount != 1:
        raise NotBookable("a coupon is one")


def _release(draft: Draft, wants: Sequence[Want], keeps: Sequence[Want], only: Collection[str] = ()) -> None:
    kept = {want.account: want.amount for want in keeps}
    for want in wants:
        account = named(want.account)
        if account.owner is Owner.SITE or account.unit.partition(":")[0] in _STAYS:
            raise NotBookable("that is not given away")
        here = account
        if account.owner is Owner.WALLET:
            here = chart.held_by(current(WalletId(account.of), draft.state), account.unit)
        free = draft.balance(here) - max(kept.get(account.name, 0), kept.get(here.name, 0))
        _give_up(draft, here, min(want.amount, max(0, free)), only)


def _give_up(draft: Draft, account: Account, amount: int, only: Collection[str]) -> None:
    if account.unit.partition(":")[0] in WHOLE_LOTS:
        amount = _whole(draft, account, amount, only)
    if not amount:
        return
    if account.owner is Owner.WALLET:
        amount = draft.give_up(WalletId(account.of), account.unit, amount, only)
    else:
        draft.move(account, -amount)
    draft.move(chart.rights(draft.site, account.unit), amount)


def _whole(draft: Draft, account: Account, amount: int, only: Collection[str]) -> int:
    """Oldest lots first, none of them cut; the first one goes though it is more than was asked.

    Of those that are named none goes that is more.
    """
    given = 0
    for lot in draft.state.lots(WalletId(account.of), account.unit):
        if only and lot.lot not in only:
            continue
        if (given or only) and given + lot.rest > amount:
            break
        if not amount:
            break
        given += lot.rest
    return given


def _cover(draft: Draft, covered: Covered) -> None:
    """A merge takes along what is open: it is covered where it is now.

    Never more than is open. What is not open here was spent on another disk of this site: once that spend is
    booked here, headquarters hears of it and covers it.
    """
    account = named(covered.account)
    if account.owner is Owner.WALLET:
        account = chart.held_by(current(WalletId(account.of), draft.state), account.unit)
    owed = chart.overdraft(draft.site, account)
    some = min(covered.amount, max(0, -draft.balance(owed)))
    draft.move(owed, some)
    draft.move(chart.rights(draft.site, account.unit), -some)


def _merge(draft: Draft, merge: Merge, *, apart: bool) -> None:
    """Remembered also where the first is not known: a sale of it may still be undone here."""
    wallet, into = merge.wallet, current(merge.into, draft.state)
    for coupon in merge.withdrawn:  # The second join may have brought it to whoever recommended it.
        if (held := draft.state.coupon(coupon)) is not None:
            end_coupon(draft, held[0], coupon)
    holders = dict.fromkeys((current(wallet, draft.state), into))
    pack = [(holder, found) for holder in holders for found in pack_of(draft.state, wallet, holder)]
    # Not where an attendant joined them before.
    moved = united(draft, wallet, into, apart=apart) and not apart
    for holder, (unit, lot) in pack:
        end_voucher(draft, into if moved else holder, unit, lot)


def _withdraw(draft: Draft, withdrawn: Withdraw) -> None:
    for account in map(named, withdrawn.coupons):
        coupon = account.unit.removeprefix("coupon:")
        if end_coupon(draft, WalletId(account.of), coupon):
            draft.effects.append(Refers(of=ending(coupon)))


def _card(draft: Draft, standing: CardStanding) -> None:
    known, state = draft.state.card(standing.card), CardState(standing.state)
    if known is not None and known.state.final:  # Headquarters has not heard of it yet.
        state = known.state
    draft.effects.append(CardListed(card=standing.card, state=state))
    if known is not None and known.state is not state:
        renewed = known.state is CardState.EXPIRED and state is CardState.ACTIVE
        # Elsewhere: its new last day is kept there, and the one that was known here is no longer its last.
        until = "" if renewed else None
        draft.effects.append(CardChanged(card=standing.card, state=state, until=until))
