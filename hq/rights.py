"""What headquarters does with an account when something of it changed (ledger-and-sync.md, section 3).

In this order: cover what was spent beyond rights, settle debts, serve those who wait, ask other sites for the
rest, and keep the reserve that lets a wallet be used away from its home.
"""

from __future__ import annotations

from collections.abc import Collection

from hq.ports import Cause, Decision, ExceptionKind
from hq.pot import POOL, Moving, Pot, Waiting, head_of
from hq.work import Work, is_value
from terminal.core.directives import Covered, Release
from terminal.core.ledger.rights import WHOLE_LOTS
from terminal.core.rights import LotPart, Want
from terminal.core.values import SiteId

RESERVED = frozenset({"principal", "bonus"})


async def settle(work: Work, pots: Collection[Pot], refused: Collection[tuple[SiteId, str]] = ()) -> None:
    """`refused`: (site, account) that gave less than was asked just now, and is not asked again at once."""
    if work.idle:
        return
    for pot in pots:
        _expire(work, pot)
        if not is_value(pot.account):
            continue
        withdraw(pot)
        await _cover(work, pot)
        _settle_debt(work, pot)
        _serve(work, pot)
        recall(work, pot, refused)
        _refill(work, pot)


def _expire(work: Work, pot: Pot) -> None:
    for waiting in [*pot.waiting.values()]:
        if waiting.until_ms <= work.now_ms:
            pot.wait(None, waiting.ask)


def withdraw(pot: Pot) -> None:
    """A coupon of the second welcome pack ends where it comes back to."""
    if pot.ends and pot.balance:
        short = sum(one.rest for one in pot.overdrafts.values() if one.site == POOL)
        rest = pot.balance - min(pot.balance, short)
        pot.balance -= rest
        pot.withdrawn += rest


async def _cover(work: Work, pot: Pot) -> None:
    for one in sorted(pot.overdrafts.values(), key=lambda one: (one.site != POOL, one.opened_ms, one.id)):
        some = min(one.rest, pot.balance)
        if not some:
            break
        pot.take(some, first=one.lot)
        pot.pay(one, some)
        if one.site == POOL:
            continue
        work.direct(one.site, Covered(account=one.account, amount=some))
        work.was_covered(one.id)
    await _tell_of_shortage(work, pot)


async def _tell_of_shortage(work: Work, pot: Pot) -> None:
    """Granted twice across a restore, and nothing comes back any more that would cover it."""
    short = sum(one.rest for one in pot.overdrafts.values() if one.site == POOL)
    kind, subject = ExceptionKind.RESTORE, f"{pot.account}@{work.hq_epoch}"
    if short:
        why = f"{short} of it was granted before headquarters was restored, and is lacking"
        await work.turn.open_exception(kind, subject, why, work.now_ms, at=POOL)
    elif any(one.site == POOL for one in pot.changed_overdrafts.values()):
        cause = Cause(kind=kind, site=POOL, subject=subject)
        await work.turn.close_exception(cause, Decision(words="covered"), work.now_ms)


def _settle_debt(work: Work, pot: Pot) -> None:
    debt = work.debt_of(pot)
    if debt is None:
        return
    owed = -sum(one.balance for one in debt.held) - debt.balance
    some = min(owed, pot.balance)
    if some > 0:
        pot.take(some)
        debt.balance += some


def _serve(work: Work, pot: Pot) -> None:
    for waiting in sorted(pot.waiting.values(), key=lambda one: one.ask):
        if given := give(work, pot, waiting.site, waiting.amount):
            left = waiting.amount - given
            pot.wait(_less(waiting, left) if left > 0 else None, waiting.ask)


def _less(waiting: Waiting, amount: int) -> Waiting:
    return Waiting(
        ask=waiting.ask,
        site=waiting.site,
        account=waiting.account,
        amount=amount,
        until_ms=waiting.until_ms,
    )


def give(work: Work, pot: Pot, site: SiteId, amount: int) -> int:
    """Out of the pool to that site, as much as is there; answers how much."""
    some = min(amount, pot.free())
    if some <= 0:
        return 0
    parts: list[LotPart]
    if head_of(pot.account) in WHOLE_LOTS:
        some, parts = pot.take_whole(amount)
    else:
        parts = pot.take(some)
    work.grant(pot, site, some, parts)
    return some


def recall(work: Work, pot: Pot, refused: Collection[tuple[SiteId, str]] = ()) -> None:
    """Other sites release what is owed or waited for; who waits only counts on those that are online."""
    owed = sum(one.rest for one in pot.overdrafts.values())
    waited = sum(one.amount for one in pot.waiting.values())
    under_way = pot.released_by()
    asking = {one.site for one in pot.waiting.values()}
    for site, held in _holders(work, pot):
        if (site, pot.account) in refused or pot.released_by(site):
            continue
        need = owed - under_way
        if site not in asking and online(work, pot, site):
            need += waited
        some = min(need, held)
        if some > 0:
            release(work, pot, site, some)
            under_way += some


def _holders(work: Work, pot: Pot) -> list[tuple[SiteId, int]]:
    """Those that are online first, then those that hold most."""
    sites = {one.site for one in pot.held}
    held = [(site, pot.held_at(site)) for site in sites]
    return sorted(
        ((site, amount) for site, amount in held if amount > 0),
        key=lambda one: (not online(work, pot, one[0]), -one[1], one[0]),
    )


def online(work: Work, pot: Pot, site: SiteId) -> bool:
    seen = max((one.seen_ms for one in pot.held if one.site == site), default=0)
    return work.now_ms - seen <= work.policy.online_ms


def release(work: Work, pot: Pot, site: SiteId, amount: int) -> None:
    directed = work.direct(
        site,
        Release(wants=(Want(account=pot.account, amount=amount),)),
        moving=((pot.account, amount),),
    )
    pot.moving.append(Moving(id=directed, site=site, account=pot.account, granted=False, amount=amount))


def _refill(work: Work, pot: Pot) -> None:
    """The home keeps all but the reserve, and no more than that is asked of it."""
    if head_of(pot.account) not in RESERVED or work.standing.sites < 2:  # noqa: PLR2004  nowhere else to use it
        return
    home = pot.home()
    there = pot.balance + pot.released_by()
    if home is None or there >= work.policy.reserve_low or pot.held_at(home) <= work.policy.reserve:
        return
    release(work, pot, home, work.policy.reserve - there)
