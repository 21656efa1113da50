"""Value set aside before the nozzle is released, captured by one sale or released (product.md C7).

Stored value, litres paid ahead, or a company's credit. What ends a hold is derived from its entry: all of it
leaves the account where it was set aside, and what was not used goes back into the lots that gave it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.commands import BookHold, BookRelease, BookSale, SpendOrder, Tender, TenderKind
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import BadAmount, InsufficientFunds, NotBookable
from terminal.core.fleet import Fill
from terminal.core.ledger.coupons import check_coupon, lies
from terminal.core.ledger.day_limits import give_back_of_day, take_of_day
from terminal.core.ledger.draft import Draft, between
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rules import check_amount, check_holder, check_id, check_unit, current
from terminal.core.ledger.state import Lot, Posted, State
from terminal.core.locks import locked
from terminal.core.spending import split
from terminal.core.values import EntryId, WalletId

_STORED = (TenderKind.STORED, "")
"""A way of paying, and the unit of a hold of the same."""


class Hold(NamedTuple):
    """As it was booked, on the wallet where its value is now."""

    entry: Entry
    command: BookHold
    wallet: WalletId | None

    @property
    def lots(self) -> tuple[LotTaken, ...]:
        """Principal first, as it was taken."""
        return self.entry.lots

    @property
    def unit(self) -> str:
        """Of litres; else empty."""
        return self.command.unit


def hold(command: BookHold, state: State) -> Posted:
    """Raises `Refused` where so much may not be used now."""
    check_amount(command.amount, "hold", least=1)
    draft = Draft(command.at, command.id, state)
    if command.fleet is not None and not command.company:
        raise NotBookable("a company's card, and no credit of a company")
    if command.wallet is not None:
        check_holder(command.wallet, command.card, None, state, day=command.at.business_day)
    if command.company:
        if command.coupon:
            raise NotBookable("a company has no coupons")
        _hold_credit(draft, command)
    elif command.wallet is None:
        raise NotBookable("holds what is nobody's")
    else:
        (_hold_litres if command.unit else _hold_stored)(draft, command, command.wallet)
        if command.coupon:
            _hold_coupon(draft, command, command.wallet)
    return draft.posted(command.wallet)


def _hold_coupon(draft: Draft, command: BookHold, wallet: WalletId) -> None:
    check_coupon(draft, wallet, command.coupon, command.at.business_day)
    draft.move(chart.coupon(wallet, command.coupon), -1)
    draft.move(_coupon_held(wallet, command), 1)


def _coupon_held(wallet: WalletId, command: BookHold) -> Account:
    return chart.held(wallet, command.id, f"coupon:{command.coupon}")


def coupon_of(state: State, kept: Hold) -> str:
    """Set aside with it now; empty: none, or the void of a fill found it no more."""
    if kept.wallet is None:
        return ""
    return kept.command.coupon if state.balance(_coupon_held(kept.wallet, kept.command)) else ""


def set_aside(command: BookSale, state: State) -> frozenset[str]:
    """Coupons of the holds that a sale settles."""
    return frozenset(coupon_of(state, kept) for kept in _settles(command, state))


def released_on(command: BookSale, state: State) -> str:
    """Business day of the release that a sale settles; empty: it settles none."""
    return next((kept.entry.at.business_day for kept in _settles(command, state)), "")


def _settles(command: BookSale, state: State) -> Iterator[Hold]:
    return (hold_of(state, EntryId(one.of)) for one in command.tenders if one.kind is TenderKind.HELD)


def gone_since(
    draft: Draft, sale: BookSale, wallet: WalletId, posted: Mapping[Account, int]
) -> Iterator[Account]:
    """Of coupons that a fill gave back: where each moved, if it lies there no more, or is owed by now.

    Undone, its hold comes back without: a coupon is set aside once.
    """
    for kept in _settles(sale, draft.state):
        back = chart.coupon(wallet, kept.command.coupon)
        if posted.get(back, 0) > 0 and not lies(draft, wallet, kept.command.coupon):
            yield from (back, _coupon_held(wallet, kept.command))


def _hold_stored(draft: Draft, command: BookHold, wallet: WalletId) -> None:
    """Principal first, whatever the shop's order of spending is: it must be known before the fill ends."""
    spent = split(
        command.amount,
        principal=draft.balance(chart.principal(wallet)),
        bonus=draft.balance(chart.bonus(wallet)),
        order=SpendOrder.BONUS_LAST,
    )
    for unit, amount in (("principal", spent.principal), ("bonus", spent.bonus)):
        if amount:
            draft.take(wallet, unit, amount)
    draft.move(chart.held(wallet, command.id), command.amount)


