"""The right to undo a sale: it lies with one site, and moves like a coupon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hq.merging import tell_one
from hq.policy import Policy
from hq.ports import ExceptionKind, SaleRow
from hq.pot import POOL, Pot, Waiting
from hq.reading import read
from hq.taken import Taken
from hq.work import Work, sale_account
from terminal.core.canonical import decoded
from terminal.core.commands import BookRefund, BookReversal, BookSale, BookVoid, wallet_of
from terminal.core.directives import Release
from terminal.core.ledger.twice import beyond_sold
from terminal.core.rights import SaleRight
from terminal.core.values import INTEGER_MAX, EntryId, SiteId
from terminal.core.wire.forms import UNREADABLE


async def grant_sale(work: Work, sale: str, row: SaleRow, site: SiteId) -> None:
    """It goes to that site, with all that it is decided by."""
    booked = read(row.site, INTEGER_MAX, row.seq, b"", row.body)
    terms = await work.turn.terms({(line.terms.unit, line.terms.lot) for line in booked.lots})
    payload = decoded(row.body).payload
    coupons = payload.coupons_used if isinstance(payload, BookSale) else ()
    right = SaleRight(
        sale=EntryId(sale),
        entry=row.body,
        undone=tuple(row.undone),
        lots=tuple(terms.values()),
        coupons=tuple(await work.turn.coupon_terms(coupons)) if coupons else (),
    )
    await work.turn.hold_sale(sale, site)
    if (wallet := wallet_of(payload)) is not None:
        await tell_one(work, wallet, site)
    whose = wallet if right.coupons else None
    families = await work.turn.families({whose}) if whose else {}
    work.grant_sale(site, right, families[whose].root if whose else None)


async def ask_for_sale(work: Work, ask: str, here: SiteId, sale: str) -> bool | None:
    """True: it is here, or in the feed now; None: it is waited for; False: it cannot come."""
    row = await work.turn.sale(sale)
    if row is None:
        return False
    if row.holder == here:
        return True
    holder = (await work.turn.sites()).get(row.holder)
    if row.holder == POOL or (holder is not None and holder.written_off_ms):  # What the dead held is ours.
        await grant_sale(work, sale, row, here)
        return True
    if holder is None or work.now_ms - holder.seen_ms > work.policy.online_ms:
        return False
    pot = work.pot(sale_account(sale))
    if not pot.waiting:
        work.direct(row.holder, Release(sales=(EntryId(sale),)))
    pot.wait(_waiting(pot, ask, here, work.now_ms, work.policy), ask)
    return None


def _waiting(pot: Pot, ask: str, site: SiteId, now_ms: int, policy: Policy) -> Waiting:
    return Waiting(ask=ask, site=site, account=pot.account, amount=1, until_ms=now_ms + policy.ask_ms)


async def claims_back(work: Work, one: Taken) -> bool:
    """It undid a sale, of which the right had left, and owes what it gave: that right is where it was.

    Not where it owes only what it took back with the goods, as points, and paid in cash.
    """
    if not (one.again and one.undoing and _claimed(one)):
        return False
    sale = await work.turn.sale(one.undoes)
    return sale is not None and sale.holder != work.turn.name


async def show_undone_twice(work: Work, entries: Sequence[Taken]) -> None:
    """A site whose old disk was put back did not know that the right had left, or was used: it gave again."""
    for one in entries:
        sale = await work.turn.sale(one.undoes) if one.undoing and one.again else None
        if sale is None:
            continue
        if sale.holder != work.turn.name:
            where = f"the right to it was {f'at {sale.holder}' if sale.holder else 'in the pool'}"
        elif _over(sale, one):
            where = "it had been undone there before"
        else:
            continue
        given, owed = sum(_came(one).values()), _claimed(one)
        back = f"{given} went back to its wallet" + (f", of which {owed} are claimed back" if owed else "")
        why = f"{one.kind} of {one.undoes}, booked before an old disk was found out; {where}, and {back}"
        await work.turn.open_exception(ExceptionKind.TWICE, one.id or "", why, work.now_ms)


def _came(one: Taken) -> Mapping[str, int]:
    return {name: amount for name, amount in one.values if amount > 0}


def _claimed(one: Taken) -> int:
    """Of what came onto accounts, in whatever units: what is owed of it."""
    came = _came(one)
    return sum(amount for name, amount in one.uncovered if name in came)


def _over(row: SaleRow, one: Taken) -> bool:
    """Whether more came back of it than was sold, with this one."""
    try:
        sale, undo = decoded(row.body).payload, decoded(one.body).payload
        others = [decoded(body).payload for body in row.undone if body != one.body]
        undoing = [other for other in others if isinstance(other, BookRefund | BookReversal | BookVoid)]
        return isinstance(sale, BookSale) and bool(beyond_sold(sale, undoing, undo)[0])
    except (*UNREADABLE, LookupError):  # Of a newer terminal: it counts all the same.
        return False
