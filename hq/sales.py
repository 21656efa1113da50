"""The right to undo a sale: it lies with one site, and moves like a coupon."""

from __future__ import annotations

from hq.policy import Policy
from hq.ports import SaleRow
from hq.pot import POOL, Pot, Waiting
from hq.reading import read
from hq.work import Work, sale_account
from terminal.core.directives import Release
from terminal.core.rights import SaleRight
from terminal.core.values import INTEGER_MAX, EntryId, SiteId


async def grant_sale(work: Work, sale: str, row: SaleRow, site: SiteId) -> None:
    """It goes to that site, with all that it is decided by."""
    booked = read(row.site, INTEGER_MAX, row.seq, b"", row.body)
    terms = await work.turn.terms({(line.terms.unit, line.terms.lot) for line in booked.lots})
    right = SaleRight(
        sale=EntryId(sale), entry=row.body, undone=tuple(row.undone), lots=tuple(terms.values())
    )
    await work.turn.hold_sale(sale, site)
    work.grant_sale(site, right)


async def ask_for_sale(work: Work, ask: str, sale: str) -> bool | None:
    """True: it is here, or in the feed now; None: it is waited for; False: it cannot come."""
    here = work.turn.name
    row = await work.turn.sale(sale)
    if row is None:
        return False
    if row.holder == here:
        return True
    if row.holder == POOL:
        await grant_sale(work, sale, row, here)
        return True
    holder = (await work.turn.sites()).get(row.holder)
    if holder is None or work.now_ms - holder.seen_ms > work.policy.online_ms:
        return False
    pot = work.pot(sale_account(sale))
    if not pot.waiting:
        work.direct(row.holder, Release(sales=(EntryId(sale),)))
    pot.wait(_waiting(pot, ask, here, work.now_ms, work.policy), ask)
    return None


def _waiting(pot: Pot, ask: str, site: SiteId, now_ms: int, policy: Policy) -> Waiting:
    return Waiting(ask=ask, site=site, account=pot.account, amount=1, until_ms=now_ms + policy.ask_ms)
