"""A fact of a branch that was given up, booked once more on the branch that stays (ledger-and-sync: forks).

It happened: goods left, money came in. So it is never refused. Where its value is not held here any more, the
rest is spent beyond the rights held, in whatever unit it was, and people see an exception. So is what came
back of a sale that had come back on this branch already, or whose right to be undone had left it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account, Owner, named
from terminal.core.cart import VOUCHER
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookImport,
    BookMerge,
    BookMergePart,
    BookTransfer,
    CouponGrant,
    opens_of,
    wallet_of,
)
from terminal.core.entry import POSTINGS_MAX, Entry, LotTaken
from terminal.core.errors import Refused
from terminal.core.ledger.allowances import count
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import (
    CardAdded,
    CouponAdded,
    Effect,
    HolderLearnt,
    KeysAdded,
    LotInvoiced,
    TierChanged,
    WalletOpened,
)
from terminal.core.ledger.merging import merged_again
from terminal.core.ledger.rests import ended_by, paid_by
from terminal.core.ledger.rules import current
from terminal.core.ledger.state import Card, Intent, Lot, Posted, State, Wallet
from terminal.core.ledger.twice import came_twice, claimed_back
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, WalletId

NOT_AGAIN = frozenset({"directive", "rights_back"})
"""What moved rights is not a fact of the shop: headquarters' chain says who holds what."""


def redone(entry: Entry, by_rules: Posted | Refused, state: State, effects: Sequence[Effect]) -> Posted:
    """`by_rules`: what its posting function says on this branch; `effects`: what it says as it was booked."""
    if not isinstance(by_rules, Refused) and not by_rules.uncovered:
        return by_rules
    if isinstance(entry.payload, BookMerge):
        whole = merged_again(entry, entry.payload, state)
        if max(len(whole.postings), len(whole.lots)) <= POSTINGS_MAX:  # Else as much as it took along then.
            return whole
    draft = Draft(entry.at, entry.id, state)
    draft.effects += effects
    for name, amount in entry.postings:
        account = named(name)
        if account.owner is Owner.SITE and not account.unit.startswith(_OVERDRAFT):
            draft.move(account, amount)
    for account, flow in _flows(entry, state).items():
        if account.is_debt:
            draft.move(account, flow.net)
        else:
            short = _again(draft, account, flow)
            _rest_again(draft, entry, account, flow, short)
        back = came_twice(entry, flow.net, state) - flow.beyond
        if (
            account.unit.startswith("coupon:") and draft.balance(account) > 1
        ):  # It is here: there is one of it.
            draft.move(account, -1)
            draft.issue("coupon", -1)
        elif back > 0:
            claimed_back(draft, account, back)
    return draft.posted(_wallet_today(entry, state))


def _wallet_today(entry: Entry, state: State) -> WalletId | None:
    wallet = entry.wallet or wallet_of(entry.payload)
    return current(wallet, state) if wallet else None


def on_wallets_of_today(effects: Sequence[Effect], entry: Entry, state: State) -> Iterator[Effect]:
    """A wallet that had come with a grant may not be known on this branch: it begins with the fact."""
    wallet = _wallet_today(entry, state)
    opens = any(isinstance(effect, WalletOpened) for effect in effects)
    if wallet and state.wallet(wallet) is None and not opens:
        yield WalletOpened(wallet=wallet, member=None)
    for effect in effects:
        if isinstance(effect, WalletOpened) and state.wallet(effect.wallet) is not None:
            if effect.member is not None:
                yield HolderLearnt(wallet=effect.wallet, member=effect.member)
        elif isinstance(effect, CouponAdded | CardAdded | KeysAdded | TierChanged | LotInvoiced):
            yield replace(effect, wallet=current(effect.wallet, state))
        else:
            yield effect


_OVERDRAFT = "overdraft:"


