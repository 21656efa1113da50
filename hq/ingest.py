"""What entries that were taken mean beyond their postings: rights, wallets, cards, merges.

Runs in the transaction that appended them, over those without a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from hq.merging import late_pack, merge
from hq.ports import ExceptionKind
from hq.pot import POOL, Overdraft, Pot
from hq.rights import settle
from hq.sales import grant_sale
from hq.taken import Taken
from hq.work import Work, is_value, sale_account
from terminal.core.commands import CardState
from terminal.core.directives import CardStanding, Covered, Grant, Merge, Release, TierSet
from terminal.core.rights import LotPart
from terminal.core.values import CardId, SiteId, WalletId

Known = Mapping[str, Sequence[tuple[str, int]]]
"""By id, what a directive that stands in the feed grants or asks for."""


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


async def understand(work: Work, entries: Sequence[Taken]) -> None:
    good = [one for one in entries if not one.fault]
    seqs = {one.id: one.seq for one in good if one.directive is not None and one.id}
    known = await work.turn.applied(seqs) if seqs else {}
    await _wallets(work, good)
    await _cards(work, good)
    await _merges(work, good, known)
    await _rights(work, good, known)


async def _wallets(work: Work, entries: Sequence[Taken]) -> None:
    turn = work.turn
    opened = {one.id: one.opens for one in entries if one.opens and one.id}
    coupons = [coupon for one in entries for coupon in one.coupons]
    if opened:
        await turn.open_wallets(opened, work.now_ms)
    if coupons:
        await turn.add_coupons(coupons)
    if opened:
        await late_pack(work, [one.wallet for one in opened.values()])
    if undone := {one.seq: one.undoes for one in entries if one.undoes}:
        await turn.undo(undone)
    if numbers := dict(one.invoice for one in entries if one.invoice):
        await turn.number_invoices(numbers)
    await _tiers(work, entries)


async def _tiers(work: Work, entries: Sequence[Taken]) -> None:
    """Up at once, down only by headquarters (product.md B8)."""
    said = dict(one.tier for one in entries if one.tier)
    told = {
        str(one.directive.wallet): one.directive.tier for one in entries if isinstance(one.directive, TierSet)
    }
    families = await work.turn.families({*said, *told}) if said or told else {}
    for wallet, tier in told.items():  # Heard of by its chain, where a restore forgot it.
        await work.turn.set_tier(families[wallet].root.wallet, tier)
    for wallet, tier in said.items():
        root = families[wallet].root
        if work.policy.rank(tier) > work.policy.rank(root.tier):
            await work.turn.set_tier(root.wallet, tier)
            stands, others = tier, [site for site in await work.turn.sites() if site != work.turn.name]
        else:
            stands, others = root.tier, [work.turn.name]
        for site in others:
            work.direct(site, TierSet(wallet=WalletId(root.wallet), tier=stands, why="headquarters"))


async def _cards(work: Work, entries: Sequence[Taken]) -> None:
    """Said by a site, so all others hear of it; or heard of by one before a restore of ours."""
    said = {card: state for one in entries for card, state in one.cards}
    heard = {
        str(one.directive.card): str(one.directive.state)
        for one in entries
        if isinstance(one.directive, CardStanding)
    }
    if said or heard:
        await work.turn.list_cards({**heard, **said}, work.now_ms)
    if not said:
        return
    others = [site for site in await work.turn.sites() if site != work.turn.name]
    for card, state in said.items():
        for site in others:
            work.direct(site, CardStanding(card=CardId(card), state=CardState(state)))


async def _merges(work: Work, entries: Sequence[Taken], known: Known) -> None:
    """The site united them already, by its attendant's word or by ours."""
    here = work.turn.name
    for one in entries:
        if one.merges:
            await work.turn.tell(one.merges[0], [here])
            await merge(work, *one.merges, because=f"joined at {here}")
        elif isinstance(one.directive, Merge):
            wallet, into = str(one.directive.wallet), str(one.directive.into)
            await work.turn.tell(wallet, [here])
            if one.id not in known:
                await merge(
                    work, wallet, into, because="directed before headquarters was restored", tell=False
                )


async def _rights(work: Work, entries: Sequence[Taken], known: Known) -> None:
    accounts: set[str] = set()
    for one in entries:
        if one.moves:
            accounts |= {name for name, _ in one.values}
            accounts |= {name for name, _ in known.get(one.id or "", ()) if is_value(name)}
        if isinstance(one.directive, Covered) and one.id not in known:
            accounts.add(one.directive.account)
        accounts |= {name for name, _ in one.uncovered}
    loaded = {
        name
        for one in entries
        if not one.moves
        for name, amount in one.values
        if amount > 0 and is_value(name) and not name.split(":", 2)[2].startswith(("points:", "cashback"))
    }
    if loaded:
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
    refused: set[tuple[SiteId, str]] = set()
    for one in entries:
        await _entry(work, one, known.get(one.id or ""), refused)
    await settle(work, pots, refused)


