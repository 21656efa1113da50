"""What entries that were taken mean beyond their postings: rights, wallets, cards, merges.

Runs in the transaction that appended them, over those without a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hq.day_uses import uses_said
from hq.directed import Directives, directives, show_breaches
from hq.forgotten import forget, names_of
from hq.hads import hads_said
from hq.merging import merge, opened_late
from hq.people import gave, given_there
from hq.ports import Cause, Decision, ExceptionKind
from hq.pot import POOL, Overdraft, Pot, head_of, is_debt, is_value, unit_of
from hq.rejoining import marked
from hq.rights import settle
from hq.sales import claims_back, grant_sale, show_undone_twice
from hq.taken import Taken
from hq.word import cards_said, tiers_said
from hq.work import Work, owed_by, sale_account
from terminal.core.directives import Covered, Grant, Merge, Release, TierSet
from terminal.core.rights import LotPart


def needs_all(entries: Collection[Taken]) -> bool:
    """Whether they may change which wallets are one, or what several wallets are."""
    return any(one.merges or one.tier or isinstance(one.directive, Merge | TierSet) for one in entries)


async def beyond(work: Work, entries: Sequence[Taken]) -> Mapping[int, str]:
    """By seq, entries that give back more than the site holds: nobody grants what was never there."""
    leaving = {name for one in entries if one.moves for name, amount in one.values if amount < 0}
    if not leaving:
        return {}
    held = dict(await work.turn.held_here(leaving))
    faults: dict[int, str] = {}
    for one in entries:
        if one.fault:
            continue
        after: dict[str, int] = {}
        for name, amount in one.values:
            if name in leaving:
                after[name] = after.get(name, held.get(name, 0)) + amount
        if one.moves and min(after.values(), default=0) < 0:
            faults[one.seq] = "gives back more than is held there"
        else:
            held |= after
    return faults


async def understand(work: Work, entries: Sequence[Taken], *, late: bool = False) -> None:
    """Those without a fault, in order.

    `late`: of a site that was written off. What headquarters had directed there it took back then, no card is
    freed by a word that old, and nothing is settled until all of it is here.
    """
    good = [one for one in entries if not one.fault and not one.plain]
    if not good:
        return
    directed = await directives(work, good, late=late)
    await _wallets(work, good)
    await _ended(work, good, directed)
    await tiers_said(work, good, directed)
    await cards_said(work, good, directed, freed=not late)
    await uses_said(work, good)
    await hads_said(work, good)
    await given_there(work, good, await gave(work, good), late=late)
    await _merges(work, good, directed)
    await _rights(work, good, directed, late=late)
    await show_breaches(work, directed)
    await _cases(work, good)
    await _forgotten(work, good)
    for wallet, member in sorted({one.asked for one in good if one.asked}):
        await work.turn.wish(wallet, member, work.now_ms)
    await _lots_astray(work, good)
    await show_undone_twice(work, good)


async def _lots_astray(work: Work, entries: Sequence[Taken]) -> None:
    """As a terminal's own verification would find: what lies in lots is not what the account holds."""
    for one in entries:
        if one.astray:
            said = [f"{into} into lots of {name}, {posted} posted" for name, into, posted in one.astray]
            await work.turn.open_exception(ExceptionKind.LOTS, one.id or "", "; ".join(said), work.now_ms)


async def _cases(work: Work, entries: Sequence[Taken]) -> None:
    """A person goes and looks, or knows who it was."""
    for one in entries:
        if one.case_opened:
            why = f"seen by {one.case_opened}, entry {one.seq}; see when it was booked, and who was there"
            await work.turn.open_exception(ExceptionKind.CASE, one.id or "", why, work.now_ms)


async def _forgotten(work: Work, entries: Sequence[Taken]) -> None:
    """At one site somebody was forgotten: what others keep of them goes, where no value is left there."""
    erased = [one.erased for one in entries if one.erased]
    families = await work.turn.families({wallet for wallet, _ in erased}) if erased else {}
    names = [
        name for wallet, member in erased for name in await names_of(work.turn, families[wallet], member)
    ]
    if erased:
        await work.turn.forget_phones({member for _, member in erased})
    await forget(work, names, _tomorrow(work.now_ms), but=work.turn.name)


def _tomorrow(now_ms: int) -> str:
    """No site is a day ahead of that."""
    return (datetime.fromtimestamp(now_ms / 1000, UTC) + timedelta(days=1)).date().isoformat()


async def _wallets(work: Work, entries: Sequence[Taken]) -> None:
    turn = work.turn
    opened = {one.id: one.opens for one in entries if one.opens and one.id}
    coupons = [coupon for one in entries for coupon in one.coupons]
    if opened:
        await turn.open_wallets(opened, work.now_ms)
    if coupons:
        await turn.add_coupons(coupons)
    if opened:
        await opened_late(work, [one.wallet for one in opened.values()])
        await marked(work, {one.wallet for one in opened.values()})
    if undone := {one.seq: one.undoes for one in entries if one.undoes and not await claims_back(work, one)}:
        await turn.undo(undone)
    if numbers := dict(number for one in entries for number in one.invoices):
        await turn.number_invoices(numbers)


