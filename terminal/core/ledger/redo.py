"""A fact of a branch that was given up, booked once more on the branch that stays (ledger-and-sync: forks).

It happened: goods left, money came in. So it is never refused. Where its value is not held here any more, the
rest is spent beyond the rights held, in whatever unit it was, and people see an exception.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account, Owner, named
from terminal.core.commands import CardState, CouponGrant, opens_of, wallet_of
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import Refused
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Effect
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import Card, Intent, Lot, Posted, State, Wallet
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, WalletId

NOT_AGAIN = frozenset({"directive", "rights_back"})
"""What moved rights is not a fact of the shop: headquarters' chain says who holds what."""


def redone(entry: Entry, by_rules: Posted | Refused, state: State, effects: Sequence[Effect]) -> Posted:
    """`by_rules`: what its posting function says on this branch; `effects`: what it says as it was booked."""
    if not isinstance(by_rules, Refused) and not by_rules.uncovered:
        return by_rules
    draft = Draft(entry.at, entry.id, state)
    draft.effects += effects
    for name, amount in entry.postings:
        account = named(name)
        if account.owner is Owner.SITE and not account.unit.startswith(_OVERDRAFT):
            draft.move(account, amount)
    for account, flow in _flows(entry, state).items():
        _again(draft, account, flow)
    wallet = entry.wallet or wallet_of(entry.payload)
    return draft.posted(current(wallet, state) if wallet else None)


_OVERDRAFT = "overdraft:"


class _Flow:
    """What an entry did to one account that is held, whatever it held."""

    def __init__(self) -> None:
        self.net = 0
        self.beyond = 0
        """Spent beyond the rights held then."""
        self.laid: list[LotTaken] = []
        self.taken: dict[str, int] = {}


def _flows(entry: Entry, state: State) -> dict[Account, _Flow]:
    """By the wallets of today."""
    flows: dict[Account, _Flow] = {}

    def flow(owner: Owner, of: str, unit: str) -> _Flow:
        if owner is Owner.WALLET:
            of = current(WalletId(of), state)
        return flows.setdefault(Account(owner=owner, of=of, unit=unit), _Flow())

    for name, amount in entry.postings:
        account = named(name)
        if account.owner is not Owner.SITE:
            flow(account.owner, account.of, account.unit).net += amount
        elif account.unit.startswith(_OVERDRAFT):
            _, wallet, unit = account.unit.split(":", 2)
            flow(Owner.WALLET, wallet, unit).beyond -= amount
    own = entry.wallet or wallet_of(entry.payload) or ""
    for lot in entry.lots:
        found = flow(Owner.WALLET, lot.wallet or own, lot.unit)
        if lot.amount > 0:
            found.laid.append(lot)
        else:
            found.taken[lot.lot] = found.taken.get(lot.lot, 0) - lot.amount
    return flows


def _again(draft: Draft, account: Account, flow: _Flow) -> None:
    """What came comes; what went goes as far as it is here, its own lots first, and the rest beyond it."""
    if account.is_debt:
        draft.move(account, flow.net)
        return
    laid = sum(lot.amount for lot in flow.laid)
    taken = sum(flow.taken.values())
    loose = flow.net - (laid - taken)
    goes = taken + max(0, -loose) + flow.beyond
    here = min(goes, max(0, draft.balance(account)))
    draft.move(account, laid + max(0, loose) - here)
    if goes > here:
        draft.overdraw(WalletId(account.of), account.unit, goes - here)
    if account.owner is Owner.WALLET:
        for lot in flow.laid:
            draft.move_lot(replace(lot, wallet=WalletId(account.of)))
        _take(draft, WalletId(account.of), account.unit, flow.taken, here)