class _Flow:
    """What an entry did to one account that is held, whatever it held."""

    def __init__(self) -> None:
        self.net = 0
        self.beyond = 0
        """Spent beyond the rights held then."""
        self.laid: list[LotTaken] = []
        self.taken: dict[str, int] = {}
        self.listed: dict[str, int] = {}
        """Fen that the uses among them stood for at list price."""


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
            spent = chart.overdrawn(account.unit)
            flow(spent.owner, spent.of, spent.unit).beyond -= amount
    own = entry.wallet or wallet_of(entry.payload) or ""
    for lot in entry.lots:
        found = flow(Owner.WALLET, lot.wallet or own, lot.unit)
        if lot.amount > 0:
            found.laid.append(lot)
        else:
            found.taken[lot.lot] = found.taken.get(lot.lot, 0) - lot.amount
            found.listed[lot.lot] = found.listed.get(lot.lot, 0) + lot.listed
    return flows


def _rest_again(draft: Draft, entry: Entry, account: Account, flow: _Flow, short: int) -> None:
    """Of a voucher that is not here no rest ended here."""
    ended = sum(flow.taken.values()) + flow.beyond - short - paid_by(entry.payload, account.unit)
    for gave, rest in ended_by(entry, account.unit):
        voucher = account.unit.removeprefix(VOUCHER)
        count(draft, chart.ended(draft.site, gave, voucher), max(0, ended) - rest)


def _again(draft: Draft, account: Account, flow: _Flow) -> int:
    """What came comes; what went goes as far as it is here, its own lots first, and the rest beyond it.

    Answers how much that rest is.
    """
    laid = sum(lot.amount for lot in flow.laid)
    taken = sum(flow.taken.values())
    loose = flow.net - (laid - taken)
    goes = taken + max(0, -loose) + flow.beyond
    here = min(goes, max(0, draft.balance(account)))
    draft.move(account, laid + max(0, loose) - here)
    if goes > here:
        draft.overdraw(account, goes - here)
    if account.owner is Owner.WALLET:
        for lot in flow.laid:
            draft.move_lot(replace(lot, wallet=WalletId(account.of)), of=WalletId(account.of))
        _take(draft, WalletId(account.of), account.unit, flow, here)
    return goes - here


def _take(draft: Draft, wallet: WalletId, unit: str, flow: _Flow, amount: int) -> None:
    """Out of those lots as far as they go, then out of whatever lies there; points may lie in none."""
    rests = {lot.lot: lot.rest for lot in draft.state.lots(wallet, unit)}
    own = {lot: min(rest, flow.taken.get(lot, 0)) for lot, rest in rests.items()}
    others = {lot: rest - own[lot] for lot, rest in rests.items()}
    for lot, there in (*own.items(), *others.items()):
        part = min(amount, there)
        if part:
            listed = flow.listed.pop(lot, 0)
            taken = LotTaken(unit=unit, lot=lot, amount=-part, wallet=wallet, listed=listed)
            draft.move_lot(taken, of=wallet)
            amount -= part


_BEYOND = "beyond"
"""Stands for what was spent beyond the lots held."""
_ENOUGH = AMOUNT_MAX