async def _ended(work: Work, entries: Sequence[Taken], directed: Directives) -> None:
    """Coupons that were withdrawn there end wherever they come from; what we directed is known."""
    ended: dict[str, str] = {}
    for one in entries:
        if one.directive is None or one.id in directed.forgotten:
            ended.update((coupon, why or "withdrawn") for coupon, why in one.ends)
    if ended:
        await work.turn.end_coupons(ended)


async def _merges(work: Work, entries: Sequence[Taken], directed: Directives) -> None:
    """The site united them already, by its attendant's word or by ours."""
    here = work.turn.name
    for one in entries:
        if one.merges:
            await work.turn.tell(one.merges[0], [here])
            await _together(work, one.merges)
            await merge(work, *one.merges, because=f"joined at {here}")
        elif isinstance(one.directive, Merge) and directed.counts(one):
            wallet, into = str(one.directive.wallet), str(one.directive.into)
            await work.turn.tell(wallet, [here])
            if one.apart:
                await _apart(work, wallet, into)
            if one.id in directed.forgotten:
                await merge(
                    work, wallet, into, because="directed before headquarters was restored", tell=False
                )


async def _apart(work: Work, wallet: str, into: str) -> None:
    """It is not asked for again: both are spent from there until somebody at that site merges them."""
    why = (
        f"more lies on {wallet} there than one entry moves: it stays beside {into}, and both work on. "
        "Merge them there, once less is promised or owed on it"
    )
    await work.turn.open_exception(ExceptionKind.APART, wallet, why, work.now_ms)


async def _together(work: Work, merged: tuple[str, str]) -> None:
    """Whichever way round the attendant did it."""
    for wallet in merged:
        cause = Cause(kind=ExceptionKind.APART, site=work.turn.name, subject=wallet)
        await work.turn.close_exception(cause, Decision(words="merged there"), work.now_ms)


async def _rights(work: Work, entries: Sequence[Taken], directed: Directives, *, late: bool) -> None:
    accounts: set[str] = set()
    for one in entries:
        if one.moves:
            accounts |= {name for name, _ in one.values}
            accounts |= {name for name, _ in directed.moved(one) if is_value(name) or is_debt(name)}
        if isinstance(one.directive, Covered) and one.id in directed.forgotten:
            accounts.add(one.directive.account)
        accounts |= {name for name, _ in one.uncovered}
        accounts |= {owed_by(name) for name, amount in one.values if amount < 0} - {""}
    loaded = {
        name
        for one in entries
        if not one.moves
        for name, amount in (one.values if one.raises else ())
        if amount > 0 and is_value(name) and not name.split(":", 2)[2].startswith(("points:", "cashback"))
    }
    if loaded and not late:
        low = work.policy.reserve_low if work.standing.sites > 1 else 0
        accounts |= set(await work.turn.wanting(loaded, low, work.policy.reserve))
    sales = {
        sale_account(sale)
        for one in entries
        if isinstance(one.directive, Release)
        for sale in one.directive.sales
    }
    if not accounts | sales:
        return
    pots = await work.open(accounts | sales)
    for one in entries:
        await _entry(work, one, directed, late=late)
    if not late:
        await settle(work, pots)


async def _entry(work: Work, one: Taken, directed: Directives, *, late: bool) -> None:
    if isinstance(one.directive, Grant):
        await _came(work, one, directed, late=late)
    elif one.moves:
        await _went(work, one, directed)
    elif isinstance(one.directive, Covered) and one.id in directed.forgotten:
        await _covered_before(work, one, one.directive)
    for account, amount in one.uncovered:
        owed = Overdraft(
            site=work.turn.name,
            id=one.id or "",
            account=account,
            amount=amount,
            rest=amount,
            opened_ms=work.now_ms,
        )
        work.pot(account).owe(owed)
    if one.uncovered:
        why = "; ".join(
            f"{amount} of {account} beyond what was held there" for account, amount in one.uncovered
        )
        await work.turn.open_exception(ExceptionKind.UNCOVERED, one.id or "", why, work.now_ms)


