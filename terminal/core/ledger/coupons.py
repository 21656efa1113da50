"""Coupons, used with a sale and given back with what they came off (product.md B5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from terminal.core import accounts as chart
from terminal.core.commands import BookRedeem, BookRefund, BookSale, Command, CouponGrant
from terminal.core.entry import Entry
from terminal.core.errors import CouponGone, CouponNotUsable, CouponWithdrawn, NotBookable
from terminal.core.ledger.back import take_back
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rules import COUPONS_MAX, current, grant_coupons, standing_for
from terminal.core.ledger.shares import counting, whole_of
from terminal.core.ledger.state import State
from terminal.core.ledger.withdrawals import end_again, is_withdrawn
from terminal.core.values import EntryId, WalletId

COUPONS = "coupon"
"""As the unit of an expiry: all coupons of a wallet that have ended."""


def check_coupon(draft: Draft, wallet: WalletId, coupon: str, day: str | None) -> CouponGrant:
    """As it was given, where it lies there and may be used on that business day; None: on any.

    Raises CouponWithdrawn, CouponNotUsable.
    """
    known = draft.state.coupon(coupon)
    if known is None or known[0] != wallet:
        raise CouponNotUsable("no such coupon of this wallet")
    terms, there = known[1], draft.balance(chart.coupon(wallet, coupon)) == 1
    stays = not there or (day is not None and draft.state.alone())
    if stays and is_withdrawn(draft.state, coupon=coupon):
        raise CouponWithdrawn("it ended while the cart waited")
    if not there or (day is not None and (terms.since > day or terms.is_over(day))):
        raise CouponNotUsable("the coupon is used, or not of today")
    if day is not None and not lies(draft, wallet, coupon):
        raise CouponNotUsable("what it came with was undone")
    return terms


def lies(draft: Draft, wallet: WalletId, coupon: str) -> bool:
    """On the wallet, and not owed."""
    account = chart.coupon(wallet, coupon)
    return draft.balance(account) == 1 and not draft.balance(chart.debt(account))


def use_coupon(draft: Draft, command: BookSale, wallet: WalletId, coupon: str, *, aside: bool) -> None:
    """`aside`: a hold that the sale settles had set it aside, on a day when it might be used."""
    terms = check_coupon(draft, wallet, coupon, None if aside else command.at.business_day)
    if sum(line.gross for line in command.lines) < terms.threshold:
        raise CouponNotUsable("the bill does not reach the coupon's threshold")
    draft.move(chart.coupon(wallet, coupon), -1)
    draft.issue("coupon", -1)


def end_coupons(draft: Draft, wallet: WalletId) -> None:
    """Those that lie here and whose last day is over, so many as one entry may give. Raises `NotBookable`."""
    over = [coupon for coupon in _held(draft.state, wallet) if _over(draft, coupon)][:COUPONS_MAX]
    if not over:
        raise NotBookable("nothing of it has ended")
    for coupon in over:
        draft.move(chart.coupon(wallet, coupon), -1)
    draft.issue("coupon", -len(over))


def _held(state: State, wallet: WalletId) -> list[str]:
    head = f"{COUPONS}:"
    return [unit.removeprefix(head) for unit, _ in state.holdings(wallet) if unit.startswith(head)]


def _over(draft: Draft, coupon: str) -> bool:
    """Its last day has passed, as far as it is known here."""
    known = draft.state.coupon(coupon)
    return known is not None and known[1].is_over(draft.at.business_day)


def coupons_back(
    draft: Draft,
    sale: BookSale,
    before: Sequence[int],
    after: Sequence[int],
    anew: Sequence[CouponGrant] = (),
) -> None:
    """Each once all is back that it came off; one of which no line says so, with all that cost something.

    `before`, `after`: of each line, what of its net is back; `anew`: in the place of those that are over.
    Raises `NotBookable`: these are worth something else, or are more or fewer.
    """
    came = list(_coming_back(sale, before, after))
    day = draft.at.business_day
    over = {one.coupon: one for one in over_of(draft.state, coupons=came if anew else (), business_day=day)}
    if [_worth(one) for one in over.values()] != [_worth(one) for one in anew]:
        raise NotBookable("other coupons than those that come back over")
    if sale.wallet is None:
        return
    for used in came:
        if used not in over:
            draft.move(chart.coupon(sale.wallet, used), 1)
            draft.issue("coupon", 1)
    end_again(draft, sale.wallet, came)
    grant_coupons(draft, sale.wallet, anew)
    draft.effects += (Refers(of=renewed(used)) for used in over)


def over_of(state: State, *, coupons: Sequence[str], business_day: str) -> tuple[CouponGrant, ...]:
    """Those of them whose last day is over, as they were given.

    Not those that were withdrawn, or that came with what came back: they are given to nobody anew.
    """
    known = [found for one in coupons if (found := state.coupon(one))]
    return tuple(
        one for whose, one in known if one.is_over(business_day) and not _is_gone(state, whose, one.coupon)
    )


def _is_gone(state: State, wallet: WalletId, coupon: str) -> bool:
    owed = chart.debt(chart.coupon(current(wallet, state), coupon))
    known = is_withdrawn(state, coupon=coupon) or state.referring(missed(coupon))
    return bool(known or state.balance(owed))


def missed(coupon: str) -> EntryId:
    """What took back what gave it, and found it over and not there, refers to it: no entry has that id."""
    return standing_for(f"missed: coupon {coupon}")


def renewed(coupon: str) -> EntryId:
    """The refund that gave another in its place refers to it: no entry has that id."""
    return standing_for(f"renewed: coupon {coupon}")


def _in_place_of(state: State, coupon: str) -> Iterator[CouponGrant]:
    """One, or none: a refund names them in the order in which its sale had used them."""
    for refund in state.referring(renewed(coupon)):
        match refund.payload:
            case BookRefund(of=of, coupons=anew):
                over = [one for one in _used_with(state, of) if refund in state.referring(renewed(one))]
                yield from (one for was, one in zip(over, anew, strict=False) if was == coupon)


def _used_with(state: State, sale: EntryId) -> Sequence[str]:
    """None where it is not known here."""
    match state.entry(sale):
        case Entry(payload=BookSale(coupons_used=used)):
            return used
        case _:
            return ()


def take_coupons(draft: Draft, wallet: WalletId, given: Sequence[CouponGrant]) -> None:
    """What came with something goes back with it; one that was used is owed until its last day is over.

    Not one that was withdrawn. In the place of one that is over goes what was given for it.
    """
    for one in given:
        account = chart.coupon(wallet, one.coupon)
        withdrawn, over = is_withdrawn(draft.state, coupon=one.coupon), one.is_over(draft.at.business_day)
        if draft.balance(account) == 1 or not (withdrawn or over):
            take_back(draft, account, 1, [])
            draft.issue("coupon", -1)
        elif over:
            draft.effects.append(Refers(of=missed(one.coupon)))
            take_coupons(draft, wallet, [*_in_place_of(draft.state, one.coupon)])


def check_unused(draft: Draft, wallet: WalletId, redeemed: Command) -> None:
    """Raises `CouponGone`: of coupons that points became one lies here no more, or its last day is over."""
    for one in redeemed.coupons if isinstance(redeemed, BookRedeem) else ():
        if draft.balance(chart.coupon(wallet, one.coupon)) != 1 or one.is_over(draft.at.business_day):
            raise CouponGone("used, ended or elsewhere")


def _worth(one: CouponGrant) -> tuple[str, int, int]:
    return one.kind, one.face, one.threshold


def _coming_back(sale: BookSale, before: Sequence[int], after: Sequence[int]) -> Iterator[str]:
    for used in sale.coupons_used:
        named = [any(off.coupon == used for off in line.discounts) for line in sale.lines]
        off = [at for at, came in enumerate(named) if came or not any(named)]
        counts = counting([sale.lines[at] for at in off])
        there = [at for at, counted in zip(off, counts, strict=True) if counted]
        left, rest = (
            sum(whole_of(sale.lines[at].net) - came[at] for at in there) for came in (before, after)
        )
        if left and not rest:
            yield used