class AsItWas:
    """The ledger as it must have stood when the entry was booked: the entry itself says what was there.

    Asked for what an entry does beside value: of value there is as much as it took.
    """

    def __init__(self, state: State, entry: Entry) -> None:
        self._state = state
        self._entry = entry
        self._beyond = {self._today(named(name)): amount for name, amount in entry.uncovered}
        self._taken: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._laid: defaultdict[tuple[str, str], int] = defaultdict(int)
        """Both by unit and lot."""
        self._needed: defaultdict[Account, int] = defaultdict(int, self._beyond)
        for name, amount in entry.postings:
            self._needed[self._today(named(name))] -= amount
        wallet = wallet_of(entry.payload)
        for lot in entry.lots:
            if lot.amount < 0:
                self._taken[lot.unit, lot.lot] -= lot.amount
                continue
            self._laid[lot.unit, lot.lot] += lot.amount
            if wallet is not None:  # It was posted together with what was taken of that unit.
                self._needed[self._held(wallet, lot.unit)] += lot.amount

    def _held(self, wallet: WalletId, unit: str) -> Account:
        return chart.held_by(current(wallet, self._state), unit)

    def _today(self, account: Account) -> Account:
        return self._held(WalletId(account.of), account.unit) if account.owner is Owner.WALLET else account

    @property
    def site(self) -> SiteId:
        return self._state.site

    def alone(self) -> bool:
        """A card that was cancelled is: whether it may be was judged then."""
        return self._state.alone() or isinstance(self._entry.payload, BookCardState)

    def settles(self, owed: Account) -> bool:
        return self._state.settles(owed)

    def wallet(self, wallet: WalletId) -> Wallet | None:
        """There, and not merged yet; what the entry itself opens only where it is here already.

        Where only the merge of it came here before, as of somebody unknown, it is still to be opened.
        """
        known, payload = self._state.wallet(wallet), self._entry.payload
        if opens_of(payload) is not None:
            merged_unseen = known is not None and known.into is not None and known.member is None
            return None if merged_unseen else known
        there = Wallet() if known is None or known.into is not None else known
        # Of two that became one the names were compared then.
        return replace(there, member=None) if isinstance(payload, BookMergePart) else there

    def began_here(self, wallet: WalletId) -> bool:
        return self._state.began_here(wallet)

    def card(self, card: CardId) -> Card | None:
        """Active, and of the wallet; what the entry itself adds only where it is here already."""
        known, payload = self._state.card(card), self._entry.payload
        if isinstance(payload, BookCard) and payload.replaces != card:
            return known
        if opens_of(payload) is not None:
            return known
        wallet = wallet_of(payload) or (known.wallet if known else None)
        return Card(wallet=wallet) if wallet else None

    def balance(self, account: Account) -> int:
        # Points may lie beside lots, and those that came may have done so too.
        return _ENOUGH if account.unit.startswith("points:") else self._needed[self._today(account)]

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        beyond = self._beyond.get(self._held(wallet, unit), 0)
        found = {lot: rest for (of, lot), rest in self._taken.items() if of == unit} | {_BEYOND: beyond}
        return [Lot(lot=lot, rest=rest, laid=rest) for lot, rest in found.items() if rest]

    def lot(self, wallet: WalletId, unit: str, lot: str) -> Lot:
        """There also when nothing was taken of it: a recharge may be all spent before it is paid back."""
        known = self._state.lot(wallet, unit, lot)
        taken = self._taken[unit, lot] + self._beyond.get(self._held(wallet, unit), 0)
        if known is not None:
            return replace(known, rest=max(known.rest, taken))
        whole = taken + self._laid[unit, lot]
        return Lot(lot=lot, rest=taken, laid=whole, paid=whole)

    def holdings(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        return () if isinstance(self._entry.payload, BookCardState) else self._state.holdings(wallet)

    def coupon(self, coupon: str) -> tuple[WalletId, CouponGrant] | None:
        """One that was used was there, and its terms were kept; one that was given was not there yet."""
        wallet = wallet_of(self._entry.payload)
        if wallet is None or self._needed[self._today(chart.coupon(wallet, coupon))] <= 0:
            return self._state.coupon(coupon)
        return wallet, CouponGrant(coupon=coupon, kind="", face=0, threshold=0)

    def entry(self, entry: EntryId) -> Entry | None:
        """What was spent beyond the lots held was laid by none."""
        return None if entry == _BEYOND else self._state.entry(entry)

    def referring(self, entry: EntryId) -> Sequence[Entry]:
        """A sheet was not taken over yet, and no merge was under way: of nothing else these ask this."""
        apart = isinstance(self._entry.payload, BookImport | BookTransfer)
        return () if apart else self._state.referring(entry)

    def sale_left(self, sale: EntryId) -> bool:
        del sale
        return False

    def open_overdraft(self) -> int:
        return 0

    def overdrawn(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        """Where it was booked nothing was, or it would not have been."""
        del wallet
        return ()

    def intent(self, intent: EntryId) -> Intent | None:
        return self._state.intent(intent)

    def intent_for(self, consumer: EntryId) -> Intent | None:
        return self._state.intent_for(consumer)

    def shift_is_open(self, shift: ShiftId) -> bool | None:
        del shift
        return None

    def wallets_of(self, member: MemberId) -> Sequence[WalletId]:
        return self._state.wallets_of(member)

    def is_known(self, member: MemberId) -> bool:
        """Personal data are brought back after the entries."""
        del member
        return True

    def came_last(self, wallet: WalletId) -> str:
        """It was so long ago then."""
        del wallet
        return ""

    def kept_until(self, member: MemberId) -> str:
        return self._state.kept_until(member)