def _hold_litres(draft: Draft, command: BookHold, wallet: WalletId) -> None:
    """What was paid for them is set aside too: until the fill ends nobody knows whether it is earned."""
    check_pays(command.unit, "litres")
    paid = sum(earned_by(lot, units) for lot, units in draft.take(wallet, command.unit, command.amount))
    draft.move(chart.held(wallet, command.id, command.unit), command.amount)
    draft.move(chart.deferred(draft.site, command.unit), -paid)
    draft.move(_set_aside(draft, command.unit), paid)


def check_pays(unit: str, *heads: str) -> None:
    """Raises `NotBookable` also for litres at a locked price: these are paid when they are filled."""
    check_unit(unit, *heads)
    if locked(unit) is not None:
        raise NotBookable("litres at a locked price are not paid for yet")


def _hold_credit(draft: Draft, command: BookHold) -> None:
    check_id(command.company, "company")
    if command.unit:
        raise NotBookable("a company's credit is money")
    credit = chart.company_credit(command.company)
    if draft.balance(credit) < command.amount:
        raise InsufficientFunds("the company's credit does not reach")
    draft.move(credit, -command.amount)
    draft.move(chart.credit_held(command.company, command.id), command.amount)
    if command.fleet is not None:
        take_of_day(draft, command.company, command.fleet, command.amount)


def released(command: BookRelease, state: State) -> Posted:
    kept = hold_of(state, command.hold)
    draft = Draft(command.at, command.id, state)
    _end(draft, kept, used=0, worth=0)
    _rest_of_day(draft, kept, Fill())
    draft.effects.append(Refers(of=command.hold))
    return draft.posted(kept.wallet)


def captured(draft: Draft, command: BookSale, tender: Tender) -> None:
    """A sale settles it, once: what it did not need goes back to where it came from."""
    kept = hold_of(draft.state, EntryId(tender.of))
    if not kept.command.company:
        _check_wallet(draft.state, kept, command.wallet)
        _check_alone(command, kept)
    used = tender.amount
    if not used and not kept.command.coupon:
        raise BadAmount("a tender of nothing, and no coupon that could have left nothing to pay")
    if kept.unit:
        check_amount(tender.units, "litres", least=1)
        used = tender.units
        draft.issue(kept.unit, -used)
    _end(draft, kept, used=used, worth=tender.amount)
    _rest_of_day(draft, kept, Fill(fen=tender.amount, litres=tender.units))


def hold_of(state: State, hold: EntryId) -> Hold:
    """A fill voided after a merge holds again on the wallet that stays. Raises `NotBookable`."""
    found = state.entry(hold)
    if found is None or not isinstance(found.payload, BookHold):
        raise NotBookable("no such hold")
    wallet = found.payload.wallet
    return Hold(found, found.payload, current(wallet, state) if wallet is not None else None)


def _check_wallet(state: State, kept: Hold, wallet: WalletId | None) -> None:
    if wallet is None or current(wallet, state) != kept.wallet:
        raise NotBookable("no such hold of this wallet")


def _check_alone(command: BookSale, kept: Hold) -> None:
    """Lots that one sale both takes from and gives back to could not be told apart when it is undone."""
    for other in command.tenders:
        if (other.kind, other.of) == (TenderKind.USES, kept.unit) or (other.kind, kept.unit) == _STORED:
            raise BadAmount("a hold and more of the same value in one sale: settle the hold alone")


