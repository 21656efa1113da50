"""What had to be given back and was spent by then is settled from the next of it that comes.

Headquarters does so from its pool, and grants the site what it settled; a site that knows none does it here,
in the entry that gives, or gives back. Uses stay where they are given, so every site settles what is owed of
them there. One that gives is undone as it was given: the debt comes back by itself where what was given is
not there. What is left beside a debt is settled when it ends (`ledger.value.expiry`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from terminal.core.accounts import Account, debt, forfeited, issued, named
from terminal.core.entry import Entry, LotTaken
from terminal.core.ledger.state import Posted, State
from terminal.core.values import WalletId

_GIVEN: Final = ("points:", "cashback")
_GIFTS: Final = (*_GIVEN, "bonus")
_USES: Final = "count:"
"""Owed by who brought a newcomer: settled by what is given, never by what was paid for."""
_USES_OWED: Final = f"debt:{_USES}"
_BACK: Final = (*_GIFTS, "coupon:", "voucher:")
"""A coupon or a voucher is owed by its own name: no other settles it."""
SETTLING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sale": _GIVEN,
        "recharge": _GIVEN,
        "join": _GIVEN,
        "grant": (*_GIFTS, _USES),
        "import": _GIFTS,
        "refund": _BACK,
        "void": _BACK,
        "reversal": _BACK,
    }
)
"""By the kind of an entry, what it settles of what it gives, or gives back."""


def settles(owed: Account, *, alone: bool) -> bool:
    """Whether the site where it is owed settles it. `alone`: it knows no headquarters, which has a pool."""
    return alone or owed.unit.startswith(_USES_OWED)


def settled(done: Posted, kind: str, state: State) -> Posted:
    """`done`, less what goes to old debts: out of the lots that it lays or fills first, as all is spent.

    Where it adds to a debt itself it settles none of that unit: an entry must say by its postings which.
    """
    gifts, sums = SETTLING[kind], dict(done.postings)
    owing = [
        account
        for account, came in done.postings
        if came > 0 and (account.unit.startswith(gifts) or _brought(account, done))
        if (owed := debt(account)) not in sums and state.settles(owed) and state.balance(owed)
    ]
    if not owing:  # Nearly always: nothing is made anew then.
        return done
    lots = list(done.lots)
    for account in owing:
        owed = debt(account)
        some = min(-state.balance(owed), sums[account])
        sums[account] -= some
        sums[owed] = some
        lots += _out_of_lots(done, account, some)
    kept = tuple((account, amount) for account, amount in sums.items() if amount)
    return replace(done, postings=kept, lots=tuple(lots))


def _brought(account: Account, done: Posted) -> bool:
    """Uses for who had brought the buyer; the buyer's own are paid for."""
    return account.unit.startswith(_USES) and account.of != done.wallet


def _out_of_lots(done: Posted, account: Account, amount: int) -> Iterator[LotTaken]:
    """Points may lie in none, such as those of who had brought the buyer."""
    came = Counter[str]()
    for lot in done.lots:
        if lot.unit == account.unit and (lot.wallet or done.wallet) == account.of:
            came[lot.lot] += lot.amount
    whose = None if account.of == done.wallet else WalletId(account.of)
    for name, some in came.items():
        part = min(amount, some)
        if part > 0:
            yield LotTaken(unit=account.unit, lot=name, amount=-part, wallet=whose)
            amount -= part


def settled_by(entry: Entry) -> frozenset[Account]:
    """The debts of which that entry settled something."""
    return frozenset(named(of) for of, amount in entry.postings if amount > 0 and named(of).is_debt)


def as_given(found: Entry) -> Entry:
    """The entry as if no debt had been settled with it, or written off."""
    if found.kind == "erasure":
        return replace(found, postings=())
    if found.kind == "expiry":
        return replace(found, postings=tuple(_all_ended(found)))
    if found.kind not in SETTLING:
        return found
    owed = {of: amount for of, amount in found.postings if amount > 0 and named(of).is_debt}
    sums = Counter(dict(found.postings))
    for name, amount in owed.items():
        account = named(name)
        given = replace(account, unit=account.unit.removeprefix("debt:"))
        sums[given.name] += amount
        del sums[name]
    filled = {(lot.unit, lot.lot) for lot in found.lots if lot.amount > 0}
    lots = tuple(lot for lot in found.lots if lot.amount > 0 or (lot.unit, lot.lot) not in filled)
    return replace(found, postings=tuple(sums.items()), lots=lots)


def _all_ended(found: Entry) -> Iterator[tuple[str, int]]:
    """What of it had settled a debt ended as the rest did."""
    sums = Counter[str]()
    for name, amount in found.postings:
        account = named(name)
        if not account.is_debt:
            sums[name] += amount
        elif account.unit.startswith("debt:points:"):
            sums[issued(found.site, account.unit.removeprefix("debt:")).name] += amount
        else:
            sums[forfeited(found.site).name] += amount
    yield from sums.items()
