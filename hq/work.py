"""One transaction of the rules: the pots it has opened, and what it directs when it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from hq.policy import Policy
from hq.ports import Family, Order, Standing, Turn, WalletRow
from hq.pot import Held, Moving, Pot, head_of, unit_of
from terminal.core.directives import Directive, Grant, Withdraw
from terminal.core.rights import LotPart, Right, SaleRight
from terminal.core.values import EntryId, MemberId, SiteId, Value

_RIGHTS_MAX = 100
"""In one grant (core.directives)."""
_LOTS_MAX = 200
"""In one right (core.rights)."""
_LOTS_IN_GRANT_MAX = 500
"""Its entry names them twice, and is no longer than an entry may be (core.canonical)."""
_ENDED_MAX = 100
"""Coupons in one directive (core.directives)."""

OWED_BACK = frozenset({"points", "cashback", "bonus", "coupon", "voucher"})
"""Units whose debts are settled from what lies in the pool, and from the next that comes into it."""
WITHHELD = "count"
"""Of these a site settles what it owes. What was given elsewhere stays here as long as it is owed."""
_OWED = OWED_BACK | {WITHHELD}


class Rules(Value, frozen=True, kw_only=True):
    """What is the same for every transaction."""

    policy: Policy
    hq_epoch: int
    new_id: Callable[[], str]


class Work:
    def __init__(self, turn: Turn, rules: Rules, standing: Standing, now_ms: int) -> None:
        self.turn = turn
        self.policy = rules.policy
        self.hq_epoch = rules.hq_epoch
        self.standing = standing
        self.now_ms = now_ms
        self.rung: set[SiteId] = set()
        """Sites that have something new in their feed once this is committed."""
        self._new_id = rules.new_id
        self._pots: dict[str, Pot] = {}
        self._families: dict[str, Family] = {}
        self._orders: list[Order] = []
        self._rights: dict[tuple[SiteId, str], list[Right]] = defaultdict(list)
        self._ending: dict[tuple[SiteId, str], list[str]] = defaultdict(list)
        self._covered: set[str] = set()
        self.tiers: tuple[str, ...] | None = None
        """How the chain's tiers rise; None: nobody asked yet."""
        self.deaf: SiteId | None = None
        """What is meant for that site is said to nobody."""

    @property
    def idle(self) -> bool:
        """Restored, and not every site has pushed to its head: nothing is granted, released or merged."""
        return self.standing.restoring

    async def open(self, accounts: Iterable[str]) -> list[Pot]:
        """The pots of those accounts, by whatever name; with a debt, of what it is owed.

        Once in a turn that is not alone, so that locks keep their order.
        """
        names = set(accounts)
        names |= {owed_by(name) for name in names} - {""}
        wallets = {name.split(":", 2)[1] for name in names if name.startswith("wallet:")}
        for wallet, family in (await self.turn.families(wallets)).items():
            self._families[wallet] = self._families[family.root.wallet] = family
        wanted: dict[str, list[str]] = {}
        for name in names:
            for one in (self.root(name), *_owed(self.root(name))):
                if one not in self._pots:
                    wanted[one] = self.names_of(one)
        for pot in await self.turn.pots(wanted):
            self._pots[pot.account] = pot
        for account in wanted:
            await self.withhold(self._pots[account])
        return [self._pots[account] for account in sorted({self.root(name) for name in names})]

    def forget(self) -> None:
        """Wallets were united: pots are opened anew. Only before anything was changed in them."""
        self._pots.clear()
        self._families.clear()

    def root(self, account: str) -> str:
        """The account by the name of the wallet that is left."""
        owner, of, unit = account.split(":", 2)
        if owner != "wallet" or of not in self._families:
            return account
        return f"wallet:{self._families[of].root.wallet}:{unit}"

    def pot(self, account: str) -> Pot:
        return self._pots[self.root(account)]

    def debt_of(self, pot: Pot) -> Pot | None:
        owed = _owed(pot.account)
        return self._pots[owed[0]] if owed else None

    async def withhold(self, pot: Pot) -> int:
        """Of uses, so much more is owed than is kept back here: given lots, none of them cut, and no more."""
        owed = self.in_debt(pot) if head_of(pot.account) == WITHHELD else 0
        pot.given_at, pot.withheld = [], frozenset()
        if not owed:
            return 0
        at = await self.turn.lots_at(self.names_of(pot.account))
        given = await self.turn.unpaid(unit_of(pot.account), {*pot.lots, *(one.lot for one in at)})
        pot.given_at = [one for one in at if one.lot in given]
        for lot in sorted(given & pot.lots.keys()):
            if (amount := pot.lots[lot].amount) <= owed:
                pot.withheld |= {lot}
                owed -= amount
        return owed

    def in_debt(self, pot: Pot) -> int:
        """What is owed of it at sites and was not settled, as far as they were told or not."""
        debt = self.debt_of(pot)
        if debt is None:
            return 0
        settled = debt.balance + debt.in_transit() - debt.open
        return max(0, -sum(one.balance for one in debt.held) - settled)

    def direct(
        self,
        site: SiteId,
        directive: Directive,
        *,
        moving: tuple[tuple[str, int], ...] = (),
        granted: bool = False,
        not_before_ms: int = 0,
    ) -> str:
        order = Order(
            site=site,
            id=self._new_id(),
            directive=directive,
            not_before_ms=not_before_ms,
            moving=moving,
            granted=granted,
        )
        self._orders.append(order)
        return order.id

    def grant(self, pot: Pot, site: SiteId, amount: int, parts: list[LotPart]) -> None:
        """What was taken out of the pot goes to the site, with all else that goes there now."""
        pot.moving.append(Moving(id="", site=site, account=pot.account, granted=True, amount=amount))
        rights = self._rights[site, pot.account.rpartition(f":{unit_of(pot.account)}")[0]]
        while len(parts) > _LOTS_MAX:
            some, parts = parts[:_LOTS_MAX], parts[_LOTS_MAX:]
            whole = sum(part.amount for part in some)
            rights.append(Right(account=pot.account, amount=whole, lots=tuple(some)))
            amount -= whole
        rights.append(Right(account=pot.account, amount=amount, lots=tuple(parts), coupon=pot.coupon))

    def tell(self, debt: Pot, held: Held, amount: int) -> None:
        """Of what was settled so much is no longer owed there, by the name it has there."""
        debt.take(amount)
        moving = Moving(id="", site=held.site, account=held.account, granted=True, amount=amount)
        debt.moving.append(moving)
        owner = held.account.rpartition(f":{unit_of(held.account)}")[0]
        self._rights[held.site, owner].append(Right(account=held.account, amount=amount))

    def end(self, pot: Pot, held: Held) -> None:
        """The coupon of that pot ends where the site holds it, with all others that end there now."""
        pot.moving.append(Moving(id="", site=held.site, account=pot.account, granted=False, amount=1))
        self._ending[held.site, pot.why].append(held.account)

    def grant_sale(self, site: SiteId, right: SaleRight, root: WalletRow | None = None) -> None:
        """`root`: whose wallet it is, where that may have to begin there."""
        member = MemberId(root.member) if root is not None and root.member else None
        self.direct(site, Grant(sales=(right,), member=member, tier=root.tier if root else "regular"))

    def was_covered(self, entry: str) -> None:
        self._covered.add(entry)

    async def finish(self) -> None:
        """Writes pots, then feeds: the order in which locks are taken."""
        self._granted()
        self._ended()
        self._orders = [order for order in self._orders if order.site != self.deaf]
        if self._pots:
            await self.turn.keep(sorted(self._pots.values(), key=lambda pot: pot.account))
        if self._covered:
            await self.turn.covered(sorted(self._covered), self.now_ms)
        if self._orders:
            await self.turn.direct(self.hq_epoch, sorted(self._orders, key=lambda order: order.site))
        self.rung |= {order.site for order in self._orders}
        self._pots.clear()
        self._covered.clear()
        self._orders.clear()

    def _granted(self) -> None:
        for (site, owner), rights in self._rights.items():
            family = self._families.get(owner.removeprefix("wallet:"))
            for some in _in_grants(rights):
                grant = Grant(
                    rights=some,
                    member=MemberId(family.root.member) if family and family.root.member else None,
                    tier=family.root.tier if family else "regular",
                )
                self.direct(
                    site, grant, moving=tuple((one.account, one.amount) for one in some), granted=True
                )
        self._rights.clear()

    def _ended(self) -> None:
        for (site, why), accounts in self._ending.items():
            for start in range(0, len(accounts), _ENDED_MAX):
                some = tuple(accounts[start : start + _ENDED_MAX])
                moving = tuple((account, 1) for account in some)
                self.direct(site, Withdraw(coupons=some, why=why), moving=moving)
        self._ending.clear()

    def names_of(self, account: str) -> list[str]:
        """By which sites may know it."""
        owner, of, unit = account.split(":", 2)
        if owner != "wallet":
            return [account]
        family = self._families.get(of)
        return [f"wallet:{name}:{unit}" for name in (family.members if family else (of,))]


def owed_by(account: str) -> str:
    """The account of value of this debt; empty where it is none, or nothing settles it."""
    owner, of, unit = account.split(":", 2)
    given = unit.removeprefix("debt:")
    return f"{owner}:{of}:{given}" if given != unit and given.partition(":")[0] in _OWED else ""


def _owed(account: str) -> tuple[str, ...]:
    owner, of, unit = account.split(":", 2)
    return (f"{owner}:{of}:debt:{unit}",) if head_of(account) in _OWED else ()


def sale_account(sale: EntryId | str) -> str:
    """Under which name the right to undo a sale is waited for."""
    return f"sale:{sale}:undo"


def _in_grants(rights: Iterable[Right]) -> Iterator[tuple[Right, ...]]:
    """Each so large that one entry of a site can take it."""
    some: list[Right] = []
    for right in rights:
        lots = sum(len(one.lots) for one in (*some, right))
        if some and (len(some) == _RIGHTS_MAX or lots > _LOTS_IN_GRANT_MAX):
            yield tuple(some)
            some = []
        some.append(right)
    yield tuple(some)