def _end(draft: Draft, kept: Hold, *, used: int, worth: int) -> None:
    """`worth`: what the bill says of it, in fen."""
    whole, company = kept.command.amount, kept.command.company
    if used > whole:
        raise InsufficientFunds("less is held")
    if company:
        _leave(draft, chart.credit_held(company, kept.command.id), whole)
        draft.move(chart.company_credit(company), whole - used)
        return
    if kept.wallet is None:
        raise NotBookable("holds what is nobody's")
    if used < whole and -sum(lot.amount for lot in kept.lots) < whole:
        # Booked again after a fork where less lay: where the rest belongs says only the entry as it was.
        raise InsufficientFunds("what was held came out of no lots here")
    _leave(draft, chart.held(kept.wallet, kept.command.id, kept.unit), whole)
    if coupon := coupon_of(draft.state, kept):
        # Back first: the sale that settles it takes it in the same entry, or leaves it.
        draft.move(_coupon_held(kept.wallet, kept.command), -1)
        draft.move(chart.coupon(kept.wallet, coupon), 1)
    if kept.unit:
        _earn(draft, kept, kept.wallet, used, worth)
        draft.give_back(kept.wallet, kept.unit, kept.lots, after=used, upto=whole)
    else:
        _stored_back(draft, kept.wallet, kept.lots, after=used)


def _rest_of_day(draft: Draft, kept: Hold, used: Fill) -> None:
    """What a company's card did not use of it, it may use again: on the day when it was held."""
    hold, fleet = kept.command, kept.command.fleet
    if fleet is None:
        return
    if not 0 <= used.litres <= fleet.litres:
        raise InsufficientFunds("fewer litres are held")
    unused = Fill(fen=hold.amount - used.fen, litres=fleet.litres - used.litres)
    give_back_of_day(draft, hold.company, fleet.card, kept.entry.at.business_day, unused)


def _leave(draft: Draft, account: Account, whole: int) -> None:
    if draft.balance(account) != whole:
        raise InsufficientFunds("it was settled or released")
    draft.move(account, -whole)


def _earn(draft: Draft, kept: Hold, wallet: WalletId, used: int, worth: int) -> None:
    """Of what was set aside, all that the litres which go back do not stand for today."""
    aside = _set_aside(draft, kept.unit)
    paid = dict(kept.entry.postings).get(aside.name, 0)
    back = between(kept.lots, used, kept.command.amount)
    owed = unearned(draft.state, wallet, kept.unit, back)
    draft.move(aside, -paid)
    draft.move(chart.deferred(draft.site, kept.unit), owed)
    draft.move(chart.prepaid_difference(draft.site), paid - owed - worth)


def _set_aside(draft: Draft, unit: str) -> Account:
    return chart.deferred(draft.site, f"held:{unit}")


def _stored_back(draft: Draft, wallet: WalletId, lots: Sequence[LotTaken], *, after: int) -> None:
    """What lies beyond `after` of what a hold took, back into its lots."""
    for unit in ("principal", "bonus"):
        mine = [lot for lot in lots if lot.unit == unit]
        whole = -sum(lot.amount for lot in mine)
        draft.give_back(wallet, unit, mine, after=min(after, whole), upto=whole)
        after = max(0, after - whole)


def earned_by(lot: Lot, units: int) -> int:
    """Use k of n earns floor(paid x k / n) - floor(paid x (k-1) / n), so that all of them earn it all."""
    used = lot.laid - lot.rest
    return lot.paid * (used + units) // lot.laid - lot.paid * used // lot.laid


def earned_so_far(lot: Lot) -> int:
    """By the uses that are gone of it."""
    return lot.paid * (lot.laid - lot.rest) // lot.laid


def unearned(state: State, wallet: WalletId, unit: str, taken: Sequence[LotTaken]) -> int:
    """What uses that come back had earned, as far as the lots say today."""
    total, back = 0, Counter[str]()
    for one in taken:
        back[one.lot] -= one.amount
    for name, amount in back.items():
        lot = state.lot(wallet, unit, name)
        if lot is None:
            raise NotBookable("the lot of a use is not there")
        used = lot.laid - lot.rest
        total += lot.paid * used // lot.laid - lot.paid * (used - amount) // lot.laid
    return total