async def _entry(
    work: Work, one: Taken, directed: Sequence[tuple[str, int]] | None, refused: set[tuple[SiteId, str]]
) -> None:
    if isinstance(one.directive, Grant):
        await _came(work, one, directed)
    elif one.moves:
        await _went(work, one, directed or (), refused)
    elif isinstance(one.directive, Covered) and directed is None:
        _covered_before(work, one, one.directive)
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
        why = f"{amount} of {account} beyond what was held there"
        await work.turn.open_exception(ExceptionKind.UNCOVERED, one.id or "", why, work.now_ms)


async def _came(work: Work, one: Taken, directed: Sequence[tuple[str, int]] | None) -> None:
    """A grant was applied. What was not in transit was granted before a restore, or was never granted."""
    took: Counter[str] = Counter()
    for name, amount in one.values:
        took[work.root(name)] += amount
    for name, amount in directed or ():
        took[work.root(name)] -= amount
    for account, amount in took.items():
        pot = work.pot(account)
        if amount > 0:
            _lacking(work, pot, one, amount)
        elif amount < 0:
            pot.put(-amount, {})
        if amount and directed is not None:
            why = f"{amount} more of {account} than was granted"
            await work.turn.open_exception(ExceptionKind.BREACH, one.id or "", why, work.now_ms)
    if directed is None and isinstance(one.directive, Grant):
        for right in one.directive.sales:
            await work.turn.hold_sale(right.sale, work.turn.name)


def _lacking(work: Work, pot: Pot, one: Taken, amount: int) -> None:
    """Out of the pool what lies there, by its lots; the rest stands open until it comes back."""
    for line in one.lots:
        if line.amount <= 0 or work.root(line.account) != pot.account:
            continue
        some = min(amount, line.amount)
        there = pot.lots.get(line.terms.lot)
        here = min(some, there.amount if there else 0, pot.balance)
        if here:
            pot.take(here, first=line.terms.lot)
        _owe(work, pot, one, some - here, lot=line.terms.lot)
        amount -= some
    here = 0 if pot.in_lots else min(amount, pot.balance)
    if here:
        pot.take(here)
    _owe(work, pot, one, amount - here)


def _owe(work: Work, pot: Pot, one: Taken, amount: int, lot: str = "") -> None:
    if amount:
        pot.owe(
            Overdraft(
                site=POOL,
                id=one.id or "",
                account=pot.account,
                lot=lot,
                amount=amount,
                rest=amount,
                opened_ms=work.now_ms,
            )
        )


async def _went(
    work: Work, one: Taken, directed: Sequence[tuple[str, int]], refused: set[tuple[SiteId, str]]
) -> None:
    """Rights came back, asked for or not."""
    lot_names = {(line.terms.unit, line.terms.lot) for line in one.lots}
    terms = await work.turn.terms(lot_names) if lot_names else {}
    gave: Counter[str] = Counter()
    for name, amount in one.values:
        pot = work.pot(name)
        if amount > 0:
            _lacking(work, pot, one, amount)
            why = f"took {amount} of {name} while it gave rights back"
            await work.turn.open_exception(ExceptionKind.BREACH, one.id or "", why, work.now_ms)
            continue
        gave[pot.account] -= amount
        lots = {
            line.terms.lot: LotPart(
                terms=terms.get((line.terms.unit, line.terms.lot), line.terms), amount=-line.amount
            )
            for line in one.lots
            if line.amount < 0 and line.account == name
        }
        pot.put(-amount, lots)
    for name, amount in directed:
        if is_value(name) and gave[work.root(name)] < amount:
            refused.add((work.turn.name, work.root(name)))
    if isinstance(one.directive, Release):
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


def _covered_before(work: Work, one: Taken, covered: Covered) -> None:
    """Directed before a restore: the site was told, so what is lacking is headquarters' own now."""
    pot = work.pot(covered.account)
    left = covered.amount
    for owed in [owed for owed in pot.overdrafts.values() if owed.site == work.turn.name]:
        some = min(left, owed.rest)
        if some:
            pot.pay(owed, some)
            work.was_covered(owed.id)
            _owe(work, pot, one, some)
            left -= some