def _take(draft: Draft, wallet: WalletId, unit: str, wanted: dict[str, int], amount: int) -> None:
    """Out of those lots as far as they go, then out of whatever lies there; points may lie in none."""
    rests = {lot.lot: lot.rest for lot in draft.state.lots(wallet, unit)}
    own = {lot: min(rest, wanted.get(lot, 0)) for lot, rest in rests.items()}
    others = {lot: rest - own[lot] for lot, rest in rests.items()}
    for lot, there in (*own.items(), *others.items()):
        part = min(amount, there)
        if part:
            draft.move_lot(LotTaken(unit=unit, lot=lot, amount=-part, wallet=wallet))
            amount -= part


_BEYOND = "beyond"
"""Stands for what was spent beyond the lots held."""


class AsItWas:
    """The ledger as it must have stood when the entry was booked: the entry itself says what was there."""

    def __init__(self, state: State, entry: Entry) -> None:
        self._state = state
        self._entry = entry
        self._needed: dict[str, int] = {}
        for name, amount in (*entry.postings, *((name, -amount) for name, amount in entry.uncovered)):
            self._needed[name] = self._needed.get(name, 0) - amount

    @property
    def site(self) -> SiteId:
        return self._state.site

    def wallet(self, wallet: WalletId) -> Wallet | None:
        opens = opens_of(self._entry.payload)
        known = self._state.wallet(wallet)
        if opens is not None and opens.wallet == wallet:
            return known
        return Wallet() if known is None or known.into is not None else known

    def card(self, card: CardId) -> Card | None:
        known = self._state.card(card)
        opens = opens_of(self._entry.payload)
        if known is None and opens is not None and opens.card == card:
            return None
        wallet = wallet_of(self._entry.payload) or (known.wallet if known else None)
        return Card(wallet=wallet, state=CardState.ACTIVE) if wallet else None

    def balance(self, account: Account) -> int:
        return max(self._state.balance(account), self._needed.get(account.name, 0))

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        names = [one.lot for one in self._entry.lots if one.unit == unit and one.amount < 0]
        here = {lot.lot: lot for lot in self._state.lots(wallet, unit)}
        named_here = (self.lot(wallet, unit, name) for name in dict.fromkeys(names))
        account = chart.held_by(wallet, unit).name
        short = sum(amount for name, amount in self._entry.uncovered if name == account)
        return [
            *(lot for lot in named_here if lot),
            *(lot for name, lot in here.items() if name not in names),
            *([Lot(lot=_BEYOND, rest=short, laid=short)] if short else []),
        ]

    def lot(self, wallet: WalletId, unit: str, lot: str) -> Lot | None:
        known = self._state.lot(wallet, unit, lot)
        taken = -sum(one.amount for one in self._entry.lots if (one.unit, one.lot) == (unit, lot))
        if known is None:
            return Lot(lot=lot, rest=taken, laid=taken) if taken > 0 else None
        return known if known.rest >= taken else Lot(lot=lot, rest=taken, laid=max(known.laid, taken))

    def holdings(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        return self._state.holdings(wallet)

    def coupon(self, coupon: str) -> tuple[WalletId, CouponGrant] | None:
        known, wallet = self._state.coupon(coupon), wallet_of(self._entry.payload)
        account = chart.coupon(wallet, coupon).name if wallet else ""
        if wallet is None or not self._needed.get(account):
            return known
        terms = known[1] if known else CouponGrant(coupon=coupon, kind="", face=0, threshold=0)
        return wallet, terms

    def entry(self, entry: EntryId) -> Entry | None:
        return self._state.entry(entry)

    def referring(self, entry: EntryId) -> Sequence[Entry]:
        return self._state.referring(entry)

    def sale_left(self, sale: EntryId) -> bool:
        del sale
        return False

    def open_overdraft(self) -> int:
        return 0

    def intent(self, intent: EntryId) -> Intent | None:
        return self._state.intent(intent)

    def intent_for(self, consumer: EntryId) -> Intent | None:
        return self._state.intent_for(consumer)

    def shift_is_open(self, shift: ShiftId) -> bool | None:
        del shift
        return None

    def kept_until(self, member: MemberId) -> str:
        return self._state.kept_until(member)