async def _came(work: Work, one: Taken, directed: Directives, *, late: bool) -> None:
    """A grant was applied. What was not in transit was granted before a restore, or was never granted.

    Or it was on its way to a site that was written off, and went back into the pool then. Of a debt a site
    books no more than it owes by then: the rest settles what it owes next.
    """
    took: Counter[str] = Counter()
    for name, amount in one.values:
        took[work.root(name)] += amount
    for name, amount in directed.moved(one):
        took[work.root(name)] -= amount
    more: list[str] = []
    for account, amount in took.items():
        pot = work.pot(account)
        if amount > 0:
            lacking(work, pot, one.id or "", amount, _laid(work, pot, one))
        elif amount < 0:
            pot.put(-amount, {})
        if amount > 0 or (amount and not is_debt(account)):
            more.append(f"{amount} more of {account} than was granted")
    if more and not late and one.id and one.id not in directed.forgotten:
        directed.breaches[one.id] = "; ".join(more)
    if one.id in directed.forgotten and isinstance(one.directive, Grant):
        for right in one.directive.sales:
            await work.turn.hold_sale(right.sale, work.turn.name)


def _laid(work: Work, pot: Pot, one: Taken) -> list[tuple[str, int]]:
    """The lots that it says came with it."""
    return [
        (line.terms.lot, line.amount)
        for line in one.lots
        if line.amount > 0 and work.root(line.account) == pot.account
    ]


def lacking(work: Work, pot: Pot, entry: str, amount: int, lots: Sequence[tuple[str, int]]) -> None:
    """Out of the pool what lies there, by its lots; the rest stands open until it comes back."""
    for lot, part in lots:
        some = min(amount, part)
        there = pot.lots.get(lot)
        here = min(some, there.amount if there else 0, pot.balance)
        if here:
            pot.take(here, first=lot)
        _owe(work, pot, entry, some - here, lot=lot)
        amount -= some
    here = 0 if pot.in_lots else min(amount, pot.balance)
    if here:
        pot.take(here)
    _owe(work, pot, entry, amount - here)


def _owe(work: Work, pot: Pot, entry: str, amount: int, lot: str = "") -> None:
    if amount:
        pot.owe(
            Overdraft(
                site=POOL,
                id=entry,
                account=pot.account,
                lot=lot,
                amount=amount,
                rest=amount,
                opened_ms=work.now_ms,
            )
        )


async def _went(work: Work, one: Taken, directed: Directives) -> None:
    """Rights came back, asked for or not."""
    lot_names = {(line.terms.unit, line.terms.lot) for line in one.lots}
    terms = await work.turn.terms(lot_names) if lot_names else {}
    gave: Counter[str] = Counter()
    for name, amount in one.values:
        pot = work.pot(name)
        if amount > 0:
            lacking(work, pot, one.id or "", amount, _laid(work, pot, one))
            directed.breaches[one.id or ""] = f"took {amount} of {name} while it gave rights back"
            continue
        gave[pot.account] -= amount
        lots = {
            line.terms.lot: LotPart(
                terms=terms.get((line.terms.unit, line.terms.lot), line.terms), amount=-line.amount
            )
            for line in one.lots
            if line.amount < 0 and line.account == name and not one.astray
        }
        pot.put(-amount, lots)
    for name, amount in directed.moved(one):
        if is_value(name) and gave[work.root(name)] < amount:
            work.pot(name).kept(work.turn.name, work.now_ms)
    if isinstance(one.directive, Release) and directed.counts(one):
        for sale in one.directive.sales:
            await _sale_came_back(work, str(sale))


async def _sale_came_back(work: Work, sale: str) -> None:
    found = await work.turn.sale(sale)
    if found is None or found.holder != work.turn.name:
        return
    await work.turn.hold_sale(sale, POOL)
    pot = work.pot(sale_account(sale))
    for waiting in sorted(pot.waiting.values(), key=lambda one: one.ask):
        pot.wait(None, waiting.ask)
        if waiting.until_ms > work.now_ms and not work.idle:
            await grant_sale(work, sale, found, waiting.site)
            break


async def _covered_before(work: Work, one: Taken, covered: Covered) -> None:
    """Directed before a restore: the site was told, so what is lacking is headquarters' own now.

    As far as it posted: no site covers more than is open there. And under the names that it has open there,
    as it may not know yet that they are one wallet. What is not open here any more was covered a second time
    by books that had forgotten the first, and the site has yet to hear of that.
    """
    posted = {name: amount for name, amount in one.postings if head_of(name) == "overdraft"}
    names = {covered.account, *(_spent_of(covered.account, name) for name in posted)}
    pot, left = work.pot(covered.account), sum(posted.values())
    for owed in sorted(pot.overdrafts.values(), key=lambda one: (one.opened_ms, one.id)):
        some = min(left, owed.rest)
        if some > 0 and owed.site == work.turn.name and owed.account in names:
            pot.pay(owed, some)
            work.was_covered(owed.id)
            _owe(work, pot, one.id or "", some)
            left -= some
    if left > 0:
        await work.turn.uncover(names, left, work.hq_epoch)


def _spent_of(covered: str, overdraft: str) -> str:
    """The account that was spent of there, of an owner like that of the one that is covered."""
    return f"{covered.partition(':')[0]}:{unit_of(overdraft).partition(':')[2]}"
