"""What headquarters does with an account when something of it changed (ledger-and-sync.md, section 3).

In this order: cover what was spent beyond rights, settle debts, end what was withdrawn, serve those who wait,
send home what nobody asks for, ask other sites for the rest, and keep the reserve that lets a wallet be used
away from its home.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hq.ports import Cause, Decision, ExceptionKind
from hq.pot import POOL, Moving, Overdraft, Pot, Waiting, head_of, is_value, unit_of
from hq.work import OWED_BACK, Work
from terminal.core.accounts import TIER_UNIT
from terminal.core.directives import Covered, Release
from terminal.core.ledger.rights import WHOLE_LOTS
from terminal.core.rights import LotPart, Want
from terminal.core.values import SiteId

RESERVED = frozenset({"principal", "bonus"})


async def settle(work: Work, pots: Collection[Pot]) -> None:
    if work.idle:
        return
    homes = await _homes(work, pots)
    for pot in pots:
        _expire(work, pot)
        if not is_value(pot.account):
            continue
        _bring_back(pot)
        await _cover(work, pot)
        _settle_debt(work, pot)
        await _withhold(work, pot)
        withdraw(pot)
        _end_where_held(work, pot)
        _serve(work, pot)
        _send_home(work, pot, homes)
        recall(work, pot)
        _refill(work, pot)


def _expire(work: Work, pot: Pot) -> None:
    for waiting in [*pot.waiting.values()]:
        if waiting.until_ms <= work.now_ms:
            pot.wait(None, waiting.ask)


def _bring_back(pot: Pot) -> None:
    """A coupon that ended here, and a site had used it before it heard: it was used, and did not end."""
    some = min(pot.withdrawn, pot.open)
    pot.withdrawn -= some
    pot.balance += some


def withdraw(pot: Pot) -> None:
    """A coupon that was withdrawn, or of the second welcome pack, ends where it comes back to."""
    if pot.ends:
        pot.withdrawn += pot.balance
        pot.balance = 0


def _end_where_held(work: Work, pot: Pot) -> None:
    """A coupon that was withdrawn; also where a refund brought it back. Each site is told once at a time.

    Not one that was spent beyond rights elsewhere: it comes back here and covers that.
    """
    if not pot.why or pot.open:
        return
    for one in sorted(pot.held, key=lambda one: (one.site, one.account)):
        if one.balance > 0 and not one.gone and not pot.released_by(one.site):
            work.end(pot, one)


async def _cover(work: Work, pot: Pot) -> None:
    covered: list[tuple[Overdraft, int]] = []
    for one in sorted(pot.overdrafts.values(), key=lambda one: (one.site != POOL, one.opened_ms, one.id)):
        some = min(one.rest, pot.balance)
        if not some:
            break
        pot.take(some, first=one.lot)
        pot.pay(one, some)
        if one.site != POOL:
            covered.append((one, some))
            work.was_covered(one.id)
    rows = await work.turn.peeks({one.site for one, _ in covered}) if covered else {}
    for one, some in covered:
        if not rows[one.site].written_off_ms:  # The dead hear nothing.
            work.direct(one.site, Covered(account=one.account, amount=some))
    await _tell_of_shortage(work, pot)


async def _tell_of_shortage(work: Work, pot: Pot) -> None:
    """Granted twice across a restore, and nothing comes back any more that would cover it.

    What a dead site had spent of it as well is told by the exception of its late entries (`hq.late`).
    """
    lacking = [one for one in pot.overdrafts.values() if one.site == POOL]
    late = await work.turn.of_dead({one.id for one in lacking}) if lacking else ()
    short = sum(one.rest for one in lacking if one.id not in late)
    kind, subject = ExceptionKind.RESTORE, f"{pot.account}@{work.hq_epoch}"
    if short:
        why = f"{short} of it was granted before headquarters was restored, and is lacking"
        grew = max(one.opened_ms for one in lacking if one.id not in late)
        await work.turn.open_exception(kind, subject, why, work.now_ms, at=POOL, since_ms=grew)
    elif any(one.site == POOL for one in pot.changed_overdrafts.values()):
        cause = Cause(kind=kind, site=POOL, subject=subject)
        await work.turn.close_exception(cause, Decision(words="covered"), work.now_ms)


def _settle_debt(work: Work, pot: Pot) -> None:
    """Out of the pool; who owes it is told, or would keep back there what was taken here."""
    debt = work.debt_of(pot)
    if debt is None or head_of(pot.account) not in OWED_BACK:
        return
    some = min(work.in_debt(pot), pot.balance)
    if some > 0:
        pot.take(some)
        debt.balance += some
    for one in sorted(debt.overdrafts.values(), key=lambda one: (one.opened_ms, one.id)):
        if told := min(one.rest, debt.balance):  # Before headquarters was restored.
            debt.balance -= told
            debt.pay(one, told)
    for held in sorted(debt.held, key=lambda one: (one.site, one.account)):
        some = min(debt.balance, -held.balance - debt.in_transit(held))
        if some > 0 and not held.gone:
            work.tell(debt, held, some)


async def _withhold(work: Work, pot: Pot) -> None:
    """Uses that were given at another site than owes them come here, and stay until it settled that itself.

    Lots by their names, and none that is more than is owed: what was paid for is not touched.
    """
    need = await work.withhold(pot) - pot.released_by()
    for one in sorted(pot.given_at, key=lambda one: (one.lot, one.site)):
        asked = pot.released_by(one.site) or 0 <= work.now_ms - pot.kept_at(one.site) < work.policy.again_ms
        if one.rest <= need and not asked:
            release(work, pot, one.site, one.rest, lots=(one.lot,))
            need -= one.rest


def _serve(work: Work, pot: Pot) -> None:
    for waiting in sorted(pot.waiting.values(), key=lambda one: one.ask):
        if given := give(work, pot, waiting.site, waiting.amount):
            left = waiting.amount - given
            pot.wait(_less(waiting, left) if left > 0 else None, waiting.ask)


async def _homes(work: Work, pots: Collection[Pot]) -> Mapping[str, SiteId]:
    """By wallet, where those began of whom something lies here that counts towards a tier."""
    wallets = {_owner(pot) for pot in pots if pot.balance > 0 and unit_of(pot.account) == TIER_UNIT}
    return await work.turn.began_at(wallets) if wallets else {}


def _send_home(work: Work, pot: Pot, homes: Mapping[str, SiteId]) -> None:
    """Nobody would ask for what pays for nothing. What its home has just given back it is not sent again."""
    home = homes.get(_owner(pot)) if unit_of(pot.account) == TIER_UNIT else None
    if home is not None and home != work.turn.name:
        give(work, pot, home, pot.balance)


def _owner(pot: Pot) -> str:
    return pot.account.split(":", 2)[1]


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
        if not some:
            return 0
    else:
        parts = pot.take(some)
    work.grant(pot, site, some, parts)
    return some


def recall(work: Work, pot: Pot) -> None:
    """Other sites release what is owed or waited for; who waits only counts on those that are online.

    Whoever gave less than was asked just now is left alone for a while: two that keep it both would be asked
    in turn as fast as they answer.
    """
    owed = sum(one.rest for one in pot.overdrafts.values())
    if head_of(pot.account) in OWED_BACK:
        owed += work.in_debt(pot)
    waited = sum(one.amount for one in pot.waiting.values())
    under_way = pot.released_by()
    asking = {one.site for one in pot.waiting.values()}
    for site, held in _holders(work, pot):
        if 0 <= work.now_ms - pot.kept_at(site) < work.policy.again_ms:
            continue
        need = owed - under_way
        if site not in asking and online(work, pot, site):
            need += waited
        some = min(need, held - pot.released_by(site))
        if some > 0:
            release(work, pot, site, some)
            under_way += some


def _holders(work: Work, pot: Pot) -> list[tuple[SiteId, int]]:
    """Those that are online first, then those that hold most."""
    sites = {one.site for one in pot.held if not one.gone}
    held = [(site, pot.held_at(site)) for site in sites]
    return sorted(
        ((site, amount) for site, amount in held if amount > 0),
        key=lambda one: (not online(work, pot, one[0]), -one[1], one[0]),
    )


def online(work: Work, pot: Pot, site: SiteId) -> bool:
    seen = max((one.seen_ms for one in pot.held if one.site == site), default=0)
    return work.now_ms - seen <= work.policy.online_ms


def release(work: Work, pot: Pot, site: SiteId, amount: int, lots: tuple[str, ...] = ()) -> None:
    directed = work.direct(
        site,
        Release(wants=(Want(account=pot.account, amount=amount),), lots=lots),
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
